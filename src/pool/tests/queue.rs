use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fixture::task;
use crate::pool::queue::{Errand, Poke, Pushed, Queue, Wait, Work};
use crate::task::Task;

fn queue(runners: usize, waiting: Option<usize>) -> Queue<u64> {
    Queue::new(runners, waiting, 0)
}

/// The task that a runner is to begin; none when it is to retire.
fn next_or_retire(queue: &Queue<u64>) -> Option<Arc<Task>> {
    queue.next_or_retire().map(|work| match work {
        Work::Begin(task) => task,
        Work::Resume(_) => unreachable!("nothing is set aside"),
    })
}

fn ids(queue: &Queue<u64>) -> Vec<u64> {
    std::iter::from_fn(|| queue.next().map(|task| task.id)).collect()
}

#[test]
fn a_runner_is_sent_for_each_thread_and_no_more() {
    let queue = queue(2, None);
    assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
    assert_eq!(queue.push(task(2, 0)), Pushed::SendRunner);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    while let Some(task) = next_or_retire(&queue) {
        queue.done(&task);
    }
    assert!(next_or_retire(&queue).is_none(), "the other one retires");
    assert_eq!(queue.push(task(4, 0)), Pushed::SendRunner);
}

#[test]
fn none_is_sent_while_one_that_is_out_will_look() {
    let queue = queue(4, None);
    assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
    let first = next_or_retire(&queue).expect("a task waits");
    queue.done(&first);
    // It is through with its task and looks for the next.
    assert_eq!(queue.push(task(2, 0)), Pushed::Queued);
    assert_eq!(queue.push(task(3, 0)), Pushed::SendRunner);
    assert!(queue.next().is_some());
    assert!(next_or_retire(&queue).is_some());
    assert_eq!(queue.push(task(4, 0)), Pushed::SendRunner);
}

#[test]
fn none_is_counted_on_while_it_is_away() {
    let queue = queue(2, None);
    queue.add_runner(Errand::Away);
    assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
    assert_eq!(queue.push(task(2, 0)), Pushed::Queued);
    queue.back();
    assert_eq!(ids(&queue), [1, 2]);
}

#[test]
fn one_that_prepares_is_counted_on() {
    let queue = queue(3, None);
    queue.add_runner(Errand::Looking);
    assert_eq!(queue.push(task(1, 0)), Pushed::Queued);
    assert_eq!(queue.push(task(2, 0)), Pushed::SendRunner);
}

#[test]
fn only_tasks_beyond_the_free_threads_count_as_waiting() {
    let queue = queue(1, Some(2));
    for id in 1..=3 {
        assert!(matches!(
            queue.push(task(id, 0)),
            Pushed::SendRunner | Pushed::Queued
        ));
    }
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.push(task(4, 0)), Pushed::Full);
    let running = next_or_retire(&queue).expect("a task waits");
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.push(task(5, 0)), Pushed::Full);
    queue.done(&running);
    assert_eq!(queue.push(task(6, 0)), Pushed::Queued);
}

#[test]
fn a_task_that_is_being_stopped_leaves_its_place_at_once_and_once() {
    let queue = queue(1, Some(0));
    queue.push(task(1, 0));
    let running = next_or_retire(&queue).expect("a task waits");
    assert_eq!(queue.push(task(2, 0)), Pushed::Full);
    queue.give_up(&running);
    queue.give_up(&running);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    assert_eq!(queue.len(), 0);
    assert_eq!(queue.push(task(4, 0)), Pushed::Full);
    queue.done(&running);
    assert_eq!(queue.push(task(5, 0)), Pushed::Full, "the place is taken");
    let next = queue.next().expect("a task waits");
    queue.done(&next);
    queue.give_up(&next);
    assert_eq!(
        queue.push(task(6, 0)),
        Pushed::Queued,
        "too late to change anything"
    );
    assert_eq!(queue.push(task(7, 0)), Pushed::Full);
}

#[test]
fn a_cancelled_task_is_never_taken_and_frees_its_place() {
    let queue = queue(1, Some(1));
    let (first, second) = (task(1, 0), task(2, 0));
    queue.push(Arc::clone(&first));
    queue.push(Arc::clone(&second));
    assert_eq!(queue.push(task(3, 0)), Pushed::Full);
    assert!(second.settle_queued());
    queue.forget(&second);
    queue.forget(&second);
    assert_eq!(queue.push(task(4, 0)), Pushed::Queued);
    assert_eq!(ids(&queue), [1, 4]);
}

