//! Which STATE may be told: one goes out when every record before it is settled, that is accepted by TikTok or
//! recorded as rejected. A stream with a record that failed is told nothing of from there on. Pure.
//!
//! States cut the input into epochs. A record belongs to the epoch in which it arrived; a state is told once its
//! epoch and all before it have nothing outstanding, so states leave in the order they came. Counts are per
//! stream, since that stream's last told state.

use std::collections::{HashMap, HashSet, VecDeque};

use foldhash::fast::RandomState;

/// Where a stream stands in the catalogue.
pub(crate) type StreamAt = usize;

/// Something of each stream.
type PerStream<T> = HashMap<StreamAt, T, RandomState>;

/// Where a route stands among those of the run.
pub(crate) type RouteAt = usize;

/// A record on its way to one of its objects, to be settled once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ticket {
    epoch: u64,
    pub stream: StreamAt,
    /// The record's number in its stream; the first is 1.
    pub row: u64,
    pub route: RouteAt,
}

impl Ticket {
    /// The same record on another of its ways.
    #[must_use]
    pub(crate) fn by(self, route: RouteAt) -> Self {
        Self { route, ..self }
    }
}

/// What became of a record. Of the several fates of one, the last in this order is its own: it was written only if
/// every object took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It asks itself not to be sent.
    PassedOver,
    Accepted,
    Rejected,
    /// Nobody knows whether TikTok has it.
    Failed,
}

/// Records since a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub accepted: u64,
    pub rejected: u64,
    pub passed_over: u64,
    /// Nobody knows whether TikTok has them.
    pub failed: u64,
}

impl Tally {
    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Accepted => self.accepted += 1,
            Fate::Rejected => self.rejected += 1,
            Fate::PassedOver => self.passed_over += 1,
            Fate::Failed => self.failed += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.passed_over += other.passed_over;
        self.failed += other.failed;
    }
}

/// Whose records a state speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covers {
    Stream(StreamAt),
    All,
    /// A stream that the catalogue lacks.
    Nothing,
}

/// A state that may be told now, with what it counts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told<S> {
    pub state: S,
    pub tally: Tally,
}

#[derive(Debug)]
struct Epoch<S> {
    outstanding: u64,
    tallies: PerStream<Tally>,
    /// Streams with records of which nobody knows whether TikTok has them.
    failed: HashSet<StreamAt>,
    /// What ends the epoch; the last one has no end yet.
    state: Option<(S, Covers)>,
}

impl<S> Default for Epoch<S> {
    fn default() -> Self {
        Self { outstanding: 0, tallies: PerStream::default(), failed: HashSet::new(), state: None }
    }
}

/// A record that several objects take.
#[derive(Debug)]
struct Shared {
    /// Objects whose answer is outstanding.
    parts: usize,
    fate: Fate,
}

/// The book of records and states.
#[derive(Debug)]
pub(crate) struct Ledger<S> {
    epochs: VecDeque<Epoch<S>>,
    /// The number of the first epoch kept.
    first: u64,
    /// Settled in epochs that are over, not yet told in a state.
    since: PerStream<Tally>,
    /// Records received, per stream.
    rows: PerStream<u64>,
    shared: HashMap<(StreamAt, u64), Shared>,
    /// Settled in the whole run.
    pub total: Tally,
    /// The same, per stream.
    totals: Vec<Tally>,
    /// Streams that failed in epochs that are over.
    failed: HashSet<StreamAt>,
    /// Streams whose states wait for their end.
    held: HashSet<StreamAt>,
    /// States of those that are due but for that, in their order.
    waiting: VecDeque<(S, Covers)>,
}

/// States that wait for the end of their stream; beyond it the oldest go, since a later one says more.
const WAITING_MAX: usize = 10_000;

impl<S> Default for Ledger<S> {
    fn default() -> Self {
        Self {
            epochs: VecDeque::from([Epoch::default()]),
            first: 0,
            since: PerStream::default(),
            rows: PerStream::default(),
            shared: HashMap::new(),
            total: Tally::default(),
            totals: Vec::new(),
            failed: HashSet::new(),
            held: HashSet::new(),
            waiting: VecDeque::new(),
        }
    }
}

impl<S> Ledger<S> {
    /// From now on the states of a stream wait until [`Ledger::commit`].
    pub(crate) fn hold(&mut self, stream: StreamAt) {
        self.held.insert(stream);
    }

    /// The stream is done with: its states may go out once all before them is settled.
    pub(crate) fn commit(&mut self, stream: StreamAt) {
        self.held.remove(&stream);
    }

    /// The stream did not come to its end: no state of it is told any more.
    pub(crate) fn let_go(&mut self, stream: StreamAt) {
        if self.held.remove(&stream) {
            self.failed.insert(stream);
        }
    }

    #[must_use]
    pub(crate) fn is_held(&self, covers: Covers) -> bool {
        match covers {
            Covers::Stream(stream) => self.held.contains(&stream),
            Covers::All => !self.held.is_empty(),
            Covers::Nothing => false,
        }
    }

