//! How long work takes: an empirical distribution.

use super::invalid::{self, Invalid};
use crate::random::Generator;

/// Longest service time: an hour.
const LONGEST_MS: f64 = 3_600_000.0;
/// Most buckets of a histogram. More say nothing more, and are read on the main thread.
const MOST_BUCKETS: usize = 2_048;
/// Entries of the guide table: where the search for a value begins.
const GUIDE: usize = 1_024;
/// Points of the discretised log-normal, and how far they reach in standard deviations: beyond is 1 in 300,000.
const POINTS: i32 = 257;
const REACH: f64 = 4.5;
/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

/// Values in milliseconds with their probabilities, drawn by inversion: a larger uniform never gives a smaller value,
/// so that two distributions that are asked with the same uniforms are compared with as little noise as there can be.
#[derive(Clone, Debug)]
pub struct ServiceTimes {
    values: Vec<f64>,
    weights: Vec<f64>,
    /// Of the weights, up to and with this value; the last is 1.
    cumulative: Vec<f64>,
    /// For each `u` in steps of 1/`GUIDE`, the first value whose cumulative probability is above it.
    guide: Vec<u32>,
    mean: f64,
    /// Whether the weights count observations; a declared distribution has no sampling error of its own.
    observed: bool,
}

impl ServiceTimes {
    /// A histogram: bucket midpoints and how often each was seen. `field` names it in a refusal.
    pub fn histogram(field: &str, ms: &[f64], count: &[f64]) -> Result<Self, Invalid> {
        /// Counts that a double still tells apart.
        const MOST: f64 = 9_007_199_254_740_991.0;
        if ms.is_empty() || ms.len() > MOST_BUCKETS || ms.len() != count.len() {
            return Err(Invalid::new(
                &format!("{field}.count"),
                format!("as long as {field}.ms, 1 to {MOST_BUCKETS} buckets"),
                format!("{} for {} buckets", count.len(), ms.len()),
            ));
        }
        for (index, (&value, &weight)) in ms.iter().zip(count).enumerate() {
            invalid::number(&format!("{field}.ms[{index}]"), value, 0.0, LONGEST_MS)?;
            invalid::number(&format!("{field}.count[{index}]"), weight, 0.0, MOST)?;
        }
        if let Some(index) = ms.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(Invalid::new(
                &format!("{field}.ms[{}]", index + 1),
                "larger than the bucket before it",
                ms[index + 1],
            ));
        }
        Self::weighted(ms, count, true).ok_or_else(|| {
            Invalid::new(
                &format!("{field}.count"),
                "above 0 in at least one bucket",
                "0 in all",
            )
        })
    }

    /// Always the same.
    pub fn constant(field: &str, ms: f64) -> Result<Self, Invalid> {
        Self::histogram(field, &[ms], &[1.0]).map(|times| Self {
            observed: false,
            ..times
        })
    }

    /// The log-normal distribution with these percentiles, discretised: equal steps of the logarithm, weighted by the
    /// normal density (for which this simple sum converges faster than any power of the step).
    pub fn log_normal(field: &str, p50: f64, p99: f64) -> Result<Self, Invalid> {
        let positive = f64::MIN_POSITIVE;
        invalid::number(&format!("{field}.p50Ms"), p50, positive, LONGEST_MS)?;
        invalid::number(&format!("{field}.p99Ms"), p99, p50, LONGEST_MS)?;
        let spread = (p99 / p50).ln() / Z99;
        if spread == 0.0 {
            return Self::constant(field, p50);
        }
        let half = (POINTS - 1) / 2;
        let (values, weights): (Vec<f64>, Vec<f64>) = (-half..=half)
            .map(|step| {
                let z = f64::from(step) * REACH / f64::from(half);
                (p50 * (spread * z).exp(), (-z * z / 2.0).exp())
            })
            .unzip();
        Ok(Self::weighted(&values, &weights, false).expect("the weights are positive"))
    }

    /// None when no weight is positive.
    fn weighted(values: &[f64], weights: &[f64], observed: bool) -> Option<Self> {
        let (values, weights): (Vec<f64>, Vec<f64>) = values
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight > 0.0)
            .unzip();
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let terms = values.iter().zip(&weights);
        let mean = terms.map(|(value, weight)| value * weight).sum::<f64>() / total;
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = weights
            .iter()
            .map(|weight| {
                sum += weight;
                sum / total
            })
            .collect();
        // Rounding would leave uniforms that no value answers to.
        *cumulative.last_mut()? = 1.0;
        let mut first = 0;
        let guide = (0..GUIDE)
            .map(|step| {
                while cumulative[first] <= step as f64 / GUIDE as f64 {
                    first += 1;
                }
                first as u32
            })
            .collect();
        Some(Self {
            values,
            weights,
            cumulative,
            guide,
            mean,
            observed,
        })
    }

    /// The value that belongs to the uniform `u` in [0, 1).
    pub fn at(&self, u: f64) -> f64 {
        let mut index = self.guide[(u * GUIDE as f64) as usize] as usize;
        while self.cumulative[index] <= u {
            index += 1;
        }
        self.values[index]
    }

    /// In milliseconds.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// What another window as long as the measured one might have counted (a Poisson bootstrap: each count is drawn
    /// anew around itself). A declared distribution stays as it is.
    pub fn resampled(&self, generator: &mut Generator) -> Self {
        if !self.observed {
            return self.clone();
        }
        let counts: Vec<f64> = self.weights.iter().map(|w| generator.poisson(*w)).collect();
        // A handful of observations may all be missed.
        Self::weighted(&self.values, &counts, true).unwrap_or_else(|| self.clone())
    }
}
