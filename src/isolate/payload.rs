//! A packed value on its way between isolates.

use std::ptr::NonNull;

use super::ffi;

/// A value that was packed by one isolate and can be unpacked by another: its byte stream and the
/// memory it owns. "No payload" stands for `undefined`, or for no arguments.
#[derive(Debug)]
pub struct Payload(NonNull<ffi::OlPayload>);

// SAFETY: a payload holds malloc'ed bytes and backing stores with thread-safe reference counts;
// nothing in it belongs to the thread that packed it.
unsafe impl Send for Payload {}
// SAFETY: shared access only reads (`bytes`, and the bridge's copying way of unpacking).
unsafe impl Sync for Payload {}

impl Payload {
    /// Takes ownership of what the bridge returned; null is "no payload".
    pub(crate) fn from_raw(raw: *mut ffi::OlPayload) -> Option<Self> {
        NonNull::new(raw).map(Self)
    }

    /// Hands ownership to the bridge.
    pub(crate) fn into_raw(payload: Option<Self>) -> *mut ffi::OlPayload {
        payload.map_or(std::ptr::null_mut(), |payload| {
            let raw = payload.0.as_ptr();
            std::mem::forget(payload);
            raw
        })
    }

    /// Bytes that it holds.
    pub fn size(&self) -> u64 {
        // SAFETY: `self` owns the payload.
        unsafe { ffi::ol_payload_size(self.0.as_ptr()) }
    }

    /// For calls that only read it.
    pub(crate) fn as_raw(&self) -> *mut ffi::OlPayload {
        self.0.as_ptr()
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        // SAFETY: `self` owns the payload, and `into_raw` forgets `self` before giving it away.
        unsafe { ffi::ol_payload_free(self.0.as_ptr()) };
    }
}
