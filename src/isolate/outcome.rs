//! How a run ended.

use super::ffi;
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
}

impl Outcome {
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
            _ => RunResult::Stopped,
        };
        Self {
            result,
            spent: raw.spent != 0,
            clone_in_ns: raw.clone_in_ns,
        }
    }
}
