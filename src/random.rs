//! A small generator of pseudo-random numbers: the same seed gives the same numbers everywhere.

/// `SplitMix64` (Steele, Lea and Flood 2014): one 64-bit word of state, which passes `BigCrush`.
#[derive(Clone, Copy, Debug)]
pub struct Random(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Every seed is a good one.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// From 0 to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        const BITS: u32 = f64::MANTISSA_DIGITS;
        (self.bits() >> (64 - BITS)) as f64 / (1_u64 << BITS) as f64
    }

    /// From `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// Folds a word into a hash: for seeds that depend on an input.
pub const fn fold(hash: u64, word: u64) -> u64 {
    mix(hash.wrapping_add(GAMMA) ^ word)
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
