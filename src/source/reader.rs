//! One stream being read: partitions → slices → pages → records.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::task::JoinSet;

use super::accounts::Account;
use super::activity::{self, Asking};
use super::book::Book;
use super::cursors::{Cursors, Place};
use super::emitter::Emitter;
use super::plan::{self, Activities, Ask, Parents, Partition, Scope, Slice};
use super::query::{self, Query};
use super::read::Run;
use super::record::{Format, Lines, Rows};
use super::stamp::Stamp;
use super::verdict::Failed;
use super::window::Window;
use crate::error::{Error, Kind, Result};
use crate::streams::{Read, StreamDef};
use crate::tiktok::advertisers::SeenAdvertiser;
use crate::tiktok::authorizations::another_may_pass;
use crate::tiktok::envelope::Decode;
use crate::tiktok::paging::{Key, Page, Pages};
use crate::tiktok::{Call, Client, Watch, advertisers};

/// One stream being read.
pub(super) struct Reader {
    pub(super) run: Arc<Run>,
    pub(super) stream: Arc<StreamDef>,
    pub(super) scope: Scope,
    /// The reports of the run.
    asking: Asking,
    pub(super) format: Format,
    pub(super) emitter: Arc<Emitter>,
}

/// A finished or failed slice: which, and the latest change among its rows.
pub(super) struct Done {
    pub(super) partition: usize,
    pub(super) slice: usize,
    pub(super) result: Result<Option<Stamp>>,
}

/// A pass over a slice's pages.
pub(super) struct Passed {
    latest: Option<Stamp>,
    /// TikTok left out a part; of a slice that can be parted the rest was not passed on.
    pub(super) cut: bool,
}

pub(super) fn crashed(panic: tokio::task::JoinError) -> Error {
    Error::new(Kind::Unexpected, "A part of the connector stopped").advise("Please report it.").because(panic)
}

impl Reader {
    pub(super) fn new(run: Arc<Run>, stream: Arc<StreamDef>, scope: Scope, asking: Asking, emitter: Emitter) -> Self {
        Self { format: Format::new(&stream), run, stream, scope, asking, emitter: Arc::new(emitter) }
    }

