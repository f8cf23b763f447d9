//! `TextDecoder`: the WHATWG encodings, by label, also in chunks.
//!
//! Nothing is kept here between two chunks. What a decoder would remember (the bytes of an
//! unfinished character, whether the byte order mark has been dealt with, the character set that
//! ISO-2022-JP switched to) is returned as a few bytes, which JavaScript puts before the next chunk
//! without looking into them: one header byte, then the unfinished character.

use encoding_rs::{
    CoderResult, Decoder, DecoderResult, Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, mem,
};

use super::ops::text::{FATAL, IGNORE_BOM, RESUMED, STREAM};
use super::ops::{OpError, OpOutput, buffer};

pub(super) fn canonical_name(label: &[u8]) -> Result<OpOutput, OpError> {
    Ok(OpOutput::Utf8(name(find(label)?)))
}

pub(super) fn decode(flags: u32, label: &[u8], bytes: &[u8]) -> Result<OpOutput, OpError> {
    let encoding = find(label)?;
    let (state, bytes) = State::read(flags, bytes);
    let last = flags & STREAM == 0;
    if encoding == UTF_8 && last {
        // V8 keeps such text in half the memory, and most text is such text.
        let text = if flags & IGNORE_BOM == 0 && !state.begun {
            bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
        } else {
            bytes
        };
        if mem::utf8_latin1_up_to(text) == text.len() {
            let mut characters = buffer::<u8>(text.len())?;
            let length = mem::convert_utf8_to_latin1_lossy(text, &mut characters);
            characters.truncate(length);
            return Ok(OpOutput::Latin1(characters));
        }
    }
    let mut decoder = if flags & IGNORE_BOM == 0 && !state.begun {
        encoding.new_decoder_with_bom_removal()
    } else {
        encoding.new_decoder_without_bom_handling()
    };
    if encoding == ISO_2022_JP {
        state.shift.replay(&mut decoder);
    }
    let length = decoder
        .max_utf16_buffer_length(bytes.len())
        .expect("a slice is at most isize::MAX long");
    let mut units = buffer::<u16>(length)?;
    let written = if flags & FATAL == 0 {
        let (result, _, written, _) = decoder.decode_to_utf16(bytes, &mut units, last);
        debug_assert_eq!(result, CoderResult::InputEmpty);
        written
    } else {
        match decoder.decode_to_utf16_without_replacement(bytes, &mut units, last) {
            (DecoderResult::InputEmpty, _, written) => written,
            _ => return Err(OpError::malformed(&name(encoding))),
        }
    };
    units.truncate(written);
    if mem::is_utf16_latin1(&units) {
        let mut characters = buffer::<u8>(written)?;
        mem::convert_utf16_to_latin1_lossy(&units, &mut characters);
        return Ok(OpOutput::Latin1(characters));
    }
    Ok(OpOutput::Utf16(units))
}

/// The bytes that stand for a streaming decoder's state after `bytes`.
pub(super) fn state_after(flags: u32, label: &[u8], bytes: &[u8]) -> Result<OpOutput, OpError> {
    let encoding = find(label)?;
    let (mut state, bytes) = State::read(flags, bytes);
    let pending = if encoding == UTF_8 {
        unfinished_utf8(bytes)
    } else if encoding == UTF_16LE || encoding == UTF_16BE {
        unfinished_utf16(bytes, encoding == UTF_16BE)
    } else if encoding.is_single_byte() {
        0
    } else if encoding == ISO_2022_JP {
        state.shift.advance(bytes)
    } else {
        unfinished_multi_byte(encoding, bytes)
    };
    state.begun |= pending < bytes.len();
    let mut next = buffer::<u8>(1 + pending)?;
    next[0] = state.header();
    next[1..].copy_from_slice(&bytes[bytes.len() - pending..]);
    Ok(OpOutput::Bytes(next))
}

/// The labels of `replacement` are refused, as the standard asks of `TextDecoder`.
fn find(label: &[u8]) -> Result<&'static Encoding, OpError> {
    Encoding::for_label_no_replacement(label)
        .ok_or_else(|| OpError::not_supported(&String::from_utf8_lossy(label)))
}

fn name(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

#[derive(Clone, Copy, Default)]
struct State {
    /// A first character has been decoded: no byte order mark can follow.
    begun: bool,
    shift: Shift,
}

impl State {
    const BEGUN: u8 = 1;
    const FRESH_ESCAPE: u8 = 2;
    const CHARSET_SHIFT: u32 = 2;

    fn read(flags: u32, bytes: &[u8]) -> (State, &[u8]) {
        match bytes {
            [header, rest @ ..] if flags & RESUMED != 0 => {
                let state = State {
                    begun: header & State::BEGUN != 0,
                    shift: Shift {
                        charset: Charset::ALL
                            [usize::from(header >> State::CHARSET_SHIFT) % Charset::ALL.len()],
                        fresh_escape: header & State::FRESH_ESCAPE != 0,
                    },
                };
                (state, rest)
            }
            _ => (State::default(), bytes),
        }
    }

    fn header(self) -> u8 {
        let fresh_escape = if self.shift.fresh_escape {
            State::FRESH_ESCAPE
        } else {
            0
        };
        u8::from(self.begun) | fresh_escape | (self.shift.charset as u8) << State::CHARSET_SHIFT
    }
}

/// How many bytes at the end are the beginning of a character that more bytes could complete.
fn unfinished_utf8(bytes: &[u8]) -> usize {
    for length in 1..=bytes.len().min(3) {
        let tail = &bytes[bytes.len() - length..];
        if tail[0] >= 0xc0 {
            // `error_len` is None only when the input ended too early.
            let unfinished = str::from_utf8(tail)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none());
            return if unfinished { length } else { 0 };
        }
    }
    0
}

