//! Second opinions on the machine that the tests run on.
#![cfg(target_os = "linux")]

use super::fixture::main_thread;
use crate::host::{Counting, HostFacts, Limit, Root, read_facts};

fn here() -> HostFacts {
    let counting = Counting {
        logical: num_cpus::get,
        physical: num_cpus::get_physical,
    };
    read_facts(&Root::new("/"), &main_thread(&[]), counting)
}

#[test]
fn the_standard_library_agrees_but_for_fractions() {
    let facts = here();
    let parallelism = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = facts.effective_cores.value.expect("Linux tells");
    assert_eq!((cores.floor() as usize).max(1), parallelism, "{facts:?}");
}

#[test]
fn num_cpus_agrees_on_the_cores() {
    let facts = here();
    if let Some(cores) = facts.physical_cores.value {
        assert_eq!(
            cores as usize,
            num_cpus::get_physical(),
            "{:?}",
            facts.physical_cores
        );
    }
    let whole = matches!(facts.cpu_quota.value, Some(Limit::None));
    if whole {
        let allowed = facts.allowed_cores.value.expect("Linux tells");
        assert_eq!(
            allowed as usize,
            num_cpus::get(),
            "{:?}",
            facts.allowed_cores
        );
    }
}

#[test]
fn sysinfo_agrees_on_the_memory() {
    const MIB: f64 = 1_048_576.0;
    let facts = here();
    let mut system = sysinfo::System::new().expect("Linux is known to it");
    system.refresh_memory();
    let limit = facts.memory_limit_mb.value.expect("Linux tells");
    // It looks at the uppermost visible group only.
    let limits = system.cgroup_limits();
    let theirs = limits.map_or(system.total_memory(), |limits| limits.total_memory);
    assert!(limit <= theirs as f64 / MIB, "{limit} MiB, {theirs} bytes");
    if facts.memory_limited.value == Some(false) {
        assert!((limit - system.total_memory() as f64 / MIB).abs() < 1e-9);
    }
}
