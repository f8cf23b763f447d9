//! Compression and decompression: at once, and as a stream that the isolate keeps.

use super::brotli_codec as brotli;
use super::codec::{Codec, MOST_INPUT, MOST_OUTPUT, drive, failed, room_for_state};
use super::deflate::{self, Deflater, Inflater, Wrapping};
use super::zstd_codec as zstd;
use super::{Call, OpError, OpOutput, Operation};

/// Numbers shared with `builtins/zlib`. The numbers of `text` are 32 bits, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `flags`: how to flush at the end; `text`: most bytes of output (two numbers, the low one first), then as for
    /// `Open`; `bytes`: input. Gives the output.
    All = 64,
    /// `text`: the kind, as Node numbers its modes, how many parameters, those as pairs of numbers, and then the
    /// dictionary. Gives the stream's number.
    Open = 65,
    /// `flags`: how to flush; `text`: the stream's number, and how many bytes of output there is room for; `bytes`:
    /// input. Gives how many bytes were read, and the output.
    Write = 66,
    /// `text`: the stream's number. Gives nothing.
    Reset = 67,
    /// `text`: the stream's number, level, strategy. Gives nothing.
    Adjust = 68,
    /// `flags`: the sum so far; `bytes`: data. Gives the sum as four bytes, little-endian.
    Crc32 = 69,
}

pub(super) fn operation(number: u32) -> Option<Operation> {
    const ALL: u32 = Op::All as u32;
    const OPEN: u32 = Op::Open as u32;
    const WRITE: u32 = Op::Write as u32;
    const RESET: u32 = Op::Reset as u32;
    const ADJUST: u32 = Op::Adjust as u32;
    const CRC32: u32 = Op::Crc32 as u32;
    Some(match number {
        ALL => all,
        OPEN => open,
        WRITE => write,
        RESET => reset,
        ADJUST => adjust,
        CRC32 => crc32,
        _ => return None,
    })
}

/// Reads numbers off the front of `text`.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u32, OpError> {
        let (number, rest) = self
            .0
            .split_first_chunk::<4>()
            .ok_or_else(|| OpError::broken_seam("a number is missing"))?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*number))
    }
}

/// A codec and about how many bytes it takes.
fn make(
    reader: &mut Reader<'_>,
    size: Option<u64>,
    call: &Call<'_>,
) -> Result<(Box<dyn Codec>, usize), OpError> {
    let kind = reader.number()?;
    let count = reader.number()?;
    let mut parameters = Vec::new();
    for _ in 0..count {
        parameters.push((reader.number()?, reader.number()?));
    }
    let dictionary = reader.0.to_vec();
    let room = |bytes: usize| room_for_state(bytes, call.isolate).map(|()| bytes);
    Ok(match kind {
        1..=7 => {
            let get = |index: usize| {
                parameters
                    .get(index)
                    .map_or(0, |(_, value)| value.cast_signed())
            };
            let options = deflate::Options {
                wrapping: match kind {
                    1 | 2 => Wrapping::Zlib,
                    3 | 4 => Wrapping::Gzip,
                    5 | 6 => Wrapping::Raw,
                    _ => Wrapping::Either,
                },
                window_bits: get(0),
                level: get(1),
                mem_level: get(2),
                strategy: get(3),
                dictionary,
            };
            let bytes = room(options.memory())?;
            if matches!(kind, 1 | 3 | 5) {
                (Box::new(Deflater::new(&options)?), bytes)
            } else {
                (Box::new(Inflater::new(options)?), bytes)
            }
        }
        8 => (Box::new(brotli::Decoder::new(parameters)), room(1 << 20)?),
        9 => {
            let bytes = room(brotli::encoder_memory(&parameters))?;
            (Box::new(brotli::Encoder::new(parameters)?), bytes)
        }
        10 | 11 => {
            let options = zstd::Options {
                parameters,
                dictionary,
                size,
            };
            if kind == 10 {
                let bytes = room(options.encoder_memory())?;
                (Box::new(zstd::Encoder::new(&options)?), bytes)
            } else {
                (Box::new(zstd::Decoder::new(&options)?), room(1 << 20)?)
            }
        }
        _ => return Err(OpError::broken_seam("no codec has that number")),
    })
}

