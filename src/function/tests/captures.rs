//! What counts as a capture, and of which kind.

use super::{Marked, captures, commonjs, globals, module, travels};
use crate::function::{InspectInput, inspect};

/// Captures of a `CommonJS` function.
fn of(marked: &str) -> Vec<String> {
    captures(&commonjs(marked))
}

#[test]
fn each_kind_of_binding_has_its_name() {
    assert_eq!(of("let a = 1; const f = «() => a»;"), ["module a"]);
    assert_eq!(
        of("function g() { const a = 1; return «() => a»; }"),
        ["local a"]
    );
    assert_eq!(of("{ const a = 1; g(«() => a»); }"), ["local a"]);
    assert_eq!(of("const g = (a) => «() => a»;"), ["parameter a"]);
    assert_eq!(
        of("const g = ({ b: [a = 1] }, ...c) => «() => a + c»;"),
        ["parameter a", "parameter c"]
    );
    assert_eq!(of("try {} catch ({ a }) { g(«() => a»); }"), ["local a"]);
    assert_eq!(of("{ class A {} g(«() => new A()»); }"), ["class A"]);
    assert_eq!(
        of("function g() { function a() {} return «() => a()»; }"),
        ["function a"]
    );
    assert_eq!(
        of("const f = function a() { return «() => a()»; };"),
        ["function a"]
    );
}

#[test]
fn what_a_module_made_is_no_module() {
    assert_eq!(
        of("const a = require(name); const f = «() => a»;"),
        ["require a"]
    );
    assert_eq!(
        of("const a = require('x')('y'); const f = «() => a»;"),
        ["module a"]
    );
    assert_eq!(
        of("const a = new (require('x'))(); const f = «() => a»;"),
        ["module a"]
    );
}

#[test]
fn names_shadowed_at_module_level_are_captures() {
    for name in [
        "crypto",
        "Map",
        "URL",
        "process",
        "console",
        "structuredClone",
        "Promise",
    ] {
        let source = format!("const {name} = make(); const f = «() => {name}.x»;");
        assert_eq!(of(&source), [format!("module {name}")]);
        let report = module(&format!(
            "import {name} from 'x'; const f = «() => {name}.x»;"
        ));
        assert_eq!(travels(&report), [format!("import {name} from x")]);
    }
}

#[test]
fn inner_names_are_no_captures() {
    let report = commonjs(
        "const a = 1, b = 1, c = 1, d = 1, e = 1, g = 1, h = 1;
         const f = «function ¦(a, { b }, ...c) {
           const d = a; let inner = class g { h() { return g; } };
           for (const e of c) { inner = e; }
           try { a(); } catch (h) { inner = h; }
           label: for (;;) break label;
           return { a: b, h: d, inner };
         }»;",
    );
    assert_eq!(captures(&report), [""; 0]);
}

#[test]
fn inner_scopes_end_where_they_end() {
    assert_eq!(
        of("let a = 1; const f = «() => { { const a = 2; } return a; }»;"),
        ["module a"]
    );
    assert_eq!(
        of("let a = 1; const f = «() => { g(); function g() { var a; } return a; }»;"),
        ["module a"]
    );
}

#[test]
fn parameter_defaults_and_nested_functions_count() {
    assert_eq!(
        of("let a, b; const f = «(x = a) => () => class { [b]() {} }»;"),
        ["module a", "module b"]
    );
    assert_eq!(
        of("let a; const f = «function ¦({ x = a }) {}»;"),
        ["module a"]
    );
}

#[test]
fn a_default_value_does_not_see_the_body() {
    assert_eq!(
        of("let a = 1; const f = «(b = a) => { var a; return b; }»;"),
        ["module a"]
    );
    assert_eq!(
        of("let a; const f = «() => { function g(b = () => a) { function a() {} } }»;"),
        ["module a"]
    );
    assert_eq!(
        of("let a; const f = «function ¦(a, b = a) { var a; }»;").len(),
        0
    );
    assert_eq!(
        of("let a; const f = «() => { let a; return (b = a) => { var a; }; }»;").len(),
        0
    );
    assert_eq!(of("const f = «function g¦(b = g) { var g; }»;").len(), 0);
    let report = commonjs("const f = «(b = fetch) => { var fetch; }»;");
    assert_eq!(globals(&report), ["fetch"]);
}

