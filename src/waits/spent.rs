//! How the time of a run was spent.

use serde::Serialize;

/// What a piece of work does while it does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Its request is on the way, or TikTok works on the answer.
    Asking,
    /// It waits for its turn at the pace, or for the end of a rest that TikTok wants.
    Quota,
    /// TikTok processes what it was given: a video, an audience.
    TikTok,
    /// An attempt failed, and the next one is later.
    Retrying,
    /// A folder or a bucket takes or gives something.
    Storing,
}

impl State {
    pub(super) const ALL: [Self; STATES] = [Self::Asking, Self::Quota, Self::TikTok, Self::Retrying, Self::Storing];

    pub(super) fn at(self) -> usize {
        self as usize
    }
}

/// How many states there are.
pub(super) const STATES: usize = 5;

/// The time of a run by what it did, in milliseconds; the sum is the length of the run.
///
/// Requests are under way side by side, so each moment is shared equally among the pieces of work that ask or wait then.
/// `own` is what remains: moments in which none of them did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Spent {
    /// Requests were on their way.
    pub(crate) asking: u64,
    /// Requests waited for the pace, or for the end of a rest that TikTok wants.
    pub(crate) quota: u64,
    /// TikTok processed what it was given.
    pub(crate) tiktok: u64,
    /// Waits after errors.
    pub(crate) retrying: u64,
    /// Own work, input, output, and places where files are kept.
    pub(crate) own: u64,
}

impl Spent {
    /// The length of the run.
    #[must_use]
    pub(crate) fn whole(&self) -> u64 {
        self.asking + self.quota + self.tiktok + self.retrying + self.own
    }
}

/// Nanoseconds by state, and those of none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shares {
    states: [u64; STATES],
    own: u64,
}

impl Shares {
    /// Shares a time among pieces of work, of which so many are in each state.
    pub(super) fn of(nanos: u64, pieces: [u64; STATES]) -> Self {
        let all: u64 = pieces.iter().sum();
        if all == 0 {
            return Self { own: nanos, ..Self::default() };
        }
        let mut states = pieces.map(|count| nanos / all * count + nanos % all * count / all);
        // What division loses belongs to somebody.
        let lost = nanos.saturating_sub(states.iter().sum());
        if let Some((most, _)) = states.iter_mut().zip(pieces).max_by_key(|(_, count)| *count) {
            *most += lost;
        }
        Self { states, own: 0 }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.states.iter_mut().zip(other.states).for_each(|(all, one)| *all += one);
        self.own += other.own;
    }

    /// In milliseconds. What rounding loses is the own work's, so that the sum is that of the whole.
    pub(super) fn spent(&self) -> Spent {
        let [asking, quota, tiktok, retrying, _] = self.states.map(ms);
        let whole = ms(self.states.iter().sum::<u64>() + self.own);
        let own = whole.saturating_sub(asking + quota + tiktok + retrying);
        Spent { asking, quota, tiktok, retrying, own }
    }
}

fn ms(nanos: u64) -> u64 {
    nanos / 1_000_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_moment_is_shared_among_all_who_wait() {
        for (pieces, asking, quota, own) in [
            ([0, 0, 0, 0, 0], 0, 0, 8_000),
            ([1, 0, 0, 0, 0], 8_000, 0, 0),
            ([9, 0, 0, 0, 0], 8_000, 0, 0),
            ([1, 3, 0, 0, 0], 2_000, 6_000, 0),
            ([1, 1, 0, 0, 2], 2_000, 2_000, 4_000),
        ] {
            let spent = Shares::of(8 * SECOND, pieces).spent();
            assert_eq!((spent.asking, spent.quota, spent.own), (asking, quota, own), "{pieces:?}");
        }
    }

    proptest! {
        #[test]
        fn the_sum_is_the_whole(times in proptest::collection::vec((0..u64::MAX >> 20, [0..9_u64, 0..9, 0..9, 0..9, 0..9]), 0..20)) {
            let mut all = Shares::default();
            let mut whole = 0;
            for (nanos, pieces) in times {
                all.add(&Shares::of(nanos, pieces));
                whole += nanos;
            }
            prop_assert_eq!(all.spent().whole(), ms(whole));
        }
    }
}
