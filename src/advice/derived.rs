//! Facts that follow from others: offered load, the shape of the work, what waits behind what.
//!
//! Each is computed in one place, from facts that are named beside it. Measured values win over
//! declared ones; a window that is too short to rest on is set aside first (rule R01).

use super::fact::{Fact, Group, hot_kind, level, quality, shape, workload};
use super::facts::{Facts, Source};
use super::function::{FunctionFacts, MANDATORY_MS, WORTHWHILE_MS};
use super::latency::latency;

/// Below: low. Research, finding 2.
const LOW_LOAD: f64 = 0.3;
/// Above: high.
const HIGH_LOAD: f64 = 0.7;
/// A loop that is busier than this hides how much is offered to it.
pub const SATURATED: f64 = 0.95;
/// A shorter window, in seconds, cannot be rested on; research R01.
pub const SHORTEST_WINDOW: f64 = 30.0;
/// Fewer requests cannot either.
pub const FEWEST_REQUESTS: f64 = 1000.0;
/// Nor can fewer iterations of the loop.
pub const FEWEST_ITERATIONS: f64 = 200.0;
/// Pressure from neighbours before the window that spoils it; research R02.
pub const MOST_PRESSURE: f64 = 0.1;
/// The same for a hypervisor's steal.
pub const MOST_STEAL: f64 = 0.05;
/// A process younger than this, in seconds, is still compiling.
pub const WARM_UP: f64 = 10.0;
/// A loop that is this busy without a request works through something, or turns on the spot.
const BUSY_ALONE: f64 = 0.9;
/// A task this long, in ms, is noticed by those who wait behind it.
const NOTICEABLE_MS: f64 = 20.0;
/// A loop that is less busy than this is at ease; research R61.
const AT_EASE: f64 = 0.5;
/// Where iterations serve more requests than this on average, they are batches.
const MOST_A_TURN: f64 = 2.0;
/// Long tasks that take less of the time than this touch less than one request in a hundred.
const RARE: f64 = 0.01;
/// From this load on, a function's own next call waits behind it often enough to matter.
const WAITS_FOR_ITSELF: f64 = 0.1;
/// Offloadable functions hold this share of the busy time: they are where to begin.
const CONCENTRATED_SHARE: f64 = 0.5;
/// Or at least this: worth it where nothing better fits.
const MIXED_SHARE: f64 = 0.2;
/// A bare Node process, proportional set size; research 4.5.
pub const BARE_PROCESS_MB: f64 = 15.0;
/// The primary of a cluster.
const PRIMARY_MB: f64 = 45.0;
/// A thread with its isolate and a little heap.
pub const THREAD_MB: f64 = 10.0;

/// Computes every derived fact anew.
pub fn derive(facts: &mut Facts) {
    evidence(facts);
    host(facts);
    load(facts);
    functions(facts);
    batch(facts);
    blocking(facts);
    contradictions(facts);
    latency(facts);
    memory(facts);
}

fn evidence(facts: &mut Facts) {
    use Fact::{
        CpuPressureBefore, Disturbed, EvidenceQuality, Informed, Iterations, Requests, StealShare,
        UptimeSeconds, Utilization, WindowSeconds,
    };
    let at_most = |fact, most| facts.get(fact).is_some_and(|value| value < most);
    let exceeds = |fact, least| facts.get(fact).is_some_and(|value| value > least);
    // A script without clients has no requests, and its iterations may be seconds long. A server
    // that nobody has asked anything yet has none either, and nothing can be said of it.
    let serves = !is_busy_alone(facts);
    let value = if !facts.knows(Group::Evidence) {
        quality::ABSENT
    } else if at_most(WindowSeconds, SHORTEST_WINDOW)
        || serves && (at_most(Requests, FEWEST_REQUESTS) || at_most(Iterations, FEWEST_ITERATIONS))
    {
        quality::INSUFFICIENT
    } else if facts.get(WindowSeconds).is_none() || facts.get(Utilization).is_none() {
        quality::UNSTATED
    } else {
        quality::VALID
    };
    let informed =
        value != quality::ABSENT || facts.knows(Group::Intent) || !facts.functions().is_empty();
    let disturbed = exceeds(CpuPressureBefore, MOST_PRESSURE)
        || exceeds(StealShare, MOST_STEAL)
        || at_most(UptimeSeconds, WARM_UP);
    let inputs = [WindowSeconds, Requests, Iterations];
    facts.derive(EvidenceQuality, Some(value), &inputs);
    facts.derive_flag(
        Disturbed,
        Some(disturbed),
        &[CpuPressureBefore, StealShare, UptimeSeconds],
    );
    facts.derive_flag(Informed, Some(informed), &[]);
    if value == quality::INSUFFICIENT {
        facts.forget(Group::Evidence);
        // Shares are of that window; how long a call takes, and how often its caller makes it, is not.
        for function in facts.functions_mut() {
            function.share = f64::NAN;
            function.garbage_share = f64::NAN;
        }
    }
}

