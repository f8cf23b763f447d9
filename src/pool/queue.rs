//! Tasks that wait, and the threads that were sent to take them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::waiting::Waiting;
use crate::task::Task;

/// The tasks that wait, and the count of the runners: the jobs given to Rayon which take tasks until
/// none is left.
///
/// Both live under one lock, so a task is never left behind: `push` sees whether a runner will look
/// again, `next_or_retire` gives up only when there is nothing to take.
#[derive(Debug)]
pub struct Queue {
    /// Runners at the same time, and so tasks.
    max_runners: usize,
    /// Tasks that may wait; `None` is no limit.
    max_waiting: Option<usize>,
    inner: Mutex<Inner>,
    /// Whether a task may wait: a look without the lock.
    pushed: AtomicBool,
    /// Signalled when the last runner retires.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: Waiting,
    /// Each of them works, is away, or will look for a task.
    runners: usize,
    /// Runners that have a task in hand.
    working: usize,
    /// Of these, those whose task is settled: they are being stopped and count as free already.
    stopping: usize,
    /// Runners with something else to do before they look.
    away: usize,
    open: bool,
}

/// What `push` did.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Queued, and a new runner must be sent.
    SendRunner,
    /// Queued; the runners that are out will find it.
    Queued,
    /// Refused: as many tasks wait as may.
    Full,
    /// Refused: the pool takes no more tasks.
    Closed,
}

/// What a runner that was sent for something else than a task does first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// What takes long and helps no task: others are sent for those that come meanwhile. It ends
    /// with `back`.
    Away,
    /// Nothing, or what the next task needs as well.
    Looking,
}

/// How often a runner looks again before it leaves its isolate.
const LOOKS: u32 = 40;

