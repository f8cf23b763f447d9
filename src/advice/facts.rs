//! What is known: for each fact a value and its source, or nothing; and the functions measured.

use super::fact::{COUNT_OF_FACTS, Fact, Group, Kind};
use super::function::FunctionFacts;

/// Where a value comes from, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The caller says so.
    Declared,
    /// Read from the host.
    Host,
    /// Measured in the running process.
    Measured,
}

impl Source {
    /// As JavaScript reads it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Host => "host",
            Self::Measured => "measured",
        }
    }
}

/// So many functions are looked at, the heaviest first: the rest cannot hold half of the busy time
/// between them without one of these holding more.
pub const MOST_FUNCTIONS: usize = 8;

/// The facts of one question. Cheap to copy: confidence asks it two hundred times.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// NaN is "unknown".
    values: [f64; COUNT_OF_FACTS],
    sources: [Source; COUNT_OF_FACTS],
    functions: [FunctionFacts; MOST_FUNCTIONS],
    function_count: usize,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            values: [f64::NAN; COUNT_OF_FACTS],
            sources: [Source::Declared; COUNT_OF_FACTS],
            functions: [FunctionFacts::NONE; MOST_FUNCTIONS],
            function_count: 0,
        }
    }
}

impl Facts {
    /// The value, when it is known.
    pub fn get(&self, fact: Fact) -> Option<f64> {
        let value = self.values[fact as usize];
        (!value.is_nan()).then_some(value)
    }

    /// Where the value comes from; of an unknown fact, without meaning.
    pub fn source(&self, fact: Fact) -> Source {
        self.sources[fact as usize]
    }

    /// Whether a flag is known to be set.
    pub fn is_set(&self, fact: Fact) -> bool {
        self.get(fact) == Some(1.0)
    }

    /// Sets a value; NaN makes it unknown.
    pub fn set(&mut self, fact: Fact, value: f64, source: Source) {
        self.values[fact as usize] = value;
        self.sources[fact as usize] = source;
    }

    /// Sets a derived value. Its source is the weakest of what it was computed from.
    pub fn derive(&mut self, fact: Fact, value: Option<f64>, from: &[Fact]) {
        let known = from.iter().filter(|&&input| self.get(input).is_some());
        let source = known.map(|&input| self.source(input)).min();
        self.set(
            fact,
            value.unwrap_or(f64::NAN),
            source.unwrap_or(Source::Declared),
        );
    }

    /// Sets a derived flag.
    pub fn derive_flag(&mut self, fact: Fact, value: Option<bool>, from: &[Fact]) {
        self.derive(fact, value.map(f64::from), from);
    }

    /// Makes every fact of a group unknown.
    pub fn forget(&mut self, group: Group) {
        self.values[group.facts()].fill(f64::NAN);
    }

    /// Whether any fact of a group is known.
    pub fn knows(&self, group: Group) -> bool {
        let mut of_group = group.facts().map(|fact| self.values[fact]);
        of_group.any(|value| !value.is_nan())
    }

    /// The functions, the heaviest first.
    pub fn functions(&self) -> &[FunctionFacts] {
        &self.functions[..self.function_count]
    }

    /// The same, to change them.
    pub fn functions_mut(&mut self) -> &mut [FunctionFacts] {
        &mut self.functions[..self.function_count]
    }

    /// Takes the heaviest of the functions given.
    pub fn set_functions(&mut self, given: &[FunctionFacts]) {
        let mut sorted: Vec<FunctionFacts> = given.to_vec();
        sorted.sort_by(|a, b| b.weight().total_cmp(&a.weight()));
        self.function_count = sorted.len().min(MOST_FUNCTIONS);
        for (slot, function) in self.functions.iter_mut().zip(sorted) {
            *slot = function;
        }
    }

    /// The value as a person reads it.
    pub fn show(&self, fact: Fact) -> String {
        self.get(fact)
            .map_or_else(|| "unknown".to_owned(), |value| show(fact, value))
    }
}

/// A value of `fact` as a person reads it, without its unit except `%`.
pub fn show(fact: Fact, value: f64) -> String {
    use super::fact::Unit;
    match fact.spec().kind {
        Kind::Flag => (if value == 1.0 { "yes" } else { "no" }).to_owned(),
        Kind::Choice(words) => words
            .get(value as usize)
            .map_or("?", |word| word)
            .to_owned(),
        Kind::Number {
            unit: Unit::Share, ..
        } => format!("{} %", three_digits(value * 100.0)),
        Kind::Number { .. } => three_digits(value),
    }
}

/// At most three significant digits, without trailing zeros.
pub fn three_digits(value: f64) -> String {
    if !value.is_finite() {
        return "unlimited".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = usize::try_from((2 - magnitude).max(0)).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
