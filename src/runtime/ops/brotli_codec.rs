//! brotli, by Dropbox's translation of it to Rust.

use brotli::enc::StandardAlloc;
use brotli::enc::backward_references::BrotliEncoderMode;
use brotli::enc::encode::{
    BrotliEncoderDestroyInstance, BrotliEncoderOperation, BrotliEncoderStateStruct,
};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::OpError;
use super::codec::{Codec, failed};

/// Values of `flush`, as brotli numbers them.
const FINISH: u32 = 2;

/// Pairs of number and value, as `zlib.constants` numbers them.
pub type Parameters = Vec<(u32, u32)>;

const QUALITY: u32 = 1;
const WINDOW: u32 = 2;

fn value(parameters: &Parameters, number: u32, default: u32) -> u32 {
    parameters
        .iter()
        .rev()
        .find(|(given, _)| *given == number)
        .map_or(default, |(_, value)| *value)
}

/// About what an encoder allocates, once it has had a block of input.
pub fn encoder_memory(parameters: &Parameters) -> usize {
    let window = 1usize << value(parameters, WINDOW, 22).min(30);
    match value(parameters, QUALITY, 11) {
        0 | 1 => 2 << 20,
        2..=9 => window * 2 + (8 << 20),
        _ => window * 10 + (8 << 20),
    }
}

/// Compresses.
pub struct Encoder {
    state: BrotliEncoderStateStruct<StandardAlloc>,
    parameters: Parameters,
}

impl Encoder {
    pub fn new(parameters: Parameters) -> Result<Self, OpError> {
        Ok(Encoder {
            state: open(&parameters)?,
            parameters,
        })
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        BrotliEncoderDestroyInstance(&mut self.state);
    }
}

fn open(parameters: &Parameters) -> Result<BrotliEncoderStateStruct<StandardAlloc>, OpError> {
    let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
    let options = &mut state.params;
    for (number, value) in parameters {
        match number {
            0 => {
                options.mode = match value {
                    1 => BrotliEncoderMode::BROTLI_MODE_TEXT,
                    2 => BrotliEncoderMode::BROTLI_MODE_FONT,
                    _ => BrotliEncoderMode::BROTLI_MODE_GENERIC,
                }
            }
            1 => options.quality = (*value).min(11).cast_signed(),
            2 => options.lgwin = value.cast_signed(),
            3 => options.lgblock = value.cast_signed(),
            4 => options.disable_literal_context_modeling = value.cast_signed(),
            5 => options.size_hint = *value as usize,
            6 => options.large_window = *value != 0,
            // Postfix bits and direct codes of distances: hints that this encoder does not take.
            7 | 8 => (),
            _ => {
                return Err(failed(
                    "ERR_ZLIB_INITIALIZATION_FAILED",
                    "Initialization failed",
                ));
            }
        }
    }
    Ok(state)
}

impl Codec for Encoder {
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: u32,
    ) -> Result<(usize, usize), OpError> {
        let operation = match flush {
            0 => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            1 => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            FINISH => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            _ => BrotliEncoderOperation::BROTLI_OPERATION_EMIT_METADATA,
        };
        let (mut read, mut written) = (0, 0);
        let mut input_left = input.len();
        let mut room = output.len();
        let fine = self.state.compress_stream(
            operation,
            &mut input_left,
            input,
            &mut read,
            &mut room,
            output,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if fine {
            Ok((read, written))
        } else {
            Err(failed(
                "ERR_BROTLI_COMPRESSION_FAILED",
                "Compression failed",
            ))
        }
    }

    fn check(&self, flush: u32) -> Result<(), OpError> {
        if flush == FINISH && !self.state.is_finished() {
            return Err(failed("Z_BUF_ERROR", "unexpected end of file"));
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), OpError> {
        BrotliEncoderDestroyInstance(&mut self.state);
        self.state = open(&self.parameters)?;
        Ok(())
    }
}

/// Decompresses.
pub struct Decoder {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    parameters: Parameters,
    last: BrotliResult,
}

impl Decoder {
    pub fn new(parameters: Parameters) -> Self {
        Decoder {
            state: decoder(&parameters),
            parameters,
            last: BrotliResult::NeedsMoreInput,
        }
    }
}

fn decoder(
    parameters: &Parameters,
) -> Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>> {
    const LARGE_WINDOW: u32 = 1;
    let new = if value(parameters, LARGE_WINDOW, 0) == 0 {
        BrotliState::new_strict
    } else {
        BrotliState::new
    };
    Box::new(new(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    ))
}

impl Codec for Decoder {
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        _flush: u32,
    ) -> Result<(usize, usize), OpError> {
        let (mut read, mut written) = (0, 0);
        if let BrotliResult::ResultSuccess = self.last {
            return Ok((0, 0));
        }
        let mut input_left = input.len();
        let mut room = output.len();
        let mut total = 0;
        self.last = BrotliDecompressStream(
            &mut input_left,
            &mut read,
            input,
            &mut room,
            &mut written,
            output,
            &mut total,
            &mut self.state,
        );
        if let BrotliResult::ResultFailure = self.last {
            return Err(failed(
                node_code(self.state.error_code),
                "Decompression failed",
            ));
        }
        Ok((read, written))
    }

    fn check(&self, flush: u32) -> Result<(), OpError> {
        if flush != 0 && !matches!(self.last, BrotliResult::ResultSuccess) {
            return Err(failed("Z_BUF_ERROR", "unexpected end of file"));
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), OpError> {
        self.state = decoder(&self.parameters);
        self.last = BrotliResult::NeedsMoreInput;
        Ok(())
    }
}

/// The `code` that Node derives from what brotli calls its errors, of which the crate makes public only the names.
fn node_code(error: impl std::fmt::Debug) -> &'static str {
    let name = format!("{error:?}");
    CODES
        .iter()
        .find(|code| code.strip_prefix("ERR_") == name.strip_prefix("BROTLI_DECODER"))
        .unwrap_or(&"ERR__ERROR_UNREACHABLE")
}

const CODES: &[&str] = &[
    "ERR__ERROR_FORMAT_EXUBERANT_NIBBLE",
    "ERR__ERROR_FORMAT_RESERVED",
    "ERR__ERROR_FORMAT_EXUBERANT_META_NIBBLE",
    "ERR__ERROR_FORMAT_SIMPLE_HUFFMAN_ALPHABET",
    "ERR__ERROR_FORMAT_SIMPLE_HUFFMAN_SAME",
    "ERR__ERROR_FORMAT_CL_SPACE",
    "ERR__ERROR_FORMAT_HUFFMAN_SPACE",
    "ERR__ERROR_FORMAT_CONTEXT_MAP_REPEAT",
    "ERR__ERROR_FORMAT_BLOCK_LENGTH_1",
    "ERR__ERROR_FORMAT_BLOCK_LENGTH_2",
    "ERR__ERROR_FORMAT_TRANSFORM",
    "ERR__ERROR_FORMAT_DICTIONARY",
    "ERR__ERROR_FORMAT_WINDOW_BITS",
    "ERR__ERROR_FORMAT_PADDING_1",
    "ERR__ERROR_FORMAT_PADDING_2",
    "ERR__ERROR_FORMAT_DISTANCE",
    "ERR__ERROR_DICTIONARY_NOT_SET",
];
