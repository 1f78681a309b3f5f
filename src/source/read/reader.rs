//! A slice being read: pages → records.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::json;

use super::business;
use super::emitter::Emitter;
use super::learn::Learner;
use super::notice::Noticing;
use super::outcome::{Broken, place};
use super::run::Run;
use crate::error::{Error, Kind, Result};
use crate::source::plan::account::Account;
use crate::source::plan::activity::ReportLoad;
use crate::source::plan::query::{self, Query};
use crate::source::plan::{Partition, Scope, Slice};
use crate::source::record::timestamp::Timestamp;
use crate::source::record::{Format, Lines, Rows};
use crate::streams::StreamDef;
use crate::tiktok::advertisers::ListedAdvertiser;
use crate::tiktok::authorizations::Answers;
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Doubt, Page, RowKeys};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client, advertisers};

/// One stream being read.
pub(super) struct Reader {
    pub(super) run: Arc<Run>,
    pub(super) stream: Arc<StreamDef>,
    pub(super) scope: Scope,
    /// The reports of the run.
    pub(super) load: ReportLoad,
    pub(super) format: Format,
    pub(super) emitter: Arc<Emitter>,
}

/// What a pass over a slice's pages asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) partition: &'a Partition,
    pub(super) slice: &'a Slice,
    /// The metrics of a report, as the request names them.
    pub(super) metrics: &'a str,
}

/// What a pass need not pass on again, and whether it may stop for a smaller one.
pub(super) struct Reread<'s> {
    pub(super) seen: &'s mut RowKeys,
    pub(super) may_split: bool,
}

/// A pass over a slice's pages.
pub(super) struct Passed {
    latest: Option<Timestamp>,
    /// TikTok left out a part; of a slice that can be parted the rest was not passed on.
    pub(super) cut: bool,
}

impl Reader {
    pub(super) fn new(run: Arc<Run>, stream: Arc<StreamDef>, scope: Scope, load: ReportLoad, emitter: Emitter) -> Self {
        Self { format: Format::new(&stream), run, stream, scope, load, emitter: Arc::new(emitter) }
    }

