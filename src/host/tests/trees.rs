//! Whole machines: every layout of control groups.

use super::fixture::{facts, main_thread, tree};
use crate::host::counters::{HostCounters, read_counters};
use crate::host::{Fact, HostFacts, Limit};

fn read(name: &str) -> HostFacts {
    facts(&tree(name), &main_thread(&[]))
}

#[track_caller]
fn close(fact: &Fact<f64>, expected: f64) {
    let value = fact.value.unwrap_or(f64::NAN);
    assert!(
        (value - expected).abs() < 1e-9,
        "{fact:?} is not {expected}"
    );
}

#[track_caller]
fn at(fact: &Fact<Limit>, expected: f64, source: &str) {
    assert_eq!(fact, &Fact::known(Limit::At(expected), source));
}

#[test]
fn docker_on_v1() {
    let facts = read("docker-v1");
    let cpu = "/sys/fs/cgroup/cpu,cpuacct";
    at(&facts.cpu_quota, 1.5, &format!("{cpu}/cpu.cfs_quota_us"));
    at(&facts.throttled_share, 0.25, &format!("{cpu}/cpu.stat"));
    close(&facts.effective_cores, 1.5);
    close(&facts.cores_per_instance, 1.5);
    close(&facts.allowed_cores, 8.0);
    close(&facts.logical_cores, 8.0);
    close(&facts.physical_cores, 4.0);
    assert_eq!(facts.smt.value, Some(true));
    close(&facts.memory_limit_mb, 512.0);
    close(&facts.memory_used_mb, 192.0);
    assert_eq!(facts.memory_limited.value, Some(true));
    assert_eq!(facts.container, Fact::known("docker", "/.dockerenv"));
    assert_eq!(facts.orchestrator.value, Some("none"));
    // No unified hierarchy: the machine's pressure.
    assert_eq!(facts.cpu_pressure, Fact::known(0.4, "/proc/pressure/cpu"));
    close(&facts.steal_share, 0.015);
    close(&facts.heap_limit_mb, 4096.0);
}

#[test]
fn nested_groups_on_v2() {
    let facts = read("nested-v2");
    let service = "/sys/fs/cgroup/app.slice/web.service";
    at(&facts.cpu_quota, 1.25, &format!("{service}/cpu.max"));
    // Of the group with the quota, not of the process's own.
    at(&facts.throttled_share, 0.1, &format!("{service}/cpu.stat"));
    close(&facts.effective_cores, 1.25);
    close(&facts.physical_cores, 4.0);
    assert_eq!(facts.smt.value, Some(false));
    close(&facts.memory_limit_mb, 1024.0);
    assert_eq!(
        facts.memory_limit_mb.source,
        "/sys/fs/cgroup/app.slice/memory.high"
    );
    close(&facts.memory_used_mb, 500_000_000.0 / 1_048_576.0);
    let pressure = format!("{service}/worker/cpu.pressure");
    assert_eq!(facts.cpu_pressure, Fact::known(0.125, pressure));
    assert_eq!(facts.container.value, Some("none"));
}

#[test]
fn hybrid() {
    let facts = read("hybrid");
    at(
        &facts.cpu_quota,
        0.25,
        "/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us",
    );
    at(
        &facts.throttled_share,
        0.75,
        "/sys/fs/cgroup/cpu/job/cpu.stat",
    );
    close(&facts.effective_cores, 0.25);
    assert_eq!(facts.memory_limited.value, Some(false));
    close(&facts.memory_limit_mb, 16000.0);
    close(&facts.memory_used_mb, 8000.0);
    let counters = HostCounters {
        throttled_periods: Some(3),
        periods: Some(4),
        cpu_pressure_us: Some(9),
        cpu_pressure_avg10: Some(0.05),
        steal_ticks: Some(300),
        total_ticks: Some(20_000),
    };
    assert_eq!(read_counters(&tree("hybrid")), counters);
}

#[test]
fn a_namespaced_container_in_kubernetes() {
    let facts = read("kubernetes-v2");
    at(&facts.cpu_quota, 0.5, "/sys/fs/cgroup/cpu.max");
    at(&facts.throttled_share, 0.4, "/sys/fs/cgroup/cpu.stat");
    close(&facts.allowed_cores, 64.0);
    close(&facts.effective_cores, 0.5);
    close(&facts.memory_limit_mb, 256.0);
    // memory.stat does not tell of cache: all that is in use counts.
    close(&facts.memory_used_mb, 100.0);
    let secrets = "/var/run/secrets/kubernetes.io";
    assert_eq!(facts.orchestrator, Fact::known("kubernetes", secrets));
    assert_eq!(facts.container, Fact::known("kubernetes", secrets));
    // The machine's topology is hidden.
    assert_eq!(facts.physical_cores.value, None);
    assert_eq!(facts.smt.value, None);
}

#[test]
fn a_group_outside_of_what_is_mounted() {
    let facts = read("above-namespace");
    for (value, source) in [
        (facts.cpu_quota.value.is_none(), &facts.cpu_quota.source),
        (
            facts.throttled_share.value.is_none(),
            &facts.throttled_share.source,
        ),
        (
            facts.memory_limit_mb.value.is_none(),
            &facts.memory_limit_mb.source,
        ),
        (
            facts.memory_used_mb.value.is_none(),
            &facts.memory_used_mb.source,
        ),
        (
            facts.memory_limited.value.is_none(),
            &facts.memory_limited.source,
        ),
    ] {
        assert!(value, "{source}");
        assert!(
            source.contains("the group /../.. of /proc/self/cgroup"),
            "{source}"
        );
    }
    close(&facts.effective_cores, 2.0);
    assert!(
        facts
            .effective_cores
            .source
            .ends_with("; not known: cpuQuota")
    );
}

#[test]
fn malformed_files() {
    let facts = read("malformed");
    assert_eq!(
        facts.cpu_quota,
        Fact::unknown("/sys/fs/cgroup/cpu.max is malformed: \"half\"")
    );
    assert_eq!(
        facts.memory_limit_mb,
        Fact::unknown("/sys/fs/cgroup/memory.max is malformed: \"2G\"")
    );
    assert_eq!(
        facts.logical_cores,
        Fact::unknown("neither /sys/devices/system/cpu/online nor /proc/stat lists CPUs")
    );
    assert_eq!(facts.allowed_cores, Fact::known(77.0, "num_cpus"));
    assert_eq!(facts.physical_cores.value, None);
    assert_eq!(facts.smt.value, None);
    assert_eq!(
        facts.steal_share,
        Fact::unknown("/proc/stat has no ticks of all CPUs")
    );
    assert_eq!(
        facts.cpu_pressure,
        Fact::unknown("/proc/pressure/cpu is malformed")
    );
    close(&facts.threadpool_size, 4.0);
    assert_eq!(read_counters(&tree("malformed")), HostCounters::default());
}
