//! What a pool's thread does: takes an isolate, runs tasks in it until none is left.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::aside::{Aside, Begun};
use super::config::PoolConfig;
use super::lanes::LaneId;
use super::queue::{Errand, Work};
use super::run::{Next, run_one};
use super::seat::{self, Seat};
use super::shared::Shared;
use super::slab::{Hold, Kept, Leaving};
use super::stats::count;
use super::vitals::Vitals;
use super::{threads, undisposed};
use crate::isolate::{self, Entered};
use crate::task::{Berth, RunEnd, Task};

pub(super) const MEMORY_LIMIT: &str = "OFFLOOP_ERR_MEMORY_LIMIT";
const ISOLATE_LOST: &str = "OFFLOOP_ERR_ISOLATE_LOST";
/// Why a user's own isolate is gone.
const GIVEN_UP: &str = "V8 or offloop could not go on with it";

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
    take_tasks(shared, &Seat::take(lane, Errand::Looking))
}

/// A runner that first makes an isolate, if nobody did meanwhile.
pub fn warm(shared: &Arc<Shared>, lane: LaneId) -> bool {
    let seat = Seat::take(lane, Errand::Looking);
    if shared.slab.begin_ahead()
        && let Ok(mut kept) = shared.fill_place()
    {
        let limit = stack_limit(&shared.config);
        let heap_used = kept.isolate.enter(limit, heap_used_by);
        let vitals = shared.stats.vitals(kept.isolate.id());
        vitals.set_heap_used(heap_used);
        put_back(shared, &seat, kept);
    }
    take_tasks(shared, &seat)
}

/// A runner that first disposes of the idle isolates that `recycle` was about.
pub fn renew(shared: &Arc<Shared>, lane: LaneId) -> bool {
    let seat = Seat::take(lane, Errand::Away);
    for isolate in shared.slab.take_outdated() {
        shared.dispose(isolate, "recycled");
    }
    seat.come_back(shared);
    take_tasks(shared, &seat)
}

/// A runner that first disposes of isolates which were idle for too long.
pub fn reap(shared: &Arc<Shared>, lane: LaneId) -> bool {
    let seat = Seat::take(lane, Errand::Away);
    if let Some(timeout) = shared.config.idle_timeout {
        for isolate in shared.slab.take_expired(timeout, shared.config.min_threads) {
            shared.dispose(isolate, "idle");
        }
        shared.schedule_reap();
    }
    seat.come_back(shared);
    take_tasks(shared, &seat)
}

/// A runner that first disposes of isolates whose tasks were given up while they were set aside.
pub fn bury(shared: &Arc<Shared>, lane: LaneId) -> bool {
    let seat = Seat::take(lane, Errand::Away);
    while let Some(isolate) = shared.slab.take_doomed() {
        shared.dispose(isolate, "abandoned");
    }
    seat.come_back(shared);
    take_tasks(shared, &seat)
}

/// A runner that first has idle isolates drop copies of shared values.
pub fn tidy(shared: &Arc<Shared>, lane: LaneId) -> bool {
    let seat = Seat::take(lane, Errand::Away);
    shared.tidy_idle(stack_limit(&shared.config));
    seat.come_back(shared);
    take_tasks(shared, &seat)
}

