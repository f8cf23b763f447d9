//! deflate in its three wrappings, by zlib-rs.

use zlib_rs::{
    Deflate, DeflateConfig, DeflateError, DeflateFlush, Inflate, InflateError, InflateFlush,
    Status, Strategy,
};

use super::OpError;
use super::codec::{Codec, failed};

/// Values of `flush`, as zlib numbers them.
const FINISH: u32 = 4;

/// What is around the compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    Zlib,
    Gzip,
    Raw,
    /// Zlib or gzip, whichever the data begins with.
    Either,
}

/// zlib's options.
#[derive(Clone, Debug)]
pub struct Options {
    pub wrapping: Wrapping,
    pub level: i32,
    /// 8 to 15; 0 for what the header says, where it is read.
    pub window_bits: i32,
    pub mem_level: i32,
    pub strategy: i32,
    pub dictionary: Vec<u8>,
}

impl Options {
    /// About what zlib-rs allocates for them.
    pub fn memory(&self) -> usize {
        let window = 1usize << self.window_bits.clamp(8, 15);
        // The window twice, its chain, the hash heads, the pending buffer.
        window * 4 + (128 << 10) + (1 << (self.mem_level.clamp(1, 9) + 8)) + self.dictionary.len()
    }
}

fn is_out_of_range(options: &Options) -> OpError {
    failed(
        "ERR_ZLIB_INITIALIZATION_FAILED",
        format!("Initialization failed: {options:?}"),
    )
}

fn bad_dictionary() -> OpError {
    failed("Z_DATA_ERROR", "Failed to set dictionary")
}

fn unexpected_end() -> OpError {
    failed("Z_BUF_ERROR", "unexpected end of file")
}

/// Compresses.
pub struct Deflater {
    stream: Deflate,
    dictionary: Vec<u8>,
    ended: bool,
}

impl Deflater {
    pub fn new(options: &Options) -> Result<Self, OpError> {
        let invalid = || is_out_of_range(options);
        // As zlib does where it can: a window of 256 bytes does not work.
        let window = options.window_bits.max(9);
        let fine = (9..=15).contains(&window)
            && (-1..=9).contains(&options.level)
            && (1..=9).contains(&options.mem_level);
        if !fine {
            return Err(invalid());
        }
        let config = DeflateConfig {
            level: options.level,
            window_bits: match options.wrapping {
                Wrapping::Zlib | Wrapping::Either => window,
                Wrapping::Gzip => window + 16,
                Wrapping::Raw => -window,
            },
            mem_level: options.mem_level,
            strategy: Strategy::try_from(options.strategy).map_err(|()| invalid())?,
            ..DeflateConfig::default()
        };
        let mut deflater = Deflater {
            stream: Deflate::new_with_config(config),
            dictionary: if options.wrapping == Wrapping::Gzip {
                Vec::new()
            } else {
                options.dictionary.clone()
            },
            ended: false,
        };
        deflater.apply_dictionary()?;
        Ok(deflater)
    }

    fn apply_dictionary(&mut self) -> Result<(), OpError> {
        if self.dictionary.is_empty() {
            return Ok(());
        }
        match self.stream.set_dictionary(&self.dictionary) {
            Ok(_) => Ok(()),
            Err(_) => Err(bad_dictionary()),
        }
    }
}

impl Codec for Deflater {
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: u32,
    ) -> Result<(usize, usize), OpError> {
        if self.ended {
            return Ok((0, 0));
        }
        let flush = DeflateFlush::try_from(flush as i32)
            .map_err(|()| failed("Z_STREAM_ERROR", "stream error"))?;
        let before = (self.stream.total_in(), self.stream.total_out());
        match self.stream.compress(input, output, flush) {
            Ok(status) => self.ended = status == Status::StreamEnd,
            Err(DeflateError::DataError) => return Err(failed("Z_DATA_ERROR", "data error")),
            Err(DeflateError::MemError) => {
                return Err(failed("Z_MEM_ERROR", "insufficient memory"));
            }
            Err(DeflateError::StreamError) => return Err(failed("Z_STREAM_ERROR", "stream error")),
        }
        Ok((
            (self.stream.total_in() - before.0) as usize,
            (self.stream.total_out() - before.1) as usize,
        ))
    }

    fn check(&self, flush: u32) -> Result<(), OpError> {
        if flush == FINISH && !self.ended {
            return Err(unexpected_end());
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), OpError> {
        self.stream.reset();
        self.ended = false;
        self.apply_dictionary()
    }

    fn adjust(&mut self, level: i32, _strategy: i32) -> Result<(), OpError> {
        // The crate changes the level only, and once there was data, only among those of one algorithm. A hint anyway:
        // what comes out is as good.
        let _ = self.stream.set_level(level);
        Ok(())
    }
}

