//! Records that wait for others of the same target. Pure: the clock is given.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Longest that a record waits for others.
pub(crate) const AGE_MAX: Duration = Duration::from_secs(20);
/// Records that wait at once, whatever number of targets a stream names; more of them leave early.
const RECORDS_MAX: usize = 20_000;

/// What fills up.
pub(crate) trait BatchLimits: Default {
    fn is_full(&self) -> bool;

    /// Records in it.
    fn records(&self) -> usize;
}

/// What waits, per target.
#[derive(Debug)]
pub(crate) struct Waiting<K, B> {
    batches: HashMap<K, (Instant, B)>,
    records: usize,
}

impl<K, B> Default for Waiting<K, B> {
    fn default() -> Self {
        Self { batches: HashMap::new(), records: 0 }
    }
}

impl<K: Hash + Eq + Clone, B: BatchLimits> Waiting<K, B> {
    /// Puts one record into the batch of its target; whether something must leave now.
    pub(crate) fn put(&mut self, target: K, now: Instant, record: impl FnOnce(&mut B)) -> bool {
        let (_, batch) = self.batches.entry(target).or_insert_with(|| (now, B::default()));
        record(batch);
        self.records += 1;
        batch.is_full() || self.records >= RECORDS_MAX
    }

    /// When the oldest must leave.
    #[must_use]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.batches.values().map(|(since, _)| *since + AGE_MAX).min()
    }

    /// Takes out what is full or old, or everything.
    pub(crate) fn due(&mut self, now: Instant, all: bool) -> Vec<(K, B)> {
        let all = all || self.records >= RECORDS_MAX;
        let is_due = |since: &Instant, batch: &B| all || batch.is_full() || now.duration_since(*since) >= AGE_MAX;
        let due = self.batches.extract_if(|_, (since, batch)| is_due(since, batch));
        let due: Vec<(K, B)> = due.map(|(target, (_, batch))| (target, batch)).collect();
        self.records -= due.iter().map(|(_, batch)| batch.records()).sum::<usize>();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Three(usize);

    impl BatchLimits for Three {
        fn is_full(&self) -> bool {
            self.0 >= 3
        }

        fn records(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn what_is_full_or_old_leaves() {
        let start = Instant::now();
        let mut waiting = Waiting::<&str, Three>::default();
        assert_eq!(waiting.deadline(), None);
        let one = |batch: &mut Three| batch.0 += 1;
        assert_eq!([(); 3].map(|()| waiting.put("a", start, one)), [false, false, true]);
        waiting.put("b", start + Duration::from_secs(1), one);
        assert_eq!(waiting.due(start, false), [("a", Three(3))]);
        assert_eq!(waiting.deadline(), Some(start + Duration::from_secs(1) + AGE_MAX));
        assert_eq!(waiting.due(start + AGE_MAX, false), []);
        assert_eq!(waiting.due(start + AGE_MAX * 2, false), [("b", Three(1))]);
        waiting.put("c", start, one);
        assert_eq!(waiting.due(start, true).len(), 1);
    }

    #[test]
    fn many_targets_do_not_wait_without_bound() {
        let start = Instant::now();
        let mut waiting = Waiting::<usize, Three>::default();
        let filled = (0..RECORDS_MAX).filter(|target| waiting.put(*target, start, |batch| batch.0 += 1)).count();
        assert_eq!(filled, 1);
        assert_eq!(waiting.due(start, false).len(), RECORDS_MAX);
        assert!(!waiting.put(0, start, |batch| batch.0 += 1));
    }
}
