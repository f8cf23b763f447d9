//! The threads of a pool: started by Rayon, joined by us.
//!
//! A thread that made an isolate leaves state of OpenSSL's behind (V8 draws its seed from there), which is freed when
//! the thread ends. Rayon only tells its threads to end; if the process exits meanwhile, OpenSSL's own clean-up frees
//! the same state, and the process aborts. So the exit hook waits until the threads are gone.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::config::PoolConfig;
use super::lanes::{LaneId, Lanes, Place};
use super::runner;
use super::shared::Shared;

/// What a thread is given to do. `false`: it was written off meanwhile, and must end.
pub type Job = fn(&Arc<Shared>, LaneId) -> bool;

/// Threads of this process. Those of closed pools stay until they are gone: their last steps may be yet to come.
static THREADS: Mutex<Vec<Thread>> = Mutex::new(Vec::new());

struct Thread {
    lane: LaneId,
    handle: JoinHandle<()>,
    /// It is about to end.
    told: bool,
}

/// Threads, each a Rayon registry of its own: one pool's, or those that all isolates of users in an environment share.
pub struct Threads(Mutex<Inner>);

/// What one of them is to do next, and for whom.
type Sent = (Arc<Shared>, Job);

struct Inner {
    lanes: Lanes<ThreadPool, Sent>,
    /// For names.
    started: usize,
    ended: bool,
}

impl Threads {
    /// No thread yet: each starts with the first job for which no other is free.
    pub fn new(most: usize) -> Self {
        Self(Mutex::new(Inner {
            lanes: Lanes::new(most),
            started: 0,
            ended: false,
        }))
    }

    /// Gives `job` to a thread. `false`: there is none, and none can be started.
    pub fn send(&self, shared: &Arc<Shared>, job: Job) -> bool {
        let mut inner = self.lock();
        if inner.ended {
            return false;
        }
        match inner.lanes.place((Arc::clone(shared), job)) {
            Place::Lane(lane, sent) => {
                inner.give(lane, sent);
                true
            }
            Place::NewLane(sent) => inner.start(sent.clone()) || inner.lanes.place_later(sent),
            Place::Later => true,
        }
    }

    /// A thread does not come back from its job: it ends if it ever does. Returns whether another was started in its
    /// place, as it is when `replace` says so.
    pub fn write_off(&self, shared: &Arc<Shared>, lane: LaneId, replace: bool) -> bool {
        let mut inner = self.lock();
        let (registry, owed) = inner.lanes.write_off(lane);
        // Rayon ends the thread when it has nothing left to do.
        drop(registry);
        // What waits for a thread may be another isolate's.
        if inner.ended || !(replace || owed.is_some()) {
            return false;
        }
        let nothing = || (Arc::clone(shared), runner::nothing as Job);
        inner.start(owed.clone().unwrap_or_else(nothing)) || {
            // Without a new thread now, the next job tries again.
            if let Some(owed) = owed {
                inner.lanes.keep(owed);
            }
            false
        }
    }

    /// The job of `lane` waits for something else than a CPU, or goes on. Others may have another thread meanwhile: what
    /// it waits for may be one of them.
    pub fn set_waiting(&self, lane: LaneId, waits: bool) {
        let mut inner = self.lock();
        if !waits {
            inner.lanes.wake(lane);
        } else if !inner.ended
            && let Some(sent) = inner.lanes.wait(lane)
            && !inner.start(sent.clone())
        {
            inner.lanes.keep(sent);
        }
    }

    /// Whether jobs wait for a thread: one that could go on should let them.
    pub fn is_owed(&self) -> bool {
        self.lock().lanes.is_owed()
    }

    /// Tells all threads to end, and returns at once. May be called by one of them.
    pub fn end(&self) {
        let lanes = {
            let mut inner = self.lock();
            inner.ended = true;
            inner.lanes.take_all()
        };
        for (lane, registry) in lanes {
            drop(registry);
            tell(lane);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}

impl Inner {
    fn start(&mut self, sent: Sent) -> bool {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let lane = NEXT.fetch_add(1, Ordering::Relaxed);
        match start(lane, &sent.0.config, self.started) {
            Ok(registry) => {
                self.started += 1;
                self.lanes.add(lane, registry);
                self.give(lane, sent);
                true
            }
            Err(_) => false,
        }
    }

    fn give(&self, lane: LaneId, sent: Sent) {
        if let Some(registry) = self.lanes.registry(lane) {
            registry.spawn_fifo(move || work_through(lane, sent));
        }
    }
}

/// On the lane's own thread: `job`, and what else waits for a thread.
fn work_through(lane: LaneId, sent: Sent) {
    let threads = Arc::clone(&sent.0.threads);
    let mut next = Some(sent);
    while let Some((shared, job)) = next {
        // Runners catch the panics of tasks; one that gets here must not cost the thread its place.
        if let Ok(false) = catch_unwind(AssertUnwindSafe(|| job(&shared, lane))) {
            return;
        }
        // It may hold the last reference to its isolate, whose end takes a while.
        drop(shared);
        let mut inner = threads.lock();
        let surplus = inner.lanes.take_surplus(lane);
        next = if surplus.is_none() {
            inner.lanes.give_back(lane)
        } else {
            None
        };
        drop(inner);
        if surplus.is_some() {
            // Rayon ends the thread when this job has.
            tell(lane);
        }
    }
}

fn start(
    lane: LaneId,
    config: &PoolConfig,
    index: usize,
) -> Result<ThreadPool, ThreadPoolBuildError> {
    let name = thread_name(&config.name, index);
    let stack_size = config.thread_stack_size();
    ThreadPoolBuilder::new()
        .num_threads(1)
        .start_handler(runner::on_thread_start)
        // Runners catch their own panics; a last one must not abort the process.
        .panic_handler(|_panic| {})
        .spawn_handler(move |thread| -> io::Result<()> {
            let handle = std::thread::Builder::new()
                .name(name.clone())
                .stack_size(stack_size)
                .spawn(|| thread.run())?;
            let mut threads = lock();
            // Of pools that ended long ago.
            for gone in threads.extract_if(.., |thread| thread.handle.is_finished()) {
                let _ = gone.handle.join();
            }
            threads.push(Thread {
                lane,
                handle,
                told: false,
            });
            Ok(())
        })
        .build()
}

/// The thread of `lane` is about to end: from here on it is waited for.
pub fn tell(lane: LaneId) {
    for thread in lock().iter_mut().filter(|thread| thread.lane == lane) {
        thread.told = true;
    }
}

/// Waits until every thread that is about to end is gone. `false`: one was not by `deadline`.
pub fn join_told(deadline: Instant) -> bool {
    let ending: Vec<Thread> = lock().extract_if(.., |thread| thread.told).collect();
    let mut all = true;
    for thread in ending {
        while !thread.handle.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_micros(100));
        }
        if thread.handle.is_finished() {
            // Finished is not yet gone: its thread-local destructors run now. A panic in it was told already.
            let _ = thread.handle.join();
        } else {
            all = false;
            lock().push(thread);
        }
    }
    all
}

/// `offloop-<name>-<index>`, the name cut so that Linux, which shows 15 bytes, shows the index.
fn thread_name(pool: &str, index: usize) -> String {
    const SHOWN: usize = 15;
    let index = index.to_string();
    let room = SHOWN.saturating_sub("offloop--".len() + index.len());
    let mut end = room.min(pool.len());
    while !pool.is_char_boundary(end) {
        end -= 1;
    }
    format!("offloop-{}-{index}", &pool[..end])
}

fn lock() -> MutexGuard<'static, Vec<Thread>> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}
