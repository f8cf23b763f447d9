//! A task that waits, set aside with its isolate while its thread does something else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::{Errand, Poke, Wait};
use super::runner;
use super::shared::Shared;
use super::slab::Kept;
use crate::isolate::{self, Entered, Ready, Switch};
use crate::task::Task;

/// What a runner needs in order to go on with a task.
pub struct Aside {
    /// The task.
    pub task: Arc<Task>,
    /// Its isolate.
    pub kept: Kept,
    /// What is known of its run.
    pub begun: Begun,
}

/// What is known of a run from its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// When it began.
    pub at: Instant,
    /// That cloning its arguments took; 0 when it was too little to measure.
    pub clone_in_ns: u64,
}

impl Poke for Switch {
    fn poke(&self) {
        Switch::poke(self);
    }
}

impl Ready for Shared {
    fn ready(&self, isolate: u64) {
        if self.queue.make_ready(isolate) {
            self.send_runner();
        }
    }
}

impl Shared {
    /// Whether the runner of a task that waits is to wait with it.
    pub(super) fn wait_or_set_aside(&self, entered: &Entered<'_>, task: &Task) -> Wait {
        if !isolate::can_watch() {
            self.queue.no_asides();
        }
        let wakes = Arc::clone(entered.switch());
        self.queue.wait_or_set_aside(task, wakes)
    }

    /// Sets a task aside that waits for `wait` at most, in the place that was reserved for it.
    pub(super) fn set_aside(&self, aside: Aside, wait: Option<Duration>) {
        let task = Arc::clone(&aside.task);
        let isolate = aside.kept.isolate.id();
        let ready = self.weak();
        self.queue.set_aside(&task, isolate, aside, |aside| {
            aside.kept.isolate.watch(wait, ready);
        });
        // Whoever settled it while it was on its way here did not find it.
        if task.is_settled() {
            self.abandon(&task);
        }
    }

    /// A settled task will not go on: if it is set aside, its isolate is disposed of.
    pub(super) fn abandon(&self, task: &Task) {
        let Some((mut aside, was_ready)) = self.queue.take_aside(task) else {
            return;
        };
        if was_ready {
            aside.kept.isolate.watch_is_over();
        }
        let leaving = if aside.kept.isolate.is_lost() {
            runner::expel_lost(self, aside.kept)
        } else {
            self.slab.expel(aside.kept)
        };
        self.slab.doom(leaving);
        // The environment's exit hook does it itself.
        if self.is_alive() {
            self.send_errand(runner::bury, Errand::Away);
        }
    }
}
