//! Host facts and counters.

use std::collections::HashMap;

use napi::bindgen_prelude::Either3;
use napi_derive::napi;

use crate::host::{self, Counting, Fact, Limit, Root, Runtime};

const COUNTING: Counting = Counting {
    logical: num_cpus::get,
    physical: num_cpus::get_physical,
};

/// What only JavaScript knows.
#[napi(object)]
pub struct NativeRuntime {
    /// `process.platform`.
    pub platform: String,
    /// `worker_threads.isMainThread`.
    pub main_thread: bool,
    /// `cluster.isWorker`.
    pub cluster_worker: bool,
    /// Workers that this process has forked.
    pub cluster_workers: u32,
    /// Bytes.
    pub heap_size_limit: f64,
    /// Bytes.
    pub total_memory: f64,
    /// Those of `hostVariables` that `process.env` has.
    pub variables: HashMap<String, String>,
}

/// A value, or `'unknown'`, and where it comes from, or why it is unknown.
#[napi(object)]
pub struct NativeFact {
    /// What.
    pub value: Either3<f64, bool, String>,
    /// From where.
    pub source: String,
}

macro_rules! facts {
    ($($name:ident),* $(,)?) => {
        /// One fact each: docs/api/hostFacts.md.
        #[napi(object)]
        pub struct NativeHostFacts {
            $(
                /// See docs/api/hostFacts.md.
                pub $name: NativeFact,
            )*
        }

        impl From<host::HostFacts> for NativeHostFacts {
            fn from(facts: host::HostFacts) -> Self {
                Self { $($name: facts.$name.into(),)* }
            }
        }
    };
}

facts!(
    effective_cores,
    allowed_cores,
    cpu_quota,
    logical_cores,
    physical_cores,
    smt,
    instances,
    cores_per_instance,
    throttled_share,
    cpu_pressure,
    steal_share,
    memory_limit_mb,
    memory_limited,
    memory_used_mb,
    heap_limit_mb,
    role,
    inside_cluster,
    process_manager,
    orchestrator,
    serverless,
    container,
    threadpool_size,
);

impl<T: IntoValue> From<Fact<T>> for NativeFact {
    fn from(fact: Fact<T>) -> Self {
        let value = match fact.value {
            Some(value) => value.into_value(),
            None => Either3::C("unknown".to_owned()),
        };
        Self {
            value,
            source: fact.source,
        }
    }
}

trait IntoValue {
    fn into_value(self) -> Either3<f64, bool, String>;
}

impl IntoValue for f64 {
    fn into_value(self) -> Either3<f64, bool, String> {
        Either3::A(self)
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Either3<f64, bool, String> {
        Either3::B(self)
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Either3<f64, bool, String> {
        Either3::C(self.to_owned())
    }
}

impl IntoValue for Limit {
    fn into_value(self) -> Either3<f64, bool, String> {
        match self {
            Limit::None => "none".into_value(),
            Limit::At(number) => number.into_value(),
        }
    }
}

/// Names of the environment variables that facts may come from.
#[napi]
pub fn host_variables() -> Vec<&'static str> {
    host::VARIABLES.to_vec()
}

/// The facts now. `root` stands for `/` in tests.
#[napi]
pub fn read_host(runtime: NativeRuntime, root: Option<String>) -> NativeHostFacts {
    let runtime = Runtime {
        platform: runtime.platform,
        main_thread: runtime.main_thread,
        cluster_worker: runtime.cluster_worker,
        cluster_workers: runtime.cluster_workers,
        heap_size_limit: runtime.heap_size_limit,
        total_memory: runtime.total_memory,
        variables: runtime.variables,
    };
    host::read_facts(&files(root), &runtime, COUNTING).into()
}

/// Counters that only grow, but for the average. `null` is what cannot be read.
#[napi(object, use_nullable = true)]
pub struct NativeHostCounters {
    /// Periods of the CPU quota in which the process's group was throttled.
    pub throttled_periods: Option<f64>,
    /// All periods of the quota.
    pub periods: Option<f64>,
    /// Microseconds in which some task of the group waited for a CPU.
    pub cpu_pressure_us: Option<f64>,
    /// Share of the last 10 seconds in which some task waited, 0 to 1.
    pub cpu_pressure_avg10: Option<f64>,
    /// Ticks that other virtual machines took.
    pub steal_ticks: Option<f64>,
    /// All ticks of all CPUs.
    pub total_ticks: Option<f64>,
}

/// The counters now. `root` stands for `/` in tests.
#[napi]
pub fn host_counters(root: Option<String>) -> NativeHostCounters {
    let counters = host::read_counters(&files(root));
    let number = |counter: Option<u64>| counter.map(|counter| counter as f64);
    NativeHostCounters {
        throttled_periods: number(counters.throttled_periods),
        periods: number(counters.periods),
        cpu_pressure_us: number(counters.cpu_pressure_us),
        cpu_pressure_avg10: counters.cpu_pressure_avg10,
        steal_ticks: number(counters.steal_ticks),
        total_ticks: number(counters.total_ticks),
    }
}

fn files(root: Option<String>) -> Root {
    Root::new(root.unwrap_or_else(|| "/".to_owned()))
}
