//! The text that makes the function again. That its positions are right was proved on V8 itself;
//! here are the forms that were.

use super::{commonjs, module};

fn parts(marked: &str) -> (String, String, String) {
    let report = commonjs(marked);
    assert_eq!(report.line_shift, 0);
    assert_eq!(
        report.column_shift,
        -(report.wrapper_prefix.encode_utf16().count() as i32)
    );
    assert!(
        !report
            .wrapper_prefix
            .contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    );
    assert!(report.wrapper_suffix.starts_with('\n'));
    (
        report.wrapper_prefix,
        report.wrapper_body,
        report.wrapper_suffix,
    )
}

#[test]
fn each_form_keeps_its_name_and_is_cut_where_v8_reports_it() {
    for (source, prefix, body, suffix) in [
        ("«function f¦(a) {}»", "return (function f", "(a) {}", "\n)"),
        (
            "x = «async function  f ¦(a) {}»",
            "return (async function f",
            "(a) {}",
            "\n)",
        ),
        (
            "x = «function * f¦(a) {}»",
            "return (function*f",
            "(a) {}",
            "\n)",
        ),
        (
            "x(«async function*¦(a) {}»)",
            "return (async function*",
            "(a) {}",
            "\n)",
        ),
        (
            "x(«function ¦(a) {}»)",
            "return (function ",
            "(a) {}",
            "\n)",
        ),
        ("x(«(a) => a»)", "return (", "(a) => a", "\n)"),
        (
            "const f = «async a => a»",
            "return ({f:(",
            "async a => a",
            "\n)}).f",
        ),
        (
            "const é = «function ¦() {}»",
            "return ({\"é\":(function ",
            "() {}",
            "\n)})[\"é\"]",
        ),
        (
            "x = { __proto__: «() => 1» }",
            "return ({[\"__proto__\"]:(",
            "() => 1",
            "\n)}).__proto__",
        ),
        ("x = { «m¦(a) {}» }", "return ({m", "(a) {}", "\n}).m"),
        (
            "x = { «async m¦(a) {}» }",
            "return ({async m",
            "(a) {}",
            "\n}).m",
        ),
        (
            "x = { «async *[a + b] /* ( */ ¦(a) {}» }",
            "return ({async*\"\"",
            "(a) {}",
            "\n})[\"\"]",
        ),
        (
            "x = { «*'a\\u2028b'¦() {}» }",
            "return ({*\"a\\u2028b\"",
            "() {}",
            "\n})[\"a\\u2028b\"]",
        ),
        (
            "x = { «get a¦() {}» }",
            "return ({\"get a\"",
            "() {}",
            "\n})[\"get a\"]",
        ),
        (
            "x = { «set a¦(v) {}» }",
            "return ({\"set a\"",
            "(v) {}",
            "\n})[\"set a\"]",
        ),
        (
            "x = «async function\n  f\n  ¦(a,\n b) {}»",
            "return (async function f",
            "(a,\n b) {}",
            "\n)",
        ),
    ] {
        let expected = (prefix.to_owned(), body.to_owned(), suffix.to_owned());
        assert_eq!(parts(source), expected, "{source}");
    }
}

#[test]
fn columns_are_paid_for_in_utf_16() {
    let report = module("const 𝒻 = «(n) => 𝒻(n)»;");
    assert_eq!(report.wrapper_prefix, "\"use strict\";const 𝒻=(");
    assert_eq!(report.column_shift, -(13 + 6 + 2 + 2));
}