    /// A record arrived that `parts` objects take; each settles it once.
    pub(crate) fn receive(&mut self, stream: StreamAt, parts: usize) -> Ticket {
        let epoch = self.first + self.epochs.len() as u64 - 1;
        if let Some(last) = self.epochs.back_mut() {
            last.outstanding += 1;
        }
        let row = self.rows.entry(stream).or_default();
        *row += 1;
        if parts > 1 {
            self.shared.insert((stream, *row), Shared { parts, fate: Fate::PassedOver });
        }
        Ticket { epoch, stream, row: *row, route: 0 }
    }

    /// A state arrived.
    pub(crate) fn state(&mut self, state: S, covers: Covers) {
        if let Some(last) = self.epochs.back_mut() {
            last.state = Some((state, covers));
        }
        self.epochs.push_back(Epoch::default());
    }

    /// What became of a record at one of its objects.
    pub(crate) fn settle(&mut self, ticket: Ticket, fate: Fate) {
        let Some(fate) = self.own_fate(ticket, fate) else { return };
        let at = usize::try_from(ticket.epoch.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let Some(epoch) = self.epochs.get_mut(at) else { return };
        epoch.outstanding = epoch.outstanding.saturating_sub(1);
        if fate == Fate::Failed {
            epoch.failed.insert(ticket.stream);
        }
        epoch.tallies.entry(ticket.stream).or_default().count(fate);
        self.total.count(fate);
        if self.totals.len() <= ticket.stream {
            self.totals.resize(ticket.stream + 1, Tally::default());
        }
        if let Some(total) = self.totals.get_mut(ticket.stream) {
            total.count(fate);
        }
    }

    /// The fate of the record as a whole, once every object has told its own.
    fn own_fate(&mut self, ticket: Ticket, fate: Fate) -> Option<Fate> {
        if self.shared.is_empty() {
            return Some(fate);
        }
        let key = (ticket.stream, ticket.row);
        let Some(shared) = self.shared.get_mut(&key) else { return Some(fate) };
        shared.parts = shared.parts.saturating_sub(1);
        shared.fate = shared.fate.max(fate);
        let (parts, fate) = (shared.parts, shared.fate);
        if parts > 0 {
            return None;
        }
        self.shared.remove(&key);
        Some(fate)
    }

    /// What is settled of each stream, by its place.
    pub(crate) fn totals(&self) -> &[Tally] {
        &self.totals
    }

    /// Whether a state may be due.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        !self.waiting.is_empty()
            || self.epochs.front().is_some_and(|epoch| epoch.outstanding == 0 && epoch.state.is_some())
    }

    /// The next state that may be told.
    pub(crate) fn release(&mut self) -> Option<Told<S>> {
        while let Some(at) = self.waiting.iter().position(|(_, covers)| !self.is_held(*covers)) {
            let (state, covers) = self.waiting.remove(at)?;
            if !self.has_failed(covers) {
                return Some(Told { state, tally: self.told(covers) });
            }
        }
        while self.epochs.front().is_some_and(|epoch| epoch.outstanding == 0 && epoch.state.is_some()) {
            let epoch = self.epochs.pop_front()?;
            self.first += 1;
            self.failed.extend(epoch.failed);
            for (stream, tally) in epoch.tallies {
                self.since.entry(stream).or_default().add(tally);
            }
            let (state, covers) = epoch.state?;
            if self.is_held(covers) {
                self.waiting.push_back((state, covers));
                if self.waiting.len() > WAITING_MAX {
                    self.waiting.pop_front();
                }
            } else if !self.has_failed(covers) {
                return Some(Told { state, tally: self.told(covers) });
            }
        }
        None
    }

    /// Records of a stream that came, and what became of them so far.
    #[must_use]
    pub(crate) fn stream(&self, stream: StreamAt) -> (u64, Tally) {
        let tally = self.totals.get(stream).copied().unwrap_or_default();
        (self.rows.get(&stream).copied().unwrap_or_default(), tally)
    }

    fn has_failed(&self, covers: Covers) -> bool {
        match covers {
            Covers::Stream(stream) => self.failed.contains(&stream),
            Covers::All => !self.failed.is_empty(),
            Covers::Nothing => false,
        }
    }

