//! Lines and UTF-16 columns, as V8 counts them, against byte offsets.
//!
//! A line ends at LF, CR, CR LF, U+2028 or U+2029, inside strings and comments too.

use std::cmp::Ordering;

/// Bytes of the line terminator that starts at `at`; 0 when none does.
fn terminator_length(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
        b'\n' | b'\r' => 1,
        0xE2 if bytes.get(at + 1) == Some(&0x80)
            && matches!(bytes.get(at + 2), Some(0xA8 | 0xA9)) =>
        {
            3
        }
        _ => 0,
    }
}

/// The byte offset of a 0-based line and UTF-16 column, if the text has that place.
pub(super) fn byte_offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    for _ in 0..line {
        loop {
            at += bytes
                .get(at..)?
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r' | 0xE2))?;
            let length = terminator_length(bytes, at);
            at += length.max(1);
            if length > 0 {
                break;
            }
        }
    }
    let mut left = column as usize;
    for character in text[at..].chars() {
        if left == 0 || terminator_length(bytes, at) > 0 {
            break;
        }
        left = left.checked_sub(character.len_utf16())?;
        at += character.len_utf8();
    }
    (left == 0).then_some(at)
}

/// UTF-16 code units of a text.
pub(super) fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Walks forward through a text and knows the line and column it is at.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    line: i32,
    column: i32,
}

impl<'t> Cursor<'t> {
    /// A cursor at byte `at`, which has the given line and column.
    pub(super) const fn new(text: &'t str, at: usize, line: i32, column: i32) -> Self {
        Self {
            text,
            at,
            line,
            column,
        }
    }

    /// Goes on to byte `offset`, which must not lie behind, and tells its line and column.
    pub(super) fn advance(&mut self, offset: usize) -> (i32, i32) {
        debug_assert_ne!(
            offset.cmp(&self.at),
            Ordering::Less,
            "a cursor never goes back"
        );
        let bytes = self.text.as_bytes();
        while self.at < offset {
            let terminator = terminator_length(bytes, self.at);
            if terminator > 0 {
                self.at += terminator;
                self.line += 1;
                self.column = 0;
            } else {
                let Some(character) = self.text[self.at..].chars().next() else {
                    break;
                };
                self.at += character.len_utf8();
                self.column += character.len_utf16() as i32;
            }
        }
        (self.line, self.column)
    }
}

/// Lines and columns of a whole text, one place of which is known.
pub(super) struct Places<'t> {
    text: &'t str,
    /// A byte, its line and its column.
    known: (usize, i32, i32),
    /// Line and column of the first byte; `None` where the text is not the whole script.
    first: Option<(i32, i32)>,
}

impl<'t> Places<'t> {
    pub(super) const fn new(
        text: &'t str,
        known: (usize, i32, i32),
        first: Option<(i32, i32)>,
    ) -> Self {
        Self { text, known, first }
    }

    /// Line and column of a byte.
    pub(super) fn of(&self, offset: usize) -> (i32, i32) {
        let (at, line, column) = match self.first {
            Some((line, column)) if offset < self.known.0 => (0, line, column),
            _ => self.known,
        };
        if offset < at {
            return (line, column);
        }
        Cursor::new(self.text, at, line, column).advance(offset)
    }
}
