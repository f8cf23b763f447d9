//! Hashes and HMAC. What a hash has seen so far crosses to JavaScript and back as a few hundred
//! bytes, so nothing has to be freed when a task drops its object. Only the state of BLAKE2 and SHAKE
//! cannot be written down: JavaScript collects their input.

use digest::block_api::BlockSizeUser;
use digest::common::hazmat::{SerializableState, SerializedState};
use digest::{Digest, ExtendableOutput, FixedOutput, KeyInit, Update, XofReader};
use hmac::{SimpleHmac, digest};

use super::{Call, OpError, OpOutput, Operation, buffer};

/// Numbers shared with `builtins/crypto`. `flags` is the algorithm's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `text`: a state, or nothing for a new one; `bytes`: data. Gives the next state.
    HashUpdate = 32,
    /// The same, but gives the digest; for a `shake` as long as `flags >> 8` says.
    HashDigest = 33,
    /// `bytes`: a key. Gives the states of the inner and the outer hash.
    HmacStart = 34,
    /// `text`: the states of the inner and of the outer hash; `bytes`: data. Gives the code.
    HmacDigest = 35,
    /// `text`: a key; `bytes`: data. Gives the code.
    Hmac = 36,
}

pub(super) fn operation(number: u32) -> Option<Operation> {
    const HASH_UPDATE: u32 = Op::HashUpdate as u32;
    const HASH_DIGEST: u32 = Op::HashDigest as u32;
    const HMAC_START: u32 = Op::HmacStart as u32;
    const HMAC_DIGEST: u32 = Op::HmacDigest as u32;
    const HMAC: u32 = Op::Hmac as u32;
    Some(match number {
        HASH_UPDATE => hash_update,
        HASH_DIGEST => hash_digest,
        HMAC_START => hmac_start,
        HMAC_DIGEST => hmac_digest,
        HMAC => hmac,
        _ => return None,
    })
}

/// Numbers shared with `builtins/crypto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Md5 = 1,
    Sha1 = 2,
    Sha224 = 3,
    Sha256 = 4,
    Sha384 = 5,
    Sha512 = 6,
    Sha512_224 = 7,
    Sha512_256 = 8,
    Sha3_224 = 9,
    Sha3_256 = 10,
    Sha3_384 = 11,
    Sha3_512 = 12,
    Shake128 = 13,
    Shake256 = 14,
    Blake2b512 = 15,
    Blake2s256 = 16,
    Ripemd160 = 17,
    Sm3 = 18,
}

/// Every algorithm, as `crypto` names it.
pub const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("md5", Algorithm::Md5),
    ("sha1", Algorithm::Sha1),
    ("sha224", Algorithm::Sha224),
    ("sha256", Algorithm::Sha256),
    ("sha384", Algorithm::Sha384),
    ("sha512", Algorithm::Sha512),
    ("sha512-224", Algorithm::Sha512_224),
    ("sha512-256", Algorithm::Sha512_256),
    ("sha3-224", Algorithm::Sha3_224),
    ("sha3-256", Algorithm::Sha3_256),
    ("sha3-384", Algorithm::Sha3_384),
    ("sha3-512", Algorithm::Sha3_512),
    ("shake128", Algorithm::Shake128),
    ("shake256", Algorithm::Shake256),
    ("blake2b512", Algorithm::Blake2b512),
    ("blake2s256", Algorithm::Blake2s256),
    ("ripemd160", Algorithm::Ripemd160),
    ("sm3", Algorithm::Sm3),
];

impl Algorithm {
    /// The low byte of `flags`.
    pub(super) fn read(flags: u32) -> Result<Algorithm, OpError> {
        ALGORITHMS
            .iter()
            .map(|(_, algorithm)| *algorithm)
            .find(|algorithm| *algorithm as u32 == flags & 0xff)
            .ok_or_else(|| OpError::broken_seam("no hash has that number"))
    }
}

