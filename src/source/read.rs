//! The shell of `read`: slices → pages → records, states, statuses.
//!
//! Streams run side by side and fail alone; within a stream so do advertisers. Everything shares one client,
//! whose limits and permits decide what really happens at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::accounts::{self, Account};
use super::cursors::Cursors;
use super::emitter::Emitter;
use super::frontier::Frontier;
use super::parents;
use super::plan::{self, Ask, Parents, Partition, Scope, Slice};
use super::query::{self, Query};
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
pub async fn read(run: Run, streams: Vec<Arc<StreamDef>>, states: &States, terminal: bool) -> Result<Outcome> {
    let mut planned = Vec::with_capacity(streams.len());
    for stream in streams {
        let cursors = cursors(&stream, states)?;
        planned.push((stream, cursors));
    }
    let accounts = accounts::load(&run.client, &run.config).await?;
    let scope = Scope::new(&run.config, Utc::now());
    let progress = Progress::new(planned.iter().map(|(stream, _)| stream.name.clone()), terminal);
    let run = Arc::new(run);
    let mut reading = JoinSet::new();
    for (at, (stream, cursors)) in planned.into_iter().enumerate() {
        if let Some(gauge) = progress.gauge(at) {
            let emitter = Emitter::start(stream.name.clone(), run.output.clone(), gauge);
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

fn cursors(stream: &StreamDef, states: &States) -> Result<Option<Cursors>> {
    let read = |field| Cursors::read(&stream.name, field, plan::notation(stream), states.get(&*stream.name));
    stream.cursor.map(read).transpose()
}

async fn all(mut reading: JoinSet<Option<Failed>>) -> Vec<Failed> {
    let mut failed = Vec::new();
    while let Some(done) = reading.join_next().await {
        match done {
            Ok(one) => failed.extend(one),
            Err(panic) => failed.push(Failed { stream: "?".into(), errors: vec![crashed(panic)], partitions: 1 }),
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
    stream: Arc<StreamDef>,
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
    fn new(run: Arc<Run>, stream: Arc<StreamDef>, scope: Scope, emitter: Emitter) -> Self {
        Self { format: Format::new(&stream), metrics: query::metrics_of(&stream), run, stream, scope, emitter }
    }

    /// Reads all of it; what failed, if anything did.
    async fn run(self, accounts: Vec<Account>, mut cursors: Option<Cursors>) -> Option<Failed> {
        let reader = Arc::new(self);
        let (parents, refused) = reader.clone().parents(&accounts).await;
        let partitions = plan::partitions(&reader.stream, &reader.scope, &accounts, &parents, cursors.as_ref());
        if let Some(cursors) = &mut cursors {
            cursors.settle(partitions.iter().filter_map(|partition| partition.place.as_ref()));
        }
        let mut book = Book::new(reader.clone(), partitions, cursors);
        refused.into_iter().for_each(|error| book.refuse(error));
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

    /// The parents that requests must name, and why some are not known.
    async fn parents(self: Arc<Self>, accounts: &[Account]) -> (Parents, Vec<Error>) {
        let (mut known, mut refused) = (Parents::new(), Vec::new());
        let Some(parent) = self.stream.parent() else { return (known, refused) };
        let owners =
            if self.stream.is_the_tokens() { vec![None] } else { accounts.iter().cloned().map(Some).collect() };
        let mut loading = JoinSet::new();
        for owner in owners {
            let reader = self.clone();
            loading.spawn(async move {
                let Reader { run, scope, emitter, .. } = &*reader;
                let ids = parents::load(&run.client, emitter, scope, parent, owner.as_ref()).await;
                (owner.map(|account| account.id), ids)
            });
        }
        while let Some(done) = loading.join_next().await {
            match done {
                Ok((owner, Ok(ids))) => drop(known.insert(owner, ids)),
                Ok((_, Err(error))) => refused.push(error),
                Err(panic) => refused.push(crashed(panic)),
            }
        }
        (known, refused)
    }

    /// TikTok wants the app's own secret for the list of its advertisers.
    fn app(&self) -> Result<Query> {
        let app = self.run.config.credentials.app();
        let app = app.ok_or_else(|| {
            Error::config(format!("Stream `{}` needs `credentials.app_id` and `credentials.secret`", self.stream.name))
                .advise("Add both, or leave the stream out: `advertisers` tells of the same accounts.")
        })?;
        Ok(vec![("app_id", app.0.expose_secret().to_owned()), ("secret", app.1.expose_secret().to_owned())])
    }

    async fn slice(self: Arc<Self>, partitions: Arc<Vec<Partition>>, partition: usize, slice: usize) -> Done {
        let result = match partitions.get(partition).and_then(|p| Some((p, p.slices.get(slice)?))) {
            Some((_, Slice { ask: Ask::Infos, ids })) => self.infos(ids).await.map(|()| None),
            Some((partition, slice)) => self.pages(partition, slice).await,
            None => Ok(None),
        };
        Done { partition, slice, result }
    }

    /// Reads a paged slice.
    async fn pages(&self, partition: &Partition, slice: &Slice) -> Result<Option<Stamp>> {
        let account = partition.account.as_ref();
        let mut query = query::query(&self.stream, &self.scope, account, slice, &self.metrics);
        if let Ask::AdvertiserList = slice.ask {
            query.extend(self.app()?);
        }
        let advertiser = account.map(|account| &*account.id);
        let call = Call { endpoint: self.stream.endpoint, advertiser, query: &query, body: &[], watch: &self.emitter };
        let parent = slice.ids.first().map(|id| &**id);
        let lines = Lines { format: &self.format, advertiser, parent, output: Some(&self.run.output) };
        let mut pages = Pages::new(&self.run.client, call, query::page_size(&self.stream, slice), &lines);
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

    /// Reads accounts, halving what is refused until the refused one stands alone.
    async fn infos(&self, ids: &[Arc<str>]) -> Result<()> {
        let slice = Slice { ask: Ask::Infos, ids: ids.to_vec() };
        let query = query::query(&self.stream, &self.scope, None, &slice, &self.metrics);
        let call =
            Call { endpoint: self.stream.endpoint, advertiser: None, query: &query, body: &[], watch: &self.emitter };
        match self
            .run
            .client
            .call(&call, &Lines { format: &self.format, advertiser: None, parent: None, output: None })
            .await
        {
            Ok(rows) => {
                let (lines, count) = rows.filtered(|_, _| true);
                self.emitter.records(lines, count).await;
                Ok(())
            }
            Err(error) if ids.len() > 1 && advertisers::may_be_one_advertiser(&error) => {
                let (left, right) = ids.split_at(ids.len() / 2);
                let first = Box::pin(self.infos(left)).await;
                Box::pin(self.infos(right)).await.and(first)
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
    /// Why some partitions could not even be planned.
    refused: Vec<Error>,
    cursors: Option<Cursors>,
}

impl Book {
    fn new(reader: Arc<Reader>, partitions: Vec<Partition>, cursors: Option<Cursors>) -> Self {
        Self {
            frontiers: partitions.iter().map(|partition| Frontier::new(partition.slices.len())).collect(),
            latest: vec![None; partitions.len()],
            failures: HashMap::new(),
            refused: Vec::new(),
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

    /// Goes on without a partition that could not be planned.
    fn refuse(&mut self, error: Error) {
        tracing::warn!("Stream `{}` goes on without an advertiser that failed. {error}", self.reader.stream.name);
        self.refused.push(error);
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
        let to = match plan.slices.get(reached).map(|slice| slice.ask) {
            Some(Ask::Window(window)) => Some(Stamp::from(window.end)),
            Some(Ask::Listing(_)) if whole => {
                self.latest.get(partition).copied().flatten().map(|latest| latest.min(self.seen_until()))
            }
            _ => None,
        };
        let (Some(cursors), Some(place), Some(to)) = (&mut self.cursors, &plan.place, to) else { return false };
        cursors.advance(place, to);
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
        let stream = self.reader.stream.clone();
        let planned = self.partitions.len() + self.refused.len();
        let state = self.state();
        let errors: Vec<Error> = self.refused.into_iter().chain(self.failures.into_values()).collect();
        self.reader.emitter.finish(&state, errors.is_empty());
        // Accounts are read by the hundred, so there a failure's share of them says nothing.
        let partitions = if matches!(stream.read, Read::Advertisers) { 1 } else { planned };
        (!errors.is_empty()).then(|| Failed { stream: stream.name.clone(), errors, partitions })
    }
}
