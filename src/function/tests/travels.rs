//! What of a function's surroundings travels with it, and why the rest does not.

use super::{captures, commonjs, module, travels};
use crate::function::{FunctionReport, Reason};

fn of(marked: &str) -> Vec<String> {
    let report = commonjs(marked);
    assert_eq!(captures(&report).len(), 0, "{marked}");
    travels(&report)
}

fn reasons(report: &FunctionReport) -> Vec<(&str, Reason)> {
    let each = report.captures.iter();
    each.map(|it| (it.name.as_str(), it.reason)).collect()
}

fn refused(marked: &str) -> Reason {
    let report = commonjs(marked);
    assert_eq!(report.captures.len(), 1, "{marked}: {:?}", report.captures);
    report.captures[0].reason
}

#[test]
fn imports_travel_by_their_specifier() {
    let imports = "import d, { a as b } from 'x'; import * as n from \"y\";\n";
    let report = module(&format!("{imports}const f = «() => d + b + n.c»;"));
    assert_eq!(
        travels(&report),
        ["import d from x", "import b from x", "import n from y"]
    );
    assert_eq!(report.imports, ["x", "y"]);
    assert!(report.linked);
    assert_eq!(report.units.len(), 0);
    assert!(
        report.wrapper_prefix.contains(
            "const{d,b,n}={__proto__:null,d:arguments[0].imports[0].default,\
             b:arguments[0].imports[0].a,n:arguments[0].imports[1]};"
        ),
        "{}",
        report.wrapper_prefix
    );
    for (declaration, value) in [
        ("const { a } = await import('x')", ".a"),
        ("const { default: a } = await import('x')", ".default"),
        ("const a = await import('x')", ""),
        ("const a = (await import('x')).b", ".b"),
        ("const a = await __vi_ssr_import__('x', {})", ""),
    ] {
        let report = module(&format!("{declaration};\nexport const f = «() => a»;"));
        assert_eq!(travels(&report), ["import a from x"]);
        let expected = format!("a:arguments[0].imports[0]{value}}}");
        assert!(report.wrapper_prefix.contains(&expected), "{declaration}");
    }
}

#[test]
fn required_modules_travel_through_patterns_properties_and_interop() {
    for declaration in [
        "const a = require('x')",
        "const { a } = require('x')",
        "const { b: { a = 1 } } = require('x')",
        "const a = require('x').b['c']",
        "var a = exports.a = require('x')",
    ] {
        let source = format!("{declaration}; const f = «() => a»;");
        assert_eq!(of(&source), ["require a from x"]);
        let report = commonjs(&source);
        assert!(report.linked && report.imports.is_empty());
        assert_eq!(report.units.len(), 1);
    }
    for (helper, call) in [
        (
            "function _interopRequireDefault(a) {}",
            "_interopRequireDefault",
        ),
        (
            "var __importStar = (this && this.__importStar) || function () {};",
            "__importStar",
        ),
        ("var __toESM = (mod) => mod;", "__toESM"),
    ] {
        let source = format!("{helper} var a = {call}(require('x')); const f = «() => a»;");
        let expected = format!("helper {call}");
        assert_eq!(of(&source), [expected.as_str(), "require a from x"]);
    }
    assert_eq!(
        of(
            "const t = require('tslib'); const a = t.__importDefault(require('x')); const f = «() => a»;"
        ),
        ["require t from tslib", "require a from x"]
    );
}

#[test]
fn functions_and_classes_travel_with_what_they_need() {
    assert_eq!(
        of(
            "function a() { return b(); } const b = () => a() || C; class C extends D {} class D {} const f = «() => a()»;"
        ),
        ["function b", "class C", "class D", "function a"]
    );
    assert_eq!(
        of(
            "const a = function () {}, b = async () => {}, C = class {}; const f = «() => [a, b, C]»;"
        ),
        ["function a", "function b", "class C"]
    );
    assert_eq!(
        of("function* a() {} async function b() {} const f = «() => [a, b]»;"),
        ["function a", "function b"]
    );
}

#[test]
fn constants_that_their_text_says_travel_by_value() {
    for value in [
        "'a'",
        "1",
        "-1",
        "10n",
        "true",
        "null",
        "/a/g",
        "`a`",
        "undefined",
        "60 * 1000",
        "'a' + 'b'",
        "Math.PI",
        "Object.freeze({ a: 1, b: ['x'].length ? 1 : 2 })",
    ] {
        let source = format!("const a = {value}; const f = «() => a»;");
        if value.starts_with("Object") {
            assert_eq!(refused(&source), Reason::Computed);
        } else {
            assert_eq!(of(&source), ["literal a"]);
        }
    }
    assert_eq!(
        of("const K = 1024; const a = K * K; const f = «() => a»;"),
        ["literal K", "literal a"]
    );
    assert_eq!(
        of("const a = Object.freeze(['a', 'b']); g(a); const f = «() => a»;"),
        ["literal a"]
    );
}

