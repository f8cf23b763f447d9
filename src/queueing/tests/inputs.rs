//! What a model may be.

use std::sync::atomic::AtomicBool;

use super::support::{always, exponential, histogram, input, mixed, model, spread};
use crate::queueing::child_cost;
use crate::queueing::model::{HeavyInput, Model, ModelInput, ServiceTimesInput};
use crate::queueing::prediction::{Failure, predict, predict_contained};
use crate::random::Generator;

type Change = fn(&mut ModelInput, f64);

fn heavy(input: &mut ModelInput) -> &mut HeavyInput {
    input.heavy.as_mut().expect("it has heavy work")
}

/// Each number, and where it lies.
const NUMBERS: [(&str, Change); 17] = [
    ("requestsPerSecond", |m, v| m.requests_per_second = v),
    ("light.p50Ms", |m, v| m.light = always(v)),
    ("light.p99Ms", |m, v| m.light = spread(1.0, v)),
    ("light.ms[1]", |m, v| {
        m.light = histogram(&[(1.0, 1.0), (v, 1.0)]);
    }),
    ("light.count[0]", |m, v| m.light = histogram(&[(1.0, v)])),
    ("heavy.share", |m, v| heavy(m).share = v),
    ("heavy.service.p50Ms", |m, v| {
        heavy(m).service = spread(v, 9.0);
    }),
    ("heavy.mainThreadMs", |m, v| heavy(m).main_thread_ms = v),
    ("heavy.childMainThreadMs", |m, v| {
        heavy(m).child_main_thread_ms = Some(v);
    }),
    ("heavy.argumentBytes", |m, v| {
        heavy(m).argument_bytes = Some(v);
    }),
    ("heavy.resultBytes", |m, v| heavy(m).result_bytes = Some(v)),
    ("cores", |m, v| m.cores = v),
    ("quota", |m, v| m.quota = Some(v)),
    ("threads", |m, v| m.threads = v),
    ("processes", |m, v| m.processes = v),
    ("replicas", |m, v| m.replicas = v),
    ("seed", |m, v| m.seed = v),
];

#[test]
fn no_number_may_be_absurd_and_each_is_named() {
    let absurd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -0.001,
        1e300,
    ];
    let memory: [(&str, Change); 2] = [
        ("appMemoryMb", |m, v| m.app_memory_mb = v),
        ("moduleMemoryMb", |m, v| m.module_memory_mb = v),
    ];
    for (field, change) in NUMBERS.into_iter().chain(memory) {
        for value in absurd {
            let mut input = mixed();
            change(&mut input, value);
            let refusal = Model::new(&input).expect_err(field).to_string();
            let start = format!("model.{field} must be ");
            assert!(refusal.starts_with(&start), "{value}: {refusal}");
            assert!(refusal.ends_with(&format!("is {value}")), "{refusal}");
        }
    }
    for (field, change) in NUMBERS.into_iter().filter(|(field, _)| {
        [
            "requestsPerSecond",
            "cores",
            "quota",
            "threads",
            "processes",
            "replicas",
        ]
        .contains(field)
    }) {
        let mut input = mixed();
        change(&mut input, 0.0);
        assert_eq!(Model::new(&input).expect_err("zero").field, field);
    }
    for field in ["threads", "processes", "replicas", "seed"] {
        let change = NUMBERS.iter().find(|(name, _)| *name == field);
        let mut input = mixed();
        change.expect("it is listed").1(&mut input, 1.5);
        assert_eq!(Model::new(&input).expect_err("a fraction").field, field);
    }
}

