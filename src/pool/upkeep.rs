//! Isolates without a task: made ahead of need, renewed, disposed of when they were idle for long.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::completion::Completion;
use super::queue::Errand;
use super::runner;
use super::seat;
use super::shared::Shared;
use super::slab::{Hold, Kept, Leaving};
use super::stats::count;
use super::threads::Job;
use super::watchdog::{Alarm, Watchdog};
use crate::isolate::{Host, Isolate, Limits};

/// What the pool's owner waits for.
#[derive(Debug)]
struct Request {
    /// Chosen by the owner.
    id: u64,
    until: Until,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    /// So many attempts to make an isolate have ended.
    Attempts(u64),
    /// No isolate of an earlier generation is left.
    Renewed(u64),
}

/// Requests that were not answered yet.
#[derive(Debug, Default)]
pub struct Requests(Mutex<Vec<Request>>);

impl Shared {
    /// Sees to it that `count` isolates exist; request `id` is answered when they do.
    pub fn warm_up(&self, count: usize, id: u64) {
        // First: it must hear of an attempt that fails at once.
        self.requests.lock().push(Request {
            id,
            until: Until::Attempts(u64::MAX),
        });
        self.reserve(count);
        let (finished, pending) = self.slab.attempts();
        if let Some(request) = self.requests.lock().iter_mut().find(|it| it.id == id) {
            request.until = Until::Attempts(finished + pending);
        }
        self.answer_requests();
    }

    /// Disposes of every isolate that exists, of those with a task after it; request `id` is
    /// answered when they are gone. Tasks that have not begun find new ones.
    pub fn recycle(&self, id: u64) {
        let generation = self.slab.renew();
        self.requests.lock().push(Request {
            id,
            until: Until::Renewed(generation),
        });
        self.answer_requests();
        if self.slab.has_older_than(generation) {
            self.send_errand(runner::renew, Errand::Away);
        }
    }

    /// Sends a runner that disposes of isolates which were idle for too long.
    pub fn reap(&self) {
        self.reap_is_set.store(false, Ordering::Release);
        if self.is_open() {
            self.send_errand(runner::reap, Errand::Away);
        }
    }

    /// Sees to it that idle isolates are disposed of in time.
    pub(super) fn schedule_reap(&self) {
        let Some(timeout) = self.config.idle_timeout else {
            return;
        };
        let Some(at) = self.slab.next_expiry(timeout, self.config.min_threads) else {
            return;
        };
        if !self.reap_is_set.swap(true, Ordering::AcqRel) {
            Watchdog::get().set(at, Alarm::Reap(self.weak()));
        }
    }

    /// Sees to it that as many isolates as are always kept exist.
    pub(super) fn keep_minimum(&self) {
        if self.config.min_threads > 0 && self.is_open() {
            self.reserve(self.config.min_threads);
        }
    }

    /// Fills a place of the slab's with an isolate made on this thread.
    pub(super) fn fill_place(&self) -> Result<Kept, String> {
        seat::hold(Hold::Place);
        match self.make_isolate() {
            Ok(isolate) => {
                let id = isolate.id();
                // Before it counts as made: another thread may answer who waits for that.
                self.stats.born(id);
                self.tell(Completion::IsolateCreated { isolate: id });
                let kept = self.slab.made(isolate);
                seat::hold(kept.hold());
                self.answer_requests();
                Ok(kept)
            }
            Err(why) => {
                self.slab.not_made();
                seat::hold(Hold::Nothing);
                count(&self.stats.isolates_lost);
                self.fail_attempts("OFFLOOP_ERR_ISOLATE_LOST", &why);
                Err(why)
            }
        }
    }

    /// Disposes of an isolate on this thread, unless that would wait for ever.
    pub(super) fn dispose(&self, leaving: Leaving, reason: &'static str) {
        let isolate = leaving.id();
        let lost = leaving.is_lost();
        seat::hold(leaving.hold());
        self.slab.dispose(leaving, || {
            if matches!(reason, "recycled" | "memory-limit" | "abandoned") {
                count(&self.stats.isolates_recycled);
            }
            if lost {
                self.stats.lost(isolate);
            } else {
                self.tell_disposed(isolate, reason);
            }
        });
        seat::hold(Hold::Nothing);
        self.answer_requests();
        self.keep_minimum();
    }

    /// An isolate is gone.
    pub(super) fn tell_disposed(&self, isolate: u64, reason: &'static str) {
        self.stats.died(isolate);
        self.tell(Completion::IsolateDisposed { isolate, reason });
    }

    /// The pool takes no more tasks: nothing is made ahead any more.
    pub(super) fn end_warm_up(&self) {
        self.slab.forget_ahead();
        self.fail_attempts("OFFLOOP_ERR_CLOSED", "the pool is closing");
    }

    fn make_isolate(&self) -> Result<Isolate, String> {
        let limits = Limits {
            memory: self.config.memory_limit,
        };
        let host = self.weak().upgrade().ok_or("the pool is gone")?;
        let mut isolate = Isolate::new(limits, self.config.policy.as_ref(), host as Arc<dyn Host>)?;
        if let Some(data) = &self.config.setup.worker_data {
            isolate.set_worker_data(Arc::clone(data));
        }
        if let Some(facts) = &self.config.setup.facts {
            isolate.set_facts(Arc::clone(facts));
        }
        Ok(isolate)
    }

    fn reserve(&self, goal: usize) {
        for _ in 0..self.slab.reserve(goal) {
            // Each makes one isolate, which the next task needs as well.
            self.send_errand(runner::warm, Errand::Looking);
        }
    }

    pub(super) fn send_errand(&self, job: Job, errand: Errand) {
        self.queue.add_runner(errand);
        if self.send(job) {
            return;
        }
        if errand == Errand::Away {
            self.queue.back();
        }
        self.queue.retire();
        self.slab.forget_ahead();
        self.fail_attempts(
            "OFFLOOP_ERR_ISOLATE_LOST",
            "the system could not start the pool's threads",
        );
    }

    /// Answers those who waited for what has happened.
    pub(super) fn answer_requests(&self) {
        let mut requests = self.requests.lock();
        if requests.is_empty() {
            return;
        }
        let (finished, _) = self.slab.attempts();
        requests.retain(|request| {
            let waits = match request.until {
                Until::Attempts(ended) => finished < ended,
                Until::Renewed(generation) => self.slab.has_older_than(generation),
            };
            if !waits {
                self.tell(Completion::Answered {
                    request: request.id,
                    refusal: None,
                });
            }
            waits
        });
    }

    /// The pool has ended, and nobody disposes of what is left.
    pub(super) fn end_requests(&self) {
        for request in self.requests.lock().drain(..) {
            self.tell(Completion::Answered {
                request: request.id,
                refusal: None,
            });
        }
    }

    /// Those who wait for isolates to be made are told that they need not.
    pub(super) fn fail_attempts(&self, code: &'static str, why: &str) {
        self.requests.lock().retain(|request| {
            let waits = matches!(request.until, Until::Renewed(_));
            if !waits {
                self.tell(Completion::Answered {
                    request: request.id,
                    refusal: Some((code, format!("the pool could not be warmed up: {why}"))),
                });
            }
            waits
        });
    }
}

impl Requests {
    fn lock(&self) -> MutexGuard<'_, Vec<Request>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
