//! Images and videos for ads: looked at before they are sent, and uploaded once.

pub(crate) mod content;
pub(crate) mod inspect;
pub(crate) mod job;
pub(crate) mod maker;
pub(crate) mod object;
pub(crate) mod upload;
pub(crate) mod wish;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::config::DestinationConfig;
use crate::config::ads::Action;
use crate::config::destination::Reuse;
use crate::destination::engines::changes::Changes;
use crate::destination::engines::library::{Kind, Libraries};
use crate::destination::objects::def::{Opening, Route};
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::fault;
use crate::destination::shell::lane::{Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::results::{Done, ResultRow, object_target};
use crate::destination::shell::streams::StreamName;
use crate::error::Result;
use crate::report::summary::Target;
use crate::tiktok::Client;
use job::Job;
use wish::Wish;

/// The lane of creatives.
pub(crate) struct Creatives {
    streams: HashMap<RouteAt, Stream>,
    target: Option<String>,
    folder: Option<PathBuf>,
    image_max: u64,
    /// Whether names are asked for, one by one, instead of listing the library.
    asks_names: bool,
    is_allowed: HashMap<&'static str, bool>,
    libraries: Arc<Libraries>,
    changes: Arc<Changes>,
    changes_max: u64,
    ready: Vec<Job>,
    sent: HashMap<Ticket, (StreamName, Wish)>,
    results: Vec<ResultRow>,
    counts: BTreeMap<(&'static str, Done), u64>,
}

struct Stream {
    name: StreamName,
    kind: Kind,
    columns: Columns,
}

impl Creatives {
    pub(crate) fn open(opening: &Opening<'_>, routes: Vec<(RouteAt, Route)>) -> Result<Self> {
        let config: &DestinationConfig = opening.config;
        let stream = |(at, route): (RouteAt, Route)| {
            let kind = if route.object.name == Kind::Image.object() { Kind::Image } else { Kind::Video };
            (at, Stream { name: route.stream, kind, columns: Columns::new(wish::NAMES, &route.fields, &route.key) })
        };
        let allowed =
            [Kind::Image, Kind::Video].map(|kind| (kind.object(), config.ads.allows(kind.object(), Action::Create)));
        Ok(Self {
            streams: routes.into_iter().map(stream).collect(),
            target: config.target().map(str::to_owned),
            folder: config.creatives.folder.clone(),
            image_max: config.creatives.image_bytes_max,
            asks_names: config.creatives.reuse == Reuse::Name,
            is_allowed: allowed.into_iter().collect(),
            libraries: opening.libraries.clone(),
            changes: opening.changes.clone(),
            changes_max: config.ads.max_changes,
            ready: Vec::new(),
            sent: HashMap::new(),
            results: Vec::new(),
            counts: BTreeMap::new(),
        })
    }

    fn tell(&mut self, stream: StreamName, wish: &Wish, action: Done, more: (Option<String>, Option<String>)) {
        let (id, reason) = more;
        *self.counts.entry((wish.kind.object(), action)).or_default() += 1;
        self.results.push(ResultRow {
            stream,
            key: wish.name.clone(),
            object: wish.kind.object(),
            advertiser_id: wish.advertiser.clone(),
            action,
            id,
            reason,
            changes: Map::new(),
        });
    }
}

/// A library that must be listed first.
pub(crate) struct Wanted {
    advertiser: String,
    kind: Kind,
}

impl Lane for Creatives {
    type Batch = Job;
    type Question = Wanted;

    fn take(&mut self, data: &RawValue, ticket: Ticket, _now: Now) -> Intake<Wanted> {
        let Some(Stream { name, kind, columns }) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = columns.key_of(&record, 3, &[]);
        let is_allowed = self.is_allowed.get(kind.object()) == Some(&true);
        let wish = Wish::read(*kind, &record, self.target.as_deref());
        let wish = match wish.and_then(|wish| is_allowed.then_some(wish).ok_or(object::NOT_ALLOWED)) {
            Ok(wish) => wish,
            Err(fault) => {
                let shown = key.as_ref().map(|key| key.shown()).unwrap_or_default();
                self.results.push(ResultRow::refused(name.clone(), kind.object(), shown, &fault));
                *self.counts.entry((kind.object(), Done::Refused)).or_default() += 1;
                return Intake::Rejected { key, fault };
            }
        };
        if !self.asks_names && !self.libraries.knows(&wish.advertiser, wish.kind) {
            return Intake::Asks(Wanted { advertiser: wish.advertiser, kind: wish.kind });
        }
        let name = name.clone();
        let (folder, image_max, libraries) = (self.folder.clone(), self.image_max, self.libraries.clone());
        let records = [RecordRef { ticket, key }];
        let (changes, changes_max, asks_name) = (self.changes.clone(), self.changes_max, self.asks_names);
        self.ready.push(Job {
            records,
            wish: wish.clone(),
            folder,
            image_max,
            libraries,
            changes,
            changes_max,
            asks_name,
        });
        self.sent.insert(ticket, (name, wish));
        Intake::Full
    }

    fn ask<'a>(&'a mut self, wanted: Wanted, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        let libraries = self.libraries.clone();
        async move { libraries.learn(client, &wanted.advertiser, wanted.kind).await }.boxed()
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
        let made = outcome.made.get(&0).and_then(Value::as_object);
        let text = |name: &str| made.and_then(|made| made.get(name)).and_then(Value::as_str).map(str::to_owned);
        let refused = outcome.refused.get(&0).cloned();
        let rejected = outcome.rejected.get(&0).map(|fault| format!("{}: {}", fault.reason, fault.message));
        let failed = outcome.failed.get(&0).map(|error| error.message().to_owned());
        let (action, reason) = match (text("id"), refused.or(rejected), failed) {
            (Some(_), ..) if text("planned").is_some() => (Done::Planned, None),
            (Some(_), ..) if text("known").is_some() => (Done::Unchanged, None),
            (Some(_), ..) => (Done::Created, text("unchecked")),
            (None, Some(reason), _) => (Done::Refused, Some(reason)),
            (None, None, reason) => (Done::Unknown, reason),
        };
        self.tell(stream, &wish, action, (text("id").filter(|id| !id.is_empty()), reason));
    }

    fn results(&mut self) -> Vec<ResultRow> {
        std::mem::take(&mut self.results)
    }

    fn targets(&self) -> Vec<Target> {
        let mut objects: BTreeMap<&str, BTreeMap<Done, u64>> = BTreeMap::new();
        for ((object, done), count) in &self.counts {
            objects.entry(object).or_default().insert(*done, *count);
        }
        objects.iter().map(|(object, counts)| object_target(object, counts.iter())).collect()
    }

    fn summary(&self) -> Vec<String> {
        self.counts.iter().map(|((object, done), count)| format!("{object}: {count} {}", done.word())).collect()
    }
}
