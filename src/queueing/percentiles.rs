//! Exact percentiles of simulated times.

/// What of the times is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// Nine in ten are no longer.
    pub p90: f64,
    /// 99 in a hundred are no longer.
    pub p99: f64,
}

impl Percentiles {
    /// None without any times. Reorders them.
    pub fn of(times: &mut [f64]) -> Option<Self> {
        // From the top: each selection leaves the smaller times before it.
        let p99 = select(times, 0.99)?;
        let below = rank(times.len(), 0.99) + 1;
        let p90_at = rank(times.len(), 0.9);
        let p50_at = rank(times.len(), 0.5);
        let p90 = *times[..below]
            .select_nth_unstable_by(p90_at, f64::total_cmp)
            .1;
        let p50 = *times[..=p90_at]
            .select_nth_unstable_by(p50_at, f64::total_cmp)
            .1;
        Some(Self { p50, p90, p99 })
    }
}

/// The smallest time that `share` of the times do not exceed.
pub fn select(times: &mut [f64], share: f64) -> Option<f64> {
    if times.is_empty() {
        return None;
    }
    let at = rank(times.len(), share);
    Some(*times.select_nth_unstable_by(at, f64::total_cmp).1)
}

fn rank(count: usize, share: f64) -> usize {
    ((count as f64 * share).ceil() as usize).clamp(1, count) - 1
}
