//! What is known of one function: how long it runs, how often, and what moving it would cost.

/// So much of the main thread a dispatch takes besides cloning, in ms (research 2.4, `undefined`).
pub const DISPATCH_MS: f64 = 0.03;
/// Main-thread milliseconds for a MiB of object graph, one way: 11 to 24 were measured.
const OBJECTS_MS_PER_MB: f64 = 17.0;
/// The same for buffers and strings: 0.1 to 0.9 were measured.
const BINARY_MS_PER_MB: f64 = 0.5;
const BYTES_PER_MB: f64 = 1024.0 * 1024.0;

/// Offloading is worth it from so many times its cost (research 2.4).
pub const WORTHWHILE_RATIO: f64 = 5.0;
/// And from so long a task, in ms.
pub const WORTHWHILE_MS: f64 = 1.0;
/// From here a task must leave the loop: the Long Tasks limit, in ms.
pub const MANDATORY_MS: f64 = 50.0;

/// One function. NaN is "unknown".
#[derive(Clone, Copy, Debug)]
pub struct FunctionFacts {
    /// Place in what the caller gave.
    pub index: usize,
    /// Median service time, ms.
    pub p50_ms: f64,
    /// 99th percentile, ms.
    pub p99_ms: f64,
    /// Calls a second.
    pub calls_per_second: f64,
    /// Share of the loop's busy time.
    pub share: f64,
    /// Main-thread cost of an offloaded call, ms.
    pub cost_ms: f64,
    /// Whether that was measured, by running it offloaded; else it is an estimate by size.
    pub cost_is_measured: bool,
    /// Share of the garbage.
    pub garbage_share: f64,
    /// A word of [`super::fact::hot_kind`].
    pub kind: f64,
}

impl FunctionFacts {
    /// An empty place.
    pub const NONE: Self = Self {
        index: 0,
        p50_ms: f64::NAN,
        p99_ms: f64::NAN,
        calls_per_second: f64::NAN,
        share: f64::NAN,
        cost_ms: f64::NAN,
        cost_is_measured: false,
        garbage_share: f64::NAN,
        kind: super::fact::hot_kind::JAVASCRIPT,
    };

    /// What cloning costs, where it was not measured: by the size of what goes in and comes out.
    pub fn estimate_cost(argument_bytes: f64, result_bytes: f64, binary: bool) -> f64 {
        let rate = if binary {
            BINARY_MS_PER_MB
        } else {
            OBJECTS_MS_PER_MB
        };
        let bytes = [argument_bytes, result_bytes]
            .into_iter()
            .filter(|bytes| !bytes.is_nan())
            .sum::<f64>();
        DISPATCH_MS + rate * bytes / BYTES_PER_MB
    }

    /// Load on the main thread, where the rate of calls is known.
    pub fn load(&self) -> f64 {
        self.calls_per_second * self.p50_ms / 1000.0
    }

    /// The same, or by its share of what is offered.
    pub fn load_of(&self, offered: f64) -> f64 {
        let load = self.load();
        if load.is_nan() {
            self.share * offered
        } else {
            load
        }
    }

    /// For ordering: how much of the loop it holds.
    pub fn weight(&self) -> f64 {
        if !self.share.is_nan() {
            return self.share;
        }
        let load = self.load();
        if load.is_nan() {
            self.p50_ms.max(0.0) / 1e6
        } else {
            load
        }
    }

    /// The longest that one call takes.
    pub fn longest_ms(&self) -> f64 {
        self.p50_ms.max(self.p99_ms)
    }

    /// The rule of research 2.4: JavaScript, at least 1 ms, at least five times its cost.
    pub fn is_worth_offloading(&self) -> bool {
        self.kind == super::fact::hot_kind::JAVASCRIPT
            && self.p50_ms >= WORTHWHILE_MS
            && self.p50_ms >= WORTHWHILE_RATIO * self.cost_ms.max(0.0)
    }
}
