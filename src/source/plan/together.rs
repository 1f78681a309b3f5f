//! Which accounts TikTok is asked about at once, and when that is given up. Pure.
//!
//! `advertiser_ids` takes up to five accounts of one TikTok-for-Business user (docs/tiktok-api.md 4.1). Which user that is
//! does not show beforehand, so it is tried: what is refused is halved, and the run remembers where.

use std::collections::BTreeSet;

/// Accounts of one question (docs/tiktok-api.md 4.1).
///
/// [?] The answer has the rows that each account's own answer has, and its counters; only money comes without decimals.
/// So an account without a row has no data, and one with rows of zeros had nothing but less than one unit of money, which
/// no ad does that was never seen. 1 would ask about each account alone.
pub(crate) const TOGETHER_MAX: usize = 5;

/// Questions about several that may come to nothing before the first is answered: those of two teams, halved until each
/// account is alone.
const UNPROVEN_MAX: u32 = 8;
/// How many more may come to nothing than the answers of others make up for. Teams are asked side by side, and each with
/// a spoiler is refused a few times before it is answered.
const PROVEN_MAX: u32 = 100;
/// Refusals that an answer makes up for: with one spoiler in a team, two or three come before the first answer, and the
/// run remembers where it is.
const MADE_UP: u32 = 3;

/// Whether questions about several accounts are worth another try.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    failed: u32,
    proven: bool,
}

impl Trust {
    /// Whether such a question may be asked.
    #[must_use]
    pub(crate) fn is_left(&self) -> bool {
        self.failed < if self.proven { PROVEN_MAX } else { UNPROVEN_MAX }
    }

    /// Whether TikTok has answered one.
    #[must_use]
    pub(crate) fn is_proven(&self) -> bool {
        self.proven
    }

    /// TikTok answered. Once given up, they stay so, or the run would learn the same again and again.
    pub(crate) fn answered(&mut self) {
        if self.is_left() {
            *self = Self { failed: self.failed.saturating_sub(MADE_UP), proven: true };
        }
    }

    /// A question came to nothing.
    pub(crate) fn failed(&mut self) {
        self.failed = self.failed.saturating_add(1);
    }
}

/// Where the seats of a team are parted, because TikTok refused those on both sides together.
#[derive(Debug, Default)]
pub(crate) struct Cuts(BTreeSet<usize>);

impl Cuts {
    /// The seats in order, parted.
    #[must_use]
    pub(crate) fn parts(&self, seats: &[usize]) -> Vec<Vec<usize>> {
        let side = |seat: usize| self.0.range(..=seat).count();
        seats.chunk_by(|one, other| side(*one) == side(*other)).map(<[usize]>::to_vec).collect()
    }

    /// Parts the seats in the middle; the two halves.
    pub(crate) fn halve(&mut self, seats: &[usize]) -> [Vec<usize>; 2] {
        let (left, right) = seats.split_at(seats.len() / 2);
        self.0.extend(right.first());
        [left.to_vec(), right.to_vec()]
    }

    /// Parts each of the seats from the others.
    pub(crate) fn sever(&mut self, seats: &[usize]) {
        self.0.extend(seats.iter().flat_map(|seat| [*seat, *seat + 1]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_refused_at_first_is_given_up_for_good() {
        let mut trust = Trust::default();
        (0..UNPROVEN_MAX).for_each(|_| {
            assert!(trust.is_left());
            trust.failed();
        });
        trust.answered();
        assert!(!trust.is_left(), "a late answer");
    }

    #[test]
    fn one_bad_account_among_many_good_ones_ends_nothing() {
        let mut trust = Trust::default();
        for _ in 0..9 {
            trust.failed();
            trust.failed();
            trust.answered();
            assert!(trust.is_left() && trust.is_proven());
        }
    }

    /// One account in five is refused with whomever it is asked about, and ten teams ask side by side.
    #[test]
    fn a_spoiler_in_each_team_ends_nothing_and_each_question_after_it_is_answered() {
        let (mut trust, mut refused) = (Trust::default(), 0);
        for ten in 0..20 {
            let mut open: Vec<_> = (0..10).map(|team| (Cuts::default(), (ten + team) % 5)).collect();
            let asked = open.iter_mut().map(|(cuts, bad)| settle(cuts, &[0, 1, 2, 3, 4], *bad));
            let (failed, answered) = asked.fold((0, 0), |(failed, answered), (refused, granted)| {
                (failed + refused, answered + granted.iter().filter(|part| part.len() > 1).count())
            });
            (0..failed).for_each(|_| trust.failed());
            assert!(ten == 0 || trust.is_left(), "{ten}: {trust:?}");
            trust.proven = true;
            (0..answered).for_each(|_| trust.answered());
            refused += failed;
        }
        assert!(trust.is_left() && refused < 3 * 200, "{refused}");
    }

    /// Asks about seats until nothing is refused; how often that was, and what went together.
    fn settle(cuts: &mut Cuts, seats: &[usize], bad: usize) -> (usize, Vec<Vec<usize>>) {
        let (mut open, mut refused, mut granted) = (cuts.parts(seats), 0, Vec::new());
        while let Some(part) = open.pop() {
            if part.len() > 1 && part.contains(&bad) {
                refused += 1;
                open.extend(cuts.halve(&part));
            } else {
                granted.push(part);
            }
        }
        granted.sort_unstable();
        (refused, granted)
    }

    #[test]
    fn a_spoiler_is_found_once() {
        let mut cuts = Cuts::default();
        assert_eq!(settle(&mut cuts, &[0, 1, 2, 3, 4], 1), (2, vec![vec![0], vec![1], vec![2, 3, 4]]));
        assert_eq!(settle(&mut cuts, &[0, 1, 2, 3, 4], 1).0, 0, "the run remembers");
        assert_eq!(cuts.parts(&[1, 2, 4]), [vec![1], vec![2, 4]], "also where some are not asked about");
        cuts.sever(&[2, 3]);
        assert_eq!(cuts.parts(&[0, 1, 2, 3, 4]), [[0], [1], [2], [3], [4]]);
    }

    proptest! {
        #[test]
        fn every_seat_is_asked_about_once(seats in prop::collection::btree_set(0_usize..5, 1..5), bad in 0_usize..5) {
            let seats: Vec<usize> = seats.into_iter().collect();
            let mut cuts = Cuts::default();
            let (refused, granted) = settle(&mut cuts, &seats, bad);
            prop_assert_eq!(granted.concat(), seats.clone());
            prop_assert!(refused < seats.len().max(1));
            prop_assert_eq!(cuts.parts(&seats), granted);
        }
    }
}
