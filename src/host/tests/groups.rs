//! Where a group lies, and the least quota over all levels.

use super::fixture::{DENIED, Memory};
use crate::host::counters::{HostCounters, read_counters};
use crate::host::cpu_quota::{CpuQuota, cpu_quota};
use crate::host::hierarchy::Hierarchies;

const V2_MOUNT: &str = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const V1_MOUNT: &str = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";

fn memory(cgroup: &str, mountinfo: &str, files: &[(&str, &str)]) -> Memory {
    Memory::new(&[
        ("/proc/self/cgroup", cgroup),
        ("/proc/self/mountinfo", mountinfo),
        ("/proc/self/status", "Name:\tnode\nPid:\t42\n"),
    ])
    .with(files)
}

/// Cores and the file that has them; `None` for no quota.
fn quota(files: &Memory) -> Result<Option<(f64, String)>, String> {
    Ok(match cpu_quota(files, &Hierarchies::read(files)?)? {
        CpuQuota::None { .. } => None,
        CpuQuota::Cores { cores, source, .. } => Some((cores, source)),
    })
}

fn found(cores: f64, path: &str) -> (f64, String) {
    (cores, path.to_owned())
}

#[test]
fn v2_takes_the_least_of_all_levels() {
    let mut files = memory(
        "0::/a/b/c\n",
        V2_MOUNT,
        &[
            ("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/a/cpu.max", "200000 100000\n"),
        ],
    );
    assert_eq!(
        quota(&files),
        Ok(Some(found(1.5, "/sys/fs/cgroup/a/b/cpu.max")))
    );
    files = files.with(&[("/sys/fs/cgroup/a/cpu.max", "25000 100000")]);
    assert_eq!(
        quota(&files),
        Ok(Some(found(0.25, "/sys/fs/cgroup/a/cpu.max")))
    );
    files = files.with(&[("/sys/fs/cgroup/a/b/c/cpu.max", "1000 50000")]);
    assert_eq!(
        quota(&files),
        Ok(Some(found(0.02, "/sys/fs/cgroup/a/b/c/cpu.max")))
    );
}

