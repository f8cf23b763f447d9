//! The table of rules and the table of facts, as tables.

use std::collections::HashSet;

use super::CLASSES;
use crate::advice::advise::{fact_named, names_in};
use crate::advice::fact::{COUNT_OF_FACTS, Fact, Kind, SPECS};
use crate::advice::rule::{Effect, Rule, Test};
use crate::advice::rules::RULES;

/// The facts that a rule looks at, each once.
fn facts_of(rule: &Rule) -> Vec<Fact> {
    let mut facts = Vec::new();
    let tests = rule
        .cases
        .iter()
        .flat_map(|case| case.when.iter().chain(case.unless));
    for fact in tests.map(|test| test.fact()) {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

#[test]
fn no_rule_looks_at_more_than_four_facts() {
    for rule in &RULES {
        let facts = facts_of(rule);
        assert!(facts.len() <= 4, "{} looks at {facts:?}", rule.id);
        assert!(!facts.is_empty(), "{} looks at nothing", rule.id);
    }
}

#[test]
fn each_rule_has_an_id_of_its_own_whose_tens_are_its_class() {
    let mut seen = HashSet::new();
    for rule in &RULES {
        assert!(seen.insert(rule.id), "{} occurs twice", rule.id);
        let tens: usize = rule.id[1..2].parse().expect("R and two digits");
        let class = CLASSES.iter().position(|&class| class == rule.class);
        assert_eq!(Some(tens), class, "{}", rule.id);
    }
}

#[test]
fn classes_stand_in_their_order() {
    assert!(RULES.is_sorted_by_key(|rule| rule.class));
}

#[test]
fn sentences_name_facts_that_exist() {
    for rule in &RULES {
        for case in rule.cases {
            let fixes = case.effects.iter().filter_map(|effect| match effect {
                Effect::FixFirst(template) => Some(*template),
                _ => None,
            });
            for template in fixes.chain([case.sentence]) {
                for name in names_in(template) {
                    assert!(fact_named(name).is_some(), "{}: {{{name}}}", rule.id);
                }
            }
        }
    }
}

#[test]
fn every_case_of_a_rule_can_speak() {
    // A case is dead when one before it asks for nothing that it does not ask for as well.
    for rule in &RULES {
        for (later, case) in rule.cases.iter().enumerate() {
            for earlier in &rule.cases[..later] {
                let text = |tests: &[Test]| {
                    tests
                        .iter()
                        .map(|test| format!("{test:?}"))
                        .collect::<HashSet<_>>()
                };
                let hides = text(earlier.when).is_subset(&text(case.when))
                    && text(earlier.unless).is_subset(&text(case.unless));
                assert!(!hides, "{}: case {later} never speaks", rule.id);
            }
        }
    }
}

#[test]
fn facts_stand_at_their_own_place_and_have_names_of_their_own() {
    let mut seen = HashSet::new();
    for (place, spec) in SPECS.iter().enumerate() {
        assert_eq!(spec.fact as usize, place);
        let group = format!("{:?}", spec.group);
        assert!(
            seen.insert((group, spec.name)),
            "{} occurs twice",
            spec.name
        );
        if let Kind::Number { least, most, .. } = spec.kind {
            assert!(least <= most, "{}", spec.name);
        }
    }
    assert!(SPECS.is_sorted_by_key(|spec| spec.group as u8));
    assert_eq!(SPECS.len(), COUNT_OF_FACTS);
    assert_eq!(Fact::Workload.spec().name, "workload");
}
