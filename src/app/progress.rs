//! How far a long run is, on a terminal: one line on standard error, overwritten, and gone when the reading ends.

use crate::lang::Lang;
use crate::output;
use crate::render::number::human_count;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A run that is over sooner says nothing.
const SILENCE: Duration = Duration::from_secs(1);
/// The line is written anew after this.
const PACE: Duration = Duration::from_millis(200);

/// The line, for as long as this lives.
pub struct Progress {
    over: Option<Sender<()>>,
    line: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to watch a count of bytes that grows to `all`; `None` where that is not known.
    pub fn watch(read: Arc<AtomicU64>, all: Option<u64>, lang: Lang) -> Progress {
        let (over, told) = mpsc::channel::<()>();
        let line = std::thread::spawn(move || {
            let start = Instant::now();
            let mut pause = SILENCE;
            while told.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let text = line(read.load(Ordering::Relaxed), all, start.elapsed(), lang);
                output::to_stderr(format!("\r{text}\x1b[K").as_bytes());
                pause = PACE;
            }
            if pause == PACE {
                output::to_stderr(b"\r\x1b[K");
            }
        });
        Progress { over: Some(over), line: Some(line) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.over.take());
        // It writes to the terminal and can do nothing else wrong.
        self.line.take().map(JoinHandle::join);
    }
}

/// What the line says.
fn line(read: u64, all: Option<u64>, since: Duration, lang: Lang) -> String {
    let megabytes = |bytes: u64| human_count(bytes / 1_000_000);
    let seconds = since.as_secs();
    let read = all.map_or(read, |all| read.min(all));
    match (all.filter(|all| *all > 0), lang) {
        (Some(all), Lang::En) => {
            let percent = u128::from(read) * 100 / u128::from(all);
            format!("reading: {percent} %, {} of {} MB, {seconds} s", megabytes(read), megabytes(all))
        }
        (Some(all), Lang::Zh) => {
            let percent = u128::from(read) * 100 / u128::from(all);
            format!("正在读取：{percent}%，{}/{} MB，{seconds} 秒", megabytes(read), megabytes(all))
        }
        (None, Lang::En) => format!("reading: {} MB, {seconds} s", megabytes(read)),
        (None, Lang::Zh) => format!("正在读取：{} MB，{seconds} 秒", megabytes(read)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far() {
        let after = Duration::from_millis(3_900);
        for (read, all, en, zh) in [
            (
                663_000_000,
                Some(1_326_000_000),
                "reading: 50 %, 663 of 1,326 MB, 3 s",
                "正在读取：50%，663/1,326 MB，3 秒",
            ),
            // What is read again is not read twice.
            (9_000_000, Some(4_000_000), "reading: 100 %, 4 of 4 MB, 3 s", "正在读取：100%，4/4 MB，3 秒"),
            (7_900_000, None, "reading: 7 MB, 3 s", "正在读取：7 MB，3 秒"),
            (0, Some(0), "reading: 0 MB, 3 s", "正在读取：0 MB，3 秒"),
        ] {
            assert_eq!(line(read, all, after, Lang::En), en);
            assert_eq!(line(read, all, after, Lang::Zh), zh);
        }
    }
}
