//! How many threads and processes a strategy needs.

use super::decide::Decision;
use super::derived::{BARE_PROCESS_MB, THREAD_MB};
use super::fact::Fact;
use super::facts::Facts;
use super::rule::{Class, Effect};
use super::rules::RULES;
use crate::strategy::Strategy;

/// Threads and loops are sized so that each is busy for this part of the time; research R52.
const TARGET: f64 = 0.6;
/// Copies on further machines: research R30.
const SCALE_OUT_TARGET: f64 = 0.7;
/// Of the free memory, so much may be used; research R33.
const MEMORY_PART: f64 = 0.7;

/// The size of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Threads of a pool in each process: those to have, or with `none` those that an existing pool
    /// should not exceed where a rule sets a limit; 0 otherwise.
    pub threads: u32,
    /// Node processes in all, this one included; with `scale-out` those of all copies.
    pub processes: u32,
}

/// The size of `decision`.
pub fn size(facts: &Facts, decision: &Decision) -> Size {
    Size {
        threads: threads(facts, decision),
        processes: processes(facts, decision),
    }
}

/// The sizes at which a prediction compares strategies: each as large as its own advice would be.
pub struct Compared {
    /// Threads of a pool or of `worker_threads`.
    pub threads: u32,
    /// Processes of a cluster, or children.
    pub processes: u32,
    /// Copies after scaling out.
    pub replicas: u32,
}

/// See [`Compared`].
pub fn compared(facts: &Facts, decision: &Decision) -> Compared {
    let cores = whole_cores(facts);
    let by_load = facts
        .get(Fact::OfferedLoad)
        .map_or(cores, |load| count((load / TARGET).ceil()));
    let advised = size(facts, decision);
    let own = |uses: bool, advised: u32| {
        if uses {
            advised
        } else {
            by_load.clamp(1, cores)
        }
    };
    Compared {
        threads: own(uses_threads(decision), advised.threads),
        processes: own(decision.strategy == Strategy::Cluster, advised.processes),
        // The rate is that of this process: so many like it share it.
        replicas: facts
            .get(Fact::OfferedLoad)
            .map_or(2, |load| count((load / SCALE_OUT_TARGET).ceil()))
            .max(2),
    }
}

fn uses_threads(decision: &Decision) -> bool {
    uses(decision, Strategy::Offload) || uses(decision, Strategy::WorkerThreads)
}

fn uses(decision: &Decision, strategy: Strategy) -> bool {
    decision.strategy == strategy || decision.also.contains(strategy)
}

fn whole_cores(facts: &Facts) -> u32 {
    facts
        .get(Fact::CoresPerInstance)
        .map_or(1, |cores| count(cores.floor()))
        .max(1)
}

fn threads(facts: &Facts, decision: &Decision) -> u32 {
    let cores = whole_cores(facts);
    let limits = decision.effects().filter_map(|(_, effect)| match effect {
        Effect::Threads(most) => Some(most),
        Effect::ThreadsByCores => Some(cores),
        Effect::ThreadsByMemory => facts
            .get(Fact::FreeMemoryMb)
            .map(|free| count((MEMORY_PART * free / THREAD_MB).floor()).max(1)),
        _ => None,
    });
    if !uses_threads(decision) {
        let shared = decision
            .effects()
            .any(|(_, effect)| matches!(effect, Effect::ThreadsByCores));
        return if shared { cores } else { 0 };
    }
    let all_cores = decision
        .effects()
        .any(|(_, effect)| matches!(effect, Effect::AllCores));
    let share = facts
        .get(Fact::OffloadableShare)
        .filter(|&share| share > 0.0);
    let wanted = match facts.get(Fact::OfferedLoad) {
        Some(load) if !all_cores => {
            count((load * share.unwrap_or(1.0) / TARGET).ceil()).clamp(1, cores)
        }
        _ => cores,
    };
    limits.fold(wanted, u32::min)
}

fn processes(facts: &Facts, decision: &Decision) -> u32 {
    let least = decision
        .effects()
        .filter_map(|(_, effect)| match effect {
            Effect::Processes(least) => Some(least),
            _ => None,
        })
        .max()
        .unwrap_or(1);
    let present = facts.get(Fact::Instances).map_or(1, count).max(1);
    match decision.strategy {
        Strategy::Cluster => cluster(facts, decision).max(least).max(2),
        Strategy::ScaleOut => {
            let replicas = facts.get(Fact::Replicas).map_or(1, count);
            let needed = facts.get(Fact::CoresNeeded).map(count);
            needed.unwrap_or(replicas + 1).max(replicas + 1).max(least)
        }
        Strategy::ChildProcess => present + 1,
        _ => present,
    }
}

/// By load where the load is why there is a cluster, else no more than availability needs.
fn cluster(facts: &Facts, decision: &Decision) -> u32 {
    let for_load = decision.effects().any(|(rule, effect)| {
        RULES[rule].class == Class::Strategy && matches!(effect, Effect::Choose(Strategy::Cluster))
    });
    if !for_load {
        return 1;
    }
    let cores = whole_cores(facts);
    let by_load = facts
        .get(Fact::OfferedLoad)
        .map_or(cores, |load| count((load / TARGET).ceil()));
    let by_memory = facts
        .get(Fact::FreeMemoryMb)
        .zip(facts.get(Fact::RssMb))
        .map_or(u32::MAX, |(free, rss)| {
            1 + count((MEMORY_PART * free / (BARE_PROCESS_MB + rss)).floor())
        });
    by_load.min(cores).min(by_memory)
}

/// A number of things; whatever is larger is as good as unlimited.
fn count(number: f64) -> u32 {
    number.clamp(0.0, 1e6) as u32
}
