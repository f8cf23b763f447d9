//! What is known of one isolate of a pool while it lives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::durations::Durations;

/// The heap of an isolate that never rests is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One isolate's numbers. Each isolate has its own, so that threads do not wait for each other; whoever reads them
/// does so rarely.
#[derive(Debug)]
pub struct Vitals {
    /// The isolate, unique within the process.
    pub isolate: u64,
    born: Instant,
    /// When the task that it runs began, in nanoseconds after `born`; `IDLE` without one. Changed to `IDLE` with the
    /// lock held, so that whoever holds it sees a task as under way or as past, not as both.
    since: AtomicU64,
    heap_used: AtomicU64,
    inner: Mutex<Inner>,
}

/// No task is under way.
const IDLE: u64 = u64::MAX;
/// One is, and it waits: nobody is busy with it.
const WAITS: u64 = u64::MAX - 1;

#[derive(Debug)]
struct Inner {
    looked: Instant,
    past: Past,
}

/// What lies behind an isolate, or behind all isolates of a pool.
#[derive(Debug, Default)]
pub struct Past {
    /// Tasks that have begun and ended.
    pub tasks: u64,
    /// Time with them.
    pub busy: Duration,
    /// From being queued to the beginning.
    pub waits: Durations,
    /// From the beginning to the end.
    pub runs: Durations,
    /// To clone arguments, on both sides.
    pub clones_in: Durations,
}

/// The times of one task that has ended.
#[derive(Clone, Copy, Debug)]
pub struct TaskTimes {
    /// From being queued to the beginning.
    pub wait: Duration,
    /// From the beginning to the end.
    pub run: Duration,
    /// Of that, what the isolate was busy with it since it last waited.
    pub busy: Duration,
    /// To clone its arguments, on both sides; 0 when that was too little to measure.
    pub clone_in_ns: u64,
}

/// An isolate's numbers at one moment.
#[derive(Clone, Copy, Debug)]
pub struct IsolateSnapshot {
    /// Unique within the process.
    pub id: u64,
    /// Whether a task is running in it.
    pub busy: bool,
    /// Tasks that have ended in it.
    pub tasks: u64,
    /// Time with tasks, the one under way too.
    pub busy_time: Duration,
    /// Bytes of heap and array buffers when they were last looked at.
    pub heap_used: u64,
}

