//! The text of declarations that travel.

use super::{commonjs, module};
use crate::function::report::Unit;

fn units(marked: &str) -> Vec<Unit> {
    commonjs(marked).units
}

fn text(unit: &Unit) -> String {
    format!("{}{}{}", unit.prefix, unit.body, unit.suffix)
}

#[test]
fn each_kind_of_declaration_says_what_it_fills_and_needs() {
    let units = units(
        "function a(x) { return b(x); } const b = async (x) => a(x); class C { d = b; }
         const e = 5; const { g, h: i } = require('x'); const f = «() => [a, C, e, g]»;",
    );
    let texts: Vec<String> = units.iter().map(text).collect();
    assert_eq!(
        texts,
        [
            "let b;return{late:false,keys:[\"a\"],set(){({b}=arguments[0])},make(){return[(function a(x) { return b(x); }\n)]}}",
            "let a;return{late:false,keys:[\"b\"],set(){({a}=arguments[0])},make(){return[({b:(async (x) => a(x)\n)}).b]}}",
            "let b;return{late:true,keys:[\"C\"],set(){({b}=arguments[0])},make(){return[(class C { d = b; }\n)]}}",
            "return{late:true,keys:[\"e\"],set(){},make(){return[({e:(5\n)}).e]}}",
            "const{require}=arguments[0];return{late:true,keys:[\"g\",\"i\"],set(){},make(){const { g, h: i } = require('x')\n;return[g,i]}}",
        ]
    );
}

#[test]
fn a_unit_is_compiled_where_it_stands() {
    let units = units(
        "/* 😀 */ function a(x) {}\n  const é = () => 1; class C {} const f = «() => [a, é, C]»;",
    );
    let places: Vec<_> = units
        .iter()
        .map(|unit| {
            (
                unit.line,
                unit.column + unit.prefix.encode_utf16().count() as i32,
            )
        })
        .collect();
    assert_eq!(places, [(0, 19), (1, 12), (1, 21)]);
}

#[test]
fn strictness_is_that_of_the_module() {
    let strict = |units: &[Unit]| units[0].prefix.starts_with("\"use strict\";");
    assert!(!strict(&units("function a() {} const f = «() => a»;")));
    assert!(strict(&units(
        "'use strict'; function a() {} const f = «() => a»;"
    )));
    assert!(strict(
        &module("function a() {} export const f = «() => a»;").units
    ));
}

#[test]
fn a_helper_that_replaces_itself_is_called_through_its_own_name() {
    let counter = "function cov_1a2b3c() { var global = new Function(\"return this\")(); \
                   { cov_1a2b3c = function () { return 1; }; } return 1; }";
    let units = units(&format!("{counter} const f = «() => cov_1a2b3c()»;"));
    assert_eq!(units.len(), 1);
    assert!(units[0].prefix.ends_with(
        "make(){return[function(){return cov_1a2b3c.apply(this,arguments)}]}};function cov_1a2b3c"
    ));
    assert!(
        units[0]
            .body
            .contains("var global = globalThis                   ; {")
    );
}

#[test]
fn names_of_one_script_but_different_modules_do_not_meet() {
    let wrapper = "(function (module, exports, require) { const a = 2; g(«() => a»); })";
    let report = commonjs(&format!("const a = 1; {wrapper}"));
    assert_eq!(report.units.len(), 1);
    assert_eq!(report.units[0].body, "2");
    assert!(report.units[0].prefix.contains("keys:[\"a@"));
}
