//! Tasks that nobody runs.

use std::sync::Arc;

use crate::isolate::{FunctionSpec, Link, Source};
use crate::task::Task;

/// A task of this id and priority.
pub fn task(id: u64, priority: i32) -> Arc<Task> {
    let source = Source {
        prefix: String::new(),
        body: String::new(),
        suffix: String::new(),
        resource: String::new(),
        line: 0,
        column: 0,
        link: Link::default(),
    };
    let function = Arc::new(FunctionSpec {
        id,
        name: String::new(),
        source,
        context: None,
    });
    Arc::new(Task::new(id, function, None, priority, None, None, false))
}
