//! What would change the advice: for each fact, the nearest other value with another strategy.

use super::decide::decide;
use super::derived::derive;
use super::fact::{Fact, Group, Kind, SPECS, Spec, Unit};
use super::facts::{Facts, Source};
use crate::strategy::Strategy;

/// A change of one fact, and what would then be advised.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Which fact.
    pub subject: Subject,
    /// Its value now, where it is known.
    pub from: Option<f64>,
    /// The nearest value, to three digits, that changes the strategy.
    pub to: f64,
    /// The strategy then.
    pub strategy: Strategy,
}

/// What a flip is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A fact.
    Fact(Fact),
    /// The service time of a function, by its place in what the caller gave.
    FunctionTime(usize),
    /// Its cost on the main thread.
    FunctionCost(usize),
}

/// Each step of the search outward multiplies or divides by this.
const STEP: f64 = 2.0;
/// So many steps: a factor of four thousand.
const STEPS: u32 = 12;
/// Steps for shares, which have an end.
const SHARE_STEPS: u32 = 16;
/// Halvings between two steps: to 0.02 %.
const HALVINGS: u32 = 12;

/// In units of the third digit, what the halvings leave open.
const SEARCH_ERROR: f64 = 0.15;

/// Facts of the host that a deployment can change.
const CHANGEABLE: &[Fact] = &[
    Fact::EffectiveCores,
    Fact::Instances,
    Fact::MemoryLimitMb,
    Fact::Orchestrator,
];
/// Of measured facts, those that say something of the load. A longer window is not a change.
const TELLING: &[Fact] = &[
    Fact::Utilization,
    Fact::IterationP99Ms,
    Fact::LongTaskShare,
    Fact::GcShare,
    Fact::CpuPressureBefore,
    Fact::RssSlopeMbPerHour,
    Fact::LatencyP99Ms,
];
/// Facts worth knowing where they are unknown.
const WORTH_ASKING: &[(Fact, f64, f64)] = &[
    (Fact::CpuMsPerRequest, 0.1, 1000.0),
    (Fact::RequestsPerSecond, 0.1, 10_000.0),
    (Fact::Replicas, 1.0, 8.0),
    (Fact::Utilization, 0.05, 0.95),
];

/// All flips of `raw`, whose strategy is `now`; the nearest first.
pub fn flips(raw: &Facts, now: Strategy) -> Vec<Flip> {
    let mut found = Vec::new();
    for spec in SPECS.iter().filter(|spec| is_asked(spec)) {
        let subject = Subject::Fact(spec.fact);
        match (raw.get(spec.fact), spec.kind) {
            (Some(from), Kind::Number { .. }) => {
                let bounds = bounds(spec.kind);
                found.extend(outward(raw, subject, from, bounds, now));
            }
            (None, Kind::Number { .. }) => found.extend(unknown(raw, spec.fact, now)),
            (from, Kind::Flag) => found.extend(words(raw, spec.fact, from, 2, now)),
            (from, Kind::Choice(choices)) => {
                found.extend(words(raw, spec.fact, from, choices.len(), now));
            }
        }
    }
    for (place, function) in raw.functions().iter().enumerate().take(1) {
        let bounds = (0.0, 1e9);
        let times = Subject::FunctionTime(place);
        found.extend(outward(raw, times, function.p50_ms, bounds, now));
        if !function.cost_ms.is_nan() {
            let costs = Subject::FunctionCost(place);
            found.extend(outward(raw, costs, function.cost_ms, bounds, now));
        }
    }
    found.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    found
}

fn is_asked(spec: &Spec) -> bool {
    match spec.group {
        Group::Intent => true,
        Group::Host => CHANGEABLE.contains(&spec.fact),
        Group::Evidence => TELLING.contains(&spec.fact),
        Group::Derived => false,
    }
}

/// Numbers by the factor between the values, words after them.
fn distance(flip: &Flip) -> f64 {
    let is_number = match flip.subject {
        Subject::Fact(fact) => matches!(fact.spec().kind, Kind::Number { .. }),
        _ => true,
    };
    if !is_number {
        return 1e6;
    }
    let Some(from) = flip.from else {
        return 1e7;
    };
    let (low, high) = (from.min(flip.to), from.max(flip.to));
    (high.max(1e-9) / low.max(1e-9)).ln()
}

fn bounds(kind: Kind) -> (f64, f64) {
    match kind {
        Kind::Number {
            unit: Unit::Share,
            least,
            ..
        } => (least, 1.0),
        Kind::Number { least, most, .. } => (least, most),
        _ => (0.0, 1.0),
    }
}

/// The strategy where `subject` has another value.
fn ask(raw: &Facts, subject: Subject, value: f64) -> Strategy {
    let mut facts = *raw;
    match subject {
        Subject::Fact(fact) => {
            let source = if fact.spec().group == Group::Evidence {
                Source::Measured
            } else {
                Source::Declared
            };
            facts.set(fact, value, source);
        }
        Subject::FunctionTime(place) => {
            let function = &mut facts.functions_mut()[place];
            // Its share of the busy time is what it is: only the length of a call changes.
            function.p99_ms *= value / function.p50_ms;
            function.p50_ms = value;
        }
        Subject::FunctionCost(place) => facts.functions_mut()[place].cost_ms = value,
    }
    derive(&mut facts);
    decide(&facts).strategy
}

