//! `btoa` and `atob` as the HTML standard defines them ("forgiving base64").

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD as PADDED};
use encoding_rs::mem;

use super::ops::{OpError, OpOutput, buffer};

/// Unused bits in the last character are ignored, and padding is taken off before.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

const NOT_ENCODED: &str = "The string to be decoded is not correctly encoded.";
const INVALID_CHARACTER: &str = "Invalid character";

pub(super) fn encode(text: &[u8]) -> Result<OpOutput, OpError> {
    if !mem::is_utf8_latin1(text) {
        return Err(OpError::invalid_character(INVALID_CHARACTER));
    }
    let mut characters = buffer::<u8>(text.len())?;
    let length = mem::convert_utf8_to_latin1_lossy(text, &mut characters);
    let mut encoded = buffer::<u8>(length.div_ceil(3) * 4)?;
    let written = PADDED
        .encode_slice(&characters[..length], &mut encoded)
        .expect("four characters for every three bytes");
    encoded.truncate(written);
    Ok(OpOutput::Latin1(encoded))
}

pub(super) fn decode(text: &[u8]) -> Result<OpOutput, OpError> {
    let mut compact;
    let mut digits = text;
    // Tab, line feed, form feed, carriage return, space; not the vertical tab.
    if text.iter().any(u8::is_ascii_whitespace) {
        compact = buffer::<u8>(text.len())?;
        let mut length = 0;
        for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            compact[length] = *byte;
            length += 1;
        }
        digits = &compact[..length];
    }
    if digits.len().is_multiple_of(4) {
        digits = digits
            .strip_suffix(b"==")
            .or(digits.strip_suffix(b"="))
            .unwrap_or(digits);
    }
    if digits.len() % 4 == 1 && digits.iter().copied().all(is_digit) {
        return Err(OpError::invalid_character(NOT_ENCODED));
    }
    let mut decoded = buffer::<u8>(digits.len().div_ceil(4) * 3)?;
    let written = FORGIVING
        .decode_slice(digits, &mut decoded)
        .map_err(|_| OpError::invalid_character(INVALID_CHARACTER))?;
    decoded.truncate(written);
    Ok(OpOutput::Latin1(decoded))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atob(text: &str) -> Result<Vec<u8>, OpError> {
        match decode(text.as_bytes())? {
            OpOutput::Latin1(bytes) => Ok(bytes),
            other => panic!("{other:?}"),
        }
    }

    fn btoa(text: &str) -> Result<String, OpError> {
        match encode(text.as_bytes())? {
            OpOutput::Latin1(bytes) => Ok(String::from_utf8(bytes).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn decodes_forgivingly() {
        for (input, expected) in [
            ("", &b""[..]),
            (" \t\n\x0c\r", b""),
            ("YWI=", b"ab"),
            ("YWI", b"ab"),
            ("YWJ=", b"ab"),
            ("YQ", b"a"),
            ("YR==", b"a"),
            ("Y Q = =", b"a"),
            ("/+8A", &[0xff, 0xef, 0x00]),
        ] {
            assert_eq!(atob(input).as_deref(), Ok(expected), "{input:?}");
        }
    }

    #[test]
    fn refuses_what_is_not_base64() {
        for input in [
            "a", "=", "==", "====", "a=", "a==", "a===", "ab=", "ab===", "abcd=", "abcd==", "a-_b",
            "ab\x0bcd",
        ] {
            assert_eq!(
                atob(input).unwrap_err().class,
                "InvalidCharacterError",
                "{input:?}"
            );
        }
        for input in ["é", "éa", "ab\u{a0}d", "\u{fffd}", "€", "ab=d", "a=bc"] {
            assert_eq!(
                atob(input).unwrap_err().message,
                INVALID_CHARACTER,
                "{input:?}"
            );
        }
    }

    #[test]
    fn encodes_latin1_and_nothing_else() {
        assert_eq!(btoa("").as_deref(), Ok(""));
        assert_eq!(btoa("a").as_deref(), Ok("YQ=="));
        assert_eq!(btoa("\u{0}é\u{ff}").as_deref(), Ok("AOn/"));
        for input in ["\u{100}", "a€", "\u{fffd}", "😀"] {
            assert_eq!(
                btoa(input).unwrap_err().class,
                "InvalidCharacterError",
                "{input:?}"
            );
        }
    }

    #[test]
    fn every_byte_survives_there_and_back() {
        let all: String = (0..=255u8).map(char::from).collect();
        for start in 0..3 {
            let text: String = all.chars().skip(start).collect();
            let bytes: Vec<u8> = (start as u8..=255).collect();
            assert_eq!(atob(&btoa(&text).unwrap()), Ok(bytes));
        }
    }
}
