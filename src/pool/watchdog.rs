//! One thread for all deadlines of the process: tasks that run too long, runs that do not stop, isolates that idle.

use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

use super::shared::Shared;
use crate::task::Task;

/// What happens when a deadline passes.
pub enum Alarm {
    /// The task is stopped, if it still runs.
    Timeout(Weak<Shared>, Weak<Task>),
    /// The task is stopped, if its code has run for as long as it may.
    CpuTimeout(Weak<Shared>, Weak<Task>),
    /// The task is given up, if it still waits.
    QueueTimeout(Weak<Shared>, Weak<Task>),
    /// The task was told to stop, or its isolate was: its run is given up, if it is still on.
    StillOn(Weak<Shared>, Weak<Task>),
    /// The pool disposes of isolates that have been idle for too long.
    Reap(Weak<Shared>),
}

impl Alarm {
    /// Whether nobody waits for it any more.
    fn is_stale(&self) -> bool {
        match self {
            Self::Timeout(_, task) | Self::CpuTimeout(_, task) => {
                task.upgrade().is_none_or(|task| task.is_settled())
            }
            Self::QueueTimeout(_, task) => task.upgrade().is_none_or(|task| !task.is_queued()),
            Self::StillOn(_, task) => task.strong_count() == 0,
            Self::Reap(pool) => pool.strong_count() == 0,
        }
    }

    fn ring(self) {
        match self {
            Self::Timeout(pool, task) => {
                if let (Some(pool), Some(task)) = (pool.upgrade(), task.upgrade()) {
                    pool.time_out(&task);
                }
            }
            Self::CpuTimeout(pool, task) => {
                if let (Some(pool), Some(task)) = (pool.upgrade(), task.upgrade()) {
                    pool.check_cpu(&task);
                }
            }
            Self::QueueTimeout(pool, task) => {
                if let (Some(pool), Some(task)) = (pool.upgrade(), task.upgrade()) {
                    pool.time_out_queued(&task);
                }
            }
            Self::StillOn(pool, task) => {
                if let (Some(pool), Some(task)) = (pool.upgrade(), task.upgrade()) {
                    pool.give_up(&task);
                }
            }
            Self::Reap(pool) => {
                if let Some(pool) = pool.upgrade() {
                    pool.reap();
                }
            }
        }
    }
}

struct Entry {
    at: Instant,
    alarm: Alarm,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The earliest is the greatest: `BinaryHeap` gives the greatest first.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.at.cmp(&self.at)
    }
}

#[derive(Default)]
struct Heap {
    entries: BinaryHeap<Entry>,
    /// Entries when stale ones were last swept out. Most deadlines never pass: without sweeping,
    /// a million quick tasks with a timeout of a minute would all be kept for that minute.
    swept_at: usize,
}

/// The process's watchdog; its thread starts with the first alarm and never ends.
pub struct Watchdog {
    heap: Mutex<Heap>,
    changed: Condvar,
}

/// No sweep below so many entries.
const SMALL: usize = 4096;

impl Watchdog {
    /// The one of this process.
    pub fn get() -> &'static Self {
        static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
        static THREAD: OnceLock<()> = OnceLock::new();
        let watchdog = WATCHDOG.get_or_init(|| Self {
            heap: Mutex::default(),
            changed: Condvar::new(),
        });
        THREAD.get_or_init(|| {
            let thread = std::thread::Builder::new().name("offloop-watch".into());
            // Without its thread no deadline would ever pass: better to say so loudly at once.
            thread
                .spawn(|| watchdog.watch())
                .expect("the system starts a thread");
        });
        watchdog
    }

    /// Rings `alarm` at `at`, or soon after.
    pub fn set(&self, at: Instant, alarm: Alarm) {
        let mut heap = self.lock();
        if heap.entries.len() > SMALL.max(2 * heap.swept_at) {
            heap.entries.retain(|entry| !entry.alarm.is_stale());
            heap.swept_at = heap.entries.len();
        }
        let first = heap.entries.peek().is_none_or(|entry| at < entry.at);
        heap.entries.push(Entry { at, alarm });
        if first {
            self.changed.notify_one();
        }
    }

    fn watch(&self) {
        let mut heap = self.lock();
        loop {
            let now = Instant::now();
            let due = heap.entries.peek().map(|entry| entry.at);
            heap = match due {
                None => self
                    .changed
                    .wait(heap)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(at) if at > now => {
                    self.changed
                        .wait_timeout(heap, at - now)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                Some(_) => {
                    let entry = heap.entries.pop();
                    drop(heap);
                    if let Some(entry) = entry {
                        // One alarm's panic must not take all other deadlines with it.
                        let _ = catch_unwind(AssertUnwindSafe(|| entry.alarm.ring()));
                    }
                    self.lock()
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
