//! Materials of Smart+ ads as a lane of the shell.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::job::{Job, Shared};
use super::look::{self, Changed};
use super::wish::{FIELDS, OBJECT, Wish};
use crate::destination::objects::ads::guard;
use crate::destination::objects::def::{Opening, Route};
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::shell::lane::{Batch, Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::results::{Done, ResultRow, object_target};
use crate::destination::shell::streams::StreamName;
use crate::error::{Kind, Result};
use crate::report::summary::{Audience, Target};
use crate::tiktok::Client;

/// Rows of an account that leave together: what they need is read with few requests, and little waits.
const ROWS_MAX: usize = 1_000;
/// Longest that a row waits for others.
const AGE_MAX: Duration = Duration::from_secs(20);

/// The lane.
pub(super) struct Materials {
    streams: HashMap<RouteAt, (StreamName, Columns)>,
    shared: Arc<Shared>,
    /// Rows that wait, by advertiser.
    waiting: BTreeMap<String, Group>,
    results: Vec<ResultRow>,
    counts: BTreeMap<Done, u64>,
    /// What this run changed, by advertiser.
    changed: BTreeMap<String, Changed>,
}

struct Group {
    since: Instant,
    records: Vec<RecordRef>,
    rows: Vec<(StreamName, Wish)>,
}

impl Materials {
    pub(super) fn open(opening: &Opening<'_>, routes: Vec<(RouteAt, Route)>) -> Self {
        let stream =
            |(at, route): (RouteAt, Route)| (at, (route.stream, Columns::new(FIELDS.names, &route.fields, &route.key)));
        let shared = Shared {
            options: opening.config.ads.clone(),
            target: opening.config.target().map(str::to_owned),
            changes: opening.changes.clone(),
            accounts: Mutex::default(),
        };
        Self {
            streams: routes.into_iter().map(stream).collect(),
            shared: Arc::new(shared),
            waiting: BTreeMap::new(),
            results: Vec::new(),
            counts: BTreeMap::new(),
            changed: BTreeMap::new(),
        }
    }

    /// Refuses what is not allowed, before anything is asked.
    fn judge(&self, wish: Wish) -> std::result::Result<Wish, Fault> {
        let (options, action) = (&self.shared.options, wish.action());
        guard::advertiser(&options.scope, &wish.advertiser)?;
        if options.allows(OBJECT, action) {
            return Ok(wish);
        }
        let message = format!("`ads.allow` lacks {} for `{OBJECT}`.", action.word()).into();
        Err(Fault { field: None, reason: "not_allowed", message })
    }

    fn tell(&mut self, row: ResultRow) {
        *self.counts.entry(row.action).or_default() += 1;
        self.results.push(row);
    }
}

impl Lane for Materials {
    type Batch = Job;
    type Question = ();

    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<()> {
        let Some((name, columns)) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let (name, key) = (name.clone(), columns.key_of(&record, 0, &[]));
        match Wish::read(&record, self.shared.target.as_deref()).and_then(|wish| self.judge(wish)) {
            Err(fault) => {
                let shown = key.as_ref().map(|key| key.shown()).unwrap_or_default();
                self.tell(ResultRow::refused(name, OBJECT, shown, &fault));
                Intake::Rejected { key, fault }
            }
            Ok(wish) => {
                let fresh = || Group { since: now.instant, records: Vec::new(), rows: Vec::new() };
                let group = self.waiting.entry(wish.advertiser.clone()).or_insert_with(fresh);
                group.records.push(RecordRef { ticket, key });
                group.rows.push((name, wish));
                if group.rows.len() < ROWS_MAX { Intake::Waits } else { Intake::Full }
            }
        }
    }

    fn ask<'a>(&'a mut self, (): (), _client: &'a Client) -> BoxFuture<'a, Result<()>> {
        std::future::ready(Ok(())).boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|group| group.since + AGE_MAX).min()
    }

    fn due(&mut self, now: Instant, all: bool) -> Vec<Job> {
        let is_due = |group: &Group| all || group.rows.len() >= ROWS_MAX || now.duration_since(group.since) >= AGE_MAX;
        let due = self.waiting.extract_if(.., |_, group| is_due(group));
        let job =
            |(advertiser, Group { records, rows, .. })| Job { records, rows, advertiser, shared: self.shared.clone() };
        due.map(job).collect()
    }

    fn settled(&mut self, batch: &Job, outcome: &Outcome) {
        for (at, (stream, wish)) in batch.rows.iter().enumerate().take(batch.records().len()) {
            let row = told(stream, wish, at, outcome);
            if matches!(row.action, Done::Paused | Done::Resumed) {
                let ads = self.changed.entry(wish.advertiser.clone()).or_default();
                ads.entry(wish.ad.clone()).or_default().insert(wish.material.clone(), wish.status);
            }
            self.tell(row);
        }
    }

    fn results(&mut self) -> Vec<ResultRow> {
        std::mem::take(&mut self.results)
    }

    fn targets(&self) -> Vec<Target> {
        let any = (!self.counts.is_empty()).then(|| object_target(OBJECT, self.counts.iter()));
        any.into_iter().collect()
    }

    fn summary(&self) -> Vec<String> {
        let counts: Vec<String> = self.counts.iter().map(|(done, count)| format!("{count} {}", done.word())).collect();
        let any = (!counts.is_empty()).then(|| format!("{OBJECT}: {}", counts.join(", ")));
        any.into_iter().collect()
    }

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Vec<Audience>> {
        look::compare(client, &self.changed).map(|()| Vec::new()).boxed()
    }
}

/// The line of a row that came back.
fn told(stream: &StreamName, wish: &Wish, at: usize, outcome: &Outcome) -> ResultRow {
    let made = outcome.made.get(&at);
    let done = made.and_then(|made| serde_json::from_value::<Done>(made.get("done")?.clone()).ok());
    let failed = outcome.failed.get(&at);
    // What the run may not do was not tried.
    let otherwise = failed.map_or(Done::Refused, |error| match error.kind() {
        Kind::Config => Done::Refused,
        _ => Done::Unknown,
    });
    let action = done.unwrap_or(otherwise);
    let reason = match (outcome.refused.get(&at), outcome.rejected.get(&at)) {
        (Some(message), _) => Some(format!("refused_by_tiktok: {message}")),
        (None, Some(fault)) => Some(format!("{}: {}", fault.reason, fault.message)),
        (None, None) if action == Done::Planned => Some(wish.action().word().to_owned()),
        (None, None) => failed.map(|error| error.message().to_owned()),
    };
    let before = made.and_then(|made| made.get("before")).cloned();
    let change = |before: Value| ("operation_status".to_owned(), json!([before, wish.status.word()]));
    let changes = before.filter(|_| !matches!(action, Done::Unchanged)).map(change);
    ResultRow {
        stream: stream.clone(),
        key: wish.key(),
        object: OBJECT,
        advertiser_id: wish.advertiser.clone(),
        action,
        id: Some(wish.material.clone()),
        reason,
        changes: changes.into_iter().collect::<Map<_, _>>(),
    }
}
