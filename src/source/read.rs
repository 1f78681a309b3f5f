//! The shell of `read`: slices → pages → records, states, statuses.
//!
//! Streams run side by side and fail alone; within a stream so do advertisers. Everything shares one client,
//! whose limits and permits decide what really happens at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::accounts::{self, Account};
use super::cursors::Cursors;
use super::emitter::Emitter;
use super::frontier::Frontier;
use super::plan::{self, Partition, Scope, Slice};
use super::record::{Format, Lines, Rows};
use super::stamp::Stamp;
use super::verdict::{self, Failed};
use crate::config::SourceConfig;
use crate::error::{Error, Kind, Result};
use crate::progress::Progress;
use crate::protocol::state::States;
use crate::protocol::{Message, Output};
use crate::streams::{Read, StreamDef};
use crate::tiktok::paging::{Page, Pages};
use crate::tiktok::{Call, Client, advertisers};

/// Rows of slices that are read at once, beyond their first pages. What is remembered of each row until its slice
/// ends is all that grows with a report, so this bounds memory.
const ROWS_AT_ONCE_MAX: u32 = 300_000;
/// How far TikTok's clock may be behind or ahead of ours.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);

/// Everything a run shares.
pub struct Run {
    pub client: Client,
    pub config: SourceConfig,
    pub output: Output,
    rows: Semaphore,
}

impl Run {
    #[must_use]
    pub fn new(client: Client, config: SourceConfig, output: Output) -> Self {
        Self { client, config, output, rows: Semaphore::new(ROWS_AT_ONCE_MAX as usize) }
    }
}

/// What became of a run: `Err` names what failed, which was told on stdout already.
pub type Outcome = std::result::Result<(), Vec<Error>>;

/// Reads the streams to their end. `Err` of the outer result is for what failed before any began.
pub async fn read(run: Run, streams: Vec<&'static StreamDef>, states: &States, terminal: bool) -> Result<Outcome> {
    let mut planned = Vec::with_capacity(streams.len());
    for stream in streams {
        planned.push((stream, cursors(stream, states)?));
    }
    let accounts = accounts::load(&run.client, &run.config).await?;
    let scope = Scope::new(&run.config, Utc::now());
    let progress = Progress::new(planned.iter().map(|(stream, _)| stream.name), terminal);
    let run = Arc::new(run);
    let mut reading = JoinSet::new();
    for (at, (stream, cursors)) in planned.into_iter().enumerate() {
        if let Some(gauge) = progress.gauge(at) {
            let emitter = Emitter::start(stream.name, run.output.clone(), gauge);
            let reader = Reader::new(run.clone(), stream, scope.clone(), emitter);
            reading.spawn(reader.run(accounts.clone(), cursors));
        }
    }
    let failed = tokio::select! {
        failed = all(reading) => failed,
        () = progress.draw() => Vec::new(),
    };
    progress.close();
    Ok(tell(&run.output, failed))
}

fn cursors(stream: &'static StreamDef, states: &States) -> Result<Option<Cursors>> {
    let read = |field| Cursors::read(stream.name, field, plan::notation(stream), states.get(stream.name));
    stream.cursor.map(read).transpose()
}

async fn all(mut reading: JoinSet<Option<Failed>>) -> Vec<Failed> {
    let mut failed = Vec::new();
    while let Some(done) = reading.join_next().await {
        match done {
            Ok(one) => failed.extend(one),
            Err(panic) => failed.push(Failed { stream: "?", errors: vec![crashed(panic)], partitions: 1 }),
        }
    }
    failed
}

fn crashed(panic: tokio::task::JoinError) -> Error {
    Error::new(Kind::Unexpected, "A part of the connector stopped").advise("Please report it.").because(panic)
}

