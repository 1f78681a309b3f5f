//! Lookalike audiences as rows: made once, refreshed when a row says so.

pub(crate) mod job;
pub(crate) mod listing;
mod maker;
pub(crate) mod object;
pub(crate) mod wish;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::config::ads::AdsOptions;
use crate::destination::engines::changes::Changes;
use crate::destination::objects::def::{Mode, Opening, Route};
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::shell::lane::{Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::results::{Done, ResultRow};
use crate::destination::shell::streams::StreamName;
use crate::error::Result;
use crate::tiktok::Client;
use job::Job;
use listing::Listings;
use wish::{OBJECT, Wish};

/// The lane of lookalike audiences.
pub(crate) struct Lookalikes {
    streams: HashMap<RouteAt, Stream>,
    options: AdsOptions,
    target: Option<String>,
    changes: Arc<Changes>,
    listings: Arc<Listings>,
    ready: Vec<Job>,
    sent: HashMap<Ticket, (StreamName, Wish)>,
    results: Vec<ResultRow>,
    counts: BTreeMap<Done, u64>,
}

struct Stream {
    name: StreamName,
    mode: Mode,
    columns: Columns,
}

impl Lookalikes {
    pub(crate) fn open(opening: &Opening<'_>, routes: Vec<(RouteAt, Route)>) -> Self {
        let stream = |(at, route): (RouteAt, Route)| {
            let columns = Columns::new(wish::FIELDS.names, &route.fields, &route.key);
            (at, Stream { name: route.stream, mode: route.mode, columns })
        };
        Self {
            streams: routes.into_iter().map(stream).collect(),
            options: opening.config.ads.clone(),
            target: opening.config.target().map(str::to_owned),
            changes: opening.changes.clone(),
            listings: Arc::default(),
            ready: Vec::new(),
            sent: HashMap::new(),
            results: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Refuses what is not allowed, before anything is asked.
    fn judge(&self, wish: &Wish) -> std::result::Result<(), Fault> {
        let scope = &self.options.scope.advertiser_ids;
        if !scope.is_empty() && !scope.contains(&wish.advertiser) {
            return Err(OUT_OF_SCOPE);
        }
        if self.options.allows(OBJECT, wish.action) { Ok(()) } else { Err(NOT_ALLOWED) }
    }
}

const NOT_ALLOWED: Fault = Fault::new(None, "not_allowed", "`ads.allow` lacks this action for `lookalike_audience`.");
const OUT_OF_SCOPE: Fault =
    Fault::new(None, "out_of_scope", "`ads.scope.advertiser_ids` does not name the row's advertiser.");

impl Lane for Lookalikes {
    type Batch = Job;
    type Question = ();

    fn take(&mut self, data: &RawValue, ticket: Ticket, _now: Now) -> Intake<()> {
        let Some(Stream { name, mode, columns }) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = columns.key_of(&record, 0, &[]);
        let wish = Wish::read(*mode, &record, self.target.as_deref());
        match wish.and_then(|wish| self.judge(&wish).map(|()| wish)) {
            Err(fault) => {
                let shown = key.as_ref().map(|key| key.shown()).unwrap_or_default();
                self.results.push(ResultRow::refused(name.clone(), OBJECT, shown, &fault));
                *self.counts.entry(Done::Refused).or_default() += 1;
                Intake::Rejected { key, fault }
            }
            Ok(wish) => {
                let name = name.clone();
                let records = [RecordRef { ticket, key }];
                self.ready.push(Job {
                    records,
                    wish: wish.clone(),
                    options: self.options.clone(),
                    changes: self.changes.clone(),
                    listings: self.listings.clone(),
                });
                self.sent.insert(ticket, (name, wish));
                Intake::Full
            }
        }
    }

    fn ask<'a>(&'a mut self, (): (), _client: &'a Client) -> BoxFuture<'a, Result<()>> {
        std::future::ready(Ok(())).boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn due(&mut self, _now: Instant, _all: bool) -> Vec<Job> {
        std::mem::take(&mut self.ready)
    }

    fn settled(&mut self, batch: &Job, outcome: &Outcome) {
        let [RecordRef { ticket, .. }] = &batch.records;
        let Some((stream, wish)) = self.sent.remove(ticket) else { return };
        let made = outcome.made.get(&0);
        let done = made.and_then(|made| serde_json::from_value::<Done>(made.get("done")?.clone()).ok());
        let id = made.and_then(|made| made.get("id")?.as_str().map(str::to_owned)).or_else(|| wish.id.clone());
        let refused = outcome.refused.get(&0).cloned();
        let rejected = outcome.rejected.get(&0).map(|fault| format!("{}: {}", fault.reason, fault.message));
        let failed = outcome.failed.get(&0).map(|error| error.message().to_owned());
        let action = done.unwrap_or(if failed.is_some() { Done::Unknown } else { Done::Refused });
        *self.counts.entry(action).or_default() += 1;
        self.results.push(ResultRow {
            stream,
            key: wish.key(),
            object: OBJECT,
            advertiser_id: wish.advertiser,
            action,
            id,
            reason: refused.or(rejected).or(failed),
            changes: wish
                .fields
                .iter()
                .map(|(name, held)| ((*name).to_owned(), serde_json::json!([Value::Null, held.json()])))
                .collect::<Map<_, _>>(),
        });
    }

    fn results(&mut self) -> Vec<ResultRow> {
        std::mem::take(&mut self.results)
    }

    fn summary(&self) -> Vec<String> {
        self.counts.iter().map(|(done, count)| format!("{OBJECT}: {count} {}", done.word())).collect()
    }
}
