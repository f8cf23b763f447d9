//! The turns of one event loop, counted by how long each was busy; and the collections within them.

use super::histogram::Histogram;

/// A turn lasts from one poll to the next. What of it was not spent waiting in poll was busy.
pub struct Turns {
    histogram: Histogram,
    /// When the turn that goes on began, and how long the loop had idled by then.
    begun: u64,
    idle: u64,
    busy: u64,
    own: u64,
    pauses: u64,
    full_collections: u64,
}

impl Turns {
    pub fn new() -> Self {
        Self {
            histogram: Histogram::new(),
            begun: 0,
            idle: 0,
            busy: 0,
            own: 0,
            pauses: 0,
            full_collections: 0,
        }
    }

    /// Counting begins, or goes on after a pause: the turn under way counts from now.
    pub fn resume(&mut self, now: u64, idle: u64) {
        self.begun = now;
        self.idle = idle;
    }

    /// A turn has ended and the next begun.
    pub fn turned(&mut self, now: u64, idle: u64) {
        let wall = now.saturating_sub(self.begun);
        let busy = wall.saturating_sub(idle.saturating_sub(self.idle));
        self.histogram.record(busy);
        self.busy += busy;
        self.resume(now, idle);
    }

    /// Counting itself took so long.
    pub fn spent(&mut self, nanoseconds: u64) {
        self.own += nanoseconds;
    }

    /// A garbage collection held JavaScript up.
    pub fn collected(&mut self, full: bool, pause: u64) {
        self.pauses += pause;
        self.full_collections += u64::from(full);
    }

    /// Nanoseconds that collections held JavaScript up.
    pub fn pauses(&self) -> u64 {
        self.pauses
    }

    /// Full (mark-compact) collections.
    pub fn full_collections(&self) -> u64 {
        self.full_collections
    }

    /// Turns by the bucket of their busy time.
    pub fn counts(&self) -> &[u64] {
        self.histogram.counts()
    }

    /// Nanoseconds that all counted turns were busy.
    pub fn busy(&self) -> u64 {
        self.busy
    }

    /// Nanoseconds that counting took.
    pub fn own(&self) -> u64 {
        self.own
    }
}