#[test]
fn writes_and_shorthands_count() {
    assert_eq!(of("let a; const f = «() => { a++; }»;"), ["module a"]);
    assert_eq!(
        of("let a, b; const f = «() => { ({ a, x: [b] } = y()); function y() {} }»;"),
        ["module a", "module b"]
    );
    assert_eq!(of("let a; const f = «() => ({ a })»;"), ["module a"]);
}

#[test]
fn a_name_only_under_typeof_does_not_count() {
    assert_eq!(of("let a; const f = «() => typeof a»;").len(), 0);
    assert_eq!(of("let a; const f = «() => typeof (a) === 'x'»;").len(), 0);
    assert_eq!(
        of("let a; const f = «() => typeof a && a()»;"),
        ["module a"]
    );
    assert_eq!(of("let a; const f = «() => typeof a.b»;"), ["module a"]);
}

#[test]
fn an_arrow_captures_what_only_functions_have() {
    let report =
        commonjs("function g() { return «() => [this, arguments, new.target, () => this]»; }");
    assert_eq!(
        captures(&report),
        ["this this", "arguments arguments", "new.target new.target"]
    );
    assert_eq!(
        of("class A { m() { return «() => super.m()»; } }"),
        ["super super"]
    );
    assert_eq!(
        of("class A { #a = 1; f = «() => this.#a»; }"),
        ["this this", "private #a"]
    );
}

#[test]
fn a_function_has_its_own_this() {
    let own = "return [this, arguments, new.target, () => [this, arguments, new.target]];";
    assert_eq!(
        of(&format!("const f = «function ¦() {{ {own} }}»;")).len(),
        0
    );
    assert_eq!(of(&format!("const o = {{ «m¦() {{ {own} }}» }};")).len(), 0);
    assert_eq!(
        of(&format!("const f = «() => function () {{ {own} }}»;")).len(),
        0
    );
    assert_eq!(
        of("const f = «() => ({ m() { return super.m(this); } })»;").len(),
        0
    );
}

#[test]
fn class_bodies_have_their_own_this_and_private_names() {
    let class = "class { #a = this; static b = this.c; static { this.d = super.e; } \
                 m(o) { return #a in o ? this.#a : super.m(); } get x() { return this; } }";
    assert_eq!(of(&format!("const f = «() => {class}»;")).len(), 0);
    assert_eq!(
        of("const f = «() => class { [this.a] = 1; }»;"),
        ["this this"]
    );
    assert_eq!(
        of("const f = «() => class extends this.A {}»;"),
        ["this this"]
    );
    assert_eq!(
        of("class A { #a; static m = «(o) => class { #b; x = [o.#b, #a in o]; }»; }"),
        ["private #a"]
    );
}

#[test]
fn super_of_a_method_counts() {
    assert_eq!(
        of("class A extends B { «m¦() { return () => super.m(); }» }"),
        ["super super"]
    );
    assert_eq!(
        of("const o = { «m¦() { return super.m(); }» };"),
        ["super super"]
    );
}

#[test]
fn a_computed_key_is_no_part_of_the_function() {
    assert_eq!(
        of("const key = 'a'; const o = { «[key + this.x]¦(a) { return a; }» };").len(),
        0
    );
}

#[test]
fn names_of_the_commonjs_wrapper_are_unbound_in_a_module() {
    let names = "module, exports, __filename, __dirname";
    let report = module(&format!("const f = «() => [{names}]»;"));
    assert_eq!(
        globals(&report),
        ["module", "exports", "__filename", "__dirname"]
    );
    assert_eq!(captures(&report).len(), 0);
}

