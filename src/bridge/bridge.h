// The C ABI between Rust (src/isolate/ffi.rs) and V8. No V8 type crosses it.
//
// Ownership: a pointer returned as `Ol…*` belongs to the caller until it is handed to the function that says it
// consumes it. `OlText` is borrowed for the length of the call. `OlMessage` is released with `ol_message_free`.
// Values of the environment's own isolate travel as `napi_value`, which in Node is the address of a V8 handle.
#ifndef OFFLOOP_BRIDGE_H_
#define OFFLOOP_BRIDGE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct OlEnv OlEnv;
typedef struct OlLoopMonitor OlLoopMonitor;
typedef struct OlIsolate OlIsolate;
typedef struct OlPayload OlPayload;
typedef void* OlValue;  // a napi_value of the environment on whose thread the call is made

typedef struct {
  const char* data;  // UTF-8, not terminated
  size_t length;
} OlText;

typedef struct {
  char* data;  // UTF-8, malloc'ed; null when there is no message
  size_t length;
} OlMessage;

void ol_message_free(OlMessage message);

// ── environment: on its own thread, unless said otherwise ──────────────────────────────────────────────────────

// Opens the wake-up handle of the current environment and registers its exit hooks. `teardown(data)` is called once,
// on the environment's thread, by whichever of node::AtExit and the cleanup hook comes first. Null when libuv refuses.
OlEnv* ol_env_open(void (*teardown)(void* data), void* data);
// The function that every wake-up calls once, without arguments.
void ol_env_on_wake(OlEnv* env, OlValue function);
// From any thread. Does nothing once the environment is torn down.
void ol_env_wake(OlEnv* env);
// Whether the wake-up handle keeps the environment's loop alive.
void ol_env_hold(OlEnv* env, int hold);
// From any thread, once; the handle itself is freed when libuv has closed it, too.
void ol_env_release(OlEnv* env);

// From a Worker's thread, after ol_env_open: once the main thread's event loop gets to it, calls there `open()`, which
// opens its environment and says whether it did, and then the function whose text is `watch` with Node's `process` and a
// function for `set_code`. 0 when the main thread is not found.
int ol_main_thread_reach(OlText watch, int (*open)(void), void (*set_code)(int32_t code));

// ── the environment's event loop: on its own thread ─────────────────────────────────────────────────────────────

typedef struct {
  // Once a turn, before the loop polls: libuv's clock, and how long the loop has ever idled in poll, in nanoseconds.
  void (*turned)(void* data, uint64_t now, uint64_t idle);
  // A garbage collection has ended that held JavaScript up for so many nanoseconds; none of V8 may be called.
  void (*collected)(void* data, int full, uint64_t pause);
  // The environment ends: the monitor must not be used any more, nor is `data`.
  void (*ended)(void* data);
} OlLoopMonitorCalls;

// A stopped monitor of the current environment's loop, which closes it at its end. Null without a loop.
OlLoopMonitor* ol_loop_monitor_open(OlLoopMonitorCalls calls, void* data);
// Not when it is started already.
void ol_loop_monitor_start(OlLoopMonitor* monitor);
void ol_loop_monitor_stop(OlLoopMonitor* monitor);
// The two times that `turned` gets, as they are now.
void ol_loop_monitor_clock(OlLoopMonitor* monitor, uint64_t* now, uint64_t* idle);

// ── values of the environment's isolate ────────────────────────────────────────────────────────────────────────

enum {
  OL_REFUSED_NOT_CLONEABLE = 1,
  OL_REFUSED_OUT_OF_MEMORY = 2,
};

typedef struct {
  uint32_t code;      // 0 when nothing was refused
  OlMessage message;  // names the value by its path
  OlValue cause;      // what a getter threw, or null
} OlRefusal;

// What is refused by packing, beside what structured clone refuses.
enum { OL_FORBID_SHARED_MEMORY = 1, OL_FORBID_WASM = 2 };

