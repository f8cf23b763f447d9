//! Functions of the environment's that tasks call, and the answers to their calls.

use napi::bindgen_prelude::{Env, Result, Unknown};
use napi_derive::napi;

use super::refusal::{Refusal, no_refusal, refuse_packing};
use super::value;
use crate::isolate::ffi::{self, OlText};
use crate::isolate::{Payload, answer};

/// An object that stands for function `id` among the arguments of a task, in a `context`, or in an answer.
#[napi(ts_return_type = "object")]
#[allow(
    clippy::needless_pass_by_value,
    reason = "napi-derive hands strings over by value"
)]
pub fn make_host_function(env: &Env, id: f64, name: String) -> Unknown<'_> {
    // SAFETY: called by JavaScript on the environment's thread; the bridge copies the name.
    let made = unsafe { ffi::ol_host_function_new(id, OlText::borrow(&name)) };
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, made) }
}

/// The objects made by `makeHostFunction` that were packed since the last call.
#[napi(ts_return_type = "object[]")]
pub fn take_host_functions(env: &Env) -> Unknown<'_> {
    // SAFETY: called by JavaScript on the environment's thread.
    let met = unsafe { ffi::ol_host_functions_met() };
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, met) }
}

/// Answers call `call` of isolate `isolate`; a refusal says why `answer` cannot be cloned.
#[napi(ts_return_type = "Refusal | null")]
pub fn answer_call<'env>(
    env: &'env Env,
    isolate: f64,
    call: f64,
    value: Unknown<'env>,
) -> Result<Refusal<'env>> {
    let mut refusal = no_refusal();
    // SAFETY: called by JavaScript; any value may be packed.
    let payload = unsafe { ffi::ol_pack_value(value::to_bridge(&value), &raw mut refusal) };
    if refusal.code != 0 {
        return refuse_packing(env, &refusal, "answer");
    }
    answer(
        isolate as u64,
        call as u64,
        false,
        Payload::from_raw(payload),
    );
    Ok(None)
}

/// Answers call `call` of isolate `isolate` with what the function threw.
#[napi]
pub fn fail_call(isolate: f64, call: f64, error: Unknown<'_>) {
    // SAFETY: called by JavaScript; anything may be thrown.
    let record = unsafe { ffi::ol_record_error(value::to_bridge(&error)) };
    answer(isolate as u64, call as u64, true, Payload::from_raw(record));
}