#[test]
fn a_wrapper_function_is_seen_as_the_module() {
    let jest = "({'Object.<anonymous>': function (module, exports, require, __dirname, __filename, jest) {";
    let report = commonjs(&format!(
        "{jest}let a = 1; g(«() => [a, require('x'), __dirname, jest]»);}}}});"
    ));
    assert_eq!(captures(&report), ["module a", "parameter jest"]);
    assert_eq!(travels(&report), ["commonjs __dirname"]);
    assert_eq!(
        of("function g(module) { return «() => module.x»; }"),
        ["parameter module"]
    );
}

#[test]
fn globals_are_those_that_a_task_lacks() {
    let report = commonjs(
        "const f = «() => [Map, JSON, undefined, Temporal, Float16Array, console, setTimeout, offloop,
           WebAssembly, performance, WebSocket, typeof fetch, typeof navigator, navigator.x, missing]»;",
    );
    assert_eq!(
        globals(&report),
        ["WebSocket", "typeof fetch", "navigator", "missing"]
    );
    assert_eq!(captures(&report).len(), 0);
    let navigator = &report.globals[2];
    assert_eq!(
        (navigator.line, navigator.column),
        (1, 80),
        "the use outside typeof"
    );
}

#[test]
fn a_with_object_may_provide_a_global() {
    let report = commonjs("let a; const f = «function ¦(o) { with (o) { return [x, a]; } }»;");
    assert_eq!(globals(&report).len(), 0);
    assert_eq!(captures(&report), ["module a"]);
}

#[test]
fn names_of_the_context_travel() {
    let marked =
        Marked::new("let a = 1, b = 1; const f = «() => [a, b, Buffer, arguments, __assign]»;");
    let names = ["a", "Buffer", "__assign"].map(str::to_owned);
    let report = inspect(&InspectInput {
        context_names: &names,
        ..marked.input()
    });
    assert_eq!(captures(&report), ["module b", "arguments arguments"]);
    assert_eq!(globals(&report).len(), 0);
}

#[test]
fn helpers_are_told_from_the_users_names() {
    let source = "var __awaiter = (this && this.__awaiter) || function () {};
                  const tslib_1 = require('tslib');
                  function cov_1a2b3c() {} function _asyncToGenerator(f) {}
                  const __vite_ssr_import_0__ = await __vite_ssr_import__('node:fs', {});\n";
    let uses = "[__awaiter(), tslib_1.__assign(), cov_1a2b3c().s[0]++, _asyncToGenerator, \
                __vite_ssr_import_0__, _interop_require_default]";
    let report = module(&format!("{source}const f = «() => {uses}»;"));
    assert_eq!(
        travels(&report),
        [
            "helper __awaiter",
            "require tslib_1 from tslib",
            "helper cov_1a2b3c",
            "helper _asyncToGenerator",
            "import __vite_ssr_import_0__ from node:fs",
        ]
    );
    assert_eq!(captures(&report), ["helper _interop_require_default"]);
}

#[test]
fn the_library_itself_is_there_under_its_name() {
    assert_eq!(
        of("const offloop = require('offloop'); const f = «() => offloop.signal»;").len(),
        0
    );
    assert_eq!(
        of("const offloop = make(); const f = «() => offloop.signal»;"),
        ["module offloop"]
    );
}

#[test]
fn positions_are_those_of_the_first_use_in_the_file() {
    let report =
        commonjs("let a, é;\n/* 😀 */ const f = «async (x) => {\n  '😀'; é(a);\n  a();\n}»;");
    let places: Vec<_> = report
        .captures
        .iter()
        .map(|it| (it.name.as_str(), it.line, it.column))
        .collect();
    assert_eq!(places, [("é", 2, 8), ("a", 2, 10)]);
    let report = commonjs("let a;\n/* 😀 */ const f = «function g¦(x = a) {}»;");
    assert_eq!(
        (report.captures[0].line, report.captures[0].column),
        (1, 34)
    );
}