/// Evaluates `$body` with `$D` being the hash if it keeps a state that can be written down, else `$otherwise`.
macro_rules! with_state {
    ($algorithm:expr, $D:ident => $body:expr, _ => $otherwise:expr) => {
        with_state!(@ $algorithm, $D => $body, _ => $otherwise,
            Md5 md5::Md5,
            Sha1 sha1::Sha1,
            Sha224 sha2::Sha224,
            Sha256 sha2::Sha256,
            Sha384 sha2::Sha384,
            Sha512 sha2::Sha512,
            Sha512_224 sha2::Sha512_224,
            Sha512_256 sha2::Sha512_256,
            Sha3_224 sha3::Sha3_224,
            Sha3_256 sha3::Sha3_256,
            Sha3_384 sha3::Sha3_384,
            Sha3_512 sha3::Sha3_512,
            Ripemd160 ripemd::Ripemd160,
            Sm3 sm3::Sm3)
    };
    (@ $algorithm:expr, $D:ident => $body:expr, _ => $otherwise:expr, $($name:ident $hash:ty),*) => {
        match $algorithm {
            $(Algorithm::$name => { type $D = $hash; $body })*
            _ => $otherwise,
        }
    };
}

/// Likewise, with `$otherwise` only for hashes of no fixed length.
macro_rules! with_hash {
    ($algorithm:expr, $D:ident => $body:expr, _ => $otherwise:expr) => {
        match $algorithm {
            Algorithm::Blake2b512 => { type $D = blake2::Blake2b512; $body }
            Algorithm::Blake2s256 => { type $D = blake2::Blake2s256; $body }
            other => with_state!(other, $D => $body, _ => $otherwise),
        }
    };
}
pub(super) use {with_hash, with_state};

/// Between two questions whether the run is being stopped: some milliseconds of the slowest hash.
const PART: usize = 1 << 20;

fn no_state() -> OpError {
    OpError::broken_seam("this hash keeps no state")
}

fn hash_update(call: &Call<'_>) -> Result<OpOutput, OpError> {
    with_state!(Algorithm::read(call.flags)?,
        D => {
            let mut hash = restore::<D>(call.text)?;
            absorb(&mut hash, call)?;
            Ok(OpOutput::Bytes(hash.serialize().to_vec()))
        },
        _ => Err(no_state()))
}

fn hash_resumed(call: &Call<'_>) -> Result<OpOutput, OpError> {
    with_state!(Algorithm::read(call.flags)?,
        D => {
            let mut hash = restore::<D>(call.text)?;
            absorb(&mut hash, call)?;
            Ok(OpOutput::Bytes(hash.finalize().to_vec()))
        },
        _ => Err(no_state()))
}

fn hash_digest(call: &Call<'_>) -> Result<OpOutput, OpError> {
    if !call.text.is_empty() {
        return hash_resumed(call);
    }
    let algorithm = Algorithm::read(call.flags)?;
    with_hash!(algorithm,
    D => {
        let mut hash = D::default();
        absorb(&mut hash, call)?;
        Ok(OpOutput::Bytes(hash.finalize().to_vec()))
    },
    _ => {
        let length = (call.flags >> 8) as usize;
        if algorithm == Algorithm::Shake128 {
            extend(shake::Shake128::default(), length, call)
        } else {
            extend(shake::Shake256::default(), length, call)
        }
    })
}

fn extend<H: Update + ExtendableOutput>(
    mut hash: H,
    length: usize,
    call: &Call<'_>,
) -> Result<OpOutput, OpError> {
    absorb(&mut hash, call)?;
    if !call.isolate.has_room(length) {
        return Err(OpError::out_of_memory(length));
    }
    let mut digest = buffer(length)?;
    hash.finalize_xof().read(&mut digest);
    Ok(OpOutput::Bytes(digest))
}

fn hmac_start(call: &Call<'_>) -> Result<OpOutput, OpError> {
    fn start<D: Digest + BlockSizeUser + SerializableState>(key: &[u8]) -> Vec<u8> {
        let mut block = vec![0; D::block_size()];
        let digest;
        let key = if key.len() > block.len() {
            digest = D::digest(key);
            &digest[..]
        } else {
            key
        };
        block[..key.len()].copy_from_slice(key);
        let padded = |pad: u8| {
            let block: Vec<u8> = block.iter().map(|byte| byte ^ pad).collect();
            D::new().chain_update(block).serialize()
        };
        [padded(0x36), padded(0x5c)].concat()
    }
    with_state!(Algorithm::read(call.flags)?,
        D => Ok(OpOutput::Bytes(start::<D>(call.bytes))),
        _ => Err(no_state()))
}

