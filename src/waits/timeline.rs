//! What a run did when: buckets of equal width, which become wider as the run becomes longer. Pure: the time is given,
//! counted from the start of the run.

use std::time::Duration;

use serde::Serialize;

use super::spent::{STATES, Shares, Spent, State};

/// The most buckets. What outgrows them merges by two.
pub(super) const BUCKETS_MAX: usize = 240;
/// The first width.
const WIDTH: Duration = Duration::from_secs(1);

/// A part of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Bucket {
    /// Requests that left.
    pub(crate) requests: u64,
    /// Answers that said “too often”.
    pub(crate) refusals: u64,
    pub(crate) spent: Spent,
}

/// The course of a run, from its start. The last bucket may be shorter than the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Timeline {
    /// How long each bucket is, in milliseconds.
    pub(crate) width: u64,
    pub(crate) buckets: Vec<Bucket>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Filled {
    requests: u64,
    refusals: u64,
    shares: Shares,
}

/// The account of a run.
#[derive(Debug)]
pub(super) struct Account {
    width: u64,
    buckets: Vec<Filled>,
    /// Up to when all is entered, in nanoseconds.
    now: u64,
    pieces: [u64; STATES],
}

impl Default for Account {
    fn default() -> Self {
        Self { width: nanos(WIDTH), buckets: vec![Filled::default()], now: 0, pieces: [0; STATES] }
    }
}

impl Account {
    /// A piece of work changes what it does.
    pub(super) fn change(&mut self, now: Duration, from: Option<State>, to: Option<State>) {
        self.change_all(now, [(from, 1), (to, 1)]);
    }

    /// So many pieces of work no longer do one thing, and so many do another.
    pub(super) fn change_all(&mut self, now: Duration, [(from, fewer), (to, more)]: [(Option<State>, u64); 2]) {
        self.advance(now);
        if let Some(count) = from.and_then(|state| self.pieces.get_mut(state.at())) {
            *count = count.saturating_sub(fewer);
        }
        if let Some(count) = to.and_then(|state| self.pieces.get_mut(state.at())) {
            *count = count.saturating_add(more);
        }
    }

    /// A request leaves.
    pub(super) fn request(&mut self, now: Duration) {
        self.advance(now);
        if let Some(last) = self.buckets.last_mut() {
            last.requests += 1;
        }
    }

    /// TikTok says “too often”.
    pub(super) fn refusal(&mut self, now: Duration) {
        self.advance(now);
        if let Some(last) = self.buckets.last_mut() {
            last.refusals += 1;
        }
    }

    /// The whole run up to then: its requests, its refusals and its time.
    pub(super) fn whole(&mut self, now: Duration) -> Bucket {
        self.advance(now);
        bucket(&self.buckets.iter().fold(Filled::default(), |all, one| merged(&all, one)))
    }

    pub(super) fn timeline(&mut self, now: Duration) -> Timeline {
        self.advance(now);
        Timeline { width: self.width / 1_000_000, buckets: self.buckets.iter().map(bucket).collect() }
    }

    /// Enters the time up to `now`, in which all went on doing what they did.
    fn advance(&mut self, now: Duration) {
        let to = nanos(now).max(self.now);
        while to / self.width >= BUCKETS_MAX as u64 {
            self.widen();
        }
        loop {
            let end = (self.now / self.width + 1) * self.width;
            let until = to.min(end);
            let shares = Shares::of(until - self.now, self.pieces);
            if let Some(last) = self.buckets.last_mut() {
                last.shares.add(&shares);
            }
            self.now = until;
            if until < end {
                return;
            }
            self.buckets.push(Filled::default());
        }
    }

    fn widen(&mut self) {
        self.width *= 2;
        let pair = |pair: &[Filled]| pair.iter().fold(Filled::default(), |all, one| merged(&all, one));
        self.buckets = self.buckets.chunks(2).map(pair).collect();
    }
}

fn merged(one: &Filled, other: &Filled) -> Filled {
    let mut shares = one.shares;
    shares.add(&other.shares);
    Filled { requests: one.requests + other.requests, refusals: one.refusals + other.refusals, shares }
}

fn bucket(filled: &Filled) -> Bucket {
    Bucket { requests: filled.requests, refusals: filled.refusals, spent: filled.shares.spent() }
}

fn nanos(time: Duration) -> u64 {
    // A run of 292 years is long enough.
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn each_second_tells_what_was_done_in_it() {
        let mut account = Account::default();
        account.change(Duration::from_millis(500), None, Some(State::Asking));
        account.request(Duration::from_millis(500));
        account.change(Duration::from_millis(2_250), Some(State::Asking), Some(State::Quota));
        account.refusal(Duration::from_millis(2_250));
        let line = account.timeline(Duration::from_millis(3_500));
        assert_eq!(line.width, 1_000);
        let told: Vec<_> = line.buckets.iter().map(|b| (b.requests, b.refusals, b.spent)).collect();
        let spent = |asking, quota, own| Spent { asking, quota, own, ..Spent::default() };
        assert_eq!(
            told,
            [
                (1, 0, spent(500, 0, 500)),
                (0, 0, spent(1_000, 0, 0)),
                (0, 1, spent(250, 750, 0)),
                (0, 0, spent(0, 500, 0))
            ]
        );
    }

    #[test]
    fn a_long_run_has_wider_buckets_and_no_more_of_them() {
        let mut account = Account::default();
        account.change(at(0), None, Some(State::TikTok));
        for second in 0..10_000 {
            account.request(at(second));
        }
        let line = account.timeline(at(10_000));
        assert_eq!((line.width, line.buckets.len()), (64_000, 157));
        assert_eq!(line.buckets[0].requests, 64);
        assert_eq!(account.whole(at(10_000)).requests, 10_000);
        assert_eq!(account.timeline(at(1_000_000)).buckets.iter().map(|b| b.requests).sum::<u64>(), 10_000);
    }

    proptest! {
        #[test]
        fn buckets_are_few_and_lose_nothing(
            steps in proptest::collection::vec((0..400_000_u64, 0..4_usize, proptest::bool::ANY), 1..60)
        ) {
            let (mut account, mut now, mut before) = (Account::default(), Duration::ZERO, None);
            for (ms, state, any) in steps {
                now += Duration::from_millis(ms);
                let state = State::ALL.get(state).copied().filter(|_| any);
                account.change(now, before, state);
                account.request(now);
                before = state;
            }
            let whole = account.whole(now).spent.whole();
            let line = account.timeline(now);
            prop_assert_eq!(u128::from(whole), now.as_millis());
            prop_assert!(line.buckets.len() <= BUCKETS_MAX);
            prop_assert!(line.buckets.iter().all(|one| one.spent.whole() <= line.width));
        }
    }
}
