//! From facts to what the queue simulation needs: a rate, service times, and the sizes to compare.

use super::confidence::seed;
use super::decide::decide;
use super::derived::derive;
use super::fact::Fact;
use super::facts::Facts;
use super::function::{DISPATCH_MS, FunctionFacts, MANDATORY_MS};
use super::size;
use crate::queueing::{HeavyInput, ModelInput, ServiceTimesInput};

/// So often is each value of an assumed distribution counted that nothing about it is left to chance:
/// the interval of a prediction tells of windows, not of assumptions.
const CERTAIN: f64 = 1e6;
/// Buckets of an assumed distribution: enough that its 99th percentile is one of them.
const BUCKETS: usize = 200;
/// Children and clusters are compared with at least so many.
const LEAST_PROCESSES: u32 = 2;
/// Resident memory of a bare Node process, which is none of the application's; research 4.5.
const BARE_RESIDENT_MB: f64 = 45.0;

/// A measured histogram of busy times.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Midpoints of buckets, ascending.
    pub ms: Vec<f64>,
    /// How often each was seen.
    pub count: Vec<f64>,
}

/// The model of what `raw` tells, with `histogram` for the shape of the service times.
///
/// # Errors
/// The names of the facts that are missing, as a sentence's object.
pub fn model(raw: &Facts, histogram: Option<&Histogram>) -> Result<ModelInput, &'static str> {
    let mut facts = *raw;
    derive(&mut facts);
    let offered = facts.get(Fact::OfferedLoad).ok_or(
        "requestsPerSecond and cpuMsPerRequest, or evidence with requests and utilization, or functions with callsPerSecond",
    )?;
    let histogram = histogram.filter(|histogram| !histogram.ms.is_empty());
    let heavy = heavy(&facts, offered, histogram);
    let heavy_rate = heavy.as_ref().map_or(0.0, |heavy| heavy.rate);
    let rate = facts.get(Fact::RequestRate).unwrap_or(0.0).max(heavy_rate);
    if rate <= 0.0 {
        return Err("requestsPerSecond, or evidence with requests");
    }
    let heavy_load = heavy.as_ref().map_or(0.0, |heavy| heavy.load);
    let light_ms = 1000.0 * (offered - heavy_load).max(0.0) / rate;
    let longest_light = heavy
        .as_ref()
        .map_or(f64::INFINITY, |heavy| heavy.shortest_ms / 2.0);
    let sizes = size::compared(&facts, &decide(&facts));
    let rss = facts.get(Fact::RssMb).unwrap_or(0.0);
    Ok(ModelInput {
        requests_per_second: rate,
        light: light(light_ms, longest_light, histogram),
        heavy: heavy.map(|heavy| HeavyInput {
            share: (heavy.rate / rate).min(1.0),
            service: heavy.service,
            main_thread_ms: heavy.cost_ms,
            ..HeavyInput::default()
        }),
        cores: facts.get(Fact::CoresPerInstance).unwrap_or(1.0),
        quota: facts.get(Fact::CpuQuota).filter(|quota| quota.is_finite()),
        threads: f64::from(sizes.threads),
        processes: f64::from(sizes.processes.max(LEAST_PROCESSES)),
        replicas: f64::from(sizes.replicas),
        app_memory_mb: (rss - BARE_RESIDENT_MB).max(0.0),
        module_memory_mb: 0.0,
        seed: (seed(raw) >> 32) as f64,
    })
}

/// Work that could leave the main thread.
struct Heavy {
    rate: f64,
    load: f64,
    service: ServiceTimesInput,
    shortest_ms: f64,
    cost_ms: f64,
}

fn heavy(facts: &Facts, offered: f64, histogram: Option<&Histogram>) -> Option<Heavy> {
    let of_functions = heavy_functions(facts, offered);
    if of_functions.is_some() || !facts.functions().is_empty() {
        return of_functions;
    }
    stalls(facts, histogram).or_else(|| declared(facts, offered))
}

/// The functions that are worth offloading.
fn heavy_functions(facts: &Facts, offered: f64) -> Option<Heavy> {
    let known: Vec<(&FunctionFacts, f64)> = facts
        .functions()
        .iter()
        .filter(|function| function.is_worth_offloading())
        .map(|function| (function, function.load_of(offered)))
        .filter(|(_, load)| *load > 0.0)
        .collect();
    let load: f64 = known.iter().map(|(_, load)| load).sum();
    let calls = |function: &FunctionFacts, load: f64| 1000.0 * load / function.p50_ms;
    let rate: f64 = known
        .iter()
        .map(|&(function, load)| calls(function, load))
        .sum();
    let cost: f64 = known
        .iter()
        .map(|&(function, load)| calls(function, load) * function.cost_ms.max(0.0))
        .sum();
    let shortest_ms = known
        .iter()
        .map(|(function, _)| function.p50_ms)
        .reduce(f64::min)?;
    let service = if let [(only, _)] = known[..] {
        ServiceTimesInput {
            p50_ms: Some(only.p50_ms),
            p99_ms: (only.p99_ms > only.p50_ms).then_some(only.p99_ms),
            ..ServiceTimesInput::default()
        }
    } else {
        let mut buckets: Vec<(f64, f64)> = known
            .iter()
            .map(|&(function, load)| (function.p50_ms, CERTAIN * calls(function, load)))
            .collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        of_buckets(&buckets)
    };
    Some(Heavy {
        rate,
        load,
        service,
        shortest_ms,
        cost_ms: cost / rate,
    })
}

