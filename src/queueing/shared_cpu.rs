//! Queues whose threads share cores and a CPU quota, event by event.
//!
//! All busy threads run equally fast, so one clock of work serves them all: a thread that starts with `s` ms of work is
//! done when that clock has gone `s` ms further, however fast it went meanwhile.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::layout::{Observed, Shape};
use super::stream::Request;

/// The kernel's period of a CPU quota.
pub const PERIOD_MS: f64 = 100.0;

/// Runs `requests` through the queues of `shape` on one host.
pub fn run(requests: &[Request], gap_ms: f64, shape: Shape, cpu: Cpu) -> Observed {
    let stations = match shape {
        Shape::Copies(count) => (0..count).map(|_| Station::new(1)).collect(),
        Shape::Pool { workers, .. } => vec![Station::new(1), Station::new(workers)],
    };
    let mut simulation = Simulation {
        requests,
        shape,
        cpu,
        stations,
        running: BinaryHeap::new(),
        times: Vec::with_capacity(requests.len()),
    };
    let mut arrival = 0.0;
    for request in requests {
        arrival += request.gap * gap_ms;
        simulation.run_until(arrival);
        simulation.arrive(request);
    }
    simulation.run_until(f64::INFINITY);
    Observed {
        occupancy: simulation.occupancy(arrival),
        sojourns: simulation.times,
    }
}

/// Cores, and a token bucket of CPU time that is filled at the start of each period.
pub struct Cpu {
    now: f64,
    /// Work done by each thread that was busy all the time since the last idle moment.
    work: f64,
    cores: f64,
    bucket: Option<Bucket>,
}

struct Bucket {
    /// CPU ms in each period.
    size: f64,
    tokens: f64,
    /// When it is next filled.
    refill: f64,
}

/// Where a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// The work that was waited for is done.
    Work,
    /// The time.
    Time,
}

impl Cpu {
    /// `cores` at full speed, of which `quota` on average over a period.
    pub fn new(cores: f64, quota: Option<f64>) -> Self {
        Self {
            now: 0.0,
            work: 0.0,
            cores,
            bucket: quota.map(|quota| Bucket {
                size: quota * PERIOD_MS,
                tokens: quota * PERIOD_MS,
                refill: PERIOD_MS,
            }),
        }
    }

    /// Nobody is busy until `time`.
    fn idle_until(&mut self, time: f64) {
        self.now = time;
        // Small numbers are exact.
        self.work = 0.0;
        if let Some(bucket) = &mut self.bucket
            && time >= bucket.refill
        {
            bucket.tokens = bucket.size;
            bucket.refill = ((time / PERIOD_MS).floor() + 1.0) * PERIOD_MS;
        }
    }

    /// `busy` threads run until each has done work up to `work`, or until `time`.
    fn run(&mut self, busy: usize, work: f64, time: f64) -> Reached {
        let busy = busy as f64;
        let speed = (self.cores / busy).min(1.0);
        let Some(bucket) = &mut self.bucket else {
            let done = self.now + (work - self.work).max(0.0) / speed;
            if done <= time {
                (self.now, self.work) = (done, work);
                return Reached::Work;
            }
            self.work += (time - self.now) * speed;
            self.now = time;
            return Reached::Time;
        };
        let burn = speed * busy;
        loop {
            let to_work = (work - self.work).max(0.0) / speed;
            let to_empty = bucket.tokens / burn;
            let run = to_work.min(to_empty).min(bucket.refill - self.now);
            if self.now + run > time {
                let run = time - self.now;
                self.work += run * speed;
                bucket.tokens = (bucket.tokens - run * burn).max(0.0);
                self.now = time;
                return Reached::Time;
            }
            bucket.tokens = (bucket.tokens - run * burn).max(0.0);
            if to_work <= run {
                self.now += run;
                self.work = work;
                return Reached::Work;
            }
            self.work += run * speed;
            // The tokens or the period are used up: either way nothing more happens in this period.
            if time < bucket.refill {
                self.now = time;
                bucket.tokens = 0.0;
                return Reached::Time;
            }
            self.now = bucket.refill;
            // Whole periods at once, so that the steps do not grow with the work.
            let each = (bucket.size / burn).min(PERIOD_MS) * speed;
            let whole = ((work - self.work) / each).min((time - self.now) / PERIOD_MS);
            let whole = whole.floor().max(0.0);
            self.work += whole * each;
            self.now += whole * PERIOD_MS;
            bucket.refill = self.now + PERIOD_MS;
            bucket.tokens = bucket.size;
        }
    }
}