#[test]
fn an_object_travels_when_nothing_in_its_source_can_change_it() {
    for read in [
        "a[0]",
        "a.length",
        "a.includes(b)",
        "[...a]",
        "new Set(a)",
        "Object.keys(a)",
        "typeof a",
        "a[b] + a.map((x) => x)",
    ] {
        let source = format!("const b = 1, a = ['x', 2]; const f = «() => {read}»;");
        assert!(
            !commonjs(&source).captures.iter().any(|it| it.name == "a"),
            "{read}"
        );
    }
    for write in [
        "a[0] = 1",
        "a.push(1)",
        "a.sort()",
        "delete a[0]",
        "a[0]++",
        "[a[0]] = [1]",
        "g(a)",
        "b = a",
        "module.exports = { a }",
        "return a",
    ] {
        let source =
            format!("const a = ['x', 2]; function h() {{ {write}; }} const f = «() => a[0]»;");
        assert_eq!(refused(&source), Reason::MayChange, "{write}");
    }
    assert_eq!(
        refused("const a = {}; const f = «() => a.b»;"),
        Reason::MayChange
    );
    assert_eq!(
        refused("const a = [[1]]; const f = «() => a[0]»;"),
        Reason::MayChange
    );
}

#[test]
fn what_may_hold_something_else_is_refused_with_the_reason() {
    for (source, reason) in [
        ("let a = 1; const f = «() => a»;", Reason::Let),
        ("let a = () => 1; const f = «() => a»;", Reason::Let),
        ("var a = 1; a = 2; const f = «() => a»;", Reason::Reassigned),
        (
            "function a() {} a = 1; const f = «() => a»;",
            Reason::Reassigned,
        ),
        ("class A {} A = 1; const f = «() => A»;", Reason::Reassigned),
        (
            "function a() {} function a() {} const f = «() => a»;",
            Reason::Reassigned,
        ),
        ("const a = b(); const f = «() => a»;", Reason::Computed),
        (
            "const a = new Map(); const f = «() => a»;",
            Reason::Computed,
        ),
        ("const { a } = b; const f = «() => a»;", Reason::Computed),
        ("var a; const f = «() => a»;", Reason::Computed),
        (
            "const a = __webpack_require__('./x.js'); const f = «() => a»;",
            Reason::Bundled,
        ),
        ("const arguments = 1; y(«() => arguments»);", Reason::Name),
    ] {
        let report = commonjs(source);
        assert_eq!(reasons(&report)[0].1, reason, "{source}");
    }
    let report = module("export let a = 1; const f = «() => a»;");
    assert_eq!(reasons(&report), [("a", Reason::Let)]);
}

#[test]
fn what_a_travelling_function_cannot_take_along_is_refused_with_its_name() {
    let report = commonjs(
        "let n = 0;\nfunction a() { return b(); }\nfunction b() { return n++; }\nconst f = «() => a()»;",
    );
    let capture = &report.captures[0];
    assert_eq!(
        (capture.name.as_str(), capture.by.as_deref()),
        ("n", Some("b"))
    );
    assert_eq!((capture.line, capture.column), (2, 22));
}

#[test]
fn statements_that_change_a_function_travel_with_it() {
    let report = commonjs(
        "function A() {}
         A.prototype.b = function () { return c; };
         Object.defineProperty(A, 'd', { value: 1 });
         _defineProperty(A, 'e', 2);
         function _defineProperty() {}
         module.exports = A; g(A);
         const c = 1;
         const f = «() => new A()»;",
    );
    assert_eq!(
        travels(&report),
        ["literal c", "helper _defineProperty", "function A"]
    );
    assert_eq!(report.units.len(), 6);
    assert_eq!(
        refused("let n; function A() {} A.b = n; const f = «() => A»;"),
        Reason::Let
    );
}

#[test]
fn what_compilers_make_of_a_class_travels() {
    for source in [
        "var A = /** @class */ (function () { function A() {} A.prototype.b = 1; return A; }());",
        "let B = 1; var A = /*#__PURE__*/ function () { function A() { _classCallCheck(this, A); } \
         return _createClass(A, [{ key: 'b' }]); }(); function _classCallCheck() {} function _createClass() {}",
    ] {
        let source = format!("{source} const f = «() => new A()»;");
        assert!(of(&source).contains(&"class A".to_owned()));
    }
    assert_eq!(
        refused("var A = (function () { return make(); }()); const f = «() => A»;"),
        Reason::Computed
    );
}

