//! Random numbers that are the same on every machine and in every run.

/// xoshiro256++ (Blackman and Vigna), seeded by splitmix64. Not for secrets.
#[derive(Clone, Debug)]
pub struct Generator {
    state: [u64; 4],
}

impl Generator {
    /// The generator number `index` of `seed`; those of different indexes have nothing in common.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut mixer = seed ^ splitmix64(&mut index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self {
            state: [(); 4].map(|()| splitmix64(&mut mixer)),
        }
    }

    /// Uniform on [0, 1), in steps of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (-53f64).exp2()
    }

    /// Uniform from `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -(-self.uniform()).ln_1p()
    }

    /// Poisson with the given mean.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        /// From here the normal distribution is within what a histogram's counts can tell.
        const NORMAL_FROM: f64 = 64.0;
        if mean >= NORMAL_FROM {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        // Arrivals of a Poisson process of rate 1 before `mean`.
        let mut count = 0.0;
        let mut time = self.exponential();
        while time < mean {
            count += 1.0;
            time += self.exponential();
        }
        count
    }

    /// Normal with mean 0 and variance 1 (Box–Muller; the second of the pair is not kept).
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }
}

fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Folds a word into a hash: for seeds that depend on an input.
pub fn fold(hash: u64, word: u64) -> u64 {
    splitmix64(&mut (hash ^ word))
}
