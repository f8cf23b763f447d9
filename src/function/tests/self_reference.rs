//! A function that calls itself by the name it has outside.

use super::{Marked, captures, commonjs, module};
use crate::function::{InspectInput, inspect};

fn is_provided(marked: &str, prefix: &str, suffix: &str) {
    let report = commonjs(marked);
    assert_eq!(captures(&report).len(), 0, "{marked}");
    assert_eq!(
        (
            report.wrapper_prefix.as_str(),
            report.wrapper_suffix.as_str()
        ),
        (prefix, suffix)
    );
}

#[test]
fn a_declaration_and_a_named_expression_know_themselves() {
    is_provided(
        "«function f¦(n) { return f(n); }»",
        "return (function f",
        "\n)",
    );
    is_provided(
        "const g = «function f¦(n) { return f(n); }»;",
        "return (function f",
        "\n)",
    );
    is_provided(
        "{ «function f¦(n) { return f(n); }» }",
        "return (function f",
        "\n)",
    );
}

#[test]
fn a_variable_that_holds_only_the_function_is_provided() {
    is_provided("const f = «(n) => f(n)»;", "const f=(", "\n);return f");
    is_provided("let f = «async (n) => f(n)»;", "const f=(", "\n);return f");
    is_provided(
        "var f = «function ¦(n) { return f(n); }»;",
        "const f=(function ",
        "\n);return f",
    );
    is_provided(
        "var f = «function g¦(n) { return f(g(n)); }»;",
        "const f=(function g",
        "\n);return f",
    );
    is_provided(
        "const f = exports.f = «(n) => f(n)»;",
        "const f=(",
        "\n);return f",
    );
    is_provided("const f = «() => typeof f»;", "const f=(", "\n);return f");
    assert_eq!(
        captures(&module("export const f = «(n) => f(n)»;")).len(),
        0
    );
}

#[test]
fn a_variable_that_may_hold_something_else_is_a_capture() {
    for (source, expected) in [
        ("let f = «() => f()»; f = 1;", "module f"),
        ("var f = «() => f()»; var f = 1;", "module f"),
        ("let f = «() => { f = null; }»;", "module f"),
        ("let f; f = «() => f()»;", "module f"),
        ("const f = wrap(«() => f()»);", "module f"),
        ("const f = [«() => f()»];", "module f"),
        ("const { f = «() => f()» } = {};", "module f"),
        ("«function f¦() { return f(); }» f = 1;", "function f"),
        (
            "function f() {} «function f¦() { return f(); }»",
            "function f",
        ),
        ("const o = { «m¦() { return o.m(); }» };", "module o"),
    ] {
        assert_eq!(captures(&commonjs(source)), [expected], "{source}");
    }
}

#[test]
fn the_context_wins_over_the_variable_but_not_over_the_own_name() {
    let names = ["f".to_owned()];
    let marked = Marked::new("const f = «(n) => f(n)»;");
    let report = inspect(&InspectInput {
        context_names: &names,
        ..marked.input()
    });
    assert_eq!(captures(&report).len(), 0);
    assert_eq!(report.wrapper_prefix, "return ({f:(");
    let marked = Marked::new("«function f¦(n) { return f(n); }»");
    let report = inspect(&InspectInput {
        context_names: &names,
        ..marked.input()
    });
    assert_eq!(report.wrapper_prefix, "return (function f");
}

#[test]
fn esbuilds_name_helper_is_provided_and_seen_through() {
    let source = "var __name = (f, n) => f;\nconst f = /* @__PURE__ */ __name(«(n) => \
                  { const g = __name(() => f(n), 'g'); return g(); }», 'f');";
    is_provided(source, "const __name=(f)=>f;const f=(", "\n);return f");
    is_provided(
        "const f = «() => __name(() => 1, 'g')»;",
        "const __name=(f)=>f;return ({f:(",
        "\n)}).f",
    );
}
