//! Tasks that wait for a thread, tasks that wait without one, and the threads that were sent to take them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::asides::Asides;
use super::waiting::Waiting;
use crate::task::Task;

/// The tasks that wait, and the count of the runners: the jobs given to Rayon which take tasks until
/// none is left.
///
/// Both live under one lock, so a task is never left behind: `push` sees whether a runner will look
/// again, `next_or_retire` gives up only when there is nothing to take. So do the tasks that were set
/// aside, each as an `A`.
pub struct Queue<A> {
    /// Runners at the same time, and so tasks.
    max_runners: usize,
    /// Tasks that may wait; `None` is no limit.
    max_waiting: Option<usize>,
    inner: Mutex<Inner<A>>,
    /// Whether something may wait for a thread: a look without the lock.
    pushed: AtomicBool,
    /// Signalled when the last runner retires.
    idle: Condvar,
}

struct Inner<A> {
    waiting: Waiting,
    asides: Asides<A>,
    /// Runners that wait with their task, which nobody needed to set aside yet: by task, with what wakes them.
    holding: Vec<(u64, Arc<dyn Poke>)>,
    /// Those of them that were woken to set it aside, and have not got to that.
    poked: usize,
    /// Tasks that went on, one after the other, while one that has not begun waited.
    resumed: u32,
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

/// Wakes a runner that waits with its task.
pub trait Poke: Send + Sync {
    /// From any thread.
    fn poke(&self);
}

/// What a runner is to do.
#[derive(Debug)]
pub enum Work<A> {
    /// Begin a task, already claimed.
    Begin(Arc<Task>),
    /// Go on with one that was set aside.
    Resume(A),
}

/// What a runner is to do whose task waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Wait with it; then say `held`.
    Hold,
    /// Set it aside, and look for something else: a place is reserved.
    SetAside,
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

/// So many tasks that were set aside go on before one that has not begun.
const MOST_RESUMED: u32 = 32;

// Values of `Task::seat`.
const NO_SEAT: u8 = 0;
const SEATED: u8 = 1;
const GIVEN_UP: u8 = 2;

impl<A> Queue<A> {
    /// An empty queue that takes tasks.
    pub fn new(max_runners: usize, max_waiting: Option<usize>, max_asides: usize) -> Self {
        Self {
            max_runners,
            max_waiting,
            pushed: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                waiting: Waiting::default(),
                asides: Asides::new(max_asides),
                holding: Vec::new(),
                poked: 0,
                resumed: 0,
                runners: 0,
                working: 0,
                stopping: 0,
                away: 0,
                open: true,
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
        if self.call_for_runner(&mut inner) {
            Pushed::SendRunner
        } else {
            Pushed::Queued
        }
    }

    /// A task that was set aside may go on, in this isolate. Returns whether a runner must be sent.
    pub fn make_ready(&self, isolate: u64) -> bool {
        let mut inner = self.lock();
        inner.asides.make_ready(isolate) && self.call_for_runner(&mut inner)
    }

    /// Sets no more tasks aside.
    pub fn no_asides(&self) {
        self.lock().asides.close();
    }

    /// Whether the runner whose task waits is to wait with it.
    pub fn wait_or_set_aside(&self, task: &Task, wakes: Arc<dyn Poke>) -> Wait {
        let mut inner = self.lock();
        if inner.needed() > inner.looking() && inner.asides.reserve() {
            return Wait::SetAside;
        }
        inner.holding.push((task.id, wakes));
        Wait::Hold
    }

    /// The runner that waited with this task goes on with it.
    pub fn held(&self, task: &Task) {
        let mut inner = self.lock();
        if let Some(at) = inner.holding.iter().position(|(id, _)| *id == task.id) {
            inner.holding.swap_remove(at);
        } else {
            // It was woken for others, and may have to run for long first: another one may be faster.
            inner.poked -= 1;
            inner.rouse();
        }
    }

    /// Sets a task aside in the place that was reserved for it, and calls `watch` before anybody else can get at it. Its
    /// runner looks for something else from here on.
    pub fn set_aside(&self, task: &Task, isolate: u64, aside: A, watch: impl FnOnce(&mut A)) {
        let mut inner = self.lock();
        inner.leave_seat(task);
        task.aside.store(isolate, Ordering::Relaxed);
        watch(inner.asides.put(isolate, aside));
    }

    /// The task that a place was reserved for will not be set aside.
    pub fn unreserve(&self) {
        let mut inner = self.lock();
        inner.asides.unreserve();
        inner.rouse();
    }

    /// Takes out what was set aside with this task, which will not go on, and whether it might have. `None`: it is not
    /// set aside.
    pub fn take_aside(&self, task: &Task) -> Option<(A, bool)> {
        let mut inner = self.lock();
        let taken = inner.asides.take(task.aside.swap(0, Ordering::Relaxed));
        inner.rouse();
        taken
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
    /// no other runner is out that would take it, so this one must see to it itself. With `aside` a task that is set
    /// aside is as good as a runner: its isolate comes back.
    pub fn put_back(&self, task: &Arc<Task>, aside: bool) -> bool {
        let mut inner = self.lock();
        if inner.runners < 2 && !(aside && inner.asides.len() > 0) {
            return false;
        }
        self.retire_one(&mut inner);
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
        if inner.needed() > inner.looking() {
            inner.runners += 1;
            return true;
        }
        if inner.runners == 0 {
            self.idle.notify_all();
        }
        false
    }

    /// A runner that was counted does not come to anything.
    pub fn retire(&self) {
        self.retire_one(&mut self.lock());
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

    /// The next task, already claimed, unless one that was set aside goes before it. The runner must say `done` for each
    /// task that it took.
    pub fn next(&self) -> Option<Arc<Task>> {
        let mut inner = self.lock();
        if inner.resumes_next() {
            return None;
        }
        self.take_new(&mut inner)
    }

    /// What is to be done next, or the end of this runner: after `None` it must not look again.
    pub fn next_or_retire(&self) -> Option<Work<A>> {
        let mut inner = self.lock();
        let begin = if inner.resumes_next() {
            None
        } else {
            self.take_new(&mut inner)
        };
        if let Some(task) = begin {
            return Some(Work::Begin(task));
        }
        if let Some(aside) = inner.asides.take_ready() {
            inner.working += 1;
            inner.resumed += u32::from(inner.waiting.len() > 0);
            self.note_pushed(&inner);
            // Its place is free for another.
            inner.rouse();
            return Some(Work::Resume(aside));
        }
        self.retire_one(&mut inner);
        None
    }

    /// The runner goes on with this task, which it got from `next_or_retire`.
    pub fn seat(&self, task: &Task) {
        let _inner = self.lock();
        task.aside.store(0, Ordering::Relaxed);
        task.seat.store(SEATED, Ordering::Relaxed);
    }

    /// Looks for a next task a little longer: a caller that awaits one result before it makes the
    /// next call comes back within microseconds, and finding the isolate still entered saves it a
    /// wake-up. Yields each time, so that on a single core the caller gets to run.
    pub fn linger(&self) -> Option<Arc<Task>> {
        for _ in 0..LOOKS {
            if self.pushed.load(Ordering::Relaxed) {
                // What was set aside needs another isolate.
                return self.next();
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
        let mut inner = self.lock();
        inner.away += 1;
        inner.rouse();
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

    /// Runners that have a task in hand, and tasks that are set aside.
    pub fn under_way(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.working, inner.asides.len())
    }

    /// Tasks that wait for a thread to become free. One that a thread is on its way to does not.
    pub fn len(&self) -> usize {
        let inner = self.lock();
        inner.waiting.len().saturating_sub(self.free(&inner))
    }

    /// Whether nothing waits, nothing is set aside and no runner is out.
    pub fn is_idle(&self) -> bool {
        let inner = self.lock();
        inner.waiting.len() == 0 && inner.asides.len() == 0 && inner.runners == 0
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

    fn take_new(&self, inner: &mut Inner<A>) -> Option<Arc<Task>> {
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
            inner.resumed = 0;
        }
        self.note_pushed(inner);
        task
    }

    /// Something new waits for a thread. Returns whether a runner, counted here, must be sent.
    fn call_for_runner(&self, inner: &mut Inner<A>) -> bool {
        self.pushed.store(true, Ordering::Relaxed);
        // Each runner that will look takes one, soon and with the isolate that it has.
        let send = inner.runners < self.max_runners && inner.needed() > inner.looking();
        if send {
            inner.runners += 1;
        } else {
            inner.rouse();
        }
        send
    }

    fn retire_one(&self, inner: &mut Inner<A>) {
        inner.runners -= 1;
        if inner.runners == 0 {
            self.idle.notify_all();
        }
    }

    fn note_pushed(&self, inner: &Inner<A>) {
        self.pushed.store(inner.needed() > 0, Ordering::Relaxed);
    }

    fn refusal(&self, inner: &Inner<A>) -> Option<Pushed> {
        if !inner.open {
            return Some(Pushed::Closed);
        }
        let most = self.max_waiting?.saturating_add(self.free(inner));
        (inner.waiting.len() >= most).then_some(Pushed::Full)
    }

    /// Tasks that may begin before one of those that run ends: also in the place of one that waits.
    fn free(&self, inner: &Inner<A>) -> usize {
        let yielding = (inner.holding.len() + inner.poked).min(inner.asides.room());
        (self.max_runners + inner.stopping + yielding).saturating_sub(inner.working)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<A>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Inner<A> {
    /// A run that was given up has left already when it ends after all.
    fn leave_seat(&mut self, task: &Task) {
        let seat = task.seat.swap(NO_SEAT, Ordering::Relaxed);
        self.working -= usize::from(seat != NO_SEAT);
        self.stopping -= usize::from(seat == GIVEN_UP);
    }

    /// Whether a task that was set aside is next. A few that wait again and again would keep all others from beginning.
    fn resumes_next(&self) -> bool {
        self.asides.ready_count() > 0 && (self.resumed < MOST_RESUMED || self.waiting.len() == 0)
    }

    /// What waits for a thread.
    fn needed(&self) -> usize {
        self.waiting.len() + self.asides.ready_count()
    }

    /// Wakes a runner that waits with its task, if another task needs its thread.
    fn rouse(&mut self) {
        if self.needed() > self.looking() + self.poked
            && self.asides.room() > self.poked
            && let Some((_, wakes)) = self.holding.pop()
        {
            self.poked += 1;
            wakes.poke();
        }
    }

    /// Runners that will look for a task before they retire.
    fn looking(&self) -> usize {
        self.runners.saturating_sub(self.working + self.away)
    }
}
