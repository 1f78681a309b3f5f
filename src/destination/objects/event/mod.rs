//! Conversion events: records → events of TikTok's Events API → batches of one source.

pub(crate) mod address;
pub(crate) mod aliases;
pub(crate) mod batch;
pub(crate) mod body;
pub(crate) mod bound;
pub(crate) mod called;
pub(crate) mod check;
pub(crate) mod currency;
pub(crate) mod field;
pub(crate) mod grouped;
pub(crate) mod id;
pub(crate) mod ip;
mod members;
pub(crate) mod name;
pub(crate) mod object;
pub(crate) mod one_id;
pub(crate) mod person;
pub(crate) mod personal;
pub(crate) mod prepare;
pub(crate) mod products;
pub(crate) mod properties;
pub(crate) mod sieve;
pub(crate) mod sources;
pub(crate) mod value;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;

use crate::config::DestinationConfig;
use crate::config::destination::{EventOptions, EventSource};
use crate::destination::engines::waiting::Waiting;
use crate::destination::objects::def::Route;
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::country;
use crate::destination::record::fault::{self, Fault};
use crate::destination::shell::lane::{Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::rejects;
use crate::destination::shell::streams::StreamName;
use crate::error::Result;
use crate::identity::Rules;
use crate::report::summary as report;
use crate::tiktok::Client;
use crate::words::counted;
use batch::{Addressed, EventBatch};
use bound::Bound;
use prepare::{Defaults, Event, Target};

/// Names that are judged once; what lies beyond is judged each time.
const NAMES_MAX: usize = 1_000;

/// The lane of conversion events.
pub(crate) struct Events {
    streams: HashMap<RouteAt, Stream>,
    rules: Rules,
    /// The account whose pixels, apps and event sets are looked up.
    advertiser: Option<String>,
    /// The ids that an account lists for a source; none where they cannot be read.
    listed: HashMap<EventSource, Option<HashSet<String>>>,
    names: HashMap<(EventSource, String), Result<(), Fault>>,
    waiting: Waiting<Target, EventBatch>,
    summary: Summary,
}

struct Stream {
    columns: Columns,
    defaults: Defaults,
}

/// Counts of a run.
#[derive(Default)]
struct Summary {
    /// Accepted, refused and not taken, per target.
    targets: BTreeMap<String, (u64, u64, u64)>,
    left_out: BTreeMap<String, u64>,
    /// Events whose page's address does not say of which site it is.
    odd_pages: u64,
    clashes: u64,
}

impl Events {
    pub(crate) fn open(config: &DestinationConfig, routes: Vec<(RouteAt, Route)>) -> Result<Self> {
        Ok(Self {
            streams: routes.into_iter().map(|(at, route)| (at, Stream::new(route, &config.events))).collect(),
            rules: Rules::events(country::default_country(&config.audience)?),
            advertiser: config.target().map(str::to_owned),
            listed: HashMap::new(),
            names: HashMap::new(),
            waiting: Waiting::default(),
            summary: Summary::default(),
        })
    }
}

impl Stream {
    fn new(route: Route, options: &EventOptions) -> Self {
        let Bound { source, event, source_id } = Bound::of(&route, options);
        let set = |text: &Option<String>| -> Option<Arc<str>> {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(Arc::from)
        };
        Self {
            columns: Columns::new(field::NAMES, &route.fields, &route.key),
            defaults: Defaults {
                source,
                source_id: source_id.map(Arc::from),
                elsewhere: options.event_source.zip(set(&options.event_source_id)),
                event,
                test_event_code: set(&options.test_event_code),
                limited_data_use: options.limited_data_use,
                name: route.stream.name.clone(),
                ignored: options.ignore_columns.clone(),
                stream: id_space(&route.stream),
            },
        }
    }
}

/// Derived ids are a stream's own: two of one name in two namespaces have rows of one key.
fn id_space(stream: &StreamName) -> String {
    match &stream.namespace {
        Some(namespace) => format!("{namespace}\u{1f}{}", stream.name),
        None => stream.name.clone(),
    }
}

/// Judges a name, remembering the judgement: a stream has few of them and many rows.
fn check_name(
    names: &mut HashMap<(EventSource, String), Result<(), Fault>>,
    event: &str,
    source: EventSource,
) -> Result<(), Fault> {
    if name::STANDARD.contains(&event) && source != EventSource::Crm {
        return Ok(());
    }
    // The key is owned because a borrowed pair cannot be looked up.
    let key = (source, event.to_owned());
    if let Some(judged) = names.get(&key) {
        return judged.clone();
    }
    let taken = name::check(event, source);
    if let Ok(name::Taken::Near(standard)) = taken
        && names.len() < NAMES_MAX
    {
        tracing::warn!(
            "{event:?} is sent as an event of your own; if TikTok's {standard} is meant, which campaigns optimise for, \
             write that"
        );
    }
    let judged = taken.map(drop);
    if names.len() < NAMES_MAX {
        names.insert(key, judged.clone());
    }
    judged
}

impl Lane for Events {
    type Batch = Addressed;
    /// The source whose list a record lacked.
    type Question = EventSource;

    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<EventSource> {
        let Some(stream) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(&stream.columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = stream.columns.key_of(&record, field::at("event_id"), &field::PERSONAL);
        let (names, seconds) = (&mut self.names, now.ms / 1_000);
        let judge = |name: &str, source| check_name(names, name, source);
        let setting = prepare::Setting { defaults: &stream.defaults, rules: &self.rules, now: seconds };
        let event = match prepare::event(&record, data.get(), setting, judge) {
            Ok(event) => event,
            Err(fault) => return Intake::Rejected { key, fault },
        };
        let source = event.target.source;
        if event.own_target && self.advertiser.is_some() && !self.listed.contains_key(&source) {
            return Intake::Asks(source);
        }
        self.summary.took(&stream.defaults.name, &event);
        let target = event.target.clone();
        let full = self
            .waiting
            .put(target, now.instant, |batch: &mut EventBatch| batch.push(RecordRef { ticket, key }, event));
        if full { Intake::Full } else { Intake::Waits }
    }

    /// Learns what a row may name. A list that cannot be read forbids nothing.
    fn ask<'a>(&'a mut self, source: EventSource, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        async move {
            if let Some(advertiser) = &self.advertiser {
                let listed = sources::list(client, advertiser, source).await;
                if let Err(error) = &listed {
                    let kind = sources::kind_of(source);
                    tracing::warn!("Whether each {kind} that the rows name exists cannot be looked up. {error}");
                }
                let ids = listed.ok().map(|all| all.into_iter().map(|one| one.id).collect());
                self.listed.insert(source, ids);
            }
            Ok(())
        }
        .boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        self.waiting.deadline()
    }

    fn due(&mut self, now: Instant, all: bool) -> Vec<Addressed> {
        let due = self.waiting.due(now, all).into_iter();
        due.map(|(target, batch)| {
            let listed = self.listed.get(&target.source).and_then(Option::as_ref);
            let unlisted = listed.is_some_and(|ids| !ids.contains(&*target.id));
            Addressed { batch, target, unlisted }
        })
        .collect()
    }

    fn settled(&mut self, batch: &Addressed, outcome: &Outcome) {
        self.summary.settled(batch, outcome);
    }

    fn targets(&self) -> Vec<report::Target> {
        self.summary.targets()
    }

    fn left_out(&self) -> BTreeMap<String, u64> {
        self.summary.left_out.clone()
    }

    fn summary(&self) -> Vec<String> {
        self.summary.lines()
    }
}

impl Summary {
    /// Counts what a row has that does not go out as it is, and tells each kind once.
    fn took(&mut self, stream: &str, event: &Event<'_>) {
        for fault in &event.left_out {
            if fault.reason == sieve::IN_CLEAR && !self.left_out.contains_key(sieve::IN_CLEAR) {
                let field = fault.field.unwrap_or_default();
                tracing::warn!(
                    "Rows of {stream:?} have people's e-mail addresses, phone numbers or names where they would leave in \
                     clear, first in `{field}`: these are left out and counted. Map such a column to its own field, \
                     `email` or `phone`, and it is hashed"
                );
            }
            *self.left_out.entry(fault.reason.to_owned()).or_default() += 1;
        }
        if event.odd_page {
            if self.odd_pages == 0 {
                tracing::warn!(
                    "Rows of {stream:?} have a `page_url` that is no whole address, such as https://shop.example/cart: it \
                     is sent as it is, and TikTok cannot tell which site it is of"
                );
            }
            self.odd_pages += 1;
        }
    }

    fn settled(&mut self, sent: &Addressed, outcome: &Outcome) {
        let Target { source, id, test_event_code } = &sent.target;
        let test = if test_event_code.is_some() { " as tests" } else { "" };
        let name = format!("{} {id:?}{test}", sources::kind_of(*source));
        let (accepted, refused, failed) = self.targets.entry(name).or_default();
        *accepted += outcome.accepted(sent.batch.records.len());
        *refused += outcome.refused();
        *failed += outcome.failed.len() as u64;
        if sent.batch.clashes > 0 && self.clashes == 0 {
            tracing::warn!(
                "Events share their name and event_id although they differ, and TikTok counts one of them: the primary \
                 key or the column `event_id` is not unique"
            );
        }
        self.clashes += sent.batch.clashes;
    }

    fn targets(&self) -> Vec<report::Target> {
        let target = |(name, (accepted, refused, failed)): (&String, &(u64, u64, u64))| {
            let done = [("accepted", *accepted), ("refused", *refused), ("not_taken", *failed)];
            report::Target {
                kind: "event_source".to_owned(),
                name: name.clone(),
                done: done.map(|(done, count)| (done.to_owned(), count)).into(),
                ..report::Target::default()
            }
        };
        self.targets.iter().map(target).collect()
    }

    fn lines(&self) -> Vec<String> {
        let line = |(target, (accepted, refused, failed)): (&String, &(u64, u64, u64))| {
            let failed = if *failed > 0 { format!(", {failed} not taken") } else { String::new() };
            format!("{target}: {} accepted, {refused} refused{failed}", counted(accepted, "event"))
        };
        let left_out =
            (!self.left_out.is_empty()).then(|| format!("fields left out: {}", rejects::list(&self.left_out)));
        let clashes = match self.clashes {
            0 => None,
            1 => Some("1 event has the event_id of another one that differs".to_owned()),
            more => Some(format!("{more} events have the event_id of another one that differs")),
        };
        let odd_pages = (self.odd_pages > 0)
            .then(|| format!("{} with a `page_url` that is no whole address", counted(self.odd_pages, "event")));
        self.targets.iter().map(line).chain(left_out).chain(odd_pages).chain(clashes).collect()
    }
}
