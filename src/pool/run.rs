//! One task's turn on a thread: begun or gone on with, until it has ended or waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::aside::Begun;
use super::completion::Completion;
use super::queue::Wait;
use super::runner::{After, MEMORY_LIMIT};
use super::seat::Seat;
use super::shared::Shared;
use super::vitals::{TaskTimes, Vitals};
use crate::isolate::{self, Call, Entered, Outcome, Payload, RunResult};
use crate::task::{Berth, RunEnd, Task};

/// A task in hand; dropped, also by a panic, when it is through.
struct Working<'a>(&'a Shared, &'a Seat);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.1.done(self.0);
    }
}

/// What a task leaves behind.
pub(super) enum Next {
    /// The isolate can take another.
    Task,
    /// The batch is over.
    Leave(After),
}

/// Runs one claimed task, or goes on with one that has `begun`.
pub(super) fn run_one(
    shared: &Arc<Shared>,
    entered: &mut Entered<'_>,
    berth: Berth,
    vitals: &Vitals,
    seat: &Seat,
    task: &Arc<Task>,
    begun: Option<Begun>,
) -> Next {
    let working = Working(shared, seat);
    let arguments = task.take_arguments();
    task.begin(entered.switch(), berth);
    // Settled between claim and begin: whoever did it could not reach the isolate yet.
    if task.is_settled() {
        if let Some(begun) = begun {
            // Halfway.
            entered.reset_context();
            end_clocks(shared, vitals, task, begun, None);
        }
        return end_run(shared, entered, seat, task).unwrap_or(Next::Task);
    }
    let mut since = go_on_clocks(shared, vitals, task);
    let (begun, mut outcome) = if let Some(begun) = begun {
        (begun, entered.go_on(task.id))
    } else {
        shared.watch(task);
        let outcome = perform(shared, entered, task, arguments);
        let clone_in_ns = outcome.clone_in_ns;
        let at = since;
        (Begun { at, clone_in_ns }, outcome)
    };
    while let RunResult::Pending(wait) = outcome.result {
        stop_clocks(vitals, task, since);
        match shared.wait_or_set_aside(entered, task) {
            Wait::Hold => {
                entered.wait(wait);
                shared.queue.held(task);
            }
            Wait::SetAside => {
                vitals.set_heap_used(entered.heap_used());
                if task.end() == RunEnd::Free {
                    // It gives up its seat when it is where others can find it.
                    std::mem::forget(working);
                    return Next::Leave(After::Aside(begun, wait));
                }
                // Halfway, be it in a context of its own.
                entered.reset_context();
                shared.queue.unreserve();
                end_clocks(shared, vitals, task, begun, None);
                return end_run(shared, entered, seat, task).unwrap_or(Next::Task);
            }
        }
        since = go_on_clocks(shared, vitals, task);
        outcome = entered.go_on(task.id);
    }
    let times = end_clocks(shared, vitals, task, begun, Some((since, entered)));
    if let Some(next) = end_run(shared, entered, seat, task) {
        return next;
    }
    // First: whoever hears of the result must find the thread free.
    drop(working);
    tell(shared, task, &times, outcome.result, outcome.spent);
    if outcome.spent {
        Next::Leave(After::Spent)
    } else {
        Next::Task
    }
}

/// The task's code runs from here on.
fn go_on_clocks(shared: &Shared, vitals: &Vitals, task: &Arc<Task>) -> Instant {
    let now = Instant::now();
    vitals.begin(now);
    shared.watch_cpu(task, task.cpu.start(now));
    now
}

/// It waits from here on; it has run since `since`.
fn stop_clocks(vitals: &Vitals, task: &Task, since: Instant) {
    let now = Instant::now();
    task.cpu.stop(now);
    vitals.wait(now - since);
}

/// Its run has ended, and has run since `since`; `None`: it waited.
fn end_clocks(
    shared: &Shared,
    vitals: &Vitals,
    task: &Task,
    begun: Begun,
    since: Option<(Instant, &Entered<'_>)>,
) -> TaskTimes {
    let ended = Instant::now();
    task.cpu.stop(ended);
    let times = TaskTimes {
        wait: begun.at.saturating_duration_since(task.made),
        run: ended - begun.at,
        busy: since.map_or(Duration::ZERO, |(since, _)| ended - since),
        clone_in_ns: begun.clone_in_ns,
    };
    if vitals.end(ended, &times, shared.config.record_timing)
        && let Some((_, entered)) = since
    {
        vitals.set_heap_used(entered.heap_used());
    }
    times
}

/// From here on no stop reaches the isolate. What to do next, if the run was given up.
fn end_run(shared: &Shared, entered: &mut Entered<'_>, seat: &Seat, task: &Task) -> Option<Next> {
    match task.end() {
        RunEnd::Free => None,
        RunEnd::Stopped => {
            // Perhaps halfway through a change of its globals.
            entered.resume();
            if shared.config.policy.is_some() {
                // A user's own isolate keeps them: its user is told that it was interrupted.
                entered.end_run();
            } else if !task.options.fresh {
                // A context of its own is gone already.
                entered.reset_context();
            }
            None
        }
        RunEnd::GivenUp => {
            seat.leave();
            Some(Next::Leave(After::GivenUp))
        }
    }
}

fn perform(
    shared: &Shared,
    entered: &mut Entered<'_>,
    task: &Task,
    arguments: Option<Payload>,
) -> Outcome {
    let call = Call {
        task: task.id,
        function: &task.function,
        init: shared.config.setup.init.as_deref(),
        arguments,
        options: task.options,
        operation: task.operation.as_ref(),
        // Its globals are its user's: what it is asked for next must find them as this left them.
        may_pend: shared.config.policy.is_none(),
    };
    if task.operation.is_none() {
        return entered.run(call);
    }
    let begun = isolate::thread_cpu_time();
    shared.own.drop_forgotten(entered);
    let outcome = entered.run(call);
    // What V8 posted meanwhile (finalizers are code, too) is within the task's deadline.
    entered.pump();
    shared
        .own
        .took_cpu(isolate::thread_cpu_time().saturating_sub(begun));
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
        RunResult::InitFailed(record) => {
            shared.forget(task.id);
            shared.tell(Completion::InitFailed {
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
                "task '{name}' passed the memory limit of {} MiB and was stopped{}. Raise \
                 memoryLimitMb, or pass less data at a time",
                shared.config.memory_limit >> 20,
                if spent {
                    format!("; {}", shared.config.aftermath())
                } else {
                    String::new()
                }
            ),
        ),
        // A run that is pending has not ended: it does not get here.
        RunResult::Stopped | RunResult::Pending(_) => shared.fail(
            task,
            "OFFLOOP_ERR_ISOLATE_LOST",
            format!("task '{name}' was stopped by its isolate"),
        ),
    }
}
