//! The parsers, on good and bad texts.

use crate::host::cgroup::{self, Membership};
use crate::host::mountinfo::parse_cgroup_mounts;
use crate::host::pressure::{self, Pressure};
use crate::host::proc_stat::{self, CpuTicks};
use crate::host::{cgroup_v1, cgroup_v2, flat_keyed, proc_status};

#[test]
fn memberships_of_all_hierarchies() {
    let text = "9:name=systemd:/\n4:memory:/a:b/c\n2:cpu,cpuacct:/x\n0::/y\n";
    let line = |controllers: &[&'static str], path| Membership {
        controllers: controllers.to_vec(),
        path,
    };
    assert_eq!(
        cgroup::parse(text),
        [
            line(&["name=systemd"], "/"),
            line(&["memory"], "/a:b/c"),
            line(&["cpu", "cpuacct"], "/x"),
            line(&[], "/y"),
        ]
    );
    assert_eq!(
        cgroup::parse("\n::\n0:/\nx:cpu:/\n3:cpu:relative\n5::/\n0:cpu:/\n"),
        []
    );
}

#[test]
fn mounts_of_control_groups_only() {
    let text = "22 27 0:21 / /proc rw,relatime - proc proc rw\n\
        31 23 0:28 / /with\\040blank\\134 rw shared:9 master:2 - cgroup2 cgroup rw,nsdelegate\n\
        32 31 0:29 /docker/1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n\
        33 31 0:29 / /not/cgroup rw - tmpfs cgroup rw\ncgroup\n - cgroup\n1 2 3 cgroup - cgroup\n";
    let mounts = parse_cgroup_mounts(text);
    assert_eq!(mounts.len(), 2);
    assert_eq!(mounts[0].point, "/with blank\\");
    assert_eq!(mounts[0].kind, "cgroup2");
    assert_eq!(mounts[1].root, "/docker/1");
    assert_eq!(mounts[1].options, ["rw", "cpu", "cpuacct"]);
}

#[test]
fn limits() {
    assert_eq!(cgroup_v2::cpu_max("125000 100000\n"), Ok(Some(1.25)));
    assert_eq!(cgroup_v2::cpu_max("50000"), Ok(Some(0.5)));
    assert_eq!(cgroup_v1::cpu_quota("25000\n", "100000\n"), Ok(Some(0.25)));
    assert!(cgroup_v1::cpu_quota("25000", "0").is_err());
    assert!(cgroup_v1::cpu_quota("99999999999999999999", "1").is_err());
    assert_eq!(cgroup_v2::memory_limit("max\n"), Ok(None));
    assert_eq!(cgroup_v2::memory_limit("1048576\n"), Ok(Some(1_048_576.0)));
    assert!(cgroup_v2::memory_limit("-1").is_err());
    assert_eq!(cgroup_v1::memory_limit("9223372036854771712\n"), Ok(None));
    assert_eq!(cgroup_v1::memory_limit("-1"), Ok(None));
    assert_eq!(cgroup_v1::memory_limit("4096"), Ok(Some(4096.0)));
    assert!(cgroup_v1::memory_limit("much").is_err());
}

#[test]
fn keyed_lines() {
    let text = "nr_periods 10\nnr_throttled  3\nnr_bursts x\nnr\n";
    assert_eq!(flat_keyed::value(text, "nr_periods"), Some(10));
    assert_eq!(flat_keyed::value(text, "nr_throttled"), Some(3));
    assert_eq!(flat_keyed::value(text, "nr_bursts"), None);
    assert_eq!(flat_keyed::value(text, "nr"), None);
}

#[test]
fn pressure_of_some() {
    let text = "some avg10=12.50 avg60=1.31 avg300=4.25 total=49577744\nfull avg10=9 total=1\n";
    let some = Pressure {
        avg10: 0.125,
        total_us: 49_577_744,
    };
    assert_eq!(pressure::parse(text), Some(some));
    for bad in [
        "",
        "full avg10=0.00 total=0",
        "some avg10=NaN total=0",
        "some avg10=101 total=0",
        "some avg10=1",
        "some total=1",
    ] {
        assert_eq!(pressure::parse(bad), None, "{bad}");
    }
}

#[test]
fn ticks_and_online_cpus() {
    let text = "cpu  10 0 20 60 0 0 0 10 5 5\ncpu0 1 1\ncpu3 1 1\nctxt 5\n";
    let ticks = CpuTicks {
        steal: 10,
        total: 100,
    };
    assert_eq!(proc_stat::cpu_ticks(text), Some(ticks));
    assert_eq!(proc_stat::online_cpus(text), [0, 3]);
    for bad in [
        "",
        "cpu  1 2 3",
        "cpu  1 2 3 4 5 6 7 x",
        "cpu 18446744073709551615 1 1 1 1 1 1 1",
    ] {
        assert_eq!(proc_stat::cpu_ticks(bad), None, "{bad}");
    }
}

#[test]
fn status() {
    let text = "Name:\tnode\nPid:\t42\nPPid:\t1\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n";
    assert_eq!(proc_status::pid(text), Some(42));
    assert_eq!(proc_status::cpus_allowed(text), Some("0-1"));
    assert_eq!(proc_status::pid("Pid:\tx"), None);
    assert_eq!(proc_status::cpus_allowed("Pid: 1"), None);
}
