//! What a kind of object is to the shell of `write`: it takes records in and gives batches out.
//!
//! Reading stdin, sending, acknowledging and rejecting are the shell's and the same for all kinds; what a record
//! means, which records leave together and how they look on the wire is a lane's. A new kind of object is a
//! [`Lane`] with its [`Batch`], and rows that open it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::value::RawValue;

use super::ledger::{StreamAt, Ticket};
use super::outcome::Outcome;
use super::send::Post;
use super::targets::Part;
use crate::destination::record::fault::Fault;
use crate::destination::record::key::Key;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::endpoint::Endpoint;

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

    /// At the end, gives up records that can never leave, such as children whose parent did not come.
    fn give_up(&mut self) -> Vec<(RecordRef, Fault)> {
        Vec::new()
    }

    /// What the run did, a line each, for the summary.
    fn summary(&self) -> Vec<String>;

    /// Tells what TikTok itself says of what was written.
    fn report_status<'a>(&'a self, _client: &'a Client) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// What became of a record that came in.
#[derive(Debug)]
pub(crate) enum Intake<Q> {
    /// It waits with others.
    Waits,
    /// It waits, and something is due.
    Full,
    Rejected {
        key: Option<Key>,
        fault: Fault,
    },
    /// It can only be taken after the question was answered ([`Lane::ask`]).
    Asks(Q),
    /// Where it goes can take nothing, which is not its own fault.
    Fails(Arc<Error>),
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

/// A batch of posts, each of which TikTok takes or refuses whole.
pub(crate) trait Posts: Batch {
    /// What is posted, one after another.
    fn posts(&self) -> Vec<Box<dyn Items + '_>>;

    /// Whether what TikTok refuses so is the records' own fault and nobody else's.
    fn is_to_blame(&self, _error: &Error) -> bool {
        false
    }

    /// Records that another record of the batch spoke for, each with that other: they share its fate.
    fn followers(&self) -> Vec<(usize, usize)> {
        Vec::new()
    }
}

/// Items of one POST. Any range of them can be posted alone.
pub(crate) trait Items: Send + Sync {
    fn endpoint(&self) -> &'static Endpoint;

    fn count(&self) -> usize;

    /// The request for some of them.
    fn body(&self, range: Range<usize>) -> Vec<u8>;

    /// What TikTok made of some items, such as an id, by their places, from the `data` of an answer. `None` = nothing is
    /// read of an answer but its code.
    fn made(&self) -> Option<&dyn ReadMade> {
        None
    }

    /// Looks whether TikTok has some items whose answer was lost. `None` = nobody can tell, or sending them twice does
    /// no harm. `Ok` holds what was made of them, as in an answer; an error is theirs.
    fn settle_unknown<'a>(&'a self, _client: &'a Client, _range: Range<usize>) -> Option<BoxFuture<'a, Result<Made>>> {
        None
    }

    /// Which record of the batch an item came from.
    fn record(&self, item: usize) -> usize;

    /// Whom it goes to, an advertiser or an event source: of several tokens, one that may write there is taken.
    fn target(&self) -> &str;

    /// The same as no other target of the run is called.
    fn whole(&self) -> String;

    /// Which part of the target an item goes to; items of one part stand together.
    fn part(&self, item: usize) -> Part;

    /// Adds where it happened to a refusal.
    fn tell_where(&self, error: Error) -> Error;

    /// Whether a refusal speaks of where items go and not of an item.
    fn is_about_target(&self, part: Part, message: &str) -> bool;

    /// Says in a refusal which target takes nothing: a part, or all of it.
    fn blame(&self, part: Option<Part>, error: Error) -> Error;

    /// Ids of targets, which may be told.
    fn known(&self) -> Vec<&str>;
}

/// What TikTok made of items, by their places.
pub(crate) type Made = Vec<(usize, Value)>;

/// Reads what an answer says that was made.
pub(crate) trait ReadMade: Send + Sync {
    fn read(&self, range: Range<usize>, data: &Value) -> Made;
}
