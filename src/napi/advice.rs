//! Advice for JavaScript: the table of facts goes out once, facts come in as numbers, advice goes out.

use napi::bindgen_prelude::{AsyncTask, Error, Result, Status};
use napi_derive::napi;

use super::prediction::{NativeServiceTimes, Simulation, simulate};

use crate::advice::fact::{Fact, Group, Kind, SPECS, Unit};
use crate::advice::facts::{Facts, Source};
use crate::advice::function::{self, FunctionFacts};
use crate::advice::{self, Strategy, Subject, derived};

/// A fact that advice may rest on; see src/advice/fact.rs.
#[napi(object)]
pub struct NativeFactSpec {
    /// Unique within its group.
    pub name: String,
    /// `intent`, `host`, `evidence` or `derived`.
    pub group: String,
    /// `number`, `flag` or `choice`.
    pub kind: String,
    /// Of a number: `ms`, `s`, `/s`, `share`, `cores`, `MB`, `MB/h` or `count`.
    pub unit: Option<String>,
    /// Of a number: the smallest.
    pub least: Option<f64>,
    /// Of a number: the largest; `Infinity` when that is one.
    pub most: Option<f64>,
    /// Of a choice: its words.
    pub words: Option<Vec<String>>,
}

/// A fact that is known.
#[napi(object)]
pub struct NativeKnownFact {
    /// Its place in the table of facts.
    pub id: u32,
    /// A number; 0 or 1 of a flag; the place of the word of a choice.
    pub value: f64,
    /// 0 declared, 1 read from the host, 2 measured.
    pub source: u32,
}

/// A function that was measured; see `FunctionEvidence` in index.d.ts.
#[napi(object)]
pub struct NativeFunctionFacts {
    /// Median service time, ms.
    pub p50_ms: f64,
    /// 99th percentile, ms.
    pub p99_ms: Option<f64>,
    /// Calls a second.
    pub calls_per_second: Option<f64>,
    /// Share of the loop's busy time.
    pub share: Option<f64>,
    /// Main-thread cost of an offloaded call, ms, as measured.
    pub main_thread_ms: Option<f64>,
    /// Size of the arguments.
    pub argument_bytes: Option<f64>,
    /// Size of the result.
    pub result_bytes: Option<f64>,
    /// Whether those are buffers and strings rather than objects.
    pub binary: bool,
    /// 0 JavaScript, 1 a synchronous API, 2 native code on its own threads.
    pub kind: u32,
    /// Share of the garbage.
    pub garbage_share: Option<f64>,
}

/// A fact that a reason rests on.
#[napi(object)]
pub struct NativeUsedFact {
    /// Its place in the table of facts.
    pub id: u32,
    /// As in `NativeKnownFact`.
    pub value: f64,
    /// `declared`, `host` or `measured`.
    pub source: String,
}

/// A rule that spoke.
#[napi(object)]
pub struct NativeReason {
    /// Its id.
    pub rule: String,
    /// What it says.
    pub text: String,
    /// What it looked at.
    pub facts: Vec<NativeUsedFact>,
    /// The line of the founding document.
    pub seed: Option<String>,
}

/// A strategy that was in question.
#[napi(object)]
pub struct NativeRejection {
    /// Which.
    pub strategy: String,
    /// Why not.
    pub why: String,
}

/// What would change the advice.
#[napi(object)]
pub struct NativeFlip {
    /// A fact's place in the table.
    pub id: Option<u32>,
    /// Or a function's place in what was given.
    pub function: Option<u32>,
    /// And which of its fields.
    pub field: Option<String>,
    /// The value now; none where it is unknown.
    pub from: Option<f64>,
    /// The nearest that changes it.
    pub to: f64,
    /// The strategy then.
    pub strategy: String,
}

/// Advice; see `Advice` in index.d.ts.
#[napi(object)]
pub struct NativeAdvice {
    /// What to do.
    pub strategy: String,
    /// Whether that leaves the main isolate.
    pub isolate: bool,
    /// Combinations.
    pub also: Vec<String>,
    /// Threads of a pool in each process.
    pub threads: u32,
    /// Processes in all.
    pub processes: u32,
    /// From 0 to 1.
    pub confidence: f64,
    /// Why.
    pub reasons: Vec<NativeReason>,
    /// Why not others.
    pub rejected: Vec<NativeRejection>,
    /// What would change it.
    pub flips: Vec<NativeFlip>,
    /// What to do first.
    pub fix_first: Vec<String>,
}

