//! Finding the function in its source.

use super::{Marked, captures, commonjs, module, travels};
use crate::function::{FunctionKind, FunctionReport, InspectInput, inspect};

#[test]
fn every_form_is_found_at_the_place_that_v8_reports() {
    for (source, kind) in [
        ("«function f¦(a) {}»", FunctionKind::Function),
        ("x = «function ¦() {}»", FunctionKind::Function),
        ("x = «async function   f ¦(a) {}»", FunctionKind::Function),
        ("x = «function  *  f ¦(a) {}»", FunctionKind::Function),
        (
            "x = «async function\n  f /* ( */\n  ¦(a = ')', b = (1, 2)) {}»",
            FunctionKind::Function,
        ),
        ("x = ((«(a) => a»))", FunctionKind::Arrow),
        ("x = y => «z => y => z»", FunctionKind::Arrow),
        ("x = «async a => (a)»;", FunctionKind::Arrow),
        ("x = { «m¦(a) {}» }", FunctionKind::Method),
        (
            "x = { «async *[a(1)] /* ( */ ¦(a) {}» }",
            FunctionKind::Method,
        ),
        ("x = { «get a¦() {}» }", FunctionKind::Getter),
        ("x = { «set a¦(v) {}» }", FunctionKind::Setter),
        ("x = { a: «function ¦() {}» }", FunctionKind::Function),
        (
            "class A { static   «async *m¦(a) {}» }",
            FunctionKind::Method,
        ),
        (
            "class A { static /* ( */ «get  a¦() {}» }",
            FunctionKind::Getter,
        ),
        ("class A { static «set #a¦(v) {}» }", FunctionKind::Setter),
        ("class A { «#p ¦(a) {}» }", FunctionKind::Method),
        ("class A { a = «(a) => a»; }", FunctionKind::Arrow),
        ("class A { «static¦() {}» }", FunctionKind::Method),
        ("x = { «class¦() {}» }", FunctionKind::Method),
        ("x = { «get¦(a) {}» }", FunctionKind::Method),
    ] {
        assert_eq!(commonjs(source).kind, kind, "{source}");
    }
}

#[test]
fn async_and_generator_are_told() {
    let flags = |source| {
        let report = commonjs(source);
        (report.r#async, report.generator)
    };
    assert_eq!(flags("«function f¦() {}»"), (false, false));
    assert_eq!(flags("x = «async () => {}»"), (true, false));
    assert_eq!(flags("«function* f¦() {}»"), (false, true));
    assert_eq!(flags("x = { «async *m¦() {}» }"), (true, true));
}

#[test]
fn sources_that_only_one_goal_allows() {
    assert_eq!(
        captures(&commonjs("if (x) return; let await = 1; x = «() => await»")),
        ["module await"]
    );
    assert_eq!(
        captures(&commonjs("#!/usr/bin/env node\nlet a; x = «() => a»")),
        ["module a"]
    );
    // The flag is a guess of the caller's: the source decides.
    let report = commonjs("import a from 'x'; x = «() => [a, require]»");
    assert_eq!(travels(&report), ["import a from x"]);
    assert!(report.strict);
    let report = module("with (x) {} x = «() => require»");
    assert_eq!(captures(&report).len(), 0);
    let report = module("let await = 1; x = «() => [require, await]»");
    assert_eq!(captures(&report), ["module await"]);
    assert!(!report.strict);
}

#[test]
fn lines_end_where_v8_ends_them() {
    let marked = Marked::new("let a; x = «() => a»");
    for terminator in ["\n", "\r", "\r\n", "\u{2028}", "\u{2029}"] {
        let source = format!("'é→'{terminator}/*😀*/{terminator}{}", marked.source);
        let report = inspect(&InspectInput {
            source: Some(&source),
            line: 2,
            ..marked.input()
        });
        assert!(report.source_matched, "{terminator:?}");
        assert_eq!(
            (report.captures[0].line, report.captures[0].column),
            (2, marked.column + 6)
        );
    }
}

#[test]
fn origin_offsets_are_taken_off_and_come_back_in_positions() {
    let first = Marked::new("let a; x = «() => a»");
    let report = inspect(&InspectInput {
        line: 10,
        column: first.column - 50,
        line_offset: 10,
        column_offset: -50,
        ..first.input()
    });
    assert!(report.source_matched);
    assert_eq!(
        (report.captures[0].line, report.captures[0].column),
        (10, first.column - 50 + 6)
    );
    let second = Marked::new("let a;\nx = «() => a»");
    let report = inspect(&InspectInput {
        line: 11,
        line_offset: 10,
        column_offset: 50,
        ..second.input()
    });
    assert!(report.source_matched);
    assert_eq!(
        (report.captures[0].line, report.captures[0].column),
        (11, second.column + 6)
    );
}

#[test]
fn a_byte_order_mark_may_have_been_cut_off() {
    let marked = Marked::new("let a; x = «() => a»");
    let source = format!("\u{feff}{}", marked.source);
    for shift in [0, 1] {
        let column = marked.column + shift;
        let report = inspect(&InspectInput {
            source: Some(&source),
            column,
            ..marked.input()
        });
        assert!(report.source_matched);
        assert_eq!(report.captures[0].column, column + 6);
    }
}

#[test]
fn another_text_at_the_place_is_no_match() {
    let marked = Marked::new("let a; x = «(b) => a»; y = (b) => a;");
    let unmatched = |input: &InspectInput<'_>| -> FunctionReport {
        let report = inspect(input);
        assert!(!report.source_matched);
        report
    };
    unmatched(&InspectInput {
        column: marked.column + 1,
        ..marked.input()
    });
    unmatched(&InspectInput {
        line: 1,
        ..marked.input()
    });
    unmatched(&InspectInput {
        line: -1,
        ..marked.input()
    });
    unmatched(&InspectInput {
        column: 400,
        ..marked.input()
    });
    unmatched(&InspectInput {
        column: -4,
        ..marked.input()
    });
    unmatched(&InspectInput {
        line: i32::MIN,
        line_offset: 1,
        ..marked.input()
    });
    unmatched(&InspectInput {
        source: Some(""),
        ..marked.input()
    });
    unmatched(&InspectInput {
        source: Some("let a; x = (b) =>"),
        ..marked.input()
    });
    unmatched(&InspectInput {
        source: Some("let a; x = (b) => b"),
        ..marked.input()
    });
    let report = unmatched(&InspectInput {
        source: Some("let a; x = (b) => a +"),
        ..marked.input()
    });
    assert_eq!(
        report.kind,
        FunctionKind::Arrow,
        "the text alone still tells"
    );
}

#[test]
fn a_place_inside_a_character_is_no_match() {
    let marked = Marked::new("/*😀*/ x = «() => 1»");
    assert!(
        !inspect(&InspectInput {
            column: 3,
            ..marked.input()
        })
        .source_matched
    );
}
