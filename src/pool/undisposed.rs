//! Isolates of the whole process that nobody can dispose of now: a thread is still in them.
//!
//! While there are any the process must not let Node end it: Node would free what those threads use.

use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Some are given up.
pub fn add(count: usize) {
    COUNT.fetch_add(count, Ordering::AcqRel);
}

/// One that had been given up could be disposed of after all.
pub fn remove_one() {
    COUNT.fetch_sub(1, Ordering::AcqRel);
}

/// Whether there are any.
pub fn any() -> bool {
    COUNT.load(Ordering::Acquire) > 0
}
