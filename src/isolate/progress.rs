//! Keeps tasks from telling their progress faster than the environment hears of it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::payload::Payload;

/// Values of one isolate that may be on their way at the same time.
const MOST_VALUES: usize = 1024;
/// Bytes of them; a single larger value travels alone.
const MOST_BYTES: u64 = 16 << 20;

/// The values of one isolate that are on their way.
#[derive(Debug, Default)]
pub struct Progress {
    inner: Mutex<Inner>,
    /// Signalled when there is room again, and when nobody must wait any longer.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    values: usize,
    bytes: u64,
    /// The run is being stopped: nothing more is said.
    interrupted: bool,
}

/// A value on its way; room for the next is made when it has arrived and this is dropped.
#[derive(Debug)]
pub struct ProgressValue {
    /// The value; `None` is `undefined`.
    pub value: Option<Payload>,
    bytes: u64,
    progress: Arc<Progress>,
}

impl Progress {
    /// Waits until there is room for one more. `None`: the run is being stopped meanwhile.
    pub fn admit(self: &Arc<Self>, value: Option<Payload>) -> Option<ProgressValue> {
        let bytes = value.as_ref().map_or(0, Payload::size);
        let mut room = self.room(bytes)?;
        room.value = value;
        Some(room)
    }

    /// Waits until there is room for so many bytes of another kind, which go without a value. `None`: the run is being
    /// stopped meanwhile.
    pub fn room(self: &Arc<Self>, bytes: u64) -> Option<ProgressValue> {
        let mut inner = self.lock();
        while !inner.interrupted
            && (inner.values >= MOST_VALUES
                || (inner.values > 0 && inner.bytes + bytes > MOST_BYTES))
        {
            inner = self
                .changed
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if inner.interrupted {
            return None;
        }
        inner.values += 1;
        inner.bytes += bytes;
        Some(ProgressValue {
            value: None,
            bytes,
            progress: Arc::clone(self),
        })
    }

    /// Whoever waits gives up, and nobody waits from now on.
    pub(super) fn interrupt(&self) {
        self.lock().interrupted = true;
        self.changed.notify_all();
    }

    /// The stop has done its work.
    pub(super) fn resume(&self) {
        self.lock().interrupted = false;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ProgressValue {
    fn drop(&mut self) {
        let mut inner = self.progress.lock();
        inner.values -= 1;
        inner.bytes -= self.bytes;
        drop(inner);
        self.progress.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn fill(progress: &Arc<Progress>) -> Vec<ProgressValue> {
        (0..MOST_VALUES)
            .map_while(|_| progress.admit(None))
            .collect()
    }

    fn admit_elsewhere(progress: &Arc<Progress>) -> mpsc::Receiver<bool> {
        let (tell, hear) = mpsc::channel();
        let progress = Arc::clone(progress);
        std::thread::spawn(move || tell.send(progress.admit(None).is_some()));
        hear
    }

    #[test]
    fn one_more_than_there_is_room_for_waits_until_another_has_arrived() {
        let progress = Arc::new(Progress::default());
        let mut on_their_way = fill(&progress);
        assert_eq!(on_their_way.len(), MOST_VALUES);
        let admitted = admit_elsewhere(&progress);
        assert!(admitted.recv_timeout(Duration::from_millis(20)).is_err());
        on_their_way.pop();
        assert_eq!(admitted.recv_timeout(SOON), Ok(true));
    }

    #[test]
    fn a_stop_ends_the_waiting_and_the_next_run_speaks_again() {
        let progress = Arc::new(Progress::default());
        let on_their_way = fill(&progress);
        let admitted = admit_elsewhere(&progress);
        progress.interrupt();
        assert_eq!(admitted.recv_timeout(SOON), Ok(false));
        drop(on_their_way);
        assert!(progress.admit(None).is_none());
        progress.resume();
        assert!(progress.admit(None).is_some());
    }
}
