//! How much a strategy can carry.

use super::layout::{Layout, Shape};
use super::model::{Heavy, Model};
use super::stream::Stream;

/// Above this utilization of its bottleneck a strategy is saturated: the queue's length is a matter of luck.
pub const SATURATED_ABOVE: f64 = 0.95;

/// What runs out first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bottleneck {
    /// `main-thread`, `pool`, `threads` (each with the whole application), `cores` or `quota`.
    pub name: &'static str,
    /// Work per second that it gets over what it can do; above 1 the queue grows without end.
    pub utilization: f64,
}

/// The bottleneck at `per_second`: the group of threads, or the CPU, with the highest utilization.
pub fn bottleneck(layout: &Layout, model: &Model, per_second: f64) -> Bottleneck {
    let rate = per_second / 1_000.0 / layout.hosts as f64;
    let heavy = model.heavy.as_ref().map_or(0.0, Heavy::mean_per_request);
    let light = model.light.mean();
    let mut all = Vec::with_capacity(4);
    let work = match layout.shape {
        Shape::Copies(count) => {
            all.push(("threads", rate * (light + heavy) / count as f64));
            light + heavy
        }
        Shape::Pool { workers, cost_ms } => {
            let share = model.heavy.as_ref().map_or(0.0, |heavy| heavy.share);
            let main = light + share * cost_ms;
            all.push(("main-thread", rate * main));
            all.push(("pool", rate * heavy / workers as f64));
            main + heavy
        }
    };
    all.push(("cores", rate * work / model.cores));
    if let Some(quota) = model.quota {
        all.push(("quota", rate * work / quota));
    }
    let (name, utilization) = all
        .into_iter()
        // The first of equals: threads before cores.
        .reduce(|most, next| if next.1 > most.1 { next } else { most })
        .expect("the cores are always one");
    Bottleneck { name, utilization }
}

/// The largest rate at which no utilization is above `SATURATED_ABOVE`. They are all in proportion to the rate.
pub fn largest_rate(layout: &Layout, model: &Model) -> f64 {
    let now = model.requests_per_second;
    SATURATED_ABOVE * now / bottleneck(layout, model, now).utilization
}

/// The same where threads share cores or a quota: they are busy longer than their work takes, and a queue can grow
/// although every utilization is below 1. Found by bisection between half of what the work alone allows and all of it.
pub fn largest_rate_observed(layout: &Layout, model: &Model, stream: &Stream) -> f64 {
    /// To 0.4 % of the range, which is below the noise of a short stream.
    const STEPS: u32 = 7;
    let most = largest_rate(layout, model);
    let carries = |rate: f64| layout.simulate(model, rate, stream).occupancy <= SATURATED_ABOVE;
    if !layout.shares_cpu(model) || carries(most) {
        return most;
    }
    let (mut low, mut high) = (most / 2.0, most);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if carries(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
