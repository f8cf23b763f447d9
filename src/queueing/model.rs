//! What is predicted: a load, the work in it, a machine, and the sizes that strategies would have.

use super::child_cost;
use super::invalid::{self, Invalid, number, whole};
use super::service_times::ServiceTimes;
use crate::random::Generator;

/// Nobody serves more from one process.
const MOST_PER_SECOND: f64 = 1e6;
const LONGEST_MS: f64 = 3_600_000.0;
const MOST_CORES: f64 = 4_096.0;
const LEAST_CORES: f64 = 0.01;
const MOST_THREADS: usize = 1_024;
const MOST_REPLICAS: usize = 10_000;
const MOST_MB: f64 = 1e9;
const MOST_BYTES: f64 = 1e12;

/// Service times as they come from JavaScript: a histogram, or percentiles.
#[derive(Clone, Debug, Default)]
pub struct ServiceTimesInput {
    /// Midpoints of buckets, ascending.
    pub ms: Option<Vec<f64>>,
    /// How often each bucket was seen.
    pub count: Option<Vec<f64>>,
    /// Without a histogram: the median; alone, each time.
    pub p50_ms: Option<f64>,
    /// With it, a log-normal distribution.
    pub p99_ms: Option<f64>,
}

/// The part that could leave the main thread, as it comes from JavaScript.
#[derive(Clone, Debug, Default)]
pub struct HeavyInput {
    /// Share of the requests that have it.
    pub share: f64,
    /// How long it takes.
    pub service: ServiceTimesInput,
    /// What a call of it costs the main thread when it runs on a thread.
    pub main_thread_ms: f64,
    /// The same when it runs in a child process.
    pub child_main_thread_ms: Option<f64>,
    /// Else estimated from these …
    pub argument_bytes: Option<f64>,
    /// … and these.
    pub result_bytes: Option<f64>,
    /// Whether these are buffers.
    pub binary: bool,
}

/// A model as it comes from JavaScript.
#[derive(Clone, Debug, Default)]
pub struct ModelInput {
    /// All that arrive at this process now.
    pub requests_per_second: f64,
    /// Work that stays on the main thread, per request.
    pub light: ServiceTimesInput,
    /// Work that could leave it.
    pub heavy: Option<HeavyInput>,
    /// Cores that this process may use at the same time.
    pub cores: f64,
    /// CPU quota in cores.
    pub quota: Option<f64>,
    /// Threads of a pool, or of `worker_threads`.
    pub threads: f64,
    /// Processes of a cluster, or children.
    pub processes: f64,
    /// Hosts like this one, after scaling out.
    pub replicas: f64,
    /// Heap of the application in one more process.
    pub app_memory_mb: f64,
    /// Heap of the modules in one more thread.
    pub module_memory_mb: f64,
    /// Of the random numbers.
    pub seed: f64,
}

/// The part that could leave the main thread.
#[derive(Clone, Debug)]
pub struct Heavy {
    /// Share of the requests that have it.
    pub share: f64,
    /// How long it takes.
    pub service: ServiceTimes,
    /// What a call costs the main thread when it runs on a thread.
    pub main_thread_ms: f64,
    /// What a call costs the main thread when it runs in a child process.
    pub child_main_thread_ms: f64,
}

/// A model whose every number is within bounds, so that the work to predict is too.
#[derive(Clone, Debug)]
pub struct Model {
    /// All that arrive at this process now.
    pub requests_per_second: f64,
    /// Work that stays on the main thread, per request.
    pub light: ServiceTimes,
    /// Work that could leave it.
    pub heavy: Option<Heavy>,
    /// Cores that this process may use at the same time.
    pub cores: f64,
    /// CPU quota in cores: so much CPU time in each period, at any speed.
    pub quota: Option<f64>,
    /// Threads of a pool, or of `worker_threads`.
    pub threads: usize,
    /// Processes of a cluster, or children.
    pub processes: usize,
    /// Hosts like this one, after scaling out.
    pub replicas: usize,
    /// Heap of the application in one more process.
    pub app_memory_mb: f64,
    /// Heap of the modules in one more thread.
    pub module_memory_mb: f64,
    /// Of the random numbers.
    pub seed: u64,
}

