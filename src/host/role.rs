//! What this thread is: main, a worker thread, a cluster's worker.

use super::environment::Environment;
use super::fact::Fact;
use super::process_manager::Pm2;
use super::runtime::Runtime;

/// `main`, `worker-thread` or `cluster-worker`.
pub fn role(runtime: &Runtime) -> Fact<&'static str> {
    if !runtime.main_thread {
        Fact::known("worker-thread", "worker_threads.isMainThread")
    } else if runtime.cluster_worker {
        Fact::known("cluster-worker", "cluster.isWorker")
    } else {
        Fact::known("main", "worker_threads.isMainThread and cluster.isWorker")
    }
}

/// Whether the process is a cluster's worker. A worker thread of it has a `cluster` that says no, and Node has deleted
/// the variable; only the environment that the process was started with still has it.
pub fn inside_cluster(
    runtime: &Runtime,
    environment: &Environment<'_>,
    pm2: Option<&Pm2>,
) -> Fact<bool> {
    if runtime.main_thread && runtime.cluster_worker {
        return Fact::known(true, "cluster.isWorker");
    }
    if let Some(mode) = pm2.and_then(|pm2| pm2.exec_mode.as_ref())
        && mode.value == "cluster_mode"
    {
        return Fact::known(true, mode.source.clone());
    }
    if runtime.main_thread {
        return Fact::known(false, "cluster.isWorker");
    }
    match environment.at_start("NODE_UNIQUE_ID") {
        Ok(Some(variable)) => Fact::known(true, variable.source),
        Ok(None) => Fact::known(false, "no NODE_UNIQUE_ID in /proc/self/environ"),
        Err(reason) => Fact::unknown(reason),
    }
}
