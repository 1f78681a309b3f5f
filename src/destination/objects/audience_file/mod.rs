//! Members of audiences that files fill: records → hashed identifiers → files on disk → one change of each audience.
//!
//! TikTok works on a file for hours and lets nobody change the audience meanwhile (docs/tiktok-api.md 5.2), so a run
//! changes an audience once, when all rows are there. Until then one record of each stream and audience stays open,
//! which holds the states back; all others are forgotten as soon as they are on disk.

pub(crate) mod apply;
pub(crate) mod guard;
pub(crate) mod line;
pub(crate) mod object;
pub(crate) mod set;
pub(crate) mod spill;
pub(crate) mod wire;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use serde_json::value::RawValue;

use crate::config::DestinationConfig;
use crate::config::destination::{AudienceOptions, Finish, Operation};
use crate::destination::objects::audience::bound::{Audience, Bound};
use crate::destination::objects::audience::directory::Directory;
use crate::destination::objects::audience::field::Field;
use crate::destination::objects::audience::identifiers::rules;
use crate::destination::objects::audience::known::{AudienceAt, Known};
use crate::destination::objects::audience::member::{Member, prepare};
use crate::destination::objects::audience::summary::log_audience_status;
use crate::destination::objects::def::{Generation, Mode, Route};
use crate::destination::record::columns::{Columns, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::shell::lane::{Batch, Intake, Lane, Now, RecordRef, Verdict};
use crate::destination::shell::ledger::{RouteAt, StreamAt, Ticket};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::rejects;
use crate::destination::shell::send::Post;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Kind, Result};
use crate::identity::Rules;
use crate::report::summary as report;
use crate::tiktok::Client;
use guard::{PEOPLE_MIN, Plan, Rows};
use set::{Set, Settled, Way};
use wire::Action;

/// Audiences whose files are applied side by side.
const AUDIENCES_AT_ONCE: usize = 4;

/// The lane of audiences that files fill.
pub(crate) struct Files {
    streams: HashMap<RouteAt, Stream>,
    rules: Rules,
    /// The advertiser of records that name none.
    target: Option<String>,
    directory: Directory,
    /// Audiences that can take nothing, which is no record's fault.
    failed: HashMap<(String, Audience), Arc<Error>>,
    sets: BTreeMap<AudienceAt, Set>,
    options: AudienceOptions,
    dry_run: bool,
    verdicts: Vec<(RecordRef, Verdict)>,
    /// Audiences that were changed.
    changed: Vec<Known>,
    told: Vec<String>,
    left_out: BTreeMap<String, u64>,
}

struct Stream {
    at: StreamAt,
    name: StreamName,
    bound: Bound,
    columns: Columns,
    generation: Generation,
    action: Action,
    rows: u64,
    rejected: u64,
    /// Whether the platform or the source said that all of it is there.
    whole: bool,
    /// Whether some row of it may be lost.
    failed: bool,
}

impl Stream {
    fn of(route: &Route) -> Self {
        let (bound, generation) = (Bound::of(route), route.generation);
        // A run that only brings what is new replaces nothing.
        let action = if bound.mirror && !generation.keeps {
            Action::Replace
        } else if bound.operation == Operation::Delete && route.mode != Mode::Overwrite {
            Action::Remove
        } else {
            Action::Append
        };
        Self {
            at: route.at,
            name: route.stream.clone(),
            columns: Columns::new(Field::NAMES, &route.fields, &route.key),
            bound,
            generation,
            action,
            rows: 0,
            rejected: 0,
            whole: false,
            failed: false,
        }
    }

    /// Why a row's operation cannot be done by a stream of this action.
    fn fault(&self, operation: Operation) -> Option<Fault> {
        match (self.action, operation) {
            (Action::Append, Operation::Delete) => Some(DELETES),
            (Action::Remove, Operation::Add) => Some(ADDS),
            _ => None,
        }
    }
}

const DELETES: Fault = Fault::new(
    None,
    "one_change_a_run",
    "The row deletes, but its stream appends to an audience of files, which TikTok lets a run change once: delete by a stream of the mode soft_delete or overwrite, or choose `audience_members`.",
);
const ADDS: Fault = Fault::new(
    None,
    "one_change_a_run",
    "The row adds, but its stream removes from an audience of files, which TikTok lets a run change once: add by a stream of another mode, or choose `audience_members`.",
);

/// An audience that nobody looked for yet.
pub(crate) struct Wanted {
    advertiser: String,
    audience: Audience,
    /// Whether one record names it, so that a wrong name is that record's fault.
    own: bool,
    /// Whether only records name the advertiser.
    is_stranger: bool,
    action: Action,
}

