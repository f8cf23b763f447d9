//! How sure the advice is: how often facts that could as well be true lead to the same strategy, and
//! how often such an answer is right.

use super::calibration::Basis;
use super::decide::{Decision, decide};
use super::derived::derive;
use super::fact::{Fact, SPECS, quality};
use super::facts::{Facts, Source};
use super::perturb::perturb;
use super::rule::Effect;
use crate::random::{Generator, fold};
use crate::strategy::Strategy;

const SAMPLES: u32 = 200;

/// Between 0 and 1; the same for the same facts. `raw` are the facts as given, `facts` and
/// `decision` what was derived and decided from them.
pub fn confidence(raw: &Facts, facts: &Facts, decision: &Decision) -> f64 {
    let stability = stability(raw, decision);
    let mut confidence = basis(facts, decision).calibrated(stability.kept) * stability.consistent;
    for (_, effect) in decision.effects() {
        match effect {
            Effect::ConfidenceAtMost(most) => confidence = confidence.min(most),
            Effect::ConfidenceLess(less) => confidence -= less,
            _ => {}
        }
    }
    confidence.max(0.0)
}

/// What facts near the given ones lead to.
#[derive(Clone, Copy, Debug)]
pub struct Stability {
    /// The share of them that do not contradict themselves: the others support no answer.
    pub consistent: f64,
    /// Of these, the share that leads to the same strategy.
    pub kept: f64,
}

/// Looks around `raw`, from which `decision` follows.
pub fn stability(raw: &Facts, decision: &Decision) -> Stability {
    let mut random = Generator::new(seed(raw), 0);
    let (mut consistent, mut kept) = (0_u32, 0_u32);
    for _ in 0..SAMPLES {
        let mut sample = *raw;
        perturb(&mut sample, &mut random);
        derive(&mut sample);
        if !sample.is_set(Fact::Contradictory) {
            consistent += 1;
            kept += u32::from(decide(&sample).strategy == decision.strategy);
        }
    }
    Stability {
        consistent: f64::from(consistent) / f64::from(SAMPLES),
        kept: f64::from(kept) / f64::from(consistent.max(1)),
    }
}

/// What an answer rests on.
pub fn basis(facts: &Facts, decision: &Decision) -> Basis {
    let measured_window = facts.get(Fact::EvidenceQuality) == Some(quality::VALID);
    let both_ways = facts
        .functions()
        .first()
        .is_some_and(|function| function.cost_is_measured);
    if measured_window && both_ways && decision.strategy == Strategy::Offload {
        Basis::BothWays
    } else if measured_window {
        Basis::Window
    } else if facts.get(Fact::EffectiveCores).is_some()
        && facts.source(Fact::EffectiveCores) == Source::Host
    {
        Basis::Host
    } else {
        Basis::Declared
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
