//! Roles, PM2 and instances, from both environments.

use super::fixture::{Memory, facts, main_thread, worker_thread};
use crate::host::{Fact, Runtime};

const ENVIRON: &str = "/proc/self/environ";
const PM2_JSON: &str = r#"{"name":"a \"b\"","env":{"pm_id":9,"exec_mode":"fork_mode"},"args":["x,}"],"exec_mode":"cluster_mode","pm_id":3,"instances":4,"note":null}"#;

fn machine() -> Memory {
    Memory::new(&[
        ("/sys/devices/system/cpu/online", "0-7"),
        ("/proc/self/status", "Cpus_allowed_list:\t0-7\n"),
        (ENVIRON, "HOME=/root\0"),
    ])
}

fn started_with(environ: &str) -> Memory {
    machine().with(&[(ENVIRON, environ)])
}

#[test]
fn an_ordinary_process() {
    let facts = facts(&machine(), &main_thread(&[]));
    assert_eq!(facts.role.value, Some("main"));
    assert_eq!(facts.inside_cluster, Fact::known(false, "cluster.isWorker"));
    assert_eq!(facts.process_manager.value, Some("none"));
    assert_eq!(facts.instances.value, Some(1.0));
    assert_eq!(facts.cores_per_instance.value, Some(8.0));
}

#[test]
fn a_cluster_worker_does_not_see_how_many_there_are() {
    let worker = Runtime {
        cluster_worker: true,
        ..main_thread(&[])
    };
    let read = facts(&machine(), &worker);
    assert_eq!(read.role.value, Some("cluster-worker"));
    assert_eq!(read.inside_cluster.value, Some(true));
    assert_eq!(read.instances.value, None);
    assert!(
        read.cores_per_instance
            .source
            .starts_with("instances: a cluster's worker")
    );
    let told = Runtime {
        cluster_worker: true,
        ..main_thread(&[("WEB_CONCURRENCY", "4")])
    };
    let read = facts(&machine(), &told);
    assert_eq!(
        read.instances,
        Fact::known(4.0, "process.env.WEB_CONCURRENCY")
    );
    assert_eq!(read.cores_per_instance.value, Some(2.0));
}

#[test]
fn a_worker_thread_sees_the_cluster_in_what_the_process_was_started_with() {
    let files = started_with("NODE_CHANNEL_FD=3\0NODE_UNIQUE_ID=2\0WEB_CONCURRENCY=2\0");
    let read = facts(&files, &worker_thread(&[]));
    assert_eq!(read.role.value, Some("worker-thread"));
    assert_eq!(
        read.inside_cluster,
        Fact::known(true, "NODE_UNIQUE_ID in /proc/self/environ")
    );
    assert_eq!(
        read.instances,
        Fact::known(2.0, "WEB_CONCURRENCY in /proc/self/environ")
    );
    // A forked child has a channel, and is no cluster's worker.
    let child = started_with("NODE_CHANNEL_FD=3\0");
    assert_eq!(
        facts(&child, &worker_thread(&[])).inside_cluster.value,
        Some(false)
    );
    let hidden = facts(&Memory::default(), &worker_thread(&[]));
    assert_eq!(
        hidden.inside_cluster,
        Fact::unknown("no /proc/self/environ")
    );
    assert_eq!(hidden.instances, Fact::unknown("no /proc/self/environ"));
}

#[test]
fn on_the_main_thread_process_env_is_the_truth() {
    let files = started_with("WEB_CONCURRENCY=4\0UV_THREADPOOL_SIZE=9\0");
    let read = facts(&files, &main_thread(&[("UV_THREADPOOL_SIZE", "2")]));
    assert_eq!(read.instances.value, Some(1.0));
    assert_eq!(
        read.threadpool_size,
        Fact::known(2.0, "process.env.UV_THREADPOOL_SIZE")
    );
    let thread = facts(&files, &worker_thread(&[]));
    assert_eq!(
        thread.threadpool_size,
        Fact::known(9.0, "UV_THREADPOOL_SIZE in /proc/self/environ")
    );
}

