//! All facts, put together.

use super::container::container;
use super::counters::cpu_pressure;
use super::cpu_quota::{CpuQuota, cpu_quota, throttling};
use super::cpus::{self, Counting};
use super::effective_cores::effective_cores;
use super::environment::Environment;
use super::fact::Fact;
use super::files::{Files, read_or_why};
use super::hierarchy::Hierarchies;
use super::instances::{cores_per_instance, instances};
use super::memory;
use super::platform::{orchestrator, serverless};
use super::proc_stat;
use super::process_manager::{pm2, process_manager};
use super::role::{inside_cluster, role};
use super::runtime::Runtime;
use super::threadpool::threadpool_size;

const MIB: f64 = 1_048_576.0;

/// A number, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Nothing limits it.
    None,
    /// How much.
    At(f64),
}

/// docs/api/hostFacts.md tells what each is.
#[derive(Clone, Debug)]
pub struct HostFacts {
    /// The least of what limits the CPUs: a fraction.
    pub effective_cores: Fact<f64>,
    /// CPUs in the affinity mask.
    pub allowed_cores: Fact<f64>,
    /// Cores.
    pub cpu_quota: Fact<Limit>,
    /// The machine's CPUs.
    pub logical_cores: Fact<f64>,
    /// Its cores.
    pub physical_cores: Fact<f64>,
    /// Whether a core is more than one CPU.
    pub smt: Fact<bool>,
    /// Processes of this app here.
    pub instances: Fact<f64>,
    /// Cores for each.
    pub cores_per_instance: Fact<f64>,
    /// Of the quota's periods, since the group was made.
    pub throttled_share: Fact<Limit>,
    /// Share of the last 10 seconds in which something waited for a CPU.
    pub cpu_pressure: Fact<f64>,
    /// Of all ticks since boot.
    pub steal_share: Fact<f64>,
    /// MiB that may be used.
    pub memory_limit_mb: Fact<f64>,
    /// Whether that is less than the machine has.
    pub memory_limited: Fact<bool>,
    /// MiB of it that are used.
    pub memory_used_mb: Fact<f64>,
    /// MiB of V8's heap.
    pub heap_limit_mb: Fact<f64>,
    /// What this thread is.
    pub role: Fact<&'static str>,
    /// Whether the process is a cluster's worker.
    pub inside_cluster: Fact<bool>,
    /// PM2, or none.
    pub process_manager: Fact<&'static str>,
    /// Who decides how many there are.
    pub orchestrator: Fact<&'static str>,
    /// Whose function this is.
    pub serverless: Fact<&'static str>,
    /// Whose container this is.
    pub container: Fact<&'static str>,
    /// Threads of libuv's pool.
    pub threadpool_size: Fact<f64>,
}

/// Reads them all now.
pub fn read_facts(files: &dyn Files, runtime: &Runtime, counting: Counting) -> HostFacts {
    let environment = Environment::read(files, runtime);
    let hierarchies = Hierarchies::read(files);
    let cpus = cpus::read(files, runtime, counting);
    let quota = quota(files, runtime, hierarchies.as_ref());
    let (cpu_quota, throttled_share) = quota_facts(files, quota);
    let effective_cores = effective_cores(&cpus.allowed, &cpu_quota, &environment);
    let memory = memory::read(files, hierarchies.as_ref(), runtime);
    let pm2 = pm2(&environment);
    let inside_cluster = inside_cluster(runtime, &environment, pm2.as_ref());
    let instances = instances(runtime, &environment, pm2.as_ref(), &inside_cluster);
    let orchestrator = orchestrator(files, &environment);
    HostFacts {
        cores_per_instance: cores_per_instance(&effective_cores, &instances),
        effective_cores,
        allowed_cores: cpus.allowed,
        cpu_quota,
        logical_cores: cpus.logical,
        physical_cores: cpus.physical,
        smt: cpus.smt,
        instances,
        throttled_share,
        cpu_pressure: match cpu_pressure(files, hierarchies.as_ref().ok()) {
            Ok((pressure, source)) => Fact::known(pressure.avg10, source),
            Err(reason) => Fact::unknown(reason),
        },
        steal_share: steal_share(files),
        memory_limit_mb: memory.limit_mb,
        memory_limited: memory.limited,
        memory_used_mb: memory.used_mb,
        heap_limit_mb: Fact::known(
            runtime.heap_size_limit / MIB,
            "v8.getHeapStatistics().heap_size_limit",
        ),
        role: role(runtime),
        inside_cluster,
        process_manager: process_manager(pm2.as_ref()),
        container: container(files, &environment, runtime, &orchestrator),
        orchestrator,
        serverless: serverless(&environment),
        threadpool_size: threadpool_size(&environment),
    }
}

fn quota(
    files: &dyn Files,
    runtime: &Runtime,
    hierarchies: Result<&Hierarchies, &String>,
) -> Result<CpuQuota, String> {
    match (runtime.platform.as_str(), hierarchies) {
        ("darwin", _) => Ok(CpuQuota::None {
            source: "macOS has no CPU quotas".to_owned(),
        }),
        ("win32", _) => Err("offloop does not read the job objects of Windows".to_owned()),
        (_, Ok(hierarchies)) => cpu_quota(files, hierarchies),
        (_, Err(reason)) => Err(reason.clone()),
    }
}

fn quota_facts(files: &dyn Files, quota: Result<CpuQuota, String>) -> (Fact<Limit>, Fact<Limit>) {
    match quota {
        Ok(CpuQuota::None { source }) => (
            Fact::known(Limit::None, source.clone()),
            Fact::known(Limit::None, source),
        ),
        Ok(CpuQuota::Cores {
            cores,
            folder,
            source,
        }) => {
            let throttled_share = match throttling(files, &folder) {
                // Of no period none was throttled.
                Ok((counts, path)) => Fact::known(
                    Limit::At(counts.throttled as f64 / counts.periods.max(1) as f64),
                    path,
                ),
                Err(reason) => Fact::unknown(reason),
            };
            (Fact::known(Limit::At(cores), source), throttled_share)
        }
        Err(reason) => (Fact::unknown(reason.clone()), Fact::unknown(reason)),
    }
}

fn steal_share(files: &dyn Files) -> Fact<f64> {
    const STAT: &str = "/proc/stat";
    match read_or_why(files, STAT) {
        Ok(text) => match proc_stat::cpu_ticks(&text) {
            Some(ticks) if ticks.total > 0 => {
                Fact::known(ticks.steal as f64 / ticks.total as f64, STAT)
            }
            _ => Fact::unknown(format!("{STAT} has no ticks of all CPUs")),
        },
        Err(reason) => Fact::unknown(reason),
    }
}