/// Iterations of the loop that were busy for 50 ms and more: whatever function that was.
fn stalls(facts: &Facts, histogram: Option<&Histogram>) -> Option<Heavy> {
    let seconds = facts.get(Fact::WindowSeconds)?;
    let buckets: Vec<(f64, f64)> = pairs(histogram?)
        .filter(|&(ms, count)| ms >= MANDATORY_MS && count > 0.0)
        .collect();
    let shortest_ms = buckets.first()?.0;
    let rate = buckets.iter().map(|(_, count)| count).sum::<f64>() / seconds;
    let load = buckets.iter().map(|(ms, count)| ms * count).sum::<f64>() / 1000.0 / seconds;
    Some(Heavy {
        rate,
        load,
        service: of_buckets(&buckets),
        shortest_ms,
        cost_ms: DISPATCH_MS,
    })
}

/// Work that is declared CPU-bound: all of it is taken to be what one would offload.
fn declared(facts: &Facts, offered: f64) -> Option<Heavy> {
    facts.get(Fact::OffloadableShare)?;
    let rate = facts.get(Fact::RequestRate).filter(|&rate| rate > 0.0)?;
    let ms = 1000.0 * offered / rate;
    Some(Heavy {
        rate,
        load: offered,
        service: exponential(ms),
        shortest_ms: 0.0,
        cost_ms: DISPATCH_MS,
    })
}

/// What stays on the main thread: the measured shape below the heavy part, to the right mean.
fn light(mean_ms: f64, longest_ms: f64, histogram: Option<&Histogram>) -> ServiceTimesInput {
    if mean_ms <= 0.0 {
        return ServiceTimesInput {
            p50_ms: Some(0.0),
            ..ServiceTimesInput::default()
        };
    }
    let measured: Vec<(f64, f64)> = histogram.map_or_else(Vec::new, |histogram| {
        pairs(histogram)
            .filter(|&(ms, count)| ms <= longest_ms && count > 0.0)
            .collect()
    });
    let count: f64 = measured.iter().map(|(_, count)| count).sum();
    let mean = measured.iter().map(|(ms, count)| ms * count).sum::<f64>() / count;
    if !(mean > 0.0 && mean.is_finite()) {
        return exponential(mean_ms);
    }
    // An iteration may serve several requests, or a part of one: its shape is taken, not its mean.
    let scale = mean_ms / mean;
    let scaled: Vec<(f64, f64)> = measured
        .iter()
        .map(|&(ms, count)| (ms * scale, count))
        .collect();
    of_buckets(&scaled)
}

fn pairs(histogram: &Histogram) -> impl Iterator<Item = (f64, f64)> {
    histogram
        .ms
        .iter()
        .copied()
        .zip(histogram.count.iter().copied())
}

/// Buckets in ascending order; those of the same time become one.
fn of_buckets(buckets: &[(f64, f64)]) -> ServiceTimesInput {
    let mut all_ms: Vec<f64> = Vec::with_capacity(buckets.len());
    let mut counts: Vec<f64> = Vec::with_capacity(buckets.len());
    for &(ms, count) in buckets {
        match (all_ms.last(), counts.last_mut()) {
            (Some(&last), Some(sum)) if last == ms => *sum += count,
            _ => {
                all_ms.push(ms);
                counts.push(count);
            }
        }
    }
    ServiceTimesInput {
        ms: Some(all_ms),
        count: Some(counts),
        ..ServiceTimesInput::default()
    }
}

/// Where only a mean is known: quantiles of an exponential distribution, to exactly that mean.
fn exponential(mean_ms: f64) -> ServiceTimesInput {
    let quantile = |bucket: usize| -(1.0 - (bucket as f64 + 0.5) / BUCKETS as f64).ln();
    let quantiles: Vec<f64> = (0..BUCKETS).map(quantile).collect();
    let mean = quantiles.iter().sum::<f64>() / BUCKETS as f64;
    ServiceTimesInput {
        ms: Some(quantiles.iter().map(|q| q * mean_ms / mean).collect()),
        count: Some(vec![CERTAIN; BUCKETS]),
        ..ServiceTimesInput::default()
    }
}
