//! Campaigns, ad groups and ads as rows: what there is is read first, and only differences are written.
//!
//! A row becomes a [`Wish`]; the wish and what the account has become a [`Plan`]; guards judge the plan; what is left
//! leaves as a [`Job`]. A row waits while its parent is not there, or while an earlier row's change of the same object
//! is on its way.

pub(crate) mod call;
pub(crate) mod change;
pub(crate) mod field;
pub(crate) mod guard;
pub(crate) mod job;
pub(crate) mod kind;
pub(crate) mod known;
mod lane;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod maker;
pub(crate) mod money;
pub(crate) mod object;
pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod readback;
pub(crate) mod reasons;
pub(crate) mod slips;
pub(crate) mod tell;
pub(crate) mod together;
pub(crate) mod traps;
pub(crate) mod value;
mod wanted;
pub(crate) mod wire;
pub(crate) mod wish;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDateTime;

use crate::config::ads::{Action, AdsOptions};
use crate::destination::engines::changes::Changes;
use crate::destination::engines::library::{Kind as FileKind, Libraries};
use crate::destination::engines::parents::Orphans;
use crate::destination::objects::def::{Mode, Opening, Route};
use crate::destination::record::columns::Columns;
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer;
use crate::destination::shell::lane::{RecordRef, Verdict};
use crate::destination::shell::ledger::{RouteAt, Ticket};
use crate::destination::shell::results::Done;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Kind, Result};
use change::{Awaited, Change, Status};
use job::{Job, Work};
use kind::{KindDef, Twins};
use known::{Account, Found, Thing};
use maker::Making;
use plan::{Plan, Stop};
use tell::Told;
use together::Groups;
use wanted::Wanted;
use wish::Wish;

/// The lane of managed objects.
pub(crate) struct Ads {
    streams: HashMap<RouteAt, Stream>,
    options: AdsOptions,
    target: Option<String>,
    dry_run: bool,
    accounts: HashMap<String, std::result::Result<Account, Arc<Error>>>,
    /// Rows that wait for their parent, or for an earlier change of their object.
    orphans: Orphans<Awaited, Pending>,
    /// Objects that nobody knows whether they were made.
    lost: HashMap<Awaited, Arc<Error>>,
    /// Ads whose files are not there yet.
    lacking: Vec<Pending>,
    libraries: Arc<Libraries>,
    /// The version of the libraries at which they were looked at.
    looked_at: u64,
    ready: Vec<Job>,
    groups: Groups,
    /// What each record on its way is about.
    sent: HashMap<Ticket, Sent>,
    told: Told,
    changes: Arc<Changes>,
    ended: bool,
    /// Objects that this run changed, to be read back.
    changed: BTreeMap<String, Vec<Change>>,
    /// The time of the last row, and the same in UTC.
    instant: Instant,
    utc: NaiveDateTime,
}

struct Stream {
    name: StreamName,
    kind: &'static KindDef,
    mode: Mode,
    columns: Columns,
}

/// A row whose turn is to come.
struct Pending {
    sender: RecordRef,
    stream: RouteAt,
    wish: Wish,
}

/// A row whose change is on its way.
struct Sent {
    pending: Pending,
    change: Change,
    /// Where the object stands among those of the account.
    place: String,
    /// The object before the change.
    before: Option<Thing>,
}

impl Ads {
    pub(crate) fn open(opening: &Opening<'_>, routes: Vec<(RouteAt, Route)>) -> Result<Self> {
        let config = opening.config;
        let mut streams = HashMap::new();
        for (at, route) in routes {
            let Some(kind) = kind::find(route.object.name) else { continue };
            let columns = Columns::new(kind.fields().names, &route.fields, &route.key);
            streams.insert(at, Stream { name: route.stream, kind, mode: route.mode, columns });
        }
        Ok(Self {
            streams,
            options: config.ads.clone(),
            target: config.target().map(str::to_owned),
            dry_run: config.dry_run,
            accounts: HashMap::new(),
            orphans: Orphans::default(),
            lost: HashMap::new(),
            lacking: Vec::new(),
            libraries: opening.libraries.clone(),
            looked_at: 0,
            ready: Vec::new(),
            groups: Groups::default(),
            sent: HashMap::new(),
            told: Told::default(),
            changes: opening.changes.clone(),
            ended: false,
            changed: BTreeMap::new(),
            instant: Instant::now(),
            utc: NaiveDateTime::default(),
        })
    }

