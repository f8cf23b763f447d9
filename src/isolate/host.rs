//! What an isolate asks of Rust while it runs: console output, leftover errors, progress, calls of the environment's
//! functions, native operations.
//!
//! Every function here is called from C++: a panic is caught and turned into the mildest answer.

use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::ffi::{self, OlMessage, OlOpResult, OlPayload, OlText};
use super::payload::Payload;
use super::progress::{Progress, ProgressValue};
use crate::runtime::absent;
use crate::runtime::ops::{self, Op, OpOutput};

/// Receives what tasks say besides their results.
pub trait Host: Send + Sync {
    /// One console call of task `task`: a payload of the pair `[method, arguments]`.
    fn console(&self, task: u64, call: Payload);
    /// An error record that task `task` can no longer be rejected with.
    fn uncaught(&self, task: u64, record: Payload);
    /// What task `task` gave to `offloop.progress`.
    fn progress(&self, task: u64, value: ProgressValue);
    /// Task `task` calls a function of the environment's; [`answer`](super::answer) takes the answer.
    fn call(&self, task: u64, call: HostCall);
}

/// A call of a function of the environment's.
#[derive(Debug)]
pub struct HostCall {
    /// The isolate that waits for the answer.
    pub isolate: u64,
    /// Unique within the isolate.
    pub call: u64,
    /// As the environment numbers its functions.
    pub function: u64,
    /// An array.
    pub arguments: Option<Payload>,
}

/// What the bridge holds a pointer to; lives as long as its isolate.
pub(super) struct HostState {
    pub host: Arc<dyn Host>,
    /// The isolate's.
    pub id: u64,
    pub progress: Arc<Progress>,
    /// The task that runs; only the thread that has entered the isolate reads or writes it.
    pub task: Cell<u64>,
}

pub(super) static CALLS: ffi::OlHost = ffi::OlHost {
    console: on_console,
    uncaught: on_uncaught,
    progress: on_progress,
    call: on_call,
    op: on_op,
    op_free: on_op_free,
    explain: on_explain,
};

/// # Safety
/// `host` is the pointer that was given to the bridge with the isolate that is entered now.
unsafe fn state<'a>(host: *mut c_void) -> &'a HostState {
    // SAFETY: `Isolate` boxes its state and disposes of the isolate before it drops the box.
    unsafe { &*host.cast::<HostState>() }
}

extern "C" fn on_console(host: *mut c_void, call: *mut OlPayload) {
    let Some(call) = Payload::from_raw(call) else {
        return;
    };
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        state.host.console(state.task.get(), call);
    }));
}

extern "C" fn on_uncaught(host: *mut c_void, record: *mut OlPayload) {
    let Some(record) = Payload::from_raw(record) else {
        return;
    };
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        state.host.uncaught(state.task.get(), record);
    }));
}

extern "C" fn on_progress(host: *mut c_void, value: *mut OlPayload) {
    let value = Payload::from_raw(value);
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(value) = state.progress.admit(value) {
            state.host.progress(state.task.get(), value);
        }
    }));
}

extern "C" fn on_call(host: *mut c_void, function: u64, call: u64, arguments: *mut OlPayload) {
    let arguments = Payload::from_raw(arguments);
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let call = HostCall {
            isolate: state.id,
            call,
            function,
            arguments,
        };
        state.host.call(state.task.get(), call);
    }));
}

/// Keeps an operation's output alive until the bridge has read it.
struct OpOwner {
    text: Vec<u8>,
    units: Vec<u16>,
}

/// Kinds of `OlOpResult`, as bridge.h numbers them.
const OP_LATIN1: u32 = 1;
const OP_UTF8: u32 = 2;
const OP_UTF16: u32 = 3;
const OP_BYTES: u32 = 4;
const OP_ERROR: u32 = 5;

extern "C" fn on_op(
    op: u32,
    flags: u32,
    text: OlText,
    bytes: *const u8,
    length: usize,
    result: *mut OlOpResult,
) {
    // SAFETY: the bridge lends `text` for the call; an empty text may have any pointer.
    let text = unsafe { slice(text.data, text.length) };
    // SAFETY: likewise for `bytes`.
    let bytes = unsafe { slice(bytes, length) };
    let answer = catch_unwind(AssertUnwindSafe(|| {
        Op::from_number(op).map(|op| ops::run(op, flags, text, bytes))
    }));

    let mut owner = Box::new(OpOwner {
        text: Vec::new(),
        units: Vec::new(),
    });
    let mut error_kind = "";
    let kind = match answer {
        Ok(Some(Ok(OpOutput::Latin1(text)))) => {
            owner.text = text;
            OP_LATIN1
        }
        Ok(Some(Ok(OpOutput::Utf8(text)))) => {
            owner.text = text.into_bytes();
            OP_UTF8
        }
        Ok(Some(Ok(OpOutput::Utf16(units)))) => {
            owner.units = units;
            OP_UTF16
        }
        Ok(Some(Ok(OpOutput::Bytes(bytes)))) => {
            owner.text = bytes;
            OP_BYTES
        }
        Ok(Some(Err(error))) => {
            error_kind = error.kind();
            owner.text = error.message.into_bytes();
            OP_ERROR
        }
        Ok(None) | Err(_) => {
            error_kind = "Error";
            owner.text = format!("operation {op} failed inside offloop; please report it").into();
            OP_ERROR
        }
    };
    let (data, length) = if kind == OP_UTF16 {
        (owner.units.as_ptr().cast::<c_void>(), owner.units.len() * 2)
    } else {
        (owner.text.as_ptr().cast::<c_void>(), owner.text.len())
    };
    let error_kind = OlText::borrow(error_kind);
    let owner = Box::into_raw(owner).cast::<c_void>();
    // SAFETY: the bridge passes a valid place for the result; `owner` keeps `data` alive.
    unsafe {
        result.write(OlOpResult {
            kind,
            data,
            length,
            error_kind,
            owner,
        });
    };
}

extern "C" fn on_op_free(owner: *mut c_void) {
    // SAFETY: made by `on_op`, given back exactly once.
    drop(unsafe { Box::from_raw(owner.cast::<OpOwner>()) });
}

extern "C" fn on_explain(message: OlText) -> OlMessage {
    const NONE: OlMessage = OlMessage {
        data: std::ptr::null_mut(),
        length: 0,
    };
    // SAFETY: the bridge lends the text for the call.
    let bytes = unsafe { slice(message.data, message.length) };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return NONE;
    };
    let Ok(Some(better)) = catch_unwind(|| absent::explain(text)) else {
        return NONE;
    };
    // SAFETY: malloc with a size above zero; the bridge frees it with `ol_message_free`.
    let data = unsafe { libc::malloc(better.len().max(1)) }.cast::<u8>();
    if data.is_null() {
        return NONE;
    }
    // SAFETY: `data` has room for `better.len()` bytes, and the two do not overlap.
    unsafe { std::ptr::copy_nonoverlapping(better.as_ptr(), data, better.len()) };
    OlMessage {
        data,
        length: better.len(),
    }
}

/// # Safety
/// `length` bytes are readable at `data` for as long as the caller uses the slice.
unsafe fn slice<'a>(data: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: by the contract above; `data` is not null when there is something to read.
    unsafe { std::slice::from_raw_parts(data, length) }
}
