//! Memory beside what the process has now. Bounds are what was measured (research/advisor.md 2.1, findings 8, 4.5).

use super::estimate::Estimate;
use super::model::Model;
use crate::strategy::Strategy;

/// A bare isolate of offloop; with a task's garbage, up to 7.
const ISOLATE: [f64; 3] = [2.0, 3.0, 7.0];
/// A bare `worker_threads` thread.
const THREAD: [f64; 3] = [8.5, 10.0, 15.0];
/// A bare Node process: its own pages, and at most its whole RSS.
const PROCESS: [f64; 3] = [12.0, 15.0, 45.0];
/// A cluster's primary, or the bare process on a further host, where nothing is shared.
const PRIMARY: [f64; 3] = [42.0, 45.0, 50.0];

/// What `strategy` adds.
pub fn of(strategy: Strategy, model: &Model) -> Estimate {
    let threads = model.threads as f64;
    let processes = model.processes as f64;
    let total = |bound: usize| match strategy {
        Strategy::None | Strategy::Unknown => 0.0,
        Strategy::Offload => threads * ISOLATE[bound],
        Strategy::WorkerThreads => threads * (THREAD[bound] + model.module_memory_mb),
        Strategy::Cluster => processes * (PROCESS[bound] + model.app_memory_mb) + PRIMARY[bound],
        // The children load the function's modules; this process is their primary.
        Strategy::ChildProcess => processes * (PROCESS[bound] + model.module_memory_mb),
        Strategy::ScaleOut => (model.replicas - 1) as f64 * (PRIMARY[bound] + model.app_memory_mb),
    };
    Estimate {
        value: total(1),
        low: total(0),
        high: total(2),
    }
}