fn take_tasks(shared: &Arc<Shared>, seat: &Seat) -> bool {
    assert!(
        !AT_WORK.replace(true),
        "a pool's thread must not wait inside Rayon"
    );
    let _done = Done;
    let mut carried = None;
    while let Some(work) = carried.take().or_else(|| shared.queue.next_or_retire()) {
        let (mut kept, begun) = match work {
            Work::Begin(task) => {
                seat.begin(Arc::clone(&task));
                match isolate_for(shared, seat, &task) {
                    Found::Isolate(kept) => (kept, None),
                    Found::Nothing => continue,
                    Found::Retired => return true,
                }
            }
            Work::Resume(aside) => match resume(shared, seat, aside) {
                Some((kept, begun)) => (kept, Some(begun)),
                None => continue,
            },
        };
        let generation = kept.generation();
        let vitals = shared.stats.vitals(kept.isolate.id());
        let entry = catch_unwind(AssertUnwindSafe(|| {
            kept.isolate.enter(stack_limit(&shared.config), |entered| {
                run_batch(shared, entered, generation, &vitals, seat, begun)
            })
        }));
        match entry.unwrap_or_else(|_panic| give_up(shared, seat)) {
            After::GivenUp => {
                come_back(shared, kept, seat.lane);
                return false;
            }
            After::Reusable { heap_used } => {
                vitals.set_heap_used(heap_used);
                put_back(shared, seat, kept);
                // Its place among the queue's runners goes with the job.
                if others_wait(shared) && shared.threads.send(shared, go_on) {
                    return true;
                }
            }
            After::Outdated => {
                shared.dispose(shared.slab.expel(kept), "recycled");
                carried = seat.task().map(Work::Begin);
            }
            After::Aside(begun, wait) => {
                if let Some(task) = seat.task() {
                    seat.set_aside();
                    shared.set_aside(Aside { task, kept, begun }, wait);
                }
            }
            After::Spent => lose(shared, seat, kept, "memory-limit"),
            After::Broken => lose(shared, seat, kept, "lost"),
        }
    }
    seat.out.set(false);
    shared.after_runner();
    true
}

/// What a task that was set aside goes on with. `None`: its isolate is lost.
fn resume(shared: &Shared, seat: &Seat, aside: Aside) -> Option<(Kept, Begun)> {
    let Aside {
        task,
        mut kept,
        begun,
    } = aside;
    kept.isolate.watch_is_over();
    shared.queue.seat(&task);
    seat.begin(task);
    seat::hold(kept.hold());
    if kept.isolate.is_lost() {
        // Whoever lost it has told the caller.
        seat.done(shared);
        lose(shared, seat, kept, "lost");
        return None;
    }
    Some((kept, begun))
}

/// A runner that has let others have its thread.
fn go_on(shared: &Arc<Shared>, lane: LaneId) -> bool {
    take_tasks(shared, &Seat::take(lane, Errand::Looking))
}

/// Whether other isolates wait for one of the threads that this one shares with them.
fn others_wait(shared: &Shared) -> bool {
    shared.config.policy.is_some() && shared.threads.is_owed()
}

fn heap_used_by(entered: &mut Entered<'_>) -> u64 {
    entered.pump()
}

fn put_back(shared: &Shared, seat: &Seat, kept: Kept) {
    if kept.isolate.is_lost() {
        lose(shared, seat, kept, "lost");
        return;
    }
    // Before another thread has it.
    seat::hold(Hold::Nothing);
    let seen = kept.isolate.seen_freed();
    match shared.slab.check_in(kept) {
        Ok(()) => {
            shared.schedule_reap();
            // Freed while it was on its way here: whoever looked did not find it.
            if seen < isolate::freed_shares() {
                shared.tidy();
            }
        }
        Err(outdated) => discard(shared, seat, outdated, "recycled"),
    }
}

/// Disposes of an isolate while no task is in hand; another runner is sent for those that come.
fn discard(shared: &Shared, seat: &Seat, isolate: Leaving, reason: &'static str) {
    seat.go_away(shared);
    shared.dispose(isolate, reason);
    seat.come_back(shared);
}

/// An isolate that must not be used again.
fn lose(shared: &Shared, seat: &Seat, kept: Kept, why: &'static str) {
    match why {
        "memory-limit" => shared.lose_own(MEMORY_LIMIT, &shared.passed_limit()),
        _ => shared.lose_own(ISOLATE_LOST, GIVEN_UP),
    }
    discard(shared, seat, expel_lost(shared, kept), why);
}