#[test]
fn a_primary_counts_its_workers() {
    let primary = Runtime {
        cluster_workers: 2,
        ..main_thread(&[("WEB_CONCURRENCY", "5")])
    };
    let read = facts(&machine(), &primary);
    assert_eq!(read.instances, Fact::known(2.0, "cluster.workers"));
    assert_eq!(read.cores_per_instance.value, Some(4.0));
}

#[test]
fn pm2_in_fork_mode() {
    let variables = [
        ("pm_id", "0"),
        ("exec_mode", "fork_mode"),
        ("instances", "2"),
    ];
    let read = facts(&machine(), &main_thread(&variables));
    assert_eq!(
        read.process_manager,
        Fact::known("pm2-fork", "process.env.exec_mode")
    );
    assert_eq!(read.instances, Fact::known(2.0, "process.env.instances"));
    assert_eq!(read.inside_cluster.value, Some(false));
}

#[test]
fn pm2_in_cluster_mode() {
    let variables = [
        ("pm_id", "3"),
        ("exec_mode", "cluster_mode"),
        ("instances", "4"),
    ];
    for thread in [main_thread(&variables), worker_thread(&variables)] {
        let read = facts(&machine(), &thread);
        assert_eq!(read.process_manager.value, Some("pm2-cluster"));
        assert_eq!(read.inside_cluster.value, Some(true));
        assert_eq!(read.cores_per_instance.value, Some(2.0));
    }
    // A worker thread with an environment of its own: PM2's JSON is what the process was started with.
    let files = started_with(&format!("pm2_env={PM2_JSON}\0NODE_UNIQUE_ID=3\0"));
    let read = facts(&files, &worker_thread(&[]));
    assert_eq!(
        read.process_manager,
        Fact::known("pm2-cluster", "exec_mode of pm2_env in /proc/self/environ")
    );
    assert_eq!(read.instances.value, Some(4.0));
}

#[test]
fn numbers_that_are_none() {
    for bad in ["0", "-1", "max", "1.5", "99999999999"] {
        let variables = [("pm_id", "0"), ("exec_mode", "odd"), ("instances", bad)];
        let read = facts(&machine(), &main_thread(&variables));
        assert_eq!(read.instances.value, None, "{bad}");
        assert_eq!(
            read.process_manager,
            Fact::unknown("process.env.exec_mode is \"odd\"")
        );
        let web = facts(&machine(), &main_thread(&[("WEB_CONCURRENCY", bad)]));
        assert_eq!(web.instances.value, None, "{bad}");
        assert!(
            web.instances
                .source
                .starts_with("process.env.WEB_CONCURRENCY is no number")
        );
    }
    // `instances` means nothing without PM2.
    let alone = facts(&machine(), &main_thread(&[("instances", "7")]));
    assert_eq!(alone.instances.value, Some(1.0));
    let half = facts(&machine(), &main_thread(&[("pm_id", "1")]));
    assert_eq!(
        half.process_manager,
        Fact::unknown("process.env.pm_id without exec_mode")
    );
}

#[test]
fn the_threadpool_is_as_large_as_libuv_makes_it() {
    let size = |text| {
        facts(&machine(), &main_thread(&[("UV_THREADPOOL_SIZE", text)]))
            .threadpool_size
            .value
    };
    let sizes = [
        ("16", 16.0),
        (" 8 threads", 8.0),
        ("+3", 3.0),
        ("", 4.0),
        ("0", 1.0),
        ("many", 1.0),
        ("-2", 1024.0),
        ("5000", 1024.0),
        ("99999999999999999999999", 1024.0),
    ];
    for (text, expected) in sizes {
        assert_eq!(size(text), Some(expected), "{text:?}");
    }
}
