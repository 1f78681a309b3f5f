//! Records that wait for a parent which the same run makes, whichever comes first. Pure.

use std::collections::HashMap;
use std::hash::Hash;

/// Records that wait at once for parents.
const WAITING_MAX: usize = 10_000;

/// What waits, by the name of its parent.
#[derive(Debug)]
pub(crate) struct Orphans<K, R> {
    by_parent: HashMap<K, Vec<R>>,
    count: usize,
}

impl<K, R> Default for Orphans<K, R> {
    fn default() -> Self {
        Self { by_parent: HashMap::new(), count: 0 }
    }
}

impl<K: Hash + Eq, R> Orphans<K, R> {
    /// Lets a record wait for its parent; gives it back where too many wait.
    pub(crate) fn wait(&mut self, parent: K, record: R) -> Result<(), R> {
        if self.count >= WAITING_MAX {
            return Err(record);
        }
        self.count += 1;
        self.by_parent.entry(parent).or_default().push(record);
        Ok(())
    }

    /// The parent is there: those that waited for it, in their order.
    pub(crate) fn adopt(&mut self, parent: &K) -> Vec<R> {
        let records = self.by_parent.remove(parent).unwrap_or_default();
        self.count -= records.len();
        records
    }

    /// Nothing more comes: all whose parent did not.
    pub(crate) fn give_up(&mut self) -> Vec<R> {
        self.count = 0;
        std::mem::take(&mut self.by_parent).into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_wait_for_their_parent_within_a_bound() {
        let mut orphans = Orphans::default();
        for child in 0..WAITING_MAX {
            orphans.wait(child % 2, child).unwrap();
        }
        assert_eq!(orphans.wait(0, 7), Err(7));
        assert_eq!(orphans.adopt(&0)[..2], [0, 2]);
        assert_eq!(orphans.wait(1, 7), Ok(()));
        assert_eq!(orphans.give_up().len(), WAITING_MAX / 2 + 1);
        assert_eq!(orphans.adopt(&1), [0; 0]);
    }
}
