//! Why a call was refused: `[code, message, cause?]`, which `lib/` makes an `OffloopError` of.

use napi::bindgen_prelude::{Array, Env, Result, Unknown};

use super::value;
use crate::isolate::ffi;

/// A refusal on its way to JavaScript; `None` is "accepted".
pub type Refusal<'env> = Option<Array<'env>>;

/// A refusal without a cause.
pub fn refuse<'env>(env: &'env Env, code: &str, message: &str) -> Result<Refusal<'env>> {
    let mut refusal = env.create_array(2)?;
    refusal.set(0, code)?;
    refusal.set(1, message)?;
    Ok(Some(refusal))
}

/// For the bridge to write into.
pub fn no_refusal() -> ffi::OlRefusal {
    ffi::OlRefusal {
        code: 0,
        message: ffi::OlMessage {
            data: std::ptr::null_mut(),
            length: 0,
        },
        cause: std::ptr::null_mut(),
    }
}

/// What packing refused. `what` says what was packed.
pub fn refuse_packing<'env>(
    env: &'env Env,
    raw: &ffi::OlRefusal,
    what: &str,
) -> Result<Refusal<'env>> {
    let problem = ffi::take_message(raw.message);
    if raw.code == ffi::REFUSED_OUT_OF_MEMORY {
        return refuse(
            env,
            "OFFLOOP_ERR_NOT_CLONEABLE",
            &format!("{what} cannot be cloned: the process is out of memory"),
        );
    }
    let subject = if problem.starts_with("transferList") {
        problem
    } else {
        format!("{what}{problem}")
    };
    // Only what goes into a task can be wrapped.
    let advice = if subject.ends_with(" is a function") {
        "; wrap it in host(fn), and the task can call it"
    } else {
        ""
    };
    let message = format!("{subject}; it cannot be cloned{advice}");
    let Some(mut refusal) = refuse(env, "OFFLOOP_ERR_NOT_CLONEABLE", &message)? else {
        return Ok(None);
    };
    if !raw.cause.is_null() {
        // SAFETY: the bridge made the handle during this call.
        let cause: Unknown<'_> = unsafe { value::from_bridge(env, raw.cause) };
        refusal.set(2, cause)?;
    }
    Ok(Some(refusal))
}
