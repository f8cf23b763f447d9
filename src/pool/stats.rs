//! Counters of one pool.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that threads change without a lock. None orders anything: they are read for people.
#[derive(Debug, Default)]
pub struct Stats {
    /// Tasks that returned a value.
    pub completed: AtomicU64,
    /// Tasks that threw, or whose result could not be sent.
    pub failed: AtomicU64,
    /// Tasks that passed their deadline.
    pub timed_out: AtomicU64,
    /// Tasks that were cancelled, queued or running.
    pub aborted: AtomicU64,
    /// Isolates made.
    pub isolates_created: AtomicU64,
    /// Isolates disposed of.
    pub isolates_disposed: AtomicU64,
    /// Isolates that passed the memory limit, did not stop, were given up by V8 or could not be made.
    pub isolates_lost: AtomicU64,
    /// Of these, isolates whose run did not stop in time.
    pub isolates_wedged: AtomicU64,
    /// Of these, isolates that V8 gave up: their threads sleep for ever.
    pub isolates_parked: AtomicU64,
    /// Threads started in the place of lost ones.
    pub threads_replaced: AtomicU64,
    /// Nanoseconds that threads spent with tasks.
    pub busy_ns: AtomicU64,
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A pool's numbers at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// Isolates that exist.
    pub threads: usize,
    /// Tasks that wait.
    pub queued: usize,
    /// Tasks that run.
    pub running: usize,
    /// Tasks that returned a value.
    pub completed: u64,
    /// Tasks that threw.
    pub failed: u64,
    /// Tasks that passed their deadline.
    pub timed_out: u64,
    /// Tasks that were cancelled.
    pub aborted: u64,
    /// Isolates made.
    pub isolates_created: u64,
    /// Isolates disposed of.
    pub isolates_disposed: u64,
    /// Isolates lost.
    pub isolates_lost: u64,
    /// Isolates whose run did not stop in time.
    pub isolates_wedged: u64,
    /// Isolates that V8 gave up.
    pub isolates_parked: u64,
    /// Threads started in the place of lost ones.
    pub threads_replaced: u64,
    /// Time that threads spent with tasks, in milliseconds.
    pub busy_ms: f64,
    /// Bytes of heap and array buffers in the idle isolates.
    pub heap_used: u64,
}
