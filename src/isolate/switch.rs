//! Stops a run from another thread.

use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use super::ffi;

/// Reaches one isolate from any thread, for as long as it lives.
#[derive(Debug)]
pub struct Switch(Mutex<Option<Target>>);

#[derive(Debug)]
struct Target(NonNull<ffi::OlIsolate>);

// SAFETY: the pointer is used for `ol_isolate_terminate` only, which any thread may call, and
// under the mutex, so not after `disconnect`.
unsafe impl Send for Target {}

impl Switch {
    pub(super) fn new(isolate: NonNull<ffi::OlIsolate>) -> Self {
        Self(Mutex::new(Some(Target(isolate))))
    }

    /// Stops what the isolate runs and wakes it when it waits. What runs next is stopped, too,
    /// until `Entered::resume`: callers make sure that the run they mean is still on.
    pub fn stop(&self) {
        let target = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = &*target {
            // SAFETY: `disconnect` comes before the isolate is disposed of and needs this lock.
            unsafe { ffi::ol_isolate_terminate(target.0.as_ptr()) };
        }
    }

    pub(super) fn disconnect(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
