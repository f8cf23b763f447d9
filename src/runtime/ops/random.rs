//! Randomness, from the operating system at every call: nothing is kept that a snapshot of the
//! process or a fork could repeat. And the comparison that tells nothing by its time.

use subtle::ConstantTimeEq;

use super::{Call, OpError, OpOutput, Operation, buffer};

/// Numbers shared with `builtins/crypto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Gives `flags` random bytes.
    Random = 40,
    /// Whether `text` and `bytes`, equally long, are the same: one byte, 1 or 0.
    Equal = 41,
}

pub(super) fn operation(number: u32) -> Option<Operation> {
    const RANDOM: u32 = Op::Random as u32;
    const EQUAL: u32 = Op::Equal as u32;
    Some(match number {
        RANDOM => random,
        EQUAL => |call| {
            Ok(OpOutput::Bytes(vec![
                call.text.ct_eq(call.bytes).unwrap_u8(),
            ]))
        },
        _ => return None,
    })
}

/// Between two questions whether the run is being stopped.
const PART: usize = 1 << 20;

fn random(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let length = call.flags as usize;
    if !call.isolate.has_room(length) {
        return Err(OpError::out_of_memory(length));
    }
    let mut bytes = buffer(length)?;
    for part in bytes.chunks_mut(PART) {
        if call.isolate.is_stopped() {
            return Err(OpError::stopped());
        }
        getrandom::fill(part).map_err(|error| OpError {
            class: "Error",
            code: "ERR_OSSL_RAND",
            message: format!("The operating system has no random bytes: {error}"),
        })?;
    }
    Ok(OpOutput::Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{Asked, call, give};
    use super::*;

    #[test]
    fn random_bytes_are_as_many_as_asked_for_and_differ() {
        let get = |length| give(Some(random), length, b"", b"").unwrap();
        let (first, second) = (get(48), get(48));
        assert_eq!((first.len(), second.len()), (48, 48));
        assert_ne!(first, second);
        assert!(get(0).is_empty());
    }

    #[test]
    fn more_than_the_limit_allows_for_is_an_error() {
        let error = random(&call(1001, b"", b"", &Asked::with_room(1000))).unwrap_err();
        assert_eq!(error.kind(), "ERR_MEMORY_ALLOCATION_FAILED");
    }

    #[test]
    fn a_stopped_run_gets_no_more() {
        assert!(random(&call(3 << 20, b"", b"", &Asked::stopped_after(2))).is_err());
        assert!(random(&call(3 << 20, b"", b"", &Asked::stopped_after(3))).is_ok());
    }

    #[test]
    fn equal_bytes_are_equal() {
        let is = |a: &[u8], b: &[u8]| give(operation(Op::Equal as u32), 0, a, b).unwrap();
        assert_eq!(is(b"secret", b"secret"), [1]);
        assert_eq!(is(b"secret", b"secreT"), [0]);
        assert_eq!(is(b"", b""), [1]);
    }
}
