//! What a pool's handle and its threads share, and the pool's life: open, closing, closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use super::aside::Aside;
use super::completion::{Completion, Sink};
use super::config::PoolConfig;
use super::own::Own;
use super::queue::{Errand, Pushed, Queue};
use super::runner;
use super::seat;
use super::slab::Slab;
use super::stats::{Snapshot, Stats, TakenDurations};
use super::threads::{Job, Threads};
use super::undisposed;
use super::upkeep::Requests;
use super::vitals::IsolateSnapshot;
use super::watchdog::Watchdog;
use crate::isolate::{Host, HostCall, Loss, Payload, ProgressValue};
use crate::task::Task;

/// Takes tasks.
const OPEN: u8 = 0;
/// Takes no more; those it has are finished.
const CLOSING: u8 = 1;
/// Nothing is left.
const CLOSED: u8 = 2;

/// Why a task was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// As many tasks wait as `max_queue` allows.
    Full,
    /// The pool is closing or closed.
    Closed,
}

/// A pool as its owner holds it. Dropping it closes it: tasks that it has are finished.
pub struct Pool(Arc<Shared>);

/// Everything that outlives the handle while tasks run.
pub struct Shared {
    pub(super) id: u32,
    pub(super) config: PoolConfig,
    pub(super) queue: Queue<Aside>,
    pub(super) slab: Slab,
    pub(super) stats: Stats,
    pub(super) sink: Arc<dyn Sink>,
    pub(super) requests: Requests,
    pub(super) own: Own,
    pub(super) reap_is_set: AtomicBool,
    pub(super) tidy_is_set: AtomicBool,
    pub(super) threads: Arc<Threads>,
    /// Tasks that are not settled, by id: how an abort finds its task.
    tasks: Mutex<HashMap<u64, Arc<Task>>>,
    /// Tasks whose runs were told to stop and may still be on.
    stopping: Mutex<Vec<Weak<Task>>>,
    state: AtomicU8,
    this: OnceLock<Weak<Shared>>,
}

impl Pool {
    /// Makes a pool. Its threads start with the first task, or with the isolates to be made ahead.
    pub fn new(config: PoolConfig, sink: Arc<dyn Sink>) -> Self {
        let threads = Arc::new(Threads::new(config.max_threads));
        Self::on(threads, config, sink)
    }

