//! What this process may use: cores as a fraction, memory, its role and platform. Each fact tells where it comes from;
//! what cannot be read is unknown, with the reason.
//!
//! Pure functions over texts; only [`Files`] touches the system, and a folder of fixtures does as well as `/`.

mod cgroup;
mod cgroup_v1;
mod cgroup_v2;
mod counters;
mod cpu_quota;
mod fact;
mod files;
mod flat_keyed;
mod hierarchy;
mod mountinfo;
mod pressure;
mod proc_stat;
mod proc_status;

#[cfg(test)]
mod tests;

pub use counters::{HostCounters, read_counters};
pub use files::{Files, Root};