#[test]
fn a_task_settled_but_not_yet_forgotten_is_passed_over() {
    let queue = queue(1, None);
    let gone = task(1, 0);
    queue.push(Arc::clone(&gone));
    queue.push(task(2, 0));
    assert!(gone.settle_queued());
    assert_eq!(ids(&queue), [2]);
    queue.forget(&gone);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    assert_eq!(ids(&queue), [3]);
}

#[test]
fn cancelled_tasks_leave_nothing_behind() {
    let queue = queue(1, None);
    queue.push(task(0, 0));
    for id in 1..=10_000 {
        let gone = task(id, 0);
        queue.push(Arc::clone(&gone));
        assert!(gone.settle_queued());
        queue.forget(&gone);
        assert_eq!(Arc::strong_count(&gone), 1);
    }
    assert_eq!(ids(&queue), [0]);
}

#[test]
fn a_closed_queue_refuses_and_keeps_what_it_has() {
    let queue = queue(1, None);
    queue.push(task(1, 0));
    queue.close();
    assert_eq!(queue.push(task(2, 0)), Pushed::Closed);
    assert_eq!(queue.would_refuse(), Some(Pushed::Closed));
    assert_eq!(ids(&queue), [1]);
}

#[test]
fn settling_all_takes_them_in_order_and_leaves_what_runs() {
    let queue = queue(1, None);
    for (id, priority) in [(1, 0), (2, 0), (3, 1)] {
        queue.push(task(id, priority));
    }
    assert_eq!(next_or_retire(&queue).map(|task| task.id), Some(3));
    let settled: Vec<u64> = queue.settle_all().iter().map(|task| task.id).collect();
    assert_eq!(settled, [1, 2]);
    assert_eq!(queue.under_way().0, 1);
    assert!(queue.next().is_none());
}

#[test]
fn the_place_of_a_runner_that_is_given_up_is_free_at_once() {
    let queue = queue(1, Some(0));
    let lost = task(1, 0);
    assert_eq!(queue.push(Arc::clone(&lost)), Pushed::SendRunner);
    assert!(next_or_retire(&queue).is_some());
    queue.give_up(&lost);
    assert!(!queue.write_off(Some(&lost)), "nothing waits");
    assert!(queue.is_idle());
    let lost = task(2, 0);
    assert_eq!(queue.push(Arc::clone(&lost)), Pushed::SendRunner);
    assert!(next_or_retire(&queue).is_some());
    assert_eq!(queue.push(task(3, 0)), Pushed::Full);
    queue.give_up(&lost);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    assert!(
        queue.write_off(Some(&lost)),
        "task 3 waits and nobody else is out"
    );
    let next = next_or_retire(&queue).expect("task 3 waits");
    assert_eq!(next.id, 3);
    queue.done(&next);
    assert!(next_or_retire(&queue).is_none());
    assert_eq!((queue.under_way().0, queue.runners()), (0, 0));
}

#[test]
fn a_task_that_is_put_back_is_the_next_and_only_where_another_runner_is_out() {
    let queue = queue(2, None);
    for id in 1..=3 {
        queue.push(task(id, 0));
    }
    let first = next_or_retire(&queue).expect("three wait");
    let second = next_or_retire(&queue).expect("two wait");
    assert!(queue.put_back(&first, false));
    assert!(
        !queue.put_back(&second, false),
        "the last runner keeps its task"
    );
    queue.done(&second);
    assert_eq!(ids(&queue), [1, 3]);
}

#[test]
fn a_task_that_was_settled_meanwhile_is_not_put_back() {
    let queue = queue(2, None);
    queue.push(task(1, 0));
    queue.push(task(2, 0));
    let first = next_or_retire(&queue).expect("two wait");
    assert!(first.settle_running());
    assert!(queue.put_back(&first, false));
    assert_eq!(ids(&queue), [2]);
}

/// Runners as the pool has them, on threads of their own: every task is taken, whatever the timing.
#[test]
fn no_task_is_left_behind() {
    const TASKS: u64 = 20_000;
    let queue = queue(3, None);
    let taken = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for id in 0..TASKS {
            if queue.push(task(id, (id % 5) as i32)) == Pushed::SendRunner {
                threads.spawn(|| {
                    while let Some(task) = next_or_retire(&queue) {
                        taken.fetch_add(1, Ordering::Relaxed);
                        queue.done(&task);
                    }
                });
            }
        }
    });
    assert_eq!(taken.load(Ordering::Relaxed) as u64, TASKS);
    assert!(queue.is_idle());
}

