//! How many objects a run may write, over all of its lanes.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Objects written so far, or about to be.
#[derive(Debug, Default)]
pub(crate) struct Changes(AtomicU64);

impl Changes {
    /// Counts one more; an error once `max` are reached.
    pub(crate) fn take(&self, max: u64) -> Result<()> {
        let taken =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < max).then_some(count + 1));
        taken.map(drop).map_err(|_| {
            Error::config(format!("The run would change more than {max} objects, as many as `ads.max_changes` allows"))
                .advise(
                    "What was done stays done. Look at the rows, and raise `ads.max_changes` if all of it is meant.",
                )
        })
    }

    #[must_use]
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
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
}