    /// What must be listed for a row, as far as it is not.
    fn lacks(&self, wish: &Wish) -> Option<Wanted> {
        let account = match self.accounts.get(&wish.advertiser) {
            Some(Ok(account)) => Some(account),
            Some(Err(_)) => return None,
            None => None,
        };
        let mut kinds = wanted::kinds(wish, account, &self.options);
        kinds.retain(|kind| account.is_none_or(|account| !account.has(kind)));
        let mut libraries: Vec<FileKind> = wish.files.iter().map(|file| file.kind).collect();
        libraries.retain(|kind| !self.libraries.knows(&wish.advertiser, *kind));
        let lacks = account.is_none() || !kinds.is_empty() || !libraries.is_empty();
        lacks.then(|| Wanted { advertiser: wish.advertiser.clone(), kinds, libraries })
    }

    /// Plans a row, and lets its change go or tells why not.
    fn row(&mut self, mut pending: Pending) {
        if !pending.wish.take_files(&self.libraries) {
            if self.lacking.len() < LACKING_MAX {
                return self.lacking.push(pending);
            }
            return self.reject(pending, TOO_MANY_WAIT);
        }
        match self.accounts.get(&pending.wish.advertiser) {
            Some(Ok(account)) => match plan::named(&mut pending.wish, account) {
                Ok(Plan::Unchanged { id }) => self.tell(pending, |told, Pending { sender, wish, .. }, name| {
                    told.unchanged(&wish, name, sender, id);
                }),
                Ok(Plan::Change(change)) => self.guarded(pending, change),
                Err(Stop::Reject(fault)) => self.reject(pending, fault),
                Err(Stop::Waits(awaited)) => self.wait(pending, awaited),
            },
            Some(Err(error)) => {
                let error = error.clone();
                self.no_account(pending, error);
            }
            None => self.reject(pending, fault::NO_RECORD),
        }
    }

    /// An advertiser that only the row names is the row's own fault where TikTok does not know it, or not this token.
    fn no_account(&mut self, pending: Pending, error: Arc<Error>) {
        let is_named = self.target.as_deref() != Some(&pending.wish.advertiser);
        if is_named && matches!(error.kind(), Kind::Gone | Kind::Permission) {
            let fault = steer::unknown_advertiser(&pending.wish.advertiser);
            return self.reject(pending, fault);
        }
        self.tell(pending, |told, Pending { sender, wish, .. }, name| told.failed(&wish, name, sender, error));
    }

    fn tell(&mut self, pending: Pending, tell: impl FnOnce(&mut Told, Pending, StreamName)) {
        if let Some(stream) = self.streams.get(&pending.stream) {
            tell(&mut self.told, pending, stream.name.clone());
        }
    }

    fn reject(&mut self, pending: Pending, fault: Fault) {
        self.tell(pending, |told, Pending { sender, wish, .. }, name| told.refused(&wish, name, sender, fault));
    }

    fn wait(&mut self, pending: Pending, awaited: Awaited) {
        if let Some(error) = self.lost.get(&awaited) {
            let error = error.clone();
            return self.told.verdict(pending.sender, Verdict::Failed(error));
        }
        if let Err(pending) = self.orphans.wait(awaited, pending) {
            self.reject(pending, TOO_MANY_WAIT);
        }
    }

    fn guarded(&mut self, pending: Pending, mut change: Change) {
        let Some(Ok(account)) = self.accounts.get(&change.advertiser) else { return };
        start_paused(&mut change, &self.options);
        let judged = traps::check(&change, account, self.utc);
        if let Err(fault) = judged.and_then(|()| guard::judge(&change, account, &self.options)) {
            return self.reject(pending, fault);
        }
        if let Err(error) = self.changes.take(self.options.max_changes) {
            self.ended = true;
            return self.told.verdict(pending.sender, Verdict::Ends(error));
        }
        let (place, before) = self.apply(&change);
        if self.dry_run {
            self.tell(pending, |told, Pending { sender, wish, .. }, name| told.planned(&wish, name, sender, &change));
            return self.adopt(&change.awaited());
        }
        self.leave(Sent { pending, change, place, before });
    }

    /// Takes a change in as if it were made; where it stands, and the object before it. Until TikTok said so, rows of
    /// the same object wait.
    fn apply(&mut self, change: &Change) -> (String, Option<Thing>) {
        let place = change.id.clone().unwrap_or_else(|| format!("{}{})", known::NEW, self.changes.count()));
        let (is_pending, deletes) = (!self.dry_run, change.status == Some(Status::Delete));
        let Some(Ok(account)) = self.accounts.get_mut(&change.advertiser) else { return (place, None) };
        let listing = account.of_mut(change.listed);
        let before = listing.get(&place).cloned();
        if deletes && !is_pending {
            listing.delete(&place);
        } else {
            listing.put(Thing { is_pending, ..Thing::after(change, before.as_ref(), place.clone()) });
        }
        (place, before)
    }

