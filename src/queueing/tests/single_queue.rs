//! One queue, one thread: the table of research section 2.2, and what is known exactly.

use rayon::prelude::*;

use super::support::{
    always, assert_near, exponential, histogram, input, mean, model, on_one_host, sojourns, stream,
};
use crate::queueing::layout::Shape;
use crate::queueing::model::{Model, ServiceTimesInput};
use crate::queueing::percentiles::Percentiles;

const ARRIVALS: usize = 3_000_000;

/// p50, p90, p99 and what the last digit of each may hide, in units of the mean service time.
type Cells = [(f64, f64); 3];

/// Sojourn times as the table has them (2 million arrivals).
#[rustfmt::skip]
const TABLE: [(f64, [Cells; 3]); 6] = [
    //     M/D/1                              M/M/1                               bimodal
    (0.3,  [[(1.0, 0.05), (1.8, 0.05), (2.9, 0.05)],   [(1.0, 0.05), (3.3, 0.05), (6.6, 0.05)],  [(0.1, 0.05), (9.1, 0.05), (18.6, 0.05)]]),
    (0.5,  [[(1.0, 0.05), (2.5, 0.05), (4.3, 0.05)],   [(1.4, 0.05), (4.6, 0.05), (9.2, 0.05)],  [(1.3, 0.05), (14.6, 0.05), (30.0, 0.5)]]),
    (0.7,  [[(1.7, 0.05), (4.1, 0.05), (7.5, 0.05)],   [(2.3, 0.05), (7.7, 0.05), (15.0, 0.5)],  [(7.5, 0.05), (27.0, 0.5), (55.0, 0.5)]]),
    (0.8,  [[(2.3, 0.05), (6.0, 0.05), (11.4, 0.05)],  [(3.4, 0.05), (11.5, 0.05), (23.0, 0.5)], [(11.0, 0.5), (42.0, 0.5), (88.0, 0.5)]]),
    (0.9,  [[(4.0, 0.05), (11.6, 0.05), (22.5, 0.05)], [(7.0, 0.05), (23.0, 0.5), (48.0, 0.5)],  [(26.0, 0.5), (91.0, 0.5), (186.0, 0.5)]]),
    (0.95, [[(7.6, 0.05), (24.0, 0.5), (43.0, 0.5)],   [(13.6, 0.05), (46.0, 0.5), (94.0, 0.5)], [(53.0, 0.5), (178.0, 0.5), (374.0, 0.5)]]),
];

struct Service {
    name: &'static str,
    input: ServiceTimesInput,
    /// The second moment, and the moment generating function with its derivative.
    second_moment: f64,
    generating: fn(f64) -> (f64, f64),
    /// Where that is infinite.
    pole: f64,
    /// So many runs that their mean is within 3 % near saturation.
    seeds: u64,
}

fn services() -> [Service; 3] {
    [
        Service {
            name: "M/D/1",
            input: always(1.0),
            second_moment: 1.0,
            generating: |t| (t.exp(), t.exp()),
            pole: f64::INFINITY,
            seeds: 1,
        },
        Service {
            name: "M/M/1",
            input: exponential(),
            second_moment: 2.0,
            generating: |t| (1.0 / (1.0 - t), 1.0 / (1.0 - t).powi(2)),
            pole: 1.0,
            seeds: 3,
        },
        Service {
            name: "bimodal",
            input: histogram(&[(0.1, 9.0), (9.1, 1.0)]),
            second_moment: 0.9 * 0.1_f64.powi(2) + 0.1 * 9.1_f64.powi(2),
            generating: |t| {
                let (short, long) = (0.9 * (0.1 * t).exp(), 0.1 * (9.1 * t).exp());
                (short + long, 0.1 * short + 9.1 * long)
            },
            pole: f64::INFINITY,
            seeds: 8,
        },
    ]
}

impl Service {
    fn model(&self, utilization: f64) -> Model {
        model(&input(self.input.clone(), utilization * 1_000.0))
    }

    /// Pollaczek and Khinchine: the mean sojourn time.
    fn mean_sojourn(&self, utilization: f64) -> f64 {
        1.0 + utilization * self.second_moment / (2.0 * (1.0 - utilization))
    }

