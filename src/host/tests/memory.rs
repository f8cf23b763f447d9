//! Memory limits, and what of them is used.

use super::fixture::{DENIED, Memory, facts, main_thread};
use crate::host::{Fact, Runtime};

const MIB: &str = "1048576";
const GROUP: &str = "/sys/fs/cgroup/a";

fn v2() -> Memory {
    Memory::new(&[
        ("/proc/self/cgroup", "0::/a\n"),
        (
            "/proc/self/mountinfo",
            "31 24 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        ),
        (
            "/proc/meminfo",
            "MemTotal:  8192 kB\nMemAvailable: 2048 kB\n",
        ),
        ("/sys/fs/cgroup/a/memory.max", "max\n"),
    ])
}

#[test]
fn without_a_limit_the_machine_counts() {
    let facts = facts(&v2(), &main_thread(&[]));
    assert_eq!(
        facts.memory_limit_mb,
        Fact::known(8.0, "MemTotal of /proc/meminfo")
    );
    assert_eq!(facts.memory_limited.value, Some(false));
    assert_eq!(facts.memory_used_mb.value, Some(6.0));
}

#[test]
fn a_limit_above_the_machine_is_none() {
    let files = v2().with(&[("/sys/fs/cgroup/a/memory.max", "8388609")]);
    assert_eq!(
        facts(&files, &main_thread(&[])).memory_limited.value,
        Some(false)
    );
}

#[test]
fn the_group_that_limits_tells_what_is_used() {
    let path = |name| format!("{GROUP}/{name}");
    let files = v2().with(&[
        (&path("memory.max"), "4194304\n"),
        (&path("memory.high"), "2097152\n"),
        (&path("memory.current"), MIB),
    ]);
    let read = |files: &Memory| facts(files, &main_thread(&[])).memory_used_mb;
    assert_eq!(
        facts(&files, &main_thread(&[])).memory_limit_mb,
        Fact::known(2.0, path("memory.high"))
    );
    assert_eq!(read(&files), Fact::known(1.0, path("memory.current")));
    let with_cache = files
        .clone()
        .with(&[(&path("memory.stat"), "inactive_file 524288\n")]);
    assert_eq!(read(&with_cache).value, Some(0.5));
    // The two are not read at the same moment.
    let more_cache = files
        .clone()
        .with(&[(&path("memory.stat"), "inactive_file 9999999\n")]);
    assert_eq!(read(&more_cache).value, Some(0.0));
    let denied = files.with(&[(&path("memory.current"), DENIED)]);
    assert!(
        read(&denied)
            .source
            .contains("memory.current cannot be read")
    );
}

#[test]
fn machines_without_these_files() {
    let on = |platform: &str| {
        let runtime = Runtime {
            platform: platform.to_owned(),
            ..main_thread(&[])
        };
        facts(&Memory::default(), &runtime)
    };
    let mac = on("darwin");
    assert_eq!(mac.memory_limit_mb, Fact::known(1024.0, "os.totalmem()"));
    assert_eq!(mac.memory_limited.value, Some(false));
    assert_eq!(mac.memory_used_mb, Fact::unknown("no /proc/meminfo"));
    assert_eq!(mac.cpu_quota.source, "macOS has no CPU quotas");
    assert_eq!(mac.effective_cores.value, Some(77.0));
    let windows = on("win32");
    assert_eq!(
        windows.cpu_quota,
        Fact::unknown("offloop does not read the job objects of Windows")
    );
    assert!(
        windows
            .effective_cores
            .source
            .ends_with("not known: cpuQuota")
    );
    assert_eq!(windows.memory_limited.value, None);
    assert_eq!(windows.container.value, None);
}
