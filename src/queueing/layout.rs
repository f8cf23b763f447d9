//! The strategies, and the queues that each of them is.

use super::fifo;
use super::model::Model;
use super::shared_cpu::{self, Cpu};
use super::stream::Stream;
use crate::strategy::Strategy;

/// The queues that a strategy makes of `model`; none when there is nothing that it could move.
pub fn layout_of(strategy: Strategy, model: &Model) -> Option<Layout> {
    let heavy = model.heavy.as_ref();
    let here = |shape| Layout { hosts: 1, shape };
    Some(match strategy {
        Strategy::None => here(Shape::Copies(1)),
        Strategy::Offload => here(Shape::Pool {
            workers: model.threads,
            cost_ms: heavy?.main_thread_ms,
        }),
        Strategy::WorkerThreads => here(Shape::Copies(model.threads)),
        Strategy::Cluster => here(Shape::Copies(model.processes)),
        Strategy::ChildProcess => here(Shape::Pool {
            workers: model.processes,
            cost_ms: heavy?.child_main_thread_ms,
        }),
        Strategy::ScaleOut => Layout {
            hosts: model.replicas,
            shape: Shape::Copies(1),
        },
        // Not a way to run anything.
        Strategy::Unknown => return None,
    })
}

/// Queues, and who serves them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Hosts, each with all the cores and the quota, and an equal share of the requests.
    pub hosts: usize,
    /// On each of them.
    pub shape: Shape,
}

/// The queues on one host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Threads that each serve whole requests from a queue of their own.
    Copies(usize),
    /// A main thread; heavy work goes on to one queue that several threads serve.
    Pool {
        /// These threads.
        workers: usize,
        /// What handing over one piece of heavy work costs the main thread, in ms.
        cost_ms: f64,
    },
}

/// What a simulation saw.
#[derive(Debug)]
pub struct Observed {
    /// From arrival to answer in ms, one for each request of the stream.
    pub sojourns: Vec<f64>,
    /// Share of time in which the busiest group of threads has work, where that is more than its work takes: threads
    /// that share cores or a quota are busy while they wait for them. 0 when they do not share.
    pub occupancy: f64,
}

impl Layout {
    /// Runs the stream at `per_second`.
    pub fn simulate(&self, model: &Model, per_second: f64, stream: &Stream) -> Observed {
        // One host is observed. The others are like it and share nothing with it.
        let gap_ms = 1_000.0 / per_second * self.hosts as f64;
        let requests = &stream.requests;
        if !self.shares_cpu(model) {
            let sojourns = match self.shape {
                // Likewise one of the copies.
                Shape::Copies(count) => fifo::single(requests, gap_ms * count as f64),
                Shape::Pool { workers, cost_ms } => fifo::pool(requests, gap_ms, workers, cost_ms),
            };
            return Observed {
                sojourns,
                occupancy: 0.0,
            };
        }
        shared_cpu::run(
            requests,
            gap_ms,
            self.shape,
            Cpu::new(model.cores, model.quota),
        )
    }

    /// Whether its threads can want more CPU than there is.
    pub fn shares_cpu(&self, model: &Model) -> bool {
        let threads = match self.shape {
            Shape::Copies(count) => count,
            Shape::Pool { workers, .. } => workers + 1,
        } as f64;
        threads > model.cores || model.quota.is_some_and(|quota| threads > quota)
    }
}