#[test]
fn what_compilers_make_of_newer_syntax_travels() {
    for (source, name, expected) in [
        ("var _n = /*#__PURE__*/ new WeakMap();", "_n", "helper _n"),
        (
            "var _A_n; class A {} _A_n = new WeakMap();",
            "_A_n",
            "helper _A_n",
        ),
        (
            "var _a, _A_b; _a = A, _A_b = new WeakSet(); class A {}",
            "_A_b",
            "helper _A_b",
        ),
        ("const _A = class _A {}; let A = _A;", "A", "class A"),
        (
            "var __assign = function () { __assign = Object.assign; return __assign.apply(this, arguments); };",
            "__assign",
            "helper __assign",
        ),
        (
            "var E; (function (E) { E[E['a'] = 0] = 'a'; })(E || (E = {}));",
            "E",
            "literal E",
        ),
        (
            "var E = /* @__PURE__ */ ((E2) => { E2[E2['a'] = 0] = 'a'; return E2; })(E || {});",
            "E",
            "literal E",
        ),
        ("const a = (cov_1a2b3c4d5e().s[0]++, 5);", "a", "literal a"),
        (
            "const a = (cov_1a2b3c4d5e().b[0][1]++, () => 1);",
            "a",
            "function a",
        ),
        (
            "const _excluded2 = ['a'];",
            "g(_excluded2)",
            "helper _excluded2",
        ),
        (
            "const m = require('x'); function _interopDefault(a) {} const a = _interopDefault(m);",
            "a",
            "require a from x",
        ),
        (
            "function _g() { _g = wrap(); return _g.apply(this, arguments); } function wrap() {}",
            "_g()",
            "function _g",
        ),
    ] {
        let source = format!("{source} const f = «() => {name}»;");
        assert!(of(&source).contains(&expected.to_owned()), "{source}");
    }
    for source in [
        "var a; a = b();",
        "var a; function g() { a = 1; }",
        "var a; a = 1; a = 2;",
        "var a; if (b) a = 1;",
        "const a = new WeakMap();",
        "const a = (b(), 5);",
        "let a = _b; const _b = 1;",
    ] {
        let source = format!("{source} const f = «() => a»;");
        assert_eq!(commonjs(&source).captures.len(), 1, "{source}");
    }
}

#[test]
fn properties_of_exports_are_what_the_module_gives_them() {
    let report = commonjs(
        "exports.b = exports.a = void 0;
         exports.a = 5; const b = () => 1; exports.b = b; exports.c = function () {};
         const f = «() => (0, exports.b)() + exports.a + module.exports.c() + exports.none»;",
    );
    assert_eq!(captures(&report).len(), 0);
    assert_eq!(
        travels(&report),
        [
            "function exports.b",
            "literal exports.a",
            "function module.exports.c",
            "commonjs exports"
        ]
    );
    assert!(
        report
            .wrapper_prefix
            .contains("exports:{b:arguments[1].cells.b,a:arguments[1].cells[\"exports.a\"]}"),
        "{}",
        report.wrapper_prefix
    );
    assert_eq!(
        refused("exports.a = 1; exports.a = 2; const f = «() => exports.a»;"),
        Reason::Reassigned
    );
    assert_eq!(
        refused("function g() { exports.a = 1; } const f = «() => exports.a»;"),
        Reason::Computed
    );
}

#[test]
fn what_node_gives_to_a_module_comes_from_the_link() {
    let names = "require('x'), module, exports, __filename, __dirname";
    let report = commonjs(&format!("const f = «() => [{names}]»;"));
    assert!(report.linked);
    assert!(report.wrapper_prefix.contains(
        "const{require,module,exports,filename:__filename,dirname:__dirname}=arguments[0];"
    ));
    let report = module("export const f = «() => [require('x'), import.meta.url, import\n.meta]»;");
    assert_eq!(travels(&report), ["import.meta import.meta"]);
    assert!(
        report
            .wrapper_prefix
            .contains("const{require,meta:import_meta}=arguments[0];")
    );
    assert_eq!(
        report.wrapper_body,
        "() => [require('x'), import_meta.url, import_meta\n     ]"
    );
}

#[test]
fn the_wrapper_of_a_test_runner_is_seen_as_the_module() {
    let jest = "({'Object.<anonymous>': function (module, exports, require, __dirname, __filename, jest) {";
    let report = commonjs(&format!(
        "{jest}const a = 1; const x = require('x'); g(«() => [a, x]»);}}}});"
    ));
    assert_eq!(travels(&report), ["literal a", "require x from x"]);
    let block = "(async (__vite_ssr_import__, __vite_ssr_exports__) => {{";
    let report = commonjs(&format!(
        "{block}const a = 1; function b() {{ return a; }} g(«() => b()»);}}}})"
    ));
    assert_eq!(travels(&report), ["literal a", "function b"]);
    let vite = "(async function(__vite_ssr_exports__, __vite_ssr_import_meta__, __vite_ssr_import__, \
                __vite_ssr_dynamic_import__){\"use strict\";";
    let report = commonjs(&format!(
        "{vite}const __vi_import_0__ = await __vite_ssr_import__('x'); g(«() => [__vi_import_0__.a, \
         __vite_ssr_import_meta__.url, __vite_ssr_dynamic_import__('y')]»);}})"
    ));
    assert_eq!(captures(&report).len(), 0);
    assert_eq!(report.imports, ["x"]);
    assert!(
        report
            .wrapper_prefix
            .contains("const __vite_ssr_dynamic_import__=(s)=>import(s);")
    );
    assert!(
        report
            .wrapper_prefix
            .contains("meta:__vite_ssr_import_meta__")
    );
}
