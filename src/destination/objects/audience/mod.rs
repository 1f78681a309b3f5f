//! Members of audiences: records → hashed identifiers → batches of one advertiser.

pub(crate) mod audiences;
pub(crate) mod batch;
pub(crate) mod bound;
pub(crate) mod check;
pub(crate) mod choose;
pub(crate) mod directory;
mod ending;
pub(crate) mod field;
mod guard;
pub(crate) mod identifiers;
pub(crate) mod known;
pub(crate) mod listed;
pub(crate) mod mapping;
pub(crate) mod member;
pub(crate) mod mirror;
pub(crate) mod name;
pub(crate) mod object;
pub(crate) mod people;
mod rejected;
mod removal;
pub(crate) mod row;
pub(crate) mod summary;
pub(crate) mod truth;
mod wanted;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::RandomState;
use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;

use crate::config::DestinationConfig;
use crate::config::destination::{AudienceOptions, Operation};
use crate::destination::engines::waiting::Waiting;
use crate::destination::objects::def::{Generation, Route};
use crate::destination::record::columns::{Columns, Given, Record};
use crate::destination::record::fault;
use crate::destination::shell::lane::{Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, StreamAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Kind, Result};
use crate::identity::Rules;
use crate::membership::entry::Key;
use crate::membership::manifest::Manifest;
use crate::membership::{self, Ledger};
use crate::report::summary as report;
use crate::tiktok::Client;
use batch::{Addressed, MemberBatch};
use bound::{Audience, Bound};
use directory::Directory;
pub(crate) use field::Field;
use guard::Came;
pub(crate) use identifiers::rules;
use known::{AudienceAt, NOT_CREATED};
use member::{Member, prepare};
use mirror::{Ledgers, Opening};
use row::Row;
use summary::Summary;
use wanted::{Says, Wanted};

/// The lane of audience members.
pub(crate) struct Members {
    streams: HashMap<RouteAt, Stream, RandomState>,
    rules: Rules,
    /// The advertiser of records that name none.
    target: Option<String>,
    directory: Directory,
    /// Audiences that can take nothing, which is no record's fault.
    failed: HashMap<(String, Audience), Arc<Error>>,
    waiting: Waiting<String, MemberBatch>,
    ledgers: Ledgers,
    options: AudienceOptions,
    dry_run: bool,
    /// What the ledgers say after the run.
    settled: Vec<Manifest>,
    summary: Summary,
}

struct Stream {
    at: StreamAt,
    name: StreamName,
    bound: Bound,
    columns: Columns,
    generation: Generation,
    came: Came,
    /// Whether some row of it may be lost, or is missing.
    failed: bool,
}

impl Stream {
    /// The generation that its audiences are to equal.
    fn mirrors(&self) -> Option<u64> {
        (self.bound.mirror && !self.generation.keeps).then_some(self.generation.id)
    }
}

impl Members {
    pub(crate) fn open(config: &DestinationConfig, routes: Vec<(RouteAt, Route)>) -> Result<Self> {
        let stream = |(at, route): (RouteAt, Route)| {
            let columns = Columns::new(Field::NAMES, &route.fields, &route.key);
            let (bound, generation) = (Bound::of(&route), route.generation);
            (
                at,
                Stream {
                    at: route.at,
                    name: route.stream.clone(),
                    bound,
                    columns,
                    generation,
                    came: Came::default(),
                    failed: false,
                },
            )
        };
        Ok(Self {
            streams: routes.into_iter().map(stream).collect(),
            rules: rules(&config.audience)?,
            target: config.target().map(str::to_owned),
            directory: Directory::new(config.audience.clone(), config.dry_run),
            failed: HashMap::new(),
            waiting: Waiting::default(),
            ledgers: Ledgers {
                place: mirror::place(config)?,
                lose: config.audience.max_shrink_percent,
                ..Ledgers::default()
            },
            options: config.audience.clone(),
            dry_run: config.dry_run,
            settled: Vec::new(),
            summary: Summary::default(),
        })
    }

    /// Whether the record itself names where it goes, by an id. A name that cannot be used is not one row's fault:
    /// a whole audience would stay empty behind a green sync.
    fn is_own(&self, member: &Member<'_>) -> bool {
        matches!(member.audience, Cow::Owned(Audience::Id(_))) || self.target.as_deref() != Some(member.advertiser)
    }

    /// Asks for a member's audience, unless that failed before.
    fn asks(&self, member: Member<'_>, opening: Opening) -> Intake<Wanted> {
        let own = self.is_own(&member);
        let says = if member.operation == Operation::Add { Says::Adds } else { Says::Deletes };
        let is_stranger = self.target.as_deref() != Some(member.advertiser);
        let wanted = (member.advertiser.to_owned(), member.audience.into_owned());
        if let Some(error) = self.failed.get(&wanted) {
            return Intake::Fails(error.clone());
        }
        let (advertiser, audience) = wanted;
        Intake::Asks(Wanted { own, is_stranger, says, advertiser, audience, opening })
    }

