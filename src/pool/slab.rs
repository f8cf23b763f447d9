//! The pool's isolates, while no thread has entered them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::isolate::Isolate;

/// Idle isolates, the one used last on top: it is the warmest.
#[derive(Default)]
pub struct Slab {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    idle: Vec<Idle>,
    /// Idle ones and those that a thread has entered or is making.
    alive: usize,
}

struct Idle {
    isolate: Isolate,
    since: Instant,
    heap_used: u64,
}

impl Slab {
    /// The warmest idle isolate; without one, a place for a new one, which the caller must fill
    /// with `check_in` or give up with `lost`.
    pub fn check_out(&self) -> Option<Isolate> {
        let mut inner = self.lock();
        let idle = inner.idle.pop();
        if idle.is_none() {
            inner.alive += 1;
        }
        idle.map(|idle| idle.isolate)
    }

    /// Gives an isolate back, with the bytes that its heap holds now.
    pub fn check_in(&self, isolate: Isolate, heap_used: u64) {
        self.lock().idle.push(Idle {
            isolate,
            since: Instant::now(),
            heap_used,
        });
    }

    /// A checked-out isolate is gone, or was never made.
    pub fn lost(&self) {
        self.lock().alive -= 1;
    }

    /// Takes out every idle isolate.
    pub fn take_all(&self) -> Vec<Isolate> {
        let mut inner = self.lock();
        let idle = std::mem::take(&mut inner.idle);
        inner.alive -= idle.len();
        idle.into_iter().map(|idle| idle.isolate).collect()
    }

    /// Takes out the isolates that were idle for `timeout`, but keeps `least` alive.
    pub fn take_expired(&self, timeout: Duration, least: usize) -> Vec<Isolate> {
        let mut inner = self.lock();
        let now = Instant::now();
        // Pushed on top, taken from the top: the longest idle are at the bottom.
        let expired = inner
            .idle
            .iter()
            .take_while(|idle| now - idle.since >= timeout)
            .count();
        let count = expired.min(inner.alive.saturating_sub(least));
        inner.alive -= count;
        inner.idle.drain(..count).map(|idle| idle.isolate).collect()
    }

    /// When the next idle isolate expires, if more than `least` are alive.
    pub fn next_expiry(&self, timeout: Duration, least: usize) -> Option<Instant> {
        let inner = self.lock();
        if inner.alive <= least {
            return None;
        }
        inner.idle.first().map(|idle| idle.since + timeout)
    }

    /// Whether an isolate is idle.
    pub fn has_idle(&self) -> bool {
        !self.lock().idle.is_empty()
    }

    /// Bytes of heap and array buffers in the idle isolates. One that works cannot be asked.
    pub fn heap_used(&self) -> u64 {
        self.lock().idle.iter().map(|idle| idle.heap_used).sum()
    }

    /// Isolates that exist or are being made.
    pub fn alive(&self) -> usize {
        self.lock().alive
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
