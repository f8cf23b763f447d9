//! Names and texts as JavaScript writes them, on one line.

use std::fmt::Write;

/// A key of an object literal and the access to it.
pub(super) fn key(name: &str) -> (String, String) {
    let plain = name
        .starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_$".contains(character));
    if plain {
        (name.to_owned(), format!(".{name}"))
    } else {
        let quoted = quote(name);
        let access = format!("[{quoted}]");
        (quoted, access)
    }
}

/// The access to a property.
pub(super) fn access(name: &str) -> String {
    key(name).1
}

/// Like [`key`], for `key: value`, where a plain `__proto__` would set the prototype.
pub(super) fn property_key(name: &str) -> (String, String) {
    let (key, access) = key(name);
    if name == "__proto__" {
        ("[\"__proto__\"]".to_owned(), access)
    } else {
        (key, access)
    }
}

/// A string literal on one line; V8 counts U+2028 and U+2029 as line ends even in strings.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_or_quoted_on_one_line() {
        assert_eq!(key("run"), ("run".to_owned(), ".run".to_owned()));
        assert_eq!(key(""), ("\"\"".to_owned(), "[\"\"]".to_owned()));
        assert_eq!(key("get size").0, "\"get size\"");
        assert_eq!(key("1st").0, "\"1st\"");
        assert_eq!(quote("a\"\\\n\u{2028}é"), "\"a\\\"\\\\\\u000a\\u2028é\"");
        assert_eq!(property_key("__proto__").0, "[\"__proto__\"]");
    }
}