#[test]
fn v1_takes_the_least_of_all_levels() {
    let files = memory(
        "5:cpu,cpuacct:/a/b\n1:name=systemd:/a/b\n",
        V1_MOUNT,
        &[
            ("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n"),
            (
                "/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us",
                "100000\n",
            ),
            ("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "125000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"),
        ],
    );
    assert_eq!(
        quota(&files),
        Ok(Some(found(
            1.25,
            "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us"
        )))
    );
}

#[test]
fn hybrid_systems_limit_by_v1_although_they_name_v2_too() {
    let files = memory(
        "4:memory:/m\n1:cpu:/a\n0::/\n",
        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
         33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n\
         41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        &[
            ("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "50000"),
            ("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000"),
            (
                "/sys/fs/cgroup/cpu/a/cpu.stat",
                "nr_periods 8\nnr_throttled 2\nthrottled_time 9\n",
            ),
            ("/sys/fs/cgroup/unified/cpu.max", "1000 100000"),
            (
                "/sys/fs/cgroup/unified/cpu.pressure",
                "some avg10=25.00 avg60=0 avg300=0 total=77\n",
            ),
            (
                "/proc/pressure/cpu",
                "some avg10=99.00 avg60=0 avg300=0 total=1\n",
            ),
            (
                "/proc/stat",
                "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n",
            ),
        ],
    );
    assert_eq!(
        quota(&files),
        Ok(Some(found(0.5, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us")))
    );
    let counters = read_counters(&files);
    assert_eq!(
        (counters.periods, counters.throttled_periods),
        (Some(8), Some(2))
    );
    assert_eq!(
        (counters.cpu_pressure_us, counters.cpu_pressure_avg10),
        (Some(77), Some(0.25))
    );
    assert_eq!(
        (counters.steal_ticks, counters.total_ticks),
        (Some(8), Some(36))
    );
}

#[test]
fn containers_see_their_group_at_the_mount() {
    // Docker on v1: host paths, of which the mount shows the container's own.
    let v1 = memory(
        "1:cpu,cpuacct:/docker/0a1b\n",
        "40 39 0:33 /docker/0a1b /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct",
        &[
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"),
        ],
    );
    assert_eq!(
        quota(&v1),
        Ok(Some(found(
            0.5,
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"
        )))
    );
    // Kubernetes on v1, a group of the container's own inside.
    let nested = memory(
        "1:cpu:/kubepods/burstable/pod1/c1/inner\n",
        "40 39 0:33 /kubepods/burstable/pod1/c1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu",
        &[
            ("/sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us", "-1"),
            ("/sys/fs/cgroup/cpu/inner/cpu.cfs_period_us", "100000"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
        ],
    );
    assert_eq!(
        quota(&nested),
        Ok(Some(found(3.0, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us")))
    );
    // v2 with a namespace: both are `/`.
    let v2 = memory(
        "0::/\n",
        V2_MOUNT,
        &[("/sys/fs/cgroup/cpu.max", "75000 100000")],
    );
    assert_eq!(quota(&v2), Ok(Some(found(0.75, "/sys/fs/cgroup/cpu.max"))));
}

#[test]
fn in_another_namespace_the_list_of_processes_is_the_proof() {
    let mount = "40 39 0:33 /docker/0a1b /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
    let limit = ("/sys/fs/cgroup/cpu.max", "50000 100000");
    let own = ("/sys/fs/cgroup/cgroup.procs", "1\n42\n");
    let other = ("/sys/fs/cgroup/cgroup.procs", "1\n4\n420\n");
    for path in ["0::/\n", "0::/../..\n", "0::/../../x\n"] {
        for mount in [mount, V2_MOUNT, &mount.replace("/docker/0a1b", "/..")] {
            if path == "0::/\n" && mount == V2_MOUNT {
                continue;
            }
            let files = memory(path, mount, &[limit]);
            assert_eq!(
                quota(&files.clone().with(&[own])),
                Ok(Some(found(0.5, "/sys/fs/cgroup/cpu.max"))),
                "{path} {mount}"
            );
            let reason = quota(&files.with(&[other])).unwrap_err();
            assert!(
                reason.contains("is not visible below /sys/fs/cgroup"),
                "{reason}"
            );
        }
    }
    // The same step up on both sides is a path like any other.
    let both = memory(
        "0::/../../x/y\n",
        &mount.replace("/docker/0a1b", "/../../x"),
        &[("/sys/fs/cgroup/y/cpu.max", "max 100000"), limit],
    );
    assert_eq!(quota(&both), Ok(Some(found(0.5, "/sys/fs/cgroup/cpu.max"))));
    // Host paths, while the mount shows the container only.
    let host_path = memory("0::/docker/0a1b\n", V2_MOUNT, &[limit, own]);
    assert_eq!(
        quota(&host_path),
        Ok(Some(found(0.5, "/sys/fs/cgroup/cpu.max")))
    );
}

#[test]
fn a_namespace_below_the_mount_hides_the_names_of_its_groups() {
    let files = memory(
        "0::/in\n",
        "40 39 0:33 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
        &[
            ("/sys/fs/cgroup/a/b/in/cgroup.procs", "7\n"),
            ("/sys/fs/cgroup/a/b/in/cpu.max", "10000 100000"),
            ("/sys/fs/cgroup/a/c/in/cgroup.procs", "41\n42\n"),
            ("/sys/fs/cgroup/a/c/in/cpu.max", "max 100000"),
            ("/sys/fs/cgroup/a/cpu.max", "50000 100000"),
            ("/sys/fs/cgroup/cgroup.procs", "1\n"),
        ],
    );
    assert_eq!(
        quota(&files),
        Ok(Some(found(0.5, "/sys/fs/cgroup/a/cpu.max")))
    );
}

#[test]
fn what_limits_nothing_is_no_quota() {
    for text in ["max 100000", "max", "0 100000"] {
        let files = memory(
            "0::/a\n",
            V2_MOUNT,
            &[
                ("/sys/fs/cgroup/a/cpu.max", text),
                ("/sys/fs/cgroup/a/cpu.weight", "1"),
            ],
        );
        assert_eq!(quota(&files), Ok(None), "{text}");
        assert_eq!(read_counters(&files).periods, None);
    }
    for text in ["-1", "0", "-100000"] {
        let files = memory(
            "1:cpu:/a\n",
            V1_MOUNT,
            &[
                ("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", text),
                ("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000"),
                ("/sys/fs/cgroup/cpu,cpuacct/a/cpu.shares", "2"),
            ],
        );
        assert_eq!(quota(&files), Ok(None), "{text}");
    }
    // The controller is not enabled: there is no file.
    let disabled = memory("0::/a\n", V2_MOUNT, &[("/sys/fs/cgroup/a/cpu.weight", "1")]);
    assert_eq!(quota(&disabled), Ok(None));
}

#[test]
fn what_cannot_be_read_is_no_number() {
    let bad = |text: &str| {
        quota(&memory(
            "0::/a\n",
            V2_MOUNT,
            &[
                ("/sys/fs/cgroup/a/cpu.max", text),
                ("/sys/fs/cgroup/cpu.max", "50000 100000"),
            ],
        ))
        .unwrap_err()
    };
    for text in [
        "",
        " ",
        "most 100000",
        "5000 0",
        "5000 x",
        "-5 100000",
        "1e5 100000",
    ] {
        let reason = bad(text);
        assert!(
            reason.starts_with("/sys/fs/cgroup/a/cpu.max is malformed"),
            "{reason}"
        );
    }
    assert!(bad(DENIED).starts_with("/sys/fs/cgroup/a/cpu.max cannot be read"));
    let no_period = memory(
        "1:cpu:/a\n",
        V1_MOUNT,
        &[("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "5")],
    );
    assert_eq!(
        quota(&no_period),
        Err("no /sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us".to_owned())
    );
    assert_eq!(
        quota(&Memory::default()),
        Err("no /proc/self/cgroup".to_owned())
    );
    let gone = memory("0::/a (deleted)\n", V2_MOUNT, &[]);
    assert!(quota(&gone).unwrap_err().contains("/a (deleted)"));
    let unmounted = memory("1:cpu:/a\n0::/\n", V2_MOUNT, &[]);
    assert!(
        quota(&unmounted)
            .unwrap_err()
            .contains("has no mount for the group /a")
    );
}

#[test]
fn of_several_mounts_the_one_that_shows_most_counts() {
    let files = memory(
        "0::/a/b\n",
        &format!("50 49 0:28 /a/b /part rw - cgroup2 none rw\n{V2_MOUNT}\n"),
        &[
            ("/part/cpu.max", "max 100000"),
            ("/sys/fs/cgroup/a/b/cpu.max", "max 100000"),
            ("/sys/fs/cgroup/a/cpu.max", "90000 100000"),
        ],
    );
    assert_eq!(
        quota(&files),
        Ok(Some(found(0.9, "/sys/fs/cgroup/a/cpu.max")))
    );
}

#[test]
fn without_files_every_counter_is_missing() {
    assert_eq!(read_counters(&Memory::default()), HostCounters::default());
}
