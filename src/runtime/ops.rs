//! The native operations, over plain slices: no V8. Each group has a file of its own.
//!
//! In JavaScript: `native.op(number, flags, text, bytes, fail)`. A string crosses as UTF-8, each
//! lone surrogate as U+FFFD; a view is memory that no other thread writes to, and nothing may
//! write to while the operation reads it. An error becomes `fail(kind, message)`, which throws.
//!
//! Numbers: 1 to 5 [`text`], 16 to 31 builtin modules, 32 to 95 cryptography and compression.

mod brotli_codec;
pub mod builtins;
mod cipher;
mod codec;
mod compress;
mod deflate;
pub mod hash;
mod kdf;
mod random;
mod scrypt;
mod states;
pub mod text;
mod zstd_codec;

pub use states::States;

/// Longest string that V8 makes on 64-bit platforms, in characters; the same from V8 11.3 to 14.6.
pub const MAX_STRING_LENGTH: usize = (1 << 29) - 24;

/// What an operation is given; which part it reads is said at each.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Meant by each group in its own way.
    pub flags: u32,
    /// UTF-8, or bytes.
    pub text: &'a [u8],
    /// Likewise: by custom the larger of the two.
    pub bytes: &'a [u8],
    /// The isolate that asks.
    pub isolate: &'a dyn Caller,
}

/// What an operation that is long, or makes much, asks of its isolate.
pub trait Caller {
    /// Whether the run is being stopped: then the answer is of no interest any more.
    fn is_stopped(&self) -> bool;
    /// Whether its memory limit allows for so many bytes more. May collect garbage to find out.
    fn has_room(&self, bytes: usize) -> bool;
    /// What it keeps between two operations.
    fn states(&self) -> &States;
}

/// One operation.
pub type Operation = fn(&Call<'_>) -> Result<OpOutput, OpError>;

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
    /// The number of what [`States`] keeps from now on, as long as the object that `native.op` was given.
    State {
        /// As [`States::keep`] gave it.
        number: u32,
        /// About what it takes.
        bytes: usize,
    },
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

    pub(super) fn invalid_domain() -> OpError {
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

    /// What only a mistake in the runtime's own JavaScript can bring about.
    pub(super) fn broken_seam(message: &str) -> OpError {
        OpError {
            class: "Error",
            code: "",
            message: format!("{message}; please report it to offloop"),
        }
    }

    /// The run is being stopped: nobody will see it.
    pub(super) fn stopped() -> OpError {
        OpError {
            class: "Error",
            code: "",
            message: "The task was stopped".to_owned(),
        }
    }

    pub(super) fn out_of_memory(bytes: usize) -> OpError {
        OpError {
            class: "RangeError",
            code: "ERR_MEMORY_ALLOCATION_FAILED",
            message: format!(
                "Could not allocate {bytes} bytes for the result; work on smaller parts"
            ),
        }
    }
}

/// The operation of that number.
pub fn find(number: u32) -> Option<Operation> {
    match number {
        1..=15 => text::operation(number),
        16..=31 => builtins::operation(number),
        32..=39 => hash::operation(number),
        40..=47 => random::operation(number),
        48..=55 => kdf::operation(number),
        56..=63 => cipher::operation(number),
        64..=71 => compress::operation(number),
        _ => None,
    }
}

/// Runs one operation.
pub fn run(operation: Operation, call: &Call<'_>) -> Result<OpOutput, OpError> {
    limit(operation(call)?, MAX_STRING_LENGTH)
}

fn limit(output: OpOutput, longest: usize) -> Result<OpOutput, OpError> {
    let characters = match &output {
        OpOutput::Utf8(text) => text.len(),
        OpOutput::Utf16(units) => units.len(),
        OpOutput::Latin1(characters) => characters.len(),
        OpOutput::Bytes(_) | OpOutput::State { .. } => 0,
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
pub(super) mod test_support {
    use std::cell::Cell;

    use super::{Call, Caller, States};

    /// An isolate with a limit, which is stopped after it was asked so often.
    pub struct Asked {
        pub room: usize,
        pub patience: Cell<u32>,
        pub states: States,
    }

    impl Asked {
        pub fn with_room(room: usize) -> Self {
            Asked {
                room,
                ..Asked::default()
            }
        }

        pub fn stopped_after(questions: u32) -> Self {
            Asked {
                patience: Cell::new(questions),
                ..Asked::default()
            }
        }
    }

    impl Default for Asked {
        fn default() -> Self {
            Asked {
                room: usize::MAX,
                patience: Cell::new(u32::MAX),
                states: States::default(),
            }
        }
    }

    impl Caller for Asked {
        fn is_stopped(&self) -> bool {
            let left = self.patience.get();
            self.patience.set(left.saturating_sub(1));
            left == 0
        }

        fn has_room(&self, bytes: usize) -> bool {
            bytes <= self.room
        }

        fn states(&self) -> &States {
            &self.states
        }
    }

    /// The bytes that an operation gives, in a call without limits.
    pub fn give(
        operation: Option<super::Operation>,
        flags: u32,
        text: &[u8],
        bytes: &[u8],
    ) -> Result<Vec<u8>, super::OpError> {
        let isolate = Asked::default();
        match operation.expect("an operation")(&call(flags, text, bytes, &isolate))? {
            super::OpOutput::Bytes(bytes) => Ok(bytes),
            other => panic!("{other:?}"),
        }
    }

    pub fn from_hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let (pairs, _) = digits.as_chunks::<2>();
        pairs
            .iter()
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    pub fn call<'a>(flags: u32, text: &'a [u8], bytes: &'a [u8], isolate: &'a Asked) -> Call<'a> {
        Call {
            flags,
            text,
            bytes,
            isolate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_numbers_are_no_operation() {
        assert!(find(0).is_none());
        assert!(find(5).is_some());
        assert!(find(6).is_none());
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
}
