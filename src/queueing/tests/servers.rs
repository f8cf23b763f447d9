//! Several threads: with cores of their own, and sharing them.

use super::support::{
    always, assert_near, exponential, histogram, input, mean, mixed, model, on_one_host,
    only_heavy, sojourns, stream,
};
use crate::queueing::layout::{Layout, Shape};
use crate::queueing::model::{Model, ModelInput};
use crate::queueing::shared_cpu::{self, Cpu};

/// Mean wait of M/M/k in units of the mean service time (Erlang's C).
fn erlang_wait(servers: u32, load: f64) -> f64 {
    let k = f64::from(servers);
    // Erlang's B by recursion, and C from it.
    let blocked = (1..=servers).fold(1.0, |b, n| load * b / (f64::from(n) + load * b));
    let waits = blocked / (1.0 - load / k * (1.0 - blocked));
    waits / (k - load)
}

fn pool(workers: usize) -> Layout {
    on_one_host(Shape::Pool {
        workers,
        cost_ms: 0.0,
    })
}

fn pooled(utilization: f64, workers: u32, cores: f64) -> Model {
    model(&ModelInput {
        heavy: Some(only_heavy(exponential())),
        cores,
        ..input(always(0.0), utilization * f64::from(workers) * 1_000.0)
    })
}

#[test]
fn a_pool_waits_as_long_as_erlang_says() {
    for (workers, utilization) in [(1, 0.5), (2, 0.5), (2, 0.8), (4, 0.8), (16, 0.9)] {
        let model = pooled(utilization, workers, 64.0);
        let requests = stream(&model, 1_000_000, 3);
        let seen = sojourns(&pool(workers as usize), &model, &requests);
        let exact = 1.0 + erlang_wait(workers, utilization * f64::from(workers));
        assert_near(
            mean(&seen),
            exact,
            0.03,
            &format!("k = {workers} at {utilization}"),
        );
    }
}

#[test]
fn with_cores_to_spare_both_simulations_say_the_same() {
    let model = model(&ModelInput {
        cores: 16.0,
        ..mixed()
    });
    let requests = stream(&model, 20_000, 1);
    let three = Shape::Pool {
        workers: 3,
        cost_ms: 0.3,
    };
    for shape in [Shape::Copies(1), three] {
        let layout = on_one_host(shape);
        assert!(!layout.shares_cpu(&model));
        let fast = layout.simulate(&model, 200.0, &requests).sojourns;
        // A quota that nothing can use up goes through the token bucket's steps all the same.
        for quota in [None, Some(16.0)] {
            let cpu = Cpu::new(16.0, quota);
            let shared = shared_cpu::run(&requests.requests, 5.0, shape, cpu).sojourns;
            for (fast, shared) in fast.iter().zip(shared) {
                assert!((fast - shared).abs() < 1e-6, "{fast} and {shared}");
            }
        }
    }
}

#[test]
fn four_exponential_workers_on_two_cores_are_two() {
    let model = pooled(0.35, 4, 2.0);
    assert!(pool(4).shares_cpu(&model));
    let seen = sojourns(&pool(4), &model, &stream(&model, 300_000, 2));
    assert_near(mean(&seen), 1.0 + erlang_wait(2, 1.4), 0.03, "mean sojourn");
}

#[test]
fn many_copies_on_one_core_share_the_processor() {
    // M/G/1 with processor sharing: S/(1−ρ), however the service times spread. Two requests of one copy still queue,
    // which with 256 copies is rare.
    let model = model(&ModelInput {
        cores: 1.0,
        ..input(histogram(&[(0.1, 9.0), (9.1, 1.0)]), 500.0)
    });
    let layout = on_one_host(Shape::Copies(256));
    let seen = sojourns(&layout, &model, &stream(&model, 300_000, 2));
    assert_near(mean(&seen), 2.0, 0.05, "mean sojourn");
}

#[test]
fn half_a_core_is_half_as_fast() {
    let model = model(&ModelInput {
        cores: 0.5,
        ..input(always(1.0), 250.0)
    });
    let whole = self::model(&input(always(2.0), 250.0));
    let inline = on_one_host(Shape::Copies(1));
    let requests = stream(&model, 10_000, 2);
    let halves = sojourns(&inline, &model, &requests);
    let wholes = sojourns(&inline, &whole, &stream(&whole, 10_000, 2));
    for (half, whole) in halves.iter().zip(wholes) {
        assert!((half - whole).abs() < 1e-6, "{half} and {whole}");
    }
}

#[test]
fn a_replica_sees_its_share_of_the_requests() {
    let layout = Layout {
        hosts: 4,
        shape: Shape::Copies(1),
    };
    let four = model(&input(exponential(), 2_400.0));
    let seen = sojourns(&layout, &four, &stream(&four, 300_000, 2));
    assert_near(mean(&seen), 1.0 / (1.0 - 0.6), 0.03, "mean sojourn");
}
