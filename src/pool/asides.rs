//! Tasks that wait with their isolates set aside, so that no thread waits with them: bookkeeping without isolates.

use std::collections::{HashMap, VecDeque};

/// What is set aside, by isolate.
#[derive(Debug)]
pub struct Asides<A> {
    /// At the same time.
    most: usize,
    /// Places given away that are not filled yet.
    reserved: usize,
    there: HashMap<u64, Entry<A>>,
    /// Those that may go on, in the order in which they came to that; some may be gone.
    ready: VecDeque<u64>,
    /// Those of them that are there.
    ready_count: usize,
}

#[derive(Debug)]
struct Entry<A> {
    aside: A,
    ready: bool,
}

impl<A> Asides<A> {
    /// Nothing; `most` at the same time.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            reserved: 0,
            there: HashMap::new(),
            ready: VecDeque::new(),
            ready_count: 0,
        }
    }

    /// Gives no more places away.
    pub fn close(&mut self) {
        self.most = 0;
    }

    /// A place, to be filled with `put` or given up with `unreserve`. `false`: there is none.
    pub fn reserve(&mut self) -> bool {
        let room = self.room() > 0;
        self.reserved += usize::from(room);
        room
    }

    /// A place is not needed after all.
    pub fn unreserve(&mut self) {
        self.reserved -= 1;
    }

    /// Fills a reserved place.
    pub fn put(&mut self, isolate: u64, aside: A) -> &mut A {
        self.reserved -= 1;
        let entry = Entry {
            aside,
            ready: false,
        };
        let entry = self.there.entry(isolate).insert_entry(entry).into_mut();
        &mut entry.aside
    }

    /// It may go on. `false`: it is gone, or may already.
    pub fn make_ready(&mut self, isolate: u64) -> bool {
        match self.there.get_mut(&isolate) {
            Some(entry) if !entry.ready => entry.ready = true,
            _ => return false,
        }
        self.ready.push_back(isolate);
        self.ready_count += 1;
        true
    }

    /// The next one that may go on.
    pub fn take_ready(&mut self) -> Option<A> {
        while let Some(isolate) = self.ready.pop_front() {
            if let Some(entry) = self.there.remove(&isolate) {
                self.ready_count -= 1;
                return Some(entry.aside);
            }
        }
        None
    }

    /// Takes one out that will not go on, and whether it might have.
    pub fn take(&mut self, isolate: u64) -> Option<(A, bool)> {
        let entry = self.there.remove(&isolate)?;
        self.ready_count -= usize::from(entry.ready);
        Some((entry.aside, entry.ready))
    }

    /// Those that are there.
    pub fn len(&self) -> usize {
        self.there.len()
    }

    /// Those that may go on.
    pub fn ready_count(&self) -> usize {
        self.ready_count
    }

    /// Places that are free. One that may go on needs its place no more: where all threads hold tasks that wait, it
    /// changes places with one of them.
    pub fn room(&self) -> usize {
        let waiting = self.there.len() - self.ready_count;
        self.most.saturating_sub(waiting + self.reserved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_away_once() {
        let mut asides = Asides::new(2);
        assert!(asides.reserve() && asides.reserve());
        assert!(!asides.reserve(), "both are taken");
        asides.put(7, 'a');
        assert!(!asides.reserve(), "one is filled, one promised");
        asides.unreserve();
        assert!(asides.reserve());
        assert_eq!((asides.len(), asides.room()), (1, 0));
    }

    #[test]
    fn one_that_may_go_on_makes_room() {
        let mut asides = Asides::new(1);
        assert!(asides.reserve());
        asides.put(1, 'a');
        assert!(!asides.reserve());
        asides.make_ready(1);
        assert!(asides.reserve());
        asides.put(2, 'b');
        assert_eq!((asides.len(), asides.room()), (2, 0));
    }

    #[test]
    fn who_may_go_on_first_goes_first() {
        let mut asides = Asides::new(3);
        for (isolate, name) in [(1, 'a'), (2, 'b'), (3, 'c')] {
            assert!(asides.reserve());
            asides.put(isolate, name);
        }
        assert!(asides.make_ready(3) && asides.make_ready(1));
        assert!(!asides.make_ready(3), "it may already");
        assert_eq!(asides.take_ready(), Some('c'));
        assert_eq!(asides.take_ready(), Some('a'));
        assert_eq!(asides.take_ready(), None);
        assert_eq!(asides.len(), 1);
    }

    #[test]
    fn one_that_is_taken_out_is_not_met_again() {
        let mut asides = Asides::new(2);
        for (isolate, name) in [(1, 'a'), (2, 'b')] {
            assert!(asides.reserve());
            asides.put(isolate, name);
            asides.make_ready(isolate);
        }
        assert_eq!(asides.take(1), Some(('a', true)));
        assert_eq!(asides.take(1), None);
        assert!(!asides.make_ready(1));
        assert_eq!(asides.ready_count(), 1);
        assert_eq!(asides.take_ready(), Some('b'));
        assert_eq!(asides.ready_count(), 0);
    }
}
