//! Whether standard output was closed (`>&-`) when the process began.
//!
//! It has to be seen before `main`: the runtime of std opens `/dev/null` in the place of a closed descriptor,
//! and afterwards that cannot be told from `> /dev/null` or Python's `subprocess.DEVNULL`. Linux only;
//! elsewhere the answer is "open".

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

pub fn stdout_was_closed() -> bool {
    STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
}

#[cfg(target_os = "linux")]
mod before_main {
    use super::{Ordering, STDOUT_WAS_CLOSED};
    use std::ffi::c_int;

    const STDOUT: c_int = 1;
    /// The same number on every architecture of Linux.
    const F_GETFD: c_int = 1;

    // SAFETY: this is the C library's own declaration of `fcntl`, which std links already.
    unsafe extern "C" {
        fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    }

    // SAFETY: `.init_array` is an array of pointers to C functions, and this static is exactly one such
    // pointer, of its size and alignment. The C library calls each once, on the only thread, before `main`;
    // glibc passes (argc, argv, envp), others pass nothing, and in the C convention a function may leave
    // arguments unread. By then the C library itself is ready, and `record` needs nothing of std's runtime:
    // no allocation, no thread-local, no panic.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static RECORD: extern "C" fn() = record;

    extern "C" fn record() {
        // SAFETY: F_GETFD takes no third argument, touches no memory, and is defined for a closed descriptor:
        // it fails with EBADF, its only error.
        let flags = unsafe { fcntl(STDOUT, F_GETFD) };
        STDOUT_WAS_CLOSED.store(flags == -1, Ordering::Relaxed);
    }
}
