//! Stops a run from another thread, and brings it the answers that it waits for.

use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ffi;
use super::payload::Payload;
use super::progress::Progress;

/// Reaches one isolate from any thread, for as long as it lives.
#[derive(Debug)]
pub struct Switch {
    target: Mutex<Option<Target>>,
    progress: Arc<Progress>,
}

#[derive(Debug)]
struct Target(NonNull<ffi::OlIsolate>);

// SAFETY: the pointer is used for `ol_isolate_terminate`, `ol_isolate_answer` and `ol_isolate_poke`
// only, which any thread may call, and under the mutex, so not after `disconnect`.
unsafe impl Send for Target {}

impl Switch {
    pub(super) fn new(isolate: NonNull<ffi::OlIsolate>, progress: Arc<Progress>) -> Self {
        Self {
            target: Mutex::new(Some(Target(isolate))),
            progress,
        }
    }

    /// Stops what the isolate runs and wakes it when it waits. What runs next is stopped, too,
    /// until `Entered::resume`: callers make sure that the run they mean is still on.
    pub fn stop(&self) {
        if let Some(target) = &*self.lock() {
            // SAFETY: `disconnect` comes before the isolate is disposed of and needs this lock.
            unsafe { ffi::ol_isolate_terminate(target.0.as_ptr()) };
        }
        // Last: the thread that this wakes finds its run stopped.
        self.progress.interrupt();
    }

    /// Brings the answer to call number `call`, an error record if it `failed`.
    pub(super) fn answer(&self, call: u64, failed: bool, payload: Option<Payload>) {
        if let Some(target) = &*self.lock() {
            let payload = Payload::into_raw(payload);
            // SAFETY: as in `stop`; the payload is consumed.
            unsafe {
                ffi::ol_isolate_answer(target.0.as_ptr(), call, i32::from(failed), payload);
            }
        }
    }

    /// Ends the waiting of [`Entered::wait`](super::Entered::wait).
    pub fn poke(&self) {
        if let Some(target) = &*self.lock() {
            // SAFETY: as in `stop`.
            unsafe { ffi::ol_isolate_poke(target.0.as_ptr()) };
        }
    }

    pub(super) fn resume(&self) {
        self.progress.resume();
    }

    pub(super) fn disconnect(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Target>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