    fn take_in(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<Wanted> {
        let Some(stream) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let opening = Opening { route: ticket.route, generation: stream.mirrors(), dry_run: self.dry_run };
        let Some(record) = Record::read(&stream.columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        // A row that a ledger knows needs no name.
        let key = || stream.columns.key_of(&record, Field::ExternalId as usize, &Field::PERSONAL);
        let external_id = Field::ExternalId.of(&record).and_then(Given::id);
        let by_key = self.ledgers.place.is_some() && external_id.is_some();
        let member = match prepare(&stream.bound, &record, &self.rules, self.target.as_deref(), by_key) {
            // A deletion by an external id that is nobody's.
            Ok(member) if member.identifiers.is_empty() && !external_id.as_deref().is_some_and(Rules::is_member_id) => {
                return Intake::Rejected { key: key(), fault: member.identifiers.fault() };
            }
            Ok(member) => member,
            Err(fault) => {
                return self.names(stream, &record, opening).unwrap_or_else(|| Intake::Rejected { key: key(), fault });
            }
        };
        let audience = match self.directory.get(member.advertiser, &member.audience) {
            Some(Ok(at)) => at,
            Some(Err(fault)) if self.is_own(&member) => {
                return Intake::Rejected { key: key(), fault: fault.clone() };
            }
            None if member.operation == Operation::Delete
                && self.directory.is_absent(member.advertiser, &member.audience) =>
            {
                return Intake::Done;
            }
            _ => return self.asks(member, opening),
        };
        let sender = || RecordRef { ticket, key: key() };
        if self.ledgers.place.is_some() && !self.directory.is_planned(audience) {
            let Some(ledger) = self.ledgers.of(audience, ticket.route) else {
                return self.asks(member, opening);
            };
            let key = external_id.and_then(|id| Rules::member_key(ledger.salt(), &id));
            return tell(
                ledger,
                &mut self.waiting,
                &mut self.summary,
                Said { member, audience, key, sender: &sender, now },
            );
        }
        self.summary.received(audience, &member);
        let rows = member.identifiers.rows.iter().filter(|cells| cells.iter().any(Option::is_some));
        let rows = rows.map(|cells| Row { audience, operation: member.operation, cells: *cells, record: 0 });
        let sender = sender();
        let full = self
            .waiting
            .put(member.advertiser.to_owned(), now.instant, |batch: &mut MemberBatch| batch.push(sender, rows));
        if full { Intake::Full } else { Intake::Waits }
    }

    async fn open_ledger(&mut self, client: &Client, at: AudienceAt, opening: Opening) -> Result<()> {
        let known = usize::try_from(at).ok().and_then(|at| self.directory.known.get(at)).cloned();
        match known.filter(|known| known.id != NOT_CREATED) {
            Some(known) => self.ledgers.open(client, at, &known, opening).await?,
            None => return Ok(()),
        }
        let mirrored = self.ledgers.of(at, opening.route).filter(|_| opening.generation.is_some());
        if let (Some(ledger), Some(stream)) = (mirrored, self.streams.get(&opening.route)) {
            ledger.equals(&stream.name.to_string());
        }
        Ok(())
    }
}

/// A row that a ledger is told of.
struct Said<'a> {
    member: Member<'a>,
    audience: AudienceAt,
    key: Option<Key>,
    sender: &'a dyn Fn() -> RecordRef,
    now: Now,
}

/// Tells a ledger of a row, and sends what is new.
fn tell(
    ledger: &Ledger,
    waiting: &mut Waiting<String, MemberBatch>,
    summary: &mut Summary,
    said: Said<'_>,
) -> Intake<Wanted> {
    let Said { member, audience, key, sender, now } = said;
    summary.received(audience, &member);
    let cells = &member.identifiers.rows;
    let ids = mirror::ids(cells);
    let change = match member.operation {
        Operation::Add => {
            let key = key.unwrap_or_else(|| mirror::key_by_ids(ledger, &ids));
            match ledger.is_member(key, ids, member.identifiers.unsaid()) {
                membership::Said::Known => return Intake::Done,
                membership::Said::New(change) => change,
            }
        }
        Operation::Delete => ledger.is_none(key, mirror::key_by_ids(ledger, &ids), ids),
    };
    let sends = member.operation == Operation::Add;
    let rows = cells.iter().filter(|cells| sends && cells.iter().any(Option::is_some));
    let rows = rows.map(|cells| Row { audience, operation: Operation::Add, cells: *cells, record: 0 });
    let advertiser = member.advertiser.to_owned();
    let full =
        waiting.put(advertiser, now.instant, |batch: &mut MemberBatch| batch.tell(sender(), audience, change, rows));
    if full { Intake::Full } else { Intake::Waits }
}

impl Lane for Members {
    type Batch = Addressed;
    type Question = Wanted;

    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<Wanted> {
        let taken = self.take_in(data, ticket, now);
        if let Some(stream) = self.streams.get_mut(&ticket.route) {
            stream.came.rows += u64::from(!matches!(taken, Intake::Asks(_)));
            stream.came.rejected += u64::from(matches!(taken, Intake::Rejected { .. }));
            stream.failed |= matches!(taken, Intake::Fails(_));
        }
        taken
    }

