//! Asking for memory before it is needed. The tables of ids are far larger than the caches, and whoever looks many ids
//! up asks for all of their lines first, so that the processor fetches them while it does something else.
//!
//! This is the only unsafe code of the program. What makes it sound: a prefetch reads and writes nothing that the
//! program could see, whatever the address, and the address is here that of a reference.

/// Asks for the line of the cache in which a value begins.
#[inline(always)]
#[allow(unsafe_code)]
pub fn prefetch<T>(value: &T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the instruction is part of every x86-64 and has no effect but on the cache.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    let _ = value;
}
