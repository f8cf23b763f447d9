//! Durations, counted by length.

/// Below this each nanosecond has a bucket of its own; above, each doubling has half as many.
const EXACT: u64 = 256;
const PER_DOUBLING: u64 = EXACT / 2;
/// The longest that is told apart, 39 hours: what takes longer counts as this.
const LONGEST: u64 = (1 << 47) - 1;
const BUCKETS: usize = (EXACT + (47 - EXACT.ilog2() as u64) * PER_DOUBLING) as usize;

/// How many durations were about how long, within 0.8 %.
///
/// The buckets are those of a histogram of Node's with two figures, which lib/durations.js makes of them: nothing is
/// rounded twice. Made at the first duration: most of its pages are never touched.
#[derive(Debug, Default)]
pub struct Durations {
    counts: Vec<u64>,
}

impl Durations {
    /// Counts one of so many nanoseconds.
    pub fn record(&mut self, nanoseconds: u64) {
        if self.counts.is_empty() {
            self.counts = vec![0; BUCKETS];
        }
        if let Some(count) = self.counts.get_mut(bucket(nanoseconds)) {
            *count += 1;
        }
    }

    /// Moves what `other` has counted here.
    pub fn absorb(&mut self, other: &mut Self) {
        if self.counts.is_empty() {
            std::mem::swap(self, other);
            return;
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&mut other.counts) {
            *mine += std::mem::take(theirs);
        }
    }

    /// Pairs of nanoseconds (the least of the bucket) and how many, ascending.
    pub fn pairs(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        (0..)
            .zip(&self.counts)
            .filter(|(_, count)| **count > 0)
            .map(|(bucket, count)| (least(bucket), *count))
    }
}

fn bucket(nanoseconds: u64) -> usize {
    let value = nanoseconds.min(LONGEST);
    let index = if value < EXACT {
        value
    } else {
        let shift = u64::from(value.ilog2()) - u64::from(PER_DOUBLING.ilog2());
        EXACT + (shift - 1) * PER_DOUBLING + ((value >> shift) - PER_DOUBLING)
    };
    // Below `BUCKETS`, whatever the value.
    index as usize
}

/// The least value of a bucket.
fn least(bucket: u64) -> u64 {
    if bucket < EXACT {
        return bucket;
    }
    let above = bucket - EXACT;
    let shift = above / PER_DOUBLING + 1;
    (PER_DOUBLING + above % PER_DOUBLING) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_falls_into_the_bucket_that_begins_just_below_it() {
        let mut value = 1_u64;
        while value < LONGEST {
            for near in [value - 1, value, value + 1] {
                let start = least(bucket(near) as u64);
                assert!(start <= near, "{near} in a bucket from {start}");
                assert!(near - start <= near / 128, "{near} is far from {start}");
                assert_eq!(bucket(start), bucket(near));
            }
            value = value * 9 / 8 + 1;
        }
        assert_eq!(bucket(LONGEST), BUCKETS - 1);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        for index in 1..BUCKETS {
            let start = least(index as u64);
            assert_eq!(bucket(start), index);
            assert_eq!(bucket(start - 1), index - 1);
        }
    }

    #[test]
    fn absorbing_leaves_nothing_behind() {
        let mut all = Durations::default();
        let mut one = Durations::default();
        one.record(5);
        one.record(1000);
        all.absorb(&mut one);
        one.record(1000);
        all.absorb(&mut one);
        assert_eq!(all.pairs().collect::<Vec<_>>(), [(5, 1), (1000, 2)]);
        assert_eq!(one.pairs().count(), 0);
    }

    #[test]
    fn nothing_is_counted_before_the_first() {
        assert_eq!(Durations::default().pairs().count(), 0);
    }
}
