//! How much of a stream may be rejected before the run ends for it. Pure.

use super::ledger::Tally;

/// So many rows of a stream are settled before a run ends early for them: a bad head says little of the rest.
pub(crate) const ROWS_BEFORE_EARLY_END: u64 = 1_000;

/// `rejects.max_percent`, of the rows that TikTok or the connector judged. Rows that ask themselves not to be sent do
/// not count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    max_percent: u64,
}

/// When it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// More rows come.
    Underway,
    /// All rows of the stream are settled.
    Ended,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { max_percent: 100 }
    }
}

impl Tolerance {
    #[must_use]
    pub(crate) fn new(max_percent: u64) -> Self {
        Self { max_percent }
    }

    #[must_use]
    pub(crate) fn is_exceeded(self, tally: Tally, moment: Moment) -> bool {
        let judged = tally.accepted + tally.rejected;
        let is_due = moment == Moment::Ended || judged >= ROWS_BEFORE_EARLY_END;
        is_due && u128::from(tally.rejected) * 100 > u128::from(judged) * u128::from(self.max_percent)
    }

    #[must_use]
    pub(crate) fn max_percent(self) -> u64 {
        self.max_percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_allowed_is_judged_late_or_of_many_rows() {
        use Moment::{Ended, Underway};
        for (percent, accepted, rejected, moment, exceeded) in [
            (100, 0, 1, Ended, false),
            (0, 5, 0, Ended, false),
            (0, 5, 1, Ended, true),
            (0, 5, 1, Underway, false),
            (10, 9, 1, Ended, false),
            (10, 8, 1, Ended, true),
            (10, 899, 100, Underway, false),
            (10, 899, 101, Underway, true),
            (10, 900, 100, Underway, false),
            (50, 0, 0, Ended, false),
            (1, u64::MAX / 2, u64::MAX / 2, Ended, true),
        ] {
            let tally = Tally { accepted, rejected, passed_over: 7, failed: 7 };
            assert_eq!(Tolerance::new(percent).is_exceeded(tally, moment), exceeded, "{percent} {tally:?} {moment:?}");
        }
    }
}
