//! What a user's own isolate has beyond a pool's: it keeps its globals, and its loss is final.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::completion::Completion;
use super::shared::Shared;
use crate::isolate::{Entered, Handle};
use crate::task::Task;

/// State of one.
#[derive(Default)]
pub struct Own {
    interrupted: AtomicBool,
    loss: OnceLock<String>,
    forgotten: Mutex<Vec<Handle>>,
    cpu_ns: AtomicU64,
}

impl Own {
    /// A run is stopped halfway: what it was changing may be half changed.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
    }

    /// Whether that ever happened.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Acquire)
    }

    /// Why it is lost, if it is.
    pub fn loss(&self) -> Option<&str> {
        self.loss.get().map(String::as_str)
    }

    /// Nobody refers to this any more; it is dropped when a thread is in the isolate next.
    pub fn forget(&self, handle: Handle) {
        let mut forgotten = self
            .forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        forgotten.push(handle);
    }

    /// Drops what nobody refers to.
    pub fn drop_forgotten(&self, entered: &mut Entered<'_>) {
        let handles = std::mem::take(
            &mut *self
                .forgotten
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for handle in handles {
            entered.forget(handle);
        }
    }

    /// A run has taken so much time of a CPU.
    pub fn took_cpu(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_ns.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Of all runs that have ended.
    pub fn cpu_time(&self) -> Duration {
        Duration::from_nanos(self.cpu_ns.load(Ordering::Relaxed))
    }
}

impl Shared {
    /// The isolate is gone with its globals: whatever it is still asked for fails, and it closes. Nothing of the kind
    /// happens to a pool, which makes another.
    pub(super) fn lose_own(&self, code: &'static str, why: &str) {
        if self.config.policy.is_none() || self.own.loss.set(why.to_owned()).is_err() {
            return;
        }
        self.queue.close();
        for task in self.queue.settle_all() {
            self.fail_not_run(&task, why);
        }
        self.tell(Completion::Lost {
            code,
            message: why.to_owned(),
        });
        self.close();
    }

    /// Of a settled task.
    pub(super) fn fail_not_run(&self, task: &Task, why: &str) {
        let name = &task.function.name;
        let message = format!("'{name}' was not run: its isolate was lost before, since {why}");
        self.fail(task, "OFFLOOP_ERR_ISOLATE_LOST", message);
    }

    pub(super) fn passed_limit(&self) -> String {
        format!(
            "it passed its memory limit of {} MiB (memoryLimitMb)",
            self.config.memory_limit >> 20
        )
    }
}