/// Counts how often a runner that waits with its task was woken.
#[derive(Default)]
struct Pokes(AtomicUsize);

impl Poke for Pokes {
    fn poke(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A queue of one runner, which waits with task 1.
fn holding(max_asides: usize) -> (Queue<u64>, Arc<Task>, Arc<Pokes>) {
    let queue = Queue::new(1, None, max_asides);
    let first = task(1, 0);
    assert_eq!(queue.push(Arc::clone(&first)), Pushed::SendRunner);
    assert!(next_or_retire(&queue).is_some());
    let pokes = Arc::new(Pokes::default());
    let wakes = Arc::clone(&pokes) as Arc<dyn Poke>;
    assert_eq!(queue.wait_or_set_aside(&first, wakes), Wait::Hold);
    (queue, first, pokes)
}

#[test]
fn a_runner_that_waits_is_woken_for_a_task_that_finds_no_other_and_sets_its_own_aside() {
    let (queue, first, pokes) = holding(1);
    assert_eq!(queue.push(task(2, 0)), Pushed::Queued);
    assert_eq!(pokes.0.load(Ordering::Relaxed), 1);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    assert_eq!(pokes.0.load(Ordering::Relaxed), 1, "woken once");
    queue.held(&first);
    let wakes = Arc::clone(&pokes) as Arc<dyn Poke>;
    assert_eq!(queue.wait_or_set_aside(&first, wakes), Wait::SetAside);
    queue.set_aside(&first, 70, 7, |_| {});
    assert_eq!(queue.under_way(), (0, 1));
    let second = next_or_retire(&queue).expect("task 2 waits");
    assert_eq!(second.id, 2);
    // What can go on goes before task 3, and makes a runner look for it.
    assert!(!queue.make_ready(70), "the one runner is out");
    assert!(queue.next().is_none(), "it needs another isolate");
    queue.done(&second);
    assert!(matches!(queue.next_or_retire(), Some(Work::Resume(7))));
    queue.seat(&first);
    queue.done(&first);
    assert_eq!(ids(&queue), [3]);
}

#[test]
fn where_no_more_may_be_set_aside_nobody_is_woken_until_a_place_is_free() {
    let (queue, first, pokes) = holding(0);
    queue.push(task(2, 0));
    assert_eq!(pokes.0.load(Ordering::Relaxed), 0);
    assert_eq!(queue.len(), 1, "it waits for a thread");
    queue.held(&first);
}

#[test]
fn a_runner_is_sent_for_what_can_go_on_when_none_is_out() {
    let queue = Queue::new(1, None, 1);
    let first = task(1, 0);
    queue.push(Arc::clone(&first));
    queue.push(task(2, 0));
    assert!(next_or_retire(&queue).is_some());
    let wakes = Arc::new(Pokes::default()) as Arc<dyn Poke>;
    assert_eq!(queue.wait_or_set_aside(&first, wakes), Wait::SetAside);
    queue.set_aside(&first, 70, 7, |_| {});
    let second = next_or_retire(&queue).expect("task 2 waits");
    queue.done(&second);
    assert!(queue.next_or_retire().is_none());
    assert!(!queue.is_idle(), "one is set aside");
    assert!(queue.make_ready(70), "a runner must be sent");
    assert!(!queue.make_ready(70), "it may go on already");
    assert!(matches!(queue.take_aside(&first), Some((7, true))));
    assert!(queue.take_aside(&first).is_none());
    assert!(queue.next_or_retire().is_none());
    assert!(queue.is_idle());
}

#[test]
fn tasks_that_wait_again_and_again_let_others_begin() {
    let queue = Queue::new(1, None, 1);
    let first = task(1, 0);
    queue.push(Arc::clone(&first));
    queue.push(task(2, 0));
    assert!(next_or_retire(&queue).is_some());
    let mut went_on = 0;
    loop {
        let wakes = Arc::new(Pokes::default()) as Arc<dyn Poke>;
        assert_eq!(queue.wait_or_set_aside(&first, wakes), Wait::SetAside);
        queue.set_aside(&first, 70, 7, |_| {});
        queue.make_ready(70);
        match queue.next_or_retire() {
            Some(Work::Resume(_)) => went_on += 1,
            Some(Work::Begin(task)) => {
                assert_eq!(task.id, 2);
                break;
            }
            None => unreachable!("both wait"),
        }
        queue.seat(&first);
    }
    assert_eq!(went_on, 32);
}