fn is_busy_alone(facts: &Facts) -> bool {
    facts.get(Fact::Requests) == Some(0.0)
        && facts
            .get(Fact::Utilization)
            .is_some_and(|busy| busy >= BUSY_ALONE)
}

fn host(facts: &mut Facts) {
    use Fact::{
        Copies, CoresPerInstance, EffectiveCores, HostThrottledShare, Instances, Replicas,
        Serverless, ThrottledShare, Throttling,
    };
    let instances = facts.get(Instances).unwrap_or(1.0);
    let cores = facts.get(EffectiveCores).map(|cores| cores / instances);
    facts.derive(CoresPerInstance, cores, &[EffectiveCores, Instances]);

    // A serverless platform starts another instance where one fell.
    let platform =
        facts.get(Serverless).map_or(
            1.0,
            |kind| if kind == super::fact::NONE { 1.0 } else { 2.0 },
        );
    let copies = facts
        .get(Replicas)
        .unwrap_or(1.0)
        .max(instances)
        .max(platform);
    facts.derive(Copies, Some(copies), &[Replicas, Instances, Serverless]);

    let throttling = facts
        .get(ThrottledShare)
        .or_else(|| facts.get(HostThrottledShare));
    let from = if facts.get(ThrottledShare).is_some() {
        ThrottledShare
    } else {
        HostThrottledShare
    };
    facts.derive(Throttling, throttling, &[from]);
}

