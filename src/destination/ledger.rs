//! Which STATE may be told: one goes out when every record before it is settled, that is accepted by TikTok or
//! recorded as rejected. Pure.
//!
//! States cut the input into epochs. A record belongs to the epoch in which it arrived; a state is told once its
//! epoch and all before it have nothing outstanding, so states leave in the order they came. Counts are per
//! stream, since that stream's last told state (airbyte.md 2.3).

use std::collections::{HashMap, VecDeque};

/// Where a stream stands in the catalogue.
pub type StreamAt = usize;

/// A record on its way, to be settled once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    epoch: u64,
    pub stream: StreamAt,
}

/// Records since a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: u64,
    pub rejected: u64,
}

/// Whose records a state speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    Stream(StreamAt),
    All,
}

/// A state that may be told now, with what it counts.
#[derive(Debug, PartialEq, Eq)]
pub struct Told<S> {
    pub state: S,
    pub tally: Tally,
}

#[derive(Debug)]
struct Epoch<S> {
    outstanding: u64,
    tallies: HashMap<StreamAt, Tally>,
    /// What ends the epoch; the last one has no end yet.
    state: Option<(S, Covers)>,
}

impl<S> Default for Epoch<S> {
    fn default() -> Self {
        Self { outstanding: 0, tallies: HashMap::new(), state: None }
    }
}

/// The book of records and states.
#[derive(Debug)]
pub struct Ledger<S> {
    epochs: VecDeque<Epoch<S>>,
    /// The number of the first epoch kept.
    first: u64,
    /// Settled in epochs that are over, not yet told in a state.
    since: HashMap<StreamAt, Tally>,
}

impl<S> Default for Ledger<S> {
    fn default() -> Self {
        Self { epochs: VecDeque::from([Epoch::default()]), first: 0, since: HashMap::new() }
    }
}

impl<S> Ledger<S> {
    /// A record arrived.
    pub fn receive(&mut self, stream: StreamAt) -> Ticket {
        let epoch = self.first + self.epochs.len() as u64 - 1;
        if let Some(last) = self.epochs.back_mut() {
            last.outstanding += 1;
        }
        Ticket { epoch, stream }
    }

    /// A state arrived.
    pub fn state(&mut self, state: S, covers: Covers) {
        if let Some(last) = self.epochs.back_mut() {
            last.state = Some((state, covers));
        }
        self.epochs.push_back(Epoch::default());
    }

    /// What became of a record.
    pub fn settle(&mut self, ticket: Ticket, accepted: bool) {
        let at = usize::try_from(ticket.epoch.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let Some(epoch) = self.epochs.get_mut(at) else { return };
        epoch.outstanding = epoch.outstanding.saturating_sub(1);
        let tally = epoch.tallies.entry(ticket.stream).or_default();
        if accepted { tally.accepted += 1 } else { tally.rejected += 1 }
    }

    /// The next state that may be told.
    pub fn release(&mut self) -> Option<Told<S>> {
        let done = self.epochs.front().is_some_and(|epoch| epoch.outstanding == 0 && epoch.state.is_some());
        let epoch = if done { self.epochs.pop_front()? } else { return None };
        self.first += 1;
        for (stream, tally) in epoch.tallies {
            let since = self.since.entry(stream).or_default();
            since.accepted += tally.accepted;
            since.rejected += tally.rejected;
        }
        let (state, covers) = epoch.state?;
        Some(Told { state, tally: self.told(covers) })
    }

    fn told(&mut self, covers: Covers) -> Tally {
        match covers {
            Covers::Stream(stream) => self.since.remove(&stream).unwrap_or_default(),
            Covers::All => self.since.drain().fold(Tally::default(), |sum, (_, tally)| Tally {
                accepted: sum.accepted + tally.accepted,
                rejected: sum.rejected + tally.rejected,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_state_waits_for_every_record_before_it() {
        let mut ledger = Ledger::default();
        let first = ledger.receive(0);
        ledger.state("a", Covers::Stream(0));
        let second = ledger.receive(1);
        ledger.state("b", Covers::Stream(1));
        ledger.settle(second, false);
        assert_eq!(ledger.release(), None);
        ledger.settle(first, true);
        assert_eq!(ledger.release(), Some(Told { state: "a", tally: Tally { accepted: 1, rejected: 0 } }));
        assert_eq!(ledger.release(), Some(Told { state: "b", tally: Tally { accepted: 0, rejected: 1 } }));
        assert_eq!(ledger.release(), None);
    }

    #[test]
    fn counts_are_per_stream_since_its_own_last_state() {
        let mut ledger = Ledger::default();
        for stream in [0, 1, 1] {
            let ticket = ledger.receive(stream);
            ledger.settle(ticket, true);
        }
        ledger.state("0", Covers::Stream(0));
        ledger.state("1", Covers::Stream(1));
        ledger.state("all", Covers::All);
        let told: Vec<_> =
            std::iter::from_fn(|| ledger.release()).map(|told| (told.state, told.tally.accepted)).collect();
        assert_eq!(told, [("0", 1), ("1", 2), ("all", 0)]);
    }

    #[test]
    fn a_clear_job_has_states_only() {
        let mut ledger = Ledger::default();
        ledger.state("a", Covers::Stream(0));
        assert_eq!(ledger.release(), Some(Told { state: "a", tally: Tally::default() }));
    }

    proptest! {
        /// `true` = a state, `false` = a record; records are settled in any order.
        #[test]
        fn no_state_overtakes_a_record_and_counts_add_up(
            input in prop::collection::vec((any::<bool>(), 0_usize..3), 0..60),
            order in any::<prop::sample::Index>(),
        ) {
            let mut ledger = Ledger::default();
            let (mut tickets, mut states) = (Vec::new(), 0);
            for (is_state, stream) in &input {
                if *is_state {
                    ledger.state((states, tickets.len()), Covers::Stream(*stream));
                    states += 1;
                } else {
                    tickets.push(ledger.receive(*stream));
                }
            }
            let (mut settled, mut told, mut counted) = (vec![false; tickets.len()], 0, 0);
            for step in 0..=tickets.len() {
                while let Some(one) = ledger.release() {
                    let (number, records_before) = one.state;
                    prop_assert_eq!(number, told);
                    prop_assert!(settled[..records_before].iter().all(|settled| *settled));
                    counted += one.tally.accepted + one.tally.rejected;
                    told += 1;
                }
                if step < tickets.len() {
                    let left: Vec<usize> = (0..tickets.len()).filter(|at| !settled[*at]).collect();
                    let at = left[order.index(left.len())];
                    settled[at] = true;
                    ledger.settle(tickets[at], at.is_multiple_of(2));
                }
            }
            prop_assert_eq!(told, states);
            prop_assert!(counted <= tickets.len() as u64);
        }
    }
}
