use crate::queueing::model::{Model, ModelInput, ServiceTimesInput};

/// Work that always takes `ms`.
pub fn always(ms: f64) -> ServiceTimesInput {
    ServiceTimesInput {
        p50_ms: Some(ms),
        ..ServiceTimesInput::default()
    }
}

/// A histogram.
pub fn histogram(buckets: &[(f64, f64)]) -> ServiceTimesInput {
    let (ms, count) = buckets.iter().copied().unzip();
    ServiceTimesInput {
        ms: Some(ms),
        count: Some(count),
        ..ServiceTimesInput::default()
    }
}

/// An exponential distribution of mean 1 in buckets of a hundredth, to 20.
pub fn exponential() -> ServiceTimesInput {
    let buckets: Vec<(f64, f64)> = (0..2_000)
        .map(|bucket| {
            let from = f64::from(bucket) / 100.0;
            (from + 0.005, 1e12 * ((-from).exp() - (-from - 0.01).exp()))
        })
        .collect();
    histogram(&buckets)
}

/// One request per second of no size on a large machine, one thread of everything.
pub fn input(light: ServiceTimesInput, requests_per_second: f64) -> ModelInput {
    ModelInput {
        requests_per_second,
        light,
        cores: 64.0,
        threads: 1.0,
        processes: 1.0,
        replicas: 1.0,
        seed: 1.0,
        ..ModelInput::default()
    }
}

pub fn model(input: &ModelInput) -> Model {
    Model::new(input).expect("a valid model")
}