    fn told(&mut self, covers: Covers) -> Tally {
        let mut told = Tally::default();
        match covers {
            Covers::Stream(stream) => self.since.remove(&stream).into_iter().for_each(|tally| told.add(tally)),
            Covers::All => self.since.drain().for_each(|(_, tally)| told.add(tally)),
            Covers::Nothing => {}
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_state_waits_for_every_record_before_it() {
        let mut ledger = Ledger::default();
        let first = ledger.receive(0, 1);
        ledger.state("a", Covers::Stream(0));
        let second = ledger.receive(1, 1);
        ledger.state("b", Covers::Stream(1));
        ledger.settle(second, Fate::Rejected);
        assert_eq!(ledger.release(), None);
        ledger.settle(first, Fate::Accepted);
        assert_eq!(ledger.release(), Some(Told { state: "a", tally: Tally { accepted: 1, ..Tally::default() } }));
        assert_eq!(ledger.release(), Some(Told { state: "b", tally: Tally { rejected: 1, ..Tally::default() } }));
        assert_eq!(ledger.release(), None);
    }

    #[test]
    fn counts_are_per_stream_since_its_own_last_state() {
        let mut ledger = Ledger::default();
        for stream in [0, 1, 1] {
            let ticket = ledger.receive(stream, 1);
            ledger.settle(ticket, Fate::Accepted);
        }
        ledger.state("0", Covers::Stream(0));
        ledger.state("1", Covers::Stream(1));
        ledger.state("all", Covers::All);
        let told: Vec<_> =
            std::iter::from_fn(|| ledger.release()).map(|told| (told.state, told.tally.accepted)).collect();
        assert_eq!(told, [("0", 1), ("1", 2), ("all", 0)]);
    }

    #[test]
    fn a_stream_that_failed_holds_up_no_other() {
        let mut ledger = Ledger::default();
        let tickets = [0, 1, 0].map(|stream| {
            let ticket = ledger.receive(stream, 1);
            ledger.state((stream, 'a'), Covers::Stream(stream));
            ticket
        });
        ledger.state((9, 'b'), Covers::All);
        ledger.settle(tickets[0], Fate::Accepted);
        ledger.settle(tickets[1], Fate::Accepted);
        ledger.settle(tickets[2], Fate::Failed);
        let later = ledger.receive(1, 1);
        ledger.settle(later, Fate::Accepted);
        ledger.state((1, 'c'), Covers::Stream(1));
        ledger.state((0, 'd'), Covers::Stream(0));
        let told: Vec<_> = std::iter::from_fn(|| ledger.release()).map(|told| told.state).collect();
        assert_eq!(told, [(0, 'a'), (1, 'a'), (1, 'c')]);
    }

    #[test]
    fn states_of_a_held_stream_wait_for_its_end_and_hold_up_no_other() {
        let run = |end: fn(&mut Ledger<&'static str>)| {
            let mut ledger = Ledger::default();
            ledger.hold(0);
            for (stream, state) in [(0, "a"), (1, "b"), (0, "c")] {
                let ticket = ledger.receive(stream, 1);
                ledger.settle(ticket, Fate::Accepted);
                ledger.state(state, Covers::Stream(stream));
            }
            let told = |ledger: &mut Ledger<&'static str>| -> Vec<_> {
                std::iter::from_fn(|| ledger.release()).map(|told| (told.state, told.tally.accepted)).collect()
            };
            let before = told(&mut ledger);
            end(&mut ledger);
            (before, told(&mut ledger))
        };
        assert_eq!(run(|ledger| ledger.commit(0)), (vec![("b", 1)], vec![("a", 2), ("c", 0)]));
        assert_eq!(run(|ledger| ledger.let_go(0)), (vec![("b", 1)], vec![]));
    }

    #[test]
    fn a_clear_job_has_states_only() {
        let mut ledger = Ledger::default();
        ledger.state("a", Covers::Stream(0));
        assert_eq!(ledger.release(), Some(Told { state: "a", tally: Tally::default() }));
    }

    #[test]
    fn a_record_of_several_objects_is_settled_by_the_last_of_them() {
        use Fate::{Accepted, PassedOver, Rejected};
        for (fates, expected) in [
            ([Accepted, Accepted], Tally { accepted: 1, ..Tally::default() }),
            ([Accepted, Rejected], Tally { rejected: 1, ..Tally::default() }),
            ([Rejected, Accepted], Tally { rejected: 1, ..Tally::default() }),
            ([PassedOver, Accepted], Tally { accepted: 1, ..Tally::default() }),
            ([PassedOver, PassedOver], Tally { passed_over: 1, ..Tally::default() }),
        ] {
            let mut ledger = Ledger::default();
            let ticket = ledger.receive(0, fates.len());
            ledger.state("a", Covers::All);
            ledger.settle(ticket.by(0), fates[0]);
            assert_eq!(ledger.release(), None, "{fates:?}");
            ledger.settle(ticket.by(1), fates[1]);
            assert_eq!(ledger.release().map(|told| told.tally), Some(expected), "{fates:?}");
        }
    }

    #[test]
    fn rows_are_numbered_per_stream() {
        let mut ledger = Ledger::<()>::default();
        assert_eq!([0, 1, 0].map(|stream| ledger.receive(stream, 2).row), [1, 1, 2]);
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
                    tickets.push(ledger.receive(*stream, 1));
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
                    let fate = if at.is_multiple_of(2) { Fate::Accepted } else { Fate::Rejected };
                    ledger.settle(tickets[at], fate);
                }
            }
            prop_assert_eq!(told, states);
            prop_assert!(counted <= tickets.len() as u64);
        }
    }
}
