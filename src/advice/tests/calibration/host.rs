//! What is true of a host. The advice never sees this; it sees what `evidence.rs` makes of it.

use crate::queueing::{HeavyInput, ModelInput, ServiceTimesInput};
use crate::random::Generator;

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326;
/// A bare Node process.
const BARE_MB: f64 = 45.0;
/// The load of the busiest hour by that of the hour that is seen, at most.
const HIGHEST_PEAK: f64 = 1.6;

/// Work whose times are log-normal.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Median.
    pub p50_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
}

impl Work {
    fn spread(self) -> f64 {
        (self.p99_ms / self.p50_ms).ln() / Z99
    }

    /// Mean, ms.
    pub fn mean_ms(self) -> f64 {
        self.p50_ms * (self.spread().powi(2) / 2.0).exp()
    }

    /// Mean of the squares, ms².
    pub fn second_moment(self) -> f64 {
        self.p50_ms.powi(2) * (2.0 * self.spread().powi(2)).exp()
    }

    fn input(self) -> ServiceTimesInput {
        ServiceTimesInput {
            p50_ms: Some(self.p50_ms),
            p99_ms: Some(self.p99_ms),
            ..ServiceTimesInput::default()
        }
    }
}

/// One function that could leave the main thread.
#[derive(Clone, Copy, Debug)]
pub struct Heavy {
    /// Share of the requests that call it.
    pub share: f64,
    /// How long it takes.
    pub work: Work,
    /// Main-thread cost of a call that runs elsewhere, ms.
    pub cost_ms: f64,
}

/// A host with its application.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Cores as the system counts them: hardware threads, or the quota.
    pub counted_cores: f64,
    /// What they do when all are busy, in cores without a sibling.
    pub cores: f64,
    /// CPU quota.
    pub quota: Option<f64>,
    /// Whether two hardware threads share a core.
    pub smt: bool,
    /// Whether replicas are a number in a manifest.
    pub orchestrated: bool,
    /// Requests a second in the hour that is seen.
    pub rate: f64,
    /// The busiest hour by that one.
    pub peak: f64,
    /// Work of every request, which stays on the main thread.
    pub light: Work,
    /// Work of some.
    pub heavy: Option<Heavy>,
    /// Resident memory of a process.
    pub rss_mb: f64,
    /// Memory there is.
    pub limit_mb: f64,
    /// Of that, in use.
    pub used_mb: f64,
    /// What 99 of 100 requests must not exceed, where somebody said so.
    pub slo_ms: Option<f64>,
    /// Whether every step of complexity counts twice.
    pub simple: bool,
}

fn log_between(random: &mut Generator, low: f64, high: f64) -> f64 {
    low * (high / low).powf(random.uniform())
}

fn one_of(random: &mut Generator, all: &[f64]) -> f64 {
    all[(random.uniform() * all.len() as f64) as usize]
}

