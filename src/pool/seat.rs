//! What a pool's thread holds, for the moments in which V8 calls out of the middle of its work.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::lanes::LaneId;
use super::queue::Errand;
use super::shared::Shared;
use super::slab::Hold;
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
    /// The queue counts it as away.
    away: Cell<bool>,
    hold: Cell<Hold>,
}

/// What a runner that is given up held.
pub struct Held {
    /// A task.
    pub task: Option<Arc<Task>>,
    /// A place among the queue's runners.
    pub out: bool,
    /// One among those of them that will not look for a task soon.
    pub away: bool,
    /// A part of the slab.
    pub hold: Hold,
}

impl Seat {
    /// This thread's, for as long as the answer lives.
    pub fn take(lane: LaneId, errand: Errand) -> Taken {
        let seat = Rc::new(Self {
            lane,
            task: RefCell::new(None),
            working: Cell::new(false),
            out: Cell::new(true),
            away: Cell::new(errand == Errand::Away),
            hold: Cell::new(Hold::Nothing),
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
        if self.working.replace(false)
            && let Some(task) = &*self.task.borrow()
        {
            shared.queue.done(task);
        }
    }

    /// Its task is being set aside, and nothing of it is here any more.
    pub fn set_aside(&self) {
        self.working.set(false);
        self.hold.set(Hold::Nothing);
    }

    /// It has something else to do, which takes a while.
    pub fn go_away(&self, shared: &Shared) {
        shared.queue.leave();
        self.away.set(true);
    }

    /// It has done that.
    pub fn come_back(&self, shared: &Shared) {
        if self.away.replace(false) {
            shared.queue.back();
        }
    }

    /// It is given up, and holds nothing from here on.
    pub fn leave(&self) -> Held {
        Held {
            task: self.task().filter(|_| self.working.replace(false)),
            out: self.out.replace(false),
            away: self.away.replace(false),
            hold: self.hold.take(),
        }
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

/// What this thread has of the slab's from here on.
pub fn hold(hold: Hold) {
    SEAT.with_borrow(|seat| {
        if let Some(seat) = seat {
            seat.hold.set(hold);
        }
    });
}

/// The task that this thread works at.
pub fn task_at_work() -> Option<Arc<Task>> {
    here().filter(|seat| seat.working.get())?.task()
}
