//! The threads that simulate: one Rayon registry of the process, made with the first prediction.
//!
//! Not the pools' own: a parallel iterator waits, and Rayon would run a task's runner nested in the waiting one.
//!
//! These threads are never joined, and need not be. They make no isolate, so they leave no state with OpenSSL that its
//! clean-up at exit could meet; they touch nothing but their own heap memory, and the image is pinned
//! (`src/napi/pin.rs`). Keeping them is cheaper than one registry per prediction, and bounds the threads of concurrent
//! predictions.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A simulation recurses nowhere; Rayon's own frames nest a few times.
const STACK: usize = 256 * 1024;
/// Beyond, the single longest simulation decides how long a prediction takes.
const MOST: usize = 8;

/// The registry.
///
/// # Errors
/// A sentence, when the system gave no thread; it is not asked again.
pub fn registry() -> Result<&'static ThreadPool, String> {
    static REGISTRY: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
    REGISTRY
        .get_or_init(|| {
            let allowed = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
            ThreadPoolBuilder::new()
                .num_threads(allowed.clamp(2, MOST))
                .thread_name(|index| format!("offloop-model-{index}"))
                .stack_size(STACK)
                .build()
                .map_err(|error| format!("no threads to predict on: {error}"))
        })
        .as_ref()
        .map_err(Clone::clone)
}
