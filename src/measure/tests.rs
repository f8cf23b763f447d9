use super::{BUCKETS, Turns, midpoint};

const MILLISECOND: u64 = 1_000_000;

/// The midpoint of the one bucket that a turn of this length is counted in.
fn counted_as(nanoseconds: u64) -> f64 {
    let mut turns = Turns::new();
    turns.resume(7, 0);
    turns.turned(7 + nanoseconds, 0);
    let filled: Vec<usize> = (0..BUCKETS).filter(|&at| turns.counts()[at] > 0).collect();
    assert_eq!(filled.len(), 1);
    assert_eq!(turns.counts()[filled[0]], 1);
    midpoint(filled[0])
}

#[test]
fn durations_are_counted_within_one_per_cent() {
    for exponent in 0..42 {
        for eighth in 0..8 {
            let value = (1_u64 << exponent) + ((1_u64 << exponent) * eighth) / 8;
            let error = (counted_as(value) - value as f64).abs() / value as f64;
            assert!(error < 0.008, "{value} ns: {error}");
        }
    }
}

#[test]
fn midpoints_ascend() {
    for at in 1..BUCKETS {
        assert!(midpoint(at) > midpoint(at - 1), "bucket {at}");
    }
}

#[test]
fn what_is_longer_than_an_hour_is_in_the_last_bucket() {
    assert!((counted_as(u64::MAX / 2) - midpoint(BUCKETS - 1)).abs() < f64::EPSILON);
}

#[test]
fn waiting_in_poll_is_not_busy() {
    let mut turns = Turns::new();
    turns.resume(0, 5 * MILLISECOND);
    turns.turned(30 * MILLISECOND, 27 * MILLISECOND);
    assert_eq!(turns.busy(), 8 * MILLISECOND);
    turns.turned(40 * MILLISECOND, 37 * MILLISECOND);
    assert_eq!(turns.busy(), 8 * MILLISECOND);
}

#[test]
fn a_pause_is_no_turn() {
    let mut turns = Turns::new();
    turns.resume(0, 0);
    turns.turned(MILLISECOND, 0);
    turns.resume(1000 * MILLISECOND, 0);
    turns.turned(1002 * MILLISECOND, 0);
    assert_eq!(turns.busy(), 3 * MILLISECOND);
    assert_eq!(turns.counts().iter().sum::<u64>(), 2);
}

#[test]
fn a_clock_that_goes_backwards_counts_as_nothing() {
    let mut turns = Turns::new();
    turns.resume(10, 10);
    turns.turned(5, 20);
    assert_eq!(turns.busy(), 0);
}

#[test]
fn collections_add_up() {
    let mut turns = Turns::new();
    turns.collected(false, 5);
    turns.collected(true, 7);
    assert_eq!((turns.pauses(), turns.full_collections()), (12, 1));
}
