//! The text that makes the function again in another context.
//!
//! The body is the function's text from the place that V8 reports for it: what comes before the
//! parameter list is written anew, on one line, and paid for by the origin's column. A getter or
//! setter becomes a method of the same name, which runs the same; so the wrapper always returns
//! the function itself.

use std::fmt::Write;

use super::locate::Located;
use super::names::Names;
use super::positions::utf16_length;
use super::report::{FunctionKind, FunctionReport};

const NAME_HELPER_SOURCE: &str = "const __name=(f)=>f;";

/// What the wrapper has to bring along.
pub(super) struct Wrapped<'s, 'a> {
    pub(super) located: Located<'a>,
    pub(super) names: &'s Names,
    /// The text from the place that V8 reports.
    pub(super) body: &'s str,
    pub(super) strict: bool,
    /// The function calls itself by the variable that holds it.
    pub(super) own_variable: bool,
    /// The function calls `__name`.
    pub(super) name_helper: bool,
    /// What it takes from the link.
    pub(super) linked: &'s [String],
}

/// Writes the wrapper into the report.
pub(super) fn write(wrapped: &Wrapped<'_, '_>, report: &mut FunctionReport) {
    let mut prefix = String::new();
    if wrapped.strict && !wrapped.located.node.has_use_strict() {
        prefix.push_str("\"use strict\";");
    }
    if wrapped.name_helper {
        prefix.push_str(NAME_HELPER_SOURCE);
    }
    if !wrapped.linked.is_empty() {
        prefix.push_str("const{");
        for name in wrapped.linked {
            let property = name.trim_start_matches('_');
            let _ = write!(prefix, "{property}:{name},");
        }
        prefix.push_str("}=arguments[0];");
    }
    let suffix = if is_method(wrapped.located.kind) {
        method(wrapped, &mut prefix)
    } else {
        function(wrapped, &mut prefix)
    };
    report.column_shift = -(utf16_length(&prefix) as i32);
    report.wrapper_prefix = prefix;
    wrapped.body.clone_into(&mut report.wrapper_body);
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
        let node = wrapped.located.node;
        prefix.push_str(if node.is_async() {
            "async function"
        } else {
            "function"
        });
        prefix.push_str(if node.is_generator() { "*" } else { " " });
        prefix.push_str(names.own.as_deref().unwrap_or_default());
    }
    suffix
}

/// A key of an object literal and the access to it.
fn key(name: &str) -> (String, String) {
    let plain = name
        .starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_$".contains(character));
    if plain {
        (name.to_owned(), format!(".{name}"))
    } else {
        let quoted = quote(name);
        let access = format!("[{quoted}]");
        (quoted, access)
    }
}

/// Like [`key`], for `key: value`, where a plain `__proto__` would set the prototype.
fn property_key(name: &str) -> (String, String) {
    let (key, access) = key(name);
    if name == "__proto__" {
        ("[\"__proto__\"]".to_owned(), access)
    } else {
        (key, access)
    }
}

/// A string literal on one line; V8 counts U+2028 and U+2029 as line ends even in strings.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_or_quoted_on_one_line() {
        assert_eq!(key("run"), ("run".to_owned(), ".run".to_owned()));
        assert_eq!(key(""), ("\"\"".to_owned(), "[\"\"]".to_owned()));
        assert_eq!(key("get size").0, "\"get size\"");
        assert_eq!(key("1st").0, "\"1st\"");
        assert_eq!(quote("a\"\\\n\u{2028}é"), "\"a\\\"\\\\\\u000a\\u2028é\"");
        assert_eq!(property_key("__proto__").0, "[\"__proto__\"]");
    }
}
