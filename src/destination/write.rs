//! The shell of `write`: stdin → members → flushes → TikTok → STATE.
//!
//! One task reads lines, hashes and batches; calls run beside it, as many as the config allows. What a call did to
//! each record comes back here, is settled in the [`Ledger`], and lets states go out in their order.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::audiences::{Directory, Known};
use super::fields::{Columns, Record};
use super::flush::{AudienceAt, Flush, Row, Sender};
use super::identity::Rules;
use super::ledger::{Covers, Ledger, StreamAt, Ticket};
use super::member::{self, Fault, Identifiers};
use super::rejects::{Rejected, Rejects};
use super::report::Report;
use super::route::{Audience, Route};
use super::send::{Outcome, Post};
use crate::config::DestinationConfig;
use crate::config::destination::Operation;
use crate::error::{Error, Kind, Result};
use crate::progress::Progress;
use crate::protocol::Output;
use crate::protocol::input::{self, Line};

/// Everything a run works with.
pub struct Run {
    pub post: Post,
    pub config: DestinationConfig,
    pub routes: Vec<Route>,
    pub rules: Rules,
    pub rejects: Rejects,
    pub output: Output,
}

/// Reads `chunks` of lines to their end and tells what became of them, on a terminal while it happens.
pub async fn write(run: Run, chunks: mpsc::Receiver<Result<Vec<u8>>>, progress: &Progress) -> Result<()> {
    let gauge = run.post.traffic.0.clone();
    gauge.start();
    let written = tokio::select! {
        written = write_all(run, chunks) => written,
        () = progress.draw() => return Ok(()),
    };
    gauge.finish(written.is_ok());
    // The lines go before the summary comes.
    progress.close();
    written?.close().await
}

/// Writes everything; what is left of it to tell is the summary.
async fn write_all(run: Run, mut chunks: mpsc::Receiver<Result<Vec<u8>>>) -> Result<Writer> {
    let mut writer = Writer::new(run);
    let read = writer.read(&mut chunks).await;
    // Whatever went wrong, what is on its way is waited for: it may be accepted, and then it may be told.
    let settled = writer.drain().await;
    writer.tell().await?;
    read.and(settled)?;
    Ok(writer)
}

/// A flush on its way.
struct Sent {
    number: u64,
    result: Result<Outcome>,
}

struct Writer {
    post: Arc<Post>,
    config: DestinationConfig,
    streams: Arc<[Stream]>,
    by_name: HashMap<String, StreamAt>,
    rules: Rules,
    rejects: Rejects,
    output: Output,
    ledger: Ledger<Box<RawValue>>,
    directory: Directory,
    /// The audiences of the run so far, for calls on their way.
    known: Arc<Vec<Known>>,
    /// Members that wait, per advertiser.
    waiting: HashMap<String, Flush>,
    sending: JoinSet<Sent>,
    on_their_way: HashMap<u64, Arc<Flush>>,
    flushes: u64,
    /// Rejected here, to be settled once that is recorded.
    rejected: Vec<Ticket>,
    report: Report,
    lines: u64,
}

struct Stream {
    route: Route,
    columns: Columns,
    always_deletes: bool,
}

impl Writer {
    fn new(run: Run) -> Self {
        let Run { post, config, routes, rules, rejects, output } = run;
        let by_name = routes.iter().enumerate().map(|(at, route)| (route.stream.clone(), at)).collect();
        let streams = routes.into_iter().map(|route| Stream {
            columns: Columns::new(&route.fields, &route.key),
            always_deletes: route.soft_delete,
            route,
        });
        Self {
            directory: Directory::new(config.audience.create_missing, config.dry_run),
            streams: streams.collect(),
            post: Arc::new(post),
            config,
            by_name,
            rules,
            rejects,
            output,
            ledger: Ledger::default(),
            known: Arc::default(),
            waiting: HashMap::new(),
            sending: JoinSet::new(),
            on_their_way: HashMap::new(),
            flushes: 0,
            rejected: Vec::new(),
            report: Report::default(),
            lines: 0,
        }
    }

    async fn read(&mut self, chunks: &mut mpsc::Receiver<Result<Vec<u8>>>) -> Result<()> {
        loop {
            let deadline = self.waiting.values().filter(|flush| !flush.records.is_empty()).map(Flush::deadline).min();
            tokio::select! {
                chunk = chunks.recv() => match chunk {
                    Some(chunk) => self.chunk(&chunk?).await?,
                    None => return Ok(()),
                },
                Some(sent) = self.sending.join_next() => self.settle(sent)?,
                () = until(deadline) => {}
            }
            self.send_due(false).await?;
            self.tell().await?;
        }
    }

