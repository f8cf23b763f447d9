//! What all kinds of compression and decompression have in common, and how one is driven.

use super::{Caller, OpError};

/// One stream.
pub trait Codec: Send {
    /// Reads what it can of `input`, writes what it can to `output`, and says how much of both.
    /// `flush` is of the kind's own numbers, where 0 always means to go on.
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: u32,
    ) -> Result<(usize, usize), OpError>;

    /// After the last step: whether that was no end although `flush` asked for one.
    fn check(&self, flush: u32) -> Result<(), OpError>;

    /// Begins a new stream with the options of the old one.
    fn reset(&mut self) -> Result<(), OpError>;

    /// Another level and strategy from here on, where there is such a thing.
    fn adjust(&mut self, _level: i32, _strategy: i32) -> Result<(), OpError> {
        Ok(())
    }
}

/// An error of zlib's kind: the exception's `code` and `message`.
pub fn failed(code: &'static str, message: impl Into<String>) -> OpError {
    OpError {
        class: "Error",
        code,
        message: message.into(),
    }
}

/// Input between two questions whether the run is being stopped: of brotli's slowest, a third of a second.
pub const MOST_INPUT: usize = 64 << 10;
/// Output likewise. A decompressor makes a thousand times its input.
pub const MOST_OUTPUT: usize = 256 << 10;
/// Less than this is not worth a question.
const UNCOUNTED: usize = 64 << 10;

/// Gives the codec the whole input. Ends when it has nothing more to write, or has written `most` bytes and more.
pub fn drive(
    codec: &mut dyn Codec,
    input: &[u8],
    flush: u32,
    most: usize,
    isolate: &dyn Caller,
) -> Result<Vec<u8>, OpError> {
    let mut output = Vec::new();
    let mut written = 0;
    let mut read = 0;
    loop {
        if isolate.is_stopped() {
            return Err(OpError::stopped());
        }
        if written == output.len() {
            grow(&mut output, input.len(), isolate)?;
        }
        let end = output.len().min(written + MOST_OUTPUT);
        let rest = &input[read..];
        let part = &rest[..rest.len().min(MOST_INPUT)];
        let is_last = part.len() == rest.len();
        let now = if is_last { flush } else { 0 };
        let (taken, made) = codec.step(part, &mut output[written..end], now)?;
        read += taken;
        written += made;
        if written > most {
            break;
        }
        // Room that is left over means that it waits for input, or is done.
        if made < end - (written - made) && (is_last || taken == 0) {
            codec.check(now)?;
            break;
        }
    }
    output.truncate(written);
    if output.capacity() - written > written / 4 + 4096 {
        output.shrink_to_fit();
    }
    Ok(output)
}

/// Doubling would ask for much more than is needed in the end, where there may be just enough.
const MOST_GROWTH: usize = 8 << 20;

fn grow(output: &mut Vec<u8>, input: usize, isolate: &dyn Caller) -> Result<(), OpError> {
    let mut more = if output.is_empty() {
        input.clamp(1 << 10, UNCOUNTED)
    } else {
        output.len().min(MOST_GROWTH)
    };
    // A large vector moves by remapping: it is not there twice meanwhile.
    if output.len() + more > UNCOUNTED && !isolate.has_room(output.len() + more) {
        more = more.min(MOST_OUTPUT);
        if !isolate.has_room(output.len() + more) {
            return Err(OpError::out_of_memory(output.len() + more));
        }
    }
    let length = output.len() + more;
    if output.try_reserve_exact(more).is_err() {
        return Err(OpError::out_of_memory(length));
    }
    output.resize(length, 0);
    Ok(())
}

/// A codec that is refused the memory it works in.
pub fn room_for_state(bytes: usize, isolate: &dyn Caller) -> Result<(), OpError> {
    if isolate.has_room(bytes) {
        Ok(())
    } else {
        Err(OpError::out_of_memory(bytes))
    }
}
