//! Counters that only grow, for measurements: two readings and their difference.

use super::cpu_quota::{self, CpuQuota};
use super::files::{Files, read_or_why};
use super::hierarchy::Hierarchies;
use super::pressure::{self, Pressure};
use super::proc_stat;

/// `None` is what cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostCounters {
    /// Periods in which the group with the least quota was throttled.
    pub throttled_periods: Option<u64>,
    /// All its periods.
    pub periods: Option<u64>,
    /// Microseconds in which some task of the group waited for a CPU.
    pub cpu_pressure_us: Option<u64>,
    /// Share of the last 10 seconds, 0 to 1.
    pub cpu_pressure_avg10: Option<f64>,
    /// Ticks stolen by other virtual machines.
    pub steal_ticks: Option<u64>,
    /// All ticks.
    pub total_ticks: Option<u64>,
}

/// Reads them all now.
pub fn read_counters(files: &dyn Files) -> HostCounters {
    let hierarchies = Hierarchies::read(files);
    let throttling = hierarchies
        .as_ref()
        .ok()
        .and_then(|hierarchies| cpu_quota::cpu_quota(files, hierarchies).ok())
        .and_then(|quota| match quota {
            CpuQuota::Cores { folder, .. } => cpu_quota::throttling(files, &folder).ok(),
            CpuQuota::None { .. } => None,
        })
        .map(|(throttling, _)| throttling);
    let pressure = cpu_pressure(files, hierarchies.as_ref().ok()).ok();
    let ticks = files
        .read("/proc/stat")
        .ok()
        .and_then(|text| proc_stat::cpu_ticks(&text));
    HostCounters {
        throttled_periods: throttling.map(|throttling| throttling.throttled),
        periods: throttling.map(|throttling| throttling.periods),
        cpu_pressure_us: pressure.as_ref().map(|(pressure, _)| pressure.total_us),
        cpu_pressure_avg10: pressure.as_ref().map(|(pressure, _)| pressure.avg10),
        steal_ticks: ticks.map(|ticks| ticks.steal),
        total_ticks: ticks.map(|ticks| ticks.total),
    }
}

/// The pressure of the own group, else of the machine, and the file that tells.
///
/// # Errors
/// Why it cannot be known.
pub fn cpu_pressure(
    files: &dyn Files,
    hierarchies: Option<&Hierarchies>,
) -> Result<(Pressure, String), String> {
    const MACHINE: &str = "/proc/pressure/cpu";
    let own = hierarchies
        .and_then(|hierarchies| hierarchies.unified(files).ok())
        .map(|group| format!("{}/cpu.pressure", group.folder));
    if let Some(path) = own
        && let Ok(text) = files.read(&path)
        && let Some(pressure) = pressure::parse(&text)
    {
        return Ok((pressure, path));
    }
    let text = read_or_why(files, MACHINE)?;
    match pressure::parse(&text) {
        Some(pressure) => Ok((pressure, MACHINE.to_owned())),
        None => Err(format!("{MACHINE} is malformed")),
    }
}
