//! The shell of `write`: stdin → lanes → batches → TikTok → STATE.
//!
//! One task reads lines and hands records to the [`Lane`](crate::destination::shell::lane::Lane) of their object; calls run beside it,
//! as many as the config allows. What a call did to each record comes back here, is settled in the [`Ledger`], and
//! lets states go out in their order. Nothing here knows what a record means.

mod ending;
mod noting;
mod settling;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::any_lane::BatchAt;
use super::lane::{End, Intake, Now, RecordRef};
use super::lanes::{LaneAt, Lanes, Taker};
use super::ledger::{Covers, Fate, Ledger, StreamAt, Tally, Ticket};
use super::outcome::{Outcome, Undecided};
use super::rejects::Rejects;
use super::report;
use super::results::ResultRow;
use super::send::Post;
use super::tolerance::Moment;
use super::verdict::Failed;
use crate::error::{Error, Kind, Result};
use crate::progress::Progress;
use crate::protocol::input::{self, Line, NamedStream};
use crate::protocol::lines::InputCut;
use crate::protocol::message::StreamDescriptor;
use crate::protocol::noise::{self, Noise};
use crate::protocol::{Message, Output};
use crate::report::Notes;

/// Most often that one record lacks something.
const ASKS_MAX: usize = 4;

/// Everything a run works with.
pub(crate) struct Run {
    pub post: Post,
    pub lanes: Lanes,
    /// Requests on their way at once.
    pub at_once: usize,
    pub rejects: Rejects,
    pub output: Output,
    pub notes: Arc<Notes>,
}

/// Reads `chunks` of lines to their end and tells what became of them, on a terminal while it happens. Whether all of
/// it was written; what was not stands on stdout already.
pub(crate) async fn write(run: Run, chunks: Chunks, progress: &Progress) -> Result<bool> {
    let gauge = run.post.traffic.0.clone();
    gauge.start();
    let mut writer = Writer::new(run);
    let written = tokio::select! {
        written = writer.write(chunks) => written,
        () = progress.draw() => return Ok(true),
    };
    let failed = writer.failed.told();
    gauge.finish(written.is_ok() && failed.is_empty());
    // The lines go before the summary comes.
    progress.close();
    if written.is_ok() {
        let audiences = report::close(&writer.lanes.all, &writer.post, &writer.rejects).await;
        writer.notes.audiences(audiences);
    }
    for (stream, error) in &failed {
        writer.notes.failed(Some(&stream.to_string()), error);
        let stream = StreamDescriptor { name: &stream.name, namespace: stream.namespace.as_deref() };
        writer.output.message(&Message::error(error, Some(stream)));
    }
    written?;
    if failed.is_empty() {
        writer.judge()?;
    }
    Ok(failed.is_empty())
}

/// Lines of stdin, many at a time.
pub(crate) type Chunks = mpsc::Receiver<std::result::Result<Vec<u8>, InputCut>>;

/// A batch that was answered.
struct Sent {
    lane: LaneAt,
    batch: BatchAt,
    outcome: Outcome,
}

struct Writer {
    post: Arc<Post>,
    /// Requests on their way at once.
    at_once: usize,
    lanes: Lanes,
    rejects: Rejects,
    output: Output,
    notes: Arc<Notes>,
    ledger: Ledger<Box<RawValue>>,
    sending: JoinSet<Sent>,
    /// Streams that the platform has not ended yet and whose states wait for that.
    held: BTreeSet<StreamAt>,
    /// Rejected, to be settled once that is recorded.
    rejected: Vec<(Ticket, Fate)>,
    /// Refused, of which nobody knows yet who is to blame.
    undecided: Vec<(RecordRef, Undecided)>,
    failed: Failed,
    /// Streams of which more was rejected than the config allows.
    intolerable: BTreeSet<StreamAt>,
    /// Whether more of the input would only fail as well.
    hopeless: bool,
    /// Whether the input was read to its end.
    is_read: bool,
    lines: u64,
    messages: u64,
    noise: Noise,
    /// When the last chunk or answer came.
    now: Now,
}