// Packs the elements of the array `arguments`; the array buffers in the array `transfer_list` (may be null) are moved,
// and detached only when the whole call succeeds. Null with `refusal->code == 0` stands for "no arguments".
OlPayload* ol_pack_arguments(OlValue arguments, OlValue transfer_list, OlRefusal* refusal);
// Packs one value.
OlPayload* ol_pack_value(OlValue value, OlRefusal* refusal);
// Packs one value that outlives tasks: host functions, which belong to a task, are refused.
OlPayload* ol_pack_data(OlValue value, OlRefusal* refusal);
// The same for an isolate that does not take everything: `forbidden` is OL_FORBID_….
OlPayload* ol_pack_allowed(OlValue value, int is_array, OlValue transfer_list, uint32_t forbidden, OlRefusal* refusal);
void ol_payload_free(OlPayload* payload);
// Bytes that it holds.
uint64_t ol_payload_size(const OlPayload* payload);
// What was thrown, as a record (`ErrorRecord` in lib/binding.d.ts); null when even that failed.
OlPayload* ol_record_error(OlValue error);

// An object that stands for the environment's function `id`: an argument, or part of one, that a task can call.
OlValue ol_host_function_new(double id, OlText name);
// An array of those that were packed since this was last called.
OlValue ol_host_functions_met(void);

enum {
  OL_NO_SHARE = 0,
  OL_SHARE_HELD = 1,
  OL_SHARE_RELEASED = 2,
  OL_SHARE_GONE = 3,  // released before
};

// Packs one object once for many tasks. Returns a handle, which any argument may be or contain; what it stands for lives
// until it is released or collected, and as long as payloads mention it.
OlValue ol_share(OlValue value, OlRefusal* refusal);
// OL_NO_SHARE when the value is no handle of this environment, OL_SHARE_RELEASED, or OL_SHARE_GONE.
int ol_share_release(OlValue handle);
// How many were freed since the process began; from any thread.
uint64_t ol_shares_freed(void);
// OL_NO_SHARE, OL_SHARE_HELD or OL_SHARE_GONE.
int ol_share_state(OlValue handle);

// One completion on its way to JavaScript; see `Delivery` in src/isolate/ffi.rs for what each kind carries.
typedef struct {
  double id;
  uint32_t kind;
  OlPayload* payload;  // consumed
  OlText first;
  OlText second;
  double number;
  double second_number;
  double third_number;
  uint64_t clone_ns;  // written by ol_deliver: what packing and unpacking a result took; 0: too little to measure
} OlDelivery;

// A flat JavaScript array of triples [id, kind, value].
OlValue ol_deliver(OlDelivery* deliveries, size_t count);

// What V8 knows of a function: an object with the fields of `describe` in lib/native.d.ts.
OlValue ol_describe(OlValue function);
// JavaScript's true or false for a function that is known to be strict or sloppy, null where only its text can tell.
OlValue ol_strict_probe(OlValue function);
// The source text of the script with this id, when a frame of it is on the current stack; else JavaScript's null.
OlValue ol_enclosing_source(int32_t script_id);
// The built-in error constructors of the realm in which the function was made, by name.
OlValue ol_realm_errors(OlValue function);

// ── isolates ───────────────────────────────────────────────────────────────────────────────────────────────────

typedef struct {
  // 1 Latin-1 text, 2 UTF-8 text, 3 UTF-16 text, 4 bytes, 5 error: `data` is its message, 6 a state that Rust keeps
  uint32_t kind;
  const void* data;
  size_t length;      // in bytes
  OlText error_kind;  // what the prelude's `fail` takes first
  uint32_t state;      // its number, for OlHost.op_drop
  size_t state_bytes;  // about what it takes
  void* owner;  // released through OlHost.op_free, by any thread
} OlOpResult;

typedef struct {
  uint32_t number;
  uint32_t flags;
  OlText text;           // a string as UTF-8, or bytes
  const uint8_t* bytes;  // likewise
  size_t length;
  OlIsolate* isolate;  // the one whose code asks
} OlOpCall;

enum {
  OL_MODULE_FAILED = 0,   // `name`: Node's code for it; `text`: a message
  OL_MODULE_FILE = 1,     // `name`: its path; `format`; `suffix`: query and fragment
  OL_MODULE_BUILTIN = 2,  // `name`
  OL_MODULE_SOURCE = 3,   // `format`, `text`; `exports`, `cache`: what was kept of it, or null
};

