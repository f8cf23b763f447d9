//! Advice: facts in, a strategy with its reasons out. Pure: no file, no clock, no environment.
//!
//! [`fact`] lists what may be known; [`derived`] computes what follows from it; the [`rules`] are
//! tables; [`decide`] asks them. [`confidence`] and [`flips`] ask again with other facts;
//! [`calibration`] says how often such answers are right. Adding a
//! rule is a row in `rules/`, adding a fact a row in `fact.rs`.

mod advise;
mod calibration;
mod confidence;
mod decide;
pub mod derived;
pub mod fact;
pub mod facts;
mod flips;
pub mod function;
mod latency;
mod model;
mod perturb;
mod rule;
mod rules;
mod size;

#[cfg(test)]
mod tests;

pub use crate::strategy::Strategy;
pub use advise::{advise, strategy_for};
pub use flips::{Flip, Subject};
pub use model::{Histogram, model};
