//! Keys from passwords and from other keys. PBKDF2 and scrypt may take for ever by design, so their
//! loops are written out here: those of the crates cannot be stopped.

use hkdf::SimpleHkdf;
use hmac::digest::{FixedOutput, KeyInit, Update};
use hmac::{Hmac, SimpleHmac};

use super::hash::{Algorithm, with_hash, with_state};
use super::scrypt::{Cost, mix};
use super::{Call, OpError, OpOutput, Operation, buffer};

/// Numbers shared with `builtins/crypto`. The first numbers of `text` are 32 bits, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `flags`: hash; `text`: rounds, length of the key, password; `bytes`: salt.
    Pbkdf2 = 48,
    /// `flags`: hash; `text`: length of the key, length of the salt, salt, info; `bytes`: key.
    Hkdf = 49,
    /// `text`: N, r, p, length of the key, password; `bytes`: salt.
    Scrypt = 50,
}

pub(super) fn operation(number: u32) -> Option<Operation> {
    const PBKDF2: u32 = Op::Pbkdf2 as u32;
    const HKDF: u32 = Op::Hkdf as u32;
    const SCRYPT: u32 = Op::Scrypt as u32;
    Some(match number {
        PBKDF2 => pbkdf2,
        HKDF => hkdf,
        SCRYPT => scrypt,
        _ => return None,
    })
}

/// Takes the numbers off the front of `text`.
fn numbers<const N: usize>(text: &[u8]) -> Result<([u32; N], &[u8]), OpError> {
    let (head, rest) = text
        .split_at_checked(N * 4)
        .ok_or_else(|| OpError::broken_seam("numbers are missing"))?;
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(head.as_chunks::<4>().0) {
        *number = u32::from_le_bytes(*bytes);
    }
    Ok((numbers, rest))
}

fn room_for(length: usize, call: &Call<'_>) -> Result<Vec<u8>, OpError> {
    if !call.isolate.has_room(length) {
        return Err(OpError::out_of_memory(length));
    }
    buffer(length)
}

fn no_extendable_output() -> OpError {
    OpError::broken_seam("an extendable hash makes no keys")
}

fn pbkdf2(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let ([rounds, length], password) = numbers(call.text)?;
    let mut key = room_for(length as usize, call)?;
    let key_of = &mut key[..];
    match Algorithm::read(call.flags)? {
        // Over the hash's blocks directly, which is faster; not all hashes let themselves be used so.
        Algorithm::Sha1 => derive::<Hmac<sha1::Sha1>>(password, rounds, key_of, call),
        Algorithm::Sha256 => derive::<Hmac<sha2::Sha256>>(password, rounds, key_of, call),
        Algorithm::Sha512 => derive::<Hmac<sha2::Sha512>>(password, rounds, key_of, call),
        other => with_hash!(other,
            D => derive::<SimpleHmac<D>>(password, rounds, key_of, call),
            _ => Err(no_extendable_output())),
    }?;
    Ok(OpOutput::Bytes(key))
}

/// RFC 8018, 5.2.
fn derive<M: KeyInit + Update + FixedOutput + Clone>(
    password: &[u8],
    rounds: u32,
    key: &mut [u8],
    call: &Call<'_>,
) -> Result<(), OpError> {
    let keyed = M::new_from_slice(password)
        .map_err(|_| OpError::broken_seam("HMAC takes keys of any length"))?;
    let salted = {
        let mut salted = keyed.clone();
        salted.update(call.bytes);
        salted
    };
    for (index, block) in key.chunks_mut(M::output_size()).enumerate() {
        let mut code = salted.clone();
        code.update(&(index as u32 + 1).to_be_bytes());
        let mut last = code.finalize_fixed();
        block.copy_from_slice(&last[..block.len()]);
        for round in 1..rounds {
            if round % 1024 == 0 && call.isolate.is_stopped() {
                return Err(OpError::stopped());
            }
            let mut code = keyed.clone();
            code.update(&last);
            last = code.finalize_fixed();
            for (byte, other) in block.iter_mut().zip(&last) {
                *byte ^= other;
            }
        }
        if call.isolate.is_stopped() {
            return Err(OpError::stopped());
        }
    }
    Ok(())
}

fn hkdf(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let ([length, salt_length], rest) = numbers(call.text)?;
    let (salt, info) = rest
        .split_at_checked(salt_length as usize)
        .ok_or_else(|| OpError::broken_seam("the salt is missing"))?;
    let mut key = room_for(length as usize, call)?;
    with_hash!(Algorithm::read(call.flags)?,
        D => SimpleHkdf::<D>::new(Some(salt), call.bytes)
            .expand(info, &mut key)
            .map_err(|_| OpError {
                class: "RangeError",
                code: "ERR_CRYPTO_INVALID_KEYLEN",
                message: "Invalid key length".to_owned(),
            }),
        _ => Err(no_extendable_output()))?;
    Ok(OpOutput::Bytes(key))
}

