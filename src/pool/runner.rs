//! What a pool's thread does: takes an isolate, runs tasks in it until none is left.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::completion::Completion;
use super::config::PoolConfig;
use super::lanes::LaneId;
use super::seat::Seat;
use super::shared::Shared;
use super::stats::count;
use super::{threads, undisposed};
use crate::isolate::{self, Entered, Isolate, RunResult};
use crate::task::{RunEnd, Task};

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
    isolate::this_thread_may_park();
}

fn stack_limit(config: &PoolConfig) -> usize {
    // The thread has `STACK_RESERVE` more than this below.
    STACK_TOP.get().saturating_sub(config.stack_size)
}

/// A job that does nothing: a thread that is started with it is there when it is needed.
pub fn nothing(_shared: &Arc<Shared>, _lane: LaneId) -> bool {
    true
}

/// A runner: takes tasks until none is left, then retires. `false`: it was given up meanwhile.
pub fn work(shared: &Arc<Shared>, lane: LaneId) -> bool {
    assert!(
        !AT_WORK.replace(true),
        "a pool's thread must not wait inside Rayon"
    );
    let _done = Done;
    let seat = Seat::take(lane);
    while let Some(task) = shared.queue.next_or_retire() {
        seat.begin(Arc::clone(&task));
        let mut isolate = match isolate_for(shared, &seat, &task) {
            Found::Isolate(isolate) => isolate,
            Found::Nothing => continue,
            Found::Retired => return true,
        };
        drop(task);
        let entry = catch_unwind(AssertUnwindSafe(|| {
            isolate.enter(stack_limit(&shared.config), |entered| {
                run_batch(shared, entered, &seat)
            })
        }));
        match entry.unwrap_or_else(|_panic| give_up(shared, &seat)) {
            After::GivenUp => {
                come_back(shared, isolate, lane);
                return false;
            }
            After::Reusable { heap_used } if !isolate.is_lost() => {
                seat.isolate.set(false);
                shared.slab.check_in(isolate, heap_used);
                shared.schedule_reap();
            }
            After::Spent => lose(shared, isolate, &seat, "memory-limit"),
            After::Broken | After::Reusable { .. } => lose(shared, isolate, &seat, "lost"),
        }
    }
    seat.out.set(false);
    shared.after_runner();
    true
}

/// A runner that first disposes of isolates which were idle for too long.
pub fn reap(shared: &Arc<Shared>, lane: LaneId) -> bool {
    if let Some(timeout) = shared.config.idle_timeout {
        let _seat = Seat::take(lane);
        for isolate in shared.slab.take_expired(timeout, shared.config.min_threads) {
            shared.dispose(isolate, "idle");
        }
        shared.schedule_reap();
    }
    work(shared, lane)
}

/// A run that had been given up has ended after all. Others have taken the places of its isolate and
/// of this thread.
fn come_back(shared: &Shared, isolate: Isolate, lane: LaneId) {
    let disposable = !isolate.is_lost();
    shared.dispose(isolate, "wedged");
    // In this order: whoever finds no isolate undisposed must wait for this thread.
    threads::tell(lane);
    if disposable {
        undisposed::remove_one();
    }
}

/// An isolate that must not be used again.
fn lose(shared: &Shared, isolate: Isolate, seat: &Seat, why: &'static str) {
    count(&shared.stats.isolates_lost);
    seat.isolate.set(false);
    shared.slab.lost();
    if isolate.is_lost() {
        undisposed::add(1);
    }
    shared.dispose(isolate, why);
}

/// A task in hand; dropped, also by a panic, when it is through.
struct Working<'a>(&'a Shared, &'a Seat);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.1.done(self.0);
    }
}

struct Done;

impl Drop for Done {
    fn drop(&mut self) {
        AT_WORK.set(false);
    }
}

/// What was found for a task to run in.
enum Found {
    /// This.
    Isolate(Isolate),
    /// None can be had, and the task was told so.
    Nothing,
    /// None can be had, and other runners have some: the task waits for one of them.
    Retired,
}

