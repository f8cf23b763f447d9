//! `/proc/stat`: what the CPUs did since boot.

/// Ticks of all CPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuTicks {
    /// Taken by other virtual machines while this one wanted to run.
    pub steal: u64,
    /// All, idle ones too.
    pub total: u64,
}

/// The line `cpu  user nice system idle iowait irq softirq steal guest guest_nice`.
pub fn cpu_ticks(text: &str) -> Option<CpuTicks> {
    const STEAL: usize = 7;
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // Guests' time is part of user's already.
    let ticks = line
        .split_whitespace()
        .take(STEAL + 1)
        .map(|field| field.parse().ok())
        .collect::<Option<Vec<u64>>>()?;
    let total = ticks
        .iter()
        .try_fold(0_u64, |sum, ticks| sum.checked_add(*ticks))?;
    Some(CpuTicks {
        steal: *ticks.get(STEAL)?,
        total,
    })
}

/// The CPUs that are online, by their lines.
pub fn online_cpus(text: &str) -> Vec<u32> {
    text.lines()
        .filter_map(|line| {
            let (number, _) = line.strip_prefix("cpu")?.split_once(' ')?;
            number.parse().ok()
        })
        .collect()
}