impl Writer {
    fn new(run: Run) -> Self {
        let Run { post, lanes, at_once, rejects, output, notes } = run;
        Self {
            post: Arc::new(post),
            at_once,
            lanes,
            rejects,
            output,
            notes,
            ledger: Ledger::default(),
            sending: JoinSet::new(),
            held: BTreeSet::new(),
            rejected: Vec::new(),
            undecided: Vec::new(),
            failed: Failed::default(),
            intolerable: BTreeSet::new(),
            hopeless: false,
            is_read: false,
            lines: 0,
            messages: 0,
            noise: Noise::default(),
            now: Now::read(),
        }
    }

    /// Writes everything.
    async fn write(&mut self, mut chunks: Chunks) -> Result<()> {
        self.held = self.lanes.held().collect();
        self.held.iter().for_each(|stream| self.ledger.hold(*stream));
        let read = self.read(&mut chunks).await;
        self.is_read = read.is_ok() && !self.hopeless;
        for stream in self.held.clone() {
            self.stream_ended(stream, End::Incomplete);
        }
        // Whatever went wrong, what is on its way is waited for: it may be accepted, and then it may be told.
        let mut settled = self.drain().await;
        if read.is_ok() {
            self.post.targets.condemn();
            self.decide();
            self.give_up();
            settled = settled.and(self.tell().await);
            self.judge_rejects(Moment::Ended);
        }
        let is_whole = read.is_ok() && settled.is_ok() && !self.hopeless && self.failed.is_empty();
        let mut closed = Ok(());
        for lane in &mut self.lanes.all {
            closed = closed.and(lane.close(&self.post.client, is_whole).await);
        }
        let told = self.tell().await;
        self.noise.tell();
        told.and(read).and(settled).and(closed).and_then(|()| self.noise.verdict(self.messages))
    }

    async fn read(&mut self, chunks: &mut Chunks) -> Result<()> {
        while !self.hopeless {
            let deadline = self.lanes.all.iter().filter_map(|lane| lane.deadline()).min();
            tokio::select! {
                chunk = chunks.recv() => match chunk {
                    Some(Ok(chunk)) => self.chunk(&chunk).await?,
                    Some(Err(cut)) => return Err(cut.at(self.lines + 1)),
                    None => return Ok(()),
                },
                Some(sent) = self.sending.join_next() => self.settle(sent)?,
                () = until(deadline) => {}
            }
            self.send_due(false).await?;
            self.tell().await?;
            self.judge_rejects(Moment::Underway);
        }
        Ok(())
    }

