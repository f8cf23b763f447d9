//! Host facts and counters.

use napi_derive::napi;

use crate::host::{self, Root};

/// Counters that only grow, but for the average. `null` is what cannot be read.
#[napi(object, use_nullable = true)]
pub struct NativeHostCounters {
    /// Periods of the CPU quota in which the process's group was throttled.
    pub throttled_periods: Option<f64>,
    /// All periods of the quota.
    pub periods: Option<f64>,
    /// Microseconds in which some task of the group waited for a CPU.
    pub cpu_pressure_us: Option<f64>,
    /// Share of the last 10 seconds in which some task waited, 0 to 1.
    pub cpu_pressure_avg10: Option<f64>,
    /// Ticks that other virtual machines took.
    pub steal_ticks: Option<f64>,
    /// All ticks of all CPUs.
    pub total_ticks: Option<f64>,
}

/// The counters now. `root` stands for `/` in tests.
#[napi]
pub fn host_counters(root: Option<String>) -> NativeHostCounters {
    let counters = host::read_counters(&files(root));
    let number = |counter: Option<u64>| counter.map(|counter| counter as f64);
    NativeHostCounters {
        throttled_periods: number(counters.throttled_periods),
        periods: number(counters.periods),
        cpu_pressure_us: number(counters.cpu_pressure_us),
        cpu_pressure_avg10: counters.cpu_pressure_avg10,
        steal_ticks: number(counters.steal_ticks),
        total_ticks: number(counters.total_ticks),
    }
}

fn files(root: Option<String>) -> Root {
    Root::new(root.unwrap_or_else(|| "/".to_owned()))
}
