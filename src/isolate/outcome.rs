//! How a run ended.

use super::ffi;
use std::time::Duration;

use super::payload::Payload;

/// How a run ended, and whether its isolate may go on.
#[derive(Debug)]
pub struct Outcome {
    /// What became of the task.
    pub result: RunResult,
    /// The isolate passed its memory limit: it must be dropped.
    pub spent: bool,
    /// Nanoseconds that cloning the arguments took, on both sides; 0 when it was too little to measure.
    pub clone_in_ns: u64,
}

/// What became of a task, as its isolate saw it.
#[derive(Debug)]
pub enum RunResult {
    /// Its result; `None` is `undefined`.
    Value(Option<Payload>),
    /// It threw: an error record.
    Thrown(Option<Payload>),
    /// It was stopped through its [`Switch`](super::Switch).
    Stopped,
    /// It waits for a promise that nothing can settle.
    Unsettled,
    /// Its result cannot be cloned; the text names the part at fault.
    NotCloneable(String),
    /// It passed the memory limit.
    MemoryLimit,
    /// The pool's `init` threw: an error record. `None`: it waits for a promise that nothing can settle.
    InitFailed(Option<Payload>),
    /// It waits, and goes on with `Entered::go_on`: when its isolate has something to do, or after so
    /// long. Only with `Call::may_pend`.
    Pending(Option<Duration>),
}

impl Outcome {
    pub(super) const NONE: ffi::OlOutcome = ffi::OlOutcome {
        kind: 0,
        spent: 0,
        clone_in_ns: 0,
        payload: std::ptr::null_mut(),
        message: ffi::OlMessage {
            data: std::ptr::null_mut(),
            length: 0,
        },
        wait_ms: 0,
    };

    pub(super) fn take(raw: &ffi::OlOutcome) -> Self {
        let payload = Payload::from_raw(raw.payload);
        let message = ffi::take_message(raw.message);
        let result = match raw.kind {
            ffi::OUTCOME_VALUE => RunResult::Value(payload),
            ffi::OUTCOME_THROWN => RunResult::Thrown(payload),
            ffi::OUTCOME_UNSETTLED => RunResult::Unsettled,
            ffi::OUTCOME_NOT_CLONEABLE => RunResult::NotCloneable(message),
            ffi::OUTCOME_MEMORY => RunResult::MemoryLimit,
            ffi::OUTCOME_INIT_FAILED => RunResult::InitFailed(payload),
            ffi::OUTCOME_PENDING => {
                RunResult::Pending(u64::try_from(raw.wait_ms).ok().map(Duration::from_millis))
            }
            _ => RunResult::Stopped,
        };
        Self {
            result,
            spent: raw.spent != 0,
            clone_in_ns: raw.clone_in_ns,
        }
    }
}
