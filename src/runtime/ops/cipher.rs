//! AES. Nothing is kept between two calls: what a mode carries over is in its last block or its counter, which
//! JavaScript knows.

use aes::cipher::consts::{U12, U16};
use aes::cipher::{
    Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt,
    BlockSizeUser, KeyInit, KeyIvInit, StreamCipher,
};
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::aead::AeadInOut;
use aes_gcm::{AesGcm, Nonce, Tag};

use super::{Call, OpError, OpOutput, Operation, buffer};

/// Numbers shared with `builtins/internal/crypto`. `flags`: 1 to decrypt; in bits 8 to 15 the length of the key, for GCM
/// in bits 16 to 23 that of the initialisation vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `text`: key; `bytes`: whole blocks.
    Ecb = 56,
    /// `text`: key, initialisation vector or the encrypted block before; `bytes`: whole blocks.
    Cbc = 57,
    /// `text`: key, counter; `bytes`: data. Both directions are the same.
    Ctr = 58,
    /// `text`: key, initialisation vector, additional data; `bytes`: the whole of the data, when decrypting with its tag
    /// of 16 bytes at the end. Gives the data, when encrypting with its tag.
    Gcm = 59,
}

pub(super) fn operation(number: u32) -> Option<Operation> {
    const ECB: u32 = Op::Ecb as u32;
    const CBC: u32 = Op::Cbc as u32;
    const CTR: u32 = Op::Ctr as u32;
    const GCM: u32 = Op::Gcm as u32;
    Some(match number {
        ECB => |call| by_key(call, [ecb::<Aes128>, ecb::<Aes192>, ecb::<Aes256>]),
        CBC => |call| by_key(call, [cbc::<Aes128>, cbc::<Aes192>, cbc::<Aes256>]),
        CTR => |call| by_key(call, [ctr::<Aes128>, ctr::<Aes192>, ctr::<Aes256>]),
        GCM => |call| by_key(call, [gcm::<Aes128>, gcm::<Aes192>, gcm::<Aes256>]),
        _ => return None,
    })
}

/// Between two questions whether the run is being stopped; a multiple of the block.
const PART: usize = 1 << 20;
const TAG: usize = 16;

fn broken() -> OpError {
    OpError::broken_seam("a key or a vector has the wrong length")
}

