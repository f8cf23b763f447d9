//! Queues whose threads never wait for a core.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::stream::Request;

/// Sojourn times of a G/G/1 queue (Lindley): who arrives waits for what the one before it left undone.
pub fn single(requests: &[Request], gap_ms: f64) -> Vec<f64> {
    let mut left = 0.0_f64;
    requests
        .iter()
        .map(|request| {
            let wait = (left - request.gap * gap_ms).max(0.0);
            left = wait + request.light + request.heavy;
            left
        })
        .collect()
}

/// Sojourn times of a G/G/1 queue, the main thread, from which heavy work goes on to a G/G/k queue.
pub fn pool(requests: &[Request], gap_ms: f64, workers: usize, cost_ms: f64) -> Vec<f64> {
    let mut servers = Servers::new(workers);
    let mut now = 0.0;
    let mut main_free = 0.0_f64;
    requests
        .iter()
        .map(|request| {
            now += request.gap * gap_ms;
            main_free = main_free.max(now) + request.light;
            if request.heavy == 0.0 {
                return main_free - now;
            }
            main_free += cost_ms;
            servers.serve(main_free, request.heavy) - now
        })
        .collect()
}

/// The servers of a G/G/k queue (Kiefer and Wolfowitz): when each of them is free.
pub struct Servers {
    free: BinaryHeap<Earliest>,
}

impl Servers {
    /// `count` servers that are free.
    pub fn new(count: usize) -> Self {
        Self {
            free: (0..count).map(|_| Earliest(0.0)).collect(),
        }
    }

    /// When work that comes at `at` is done. Calls are in the order of their `at`.
    pub fn serve(&mut self, at: f64, work: f64) -> f64 {
        // The server that is free first; the heap moves it to its new place.
        let mut first = self.free.peek_mut().expect("there is at least one server");
        first.0 = first.0.max(at) + work;
        first.0
    }
}

/// A time; the earliest is the greatest, for `BinaryHeap`.
struct Earliest(f64);

impl Ord for Earliest {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0)
    }
}

impl PartialOrd for Earliest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Earliest {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Earliest {}
