//! How sure the advice is: how often facts that could as well be true lead to the same strategy.

use super::decide::{Decision, decide};
use super::derived::derive;
use super::fact::{Fact, SPECS, quality};
use super::facts::{Facts, Source};
use super::perturb::perturb;
use super::rule::Effect;
use super::strategy::Strategy;
use crate::random::{Generator, fold};

const SAMPLES: u32 = 200;

// Caps by what the advice rests on; research 4.4.
const DECLARED_ONLY: f64 = 0.5;
const WITH_HOST_FACTS: f64 = 0.6;
const MEASURED: f64 = 0.9;
const MEASURED_BOTH_WAYS: f64 = 0.98;

/// Between 0 and 1; the same for the same facts. `raw` are the facts as given, `facts` and
/// `decision` what was derived and decided from them.
pub fn confidence(raw: &Facts, facts: &Facts, decision: &Decision) -> f64 {
    let mut random = Generator::new(seed(raw), 0);
    let mut kept = 0_u32;
    for _ in 0..SAMPLES {
        let mut sample = *raw;
        perturb(&mut sample, &mut random);
        derive(&mut sample);
        // What contradicts itself supports no answer.
        let contradicts = sample.is_set(Fact::Contradictory);
        if !contradicts && decide(&sample).strategy == decision.strategy {
            kept += 1;
        }
    }
    let share = f64::from(kept) / f64::from(SAMPLES);
    let mut confidence = share * cap(facts, decision);
    for (_, effect) in decision.effects() {
        match effect {
            Effect::ConfidenceAtMost(most) => confidence = confidence.min(most),
            Effect::ConfidenceLess(less) => confidence -= less,
            _ => {}
        }
    }
    confidence.max(0.0)
}

fn cap(facts: &Facts, decision: &Decision) -> f64 {
    let measured_window = facts.get(Fact::EvidenceQuality) == Some(quality::VALID);
    let both_ways = facts
        .functions()
        .first()
        .is_some_and(|function| function.cost_is_measured);
    if measured_window && both_ways && decision.strategy == Strategy::Offload {
        MEASURED_BOTH_WAYS
    } else if measured_window {
        MEASURED
    } else if facts.get(Fact::EffectiveCores).is_some()
        && facts.source(Fact::EffectiveCores) == Source::Host
    {
        WITH_HOST_FACTS
    } else {
        DECLARED_ONLY
    }
}

/// Depends on every fact that is given, and on nothing else.
pub fn seed(raw: &Facts) -> u64 {
    let facts = SPECS
        .iter()
        .filter_map(|spec| raw.get(spec.fact).map(|value| (spec.fact as u64, value)));
    let functions = raw.functions().iter().flat_map(|function| {
        [
            function.p50_ms,
            function.p99_ms,
            function.calls_per_second,
            function.share,
            function.cost_ms,
        ]
    });
    let seed = facts.fold(0, |seed, (fact, value)| {
        fold(fold(seed, fact), value.to_bits())
    });
    functions.fold(seed, |seed, value| fold(seed, value.to_bits()))
}
