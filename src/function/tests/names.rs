//! The name that a function has by where it stands.

use super::commonjs;

#[test]
fn names_are_those_of_javascript() {
    for (source, name) in [
        ("«function f¦() {}»", "f"),
        ("export default «function ¦() {}»", "default"),
        ("export default «() => 1»", "default"),
        ("const g = «function f¦() {}»", "f"),
        ("const f = «() => 1»", "f"),
        ("f = «() => 1»", "f"),
        ("exports.f = «() => 1»", ""),
        ("g(«() => 1»)", ""),
        ("const f = g(«() => 1»)", ""),
        ("const [f = «() => 1»] = []", "f"),
        ("x = { f: «() => 1» }", "f"),
        ("x = { f: «function ¦() {}» }", "f"),
        ("x = { 'a b': «async () => 1» }", "a b"),
        ("x = { f: «function g¦() {}» }", "g"),
        ("x = { «f¦() {}» }", "f"),
        ("x = { «async *'a b'¦() {}» }", "a b"),
        ("x = { «42¦() {}» }", "42"),
        ("x = { «[Symbol.iterator]¦() {}» }", "[Symbol.iterator]"),
        ("x = { «[a + b]¦() {}» }", ""),
        ("x = { «get f¦() {}» }", "get f"),
        ("x = { «set f¦(v) {}» }", "set f"),
        ("class A { static f = «() => 1»; }", "f"),
        ("class A { #f = «() => 1»; }", "#f"),
        ("class A { static «#f¦() {}» }", "#f"),
        ("__name(«(a) => a», 'f')", "f"),
    ] {
        assert_eq!(commonjs(source).name, name, "{source}");
    }
}