fn load(facts: &mut Facts) {
    use Fact::{
        CapacityUse, CoresNeeded, CoresPerInstance, CpuMsPerRequest, LoadLevel, OfferedLoad,
        Replicas, RequestRate, Requests, RequestsPerSecond, ServiceMs, Traffic, Utilization,
        WindowSeconds,
    };
    let measured_rate = facts
        .get(Requests)
        .zip(facts.get(WindowSeconds))
        .filter(|&(requests, seconds)| requests > 0.0 && seconds > 0.0)
        .map(|(requests, seconds)| requests / seconds);
    let declared_rate = facts
        .get(RequestsPerSecond)
        .map(|rate| rate / facts.get(Replicas).unwrap_or(1.0));
    if measured_rate.is_some() {
        facts.derive(RequestRate, measured_rate, &[Requests, WindowSeconds]);
    } else {
        facts.derive(RequestRate, declared_rate, &[RequestsPerSecond, Replicas]);
    }

    let utilization = facts.get(Utilization);
    let measured_ms = utilization
        .zip(measured_rate)
        .map(|(busy, rate)| 1000.0 * busy / rate);
    if measured_ms.is_some() {
        facts.derive(
            ServiceMs,
            measured_ms,
            &[Utilization, Requests, WindowSeconds],
        );
    } else {
        facts.derive(ServiceMs, facts.get(CpuMsPerRequest), &[CpuMsPerRequest]);
    }

    let declared = declared_rate
        .zip(facts.get(CpuMsPerRequest))
        .map(|(rate, ms)| rate * ms / 1000.0);
    let called: f64 = facts
        .functions()
        .iter()
        .map(FunctionFacts::load)
        .filter(|load| !load.is_nan())
        .sum();
    match utilization {
        // A saturated loop is busy all the time, however much more is asked of it.
        Some(busy) if busy >= SATURATED && declared.is_some_and(|load| load > busy) => {
            facts.derive(OfferedLoad, declared, &[RequestsPerSecond, CpuMsPerRequest]);
        }
        Some(busy) if busy >= SATURATED && called > busy => {
            facts.set(OfferedLoad, called, Source::Measured);
        }
        Some(_) => facts.derive(OfferedLoad, utilization, &[Utilization]),
        None if called > declared.unwrap_or(0.0) => {
            facts.set(OfferedLoad, called, Source::Measured);
        }
        None => facts.derive(
            OfferedLoad,
            declared,
            &[RequestsPerSecond, CpuMsPerRequest, Replicas],
        ),
    }

    let offered = facts.get(OfferedLoad);
    let by_number = offered.map(|load| {
        if load < LOW_LOAD {
            level::LOW
        } else if load <= HIGH_LOAD {
            level::MEDIUM
        } else {
            level::HIGH
        }
    });
    if by_number.is_some() {
        facts.derive(LoadLevel, by_number, &[OfferedLoad]);
    } else {
        facts.derive(LoadLevel, facts.get(Traffic), &[Traffic]);
    }
    let used = offered
        .zip(facts.get(CoresPerInstance))
        .map(|(load, cores)| load / cores);
    facts.derive(CapacityUse, used, &[OfferedLoad, CoresPerInstance]);
    let copies = facts.get(Replicas).unwrap_or(1.0);
    let needed = offered.map(|load| (load * copies / HIGH_LOAD).ceil().max(1.0));
    facts.derive(CoresNeeded, needed, &[OfferedLoad, Replicas]);
}

/// The share of the busy time that a function holds, given or by its rate.
fn share_of(function: &FunctionFacts, offered: Option<f64>) -> Option<f64> {
    if !function.share.is_nan() {
        return Some(function.share);
    }
    let load = function.load();
    offered
        .filter(|&offered| offered > 0.0 && !load.is_nan())
        .map(|offered| (load / offered).min(1.0))
}

fn functions(facts: &mut Facts) {
    use Fact::{
        CloneShare, CpuMsPerRequest, GarbageShare, HotKind, LongTaskShare, OfferedLoad,
        OffloadableShare, RestLoad, Shape, TaskMs, TopShare, Workload,
    };
    let offered = facts.get(OfferedLoad);
    let Some(&top) = facts.functions().first() else {
        let cpu = facts.get(Workload) == Some(workload::CPU);
        let long = facts
            .get(CpuMsPerRequest)
            .is_some_and(|ms| ms >= MANDATORY_MS);
        let stalls = has_stalls(facts);
        let (value, from) = match facts.get(Workload) {
            _ if stalls => (Some(shape::CONCENTRATED), LongTaskShare),
            _ if long => (Some(shape::CONCENTRATED), CpuMsPerRequest),
            Some(_) if cpu => (Some(shape::CONCENTRATED), Workload),
            Some(_) => (Some(shape::SPREAD), Workload),
            None => (None, Workload),
        };
        facts.derive(Shape, value, &[from]);
        // Declared CPU-bound: all of it is taken to be in what one would offload.
        let whole = cpu.then_some(1.0);
        facts.derive(OffloadableShare, whole, &[Workload]);
        facts.derive(TopShare, whole, &[Workload]);
        facts.derive(TaskMs, facts.get(CpuMsPerRequest), &[CpuMsPerRequest]);
        for unknown in [CloneShare, GarbageShare, HotKind, RestLoad] {
            facts.derive(unknown, None, &[]);
        }
        return;
    };

    let all = facts.functions();
    let lone = all.len() == 1;
    let worth: Worth = all
        .iter()
        .filter(|function| function.is_worth_offloading())
        .fold(Worth::default(), |sum, function| Worth {
            share: sum.share + share_of(function, offered).unwrap_or(0.0),
            garbage: sum.garbage + function.garbage_share.max(0.0),
            longest: sum.longest.max(function.longest_ms()),
            count: sum.count + 1,
        });
    let offloadable = worth.share.min(1.0);
    // A lone function of unknown share is why somebody asks.
    let unknown_share = worth.count > 0 && worth.share == 0.0;
    let value = if offloadable >= CONCENTRATED_SHARE
        || worth.longest >= MANDATORY_MS
        || lone && unknown_share
    {
        shape::CONCENTRATED
    } else if offloadable >= MIXED_SHARE {
        shape::MIXED
    } else {
        shape::SPREAD
    };
    let garbage = all
        .iter()
        .any(|function| !function.garbage_share.is_nan())
        .then_some(worth.garbage.min(1.0));
    let top_share = share_of(&top, offered).or(lone.then_some(1.0));
    let clone_share = (!top.cost_ms.is_nan() && top.p50_ms > 0.0).then(|| top.cost_ms / top.p50_ms);

    let measured = Source::Measured;
    facts.set(Shape, value, measured);
    facts.set(OffloadableShare, offloadable, measured);
    facts.set(TopShare, top_share.unwrap_or(f64::NAN), measured);
    facts.set(TaskMs, top.p50_ms, measured);
    facts.set(CloneShare, clone_share.unwrap_or(f64::NAN), measured);
    facts.set(HotKind, top.kind, measured);
    facts.set(GarbageShare, garbage.unwrap_or(f64::NAN), measured);
    let rest = offered.map(|load| load * (1.0 - offloadable));
    facts.derive(RestLoad, rest, &[OfferedLoad]);
}