/// The nearest change upward and the nearest downward.
fn outward(
    raw: &Facts,
    subject: Subject,
    from: f64,
    (least, most): (f64, f64),
    now: Strategy,
) -> Vec<Flip> {
    if !from.is_finite() {
        return Vec::new();
    }
    let whole = matches!(subject, Subject::Fact(fact) if is_whole(fact));
    let is_share = matches!(
        subject,
        Subject::Fact(fact) if matches!(fact.spec().kind, Kind::Number { unit: Unit::Share, .. })
    );
    let steps = if is_share { SHARE_STEPS } else { STEPS };
    let grow = |i: u32, up: bool| -> f64 {
        let far = if up { most } else { least };
        if is_share {
            return from + (far - from) * f64::from(i) / f64::from(SHARE_STEPS);
        }
        let start = if from == 0.0 { 0.01 } else { from };
        let factor = STEP.powi(i32::try_from(i).unwrap_or(i32::MAX));
        let value = if up { start * factor } else { start / factor };
        let value = match (whole, up) {
            (true, true) => value.ceil(),
            (true, false) => value.floor(),
            _ => value,
        };
        value.clamp(least, most)
    };
    [true, false]
        .into_iter()
        .filter_map(|up| {
            let mut inside = from;
            for step in 1..=steps {
                let value = grow(step, up);
                if value == inside {
                    continue;
                }
                let strategy = ask(raw, subject, value);
                if strategy != now {
                    let found = (inside, value);
                    return Some(narrow(raw, subject, Some(from), found, whole, now));
                }
                inside = value;
            }
            None
        })
        .collect()
}

/// Halves what is between a value with the present strategy and one with another.
fn narrow(
    raw: &Facts,
    subject: Subject,
    from: Option<f64>,
    (mut inside, mut outside): (f64, f64),
    whole: bool,
    now: Strategy,
) -> Flip {
    for _ in 0..HALVINGS {
        let middle = if whole {
            f64::midpoint(inside, outside).round()
        } else {
            f64::midpoint(inside, outside)
        };
        if middle == inside || middle == outside {
            break;
        }
        if ask(raw, subject, middle) == now {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    let up = outside > inside;
    // Rounded; where that is on this side of the change, one more in the last digit.
    let to = [0.0, 1.0]
        .into_iter()
        .map(|more| to_three_digits(outside, up, more))
        .find(|&to| ask(raw, subject, to) != now)
        .unwrap_or(outside);
    let strategy = ask(raw, subject, to);
    Flip {
        subject,
        from,
        to,
        strategy,
    }
}

fn is_whole(fact: Fact) -> bool {
    matches!(
        fact.spec().kind,
        Kind::Number {
            unit: Unit::Count,
            ..
        }
    )
}

/// A fact that is unknown: where along its usual values does the strategy change?
fn unknown(raw: &Facts, fact: Fact, now: Strategy) -> Option<Flip> {
    let &(_, low, high) = WORTH_ASKING.iter().find(|(asked, ..)| *asked == fact)?;
    let subject = Subject::Fact(fact);
    let whole = is_whole(fact);
    let mut before: Option<(f64, Strategy)> = None;
    for step in 0..=SHARE_STEPS {
        let part = f64::from(step) / f64::from(SHARE_STEPS);
        let value = low * (high / low).powf(part);
        let value = if whole { value.round() } else { value };
        let strategy = ask(raw, subject, value);
        if let Some((last, last_strategy)) = before {
            let crossing = match (last_strategy == now, strategy == now) {
                (true, false) => Some((last, value)),
                (false, true) => Some((value, last)),
                _ => None,
            };
            if let Some(crossing) = crossing {
                return Some(narrow(raw, subject, None, crossing, whole, now));
            }
        }
        before = Some((value, strategy));
    }
    None
}

/// The words that would change it.
fn words(raw: &Facts, fact: Fact, from: Option<f64>, count: usize, now: Strategy) -> Vec<Flip> {
    (0..count)
        .map(|word| word as f64)
        .filter(|&word| Some(word) != from)
        .filter_map(|word| {
            let strategy = ask(raw, Subject::Fact(fact), word);
            (strategy != now).then_some(Flip {
                subject: Subject::Fact(fact),
                from,
                to: word,
                strategy,
            })
        })
        // The first word stands for all that lead to the same: one orchestrator is like another.
        .fold(Vec::new(), |mut kept: Vec<Flip>, flip| {
            if !kept.iter().any(|other| other.strategy == flip.strategy) {
                kept.push(flip);
            }
            kept
        })
}

/// Rounds outward, and by so many `more` of the last digit.
fn to_three_digits(value: f64, up: bool, more: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = value.abs().log10().floor() as i32 - 2;
    let digits = value / 10_f64.powi(exponent);
    // What the search cannot tell apart, so that 50 does not become 50.1.
    let digits = if up {
        (digits - SEARCH_ERROR).ceil() + more
    } else {
        (digits + SEARCH_ERROR).floor() - more
    };
    // Divided where that is exact: 699 × 0.001 is not 0.699.
    if exponent < 0 {
        digits / 10_f64.powi(-exponent)
    } else {
        digits * 10_f64.powi(exponent)
    }
}
