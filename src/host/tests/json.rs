//! The outermost object of a JSON text.

use crate::host::json::top_level;

#[test]
fn values_of_the_outermost_object() {
    let text = r#" { "a" : 1 , "b":{"c":[1,"}"],"a":2}, "d":"x\"y\\", "e":null, "ü":[[]] , "f": -1.5e3 } "#;
    assert_eq!(top_level(text, "a").as_deref(), Some("1"));
    assert_eq!(top_level(text, "d").as_deref(), Some("x\"y\\"));
    assert_eq!(top_level(text, "e").as_deref(), Some("null"));
    assert_eq!(top_level(text, "f").as_deref(), Some("-1.5e3"));
    for absent in ["b", "c", "ü", "g"] {
        assert_eq!(top_level(text, absent), None, "{absent}");
    }
}

#[test]
fn texts_that_are_cut_or_no_object() {
    let text = r#"{"a":{"b":[1,"x\"é"]},"c":2}"#;
    for (end, _) in text.char_indices() {
        assert_eq!(top_level(&text[..end], "c"), None, "{}", &text[..end]);
    }
    for bad in ["", "[]", "1", "{,}", "{\"c\"}", "{\"c\":", "{\"\\", "{c:1}"] {
        assert_eq!(top_level(bad, "c"), None, "{bad}");
    }
}
