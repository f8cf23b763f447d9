//! Facts that could as well be the true ones: numbers a little off, words one step off.

use super::derived::SATURATED;
use super::fact::{Fact, Group, Kind, SPECS};
use super::facts::{Facts, Source};
use crate::random::Generator;

/// How far a number may be from what is said, as factors.
#[derive(Clone, Copy)]
struct Range(f64, f64);

/// What people say of their own load; research 4.4.
const DECLARED: Range = Range(0.7, 1.5);
/// What another window would have measured.
const MEASURED: Range = Range(0.9, 1.1);
/// The load of another hour of the day, by the one that was measured.
const HOUR: Range = Range(0.8, 1.5);
/// Two hardware threads of a core do the work of 1.3 cores, not of 2; research 3.
const SMT: Range = Range(0.65, 1.0);
/// Service times of functions, from a benchmark of some runs.
const SERVICE: Range = Range(0.8, 1.25);
/// Costs of cloning, where they were estimated by size; research 4.4.
const ESTIMATED_COST: Range = Range(0.5, 2.0);
/// What may be offered to a loop that is always busy, by what it does.
const HIDDEN: Range = Range(1.0, 4.0);
/// A word is one step off in one case of four.
const OTHER_WORD: f64 = 0.25;

/// Facts that are not estimates: wishes, limits and lengths are what they are.
const EXACT: &[Fact] = &[
    Fact::SloP99Ms,
    Fact::MemoryBudgetMb,
    Fact::Replicas,
    Fact::WindowSeconds,
    Fact::UptimeSeconds,
    Fact::Requests,
    Fact::Iterations,
    Fact::FullGcs,
];

/// Measured facts that follow the load.
const OF_THE_HOUR: &[Fact] = &[Fact::Utilization, Fact::CpuCores];

/// Moves every fact that is an estimate.
pub fn perturb(facts: &mut Facts, random: &mut Generator) {
    let smt = facts.is_set(Fact::Smt);
    let hidden = hidden_load(facts, random);
    let hour = random.between(HOUR.0, HOUR.1);
    for spec in SPECS {
        let Some(value) = facts.get(spec.fact) else {
            continue;
        };
        let source = facts.source(spec.fact);
        let moved = match (spec.group, spec.kind) {
            (Group::Intent, Kind::Choice(words)) => neighbour(value, words.len(), random),
            (Group::Derived, _) | (_, Kind::Flag | Kind::Choice(_)) => continue,
            _ if EXACT.contains(&spec.fact) || value == 0.0 => continue,
            (Group::Host, _) => match spec.fact {
                Fact::EffectiveCores if smt && source == Source::Host => {
                    value * random.between(SMT.0, SMT.1)
                }
                Fact::MemoryUsedMb => value * random.between(MEASURED.0, MEASURED.1),
                _ => continue,
            },
            (Group::Intent, Kind::Number { most, .. }) => {
                (value * random.between(DECLARED.0, DECLARED.1)).min(most)
            }
            (Group::Evidence, Kind::Number { most, .. }) => {
                let moved = value * random.between(MEASURED.0, MEASURED.1);
                let follows = OF_THE_HOUR.contains(&spec.fact);
                (if follows { moved * hour } else { moved }).min(most)
            }
        };
        facts.set(spec.fact, moved, source);
    }
    for function in facts.functions_mut() {
        let longer = random.between(SERVICE.0, SERVICE.1);
        function.p50_ms *= longer;
        function.p99_ms *= longer;
        function.calls_per_second *= hour * random.between(MEASURED.0, MEASURED.1);
        function.share = (function.share * random.between(MEASURED.0, MEASURED.1)).min(1.0);
        if !function.cost_is_measured {
            function.cost_ms *= random.between(ESTIMATED_COST.0, ESTIMATED_COST.1);
        }
    }
    for (fact, value) in hidden.into_iter().flatten() {
        facts.set(fact, value, Source::Declared);
    }
}

/// A loop that is always busy does not tell how much is asked of it: one of the loads that there may
/// be, as somebody would declare it. Nothing where it was declared or can be told from the calls.
fn hidden_load(facts: &Facts, random: &mut Generator) -> Option<[(Fact, f64); 3]> {
    let busy = facts
        .get(Fact::Utilization)
        .filter(|&busy| busy >= SATURATED)?;
    let declared =
        facts.get(Fact::RequestsPerSecond).is_some() && facts.get(Fact::CpuMsPerRequest).is_some();
    let called = facts
        .functions()
        .iter()
        .any(|function| !function.calls_per_second.is_nan());
    let done = facts.get(Fact::Requests)? / facts.get(Fact::WindowSeconds)?;
    if declared || called || done.is_nan() || done <= 0.0 {
        return None;
    }
    let asked = HIDDEN.0 * (HIDDEN.1 / HIDDEN.0).powf(random.uniform());
    let copies = facts.get(Fact::Replicas).unwrap_or(1.0);
    Some([
        (Fact::Utilization, busy),
        (Fact::RequestsPerSecond, done * copies * asked),
        (Fact::CpuMsPerRequest, 1000.0 * busy / done),
    ])
}

/// One step up or down a scale, sometimes. Two words are no scale but a statement.
fn neighbour(value: f64, words: usize, random: &mut Generator) -> f64 {
    if words <= 2 || random.uniform() >= OTHER_WORD {
        return value;
    }
    let last = (words - 1) as f64;
    let up = random.uniform() < 0.5;
    if value == 0.0 {
        1.0
    } else if value == last {
        last - 1.0
    } else if up {
        value + 1.0
    } else {
        value - 1.0
    }
}
