//! What a pool's thread does: takes an isolate, runs tasks in it until none is left.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::completion::Completion;
use super::config::PoolConfig;
use super::shared::Shared;
use super::slab::{Kept, Leaving};
use super::stats::count;
use super::vitals::{TaskTimes, Vitals};
use crate::isolate::{Entered, Outcome, Payload, RunResult};
use crate::task::Task;

const MEMORY_LIMIT: &str = "OFFLOOP_ERR_MEMORY_LIMIT";
const ISOLATE_LOST: &str = "OFFLOOP_ERR_ISOLATE_LOST";

thread_local! {
    /// An address near the top of this thread's stack.
    static STACK_TOP: Cell<usize> = const { Cell::new(0) };
    /// Set while this thread runs tasks: a second runner nested in the first would use the wrong
    /// isolate and deadline. Only a Rayon call that waits could cause that, and none is made here.
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Rayon calls this first on every thread of a pool.
pub fn on_thread_start(_index: usize) {
    let here = 0_u8;
    STACK_TOP.set(&raw const here as usize);
}

fn stack_limit(config: &PoolConfig) -> usize {
    // The thread has `STACK_RESERVE` more than this below.
    STACK_TOP.get().saturating_sub(config.stack_size)
}

/// A runner: takes tasks until none is left, then retires.
pub fn work(shared: &Arc<Shared>) {
    assert!(
        !AT_WORK.replace(true),
        "a pool's thread must not wait inside Rayon"
    );
    let _done = Done;
    let mut carried = None;
    while let Some(task) = carried.take().or_else(|| shared.queue.next_or_retire()) {
        let Some(mut kept) = isolate_for(shared, &task) else {
            continue;
        };
        let generation = kept.generation();
        let in_hand = RefCell::new(task);
        let vitals = shared.stats.vitals(kept.isolate.id());
        let entry = catch_unwind(AssertUnwindSafe(|| {
            kept.isolate.enter(stack_limit(&shared.config), |entered| {
                run_batch(shared, entered, generation, &vitals, &in_hand)
            })
        }));
        match entry.unwrap_or(After::Broken) {
            After::Reusable { heap_used } => {
                vitals.set_heap_used(heap_used);
                put_back(shared, kept);
            }
            After::Outdated => {
                shared.dispose(shared.slab.expel(kept), "recycled");
                carried = Some(in_hand.into_inner());
            }
            After::Spent => {
                count(&shared.stats.isolates_lost);
                shared.lose_own(MEMORY_LIMIT, &passed_limit(shared));
                discard(shared, shared.slab.expel(kept), "memory-limit");
            }
            After::Broken => {
                give_up(shared, &in_hand.borrow());
                count(&shared.stats.isolates_lost);
                shared.lose_own(ISOLATE_LOST, "of a bug in offloop; please report it");
                discard(shared, shared.slab.expel(kept), "lost");
            }
        }
    }
    shared.after_runner();
}

/// A runner that first makes an isolate, if nobody did meanwhile.
pub fn warm(shared: &Arc<Shared>) {
    if shared.slab.begin_ahead()
        && let Ok(mut kept) = shared.fill_place()
    {
        let limit = stack_limit(&shared.config);
        let heap_used = kept.isolate.enter(limit, heap_used_by);
        let vitals = shared.stats.vitals(kept.isolate.id());
        vitals.set_heap_used(heap_used);
        put_back(shared, kept);
    }
    work(shared);
}

/// A runner that first disposes of the idle isolates that `recycle` was about.
pub fn renew(shared: &Arc<Shared>) {
    for isolate in shared.slab.take_outdated() {
        shared.dispose(isolate, "recycled");
    }
    shared.queue.back();
    work(shared);
}

/// A runner that first disposes of isolates which were idle for too long.
pub fn reap(shared: &Arc<Shared>) {
    if let Some(timeout) = shared.config.idle_timeout {
        for isolate in shared.slab.take_expired(timeout, shared.config.min_threads) {
            shared.dispose(isolate, "idle");
        }
        shared.schedule_reap();
    }
    shared.queue.back();
    work(shared);
}

fn heap_used_by(entered: &mut Entered<'_>) -> u64 {
    entered.pump()
}

fn put_back(shared: &Shared, kept: Kept) {
    match shared.slab.check_in(kept) {
        Ok(()) => shared.schedule_reap(),
        Err(outdated) => discard(shared, outdated, "recycled"),
    }
}

/// Disposes of an isolate while no task is in hand; another runner is sent for those that come.
fn discard(shared: &Shared, isolate: Leaving, reason: &'static str) {
    shared.queue.leave();
    shared.dispose(isolate, reason);
    shared.queue.back();
}

/// A task in hand; dropped, also by a panic, when it is through.
struct Working<'a>(&'a Shared, &'a Task);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.queue.done(self.1);
    }
}

struct Done;

impl Drop for Done {
    fn drop(&mut self) {
        AT_WORK.set(false);
    }
}

/// An idle isolate or a new one. `None`: none can be had, and the task is told so.
fn isolate_for(shared: &Shared, task: &Task) -> Option<Kept> {
    if let Some(kept) = shared.slab.check_out() {
        return Some(kept);
    }
    match shared.fill_place() {
        Ok(kept) => Some(kept),
        Err(why) => {
            shared.queue.done(task);
            if task.settle_running() {
                let name = &task.function.name;
                let message = format!("no isolate could be made for task '{name}': {why}");
                shared.fail(task, "OFFLOOP_ERR_ISOLATE_LOST", message);
            }
            None
        }
    }
}

