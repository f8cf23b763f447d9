//! A pool's settings, validated by the layer above.

use std::time::Duration;

use super::setup::Setup;
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
    /// Tasks that may be set aside while they wait.
    pub max_suspended: usize,
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
    /// What each new context gets.
    pub setup: Setup,
    /// Bytes that the process may still take; `None` when only the machine limits it.
    pub memory_left: fn() -> Option<u64>,
    /// A user's own isolate has one: it is the only one, keeps its globals, and is not replaced.
    pub policy: Option<Policy>,
}

impl PoolConfig {
    /// Why tasks fail when all is brought to an end at once.
    pub fn destroyed(&self) -> &'static str {
        match self.policy {
            None => "the pool was destroyed",
            Some(_) => "the isolate was disposed of",
        }
    }

    /// What becomes of an isolate that must not be used again.
    pub fn aftermath(&self) -> &'static str {
        match self.policy {
            None => "its isolate is replaced",
            Some(_) => "its isolate is lost with all its state",
        }
    }

    /// What a thread's stack holds beside JavaScript's: V8's own frames, the serialiser, ours.
    pub const STACK_RESERVE: usize = 1024 * 1024;

    /// How far above the user's limit V8 may go while a run is being stopped (virtual memory; the
    /// largest single allocation that was seen to kill a process with less is a 1 GiB table).
    const HEAP_SLACK: u64 = 4 << 30;

    /// With less V8 has no room to stop a run at all. Node gives its Workers as much.
    const LEAST_SLACK: u64 = 16 << 20;

    /// How far V8 may go now. Under a limit of the process's group the kernel would end the process:
    /// then it is what the group has left, but for a quarter, which is for everything else.
    pub fn slack(&self) -> u64 {
        (self.memory_left)().map_or(Self::HEAP_SLACK, |left| {
            (left / 4 * 3).clamp(Self::LEAST_SLACK, Self::HEAP_SLACK)
        })
    }

    /// How long a run may go on after it was told to stop. Most stop within milliseconds; what takes
    /// longer is in a builtin that V8 cannot interrupt, for seconds or for ever.
    pub const GRACE: Duration = Duration::from_secs(1);

    /// The whole stack of a pool's thread, in bytes.
    pub fn thread_stack_size(&self) -> usize {
        self.stack_size + Self::STACK_RESERVE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slack(memory_left: fn() -> Option<u64>) -> u64 {
        let config = PoolConfig {
            name: String::new(),
            min_threads: 0,
            max_threads: 1,
            max_suspended: 4,
            max_queue: None,
            idle_timeout: None,
            memory_limit: 64 << 20,
            stack_size: 1 << 20,
            record_timing: false,
            setup: Setup::default(),
            memory_left,
            policy: None,
        };
        config.slack()
    }

    #[test]
    fn the_slack_is_four_gibibytes_or_what_the_group_can_spare() {
        assert_eq!(slack(|| None), 4 << 30);
        assert_eq!(slack(|| Some(64 << 30)), 4 << 30);
        assert_eq!(slack(|| Some(400 << 20)), 300 << 20);
        assert_eq!(slack(|| Some(0)), 16 << 20);
    }
}
