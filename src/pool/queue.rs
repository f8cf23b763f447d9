//! Tasks that wait, and the threads that were sent to take them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::task::Task;

/// A priority queue, first in first out within a priority, that also counts the runners: the jobs
/// given to Rayon which take tasks until none is left.
///
/// Both live under one lock, so a task is never left behind: `push` sees whether a runner will look
/// again, `next_or_retire` gives up only when there is nothing to take.
#[derive(Debug)]
pub struct Queue {
    /// Runners at the same time, and so tasks.
    max_runners: usize,
    /// Tasks that may wait; `None` is no limit.
    max_waiting: Option<usize>,
    inner: Mutex<Inner>,
    /// Whether a task may wait: a look without the lock.
    pushed: AtomicBool,
    /// Signalled when the last runner retires.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: BTreeMap<Reverse<i32>, VecDeque<Arc<Task>>>,
    /// Tasks in `waiting` that nobody has settled.
    live: usize,
    /// Settled tasks in `waiting`, skipped when their turn comes.
    dead: usize,
    runners: usize,
    /// Runners that have a task in hand.
    working: usize,
    /// Runners that will look once more before they leave their isolate.
    lingering: usize,
    open: bool,
}

/// What `push` did.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Queued, and a new runner must be sent.
    SendRunner,
    /// Queued; the runners that are out will find it.
    Queued,
    /// Refused: as many tasks wait as may.
    Full,
    /// Refused: the pool takes no more tasks.
    Closed,
}

/// How often a runner looks again before it leaves its isolate.
const LOOKS: u32 = 40;

/// So many settled tasks may stay in the queue before it is swept.
const SWEEP_AT: usize = 1024;

