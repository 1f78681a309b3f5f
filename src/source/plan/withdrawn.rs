//! Metrics that TikTok no longer has, as this run has learnt it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::lock::lock;

/// Names of metrics.
pub(crate) type Names = BTreeSet<&'static str>;

/// What was refused once is not asked for again. Streams learn it one by one: what goes together with the dimensions
/// of one may not with those of another.
#[derive(Default)]
pub(crate) struct Withdrawn {
    by_stream: Mutex<HashMap<Arc<str>, Names>>,
}

impl Withdrawn {
    /// What a stream goes without.
    #[must_use]
    pub(crate) fn of(&self, stream: &str) -> Names {
        self.lock().get(stream).cloned().unwrap_or_default()
    }

    /// A stream goes without these, too; those that the run has not learnt before.
    pub(crate) fn learn(&self, stream: &Arc<str>, names: &[&'static str]) -> Names {
        let mut by_stream = self.lock();
        let new = names.iter().copied().filter(|name| !by_stream.values().any(|known| known.contains(name))).collect();
        by_stream.entry(stream.clone()).or_default().extend(names);
        new
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Names>> {
        lock(&self.by_stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_stream_learns_is_new_once_and_binds_no_other() {
        let (withdrawn, ads, campaigns) = (Withdrawn::default(), Arc::from("ads"), Arc::from("campaigns"));
        assert_eq!(withdrawn.learn(&ads, &["a", "b"]), Names::from(["a", "b"]));
        assert_eq!(withdrawn.of("campaigns"), Names::new());
        assert_eq!(withdrawn.learn(&campaigns, &["b", "c"]), Names::from(["c"]));
        assert_eq!(
            (withdrawn.of("ads"), withdrawn.of("campaigns")),
            (Names::from(["a", "b"]), Names::from(["b", "c"]))
        );
    }
}
