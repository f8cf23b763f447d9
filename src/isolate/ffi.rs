//! The only `extern "C"` block of the crate: `src/bridge/bridge.h`, declaration by declaration.

use std::ffi::c_void;
use std::marker::{PhantomData, PhantomPinned};

/// Makes an opaque type of the bridge: no size, not `Send`, never made by Rust.
macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $(
            $(#[$doc])*
            #[repr(C)]
            pub struct $name {
                data: [u8; 0],
                marker: PhantomData<(*mut u8, PhantomPinned)>,
            }
        )*
    };
}

opaque! {
    /// One Node environment's wake-up handle.
    OlEnv,
    /// What watches the turns of one environment's event loop.
    OlLoopMonitor,
    /// One V8 isolate with its loop and context.
    OlIsolate,
    /// One packed value.
    OlPayload,
}

/// A `napi_value` of the environment on whose thread the call is made.
pub type OlValue = *mut c_void;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct OlText {
    pub data: *const u8,
    pub length: usize,
}

impl OlText {
    /// Borrows `text` for the length of the call it is passed to.
    pub fn borrow(text: &str) -> Self {
        Self {
            data: text.as_ptr(),
            length: text.len(),
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct OlMessage {
    pub data: *mut u8,
    pub length: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct OlLoopMonitorCalls {
    pub turned: extern "C" fn(*mut c_void, u64, u64),
    pub collected: extern "C" fn(*mut c_void, i32, u64),
    pub ended: extern "C" fn(*mut c_void),
}

pub const REFUSED_OUT_OF_MEMORY: u32 = 2;

pub const NO_SHARE: i32 = 0;
pub const SHARE_HELD: i32 = 1;
pub const SHARE_RELEASED: i32 = 2;

#[repr(C)]
pub struct OlRefusal {
    pub code: u32,
    pub message: OlMessage,
    pub cause: OlValue,
}

#[repr(C)]
pub struct OlDelivery {
    pub id: f64,
    pub kind: u32,
    pub payload: *mut OlPayload,
    pub first: OlText,
    pub second: OlText,
    pub number: f64,
    pub second_number: f64,
    pub third_number: f64,
    pub clone_ns: u64,
}

#[repr(C)]
pub struct OlOpCall {
    pub number: u32,
    pub flags: u32,
    pub text: OlText,
    pub bytes: *const u8,
    pub length: usize,
    pub isolate: *mut OlIsolate,
}

#[repr(C)]
pub struct OlOpResult {
    pub kind: u32,
    pub data: *const c_void,
    pub length: usize,
    pub error_kind: OlText,
    pub state: u32,
    pub state_bytes: usize,
    pub owner: *mut c_void,
}

pub const MODULE_FAILED: u32 = 0;
pub const MODULE_FILE: u32 = 1;
pub const MODULE_BUILTIN: u32 = 2;
pub const MODULE_SOURCE: u32 = 3;

#[repr(C)]
pub struct OlModule {
    pub kind: u32,
    pub format: u32,
    pub name: OlText,
    pub text: OlText,
    pub suffix: OlText,
    pub exports: OlText,
    pub cache: OlText,
    pub ascii: u32,
    pub owner: *mut c_void,
}

#[repr(C)]
pub struct OlHost {
    pub console: extern "C" fn(*mut c_void, *mut OlPayload),
    pub uncaught: extern "C" fn(*mut c_void, *mut OlPayload),
    pub progress: extern "C" fn(*mut c_void, *mut OlPayload),
    pub call: extern "C" fn(*mut c_void, u64, u64, *mut OlPayload),
    pub op: extern "C" fn(*mut c_void, *const OlOpCall, *mut OlOpResult),
    pub op_free: extern "C" fn(*mut c_void),
    pub op_drop: extern "C" fn(*mut c_void, u32),
    pub explain: extern "C" fn(OlText) -> OlMessage,
    pub over_limit: extern "C" fn(*mut c_void),
    pub slack: extern "C" fn(*mut c_void) -> u64,
    pub waits: extern "C" fn(*mut c_void, i32),
    pub lost: extern "C" fn(*mut c_void, u32, OlText),
    pub resolve: extern "C" fn(*mut c_void, OlText, OlText, u32, *mut OlModule),
    pub source: extern "C" fn(*mut c_void, OlText, u32, *mut OlModule),
    pub builtin: extern "C" fn(OlText, *mut OlModule),
    pub builtin_names: extern "C" fn(*mut OlModule),
    pub keep_code: extern "C" fn(*mut c_void, OlText),
    pub keep_exports: extern "C" fn(*mut c_void, OlText),
    pub module_free: extern "C" fn(*mut c_void),
}

pub const LOST_OUT_OF_MEMORY: u32 = 1;
pub const LOST_ON_V8_THREAD: u32 = 2;

#[repr(C)]
pub struct OlIsolateOptions {
    pub policy: u32,
    pub memory_limit: u64,
    pub prelude: OlText,
    pub units: OlText,
    pub lazy_globals: *const OlText,
    pub lazy_global_count: usize,
    pub calls: *const OlHost,
    pub host: *mut c_void,
}

#[repr(C)]
pub struct OlUnit {
    pub id: u32,
    pub prefix: OlText,
    pub body: OlText,
    pub suffix: OlText,
    pub line: i32,
    pub column: i32,
}

#[repr(C)]
pub struct OlFunction {
    pub id: u64,
    pub prefix: OlText,
    pub body: OlText,
    pub suffix: OlText,
    pub resource: OlText,
    pub line: i32,
    pub column: i32,
    pub context: *const OlContextValues,
    pub module: u64,
    pub units: *const OlUnit,
    pub unit_count: usize,
    pub linked: u32,
    pub from: OlText,
    pub imports: *const OlText,
    pub import_count: usize,
}

#[repr(C)]
pub struct OlContextEntry {
    pub name: OlText,
    pub function: *const OlFunction,
}

#[repr(C)]
pub struct OlContextValues {
    pub id: u64,
    pub entries: *const OlContextEntry,
    pub count: usize,
    pub values: *mut OlPayload,
}

pub const RUN_MOVE: u32 = 1;
pub const RUN_FRESH: u32 = 2;
pub const RUN_PROGRESS: u32 = 4;
pub const RUN_PEND: u32 = 8;

#[repr(C)]
pub struct OlOperation {
    pub kind: u32,
    pub context: u64,
    pub script: u64,
    pub text: OlText,
    pub filename: OlText,
}

#[repr(C)]
pub struct OlCall {
    pub function: *const OlFunction,
    pub init: *const OlFunction,
    pub arguments: *mut OlPayload,
    pub flags: u32,
    pub operation: *const OlOperation,
}

pub const OUTCOME_VALUE: u32 = 0;
pub const OUTCOME_THROWN: u32 = 1;
pub const OUTCOME_UNSETTLED: u32 = 3;
pub const OUTCOME_NOT_CLONEABLE: u32 = 4;
pub const OUTCOME_MEMORY: u32 = 5;
pub const OUTCOME_INIT_FAILED: u32 = 6;
pub const OUTCOME_PENDING: u32 = 7;

#[repr(C)]
pub struct OlOutcome {
    pub kind: u32,
    pub spent: u32,
    pub clone_in_ns: u64,
    pub payload: *mut OlPayload,
    pub message: OlMessage,
    pub wait_ms: i64,
}

unsafe extern "C" {
    pub fn ol_message_free(message: OlMessage);

    pub fn ol_env_open(teardown: extern "C" fn(*mut c_void), data: *mut c_void) -> *mut OlEnv;
    pub fn ol_env_on_wake(env: *mut OlEnv, function: OlValue);
    pub fn ol_env_wake(env: *mut OlEnv);
    pub fn ol_env_hold(env: *mut OlEnv, hold: i32);
    pub fn ol_env_release(env: *mut OlEnv);
    pub fn ol_main_thread_reach(
        watch: OlText,
        open: extern "C" fn() -> i32,
        set_code: extern "C" fn(i32),
    ) -> i32;

    pub fn ol_loop_monitor_open(calls: OlLoopMonitorCalls, data: *mut c_void)
    -> *mut OlLoopMonitor;
    pub fn ol_loop_monitor_start(monitor: *mut OlLoopMonitor);
    pub fn ol_loop_monitor_stop(monitor: *mut OlLoopMonitor);
    /// libuv's clock, in nanoseconds; any thread may ask.
    pub safe fn uv_hrtime() -> u64;
    pub fn ol_loop_monitor_clock(monitor: *mut OlLoopMonitor, now: *mut u64, idle: *mut u64);

    pub fn ol_pack_arguments(
        arguments: OlValue,
        transfer_list: OlValue,
        refusal: *mut OlRefusal,
    ) -> *mut OlPayload;
    pub fn ol_pack_value(value: OlValue, refusal: *mut OlRefusal) -> *mut OlPayload;
    pub fn ol_pack_data(value: OlValue, refusal: *mut OlRefusal) -> *mut OlPayload;
    pub fn ol_pack_allowed(
        value: OlValue,
        is_array: i32,
        transfer_list: OlValue,
        forbidden: u32,
        refusal: *mut OlRefusal,
    ) -> *mut OlPayload;
    pub fn ol_payload_free(payload: *mut OlPayload);
    pub fn ol_share(value: OlValue, refusal: *mut OlRefusal) -> OlValue;
    pub fn ol_share_release(handle: OlValue) -> i32;
    /// Any thread may ask.
    pub safe fn ol_shares_freed() -> u64;
    pub fn ol_share_state(handle: OlValue) -> i32;
    pub fn ol_payload_size(payload: *const OlPayload) -> u64;
    pub fn ol_record_error(error: OlValue) -> *mut OlPayload;
    pub fn ol_host_function_new(id: f64, name: OlText) -> OlValue;
    pub fn ol_host_functions_met() -> OlValue;
    pub fn ol_deliver(deliveries: *mut OlDelivery, count: usize) -> OlValue;
    pub fn ol_describe(function: OlValue) -> OlValue;
    pub fn ol_strict_probe(function: OlValue) -> OlValue;
    pub fn ol_enclosing_source(script_id: i32) -> OlValue;
    pub fn ol_realm_errors(function: OlValue) -> OlValue;

    pub safe fn ol_thread_may_park();
    pub fn ol_isolate_new(
        options: *const OlIsolateOptions,
        error: *mut OlMessage,
    ) -> *mut OlIsolate;
    pub fn ol_isolate_dispose(isolate: *mut OlIsolate);
    pub fn ol_isolate_enter(
        isolate: *mut OlIsolate,
        stack_limit: usize,
        body: extern "C" fn(*mut c_void),
        data: *mut c_void,
    );
    pub fn ol_isolate_terminate(isolate: *mut OlIsolate);
    pub fn ol_isolate_answer(
        isolate: *mut OlIsolate,
        call: u64,
        failed: i32,
        payload: *mut OlPayload,
    );
    pub fn ol_isolate_resume(isolate: *mut OlIsolate);
    pub fn ol_isolate_worker_data(isolate: *mut OlIsolate, data: *mut OlPayload);
    pub fn ol_isolate_facts(isolate: *mut OlIsolate, facts: OlText);
    pub fn ol_isolate_reset_context(isolate: *mut OlIsolate);
    pub fn ol_isolate_pump(isolate: *mut OlIsolate);
    pub fn ol_isolate_tidy(isolate: *mut OlIsolate);
    pub fn ol_isolate_heap_used(isolate: *mut OlIsolate) -> u64;
    pub fn ol_isolate_is_stopped(isolate: *mut OlIsolate) -> i32;
    pub fn ol_isolate_has_room(isolate: *mut OlIsolate, bytes: usize) -> i32;
    pub fn ol_isolate_end_run(isolate: *mut OlIsolate);
    pub fn ol_isolate_forget(isolate: *mut OlIsolate, kind: u32, id: u64);
    pub fn ol_isolate_run(isolate: *mut OlIsolate, call: *const OlCall, outcome: *mut OlOutcome);
    pub fn ol_isolate_continue(isolate: *mut OlIsolate, outcome: *mut OlOutcome);
    pub fn ol_isolate_wait(isolate: *mut OlIsolate, wait_ms: i64);
    pub fn ol_isolate_poke(isolate: *mut OlIsolate);
    pub fn ol_isolate_backend_fd(isolate: *mut OlIsolate) -> i32;
    pub fn ol_poller_start(ready: extern "C" fn(u64)) -> i32;
    pub fn ol_poller_watch(fd: i32, wait_ms: i64, token: u64);
    pub fn ol_poller_forget(token: u64);
}

/// Takes a message of the bridge's into Rust.
pub fn take_message(message: OlMessage) -> String {
    if message.data.is_null() {
        return String::new();
    }
    // SAFETY: the bridge hands over `length` bytes at `data`, which nobody else holds.
    let bytes = unsafe { std::slice::from_raw_parts(message.data, message.length) };
    let text = String::from_utf8_lossy(bytes).into_owned();
    // SAFETY: `message` came from the bridge and is released exactly once, here.
    unsafe { ol_message_free(message) };
    text
}
