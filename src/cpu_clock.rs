//! How long a task has occupied a thread, without what it waited for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts while the task's code runs, and stands still while it waits. Without a limit it does nothing.
#[derive(Debug)]
pub struct CpuClock {
    limit: Option<Duration>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    used: Duration,
    /// When it was started; `None` while it stands still.
    since: Option<Instant>,
    /// Somebody will `check` in time.
    watched: bool,
}

/// What `check` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The limit is used up.
    Over,
    /// It may be after so long: check again then.
    Later(Duration),
    /// It stands still: `start` will say when to check again.
    Still,
}

impl CpuClock {
    /// A clock that stands still.
    pub fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            inner: Mutex::default(),
        }
    }

    /// The limit.
    pub fn limit(&self) -> Option<Duration> {
        self.limit
    }

    /// The code runs from here on. After how long it must be checked, unless somebody does so already.
    pub fn start(&self, now: Instant) -> Option<Duration> {
        let limit = self.limit?;
        let mut inner = self.lock();
        inner.since = Some(now);
        let unwatched = !std::mem::replace(&mut inner.watched, true);
        unwatched.then(|| limit.saturating_sub(inner.used))
    }

    /// It waits from here on.
    pub fn stop(&self, now: Instant) {
        if self.limit.is_none() {
            return;
        }
        let mut inner = self.lock();
        if let Some(since) = inner.since.take() {
            inner.used += now.saturating_duration_since(since);
        }
    }

    /// Whether the limit is used up.
    pub fn check(&self, now: Instant) -> Check {
        let Some(limit) = self.limit else {
            return Check::Still;
        };
        let mut inner = self.lock();
        let under_way = inner
            .since
            .map(|since| now.saturating_duration_since(since));
        let left = limit.saturating_sub(inner.used + under_way.unwrap_or_default());
        if left.is_zero() {
            Check::Over
        } else if under_way.is_some() {
            Check::Later(left)
        } else {
            inner.watched = false;
            Check::Still
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn it_stands_still_while_the_task_waits() {
        let clock = CpuClock::new(Some(ms(10)));
        let begin = Instant::now();
        assert_eq!(clock.start(begin), Some(ms(10)));
        clock.stop(begin + ms(4));
        assert_eq!(clock.check(begin + ms(1000)), Check::Still);
        assert_eq!(clock.start(begin + ms(1000)), Some(ms(6)));
        assert_eq!(clock.check(begin + ms(1005)), Check::Later(ms(1)));
        assert_eq!(clock.check(begin + ms(1006)), Check::Over);
    }

    #[test]
    fn one_check_at_a_time_is_asked_for() {
        let clock = CpuClock::new(Some(ms(10)));
        let begin = Instant::now();
        assert_eq!(clock.start(begin), Some(ms(10)));
        clock.stop(begin + ms(1));
        assert_eq!(clock.start(begin + ms(2)), None);
        assert_eq!(clock.check(begin + ms(10)), Check::Later(ms(1)));
    }

    #[test]
    fn used_up_is_used_up_even_while_it_stands_still() {
        let clock = CpuClock::new(Some(ms(3)));
        let begin = Instant::now();
        clock.start(begin);
        clock.stop(begin + ms(3));
        assert_eq!(clock.check(begin + ms(3)), Check::Over);
    }

    #[test]
    fn without_a_limit_nobody_needs_to_check() {
        let clock = CpuClock::new(None);
        assert_eq!(clock.start(Instant::now()), None);
        assert_eq!(clock.check(Instant::now()), Check::Still);
    }
}
