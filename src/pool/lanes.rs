//! Which thread a job goes to: bookkeeping without threads.
//!
//! A lane is a Rayon registry of one thread. One that is written off takes no other with it: a registry's threads end
//! together, and not before its last job has.

use std::collections::VecDeque;

/// A lane's number; unique within the process.
pub type LaneId = u64;

/// Lanes of one pool, each with what its jobs are given to.
pub struct Lanes<R, J> {
    most: usize,
    there: Vec<(LaneId, R)>,
    /// Lanes without a job, the one that had one last on top: it is the warmest, and may not sleep yet.
    free: Vec<LaneId>,
    /// Jobs that found no lane free, in order. A pool sends no more jobs than it has lanes, but a lane is given back a
    /// little later than its job's place in the queue; isolates that share lanes may be many.
    owed: VecDeque<J>,
    /// Lanes whose jobs wait for something else than a CPU: for each there may be one more.
    waiting: Vec<LaneId>,
}

/// Lanes that there may be beyond the number asked for, while as many wait.
const MOST_EXTRA: usize = 64;

/// Where a job goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<J> {
    /// To this lane.
    Lane(LaneId, J),
    /// To a lane that has yet to be added.
    NewLane(J),
    /// To the next lane that is given back.
    Later,
}

impl<R, J> Lanes<R, J> {
    /// No lanes yet; `most` at the same time.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            there: Vec::new(),
            free: Vec::new(),
            owed: VecDeque::new(),
            waiting: Vec::new(),
        }
    }

    /// A place for `job`. The lane is busy from here on.
    pub fn place(&mut self, job: J) -> Place<J> {
        if let Some(lane) = self.free.pop() {
            Place::Lane(lane, job)
        } else if self.there.len() < self.allowed() {
            Place::NewLane(job)
        } else {
            self.owed.push_back(job);
            Place::Later
        }
    }

    fn allowed(&self) -> usize {
        self.most + self.waiting.len().min(MOST_EXTRA)
    }

    /// The job of `lane` waits for something else than a CPU. A job for which a lane may be added now.
    pub fn wait(&mut self, lane: LaneId) -> Option<J> {
        let known = self.there.iter().any(|(id, _)| *id == lane);
        if known && !self.waiting.contains(&lane) {
            self.waiting.push(lane);
        }
        if self.there.len() < self.allowed() {
            self.owed.pop_front()
        } else {
            None
        }
    }

    /// It goes on.
    pub fn wake(&mut self, lane: LaneId) {
        self.waiting.retain(|id| *id != lane);
    }

    /// Takes `lane`, which is busy, out if there are more than there may be.
    pub fn take_surplus(&mut self, lane: LaneId) -> Option<R> {
        self.wake(lane);
        if self.there.len() <= self.allowed() {
            return None;
        }
        let at = self.there.iter().position(|(id, _)| *id == lane)?;
        Some(self.there.swap_remove(at).1)
    }

    /// Whether jobs wait for a lane.
    pub fn is_owed(&self) -> bool {
        !self.owed.is_empty()
    }

    /// No lane could be added for `job`: it waits for one of those there are. `false`: there are none.
    pub fn place_later(&mut self, job: J) -> bool {
        if self.there.is_empty() {
            return false;
        }
        self.keep(job);
        true
    }

    /// `job` waits, even if there is no lane yet.
    pub fn keep(&mut self, job: J) {
        self.owed.push_back(job);
    }

    /// A new lane, busy at once.
    pub fn add(&mut self, lane: LaneId, registry: R) {
        self.there.push((lane, registry));
    }

    /// A lane's job is done. What it is to do next, if anything.
    pub fn give_back(&mut self, lane: LaneId) -> Option<J> {
        if !self.there.iter().any(|(id, _)| *id == lane) {
            return None;
        }
        let next = self.owed.pop_front();
        if next.is_none() {
            self.free.push(lane);
        }
        next
    }

    /// A busy lane is lost: there is room for another. Its registry, and a job that waits for a lane.
    pub fn write_off(&mut self, lane: LaneId) -> (Option<R>, Option<J>) {
        self.wake(lane);
        let at = self.there.iter().position(|(id, _)| *id == lane);
        let registry = at.map(|at| self.there.swap_remove(at).1);
        (registry, self.owed.pop_front())
    }

    /// What jobs of this lane are given to.
    pub fn registry(&self, lane: LaneId) -> Option<&R> {
        let found = self.there.iter().find(|(id, _)| *id == lane);
        found.map(|(_, registry)| registry)
    }

    /// Takes all lanes out.
    pub fn take_all(&mut self) -> Vec<(LaneId, R)> {
        self.free.clear();
        self.owed.clear();
        self.waiting.clear();
        std::mem::take(&mut self.there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places a job, adding a lane where one is asked for.
    fn place(lanes: &mut Lanes<&'static str, u32>, job: u32, new: LaneId) -> Option<LaneId> {
        match lanes.place(job) {
            Place::Lane(lane, _) => Some(lane),
            Place::NewLane(_) => {
                lanes.add(new, "registry");
                Some(new)
            }
            Place::Later => None,
        }
    }

    #[test]
    fn lanes_are_added_only_while_none_is_free() {
        let mut lanes = Lanes::new(3);
        assert_eq!(place(&mut lanes, 1, 10), Some(10));
        assert_eq!(lanes.give_back(10), None);
        assert_eq!(place(&mut lanes, 2, 11), Some(10));
        assert_eq!(place(&mut lanes, 3, 11), Some(11));
    }

    #[test]
    fn the_lane_used_last_is_taken_first() {
        let mut lanes = Lanes::new(2);
        place(&mut lanes, 1, 10);
        place(&mut lanes, 2, 11);
        lanes.give_back(11);
        lanes.give_back(10);
        assert_eq!(place(&mut lanes, 3, 12), Some(10));
        assert_eq!(place(&mut lanes, 4, 12), Some(11));
    }

    #[test]
    fn a_job_without_a_lane_goes_to_the_next_that_is_given_back() {
        let mut lanes = Lanes::new(1);
        place(&mut lanes, 1, 10);
        assert_eq!(place(&mut lanes, 2, 11), None);
        assert_eq!(place(&mut lanes, 3, 11), None);
        assert_eq!(lanes.give_back(10), Some(2));
        assert_eq!(lanes.give_back(10), Some(3));
        assert_eq!(lanes.give_back(10), None);
        assert_eq!(place(&mut lanes, 4, 11), Some(10));
    }

    #[test]
    fn a_lane_that_waits_makes_room_for_another_until_it_goes_on() {
        let mut lanes = Lanes::new(1);
        place(&mut lanes, 1, 10);
        assert_eq!(lanes.wait(10), None, "nothing is owed");
        assert_eq!(place(&mut lanes, 2, 11), Some(11));
        assert_eq!(place(&mut lanes, 3, 12), None);
        assert_eq!(lanes.wait(11), Some(3));
        lanes.add(12, "registry");
        lanes.wake(10);
        lanes.wake(11);
        // Whichever is through first is one too many.
        assert_eq!(lanes.take_surplus(12), Some("registry"));
        assert_eq!(lanes.take_surplus(10), Some("registry"));
        assert_eq!(lanes.take_surplus(11), None);
        assert_eq!(lanes.give_back(11), None);
        assert_eq!(place(&mut lanes, 4, 13), Some(11));
    }

    #[test]
    fn a_waiting_lane_that_is_written_off_makes_no_more_room() {
        let mut lanes = Lanes::new(1);
        place(&mut lanes, 1, 10);
        assert_eq!(lanes.wait(10), None);
        assert_eq!(lanes.write_off(10), (Some("registry"), None));
        assert_eq!(place(&mut lanes, 2, 11), Some(11));
        assert_eq!(place(&mut lanes, 3, 12), None);
    }

    #[test]
    fn it_is_known_whether_jobs_wait_and_they_go_in_order() {
        let mut lanes = Lanes::new(1);
        place(&mut lanes, 1, 10);
        assert!(!lanes.is_owed());
        for job in 2..5 {
            assert_eq!(place(&mut lanes, job, 11), None);
        }
        assert!(lanes.is_owed());
        let given: Vec<_> = (0..3).map_while(|_| lanes.give_back(10)).collect();
        assert_eq!(given, [2, 3, 4]);
        assert!(!lanes.is_owed());
    }

    #[test]
    fn a_lane_written_off_makes_room_for_one_and_hands_on_what_waited() {
        let mut lanes = Lanes::new(1);
        place(&mut lanes, 1, 10);
        assert_eq!(place(&mut lanes, 2, 11), None);
        assert_eq!(lanes.write_off(10), (Some("registry"), Some(2)));
        assert_eq!(place(&mut lanes, 2, 11), Some(11));
        // It comes back after all.
        assert_eq!(lanes.give_back(10), None);
        assert_eq!(place(&mut lanes, 3, 12), None);
        assert_eq!(lanes.give_back(11), Some(3));
    }

    #[test]
    fn a_job_waits_for_old_lanes_when_no_new_one_can_be_had() {
        let mut lanes: Lanes<&'static str, u32> = Lanes::new(2);
        assert!(!lanes.place_later(1), "there is nothing to wait for");
        place(&mut lanes, 1, 10);
        assert!(lanes.place_later(2));
        assert_eq!(lanes.give_back(10), Some(2));
    }
}
