//! The native operations of the prelude, over plain slices: no V8, nothing kept between two calls.
//!
//! In JavaScript: `native.op(op, flags, text, bytes, fail)`. `text` crosses as UTF-8, each lone
//! surrogate as U+FFFD; `bytes` is a view over memory that no other thread writes to. An error
//! becomes `fail(kind, message)`, which throws.

mod builtins;

use super::{forgiving_base64, text_decoding};

/// Longest string that V8 makes on 64-bit platforms, in characters; the same from V8 11.3 to 14.6.
pub const MAX_STRING_LENGTH: usize = (1 << 29) - 24;

/// Decode with an error at the first malformed sequence, instead of U+FFFD.
pub const FATAL: u32 = 1;
/// Keep a leading byte order mark.
pub const IGNORE_BOM: u32 = 2;
/// More bytes follow: an incomplete character at the end waits for them.
pub const STREAM: u32 = 4;
/// The bytes begin with what [`Op::DecodeState`] returned for the chunk before.
pub const RESUMED: u32 = 8;

/// Numbers shared with `prelude/encoding.js` (1 to 5) and `builtins/internal/` (16 to 31).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `text`: label; `bytes`: encoded text. Gives the decoded text.
    Decode = 1,
    /// The input of the streaming `Decode` just made. Gives the bytes to put before the next chunk.
    DecodeState = 2,
    /// `text`: label. Gives the encoding's name in lower case.
    EncodingForLabel = 3,
    /// `text`: characters up to U+00FF. Gives base64.
    BtoA = 4,
    /// `text`: base64, forgiving. Gives one character for each byte.
    AtoB = 5,
    /// `bytes`. Gives base64; `flags`: 1 for the alphabet of URLs, without padding.
    Base64Encode = 16,
    /// `text`: a host name. Gives it in ASCII.
    DomainToAscii = 18,
    /// `text`: a host name. Gives it in Unicode.
    DomainToUnicode = 19,
}

impl Op {
    /// The operation of that number.
    pub fn from_number(number: u32) -> Option<Op> {
        [
            Op::Decode,
            Op::DecodeState,
            Op::EncodingForLabel,
            Op::BtoA,
            Op::AtoB,
            Op::Base64Encode,
            Op::DomainToAscii,
            Op::DomainToUnicode,
        ]
        .into_iter()
        .find(|op| *op as u32 == number)
    }
}

/// What JavaScript gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpOutput {
    /// A string.
    Utf8(String),
    /// A string that has characters beyond U+00FF.
    Utf16(Vec<u16>),
    /// A string of one byte for each character, U+0000 to U+00FF: V8 keeps it in half the memory.
    Latin1(Vec<u8>),
    /// A `Uint8Array`.
    Bytes(Vec<u8>),
}

/// A failure that JavaScript sees as an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpError {
    /// JavaScript class, or the name of a `DOMException`.
    pub class: &'static str,
    /// Value of the exception's `code`, empty for a `DOMException`.
    pub code: &'static str,
    /// The exception's `message`.
    pub message: String,
}

impl OpError {
    /// First argument of the prelude's `fail`, which knows the class of every code.
    pub fn kind(&self) -> &'static str {
        if self.code.is_empty() {
            self.class
        } else {
            self.code
        }
    }

    pub(super) fn not_supported(label: &str) -> OpError {
        OpError {
            class: "RangeError",
            code: "ERR_ENCODING_NOT_SUPPORTED",
            message: format!("The \"{label}\" encoding is not supported"),
        }
    }

    pub(super) fn malformed(encoding: &str) -> OpError {
        OpError {
            class: "TypeError",
            code: "ERR_ENCODING_INVALID_ENCODED_DATA",
            message: format!("The encoded data was not valid for encoding {encoding}"),
        }
    }

    pub(super) fn invalid_character(message: &str) -> OpError {
        OpError {
            class: "InvalidCharacterError",
            code: "",
            message: message.to_owned(),
        }
    }

    fn invalid_domain() -> OpError {
        OpError {
            class: "TypeError",
            code: "",
            message: "The host name is not valid".to_owned(),
        }
    }

    fn string_too_long() -> OpError {
        OpError {
            class: "Error",
            code: "ERR_STRING_TOO_LONG",
            message: format!(
                "Cannot create a string longer than {MAX_STRING_LENGTH:#x} characters"
            ),
        }
    }

    fn out_of_memory(bytes: usize) -> OpError {
        OpError {
            class: "RangeError",
            code: "ERR_MEMORY_ALLOCATION_FAILED",
            message: format!(
                "Could not allocate {bytes} bytes for the result; work on smaller parts"
            ),
        }
    }
}

