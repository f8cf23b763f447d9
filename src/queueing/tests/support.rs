use crate::queueing::layout::{Layout, Shape};
use crate::queueing::model::{HeavyInput, Model, ModelInput, ServiceTimesInput};
use crate::queueing::prediction::{Prediction, predict};
use crate::queueing::stream::Stream;
use crate::random::Generator;
use std::sync::atomic::AtomicBool;

/// Work that always takes `ms`.
pub fn always(ms: f64) -> ServiceTimesInput {
    ServiceTimesInput {
        p50_ms: Some(ms),
        ..ServiceTimesInput::default()
    }
}

/// A log-normal distribution.
pub fn spread(p50: f64, p99: f64) -> ServiceTimesInput {
    ServiceTimesInput {
        p50_ms: Some(p50),
        p99_ms: Some(p99),
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

/// All work is heavy and costs the main thread nothing.
pub fn only_heavy(service: ServiceTimesInput) -> HeavyInput {
    HeavyInput {
        share: 1.0,
        service,
        ..HeavyInput::default()
    }
}

/// On a large machine, with one of everything.
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

/// The server of finding 8: 200 rps on two cores, 15 % of them heavy.
pub fn mixed() -> ModelInput {
    ModelInput {
        heavy: Some(HeavyInput {
            share: 0.15,
            service: spread(10.0, 25.0),
            main_thread_ms: 0.3,
            ..HeavyInput::default()
        }),
        cores: 2.0,
        threads: 2.0,
        processes: 2.0,
        replicas: 2.0,
        app_memory_mb: 40.0,
        module_memory_mb: 5.0,
        ..input(always(0.5), 200.0)
    }
}

/// The same load where all is one heavy function.
pub fn uniform(requests_per_second: f64, service: ServiceTimesInput) -> ModelInput {
    ModelInput {
        requests_per_second,
        heavy: Some(HeavyInput {
            main_thread_ms: 0.1,
            ..only_heavy(service)
        }),
        light: always(0.1),
        ..mixed()
    }
}

pub fn model(input: &ModelInput) -> Model {
    Model::new(input).expect("a valid model")
}

pub fn predicted(input: &ModelInput) -> Vec<Prediction> {
    predict(&model(input), &AtomicBool::new(false)).expect("nothing stops it")
}

pub fn of<'a>(predictions: &'a [Prediction], strategy: &str) -> &'a Prediction {
    let found = predictions.iter().find(|found| found.strategy == strategy);
    found.unwrap_or_else(|| panic!("{strategy} is not predicted"))
}

pub const fn on_one_host(shape: Shape) -> Layout {
    Layout { hosts: 1, shape }
}

pub fn stream(model: &Model, counted: usize, seed: u64) -> Stream {
    Stream::draw(model, counted / 10, counted, Generator::new(seed, 0))
}

/// Sojourn times without the warm-up.
pub fn sojourns(layout: &Layout, model: &Model, stream: &Stream) -> Vec<f64> {
    let mut observed = layout.simulate(model, model.requests_per_second, stream);
    observed.sojourns.split_off(stream.warm_up)
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[track_caller]
pub fn assert_near(value: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (value / expected - 1.0).abs() <= tolerance,
        "{what}: {value} is not within {tolerance} of {expected}"
    );
}
