//! What an isolate asks of Rust while it runs: console output, leftover errors, progress, calls of the environment's
//! functions, native operations.
//!
//! Every function here is called from C++: a panic is caught and turned into the mildest answer.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::ffi::{self, OlIsolate, OlMessage, OlOpCall, OlOpResult, OlPayload, OlText};
use super::modules;
use super::payload::Payload;
use super::progress::{Progress, ProgressValue};
use crate::modules::Access;
use crate::runtime::absent;
use crate::runtime::ops::{self, Call, Caller, OpOutput, States};

/// Receives what tasks say besides their results.
pub trait Host: Send + Sync {
    /// One console call of task `task`: a payload of the pair `[method, arguments]`.
    fn console(&self, task: u64, call: Payload, room: Option<ProgressValue>);
    /// An error record that task `task` can no longer be rejected with.
    fn uncaught(&self, task: u64, record: Payload);
    /// What task `task` gave to `offloop.progress`.
    fn progress(&self, task: u64, value: ProgressValue);
    /// Task `task` calls a function of the environment's; [`answer`](super::answer) takes the answer.
    fn call(&self, task: u64, call: HostCall);
    /// The isolate that this thread has entered has passed its memory limit, and V8 was told to stop
    /// its run. Called once, in the middle of a garbage collection: must not wait.
    fn over_limit(&self);
    /// By how many bytes an isolate may pass its limit while its run is being stopped. Called in the
    /// middle of a garbage collection, too.
    fn slack(&self) -> u64;
    /// V8 cannot go on with the isolate that has run `task`. The thread never comes back from here
    /// to what it did: the isolate and all that the thread holds are lost.
    fn lost(&self, task: u64, loss: &Loss);
    /// The run on this thread waits for an event, or goes on.
    fn waits(&self, waits: bool);
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
    /// Taken up until the environment has heard of it.
    pub room: Option<ProgressValue>,
}

/// Why and where V8 gave an isolate up.
#[derive(Debug)]
pub struct Loss {
    /// It had no memory; otherwise, an assumption of its own did not hold.
    pub out_of_memory: bool,
    /// One of V8's own threads is lost, and not the one that has entered the isolate, which may wait
    /// for it now.
    pub on_v8_thread: bool,
    /// V8's own words.
    pub why: String,
}

/// What the bridge holds a pointer to; lives as long as its isolate.
pub(super) struct HostState {
    pub host: Arc<dyn Host>,
    /// The isolate's.
    pub id: u64,
    pub progress: Arc<Progress>,
    /// The task that runs, or ran last.
    pub task: AtomicU64,
    /// A thread of V8's is lost in it: disposing of it would wait for that thread.
    pub lost: AtomicBool,
    /// Its code must not print, or call, faster than the environment hears of it.
    pub paced: bool,
    /// What native operations keep between two calls.
    pub states: States,
    /// Which modules its code may have.
    pub modules: Access,
}

impl HostState {
    pub fn new(
        id: u64,
        host: Arc<dyn Host>,
        progress: Arc<Progress>,
        paced: bool,
        modules: Access,
    ) -> Self {
        Self {
            host,
            id,
            progress,
            task: AtomicU64::new(0),
            lost: AtomicBool::new(false),
            paced,
            states: States::default(),
            modules,
        }
    }

    /// Room for what is said to the environment, `Ok(None)` where none is needed. `Err`: the run is being stopped.
    fn room(&self, bytes: u64) -> Result<Option<ProgressValue>, ()> {
        if !self.paced {
            return Ok(None);
        }
        self.progress.room(bytes).map(Some).ok_or(())
    }

    fn task(&self) -> u64 {
        self.task.load(Ordering::Relaxed)
    }
}

pub(super) static CALLS: ffi::OlHost = ffi::OlHost {
    console: on_console,
    uncaught: on_uncaught,
    progress: on_progress,
    call: on_call,
    op: on_op,
    op_free: on_op_free,
    op_drop: on_op_drop,
    explain: on_explain,
    over_limit: on_over_limit,
    slack: on_slack,
    waits: on_waits,
    lost: on_lost,
    resolve: modules::on_resolve,
    source: modules::on_source,
    builtin: modules::on_builtin,
    builtin_names: modules::on_builtin_names,
    keep_code: modules::on_keep_code,
    keep_exports: modules::on_keep_exports,
    module_free: modules::on_module_free,
};

/// # Safety
/// `host` is the pointer that was given to the bridge with the isolate that is entered now.
pub(super) unsafe fn state<'a>(host: *mut c_void) -> &'a HostState {
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
        if let Ok(room) = state.room(call.size()) {
            state.host.console(state.task(), call, room);
        }
    }));
}

