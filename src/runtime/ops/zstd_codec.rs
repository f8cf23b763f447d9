//! Zstandard, by its own library.

use zstd_safe::{
    CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, Strategy,
};

use super::OpError;
use super::codec::{Codec, failed};

/// Values of `flush`, as zstd numbers them.
const FLUSH: u32 = 1;
const END: u32 = 2;

/// How a stream is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Pairs of number and value, as `zlib.constants` numbers them.
    pub parameters: Vec<(u32, u32)>,
    pub dictionary: Vec<u8>,
    /// How much will be compressed, if that is known.
    pub size: Option<u64>,
}

impl Options {
    /// About what the library allocates for compression, at most: it does with less for a short input.
    pub fn encoder_memory(&self) -> usize {
        const LEVEL: u32 = 100;
        let given = self
            .parameters
            .iter()
            .rev()
            .find(|(number, _)| *number == LEVEL);
        let level = given.map_or(3, |(_, value)| value.cast_signed());
        let most: usize = match level {
            ..=4 => 8 << 20,
            5..=9 => 32 << 20,
            10..=15 => 64 << 20,
            16..=19 => 128 << 20,
            20 => 256 << 20,
            21 => 512 << 20,
            _ => 1 << 30,
        };
        let size = self.size.map_or(usize::MAX, |size| size as usize);
        most.min(size.saturating_mul(16).saturating_add(1 << 20))
    }
}

fn stage(code: usize) -> OpError {
    let name = zstd_safe::get_error_name(code);
    let code = match name {
        "Unknown frame descriptor" => "ZSTD_error_prefix_unknown",
        "Data corruption detected" => "ZSTD_error_corruption_detected",
        "Restored data doesn't match checksum" => "ZSTD_error_checksum_wrong",
        "Dictionary mismatch" => "ZSTD_error_dictionary_wrong",
        "Dictionary is corrupted" => "ZSTD_error_dictionary_corrupted",
        "Parameter is out of bound" => "ZSTD_error_parameter_outOfBound",
        "Unsupported parameter" => "ZSTD_error_parameter_unsupported",
        "Frame requires too much memory for decoding" => "ZSTD_error_frameParameter_windowTooLarge",
        "Src size is incorrect" => "ZSTD_error_srcSize_wrong",
        "Allocation error : not enough memory" => "ZSTD_error_memory_allocation",
        _ => "ZSTD_error_GENERIC",
    };
    failed(code, name)
}

fn invalid() -> OpError {
    failed("ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed")
}

/// Compresses.
pub struct Encoder {
    context: CCtx<'static>,
    size: Option<u64>,
    finished: bool,
}

impl Encoder {
    pub fn new(options: &Options) -> Result<Self, OpError> {
        let mut context = CCtx::try_create().ok_or_else(invalid)?;
        for (number, value) in &options.parameters {
            let parameter = parameter(*number, *value).ok_or_else(invalid)?;
            context.set_parameter(parameter).map_err(stage)?;
        }
        if !options.dictionary.is_empty() {
            context
                .load_dictionary(&options.dictionary)
                .map_err(stage)?;
        }
        context.set_pledged_src_size(options.size).map_err(stage)?;
        Ok(Encoder {
            context,
            size: options.size,
            finished: false,
        })
    }
}

fn parameter(number: u32, value: u32) -> Option<CParameter> {
    Some(match number {
        100 => CParameter::CompressionLevel(value.cast_signed()),
        101 => CParameter::WindowLog(value),
        102 => CParameter::HashLog(value),
        103 => CParameter::ChainLog(value),
        104 => CParameter::SearchLog(value),
        105 => CParameter::MinMatch(value),
        106 => CParameter::TargetLength(value),
        107 => CParameter::Strategy(match value {
            1 => Strategy::ZSTD_fast,
            2 => Strategy::ZSTD_dfast,
            3 => Strategy::ZSTD_greedy,
            4 => Strategy::ZSTD_lazy,
            5 => Strategy::ZSTD_lazy2,
            6 => Strategy::ZSTD_btlazy2,
            7 => Strategy::ZSTD_btopt,
            8 => Strategy::ZSTD_btultra,
            9 => Strategy::ZSTD_btultra2,
            _ => return None,
        }),
        160 => CParameter::EnableLongDistanceMatching(value == 1),
        161 => CParameter::LdmHashLog(value),
        162 => CParameter::LdmMinMatch(value),
        163 => CParameter::LdmBucketSizeLog(value),
        164 => CParameter::LdmHashRateLog(value),
        200 => CParameter::ContentSizeFlag(value != 0),
        201 => CParameter::ChecksumFlag(value != 0),
        202 => CParameter::DictIdFlag(value != 0),
        // Threads of its own, which a task does not have: 0 is what it gets.
        400..=402 => CParameter::NbWorkers(0),
        _ => return None,
    })
}

impl Codec for Encoder {
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: u32,
    ) -> Result<(usize, usize), OpError> {
        use zstd_safe::zstd_sys::ZSTD_EndDirective;
        let directive = match flush {
            FLUSH => ZSTD_EndDirective::ZSTD_e_flush,
            END => ZSTD_EndDirective::ZSTD_e_end,
            _ => ZSTD_EndDirective::ZSTD_e_continue,
        };
        if self.finished && input.is_empty() {
            return Ok((0, 0));
        }
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(output);
        let left = self
            .context
            .compress_stream2(&mut to, &mut from, directive)
            .map_err(stage)?;
        self.finished = directive == ZSTD_EndDirective::ZSTD_e_end && left == 0;
        Ok((from.pos, to.pos()))
    }

    fn check(&self, flush: u32) -> Result<(), OpError> {
        if flush == END && !self.finished {
            return Err(failed("Z_BUF_ERROR", "unexpected end of file"));
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), OpError> {
        self.context
            .reset(ResetDirective::SessionOnly)
            .map_err(stage)?;
        self.finished = false;
        self.context
            .set_pledged_src_size(self.size)
            .map(drop)
            .map_err(stage)
    }
}

/// Decompresses.
pub struct Decoder {
    context: DCtx<'static>,
    /// At the end of a frame; another may follow.
    finished: bool,
}

impl Decoder {
    pub fn new(options: &Options) -> Result<Self, OpError> {
        const WINDOW_LOG_MAX: u32 = 100;
        let mut context = DCtx::try_create().ok_or_else(invalid)?;
        for (number, value) in &options.parameters {
            if *number != WINDOW_LOG_MAX {
                return Err(invalid());
            }
            context
                .set_parameter(DParameter::WindowLogMax(*value))
                .map_err(stage)?;
        }
        if !options.dictionary.is_empty() {
            context
                .load_dictionary(&options.dictionary)
                .map_err(stage)?;
        }
        Ok(Decoder {
            context,
            finished: false,
        })
    }
}

impl Codec for Decoder {
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        _flush: u32,
    ) -> Result<(usize, usize), OpError> {
        if self.finished && input.is_empty() {
            return Ok((0, 0));
        }
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(output);
        let left = self
            .context
            .decompress_stream(&mut to, &mut from)
            .map_err(stage)?;
        self.finished = left == 0;
        Ok((from.pos, to.pos()))
    }

    fn check(&self, flush: u32) -> Result<(), OpError> {
        if flush == END && !self.finished {
            return Err(failed("Z_BUF_ERROR", "unexpected end of file"));
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), OpError> {
        self.finished = false;
        self.context
            .reset(ResetDirective::SessionOnly)
            .map(drop)
            .map_err(stage)
    }
}