    /// Cramér and Lundberg: P(sojourn > t) = C·e^(−θt) but for what vanishes faster, and so the 99th percentile.
    fn tail_p99(&self, utilization: f64) -> f64 {
        let excess = |t: f64| utilization * ((self.generating)(t).0 - 1.0) - t;
        // Between 0, where it is zero too, and the pole.
        let (mut low, mut high) = (1e-6, self.pole.min(20.0));
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if excess(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let (at, slope) = (self.generating)(low);
        let c = (1.0 - utilization) / (utilization * slope - 1.0) * at;
        (100.0 * c).ln() / low
    }
}

/// The same requests at all utilizations of the table; what is seen, in the table's order.
///
/// Near saturation 3 million arrivals are few: single busy periods of 100,000 decide, and the percentiles of two seeds
/// differ by 10 %. Percentiles rise and fall with the mean, whose exact value is known: from 0.9 on they are divided by
/// the mean over the exact mean (a control variate), which halves the scatter. That quotient is bounded, so that no
/// error hides in it; below 0.9 nothing is divided, and the first seed says enough.
fn simulate(service: &Service, seed: u64) -> [Option<[f64; 3]>; 6] {
    let requests = stream(&service.model(0.5), ARRIVALS, seed);
    TABLE.map(|(utilization, _)| {
        if seed > 0 && utilization < 0.9 {
            return None;
        }
        let inline = on_one_host(Shape::Copies(1));
        let mut times = sojourns(&inline, &service.model(utilization), &requests);
        let luck = mean(&times) / service.mean_sojourn(utilization);
        let (allowed, divisor) = match utilization {
            0.95 => (0.12, luck),
            0.9 => (0.06, luck),
            _ => (0.02, 1.0),
        };
        let name = format!("{} at {utilization}: mean, seed {seed}", service.name);
        assert_near(luck, 1.0, allowed, &name);
        let times = Percentiles::of(&mut times).expect("there are some");
        Some([times.p50, times.p90, times.p99].map(|time| time / divisor))
    })
}

#[test]
fn the_table_of_the_research_comes_out() {
    for (column, service) in services().iter().enumerate() {
        let runs: Vec<_> = (0..service.seeds)
            .into_par_iter()
            .map(|seed| simulate(service, seed))
            .collect();
        for (row, (utilization, columns)) in TABLE.iter().enumerate() {
            let name = format!("{} at {utilization}", service.name);
            let times = [0, 1, 2].map(|which| {
                let seen = runs.iter().filter_map(|run| run[row]);
                mean(&seen.map(|times| times[which]).collect::<Vec<f64>>())
            });
            let exact = service.tail_p99(*utilization);
            assert_near(times[2], exact, 0.04, &format!("{name}: p99, exactly"));
            for (which, (&(cell, hidden), time)) in columns[column].iter().zip(times).enumerate() {
                if (service.name, row, which) == ("M/D/1", 5, 2) {
                    // Its own 2 million arrivals left this one cell 6.4 % below the exact 45.9, which is tested above.
                    continue;
                }
                assert!(
                    (time - cell).abs() <= 0.05 * cell + hidden,
                    "{name}: {time} is not {cell} of the table (percentile {which} of 3)"
                );
            }
        }
    }
}

#[test]
fn exponential_service_has_exponential_sojourns() {
    let service = &services()[1];
    for (utilization, tolerance) in [(0.3, 0.02), (0.6, 0.02), (0.8, 0.04)] {
        let model = service.model(utilization);
        let requests = stream(&model, 1_000_000, 5);
        let mut seen = sojourns(&on_one_host(Shape::Copies(1)), &model, &requests);
        let times = Percentiles::of(&mut seen).expect("there are some");
        for (p, time) in [(0.5, times.p50), (0.9, times.p90), (0.99, times.p99)] {
            let exact = -f64::ln_1p(-p) / (1.0 - utilization);
            assert_near(time, exact, tolerance, &format!("p = {p} at {utilization}"));
        }
    }
}

#[test]
fn percentiles_are_those_of_the_sorted_times() {
    let mut times: Vec<f64> = (1..=1_000).rev().map(f64::from).collect();
    let found = Percentiles::of(&mut times).expect("there are some");
    assert_eq!((found.p50, found.p90, found.p99), (500.0, 900.0, 990.0));
    let one = Percentiles::of(&mut [7.0]).expect("there is one");
    assert_eq!((one.p50, one.p90, one.p99), (7.0, 7.0, 7.0));
    assert_eq!(Percentiles::of(&mut []), None);
}
