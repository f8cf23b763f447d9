//! The tasks that wait, in two orders at once: by priority and by age.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::task::Task;

/// So many tasks may be taken before the one that waits longest, because of their priority. Then it
/// goes next. An ageing that raises priorities with time or with the number of tasks taken would
/// give a long queue of old tasks the better of each newcomer, however urgent; this one costs
/// urgent tasks one turn in 33, and leaves the last of n waiting tasks at most 33 n turns.
pub const OVERTAKEN_AT_MOST: u32 = 32;

/// Tasks that wait. Within a priority the first in is the first out. Pushing, popping and removing
/// take a time that depends on the number of different priorities alone, as its logarithm.
#[derive(Debug, Default)]
pub struct Waiting {
    nodes: Vec<Node>,
    /// Nodes without a task, linked by age.
    free: Chain,
    len: usize,
    by_age: Chain,
    by_priority: BTreeMap<i32, Chain>,
    /// How many were taken before the one that waits longest.
    overtaken: u32,
}

#[derive(Debug)]
struct Node {
    task: Option<Arc<Task>>,
    /// Its place in each of the two orders.
    links: [Links; 2],
}

#[derive(Clone, Copy, Debug)]
struct Links {
    before: u32,
    after: u32,
}

#[derive(Clone, Copy, Debug)]
struct Chain {
    first: u32,
    last: u32,
}

const AGE: usize = 0;
const PRIORITY: usize = 1;
const NONE: u32 = Task::NO_SLOT;

/// Room for so many is kept when none waits.
const KEPT: usize = 4096;

impl Default for Chain {
    fn default() -> Self {
        Self {
            first: NONE,
            last: NONE,
        }
    }
}

impl Waiting {
    /// Tasks that wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The last of its priority from now on.
    pub fn push(&mut self, task: Arc<Task>) {
        let slot = self.room();
        task.slot.store(slot, Ordering::Relaxed);
        let priority = task.priority;
        self.node(slot).task = Some(task);
        append(&mut self.nodes, &mut self.by_age, AGE, slot);
        let chain = self.by_priority.entry(priority).or_default();
        append(&mut self.nodes, chain, PRIORITY, slot);
        self.len += 1;
    }

    /// The first of its priority, and the one that waits longest: it had its turn already.
    pub fn push_front(&mut self, task: Arc<Task>) {
        let slot = self.room();
        task.slot.store(slot, Ordering::Relaxed);
        let priority = task.priority;
        self.node(slot).task = Some(task);
        prepend(&mut self.nodes, &mut self.by_age, AGE, slot);
        let chain = self.by_priority.entry(priority).or_default();
        prepend(&mut self.nodes, chain, PRIORITY, slot);
        self.len += 1;
    }

    /// The first of the highest priority; or the one that waits longest, when it was overtaken as
    /// often as may be.
    pub fn pop(&mut self) -> Option<Arc<Task>> {
        let best = self.by_priority.last_key_value()?.1.first;
        let oldest = self.by_age.first;
        if best == oldest || self.overtaken >= OVERTAKEN_AT_MOST {
            return self.take(oldest);
        }
        self.overtaken += 1;
        self.take(best)
    }

    /// Takes a task out of the middle. `false`: it does not wait here.
    pub fn remove(&mut self, task: &Task) -> bool {
        self.take(task.slot.load(Ordering::Relaxed)).is_some()
    }

    /// Takes all of them out, in the order that `pop` would have.
    pub fn drain(&mut self) -> Vec<Arc<Task>> {
        std::iter::from_fn(|| self.pop()).collect()
    }

    fn take(&mut self, slot: u32) -> Option<Arc<Task>> {
        let task = self.nodes.get_mut(slot as usize)?.task.take()?;
        task.slot.store(NONE, Ordering::Relaxed);
        if slot == self.by_age.first {
            self.overtaken = 0;
        }
        unlink(&mut self.nodes, &mut self.by_age, AGE, slot);
        if let Some(chain) = self.by_priority.get_mut(&task.priority) {
            unlink(&mut self.nodes, chain, PRIORITY, slot);
            if chain.first == NONE {
                self.by_priority.remove(&task.priority);
            }
        }
        self.len -= 1;
        if self.len == 0 {
            // Once for each node that was added since: no push pays more than its share.
            self.nodes.clear();
            self.nodes.shrink_to(KEPT);
            self.free = Chain::default();
        } else {
            append(&mut self.nodes, &mut self.free, AGE, slot);
        }
        Some(task)
    }

    fn room(&mut self) -> u32 {
        let slot = self.free.first;
        if slot != NONE {
            unlink(&mut self.nodes, &mut self.free, AGE, slot);
            return slot;
        }
        let links = Links {
            before: NONE,
            after: NONE,
        };
        self.nodes.push(Node {
            task: None,
            links: [links; 2],
        });
        // 2³² tasks do not fit into any memory.
        u32::try_from(self.nodes.len() - 1).expect("fewer than 2^32 tasks wait")
    }

    fn node(&mut self, slot: u32) -> &mut Node {
        &mut self.nodes[slot as usize]
    }
}

fn append(nodes: &mut [Node], chain: &mut Chain, order: usize, slot: u32) {
    nodes[slot as usize].links[order] = Links {
        before: chain.last,
        after: NONE,
    };
    match nodes.get_mut(chain.last as usize) {
        Some(last) => last.links[order].after = slot,
        None => chain.first = slot,
    }
    chain.last = slot;
}

fn prepend(nodes: &mut [Node], chain: &mut Chain, order: usize, slot: u32) {
    nodes[slot as usize].links[order] = Links {
        before: NONE,
        after: chain.first,
    };
    match nodes.get_mut(chain.first as usize) {
        Some(first) => first.links[order].before = slot,
        None => chain.last = slot,
    }
    chain.first = slot;
}

fn unlink(nodes: &mut [Node], chain: &mut Chain, order: usize, slot: u32) {
    let Links { before, after } = nodes[slot as usize].links[order];
    match nodes.get_mut(before as usize) {
        Some(node) => node.links[order].after = after,
        None => chain.first = after,
    }
    match nodes.get_mut(after as usize) {
        Some(node) => node.links[order].before = before,
        None => chain.last = before,
    }
}
