//! offloop: heavy JavaScript in bare V8 isolates on Rayon threads, inside one Node process.
//!
//! From the bottom up: `src/bridge` (C++, compiled by build.rs) holds V8; [`isolate`] makes it safe;
//! [`pool`] queues tasks and runs them on Rayon's threads; [`napi`] is what JavaScript sees.
//! [`function`] reads what a function captures, [`runtime`] is what a task finds around it. Beside them
//! stands the advice: [`host`] reads the machine, [`measure`] counts what the event loop does,
//! [`advice`] decides, [`queueing`] predicts.
//! ARCHITECTURE.md tells the whole story.

#![cfg_attr(
    test,
    allow(
        dead_code,
        unused_imports,
        reason = "napi-derive exports nothing in tests"
    )
)]

mod advice;
mod cpu_clock;
mod function;
mod host;
mod isolate;
mod measure;
mod modules;
mod napi;
mod pool;
mod queueing;
mod random;
mod runtime;
mod strategy;
mod task;
