//! In which order a stream is read: some advertisers side by side, each of them planned just before its slices. Pure.
//!
//! Places are what is bounded. Who is held back by a limit of its own takes none, so one advertiser that TikTok
//! throttles stops no other.

use std::collections::VecDeque;

/// Most that waits for limits of its own, beyond the places of a stream.
const HELD_MAX: usize = 1_000;

/// What to begin next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The plan of a unit: one advertiser, or some that are read together.
    Plan(usize),
    Slice(Job),
}

/// A slice of a partition, by their numbers, and the unit that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) unit: usize,
    pub(crate) partition: usize,
    pub(crate) slice: usize,
}

/// A unit that has begun and is not at its end.
#[derive(Debug)]
struct Unit {
    number: usize,
    waiting: VecDeque<Job>,
    under_way: usize,
}

/// What of a stream is not read yet.
#[derive(Debug)]
pub(crate) struct Queue {
    units: std::ops::Range<usize>,
    open: Vec<Unit>,
    at_once: usize,
}

impl Queue {
    /// `at_once` are the places.
    pub(crate) fn new(units: usize, at_once: usize) -> Self {
        Self { units: 0..units, open: Vec::new(), at_once: at_once.max(1) }
    }

    /// What to begin now, if a place is free: first the plans of as many units as there are places, then a slice of the
    /// unit that has the fewest under way. A unit that is `held` back begins no second thing, and takes no place.
    pub(crate) fn next(&mut self, held: impl Fn(usize) -> bool) -> Option<Next> {
        let held: Vec<bool> = self.open.iter().map(|unit| held(unit.number)).collect();
        let free = || self.open.iter().zip(&held).filter(|(_, held)| !**held).map(|(unit, _)| unit);
        let taken: usize = free().map(|unit| unit.under_way).sum();
        let under_way: usize = self.open.iter().map(|unit| unit.under_way).sum();
        if taken >= self.at_once || under_way >= self.at_once + HELD_MAX {
            return None;
        }
        if free().count() < self.at_once
            && self.open.len() < self.at_once + HELD_MAX
            && let Some(number) = self.units.next()
        {
            self.open.push(Unit { number, waiting: VecDeque::new(), under_way: 1 });
            return Some(Next::Plan(number));
        }
        let ready = self
            .open
            .iter_mut()
            .zip(held)
            .filter(|(unit, held)| !unit.waiting.is_empty() && (!held || unit.under_way == 0));
        let (unit, _) = ready.min_by_key(|(unit, held)| (*held, unit.under_way))?;
        unit.under_way += 1;
        unit.waiting.pop_front().map(Next::Slice)
    }

    /// A unit's plan is made: its partitions, by number and count of slices.
    pub(crate) fn planned(&mut self, unit: usize, partitions: &[(usize, usize)]) {
        let jobs = partitions
            .iter()
            .flat_map(|(partition, slices)| (0..*slices).map(|slice| Job { unit, partition: *partition, slice }));
        let mut jobs: Vec<Job> = jobs.collect();
        // The first of each partition first, so that all of them move on together.
        jobs.sort_by_key(|job| (job.slice, job.partition));
        if let Some(one) = self.open.iter_mut().find(|one| one.number == unit) {
            one.waiting.extend(jobs);
        }
        self.ended(unit);
    }

    /// Something of a unit came to its end.
    pub(crate) fn ended(&mut self, unit: usize) {
        if let Some(one) = self.open.iter_mut().find(|one| one.number == unit) {
            one.under_way = one.under_way.saturating_sub(1);
        }
        self.open.retain(|one| one.under_way > 0 || !one.waiting.is_empty());
    }

