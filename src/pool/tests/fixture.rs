//! Tasks that nobody runs.

use std::sync::Arc;

use crate::isolate::{FunctionSpec, Source};
use crate::task::Task;

/// A task of this id and priority.
pub fn task(id: u64, priority: i32) -> Arc<Task> {
    let source = Source::default();
    let function = Arc::new(FunctionSpec {
        id,
        name: String::new(),
        source,
        context: None,
    });
    Arc::new(Task::new(id, function, None, priority, None, None, false))
}
