//! What a pool knows of itself. How its tasks ended is counted where they settle, in lib/tally.js.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::durations::Durations;
use super::vitals::{IsolateSnapshot, Past, Vitals};

/// Counters that threads change without a lock, none of which orders anything, and the isolates' own numbers.
#[derive(Debug, Default)]
pub struct Stats {
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
    /// Isolates disposed of before their time, to be replaced by new ones.
    pub isolates_recycled: AtomicU64,
    living: Mutex<BTreeMap<u64, Arc<Vitals>>>,
    /// What isolates leave behind, and durations that nobody has asked for yet.
    past: Mutex<Past>,
    /// To clone results, on both sides.
    clones_out: Mutex<Durations>,
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
    /// Threads that have a task in hand.
    pub working: usize,
    /// Tasks that have begun and not ended.
    pub running: usize,
    /// Of these, those that are set aside.
    pub suspended: usize,
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
    /// Isolates recycled.
    pub isolates_recycled: u64,
    /// Time that threads spent with tasks, those under way too.
    pub busy: Duration,
}

/// Durations counted since they were last taken.
#[derive(Debug, Default)]
pub struct TakenDurations {
    /// From being queued to the beginning.
    pub waits: Durations,
    /// From the beginning to the end.
    pub runs: Durations,
    /// To clone arguments.
    pub clones_in: Durations,
    /// To clone results.
    pub clones_out: Durations,
}

impl Stats {
    /// An isolate was made.
    pub fn born(&self, isolate: u64) {
        count(&self.isolates_created);
        lock(&self.living).insert(isolate, Arc::new(Vitals::new(isolate)));
    }

    /// An isolate was disposed of.
    pub fn died(&self, isolate: u64) {
        count(&self.isolates_disposed);
        self.lost(isolate);
    }

    /// An isolate is none of the pool's any more, and may never be disposed of.
    pub fn lost(&self, isolate: u64) {
        let mut living = lock(&self.living);
        if let Some(vitals) = living.remove(&isolate) {
            vitals.give_all(&mut lock(&self.past));
        }
    }

    /// The numbers of a living isolate.
    pub fn vitals(&self, isolate: u64) -> Arc<Vitals> {
        let known = lock(&self.living).get(&isolate).map(Arc::clone);
        known.unwrap_or_else(|| Arc::new(Vitals::new(isolate)))
    }

    /// A result was cloned.
    pub fn cloned_out(&self, nanoseconds: u64) {
        lock(&self.clones_out).record(nanoseconds);
    }

    /// The isolates that live, oldest first.
    pub fn isolates(&self) -> Vec<IsolateSnapshot> {
        lock(&self.living)
            .values()
            .map(|vitals| vitals.snapshot())
            .collect()
    }

    /// Time that threads spent with tasks, those under way too.
    pub fn busy(&self) -> Duration {
        // The lock is held over both: an isolate that ends meanwhile counts once.
        let living = lock(&self.living);
        let now: Duration = living
            .values()
            .map(|vitals| vitals.snapshot().busy_time)
            .sum();
        now + lock(&self.past).busy
    }

    /// Takes out the durations counted so far.
    pub fn take_durations(&self) -> TakenDurations {
        let living = lock(&self.living);
        let mut past = lock(&self.past);
        for vitals in living.values() {
            vitals.give_durations(&mut past);
        }
        TakenDurations {
            waits: std::mem::take(&mut past.waits),
            runs: std::mem::take(&mut past.runs),
            clones_in: std::mem::take(&mut past.clones_in),
            clones_out: std::mem::take(&mut *lock(&self.clones_out)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
