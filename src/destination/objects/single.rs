//! Objects of which each row is a change of its own, looked for, judged and done by itself: the lane that they share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::ads::call::is_the_rows;
use super::ads::field::Fields;
use super::ads::look;
use super::ads::read;
use super::ads::value::Held;
use super::def::{Mode, Opening, Route};
use crate::config::ads::{Action, AdsOptions};
use crate::destination::engines::changes::Changes;
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer::{self, DELETED_AT};
use crate::destination::shell::lane::{Batch, Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::results::{Done, ResultRow, object_target};
use crate::destination::shell::send::Post;
use crate::destination::shell::streams::StreamName;
use crate::error::{Kind, Result};
use crate::lock::lock;
use crate::report::summary::Target;
use crate::tiktok::Client;

/// What a row of such an object wants.
pub(crate) trait Single: Clone + Send + Sync + 'static {
    /// What results and `ads.allow` call the object.
    const OBJECT: &'static str;
    /// What the rows of a run know together, such as what an account has.
    type Known: Default + Send + Sync;

    fn fields() -> &'static Fields;
    fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> std::result::Result<Self, Fault>;
    fn row(&self) -> &Row;
    /// Another account that the change reaches, and which the scope must name, too.
    fn other(&self) -> Option<&str> {
        None
    }
    fn action(&self) -> Action;
    /// What names the object in results.
    fn key(&self) -> String;
    /// Does it; the account may be written to.
    fn run<'a>(job: &'a Job<Self>, post: &'a Post) -> BoxFuture<'a, Result<Fate>>;
}

/// What all of them hold.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub advertiser: String,
    pub id: Option<String>,
    pub fields: Vec<(&'static str, Held)>,
    /// Whether the source deleted the row.
    pub is_gone: bool,
}

impl Row {
    /// Reads a record whose object's id is in the field `id`. Nothing is made or ended by a row that was deleted.
    pub(crate) fn read(
        fields: &'static Fields,
        id: &'static str,
        record: &Record<'_>,
        target: Option<&str>,
    ) -> std::result::Result<Self, Fault> {
        let row = Self::read_any(fields, id, record, target)?;
        if row.is_gone { Err(fault::DELETED_MAKES_NOTHING) } else { Ok(row) }
    }

    /// The same for an object that a deleted row removes.
    pub(crate) fn read_any(
        fields: &'static Fields,
        id: &'static str,
        record: &Record<'_>,
        target: Option<&str>,
    ) -> std::result::Result<Self, Fault> {
        let at = |name: &str| fields.place(name).and_then(|place| record.at(place));
        Ok(Self {
            is_gone: steer::is_deleted(at(DELETED_AT))?,
            fields: read::all(fields, record)?.into_iter().map(|(def, held)| (def.name, held)).collect(),
            advertiser: steer::advertiser_or(at("advertiser_id"), target)?,
            id: steer::id(id, at(id))?.map(str::to_owned),
        })
    }

    #[must_use]
    pub(crate) fn field(&self, name: &str) -> Option<&Held> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, held)| held)
    }

    #[must_use]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.field(name).and_then(Held::text).unwrap_or_default()
    }
}

/// A row's change.
pub(crate) struct Job<W: Single> {
    pub records: [RecordRef; 1],
    pub wish: W,
    pub options: AdsOptions,
    pub changes: Arc<Changes>,
    pub known: Arc<W::Known>,
    /// Whether only the row names its advertiser, so that a wrong one is the row's own fault.
    pub is_named: bool,
    /// Accounts that may be written to.
    pub accounts: Arc<Mutex<HashSet<String>>>,
}

/// What became of it.
pub(crate) enum Fate {
    /// What was done, and the object's id.
    Done(Done, Option<String>),
    Rejected(Fault),
}

impl<W: Single> Batch for Job<W> {
    fn records(&self) -> &[RecordRef] {
        &self.records
    }

    fn send<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        async move {
            let mut outcome = Outcome::default();
            match self.run(post).await {
                Ok(Fate::Done(done, id)) => drop(outcome.made.insert(0, json!({"done": done.word(), "id": id}))),
                Ok(Fate::Rejected(fault)) => drop(outcome.rejected.insert(0, fault)),
                Err(error) if is_the_rows(&error) => drop(outcome.refused.insert(0, error.message().to_owned())),
                Err(error) => drop(outcome.failed.insert(0, Arc::new(error))),
            }
            outcome
        }
        .boxed()
    }

    /// Two rows may be about one object, or one about what the other makes.
    fn contradicts(&self, other: &Self) -> bool {
        self.wish.row().advertiser == other.wish.row().advertiser
    }
}

impl<W: Single> Job<W> {
    async fn run(&self, post: &Post) -> Result<Fate> {
        let advertiser = &self.wish.row().advertiser;
        if !lock(&self.accounts).contains(advertiser) {
            match look::account(&post.client, advertiser, &self.options).await {
                Ok(_) => drop(lock(&self.accounts).insert(advertiser.clone())),
                Err(error) if self.is_named && matches!(error.kind(), Kind::Gone | Kind::Permission) => {
                    return Ok(Fate::Rejected(steer::unknown_advertiser(advertiser)));
                }
                Err(error) => return Err(error),
            }
        }
        W::run(self, post).await
    }
}