/// An idle isolate or a new one.
fn isolate_for(shared: &Shared, seat: &Seat, task: &Arc<Task>) -> Found {
    loop {
        let idle = shared.slab.check_out();
        seat.isolate.set(true);
        let why = match idle.map_or_else(|| shared.make_isolate(), Ok) {
            Ok(isolate) if isolate.is_lost() => {
                lose(shared, isolate, seat, "lost");
                continue;
            }
            Ok(isolate) => return Found::Isolate(isolate),
            Err(why) => why,
        };
        seat.isolate.set(false);
        shared.slab.lost();
        if shared.queue.put_back(task) {
            seat.leave();
            return Found::Retired;
        }
        // The other runners have retired: what they had is idle now.
        if shared.slab.has_idle() {
            continue;
        }
        seat.done(shared);
        count(&shared.stats.isolates_lost);
        if task.settle_running() {
            count(&shared.stats.failed);
            let name = &task.function.name;
            let message = format!("no isolate could be made for task '{name}': {why}");
            shared.fail(task, "OFFLOOP_ERR_ISOLATE_LOST", message);
        }
        return Found::Nothing;
    }
}

/// What a batch of tasks leaves behind.
enum After {
    /// The isolate can go on.
    Reusable {
        /// Bytes of heap and array buffers.
        heap_used: u64,
    },
    /// It passed its memory limit.
    Spent,
    /// A bug of ours: a panic. Nothing is known of the isolate's state.
    Broken,
    /// It did not stop in time, and others have taken its place.
    GivenUp,
}

/// What a task leaves behind.
enum Next {
    /// The isolate can take another.
    Task,
    /// The batch is over.
    Leave(After),
}

/// Runs the task in hand and whatever waits after it.
fn run_batch(shared: &Arc<Shared>, entered: &mut Entered<'_>, seat: &Seat) -> After {
    while let Some(task) = seat.task() {
        if let Next::Leave(after) = run_one(shared, entered, seat, &task) {
            return after;
        }
        match shared.queue.next().or_else(|| shared.queue.linger()) {
            Some(next) => seat.begin(next),
            None => break,
        }
    }
    After::Reusable {
        heap_used: entered.pump(),
    }
}

/// Answers the task that a panic of ours interrupted.
fn give_up(shared: &Shared, seat: &Seat) -> After {
    let Some(task) = seat.task() else {
        return After::Broken;
    };
    if task.end() == RunEnd::GivenUp {
        seat.leave();
        return After::GivenUp;
    }
    if task.settle_running() {
        count(&shared.stats.failed);
        let name = &task.function.name;
        let message = format!("task '{name}' was lost to a bug in offloop; please report it");
        shared.fail(&task, "OFFLOOP_ERR_ISOLATE_LOST", message);
    }
    After::Broken
}

/// Runs one claimed task.
fn run_one(shared: &Arc<Shared>, entered: &mut Entered<'_>, seat: &Seat, task: &Arc<Task>) -> Next {
    let working = Working(shared, seat);
    let arguments = task.take_arguments();
    task.begin(entered.switch(), seat.lane);
    // Settled between claim and begin: whoever did it could not reach the isolate yet.
    if task.is_settled() {
        if task.end() != RunEnd::Free {
            entered.resume();
        }
        return Next::Task;
    }
    shared.watch(task);
    let started = Instant::now();
    let outcome = entered.run(task.id, &task.function, arguments, task.move_buffers);
    let spent_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    shared.stats.busy_ns.fetch_add(spent_ns, Ordering::Relaxed);
    match task.end() {
        RunEnd::Free => {}
        RunEnd::Stopped => {
            // Perhaps halfway through a change of its globals.
            entered.resume();
            entered.reset_context();
        }
        RunEnd::GivenUp => {
            seat.leave();
            return Next::Leave(After::GivenUp);
        }
    }
    // First: whoever hears of the result must find the thread free.
    drop(working);
    tell(shared, task, outcome.result);
    if outcome.spent {
        Next::Leave(After::Spent)
    } else {
        Next::Task
    }
}

/// Settles the task with its result, unless somebody was faster.
fn tell(shared: &Shared, task: &Task, result: RunResult) {
    if !task.settle_running() {
        return;
    }
    let name = &task.function.name;
    let stats = &shared.stats;
    count(if matches!(result, RunResult::Value(_)) {
        &stats.completed
    } else {
        &stats.failed
    });
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
            "OFFLOOP_ERR_MEMORY_LIMIT",
            format!(
                "task '{name}' passed the memory limit of {} MiB and was stopped; its isolate is \
                 replaced. Raise memoryLimitMb, or pass less data at a time",
                shared.config.memory_limit >> 20
            ),
        ),
        RunResult::Stopped => shared.fail(
            task,
            "OFFLOOP_ERR_ISOLATE_LOST",
            format!("task '{name}' was stopped by its isolate"),
        ),
    }
}
