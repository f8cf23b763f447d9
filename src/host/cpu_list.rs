//! Lists of CPUs: `0-3,8,10-11`.

const MOST_RANGES: usize = 8192;

/// Ascending ranges that do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuList(Vec<(u32, u32)>);

/// `None` when the text is no list. An empty text is the empty list.
pub fn parse(text: &str) -> Option<CpuList> {
    let text = text.trim();
    if text.is_empty() {
        return Some(CpuList(Vec::new()));
    }
    // Beyond the CPUs that Linux can have it is no list of the kernel's, and comparing two would take long.
    let mut ranges = text
        .split(',')
        .take(MOST_RANGES + 1)
        .map(parse_range)
        .collect::<Option<Vec<_>>>()
        .filter(|ranges| ranges.len() <= MOST_RANGES)?;
    ranges.sort_unstable();
    // Overlapping ones would be counted twice.
    let disjoint = ranges.windows(2).all(|pair| pair[0].1 < pair[1].0);
    disjoint.then_some(CpuList(ranges))
}

fn parse_range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

impl CpuList {
    /// How many CPUs are on it.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|range| size(*range)).sum()
    }

    /// How many CPUs are on both.
    pub fn count_common(&self, other: &Self) -> u64 {
        let pairs = self
            .0
            .iter()
            .flat_map(|one| other.0.iter().map(move |two| (one, two)));
        pairs
            .map(|(one, two)| (one.0.max(two.0), one.1.min(two.1)))
            .filter(|(first, last)| first <= last)
            .map(size)
            .sum()
    }

    /// The numbers, at most `most` of them.
    pub fn numbers(&self, most: usize) -> impl Iterator<Item = u32> {
        self.0
            .iter()
            .flat_map(|(first, last)| *first..=*last)
            .take(most)
    }
}

fn size((first, last): (u32, u32)) -> u64 {
    u64::from(last) - u64::from(first) + 1
}