/// The lane of such an object.
pub(crate) struct Singles<W: Single> {
    streams: HashMap<RouteAt, Stream>,
    options: AdsOptions,
    target: Option<String>,
    changes: Arc<Changes>,
    known: Arc<W::Known>,
    accounts: Arc<Mutex<HashSet<String>>>,
    ready: Vec<Job<W>>,
    sent: HashMap<Ticket, (StreamName, W)>,
    results: Vec<ResultRow>,
    counts: BTreeMap<Done, u64>,
}

struct Stream {
    name: StreamName,
    mode: Mode,
    columns: Columns,
}

impl<W: Single> Singles<W> {
    pub(crate) fn open(opening: &Opening<'_>, routes: Vec<(RouteAt, Route)>) -> Self {
        let stream = |(at, route): (RouteAt, Route)| {
            let columns = Columns::new(W::fields().names, &route.fields, &route.key);
            (at, Stream { name: route.stream, mode: route.mode, columns })
        };
        Self {
            streams: routes.into_iter().map(stream).collect(),
            options: opening.config.ads.clone(),
            target: opening.config.target().map(str::to_owned),
            changes: opening.changes.clone(),
            known: Arc::default(),
            accounts: Arc::default(),
            ready: Vec::new(),
            sent: HashMap::new(),
            results: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Refuses what is not allowed, before anything is asked.
    fn judge(&self, wish: &W) -> std::result::Result<(), Fault> {
        let scope = &self.options.scope.advertiser_ids;
        let is_outside = |id: &str| !scope.is_empty() && !scope.iter().any(|one| one == id);
        if is_outside(&wish.row().advertiser) {
            return Err(OUT_OF_SCOPE);
        }
        if wish.other().is_some_and(is_outside) {
            return Err(OTHER_OUT_OF_SCOPE);
        }
        if self.options.allows(W::OBJECT, wish.action()) {
            return Ok(());
        }
        let message = format!("`ads.allow` lacks this action for `{}`.", W::OBJECT).into();
        Err(Fault { field: None, reason: "not_allowed", message })
    }

    fn tell(&mut self, row: ResultRow) {
        *self.counts.entry(row.action).or_default() += 1;
        self.results.push(row);
    }
}

const OUT_OF_SCOPE: Fault =
    Fault::new(None, "out_of_scope", "`ads.scope.advertiser_ids` does not name the row's advertiser.");

const OTHER_OUT_OF_SCOPE: Fault = Fault::new(
    None,
    "out_of_scope",
    "`ads.scope.advertiser_ids` does not name the other advertiser that the row reaches.",
);

impl<W: Single> Lane for Singles<W> {
    type Batch = Job<W>;
    type Question = ();

    fn take(&mut self, data: &RawValue, ticket: Ticket, _now: Now) -> Intake<()> {
        let Some(Stream { name, mode, columns }) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = columns.key_of(&record, 0, &[]);
        let wish = W::read(*mode, &record, self.target.as_deref());
        let name = name.clone();
        match wish.and_then(|wish| self.judge(&wish).map(|()| wish)) {
            Err(fault) => {
                let shown = key.as_ref().map(|key| key.shown()).unwrap_or_default();
                self.tell(ResultRow::refused(name, W::OBJECT, shown, &fault));
                Intake::Rejected { key, fault }
            }
            Ok(wish) => {
                self.ready.push(Job {
                    records: [RecordRef { ticket, key }],
                    wish: wish.clone(),
                    options: self.options.clone(),
                    changes: self.changes.clone(),
                    known: self.known.clone(),
                    is_named: self.target.as_ref() != Some(&wish.row().advertiser),
                    accounts: self.accounts.clone(),
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

    fn due(&mut self, _now: Instant, _all: bool) -> Vec<Job<W>> {
        std::mem::take(&mut self.ready)
    }

    fn settled(&mut self, batch: &Job<W>, outcome: &Outcome) {
        let [RecordRef { ticket, .. }] = &batch.records;
        let Some((stream, wish)) = self.sent.remove(ticket) else { return };
        let made = outcome.made.get(&0);
        let done = made.and_then(|made| serde_json::from_value::<Done>(made.get("done")?.clone()).ok());
        let id = made.and_then(|made| made.get("id")?.as_str().map(str::to_owned));
        let refused = outcome.refused.get(&0).cloned();
        let rejected = outcome.rejected.get(&0).map(|fault| format!("{}: {}", fault.reason, fault.message));
        let failed = outcome.failed.get(&0).map(|error| error.message().to_owned());
        let Row { advertiser, id: own, fields, .. } = wish.row();
        let change = |(name, held): &(&'static str, Held)| ((*name).to_owned(), json!([Value::Null, held.json()]));
        self.tell(ResultRow {
            stream,
            key: wish.key(),
            object: W::OBJECT,
            advertiser_id: advertiser.clone(),
            action: done.unwrap_or(if failed.is_some() { Done::Unknown } else { Done::Refused }),
            id: id.or_else(|| own.clone()),
            reason: refused.or(rejected).or(failed),
            changes: fields.iter().map(change).collect::<Map<_, _>>(),
        });
    }

    fn results(&mut self) -> Vec<ResultRow> {
        std::mem::take(&mut self.results)
    }

    fn targets(&self) -> Vec<Target> {
        let any = (!self.counts.is_empty()).then(|| object_target(W::OBJECT, self.counts.iter()));
        any.into_iter().collect()
    }

    fn summary(&self) -> Vec<String> {
        let object = W::OBJECT;
        self.counts.iter().map(|(done, count)| format!("{object}: {count} {}", done.word())).collect()
    }
}
