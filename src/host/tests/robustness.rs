//! Any text in any file: no panic, no absurd number.

use super::fixture::{Memory, facts, main_thread, worker_thread};
use crate::host::Limit;
use crate::host::counters::read_counters;

const JUNK: &[&str] = &[
    "",
    "\n",
    "\0\0=\0",
    "-1",
    "0 0",
    "max",
    "nan nan",
    "inf",
    "18446744073709551615 18446744073709551615",
    "99999999999999999999999999",
    "0::\n0::/..\n1:cpu,memory:/..\n",
    "1:cpu:/é/ü\n",
    "1 1 0:0 / / rw - cgroup2 x rw\n1 1 0:0 /é / rw - cgroup x cpu,memory\n",
    "1 1 0:0 \\999 \\0 rw - cgroup2",
    "{\"pm_id\":",
    "some avg10=1e999 total=-1",
    "cpu  1 1 1 1 1 1 1 18446744073709551615",
    "nr_periods 0\nnr_throttled 18446744073709551615\ninactive_file 18446744073709551615\n",
    "MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB\n",
    "pm2_env={\0UV_THREADPOOL_SIZE=--\0NODE_UNIQUE_ID=\0",
    "\u{fffd}\u{fffd}-\u{fffd}",
];

const FILES: &[(&str, &str)] = &[
    ("/proc/self/cgroup", "0::/a\n"),
    (
        "/proc/self/mountinfo",
        "31 24 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
    ),
    ("/proc/self/status", "Pid:\t42\nCpus_allowed_list:\t0-1\n"),
    ("/proc/self/environ", "A=b\0"),
    ("/proc/stat", "cpu  1 2 3 4 5 6 7 8\ncpu0 1\ncpu1 1\n"),
    (
        "/proc/meminfo",
        "MemTotal: 8192 kB\nMemAvailable: 4096 kB\n",
    ),
    ("/proc/pressure/cpu", "some avg10=1.00 total=1\n"),
    ("/sys/devices/system/cpu/online", "0-1\n"),
    ("/sys/devices/system/cpu/smt/active", "0\n"),
    ("/sys/fs/cgroup/a/cpu.max", "50000 100000\n"),
    (
        "/sys/fs/cgroup/a/cpu.stat",
        "nr_periods 8\nnr_throttled 2\n",
    ),
    ("/sys/fs/cgroup/a/cpu.pressure", "some avg10=1.00 total=1\n"),
    ("/sys/fs/cgroup/a/memory.max", "4194304\n"),
    ("/sys/fs/cgroup/a/memory.current", "1048576\n"),
    ("/sys/fs/cgroup/a/memory.stat", "inactive_file 1\n"),
];

fn check(files: &Memory, what: &str) {
    read_counters(files);
    for runtime in [main_thread(&[]), worker_thread(&[])] {
        let facts = facts(files, &runtime);
        for fact in [
            &facts.effective_cores,
            &facts.allowed_cores,
            &facts.logical_cores,
            &facts.instances,
            &facts.cores_per_instance,
            &facts.memory_limit_mb,
            &facts.threadpool_size,
        ] {
            assert!(
                fact.value
                    .is_none_or(|value| value > 0.0 && value.is_finite()),
                "{what}: {fact:?}"
            );
            assert!(!fact.source.is_empty());
        }
        for share in [&facts.cpu_pressure, &facts.steal_share] {
            let sane = share.value.is_none_or(|value| (0.0..=1.0).contains(&value));
            assert!(sane, "{what}: {share:?}");
        }
        if let Some(Limit::At(share)) = facts.throttled_share.value {
            assert!((0.0..=1.0).contains(&share), "{what}: {share}");
        }
        assert!(
            facts.memory_used_mb.value.is_none_or(|value| value >= 0.0),
            "{what}"
        );
    }
}

#[test]
fn junk_in_each_file() {
    for (path, _) in FILES {
        for junk in JUNK {
            check(
                &Memory::new(FILES).with(&[(path, junk)]),
                &format!("{path}: {junk:?}"),
            );
        }
    }
}

#[test]
fn junk_in_two_files() {
    for (one, _) in FILES {
        for (two, _) in FILES {
            for junk in JUNK {
                check(
                    &Memory::new(FILES).with(&[(one, junk), (two, junk)]),
                    &format!("{one}, {two}: {junk:?}"),
                );
            }
        }
    }
}

#[test]
fn each_file_cut_at_each_character() {
    for (path, text) in FILES {
        for end in 0..text.len() {
            check(
                &Memory::new(FILES).with(&[(path, &text[..end])]),
                &format!("{path} cut at {end}"),
            );
        }
    }
}