    /// Leaves out the slices of a partition that failed.
    pub(crate) fn give_up(&mut self, partition: usize) {
        self.open.iter_mut().for_each(|unit| unit.waiting.retain(|job| job.partition != partition));
        self.open.retain(|one| one.under_way > 0 || !one.waiting.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(queue: &mut Queue, held: impl Fn(usize) -> bool) -> Vec<Next> {
        std::iter::from_fn(|| queue.next(&held)).collect()
    }

    fn units(begun: &[Next]) -> Vec<usize> {
        begun
            .iter()
            .map(|next| match next {
                Next::Plan(unit) => *unit,
                Next::Slice(job) => job.unit,
            })
            .collect()
    }

    #[test]
    fn units_are_planned_just_before_they_are_read() {
        let mut queue = Queue::new(300, 3);
        assert_eq!(all(&mut queue, |_| false), [Next::Plan(0), Next::Plan(1), Next::Plan(2)]);
        queue.planned(1, &[(0, 2)]);
        assert_eq!(units(&all(&mut queue, |_| false)), [1], "what is planned is read before more is planned");
        queue.planned(0, &[]);
        assert_eq!(all(&mut queue, |_| false), [Next::Plan(3)], "who has nothing to read makes room");
    }

    #[test]
    fn all_that_is_open_moves_on_together() {
        let mut queue = Queue::new(2, 4);
        all(&mut queue, |_| false);
        queue.planned(0, &[(0, 9)]);
        queue.planned(1, &[(1, 9), (2, 9)]);
        let begun = all(&mut queue, |_| false);
        assert_eq!(units(&begun), [0, 1, 0, 1]);
        let slices: Vec<_> = begun.iter().map(|next| if let Next::Slice(job) = next { job.slice } else { 9 }).collect();
        assert_eq!(slices, [0, 0, 1, 0], "the first of each partition first");
    }

    #[test]
    fn who_is_held_back_takes_no_place() {
        let mut queue = Queue::new(3, 2);
        all(&mut queue, |_| false);
        queue.planned(0, &[(0, 9)]);
        queue.planned(1, &[(1, 9)]);
        assert_eq!(units(&all(&mut queue, |_| false)), [0, 1]);
        let begun = all(&mut queue, |unit| unit == 0);
        assert_eq!(begun, [Next::Plan(2)], "another comes in for it");
        queue.planned(2, &[(2, 1)]);
        queue.ended(1);
        assert_eq!(units(&all(&mut queue, |unit| unit == 0)), [1, 2]);
        queue.ended(0);
        assert_eq!(queue.next(|unit| unit == 0), None);
        queue.ended(2);
        assert_eq!(units(&all(&mut queue, |unit| unit == 0)), [1], "others first");
        (0..9).for_each(|_| queue.ended(1));
        queue.give_up(1);
        assert_eq!(units(&all(&mut queue, |unit| unit == 0)), [0], "where nobody else is, one of it waits on");
    }

    #[test]
    fn whoever_is_held_back_all_is_begun_and_ends() {
        let mut queue = Queue::new(HELD_MAX * 2, 1);
        let mut begun = 0;
        loop {
            let next = all(&mut queue, |_| true);
            assert!(next.len() <= HELD_MAX + 1);
            let Some(last) = next.last() else { break };
            begun += next.len();
            for next in &next {
                match next {
                    Next::Plan(unit) => queue.planned(*unit, &[(*unit, 1)]),
                    Next::Slice(job) => queue.ended(job.unit),
                }
            }
            let _ = last;
        }
        assert_eq!(begun, HELD_MAX * 4);
    }

    #[test]
    fn what_failed_is_left_out() {
        let mut queue = Queue::new(1, 1);
        all(&mut queue, |_| false);
        queue.planned(0, &[(0, 3), (1, 1)]);
        assert_eq!(units(&all(&mut queue, |_| false)), [0]);
        queue.give_up(0);
        queue.ended(0);
        let next = all(&mut queue, |_| false);
        assert_eq!(next, [Next::Slice(Job { unit: 0, partition: 1, slice: 0 })]);
        queue.ended(0);
        assert_eq!(queue.next(|_| false), None);
    }
}
