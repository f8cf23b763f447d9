//! The pool: a queue, Rayon threads, a slab of isolates. Touches no V8. See README.md beside this
//! file for who wakes whom.

mod aside;
mod asides;
mod completion;
mod config;
mod deadlines;
mod durations;
mod lanes;
mod loss;
mod own;
mod queue;
mod run;
mod runner;
mod seat;
mod setup;
mod shared;
mod slab;
mod stats;
#[cfg(test)]
mod tests;
mod threads;
mod tidy;
pub mod undisposed;
mod upkeep;
mod vitals;
mod waiting;
mod watchdog;

pub use completion::{Completion, Sink};
pub use config::PoolConfig;
pub use durations::Durations;
pub use setup::Setup;
pub use shared::{Pool, Refused, Shared};
pub use threads::{Threads, join_told};