#[test]
fn a_distribution_is_told_in_one_way() {
    let refused = |light: ServiceTimesInput, field: &str| {
        let refusal = Model::new(&input(light, 1.0)).expect_err(field);
        assert_eq!(refusal.field, field, "{refusal}");
    };
    refused(ServiceTimesInput::default(), "light");
    let both = ServiceTimesInput {
        p50_ms: Some(1.0),
        ..exponential()
    };
    refused(both, "light");
    let half = ServiceTimesInput {
        ms: Some(vec![1.0]),
        ..ServiceTimesInput::default()
    };
    refused(half, "light");
    refused(histogram(&[]), "light.count");
    refused(histogram(&[(1.0, 0.0), (2.0, 0.0)]), "light.count");
    refused(histogram(&[(2.0, 1.0), (2.0, 1.0)]), "light.ms[1]");
    refused(spread(2.0, 1.0), "light.p99Ms");
    let uneven = ServiceTimesInput {
        ms: Some(vec![1.0, 2.0]),
        count: Some(vec![1.0]),
        ..ServiceTimesInput::default()
    };
    refused(uneven, "light.count");
    let many: Vec<(f64, f64)> = (0..2_049).map(|ms| (f64::from(ms), 1.0)).collect();
    refused(histogram(&many), "light.count");
    refused(always(0.0), "light");
}

/// Numbers of all sizes: each model is refused or predicted with numbers that are numbers.
#[test]
fn whatever_is_accepted_is_predicted_with_finite_numbers() {
    let mut generator = Generator::new(9, 9);
    let mut accepted = 0;
    for _ in 0..3_000 {
        let mut input = mixed();
        for _ in 0..3 {
            let which = (generator.uniform() * NUMBERS.len() as f64) as usize;
            let size = 10_f64.powf(generator.uniform() * 10.0 - 4.0);
            let value = if generator.uniform() < 0.5 {
                size.round()
            } else {
                size
            };
            NUMBERS[which].1(&mut input, value);
        }
        let Ok(model) = Model::new(&input) else {
            continue;
        };
        accepted += 1;
        // A prediction of each would take minutes without optimisation.
        if accepted > 12 {
            continue;
        }
        for prediction in predict(&model, &AtomicBool::new(false)).expect("it is valid") {
            let rates = [prediction.max_rps, prediction.memory_mb];
            let times = prediction.times.iter();
            let times = times.flat_map(|times| [times.p50, times.p90, times.p99]);
            for estimate in times.chain(rates) {
                assert!(estimate.value.is_finite(), "{input:?}: {prediction:?}");
                assert!(estimate.low >= 0.0 && !estimate.high.is_nan());
            }
        }
    }
    assert!(accepted > 500, "{accepted}");
}

#[test]
fn a_child_costs_what_its_messages_cost() {
    let cost = |change: fn(&mut HeavyInput)| {
        let mut input = mixed();
        change(heavy(&mut input));
        model(&input)
            .heavy
            .expect("it has heavy work")
            .child_main_thread_ms
    };
    let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value}");
    near(cost(|heavy| heavy.child_main_thread_ms = Some(2.5)), 2.5);
    near(cost(|heavy| heavy.main_thread_ms = 0.3), 0.3);
    near(cost(|heavy| heavy.main_thread_ms = 0.001), 0.042);
    // A megabyte of objects there, nothing back: one of two messages.
    let one_way = cost(|heavy| heavy.argument_bytes = Some(1e6));
    assert!(one_way > 2.1 && one_way < 18.0, "{one_way}");
    near(
        cost(|heavy| (heavy.argument_bytes, heavy.result_bytes) = (Some(1e6), Some(1e6))),
        18.0,
    );
    assert!(child_cost::of_bytes(1e6, true) > 3.0 * child_cost::of_bytes(1e6, false));
    near(child_cost::of_bytes(1e8, false), 4_000.0);
    near(child_cost::of_bytes(0.0, true), 0.042);
    // Larger never costs less.
    for binary in [false, true] {
        let costs: Vec<f64> = (0..100)
            .map(|step| child_cost::of_bytes(10_f64.powf(f64::from(step) / 10.0), binary))
            .collect();
        assert!(costs.windows(2).all(|pair| pair[0] <= pair[1]), "{costs:?}");
    }
}

#[test]
fn a_refused_model_is_a_failure_and_not_a_panic() {
    let nothing = ModelInput::default();
    let failure = predict_contained(&nothing, &AtomicBool::new(false));
    assert!(matches!(failure, Err(Failure::Invalid(_))), "{failure:?}");
}
