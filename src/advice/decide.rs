//! From facts to a decision: the rules in the order of their classes, without a word of prose.
//!
//! This runs several hundred times for one question (confidence and flips ask it of neighbouring
//! facts), so it neither allocates nor formats.

use super::facts::Facts;
use super::rule::{Effect, Rule};
use super::rules::{COUNT_OF_RULES, RULES};
use crate::strategy::{Strategies, Strategy};

/// What the rules say.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// The strategy.
    pub strategy: Strategy,
    /// The rule that chose it; none where nothing speaks for leaving the loop.
    pub chosen_by: Option<usize>,
    /// Combinations.
    pub also: Strategies,
    /// For each strategy, the first rule that rejected it.
    pub rejected_by: [Option<u8>; Strategy::ALL.len()],
    /// For each rule the case that spoke.
    spoke: [Option<u8>; COUNT_OF_RULES],
    /// Strategies that rules chose in vain: rejected, or outranked.
    pub outranked: Strategies,
}

impl Decision {
    /// The rules that spoke, each with its case, in the order of the table.
    pub fn spoken(&self) -> impl Iterator<Item = (usize, usize)> {
        self.spoke
            .iter()
            .enumerate()
            .filter_map(|(rule, case)| case.map(|case| (rule, usize::from(case))))
    }

    /// What follows from the rules that spoke.
    pub fn effects(&self) -> impl Iterator<Item = (usize, Effect)> {
        self.spoken().flat_map(|(rule, case)| {
            RULES[rule].cases[case]
                .effects
                .iter()
                .map(move |&effect| (rule, effect))
        })
    }
}

/// Asks every rule. `facts` must have been derived.
pub fn decide(facts: &Facts) -> Decision {
    let mut decision = Decision {
        strategy: Strategy::None,
        chosen_by: None,
        also: Strategies::default(),
        rejected_by: [None; Strategy::ALL.len()],
        spoke: [None; COUNT_OF_RULES],
        outranked: Strategies::default(),
    };
    let mut start = 0;
    while start < RULES.len() {
        let class = RULES[start].class;
        let length = RULES[start..]
            .iter()
            .take_while(|rule| rule.class == class)
            .count();
        ask_class(&mut decision, start..start + length, facts);
        start += length;
    }
    decision
}

fn ask_class(decision: &mut Decision, rules: std::ops::Range<usize>, facts: &Facts) {
    for index in rules.clone() {
        let Some(case) = RULES[index].speaks(facts) else {
            continue;
        };
        decision.spoke[index] = Some(case as u8);
        for effect in RULES[index].cases[case].effects {
            if let Effect::Reject(strategy) = *effect {
                decision.rejected_by[strategy as usize].get_or_insert(index as u8);
            }
        }
    }
    // Rejections first, then choices, then offers: the order within a class does not matter for them.
    for (index, effect) in spoken_effects(decision.spoke, rules.clone()) {
        if let Effect::Choose(strategy) = effect {
            propose(decision, index, strategy);
        }
    }
    for (index, effect) in spoken_effects(decision.spoke, rules) {
        if let Effect::Offer(strategy) = effect {
            propose(decision, index, strategy);
        }
    }
}

fn spoken_effects(
    spoke: [Option<u8>; COUNT_OF_RULES],
    rules: std::ops::Range<usize>,
) -> impl Iterator<Item = (usize, Effect)> {
    rules.flat_map(move |index| {
        let effects: &[Effect] = spoke[index].map_or(&[], |case| {
            let rule: &Rule = &RULES[index];
            rule.cases[usize::from(case)].effects
        });
        effects.iter().map(move |&effect| (index, effect))
    })
}

fn propose(decision: &mut Decision, rule: usize, strategy: Strategy) {
    if decision.rejected_by[strategy as usize].is_some() {
        decision.outranked.insert(strategy);
    } else if decision.chosen_by.is_none() {
        decision.strategy = strategy;
        decision.chosen_by = Some(rule);
    } else if strategy != decision.strategy && strategy != Strategy::None {
        // "Not at all" and "first measure" do not combine with anything.
        if matches!(decision.strategy, Strategy::None | Strategy::Unknown) {
            decision.outranked.insert(strategy);
        } else {
            decision.also.insert(strategy);
        }
    }
}