impl Files {
    pub(crate) fn open(config: &DestinationConfig, routes: &[(RouteAt, Route)]) -> Result<Self> {
        Ok(Self {
            streams: routes.iter().map(|(at, route)| (*at, Stream::of(route))).collect(),
            rules: rules(&config.audience)?,
            target: config.target().map(str::to_owned),
            directory: Directory::of_files(config.audience.clone(), config.dry_run),
            failed: HashMap::new(),
            sets: BTreeMap::new(),
            options: config.audience.clone(),
            dry_run: config.dry_run,
            verdicts: Vec::new(),
            changed: Vec::new(),
            told: Vec::new(),
            left_out: BTreeMap::new(),
        })
    }

    /// Whether the record itself names where it goes, by an id.
    fn is_own(&self, member: &Member<'_>) -> bool {
        matches!(member.audience, Cow::Owned(Audience::Id(_))) || self.target.as_deref() != Some(member.advertiser)
    }

    /// Asks for a member's audience, unless that failed before.
    fn asks(&self, member: Member<'_>, action: Action) -> Intake<Wanted> {
        let own = self.is_own(&member);
        let is_stranger = self.target.as_deref() != Some(member.advertiser);
        let wanted = (member.advertiser.to_owned(), member.audience.into_owned());
        if let Some(error) = self.failed.get(&wanted) {
            return Intake::Fails(error.clone());
        }
        let (advertiser, audience) = wanted;
        Intake::Asks(Wanted { advertiser, audience, own, is_stranger, action })
    }

    fn take_in(&mut self, data: &RawValue, ticket: Ticket) -> Intake<Wanted> {
        let Some(stream) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(&stream.columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = stream.columns.key_of(&record, Field::ExternalId as usize, &Field::PERSONAL);
        let member = match prepare(&stream.bound, &record, &self.rules, self.target.as_deref(), false) {
            Ok(member) => member,
            Err(fault) => return Intake::Rejected { key, fault },
        };
        if let Some(fault) = stream.fault(member.operation) {
            return Intake::Rejected { key, fault };
        }
        let audience = match self.directory.get(member.advertiser, &member.audience) {
            Some(Ok(at)) => at,
            Some(Err(fault)) if self.is_own(&member) => return Intake::Rejected { key, fault: fault.clone() },
            _ => return self.asks(member, stream.action),
        };
        for fault in &member.identifiers.left_out {
            *self.left_out.entry(fault.reason.to_owned()).or_default() += 1;
        }
        let set = self.sets.entry(audience).or_insert_with(|| Set::new(stream.action));
        set.take(&member, stream.action, RecordRef { ticket, key })
    }

    /// The rows of an audience's streams.
    fn rows(&self, routes: &BTreeSet<RouteAt>, is_whole: bool) -> Rows {
        let mut rows = Rows { whole: true, ..Rows::default() };
        for stream in routes.iter().filter_map(|route| self.streams.get(route)) {
            let at_end = is_whole && self.options.finish == Finish::Eof;
            rows.all += stream.rows;
            rows.rejected += stream.rejected;
            rows.whole &= (stream.whole || at_end) && !stream.failed;
            rows.generation = Some(stream.generation.id);
        }
        rows
    }

    /// Tells of streams that were to replace an audience and brought nobody.
    fn tell_empty(&self, is_whole: bool) {
        let is_empty = |(route, stream): &(&RouteAt, &Stream)| {
            let whole = self.rows(&BTreeSet::from([**route]), is_whole).whole;
            whole && stream.rows == 0 && stream.action == Action::Replace
        };
        for (_, stream) in self.streams.iter().filter(is_empty) {
            tracing::warn!(
                "Stream `{}` brought no row, so no audience was replaced: TikTok keeps none of fewer than {PEOPLE_MIN} people. \
                 Look why the stream is empty; an audience that may be empty is one of `audience_members`",
                stream.name
            );
        }
    }

    /// Applies every audience's files, and tells what became of the records.
    async fn settle(&mut self, client: &Client, is_whole: bool) {
        self.tell_empty(is_whole);
        let mut jobs = Vec::new();
        for (at, set) in std::mem::take(&mut self.sets) {
            let known = usize::try_from(at).ok().and_then(|at| self.directory.known.get(at)).cloned();
            let Some(known) = known else { continue };
            let rows = self.rows(&set.routes, is_whole);
            let covered = self.directory.look(&known).and_then(|one| one.cover_num);
            let covered = covered.and_then(|covered| u64::try_from(covered).ok());
            let plan = Plan { action: set.action, people: set.people, rows, covered };
            jobs.push(set.settle(known, plan, Way { client, options: &self.options, dry_run: self.dry_run }).boxed());
        }
        let mut jobs = futures::stream::iter(jobs).buffer_unordered(AUDIENCES_AT_ONCE);
        while let Some(Settled { anchors, told, applied }) = jobs.next().await {
            self.told.push(told);
            let error = match applied {
                Ok(known) => {
                    self.changed.extend(known);
                    None
                }
                Err(error) => Some(Arc::new(error)),
            };
            let verdict = || error.clone().map_or(Verdict::Accepted, Verdict::Failed);
            self.verdicts.extend(anchors.into_iter().map(|anchor| (anchor, verdict())));
        }
        self.told.sort_unstable();
    }

    async fn find(&mut self, client: &Client, wanted: &Wanted) -> Result<()> {
        let Wanted { advertiser, audience, action, .. } = wanted;
        if *action != Action::Remove {
            return self.directory.find(client, advertiser, audience).await.map(drop);
        }
        match (self.directory.find_old(client, advertiser, audience).await?, audience) {
            (Some(_), _) => Ok(()),
            (None, Audience::Id(name) | Audience::Name(name)) => Err(Error::config(format!(
                "Advertiser {advertiser} has no audience of files called {name:?} to remove anybody from"
            ))
            .advise("Check the name; `tiktok-ads destination discover` lists the audiences there are.")),
        }
    }
}

/// There are none: audiences are changed when the run ends.
pub(crate) enum NoBatch {}

impl Batch for NoBatch {
    fn records(&self) -> &[RecordRef] {
        match *self {}
    }