fn hmac_digest(call: &Call<'_>) -> Result<OpOutput, OpError> {
    with_state!(Algorithm::read(call.flags)?,
        D => {
            let (inner, outer) = call
                .text
                .split_at_checked(call.text.len() / 2)
                .ok_or_else(no_state)?;
            let mut inner = restore::<D>(inner)?;
            absorb(&mut inner, call)?;
            let outer = restore::<D>(outer)?;
            let code = outer.chain_update(inner.finalize()).finalize();
            Ok(OpOutput::Bytes(code.to_vec()))
        },
        _ => Err(no_state()))
}

fn hmac(call: &Call<'_>) -> Result<OpOutput, OpError> {
    with_hash!(Algorithm::read(call.flags)?,
        D => {
            let mut mac = SimpleHmac::<D>::new_from_slice(call.text)
                .map_err(|_| OpError::broken_seam("HMAC takes keys of any length"))?;
            absorb(&mut mac, call)?;
            Ok(OpOutput::Bytes(mac.finalize_fixed().to_vec()))
        },
        _ => Err(no_state()))
}

fn restore<D: Default + SerializableState>(state: &[u8]) -> Result<D, OpError> {
    if state.is_empty() {
        return Ok(D::default());
    }
    let state: &SerializedState<D> = state.try_into().map_err(|_| no_state())?;
    D::deserialize(state).map_err(|_| no_state())
}

