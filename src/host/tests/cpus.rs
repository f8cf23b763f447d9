//! CPUs: lists, masks, siblings, and what `num_cpus` is asked for.

use super::fixture::{COUNTING, Memory, main_thread};
use crate::host::cpu_list;
use crate::host::cpus::{self, Cpus};
use crate::host::{Fact, Runtime};

const ONLINE: &str = "/sys/devices/system/cpu/online";
const STATUS: &str = "/proc/self/status";

fn read(files: &[(&str, &str)]) -> Cpus {
    cpus::read(&Memory::new(files), &main_thread(&[]), COUNTING)
}

#[test]
fn lists() {
    let count = |text| cpu_list::parse(text).map(|list| list.count());
    assert_eq!(count("0-3,8,10-11\n"), Some(7));
    assert_eq!(count("5"), Some(1));
    assert_eq!(count("\n"), Some(0));
    assert_eq!(count("0-4294967295"), Some(4_294_967_296));
    for bad in [
        "x",
        "1-",
        "-1",
        "3-1",
        "0,,1",
        "0-3,2",
        "0-1-2",
        "4294967296",
        "0-31:2/4",
    ] {
        assert_eq!(count(bad), None, "{bad}");
    }
    let many: Vec<String> = (0..10_000).map(|cpu| (2 * cpu).to_string()).collect();
    assert_eq!(cpu_list::parse(&many.join(",")), None);
    let common = |one, two| {
        let list = |text| cpu_list::parse(text).expect("a list");
        list(one).count_common(&list(two))
    };
    assert_eq!(common("0-7", "2-3,6-9"), 4);
    assert_eq!(common("0-1", "2"), 0);
}

#[test]
fn beyond_1024_cpus() {
    let cpus = read(&[
        (ONLINE, "0-2047"),
        (STATUS, "Cpus_allowed_list:\t1000-1999\n"),
    ]);
    assert_eq!(cpus.allowed.value, Some(1000.0));
    assert_eq!(cpus.logical.value, Some(2048.0));
}

#[test]
fn cpus_that_are_not_online_do_not_count() {
    let cpus = read(&[(ONLINE, "0-1"), (STATUS, "Cpus_allowed_list:\t0-127\n")]);
    assert_eq!(cpus.allowed.value, Some(2.0));
    let none = read(&[(ONLINE, "0-1"), (STATUS, "Cpus_allowed_list:\t2-3\n")]);
    assert_eq!(none.allowed.value, None);
    assert!(
        none.allowed.source.ends_with("has no CPU"),
        "{}",
        none.allowed.source
    );
    let by_stat = read(&[
        ("/proc/stat", "cpu  1\ncpu0 1\ncpu2 1\n"),
        (STATUS, "Cpus_allowed_list:\t0-3\n"),
    ]);
    assert_eq!(by_stat.logical, Fact::known(2.0, "/proc/stat"));
    assert_eq!(by_stat.allowed.value, Some(2.0));
}

#[test]
fn cores_are_told_apart_by_their_threads() {
    let siblings = |cpu| format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
    let paths: Vec<String> = (0..4).map(siblings).collect();
    let mut files: Vec<(&str, &str)> = paths
        .iter()
        .zip(["0,2", "1,3", "0,2", "1,3"])
        .map(|(path, list)| (path.as_str(), list))
        .collect();
    files.push((ONLINE, "0-3"));
    let cpus = read(&files);
    assert_eq!(cpus.physical.value, Some(2.0));
    let computed = "computed from logicalCores and physicalCores";
    assert_eq!(cpus.smt, Fact::known(true, computed));
    // One is missing: no count.
    files.remove(0);
    assert_eq!(read(&files).physical.value, None);
    files.push(("/proc/cpuinfo", "processor\t: 0\ncpu cores\t: 2\n"));
    assert_eq!(read(&files).physical, Fact::known(33.0, "num_cpus"));
}

#[test]
fn elsewhere_num_cpus_counts() {
    let runtime = Runtime {
        platform: "darwin".to_owned(),
        ..main_thread(&[])
    };
    let cpus = cpus::read(&Memory::default(), &runtime, COUNTING);
    assert_eq!(cpus.allowed, Fact::known(77.0, "num_cpus"));
    assert_eq!(cpus.logical, Fact::known(77.0, "num_cpus"));
    assert_eq!(cpus.physical, Fact::known(33.0, "num_cpus"));
    assert_eq!(cpus.smt.value, Some(true));
    let linux = read(&[]);
    assert_eq!(linux.allowed, Fact::known(77.0, "num_cpus"));
    assert_eq!(linux.logical, Fact::unknown("no /proc/stat"));
    assert_eq!(linux.physical.value, None);
}
