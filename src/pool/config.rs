//! A pool's settings, validated by the layer above.

use std::time::Duration;

use crate::isolate::Policy;

/// What a pool is made with.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// For thread names and messages.
    pub name: String,
    /// Isolates that are kept although they are idle.
    pub min_threads: usize,
    /// Threads, and so tasks that run at the same time. At least 1.
    pub max_threads: usize,
    /// Tasks that may wait; `None` is no limit.
    pub max_queue: Option<usize>,
    /// How long an isolate may be idle before it is disposed of; `None` is for ever.
    pub idle_timeout: Option<Duration>,
    /// Memory limit of one isolate, in bytes.
    pub memory_limit: u64,
    /// JavaScript's stack, in bytes.
    pub stack_size: usize,
    /// Whether the times of tasks are counted.
    pub record_timing: bool,
    /// A user's own isolate has one: it is the only one, keeps its globals, and is not replaced.
    pub policy: Option<Policy>,
}

impl PoolConfig {
    /// What a thread's stack holds beside JavaScript's: V8's own frames, the serialiser, ours.
    pub const STACK_RESERVE: usize = 1024 * 1024;

    /// How far above the user's limit V8 may go while a run is being stopped (virtual memory; the
    /// largest single allocation that was seen to kill a process with less is a 1 GiB table).
    pub const HEAP_SLACK: u64 = 4 << 30;

    /// The whole stack of a pool's thread, in bytes.
    pub fn thread_stack_size(&self) -> usize {
        self.stack_size + Self::STACK_RESERVE
    }
}
