//! Deadlines of tasks: set when their time begins, and what happens when it is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::PoolConfig;
use super::shared::Shared;
use super::watchdog::{Alarm, Watchdog};
use crate::cpu_clock::Check;
use crate::task::Task;

impl Shared {
    /// A task's deadline has passed.
    pub fn time_out(&self, task: &Arc<Task>) {
        if !task.settle_running() {
            return;
        }
        self.own.interrupt();
        // Before the caller hears of it, and submits the next.
        self.vacate(task);
        let limit = task.timeout.unwrap_or_default().as_millis();
        self.fail(
            task,
            "OFFLOOP_ERR_TIMEOUT",
            format!(
                "task '{}' ran longer than its timeout of {limit} ms and was stopped",
                task.function.name
            ),
        );
        self.stop_run(task);
    }

    /// Starts the time in which a run that is being stopped must end.
    pub(super) fn watch_end(&self, task: &Arc<Task>) {
        let alarm = Alarm::StillOn(self.weak(), Arc::downgrade(task));
        Watchdog::get().set(Instant::now() + PoolConfig::GRACE, alarm);
    }

    /// A task may have used up its time on a thread.
    pub fn check_cpu(&self, task: &Arc<Task>) {
        match task.cpu.check(Instant::now()) {
            Check::Over => self.time_out_cpu(task),
            Check::Later(left) => self.watch_cpu(task, Some(left)),
            Check::Still => {}
        }
    }

    fn time_out_cpu(&self, task: &Arc<Task>) {
        if !task.settle_running() {
            return;
        }
        self.vacate(task);
        let limit = task.cpu.limit().unwrap_or_default().as_millis();
        self.fail(
            task,
            "OFFLOOP_ERR_TIMEOUT",
            format!(
                "task '{}' used more CPU time than its cpuTimeout of {limit} ms and was stopped",
                task.function.name
            ),
        );
        self.stop_run(task);
    }

    /// Sees to it that a task's time on a thread is looked at after `left`.
    pub(super) fn watch_cpu(&self, task: &Arc<Task>, left: Option<Duration>) {
        let at = left.and_then(|left| Instant::now().checked_add(left));
        if let Some(at) = at {
            Watchdog::get().set(at, Alarm::CpuTimeout(self.weak(), Arc::downgrade(task)));
        }
    }

    /// A task has waited as long as it may.
    pub fn time_out_queued(&self, task: &Task) {
        if !task.settle_queued() {
            return;
        }
        self.queue.forget(task);
        let limit = task.queue_timeout.unwrap_or_default().as_millis();
        self.fail(
            task,
            "OFFLOOP_ERR_QUEUE_TIMEOUT",
            format!(
                "task '{}' was never run: no thread became free within its queueTimeout of {limit} ms",
                task.function.name
            ),
        );
    }

    /// Starts the clock of a task that has one.
    pub(super) fn watch(&self, task: &Arc<Task>) {
        let Some(timeout) = task.timeout else { return };
        let Some(at) = Instant::now().checked_add(timeout) else {
            return;
        };
        Watchdog::get().set(at, Alarm::Timeout(self.weak(), Arc::downgrade(task)));
    }

    /// Starts the clock of a task that may wait for so long only; again, when it was put back.
    pub(super) fn watch_queued(&self, task: &Arc<Task>) {
        let Some(timeout) = task.queue_timeout else {
            return;
        };
        let Some(at) = task.made.checked_add(timeout) else {
            return;
        };
        Watchdog::get().set(at, Alarm::QueueTimeout(self.weak(), Arc::downgrade(task)));
    }
}
