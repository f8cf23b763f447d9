//! One Node environment (the main thread's or a Worker's): its pools, its wake-ups, its end.

use std::cell::RefCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crossbeam::queue::SegQueue;

use crate::isolate::ffi;
use crate::pool::{Completion, Pool, Shared, Sink, Threads, join_told, undisposed};

/// How long an exit waits for tasks to stop. A builtin that cannot be interrupted would hold the
/// process for ever.
const LONGEST_EXIT: Duration = Duration::from_millis(1500);

/// The main environment has ended, so that the process is about to end with `MAIN_CODE`.
static MAIN_ENDED: AtomicBool = AtomicBool::new(false);
static MAIN_CODE: AtomicI32 = AtomicI32::new(0);
/// The main environment has hooks of ours.
static MAIN_OPENED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Node runs one environment per thread; a Worker's thread ends with its environment.
    static CURRENT: RefCell<Option<Arc<Environment>>> = const { RefCell::new(None) };
}

/// What the pools' threads and the environment's own thread share.
pub struct Environment {
    raw: Raw,
    completions: SegQueue<(u32, Completion)>,
    /// Set by whoever wakes the loop, cleared by the loop before it takes completions: between the
    /// two, further completions need no wake-up of their own.
    awake: AtomicBool,
    pools: Mutex<Vec<Weak<Shared>>>,
    /// What the isolates of users run on; none while there is no such isolate.
    isolate_threads: Mutex<Weak<Threads>>,
    exit_code: AtomicI32,
    /// Set when it ends; predictions under way give up.
    ending: Arc<AtomicBool>,
    is_main: bool,
}

struct Raw(NonNull<ffi::OlEnv>);

// SAFETY: `ol_env_wake` may be called from any thread until the release below; everything else is
// called by methods that only the environment's own thread reaches, through `CURRENT`.
unsafe impl Send for Raw {}
// SAFETY: see above.
unsafe impl Sync for Raw {}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the last owner on Rust's side.
        unsafe { ffi::ol_env_release(self.0.as_ptr()) };
    }
}

impl Environment {
    /// Opens the environment of this thread. Does nothing when it is open already (the module was
    /// loaded twice).
    ///
    /// # Errors
    /// A sentence: libuv refused a handle, or there is no Node environment here.
    pub fn open() -> Result<(), String> {
        if CURRENT.with_borrow(Option::is_some) {
            return Ok(());
        }
        // SAFETY: called by JavaScript, so on an environment's thread with its context entered; the
        // hook reads thread-local state only.
        let raw = unsafe { ffi::ol_env_open(on_teardown, std::ptr::null_mut()) };
        let raw =
            NonNull::new(raw).ok_or("offloop could not open a handle on Node's event loop")?;
        let environment = Arc::new(Self {
            raw: Raw(raw),
            completions: SegQueue::new(),
            awake: AtomicBool::new(false),
            pools: Mutex::default(),
            isolate_threads: Mutex::default(),
            exit_code: AtomicI32::new(0),
            ending: Arc::default(),
            is_main: is_main_thread(),
        });
        if environment.is_main {
            MAIN_OPENED.store(true, Ordering::Release);
        }
        CURRENT.set(Some(environment));
        Ok(())
    }

    /// Whether the main environment was ever opened: its end is the last moment at which a thread in
    /// an isolate that nobody can dispose of can be kept from crashing the process.
    pub fn main_opened() -> bool {
        MAIN_OPENED.load(Ordering::Acquire)
    }

    /// The environment of this thread; none before it was opened and after its end.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// The function that every wake-up calls.
    pub fn on_wake(&self, function: ffi::OlValue) {
        // SAFETY: on the environment's thread (`current`), with a function of its own.
        unsafe { ffi::ol_env_on_wake(self.raw.0.as_ptr(), function) };
    }

    /// Whether the event loop is kept alive.
    pub fn hold(&self, on: bool) {
        // SAFETY: on the environment's thread (`current`).
        unsafe { ffi::ol_env_hold(self.raw.0.as_ptr(), i32::from(on)) };
    }

    /// The code that the process is about to exit with.
    pub fn set_exit_code(&self, code: i32) {
        self.exit_code.store(code, Ordering::Relaxed);
    }

