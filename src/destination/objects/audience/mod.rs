//! Members of audiences: records → hashed identifiers → batches of one advertiser.

pub(crate) mod audiences;
pub(crate) mod batch;
pub(crate) mod bound;
pub(crate) mod check;
pub(crate) mod choose;
pub(crate) mod directory;
pub(crate) mod field;
pub(crate) mod identifiers;
pub(crate) mod known;
pub(crate) mod listed;
pub(crate) mod mapping;
pub(crate) mod member;
pub(crate) mod name;
pub(crate) mod object;
pub(crate) mod row;
pub(crate) mod summary;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;

use crate::config::DestinationConfig;
use crate::destination::engines::waiting::Waiting;
use crate::destination::objects::def::Route;
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::shell::lane::{Intake, Lane, Now, RecordRef};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::error::{Error, Kind, Result};
use crate::identity::Rules;
use crate::tiktok::Client;
use batch::{Addressed, MemberBatch};
use bound::{Audience, Bound};
use directory::Directory;
pub(crate) use field::Field;
pub(crate) use identifiers::rules;
use member::{Member, prepare};
use row::Row;
use summary::Summary;

/// The lane of audience members.
pub(crate) struct Members {
    streams: HashMap<RouteAt, Stream>,
    rules: Rules,
    /// The advertiser of records that name none.
    target: Option<String>,
    directory: Directory,
    /// Audiences that can take nothing, which is no record's fault.
    failed: HashMap<(String, Audience), Arc<Error>>,
    waiting: Waiting<String, MemberBatch>,
    summary: Summary,
}

struct Stream {
    bound: Bound,
    columns: Columns,
}

/// An audience that nobody looked for yet.
pub(crate) struct Wanted {
    advertiser: String,
    audience: Audience,
    /// Whether one record names it, so that a wrong name is that record's fault.
    own: bool,
}

impl Members {
    pub(crate) fn open(config: &DestinationConfig, routes: Vec<(RouteAt, Route)>) -> Result<Self> {
        let stream = |(at, route): (RouteAt, Route)| {
            let columns = Columns::new(Field::NAMES, &route.fields, &route.key);
            (at, Stream { bound: Bound::of(&route), columns })
        };
        Ok(Self {
            streams: routes.into_iter().map(stream).collect(),
            rules: rules(&config.audience)?,
            target: config.target().map(str::to_owned),
            directory: Directory::new(config.audience.clone(), config.dry_run),
            failed: HashMap::new(),
            waiting: Waiting::default(),
            summary: Summary::default(),
        })
    }

    /// Whether the record itself names where it goes, by an id. A name that cannot be used is not one row's fault:
    /// a whole audience would stay empty behind a green sync.
    fn is_own(&self, member: &Member<'_>) -> bool {
        matches!(member.audience, Cow::Owned(Audience::Id(_))) || self.target.as_deref() != Some(member.advertiser)
    }
}

impl Lane for Members {
    type Batch = Addressed;
    type Question = Wanted;

    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<Wanted> {
        let Some(stream) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(&stream.columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = stream.columns.key_of(&record, Field::ExternalId as usize, &Field::PERSONAL);
        let member = match prepare(&stream.bound, &record, &self.rules, self.target.as_deref()) {
            Ok(member) => member,
            Err(fault) => return Intake::Rejected { key, fault },
        };
        let audience = match self.directory.get(member.advertiser, &member.audience) {
            Some(Ok(at)) => at,
            Some(Err(message)) if self.is_own(&member) => {
                let fault = Fault { field: None, reason: "unknown_audience", message: message.to_owned().into() };
                return Intake::Rejected { key, fault };
            }
            _ => {
                let (own, advertiser) = (self.is_own(&member), member.advertiser.to_owned());
                let wanted = (advertiser, member.audience.into_owned());
                if let Some(error) = self.failed.get(&wanted) {
                    return Intake::Fails(error.clone());
                }
                let (advertiser, audience) = wanted;
                return Intake::Asks(Wanted { own, advertiser, audience });
            }
        };
        self.summary.received(audience, &member);
        let rows = member.identifiers.rows.iter().filter(|cells| cells.iter().any(Option::is_some));
        let rows = rows.map(|cells| Row { audience, operation: member.operation, cells: *cells, record: 0 });
        let sender = RecordRef { ticket, key };
        let full = self
            .waiting
            .put(member.advertiser.to_owned(), now.instant, |batch: &mut MemberBatch| batch.push(sender, rows));
        if full { Intake::Full } else { Intake::Waits }
    }

    fn ask<'a>(&'a mut self, question: Wanted, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        async move {
            let Wanted { advertiser, audience, own } = question;
            // Whom TikTok does not let us list takes nothing, and no row is to blame for it.
            let own = own && self.directory.learn(client, &advertiser).await.is_ok();
            match self.directory.find(client, &advertiser, &audience).await {
                Ok(_) => Ok(()),
                // What one row names wrongly is that row's fault, not the sync's.
                Err(error) if own && is_a_wrong_name(&error) => {
                    self.directory.refuse(advertiser, audience, error.to_string());
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
        let addressed = |(advertiser, batch)| Addressed { batch, advertiser, audiences: audiences.clone() };
        self.waiting.due(now, all).into_iter().map(addressed).collect()
    }

    fn settled(&mut self, batch: &Addressed, outcome: &Outcome) {
        self.summary.settled(&batch.batch, outcome);
    }

    fn summary(&self) -> Vec<String> {
        self.summary.lines(&self.directory.known)
    }

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, ()> {
        summary::log_audience_status(client, &self.directory.known).boxed()
    }
}

fn is_a_wrong_name(error: &Error) -> bool {
    matches!(error.kind(), Kind::Config | Kind::Permission | Kind::Gone | Kind::Request)
}
