//! The members that a run brings for one audience.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;

use super::apply::Job;
use super::guard::{self, Plan};
use super::line;
use super::spill::{FILE_BYTES_MAX, Spill};
use super::wire::Action;
use crate::clock;
use crate::config::destination::{AudienceOptions, Operation};
use crate::destination::objects::audience::known::{Known, NOT_CREATED};
use crate::destination::objects::audience::member::Member;
use crate::destination::shell::lane::{Intake, RecordRef};
use crate::destination::shell::ledger::RouteAt;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::words::counted;

/// Hours until TikTok has matched the people of a file (docs/tiktok-api.md 5.2).
const MATCHING_HOURS: u32 = 48;
/// Days that an audience lives after its last use, unless it is made to live otherwise (docs/tiktok-api.md 5.2).
const LIFE_DAYS: u32 = 365;

pub(super) struct Set {
    pub action: Action,
    pub routes: BTreeSet<RouteAt>,
    /// Records that are in the files.
    pub people: u64,
    spill: Spill,
    /// A record of each route, which stays open until the files are applied.
    anchors: Vec<RecordRef>,
    /// Why it takes nothing more, and what keeps another stream out.
    failed: Option<Arc<Error>>,
    conflict: Option<Arc<Error>>,
    lines: Vec<u8>,
}

/// How a run applies files.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub client: &'a Client,
    pub options: &'a AudienceOptions,
    pub dry_run: bool,
}

/// What became of an audience.
pub(super) struct Settled {
    pub anchors: Vec<RecordRef>,
    /// Its line in the summary.
    pub told: String,
    /// The audience, if anything was sent.
    pub applied: Result<Option<Known>>,
}

impl Set {
    #[must_use]
    pub(super) fn new(action: Action) -> Self {
        Self {
            action,
            routes: BTreeSet::new(),
            people: 0,
            spill: Spill::new(FILE_BYTES_MAX),
            anchors: Vec::new(),
            failed: None,
            conflict: None,
            lines: Vec::new(),
        }
    }

    /// Puts a member on disk.
    pub(super) fn take<Q>(&mut self, member: &Member<'_>, action: Action, sender: RecordRef) -> Intake<Q> {
        if let Some(error) = &self.failed {
            return Intake::Fails(error.clone());
        }
        let route = sender.ticket.route;
        let joins = action == self.action && (action != Action::Replace || self.routes.iter().all(|one| *one == route));
        if !joins {
            return Intake::Fails(self.conflict.get_or_insert_with(|| Arc::new(conflict())).clone());
        }
        // Who is to leave is not in what the audience is replaced by.
        let leaves = action == Action::Replace && member.operation == Operation::Delete;
        if !leaves {
            self.lines.clear();
            member.identifiers.rows.iter().for_each(|cells| line::write(cells, &mut self.lines));
            if let Err(error) = self.spill.put(&self.lines) {
                let error = self.failed.insert(Arc::new(error)).clone();
                return Intake::Fails(error);
            }
            self.people += 1;
        }
        if self.routes.insert(route) {
            self.anchors.push(sender);
            return Intake::Waits;
        }
        Intake::Done
    }

    /// Applies what was taken in, if the guards let it.
    pub(super) async fn settle(self, known: Known, plan: Plan, way: Way<'_>) -> Settled {
        let Way { client, options, dry_run } = way;
        let Self { action, people, anchors, failed, spill, .. } = self;
        let what = format!("{} of {people} people in {}", action.word(), counted(spill.files(), "file"));
        let told = |known: &Known, end: &str| {
            let Known { advertiser, id, name } = known;
            format!("audience {name:?} ({id}) of advertiser {advertiser}: {what}, {end}")
        };
        // The rows that met the failure told it.
        if let Some(error) = failed {
            let error = error.reworded(str::to_owned);
            return Settled { anchors, told: told(&known, "not sent"), applied: Err(error) };
        }
        let checked = guard::check(&known, &plan, options).and_then(|()| spill.finish());
        let parts = match checked {
            Err(error) => return Settled { anchors, told: told(&known, "not sent"), applied: Err(error) },
            Ok(_) if dry_run => return Settled { anchors, told: told(&known, "not sent"), applied: Ok(None) },
            Ok(parts) => parts,
        };
        let job = Job { known: known.clone(), action, parts, retention: options.retention_in_days };
        match job.run(client).await {
            Ok(applied) => {
                let is_new = known.id == NOT_CREATED;
                let told = told(&applied, &accepted(options.retention_in_days.filter(|_| is_new)));
                Settled { anchors, told, applied: Ok(Some(applied)) }
            }
            Err(error) => Settled { anchors, told: told(&known, "not taken"), applied: Err(error) },
        }
    }
}

/// When matches show, and when the audience ends.
fn accepted(retention: Option<u32>) -> String {
    let ends = match retention {
        Some(days) => {
            let end = clock::now() + TimeDelta::days(i64::from(days));
            format!("it expires on {}", end.date_naive())
        }
        None => format!("it expires {LIFE_DAYS} days after its last use unless it was made to end before"),
    };
    format!("accepted: matches show within {MATCHING_HOURS} hours, and {ends}")
}

fn conflict() -> Error {
    Error::config(
        "Two streams are to change one audience of files in different ways, and TikTok lets a run change it once",
    )
    .advise("Bring them together in one stream, or name another audience.")
}