    /// Takes in whole lines.
    async fn chunk(&mut self, chunk: &[u8]) -> Result<()> {
        self.now = Now::read();
        let mut rest = chunk;
        while !rest.is_empty() {
            let (line, behind) = rest.split_at(memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
            rest = behind.get(1..).unwrap_or_default();
            self.lines += 1;
            let text = noise::text(line);
            let message = input::parse(&text);
            self.messages += u64::from(!matches!(message, Line::Blank | Line::Noise));
            match message {
                Line::Record { stream, data } => self.record(&stream, data).await?,
                Line::State { state, stream, is_last } => {
                    let covers = stream.map_or(Covers::All, |named| {
                        self.lanes.streams.find(&named).map_or(Covers::Nothing, Covers::Stream)
                    });
                    if let (true, Covers::Stream(stream)) = (is_last, covers) {
                        self.tell_takers(stream, |lane| lane.stream_whole(stream));
                    }
                    self.ledger.state(state.to_owned(), covers);
                }
                Line::Ended { stream, is_whole } => self.ended(&stream, is_whole).await?,
                Line::Other | Line::Blank => {}
                Line::Noise => self.noise.add(self.lines, line),
                Line::Broken => return Err(broken(self.lines)),
            }
        }
        Ok(())
    }

    /// Hands a record to every object that its stream feeds.
    async fn record(&mut self, stream: &NamedStream<'_>, data: &RawValue) -> Result<()> {
        let streams = &self.lanes.streams;
        let at = streams.find(stream).ok_or_else(|| streams.unknown(&stream.into()))?;
        let parts = self.lanes.takers(at).len();
        let ticket = self.ledger.receive(at, parts);
        self.post.traffic.0.records(1);
        for part in 0..parts {
            if let Some(Taker { lane, route }) = self.lanes.takers(at).get(part).copied() {
                self.hand(lane, ticket.by(route), data).await?;
            }
        }
        Ok(())
    }

    /// Hands a record to its lane, and asks what it lacks.
    async fn hand(&mut self, lane: LaneAt, ticket: Ticket, data: &RawValue) -> Result<()> {
        let Some(lane) = self.lanes.all.get_mut(lane) else { return Ok(()) };
        let mut taken = lane.take(data, ticket, self.now);
        for _ in 0..ASKS_MAX {
            if !matches!(taken, Intake::Asks(())) {
                break;
            }
            lane.ask(&self.post.client).await?;
            self.now = Now::read();
            taken = lane.take(data, ticket, self.now);
        }
        self.verdicts()?;
        match taken {
            Intake::Waits => Ok(()),
            Intake::Done => {
                self.ledger.settle(ticket, Fate::Accepted);
                Ok(())
            }
            Intake::Full => self.send_due(false).await,
            Intake::Rejected { key, fault } => {
                self.reject(ticket, key, fault, Some(data));
                Ok(())
            }
            Intake::Fails(error) => {
                self.fail(ticket, error);
                Ok(())
            }
            Intake::Asks(()) => Err(Error::new(Kind::Unexpected, "A record asks without end")),
        }
    }

    /// Sends what is full or old; `all` sends whatever waits.
    async fn send_due(&mut self, all: bool) -> Result<()> {
        for lane in 0..self.lanes.all.len() {
            let due = self.lanes.all.get_mut(lane).map(|lane| lane.due(Instant::now(), all));
            for batch in due.into_iter().flatten() {
                self.send(lane, batch).await?;
            }
        }
        Ok(())
    }

    /// Starts sending once there is room, and nothing on its way says the opposite.
    async fn send(&mut self, lane: LaneAt, batch: BatchAt) -> Result<()> {
        while self.sending.len() >= self.at_once
            || self.lanes.all.get(lane).is_some_and(|lane| lane.is_contradicted(batch))
        {
            match self.sending.join_next().await {
                Some(sent) => self.settle(sent)?,
                None => break,
            }
            // What is done is told at once: the run may be killed before the input ends.
            self.tell().await?;
        }
        let Some(leaving) = self.lanes.all.get_mut(lane).and_then(|lane| lane.leaves(batch)) else { return Ok(()) };
        let post = self.post.clone();
        self.sending.spawn(async move { Sent { lane, batch, outcome: leaving.send(&post).await } });
        Ok(())
    }

    /// Records what was rejected and tells the states that wait for nothing any more.
    async fn tell(&mut self) -> Result<()> {
        self.verdicts()?;
        let results: Vec<ResultRow> = self.lanes.all.iter_mut().flat_map(|lane| lane.results()).collect();
        if !results.is_empty() {
            self.post.results.add(results).await?;
        }
        if !self.rejected.is_empty() {
            self.rejects.store().await?;
            for (ticket, fate) in std::mem::take(&mut self.rejected) {
                self.ledger.settle(ticket, fate);
            }
        }
        if self.ledger.is_ready() {
            for lane in &mut self.lanes.all {
                lane.keep().await?;
            }
        }
        while let Some(told) = self.ledger.release() {
            // A dry run has sent nothing, so nothing may be told as done.
            if !self.post.dry_run {
                let not_written = told.tally.rejected + told.tally.passed_over;
                self.output.lines(input::echo(&told.state, told.tally.accepted, not_written), None);
            }
        }
        Ok(())
    }

    /// Whether anything was written, if there was anything to write.
    fn judge(&self) -> Result<()> {
        let Tally { accepted, rejected, passed_over, .. } = self.ledger.total;
        let none = (accepted == 0 && rejected > 0).then(|| self.rejects.none_accepted(rejected + passed_over));
        none.flatten().map_or(Ok(()), Err)
    }

    /// Sends the rest and waits for everything on its way; the first failure is told after that. What was settled may
    /// let more go, such as children whose parent is there now.
    async fn drain(&mut self) -> Result<()> {
        let mut result = Ok(());
        loop {
            result = result.and(self.send_due(true).await);
            if self.sending.is_empty() {
                return result;
            }
            while let Some(sent) = self.sending.join_next().await {
                result = result.and(self.settle(sent));
                result = result.and(self.tell().await);
            }
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn broken(line: u64) -> Error {
    Error::new(Kind::Unexpected, format!("Line {line} of standard input is a broken record or state"))
        .advise("Nothing behind it was written; send the records since the last STATE again.")
}