    /// Makes one that shares `threads` with others.
    pub fn on(threads: Arc<Threads>, config: PoolConfig, sink: Arc<dyn Sink>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        // Its thread must be there before memory is short: nothing else gives up what is stuck then.
        Watchdog::get();
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            queue: Queue::new(config.max_threads, config.max_queue, config.max_suspended),
            threads,
            config,
            slab: Slab::default(),
            stats: Stats::default(),
            sink,
            requests: Requests::default(),
            own: Own::default(),
            reap_is_set: AtomicBool::new(false),
            tidy_is_set: AtomicBool::new(false),
            tasks: Mutex::default(),
            stopping: Mutex::default(),
            state: AtomicU8::new(OPEN),
            this: OnceLock::new(),
        });
        // Just made: nobody else can have set it.
        let _ = shared.this.set(Arc::downgrade(&shared));
        shared.keep_minimum();
        Self(shared)
    }

    /// Unique within the process.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// Shared values were freed: idle isolates drop their copies.
    pub fn tidy(&self) {
        self.0.tidy();
    }

    /// Tasks that may wait; `None` is no limit.
    pub fn max_queue(&self) -> Option<usize> {
        self.0.config.max_queue
    }

    /// For an environment that must end its pools before it ends itself.
    pub fn downgrade(&self) -> Weak<Shared> {
        Arc::downgrade(&self.0)
    }

    /// Whether a task would be refused: asked before its arguments are packed, since packing may
    /// take buffers away from the caller.
    ///
    /// # Errors
    /// The reason.
    pub fn check(&self) -> Result<(), Refused> {
        match self.0.queue.would_refuse() {
            Some(Pushed::Full) => Err(Refused::Full),
            Some(_) => Err(Refused::Closed),
            None => Ok(()),
        }
    }

    /// Queues a task.
    ///
    /// # Errors
    /// When it is refused; then nothing of it is left in the pool.
    pub fn submit(&self, task: Task) -> Result<(), Refused> {
        let shared = &self.0;
        let task = Arc::new(task);
        let id = task.id;
        shared.lock_tasks().insert(id, Arc::clone(&task));
        let refused = match shared.queue.push(Arc::clone(&task)) {
            Pushed::Queued => {
                shared.watch_queued(&task);
                return Ok(());
            }
            Pushed::SendRunner => {
                shared.send_runner();
                shared.watch_queued(&task);
                return Ok(());
            }
            Pushed::Full => Refused::Full,
            Pushed::Closed => Refused::Closed,
        };
        shared.lock_tasks().remove(&id);
        Err(refused)
    }

    /// Settles a task without an answer: the caller has given up on it. `false`: it has its answer,
    /// or will have it.
    pub fn cancel(&self, id: u64) -> bool {
        let Some(task) = self.0.lock_tasks().get(&id).cloned() else {
            return false;
        };
        // Again, should a thread just be claiming it or putting it back.
        loop {
            if task.settle_queued() {
                self.0.queue.forget(&task);
                break;
            }
            if task.settle_running() {
                self.0.own.interrupt();
                self.0.vacate(&task);
                self.0.stop_run(&task);
                break;
            }
            if task.is_settled() {
                // A deadline may have settled it just now; its place is free when this returns.
                self.0.queue.forget(&task);
                self.0.vacate(&task);
                return false;
            }
        }
        self.0.forget(id);
        true
    }

    /// Cancels every task that waits; their ids.
    pub fn cancel_queued(&self) -> Vec<u64> {
        let ids: Vec<u64> = self
            .0
            .queue
            .settle_all()
            .iter()
            .map(|task| task.id)
            .collect();
        let mut tasks = self.0.lock_tasks();
        for id in &ids {
            tasks.remove(id);
        }
        ids
    }

    /// Sees to it that `count` isolates exist; [`Completion::Answered`] names `request` when they do.
    pub fn warm_up(&self, count: usize, request: u64) {
        self.0.warm_up(count, request);
    }

    /// Replaces every isolate; [`Completion::Answered`] names `request` when those of now are gone.
    pub fn recycle(&self, request: u64) {
        self.0.recycle(request);
    }

    /// Takes no more tasks, finishes those it has, then disposes of its isolates and says
    /// [`Completion::Closed`]. A second call does nothing.
    pub fn close(&self) {
        self.0.close();
    }

    /// Takes no more tasks, fails those it has with `OFFLOOP_ERR_CLOSED`, stops those that run,
    /// then goes on as `close`.
    pub fn destroy(&self) {
        self.0.fail_all();
        self.0.close();
    }

    /// The pool's numbers.
    pub fn snapshot(&self) -> Snapshot {
        self.0.snapshot()
    }

    /// The pool's isolates, oldest first.
    pub fn isolates(&self) -> Vec<IsolateSnapshot> {
        self.0.stats.isolates()
    }

    /// What is known of a user's own isolate.
    pub fn own(&self) -> &Own {
        &self.0.own
    }

    /// Takes out the durations counted so far.
    pub fn take_durations(&self) -> TakenDurations {
        self.0.stats.take_durations()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Shared {
    /// Stops everything at once, from the environment's exit hook: nobody listens any more.
    pub fn stop(&self) {
        self.state.store(CLOSED, Ordering::Release);
        self.queue.close();
        self.end_warm_up();
        self.fail_all();
    }

    /// After `stop`: waits at most `most` for the pool's threads and disposes of its isolates on
    /// this one. Those that it has to leave are counted in [`undisposed`].
    pub fn end(&self, most: Duration) {
        if !self.queue.wait_idle(most) {
            let stopping = std::mem::take(&mut *self.lock_stopping());
            for task in stopping.iter().filter_map(Weak::upgrade) {
                self.give_up(&task);
            }
            // Threads that run no task and do not come to an end either.
            undisposed::add(self.queue.runners());
        }
        for isolate in self.slab.take_all() {
            self.slab.dispose(isolate, || {});
        }
        self.end_threads();
    }

    /// Stops a settled task's run, and sees to it that one which does not stop is given up.
    pub(super) fn stop_run(&self, task: &Arc<Task>) {
        if task.stop() {
            let mut stopping = self.lock_stopping();
            stopping.retain(|task| task.strong_count() > 0);
            stopping.push(Arc::downgrade(task));
            drop(stopping);
            self.watch_end(task);
        }
    }

    /// A task that had begun is settled: its place is free from here on, and what is set aside with it is given up.
    pub(super) fn vacate(&self, task: &Task) {
        self.queue.give_up(task);
        self.abandon(task);
    }

    /// The result of a task of this pool took so many nanoseconds to be cloned, on both sides.
    pub fn cloned_out(&self, nanoseconds: u64) {
        if self.config.record_timing {
            self.stats.cloned_out(nanoseconds);
        }
    }

    /// Unique within the process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it takes tasks.
    pub(super) fn is_open(&self) -> bool {
        self.state.load(Ordering::Acquire) == OPEN
    }

    /// Whether it takes tasks or finishes those it has.
    pub(super) fn is_alive(&self) -> bool {
        self.state.load(Ordering::Acquire) != CLOSED
    }

    /// Whether it only finishes those it has.
    pub(super) fn is_closing(&self) -> bool {
        self.state.load(Ordering::Acquire) == CLOSING
    }

    /// Called by a runner that has retired: the last one of a closing pool ends it.
    pub(super) fn after_runner(&self) {
        if self.is_closing() && self.queue.is_idle() {
            self.finish();
        }
    }

    /// Tells the environment.
    pub(super) fn tell(&self, completion: Completion) {
        self.sink.push(self.id, completion);
    }

    /// A settled task needs no entry any more.
    pub(super) fn forget(&self, id: u64) {
        self.lock_tasks().remove(&id);
    }

    /// Tells the caller why its settled task failed.
    pub(super) fn fail(&self, task: &Task, code: &'static str, message: String) {
        self.forget(task.id);
        self.tell(Completion::Failed {
            task: task.id,
            code,
            message,
        });
    }

    pub(super) fn close(&self) {
        if self
            .state
            .compare_exchange(OPEN, CLOSING, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            return;
        }
        self.queue.close();
        self.end_warm_up();
        // The last runner ends the pool; without any, one is sent for that, so that no isolate is
        // disposed of on the caller's thread.
        self.queue.add_runner(Errand::Looking);
        if !self.send(runner::work) {
            self.queue.retire();
            self.finish();
        }
    }

    fn finish(&self) {
        if self
            .state
            .compare_exchange(CLOSING, CLOSED, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            return;
        }
        for isolate in self.slab.take_all() {
            self.dispose(isolate, "closed");
        }
        self.tell(Completion::Closed);
        self.end_threads();
    }

    /// Those that it shares end when the last that shares them is gone, or its environment.
    fn end_threads(&self) {
        if self.config.policy.is_none() {
            self.threads.end();
        }
    }

    fn fail_all(&self) {
        let why = self.config.destroyed();
        self.fail_waiting(why);
        let running: Vec<Arc<Task>> = self.lock_tasks().values().cloned().collect();
        for task in running {
            if task.settle_running() {
                let message = format!("task '{}' was stopped because {why}", task.function.name);
                self.vacate(&task);
                self.fail(&task, "OFFLOOP_ERR_CLOSED", message);
                self.stop_run(&task);
            }
        }
    }

    fn fail_waiting(&self, why: &str) {
        for task in self.queue.settle_all() {
            let message = format!("task '{}' was never run: {why}", task.function.name);
            self.fail(&task, "OFFLOOP_ERR_CLOSED", message);
        }
    }

    /// Sends a runner that the queue has counted.
    pub(super) fn send_runner(&self) {
        if !self.send(runner::work) {
            // The system gives us no thread: what waits cannot be run at all.
            self.fail_waiting("the system could not start the pool's threads");
            self.queue.retire();
            self.after_runner();
        }
    }

    /// Gives a thread a job. `false`: there is no thread, and none can be started.
    pub(super) fn send(&self, job: Job) -> bool {
        let this = self.weak().upgrade();
        this.is_some_and(|this| self.threads.send(&this, job))
    }

    fn snapshot(&self) -> Snapshot {
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let (working, suspended) = self.queue.under_way();
        // Isolates that were set aside come back, and may be more than there are threads then.
        let alive = self.slab.alive().saturating_sub(suspended);
        Snapshot {
            threads: alive.min(self.config.max_threads),
            working,
            queued: self.queue.len(),
            running: working + suspended,
            suspended,
            isolates_created: load(&self.stats.isolates_created),
            isolates_disposed: load(&self.stats.isolates_disposed),
            isolates_lost: load(&self.stats.isolates_lost),
            isolates_wedged: load(&self.stats.isolates_wedged),
            isolates_parked: load(&self.stats.isolates_parked),
            threads_replaced: load(&self.stats.threads_replaced),
            isolates_recycled: load(&self.stats.isolates_recycled),
            busy: self.stats.busy(),
        }
    }

    pub(super) fn weak(&self) -> Weak<Shared> {
        self.this.get().cloned().unwrap_or_default()
    }

    pub(super) fn lock_tasks(&self) -> MutexGuard<'_, HashMap<u64, Arc<Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_stopping(&self) -> MutexGuard<'_, Vec<Weak<Task>>> {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Shared {
    fn console(&self, task: u64, call: Payload, room: Option<ProgressValue>) {
        self.tell(Completion::Console { task, call, room });
    }

    fn uncaught(&self, task: u64, record: Payload) {
        let known = self
            .lock_tasks()
            .get(&task)
            .map(|task| task.function.name.clone());
        let name = known.unwrap_or_else(|| format!("task {task}"));
        self.tell(Completion::Uncaught { task: name, record });
    }

    fn progress(&self, task: u64, value: ProgressValue) {
        self.tell(Completion::Progress { task, value });
    }

    fn call(&self, task: u64, call: HostCall) {
        self.tell(Completion::HostCall { task, call });
    }

    fn over_limit(&self) {
        // Its run ends now, unless it is in a builtin that cannot be terminated.
        if let Some(task) = seat::task_at_work() {
            self.watch_end(&task);
        }
    }

    fn waits(&self, waits: bool) {
        if let Some(seat) = seat::here() {
            self.threads.set_waiting(seat.lane, waits);
        }
    }

    fn slack(&self) -> u64 {
        self.config.slack()
    }

    fn lost(&self, task: u64, loss: &Loss) {
        if loss.on_v8_thread {
            self.lose_v8_thread(task, loss);
        } else {
            self.lose_this_thread(loss);
        }
    }
}
