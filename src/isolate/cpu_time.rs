//! How much of a CPU this thread has had.

use std::time::Duration;

/// Zero where the system does not tell.
#[cfg(unix)]
pub fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a place for the answer.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if failed != 0 {
        return Duration::ZERO;
    }
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

/// Zero where the system does not tell.
#[cfg(not(unix))]
pub fn thread_cpu_time() -> Duration {
    Duration::ZERO
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn it_grows_with_work() {
        let begun = thread_cpu_time();
        let started = Instant::now();
        while thread_cpu_time().saturating_sub(begun) < Duration::from_millis(5) {
            assert!(started.elapsed() < Duration::from_mins(1));
        }
    }
}
