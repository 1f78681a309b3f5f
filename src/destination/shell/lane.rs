//! What a kind of object is to the shell of `write`: it takes records in and gives batches out.
//!
//! Reading stdin, sending, acknowledging and rejecting are the shell's and the same for all kinds; what a record
//! means, which records leave together and how they look on the wire is a lane's. A new kind of object is a
//! [`Lane`] with its [`Batch`], and rows that open it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures::future::BoxFuture;
use serde_json::value::RawValue;

use super::ledger::{StreamAt, Ticket};
use super::outcome::Outcome;
use super::results::ResultRow;
use super::send::Post;
use crate::clock;
use crate::destination::record::fault::Fault;
use crate::destination::record::key::Key;
use crate::error::{Error, Result};
use crate::report::summary::{Audience, Target};
use crate::tiktok::Client;

/// The time as a lane sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub instant: Instant,
    /// Epoch milliseconds.
    pub ms: i64,
}

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The platform said that all of it was sent.
    Complete,
    /// The platform said that it was not, or said nothing until the end of the input.
    Incomplete,
}

impl Now {
    #[must_use]
    pub(crate) fn read() -> Self {
        Self { instant: Instant::now(), ms: clock::now_ms() }
    }
}

/// One kind of object and the records of it that wait.
pub(crate) trait Lane: Send {
    type Batch: Batch;
    /// What a record may lack until TikTok was asked.
    type Question: Send;

    /// Takes in a record that came on a route of the lane, as its ticket says.
    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<Self::Question>;

    /// Asks TikTok for what a record lacked ([`Intake::Asks`]). An error is nobody's single row.
    fn ask<'a>(&'a mut self, question: Self::Question, client: &'a Client) -> BoxFuture<'a, Result<()>>;

    /// When what waits must leave at the latest.
    fn deadline(&self) -> Option<Instant>;

    /// Hands out what is full or old; `all` hands out everything that can leave.
    fn due(&mut self, now: Instant, all: bool) -> Vec<Self::Batch>;

    /// Hears what became of a batch.
    fn settled(&mut self, batch: &Self::Batch, outcome: &Outcome);

    /// Whether the states of a stream wait until it ends.
    fn holds(&self, _stream: StreamAt) -> bool {
        false
    }

    /// Hears that a stream ended. What is due then is sent and settled before its held states go out.
    fn stream_ended(&mut self, _stream: StreamAt, _end: End) {}

    /// Hears that all rows of a stream are there: the platform or the source said so.
    fn stream_whole(&mut self, _stream: StreamAt) {}

    /// Hears that rows of a stream are missing: the platform said so, and nothing makes up for it.
    fn stream_cut(&mut self, _stream: StreamAt) {}

    /// Makes durable what the lane keeps of settled records; only then do states go out.
    fn keep(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Does what remains once all records are settled. `is_whole`: the input was read to its end, and nothing of it
    /// failed.
    fn close<'a>(&'a mut self, _client: &'a Client, _is_whole: bool) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// At the end, gives up records that can never leave, such as children whose parent did not come.
    fn give_up(&mut self) -> Vec<(RecordRef, Fault)> {
        Vec::new()
    }

    /// Hands out what became of records that needed no batch, each once.
    fn verdicts(&mut self) -> Vec<(RecordRef, Verdict)> {
        Vec::new()
    }

    /// Hands out the lines of `result_records`, each once.
    fn results(&mut self) -> Vec<ResultRow> {
        Vec::new()
    }

    /// What the run did, a line each, for the summary.
    fn summary(&self) -> Vec<String>;

    /// The same in numbers: what was done to each audience, source or kind of object.
    fn targets(&self) -> Vec<Target> {
        Vec::new()
    }

    /// Fields that were left out of rows, by reason.
    fn left_out(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    /// Tells what TikTok itself says of what was written, and gives what it says of audiences.
    fn report_status<'a>(&'a self, _client: &'a Client) -> BoxFuture<'a, Vec<Audience>> {
        Box::pin(std::future::ready(Vec::new()))
    }
}

/// What became of a record that came in.
#[derive(Debug)]
pub(crate) enum Intake<Q> {
    /// It waits with others.
    Waits,
    /// It waits, and something is due.
    Full,
    /// It is so already.
    Done,
    Rejected {
        key: Option<Key>,
        fault: Fault,
    },
    /// It can only be taken after the question was answered ([`Lane::ask`]).
    Asks(Q),
    /// Where it goes can take nothing, which is not its own fault.
    Fails(Arc<Error>),
}

/// What became of a record that needed no batch.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is so already.
    Accepted,
    Rejected(Fault),
    /// Where it goes can take nothing.
    Failed(Arc<Error>),
    /// Nothing more may be written: the run ends before it.
    Ends(Error),
}

/// A record of a batch: to whom it is to be settled, and what names it in a report of rejected rows.
#[derive(Debug, Clone)]
pub(crate) struct RecordRef {
    pub ticket: Ticket,
    pub key: Option<Key>,
}

/// Records that leave together.
pub(crate) trait Batch: Send + Sync + 'static {
    fn records(&self) -> &[RecordRef];

    /// Sends them; what became of each. A batch of posts leaves it to [`sending::send`](super::sending::send).
    fn send<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome>;

    /// Whether it must not be on its way together with `other`.
    fn contradicts(&self, _other: &Self) -> bool
    where
        Self: Sized,
    {
        false
    }
}