/// Takes an isolate out for good in which something was lost.
pub(super) fn expel_lost(shared: &Shared, kept: Kept) -> Leaving {
    count(&shared.stats.isolates_lost);
    if kept.isolate.is_lost() {
        undisposed::add(1);
    }
    shared.slab.expel(kept)
}

/// A run that had been given up has ended after all. Others have taken the places of its isolate and
/// of this thread.
fn come_back(shared: &Shared, kept: Kept, lane: LaneId) {
    let isolate = kept.isolate;
    let (id, disposable) = (isolate.id(), !isolate.is_lost());
    drop(isolate);
    if disposable {
        shared.tell_disposed(id, "wedged");
    }
    // In this order: whoever finds no isolate undisposed must wait for this thread.
    threads::tell(lane);
    if disposable {
        undisposed::remove_one();
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
    Isolate(Kept),
    /// None can be had, and the task was told so.
    Nothing,
    /// None can be had, and other runners have some: the task waits for one of them.
    Retired,
}

/// An idle isolate or a new one.
fn isolate_for(shared: &Shared, seat: &Seat, task: &Arc<Task>) -> Found {
    loop {
        // One goes for each that comes: however busy the threads are, those that are to go do not pile up.
        if !shared.slab.has_idle()
            && let Some(doomed) = shared.slab.take_doomed()
        {
            shared.dispose(doomed, "abandoned");
        }
        if let Some(kept) = shared.slab.check_out() {
            seat::hold(kept.hold());
            if !kept.isolate.is_lost() {
                return Found::Isolate(kept);
            }
            shared.dispose(expel_lost(shared, kept), "lost");
            if shared.config.policy.is_none() {
                continue;
            }
            shared.lose_own(ISOLATE_LOST, GIVEN_UP);
            seat.done(shared);
            if task.settle_running() {
                shared.fail_not_run(task, GIVEN_UP);
            }
            return Found::Nothing;
        }
        let why = match shared.fill_place() {
            Ok(kept) => return Found::Isolate(kept),
            Err(why) => why,
        };
        // Another runner is out, or has retired just now and left what it had; else one is set aside that comes back.
        let retired = shared.queue.put_back(task, false)
            || (!shared.slab.has_idle() && shared.queue.put_back(task, true));
        if retired {
            seat.leave();
            shared.watch_queued(task);
            return Found::Retired;
        }
        if shared.slab.has_idle() {
            continue;
        }
        seat.done(shared);
        if task.settle_running() {
            let name = &task.function.name;
            let message = format!("no isolate could be made for task '{name}': {why}");
            shared.fail(task, "OFFLOOP_ERR_ISOLATE_LOST", message);
        }
        return Found::Nothing;
    }
}

/// What a batch of tasks leaves behind.
pub(super) enum After {
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
    /// It did not stop in time, and others have taken its place.
    GivenUp,
    /// Its task waits, for so long at most, and is to be set aside with it.
    Aside(Begun, Option<Duration>),
}

/// Runs the task in hand, which may have `begun` already, and whatever waits after it.
fn run_batch(
    shared: &Arc<Shared>,
    entered: &mut Entered<'_>,
    generation: u64,
    vitals: &Vitals,
    seat: &Seat,
    mut begun: Option<Begun>,
) -> After {
    let berth = Berth {
        lane: seat.lane,
        isolate: vitals.isolate,
        generation,
    };
    while let Some(task) = seat.task() {
        if begun.is_none() && shared.slab.generation() != generation {
            return After::Outdated;
        }
        let next = run_one(shared, entered, berth, vitals, seat, &task, begun.take());
        if let Next::Leave(after) = next {
            return after;
        }
        if others_wait(shared) {
            break;
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
        let name = &task.function.name;
        let message = format!("task '{name}' was lost to a bug in offloop; please report it");
        shared.fail(&task, "OFFLOOP_ERR_ISOLATE_LOST", message);
    }
    After::Broken
}
