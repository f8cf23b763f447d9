//! Threads and isolates that are lost: wedged in a builtin that V8 cannot interrupt, or parked where V8 gave up.

use std::sync::Arc;

use super::completion::Completion;
use super::queue::Errand;
use super::seat::{self, Held};
use super::shared::Shared;
use super::slab::Hold;
use super::stats::count;
use super::undisposed;
use crate::isolate::Loss;
use crate::task::Task;

impl Shared {
    /// The run of `task` was told to stop and has had its time. If it is still on, its thread and isolate are given up;
    /// should it end after all, the thread disposes of the isolate and ends, too.
    pub(super) fn give_up(&self, task: &Arc<Task>) {
        let Some(berth) = task.give_up() else { return };
        // Only a run that passed its memory limit has not been answered yet.
        let unanswered = task.settle_running();
        let held = Held {
            task: Some(Arc::clone(task)),
            out: true,
            away: false,
            hold: Hold::Isolate(berth.isolate, berth.generation),
        };
        count(&self.stats.isolates_wedged);
        if unanswered {
            self.lose_own("OFFLOOP_ERR_MEMORY_LIMIT", &self.passed_limit());
        } else {
            self.lose_own(
                "OFFLOOP_ERR_ISOLATE_LOST",
                "it was told to stop in a builtin that V8 cannot interrupt, and is still in it",
            );
        }
        // Before the answer: whoever hears of it must find the other thread there.
        self.write_off(berth.lane, &held);
        if unanswered {
            let message = format!(
                "task '{}' passed the memory limit of {} MiB in a builtin that V8 cannot interrupt; {}. Raise \
                 memoryLimitMb, or pass less data at a time",
                task.function.name,
                self.config.memory_limit >> 20,
                self.config.aftermath()
            );
            self.fail(task, "OFFLOOP_ERR_MEMORY_LIMIT", message);
        }
    }

    /// This thread never comes back from where it is: V8 gave up its isolate.
    pub(super) fn lose_this_thread(&self, loss: &Loss) {
        let Some(seat) = seat::here() else { return };
        let held = seat.leave();
        count(&self.stats.isolates_parked);
        self.lose_own(
            if loss.out_of_memory {
                "OFFLOOP_ERR_MEMORY_LIMIT"
            } else {
                "OFFLOOP_ERR_ISOLATE_LOST"
            },
            &format!("V8 could not go on with it ({})", loss.why),
        );
        // It may have been given up before, as wedged.
        if held.task.as_ref().is_none_or(|task| task.give_up_here()) {
            self.write_off(seat.lane, &held);
        }
        match &held.task {
            Some(task) => self.fail_lost(task, loss),
            None => self.tell(Completion::Trouble {
                code: "OFFLOOP_ERR_ISOLATE_LOST",
                message: format!(
                    "an isolate of pool '{}' and its thread were lost between two tasks ({}) and are replaced",
                    self.config.name, loss.why
                ),
            }),
        }
    }

    /// A thread of V8's never comes back from its work for an isolate that runs `task`, or ran it last.
    pub(super) fn lose_v8_thread(&self, task: u64, loss: &Loss) {
        // For the thread: Node would wait for it at its end.
        undisposed::add(1);
        count(&self.stats.isolates_parked);
        self.tell(Completion::Trouble {
            code: "OFFLOOP_ERR_ISOLATE_LOST",
            message: format!(
                "one of the threads that V8 collects garbage with ran out of memory ({}) and is lost to the whole \
                 process: restart it soon. A second one will end it",
                loss.why
            ),
        });
        let task = self.lock_tasks().get(&task).cloned();
        if let Some(task) = task {
            self.fail_lost(&task, loss);
            // The run may wait for that thread for ever.
            self.stop_run(&task);
        }
    }

    fn fail_lost(&self, task: &Task, loss: &Loss) {
        if !task.settle_running() {
            return;
        }
        self.vacate(task);
        let name = &task.function.name;
        if loss.out_of_memory {
            let message = format!(
                "task '{name}' needed more memory than V8 can have ({}); {}. The memory limit is {} MiB: pass less data \
                 at a time",
                loss.why,
                self.config.aftermath(),
                self.config.memory_limit >> 20
            );
            self.fail(task, "OFFLOOP_ERR_MEMORY_LIMIT", message);
        } else {
            let message = format!(
                "task '{name}' was lost to a fatal error of V8's ({}); {}",
                loss.why,
                self.config.aftermath()
            );
            self.fail(task, "OFFLOOP_ERR_ISOLATE_LOST", message);
        }
    }

    /// A thread is lost with all that it held; another takes its place.
    fn write_off(&self, lane: u64, held: &Held) {
        undisposed::add(1);
        count(&self.stats.isolates_lost);
        self.slab.write_off(held.hold);
        if let Some(isolate) = held.hold.isolate() {
            self.stats.lost(isolate);
        }
        if held.away {
            self.queue.back();
        }
        let this = self.weak().upgrade();
        if this.is_some_and(|this| self.threads.write_off(&this, lane, self.is_alive())) {
            count(&self.stats.threads_replaced);
        }
        if !held.out {
            // It was ending the pool, and nobody else will.
            if !self.is_alive() {
                self.end_requests();
                self.tell(Completion::Closed);
            }
            return;
        }
        if self.queue.write_off(held.task.as_deref()) {
            self.send_runner();
        } else if self.is_closing() {
            // It may have been the last one, which ends the pool.
            self.queue.add_runner(Errand::Looking);
            self.send_runner();
        }
        if held.hold == Hold::Place {
            self.fail_attempts(
                "OFFLOOP_ERR_ISOLATE_LOST",
                "V8 gave up an isolate that was being made",
            );
        }
        self.answer_requests();
        self.keep_minimum();
    }
}
