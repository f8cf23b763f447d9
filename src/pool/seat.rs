//! What a pool's thread holds, for the moments in which V8 calls out of the middle of its work.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::lanes::LaneId;
use super::shared::Shared;
use crate::task::Task;

thread_local! {
    static SEAT: RefCell<Option<Rc<Seat>>> = const { RefCell::new(None) };
}

/// A runner's places in the pool's accounts. Whoever gives the runner up gives back what it holds.
pub struct Seat {
    /// The thread.
    pub lane: LaneId,
    task: RefCell<Option<Arc<Task>>>,
    /// The queue counts it as working.
    working: Cell<bool>,
    /// The queue counts it as out.
    pub out: Cell<bool>,
    /// The slab counts an isolate for it.
    pub isolate: Cell<bool>,
}

impl Seat {
    /// This thread's, for as long as the answer lives.
    pub fn take(lane: LaneId) -> Taken {
        let seat = Rc::new(Self {
            lane,
            task: RefCell::new(None),
            working: Cell::new(false),
            out: Cell::new(true),
            isolate: Cell::new(false),
        });
        SEAT.set(Some(Rc::clone(&seat)));
        Taken(seat)
    }

    /// It has claimed a task.
    pub fn begin(&self, task: Arc<Task>) {
        *self.task.borrow_mut() = Some(task);
        self.working.set(true);
    }

    /// The task claimed last.
    pub fn task(&self) -> Option<Arc<Task>> {
        self.task.borrow().clone()
    }

    /// It is through with its task.
    pub fn done(&self, shared: &Shared) {
        if self.working.replace(false) {
            shared.queue.done();
        }
    }

    /// It was given up: what it held is given back already. Whether it was working.
    pub fn leave(&self) -> bool {
        self.out.set(false);
        self.isolate.set(false);
        self.working.replace(false)
    }
}

/// Leaves the seat when dropped.
pub struct Taken(Rc<Seat>);

impl std::ops::Deref for Taken {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.0
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        SEAT.set(None);
    }
}

/// This thread's seat, if it has one.
pub fn here() -> Option<Rc<Seat>> {
    SEAT.with_borrow(Clone::clone)
}

/// The task that this thread works at.
pub fn task_at_work() -> Option<Arc<Task>> {
    here().filter(|seat| seat.working.get())?.task()
}