/// The table of facts.
#[napi]
pub fn fact_specs() -> Vec<NativeFactSpec> {
    let spec = |row: &advice::fact::Spec| {
        let (kind, unit, least, most, words) = match row.kind {
            Kind::Number { unit, least, most } => (
                "number",
                Some(unit_name(unit)),
                Some(least),
                Some(most),
                None,
            ),
            Kind::Flag => ("flag", None, None, None, None),
            Kind::Choice(words) => ("choice", None, None, None, Some(words)),
        };
        NativeFactSpec {
            name: row.name.to_owned(),
            group: match row.group {
                Group::Intent => "intent",
                Group::Host => "host",
                Group::Evidence => "evidence",
                Group::Derived => "derived",
            }
            .to_owned(),
            kind: kind.to_owned(),
            unit: unit.map(str::to_owned),
            least,
            most,
            words: words.map(|words| words.iter().map(|&word| word.to_owned()).collect()),
        }
    };
    SPECS.iter().map(spec).collect()
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Milliseconds => "ms",
        Unit::Seconds => "s",
        Unit::PerSecond => "/s",
        Unit::Share => "share",
        Unit::Cores => "cores",
        Unit::Megabytes => "MB",
        Unit::MegabytesPerHour => "MB/h",
        Unit::Count => "count",
    }
}

/// What a window must have to be rested on: the limits of rules R01 and R02.
#[napi(object)]
pub struct NativeEvidenceLimits {
    /// At least so long.
    pub window_seconds: f64,
    /// At least so many.
    pub requests: f64,
    /// At least so many.
    pub iterations: f64,
    /// The process at least so old.
    pub uptime_seconds: f64,
    /// At most so much.
    pub cpu_pressure_before: f64,
    /// At most so much.
    pub steal_share: f64,
}

/// The limits of rules R01 and R02, for those who measure.
#[napi]
pub fn evidence_limits() -> NativeEvidenceLimits {
    NativeEvidenceLimits {
        window_seconds: derived::SHORTEST_WINDOW,
        requests: derived::FEWEST_REQUESTS,
        iterations: derived::FEWEST_ITERATIONS,
        uptime_seconds: derived::WARM_UP,
        cpu_pressure_before: derived::MOST_PRESSURE,
        steal_share: derived::MOST_STEAL,
    }
}

/// From where on offloading a function is worth it, and from where on it is a must.
#[napi(object)]
pub struct NativeOffloadLimits {
    /// Service time, ms.
    pub worthwhile_ms: f64,
    /// Service time by the cost on the main thread.
    pub worthwhile_ratio: f64,
    /// Service time, ms.
    pub mandatory_ms: f64,
}

/// The limits that rules R50 and R51 judge a function by, for those who measure one.
#[napi]
pub fn offload_limits() -> NativeOffloadLimits {
    NativeOffloadLimits {
        worthwhile_ms: function::WORTHWHILE_MS,
        worthwhile_ratio: function::WORTHWHILE_RATIO,
        mandatory_ms: function::MANDATORY_MS,
    }
}

/// Only whether code should leave the main isolate.
#[napi]
#[allow(
    clippy::needless_pass_by_value,
    reason = "napi reads lists of objects into vectors only"
)]
pub fn should_isolate(known: Vec<NativeKnownFact>) -> bool {
    advice::strategy_for(&facts_of(&known, &[])).isolates()
}