    /// What learns for the stream's plan.
    pub(super) fn learner(&self) -> Learner<'_> {
        let Self { run, stream, scope, load, emitter, .. } = self;
        Learner {
            client: &run.client,
            config: &run.config,
            lists: &run.lists,
            probe: &run.probe,
            sums: &run.sums,
            stream,
            scope,
            load: *load,
            watch: &**emitter,
        }
    }

    /// The advertisers as they were listed when the run began.
    async fn listed(&self, partition: &Partition, slice: &Slice, listed: &[ListedAdvertiser]) -> Result<()> {
        let text = json!({self.stream.endpoint.list: listed}).to_string();
        let rows = self.lines(partition, slice).decode(&mut serde_json::Deserializer::from_str(&text));
        let rows = rows.map_err(|error| Error::new(Kind::Unexpected, "The list is broken").because(error))?;
        let fresh = vec![true; rows.keys().len()];
        self.pass_on(partition, rows, &fresh, &RowKeys::default()).await;
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

    /// Reads a slice of a partition to its end.
    pub(super) async fn slice(&self, partition: &Partition, slice: usize) -> Result<Option<Timestamp>, Broken> {
        let Some(slice) = partition.slices.get(slice) else { return Ok(None) };
        match slice {
            Slice::Empty(_) | Slice::Unmoved(_) => Ok(None),
            Slice::Report(slice) => self.report(partition, slice).await.map(|()| None),
            Slice::Changes(window) => Ok(self.changes(partition, slice, *window).await.map(|()| None)?),
            Slice::Advertisers(ids) => Ok(self.infos(ids).await.map(|()| None)?),
            Slice::AdvertiserList => Ok(self.advertiser_list(partition, slice).await?),
            Slice::List(_) if partition.account.is_none() => {
                let read = self.read_token_list(partition, slice).await;
                read.map_err(|error| self.of_token_broken(error, slice))
            }
            Slice::List(_) => {
                let asked = Asked { partition, slice, metrics: "" };
                let passed = self.pages(asked, Reread { seen: &mut RowKeys::default(), may_split: false }).await;
                passed.map(|passed| passed.latest).map_err(|error| self.broken(error))
            }
        }
    }

    /// What is refused of one object says nothing of the next.
    fn broken(&self, error: Error) -> Broken {
        let of_one = self.stream.parent().is_some_and(|parent| parent.outlives);
        Broken { goes_on: of_one && error.kind() == Kind::Request, ..Broken::from(error) }
    }

    /// What is refused of a Business Center says nothing of the next.
    fn of_token_broken(&self, error: Error, slice: &Slice) -> Broken {
        let is_businesses = self.stream.parent().is_some_and(|parent| parent.parameter == "bc_id");
        match slice.parents() {
            [business] if is_businesses => business::list_refused(error, business),
            _ => Broken::from(error),
        }
    }

    /// The advertisers that TikTok lists for the app, from the run's start where they were listed then.
    async fn advertiser_list(&self, partition: &Partition, slice: &Slice) -> Result<Option<Timestamp>> {
        match &self.run.listed {
            Some(listed) => self.listed(partition, slice, listed).await.map(|()| None),
            None => self.read_token_list(partition, slice).await.map_err(advertisers::explain_list_refusal),
        }
    }

    /// Reads the lists that belong to tokens and to no advertiser: those of all tokens, each row once. A token that may
    /// not ask hides nothing that another one shows.
    async fn read_token_list(&self, partition: &Partition, slice: &Slice) -> Result<Option<Timestamp>> {
        let mut seen = RowKeys::default();
        let mut answers = Answers::default();
        for client in self.run.client.each() {
            let asked = Asked { partition, slice, metrics: "" };
            answers.take(self.pages_as(&client, asked, Reread { seen: &mut seen, may_split: false }).await)?;
        }
        let answers = answers.or_refused()?;
        if let Some(error) = &answers.refused {
            tracing::warn!("Stream `{}` goes on without what one token may not see. {error}", self.stream.name);
        }
        Ok(answers.given.into_iter().filter_map(|passed| passed.latest).max())
    }

    /// Reads the pages of a slice with a token that sees its advertiser; see [`Reader::pages_as`].
    pub(super) async fn pages(&self, asked: Asked<'_>, reread: Reread<'_>) -> Result<Passed> {
        self.pages_as(&self.run.client, asked, reread).await
    }

    /// Reads the pages of a slice and passes their rows on, but for those that were seen. When TikTok left something out
    /// and the slice may be split, it stops; `seen` then holds what was passed on so far, as it does after an error.
    async fn pages_as(&self, client: &Client, asked: Asked<'_>, reread: Reread<'_>) -> Result<Passed> {
        let Asked { partition, slice, metrics } = asked;
        let Reread { seen, may_split } = reread;
        let account = partition.account.as_ref();
        let mut query = query::query(&self.stream, &self.scope, account, slice, metrics);
        if let Slice::AdvertiserList = slice {
            query.extend(self.app()?);
        }
        let advertiser = account.map(|account| &*account.id);
        let watch = Noticing::new(&*self.emitter);
        let call = Call { endpoint: self.stream.endpoint, advertiser, query: &query, body: Body::None, watch: &watch };
        let lines = self.lines(partition, slice);
        let mut pages = Pages::new(client, call, query::page_size(&self.stream, slice), &lines);
        let (mut latest, mut announced, mut share) = (None, false, None);
        loop {
            let page = pages.next().await;
            let stops = watch.was_cut() && may_split;
            let (rows, fresh) = match page {
                Ok(None) => {
                    self.tell_doubts(account, slice, pages.doubts());
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

    /// Tells what is odd about a list that was read to its end.
    pub(super) fn tell_doubts(&self, account: Option<&Account>, slice: &Slice, doubts: Vec<Doubt>) {
        for doubt in doubts {
            let told = format!("{}{doubt}", place(account, slice.window()));
            match doubt {
                Doubt::Count { told: counted, came } => {
                    if let Some(account) = account.filter(|_| came < counted) {
                        self.run.notes.short(&self.stream.name, &account.id);
                    }
                    self.emitter.not_whole(&told);
                }
                Doubt::Twice { .. } => tracing::warn!("Stream `{}`: {told}", self.stream.name),
            }
        }
    }

    /// How the rows of a slice become lines.
    pub(super) fn lines<'a>(&'a self, partition: &'a Partition, slice: &'a Slice) -> Lines<'a> {
        Lines {
            format: &self.format,
            advertiser: partition.account.as_ref().map(|account| &*account.id),
            parent: slice.parents().first().map(|id| &**id),
            output: Some(&self.run.output),
        }
    }

    /// Sends the rows that are `fresh`, new to the state and not `seen`.
    pub(super) async fn pass_on(&self, partition: &Partition, mut rows: Rows, fresh: &[bool], seen: &RowKeys) {
        if rows.keyless > 0 {
            self.emitter.tell_keyless(&self.stream.primary_key);
        }
        let known = partition.known_before;
        let unseen: Vec<bool> = match seen.is_empty() {
            true => Vec::new(),
            false => rows.keys().iter().map(|key| !seen.contains(key)).collect(),
        };
        let _space = rows.take_space();
        let (lines, count) = rows.filtered(|at, mark| {
            let new = mark.cursor.is_none_or(|cursor| known.is_none_or(|known| cursor >= known));
            new && fresh.get(at) == Some(&true) && unseen.get(at) != Some(&false)
        });
        self.emitter.records(lines, count).await;
    }

    /// Tells how many rows a slice will bring. TikTok's total also counts rows that are known already, so a listing
    /// that goes on announces nothing.
    pub(super) fn announce(&self, partition: &Partition, total: u64) {
        let start = partition.account.as_ref().map(|account| account.start_of(self.scope.start(account)));
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
        let slice = Slice::Advertisers(ids.to_vec());
        let query = query::query(&self.stream, &self.scope, None, &slice, "");
        let call = Call {
            endpoint: self.stream.endpoint,
            advertiser: None,
            query: &query,
            body: Body::None,
            watch: &*self.emitter,
        };
        match client.call(&call, &Lines { format: &self.format, advertiser: None, parent: None, output: None }).await {
            Ok(mut rows) => {
                let _space = rows.take_space();
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
