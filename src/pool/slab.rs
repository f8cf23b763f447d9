//! The pool's isolates, while no thread has entered them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::isolate::Isolate;

/// Idle isolates, the one used last on top: it is the warmest.
#[derive(Default)]
pub struct Slab {
    inner: Mutex<Inner>,
    /// Isolates of earlier generations run no more tasks; a look without the lock.
    generation: AtomicU64,
}

#[derive(Default)]
struct Inner {
    idle: Vec<Idle>,
    places: Places,
    /// Taken out, and nobody has begun to dispose of them.
    doomed: Vec<Leaving>,
    /// Isolates that exist, by generation.
    made: BTreeMap<u64, usize>,
}

/// How many isolates there are, and in which state.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    /// All of the following, those that are idle, and those that a thread has entered.
    all: usize,
    /// To be made ahead of need; nobody has begun.
    ahead: usize,
    /// Being made.
    filling: usize,
    /// Taken out to be disposed of.
    leaving: usize,
    /// Attempts to make one that have come to an end since the pool began.
    finished: u64,
}

struct Idle {
    kept: Kept,
    since: Instant,
}

/// An isolate of this slab.
pub struct Kept {
    /// The isolate.
    pub isolate: Isolate,
    generation: u64,
}

/// An isolate that was taken out for good and awaits its end.
pub struct Leaving(Kept);

/// What a thread has of the slab's; given back for it when it is given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// Nothing.
    #[default]
    Nothing,
    /// A place that it is filling.
    Place,
    /// An isolate, with its generation.
    Isolate(u64, u64),
    /// An isolate that it is disposing of, with its generation.
    Leaving(u64, u64),
}

impl Slab {
    /// The warmest idle isolate; without one, a place for a new one, which the caller must fill
    /// with `made` or give up with `not_made`.
    pub fn check_out(&self) -> Option<Kept> {
        let mut inner = self.lock();
        let current = self.generation.load(Ordering::Relaxed);
        // Those below an outdated one are outdated, too.
        let warmest = inner.idle.pop_if(|idle| idle.kept.generation == current);
        if let Some(idle) = warmest {
            return Some(idle.kept);
        }
        let places = &mut inner.places;
        places.filling += 1;
        // What was to be made ahead of need is needed now.
        match places.ahead {
            0 => places.all += 1,
            _ => places.ahead -= 1,
        }
        None
    }

    /// Reserves places until there are `goal`; how many that took. Each is to be filled by somebody
    /// who begins with `begin_ahead`, or by the next `check_out`.
    pub fn reserve(&self, goal: usize) -> usize {
        let places = &mut self.lock().places;
        let more = goal.saturating_sub(places.all - places.leaving);
        places.all += more;
        places.ahead += more;
        more
    }

    /// A reserved place, to be filled with `made` or given up with `not_made`. `false`: none is left.
    pub fn begin_ahead(&self) -> bool {
        let places = &mut self.lock().places;
        let is_left = places.ahead > 0;
        if is_left {
            places.ahead -= 1;
            places.filling += 1;
        }
        is_left
    }

    /// Gives up every reserved place that nobody has begun to fill.
    pub fn forget_ahead(&self) {
        let places = &mut self.lock().places;
        places.all -= places.ahead;
        places.finished += places.ahead as u64;
        places.ahead = 0;
    }

    /// A place is filled.
    pub fn made(&self, isolate: Isolate) -> Kept {
        let mut inner = self.lock();
        inner.places.filling -= 1;
        inner.places.finished += 1;
        let generation = self.generation.load(Ordering::Relaxed);
        *inner.made.entry(generation).or_default() += 1;
        Kept {
            isolate,
            generation,
        }
    }

    /// A place could not be filled.
    pub fn not_made(&self) {
        let places = &mut self.lock().places;
        places.filling -= 1;
        places.finished += 1;
        places.all -= 1;
    }

    /// Gives an isolate back.
    ///
    /// # Errors
    /// When it is of an earlier generation: it is to be disposed of.
    pub fn check_in(&self, kept: Kept) -> Result<(), Leaving> {
        let mut inner = self.lock();
        if kept.generation != self.generation.load(Ordering::Relaxed) {
            inner.places.leaving += 1;
            return Err(Leaving(kept));
        }
        inner.idle.push(Idle {
            kept,
            since: Instant::now(),
        });
        Ok(())
    }

    /// A checked-out isolate does not come back.
    pub fn expel(&self, kept: Kept) -> Leaving {
        self.lock().places.leaving += 1;
        Leaving(kept)
    }

    /// Leaves an isolate to whoever comes next to dispose of it.
    pub fn doom(&self, leaving: Leaving) {
        self.lock().doomed.push(leaving);
    }

    /// One of those that were left to be disposed of.
    pub fn take_doomed(&self) -> Option<Leaving> {
        self.lock().doomed.pop()
    }

    /// Disposes of an isolate on this thread, then calls `tell` before anybody sees it missing.
    pub fn dispose(&self, Leaving(kept): Leaving, tell: impl FnOnce()) {
        let Kept {
            isolate,
            generation,
        } = kept;
        drop(isolate);
        tell();
        let mut inner = self.lock();
        inner.places.leaving -= 1;
        inner.places.all -= 1;
        inner.forget(generation);
    }

    /// A thread is given up with what it has: nobody will fill that place, or give that isolate back.
    pub fn write_off(&self, hold: Hold) {
        match hold {
            Hold::Nothing => {}
            Hold::Place => self.not_made(),
            Hold::Isolate(_, generation) | Hold::Leaving(_, generation) => {
                let mut inner = self.lock();
                inner.places.leaving -= usize::from(matches!(hold, Hold::Leaving(..)));
                inner.places.all -= 1;
                inner.forget(generation);
            }
        }
    }

