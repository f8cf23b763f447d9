//! Tests of the whole: a source with a marked function goes in, its report comes out.
//!
//! `«` and `»` stand around the function's text, `¦` before the place that V8 reports; without `¦`
//! that place is the start of the text (arrow functions).

mod captures;
mod large;
mod names;
mod self_reference;
mod source;
mod strictness;
mod text;
mod travels;
mod units;
mod wrapper;

use super::{FunctionReport, InspectInput, inspect};

/// A source without its marks, and where the function is in it.
pub(super) struct Marked {
    source: String,
    text: String,
    line: i32,
    column: i32,
}

impl Marked {
    pub(super) fn new(marked: &str) -> Self {
        let text = marked
            .split_once('«')
            .and_then(|(_, rest)| rest.split_once('»'));
        let (text, _) = text.expect("a function between « and »");
        let place = marked
            .find('¦')
            .or_else(|| marked.find('«'))
            .expect("a place");
        let before: String = marked[..place]
            .chars()
            .filter(|mark| *mark != '«')
            .collect();
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            source: marked
                .chars()
                .filter(|mark| !"«»¦".contains(*mark))
                .collect(),
            text: text.replace('¦', ""),
            line: before.matches('\n').count() as i32,
            column: last_line.encode_utf16().count() as i32,
        }
    }

    /// The question, as for a `CommonJS` module.
    pub(super) fn input(&self) -> InspectInput<'_> {
        InspectInput {
            text: &self.text,
            line: self.line,
            column: self.column,
            source: Some(&self.source),
            commonjs: true,
            ..InspectInput::default()
        }
    }
}

/// Inspects a function of a `CommonJS` module.
pub(super) fn commonjs(marked: &str) -> FunctionReport {
    let report = inspect(&Marked::new(marked).input());
    assert!(report.source_matched, "not found in {marked}");
    report
}

/// Inspects a function of an ECMAScript module.
pub(super) fn module(marked: &str) -> FunctionReport {
    let report = inspect(&InspectInput {
        commonjs: false,
        ..Marked::new(marked).input()
    });
    assert!(report.source_matched, "not found in {marked}");
    report
}

/// Captures as `kind name` or `kind name from module`.
pub(super) fn captures(report: &FunctionReport) -> Vec<String> {
    let each = report.captures.iter().map(|capture| match &capture.from {
        Some(from) => format!("{} {} from {from}", capture.kind.as_str(), capture.name),
        None => format!("{} {}", capture.kind.as_str(), capture.name),
    });
    each.collect()
}

/// What travels, as `kind name` or `kind name from module`.
pub(super) fn travels(report: &FunctionReport) -> Vec<String> {
    let each = report.travels.iter().map(|travel| match &travel.from {
        Some(from) => format!("{} {} from {from}", travel.kind.as_str(), travel.name),
        None => format!("{} {}", travel.kind.as_str(), travel.name),
    });
    each.collect()
}

/// Names left to the global object; those only under `typeof` with that word.
pub(super) fn globals(report: &FunctionReport) -> Vec<String> {
    let each = report.globals.iter().map(|global| {
        if global.only_typeof {
            format!("typeof {}", global.name)
        } else {
            global.name.clone()
        }
    });
    each.collect()
}