/// Tells what failed; only now, so that what may pass stands first (airbyte.md 3.4).
fn tell(output: &Output, failed: Vec<Failed>) -> Outcome {
    let errors = verdict::sorted(failed);
    for (stream, error) in &errors {
        output.message(&Message::error(error, Some(stream)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into_iter().map(|(_, error)| error).collect()) }
}

/// One stream being read.
struct Reader {
    run: Arc<Run>,
    stream: &'static StreamDef,
    scope: Scope,
    format: Format,
    metrics: String,
    emitter: Emitter,
}

/// A finished or failed slice: which, and the latest change among its rows.
struct Done {
    partition: usize,
    slice: usize,
    result: Result<Option<Stamp>>,
}

impl Reader {
    fn new(run: Arc<Run>, stream: &'static StreamDef, scope: Scope, emitter: Emitter) -> Self {
        Self { run, stream, scope, format: Format::new(stream), metrics: plan::metrics_of(stream), emitter }
    }

    /// Reads all of it; what failed, if anything did.
    async fn run(self, accounts: Vec<Account>, mut cursors: Option<Cursors>) -> Option<Failed> {
        if let Some(cursors) = &mut cursors {
            cursors.settle(accounts.iter().map(|account| &*account.id));
        }
        let partitions = plan::partitions(self.stream, &self.scope, &accounts, cursors.as_ref());
        let reader = Arc::new(self);
        let mut book = Book::new(reader.clone(), partitions, cursors);
        let slices: Vec<(usize, usize)> = book.slices().collect();
        let mut waiting = slices.into_iter();
        let mut reading = JoinSet::new();
        let at_once = reader.run.config.max_concurrent_requests as usize;
        loop {
            while reading.len() < at_once
                && let Some((partition, slice)) = waiting.find(|(partition, _)| !book.has_failed(*partition))
            {
                reading.spawn(reader.clone().slice(book.partitions.clone(), partition, slice));
            }
            match reading.join_next().await {
                None => return book.close(),
                Some(Ok(done)) => book.enter(done),
                Some(Err(panic)) => book.crash(panic),
            }
        }
    }

    async fn slice(self: Arc<Self>, partitions: Arc<Vec<Partition>>, partition: usize, slice: usize) -> Done {
        let result = match partitions.get(partition).and_then(|p| Some((p, p.slices.get(slice)?))) {
            Some((partition, Slice::Infos(ids))) => self.infos(partition, ids).await.map(|()| None),
            Some((partition, slice)) => self.pages(partition, slice).await,
            None => Ok(None),
        };
        Done { partition, slice, result }
    }

    /// Reads a paged slice.
    async fn pages(&self, partition: &Partition, slice: &Slice) -> Result<Option<Stamp>> {
        let account = partition.account.as_ref();
        let query = plan::query(self.stream, &self.scope, account, slice, &self.metrics);
        let advertiser = account.map(|account| &*account.id);
        let call = Call { endpoint: self.stream.endpoint, advertiser, query: &query, body: &[], watch: &self.emitter };
        let lines = Lines { format: &self.format, advertiser, output: Some(&self.run.output) };
        let mut pages = Pages::new(&self.run.client, call, plan::page_size(self.stream, slice), &lines);
        let (mut latest, mut announced, mut share) = (None, false, None);
        while let Some((rows, fresh)) = pages.next().await? {
            let total = rows.info().map_or(0, |info| info.total_number);
            if !announced {
                self.announce(partition, &rows);
                announced = true;
            }
            latest = rows.marks.iter().filter_map(|mark| mark.cursor).max().max(latest);
            let known = partition.known_before;
            let (lines, count) = rows.filtered(|at, mark| {
                let new = mark.cursor.is_none_or(|cursor| known.is_none_or(|known| cursor >= known));
                new && fresh.get(at) == Some(&true)
            });
            self.emitter.records(lines, count).await;
            if share.is_none() {
                let rows = u32::try_from(total).unwrap_or(u32::MAX).min(ROWS_AT_ONCE_MAX);
                share = self.run.rows.acquire_many(rows).await.ok();
            }
        }
        Ok(latest)
    }

    /// TikTok's total also counts rows that are known already, so a listing that goes on announces nothing.
    fn announce(&self, partition: &Partition, rows: &Rows) {
        let start = partition.account.as_ref().map(|account| account.start_of(self.scope.start_date));
        let from_start = partition.known_before.is_none_or(|known| Some(known) == start);
        if let Some(info) = rows.info().filter(|info| from_start && info.total_number > 0) {
            self.emitter.announce(info.total_number);
        }
    }

    /// Reads accounts, each with a token that sees it.
    async fn infos(&self, partition: &Partition, ids: &[Arc<str>]) -> Result<()> {
        let mut done = Ok(());
        for (client, ids) in self.run.client.by_authorization(ids) {
            done = done.and(self.infos_of(&client, partition, &ids).await);
        }
        done
    }

    /// Reads accounts with one token, halving what is refused until the refused one stands alone.
    async fn infos_of(&self, client: &Client, partition: &Partition, ids: &[Arc<str>]) -> Result<()> {
        let slice = Slice::Infos(ids.to_vec());
        let query = plan::query(self.stream, &self.scope, partition.account.as_ref(), &slice, &self.metrics);
        let call =
            Call { endpoint: self.stream.endpoint, advertiser: None, query: &query, body: &[], watch: &self.emitter };
        match client.call(&call, &Lines { format: &self.format, advertiser: None, output: None }).await {
            Ok(rows) => {
                let (lines, count) = rows.filtered(|_, _| true);
                self.emitter.records(lines, count).await;
                Ok(())
            }
            Err(error) if ids.len() > 1 && advertisers::may_be_one_advertiser(&error) => {
                let (left, right) = ids.split_at(ids.len() / 2);
                let first = Box::pin(self.infos_of(client, partition, left)).await;
                Box::pin(self.infos_of(client, partition, right)).await.and(first)
            }
            Err(error) => Err(match ids {
                [id] => error.with("advertiser_id", id),
                _ => error,
            }),
        }
    }
}

/// What is finished of a stream, and so what its state may say.
struct Book {
    reader: Arc<Reader>,
    partitions: Arc<Vec<Partition>>,
    frontiers: Vec<Frontier>,
    /// The latest change among a partition's rows so far.
    latest: Vec<Option<Stamp>>,
    failures: HashMap<usize, Error>,
    cursors: Option<Cursors>,
}

impl Book {
    fn new(reader: Arc<Reader>, partitions: Vec<Partition>, cursors: Option<Cursors>) -> Self {
        Self {
            frontiers: partitions.iter().map(|partition| Frontier::new(partition.slices.len())).collect(),
            latest: vec![None; partitions.len()],
            failures: HashMap::new(),
            partitions: Arc::new(partitions),
            reader,
            cursors,
        }
    }

    /// Every slice; the first of each partition first, so that all partitions move on together.
    fn slices(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut all: Vec<_> = self
            .partitions
            .iter()
            .enumerate()
            .flat_map(|(at, partition)| (0..partition.slices.len()).map(move |slice| (at, slice)))
            .collect();
        all.sort_by_key(|(partition, slice)| (*slice, *partition));
        all.into_iter()
    }

    fn has_failed(&self, partition: usize) -> bool {
        self.failures.contains_key(&partition)
    }

    /// Takes a slice's end in and tells the state if it moved.
    fn enter(&mut self, done: Done) {
        match done.result {
            Err(error) => {
                tracing::warn!(
                    "Stream `{}` goes on without an advertiser that failed. {error}",
                    self.reader.stream.name
                );
                self.failures.entry(done.partition).or_insert(error);
            }
            Ok(latest) => {
                if let Some(slot) = self.latest.get_mut(done.partition) {
                    *slot = latest.max(*slot);
                }
                if self.advance(done.partition, done.slice) {
                    self.reader.emitter.checkpoint(&self.state());
                }
            }
        }
    }

    fn crash(&mut self, panic: tokio::task::JoinError) {
        self.failures.entry(usize::MAX).or_insert_with(|| crashed(panic));
    }

    /// Moves the cursor over what is finished without a gap; whether it moved.
    fn advance(&mut self, partition: usize, slice: usize) -> bool {
        let Some(reached) = self.frontiers.get_mut(partition).and_then(|frontier| frontier.finish(slice)) else {
            return false;
        };
        let whole = self.frontiers.get(partition).is_some_and(Frontier::is_complete);
        let Some(plan) = self.partitions.get(partition) else { return false };
        let to = match plan.slices.get(reached) {
            Some(Slice::Window(window)) => Some(Stamp::from(window.end)),
            Some(Slice::Listing(_)) if whole => {
                self.latest.get(partition).copied().flatten().map(|latest| latest.min(self.seen_until()))
            }
            _ => None,
        };
        let (Some(cursors), Some(account), Some(to)) = (&mut self.cursors, &plan.account, to) else { return false };
        cursors.advance(&account.id, to);
        true
    }

    /// What changed later may have changed behind our back, on a page that was read already.
    fn seen_until(&self) -> Stamp {
        Stamp::utc(self.reader.scope.now - CLOCK_SKEW_MAX)
    }

    fn state(&self) -> Value {
        match &self.cursors {
            Some(cursors) => cursors.to_json(),
            None => json!({"__ab_no_cursor_state_message": true}),
        }
    }

    fn close(self) -> Option<Failed> {
        self.reader.emitter.finish(&self.state(), self.failures.is_empty());
        let errors: Vec<Error> = self.failures.into_values().collect();
        // Accounts are read by the hundred, so there a failure's share of them says nothing.
        let partitions = if matches!(self.reader.stream.read, Read::Advertisers) { 1 } else { self.partitions.len() };
        (!errors.is_empty()).then_some(Failed { stream: self.reader.stream.name, errors, partitions })
    }
}