/// What to do. `known` and `functions` have been checked against the table of facts.
#[napi]
#[allow(
    clippy::needless_pass_by_value,
    reason = "napi reads lists of objects into vectors only"
)]
pub fn advise(known: Vec<NativeKnownFact>, functions: Vec<NativeFunctionFacts>) -> NativeAdvice {
    let raw = facts_of(&known, &functions);
    let (advice, facts) = advice::advise(&raw);
    let names = |strategies: Vec<Strategy>| {
        strategies
            .into_iter()
            .map(|strategy| strategy.name().to_owned())
            .collect()
    };
    NativeAdvice {
        strategy: advice.strategy.name().to_owned(),
        isolate: advice.strategy.isolates(),
        also: names(advice.also),
        threads: advice.size.threads,
        processes: advice.size.processes,
        confidence: advice.confidence,
        reasons: advice
            .reasons
            .into_iter()
            .map(|reason| NativeReason {
                rule: reason.rule.to_owned(),
                text: reason.text,
                facts: used(&facts, &reason.facts),
                seed: reason.seed.map(str::to_owned),
            })
            .collect(),
        rejected: advice
            .rejected
            .into_iter()
            .map(|rejection| NativeRejection {
                strategy: rejection.strategy.name().to_owned(),
                why: rejection.why,
            })
            .collect(),
        flips: advice
            .flips
            .iter()
            .map(|flip| native_flip(flip, &raw))
            .collect(),
        fix_first: advice.fix_first,
    }
}

/// Predicts what each strategy would do with the load that these facts tell. Throws `InvalidArg`
/// with the names of the facts that are missing.
#[napi(ts_return_type = "Promise<NativePrediction[]>")]
#[allow(
    clippy::needless_pass_by_value,
    reason = "napi reads lists of objects into vectors only"
)]
pub fn predict_advice(
    known: Vec<NativeKnownFact>,
    functions: Vec<NativeFunctionFacts>,
    service_times: Option<NativeServiceTimes>,
) -> Result<AsyncTask<Simulation>> {
    let histogram = service_times.map(|times| advice::Histogram {
        ms: times.ms.unwrap_or_default(),
        count: times.count.unwrap_or_default(),
    });
    let model = advice::model(&facts_of(&known, &functions), histogram.as_ref())
        .map_err(|missing| Error::new(Status::InvalidArg, missing))?;
    Ok(simulate(model))
}

fn used(facts: &Facts, used: &[Fact]) -> Vec<NativeUsedFact> {
    used.iter()
        .map(|&fact| NativeUsedFact {
            id: fact as u32,
            value: facts.get(fact).unwrap_or(f64::NAN),
            source: facts.source(fact).name().to_owned(),
        })
        .collect()
}

fn native_flip(flip: &advice::Flip, raw: &Facts) -> NativeFlip {
    let function = |place: usize| Some(raw.functions()[place].index as u32);
    let (id, function, field) = match flip.subject {
        Subject::Fact(fact) => (Some(fact as u32), None, None),
        Subject::FunctionTime(place) => (None, function(place), Some("p50Ms".to_owned())),
        Subject::FunctionCost(place) => (None, function(place), Some("mainThreadMs".to_owned())),
    };
    NativeFlip {
        id,
        function,
        field,
        from: flip.from,
        to: flip.to,
        strategy: flip.strategy.name().to_owned(),
    }
}

fn facts_of(known: &[NativeKnownFact], functions: &[NativeFunctionFacts]) -> Facts {
    let mut facts = Facts::default();
    for given in known {
        let Some(spec) = SPECS.get(given.id as usize) else {
            continue;
        };
        let source = match given.source {
            0 => Source::Declared,
            1 => Source::Host,
            _ => Source::Measured,
        };
        facts.set(spec.fact, given.value, source);
    }
    let functions: Vec<FunctionFacts> = functions.iter().enumerate().map(function_of).collect();
    facts.set_functions(&functions);
    facts
}

fn function_of((index, given): (usize, &NativeFunctionFacts)) -> FunctionFacts {
    let or_unknown = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let estimate = FunctionFacts::estimate_cost(
        or_unknown(given.argument_bytes),
        or_unknown(given.result_bytes),
        given.binary,
    );
    FunctionFacts {
        index,
        p50_ms: given.p50_ms,
        p99_ms: or_unknown(given.p99_ms),
        calls_per_second: or_unknown(given.calls_per_second),
        share: or_unknown(given.share),
        cost_ms: given.main_thread_ms.unwrap_or(estimate),
        cost_is_measured: given.main_thread_ms.is_some(),
        garbage_share: or_unknown(given.garbage_share),
        kind: f64::from(given.kind),
    }
}