fn absorb<H: Update>(hash: &mut H, call: &Call<'_>) -> Result<(), OpError> {
    for part in call.bytes.chunks(PART) {
        if call.isolate.is_stopped() {
            return Err(OpError::stopped());
        }
        hash.update(part);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{Asked, call, from_hex, give};
    use super::*;

    fn digest(name: &str, data: &[u8]) -> Vec<u8> {
        give(Some(hash_digest), number(name), b"", data).unwrap()
    }

    fn number(name: &str) -> u32 {
        let (_, algorithm) = ALGORITHMS.iter().find(|(known, _)| *known == name).unwrap();
        *algorithm as u32
    }

    /// Of "abc": FIPS 180-4, FIPS 202, RFC 1321, RFC 7693, the RIPEMD-160 paper, GB/T 32905.
    const OF_ABC: &[(&str, &str)] = &[
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "sha224",
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        ),
        (
            "sha256",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "sha384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed
                    8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
                    2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        (
            "sha512-224",
            "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
        ),
        (
            "sha512-256",
            "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        ),
        (
            "sha3-224",
            "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
        ),
        (
            "sha3-256",
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        ),
        (
            "sha3-384",
            "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2
                      98d88cea927ac7f539f1edf228376d25",
        ),
        (
            "sha3-512",
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e
                      10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
        ),
        (
            "blake2b512",
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1
                        7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        ),
        (
            "blake2s256",
            "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
        ),
        ("ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
        (
            "sm3",
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        ),
    ];

    #[test]
    fn published_digests() {
        for (name, hex) in OF_ABC {
            assert_eq!(digest(name, b"abc"), from_hex(hex), "{name}");
        }
        assert_eq!(OF_ABC.len() + 2, ALGORITHMS.len());
    }

    #[test]
    fn extendable_hashes_give_what_is_asked_for() {
        let shake = |name: &str, length: u32, data: &[u8]| {
            give(Some(hash_digest), number(name) | length << 8, b"", data).unwrap()
        };
        assert_eq!(
            shake("shake128", 16, b""),
            from_hex("7f9c2ba4e88f827d616045507605853e")
        );
        assert_eq!(
            shake("shake256", 32, b""),
            from_hex("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f")
        );
        assert!(shake("shake128", 0, b"abc").is_empty());
        assert_eq!(shake("shake256", 100_000, b"abc").len(), 100_000);
    }

    #[test]
    fn a_state_goes_on_where_it_was_written_down() {
        let data: Vec<u8> = (0..1000_u32).map(|index| index as u8).collect();
        for (name, _) in OF_ABC.iter().filter(|(name, _)| !name.starts_with("blake")) {
            let number = number(name);
            for cuts in [
                vec![0],
                vec![1, 63, 64, 65],
                vec![127, 128, 129, 999],
                vec![1000],
            ] {
                let mut state = Vec::new();
                let mut from = 0;
                for cut in cuts {
                    state = give(Some(hash_update), number, &state, &data[from..cut]).unwrap();
                    from = cut;
                }
                let resumed = give(Some(hash_digest), number, &state, &data[from..]).unwrap();
                assert_eq!(resumed, digest(name, &data), "{name}");
            }
        }
    }

    #[test]
    fn a_state_of_another_hash_is_refused() {
        let state = give(Some(hash_update), number("sha1"), b"", b"abc").unwrap();
        for name in ["sha256", "md5", "sha3-256", "blake2b512", "shake128"] {
            assert!(
                give(Some(hash_digest), number(name), &state, b"").is_err(),
                "{name}"
            );
        }
        assert!(give(Some(hash_update), 99, b"", b"").is_err());
        for garbage in [vec![0xff; state.len()], vec![0; state.len() - 1]] {
            // An answer of whatever kind, but no panic.
            let _ = give(Some(hash_digest), number("sha1"), &garbage, b"");
        }
    }

    /// RFC 2202 and RFC 4231, cases 1, 2 and the one with a key longer than a block.
    #[test]
    fn published_codes() {
        let cases: &[(&str, &[u8], &[u8], &str)] = &[
            (
                "md5",
                b"Jefe",
                b"what do ya want for nothing?",
                "750c783e6ab0b503eaa86e310a5db738",
            ),
            (
                "sha1",
                b"Jefe",
                b"what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                "sha256",
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                "sha256",
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                "sha512",
                b"Jefe",
                b"what do ya want for nothing?",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554
              9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ];
        for (name, key, data, code) in cases {
            let number = number(name);
            assert_eq!(
                give(Some(hmac), number, key, data).unwrap(),
                from_hex(code),
                "{name}"
            );
            let states = give(Some(hmac_start), number, b"", key).unwrap();
            let (inner, outer) = states.split_at(states.len() / 2);
            let (first, rest) = data.split_at(3);
            let inner = give(Some(hash_update), number, inner, first).unwrap();
            let states = [&inner[..], outer].concat();
            let streamed = give(Some(hmac_digest), number, &states, rest).unwrap();
            assert_eq!(streamed, from_hex(code), "{name} in two parts");
        }
    }

    #[test]
    fn a_stopped_run_hashes_no_further() {
        let data = vec![0; 3 * PART];
        let after = |questions| {
            let isolate = Asked::stopped_after(questions);
            hash_digest(&call(number("sha256"), b"", &data, &isolate))
        };
        assert!(after(2).is_err());
        assert!(after(3).is_ok());
    }

    #[test]
    fn numbers_are_those_of_the_builtin() {
        let table = include_str!("../builtins/internal/crypto/algorithms.js");
        for (name, algorithm) in ALGORITHMS {
            let number = *algorithm as u32;
            let line = format!("  {name}: {number},");
            let quoted = format!("  '{name}': {number},");
            assert!(table.contains(&line) || table.contains(&quoted), "{name}");
        }
        let ops = include_str!("../builtins/internal/crypto/ops.js");
        for (name, op) in [
            ("HASH_UPDATE", Op::HashUpdate),
            ("HASH_DIGEST", Op::HashDigest),
            ("HMAC_START", Op::HmacStart),
            ("HMAC_DIGEST", Op::HmacDigest),
            ("HMAC", Op::Hmac),
        ] {
            assert!(ops.contains(&format!("  {name}: {},", op as u32)), "{name}");
        }
    }
}
