//! Facts of any kind, for properties that must hold of all of them.

use crate::advice::fact::{Group, Kind, SPECS};
use crate::advice::facts::{Facts, Source};
use crate::advice::function::FunctionFacts;
use crate::random::Generator;

/// Each fact known in a part of the cases, with a value anywhere in its range.
pub fn at_random(random: &mut Generator) -> Facts {
    let mut facts = Facts::default();
    let known = random.between(0.1, 0.9);
    for spec in SPECS.iter().filter(|spec| spec.group != Group::Derived) {
        if random.uniform() > known {
            continue;
        }
        let value = match spec.kind {
            Kind::Flag => f64::from(random.uniform() < 0.3),
            Kind::Choice(words) => (random.uniform() * words.len() as f64).floor(),
            // Of any magnitude: most thresholds lie between a thousandth and a million.
            Kind::Number { least, most, .. } => {
                10_f64.powf(random.between(-4.0, 6.0)).clamp(least, most)
            }
        };
        let source = match spec.group {
            Group::Host => Source::Host,
            Group::Evidence => Source::Measured,
            _ => Source::Declared,
        };
        facts.set(spec.fact, value, source);
    }
    let count = (random.uniform() * 4.0) as usize;
    let functions: Vec<FunctionFacts> = (0..count)
        .map(|index| FunctionFacts {
            index,
            p50_ms: 10_f64.powf(random.between(-3.0, 4.0)),
            calls_per_second: 10_f64.powf(random.between(-2.0, 5.0)),
            share: if random.uniform() < 0.5 {
                random.uniform()
            } else {
                f64::NAN
            },
            cost_ms: 10_f64.powf(random.between(-3.0, 3.0)),
            kind: (random.uniform() * 3.0).floor(),
            ..FunctionFacts::NONE
        })
        .collect();
    facts.set_functions(&functions);
    facts
}
