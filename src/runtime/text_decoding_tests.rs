use super::super::ops::text::{FATAL, IGNORE_BOM, RESUMED, STREAM};
use super::super::ops::{OpError, OpOutput};
use super::{decode, state_after};

const ENCODINGS: &[&str] = &[
    "utf-8",
    "utf-16le",
    "utf-16be",
    "gbk",
    "gb18030",
    "big5",
    "euc-jp",
    "iso-2022-jp",
    "shift_jis",
    "euc-kr",
    "windows-1252",
    "iso-8859-8-i",
    "koi8-r",
    "x-user-defined",
];

fn text(output: OpOutput) -> Vec<u16> {
    match output {
        OpOutput::Utf8(text) => text.encode_utf16().collect(),
        OpOutput::Utf16(units) => units,
        OpOutput::Latin1(characters) => characters.into_iter().map(u16::from).collect(),
        other => panic!("{other:?}"),
    }
}

fn whole(flags: u32, label: &str, bytes: &[u8]) -> Result<String, OpError> {
    Ok(String::from_utf16(&text(decode(flags, label.as_bytes(), bytes)?)).unwrap())
}

/// Decodes as `prelude/encoding.js` does: chunk by chunk, then an empty last one.
fn in_chunks(flags: u32, label: &str, chunks: &[&[u8]]) -> Result<Vec<u16>, OpError> {
    let label = label.as_bytes();
    let mut units = Vec::new();
    let mut state: Option<Vec<u8>> = None;
    for (index, chunk) in chunks.iter().chain([&&[][..]]).enumerate() {
        let resumed = if state.is_some() { RESUMED } else { 0 };
        let stream = if index < chunks.len() { STREAM } else { 0 };
        let bytes = [state.as_deref().unwrap_or(&[]), chunk].concat();
        units.extend(text(decode(flags | resumed | stream, label, &bytes)?));
        match state_after(flags | resumed | stream, label, &bytes)? {
            OpOutput::Bytes(next) => {
                assert!(next.len() <= 5, "{next:?}");
                state = Some(next);
            }
            other => panic!("{other:?}"),
        }
    }
    Ok(units)
}

/// A small generator of repeatable numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn labels_have_names() {
    for (label, name) in [
        ("utf8", "utf-8"),
        (" UTF-8\n", "utf-8"),
        ("latin1", "windows-1252"),
        ("ascii", "windows-1252"),
        ("utf-16", "utf-16le"),
        ("unicodefffe", "utf-16be"),
        ("logical", "iso-8859-8-i"),
        ("sjis", "shift_jis"),
        ("gb2312", "gbk"),
        ("x-user-defined", "x-user-defined"),
    ] {
        assert_eq!(
            super::canonical_name(label.as_bytes()),
            Ok(OpOutput::Utf8(name.to_owned())),
            "{label:?}"
        );
    }
    for label in [
        "",
        "utf-7",
        "replacement",
        "iso-2022-kr",
        "\u{b}utf-8",
        "utf-8\u{0}",
        "é",
    ] {
        let error = super::canonical_name(label.as_bytes()).unwrap_err();
        assert_eq!(
            (error.class, error.code),
            ("RangeError", "ERR_ENCODING_NOT_SUPPORTED"),
            "{label:?}"
        );
        assert_eq!(
            error.message,
            format!("The \"{label}\" encoding is not supported")
        );
    }
}

#[test]
fn text_that_fits_in_latin1_stays_small() {
    for (label, bytes, expected) in [
        ("utf-8", &b"\xef\xbb\xbfcaf\xc3\xa9"[..], &b"caf\xe9"[..]),
        ("windows-1252", b"caf\xe9", b"caf\xe9"),
        ("utf-16le", b"c\0\xe9\0", b"c\xe9"),
        ("utf-8", b"", b""),
    ] {
        assert_eq!(
            decode(0, label.as_bytes(), bytes),
            Ok(OpOutput::Latin1(expected.to_vec())),
            "{label}"
        );
    }
    let euro = decode(0, b"utf-8", "€".as_bytes());
    assert_eq!(euro, Ok(OpOutput::Utf16(vec![0x20ac])));
}

