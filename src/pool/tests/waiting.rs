use std::sync::Arc;

use super::fixture::task;
use crate::pool::waiting::{OVERTAKEN_AT_MOST, Waiting};
use crate::random::Generator;
use crate::task::Task;

fn pop_all(waiting: &mut Waiting) -> Vec<u64> {
    waiting.drain().iter().map(|task| task.id).collect()
}

#[test]
fn higher_priorities_come_first_and_equal_ones_in_order() {
    let mut waiting = Waiting::default();
    for (id, priority) in [
        (1, 0),
        (2, 5),
        (3, 0),
        (4, 5),
        (5, -1),
        (6, i32::MAX),
        (7, i32::MIN),
    ] {
        waiting.push(task(id, priority));
    }
    assert_eq!(pop_all(&mut waiting), [6, 2, 4, 1, 3, 5, 7]);
    assert_eq!(waiting.len(), 0);
}

#[test]
fn the_one_that_waits_longest_is_overtaken_so_often_and_no_more() {
    let mut waiting = Waiting::default();
    waiting.push(task(0, 0));
    let mut taken = Vec::new();
    for id in 1..=100 {
        waiting.push(task(id, 9));
        taken.extend(waiting.pop().map(|task| task.id));
    }
    let turn = taken.iter().position(|id| *id == 0);
    assert_eq!(turn, Some(OVERTAKEN_AT_MOST as usize));
}

#[test]
fn under_a_flood_of_urgent_tasks_each_other_one_gets_its_turn_in_order() {
    let mut waiting = Waiting::default();
    for id in 0..20 {
        waiting.push(task(id, -3));
    }
    let mut turns = Vec::new();
    for turn in 0..20 * u64::from(OVERTAKEN_AT_MOST + 1) {
        waiting.push(task(1000 + turn, 7));
        turns.extend(waiting.pop().map(|task| task.id).filter(|id| *id < 20));
    }
    assert_eq!(turns, (0..20).collect::<Vec<_>>());
}

#[test]
fn an_urgent_task_overtakes_a_long_queue_however_old_it_is() {
    let mut waiting = Waiting::default();
    for id in 0..10_000 {
        waiting.push(task(id, 0));
    }
    for _ in 0..5_000 {
        waiting.pop();
    }
    waiting.push(task(77_777, 1));
    assert_eq!(waiting.pop().map(|task| task.id), Some(77_777));
}

#[test]
fn a_task_is_removed_from_anywhere_once() {
    let mut waiting = Waiting::default();
    let tasks: Vec<Arc<Task>> = (0..6).map(|id| task(id, (id % 2) as i32)).collect();
    for task in &tasks {
        waiting.push(Arc::clone(task));
    }
    for gone in [0, 3, 5] {
        assert!(waiting.remove(&tasks[gone]));
        assert!(!waiting.remove(&tasks[gone]));
        assert_eq!(Arc::strong_count(&tasks[gone]), 1, "nothing is kept of it");
    }
    assert_eq!(waiting.len(), 3);
    assert_eq!(pop_all(&mut waiting), [1, 2, 4]);
    assert!(!waiting.remove(&tasks[1]));
}

/// The same, written for clarity: everything by search.
#[derive(Default)]
struct Model {
    tasks: Vec<(u64, i32)>,
    overtaken: u32,
}

impl Model {
    fn pop(&mut self) -> Option<u64> {
        let best = self.tasks.iter().map(|(_, priority)| *priority).max()?;
        let first = self
            .tasks
            .iter()
            .position(|(_, priority)| *priority == best)?;
        let at = if self.overtaken >= OVERTAKEN_AT_MOST {
            0
        } else {
            first
        };
        Some(self.take(at, true))
    }

    fn take(&mut self, at: usize, counts: bool) -> u64 {
        if at == 0 {
            self.overtaken = 0;
        } else if counts {
            self.overtaken += 1;
        }
        self.tasks.remove(at).0
    }
}

#[test]
fn it_does_as_a_plain_list_would_whatever_is_pushed_popped_and_removed() {
    for seed in 0..50 {
        let mut random = Generator::new(seed, 0);
        let (mut waiting, mut model) = (Waiting::default(), Model::default());
        let mut known: Vec<Arc<Task>> = Vec::new();
        for id in 0..2_000 {
            let choice = random.uniform();
            if choice < 0.45 {
                let priority = random.between(-2.0, 3.0) as i32;
                let pushed = task(id, priority);
                known.push(Arc::clone(&pushed));
                waiting.push(pushed);
                model.tasks.push((id, priority));
            } else if choice < 0.85 {
                assert_eq!(waiting.pop().map(|task| task.id), model.pop());
            } else if !known.is_empty() {
                let picked = &known[random.between(0.0, known.len() as f64) as usize];
                let at = model.tasks.iter().position(|(id, _)| *id == picked.id);
                assert_eq!(waiting.remove(picked), at.is_some());
                at.map(|at| model.take(at, false));
            }
            assert_eq!(waiting.len(), model.tasks.len());
        }
        let rest: Vec<u64> = std::iter::from_fn(|| model.pop()).collect();
        assert_eq!(pop_all(&mut waiting), rest);
    }
}

/// Steps that depend on the number of tasks would show: a hundred times as many take far more than
/// a hundred times as long. Compared with itself, and generously: machines are noisy.
#[test]
fn a_hundred_thousand_tasks_cost_no_more_each_than_a_thousand() {
    fn round(count: u64, priorities: u64) -> f64 {
        let tasks: Vec<Arc<Task>> = (0..count)
            .map(|id| task(id, (id % priorities) as i32))
            .collect();
        let began = std::time::Instant::now();
        let mut waiting = Waiting::default();
        for task in &tasks {
            waiting.push(Arc::clone(task));
        }
        for task in tasks.iter().step_by(3) {
            waiting.remove(task);
        }
        while waiting.pop().is_some() {}
        began.elapsed().as_secs_f64() / count as f64
    }
    for priorities in [1, 7, 100_000] {
        let best = |count| {
            (0..5)
                .map(|_| round(count, priorities))
                .fold(f64::INFINITY, f64::min)
        };
        let (few, many) = (best(1_000), best(100_000));
        assert!(
            many < 30.0 * few,
            "{priorities} priorities: {few} s, then {many} s a task"
        );
    }
}