fn unfinished_utf16(bytes: &[u8], big_endian: bool) -> usize {
    let odd = bytes.len() % 2;
    let whole = &bytes[..bytes.len() - odd];
    let lead = match whole {
        [.., first, second] => (if big_endian { *first } else { *second }) & 0xfc == 0xd8,
        _ => false,
    };
    if lead { odd + 2 } else { odd }
}

/// A byte means different things as a first and as a second one: only decoding from the start tells
/// where a character ends. At most three bytes (gb18030) wait for another.
fn unfinished_multi_byte(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    const LONGEST: usize = 3;
    const CHUNK: usize = 4096;
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut output = [0u16; CHUNK * 2];
    let (sure, tail) = bytes.split_at(bytes.len().saturating_sub(LONGEST));
    for chunk in sure.chunks(CHUNK) {
        feed(&mut decoder, chunk, &mut output);
    }
    let mut pending = tail.len();
    for index in 0..=tail.len() {
        if decoder.latin1_byte_compatible_up_to(b"").is_some() {
            pending = tail.len() - index;
        }
        if let Some(byte) = tail.get(index) {
            feed(&mut decoder, &[*byte], &mut output);
        }
    }
    pending
}

fn feed(decoder: &mut Decoder, bytes: &[u8], output: &mut [u16]) {
    let (result, _, _, _) = decoder.decode_to_utf16(bytes, output, false);
    debug_assert_eq!(result, CoderResult::InputEmpty);
}

/// The character sets of ISO-2022-JP.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Charset {
    #[default]
    Ascii = 0,
    Roman = 1,
    Katakana = 2,
    Jis0208 = 3,
}

impl Charset {
    const ALL: [Charset; 4] = [
        Charset::Ascii,
        Charset::Roman,
        Charset::Katakana,
        Charset::Jis0208,
    ];

    fn escape(self) -> &'static [u8; 3] {
        match self {
            Charset::Ascii => b"\x1b(B",
            Charset::Roman => b"\x1b(J",
            Charset::Katakana => b"\x1b(I",
            Charset::Jis0208 => b"\x1b$B",
        }
    }

    fn of_escape(bytes: &[u8]) -> Option<Charset> {
        match bytes {
            [0x1b, b'(', b'B', ..] => Some(Charset::Ascii),
            [0x1b, b'(', b'J', ..] => Some(Charset::Roman),
            [0x1b, b'(', b'I', ..] => Some(Charset::Katakana),
            [0x1b, b'$', b'@' | b'B', ..] => Some(Charset::Jis0208),
            _ => None,
        }
    }
}

/// Where ISO-2022-JP stands between two characters.
#[derive(Clone, Copy, Default)]
struct Shift {
    charset: Charset,
    /// Nothing came after the last escape sequence: a second one would be an error.
    fresh_escape: bool,
}

impl Shift {
    /// Brings a new decoder to this state.
    fn replay(self, decoder: &mut Decoder) {
        if self.charset == Charset::Ascii && !self.fresh_escape {
            return;
        }
        let mut output = [0u16; 16];
        feed(decoder, self.charset.escape(), &mut output);
        if !self.fresh_escape {
            let character: &[u8] = if self.charset == Charset::Jis0208 {
                b"!!"
            } else {
                b"!"
            };
            feed(decoder, character, &mut output);
        }
    }

    /// Follows the decoder over `bytes` and returns how many of the last ones are unfinished.
    fn advance(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if let Some(charset) = Charset::of_escape(rest) {
                *self = Shift {
                    charset,
                    fresh_escape: true,
                };
                at += 3;
                continue;
            }
            if matches!(rest, [0x1b] | [0x1b, b'(' | b'$']) {
                return rest.len();
            }
            let lead = self.charset == Charset::Jis0208 && matches!(rest[0], 0x21..=0x7e);
            if lead && rest.len() == 1 {
                return 1;
            }
            self.fresh_escape = false;
            // An escape sequence in place of the second byte is still an escape sequence.
            at += if lead && rest[1] != 0x1b { 2 } else { 1 };
        }
        0
    }
}

#[cfg(test)]
#[path = "text_decoding_tests.rs"]
mod tests;