#[test]
fn malformed_text_is_replaced_or_refused() {
    for (label, bytes, replaced) in [
        ("utf-8", &b"a\xffb"[..], "a\u{fffd}b"),
        ("utf-8", b"\xe2\x82", "\u{fffd}"),
        ("utf-8", b"\xe0\x80", "\u{fffd}\u{fffd}"),
        ("utf-8", b"\xed\xa0\x80", "\u{fffd}\u{fffd}\u{fffd}"),
        ("utf-16le", b"\x00\xd8", "\u{fffd}"),
        ("utf-16le", b"a", "\u{fffd}"),
        ("shift_jis", b"\x81", "\u{fffd}"),
        ("windows-1253", b"\xaa", "\u{fffd}"),
    ] {
        assert_eq!(
            whole(0, label, bytes).as_deref(),
            Ok(replaced),
            "{label} {bytes:?}"
        );
        let error = whole(FATAL, label, bytes).unwrap_err();
        assert_eq!(
            (error.class, error.code),
            ("TypeError", "ERR_ENCODING_INVALID_ENCODED_DATA")
        );
        assert_eq!(
            error.message,
            format!("The encoded data was not valid for encoding {label}")
        );
    }
    assert_eq!(
        whole(FATAL, "utf-8", "grüß €😀".as_bytes()).as_deref(),
        Ok("grüß €😀")
    );
}

#[test]
fn a_byte_order_mark_is_taken_off_once_and_only_at_the_start() {
    for (label, mark, a) in [
        ("utf-8", &b"\xef\xbb\xbf"[..], &b"a"[..]),
        ("utf-16le", b"\xff\xfe", b"a\0"),
        ("utf-16be", b"\xfe\xff", b"\0a"),
    ] {
        let bytes = [mark, a, mark].concat();
        for flags in [0, FATAL] {
            assert_eq!(
                whole(flags, label, &bytes).as_deref(),
                Ok("a\u{feff}"),
                "{label}"
            );
            assert_eq!(
                whole(flags | IGNORE_BOM, label, &bytes).as_deref(),
                Ok("\u{feff}a\u{feff}"),
                "{label}"
            );
            for split in 0..bytes.len() {
                let (first, second) = bytes.split_at(split);
                let units = in_chunks(flags, label, &[first, second]).unwrap();
                assert_eq!(
                    String::from_utf16(&units).unwrap(),
                    "a\u{feff}",
                    "{label} split at {split}"
                );
                let kept = in_chunks(flags | IGNORE_BOM, label, &[first, second]).unwrap();
                assert_eq!(
                    String::from_utf16(&kept).unwrap(),
                    "\u{feff}a\u{feff}",
                    "{label} split at {split}"
                );
            }
        }
    }
    assert_eq!(
        whole(0, "utf-16le", b"\xef\xbb\xbf\x00").as_deref(),
        Ok("\u{bbef}\u{bf}")
    );
    assert_eq!(
        whole(0, "windows-1252", b"\xef\xbb\xbf").as_deref(),
        Ok("ï»¿")
    );
}

/// Every encoding, every kind of byte, cut into chunks anywhere: the same as in one piece, errors
/// included.
#[test]
fn chunks_give_what_the_whole_gives() {
    // Bytes that begin, continue and break characters in one encoding or another.
    const ALPHABET: &[u8] = b"\x1b\x1b\x1b($@BJI!~aA09\x7f\x80\x81\x84\x8e\x8f\xa1\xa4\xb0\xc3\
        \xd8\xdc\xe2\x82\xac\xed\xa0\xef\xbb\xbf\xf0\x9f\x98\x80\xfe\xff\x00";
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for label in ENCODINGS {
        for _ in 0..1000 {
            let bytes: Vec<u8> = (0..numbers.below(14))
                .map(|_| ALPHABET[numbers.below(ALPHABET.len())])
                .collect();
            let mut chunks: Vec<&[u8]> = Vec::new();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(numbers.below(rest.len().min(4) + 1));
                chunks.push(chunk);
                rest = after;
            }
            for flags in [0, IGNORE_BOM, FATAL] {
                let expected = decode(flags, label.as_bytes(), &bytes).map(text);
                assert_eq!(
                    in_chunks(flags, label, &chunks),
                    expected,
                    "{label} {flags} {chunks:02x?}"
                );
            }
        }
    }
}

#[test]
fn long_multi_byte_chunks_may_end_anywhere() {
    let (bytes, _, _) = encoding_rs::GB18030.encode("中文😀é").clone();
    let long = bytes.repeat(1500);
    let expected: Vec<u16> = "中文😀é".repeat(1500).encode_utf16().collect();
    for split in 4090..4110 {
        let (first, second) = long.split_at(split);
        assert_eq!(
            in_chunks(FATAL, "gb18030", &[first, second]),
            Ok(expected.clone()),
            "split at {split}"
        );
    }
}

#[test]
fn a_foreign_state_is_no_more_than_wrong_text() {
    for header in 0..=255u8 {
        for label in ENCODINGS {
            decode(RESUMED, label.as_bytes(), &[header, b'a']).unwrap();
            state_after(RESUMED | STREAM, label.as_bytes(), &[header]).unwrap();
        }
    }
    assert_eq!(whole(RESUMED, "utf-8", b"").as_deref(), Ok(""));
}
