//! Between napi-rs values and the bridge's: both are `napi_value`s.

use napi::bindgen_prelude::{Env, JsValue, Unknown};

use crate::isolate::ffi::OlValue;

/// Lends a value to the bridge.
pub fn to_bridge(value: &Unknown<'_>) -> OlValue {
    value.raw().cast()
}

/// Takes a value that the bridge made.
///
/// # Safety
/// `value` is a handle of `env`, made during the current call from JavaScript.
pub unsafe fn from_bridge(env: &Env, value: OlValue) -> Unknown<'_> {
    // SAFETY: by the contract above.
    unsafe { Unknown::from_raw_unchecked(env.raw(), value.cast()) }
}
