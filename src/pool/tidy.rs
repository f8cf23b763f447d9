//! Copies of shared values that nobody can ask for any more: idle isolates drop them, too.

use std::sync::atomic::Ordering;

use super::queue::Errand;
use super::runner;
use super::seat;
use super::shared::Shared;
use super::slab::Hold;
use crate::isolate::{Entered, freed_shares};

impl Shared {
    /// Sends a runner for the idle isolates; busy ones see to it before their next task.
    pub fn tidy(&self) {
        let is_needed = self.is_open() && self.slab.has_untidy(freed_shares());
        if is_needed && !self.tidy_is_set.swap(true, Ordering::AcqRel) {
            self.send_errand(runner::tidy, Errand::Away);
        }
    }

    /// On a pool's thread: one after the other, so that tasks find the rest.
    pub(super) fn tidy_idle(&self, stack_limit: usize) {
        self.tidy_is_set.store(false, Ordering::Release);
        let freed = freed_shares();
        while let Some((mut kept, since)) = self.slab.take_untidy(freed) {
            seat::hold(kept.hold());
            let heap_used = kept.isolate.enter(stack_limit, tidy);
            let vitals = self.stats.vitals(kept.isolate.id());
            vitals.set_heap_used(heap_used);
            if kept.isolate.is_lost() {
                self.dispose(runner::expel_lost(self, kept), "lost");
                continue;
            }
            // Before another thread has it.
            seat::hold(Hold::Nothing);
            if let Err(outdated) = self.slab.put_back(kept, since) {
                self.dispose(outdated, "recycled");
            }
        }
    }
}

fn tidy(entered: &mut Entered<'_>) -> u64 {
    entered.tidy()
}
