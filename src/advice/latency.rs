//! Latency by closed forms: as things are, and with the hot functions on threads of their own.

use super::derived::SATURATED;
use super::fact::Fact;
use super::facts::Facts;
use crate::queueing::closed_form::{Stream, p99_ms, p99_wait_ms};

/// The goal where none is given: 100 ms, or three times an undisturbed request.
const DEFAULT_SLO_MS: f64 = 100.0;
const DEFAULT_SLO_RATIO: f64 = 3.0;

/// The facts of latency: the present one, whether its goal is met, what offloading would gain.
pub fn latency(facts: &mut Facts) {
    use Fact::{
        LatencyP99Ms, OfferedLoad, PredictedGain, PredictedGainMs, PreferSimplicity, PresentP99Ms,
        RequestRate, ServiceMs, SimplicitySuffices, SloMet, SloP99Ms,
    };
    let estimate = estimate(facts);
    if facts.get(LatencyP99Ms).is_some() {
        facts.derive(PresentP99Ms, facts.get(LatencyP99Ms), &[LatencyP99Ms]);
    } else {
        let value = estimate.as_ref().map(|estimate| estimate.present_p99_ms);
        facts.derive(PresentP99Ms, value, &[OfferedLoad, RequestRate, ServiceMs]);
    }
    let gain = estimate.and_then(|estimate| estimate.gain);
    let inputs = [OfferedLoad, RequestRate, ServiceMs];
    facts.derive(PredictedGain, gain.map(|gain| gain.share), &inputs);
    facts.derive(PredictedGainMs, gain.map(|gain| gain.ms), &inputs);

    let simple = facts.is_set(PreferSimplicity);
    let undisturbed = facts.get(ServiceMs);
    let goal = facts.get(SloP99Ms).or_else(|| {
        simple.then(|| DEFAULT_SLO_MS.max(DEFAULT_SLO_RATIO * undisturbed.unwrap_or(0.0)))
    });
    let unreachable = facts.get(OfferedLoad).is_some_and(|load| load >= SATURATED);
    let met = match goal {
        Some(goal) if goal.is_infinite() => Some(!unreachable),
        Some(goal) => facts
            .get(PresentP99Ms)
            .map(|p99| p99 <= goal && !unreachable),
        None => None,
    };
    facts.derive_flag(SloMet, met, &[SloP99Ms, PreferSimplicity, PresentP99Ms]);
    let suffices = met.map(|met| simple && met);
    facts.derive_flag(SimplicitySuffices, suffices, &[PreferSimplicity, SloMet]);
}

/// What closed forms say of the present, and of offloading.
struct Estimate {
    /// The 99th percentile of all requests as things are, in ms.
    present_p99_ms: f64,
    /// What offloading takes off the 99th percentile, of light or of heavy requests, whichever gains
    /// more. Nothing where no function is known.
    gain: Option<Gain>,
}

/// What a change takes off a latency.
#[derive(Clone, Copy)]
struct Gain {
    /// Of the latency before.
    share: f64,
    /// In ms; infinite where the server could not keep up before.
    ms: f64,
}

impl Gain {
    fn of(before: f64, after: f64) -> Self {
        if after.is_infinite() || after >= before {
            return Self {
                share: 0.0,
                ms: 0.0,
            };
        }
        let share = if before.is_infinite() {
            1.0
        } else {
            1.0 - after / before
        };
        Self {
            share,
            ms: before - after,
        }
    }
}

/// Nothing without a rate and a service time, and nothing where no client waits.
fn estimate(facts: &Facts) -> Option<Estimate> {
    if facts.is_set(Fact::Batch) || facts.is_set(Fact::Spin) {
        return None;
    }
    let offered = facts.get(Fact::OfferedLoad)?;
    let request_rate = facts.get(Fact::RequestRate);
    let Some((heavy, cost)) = offloadable_streams(facts, offered) else {
        let rate = request_rate.filter(|&rate| rate > 0.0)?;
        // A saturated loop's own service time hides what is offered to it.
        let ms = facts.get(Fact::ServiceMs)?.max(1000.0 * offered / rate);
        return Some(Estimate {
            present_p99_ms: p99_ms(&[Stream::exponential(rate, ms)]),
            gain: None,
        });
    };
    let light_load = (offered - heavy.rate * heavy.mean_ms / 1000.0).max(0.0);
    let light_rate = request_rate.map_or(0.0, |rate| (rate - heavy.rate).max(0.0));
    let light_ms = if light_rate > 0.0 {
        1000.0 * light_load / light_rate
    } else {
        0.0
    };
    let light = Stream::exponential(light_rate, light_ms);
    // Threads that each take their part, rather than one queue for all: a little pessimistic.
    let threads = facts
        .get(Fact::CoresPerInstance)
        .map_or(1.0, |cores| cores.floor().max(1.0));
    let on_one_thread = Stream {
        rate: heavy.rate / threads,
        ..heavy
    };
    let wait_inline = p99_wait_ms(&[light, heavy]);
    let wait_offloaded = p99_wait_ms(&[light, cost]);
    let for_heavy = Gain::of(
        wait_inline + heavy.mean_ms,
        wait_offloaded + p99_ms(&[on_one_thread]),
    );
    let for_light = Gain::of(wait_inline + light_ms, wait_offloaded + light_ms);
    Some(Estimate {
        present_p99_ms: p99_ms(&[light, heavy]),
        gain: Some(if light_rate > 0.0 && for_light.share > for_heavy.share {
            for_light
        } else {
            for_heavy
        }),
    })
}

/// The functions worth offloading as work for a server, and what offloading leaves of it on the
/// main thread. Nothing where no rate of calls is known.
fn offloadable_streams(facts: &Facts, offered: f64) -> Option<(Stream, Stream)> {
    let mut rate = 0.0;
    let mut load = 0.0;
    let mut squares = 0.0;
    let mut cost = 0.0;
    for function in facts.functions() {
        let own_load = function.load_of(offered);
        if own_load.is_nan() || !function.is_worth_offloading() {
            continue;
        }
        let calls = 1000.0 * own_load / function.p50_ms;
        rate += calls;
        load += own_load;
        squares += calls * function.p50_ms * function.p50_ms;
        cost += calls * function.cost_ms.max(0.0);
    }
    (rate > 0.0).then(|| {
        let work = Stream {
            rate,
            mean_ms: 1000.0 * load / rate,
            second_moment: squares / rate,
        };
        (work, Stream::constant(rate, cost / rate))
    })
}
