//! The facts that advice may rest on: one row each, with its range, its unit and where it comes from.
//!
//! Everything else reads this table: the rules name its facts, `lib/advice-input.js` checks what a
//! caller gives against it, sentences print by its units. Values are numbers throughout: a flag is 0
//! or 1, a choice is the index of its word.

use std::ops::Range;

/// Where a fact comes from when nobody overrides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What the application declares of itself.
    Intent,
    /// What the machine, the container and the platform are.
    Host,
    /// What was measured in a window of the running process.
    Evidence,
    /// Computed from the others in `derived.rs`; nobody gives it.
    Derived,
}

/// How a fact's number is to be read and printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Events in a second.
    PerSecond,
    /// A part of one, printed in percent.
    Share,
    /// CPU cores; also offered load, since one loop can use one core.
    Cores,
    /// Mebibytes.
    Megabytes,
    /// Mebibytes an hour.
    MegabytesPerHour,
    /// A whole number of things.
    Count,
}

/// What values a fact may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// From `least` to `most`, both included.
    Number {
        /// How it is read.
        unit: Unit,
        /// The smallest that makes sense.
        least: f64,
        /// The largest that makes sense; infinite when `Infinity` does.
        most: f64,
    },
    /// True or false.
    Flag,
    /// One of these words. Neighbours in the list are neighbours in meaning.
    Choice(&'static [&'static str]),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The fact.
    pub fact: Fact,
    /// Its name in JavaScript, unique within its group.
    pub name: &'static str,
    /// Where it comes from.
    pub group: Group,
    /// What it may be.
    pub kind: Kind,
}

const fn number(unit: Unit, least: f64, most: f64) -> Kind {
    Kind::Number { unit, least, most }
}

const INFINITY: f64 = f64::INFINITY;
/// More requests, bytes or milliseconds than any process sees; keeps sums finite.
const HUGE: f64 = 1e12;

const SHARE: Kind = number(Unit::Share, 0.0, 1.0);
const MILLISECONDS: Kind = number(Unit::Milliseconds, 0.0, HUGE);
const MEGABYTES: Kind = number(Unit::Megabytes, 0.0, HUGE);
const COUNT: Kind = number(Unit::Count, 0.0, HUGE);

/// Words of [`Fact::Workload`].
pub mod workload {
    /// Waits for others.
    pub const IO: f64 = 0.0;
    /// Computes.
    pub const CPU: f64 = 2.0;
}

/// Words of [`Fact::Traffic`] and [`Fact::LoadLevel`].
pub mod level {
    /// Below 0.3 of one loop.
    pub const LOW: f64 = 0.0;
    /// From 0.3 to 0.7.
    pub const MEDIUM: f64 = 1.0;
    /// Above 0.7.
    pub const HIGH: f64 = 2.0;
}

/// Words of [`Fact::FaultTolerance`].
pub mod fault {
    /// It should survive one.
    pub const WANTED: f64 = 1.0;
    /// It must survive one.
    pub const CRITICAL: f64 = 2.0;
}

/// Words of [`Fact::Trust`].
pub mod trust {
    /// Code of others, unread.
    pub const UNTRUSTED: f64 = 1.0;
}

/// Words of [`Fact::Role`].
pub mod role {
    /// A `worker_threads` Worker.
    pub const WORKER_THREAD: f64 = 1.0;
}

/// The word `none` of [`Fact::Orchestrator`] and [`Fact::Serverless`].
pub const NONE: f64 = 0.0;

/// Words of [`Fact::EvidenceQuality`].
pub mod quality {
    /// Nothing was measured in a window.
    pub const ABSENT: f64 = 0.0;
    /// Something was, but not enough to rest on.
    pub const INSUFFICIENT: f64 = 1.0;
    /// Measured, but its window is not stated.
    pub const UNSTATED: f64 = 2.0;
    /// Long enough, with enough requests.
    pub const VALID: f64 = 3.0;
}

/// Words of [`Fact::Shape`].
pub mod shape {
    /// Many handlers, none of them much.
    pub const SPREAD: f64 = 0.0;
    /// Functions worth offloading hold a part, but less than half.
    pub const MIXED: f64 = 1.0;
    /// Functions worth offloading hold half of the busy time, or one blocks for 50 ms.
    pub const CONCENTRATED: f64 = 2.0;
}