    fn ask<'a>(&'a mut self, question: Wanted, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        async move {
            let Wanted { advertiser, audience, own, is_stranger, says, opening } = question;
            if is_stranger && let Some(fault) = self.directory.stranger(client, &advertiser).await {
                self.directory.refuse(advertiser, audience, fault);
                return Ok(());
            }
            // Whom TikTok does not let us list takes nothing, and no row is to blame for it.
            let own = own && self.directory.learn(client, &advertiser).await.is_ok();
            let found = match says {
                Says::Adds => self.directory.find(client, &advertiser, &audience).await.map(Some),
                Says::Names => self.directory.find_named(client, &advertiser, &audience).await,
                Says::Deletes => self.directory.find_to_delete(client, &advertiser, &audience).await,
            };
            match found {
                Ok(None) => Ok(()),
                Ok(Some(at)) => {
                    if let Err(error) = self.open_ledger(client, at, opening).await {
                        self.failed.insert((advertiser, audience), Arc::new(error));
                    }
                    Ok(())
                }
                // What one row names wrongly is that row's fault, not the sync's.
                Err(error) if own && is_a_wrong_name(&error) => {
                    self.directory.refuse(advertiser, audience, fault::unknown_audience(error.to_string()));
                    Ok(())
                }
                // It stops the rows that go there, and no others.
                Err(error) => {
                    let error = match error.kind() {
                        Kind::Permission | Kind::Gone | Kind::Request => {
                            error.about(format!("The audiences of advertiser {advertiser} cannot be looked up"))
                        }
                        _ => error,
                    };
                    self.failed.insert((advertiser, audience), Arc::new(error));
                    Ok(())
                }
            }
        }
        .boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        self.waiting.deadline()
    }

    fn due(&mut self, now: Instant, all: bool) -> Vec<Addressed> {
        let audiences = self.directory.known.clone();
        let ledgers = self.ledgers.shared.clone();
        let addressed = |(advertiser, batch)| {
            let (audiences, ledgers) = (audiences.clone(), ledgers.clone());
            Addressed { batch, advertiser, audiences, ledgers }
        };
        self.waiting.due(now, all).into_iter().map(addressed).collect()
    }

    fn settled(&mut self, batch: &Addressed, outcome: &Outcome) {
        self.summary.settled(&batch.batch, outcome);
        for (at, RecordRef { ticket, .. }) in batch.batch.records.iter().enumerate() {
            if let Some(stream) = self.streams.get_mut(&ticket.route) {
                stream.failed |= outcome.failed.contains_key(&at) || outcome.undecided.contains_key(&at);
                stream.came.rejected +=
                    u64::from(outcome.refused.contains_key(&at) || outcome.rejected.contains_key(&at));
            }
        }
    }

    fn stream_whole(&mut self, at: StreamAt) {
        self.streams.values_mut().filter(|stream| stream.at == at).for_each(|stream| stream.came.whole = true);
    }

    fn stream_cut(&mut self, at: StreamAt) {
        self.streams.values_mut().filter(|stream| stream.at == at).for_each(|stream| stream.failed = true);
    }

    fn keep(&mut self) -> BoxFuture<'_, Result<()>> {
        self.ledgers.keep().boxed()
    }

    fn close<'a>(&'a mut self, client: &'a Client, is_whole: bool) -> BoxFuture<'a, Result<()>> {
        if self.ledgers.place.is_none() {
            return std::future::ready(Ok(())).boxed();
        }
        self.settle(client, is_whole).boxed()
    }

    fn summary(&self) -> Vec<String> {
        self.summary.lines(&self.directory.known)
    }

    fn targets(&self) -> Vec<report::Target> {
        self.summary.targets(&self.directory.known)
    }

    fn left_out(&self) -> BTreeMap<String, u64> {
        self.summary.left_out().clone()
    }

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Vec<report::Audience>> {
        summary::log_audience_status(client, &self.directory.known, &self.settled).boxed()
    }
}

fn is_a_wrong_name(error: &Error) -> bool {
    matches!(error.kind(), Kind::Config | Kind::Permission | Kind::Gone | Kind::Request)
}