// What Rust knows of a module. All texts are `owner`'s, which is released through OlHost.module_free.
typedef struct {
  uint32_t kind;
  uint32_t format;  // as src/runtime/loader numbers them
  OlText name;
  OlText text;
  OlText suffix;
  OlText exports;
  OlText cache;    // bytes
  uint32_t ascii;  // whether `text` is
  void* owner;
} OlModule;

// What an isolate asks of Rust while it runs. All calls come from the thread that has entered it, unless
// said otherwise.
typedef struct {
  // Console output: a payload of the pair [method, arguments]. Consumes the payload.
  void (*console)(void* host, OlPayload* call);
  // An error record that no task can be rejected with any more. Consumes the payload.
  void (*uncaught)(void* host, OlPayload* record);
  // What `offloop.progress` was given, null for `undefined`. Consumes the payload. Returns when the environment is no
  // longer so far behind, or when the run is being stopped.
  void (*progress)(void* host, OlPayload* value);
  // Call number `call` of the environment's function `function`; its answer comes through ol_isolate_answer. Consumes
  // the payload, an array.
  void (*call)(void* host, uint64_t function, uint64_t call, OlPayload* arguments);
  // One of the runtime's native operations (src/runtime/ops.rs).
  void (*op)(void* host, const OlOpCall* call, OlOpResult* result);
  void (*op_free)(void* owner);
  // The object that held a state of an operation's was collected, perhaps while an operation runs.
  void (*op_drop)(void* host, uint32_t number);
  // A better message for a ReferenceError's, or one with null data.
  OlMessage (*explain)(OlText message);
  // The isolate has passed its memory limit and its run is being terminated. Once, inside a garbage collection.
  void (*over_limit)(void* host);
  // Bytes by which it may pass the limit meanwhile. Inside a garbage collection.
  uint64_t (*slack)(void* host);
  // A run of a user's own isolate waits for an event, or goes on.
  void (*waits)(void* host, int waits);
  // V8 cannot go on with the isolate; the calling thread is put to sleep for ever afterwards. From any thread.
  void (*lost)(void* host, uint32_t flags, OlText why);
  // Where a specifier leads when the file `from` asks for it; `request` 1: require, 2: import.
  void (*resolve)(void* host, OlText specifier, OlText from, uint32_t request, OlModule* result);
  // The source of a file that was resolved to.
  void (*source)(void* host, OlText path, uint32_t format, OlModule* result);
  // The source of a module of Node's own, or of the loader (without a name). OL_MODULE_FAILED: there is none.
  void (*builtin)(OlText name, OlModule* result);
  // `text`: the names of all that there are, a line each.
  void (*builtin_names)(OlModule* result);
  // For the isolates to come: V8's code cache of a source, and the names that a CommonJS module exports.
  void (*keep_code)(void* owner, OlText bytes);
  void (*keep_exports)(void* owner, OlText names);
  // From any thread.
  void (*module_free)(void* owner);
} OlHost;

// What the code of an isolate may do.
enum {
  OL_CONFINED = 1,  // a user's own isolate: the rest counts only then, and its builtins are set aside before its code runs
  OL_CODE_GENERATION = 2,
  OL_SHARED_MEMORY = 4,
  OL_WASM = 8,
  OL_COARSE_CLOCK = 16,
};

enum {
  OL_LOST_OUT_OF_MEMORY = 1,
  OL_LOST_ON_V8_THREAD = 2,  // a thread of V8's, for which the isolate's own may wait now
};

typedef struct {
  uint32_t policy;        // OL_CONFINED and what follows it
  uint64_t memory_limit;  // bytes: the user's limit for JavaScript heap and array buffers together
  OlText prelude;         // src/runtime: the script that makes the lazy globals
  OlText units;           // src/runtime/units.js
  const OlText* lazy_globals;
  size_t lazy_global_count;
  const OlHost* calls;
  void* host;
} OlIsolateOptions;