extern "C" fn on_uncaught(host: *mut c_void, record: *mut OlPayload) {
    let Some(record) = Payload::from_raw(record) else {
        return;
    };
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        state.host.uncaught(state.task(), record);
    }));
}

extern "C" fn on_progress(host: *mut c_void, value: *mut OlPayload) {
    let value = Payload::from_raw(value);
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(value) = state.progress.admit(value) {
            state.host.progress(state.task(), value);
        }
    }));
}

extern "C" fn on_call(host: *mut c_void, function: u64, call: u64, arguments: *mut OlPayload) {
    let arguments = Payload::from_raw(arguments);
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let bytes = arguments.as_ref().map_or(0, Payload::size);
        let Ok(room) = state.room(bytes) else {
            return;
        };
        let call = HostCall {
            room,
            isolate: state.id,
            call,
            function,
            arguments,
        };
        state.host.call(state.task(), call);
    }));
}

extern "C" fn on_over_limit(host: *mut c_void) {
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| state.host.over_limit()));
}

extern "C" fn on_slack(host: *mut c_void) -> u64 {
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    catch_unwind(AssertUnwindSafe(|| state.host.slack())).unwrap_or(0)
}

extern "C" fn on_waits(host: *mut c_void, waits: i32) {
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| state.host.waits(waits != 0)));
}

extern "C" fn on_lost(host: *mut c_void, flags: u32, why: OlText) {
    // SAFETY: called by the bridge with the pointer it was given, while the isolate cannot be
    // disposed of: a thread is in it.
    let state = unsafe { state(host) };
    // SAFETY: the bridge lends the text for the call.
    let why = unsafe { slice(why.data, why.length) };
    let loss = Loss {
        out_of_memory: flags & ffi::LOST_OUT_OF_MEMORY != 0,
        on_v8_thread: flags & ffi::LOST_ON_V8_THREAD != 0,
        why: String::from_utf8_lossy(why).into_owned(),
    };
    state.lost.store(true, Ordering::Release);
    let _ = catch_unwind(AssertUnwindSafe(|| state.host.lost(state.task(), &loss)));
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
const OP_STATE: u32 = 6;

/// The isolate whose code runs the operation, for the length of it.
struct Asking<'a> {
    isolate: *mut OlIsolate,
    states: &'a States,
}

impl Caller for Asking<'_> {
    fn is_stopped(&self) -> bool {
        // SAFETY: the bridge names the isolate that this thread has entered.
        unsafe { ffi::ol_isolate_is_stopped(self.isolate) != 0 }
    }

    fn has_room(&self, bytes: usize) -> bool {
        // SAFETY: as above; a collection moves nothing that the operation reads.
        unsafe { ffi::ol_isolate_has_room(self.isolate, bytes) != 0 }
    }

    fn states(&self) -> &States {
        self.states
    }
}

extern "C" fn on_op(host: *mut c_void, call: *const OlOpCall, result: *mut OlOpResult) {
    // SAFETY: the bridge lends the call.
    let raw = unsafe { &*call };
    // SAFETY: the bridge lends `text` for the call; an empty text may have any pointer.
    let text = unsafe { slice(raw.text.data, raw.text.length) };
    // SAFETY: likewise for `bytes`.
    let bytes = unsafe { slice(raw.bytes, raw.length) };
    // SAFETY: called by the bridge with the pointer it was given.
    let states = unsafe { &state(host).states };
    let op = raw.number;
    let call = Call {
        flags: raw.flags,
        text,
        bytes,
        isolate: &Asking {
            isolate: raw.isolate,
            states,
        },
    };
    let answer = catch_unwind(AssertUnwindSafe(|| {
        ops::find(op).map(|operation| ops::run(operation, &call))
    }));

    let mut owner = Box::new(OpOwner {
        text: Vec::new(),
        units: Vec::new(),
    });
    let mut error_kind = "";
    let mut state = (0, 0);
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
        Ok(Some(Ok(OpOutput::State { number, bytes }))) => {
            state = (number, bytes);
            OP_STATE
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
            state: state.0,
            state_bytes: state.1,
            owner,
        });
    };
}

extern "C" fn on_op_free(owner: *mut c_void) {
    // SAFETY: made by `on_op`, given back exactly once.
    drop(unsafe { Box::from_raw(owner.cast::<OpOwner>()) });
}

extern "C" fn on_op_drop(host: *mut c_void, number: u32) {
    // SAFETY: called by the bridge with the pointer it was given.
    let state = unsafe { state(host) };
    let _ = catch_unwind(AssertUnwindSafe(|| state.states.drop(number)));
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
pub(super) unsafe fn slice<'a>(data: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: by the contract above; `data` is not null when there is something to read.
    unsafe { std::slice::from_raw_parts(data, length) }
}