fn all(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let mut reader = Reader(call.text);
    let most = u64::from(reader.number()?) | u64::from(reader.number()?) << 32;
    let (mut codec, _) = make(&mut reader, Some(call.bytes.len() as u64), call)?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let output = drive(&mut *codec, call.bytes, call.flags, most, call.isolate)?;
    if output.len() > most {
        return Err(failed(
            "ERR_BUFFER_TOO_LARGE",
            format!("Cannot create a Buffer larger than {most} bytes"),
        ));
    }
    Ok(OpOutput::Bytes(output))
}

fn open(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let (codec, bytes) = make(&mut Reader(call.text), None, call)?;
    let number = call.isolate.states().keep(codec);
    Ok(OpOutput::State { number, bytes })
}

/// Lends the stream to `work`. After an error it is gone.
fn with_stream<R>(
    number: u32,
    call: &Call<'_>,
    work: impl FnOnce(&mut dyn Codec) -> Result<R, OpError>,
) -> Result<R, OpError> {
    let states = call.isolate.states();
    let mut codec = states
        .take(number)
        .ok_or_else(|| failed("Z_STREAM_ERROR", "stream error"))?;
    let result = work(&mut *codec);
    states.give_back(number, codec);
    result
}

fn write(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let mut reader = Reader(call.text);
    let number = reader.number()?;
    let room = reader.number()? as usize;
    with_stream(number, call, |codec| {
        if room > MOST_OUTPUT {
            room_for_state(room, call.isolate)?;
        }
        let mut output = super::buffer::<u8>(4 + room)?;
        let mut read = 0;
        let mut written = 0;
        loop {
            if call.isolate.is_stopped() {
                return Err(OpError::stopped());
            }
            let rest = &call.bytes[read..];
            let part = &rest[..rest.len().min(MOST_INPUT)];
            let is_last = part.len() == rest.len();
            let flush = if is_last { call.flags } else { 0 };
            let end = room.min(written + MOST_OUTPUT);
            let (taken, made) = codec.step(part, &mut output[4 + written..4 + end], flush)?;
            read += taken;
            written += made;
            if written == room {
                break;
            }
            if written < end && (is_last || taken == 0) {
                codec.check(flush)?;
                break;
            }
        }
        output[..4].copy_from_slice(&(read as u32).to_le_bytes());
        output.truncate(4 + written);
        Ok(OpOutput::Bytes(output))
    })
}

fn reset(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let number = Reader(call.text).number()?;
    with_stream(number, call, |codec| codec.reset())?;
    Ok(OpOutput::Bytes(Vec::new()))
}

fn adjust(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let mut reader = Reader(call.text);
    let number = reader.number()?;
    let level = reader.number()?.cast_signed();
    let strategy = reader.number()?.cast_signed();
    with_stream(number, call, |codec| codec.adjust(level, strategy))?;
    Ok(OpOutput::Bytes(Vec::new()))
}

