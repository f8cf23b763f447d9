//! What a rule is: when it speaks, what it says, and what follows from it.
//!
//! Rules are data. A condition is a list of tests of single facts, so that a reader sees each
//! threshold where it applies, and a test can see that no rule looks at more than four facts.

use super::fact::Fact;
use super::facts::{Facts, Source};
use crate::strategy::Strategy;

/// Precedence: what an earlier class has chosen, a later one cannot cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Can the input be rested on?
    Validity,
    /// What must be contained, whatever it costs.
    Safety,
    /// What the platform forbids or does better.
    Platform,
    /// What the machine cannot give.
    Capacity,
    /// What should be mended rather than isolated.
    RootCause,
    /// What the load asks for.
    Strategy,
    /// What to do where nothing is pressing.
    Preference,
}

/// A test of one fact. A fact that is not known passes none but [`Test::Unknown`].
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// ≥
    AtLeast(Fact, f64),
    /// >
    Above(Fact, f64),
    /// <
    Below(Fact, f64),
    /// A choice or a count is exactly this.
    Is(Fact, f64),
    /// A choice is known, and another.
    IsNot(Fact, f64),
    /// A flag is set.
    Yes(Fact),
    /// A flag is known, and not set.
    No(Fact),
    /// Nothing is known of it.
    Unknown(Fact),
    /// It was measured, not declared.
    Measured(Fact),
}

impl Test {
    /// The fact that it looks at.
    pub const fn fact(self) -> Fact {
        match self {
            Self::AtLeast(fact, _)
            | Self::Above(fact, _)
            | Self::Below(fact, _)
            | Self::Is(fact, _)
            | Self::IsNot(fact, _)
            | Self::Yes(fact)
            | Self::No(fact)
            | Self::Unknown(fact)
            | Self::Measured(fact) => fact,
        }
    }

    /// Whether it holds.
    pub fn holds(self, facts: &Facts) -> bool {
        let Some(value) = facts.get(self.fact()) else {
            return matches!(self, Self::Unknown(_));
        };
        match self {
            Self::AtLeast(_, least) => value >= least,
            Self::Above(_, bound) => value > bound,
            Self::Below(_, bound) => value < bound,
            Self::Is(_, wanted) => value == wanted,
            Self::IsNot(_, other) => value != other,
            Self::Yes(_) => value == 1.0,
            Self::No(_) => value == 0.0,
            Self::Unknown(_) => false,
            Self::Measured(fact) => facts.source(fact) == Source::Measured,
        }
    }
}

/// What follows when a rule speaks.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// This strategy, unless it is rejected or an earlier class has chosen another. Where several
    /// rules of a class choose, the first in the table does; the others become combinations.
    Choose(Strategy),
    /// This one, where no rule of the class chooses.
    Offer(Strategy),
    /// Not this one, for this class and those after it. The rule's sentence says why.
    Reject(Strategy),
    /// At least so many processes.
    Processes(u32),
    /// At most so many threads as there are cores of an instance, at least one.
    ThreadsByCores,
    /// At most so many threads as fit into 70 % of the free memory, at least one.
    ThreadsByMemory,
    /// At most so many threads.
    Threads(u32),
    /// One thread on each core, whatever the load: nobody waits for an answer.
    AllCores,
    /// Something to do before, or instead. A template, as the sentence is.
    FixFirst(&'static str),
    /// Confidence is at most this.
    ConfidenceAtMost(f64),
    /// Confidence is less by this.
    ConfidenceLess(f64),
}

/// One way in which a rule speaks.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// All must hold.
    pub when: &'static [Test],
    /// None may hold.
    pub unless: &'static [Test],
    /// What it says; `{name}` stands for a fact's value.
    pub sentence: &'static str,
    /// What follows.
    pub effects: &'static [Effect],
}

impl Case {
    /// Whether it speaks.
    pub fn applies(&self, facts: &Facts) -> bool {
        self.when.iter().all(|test| test.holds(facts))
            && !self.unless.iter().any(|test| test.holds(facts))
    }
}

/// A rule: the first of its cases that applies speaks.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// R01 to R63, as in docs/decisions.md.
    pub id: &'static str,
    /// Its precedence.
    pub class: Class,
    /// A line of the founding document that it follows.
    pub seed: Option<&'static str>,
    /// In order.
    pub cases: &'static [Case],
}

impl Rule {
    /// The case that speaks.
    pub fn speaks(&self, facts: &Facts) -> Option<usize> {
        self.cases.iter().position(|case| case.applies(facts))
    }
}