impl Model {
    /// Checks every number.
    ///
    /// # Errors
    /// The first that makes no sense, by its path.
    pub fn new(input: &ModelInput) -> Result<Self, Invalid> {
        let rate = input.requests_per_second;
        if rate <= 0.0 || !rate.is_finite() {
            return Err(Invalid::new(
                "requestsPerSecond",
                "a number above 0: what nobody asks for needs no prediction",
                rate,
            ));
        }
        let model = Self {
            requests_per_second: number("requestsPerSecond", rate, 0.0, MOST_PER_SECOND)?,
            light: input.light.distribution("light")?,
            heavy: input.heavy.as_ref().map(Heavy::new).transpose()?,
            cores: number("cores", input.cores, LEAST_CORES, MOST_CORES)?,
            quota: input
                .quota
                .map(|quota| number("quota", quota, LEAST_CORES, MOST_CORES))
                .transpose()?,
            threads: whole("threads", input.threads, 1, MOST_THREADS)?,
            processes: whole("processes", input.processes, 1, MOST_THREADS)?,
            replicas: whole("replicas", input.replicas, 1, MOST_REPLICAS)?,
            app_memory_mb: number("appMemoryMb", input.app_memory_mb, 0.0, MOST_MB)?,
            module_memory_mb: number("moduleMemoryMb", input.module_memory_mb, 0.0, MOST_MB)?,
            seed: whole("seed", input.seed, 0, u32::MAX as usize)? as u64,
        };
        if model.request_ms() <= 0.0 {
            return Err(Invalid::new(
                "light",
                "above 0 ms where heavy work is 0 ms too: without work there is no queue",
                "0 ms",
            ));
        }
        Ok(model)
    }

    /// Mean work of one request, all on one thread.
    pub fn request_ms(&self) -> f64 {
        self.light.mean() + self.heavy.as_ref().map_or(0.0, Heavy::mean_per_request)
    }

    /// The same with service times as another window might have measured them.
    pub fn resampled(&self, generator: &mut Generator) -> Self {
        let mut model = self.clone();
        model.light = self.light.resampled(generator);
        if let Some(heavy) = &mut model.heavy {
            heavy.service = heavy.service.resampled(generator);
        }
        model
    }
}

impl Heavy {
    fn new(input: &HeavyInput) -> Result<Self, Invalid> {
        let cost = "heavy.mainThreadMs";
        let main_thread_ms = number(cost, input.main_thread_ms, 0.0, LONGEST_MS)?;
        let bytes = |field, value: Option<f64>| {
            value
                .map(|bytes| number(field, bytes, 0.0, MOST_BYTES))
                .transpose()
        };
        let arguments = bytes("heavy.argumentBytes", input.argument_bytes)?;
        let results = bytes("heavy.resultBytes", input.result_bytes)?;
        let child_main_thread_ms = match (input.child_main_thread_ms, arguments, results) {
            (Some(ms), ..) => number("heavy.childMainThreadMs", ms, 0.0, LONGEST_MS)?,
            (None, None, None) => child_cost::of_call(main_thread_ms),
            (None, arguments, results) => {
                let both = arguments.unwrap_or(0.0) + results.unwrap_or(0.0);
                child_cost::of_bytes(both / 2.0, input.binary)
            }
        };
        Ok(Self {
            share: number("heavy.share", input.share, 0.0, 1.0)?,
            service: input.service.distribution("heavy.service")?,
            main_thread_ms,
            child_main_thread_ms,
        })
    }

    /// Mean over all requests.
    pub fn mean_per_request(&self) -> f64 {
        self.share * self.service.mean()
    }
}

impl ServiceTimesInput {
    fn distribution(&self, field: &str) -> Result<ServiceTimes, Invalid> {
        match (&self.ms, &self.count, self.p50_ms, self.p99_ms) {
            (Some(ms), Some(count), None, None) => ServiceTimes::histogram(field, ms, count),
            (None, None, Some(p50), Some(p99)) => ServiceTimes::log_normal(field, p50, p99),
            (None, None, Some(p50), None) => {
                invalid::number(&format!("{field}.p50Ms"), p50, 0.0, LONGEST_MS)?;
                ServiceTimes::constant(field, p50)
            }
            _ => Err(Invalid::new(
                field,
                "a histogram { ms, count }, or { p50Ms, p99Ms }, or { p50Ms } alone",
                "something else",
            )),
        }
    }
}