// The calling thread may be given up: where V8 would end the process, the thread sleeps for ever.
void ol_thread_may_park(void);
// Null when the isolate cannot be made; `error` then says why.
OlIsolate* ol_isolate_new(const OlIsolateOptions* options, OlMessage* error);
// By any thread, with the isolate not entered by any.
void ol_isolate_dispose(OlIsolate* isolate);
// Calls body(data) with the isolate entered by this thread. `stack_limit` is the lowest address JavaScript may use.
void ol_isolate_enter(OlIsolate* isolate, uintptr_t stack_limit, void (*body)(void* data), void* data);
// From any thread: stops what runs, wakes it when it waits. Takes effect once, until ol_isolate_resume.
void ol_isolate_terminate(OlIsolate* isolate);
// From any thread: the answer to a call of a host function, or with `failed` an error record. Consumes the payload.
void ol_isolate_answer(OlIsolate* isolate, uint64_t call, int failed, OlPayload* payload);

// The rest: only inside ol_isolate_enter.

// Withdraws a termination that has done its work or came too late.
void ol_isolate_resume(OlIsolate* isolate);
// What tasks read as offloop.workerData, each context a copy of its own. `data` must outlive the isolate.
void ol_isolate_worker_data(OlIsolate* isolate, OlPayload* data);

// What tasks are told of the process, as JSON; lent for as long as the isolate lives.
void ol_isolate_facts(OlIsolate* isolate, OlText facts);
// Drops the context with its globals and functions; the next run makes a new one.
void ol_isolate_reset_context(OlIsolate* isolate);
// Runs what V8 has posted to the isolate (finalizers, compile results) without waiting.
void ol_isolate_pump(OlIsolate* isolate);
// Drops copies of shared values that were freed, and collects them when they were many: the isolate is idle.
void ol_isolate_tidy(OlIsolate* isolate);
// Bytes of JavaScript heap in use.
uint64_t ol_isolate_heap_used(OlIsolate* isolate);
// Whether the run is being stopped; for operations that take long.
int ol_isolate_is_stopped(OlIsolate* isolate);
// Whether the memory limit allows for so many bytes more. Collects garbage before it says no.
int ol_isolate_has_room(OlIsolate* isolate, size_t bytes);

typedef struct OlContextValues OlContextValues;

// A declaration of the function's module that travels with it (src/runtime/units.js).
typedef struct {
  uint32_t id;    // within the module
  OlText prefix;  // prefix + body + suffix is a function body that returns a unit
  OlText body;
  OlText suffix;
  int32_t line;  // origin of the first character of the prefix, 0-based; may be negative
  int32_t column;
} OlUnit;

typedef struct {
  uint64_t id;
  OlText prefix;  // prefix + body + suffix is a function body that returns the function
  OlText body;
  OlText suffix;
  OlText resource;  // script name: the user's own file
  int32_t line;     // origin of the first character of the prefix, 0-based; may be negative
  int32_t column;
  const OlContextValues* context;  // null without a `context` option
  uint64_t module;      // whose declarations the units are
  const OlUnit* units;  // in the order of the source
  size_t unit_count;
  uint32_t linked;         // the body is called with the link (src/runtime/README.md) as its argument
  OlText from;             // path of the file that modules resolve from
  const OlText* imports;   // specifiers of what `link.imports` is to hold
  size_t import_count;
} OlFunction;

typedef struct {
  OlText name;
  const OlFunction* function;  // null for a value
} OlContextEntry;

struct OlContextValues {
  uint64_t id;
  const OlContextEntry* entries;
  size_t count;
  OlPayload* values;  // an array as long as `entries`, read again by each isolate; never consumed
};

enum {
  OL_RUN_MOVE = 1,
  OL_RUN_FRESH = 2,  // in a new context, dropped afterwards; the ordinary one is set aside meanwhile
  OL_RUN_PROGRESS = 4,  // somebody listens to offloop.progress
  OL_RUN_PEND = 8,      // where the run would wait, it is left pending instead
};