    /// Reads all of it; what failed, if anything did.
    pub(super) async fn run(self, accounts: Vec<Account>, mut cursors: Option<Cursors>) -> Option<Failed> {
        let reader = Arc::new(self);
        if let Some(cursors) = &mut cursors {
            reader.turn_back(&accounts, cursors);
        }
        let (parents, refused) = reader.clone().parents(&accounts).await;
        let activities = reader.activities(&accounts, cursors.as_ref()).await;
        let known = (&parents, &activities);
        let partitions = plan::partitions(&reader.stream, &reader.scope, &accounts, known, cursors.as_ref());
        if let Some(cursors) = &mut cursors {
            cursors.settle(partitions.iter().filter_map(|partition| partition.place.as_ref()));
        }
        let mut book = Book::new(reader.stream.clone(), reader.emitter.clone(), reader.scope.now, partitions, cursors);
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

    /// Sees to cursors that are ahead of the clock.
    fn turn_back(&self, accounts: &[Account], cursors: &mut Cursors) {
        let now = |account: &Account| plan::clock(&self.stream, account, self.scope.now);
        let first = accounts.iter().map(now).min();
        let of = |id: &str| accounts.iter().find(|account| &*account.id == id).map(now);
        for advertiser in first.map(|first| cursors.turn_back(of, first)).unwrap_or_default() {
            tracing::warn!(
                "Stream `{}`: the cursor of advertiser {advertiser} is days ahead of its clock, so nothing is read; \
                 reset the stream's state",
                self.stream.name
            );
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
                let ids = run.lists.ids(&run.client, &**emitter, scope, parent, owner.as_ref()).await;
                (owner.map(|account| account.id), ids)
            });
        }
        while let Some(done) = loading.join_next().await {
            match done {
                Ok((owner, Ok(ids))) => drop(known.insert(owner, ids.to_vec())),
                Ok((_, Err(error))) => refused.push(error),
                Err(panic) => refused.push(crashed(panic)),
            }
        }
        (known, refused)
    }

    /// Looks for the days without ads, where that is worth it.
    async fn activities(&self, accounts: &[Account], cursors: Option<&Cursors>) -> Activities {
        let Read::Report(report) = &self.stream.read else { return Activities::new() };
        let looks = accounts.iter().filter(|_| self.run.config.skip_empty_days).filter_map(|account| {
            let place = Place { advertiser: account.id.clone(), part: None };
            let cursor = cursors.and_then(|cursors| cursors.of(&place));
            let (window, depth) = activity::worth(report, &plan::bounds(&self.scope, account, cursor), self.asking)?;
            let (first, _) = plan::bounds(&self.scope, account, None).days();
            let whole = Window { start: first, end: window.end };
            Some(async move {
                let probe = &self.run.probe;
                let known = probe.activity(&self.run.client, &*self.emitter, account, (window, whole), depth).await;
                (account.id.clone(), known)
            })
        });
        join_all(looks).await.into_iter().collect()
    }

    /// The advertisers as they were listed when the run began.
    async fn listed(&self, partition: &Partition, slice: &Slice, listed: &[SeenAdvertiser]) -> Result<()> {
        let text = json!({self.stream.endpoint.list: listed}).to_string();
        let rows = self.lines(partition, slice).decode(&mut serde_json::Deserializer::from_str(&text));
        let rows = rows.map_err(|error| Error::new(Kind::Unexpected, "The list is broken").because(error))?;
        let fresh = vec![true; rows.keys().len()];
        self.pass_on(partition, rows, &fresh, &HashSet::new()).await;
        Ok(())
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
            Some((_, Slice { ask: Ask::Infos, ids, .. })) => self.infos(ids).await.map(|()| None),
            Some((_, Slice { ask: Ask::Skip(_), .. })) | None => Ok(None),
            Some((partition, slice)) => match (&self.stream.read, &self.run.listed) {
                (Read::AdvertiserList, Some(listed)) => self.listed(partition, slice, listed).await.map(|()| None),
                (Read::Report(report), _) => self.report(report, partition, slice).await.map(|()| None),
                _ if partition.account.is_none() => self.everybodys(partition, slice).await,
                _ => self.pages(partition, slice, "", (&mut HashSet::new(), false)).await.map(|passed| passed.latest),
            },
        };
        Done { partition, slice, result }
    }

    /// Reads what is nobody's but the tokens' own: the lists of all of them, each row once. A token that may not ask
    /// hides nothing that another one shows.
    async fn everybodys(&self, partition: &Partition, slice: &Slice) -> Result<Option<Stamp>> {
        let (mut seen, mut latest, mut refused) = (HashSet::new(), None, None);
        let mut passed = false;
        for client in self.run.client.each() {
            match self.pages_as(&client, partition, slice, "", (&mut seen, false)).await {
                Ok(one) => {
                    passed = true;
                    latest = one.latest.max(latest);
                }
                Err(error) if another_may_pass(&error) => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if !passed => Err(error),
            Some(error) => {
                tracing::warn!("Stream `{}` goes on without what one token may not see. {error}", self.stream.name);
                Ok(latest)
            }
            None => Ok(latest),
        }
    }

    /// Reads the pages of a slice with a token that sees its advertiser; see [`Reader::pages_as`].
    pub(super) async fn pages(
        &self,
        partition: &Partition,
        slice: &Slice,
        metrics: &str,
        seen: (&mut HashSet<Key>, bool),
    ) -> Result<Passed> {
        self.pages_as(&self.run.client, partition, slice, metrics, seen).await
    }

    /// Reads the pages of a slice and passes their rows on, but for those of `seen`. When TikTok left something out and
    /// the caller `can_part`, it stops; `seen` then holds what was passed on so far, as it does after an error.
    async fn pages_as(
        &self,
        client: &Client,
        partition: &Partition,
        slice: &Slice,
        metrics: &str,
        (seen, can_part): (&mut HashSet<Key>, bool),
    ) -> Result<Passed> {
        let account = partition.account.as_ref();
        let mut query = query::query(&self.stream, &self.scope, account, slice, metrics);
        if let Ask::AdvertiserList = slice.ask {
            query.extend(self.app()?);
        }
        let advertiser = account.map(|account| &*account.id);
        let watch = Noticing::new(&*self.emitter);
        let call = Call { endpoint: self.stream.endpoint, advertiser, query: &query, body: &[], watch: &watch };
        let lines = self.lines(partition, slice);
        let mut pages = Pages::new(client, call, query::page_size(&self.stream, slice), &lines);
        let (mut latest, mut announced, mut share) = (None, false, None);
        loop {
            let page = pages.next().await;
            let stops = watch.was_cut() && can_part;
            let (rows, fresh) = match page {
                Ok(None) => {
                    if partition.account.is_none() {
                        pages.passed_on(seen);
                    }
                    return Ok(Passed { latest, cut: watch.was_cut() });
                }
                Ok(Some((rows, fresh))) if stops => {
                    pages.passed_on(seen);
                    let held = rows.keys().iter().zip(fresh).filter(|(_, fresh)| *fresh);
                    held.for_each(|(key, _)| {
                        seen.remove(key);
                    });
                    return Ok(Passed { latest, cut: true });
                }
                Ok(Some(page)) => page,
                Err(error) => {
                    pages.passed_on(seen);
                    return Err(error);
                }
            };
            let total = rows.info().map_or(0, |info| info.total_number);
            if !announced {
                self.announce(partition, total);
                announced = true;
            }
            latest = rows.marks.iter().filter_map(|mark| mark.cursor).max().max(latest);
            self.pass_on(partition, rows, &fresh, seen).await;
            if share.is_none() {
                share = self.run.share(total).await;
                pages.expect(total);
            }
        }
    }

    /// How the rows of a slice become lines.
    pub(super) fn lines<'a>(&'a self, partition: &'a Partition, slice: &'a Slice) -> Lines<'a> {
        Lines {
            format: &self.format,
            advertiser: partition.account.as_ref().map(|account| &*account.id),
            parent: slice.ids.first().map(|id| &**id),
            output: Some(&self.run.output),
        }
    }

    /// Sends the rows that are `fresh`, new to the state and not `seen`.
    pub(super) async fn pass_on(&self, partition: &Partition, rows: Rows, fresh: &[bool], seen: &HashSet<Key>) {
        let known = partition.known_before;
        let unseen: Vec<bool> = match seen.is_empty() {
            true => Vec::new(),
            false => rows.keys().iter().map(|key| !seen.contains(key)).collect(),
        };
        let (lines, count) = rows.filtered(|at, mark| {
            let new = mark.cursor.is_none_or(|cursor| known.is_none_or(|known| cursor >= known));
            new && fresh.get(at) == Some(&true) && unseen.get(at) != Some(&false)
        });
        self.emitter.records(lines, count).await;
    }

    /// Tells how many rows a slice will bring. TikTok's total also counts rows that are known already, so a listing
    /// that goes on announces nothing.
    pub(super) fn announce(&self, partition: &Partition, total: u64) {
        let start = partition.account.as_ref().map(|account| account.start_of(self.scope.start_date));
        let from_start = partition.known_before.is_none_or(|known| Some(known) == start);
        if from_start && total > 0 {
            self.emitter.announce(total);
        }
        if self.stream.endpoint.rows_max.is_some_and(|most| total >= most) {
            self.emitter.not_whole(&format!(
                "advertiser {} has {total} or more, and TikTok lists no more than that",
                partition.account.as_ref().map_or("-", |account| &*account.id),
            ));
        }
    }

    /// Reads accounts, each with a token that sees it.
    async fn infos(&self, ids: &[Arc<str>]) -> Result<()> {
        let mut done = Ok(());
        for (client, ids) in self.run.client.by_authorization(ids) {
            done = done.and(self.infos_of(&client, &ids).await);
        }
        done
    }

    /// Reads accounts with one token, halving what is refused until the refused one stands alone.
    async fn infos_of(&self, client: &Client, ids: &[Arc<str>]) -> Result<()> {
        let slice = Slice { ids: ids.to_vec(), ..Ask::Infos.into() };
        let query = query::query(&self.stream, &self.scope, None, &slice, "");
        let call =
            Call { endpoint: self.stream.endpoint, advertiser: None, query: &query, body: &[], watch: &*self.emitter };
        match client.call(&call, &Lines { format: &self.format, advertiser: None, parent: None, output: None }).await {
            Ok(rows) => {
                let (lines, count) = rows.filtered(|_, _| true);
                self.emitter.records(lines, count).await;
                Ok(())
            }
            Err(error) if ids.len() > 1 && advertisers::may_be_one_advertiser(&error) => {
                let (left, right) = ids.split_at(ids.len() / 2);
                let first = Box::pin(self.infos_of(client, left)).await;
                Box::pin(self.infos_of(client, right)).await.and(first)
            }
            Err(error) => Err(match ids {
                [id] => error.with("advertiser_id", id),
                _ => error,
            }),
        }
    }
}

/// Notices that TikTok left out something (tiktok-api.md 1.2, `X-Tt-Ads-Throttle`); the rest is the stream's to hear.
pub(super) struct Noticing<'a> {
    inner: &'a dyn Watch,
    cut: AtomicBool,
}

impl<'a> Noticing<'a> {
    pub(super) fn new(inner: &'a dyn Watch) -> Self {
        Self { inner, cut: AtomicBool::new(false) }
    }

    pub(super) fn was_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

impl Watch for Noticing<'_> {
    fn sent(&self) {
        self.inner.sent();
    }

    fn held_back(&self, wait: Duration) {
        self.inner.held_back(wait);
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }
}
