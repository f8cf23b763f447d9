//! offloop: heavy JavaScript in bare V8 isolates on Rayon threads, inside one Node process.
//!
//! From the bottom up: `src/bridge` (C++, compiled by build.rs) holds V8; [`isolate`] makes it safe;
//! [`pool`] queues tasks and runs them on Rayon's threads; [`napi`] is what JavaScript sees.
//! [`function`] reads what a function captures, [`queueing`] predicts response times, [`runtime`] is what a task finds around it.
//! ARCHITECTURE.md tells the whole story.

#![cfg_attr(
    test,
    allow(
        dead_code,
        unused_imports,
        reason = "napi-derive exports nothing in tests"
    )
)]

mod function;
mod isolate;
mod napi;
mod pool;
mod queueing;
mod runtime;
mod task;
