//! Research section 2.2: sojourn times in units of the mean service time.

use rayon::prelude::*;

use super::support::{always, exponential, histogram, input, model};
use crate::queueing::layout::{Layout, Shape};
use crate::queueing::model::ServiceTimesInput;
use crate::queueing::percentiles::Percentiles;
use crate::queueing::random::Generator;
use crate::queueing::stream::Stream;

const INLINE: Layout = Layout {
    hosts: 1,
    shape: Shape::Copies(1),
};

fn simulate(service: ServiceTimesInput, utilization: f64, count: usize, seed: u64) -> Percentiles {
    let model = model(&input(service, utilization * 1_000.0));
    let stream = Stream::draw(&model, count / 10, count, Generator::new(seed, 0));
    let mut seen = INLINE
        .simulate(&model, model.requests_per_second, &stream)
        .sojourns;
    Percentiles::of(&mut seen[count / 10..]).unwrap()
}

#[test]
fn explore() {
    let names = ["M/D/1", "M/M/1", "bimodal"];
    let count: usize = std::env::var("N").map_or(2_000_000, |n| n.parse().unwrap());
    let seeds: u64 = std::env::var("SEEDS").map_or(1, |n| n.parse().unwrap());
    let start = std::time::Instant::now();
    let mut rows: Vec<(usize, f64, u64)> = vec![];
    for kind in 0..3 {
        for rho in [0.3, 0.5, 0.7, 0.8, 0.9, 0.95] {
            for seed in 0..seeds {
                rows.push((kind, rho, seed));
            }
        }
    }
    let out: Vec<String> = rows
        .par_iter()
        .map(|(kind, rho, seed)| {
            let service = match kind {
                0 => always(1.0),
                1 => exponential(),
                _ => histogram(&[(0.1, 9.0), (9.1, 1.0)]),
            };
            let p = simulate(service, *rho, count, *seed);
            format!(
                "{} {rho} seed {seed}: {:.3} {:.3} {:.3}",
                names[*kind], p.p50, p.p90, p.p99
            )
        })
        .collect();
    for line in out {
        eprintln_(&line);
    }
    eprintln_(&format!("{:?}", start.elapsed()));
}
fn eprintln_(s: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{s}").unwrap();
}
