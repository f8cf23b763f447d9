//! scrypt's mixing function, RFC 7914, 3 to 5, in a loop that can be stopped.

use super::{Caller, OpError, buffer};

/// N, r and p.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    n: usize,
    r: usize,
    p: usize,
}

impl Cost {
    /// None where the function is not defined.
    pub fn new(n: u32, r: u32, p: u32) -> Option<Cost> {
        let fine = n > 1 && n.is_power_of_two() && r > 0 && p > 0;
        (fine && u64::from(r) * u64::from(p) < 1 << 30).then_some(Cost {
            n: n as usize,
            r: r as usize,
            p: p as usize,
        })
    }

    /// Bytes of all blocks that are mixed, one after the other.
    pub fn blocks(&self) -> usize {
        128 * self.r * self.p
    }

    /// Bytes that the computation takes.
    pub fn memory(&self) -> usize {
        (128 * self.r)
            .saturating_mul(self.n + 2)
            .saturating_add(self.blocks())
    }
}

/// Mixes each of the blocks.
pub fn mix(blocks: &mut [u8], cost: &Cost, isolate: &dyn Caller) -> Result<(), OpError> {
    let words = 32 * cost.r;
    let mut table = buffer::<u32>(words * cost.n)?;
    let mut block = buffer::<u32>(words)?;
    let mut other = buffer::<u32>(words)?;
    // About a hundred microseconds of work between two questions.
    let often = (4096 / cost.r).max(1);
    let stopped = |step: usize| step.is_multiple_of(often) && isolate.is_stopped();

    for bytes in blocks.chunks_exact_mut(words * 4) {
        for (word, bytes) in block.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        for (step, kept) in table.chunks_exact_mut(words).enumerate() {
            if stopped(step) {
                return Err(OpError::stopped());
            }
            kept.copy_from_slice(&block);
            mix_block(kept, &mut block);
        }
        for step in 0..cost.n {
            if stopped(step) {
                return Err(OpError::stopped());
            }
            // N is a power of two below 2^32: the low word says it all.
            let at = (block[words - 16] as usize & (cost.n - 1)) * words;
            for (word, (own, kept)) in other.iter_mut().zip(block.iter().zip(&table[at..])) {
                *word = own ^ kept;
            }
            mix_block(&other, &mut block);
        }
        for (word, bytes) in block.iter().zip(bytes.as_chunks_mut::<4>().0) {
            *bytes = word.to_le_bytes();
        }
    }
    Ok(())
}

/// Section 4: the parts of 64 bytes, each salted by the one before, first the even ones.
fn mix_block(input: &[u32], output: &mut [u32]) {
    let (parts, _) = input.as_chunks::<16>();
    let (mixed, _) = output.as_chunks_mut::<16>();
    let half = parts.len() / 2;
    let mut last = parts[parts.len() - 1];
    for (index, part) in parts.iter().enumerate() {
        for (word, other) in last.iter_mut().zip(part) {
            *word ^= other;
        }
        salsa20_8(&mut last);
        mixed[index / 2 + (index % 2) * half] = last;
    }
}

/// Section 3.
fn salsa20_8(block: &mut [u32; 16]) {
    const fn quarter(words: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
        words[b] ^= words[a].wrapping_add(words[d]).rotate_left(7);
        words[c] ^= words[b].wrapping_add(words[a]).rotate_left(9);
        words[d] ^= words[c].wrapping_add(words[b]).rotate_left(13);
        words[a] ^= words[d].wrapping_add(words[c]).rotate_left(18);
    }
    let mut x = *block;
    for _ in 0..4 {
        quarter(&mut x, 0, 4, 8, 12);
        quarter(&mut x, 5, 9, 13, 1);
        quarter(&mut x, 10, 14, 2, 6);
        quarter(&mut x, 15, 3, 7, 11);
        quarter(&mut x, 0, 1, 2, 3);
        quarter(&mut x, 5, 6, 7, 4);
        quarter(&mut x, 10, 11, 8, 9);
        quarter(&mut x, 15, 12, 13, 14);
    }
    for (word, mixed) in block.iter_mut().zip(x) {
        *word = word.wrapping_add(mixed);
    }
}