/// Words of [`Fact::HotKind`].
pub mod hot_kind {
    /// JavaScript.
    pub const JAVASCRIPT: f64 = 0.0;
    /// A synchronous API with an asynchronous twin.
    pub const SYNC_API: f64 = 1.0;
    /// Native code that runs on threads of its own.
    pub const NATIVE_ASYNC: f64 = 2.0;
}

const LEVELS: Kind = Kind::Choice(&["low", "medium", "high"]);

macro_rules! facts {
    ($($(#[doc = $doc:literal])+ $fact:ident = $name:literal, $group:ident, $kind:expr;)+) => {
        /// A named fact.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Fact {
            $($(#[doc = $doc])+ $fact,)+
        }

        /// Every fact, in the order of [`Fact`].
        pub const SPECS: &[Spec] = &[
            $(Spec { fact: Fact::$fact, name: $name, group: Group::$group, kind: $kind },)+
        ];
    };
}

facts! {
    /// What requests mostly do.
    Workload = "workload", Intent, Kind::Choice(&["io", "mixed", "cpu"]);
    /// CPU of the main thread that one request takes.
    CpuMsPerRequest = "cpuMsPerRequest", Intent, MILLISECONDS;
    /// Traffic in words, where no number is known.
    Traffic = "traffic", Intent, LEVELS;
    /// Requests of the whole service.
    RequestsPerSecond = "requestsPerSecond", Intent, number(Unit::PerSecond, 0.0, HUGE);
    /// Whether it must survive the crash of a process.
    FaultTolerance = "faultTolerance", Intent, Kind::Choice(&["none", "wanted", "critical"]);
    /// Among what serves, the simplest.
    PreferSimplicity = "preferSimplicity", Intent, Kind::Flag;
    /// Whose code it runs.
    Trust = "trust", Intent, Kind::Choice(&["trusted", "untrusted"]);
    /// Native code in it may crash.
    NativeCrashRisk = "nativeCrashRisk", Intent, Kind::Flag;
    /// Keeps state of its clients in memory.
    Stateful = "stateful", Intent, Kind::Flag;
    /// A run may have to be stopped from outside (a user's regular expression or formula).
    Killable = "killable", Intent, Kind::Flag;
    /// Copies of the whole service, on this and other machines.
    Replicas = "replicas", Intent, number(Unit::Count, 1.0, 1e6);
    /// The latency that 99 of 100 requests must not exceed.
    SloP99Ms = "sloP99Ms", Intent, number(Unit::Milliseconds, 0.001, INFINITY);
    /// Memory that a strategy may add.
    MemoryBudgetMb = "memoryBudgetMb", Intent, MEGABYTES;

    /// Cores that this process may use, a fraction.
    EffectiveCores = "effectiveCores", Host, number(Unit::Cores, 0.001, 1e5);
    /// The container's CPU limit; infinite without one.
    CpuQuota = "cpuQuota", Host, number(Unit::Cores, 0.001, INFINITY);
    /// Instances of this application that share those cores.
    Instances = "instances", Host, number(Unit::Count, 1.0, 1e5);
    /// Whether two hardware threads share a core.
    Smt = "smt", Host, Kind::Flag;
    /// CFS periods in which the container was stopped, since it was made.
    HostThrottledShare = "throttledShare", Host, SHARE;
    /// Memory that the container or the machine has.
    MemoryLimitMb = "memoryLimitMb", Host, MEGABYTES;
    /// Of that, in use.
    MemoryUsedMb = "memoryUsedMb", Host, MEGABYTES;
    /// V8's heap limit.
    HeapLimitMb = "heapLimitMb", Host, MEGABYTES;
    /// Which part of an application this is.
    Role = "role", Host, Kind::Choice(&["main", "worker-thread", "cluster-worker"]);
    /// A process of a cluster, Node's or PM2's.
    InsideCluster = "insideCluster", Host, Kind::Flag;
    /// Who starts and replaces this process.
    Orchestrator = "orchestrator", Host, Kind::Choice(&[
        "none", "kubernetes", "ecs", "nomad", "heroku", "fly", "render", "azure-app-service",
    ]);
    /// A platform that starts instances for requests.
    Serverless = "serverless", Host, Kind::Choice(&[
        "none", "lambda", "cloud-run", "vercel", "netlify", "azure-functions",
    ]);
    /// Threads of libuv's pool.
    ThreadpoolSize = "threadpoolSize", Host, number(Unit::Count, 1.0, 1024.0);

    /// Length of the window.
    WindowSeconds = "windowSeconds", Evidence, number(Unit::Seconds, 0.0, HUGE);
    /// Age of the process when the window began.
    UptimeSeconds = "uptimeSeconds", Evidence, number(Unit::Seconds, 0.0, HUGE);
    /// Requests finished in the window.
    Requests = "requests", Evidence, COUNT;
    /// Event-loop utilization of the window.
    Utilization = "utilization", Evidence, SHARE;
    /// Iterations of the loop that did work.
    Iterations = "iterations", Evidence, COUNT;
    /// Busy time of an iteration, median.
    IterationP50Ms = "iterationP50Ms", Evidence, MILLISECONDS;
    /// Busy time of an iteration, 99th percentile.
    IterationP99Ms = "iterationP99Ms", Evidence, MILLISECONDS;
    /// Busy time of the longest iteration.
    IterationMaxMs = "iterationMaxMs", Evidence, MILLISECONDS;
    /// Wall time spent in iterations of at least 50 ms.
    LongTaskShare = "longTaskShare", Evidence, SHARE;
    /// Event-loop delay without the timer's own interval.
    DelayP99Ms = "delayP99Ms", Evidence, MILLISECONDS;
    /// Latency of the requests, median.
    LatencyP50Ms = "latencyP50Ms", Evidence, MILLISECONDS;
    /// Latency of the requests, 99th percentile.
    LatencyP99Ms = "latencyP99Ms", Evidence, MILLISECONDS;
    /// Wall time spent in garbage collection.
    GcShare = "gcShare", Evidence, SHARE;
    /// Major garbage collections.
    FullGcs = "fullGcs", Evidence, COUNT;
    /// CPU seconds of the process a second.
    CpuCores = "cpuCores", Evidence, number(Unit::Cores, 0.0, 1e5);
    /// CFS periods of the window in which the container was stopped.
    ThrottledShare = "throttledShare", Evidence, SHARE;
    /// Time in which somebody waited for a CPU, just before the window.
    CpuPressureBefore = "cpuPressureBefore", Evidence, SHARE;
    /// Time in which somebody waited for a CPU, in the window.
    CpuPressure = "cpuPressure", Evidence, SHARE;
    /// Time that the hypervisor gave to others.
    StealShare = "stealShare", Evidence, SHARE;
    /// Growth of resident memory after major collections, lower bound.
    RssSlopeMbPerHour = "rssSlopeMbPerHour", Evidence, number(Unit::MegabytesPerHour, 0.0, HUGE);
    /// Resident memory.
    RssMb = "rssMb", Evidence, MEGABYTES;
    /// V8's heap in use.
    HeapUsedMb = "heapUsedMb", Evidence, MEGABYTES;
    /// How long work waits for a thread of libuv's pool, median.
    ThreadpoolWaitMs = "threadpoolWaitMs", Evidence, MILLISECONDS;

    /// What the window is worth.
    EvidenceQuality = "evidenceQuality", Derived,
        Kind::Choice(&["absent", "insufficient", "unstated", "valid"]);
    /// Something is declared or measured, besides what the host is.
    Informed = "informed", Derived, Kind::Flag;
    /// The window was disturbed: neighbours, a hypervisor, or a process just started.
    Disturbed = "disturbed", Derived, Kind::Flag;
    /// What is declared in words contradicts what is declared in numbers.
    Contradictory = "contradictory", Derived, Kind::Flag;
    /// Cores that each instance has.
    CoresPerInstance = "coresPerInstance", Derived, number(Unit::Cores, 0.0, HUGE);
    /// Copies that survive the crash of one.
    Copies = "copies", Derived, COUNT;
    /// Requests of this process.
    RequestRate = "requestRate", Derived, number(Unit::PerSecond, 0.0, HUGE);
    /// CPU of the main thread that one request takes, declared or measured.
    ServiceMs = "serviceMs", Derived, MILLISECONDS;
    /// Offered load of the main thread: requests a second × seconds each.
    OfferedLoad = "offeredLoad", Derived, number(Unit::Cores, 0.0, HUGE);
    /// Offered load in words; the declared word where there is no number.
    LoadLevel = "loadLevel", Derived, LEVELS;
    /// Offered load by the cores of an instance.
    CapacityUse = "capacityUse", Derived, number(Unit::Share, 0.0, HUGE);
    /// Cores, of all copies, that the offered load would keep busy to 70 %.
    CoresNeeded = "coresNeeded", Derived, COUNT;
    /// Where the busy time is.
    Shape = "shape", Derived, Kind::Choice(&["spread", "mixed", "concentrated"]);
    /// Share of the busy time in functions worth offloading.
    OffloadableShare = "offloadableShare", Derived, SHARE;
    /// Offered load without those functions.
    RestLoad = "restLoad", Derived, number(Unit::Cores, 0.0, HUGE);
    /// Share of the busy time in the heaviest function.
    TopShare = "topShare", Derived, SHARE;
    /// Service time of the heaviest function.
    TaskMs = "taskMs", Derived, MILLISECONDS;
    /// Main-thread cost of offloading it, by its service time.
    CloneShare = "cloneShare", Derived, number(Unit::Share, 0.0, HUGE);
    /// What the heaviest function is.
    HotKind = "hotKind", Derived, Kind::Choice(&["javascript", "sync-api", "native-async"]);
    /// Share of the garbage that functions worth offloading make.
    GarbageShare = "garbageShare", Derived, SHARE;
    /// The longest task that something else waits behind.
    BlockingTaskMs = "blockingTaskMs", Derived, MILLISECONDS;
    /// The loop is at ease: load below 0.5, nothing blocks for 20 ms.
    Relaxed = "relaxed", Derived, Kind::Flag;
    /// Latency that 99 of 100 requests do not exceed as things are, measured or by a closed form.
    PresentP99Ms = "presentP99Ms", Derived, MILLISECONDS;
    /// The latency goal is met as things are.
    SloMet = "sloMet", Derived, Kind::Flag;
    /// Simplicity is preferred, and the latency goal is met without anything else.
    SimplicitySuffices = "simplicitySuffices", Derived, Kind::Flag;
    /// What offloading is predicted to take off the 99th percentile.
    PredictedGain = "predictedGain", Derived, SHARE;
    /// The same in time.
    PredictedGainMs = "predictedGainMs", Derived, MILLISECONDS;
    /// Work without clients: long tasks, no requests, a loop that is always busy.
    Batch = "batch", Derived, Kind::Flag;
    /// A loop that turns without work: always busy, tiny iterations, no requests.
    Spin = "spin", Derived, Kind::Flag;
    /// CFS periods in which the container was stopped, of the window or else since it was made.
    Throttling = "throttling", Derived, SHARE;
    /// Memory of one more process and a primary, by the memory that is free.
    ProcessMemoryShare = "processMemoryShare", Derived, number(Unit::Share, 0.0, HUGE);
    /// Memory of a thread on each core, by the memory that is free.
    ThreadMemoryShare = "threadMemoryShare", Derived, number(Unit::Share, 0.0, HUGE);
    /// Memory that is free for a strategy.
    FreeMemoryMb = "freeMemoryMb", Derived, MEGABYTES;
    /// The process grows: a slope seen over at least three major collections.
    Leaking = "leaking", Derived, Kind::Flag;
}

impl Group {
    /// Where its facts stand in the table: groups are not mixed.
    pub const fn facts(self) -> Range<usize> {
        let mut start = 0;
        while start < SPECS.len() && SPECS[start].group as u8 != self as u8 {
            start += 1;
        }
        let mut end = start;
        while end < SPECS.len() && SPECS[end].group as u8 == self as u8 {
            end += 1;
        }
        start..end
    }
}

/// How many facts there are.
pub const COUNT_OF_FACTS: usize = SPECS.len();

impl Fact {
    /// Its row.
    pub const fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }
}
