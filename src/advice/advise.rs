//! The answer to a question: a strategy with its size, its reasons, and what would change it.

use super::confidence::confidence;
use super::decide::{Decision, decide};
use super::derived::derive;
use super::fact::{Fact, SPECS};
use super::facts::Facts;
use super::flips::{Flip, flips};
use super::rule::Effect;
use super::rules::RULES;
use super::size::{Size, size};
use crate::strategy::Strategy;

/// Advice, in data: JavaScript gives it methods.
#[derive(Clone, Debug)]
pub struct Advice {
    /// What to do.
    pub strategy: Strategy,
    /// What to do besides.
    pub also: Vec<Strategy>,
    /// How many of it.
    pub size: Size,
    /// From 0 to 1.
    pub confidence: f64,
    /// The rules that spoke: the deciding one, then the others in the order of precedence.
    pub reasons: Vec<Reason>,
    /// The other strategies that were in question.
    pub rejected: Vec<Rejection>,
    /// What would change the strategy, the nearest first.
    pub flips: Vec<Flip>,
    /// What to do before or instead.
    pub fix_first: Vec<String>,
}

/// A rule that spoke.
#[derive(Clone, Debug)]
pub struct Reason {
    /// Its id.
    pub rule: &'static str,
    /// Its sentence, with the values.
    pub text: String,
    /// What it looked at.
    pub facts: Vec<Fact>,
    /// The line of the founding document that it follows.
    pub seed: Option<&'static str>,
}

/// A strategy that was in question.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Which.
    pub strategy: Strategy,
    /// Why not.
    pub why: String,
}

/// Only the strategy: without reasons, confidence and flips.
pub fn strategy_for(raw: &Facts) -> Strategy {
    let mut facts = *raw;
    derive(&mut facts);
    decide(&facts).strategy
}

/// Answers from `raw` facts. Also returns the facts with what was derived from them.
pub fn advise(raw: &Facts) -> (Advice, Facts) {
    let mut facts = *raw;
    derive(&mut facts);
    let decision = decide(&facts);
    let advice = Advice {
        strategy: decision.strategy,
        also: decision.also.iter().collect(),
        size: size(&facts, &decision),
        confidence: confidence(raw, &facts, &decision),
        reasons: reasons(&facts, &decision),
        rejected: rejected(&facts, &decision),
        flips: flips(raw, decision.strategy),
        fix_first: fix_first(&facts, &decision),
    };
    (advice, facts)
}

fn reasons(facts: &Facts, decision: &Decision) -> Vec<Reason> {
    let deciding = |&(rule, _): &(usize, usize)| Some(rule) == decision.chosen_by;
    let others = decision.spoken().filter(|spoken| !deciding(spoken));
    decision
        .spoken()
        .filter(deciding)
        .chain(others)
        .map(|(index, case)| {
            let rule = &RULES[index];
            let case = &rule.cases[case];
            let mut used: Vec<Fact> = Vec::new();
            let named = names_in(case.sentence).filter_map(fact_named);
            let tested = case.when.iter().map(|test| test.fact());
            for fact in tested.chain(named) {
                if facts.get(fact).is_some() && !used.contains(&fact) {
                    used.push(fact);
                }
            }
            Reason {
                rule: rule.id,
                text: fill(case.sentence, facts),
                facts: used,
                seed: rule.seed,
            }
        })
        .collect()
}

fn rejected(facts: &Facts, decision: &Decision) -> Vec<Rejection> {
    Strategy::ALL
        .into_iter()
        .filter(|&strategy| strategy != decision.strategy && !decision.also.contains(strategy))
        .filter_map(|strategy| {
            let rejecting = decision.rejected_by[strategy as usize].map(usize::from);
            let outranking = decision
                .chosen_by
                .filter(|_| decision.outranked.contains(strategy));
            let index = rejecting.or(outranking)?;
            let (_, case) = decision.spoken().find(|&(rule, _)| rule == index)?;
            let rule = &RULES[index];
            Some(Rejection {
                strategy,
                why: format!("{}: {}", rule.id, fill(rule.cases[case].sentence, facts)),
            })
        })
        .collect()
}

fn fix_first(facts: &Facts, decision: &Decision) -> Vec<String> {
    let fixes = decision.effects().filter_map(|(_, effect)| match effect {
        Effect::FixFirst(template) => Some(fill(template, facts)),
        _ => None,
    });
    fixes.collect()
}

/// The names between braces.
pub(super) fn names_in(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// The fact that a sentence calls by this name: the derived one where two groups share a name.
pub(super) fn fact_named(name: &str) -> Option<Fact> {
    SPECS
        .iter()
        .rev()
        .find(|spec| spec.name == name)
        .map(|spec| spec.fact)
}

fn fill(template: &str, facts: &Facts) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut parts = template.split('{');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        if let Some((name, rest)) = part.split_once('}') {
            text.push_str(
                &fact_named(name).map_or_else(|| name.to_owned(), |fact| facts.show(fact)),
            );
            text.push_str(rest);
        }
    }
    text
}