impl Queue {
    /// An empty queue that takes tasks.
    pub fn new(max_runners: usize, max_waiting: Option<usize>) -> Self {
        Self {
            max_runners,
            max_waiting,
            pushed: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                open: true,
                ..Inner::default()
            }),
            idle: Condvar::new(),
        }
    }

    /// Queues a task, unless the queue is full or closed.
    pub fn push(&self, task: Arc<Task>) -> Pushed {
        let mut inner = self.lock();
        if let Some(refused) = self.refusal(&inner) {
            return refused;
        }
        inner
            .waiting
            .entry(Reverse(task.priority))
            .or_default()
            .push_back(task);
        inner.live += 1;
        self.pushed.store(true, Ordering::Relaxed);
        if inner.runners < self.max_runners && inner.live > inner.lingering {
            inner.runners += 1;
            Pushed::SendRunner
        } else {
            Pushed::Queued
        }
    }

    /// Whether a task would be refused now: a look ahead, before its arguments are touched.
    pub fn would_refuse(&self) -> Option<Pushed> {
        self.refusal(&self.lock())
    }

    /// A runner is through with its task.
    pub fn done(&self) {
        self.lock().working -= 1;
    }

    /// A runner that could not begin its task puts it back, first in its line, and retires. `false`:
    /// no other runner is out that would take it, so this one must see to it itself.
    pub fn put_back(&self, task: &Arc<Task>) -> bool {
        let mut inner = self.lock();
        if inner.runners < 2 {
            return false;
        }
        inner.runners -= 1;
        inner.working -= 1;
        // Settled meanwhile: whoever did that has told the caller.
        if task.unclaim() {
            inner
                .waiting
                .entry(Reverse(task.priority))
                .or_default()
                .push_front(Arc::clone(task));
            inner.live += 1;
            self.pushed.store(true, Ordering::Relaxed);
        }
        true
    }

    /// A runner is given up, `working` or not: it will neither say `done` nor retire. Returns whether
    /// another must be sent in its place.
    pub fn write_off(&self, working: bool) -> bool {
        let mut inner = self.lock();
        inner.runners -= 1;
        inner.working -= usize::from(working);
        if inner.live > 0 {
            inner.runners += 1;
            return true;
        }
        if inner.runners == 0 {
            self.idle.notify_all();
        }
        false
    }

    /// Runners that are out.
    pub fn runners(&self) -> usize {
        self.lock().runners
    }

    /// The next task, already claimed. The runner must say `done` for each task that it took.
    pub fn next(&self) -> Option<Arc<Task>> {
        self.take(&mut self.lock())
    }

    /// The next task, or the end of this runner: after `None` it must not look again.
    pub fn next_or_retire(&self) -> Option<Arc<Task>> {
        let mut inner = self.lock();
        let task = self.take(&mut inner);
        if task.is_none() {
            inner.runners -= 1;
            if inner.runners == 0 {
                self.idle.notify_all();
            }
        }
        task
    }

    /// Looks for a next task a little longer: a caller that awaits one result before it makes the
    /// next call comes back within microseconds, and finding the isolate still entered saves it a
    /// wake-up. Yields each time, so that on a single core the caller gets to run.
    pub fn linger(&self) -> Option<Arc<Task>> {
        self.lock().lingering += 1;
        for _ in 0..LOOKS {
            if self.pushed.load(Ordering::Relaxed) {
                break;
            }
            std::thread::yield_now();
        }
        // Whoever pushed meanwhile may have counted on this last look.
        let mut inner = self.lock();
        inner.lingering -= 1;
        self.take(&mut inner)
    }

    /// Counts a runner that was sent for something else than a task.
    pub fn add_runner(&self) {
        self.lock().runners += 1;
    }

    /// A queued task was settled where it stands.
    pub fn forget(&self) {
        let mut inner = self.lock();
        inner.live -= 1;
        inner.dead += 1;
        if inner.dead > SWEEP_AT && inner.dead > inner.live {
            for tasks in inner.waiting.values_mut() {
                tasks.retain(|task| task.is_queued());
            }
            inner.dead = 0;
        }
    }

    /// Takes no more tasks. Those that wait stay.
    pub fn close(&self) {
        self.lock().open = false;
    }

    /// Settles every task that waits, in order, and returns them.
    pub fn settle_all(&self) -> Vec<Arc<Task>> {
        let mut inner = self.lock();
        let waiting = std::mem::take(&mut inner.waiting);
        inner.live = 0;
        inner.dead = 0;
        waiting
            .into_values()
            .flatten()
            .filter(|task| task.settle_queued())
            .collect()
    }

    /// Runners that have a task in hand.
    pub fn working(&self) -> usize {
        self.lock().working
    }

    /// Tasks that wait for a thread to become free. One that a thread is on its way to does not.
    pub fn len(&self) -> usize {
        let inner = self.lock();
        inner
            .live
            .saturating_sub(self.max_runners.saturating_sub(inner.working))
    }

    /// Whether nothing waits and no runner is out.
    pub fn is_idle(&self) -> bool {
        let inner = self.lock();
        inner.live == 0 && inner.runners == 0
    }

    /// Waits until no runner is out. `false`: one still was at the deadline.
    pub fn wait_idle(&self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        let mut inner = self.lock();
        while inner.runners > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            inner = self
                .idle
                .wait_timeout(inner, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    fn take(&self, inner: &mut Inner) -> Option<Arc<Task>> {
        let task = take(inner);
        self.pushed.store(inner.live > 0, Ordering::Relaxed);
        task
    }

    fn refusal(&self, inner: &Inner) -> Option<Pushed> {
        if !inner.open {
            return Some(Pushed::Closed);
        }
        let taken_at_once = self.max_runners.saturating_sub(inner.working);
        match self.max_waiting {
            Some(most) if inner.live >= most.saturating_add(taken_at_once) => Some(Pushed::Full),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(inner: &mut Inner) -> Option<Arc<Task>> {
    while let Some(mut tasks) = inner.waiting.first_entry() {
        let task = tasks.get_mut().pop_front();
        if tasks.get().is_empty() {
            tasks.remove();
        }
        let Some(task) = task else { continue };
        // Claimed under the lock: `live` counts exactly the tasks that wait.
        if task.claim() {
            inner.live -= 1;
            inner.working += 1;
            return Some(task);
        }
        inner.dead = inner.dead.saturating_sub(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolate::{FunctionSpec, Source};

    fn task(id: u64, priority: i32) -> Arc<Task> {
        let source = Source {
            prefix: String::new(),
            body: String::new(),
            suffix: String::new(),
            resource: String::new(),
            line: 0,
            column: 0,
        };
        let function = Arc::new(FunctionSpec {
            id,
            name: String::new(),
            source,
            context: None,
        });
        Arc::new(Task::new(id, function, None, priority, None, false))
    }

    fn ids(queue: &Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.next().map(|task| task.id)).collect()
    }

    #[test]
    fn higher_priorities_come_first_and_equal_ones_in_order() {
        let queue = Queue::new(1, None);
        for (id, priority) in [(1, 0), (2, 5), (3, 0), (4, 5), (5, -1)] {
            queue.push(task(id, priority));
        }
        assert_eq!(ids(&queue), [2, 4, 1, 3, 5]);
    }

    #[test]
    fn a_runner_is_sent_for_each_thread_and_no_more() {
        let queue = Queue::new(2, None);
        assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
        assert_eq!(queue.push(task(2, 0)), Pushed::SendRunner);
        assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
        for _ in 0..3 {
            assert!(queue.next_or_retire().is_some());
            queue.done();
        }
        assert!(queue.next_or_retire().is_none());
        assert_eq!(queue.push(task(4, 0)), Pushed::SendRunner);
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
        let running = queue.next_or_retire();
        assert!(running.is_some());
        assert_eq!(queue.len(), 2);
        assert_eq!(queue.push(task(5, 0)), Pushed::Full);
        queue.done();
        assert!(matches!(queue.push(task(6, 0)), Pushed::Queued));
    }

    #[test]
    fn a_cancelled_task_is_never_taken_and_frees_its_place() {
        let queue = Queue::new(1, Some(1));
        let (first, second) = (task(1, 0), task(2, 0));
        queue.push(Arc::clone(&first));
        queue.push(Arc::clone(&second));
        assert_eq!(queue.push(task(3, 0)), Pushed::Full);
        assert!(second.settle_queued());
        queue.forget();
        assert_eq!(queue.push(task(4, 0)), Pushed::Queued);
        assert_eq!(ids(&queue), [1, 4]);
    }

    #[test]
    fn the_place_of_a_runner_that_is_given_up_is_free_at_once() {
        let queue = Queue::new(1, None);
        assert_eq!(queue.push(task(1, 0)), Pushed::SendRunner);
        assert!(queue.next_or_retire().is_some());
        assert!(!queue.write_off(true), "nothing waits");
        assert!(queue.is_idle());
        assert_eq!(queue.push(task(2, 0)), Pushed::SendRunner);
        assert!(queue.next_or_retire().is_some());
        assert_eq!(queue.push(task(3, 0)), Pushed::Queued);
        assert!(queue.write_off(true), "task 3 waits and nobody else is out");
        assert_eq!(queue.next_or_retire().map(|task| task.id), Some(3));
        queue.done();
        assert!(queue.next_or_retire().is_none());
        assert_eq!((queue.working(), queue.runners()), (0, 0));
    }

    #[test]
    fn a_task_that_is_put_back_is_the_next_and_only_where_another_runner_is_out() {
        let queue = Queue::new(2, None);
        for id in 1..=3 {
            queue.push(task(id, 0));
        }
        let (first, second) = (queue.next_or_retire(), queue.next_or_retire());
        assert!(first.is_some());
        assert!(queue.put_back(&first.unwrap_or_else(|| task(0, 0))));
        let second = second.unwrap_or_else(|| task(0, 0));
        assert!(!queue.put_back(&second), "the last runner keeps its task");
        queue.done();
        assert_eq!(ids(&queue), [1, 3]);
    }

    #[test]
    fn a_task_that_was_settled_meanwhile_is_not_put_back() {
        let queue = Queue::new(2, None);
        queue.push(task(1, 0));
        queue.push(task(2, 0));
        let first = queue.next_or_retire().unwrap_or_else(|| task(0, 0));
        assert!(first.settle_running());
        assert!(queue.put_back(&first));
        assert_eq!(ids(&queue), [2]);
    }

    #[test]
    fn many_cancelled_tasks_do_not_pile_up() {
        let queue = Queue::new(1, None);
        let keep = task(0, 0);
        queue.push(Arc::clone(&keep));
        for id in 1..=10_000 {
            let gone = task(id, 0);
            queue.push(Arc::clone(&gone));
            assert!(gone.settle_queued());
            queue.forget();
        }
        let held: usize = queue.lock().waiting.values().map(VecDeque::len).sum();
        assert!(held <= 2 * SWEEP_AT, "{held}");
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
}
