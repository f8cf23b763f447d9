//! Sources that are long or deep.

use super::{Marked, captures};
use crate::function::{InspectInput, inspect};

/// A chain that V8 reads in a loop and a tree walk descends into, level by level.
fn chain(link: &str, links: usize) -> String {
    format!(
        "const a = x{};\nexports.f = «() => a»;\n",
        link.repeat(links)
    )
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    for link in [" +\n 'text'", ".a()", " || b", ", c"] {
        let marked = Marked::new(
            &chain(link, 60_000)
                .replacen("x,", "(x, ", 1)
                .replacen(", c;", ", c);", 1),
        );
        let report = inspect(&marked.input());
        assert!(report.source_matched, "{link}");
        assert_eq!(captures(&report), ["module a"], "{link}");
    }
}

#[test]
fn the_text_alone_may_be_long_too() {
    let text = format!("() => x{}", " + 1".repeat(60_000));
    let report = inspect(&InspectInput {
        text: &text,
        ..InspectInput::default()
    });
    assert_eq!(report.globals[0].name, "x");
}

#[test]
fn what_v8_can_nest_can_be_read() {
    let deep = format!("{}1{}", "[".repeat(2500), "]".repeat(2500));
    let functions = format!("{}{}", "(function () {".repeat(500), "})()".repeat(500));
    let marked = Marked::new(&format!(
        "const a = {deep}; {functions};\nexports.f = «() => a»;"
    ));
    assert_eq!(captures(&inspect(&marked.input())), ["module a"]);
}