    /// Takes in whole lines.
    async fn chunk(&mut self, chunk: &[u8]) -> Result<()> {
        for line in chunk.strip_suffix(b"\n").unwrap_or(chunk).split(|byte| *byte == b'\n') {
            self.lines += 1;
            let text = String::from_utf8_lossy(line);
            match input::parse(&text) {
                Line::Record { stream, data } => {
                    let at = *self.by_name.get(&*stream).ok_or_else(|| unknown_stream(&stream))?;
                    self.record(at, data).await?;
                }
                Line::State { state, stream } => {
                    let covers =
                        stream.and_then(|name| self.by_name.get(&name)).map_or(Covers::All, |at| Covers::Stream(*at));
                    self.ledger.state(state.to_owned(), covers);
                }
                Line::Complete { .. } => self.send_due(true).await?,
                Line::Other => {}
                Line::Broken => return Err(broken(self.lines)),
            }
        }
        Ok(())
    }

    async fn record(&mut self, at: StreamAt, data: &RawValue) -> Result<()> {
        let ticket = self.ledger.receive(at);
        self.post.traffic.0.records(1);
        let streams = self.streams.clone();
        let Some(stream) = streams.get(at) else { return Ok(()) };
        let Some(record) = Record::read(&stream.columns, data) else {
            self.reject(ticket, None, &member::NO_RECORD);
            return Ok(());
        };
        match prepare(stream, &record, &self.rules, self.config.target()) {
            Err(fault) => self.reject(ticket, record.key, &fault),
            Ok(member) => {
                self.report.left_out(&member.identifiers.left_out);
                let own = member.is_own(self.config.target());
                let (advertiser, audience) = (member.advertiser, member.audience.into_owned());
                let audience = match self.audience(&advertiser, &audience).await {
                    Ok(at) => at,
                    // What one row names wrongly is that row's fault, not the sync's.
                    Err(error) if own && matches!(error.kind(), Kind::Config | Kind::Permission | Kind::Request) => {
                        let fault =
                            Fault { field: None, reason: "unknown_audience", message: error.to_string().into() };
                        self.reject(ticket, record.key, &fault);
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                };
                let sender = Sender { ticket, key: record.key };
                self.push(advertiser, audience, member.operation, &member.identifiers, sender).await?;
            }
        }
        Ok(())
    }

    /// Puts a member with those that wait.
    async fn push(
        &mut self,
        advertiser: String,
        audience: AudienceAt,
        operation: Operation,
        identifiers: &Identifiers,
        sender: Sender,
    ) -> Result<()> {
        self.report.received(audience, operation);
        let rows = identifiers.rows.iter().filter(|cells| cells.iter().any(Option::is_some));
        let rows = rows.map(|cells| Row { audience, operation, cells: *cells, record: 0 });
        let flush = self.waiting.entry(advertiser).or_insert_with(|| Flush::new(Instant::now()));
        if flush.records.is_empty() {
            *flush = Flush::new(Instant::now());
        }
        flush.push(sender, rows);
        if flush.is_due(Instant::now()) { self.send_due(false).await } else { Ok(()) }
    }

    async fn audience(&mut self, advertiser: &str, audience: &Audience) -> Result<AudienceAt> {
        if let Some(at) = self.directory.get(advertiser, audience) {
            return Ok(at);
        }
        let at = self.directory.find(&self.post.client, advertiser, audience).await?;
        self.known = Arc::new(self.directory.known.clone());
        Ok(at)
    }

    fn reject(&mut self, ticket: Ticket, key: Option<String>, fault: &Fault) {
        let stream = self.streams.get(ticket.stream).map_or_else(String::new, |stream| stream.route.stream.clone());
        let (field, reason, message) =
            (fault.field.map(super::fields::Field::name), fault.reason.to_owned(), fault.message.to_string());
        self.rejects.add(Rejected { stream, key, field, reason, message });
        self.rejected.push(ticket);
    }

    /// Sends what is full or old; `all` sends whatever waits.
    async fn send_due(&mut self, all: bool) -> Result<()> {
        let now = Instant::now();
        let due = self.waiting.iter().filter(|(_, flush)| flush.is_due(now) || (all && !flush.records.is_empty()));
        let due: Vec<String> = due.map(|(advertiser, _)| advertiser.clone()).collect();
        for advertiser in due {
            if let Some(flush) = self.waiting.remove(&advertiser) {
                self.send(advertiser, flush).await?;
            }
        }
        Ok(())
    }

    /// Starts sending once there is room, and nothing on its way says the opposite of the same identifiers.
    async fn send(&mut self, advertiser: String, flush: Flush) -> Result<()> {
        let at_once = self.config.max_concurrent_requests as usize;
        while self.sending.len() >= at_once || self.on_their_way.values().any(|other| flush.contradicts(other)) {
            match self.sending.join_next().await {
                Some(sent) => self.settle(sent)?,
                None => break,
            }
        }
        self.flushes += 1;
        let (number, flush) = (self.flushes, Arc::new(flush));
        self.on_their_way.insert(number, flush.clone());
        let (post, known) = (self.post.clone(), self.known.clone());
        self.sending.spawn(async move { Sent { number, result: post.flush(&flush, &advertiser, &known).await } });
        Ok(())
    }

    /// Takes in what became of a flush.
    fn settle(&mut self, sent: std::result::Result<Sent, tokio::task::JoinError>) -> Result<()> {
        let sent =
            sent.map_err(|panic| Error::new(Kind::Unexpected, "A part of the connector stopped").because(panic))?;
        let Some(flush) = self.on_their_way.remove(&sent.number) else { return Ok(()) };
        let outcome = sent.result?;
        self.report.superseded += flush.superseded;
        for row in &flush.rows {
            self.report.sent(row, outcome.refused.contains_key(&row.record));
        }
        for (at, sender) in flush.records.iter().enumerate() {
            match outcome.refused.get(&at) {
                None => self.ledger.settle(sender.ticket, true),
                Some(message) => {
                    let fault = Fault { field: None, reason: "refused_by_tiktok", message: message.clone().into() };
                    self.reject(sender.ticket, sender.key.clone(), &fault);
                }
            }
        }
        Ok(())
    }

    /// Records what was rejected and tells the states that wait for nothing any more.
    async fn tell(&mut self) -> Result<()> {
        if !self.rejected.is_empty() {
            self.rejects.store().await?;
            for ticket in std::mem::take(&mut self.rejected) {
                self.ledger.settle(ticket, false);
            }
        }
        while let Some(told) = self.ledger.release() {
            // A dry run has sent nothing, so nothing may be told as done.
            if !self.config.dry_run {
                self.output.lines(input::echo(&told.state, told.tally.accepted, told.tally.rejected), None);
            }
        }
        Ok(())
    }

    /// Sends the rest and waits for everything on its way; the first failure is told after that.
    async fn drain(&mut self) -> Result<()> {
        let mut result = self.send_due(true).await;
        while let Some(sent) = self.sending.join_next().await {
            result = result.and(self.settle(sent));
        }
        result
    }

    async fn close(self) -> Result<()> {
        self.report.close(&self.post, &self.directory.known, &self.rejects).await;
        Ok(())
    }
}

/// A record made ready.
struct Member<'a> {
    advertiser: String,
    audience: Cow<'a, Audience>,
    operation: Operation,
    identifiers: Identifiers,
}

