//! Durations counted in buckets whose width grows with them: 64 to each doubling.

const SUB_BITS: u32 = 6;
const SUB_BUCKETS: u64 = 1 << SUB_BITS;
/// 2^42 ns are 73 minutes; anything longer counts as that.
const LONGEST: u64 = (1 << 42) - 1;

/// How many buckets there are.
pub const BUCKETS: usize = bucket(LONGEST) + 1;

/// Where a duration is counted. Below 64 ns each has its own bucket; above, a bucket is at most
/// 1/64 of its durations wide, so its midpoint is less than 0.8 % from each of them.
const fn bucket(nanoseconds: u64) -> usize {
    let value = if nanoseconds > LONGEST {
        LONGEST
    } else {
        nanoseconds
    };
    if value < SUB_BUCKETS {
        return value as usize;
    }
    let shift = value.ilog2() - SUB_BITS;
    (shift as u64 * SUB_BUCKETS + (value >> shift)) as usize
}

/// The middle of a bucket, in nanoseconds.
pub fn midpoint(index: usize) -> f64 {
    let index = index as u64;
    if index < 2 * SUB_BUCKETS {
        return index as f64;
    }
    let shift = index / SUB_BUCKETS - 1;
    let lowest = (index - shift * SUB_BUCKETS) << shift;
    lowest as f64 + ((1_u64 << shift) - 1) as f64 / 2.0
}

/// Counts of durations.
pub struct Histogram {
    counts: Box<[u64]>,
}

impl Histogram {
    pub fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS].into_boxed_slice(),
        }
    }

    pub fn record(&mut self, nanoseconds: u64) {
        self.counts[bucket(nanoseconds)] += 1;
    }

    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}
