//! How long a piece of work waits for a thread of libuv's pool.

use std::time::Instant;

use napi::bindgen_prelude::{AsyncTask, Env, Result, Task};
use napi_derive::napi;

/// Submitted like any other work of the pool; its first instruction is all that it does.
pub struct Probe {
    submitted: Instant,
}

impl Task for Probe {
    type Output = f64;
    type JsValue = f64;

    fn compute(&mut self) -> Result<f64> {
        Ok(self.submitted.elapsed().as_secs_f64() * 1e3)
    }

    fn resolve(&mut self, _env: Env, waited: f64) -> Result<f64> {
        Ok(waited)
    }
}

/// Milliseconds from the submission of a piece of work to its start on a thread of libuv's pool.
#[napi(ts_return_type = "Promise<number>")]
pub fn probe_threadpool() -> AsyncTask<Probe> {
    AsyncTask::new(Probe {
        submitted: Instant::now(),
    })
}
