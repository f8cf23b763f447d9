//! Predictions: numbers in, numbers out, the work elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::Task;
use napi::bindgen_prelude::{AsyncTask, Env, Error, JsObjectValue, Result, Status};
use napi_derive::napi;

use super::environment::Environment;
use crate::queueing::{self, Estimate, Failure, ModelInput, Prediction};

/// How long work takes: a histogram `{ ms, count }`, the percentiles of a log-normal distribution
/// `{ p50Ms, p99Ms }`, or `{ p50Ms }` for work that always takes as long.
#[napi(object, object_to_js = false)]
pub struct NativeServiceTimes {
    /// Midpoints of buckets, ascending; at most 2,048.
    pub ms: Option<Vec<f64>>,
    /// How often each was seen.
    pub count: Option<Vec<f64>>,
    /// The median.
    pub p50_ms: Option<f64>,
    /// The 99th percentile.
    pub p99_ms: Option<f64>,
}

/// Work that could leave the main thread.
#[napi(object, object_to_js = false)]
pub struct NativeHeavyWork {
    /// Share of the requests that have it, 0 to 1.
    pub share: f64,
    /// How long it takes.
    pub service: NativeServiceTimes,
    /// What one call costs the main thread when it runs on a thread: dispatch, clone in, clone out.
    pub main_thread_ms: f64,
    /// The same when it runs in a child process; else estimated from the payloads, else from
    /// `mainThreadMs`.
    pub child_main_thread_ms: Option<f64>,
    /// Size of the arguments.
    pub argument_bytes: Option<f64>,
    /// Size of the result.
    pub result_bytes: Option<f64>,
    /// Whether these are buffers, which `child_process` sends as JSON.
    pub binary: Option<bool>,
}

/// What is predicted.
#[napi(object, object_to_js = false)]
pub struct NativeModel {
    /// All that arrive at this process now.
    pub requests_per_second: f64,
    /// Work that stays on the main thread, per request.
    pub light: NativeServiceTimes,
    /// Without it `offload` and `child_process` have nothing to move, and are not predicted.
    pub heavy: Option<NativeHeavyWork>,
    /// Cores that this process may use at the same time; may be a fraction.
    pub cores: f64,
    /// CPU quota in cores, a token bucket of 100 ms; none without it.
    pub quota: Option<f64>,
    /// Threads of a pool, or of `worker_threads`.
    pub threads: f64,
    /// Processes of a cluster, or children.
    pub processes: f64,
    /// Hosts like this one after scaling out, this one included.
    pub replicas: f64,
    /// Heap of the application in one more process.
    pub app_memory_mb: f64,
    /// Heap of the modules in one more thread, or in one more child.
    pub module_memory_mb: f64,
    /// Of the random numbers: the same seed, the same prediction. A whole number below 2^32.
    pub seed: f64,
}

/// A number and what other windows of the same load might have shown.
#[napi(object, object_from_js = false)]
pub struct NativeEstimate {
    /// The point estimate.
    pub value: f64,
    /// About the 5th percentile.
    pub low: f64,
    /// About the 95th; `Infinity` when some of these windows overload the strategy.
    pub high: f64,
}

/// What one strategy would do.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct NativePrediction {
    /// `none`, `offload`, `worker_threads`, `cluster`, `child_process` or `scale-out`.
    pub strategy: &'static str,
    /// What runs out first: `main-thread`, `pool`, `threads`, `cores` or `quota`.
    pub bottleneck: &'static str,
    /// Of the bottleneck.
    pub utilization: f64,
    /// Above 0.95: response times are null, since nothing can be predicted.
    pub saturated: bool,
    /// Median response time of all requests.
    pub p50_ms: Option<NativeEstimate>,
    /// Nine in ten.
    pub p90_ms: Option<NativeEstimate>,
    /// 99 in a hundred.
    pub p99_ms: Option<NativeEstimate>,
    /// 99 in a hundred of the requests without heavy work; null too when there are none.
    pub light_p99_ms: Option<NativeEstimate>,
    /// Largest rate that is not saturated, in requests per second.
    pub max_rps: NativeEstimate,
    /// MB beside what the process has now.
    pub memory_mb: NativeEstimate,
    /// The model against measured servers: largest relative error of the median …
    pub model_error_p50: f64,
    /// … and of the 99th percentile, …
    pub model_error_p99: f64,
    /// … where each thread has a core and the utilization is at most 0.9; elsewhere false, and the
    /// error unknown.
    pub within_model: bool,
}