impl Member<'_> {
    /// Whether the record itself names where it goes, by an id. A name that cannot be used is not one row's fault:
    /// a whole audience would stay empty behind a green sync.
    fn is_own(&self, target: Option<&str>) -> bool {
        matches!(self.audience, Cow::Owned(Audience::Id(_))) || target != Some(self.advertiser.as_str())
    }
}

fn prepare<'a>(
    stream: &'a Stream,
    record: &Record<'_>,
    rules: &Rules,
    target: Option<&str>,
) -> std::result::Result<Member<'a>, Fault> {
    let operation = member::operation(record, &stream.route, stream.always_deletes)?;
    let advertiser = member::advertiser(record, target)?.to_owned();
    let audience = member::audience(record, &stream.route)?;
    let identifiers = Identifiers::read(record, rules);
    if identifiers.is_empty() {
        Err(identifiers.fault())
    } else {
        Ok(Member { advertiser, audience, operation, identifiers })
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn unknown_stream(stream: &str) -> Error {
    Error::new(Kind::Unexpected, format!("A record came of stream `{stream}`, which the catalog does not hold"))
        .advise("Run the command with the catalog that the records were read with.")
}

fn broken(line: u64) -> Error {
    Error::new(Kind::Unexpected, format!("Line {line} of standard input is a broken record or state"))
        .advise("Nothing behind it was written; send the records since the last STATE again.")
}