// What a user's own isolate is asked for, beside calls in its first context.
enum {
  OL_DO_CALL = 0,  // the call's function, in `context`
  OL_DO_EVALUATE = 1,
  OL_DO_COMPILE = 2,  // becomes `script`
  OL_DO_RUN_SCRIPT = 3,
  OL_DO_SET = 4,  // the global `text`, to the value that is the call's arguments
  OL_DO_GET = 5,
  OL_DO_CREATE_CONTEXT = 6,  // becomes `context`
  OL_DO_DROP_CONTEXT = 7,
  OL_DO_HEAP_STATISTICS = 8,
};

typedef struct {
  uint32_t kind;
  uint64_t context;  // 0: the isolate's first
  uint64_t script;
  OlText text;  // code, or a name
  OlText filename;
} OlOperation;

typedef struct {
  const OlFunction* function;  // null for operations that call none
  const OlFunction* init;  // called once in each context, before its first task; null for none
  OlPayload* arguments;  // consumed
  uint32_t flags;
  const OlOperation* operation;  // null: the function is called in the isolate's first context
} OlCall;

enum {
  OL_OUTCOME_VALUE = 0,          // payload: the result
  OL_OUTCOME_THROWN = 1,         // payload: an error record
  OL_OUTCOME_STOPPED = 2,        // terminated from outside: the caller knows why
  OL_OUTCOME_UNSETTLED = 3,      // a promise that nothing can settle any more
  OL_OUTCOME_NOT_CLONEABLE = 4,  // message: which part of the result
  OL_OUTCOME_MEMORY = 5,         // over the memory limit: dispose of the isolate
  OL_OUTCOME_INIT_FAILED = 6,    // `init` threw: payload is an error record; null when it waits for what cannot happen
  OL_OUTCOME_PENDING = 7,        // nothing to do until the isolate's loop has something, or for `wait_ms`
};

typedef struct {
  uint32_t kind;
  uint32_t spent;  // 1: the isolate passed its memory limit and must be disposed of, whatever became of the task
  uint64_t clone_in_ns;  // that packing and unpacking the arguments took; 0: too little to measure, or they never were
  OlPayload* payload;
  OlMessage message;
  int64_t wait_ms;  // with OL_OUTCOME_PENDING: until the next timer; -1 without any
} OlOutcome;

void ol_isolate_run(OlIsolate* isolate, const OlCall* call, OlOutcome* outcome);
// After a run was stopped and ol_isolate_resume: ends it in every context, all of which stay.
void ol_isolate_end_run(OlIsolate* isolate);
// Nobody refers to this script (OL_DO_COMPILE) or context (OL_DO_CREATE_CONTEXT) any more.
void ol_isolate_forget(OlIsolate* isolate, uint32_t kind, uint64_t id);
// Goes on with a run that was left pending; the isolate may have been left and entered since, by another thread.
void ol_isolate_continue(OlIsolate* isolate, OlOutcome* outcome);
// Waits until the isolate's loop has something to do, or for `wait_ms`; runs nothing.
void ol_isolate_wait(OlIsolate* isolate, int64_t wait_ms);

// ── runs that were left pending ────────────────────────────────────────────────────────────────────────────────

// From any thread: ends the waiting of ol_isolate_wait.
void ol_isolate_poke(OlIsolate* isolate);
// What becomes readable when the isolate's loop has something to do, timers apart.
int ol_isolate_backend_fd(OlIsolate* isolate);

// One thread of the process watches isolates that nobody has entered. `ready(token)` is called on it, once for each
// watch that was not forgotten. 0: the thread cannot be started. The first caller's `ready` counts.
int ol_poller_start(void (*ready)(uint64_t token));
// From any thread, and it does not wait. `wait_ms` is -1 for no limit. The descriptor must stay open until `ready` or
// ol_poller_forget.
void ol_poller_watch(int fd, int64_t wait_ms, uint64_t token);
// Waits for the poller's thread; not to be called on it. Afterwards `ready(token)` is not called any more.
void ol_poller_forget(uint64_t token);

#ifdef __cplusplus
}
#endif

#endif  // OFFLOOP_BRIDGE_H_
