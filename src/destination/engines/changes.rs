//! How many objects a run may write, over all of its lanes.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Objects written so far, or about to be.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    count: AtomicU64,
    /// Whether they are only planned: a plan is told whole, however long it is.
    are_planned: bool,
}

impl Changes {
    #[must_use]
    pub(crate) fn new(are_planned: bool) -> Self {
        Self { count: AtomicU64::default(), are_planned }
    }

    /// Counts one more; an error once `max` are reached.
    pub(crate) fn take(&self, max: u64) -> Result<()> {
        let counts = |count: u64| (self.are_planned || count < max).then_some(count + 1);
        let before = self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counts);
        match before {
            Ok(count) if count == max => {
                tracing::warn!(
                    "The plan changes more than {max} objects, and `ads.max_changes` lets a run change no more."
                );
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(_) => Err(Error::config(format!(
                "The run would change more than {max} objects, as many as `ads.max_changes` allows"
            ))
            .advise("What was done stays done. Look at the rows, and raise `ads.max_changes` if all of it is meant.")),
        }
    }

    #[must_use]
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_are_allowed_are_taken() {
        let changes = Changes::default();
        assert!(changes.take(2).is_ok() && changes.take(2).is_ok());
        assert!(changes.take(2).unwrap_err().message().contains("more than 2 objects"));
        assert_eq!(changes.count(), 2);
    }

    #[test]
    fn a_plan_is_told_whole() {
        let changes = Changes::new(true);
        assert!((0..5).all(|_| changes.take(2).is_ok()));
        assert_eq!(changes.count(), 5);
    }
}
