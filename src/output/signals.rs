//! Signals that end the run while a file is written: the temporary file goes first, then the process, by the
//! signal's own default action, so that the caller sees what ended it.
//!
//! Nothing is watched before the first file is written, and a signal that the caller wants ignored (`nohup`,
//! a job in the background of a script) stays ignored.

use std::ffi::c_int;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The names of temporary files and directories to remove when a signal comes; as long as the guard is held, a signal waits.
///
/// A name stays in the list when its file has been renamed or removed: it is random, and to remove it again
/// does nothing.
pub fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts to wait for signals, once. Where that does not work, files are written all the same: the worst is a
/// temporary file left behind.
pub fn watch() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let (ready, wait) = mpsc::channel::<()>();
        // The thread takes the signals over itself: were there no thread, nobody would act on them.
        let _ = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let Ok(mut signals) = Signals::new(watched()) else { return };
            drop(ready);
            signals.forever().for_each(clean_up_and_end);
        });
        // Ends with an error when `ready` is dropped: signals are watched now, or never will be.
        let _ = wait.recv();
    });
}

fn clean_up_and_end(signal: c_int) {
    // Held to the end, so that the writer cannot report a file that vanished under its hands.
    let names = unfinished();
    for name in names.iter() {
        let _ = fs::remove_file(name).or_else(|_| fs::remove_dir_all(name));
    }
    let _ = emulate_default_handler(signal);
}

/// A file at its limit of size (`ulimit -f`) becomes an error of `write`, not the end of the process.
pub fn outlive_file_size_limit() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    });
}

/// Those of the three signals that are not ignored.
fn watched() -> Vec<c_int> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    match ignored_mask(&status) {
        Some(mask) => [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|s| mask >> (s - 1) & 1 == 0).collect(),
        // It cannot be known: rather leave a temporary file behind than end what nohup keeps running.
        None => vec![SIGTERM],
    }
}

/// The ignored signals, bit 0 for signal 1, as Linux lists them for a process.
fn ignored_mask(status: &str) -> Option<u64> {
    let digits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::ignored_mask;

    #[test]
    fn ignored_signals_are_read_from_the_status() {
        // nohup: SIGHUP is signal 1, so bit 0; std ignores SIGPIPE, signal 13, so bit 12.
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000440\n";
        assert_eq!(ignored_mask(status), Some(1 << 12 | 1));
        assert_eq!(ignored_mask("Name:\tx\n"), None);
    }
}
