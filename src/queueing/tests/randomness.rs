//! Numbers that only look random, and what is drawn from them.

use super::support::{assert_near, mean, mixed, model, spread};
use crate::queueing::estimate::Estimate;
use crate::queueing::model::ModelInput;
use crate::queueing::service_times::ServiceTimes;
use crate::queueing::stream::Stream;
use crate::random::Generator;

const MANY: usize = 200_000;

fn many(mut draw: impl FnMut() -> f64) -> (f64, f64) {
    let values: Vec<f64> = (0..MANY).map(|_| draw()).collect();
    let average = mean(&values);
    let squares: Vec<f64> = values.iter().map(|v| (v - average).powi(2)).collect();
    (average, mean(&squares))
}

#[test]
fn uniforms_exponentials_and_poissons_have_their_moments() {
    let mut generator = Generator::new(1, 2);
    let (average, variance) = many(|| generator.uniform());
    assert_near(average, 0.5, 0.01, "uniform");
    assert_near(variance, 1.0 / 12.0, 0.02, "uniform");
    let (average, variance) = many(|| generator.exponential());
    assert_near(average, 1.0, 0.02, "exponential");
    assert_near(variance, 1.0, 0.04, "exponential");
    // On both sides of where the method changes.
    for expected in [0.3, 7.0, 63.0, 64.0, 1e6] {
        let (average, variance) = many(|| generator.poisson(expected));
        assert_near(average, expected, 0.02, "Poisson");
        assert_near(variance, expected, 0.04, "Poisson");
    }
    assert!(generator.poisson(0.0).abs() < f64::EPSILON);
}

#[test]
fn each_index_and_each_seed_has_numbers_of_its_own() {
    let first = |seed, index| Generator::new(seed, index).uniform().to_bits();
    let mut seen: Vec<u64> = (0..100)
        .flat_map(|seed| (0..100).map(move |index| first(seed, index)))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 10_000);
    assert_eq!(first(3, 4), first(3, 4));
    // Streams that stand side by side are not alike.
    let (mut one, mut other) = (Generator::new(1, 0), Generator::new(1, 1));
    let (covariance, _) = many(|| (one.uniform() - 0.5) * (other.uniform() - 0.5));
    assert!(covariance.abs() < 0.001, "{covariance}");
}

#[test]
fn a_histogram_is_drawn_as_often_as_it_counts() {
    let times = ServiceTimes::histogram("it", &[1.0, 2.0, 5.0, 9.0], &[1.0, 0.0, 6.0, 3.0]);
    let times = times.expect("it is valid");
    assert_near(times.mean(), 5.8, 1e-12, "mean");
    let mut generator = Generator::new(1, 1);
    let mut seen = [0.0; 10];
    for _ in 0..MANY {
        let u = generator.uniform();
        let value = times.at(u);
        seen[value as usize] += 1.0 / MANY as f64;
    }
    assert_near(seen[1], 0.1, 0.03, "1 ms");
    assert_near(seen[5], 0.6, 0.03, "5 ms");
    assert_near(seen[9], 0.3, 0.03, "9 ms");
    assert!(seen[2].abs() < f64::EPSILON);
    // The ends of the range, and the last step below 1.
    assert!((times.at(0.0) - 1.0).abs() < 1e-12);
    assert!((times.at(1.0 - f64::EPSILON / 2.0) - 9.0).abs() < 1e-12);
}

#[test]
fn a_log_normal_has_the_percentiles_it_was_made_from() {
    for (p50, p99) in [(10.0, 10.0), (10.0, 11.0), (1.0, 10.0), (0.02, 3.0)] {
        let times = ServiceTimes::log_normal("it", p50, p99).expect("it is valid");
        let spread = (p99 / p50).ln() / 2.326_347_874;
        // The steps are 9/256 of a standard deviation.
        let step = (spread * 9.0 / 256.0).exp() - 1.0;
        assert_near(times.at(0.5), p50, step + 1e-9, "p50");
        assert_near(times.at(0.99), p99, step + 1e-9, "p99");
        assert_near(
            times.mean(),
            p50 * (spread * spread / 2.0).exp(),
            0.01,
            "mean",
        );
    }
}

#[test]
fn resamples_scatter_as_much_as_the_counts_allow() {
    let times = ServiceTimes::histogram("it", &[1.0, 3.0], &[50.0, 50.0]).expect("it is valid");
    let mut generator = Generator::new(1, 1);
    let means: Vec<f64> = (0..2_000)
        .map(|_| times.resampled(&mut generator).mean())
        .collect();
    let squares: Vec<f64> = means.iter().map(|mean| (mean - 2.0).powi(2)).collect();
    // The standard error of the mean of 100 values that scatter by 1.
    assert_near(mean(&squares).sqrt(), 0.1, 0.1, "standard error");
    let declared = ServiceTimes::log_normal("it", 1.0, 3.0).expect("it is valid");
    let again = declared.resampled(&mut generator);
    assert!((declared.mean() - again.mean()).abs() < f64::EPSILON);
    // One observation may be missed; something is left all the same.
    let single = ServiceTimes::histogram("it", &[4.0], &[1.0]).expect("it is valid");
    for _ in 0..20 {
        assert!((single.resampled(&mut generator).mean() - 4.0).abs() < f64::EPSILON);
    }
}

#[test]
fn models_that_differ_in_one_number_see_the_same_luck() {
    let input = mixed();
    let mut heavier = mixed();
    if let Some(heavy) = &mut heavier.heavy {
        heavy.share = 0.3;
        heavy.service = spread(11.0, 30.0);
    }
    let draw =
        |input: &ModelInput| Stream::draw(&model(input), 0, 1_000, Generator::new(1, 0)).requests;
    for (one, other) in draw(&input).iter().zip(draw(&heavier)) {
        let same = |a: f64, b: f64| assert_eq!(a.to_bits(), b.to_bits());
        same(one.gap, other.gap);
        same(one.route, other.route);
        // Whatever was heavy still is, and more so.
        assert!(one.heavy <= other.heavy);
    }
}

#[test]
fn an_interval_holds_its_value() {
    let thirty = || (1..=30).map(f64::from).collect();
    let inside = Estimate::from_resamples(12.0, thirty());
    assert_eq!((inside.low, inside.value, inside.high), (2.0, 12.0, 29.0));
    let below = Estimate::from_resamples(0.5, thirty());
    assert_eq!((below.low, below.value, below.high), (0.5, 0.5, 29.0));
    let above = Estimate::from_resamples(31.0, thirty());
    assert_eq!((above.low, above.value, above.high), (2.0, 31.0, 31.0));
}
