//! Precedence and sanity of decisions, over facts at random.

use super::CLASSES;
use super::facts_at_random::at_random;
use crate::advice::advise;
use crate::advice::decide::{Decision, decide};
use crate::advice::derived::derive;
use crate::advice::fact::Fact;
use crate::advice::facts::{Facts, Source};
use crate::advice::rule::{Class, Effect};
use crate::advice::rules::RULES;
use crate::random::Generator;
use crate::strategy::Strategy;

const CASES: u64 = 20_000;

fn decide_raw(raw: &Facts) -> (Facts, Decision) {
    let mut facts = *raw;
    derive(&mut facts);
    let decision = decide(&facts);
    (facts, decision)
}

/// What the rules up to `last` say by themselves, told another way: class by class, the first choice
/// that no rule of the class or before it rejects.
fn told_plainly(decision: &Decision, last: Class) -> Option<(usize, Strategy)> {
    let said = |class: Class| {
        decision
            .effects()
            .filter(move |&(rule, _)| RULES[rule].class == class)
    };
    let mut rejected = Vec::new();
    for class in CLASSES.into_iter().filter(|&class| class <= last) {
        rejected.extend(said(class).filter_map(|(_, effect)| match effect {
            Effect::Reject(strategy) => Some(strategy),
            _ => None,
        }));
        let choices = said(class).filter_map(|(rule, effect)| match effect {
            Effect::Choose(strategy) => Some((rule, strategy)),
            _ => None,
        });
        let offers = said(class).filter_map(|(rule, effect)| match effect {
            Effect::Offer(strategy) => Some((rule, strategy)),
            _ => None,
        });
        let mut open = choices
            .chain(offers)
            .filter(|(_, strategy)| !rejected.contains(strategy));
        if let Some(first) = open.next() {
            return Some(first);
        }
    }
    None
}

#[test]
fn a_higher_class_is_never_cancelled_by_a_lower_one() {
    let mut random = Generator::new(1, 0);
    let mut chosen_in = [0_u32; CLASSES.len()];
    for _ in 0..CASES {
        let (_, decision) = decide_raw(&at_random(&mut random));
        let Some(rule) = decision.chosen_by else {
            assert_eq!(told_plainly(&decision, Class::Preference), None);
            assert_eq!(decision.strategy, Strategy::None);
            continue;
        };
        let class = RULES[rule].class;
        chosen_in[class as usize] += 1;
        // Classes after it do not matter, and those before it say nothing.
        assert_eq!(
            told_plainly(&decision, class),
            Some((rule, decision.strategy)),
            "by {}",
            RULES[rule].id
        );
    }
    assert!(
        chosen_in.iter().all(|&count| count > 20),
        "every class decides some of the cases: {chosen_in:?}"
    );
}

#[test]
fn preferring_simplicity_never_changes_what_an_earlier_class_chose() {
    let mut random = Generator::new(2, 0);
    for _ in 0..CASES {
        let mut raw = at_random(&mut random);
        raw.set(Fact::PreferSimplicity, 0.0, Source::Declared);
        let (_, plain) = decide_raw(&raw);
        raw.set(Fact::PreferSimplicity, 1.0, Source::Declared);
        let (_, simple) = decide_raw(&raw);
        let early = plain
            .chosen_by
            .is_some_and(|rule| RULES[rule].class <= Class::Capacity);
        if early {
            assert_eq!(plain.strategy, simple.strategy);
        }
    }
}

#[test]
fn more_cores_never_turn_none_into_scale_out() {
    let mut random = Generator::new(3, 0);
    let mut seen_none = 0_u32;
    for _ in 0..CASES {
        let mut raw = at_random(&mut random);
        let mut cores = random.between(0.1, 4.0);
        let mut before = None;
        while cores < 128.0 {
            raw.set(Fact::EffectiveCores, cores, Source::Declared);
            let (_, decision) = decide_raw(&raw);
            if before == Some(Strategy::None) {
                seen_none += 1;
                assert_ne!(decision.strategy, Strategy::ScaleOut, "at {cores} cores");
            }
            before = Some(decision.strategy);
            cores *= 2.0;
        }
    }
    assert!(seen_none > 1000);
}

#[test]
fn whatever_is_known_the_advice_is_finite_and_the_same_each_time() {
    let mut random = Generator::new(4, 0);
    // Confidence and flips ask several hundred times for each: fewer cases.
    for _ in 0..CASES / 200 {
        let raw = at_random(&mut random);
        let (advice, _) = advise(&raw);
        assert!((0.0..=1.0).contains(&advice.confidence));
        assert!(advice.size.processes >= 1);
        let (again, _) = advise(&raw);
        assert_eq!(advice.confidence.to_bits(), again.confidence.to_bits());
        assert_eq!(advice.flips, again.flips);
        for flip in &advice.flips {
            assert_ne!(flip.strategy, advice.strategy);
            assert!(flip.to.is_finite());
        }
        assert!(!advice.also.contains(&advice.strategy));
    }
}
