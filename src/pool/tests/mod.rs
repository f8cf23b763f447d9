//! The queue and what it is made of: no isolate is needed for these.

mod fixture;
mod queue;
mod stats;
mod waiting;