// Values of `Task::seat`.
const NO_SEAT: u8 = 0;
const SEATED: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Queue {
    /// An empty queue that takes tasks.
    pub fn new(max_runners: usize, max_waiting: Option<usize>) -> Self {
        Self {
            max_runners,
            max_waiting,
            pushed: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                open: true,
                ..Inner::default()
            }),
            idle: Condvar::new(),
        }
    }

    /// Queues a task, unless the queue is full or closed.
    pub fn push(&self, task: Arc<Task>) -> Pushed {
        let mut inner = self.lock();
        if let Some(refused) = self.refusal(&inner) {
            return refused;
        }
        inner.waiting.push(task);
        self.pushed.store(true, Ordering::Relaxed);
        // Each runner that will look takes one, soon and with the isolate that it has.
        if inner.runners < self.max_runners && inner.waiting.len() > inner.looking() {
            inner.runners += 1;
            Pushed::SendRunner
        } else {
            Pushed::Queued
        }
    }

    /// Whether a task would be refused now: a look ahead, before its arguments are touched.
    pub fn would_refuse(&self) -> Option<Pushed> {
        self.refusal(&self.lock())
    }

    /// A runner is through with its task, and will look for another.
    pub fn done(&self, task: &Task) {
        self.lock().leave_seat(task);
    }

    /// A runner that could not begin its task puts it back, first in its line, and retires. `false`:
    /// no other runner is out that would take it, so this one must see to it itself.
    pub fn put_back(&self, task: &Arc<Task>) -> bool {
        let mut inner = self.lock();
        if inner.runners < 2 {
            return false;
        }
        inner.runners -= 1;
        inner.leave_seat(task);
        // Settled meanwhile: whoever did that has told the caller.
        if task.unclaim() {
            inner.waiting.push_front(Arc::clone(task));
            self.pushed.store(true, Ordering::Relaxed);
        }
        true
    }

    /// A runner is given up, with the task that it works at: it will neither say `done` nor retire.
    /// Returns whether another must be sent in its place.
    pub fn write_off(&self, task: Option<&Task>) -> bool {
        let mut inner = self.lock();
        inner.runners -= 1;
        if let Some(task) = task {
            inner.leave_seat(task);
        }
        if inner.waiting.len() > inner.looking() {
            inner.runners += 1;
            return true;
        }
        if inner.runners == 0 {
            self.idle.notify_all();
        }
        false
    }

    /// Runners that are out.
    pub fn runners(&self) -> usize {
        self.lock().runners
    }

    /// A running task was settled and is being stopped: its place is free from now on.
    pub fn give_up(&self, task: &Task) {
        let mut inner = self.lock();
        // Unless the runner was through with it just now.
        if task.seat.load(Ordering::Relaxed) == SEATED {
            task.seat.store(GIVEN_UP, Ordering::Relaxed);
            inner.stopping += 1;
        }
    }

    /// The next task, already claimed. The runner must say `done` for each task that it took.
    pub fn next(&self) -> Option<Arc<Task>> {
        self.take(&mut self.lock())
    }

    /// The next task, or the end of this runner: after `None` it must not look again.
    pub fn next_or_retire(&self) -> Option<Arc<Task>> {
        let mut inner = self.lock();
        let task = self.take(&mut inner);
        if task.is_none() {
            inner.runners -= 1;
            if inner.runners == 0 {
                self.idle.notify_all();
            }
        }
        task
    }

    /// Looks for a next task a little longer: a caller that awaits one result before it makes the
    /// next call comes back within microseconds, and finding the isolate still entered saves it a
    /// wake-up. Yields each time, so that on a single core the caller gets to run.
    pub fn linger(&self) -> Option<Arc<Task>> {
        for _ in 0..LOOKS {
            if self.pushed.load(Ordering::Relaxed)
                && let Some(task) = self.next()
            {
                return Some(task);
            }
            std::thread::yield_now();
        }
        None
    }

    /// Counts a runner that was sent for something else than a task.
    pub fn add_runner(&self, errand: Errand) {
        let mut inner = self.lock();
        inner.runners += 1;
        inner.away += usize::from(errand == Errand::Away);
    }

    /// A runner has something else to do, which takes a while.
    pub fn leave(&self) {
        self.lock().away += 1;
    }

    /// It has done that, and will look for a task.
    pub fn back(&self) {
        self.lock().away -= 1;
    }

    /// A queued task was settled where it stands.
    pub fn forget(&self, task: &Task) {
        self.lock().waiting.remove(task);
    }

    /// Takes no more tasks. Those that wait stay.
    pub fn close(&self) {
        self.lock().open = false;
    }

    /// Settles every task that waits, in order, and returns them.
    pub fn settle_all(&self) -> Vec<Arc<Task>> {
        let waiting = self.lock().waiting.drain();
        waiting
            .into_iter()
            .filter(|task| task.settle_queued())
            .collect()
    }

    /// Runners that have a task in hand.
    pub fn working(&self) -> usize {
        self.lock().working
    }

    /// Tasks that wait for a thread to become free. One that a thread is on its way to does not.
    pub fn len(&self) -> usize {
        let inner = self.lock();
        inner.waiting.len().saturating_sub(self.free(&inner))
    }

    /// Whether nothing waits and no runner is out.
    pub fn is_idle(&self) -> bool {
        let inner = self.lock();
        inner.waiting.len() == 0 && inner.runners == 0
    }

    /// Waits until no runner is out. `false`: one still was at the deadline.
    pub fn wait_idle(&self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        let mut inner = self.lock();
        while inner.runners > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            inner = self
                .idle
                .wait_timeout(inner, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    fn take(&self, inner: &mut Inner) -> Option<Arc<Task>> {
        let task = loop {
            match inner.waiting.pop() {
                // Settled a moment ago: whoever did that finds it gone.
                Some(task) if !task.claim() => {}
                task => break task,
            }
        };
        if let Some(task) = &task {
            task.seat.store(SEATED, Ordering::Relaxed);
            inner.working += 1;
        }
        self.pushed
            .store(inner.waiting.len() > 0, Ordering::Relaxed);
        task
    }

    fn refusal(&self, inner: &Inner) -> Option<Pushed> {
        if !inner.open {
            return Some(Pushed::Closed);
        }
        let most = self.max_waiting?.saturating_add(self.free(inner));
        (inner.waiting.len() >= most).then_some(Pushed::Full)
    }

    /// Tasks that may begin before one of those that run ends.
    fn free(&self, inner: &Inner) -> usize {
        (self.max_runners + inner.stopping).saturating_sub(inner.working)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A run that was given up has left already when it ends after all.
    fn leave_seat(&mut self, task: &Task) {
        let seat = task.seat.swap(NO_SEAT, Ordering::Relaxed);
        self.working -= usize::from(seat != NO_SEAT);
        self.stopping -= usize::from(seat == GIVEN_UP);
    }

    /// Runners that will look for a task before they retire.
    fn looking(&self) -> usize {
        self.runners.saturating_sub(self.working + self.away)
    }
}
