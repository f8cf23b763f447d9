//! One monitor of loop and collections per environment; measurements take snapshots of it and
//! subtract.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use napi::bindgen_prelude::{Error, Float64Array, Result};
use napi_derive::napi;

use crate::isolate::ffi::{self, OlLoopMonitorCalls};
use crate::measure::{BUCKETS, Turns, midpoint};

const NANOSECONDS_PER_MS: f64 = 1e6;

thread_local! {
    /// Node runs one environment per thread.
    static CURRENT: RefCell<Option<Monitor>> = const { RefCell::new(None) };
}

struct Monitor {
    raw: NonNull<ffi::OlLoopMonitor>,
    turns: Rc<RefCell<Turns>>,
    users: Cell<u32>,
}

/// What the event loop has done since the first measurement. Two of them subtracted are a window.
#[napi(object)]
pub struct NativeLoopSnapshot {
    /// Milliseconds that the counted turns were busy.
    pub busy_ms: f64,
    /// Milliseconds that counting took.
    pub own_ms: f64,
    /// Turns by busy time, one number for each of `loopMonitorBuckets`.
    pub counts: Float64Array,
}

/// Garbage collection since the first measurement, while any was under way.
#[napi(object)]
pub struct NativeCollections {
    /// Milliseconds that JavaScript was held up.
    pub pauses_ms: f64,
    /// Full (mark-compact) collections.
    pub full: f64,
}

/// The middles of the buckets, in ascending milliseconds.
#[napi]
pub fn loop_monitor_buckets() -> Float64Array {
    let middles = (0..BUCKETS).map(|at| midpoint(at) / NANOSECONDS_PER_MS);
    Float64Array::new(middles.collect())
}

/// Counts this environment's turns and collections until as many `loopMonitorStop` have been called.
#[napi]
pub fn loop_monitor_start() -> Result<()> {
    CURRENT.with_borrow_mut(|current| {
        let monitor = match current {
            Some(monitor) => monitor,
            None => current.insert(open()?),
        };
        if monitor.users.replace(monitor.users.get() + 1) == 0 {
            let (mut now, mut idle) = (0, 0);
            // SAFETY: live until `ended` takes it out of CURRENT; on its environment's thread.
            unsafe {
                ffi::ol_loop_monitor_clock(monitor.raw.as_ptr(), &raw mut now, &raw mut idle);
            }
            monitor.turns.borrow_mut().resume(now, idle);
            // SAFETY: as above.
            unsafe { ffi::ol_loop_monitor_start(monitor.raw.as_ptr()) };
        }
        Ok(())
    })
}

/// Takes one `loopMonitorStart` back.
#[napi]
pub fn loop_monitor_stop() {
    CURRENT.with_borrow(|current| {
        let Some(monitor) = current else { return };
        let users = monitor.users.get();
        monitor.users.set(users.saturating_sub(1));
        if users == 1 {
            // SAFETY: live until `ended` takes it out of CURRENT; on its environment's thread.
            unsafe { ffi::ol_loop_monitor_stop(monitor.raw.as_ptr()) };
        }
    });
}

/// The turns counted so far; null when nothing was ever counted here.
#[napi]
pub fn loop_monitor_snapshot() -> Option<NativeLoopSnapshot> {
    CURRENT.with_borrow(|current| {
        let turns = current.as_ref()?.turns.borrow();
        let counts = turns.counts().iter().map(|&count| count as f64);
        Some(NativeLoopSnapshot {
            busy_ms: turns.busy() as f64 / NANOSECONDS_PER_MS,
            own_ms: turns.own() as f64 / NANOSECONDS_PER_MS,
            counts: Float64Array::new(counts.collect()),
        })
    })
}

/// The collections so far; null when nothing was ever counted here.
#[napi]
pub fn loop_monitor_collections() -> Option<NativeCollections> {
    CURRENT.with_borrow(|current| {
        let turns = current.as_ref()?.turns.borrow();
        Some(NativeCollections {
            pauses_ms: turns.pauses() as f64 / NANOSECONDS_PER_MS,
            full: turns.full_collections() as f64,
        })
    })
}

fn open() -> Result<Monitor> {
    let turns = Rc::new(RefCell::new(Turns::new()));
    let data = Rc::into_raw(Rc::clone(&turns));
    let calls = OlLoopMonitorCalls {
        turned,
        collected,
        ended,
    };
    // SAFETY: called by JavaScript, so on an environment's thread. `data` is one count of the Rc,
    // which `ended` takes back.
    let raw = unsafe { ffi::ol_loop_monitor_open(calls, data.cast_mut().cast()) };
    let Some(raw) = NonNull::new(raw) else {
        // SAFETY: the bridge did not keep the count that `into_raw` let go above.
        drop(unsafe { Rc::from_raw(data) });
        return Err(Error::from_reason("this thread has no event loop"));
    };
    Ok(Monitor {
        raw,
        turns,
        users: Cell::new(0),
    })
}

extern "C" fn turned(data: *mut c_void, now: u64, idle: u64) {
    // SAFETY: the count that `open` lent out lasts until `ended`, and both run on this thread.
    let turns = unsafe { &*data.cast::<RefCell<Turns>>() };
    // Nothing below calls back into JavaScript: no other borrow can be under way.
    let mut turns = turns.borrow_mut();
    turns.turned(now, idle);
    turns.spent(ffi::uv_hrtime().saturating_sub(now));
}

extern "C" fn collected(data: *mut c_void, full: i32, pause: u64) {
    // SAFETY: as in `turned`.
    let turns = unsafe { &*data.cast::<RefCell<Turns>>() };
    // V8 collects while JavaScript allocates, which nothing does that holds a borrow; a panic here
    // would end the process.
    if let Ok(mut turns) = turns.try_borrow_mut() {
        turns.collected(full != 0, pause);
    }
}

extern "C" fn ended(data: *mut c_void) {
    CURRENT.take();
    // SAFETY: called once; takes back the count that `open` lent out.
    drop(unsafe { Rc::from_raw(data.cast::<RefCell<Turns>>()) });
}
