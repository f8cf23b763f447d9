//! Tells when an isolate that nobody has entered has something to do.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use super::ffi;

/// Hears of isolates that have something to do.
pub trait Ready: Send + Sync {
    /// Isolate `isolate` has. On the poller's thread, without any lock of this module's.
    fn ready(&self, isolate: u64);
}

/// Who waits for which isolate.
static WATCHED: Mutex<Option<HashMap<u64, Weak<dyn Ready>>>> = Mutex::new(None);

/// Whether isolates can be watched: the poller's thread runs, and was started if need be.
pub fn can_watch() -> bool {
    static STARTED: OnceLock<bool> = OnceLock::new();
    // SAFETY: any thread may start it; `on_ready` is a function of this module.
    *STARTED.get_or_init(|| unsafe { ffi::ol_poller_start(on_ready) } != 0)
}

pub(super) fn watch(isolate: u64, fd: i32, wait: Option<Duration>, ready: Weak<dyn Ready>) {
    lock().get_or_insert_default().insert(isolate, ready);
    let wait = wait.map_or(-1, |wait| {
        i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
    });
    // SAFETY: `can_watch` said so before; the isolate forgets the watch before it closes `fd`.
    unsafe { ffi::ol_poller_watch(fd, wait, isolate) };
}

pub(super) fn forget(isolate: u64) {
    // SAFETY: it is watched, so the poller runs; pools dispose of isolates on threads of their own or
    // the environment's, never on the poller's.
    unsafe { ffi::ol_poller_forget(isolate) };
    if let Some(watched) = &mut *lock() {
        watched.remove(&isolate);
    }
}

extern "C" fn on_ready(isolate: u64) {
    let ready = lock().as_mut().and_then(|watched| watched.remove(&isolate));
    if let Some(ready) = ready.and_then(|ready| ready.upgrade()) {
        // Called from C++: a panic must not cost all isolates their poller.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ready.ready(isolate)));
    }
}

fn lock() -> MutexGuard<'static, Option<HashMap<u64, Weak<dyn Ready>>>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}