    /// Lets a change go: alone, or together with others of its kind.
    fn leave(&mut self, sent: Sent) {
        let Sent { pending: Pending { sender, wish, stream }, change, .. } = &sent;
        let (sender, change) = (sender.clone(), change.clone());
        if let Some(what) = together::what(&change).filter(|_| change.action != Action::Create) {
            self.groups.add(what, sender.clone(), change, self.instant);
        } else {
            let work = match change.action {
                Action::Create => self.make(change, wish, *stream),
                _ => Work::Change(Box::new(change)),
            };
            self.ready.push(Job { records: vec![sender.clone()], work });
        }
        self.sent.insert(sender.ticket, sent);
    }

    fn make(&mut self, change: Change, wish: &Wish, stream: RouteAt) -> Work {
        let account = self.accounts.get(&change.advertiser).and_then(|account| account.as_ref().ok());
        let same_name = account.map(|account| account.of(change.listed).by_name(&change.name, None));
        // One of them is the object itself.
        let is_elsewhere = matches!(same_name, Some(Found::Several(_)));
        let is_guarded = change.kind.twins == Twins::TakenName && !is_elsewhere;
        let name = self.streams.get(&stream).filter(|_| !is_guarded).map(|stream| stream.name.clone());
        let intent = name.map(|name| tell::row(wish, name, Done::Intent));
        Work::Make(Box::new(Making { change, intent, is_elsewhere }))
    }

    /// A change came back: what it did is known, and whoever waited for it has its turn.
    fn back(&mut self, ticket: Ticket, fate: Fate) {
        let Some(Sent { pending, change, place, before }) = self.sent.remove(&ticket) else { return };
        let mut awaited = change.awaited();
        if let Some(Ok(account)) = self.accounts.get_mut(&change.advertiser) {
            account.of_mut(change.listed).settle(&change, &place, before, fate.id());
        }
        match &fate {
            Fate::Done(id) => {
                awaited.extend(Change { id: Some(id.clone()), ..change.clone() }.awaited());
                let done = Change { id: Some(id.clone()), ..change.clone() };
                self.changed.entry(change.advertiser.clone()).or_default().push(done);
            }
            Fate::Lost(error) if change.action == Action::Create => {
                self.lost.extend(awaited.iter().map(|awaited| (awaited.clone(), error.clone())));
            }
            Fate::Lost(_) | Fate::Refused(_) => {}
        }
        self.tell(pending, |told, Pending { wish, .. }, name| match fate {
            Fate::Done(id) => told.done(&wish, name, &change, id),
            Fate::Refused(message) => told.refused_by_tiktok(&wish, name, &message),
            Fate::Lost(error) => told.lost(&wish, name, &error),
        });
        self.adopt(&awaited);
    }

    /// Ads whose files may have come have another turn.
    fn look_for_files(&mut self) {
        let version = self.libraries.version();
        if version > self.looked_at {
            self.looked_at = version;
            std::mem::take(&mut self.lacking).into_iter().for_each(|pending| self.row(pending));
        }
    }

    /// Whoever waited for an object has its turn.
    fn adopt(&mut self, awaited: &[Awaited]) {
        let adopted: Vec<Pending> = awaited.iter().flat_map(|awaited| self.orphans.adopt(awaited)).collect();
        adopted.into_iter().for_each(|pending| self.row(pending));
    }
}

/// What became of a change.
enum Fate {
    Done(String),
    Refused(String),
    Lost(Arc<Error>),
}

impl Fate {
    fn id(&self) -> Option<&str> {
        match self {
            Self::Done(id) => Some(id),
            Self::Refused(_) | Self::Lost(_) => None,
        }
    }
}

/// Ads that wait at once for files.
const LACKING_MAX: usize = 10_000;

const TOO_MANY_WAIT: Fault = Fault::new(
    None,
    "too_many_wait",
    "More rows wait for their parents than can be kept; put campaigns before their ad groups, and these before ads.",
);

/// What is created delivers nothing, unless the config lets it.
fn start_paused(change: &mut Change, options: &AdsOptions) {
    if change.action != Action::Create {
        return;
    }
    let may_start = !options.start_paused && options.allows(change.kind.object, Action::Resume);
    let wants = change.status == Some(Status::Enable);
    change.status = Some(Status::of(may_start && wants));
    change.is_held = wants && !may_start;
}
