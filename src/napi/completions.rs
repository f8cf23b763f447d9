//! From the pools' completions to JavaScript: flat triples `[id, kind, value]`.

use std::time::Duration;

use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;

use super::environment::Environment;
use super::value;
use crate::isolate::Payload;
use crate::isolate::ffi::{self, OlDelivery, OlText};
use crate::pool::Completion;

/// So many completions are delivered per wake-up; the rest after the loop has seen to its I/O.
const MOST_AT_ONCE: usize = 4096;

// Kinds, as in lib/completions.js and src/bridge/deliver.cc.
const VALUE: u32 = 0;
const THROWN: u32 = 1;
const FAILED: u32 = 2;
const CONSOLE: u32 = 3;
const POOL_ERROR: u32 = 4;
const POOL_CLOSED: u32 = 5;
const ISOLATE_CREATED: u32 = 6;
const ISOLATE_DISPOSED: u32 = 7;
const TIMES: u32 = 8;
const ANSWERED: u32 = 9;
const INIT_FAILED: u32 = 14;
const TROUBLE: u32 = 10;
const PROGRESS: u32 = 11;
const HOST_CALL: u32 = 12;
const ISOLATE_LOST: u32 = 16;

/// What has come back since the last call, as flat triples in order; at most `most` of it.
#[napi(ts_return_type = "unknown[]")]
pub fn take_completions(env: &Env, most: Option<u32>) -> Unknown<'_> {
    let most = most.map_or(MOST_AT_ONCE, |most| MOST_AT_ONCE.min(most as usize));
    let here = Environment::current();
    let taken = here
        .as_ref()
        .map(|here| here.take(most))
        .unwrap_or_default();
    let mut deliveries = Vec::with_capacity(taken.len());
    // The texts that the deliveries borrow.
    let mut owned = Vec::new();
    for (pool, completion) in taken {
        let (delivery, text) = deliver(pool, completion);
        deliveries.push(delivery);
        owned.extend(text);
    }
    // SAFETY: called by JavaScript on the environment's thread; the payloads are consumed, the
    // texts are kept by `owned`, whose strings do not move when the vector grows.
    let array = unsafe { ffi::ol_deliver(deliveries.as_mut_ptr(), deliveries.len()) };
    drop(owned);
    if let Some(here) = here {
        for cloned in deliveries.iter().filter(|delivery| delivery.clone_ns > 0) {
            if let Some(pool) = here.pool(cloned.number as u32) {
                pool.cloned_out(cloned.clone_ns);
            }
        }
    }
    // SAFETY: the bridge made the handle during this call.
    unsafe { value::from_bridge(env, array) }
}

const NOTHING: OlText = OlText {
    data: std::ptr::null(),
    length: 0,
};

/// The bridge's form of a completion, and the text that it borrows.
fn deliver(pool: u32, completion: Completion) -> (OlDelivery, Option<String>) {
    let mut delivery = OlDelivery {
        id: 0.0,
        kind: VALUE,
        payload: std::ptr::null_mut(),
        first: NOTHING,
        second: NOTHING,
        number: f64::from(pool),
        second_number: 0.0,
        third_number: 0.0,
        clone_ns: 0,
    };
    let mut owned = None;
    match completion {
        Completion::Value { task, value } => {
            delivery.id = to_number(task);
            delivery.payload = Payload::into_raw(value);
        }
        Completion::Thrown { task, record } => {
            delivery.id = to_number(task);
            delivery.kind = THROWN;
            delivery.payload = Payload::into_raw(record);
        }
        Completion::InitFailed { task, record } => {
            delivery.id = to_number(task);
            delivery.kind = INIT_FAILED;
            delivery.payload = Payload::into_raw(record);
        }
        Completion::Failed {
            task,
            code,
            message,
        } => {
            delivery.id = to_number(task);
            owned = Some(with_code(&mut delivery, FAILED, code, message));
        }
        Completion::Progress { task, mut value } => {
            delivery.id = to_number(task);
            delivery.kind = PROGRESS;
            delivery.payload = Payload::into_raw(value.value.take());
        }
        Completion::HostCall { task, call } => {
            delivery.id = to_number(task);
            delivery.kind = HOST_CALL;
            delivery.payload = Payload::into_raw(call.arguments);
            delivery.number = to_number(call.isolate);
            delivery.second_number = to_number(call.call);
            delivery.third_number = to_number(call.function);
            drop(call.room);
        }
        Completion::Console { task, call, room } => {
            drop(room);
            delivery.id = to_number(task);
            delivery.kind = CONSOLE;
            delivery.payload = Payload::into_raw(Some(call));
        }
        Completion::Uncaught { task, record } => {
            delivery.kind = POOL_ERROR;
            delivery.payload = Payload::into_raw(Some(record));
            delivery.first = OlText::borrow(&task);
            owned = Some(task);
        }
        Completion::Answered { request, refusal } => {
            delivery.id = to_number(request);
            delivery.kind = ANSWERED;
            if let Some((code, message)) = refusal {
                delivery.first = OlText::borrow(code);
                delivery.second = OlText::borrow(&message);
                owned = Some(message);
            }
        }
        Completion::Lost { code, message } => {
            owned = Some(with_code(&mut delivery, ISOLATE_LOST, code, message));
        }
        Completion::Trouble { code, message } => {
            owned = Some(with_code(&mut delivery, TROUBLE, code, message));
        }
        Completion::Closed => delivery.kind = POOL_CLOSED,
        Completion::Times { task, wait, run } => {
            delivery.id = to_number(task);
            delivery.kind = TIMES;
            delivery.number = milliseconds(wait);
            delivery.second_number = milliseconds(run);
        }
        Completion::IsolateCreated { isolate } => {
            delivery.id = to_number(isolate);
            delivery.kind = ISOLATE_CREATED;
        }
        Completion::IsolateDisposed { isolate, reason } => {
            delivery.id = to_number(isolate);
            delivery.kind = ISOLATE_DISPOSED;
            delivery.first = OlText::borrow(reason);
        }
    }
    (delivery, owned)
}

/// A delivery of a code and a message, which it borrows: its place is the caller's to keep.
fn with_code(delivery: &mut OlDelivery, kind: u32, code: &'static str, message: String) -> String {
    delivery.kind = kind;
    delivery.first = OlText::borrow(code);
    delivery.second = OlText::borrow(&message);
    message
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Task ids are made in JavaScript from safe integers.
fn to_number(id: u64) -> f64 {
    id as f64
}
