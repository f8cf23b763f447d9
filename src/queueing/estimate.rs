//! A number and how far it can be trusted.

/// A value, and what other windows of the same load might have shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// About the 5th percentile.
    pub low: f64,
    /// About the 95th; `Infinity` when some of these windows overload the strategy.
    pub high: f64,
}

impl Estimate {
    /// From resamples: the second smallest and the second largest of 30, wide enough to hold the value.
    pub fn from_resamples(value: f64, mut resamples: Vec<f64>) -> Self {
        /// So much is cut off at each end.
        const TAIL: f64 = 1.0 / 30.0;
        resamples.sort_unstable_by(f64::total_cmp);
        let cut = (resamples.len() as f64 * TAIL) as usize;
        let kept = &resamples[cut..resamples.len() - cut];
        Self {
            value,
            low: kept.first().map_or(value, |low| low.min(value)),
            high: kept.last().map_or(value, |high| high.max(value)),
        }
    }
}