    fn send<'a>(&'a self, _post: &'a Post) -> BoxFuture<'a, Outcome> {
        match *self {}
    }
}

impl Lane for Files {
    type Batch = NoBatch;
    type Question = Wanted;

    fn take(&mut self, data: &RawValue, ticket: Ticket, _now: Now) -> Intake<Wanted> {
        let taken = self.take_in(data, ticket);
        if let Some(stream) = self.streams.get_mut(&ticket.route) {
            stream.rows += u64::from(!matches!(taken, Intake::Asks(_)));
            stream.rejected += u64::from(matches!(taken, Intake::Rejected { .. }));
            stream.failed |= matches!(taken, Intake::Fails(_));
        }
        taken
    }

    fn ask<'a>(&'a mut self, wanted: Wanted, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        async move {
            if wanted.is_stranger
                && let Some(fault) = self.directory.stranger(client, &wanted.advertiser).await
            {
                self.directory.refuse(wanted.advertiser, wanted.audience, fault);
                return Ok(());
            }
            // Whom TikTok does not let us list takes nothing, and no row is to blame for it.
            let own = wanted.own && self.directory.learn(client, &wanted.advertiser).await.is_ok();
            let Err(error) = self.find(client, &wanted).await else { return Ok(()) };
            let Wanted { advertiser, audience, .. } = wanted;
            match error.kind() {
                // What one row names wrongly is that row's fault, not the sync's.
                Kind::Config | Kind::Permission | Kind::Gone | Kind::Request if own => {
                    self.directory.refuse(advertiser, audience, fault::unknown_audience(error.to_string()));
                }
                Kind::Permission | Kind::Gone | Kind::Request => {
                    let error = error.about(format!("The audiences of advertiser {advertiser} cannot be looked up"));
                    self.failed.insert((advertiser, audience), Arc::new(error));
                }
                _ => drop(self.failed.insert((advertiser, audience), Arc::new(error))),
            }
            Ok(())
        }
        .boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn due(&mut self, _now: Instant, _all: bool) -> Vec<NoBatch> {
        Vec::new()
    }

    fn settled(&mut self, batch: &NoBatch, _outcome: &Outcome) {
        match *batch {}
    }

    fn stream_whole(&mut self, at: StreamAt) {
        self.streams.values_mut().filter(|stream| stream.at == at).for_each(|stream| stream.whole = true);
    }

    fn stream_cut(&mut self, at: StreamAt) {
        self.streams.values_mut().filter(|stream| stream.at == at).for_each(|stream| stream.failed = true);
    }

    fn close<'a>(&'a mut self, client: &'a Client, is_whole: bool) -> BoxFuture<'a, Result<()>> {
        self.settle(client, is_whole).map(Ok).boxed()
    }

    fn verdicts(&mut self) -> Vec<(RecordRef, Verdict)> {
        std::mem::take(&mut self.verdicts)
    }

    fn summary(&self) -> Vec<String> {
        let left_out =
            (!self.left_out.is_empty()).then(|| format!("fields left out: {}", rejects::list(&self.left_out)));
        self.told.iter().cloned().chain(left_out).collect()
    }

    fn left_out(&self) -> BTreeMap<String, u64> {
        self.left_out.clone()
    }

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Vec<report::Audience>> {
        log_audience_status(client, &self.changed, &[]).boxed()
    }
}
