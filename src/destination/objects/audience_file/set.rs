//! The members that a run brings for one audience.

use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasher;
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
use crate::destination::objects::audience::row::Hash;
use crate::destination::shell::lane::{Intake, RecordRef};
use crate::destination::shell::ledger::RouteAt;
use crate::error::{Error, Kind, Result};
use crate::tiktok::Client;
use crate::words::counted;

/// People whose rows are told from those of others; behind them each row counts. Bounds memory to some 16 MB.
const DISTINCT_MAX: usize = 1 << 20;
/// Hours until TikTok has matched the people of a file (docs/tiktok-api.md 5.2).
const MATCHING_HOURS: u32 = 48;
/// Days that an audience lives after its last use, unless it is made to live otherwise (docs/tiktok-api.md 5.2).
const LIFE_DAYS: u32 = 365;

/// Identifiers that are remembered because they are to leave; each takes some 40 bytes.
const GONE_MAX: usize = 500_000;

pub(super) struct Set {
    pub action: Action,
    pub routes: BTreeSet<RouteAt>,
    /// Records that are in the files.
    pub people: u64,
    /// Digests of the people's lines.
    distinct: HashSet<u64, foldhash::fast::RandomState>,
    spill: Spill,
    /// Identifiers of those who are to leave what replaces the audience, wherever else they stand.
    gone: HashSet<Hash>,
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
            distinct: HashSet::default(),
            spill: Spill::new(FILE_BYTES_MAX),
            gone: HashSet::new(),
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
        if let Err(error) = self.put(member) {
            return Intake::Fails(self.failed.insert(Arc::new(error)).clone());
        }
        if self.routes.insert(route) {
            self.anchors.push(sender);
            return Intake::Waits;
        }
        Intake::Done
    }

    /// Who is to leave is not in what the audience is replaced by; in the other actions all rows say the same.
    fn put(&mut self, member: &Member<'_>) -> Result<()> {
        if self.action == Action::Replace && member.operation == Operation::Delete {
            self.gone.extend(member.identifiers.rows.iter().flatten().flatten());
            return if self.gone.len() > GONE_MAX { Err(too_many_gone()) } else { Ok(()) };
        }
        self.lines.clear();
        member.identifiers.rows.iter().for_each(|cells| line::write(cells, &mut self.lines));
        // One person's rows are one person, as long as they can be told apart.
        let digest = foldhash::quality::FixedState::default().hash_one(&self.lines);
        self.people += u64::from(self.distinct.len() >= DISTINCT_MAX || self.distinct.insert(digest));
        self.spill.put(&self.lines)
    }

    /// Takes out who is gone.
    async fn cleared(mut self) -> Result<Self> {
        if self.gone.is_empty() {
            return Ok(self);
        }
        let (spill, gone) = (std::mem::replace(&mut self.spill, Spill::new(FILE_BYTES_MAX)), self.gone);
        self.gone = HashSet::new();
        let cleared = tokio::task::spawn_blocking(move || spill.without(&gone)).await;
        let broken = |panic| Error::new(Kind::Unexpected, "A part of the connector stopped").because(panic);
        let (spill, dropped) = cleared.map_err(broken)??;
        Ok(Self { spill, people: self.people.saturating_sub(dropped), ..self })
    }

    /// Applies what was taken in, if the guards let it.
    pub(super) async fn settle(mut self, known: Known, plan: Plan, way: Way<'_>) -> Settled {
        let Way { client, options, dry_run } = way;
        let anchors = std::mem::take(&mut self.anchors);
        let Self { action, people, failed, spill, .. } = match self.cleared().await {
            Ok(set) => set,
            Err(error) => {
                return Settled { anchors, told: format!("audience {:?}: not sent", known.name), applied: Err(error) };
            }
        };
        let plan = Plan { people, ..plan };
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

fn too_many_gone() -> Error {
    Error::config(format!(
        "More than {GONE_MAX} identifiers are to leave a stream that replaces an audience, more than a run remembers"
    ))
    .advise("Leave the deleted rows out where the stream is made: who is not in it leaves.")
}

fn conflict() -> Error {
    Error::config(
        "Two streams are to change one audience of files in different ways, and TikTok lets a run change it once",
    )
    .advise("Bring them together in one stream, or name another audience.")
}
