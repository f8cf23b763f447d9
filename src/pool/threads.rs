//! The threads of a pool: started by Rayon, joined by us.
//!
//! A thread that made an isolate leaves state of OpenSSL's behind (V8 draws its seed from there), which is freed when
//! the thread ends. Rayon only tells its threads to end; if the process exits meanwhile, OpenSSL's own clean-up frees
//! the same state, and the process aborts. So the exit hook waits until the threads are gone.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::runner;

/// Threads of this process. Those of closed pools stay until they are gone: their last steps may be yet to come.
static THREADS: Mutex<Vec<Thread>> = Mutex::new(Vec::new());

struct Thread {
    pool: u32,
    handle: JoinHandle<()>,
    /// Rayon has told it to end.
    told: bool,
}

/// Starts the threads of pool `pool`.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    pool: u32,
    name: &str,
    count: usize,
    stack_size: usize,
) -> Result<ThreadPool, ThreadPoolBuildError> {
    let name: Arc<str> = name.into();
    ThreadPoolBuilder::new()
        .num_threads(count)
        .start_handler(runner::on_thread_start)
        // Runners catch their own panics; a last one must not abort the process.
        .panic_handler(|_panic| {})
        .spawn_handler(move |thread| -> io::Result<()> {
            let handle = std::thread::Builder::new()
                .name(thread_name(&name, thread.index()))
                .stack_size(stack_size)
                .spawn(|| thread.run())?;
            let mut threads = lock();
            // Of pools that ended long ago.
            for gone in threads.extract_if(.., |thread| thread.handle.is_finished()) {
                let _ = gone.handle.join();
            }
            threads.push(Thread {
                pool,
                handle,
                told: false,
            });
            Ok(())
        })
        .build()
}

/// Tells the threads of pool `pool` to end, and returns at once. May be called by one of them.
pub fn tell(pool: u32, threads: ThreadPool) {
    drop(threads);
    for thread in lock().iter_mut().filter(|thread| thread.pool == pool) {
        thread.told = true;
    }
}

/// Waits until every thread that was told to end is gone. `false`: one was not by `deadline`.
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

fn lock() -> std::sync::MutexGuard<'static, Vec<Thread>> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}