fn crc32(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let mut sum = call.flags;
    for part in call.bytes.chunks(16 << 20) {
        if call.isolate.is_stopped() {
            return Err(OpError::stopped());
        }
        sum = zlib_rs::crc32::crc32(sum, part);
    }
    Ok(OpOutput::Bytes(sum.to_le_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{Asked, call, from_hex, give};
    use super::*;

    const MOST: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0];

    fn head(kind: u32, pairs: &[(u32, i32)], dictionary: &[u8]) -> Vec<u8> {
        let mut head = [kind, pairs.len() as u32].map(u32::to_le_bytes).concat();
        for (number, value) in pairs {
            head.extend(number.to_le_bytes());
            head.extend(value.to_le_bytes());
        }
        [&head[..], dictionary].concat()
    }

    fn zlib(kind: u32, level: i32, strategy: i32) -> Vec<u8> {
        let bits = if matches!(kind, 2 | 4 | 7) { 0 } else { 15 };
        head(kind, &[(0, bits), (1, level), (2, 8), (3, strategy)], b"")
    }

    /// How each kind is undone, and what ends it.
    fn pairs() -> Vec<(Vec<u8>, Vec<u8>, u32)> {
        let mut pairs = Vec::new();
        for level in [-1, 0, 1, 6, 9] {
            for strategy in 0..=4 {
                for (to, back) in [(1, 2), (3, 4), (5, 6), (1, 7), (3, 7)] {
                    pairs.push((zlib(to, level, strategy), zlib(back, 0, 0), 4));
                }
            }
        }
        for quality in [0, 1, 5, 11] {
            pairs.push((head(9, &[(1, quality)], b""), head(8, &[], b""), 2));
        }
        for level in [-5, 1, 3, 19] {
            pairs.push((head(10, &[(100, level)], b""), head(11, &[], b""), 2));
        }
        pairs
    }

    fn at_once(head: &[u8], flush: u32, input: &[u8]) -> Result<Vec<u8>, OpError> {
        give(Some(all), flush, &[&MOST[..], head].concat(), input)
    }

    fn sample(length: usize) -> Vec<u8> {
        let mut seed = 42_u32;
        (0..length)
            .map(|index| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if index % 7 < 4 {
                    b"offloop"[index % 7]
                } else {
                    (seed >> 24) as u8 & 15
                }
            })
            .collect()
    }

    #[test]
    fn what_is_compressed_comes_back() {
        for length in [0, 1, 100, 70_000] {
            let data = sample(length);
            for (to, back, end) in pairs() {
                let compressed = at_once(&to, end, &data).unwrap();
                assert_eq!(
                    at_once(&back, end, &compressed).unwrap(),
                    data,
                    "{to:?} {length}"
                );
            }
        }
    }

    #[test]
    fn streams_say_the_same_in_any_pieces() {
        let data = sample(20_000);
        for (to, back, end) in pairs().into_iter().step_by(7) {
            let isolate = Asked::default();
            let through = |head: &[u8], input: &[u8], piece: usize, room: u32| {
                let opened = open(&call(0, head, b"", &isolate)).unwrap();
                let OpOutput::State { number, .. } = opened else {
                    panic!()
                };
                let number = number.to_le_bytes();
                let text = [number, room.to_le_bytes()].concat();
                let mut output = Vec::new();
                let mut parts = input.chunks(piece).peekable();
                while let Some(part) = parts.next() {
                    let flush = if parts.peek().is_none() { end } else { 0 };
                    let mut read = 0;
                    loop {
                        let written = write(&call(flush, &text, &part[read..], &isolate)).unwrap();
                        let OpOutput::Bytes(written) = written else {
                            panic!()
                        };
                        read += u32::from_le_bytes(written[..4].try_into().unwrap()) as usize;
                        output.extend(&written[4..]);
                        if written.len() - 4 < room as usize {
                            break;
                        }
                    }
                    assert_eq!(read, part.len());
                }
                isolate.states.drop(u32::from_le_bytes(number));
                output
            };
            let compressed = through(&to, &data, 777, 100);
            assert_eq!(at_once(&back, end, &compressed).unwrap(), data);
            assert_eq!(through(&back, &compressed, 13, 1000), data);
        }
    }

    #[test]
    fn dictionaries_are_used_and_asked_for() {
        let pairs = [(0, 15), (1, 6), (2, 8), (3, 0)];
        let data = sample(500);
        for (to, back) in [(1, 2), (5, 6)] {
            let with = at_once(&head(to, &pairs, &data), 4, &data).unwrap();
            let without = at_once(&head(to, &pairs, b""), 4, &data).unwrap();
            assert!(with.len() < without.len() / 2);
            assert_eq!(at_once(&head(back, &pairs, &data), 4, &with).unwrap(), data);
        }
        let with = at_once(&head(1, &pairs, &data), 4, &data).unwrap();
        let missing = at_once(&head(2, &pairs, b""), 4, &with).unwrap_err();
        assert_eq!(
            (missing.kind(), &*missing.message),
            ("Z_NEED_DICT", "Missing dictionary")
        );
        let bad = at_once(&head(2, &pairs, b"other"), 4, &with).unwrap_err();
        assert_eq!(
            (bad.kind(), &*bad.message),
            ("Z_NEED_DICT", "Bad dictionary")
        );
    }

    #[test]
    fn broken_data_is_an_error_of_zlibs() {
        let gzip = at_once(&zlib(3, 6, 0), 4, b"hello").unwrap();
        let cut = at_once(&zlib(4, 0, 0), 4, &gzip[..gzip.len() - 3]).unwrap_err();
        assert_eq!(
            (cut.kind(), &*cut.message),
            ("Z_BUF_ERROR", "unexpected end of file")
        );
        assert_eq!(
            at_once(&zlib(4, 0, 0), 2, &gzip[..gzip.len() - 3]).unwrap(),
            b"hello"
        );
        let wrong = at_once(&zlib(2, 0, 0), 4, b"not zlib").unwrap_err();
        assert_eq!(
            (wrong.kind(), &*wrong.message),
            ("Z_DATA_ERROR", "incorrect header check")
        );
        let brotli = at_once(&head(8, &[], b""), 2, &[0xff; 30]).unwrap_err();
        assert!(brotli.kind().starts_with("ERR__ERROR_"), "{brotli:?}");
        let zstd = at_once(&head(11, &[], b""), 2, &[0xff; 30]).unwrap_err();
        assert_eq!(zstd.kind(), "ZSTD_error_prefix_unknown");
    }

    #[test]
    fn gzip_files_may_follow_each_other() {
        let gzip = zlib(3, 6, 0);
        let one = at_once(&gzip, 4, b"one").unwrap();
        let two = at_once(&gzip, 4, b"two").unwrap();
        let both = [&one[..], &two, &[0, 0, 0]].concat();
        for kind in [4, 7] {
            assert_eq!(at_once(&zlib(kind, 0, 0), 4, &both).unwrap(), b"onetwo");
        }
    }

    #[test]
    fn output_is_bounded_by_the_caller_and_by_the_limit() {
        let data = vec![0; 8 << 20];
        for (to, back, end) in pairs().into_iter().step_by(6) {
            let bomb = at_once(&to, end, &data).unwrap();
            let bounded = [&1000_u32.to_le_bytes(), &[0; 4][..], &back].concat();
            let error = give(Some(all), end, &bounded, &bomb).unwrap_err();
            assert_eq!(error.kind(), "ERR_BUFFER_TOO_LARGE");
            let small = Asked::with_room(2 << 20);
            let error = all(&call(end, &[&MOST[..], &back].concat(), &bomb, &small)).unwrap_err();
            assert_eq!(error.kind(), "ERR_MEMORY_ALLOCATION_FAILED", "{back:?}");
        }
    }

    #[test]
    fn a_stopped_run_compresses_no_further() {
        let data = sample(1 << 20);
        for (to, _, end) in pairs().into_iter().step_by(6) {
            let stopped = Asked::stopped_after(5);
            let head = [&MOST[..], &to].concat();
            assert!(all(&call(end, &head, &data, &stopped)).is_err(), "{to:?}");
        }
    }

    #[test]
    fn a_stream_that_was_dropped_is_no_more() {
        let isolate = Asked::default();
        let opened = open(&call(0, &zlib(1, 6, 0), b"", &isolate)).unwrap();
        let OpOutput::State { number, .. } = opened else {
            panic!()
        };
        let number = number.to_le_bytes();
        let text = [number, 100_u32.to_le_bytes()].concat();
        assert!(write(&call(4, &text, b"abc", &isolate)).is_ok());
        isolate.states.drop(u32::from_le_bytes(number));
        assert_eq!(
            write(&call(4, &text, b"abc", &isolate)).unwrap_err().kind(),
            "Z_STREAM_ERROR"
        );
    }

    #[test]
    fn options_out_of_range_are_an_error() {
        for pairs in [
            [(0, 16), (1, 6), (2, 8), (3, 0)],
            [(0, 15), (1, 10), (2, 8), (3, 0)],
            [(0, 15), (1, 6), (2, 0), (3, 0)],
            [(0, 15), (1, 6), (2, 8), (3, 5)],
        ] {
            let error = at_once(&head(1, &pairs, b""), 4, b"").unwrap_err();
            assert_eq!(error.kind(), "ERR_ZLIB_INITIALIZATION_FAILED");
        }
        assert!(at_once(&head(10, &[(101, 99)], b""), 2, b"").is_err());
        assert!(at_once(&head(99, &[], b""), 2, b"").is_err());
        assert!(at_once(&[1, 0, 0], 2, b"").is_err());
    }

    #[test]
    fn a_published_checksum() {
        let sum = give(Some(crc32), 0, b"", b"123456789").unwrap();
        assert_eq!(sum, from_hex("2639f4cb"));
        let first = give(Some(crc32), 0, b"", b"12345").unwrap();
        let first = u32::from_le_bytes(first.try_into().unwrap());
        assert_eq!(give(Some(crc32), first, b"", b"6789").unwrap(), sum);
    }

    #[test]
    fn numbers_are_those_of_the_builtin() {
        let handle = include_str!("../builtins/internal/zlib/handle.js");
        for (name, op) in [
            ("ALL", Op::All),
            ("OPEN", Op::Open),
            ("WRITE", Op::Write),
            ("RESET", Op::Reset),
            ("ADJUST", Op::Adjust),
            ("CRC32", Op::Crc32),
        ] {
            assert!(handle.contains(&format!("{name}: {}", op as u32)), "{name}");
        }
    }
}
