//! As much of JSON as PM2's `pm2_env` needs: a string or number of the outermost object.

/// The value of `key`; `None` where it is absent, nested, or the text is no object.
pub fn top_level(text: &str, key: &str) -> Option<String> {
    let mut rest = text.trim_start().strip_prefix('{')?;
    loop {
        let (name, after) = string(rest.trim_start())?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        let (found, after) = if value.starts_with('"') {
            string(value)?
        } else {
            unquoted(value)?
        };
        if name == key {
            return (!value.starts_with(['{', '['])).then_some(found);
        }
        rest = after.trim_start().strip_prefix(',')?;
    }
}

/// A string at the beginning, and what follows. Escapes other than `\"`, `\\` and `\/` stay as written: no value that is
/// asked for has any.
fn string(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &inner[at + 1..])),
            '\\' => match characters.next()?.1 {
                plain @ ('"' | '\\' | '/') => value.push(plain),
                other => value.extend(['\\', other]),
            },
            _ => value.push(character),
        }
    }
    None
}

/// A number, word, array or object at the beginning, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '"' => {
                let (_, after) = string(&text[at..])?;
                at = text.len() - after.len();
                continue;
            }
            '{' | '[' => depth += 1,
            '}' | ']' | ',' if depth == 0 => {
                return Some((text[..at].trim_end().to_owned(), &text[at..]));
            }
            '}' | ']' => depth -= 1,
            _ => {}
        }
        at += character.len_utf8();
    }
    None
}
