use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fixture::task;
use crate::pool::queue::{Errand, Pushed, Queue};

fn ids(queue: &Queue) -> Vec<u64> {
    std::iter::from_fn(|| queue.next().map(|task| task.id)).collect()
}

#[test]
fn a_runner_is_sent_for_each_thread_and_no_more() {
    let queue = Queue::new(2, None);
    assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
    assert_eq!(queue.push(task(2, 0)), Pushed::SendRunner);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    while let Some(task) = queue.next_or_retire() {
        queue.done(&task);
    }
    assert!(queue.next_or_retire().is_none(), "the other one retires");
    assert_eq!(queue.push(task(4, 0)), Pushed::SendRunner);
}

#[test]
fn none_is_sent_while_one_that_is_out_will_look() {
    let queue = Queue::new(4, None);
    assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
    let first = queue.next_or_retire().expect("a task waits");
    queue.done(&first);
    // It is through with its task and looks for the next.
    assert_eq!(queue.push(task(2, 0)), Pushed::Queued);
    assert_eq!(queue.push(task(3, 0)), Pushed::SendRunner);
    assert!(queue.next().is_some());
    assert!(queue.next_or_retire().is_some());
    assert_eq!(queue.push(task(4, 0)), Pushed::SendRunner);
}

#[test]
fn none_is_counted_on_while_it_is_away() {
    let queue = Queue::new(2, None);
    queue.add_runner(Errand::Away);
    assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
    assert_eq!(queue.push(task(2, 0)), Pushed::Queued);
    queue.back();
    assert_eq!(ids(&queue), [1, 2]);
}

#[test]
fn one_that_prepares_is_counted_on() {
    let queue = Queue::new(3, None);
    queue.add_runner(Errand::Looking);
    assert_eq!(queue.push(task(1, 0)), Pushed::Queued);
    assert_eq!(queue.push(task(2, 0)), Pushed::SendRunner);
}

#[test]
fn only_tasks_beyond_the_free_threads_count_as_waiting() {
    let queue = Queue::new(1, Some(2));
    for id in 1..=3 {
        assert!(matches!(
            queue.push(task(id, 0)),
            Pushed::SendRunner | Pushed::Queued
        ));
    }
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.push(task(4, 0)), Pushed::Full);
    let running = queue.next_or_retire().expect("a task waits");
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.push(task(5, 0)), Pushed::Full);
    queue.done(&running);
    assert_eq!(queue.push(task(6, 0)), Pushed::Queued);
}

#[test]
fn a_task_that_is_being_stopped_leaves_its_place_at_once_and_once() {
    let queue = Queue::new(1, Some(0));
    queue.push(task(1, 0));
    let running = queue.next_or_retire().expect("a task waits");
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
    let queue = Queue::new(1, Some(1));
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
    let queue = Queue::new(1, None);
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
    let queue = Queue::new(1, None);
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
    let queue = Queue::new(1, None);
    queue.push(task(1, 0));
    queue.close();
    assert_eq!(queue.push(task(2, 0)), Pushed::Closed);
    assert_eq!(queue.would_refuse(), Some(Pushed::Closed));
    assert_eq!(ids(&queue), [1]);
}

#[test]
fn settling_all_takes_them_in_order_and_leaves_what_runs() {
    let queue = Queue::new(1, None);
    for (id, priority) in [(1, 0), (2, 0), (3, 1)] {
        queue.push(task(id, priority));
    }
    assert_eq!(queue.next_or_retire().map(|task| task.id), Some(3));
    let settled: Vec<u64> = queue.settle_all().iter().map(|task| task.id).collect();
    assert_eq!(settled, [1, 2]);
    assert_eq!(queue.working(), 1);
    assert!(queue.next().is_none());
}

#[test]
fn the_place_of_a_runner_that_is_given_up_is_free_at_once() {
    let queue = Queue::new(1, Some(0));
    let lost = task(1, 0);
    assert_eq!(queue.push(Arc::clone(&lost)), Pushed::SendRunner);
    assert!(queue.next_or_retire().is_some());
    queue.give_up(&lost);
    assert!(!queue.write_off(Some(&lost)), "nothing waits");
    assert!(queue.is_idle());
    let lost = task(2, 0);
    assert_eq!(queue.push(Arc::clone(&lost)), Pushed::SendRunner);
    assert!(queue.next_or_retire().is_some());
    assert_eq!(queue.push(task(3, 0)), Pushed::Full);
    queue.give_up(&lost);
    assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
    assert!(
        queue.write_off(Some(&lost)),
        "task 3 waits and nobody else is out"
    );
    let next = queue.next_or_retire().expect("task 3 waits");
    assert_eq!(next.id, 3);
    queue.done(&next);
    assert!(queue.next_or_retire().is_none());
    assert_eq!((queue.working(), queue.runners()), (0, 0));
}

#[test]
fn a_task_that_is_put_back_is_the_next_and_only_where_another_runner_is_out() {
    let queue = Queue::new(2, None);
    for id in 1..=3 {
        queue.push(task(id, 0));
    }
    let first = queue.next_or_retire().expect("three wait");
    let second = queue.next_or_retire().expect("two wait");
    assert!(queue.put_back(&first));
    assert!(!queue.put_back(&second), "the last runner keeps its task");
    queue.done(&second);
    assert_eq!(ids(&queue), [1, 3]);
}

#[test]
fn a_task_that_was_settled_meanwhile_is_not_put_back() {
    let queue = Queue::new(2, None);
    queue.push(task(1, 0));
    queue.push(task(2, 0));
    let first = queue.next_or_retire().expect("two wait");
    assert!(first.settle_running());
    assert!(queue.put_back(&first));
    assert_eq!(ids(&queue), [2]);
}

/// Runners as the pool has them, on threads of their own: every task is taken, whatever the timing.
#[test]
fn no_task_is_left_behind() {
    const TASKS: u64 = 20_000;
    let queue = Queue::new(3, None);
    let taken = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for id in 0..TASKS {
            if queue.push(task(id, (id % 5) as i32)) == Pushed::SendRunner {
                threads.spawn(|| {
                    while let Some(task) = queue.next_or_retire() {
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
