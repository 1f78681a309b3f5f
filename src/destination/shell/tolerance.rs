//! How much of a stream may be rejected before the run ends for it. Pure.

use super::ledger::Tally;

/// So many rows of a stream came before a run ends early for them: a bad head says little of the rest.
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

    /// `received` are the stream's rows so far.
    #[must_use]
    pub(crate) fn is_exceeded(self, received: u64, tally: Tally, moment: Moment) -> bool {
        let judged = judged(received, tally, moment);
        let is_due = moment == Moment::Ended || judged >= ROWS_BEFORE_EARLY_END;
        is_due && u128::from(tally.rejected) * 100 > u128::from(judged) * u128::from(self.max_percent)
    }

    #[must_use]
    pub(crate) fn max_percent(self) -> u64 {
        self.max_percent
    }
}

/// The rows that the rejected ones are a part of. A bad row is settled at once, a good one when its request is answered:
/// while more comes, what is on its way counts as good.
#[must_use]
pub(crate) fn judged(received: u64, tally: Tally, moment: Moment) -> u64 {
    match moment {
        Moment::Underway => received.saturating_sub(tally.passed_over).saturating_sub(tally.failed),
        Moment::Ended => tally.accepted + tally.rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_allowed_is_judged_late_or_of_many_rows() {
        use Moment::{Ended, Underway};
        for (percent, accepted, pending, rejected, moment, exceeded) in [
            (100, 0, 0, 1, Ended, false),
            (0, 5, 0, 0, Ended, false),
            (0, 5, 0, 1, Ended, true),
            (0, 5, 0, 1, Underway, false),
            (10, 9, 0, 1, Ended, false),
            (10, 8, 0, 1, Ended, true),
            (10, 8, 5, 1, Ended, true),
            (10, 899, 0, 100, Underway, false),
            (10, 899, 0, 101, Underway, true),
            (10, 900, 0, 100, Underway, false),
            // A twentieth is bad, and of the good ones a thousand are answered.
            (25, 1_000, 10_685, 615, Underway, false),
            (25, 0, 10_000, 1_000, Underway, false),
            (25, 0, 3_000, 1_000, Underway, false),
            (25, 0, 2_999, 1_000, Underway, true),
            (50, 0, 0, 0, Ended, false),
            (1, u64::MAX / 4, 0, u64::MAX / 4, Ended, true),
        ] {
            let tally = Tally { accepted, rejected, passed_over: 7, failed: 7 };
            let received = accepted + pending + rejected + 14;
            let is_exceeded = Tolerance::new(percent).is_exceeded(received, tally, moment);
            assert_eq!(is_exceeded, exceeded, "{percent} {tally:?} {pending} {moment:?}");
        }
    }
}
