//! What JavaScript sees: `lib/native.d.ts` describes it. The only Rust that knows Node-API; holds
//! no domain logic.

mod advice;
mod completions;
mod environment;
mod function;
mod functions;
mod host;
mod host_function;
mod init;
mod isolate;
mod loop_monitor;
mod main_thread;
mod pin;
mod pool;
mod prediction;
mod refusal;
mod setup;
mod share;
mod threadpool;
mod value;