/// Decompresses.
pub struct Inflater {
    stream: Inflate,
    options: Options,
    /// One gzip file may follow another.
    is_gzip: bool,
    /// The first two bytes of a stream, as far as they were seen.
    magic: [u8; 2],
    seen: u64,
    ended: bool,
}

impl Inflater {
    pub fn new(options: Options) -> Result<Self, OpError> {
        let mut inflater = Inflater {
            stream: open(&options)?,
            is_gzip: options.wrapping == Wrapping::Gzip,
            options,
            magic: [0; 2],
            seen: 0,
            ended: false,
        };
        inflater.begin()?;
        Ok(inflater)
    }

    fn begin(&mut self) -> Result<(), OpError> {
        self.ended = false;
        if self.options.wrapping == Wrapping::Raw && !self.options.dictionary.is_empty() {
            let set = self.stream.set_dictionary(&self.options.dictionary);
            set.map_err(|_| bad_dictionary())?;
        }
        Ok(())
    }

    /// Goes by the first two bytes, which may come one by one.
    fn look_for_gzip(&mut self, input: &[u8]) {
        for byte in input {
            if self.seen >= 2 {
                break;
            }
            self.magic[self.seen as usize] = *byte;
            self.seen += 1;
        }
        if self.options.wrapping == Wrapping::Either && self.seen >= 2 {
            self.is_gzip = self.magic == [0x1f, 0x8b];
        }
    }

    fn inflate(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: InflateFlush,
    ) -> Result<(usize, usize), OpError> {
        let before = (self.stream.total_in(), self.stream.total_out());
        let mut result = self.stream.decompress(input, output, flush);
        if let Err(InflateError::NeedDict { .. }) = result {
            if self.options.dictionary.is_empty() {
                return Err(failed("Z_NEED_DICT", "Missing dictionary"));
            }
            if self
                .stream
                .set_dictionary(&self.options.dictionary)
                .is_err()
            {
                return Err(failed("Z_NEED_DICT", "Bad dictionary"));
            }
            let read = (self.stream.total_in() - before.0) as usize;
            let written = (self.stream.total_out() - before.1) as usize;
            result = self
                .stream
                .decompress(&input[read..], &mut output[written..], flush);
        }
        match result {
            Ok(status) => self.ended = status == Status::StreamEnd,
            Err(InflateError::NeedDict { .. }) => {
                return Err(failed("Z_NEED_DICT", "Bad dictionary"));
            }
            Err(InflateError::DataError) => {
                let message = self.stream.error_message().unwrap_or("data error");
                return Err(failed("Z_DATA_ERROR", message));
            }
            Err(InflateError::MemError) => {
                return Err(failed("Z_MEM_ERROR", "insufficient memory"));
            }
            Err(InflateError::StreamError) => return Err(failed("Z_STREAM_ERROR", "stream error")),
        }
        Ok((
            (self.stream.total_in() - before.0) as usize,
            (self.stream.total_out() - before.1) as usize,
        ))
    }
}

fn open(options: &Options) -> Result<Inflate, OpError> {
    let window = options.window_bits;
    let from_header = window == 0 && options.wrapping != Wrapping::Raw;
    if !from_header && !(8..=15).contains(&window) {
        return Err(is_out_of_range(options));
    }
    let window = window as u8;
    Ok(match options.wrapping {
        Wrapping::Raw => Inflate::new(false, window),
        Wrapping::Zlib => Inflate::new(true, window),
        Wrapping::Gzip => Inflate::new(true, window + 16),
        Wrapping::Either => Inflate::new(true, window + 32),
    })
}

impl Codec for Inflater {
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: u32,
    ) -> Result<(usize, usize), OpError> {
        let flush = if flush == FINISH {
            InflateFlush::Finish
        } else {
            InflateFlush::SyncFlush
        };
        let mut read = 0;
        let mut written = 0;
        loop {
            if self.ended {
                // A file that follows; zeros only fill up.
                if !self.is_gzip || input.get(read).is_none_or(|byte| *byte == 0) {
                    break;
                }
                self.reset()?;
            }
            self.look_for_gzip(&input[read..]);
            let (taken, made) = self.inflate(&input[read..], &mut output[written..], flush)?;
            read += taken;
            written += made;
            if !self.ended {
                break;
            }
        }
        Ok((read, written))
    }

    fn check(&self, flush: u32) -> Result<(), OpError> {
        if flush == FINISH && !self.ended {
            return Err(unexpected_end());
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), OpError> {
        // The crate's own reset takes the default wrapping.
        self.stream = open(&self.options)?;
        self.seen = 0;
        self.begin()
    }
}