/// What the functions that are worth offloading add up to.
#[derive(Default)]
struct Worth {
    share: f64,
    garbage: f64,
    longest: f64,
    count: usize,
}

fn batch(facts: &mut Facts) {
    use Fact::{Batch, CapacityUse, IterationP99Ms, Requests, Spin, Utilization};
    let inputs = [Requests, Utilization, IterationP99Ms];
    let busy_alone = is_busy_alone(facts);
    let iteration = facts.get(IterationP99Ms);
    let batch = busy_alone && iteration.is_some_and(|ms| ms >= MANDATORY_MS);
    let spin = busy_alone && iteration.is_some_and(|ms| ms < WORTHWHILE_MS);
    facts.derive_flag(Batch, Some(batch), &inputs);
    facts.derive_flag(Spin, Some(spin), &inputs);
    if batch || spin {
        // Nobody is kept waiting by a loop without clients: it is not short of capacity.
        facts.derive(CapacityUse, None, &[]);
    }
}

/// Single tasks hold the loop for so long that others notice.
fn has_stalls(facts: &Facts) -> bool {
    let long = facts
        .get(Fact::LongTaskShare)
        .is_some_and(|share| share >= RARE);
    long && !serves_many_a_turn(facts)
}

/// An iteration of a loaded loop serves many requests: its length is not that of a task.
fn serves_many_a_turn(facts: &Facts) -> bool {
    facts
        .get(Fact::Requests)
        .zip(facts.get(Fact::Iterations))
        .is_some_and(|(requests, iterations)| requests > MOST_A_TURN * iterations)
}

