//! Changes of a text that leave every other character where it is.

use super::bound::IMPORT_META;
use super::needs::Needs;

/// How Istanbul's counters reach the global object: an isolate may forbid code from strings.
const GLOBAL_OF_COUNTERS: [&str; 2] = [
    "new Function(\"return this\")()",
    "new Function('return this')()",
];

/// The text that begins at byte `start` of its source, to be compiled as part of a script.
pub(super) fn rewritten(body: &str, start: usize, needs: &Needs, counter: bool) -> String {
    let mut text = String::with_capacity(body.len());
    let mut from = 0;
    for meta in &needs.import_metas {
        let (at, end) = (meta.start as usize - start, meta.end as usize - start);
        text.push_str(&body[from..at]);
        text.push_str(IMPORT_META);
        let written = &body[at..end];
        // `import . meta` may be written over lines: what follows stays where it is.
        let rest = written
            .find(is_line_end)
            .unwrap_or_else(|| IMPORT_META.len().min(written.len()));
        written[rest..]
            .chars()
            .for_each(|character| blank(character, &mut text));
        from = end;
    }
    text.push_str(&body[from..]);
    if counter {
        for global in GLOBAL_OF_COUNTERS {
            text = text.replace(global, &format!("{:<1$}", "globalThis", global.len()));
        }
    }
    text
}

const fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// As many columns without meaning, or the end of the line.
fn blank(character: char, text: &mut String) {
    if is_line_end(character) {
        text.push(character);
    } else {
        (0..character.len_utf16()).for_each(|_| text.push(' '));
    }
}
