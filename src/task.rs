//! One task: what is to be run, and who may still decide how it ends.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cpu_clock::CpuClock;
use crate::isolate::{FunctionSpec, Operation, Payload, RunOptions, Switch};

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
    /// How its isolate runs it.
    pub options: RunOptions,
    /// Its own times are told before its result.
    pub timed: bool,
    /// What it does in a user's own isolate; without it `function` is called.
    pub operation: Option<Operation>,
    /// When it was made, which is when it began to wait.
    pub made: Instant,
    /// How long its code has run.
    pub cpu: CpuClock,
    arguments: Mutex<Option<Payload>>,
    state: AtomicU8,
    /// Where it runs right now. A stop is sent with the lock held, so that it cannot reach the
    /// isolate's next task; a run that is given up is so under the same lock, so that its thread
    /// learns of it at its end.
    on: Mutex<Option<Run>>,
    stopped: AtomicBool,
    given_up: AtomicBool,
    /// Where the queue has it; read and written under the queue's lock only.
    pub(crate) slot: AtomicU32,
    /// Whether it counts as running; read and written under the queue's lock only.
    pub(crate) seat: AtomicU8,
    /// The isolate that is set aside with it; 0: none. Read and written under the queue's lock only.
    pub(crate) aside: AtomicU64,
}

/// A run that is on.
#[derive(Debug)]
struct Run {
    switch: Arc<Switch>,
    berth: Berth,
}

/// What a run occupies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Berth {
    /// The thread.
    pub lane: u64,
    /// The isolate, by its id.
    pub isolate: u64,
    /// The isolate's generation.
    pub generation: u64,
}

/// How a run ended, as its thread must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// By itself.
    Free,
    /// A stop was sent, which may still have to be withdrawn.
    Stopped,
    /// After it had been given up: the thread has no place in the pool any more, nor has the isolate.
    GivenUp,
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
            options: RunOptions {
                move_buffers,
                ..RunOptions::default()
            },
            timed: false,
            operation: None,
            made: Instant::now(),
            cpu: CpuClock::new(None),
            arguments: Mutex::new(arguments),
            state: AtomicU8::new(QUEUED),
            on: Mutex::new(None),
            stopped: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            slot: AtomicU32::new(Self::NO_SLOT),
            seat: AtomicU8::new(0),
            aside: AtomicU64::new(0),
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

    /// A thread that claimed it cannot run it after all: it waits again. `false`: it was settled
    /// meanwhile.
    pub fn unclaim(&self) -> bool {
        self.change(RUNNING, QUEUED)
    }

    /// What it is called with; given out once.
    pub fn take_arguments(&self) -> Option<Payload> {
        self.arguments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// From here on a stop reaches the isolate, which `berth` names.
    pub fn begin(&self, switch: &Arc<Switch>, berth: Berth) {
        *self.lock_on() = Some(Run {
            switch: Arc::clone(switch),
            berth,
        });
    }

    /// From here on it does not.
    pub fn end(&self) -> RunEnd {
        let mut on = self.lock_on();
        *on = None;
        if self.given_up.load(Ordering::Acquire) {
            RunEnd::GivenUp
        } else if self.stopped.load(Ordering::Acquire) {
            RunEnd::Stopped
        } else {
            RunEnd::Free
        }
    }

    /// Stops the run. `false`: it is not on.
    pub fn stop(&self) -> bool {
        let on = self.lock_on();
        if let Some(run) = &*on {
            self.stopped.store(true, Ordering::Release);
            run.switch.stop();
        }
        on.is_some()
    }

    /// Gives the run up: it does not end. Returns what is lost with it; `None` when the run has
    /// ended, or was given up before.
    pub fn give_up(&self) -> Option<Berth> {
        let run = self.lock_on().take()?;
        self.given_up.store(true, Ordering::Release);
        Some(run.berth)
    }

    /// Gives the run up on its own thread, which does not come back from here. `false`: that was done
    /// before.
    pub fn give_up_here(&self) -> bool {
        let mut on = self.lock_on();
        *on = None;
        !self.given_up.swap(true, Ordering::AcqRel)
    }

    fn lock_on(&self) -> MutexGuard<'_, Option<Run>> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}