/// What a batch of tasks leaves behind.
enum After {
    /// The isolate can go on.
    Reusable {
        /// Bytes of heap and array buffers.
        heap_used: u64,
    },
    /// It was to be renewed while it ran; the task in hand was not begun.
    Outdated,
    /// It passed its memory limit.
    Spent,
    /// A bug of ours: a panic. Nothing is known of the isolate's state.
    Broken,
}

/// Runs the task in hand and whatever waits after it.
fn run_batch(
    shared: &Arc<Shared>,
    entered: &mut Entered<'_>,
    generation: u64,
    vitals: &Vitals,
    in_hand: &RefCell<Arc<Task>>,
) -> After {
    loop {
        if shared.slab.generation() != generation {
            return After::Outdated;
        }
        let task = Arc::clone(&in_hand.borrow());
        if run_one(shared, entered, vitals, &task) {
            return After::Spent;
        }
        match shared.queue.next().or_else(|| shared.queue.linger()) {
            Some(next) => *in_hand.borrow_mut() = next,
            None => {
                return After::Reusable {
                    heap_used: entered.pump(),
                };
            }
        }
    }
}

/// Answers the task that a panic of ours interrupted.
fn give_up(shared: &Shared, task: &Task) {
    task.end();
    if task.settle_running() {
        let name = &task.function.name;
        let message = format!("task '{name}' was lost to a bug in offloop; please report it");
        shared.fail(task, "OFFLOOP_ERR_ISOLATE_LOST", message);
    }
}

/// Runs one claimed task. Returns whether the isolate is spent.
fn run_one(
    shared: &Arc<Shared>,
    entered: &mut Entered<'_>,
    vitals: &Vitals,
    task: &Arc<Task>,
) -> bool {
    let working = Working(shared, task);
    let arguments = task.take_arguments();
    task.begin(entered.switch());
    // Settled between claim and begin: whoever did it could not reach the isolate yet.
    if task.is_settled() {
        if task.end() {
            entered.resume();
        }
        return false;
    }
    let started = Instant::now();
    vitals.begin(started);
    shared.watch(task);
    let outcome = perform(shared, entered, task, arguments);
    let ended = Instant::now();
    let times = TaskTimes {
        wait: started.saturating_duration_since(task.made),
        run: ended - started,
        clone_in_ns: outcome.clone_in_ns,
    };
    if vitals.end(ended, &times, shared.config.record_timing) {
        vitals.set_heap_used(entered.heap_used());
    }
    if task.end() {
        // It was stopped, perhaps halfway through a change of its globals.
        entered.resume();
        if shared.config.policy.is_none() {
            entered.reset_context();
        } else {
            // A user's own isolate keeps its globals: its user is told that it was interrupted.
            entered.end_run();
        }
    }
    // First: whoever hears of the result must find the thread free.
    drop(working);
    tell(shared, task, &times, outcome.result, outcome.spent);
    outcome.spent
}

fn perform(
    shared: &Shared,
    entered: &mut Entered<'_>,
    task: &Task,
    arguments: Option<Payload>,
) -> Outcome {
    let Some(operation) = &task.operation else {
        return entered.run(task.id, &task.function, arguments, task.move_buffers);
    };
    shared.own.drop_forgotten(entered);
    let outcome = entered.operate(
        task.id,
        operation,
        &task.function,
        arguments,
        task.move_buffers,
    );
    // What V8 posted meanwhile (finalizers are code, too) is within the task's deadline.
    entered.pump();
    outcome
}

/// Settles the task with its result, unless somebody was faster.
fn tell(shared: &Shared, task: &Task, times: &TaskTimes, result: RunResult, spent: bool) {
    if !task.settle_running() {
        return;
    }
    if task.timed {
        shared.tell(Completion::Times {
            task: task.id,
            wait: times.wait,
            run: times.run,
        });
    }
    let name = &task.function.name;
    match result {
        RunResult::Value(value) => {
            shared.forget(task.id);
            shared.tell(Completion::Value {
                task: task.id,
                value,
            });
        }
        RunResult::Thrown(record) => {
            shared.forget(task.id);
            shared.tell(Completion::Thrown {
                task: task.id,
                record,
            });
        }
        RunResult::Unsettled => shared.fail(
            task,
            "OFFLOOP_ERR_UNSETTLED",
            format!(
                "task '{name}' waits for a promise that nothing can settle: no timer, no message \
                 and no pending work is left in its isolate"
            ),
        ),
        RunResult::NotCloneable(what) => shared.fail(
            task,
            "OFFLOOP_ERR_NOT_CLONEABLE",
            format!("the result of task '{name}'{what}; it cannot be cloned"),
        ),
        RunResult::MemoryLimit => shared.fail(
            task,
            MEMORY_LIMIT,
            format!(
                "task '{name}' passed the memory limit of {} MiB and was stopped{}. Raise memoryLimitMb, or pass less \
                 data at a time",
                shared.config.memory_limit >> 20,
                after_memory_limit(shared, spent)
            ),
        ),
        RunResult::Stopped => shared.fail(
            task,
            "OFFLOOP_ERR_ISOLATE_LOST",
            format!("task '{name}' was stopped by its isolate"),
        ),
    }
}

/// What the memory limit meant for the isolate.
fn after_memory_limit(shared: &Shared, spent: bool) -> &'static str {
    match (spent, shared.config.policy.is_some()) {
        (false, _) => "",
        (true, false) => "; its isolate is replaced",
        (true, true) => "; its isolate is lost",
    }
}

fn passed_limit(shared: &Shared) -> String {
    format!(
        "it passed its memory limit of {} MiB (memoryLimitMb)",
        shared.config.memory_limit >> 20
    )
}
