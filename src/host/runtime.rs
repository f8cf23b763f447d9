//! What only JavaScript knows.

use std::collections::HashMap;

/// Told by lib/host.js.
#[derive(Clone, Debug, Default)]
pub struct Runtime {
    /// `process.platform`.
    pub platform: String,
    /// `worker_threads.isMainThread`.
    pub main_thread: bool,
    /// `cluster.isWorker`.
    pub cluster_worker: bool,
    /// Workers that this process has forked: `cluster.workers`.
    pub cluster_workers: u32,
    /// Bytes: `v8.getHeapStatistics().heap_size_limit`.
    pub heap_size_limit: f64,
    /// Bytes: `os.totalmem()`.
    pub total_memory: f64,
    /// Those of [`super::VARIABLES`] that `process.env` has.
    pub variables: HashMap<String, String>,
}