impl Vitals {
    pub(super) fn new(isolate: u64) -> Self {
        let born = Instant::now();
        Self {
            isolate,
            born,
            since: AtomicU64::new(IDLE),
            heap_used: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                looked: born,
                past: Past::default(),
            }),
        }
    }

    /// A task begins, or goes on after it waited.
    pub fn begin(&self, at: Instant) {
        let since = nanoseconds(at.saturating_duration_since(self.born));
        self.since.store(since, Ordering::Relaxed);
    }

    /// It waits from here on; the isolate was busy with it for so long.
    pub fn wait(&self, busy: Duration) {
        let mut inner = self.lock();
        self.since.store(WAITS, Ordering::Relaxed);
        inner.past.busy += busy;
    }

    /// It has ended, at `at`; its times are counted when `record` is set. Returns whether it is time to look at the
    /// heap again.
    pub fn end(&self, at: Instant, times: &TaskTimes, record: bool) -> bool {
        let mut inner = self.lock();
        self.since.store(IDLE, Ordering::Relaxed);
        let past = &mut inner.past;
        past.tasks += 1;
        past.busy += times.busy;
        if record {
            past.waits.record(nanoseconds(times.wait));
            past.runs.record(nanoseconds(times.run));
            if times.clone_in_ns > 0 {
                past.clones_in.record(times.clone_in_ns);
            }
        }
        let due = at.saturating_duration_since(inner.looked) >= LOOK_EVERY;
        if due {
            inner.looked = at;
        }
        due
    }

    /// The heap was looked at.
    pub fn set_heap_used(&self, bytes: u64) {
        self.heap_used.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> IsolateSnapshot {
        let inner = self.lock();
        let since = self.since.load(Ordering::Relaxed);
        IsolateSnapshot {
            id: self.isolate,
            busy: since != IDLE,
            tasks: inner.past.tasks,
            busy_time: inner.past.busy + self.under_way(since),
            heap_used: self.heap_used.load(Ordering::Relaxed),
        }
    }

    /// Moves the durations that were counted to `all`.
    pub(super) fn give_durations(&self, all: &mut Past) {
        all.absorb_durations(&mut self.lock().past);
    }

    fn under_way(&self, since: u64) -> Duration {
        match since {
            IDLE | WAITS => Duration::ZERO,
            since => self
                .born
                .elapsed()
                .saturating_sub(Duration::from_nanos(since)),
        }
    }

    /// Moves everything to `all`, the task under way too: the isolate is gone, or given up.
    pub(super) fn give_all(&self, all: &mut Past) {
        let mut inner = self.lock();
        let mut past = std::mem::take(&mut inner.past);
        all.tasks += past.tasks;
        all.busy += past.busy + self.under_way(self.since.swap(IDLE, Ordering::Relaxed));
        all.absorb_durations(&mut past);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Past {
    fn absorb_durations(&mut self, other: &mut Self) {
        self.waits.absorb(&mut other.waits);
        self.runs.absorb(&mut other.runs);
        self.clones_in.absorb(&mut other.clones_in);
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: TaskTimes = TaskTimes {
        wait: Duration::from_micros(3),
        run: Duration::from_millis(2),
        busy: Duration::from_millis(2),
        clone_in_ns: 0,
    };

    #[test]
    fn a_task_under_way_counts_as_busy_time() {
        let vitals = Vitals::new(7);
        let begun = Instant::now();
        vitals.begin(begun);
        std::thread::sleep(Duration::from_millis(5));
        let seen = vitals.snapshot();
        assert!(seen.busy && seen.busy_time >= Duration::from_millis(5));
        assert!(seen.busy_time <= begun.elapsed());
        assert_eq!((seen.id, seen.tasks), (7, 0));
        vitals.end(Instant::now(), &TIMES, true);
        let seen = vitals.snapshot();
        assert_eq!(
            (seen.busy, seen.tasks, seen.busy_time),
            (false, 1, TIMES.run)
        );
    }

    #[test]
    fn times_are_counted_only_on_request_and_clones_only_when_measured() {
        let vitals = Vitals::new(1);
        let mut all = Past::default();
        vitals.end(Instant::now(), &TIMES, false);
        vitals.give_durations(&mut all);
        assert_eq!(
            (all.waits.pairs().count(), all.runs.pairs().count()),
            (0, 0)
        );
        vitals.end(Instant::now(), &TIMES, true);
        vitals.end(
            Instant::now(),
            &TaskTimes {
                clone_in_ns: 9,
                ..TIMES
            },
            true,
        );
        vitals.give_all(&mut all);
        assert_eq!(all.tasks, 3);
        assert_eq!(all.busy, 3 * TIMES.run);
        assert_eq!(all.runs.pairs().map(|(_, count)| count).sum::<u64>(), 2);
        assert_eq!(all.clones_in.pairs().collect::<Vec<_>>(), [(9, 1)]);
        assert_eq!(vitals.snapshot().tasks, 0);
    }

    #[test]
    fn a_task_that_waits_keeps_nobody_busy() {
        let vitals = Vitals::new(1);
        vitals.begin(Instant::now());
        vitals.wait(Duration::from_millis(3));
        std::thread::sleep(Duration::from_millis(2));
        let seen = vitals.snapshot();
        assert_eq!(
            (seen.busy, seen.busy_time),
            (true, Duration::from_millis(3))
        );
        vitals.begin(Instant::now());
        vitals.end(Instant::now(), &TIMES, false);
        assert_eq!(vitals.snapshot().busy_time, Duration::from_millis(5));
    }

    #[test]
    fn the_heap_is_looked_at_now_and_then() {
        let vitals = Vitals::new(1);
        let start = Instant::now();
        assert!(!vitals.end(start, &TIMES, true));
        assert!(vitals.end(start + 2 * LOOK_EVERY, &TIMES, true));
        assert!(!vitals.end(start + 2 * LOOK_EVERY, &TIMES, true));
    }
}
