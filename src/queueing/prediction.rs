//! All strategies of one model, side by side.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use thiserror::Error;

use super::capacity::{self, Bottleneck, SATURATED_ABOVE};
use super::estimate::Estimate;
use super::invalid::Invalid;
use super::layout::{Layout, layout_of};
use super::memory;
use super::model::{Model, ModelInput};
use super::percentiles::{Percentiles, select};
use super::registry::registry;
use super::stream::Stream;
use crate::random::Generator;
use crate::strategy::Strategy;

/// The model against measured servers: largest error of the median …
pub const MODEL_ERROR_P50: f64 = 0.04;
/// … and of the 99th percentile, …
pub const MODEL_ERROR_P99: f64 = 0.21;
/// … up to this utilization. Above, the error is not known; from `SATURATED_ABOVE` there is nothing to predict.
const MODEL_HOLDS_UP_TO: f64 = 0.9;

/// Requests of the point estimate.
const ARRIVALS: usize = 200_000;
const WARM_UP: usize = 20_000;
/// Resamples of the interval, and requests of each. The warm-up is longer in proportion: from empty queues the 5,000
/// would show too short ones.
const RESAMPLES: usize = 30;
const RESAMPLE_ARRIVALS: usize = 5_000;
const RESAMPLE_WARM_UP: usize = 2_500;
/// Requests of each step of the search for the largest rate.
const RATE_ARRIVALS: usize = 20_000;

/// Which generator draws what.
const POINT_STREAM: u64 = 0;
const FIRST_RESAMPLED_STREAM: u64 = 1;
const FIRST_RESAMPLING: u64 = 1_000;

/// What one strategy would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Its name.
    pub strategy: &'static str,
    /// What runs out first.
    pub bottleneck: &'static str,
    /// Of the bottleneck; where threads share CPU, the share of time in which the busiest have work, if that is more.
    pub utilization: f64,
    /// Above 0.95: the queue has no length that could be predicted.
    pub saturated: bool,
    /// Of all requests. None when saturated.
    pub times: Option<Times>,
    /// Largest rate that is not saturated, in requests per second.
    pub max_rps: Estimate,
    /// MB beside what the process has now.
    pub memory_mb: Estimate,
}

impl Prediction {
    /// Whether the stated error was measured for such a case: it was not where threads share CPU.
    pub fn is_within_model(&self) -> bool {
        let shares_cpu = matches!(self.bottleneck, "cores" | "quota");
        !shares_cpu && self.utilization <= MODEL_HOLDS_UP_TO
    }
}

/// Response times in ms.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// The median.
    pub p50: Estimate,
    /// Nine in ten.
    pub p90: Estimate,
    /// 99 in a hundred.
    pub p99: Estimate,
    /// 99 in a hundred of the requests without heavy work; none when there are none.
    pub light_p99: Option<Estimate>,
}

/// Why there is no prediction.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Failure {
    /// The model makes no sense.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The environment that asked ends.
    #[error("the prediction was given up because its environment ends")]
    Stopped,
    /// The system gave no threads.
    #[error("{0}")]
    NoThreads(String),
    /// A bug.
    #[error("the prediction failed, which is a bug in offloop: {0}")]
    Panicked(String),
}

/// What one simulation shows.
#[derive(Clone, Copy)]
struct Shown {
    all: Percentiles,
    light_p99: Option<f64>,
    occupancy: f64,
}

/// [`predict`] for a caller that C called: no panic leaves it. Rayon hands on those of its threads.
///
/// # Errors
/// [`Failure`].
pub fn predict_contained(
    input: &ModelInput,
    stop: &AtomicBool,
) -> Result<Vec<Prediction>, Failure> {
    contained(|| predict(&Model::new(input)?, stop))
}

/// What `work` returns; a panic in it is a failure.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Failure::Panicked(said(panic.as_ref()).into())))
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message")
}

/// Predicts every strategy that `model` leaves possible; lightest first. Gives up soon after `stop` is set.
///
/// # Errors
/// [`Failure`].
pub fn predict(model: &Model, stop: &AtomicBool) -> Result<Vec<Prediction>, Failure> {
    let registry = registry().map_err(Failure::NoThreads)?;
    check(stop)?;
    registry.install(|| predict_here(model, stop))
}

fn predict_here(model: &Model, stop: &AtomicBool) -> Result<Vec<Prediction>, Failure> {
    let strategies: Vec<(Strategy, Layout)> = Strategy::ALL
        .into_iter()
        .filter_map(|strategy| Some((strategy, layout_of(strategy, model)?)))
        .collect();
    // With common random numbers equal queues show equal times: each is simulated once.
    let mut layouts: Vec<Layout> = Vec::new();
    for (_, layout) in &strategies {
        if !layouts.contains(layout) {
            layouts.push(*layout);
        }
    }
    let (points, resamples) = rayon::join(
        || points(model, &layouts, stop),
        || resamples(model, &layouts, stop),
    );
    let (points, resamples) = (points?, resamples?);
    Ok(strategies
        .into_iter()
        .map(|(strategy, layout)| {
            let index = layouts.iter().position(|other| *other == layout);
            let index = index.expect("every layout is in the list");
            let others: Vec<&Resample> = resamples.iter().map(|all| &all[index]).collect();
            assemble(strategy, model, &points[index], &others)
        })
        .collect())
}