/// Threads with one queue.
struct Station {
    idle: usize,
    threads: usize,
    waiting: VecDeque<Job>,
    /// Time that its threads were busy, added up.
    busy_ms: f64,
}

#[derive(Clone, Copy)]
struct Job {
    request: usize,
    work: f64,
}

/// A job on a thread.
struct Running {
    /// On the clock of work.
    finish: f64,
    since: f64,
    request: usize,
    station: usize,
}

struct Simulation<'a> {
    requests: &'a [Request],
    shape: Shape,
    cpu: Cpu,
    stations: Vec<Station>,
    running: BinaryHeap<Running>,
    /// Of each request: when it arrived, later how long it stayed.
    times: Vec<f64>,
}

impl Simulation<'_> {
    fn run_until(&mut self, time: f64) {
        while let Some(next) = self.running.peek() {
            if self.cpu.run(self.running.len(), next.finish, time) == Reached::Time {
                return;
            }
            self.finish_first();
        }
        if time.is_finite() {
            self.cpu.idle_until(time);
        }
    }

    fn arrive(&mut self, request: &Request) {
        let (station, work) = match self.shape {
            Shape::Copies(count) => (
                // The product may round up to `count`.
                ((request.route * count as f64) as usize).min(count - 1),
                request.light + request.heavy,
            ),
            Shape::Pool { cost_ms, .. } => {
                let cost = if request.heavy > 0.0 { cost_ms } else { 0.0 };
                (0, request.light + cost)
            }
        };
        let job = Job {
            request: self.times.len(),
            work,
        };
        self.times.push(self.cpu.now);
        self.enqueue(station, job);
    }

    fn enqueue(&mut self, station: usize, job: Job) {
        let at = &mut self.stations[station];
        if at.idle == 0 {
            at.waiting.push_back(job);
            return;
        }
        at.idle -= 1;
        self.start(station, job);
    }

    fn start(&mut self, station: usize, job: Job) {
        self.running.push(Running {
            finish: self.cpu.work + job.work,
            since: self.cpu.now,
            request: job.request,
            station,
        });
    }

    fn finish_first(&mut self) {
        let Some(done) = self.running.pop() else {
            return;
        };
        let now = self.cpu.now;
        let station = &mut self.stations[done.station];
        station.busy_ms += now - done.since;
        match station.waiting.pop_front() {
            Some(next) => self.start(done.station, next),
            None => station.idle += 1,
        }
        let work = self.requests[done.request].heavy;
        if matches!(self.shape, Shape::Pool { .. }) && done.station == 0 && work > 0.0 {
            let request = done.request;
            self.enqueue(1, Job { request, work });
        } else {
            self.times[done.request] = now - self.times[done.request];
        }
    }

    /// Busy time per thread of the busiest group, over the time in which requests came. What is left to do when the
    /// last has come counts too: a queue that grows is above 1.
    fn occupancy(&self, time: f64) -> f64 {
        let share = |stations: &[Station]| {
            let busy: f64 = stations.iter().map(|station| station.busy_ms).sum();
            let threads: usize = stations.iter().map(|station| station.threads).sum();
            busy / (threads as f64 * time)
        };
        match self.shape {
            Shape::Copies(_) => share(&self.stations),
            Shape::Pool { .. } => {
                let groups = self.stations.iter().map(std::slice::from_ref);
                groups.map(share).fold(0.0, f64::max)
            }
        }
    }
}

impl Station {
    fn new(threads: usize) -> Self {
        Self {
            idle: threads,
            threads,
            waiting: VecDeque::new(),
            busy_ms: 0.0,
        }
    }
}

impl Ord for Running {
    /// The first to finish is the greatest, for `BinaryHeap`; of equals the one that arrived first.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = other.finish.total_cmp(&self.finish);
        by_time.then(other.request.cmp(&self.request))
    }
}

impl PartialOrd for Running {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Running {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Running {}
