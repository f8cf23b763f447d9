//! What a pool tells its environment.

use std::time::Duration;

use crate::isolate::{HostCall, Payload, ProgressValue};

/// One message from a pool's threads to the environment that owns it.
#[derive(Debug)]
pub enum Completion {
    /// A task's result; `None` is `undefined`.
    Value {
        /// The task.
        task: u64,
        /// Its result.
        value: Option<Payload>,
    },
    /// What a task threw: an error record.
    Thrown {
        /// The task.
        task: u64,
        /// The record; `None` when it could not even be made.
        record: Option<Payload>,
    },
    /// A task could not begin: the pool's `init` failed in its context.
    InitFailed {
        /// The task.
        task: u64,
        /// What `init` threw: an error record; `None` when it waits for what cannot happen.
        record: Option<Payload>,
    },
    /// A task ended for a reason of ours.
    Failed {
        /// The task.
        task: u64,
        /// `OFFLOOP_ERR_…`.
        code: &'static str,
        /// A sentence that names the task and says what to do.
        message: String,
    },
    /// The times of a task that asked for them; its end follows.
    Times {
        /// The task.
        task: u64,
        /// From being queued to the beginning.
        wait: Duration,
        /// From the beginning to the end.
        run: Duration,
    },
    /// What a task gave to `offloop.progress`.
    Progress {
        /// The task.
        task: u64,
        /// The value.
        value: ProgressValue,
    },
    /// A task calls a function of the environment's.
    HostCall {
        /// The task; 0 outside of any.
        task: u64,
        /// The call.
        call: HostCall,
    },
    /// A line of console output: a payload of `[method, arguments]`.
    Console {
        /// The task that wrote it; 0 outside of any.
        task: u64,
        /// The call.
        call: Payload,
        /// Taken up until the environment has heard of it.
        room: Option<ProgressValue>,
    },
    /// An error that nobody handled and no task can be rejected with.
    Uncaught {
        /// The task that left it behind, by name.
        task: String,
        /// Its record.
        record: Payload,
    },
    /// What the owner asked of the isolates as a whole is done, or never will be.
    Answered {
        /// As the owner numbered it.
        request: u64,
        /// `OFFLOOP_ERR_…` and a sentence.
        refusal: Option<(&'static str, String)>,
    },
    /// Something is wrong with the process that no single task can be told of.
    Trouble {
        /// `OFFLOOP_ERR_…`.
        code: &'static str,
        /// A sentence that says what to do.
        message: String,
    },
    /// A user's own isolate is gone; `Closed` follows.
    Lost {
        /// `OFFLOOP_ERR_…`.
        code: &'static str,
        /// A clause that says why.
        message: String,
    },
    /// The pool is closed: every task is settled and every isolate disposed of.
    Closed,
    /// An isolate was made.
    IsolateCreated {
        /// Unique within the process.
        isolate: u64,
    },
    /// An isolate was disposed of.
    IsolateDisposed {
        /// Unique within the process.
        isolate: u64,
        /// `idle`, `recycled`, `memory-limit`, `wedged`, `lost` or `closed`.
        reason: &'static str,
    },
}

/// Takes completions from any thread to the environment that owns the pool.
pub trait Sink: Send + Sync {
    /// Queues one completion of pool `pool` and wakes the environment if need be.
    fn push(&self, pool: u32, completion: Completion);
}