/// The point estimate of one layout.
struct Point {
    bottleneck: Bottleneck,
    shown: Option<Shown>,
    max_rps: f64,
    /// What sharing the CPU leaves of the largest rate that the work alone allows.
    shared: f64,
}

fn points(model: &Model, layouts: &[Layout], stop: &AtomicBool) -> Result<Vec<Point>, Failure> {
    let generator = Generator::new(model.seed, POINT_STREAM);
    let stream = Stream::draw(model, WARM_UP, ARRIVALS, generator.clone());
    let short = Stream::draw(model, 0, RATE_ARRIVALS, generator);
    layouts
        .par_iter()
        .with_max_len(1)
        .map(|layout| {
            check(stop)?;
            let now = model.requests_per_second;
            let mut bottleneck = capacity::bottleneck(layout, model, now);
            let (shown, observed) = rayon::join(
                || {
                    (bottleneck.utilization <= SATURATED_ABOVE)
                        .then(|| show(layout, model, &stream))
                        .flatten()
                },
                || capacity::largest_rate_observed(layout, model, &short),
            );
            let shared = observed / capacity::largest_rate(layout, model);
            if let Some(shown) = &shown {
                bottleneck.utilization = bottleneck.utilization.max(shown.occupancy);
            }
            let saturated = bottleneck.utilization > SATURATED_ABOVE;
            Ok(Point {
                bottleneck,
                shown: shown.filter(|_| !saturated),
                // The long stream knows better than the short one on which side of the limit `now` is.
                max_rps: if saturated {
                    observed.min(now)
                } else {
                    observed.max(now)
                },
                shared,
            })
        })
        .collect()
}

/// One layout in one resample.
struct Resample {
    shown: Option<Shown>,
    max_rps: f64,
}

fn resamples(
    model: &Model,
    layouts: &[Layout],
    stop: &AtomicBool,
) -> Result<Vec<Vec<Resample>>, Failure> {
    (0..RESAMPLES)
        .into_par_iter()
        .with_max_len(1)
        .map(|index| {
            check(stop)?;
            let index = index as u64;
            let mut generator = Generator::new(model.seed, FIRST_RESAMPLING + index);
            let model = model.resampled(&mut generator);
            let generator = Generator::new(model.seed, FIRST_RESAMPLED_STREAM + index);
            let stream = Stream::draw(&model, RESAMPLE_WARM_UP, RESAMPLE_ARRIVALS, generator);
            Ok(layouts
                .iter()
                .map(|layout| {
                    let now = model.requests_per_second;
                    let utilization = capacity::bottleneck(layout, &model, now).utilization;
                    Resample {
                        shown: (utilization <= SATURATED_ABOVE)
                            .then(|| show(layout, &model, &stream))
                            .flatten(),
                        max_rps: capacity::largest_rate(layout, &model),
                    }
                })
                .collect())
        })
        .collect()
}

fn show(layout: &Layout, model: &Model, stream: &Stream) -> Option<Shown> {
    let observed = layout.simulate(model, model.requests_per_second, stream);
    let mut times = observed.sojourns;
    let counted = stream.warm_up..;
    let mut light: Vec<f64> = times[counted.clone()]
        .iter()
        .zip(&stream.requests[counted.clone()])
        .filter(|(_, request)| request.heavy == 0.0)
        .map(|(time, _)| *time)
        .collect();
    Some(Shown {
        all: Percentiles::of(&mut times[counted])?,
        light_p99: select(&mut light, 0.99),
        occupancy: observed.occupancy,
    })
}

fn assemble(
    strategy: Strategy,
    model: &Model,
    point: &Point,
    resamples: &[&Resample],
) -> Prediction {
    // A resample that is saturated has no times: without end, as far as anyone can tell.
    let over = |value: f64, of: fn(&Shown) -> f64| {
        let times = resamples
            .iter()
            .map(|resample| resample.shown.as_ref().map_or(f64::INFINITY, of));
        Estimate::from_resamples(value, times.collect())
    };
    let rates = resamples.iter().map(|other| other.max_rps * point.shared);
    Prediction {
        strategy: strategy.name(),
        bottleneck: point.bottleneck.name,
        utilization: point.bottleneck.utilization,
        saturated: point.shown.is_none(),
        times: point.shown.map(|shown| Times {
            p50: over(shown.all.p50, |shown| shown.all.p50),
            p90: over(shown.all.p90, |shown| shown.all.p90),
            p99: over(shown.all.p99, |shown| shown.all.p99),
            light_p99: shown
                .light_p99
                .map(|value| over(value, |shown| shown.light_p99.unwrap_or(f64::INFINITY))),
        }),
        max_rps: Estimate::from_resamples(point.max_rps, rates.collect()),
        memory_mb: memory::of(strategy, model),
    }
}

fn check(stop: &AtomicBool) -> Result<(), Failure> {
    if stop.load(Ordering::Relaxed) {
        return Err(Failure::Stopped);
    }
    Ok(())
}