/// Predicts every strategy that the model leaves possible. Rejects with `InvalidArg` and a sentence
/// that names the number at fault.
#[napi(ts_return_type = "Promise<NativePrediction[]>")]
pub fn predict(model: NativeModel) -> AsyncTask<Simulation> {
    simulate(model.into())
}

/// Starts a simulation on other threads.
pub fn simulate(model: ModelInput) -> AsyncTask<Simulation> {
    AsyncTask::new(Simulation {
        model,
        stop: Environment::current()
            .map(|environment| environment.ending())
            .unwrap_or_default(),
    })
}

/// One prediction on its way through libuv's threads to Rayon's.
pub struct Simulation {
    model: ModelInput,
    /// True when the environment ends: what still waits in libuv's queue is then done at once.
    stop: Arc<AtomicBool>,
}

impl Task for Simulation {
    type Output = Vec<Prediction>;
    type JsValue = Vec<NativePrediction>;

    fn compute(&mut self) -> Result<Self::Output> {
        queueing::predict_contained(&self.model, &self.stop).map_err(|failure| {
            let status = match failure {
                Failure::Invalid(_) => Status::InvalidArg,
                Failure::Stopped => Status::Cancelled,
                Failure::NoThreads(_) | Failure::Panicked(_) => Status::GenericFailure,
            };
            Error::new(status, failure.to_string())
        })
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> Result<Self::JsValue> {
        // A Worker's end waits for libuv's threads before it runs any hook. The first prediction that comes back then
        // finds that JavaScript can no longer be called, and spares it those that are still under way.
        let alive = env
            .get_global()
            .and_then(|global| global.has_named_property("process"));
        if alive.is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
        Ok(output.into_iter().map(NativePrediction::from).collect())
    }
}

impl From<NativeServiceTimes> for queueing::ServiceTimesInput {
    fn from(times: NativeServiceTimes) -> Self {
        Self {
            ms: times.ms,
            count: times.count,
            p50_ms: times.p50_ms,
            p99_ms: times.p99_ms,
        }
    }
}

impl From<NativeHeavyWork> for queueing::HeavyInput {
    fn from(heavy: NativeHeavyWork) -> Self {
        Self {
            share: heavy.share,
            service: heavy.service.into(),
            main_thread_ms: heavy.main_thread_ms,
            child_main_thread_ms: heavy.child_main_thread_ms,
            argument_bytes: heavy.argument_bytes,
            result_bytes: heavy.result_bytes,
            binary: heavy.binary.unwrap_or(false),
        }
    }
}

impl From<NativeModel> for ModelInput {
    fn from(model: NativeModel) -> Self {
        Self {
            requests_per_second: model.requests_per_second,
            light: model.light.into(),
            heavy: model.heavy.map(Into::into),
            cores: model.cores,
            quota: model.quota,
            threads: model.threads,
            processes: model.processes,
            replicas: model.replicas,
            app_memory_mb: model.app_memory_mb,
            module_memory_mb: model.module_memory_mb,
            seed: model.seed,
        }
    }
}

impl From<Estimate> for NativeEstimate {
    fn from(estimate: Estimate) -> Self {
        Self {
            value: estimate.value,
            low: estimate.low,
            high: estimate.high,
        }
    }
}

impl From<Prediction> for NativePrediction {
    fn from(prediction: Prediction) -> Self {
        let within_model = prediction.is_within_model();
        let times = prediction.times;
        let time = |of: fn(&queueing::Times) -> Option<Estimate>| {
            times.as_ref().and_then(of).map(NativeEstimate::from)
        };
        Self {
            strategy: prediction.strategy,
            bottleneck: prediction.bottleneck,
            utilization: prediction.utilization,
            saturated: prediction.saturated,
            p50_ms: time(|times| Some(times.p50)),
            p90_ms: time(|times| Some(times.p90)),
            p99_ms: time(|times| Some(times.p99)),
            light_p99_ms: time(|times| times.light_p99),
            max_rps: prediction.max_rps.into(),
            memory_mb: prediction.memory_mb.into(),
            model_error_p50: queueing::MODEL_ERROR_P50,
            model_error_p99: queueing::MODEL_ERROR_P99,
            within_model,
        }
    }
}
