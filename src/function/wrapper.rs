//! The text that makes the function again in another context.
//!
//! The body is the function's text from the place that V8 reports for it: what comes before the
//! parameter list is written anew, on one line, and paid for by the origin's column. A getter or
//! setter becomes a method of the same name, which runs the same; so the wrapper always returns
//! the function itself.

use std::fmt::Write;

use super::javascript::{key, property_key};
use super::locate::{FunctionNode, Located};
use super::names::Names;
use super::positions::utf16_length;
use super::report::{FunctionKind, FunctionReport};

/// What the wrapper has to bring along.
pub(super) struct Wrapped<'s, 'a> {
    pub(super) located: Located<'a>,
    pub(super) names: &'s Names,
    /// The text from the place that V8 reports.
    pub(super) body: String,
    pub(super) strict: bool,
    /// The function calls itself by the variable that holds it.
    pub(super) own_variable: bool,
    /// Declarations of what it needs from outside.
    pub(super) given: String,
}

/// Writes the wrapper into the report.
pub(super) fn write(wrapped: &Wrapped<'_, '_>, report: &mut FunctionReport) {
    let mut prefix = String::new();
    if wrapped.strict && !wrapped.located.node.has_use_strict() {
        prefix.push_str("\"use strict\";");
    }
    prefix.push_str(&wrapped.given);
    let suffix = if is_method(wrapped.located.kind) {
        method(wrapped, &mut prefix)
    } else {
        function(wrapped, &mut prefix)
    };
    report.column_shift = -(utf16_length(&prefix) as i32);
    report.wrapper_prefix = prefix;
    report.wrapper_body.clone_from(&wrapped.body);
    report.wrapper_suffix = suffix;
}

const fn is_method(kind: FunctionKind) -> bool {
    matches!(
        kind,
        FunctionKind::Method | FunctionKind::Getter | FunctionKind::Setter
    )
}

/// A method stays one: its body may use what only methods may, and it has no `prototype`.
fn method(wrapped: &Wrapped<'_, '_>, prefix: &mut String) -> String {
    let node = wrapped.located.node;
    let (key, access) = key(&wrapped.names.name);
    prefix.push_str("return ({");
    if node.is_async() {
        prefix.push_str("async");
    }
    match (node.is_generator(), node.is_async()) {
        (true, _) => prefix.push('*'),
        (false, true) => prefix.push(' '),
        (false, false) => {}
    }
    prefix.push_str(&key);
    format!("\n}}){access}")
}

fn function(wrapped: &Wrapped<'_, '_>, prefix: &mut String) -> String {
    let names = wrapped.names;
    let variable = names.variable.as_ref().filter(|_| wrapped.own_variable);
    // A parenthesis before a function has V8 compile it at once instead of at its first call.
    let suffix = if let Some((_, variable)) = variable {
        let _ = write!(prefix, "const {variable}=(");
        format!("\n);return {variable}")
    } else if names.own.is_none() && !names.name.is_empty() {
        // An anonymous function takes its name from the property.
        let (key, access) = property_key(&names.name);
        let _ = write!(prefix, "return ({{{key}:(");
        format!("\n)}}){access}")
    } else {
        prefix.push_str("return (");
        "\n)".to_owned()
    };
    if wrapped.located.kind == FunctionKind::Function {
        prefix.push_str(&opening(wrapped.located.node, names.own.as_deref()));
    }
    suffix
}

/// What stands before the parameters of a function that is no arrow and no method.
pub(super) fn opening(node: FunctionNode<'_>, name: Option<&str>) -> String {
    format!(
        "{}function{}{}",
        if node.is_async() { "async " } else { "" },
        if node.is_generator() { '*' } else { ' ' },
        name.unwrap_or_default()
    )
}