    /// Whether an isolate is idle that may be checked out.
    pub fn has_idle(&self) -> bool {
        let current = self.generation();
        let warmest = self.lock().idle.last().map(|idle| idle.kept.generation);
        warmest == Some(current)
    }

    /// Takes out every idle isolate, and those that were left to be disposed of.
    pub fn take_all(&self) -> Vec<Leaving> {
        let mut inner = self.lock();
        let count = inner.idle.len();
        let mut all = inner.take_first(count);
        all.append(&mut inner.doomed);
        all
    }

    /// Takes out the isolates that were idle for `timeout`, but keeps `least` alive.
    pub fn take_expired(&self, timeout: Duration, least: usize) -> Vec<Leaving> {
        let mut inner = self.lock();
        let now = Instant::now();
        // Pushed on top, taken from the top: the longest idle are at the bottom.
        let expired = inner
            .idle
            .iter()
            .take_while(|idle| now - idle.since >= timeout)
            .count();
        let staying = inner.places.all - inner.places.leaving;
        inner.take_first(expired.min(staying.saturating_sub(least)))
    }

    /// Takes out the idle isolates of earlier generations.
    pub fn take_outdated(&self) -> Vec<Leaving> {
        let mut inner = self.lock();
        let current = self.generation.load(Ordering::Relaxed);
        let outdated = inner
            .idle
            .iter()
            .take_while(|idle| idle.kept.generation != current)
            .count();
        inner.take_first(outdated)
    }

    /// Whether an idle isolate was last entered before so many shared values were freed.
    pub fn has_untidy(&self, freed: u64) -> bool {
        let inner = self.lock();
        let mut idle = inner.idle.iter();
        idle.any(|idle| idle.kept.isolate.seen_freed() < freed)
    }

    /// Takes out an idle isolate that was last entered before so many shared values were freed, and
    /// since when it has been idle: for `put_back`.
    pub fn take_untidy(&self, freed: u64) -> Option<(Kept, Instant)> {
        let idle = &mut self.lock().idle;
        let at = idle
            .iter()
            .position(|idle| idle.kept.isolate.seen_freed() < freed)?;
        let Idle { kept, since } = idle.remove(at);
        Some((kept, since))
    }

    /// Gives an isolate back that ran no task, in its place.
    ///
    /// # Errors
    /// When it is of an earlier generation: it is to be disposed of.
    pub fn put_back(&self, kept: Kept, since: Instant) -> Result<(), Leaving> {
        let mut inner = self.lock();
        if kept.generation != self.generation.load(Ordering::Relaxed) {
            inner.places.leaving += 1;
            return Err(Leaving(kept));
        }
        // Those that were idle for longer are below.
        let at = inner.idle.partition_point(|idle| idle.since <= since);
        inner.idle.insert(at, Idle { kept, since });
        Ok(())
    }

    /// When the next idle isolate expires, if more than `least` are alive.
    pub fn next_expiry(&self, timeout: Duration, least: usize) -> Option<Instant> {
        let inner = self.lock();
        if inner.places.all - inner.places.leaving <= least {
            return None;
        }
        inner.idle.first().map(|idle| idle.since + timeout)
    }

    /// From now on the isolates that exist run no further task. Returns the new generation.
    pub fn renew(&self) -> u64 {
        let _inner = self.lock();
        self.generation.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The generation that may run tasks: a look without the lock.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Whether isolates of a generation before this one exist.
    pub fn has_older_than(&self, generation: u64) -> bool {
        let oldest = self.lock().made.first_key_value().map(|(key, _)| *key);
        oldest.is_some_and(|oldest| oldest < generation)
    }

    /// Attempts to make an isolate that have ended, and those that have not.
    pub fn attempts(&self) -> (u64, u64) {
        let places = self.lock().places;
        let pending = (places.ahead + places.filling) as u64;
        (places.finished, pending)
    }

    /// Isolates that run tasks, or soon will.
    pub fn alive(&self) -> usize {
        let places = self.lock().places;
        places.all - places.leaving
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget(&mut self, generation: u64) {
        if let Some(count) = self.made.get_mut(&generation) {
            *count -= 1;
            if *count == 0 {
                self.made.remove(&generation);
            }
        }
    }

    fn take_first(&mut self, count: usize) -> Vec<Leaving> {
        self.places.leaving += count;
        self.idle
            .drain(..count)
            .map(|idle| Leaving(idle.kept))
            .collect()
    }
}

impl Leaving {
    /// The isolate, unique within the process.
    pub fn id(&self) -> u64 {
        self.0.isolate.id()
    }

    /// Whether a thread of V8's was lost in it, so that it cannot be disposed of.
    pub fn is_lost(&self) -> bool {
        self.0.isolate.is_lost()
    }

    /// What a thread holds that disposes of it.
    pub fn hold(&self) -> Hold {
        Hold::Leaving(self.id(), self.0.generation)
    }
}

impl Hold {
    /// The isolate, if there is one.
    pub fn isolate(self) -> Option<u64> {
        match self {
            Self::Nothing | Self::Place => None,
            Self::Isolate(isolate, _) | Self::Leaving(isolate, _) => Some(isolate),
        }
    }
}

impl Kept {
    /// Which `recycle` it came after.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What a thread holds that has it.
    pub fn hold(&self) -> Hold {
        Hold::Isolate(self.isolate.id(), self.generation)
    }
}
