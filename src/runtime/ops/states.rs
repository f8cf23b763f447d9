//! What an isolate keeps between two operations, by number: streams of compression. The bridge drops a
//! state when the JavaScript object that holds its number is collected, be it inside an operation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::codec::Codec;

/// Those of one isolate. Only the thread that has entered it asks, so nobody ever waits here.
#[derive(Default)]
pub struct States(Mutex<Table>);

#[derive(Default)]
struct Table {
    last: u32,
    /// None while an operation has it.
    held: HashMap<u32, Option<Box<dyn Codec>>>,
}

impl States {
    /// Keeps a state until [`drop`](States::drop); its number.
    pub fn keep(&self, state: Box<dyn Codec>) -> u32 {
        let mut table = self.lock();
        loop {
            table.last = table.last.wrapping_add(1);
            let number = table.last;
            if let Entry::Vacant(place) = table.held.entry(number) {
                place.insert(Some(state));
                return number;
            }
        }
    }

    /// Lends it: an operation that fails inside leaves nothing that could be used again.
    pub fn take(&self, number: u32) -> Option<Box<dyn Codec>> {
        self.lock().held.get_mut(&number)?.take()
    }

    /// Ends a loan, unless it was dropped meanwhile.
    pub fn give_back(&self, number: u32, state: Box<dyn Codec>) {
        if let Some(place) = self.lock().held.get_mut(&number) {
            *place = Some(state);
        }
    }

    /// Frees it. One that is lent is freed by its borrower.
    pub fn drop(&self, number: u32) {
        let state = self.lock().held.remove(&number);
        drop(state);
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
