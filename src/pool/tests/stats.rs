//! What remains of an isolate in its pool's numbers.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::pool::stats::Stats;

#[test]
fn an_isolate_given_up_leaves_the_list_with_the_time_of_the_task_that_it_still_runs() {
    let stats = Stats::default();
    stats.born(1);
    let vitals = stats.vitals(1);
    let begun = Instant::now();
    vitals.begin(begun);
    std::thread::sleep(Duration::from_millis(5));
    let before = stats.busy();
    stats.lost(1);
    let after = stats.busy();
    assert!(stats.isolates().is_empty());
    assert!(before >= Duration::from_millis(5) && after >= before);
    assert!(after <= begun.elapsed());
    std::thread::sleep(Duration::from_millis(5));
    assert_eq!(stats.busy(), after, "it is nobody's time any more");
    assert_eq!(stats.isolates_disposed.load(Ordering::Relaxed), 0);
    stats.died(1);
    assert_eq!(stats.isolates_disposed.load(Ordering::Relaxed), 1);
    assert_eq!(stats.busy(), after);
}
