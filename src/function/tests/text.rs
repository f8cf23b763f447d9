//! Functions whose source is not at hand.

use super::{captures, globals, travels};
use crate::function::{FunctionKind, FunctionReport, InspectInput, inspect};

fn alone(text: &str) -> FunctionReport {
    let report = inspect(&InspectInput {
        text,
        line: 4,
        column: 7,
        ..InspectInput::default()
    });
    assert!(!report.source_matched);
    report
}

#[test]
fn the_text_alone_tells_the_kind() {
    for (text, kind) in [
        ("function f(a) {}", FunctionKind::Function),
        ("async function* (a) {}", FunctionKind::Function),
        (
            "function anonymous(a,b\n) {\nreturn a\n}",
            FunctionKind::Function,
        ),
        ("a => b => a", FunctionKind::Arrow),
        ("async (a) => a", FunctionKind::Arrow),
        ("() => import.meta.url", FunctionKind::Arrow),
        ("() => this.#a + super.b + new.target", FunctionKind::Arrow),
        ("m(a) {}", FunctionKind::Method),
        ("async *[() => 1](a) {}", FunctionKind::Method),
        ("get a() {}", FunctionKind::Getter),
        ("set [a](v) {}", FunctionKind::Setter),
        ("#p(a) {}", FunctionKind::Method),
        ("get #p() {}", FunctionKind::Getter),
        ("get(a) {}", FunctionKind::Method),
        ("class() {}", FunctionKind::Method),
        ("class {}", FunctionKind::Class),
        (
            "class A extends B { constructor() { super(); } }",
            FunctionKind::Class,
        ),
    ] {
        assert_eq!(alone(text).kind, kind, "{text}");
    }
}

#[test]
fn a_class_has_a_name_and_no_wrapper() {
    let report = alone("class A { m() {} }");
    assert_eq!(
        (report.name.as_str(), report.wrapper_body.as_str()),
        ("A", "")
    );
}

#[test]
fn what_is_no_function_is_unparsable_with_a_place() {
    for text in [
        "",
        "1 + 1",
        "function f() { [native code] }",
        "() => {",
        "a, () => 1",
        "() => 1;",
        "{}",
        "foo",
        "x: 1",
    ] {
        let report = alone(text);
        assert_eq!(report.kind, FunctionKind::Unparsable, "{text}");
        assert!(!report.message.is_empty(), "{text}");
        assert_eq!(report.wrapper_prefix, "", "{text}");
    }
    let message = alone("function f() {\n  return 1 +;\n}").message;
    assert!(
        message.ends_with("(line 2, column 13 of the function's text)"),
        "{message}"
    );
    // The frame around the text is never the one at fault.
    let message = alone("() => [").message;
    assert!(message.contains("(line 1, column 8 "), "{message}");
}

#[test]
fn unbound_names_are_left_to_the_caller() {
    let report = alone("function f(a) { return [a, f, Map, b, typeof c, arguments, this]; }");
    assert_eq!(globals(&report), ["b", "typeof c"]);
    assert_eq!(captures(&report).len(), 0);
    assert_eq!(
        (report.globals[0].line, report.globals[0].column),
        (4, 7 + 25)
    );
}

#[test]
fn what_is_no_variable_is_still_a_capture() {
    let report =
        alone("() => [this, super.a, this.#b, new.target, import.meta, arguments, __awaiter]");
    let expected = [
        "this this",
        "super super",
        "private #b",
        "new.target new.target",
        "arguments arguments",
        "helper __awaiter",
    ];
    assert_eq!(captures(&report), expected);
}

#[test]
fn commonjs_names_come_from_the_link_where_the_caller_knows() {
    let text = "() => [require('x'), module]";
    assert_eq!(globals(&alone(text)), ["module"]);
    let report = inspect(&InspectInput {
        text,
        commonjs: true,
        ..InspectInput::default()
    });
    assert_eq!(travels(&report), ["commonjs module"]);
    assert!(report.linked);
}

#[test]
fn only_a_module_or_a_class_can_hold_some_texts() {
    assert!(!alone("() => 1").strict);
    assert!(!alone("m() {}").strict);
    assert!(alone("#p() {}").strict);
    assert!(alone("() => import.meta").strict);
    assert!(alone("() => { 'use strict'; }").strict);
}