fn blocking(facts: &mut Facts) {
    use Fact::{
        BlockingTaskMs, CpuMsPerRequest, IterationMaxMs, IterationP99Ms, OfferedLoad, Relaxed,
        RequestRate, ServiceMs, Traffic, Utilization,
    };
    let offered = facts.get(OfferedLoad);
    let iteration = if has_stalls(facts) {
        facts
            .get(IterationMaxMs)
            .or_else(|| facts.get(IterationP99Ms))
            .or(Some(MANDATORY_MS))
    } else if serves_many_a_turn(facts) {
        facts.get(ServiceMs)
    } else {
        facts.get(IterationP99Ms)
    };
    let function = facts
        .functions()
        .iter()
        .filter(|function| function.kind != hot_kind::NATIVE_ASYNC)
        .map(|function| (function.longest_ms(), function.calls_per_second))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let declared = facts.get(CpuMsPerRequest);
    let measured = iteration.is_some() || function.is_some();
    let longest = if measured {
        iteration
            .into_iter()
            .chain(function.map(|(ms, _)| ms))
            .reduce(f64::max)
    } else {
        declared
    };
    // Who would wait behind it? Other requests, where there are any, or its own next call.
    let others = facts.get(Traffic).is_some()
        || facts.get(Utilization).is_some()
        || match (facts.get(RequestRate), function) {
            (Some(rate), Some((_, calls))) => calls.is_nan() || rate > 1.5 * calls,
            _ => false,
        };
    let waits = others || offered.is_none_or(|load| load >= WAITS_FOR_ITSELF);
    let value = longest.map(|ms| if waits { ms } else { 0.0 });
    if measured {
        facts.set(BlockingTaskMs, value.unwrap_or(f64::NAN), Source::Measured);
    } else {
        facts.derive(BlockingTaskMs, value, &[CpuMsPerRequest]);
    }
    let relaxed = offered
        .zip(value)
        .map(|(load, blocks)| load < AT_EASE && blocks < NOTICEABLE_MS);
    facts.derive_flag(Relaxed, relaxed, &[OfferedLoad, BlockingTaskMs]);
}

fn contradictions(facts: &mut Facts) {
    use Fact::{Contradictory, CpuMsPerRequest, RequestsPerSecond, Traffic, Workload};
    let ms = facts.get(CpuMsPerRequest);
    let load = ms
        .zip(facts.get(RequestsPerSecond))
        .map(|(ms, rate)| ms * rate / 1000.0);
    let work = facts.get(Workload);
    let traffic = facts.get(Traffic);
    let contradictory = work == Some(workload::IO) && ms.is_some_and(|ms| ms >= MANDATORY_MS)
        || work == Some(workload::CPU) && ms.is_some_and(|ms| ms < WORTHWHILE_MS)
        || traffic == Some(level::HIGH) && load.is_some_and(|load| load < LOW_LOAD)
        || traffic == Some(level::LOW) && load.is_some_and(|load| load > HIGH_LOAD);
    facts.derive_flag(
        Contradictory,
        Some(contradictory),
        &[CpuMsPerRequest, RequestsPerSecond, Traffic, Workload],
    );
}

fn memory(facts: &mut Facts) {
    use Fact::{
        CoresPerInstance, FreeMemoryMb, FullGcs, Leaking, MemoryBudgetMb, MemoryLimitMb,
        MemoryUsedMb, ProcessMemoryShare, RssMb, RssSlopeMbPerHour, ThreadMemoryShare,
    };
    let unused = facts
        .get(MemoryLimitMb)
        .zip(facts.get(MemoryUsedMb))
        .map(|(limit, used)| (limit - used).max(0.0));
    let free = match (unused, facts.get(MemoryBudgetMb)) {
        (Some(unused), Some(budget)) => Some(unused.min(budget)),
        (unused, budget) => unused.or(budget),
    };
    facts.derive(
        FreeMemoryMb,
        free,
        &[MemoryLimitMb, MemoryUsedMb, MemoryBudgetMb],
    );
    // A primary and two workers, one of which is the process that there is already.
    let processes = facts
        .get(RssMb)
        .zip(free)
        .map(|(rss, free)| (PRIMARY_MB + BARE_PROCESS_MB + rss) / free.max(1.0));
    facts.derive(ProcessMemoryShare, processes, &[RssMb, FreeMemoryMb]);
    let threads = facts
        .get(CoresPerInstance)
        .zip(free)
        .map(|(cores, free)| cores.floor().max(1.0) * THREAD_MB / free.max(1.0));
    facts.derive(
        ThreadMemoryShare,
        threads,
        &[CoresPerInstance, FreeMemoryMb],
    );

    let leaking = facts
        .get(RssSlopeMbPerHour)
        .zip(facts.get(FullGcs))
        .map(|(slope, collections)| slope >= 1.0 && collections >= 3.0);
    facts.derive_flag(Leaking, leaking, &[RssSlopeMbPerHour, FullGcs]);
}
