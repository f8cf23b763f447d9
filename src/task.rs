//! One task: what is to be run, and who may still decide how it ends.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::isolate::{FunctionSpec, Operation, Payload, Switch};

/// Waiting in the queue.
const QUEUED: u8 = 0;
/// Claimed by a thread.
const RUNNING: u8 = 1;
/// Its end is decided; whoever decided it tells the caller.
const SETTLED: u8 = 2;

/// A call on its way through the pool.
///
/// Its end is decided once: by the thread that ran it, by a deadline, by an abort, or by the pool's
/// own end. Whoever moves it to `SETTLED` owes the caller the one answer.
#[derive(Debug)]
pub struct Task {
    /// Made by the caller, unique within its environment.
    pub id: u64,
    /// What to call.
    pub function: Arc<FunctionSpec>,
    /// Higher runs first.
    pub priority: i32,
    /// Wall time from the moment an isolate begins the task.
    pub timeout: Option<Duration>,
    /// How long it may wait in the queue.
    pub queue_timeout: Option<Duration>,
    /// The result's buffers are moved instead of copied.
    pub move_buffers: bool,
    /// Its own times are told before its result.
    pub timed: bool,
    /// What it does in a user's own isolate; without it `function` is called.
    pub operation: Option<Operation>,
    /// When it was made, which is when it began to wait.
    pub made: Instant,
    arguments: Mutex<Option<Payload>>,
    state: AtomicU8,
    /// The isolate that runs it right now. A stop is sent with the lock held, so that it cannot
    /// reach the isolate's next task.
    on: Mutex<Option<Arc<Switch>>>,
    stopped: AtomicBool,
    /// Where the queue has it; read and written under the queue's lock only.
    pub(crate) slot: AtomicU32,
    /// Whether it counts as running; read and written under the queue's lock only.
    pub(crate) seat: AtomicU8,
}

impl Task {
    /// `slot` of a task that the queue does not have.
    pub(crate) const NO_SLOT: u32 = u32::MAX;

    /// A task that has not been queued yet.
    pub fn new(
        id: u64,
        function: Arc<FunctionSpec>,
        arguments: Option<Payload>,
        priority: i32,
        timeout: Option<Duration>,
        queue_timeout: Option<Duration>,
        move_buffers: bool,
    ) -> Self {
        Self {
            id,
            function,
            priority,
            timeout,
            queue_timeout,
            move_buffers,
            timed: false,
            operation: None,
            made: Instant::now(),
            arguments: Mutex::new(arguments),
            state: AtomicU8::new(QUEUED),
            on: Mutex::new(None),
            stopped: AtomicBool::new(false),
            slot: AtomicU32::new(Self::NO_SLOT),
            seat: AtomicU8::new(0),
        }
    }

    /// Whether it still waits in the queue.
    pub fn is_queued(&self) -> bool {
        self.state.load(Ordering::Acquire) == QUEUED
    }

    /// Whether its end is decided.
    pub fn is_settled(&self) -> bool {
        self.state.load(Ordering::Acquire) == SETTLED
    }

    /// A thread claims it. `false`: it was settled while it waited.
    pub fn claim(&self) -> bool {
        self.change(QUEUED, RUNNING)
    }

    /// Decides the end of a task that waits. `false`: it runs, or is settled.
    pub fn settle_queued(&self) -> bool {
        let settled = self.change(QUEUED, SETTLED);
        if settled {
            // Nobody will read them: they may hold megabytes.
            drop(self.take_arguments());
        }
        settled
    }

    /// Decides the end of a task that runs. `false`: somebody else did.
    pub fn settle_running(&self) -> bool {
        self.change(RUNNING, SETTLED)
    }

    /// What it is called with; given out once.
    pub fn take_arguments(&self) -> Option<Payload> {
        self.arguments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// From here on a stop reaches the isolate.
    pub fn begin(&self, switch: &Arc<Switch>) {
        *self.lock_on() = Some(Arc::clone(switch));
    }

    /// From here on it does not. Returns whether one was sent.
    pub fn end(&self) -> bool {
        *self.lock_on() = None;
        self.stopped.load(Ordering::Acquire)
    }

    /// Stops the run, if it is still on.
    pub fn stop(&self) {
        let on = self.lock_on();
        if let Some(switch) = &*on {
            self.stopped.store(true, Ordering::Release);
            switch.stop();
        }
    }

    fn lock_on(&self) -> MutexGuard<'_, Option<Arc<Switch>>> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}
