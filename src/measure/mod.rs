//! What the event loop does, counted: pure arithmetic on the two clocks that libuv gives.

mod histogram;
mod turns;

#[cfg(test)]
mod tests;

pub use histogram::{BUCKETS, midpoint};
pub use turns::Turns;