/// Runs one operation; which arguments it reads is said at [`Op`].
pub fn run(op: Op, flags: u32, text: &[u8], bytes: &[u8]) -> Result<OpOutput, OpError> {
    let output = match op {
        Op::Decode => text_decoding::decode(flags, text, bytes)?,
        Op::DecodeState => text_decoding::state_after(flags, text, bytes)?,
        Op::EncodingForLabel => text_decoding::canonical_name(text)?,
        Op::BtoA => forgiving_base64::encode(text)?,
        Op::AtoB => forgiving_base64::decode(text)?,
        Op::Base64Encode => builtins::base64_encode(flags, bytes)?,
        Op::DomainToAscii => builtins::domain_to_ascii(text)?,
        Op::DomainToUnicode => builtins::domain_to_unicode(text),
    };
    limit(output, MAX_STRING_LENGTH)
}

fn limit(output: OpOutput, longest: usize) -> Result<OpOutput, OpError> {
    let characters = match &output {
        OpOutput::Utf8(text) => text.len(),
        OpOutput::Utf16(units) => units.len(),
        OpOutput::Latin1(characters) => characters.len(),
        OpOutput::Bytes(_) => 0,
    };
    if characters > longest {
        Err(OpError::string_too_long())
    } else {
        Ok(output)
    }
}

/// A zeroed buffer, or an error where `vec![]` would abort the process: the length is the task's
/// choice.
pub(super) fn buffer<T: Clone + Default>(length: usize) -> Result<Vec<T>, OpError> {
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(length).is_err() {
        return Err(OpError::out_of_memory(
            length.saturating_mul(size_of::<T>()),
        ));
    }
    buffer.resize(length, T::default());
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_prelude() {
        let source = include_str!("prelude/encoding.js");
        for (name, number) in [
            ("DECODE", Op::Decode as u32),
            ("DECODE_STATE", Op::DecodeState as u32),
            ("ENCODING_FOR_LABEL", Op::EncodingForLabel as u32),
            ("BTOA", Op::BtoA as u32),
            ("ATOB", Op::AtoB as u32),
            ("FATAL", FATAL),
            ("IGNORE_BOM", IGNORE_BOM),
            ("STREAM", STREAM),
            ("RESUMED", RESUMED),
        ] {
            assert!(
                source.contains(&format!("const {name} = {number};")),
                "{name} is not {number}"
            );
        }
    }

    #[test]
    fn numbers_are_those_of_the_builtin_modules() {
        for (source, name, number) in [
            (
                include_str!("builtins/internal/shims/tr46.js"),
                "DOMAIN_TO_ASCII",
                Op::DomainToAscii as u32,
            ),
            (
                include_str!("builtins/internal/shims/tr46.js"),
                "DOMAIN_TO_UNICODE",
                Op::DomainToUnicode as u32,
            ),
            (
                include_str!("builtins/internal/codecs.js"),
                "BASE64_ENCODE",
                Op::Base64Encode as u32,
            ),
            (
                include_str!("builtins/internal/codecs.js"),
                "URL_ALPHABET",
                builtins::URL_ALPHABET,
            ),
        ] {
            assert!(
                source.contains(&format!("const {name} = {number};")),
                "{name} is not {number}"
            );
        }
    }

    #[test]
    fn unknown_numbers_are_no_op() {
        assert_eq!(Op::from_number(0), None);
        assert_eq!(Op::from_number(5), Some(Op::AtoB));
        assert_eq!(Op::from_number(6), None);
        assert_eq!(Op::from_number(17), None);
    }

    #[test]
    fn a_buffer_that_cannot_be_had_is_an_error() {
        let error = buffer::<u16>(usize::MAX / 2).unwrap_err();
        assert_eq!(error.kind(), "ERR_MEMORY_ALLOCATION_FAILED");
    }

    #[test]
    fn text_longer_than_a_v8_string_is_an_error() {
        for output in [
            OpOutput::Latin1(vec![0; 4]),
            OpOutput::Utf16(vec![0; 4]),
            OpOutput::Utf8("aaaa".to_owned()),
        ] {
            assert_eq!(limit(output.clone(), 4), Ok(output.clone()));
            assert_eq!(limit(output, 3).unwrap_err().kind(), "ERR_STRING_TOO_LONG");
        }
        assert!(limit(OpOutput::Bytes(vec![0; 4]), 3).is_ok());
        let error = OpError::string_too_long();
        assert_eq!(
            error.message,
            "Cannot create a string longer than 0x1fffffe8 characters"
        );
    }

    #[test]
    fn the_kind_of_an_error_is_its_code_or_else_its_class() {
        assert_eq!(
            run(Op::AtoB, 0, b"!", b"").unwrap_err().kind(),
            "InvalidCharacterError"
        );
        assert_eq!(
            run(Op::EncodingForLabel, 0, b"x", b"").unwrap_err().kind(),
            "ERR_ENCODING_NOT_SUPPORTED"
        );
    }
}
