//! Text and bytes: what `TextDecoder`, `atob` and `btoa` are made of.

use super::super::{forgiving_base64, text_decoding};
use super::Operation;

/// Decode with an error at the first malformed sequence, instead of U+FFFD.
pub const FATAL: u32 = 1;
/// Keep a leading byte order mark.
pub const IGNORE_BOM: u32 = 2;
/// More bytes follow: an incomplete character at the end waits for them.
pub const STREAM: u32 = 4;
/// The bytes begin with what [`Op::DecodeState`] returned for the chunk before.
pub const RESUMED: u32 = 8;

/// Numbers shared with `prelude/encoding.js`.
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
}

/// The operation of that number.
pub(super) fn operation(number: u32) -> Option<Operation> {
    const DECODE: u32 = Op::Decode as u32;
    const DECODE_STATE: u32 = Op::DecodeState as u32;
    const ENCODING_FOR_LABEL: u32 = Op::EncodingForLabel as u32;
    const BTOA: u32 = Op::BtoA as u32;
    const ATOB: u32 = Op::AtoB as u32;
    Some(match number {
        DECODE => |call| text_decoding::decode(call.flags, call.text, call.bytes),
        DECODE_STATE => |call| text_decoding::state_after(call.flags, call.text, call.bytes),
        ENCODING_FOR_LABEL => |call| text_decoding::canonical_name(call.text),
        BTOA => |call| forgiving_base64::encode(call.text),
        ATOB => |call| forgiving_base64::decode(call.text),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{Asked, call};
    use super::super::{OpError, OpOutput};
    use super::*;

    fn run(op: Op, text: &[u8]) -> Result<OpOutput, OpError> {
        super::super::run(
            operation(op as u32).unwrap(),
            &call(0, text, b"", &Asked::default()),
        )
    }

    #[test]
    fn numbers_are_those_of_the_prelude() {
        let source = include_str!("../prelude/encoding.js");
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
    fn the_kind_of_an_error_is_its_code_or_else_its_class() {
        assert_eq!(
            run(Op::AtoB, b"!").unwrap_err().kind(),
            "InvalidCharacterError"
        );
        assert_eq!(
            run(Op::EncodingForLabel, b"x").unwrap_err().kind(),
            "ERR_ENCODING_NOT_SUPPORTED"
        );
    }
}
