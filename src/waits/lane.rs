//! Lanes: queues in which pieces of work stand for their turn. Who is at the head of one decides what all wait for.
//! Pure: the time is given.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::spent::State;

/// When a wait ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    At(Instant),
    /// Sooner, if TikTok is quick.
    AtMost(Instant),
}

/// The number of a lane, which nothing else in this process has.
pub(crate) type LaneId = u64;

/// A queue.
#[derive(Debug, Clone, Default)]
pub(super) struct Lane {
    /// The pieces of work that stand in it, with its head.
    pub(super) standing: u64,
    /// Whether the head waits for the quota. Otherwise it waits for something of our own, and so do all.
    pub(super) is_held: bool,
    pub(super) until: Option<Until>,
    /// What TikTok said, where the head waits for the end of a rest.
    pub(super) why: String,
}

impl Lane {
    /// What those who stand in it wait for.
    pub(super) fn state(&self) -> Option<State> {
        self.is_held.then_some(State::Quota)
    }
}

/// All lanes of a run, as far as they say anything.
#[derive(Debug, Default)]
pub(super) struct Lanes(BTreeMap<LaneId, Lane>);

impl Lanes {
    pub(super) fn get(&self, lane: LaneId) -> Option<&Lane> {
        self.0.get(&lane)
    }

    /// Changes a lane; what it was, and what it is.
    pub(super) fn change(&mut self, id: LaneId, change: impl FnOnce(&mut Lane)) -> [Lane; 2] {
        let lane = self.0.entry(id).or_default();
        let before = lane.clone();
        change(lane);
        let after = lane.clone();
        if after.standing == 0 && !after.is_held && after.why.is_empty() {
            self.0.remove(&id);
        }
        [before, after]
    }
}
