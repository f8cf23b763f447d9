//! Strict or sloppy, and where the wrapper says so.

use super::{Marked, commonjs, module};
use crate::function::{InspectInput, inspect};

const DIRECTIVE: &str = "\"use strict\";";

#[test]
fn sloppy_code_stays_sloppy() {
    for source in [
        "const f = «() => 1»;",
        "function g() { 'use strict'; } const f = «() => 1»;",
        "const f = «() => { ('use strict'); }»;",
        "const o = { «m¦() {}» };",
    ] {
        let report = commonjs(source);
        assert!(!report.strict, "{source}");
        assert!(!report.wrapper_prefix.contains(DIRECTIVE), "{source}");
    }
}

#[test]
fn strictness_from_outside_goes_into_the_wrapper() {
    for source in [
        "'use strict'; const f = «() => 1»;",
        "/* a */ 'x'; \"use strict\"\nconst f = «() => 1»;",
        "function g() { 'use strict'; return «() => 1»; }",
        "class A { «m¦() {}» }",
        "class A { f = «() => 1»; }",
        "class A { static { g(«function ¦() {}»); } }",
        "class A extends g(«() => 1») {}",
    ] {
        let report = commonjs(source);
        assert!(report.strict, "{source}");
        assert!(report.wrapper_prefix.starts_with(DIRECTIVE), "{source}");
    }
    let report = module("export const f = «() => 1»;");
    assert!(report.strict && report.wrapper_prefix.starts_with(DIRECTIVE));
}

#[test]
fn a_function_that_says_so_itself_needs_no_second_directive() {
    let report = commonjs("const f = «function ¦() { 'use strict'; return 1; }»;");
    assert!(report.strict);
    assert!(!report.wrapper_prefix.contains(DIRECTIVE));
}

#[test]
fn what_v8_shows_goes_before_what_the_text_tells() {
    let marked = Marked::new("const f = «function ¦() {}»;");
    for (strict, source) in [
        (true, None),
        (false, None),
        (true, Some(marked.source.as_str())),
    ] {
        let report = inspect(&InspectInput {
            strict: Some(strict),
            source,
            ..marked.input()
        });
        assert_eq!(report.strict, strict);
        assert_eq!(report.wrapper_prefix.starts_with(DIRECTIVE), strict);
    }
}
