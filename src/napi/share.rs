//! Handles on shared values, which belong to no pool.

use napi::bindgen_prelude::{Env, Error, JsValue, Result, Unknown};
use napi_derive::napi;

use super::refusal::{no_refusal, refuse_packing};
use super::value;
use crate::isolate::ffi;

/// Packs an object once for many tasks: a handle on it, or a refusal.
#[napi(ts_return_type = "object | Refusal")]
pub fn share<'env>(env: &'env Env, value: Unknown<'env>) -> Result<Unknown<'env>> {
    let mut refusal = no_refusal();
    // SAFETY: called by JavaScript; any value may be packed.
    let handle = unsafe { ffi::ol_share(value::to_bridge(&value), &raw mut refusal) };
    if refusal.code == 0 {
        // SAFETY: the bridge made the handle during this call.
        return Ok(unsafe { value::from_bridge(env, handle) });
    }
    match refuse_packing(env, &refusal, "value")? {
        Some(refusal) => Ok(refusal.to_unknown()),
        None => Err(Error::from_reason("a refusal without a reason")),
    }
}

/// Lets go of what the handle stands for. `false`: that was done before, or it is no handle.
#[napi]
pub fn release_share(handle: Unknown<'_>) -> bool {
    // SAFETY: called by JavaScript; any value may be asked about.
    unsafe { ffi::ol_share_release(value::to_bridge(&handle)) == ffi::SHARE_RELEASED }
}

/// Whether the handle stands for something; null when it is no handle of this environment.
#[napi]
pub fn holds_share(handle: Unknown<'_>) -> Option<bool> {
    // SAFETY: called by JavaScript; any value may be asked about.
    match unsafe { ffi::ol_share_state(value::to_bridge(&handle)) } {
        ffi::NO_SHARE => None,
        state => Some(state == ffi::SHARE_HELD),
    }
}
