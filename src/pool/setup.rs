//! What a pool puts into each new context before the first task.

use std::sync::Arc;

use crate::isolate::{FunctionSpec, Payload};

/// Made before the pool is.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// What tasks read as `offloop.workerData`; `None` is `undefined`.
    pub worker_data: Option<Arc<Payload>>,
    /// What `process` and `os` of tasks say, as JSON; `None` where they are not to know.
    pub facts: Option<Arc<str>>,
    /// Called once in each context.
    pub init: Option<Arc<FunctionSpec>>,
}
