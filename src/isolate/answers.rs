//! Brings answers of the environments to the isolates that wait for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::payload::Payload;
use super::switch::Switch;

/// The isolates of the process, by id.
static ISOLATES: Mutex<Option<HashMap<u64, Weak<Switch>>>> = Mutex::new(None);

/// Brings the answer to call number `call` of isolate `isolate`: a value, or an error record if it `failed`. `false`:
/// the isolate is gone. An answer to a run that has ended is dropped.
pub fn answer(isolate: u64, call: u64, failed: bool, payload: Option<Payload>) -> bool {
    let switch = lock()
        .as_ref()
        .and_then(|known| known.get(&isolate)?.upgrade());
    let Some(switch) = switch else {
        return false;
    };
    switch.answer(call, failed, payload);
    true
}

pub(super) fn enter(isolate: u64, switch: &Arc<Switch>) {
    let mut isolates = lock();
    let isolates = isolates.get_or_insert_default();
    isolates.insert(isolate, Arc::downgrade(switch));
}

pub(super) fn remove(isolate: u64) {
    if let Some(isolates) = &mut *lock() {
        isolates.remove(&isolate);
    }
}

fn lock() -> MutexGuard<'static, Option<HashMap<u64, Weak<Switch>>>> {
    ISOLATES.lock().unwrap_or_else(PoisonError::into_inner)
}