    /// What becomes true when the environment ends, for work on other threads.
    pub fn ending(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ending)
    }

    /// Remembers a pool, so that it ends before the environment does.
    pub fn adopt(&self, pool: &Pool) {
        let mut pools = self.lock_pools();
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(pool.downgrade());
    }

    /// The threads that all isolates of users share, `most` of them at the same time.
    pub fn isolate_threads(&self, most: usize) -> Arc<Threads> {
        let mut kept = self.lock_isolate_threads();
        kept.upgrade().unwrap_or_else(|| {
            let threads = Arc::new(Threads::new(most));
            *kept = Arc::downgrade(&threads);
            threads
        })
    }

    /// The pool of this environment with this id, while it lives.
    pub fn pool(&self, id: u32) -> Option<Arc<Shared>> {
        let pools = self.lock_pools();
        let mut living = pools.iter().filter_map(Weak::upgrade);
        living.find(|pool| pool.id() == id)
    }

    /// At most `most` completions, in order.
    pub fn take(&self, most: usize) -> Vec<(u32, Completion)> {
        self.awake.store(false, Ordering::SeqCst);
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(completion) = self.completions.pop() else {
                return taken;
            };
            taken.push(completion);
        }
        if !self.completions.is_empty() {
            self.wake();
        }
        taken
    }

    fn wake(&self) {
        if !self.awake.swap(true, Ordering::SeqCst) {
            // SAFETY: any thread may wake it; after its end this does nothing.
            unsafe { ffi::ol_env_wake(self.raw.0.as_ptr()) };
        }
    }

    fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
        let deadline = Instant::now() + LONGEST_EXIT;
        let pools = std::mem::take(&mut *self.lock_pools());
        let pools: Vec<Arc<Shared>> = pools.iter().filter_map(Weak::upgrade).collect();
        // All are told to stop before any is waited for.
        for pool in &pools {
            pool.stop();
        }
        for pool in &pools {
            pool.end(deadline.saturating_duration_since(Instant::now()));
        }
        if let Some(threads) = self.lock_isolate_threads().upgrade() {
            threads.end();
        }
        while self.completions.pop().is_some() {}
        // Asked before the threads are waited for: one that comes back late first counts itself among them.
        let left = undisposed::any();
        let gone = !left && join_told(deadline);
        if self.is_main {
            MAIN_CODE.store(self.exit_code.load(Ordering::Relaxed), Ordering::Relaxed);
            MAIN_ENDED.store(true, Ordering::Release);
        }
        // `process.exit` of the main thread ends it before its Workers, and nothing of ours comes after them.
        if !gone && MAIN_ENDED.load(Ordering::Acquire) {
            exit_at_once(MAIN_CODE.load(Ordering::Relaxed));
        }
    }

    fn lock_isolate_threads(&self) -> MutexGuard<'_, Weak<Threads>> {
        self.isolate_threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_pools(&self) -> MutexGuard<'_, Vec<Weak<Shared>>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Environment {
    fn push(&self, pool: u32, completion: Completion) {
        self.completions.push((pool, completion));
        self.wake();
    }
}

/// Node would free what the threads that are left still use, and crash.
fn exit_at_once(code: i32) -> ! {
    // SAFETY: a null stream flushes all of the C library's.
    unsafe { libc::fflush(std::ptr::null_mut()) };
    // SAFETY: ends the process; nothing of it runs afterwards.
    unsafe { libc::_exit(code) }
}

extern "C" fn on_teardown(_data: *mut c_void) {
    let Some(environment) = CURRENT.take() else {
        return;
    };
    // Called from C++: a panic ends here. What it would leave undone, the operating system does.
    let _ = catch_unwind(AssertUnwindSafe(|| environment.end()));
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_main_thread() -> bool {
    // SAFETY: a call without arguments that cannot fail.
    let thread = unsafe { libc::gettid() };
    // SAFETY: likewise.
    let process = unsafe { libc::getpid() };
    thread == process
}

#[cfg(target_os = "macos")]
fn is_main_thread() -> bool {
    // SAFETY: a call without arguments that cannot fail.
    unsafe { libc::pthread_main_np() == 1 }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn is_main_thread() -> bool {
    // The main environment loads the addon first in every way of starting Node that has one.
    static SEEN: AtomicBool = AtomicBool::new(false);
    !SEEN.swap(true, Ordering::Relaxed)
}
