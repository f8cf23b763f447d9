//! What this process may use: cores as a fraction, memory, its role and platform. Each fact tells where it comes from;
//! what cannot be read is unknown, with the reason.
//!
//! Pure functions over texts; only [`Root`] touches the system, and a folder of fixtures does as well as `/`.

mod cgroup;
mod cgroup_v1;
mod cgroup_v2;
mod container;
mod counters;
mod cpu_list;
mod cpu_quota;
mod cpus;
mod effective_cores;
mod environment;
mod fact;
mod facts;
mod files;
mod flat_keyed;
mod hierarchy;
mod instances;
mod json;
mod meminfo;
mod memory;
mod mountinfo;
mod platform;
mod pressure;
mod proc_stat;
mod proc_status;
mod process_manager;
mod role;
mod runtime;
mod threadpool;

#[cfg(test)]
mod tests;

pub use counters::read_counters;
pub use cpus::Counting;
pub use environment::VARIABLES;
pub use fact::Fact;
pub use facts::{HostFacts, Limit, read_facts};
pub use files::Root;
pub use runtime::Runtime;

/// Bytes that the process may still take before its group's limit; `None` where only the machine limits it.
pub fn memory_left() -> Option<u64> {
    memory::left_in_group(&Root::new("/"))
}