/// A mode over one cipher: key, the rest of `text`, a copy of `bytes`. Gives the output.
type Mode = fn(&[u8], &[u8], Vec<u8>, &Call<'_>) -> Result<Vec<u8>, OpError>;

fn by_key(call: &Call<'_>, modes: [Mode; 3]) -> Result<OpOutput, OpError> {
    let length = (call.flags >> 8 & 0xff) as usize;
    let (key, rest) = call.text.split_at_checked(length).ok_or_else(broken)?;
    let mode = match length {
        16 => modes[0],
        24 => modes[1],
        32 => modes[2],
        _ => return Err(broken()),
    };
    let size = call.bytes.len() + TAG;
    if size > PART && !call.isolate.has_room(size) {
        return Err(OpError::out_of_memory(size));
    }
    let mut data = buffer(size)?;
    data.truncate(call.bytes.len());
    data.copy_from_slice(call.bytes);
    mode(key, rest, data, call).map(OpOutput::Bytes)
}

fn is_decrypting(call: &Call<'_>) -> bool {
    call.flags & 1 != 0
}

/// Calls `work` with one part after the other.
fn in_parts(
    mut data: Vec<u8>,
    call: &Call<'_>,
    mut work: impl FnMut(&mut [u8]),
) -> Result<Vec<u8>, OpError> {
    for part in data.chunks_mut(PART) {
        if call.isolate.is_stopped() {
            return Err(OpError::stopped());
        }
        work(part);
    }
    Ok(data)
}

fn blocks<C: BlockSizeUser>(part: &mut [u8]) -> &mut [Block<C>] {
    Block::<C>::slice_as_chunks_mut(part).0
}

fn ecb<C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt>(
    key: &[u8],
    _: &[u8],
    data: Vec<u8>,
    call: &Call<'_>,
) -> Result<Vec<u8>, OpError> {
    let cipher = C::new_from_slice(key).map_err(|_| broken())?;
    if is_decrypting(call) {
        in_parts(data, call, |part| cipher.decrypt_blocks(blocks::<C>(part)))
    } else {
        in_parts(data, call, |part| cipher.encrypt_blocks(blocks::<C>(part)))
    }
}

fn cbc<C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>>(
    key: &[u8],
    vector: &[u8],
    data: Vec<u8>,
    call: &Call<'_>,
) -> Result<Vec<u8>, OpError> {
    if is_decrypting(call) {
        let mut mode = ::cbc::Decryptor::<C>::new_from_slices(key, vector).map_err(|_| broken())?;
        in_parts(data, call, |part| mode.decrypt_blocks(blocks::<C>(part)))
    } else {
        let mut mode = ::cbc::Encryptor::<C>::new_from_slices(key, vector).map_err(|_| broken())?;
        in_parts(data, call, |part| mode.encrypt_blocks(blocks::<C>(part)))
    }
}

fn ctr<C: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>>(
    key: &[u8],
    counter: &[u8],
    data: Vec<u8>,
    call: &Call<'_>,
) -> Result<Vec<u8>, OpError> {
    let mut mode = ::ctr::Ctr128BE::<C>::new_from_slices(key, counter).map_err(|_| broken())?;
    in_parts(data, call, |part| mode.apply_keystream(part))
}

fn gcm<C: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>>(
    key: &[u8],
    rest: &[u8],
    mut data: Vec<u8>,
    call: &Call<'_>,
) -> Result<Vec<u8>, OpError> {
    let length = (call.flags >> 16 & 0xff) as usize;
    let (vector, additional) = rest.split_at_checked(length).ok_or_else(broken)?;
    let tag = if is_decrypting(call) {
        let at = data.len().checked_sub(TAG).ok_or_else(broken)?;
        let tag = Tag::<U16>::try_from(&data[at..]).map_err(|_| broken())?;
        data.truncate(at);
        Some(tag)
    } else {
        None
    };
    macro_rules! with_vector_of {
        ($length:ty) => {{
            let mode = AesGcm::<C, $length>::new_from_slice(key).map_err(|_| broken())?;
            let vector = Nonce::<$length>::try_from(vector).map_err(|_| broken())?;
            match &tag {
                Some(tag) => mode
                    .decrypt_inout_detached(&vector, additional, (&mut data[..]).into(), tag)
                    .map_err(|_| OpError {
                        class: "Error",
                        code: "",
                        message: "Unsupported state or unable to authenticate data".to_owned(),
                    })?,
                None => {
                    let tag = mode
                        .encrypt_inout_detached(&vector, additional, (&mut data[..]).into())
                        .map_err(|_| broken())?;
                    data.extend_from_slice(&tag);
                }
            }
        }};
    }
    match length {
        12 => with_vector_of!(U12),
        16 => with_vector_of!(U16),
        _ => return Err(broken()),
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{Asked, call, from_hex, give};
    use super::*;

    const KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
    const FIRST: &str = "6bc1bee22e409f96e93d7e117393172a";
    const DECRYPT: u32 = 1;

    fn run(op: Op, flags: u32, text: &[&str], bytes: &[u8]) -> Result<Vec<u8>, OpError> {
        give(
            operation(op as u32),
            flags,
            &from_hex(&text.concat()),
            bytes,
        )
    }

    /// NIST SP 800-38A, F.1.1, F.2.1 and F.5.1.
    #[test]
    fn published_blocks() {
        let cases: [(Op, &str, &str); 3] = [
            (Op::Ecb, "", "3ad77bb40d7a3660a89ecaf32466ef97"),
            (
                Op::Cbc,
                "000102030405060708090a0b0c0d0e0f",
                "7649abac8119b246cee98e9b12e9197d",
            ),
            (
                Op::Ctr,
                "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                "874d6191b620e3261bef6864990db6ce",
            ),
        ];
        for (op, vector, block) in cases {
            let encrypted = run(op, 16 << 8, &[KEY, vector], &from_hex(FIRST)).unwrap();
            assert_eq!(encrypted, from_hex(block), "{op:?}");
            let back = run(op, 16 << 8 | DECRYPT, &[KEY, vector], &encrypted).unwrap();
            assert_eq!(back, from_hex(FIRST), "{op:?}");
        }
    }

    /// The GCM specification, test cases 2 and 4.
    #[test]
    fn published_tags() {
        let zeros = ["00"; 28].concat();
        let sealed = run(Op::Gcm, 12 << 16 | 16 << 8, &[&zeros], &[0; 16]).unwrap();
        assert_eq!(
            sealed,
            from_hex("0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf")
        );
        let text = [
            "feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        ];
        let data = from_hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let flags = 12 << 16 | 16 << 8;
        let mut sealed = run(Op::Gcm, flags, &text, &data).unwrap();
        assert_eq!(sealed[60..], from_hex("5bc94fbc3221a5db94fae95ae7121a47"));
        assert_eq!(run(Op::Gcm, flags | DECRYPT, &text, &sealed).unwrap(), data);
        sealed[0] ^= 1;
        assert!(run(Op::Gcm, flags | DECRYPT, &text, &sealed).is_err());
    }

    #[test]
    fn wrong_lengths_are_errors() {
        assert!(run(Op::Cbc, 15 << 8, &[KEY, KEY], &[0; 16]).is_err());
        assert!(run(Op::Cbc, 16 << 8, &[KEY], &[0; 16]).is_err());
        assert!(run(Op::Gcm, 12 << 16 | 16 << 8, &[KEY], &[0; 16]).is_err());
        assert!(run(Op::Gcm, 16 << 8 | DECRYPT, &[KEY], &[0; 3]).is_err());
    }

    #[test]
    fn a_stopped_run_encrypts_no_further() {
        let data = vec![0; 3 * PART];
        for (op, after, ok) in [(Op::Ctr, 2, false), (Op::Ctr, 3, true)] {
            let isolate = Asked::stopped_after(after);
            let text = from_hex(&[KEY, KEY].concat());
            let answer = operation(op as u32).unwrap()(&call(16 << 8, &text, &data, &isolate));
            assert_eq!(answer.is_ok(), ok);
        }
    }

    #[test]
    fn numbers_are_those_of_the_builtin() {
        let ops = include_str!("../builtins/internal/crypto/ops.js");
        for (name, op) in [
            ("ECB", Op::Ecb),
            ("CBC", Op::Cbc),
            ("CTR", Op::Ctr),
            ("GCM", Op::Gcm),
        ] {
            assert!(
                ops.contains(&format!("  AES_{name}: {},", op as u32)),
                "{name}"
            );
        }
    }
}