impl Host {
    /// Any host; in half of the cases its load is near a point where another strategy may be best.
    pub fn draw(random: &mut Generator) -> Self {
        let (quota, counted, smt) = if random.uniform() < 0.35 {
            let quota = one_of(random, &[0.5, 0.5, 1.0, 1.0, 1.25, 1.5, 2.0, 2.0, 3.0, 4.0]);
            (Some(quota), quota, false)
        } else {
            let cores = one_of(random, &[1.0, 2.0, 2.0, 4.0, 4.0, 8.0, 8.0, 16.0, 32.0]);
            (None, cores, cores > 1.0 && random.uniform() < 0.4)
        };
        // Of two hardware threads on a core the second adds about 0.3 of a core.
        let sibling = random.between(0.62, 0.8);
        let orchestrated = random.uniform() < if quota.is_some() { 0.4 } else { 0.1 };
        // Without a limit the node's cores are everybody's.
        let own = if orchestrated && quota.is_none() {
            random.between(0.25, 1.0)
        } else {
            1.0
        };
        let cores = match quota {
            Some(quota) => quota.ceil().max(one_of(random, &[2.0, 8.0, 16.0])),
            None if smt => counted * sibling * own,
            None => counted * own,
        };
        let p50_ms = log_between(random, 0.1, 10.0);
        let p99_ms = p50_ms * log_between(random, 1.3, 5.0);
        let light = Work { p50_ms, p99_ms };
        let heavy = (random.uniform() < 0.6).then(|| {
            let p50_ms = (light.p50_ms * 2.0).max(log_between(random, 1.0, 300.0));
            Heavy {
                share: log_between(random, 0.003, 1.0),
                work: Work {
                    p50_ms,
                    p99_ms: p50_ms * log_between(random, 1.1, 4.0),
                },
                cost_ms: (p50_ms * log_between(random, 0.001, 0.6)).max(0.03),
            }
        });
        let usable = quota.unwrap_or(cores);
        let load = if random.uniform() < 0.5 {
            let boundary = one_of(random, &[0.4, 0.6, 0.8, 1.0, 0.6 * usable, 0.9 * usable]);
            boundary * (0.25 * random.normal()).exp()
        } else {
            log_between(random, 0.1, 1.3 * usable.max(0.8))
        };
        let rss_mb = log_between(random, 60.0, 500.0);
        let limit_mb = one_of(random, &[512.0, 1024.0, 2048.0, 4096.0, 16_384.0]).max(1.3 * rss_mb);
        let others_mb = random.between(0.0, 0.5) * (limit_mb - rss_mb);
        let mut host = Self {
            counted_cores: counted,
            cores,
            quota,
            smt,
            orchestrated,
            rate: 0.0,
            peak: log_between(random, 1.0, HIGHEST_PEAK),
            light,
            heavy,
            rss_mb,
            limit_mb,
            used_mb: rss_mb + others_mb,
            slo_ms: None,
            simple: random.uniform() < 0.15,
        };
        host.rate = 1000.0 * load / host.request_ms();
        // Nobody promises what the work alone exceeds.
        let least = 2.0 * host.own_p99_ms();
        host.slo_ms =
            (random.uniform() < 0.4).then(|| log_between(random, 20.0, 1000.0).max(least));
        host
    }

    /// Mean work of a request, ms.
    pub fn request_ms(&self) -> f64 {
        self.light.mean_ms() + self.heavy_ms()
    }

    /// Of that, in the heavy function.
    pub fn heavy_ms(&self) -> f64 {
        self.heavy
            .map_or(0.0, |heavy| heavy.share * heavy.work.mean_ms())
    }

    /// Offered load in the hour that is seen.
    pub fn load(&self) -> f64 {
        self.rate * self.request_ms() / 1000.0
    }

    /// Cores that can be used on average.
    pub fn usable_cores(&self) -> f64 {
        self.quota.map_or(self.cores, |quota| quota.min(self.cores))
    }

    /// The work alone, of the longer kind that one request in a hundred belongs to.
    fn own_p99_ms(&self) -> f64 {
        let heavy = self.heavy.filter(|heavy| heavy.share >= 0.01);
        self.light.p99_ms + heavy.map_or(0.0, |heavy| heavy.work.p99_ms)
    }

    /// Heap of the application.
    pub fn app_mb(&self) -> f64 {
        (self.rss_mb - BARE_MB).max(0.0)
    }

    /// For the simulation, at `rate`. Sizes are in the layouts.
    pub fn model(&self, rate: f64) -> ModelInput {
        ModelInput {
            requests_per_second: rate,
            light: self.light.input(),
            heavy: self.heavy.map(|heavy| HeavyInput {
                share: heavy.share,
                service: heavy.work.input(),
                main_thread_ms: heavy.cost_ms,
                ..HeavyInput::default()
            }),
            cores: self.cores,
            quota: self.quota,
            threads: 1.0,
            processes: 1.0,
            replicas: 1.0,
            ..ModelInput::default()
        }
    }
}