/// RFC 7914, 6.
fn scrypt(call: &Call<'_>) -> Result<OpOutput, OpError> {
    let ([n, r, p, length], password) = numbers(call.text)?;
    let cost = Cost::new(n, r, p)
        .ok_or_else(|| OpError::broken_seam("the parameters of scrypt are invalid"))?;
    if !call.isolate.has_room(cost.memory()) {
        return Err(OpError::out_of_memory(cost.memory()));
    }
    let mut key = room_for(length as usize, call)?;
    let mut blocks = buffer(cost.blocks())?;
    derive::<Hmac<sha2::Sha256>>(password, 1, &mut blocks, call)?;
    mix(&mut blocks, &cost, call.isolate)?;
    let salt = Call {
        bytes: &blocks,
        ..*call
    };
    derive::<Hmac<sha2::Sha256>>(password, 1, &mut key, &salt)?;
    Ok(OpOutput::Bytes(key))
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{Asked, call, from_hex, give};
    use super::*;

    fn head(numbers: &[u32], rest: &[u8]) -> Vec<u8> {
        let numbers: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        [&numbers[..], rest].concat()
    }

    /// RFC 6070, and for SHA-256 RFC 7914, 11.
    #[test]
    fn published_keys_of_pbkdf2() {
        let key = |hash: Algorithm, password: &[u8], salt: &[u8], rounds, length| {
            let head = head(&[rounds, length], password);
            give(Some(pbkdf2), hash as u32, &head, salt).unwrap()
        };
        let sha1 = Algorithm::Sha1;
        assert_eq!(
            key(sha1, b"password", b"salt", 1, 20),
            from_hex("0c60c80f961f0e71f3a9b524af6012062fe037a6")
        );
        assert_eq!(
            key(sha1, b"password", b"salt", 4096, 20),
            from_hex("4b007901b765489abead49d926f721d065a429c1")
        );
        assert_eq!(
            key(
                sha1,
                b"passwordPASSWORDpassword",
                b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
                4096,
                25
            ),
            from_hex("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038")
        );
        assert_eq!(
            key(Algorithm::Sha256, b"passwd", b"salt", 1, 64),
            from_hex(
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc
                 49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
            )
        );
    }

    /// RFC 5869, cases 1 and 3.
    #[test]
    fn published_keys_of_hkdf() {
        let key = |salt: &[u8], info: &[u8], length| {
            let head = head(&[length, salt.len() as u32], &[salt, info].concat());
            give(Some(hkdf), Algorithm::Sha256 as u32, &head, &[0x0b; 22])
        };
        assert_eq!(
            key(
                &from_hex("000102030405060708090a0b0c"),
                &from_hex("f0f1f2f3f4f5f6f7f8f9"),
                42
            )
            .unwrap(),
            from_hex(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            )
        );
        assert_eq!(
            key(b"", b"", 42).unwrap(),
            from_hex(
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
            )
        );
        let error = key(b"", b"", 255 * 32 + 1).unwrap_err();
        assert_eq!(error.kind(), "ERR_CRYPTO_INVALID_KEYLEN");
    }

    /// RFC 7914, 12.
    #[test]
    fn published_keys_of_scrypt() {
        let key = |password: &[u8], salt: &[u8], n, r, p| {
            give(Some(scrypt), 0, &head(&[n, r, p, 64], password), salt).unwrap()
        };
        assert_eq!(
            key(b"", b"", 16, 1, 1),
            from_hex(
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442
                 fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            )
        );
        assert_eq!(
            key(b"password", b"NaCl", 1024, 8, 16),
            from_hex(
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162
                 2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            )
        );
    }

    #[test]
    fn a_stopped_run_gets_no_key() {
        let stopped = Asked::stopped_after(3);
        let long = head(&[u32::MAX, 16], b"password");
        assert!(pbkdf2(&call(Algorithm::Sha256 as u32, &long, b"salt", &stopped)).is_err());
        let stopped = Asked::stopped_after(3);
        let large = head(&[1 << 20, 1, 1, 16], b"password");
        assert!(scrypt(&call(0, &large, b"salt", &stopped)).is_err());
    }

    #[test]
    fn scrypt_asks_for_its_memory() {
        let small = Asked::with_room(1 << 20);
        let large = head(&[1 << 20, 8, 1, 16], b"password");
        let error = scrypt(&call(0, &large, b"salt", &small)).unwrap_err();
        assert_eq!(error.kind(), "ERR_MEMORY_ALLOCATION_FAILED");
        let invalid = head(&[3, 8, 1, 16], b"password");
        assert!(give(Some(scrypt), 0, &invalid, b"salt").is_err());
    }

    #[test]
    fn a_short_head_is_an_error() {
        for operation in [pbkdf2, hkdf, scrypt] {
            assert!(give(Some(operation), Algorithm::Md5 as u32, b"abc", b"").is_err());
        }
    }
}
