//! A lane behind the one face that the shell sees: batches are numbers here, and keep their type within.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;

use super::lane::{Batch, End, Intake, Lane, Now, RecordRef, Verdict};
use super::ledger::{StreamAt, Ticket};
use super::outcome::Outcome;
use super::results::ResultRow;
use crate::destination::record::fault::Fault;
use crate::error::Result;
use crate::report::summary::{Audience, Target};
use crate::tiktok::Client;

/// A batch's number in its lane.
pub(crate) type BatchAt = u64;

/// A lane of whatever batches.
pub(crate) trait AnyLane: Send {
    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<()>;

    /// Asks what the last record lacked.
    fn ask<'a>(&'a mut self, client: &'a Client) -> BoxFuture<'a, Result<()>>;

    fn deadline(&self) -> Option<Instant>;

    fn due(&mut self, now: Instant, all: bool) -> Vec<BatchAt>;

    /// Whether a batch says the opposite of one that is on its way.
    fn is_contradicted(&self, batch: BatchAt) -> bool;

    /// Lets a batch go on its way.
    fn leaves(&mut self, batch: BatchAt) -> Option<Arc<dyn Batch>>;

    /// Takes back a batch that was answered.
    fn settled(&mut self, batch: BatchAt, outcome: &Outcome) -> Option<Arc<dyn Batch>>;

    fn holds(&self, stream: StreamAt) -> bool;

    fn stream_ended(&mut self, stream: StreamAt, end: End);

    fn stream_whole(&mut self, stream: StreamAt);
    fn stream_cut(&mut self, stream: StreamAt);

    fn keep(&mut self) -> BoxFuture<'_, Result<()>>;

    fn close<'a>(&'a mut self, client: &'a Client, is_whole: bool) -> BoxFuture<'a, Result<()>>;

    fn give_up(&mut self) -> Vec<(RecordRef, Fault)>;

    fn verdicts(&mut self) -> Vec<(RecordRef, Verdict)>;

    fn results(&mut self) -> Vec<ResultRow>;

    fn summary(&self) -> Vec<String>;

    fn targets(&self) -> Vec<Target>;

    fn left_out(&self) -> BTreeMap<String, u64>;

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Vec<Audience>>;
}

/// A lane with the batches that it handed out.
pub(crate) struct Erased<L: Lane> {
    lane: L,
    asked: Option<L::Question>,
    batches: HashMap<BatchAt, Leaving<L::Batch>>,
    count: BatchAt,
}

struct Leaving<B> {
    batch: Arc<B>,
    is_on_its_way: bool,
}

impl<L: Lane> Erased<L> {
    pub(crate) fn new(lane: L) -> Self {
        Self { lane, asked: None, batches: HashMap::new(), count: 0 }
    }
}

impl<L: Lane> AnyLane for Erased<L> {
    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<()> {
        match self.lane.take(data, ticket, now) {
            Intake::Waits => Intake::Waits,
            Intake::Full => Intake::Full,
            Intake::Done => Intake::Done,
            Intake::Rejected { key, fault } => Intake::Rejected { key, fault },
            Intake::Fails(error) => Intake::Fails(error),
            Intake::Asks(question) => {
                self.asked = Some(question);
                Intake::Asks(())
            }
        }
    }

    fn ask<'a>(&'a mut self, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        match self.asked.take() {
            Some(question) => self.lane.ask(question, client),
            None => std::future::ready(Ok(())).boxed(),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.lane.deadline()
    }

    fn due(&mut self, now: Instant, all: bool) -> Vec<BatchAt> {
        let due = self.lane.due(now, all).into_iter();
        let number = |batch| {
            self.count += 1;
            self.batches.insert(self.count, Leaving { batch: Arc::new(batch), is_on_its_way: false });
            self.count
        };
        due.map(number).collect()
    }

    fn is_contradicted(&self, batch: BatchAt) -> bool {
        let Some(Leaving { batch, .. }) = self.batches.get(&batch) else { return false };
        self.batches.values().any(|other| other.is_on_its_way && batch.contradicts(&other.batch))
    }

    fn leaves(&mut self, batch: BatchAt) -> Option<Arc<dyn Batch>> {
        let leaving = self.batches.get_mut(&batch)?;
        leaving.is_on_its_way = true;
        Some(leaving.batch.clone())
    }

    fn settled(&mut self, batch: BatchAt, outcome: &Outcome) -> Option<Arc<dyn Batch>> {
        let Leaving { batch, .. } = self.batches.remove(&batch)?;
        self.lane.settled(&batch, outcome);
        Some(batch)
    }

    fn holds(&self, stream: StreamAt) -> bool {
        self.lane.holds(stream)
    }

    fn stream_ended(&mut self, stream: StreamAt, end: End) {
        self.lane.stream_ended(stream, end);
    }

    fn stream_whole(&mut self, stream: StreamAt) {
        self.lane.stream_whole(stream);
    }

    fn stream_cut(&mut self, stream: StreamAt) {
        self.lane.stream_cut(stream);
    }

    fn keep(&mut self) -> BoxFuture<'_, Result<()>> {
        self.lane.keep()
    }

    fn close<'a>(&'a mut self, client: &'a Client, is_whole: bool) -> BoxFuture<'a, Result<()>> {
        self.lane.close(client, is_whole)
    }

    fn give_up(&mut self) -> Vec<(RecordRef, Fault)> {
        self.lane.give_up()
    }

    fn verdicts(&mut self) -> Vec<(RecordRef, Verdict)> {
        self.lane.verdicts()
    }

    fn results(&mut self) -> Vec<ResultRow> {
        self.lane.results()
    }

    fn summary(&self) -> Vec<String> {
        self.lane.summary()
    }

    fn targets(&self) -> Vec<Target> {
        self.lane.targets()
    }

    fn left_out(&self) -> BTreeMap<String, u64> {
        self.lane.left_out()
    }

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Vec<Audience>> {
        self.lane.report_status(client)
    }
}
