//! Who is in an audience, as far as this program sent it: the ledger that keeps audiences true.
//!
//! An audience has a folder of its own, with one writer at a time. Members stand in `segments`, sorted by key; what rows
//! say goes into a `log` before it is sent, and into sorted `runs` once there is much of it; `notes` say what TikTok took
//! and which members a generation named. A settlement merges them: who left is removed at TikTok first, then new segments
//! are written, and the manifest that names them is put last. Killed at any moment, the next opening does the rest.
//!
//! | file | what it knows |
//! |---|---|
//! | `beginning` | what is opened: a ledger that can be believed, or a new one; and a generation |
//! | [`entry`] | a member in bytes; pure |
//! | [`change`] | what rows say of a member, and what it makes of it; pure |
//! | [`kinds`] | which kinds of identifiers there are, and who lost one; pure |
//! | [`known`] | all members as digests, in memory; pure |
//! | `state` | what a ledger knows while rows come |
//! | [`ranges`] | numbers that mostly follow one another; pure |
//! | [`manifest`] | the whole of an audience; pure |
//! | [`history`] | what runs did to an audience, as rows; pure |
//! | [`files`], [`merge`] | reading files in parts, and many of them in order |
//! | [`place`] | where all this is |
//! | `recovery` | what a killed run left |
//! | [`settlement`] | the end of a generation: who leaves, and the new segments |
//! | `rehearsal` | the same of a dry run, which changes nothing |
//!
//! Nothing plain gets here: identifiers are hashes, and a key is a salted hash of an external id.

mod beginning;
pub(crate) mod change;
mod ending;
pub(crate) mod entry;
mod files;
pub(crate) mod history;
pub(crate) mod kinds;
pub(crate) mod known;
pub(crate) mod manifest;
mod merge;
mod names;
pub(crate) mod place;
mod ranges;
pub(crate) mod recovery;
mod rehearsal;
pub(crate) mod settlement;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::store::{Held, Store};
use change::{Change, Word};
use entry::{Id, Key};
use files::framed;
use kinds::Kinds;
use known::Digest;
use manifest::Manifest;
use place::{MANIFEST, Place};
use settlement::Remove;
pub(crate) use state::Fate;
use state::{Run, State};

/// Changes that wait in memory; more of them become a file.
const FRESH_MAX: usize = 1 << 14;

/// The ledger of an audience, opened for writing.
pub(crate) struct Ledger {
    store: Store,
    /// Where it is; none of those that tests keep in memory.
    place: Option<Place>,
    held: Held,
    salt: Vec<u8>,
    dry_run: bool,
    state: Mutex<State>,
}

/// What the ledger says of a row.
#[derive(Debug)]
pub(crate) enum Said {
    /// It is so already.
    Known,
    New(Change),
}

/// Who opens a ledger, and for whom.
pub(crate) struct Audience<'a> {
    pub advertiser: &'a str,
    pub id: &'a str,
    pub name: &'a str,
    pub dry_run: bool,
    /// Per cent of the members of a kind of identifiers that a killed run may have taken it from.
    pub lose: u64,
}

impl Ledger {
    /// Opens the ledger of an audience, and ends what a killed run left undone.
    pub(crate) async fn open(place: &Place, audience: &Audience<'_>, remove: Remove<'_>) -> Result<Self> {
        let store = place.store(audience.advertiser, audience.id)?;
        Self::open_in(store, Some(place), audience, remove).await
    }

    async fn open_in(store: Store, place: Option<&Place>, audience: &Audience<'_>, remove: Remove<'_>) -> Result<Self> {
        let store = store.of(Manifest::new(audience.advertiser, audience.id, audience.name, String::new()).whose());
        let Audience { id, name, dry_run, lose, .. } = *audience;
        let Some(held) = store.hold().await? else {
            return Err(Error::new(
                Kind::Unavailable,
                format!("Another run uses the ledger of the audience {name:?} ({id}) now"),
            )
            .advise("Wait until it has ended; let one run at a time write to an audience."));
        };
        let mut manifest = match store.read(MANIFEST.to_owned()).await? {
            Some(bytes) => beginning::believed(&bytes, &store, place, audience).await?,
            None if names::holds_members(&store).await? => return Err(manifest::torn(store.whose())),
            None => beginning::begun(place, audience).await?,
        };
        name.clone_into(&mut manifest.name);
        let salt = const_hex::decode(&manifest.salt).unwrap_or_default();
        if !dry_run {
            recovery::recover(&store, &mut manifest, lose, remove).await?;
        }
        let known = recovery::load(&store, &manifest).await?;
        if !dry_run {
            // The salt must be there before the first key.
            store.put(MANIFEST.to_owned(), manifest.bytes()).await?;
        }
        let state = Mutex::new(State::new(manifest, known));
        Ok(Self { store, place: place.cloned(), held, salt, dry_run, state })
    }

    /// What keys are made with.
    #[must_use]
    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// A row names a member; of `keeps` it holds something that is no identifier.
    pub(crate) fn is_member(&self, key: Key, mut ids: Vec<Id>, keeps: Kinds) -> Said {
        entry::order(&mut ids);
        let state = &mut *lock(&self.state);
        state.sync.rows += 1;
        state.bytes.clear();
        entry::write(&key, &ids, false, &mut state.bytes);
        let fresh =
            state.known.is_touched(&key) || (state.bans && ids.iter().any(|id| state.known.is_touched(&id.hash)));
        if let Some(at) = state.known.find(Digest::of(&state.bytes)).filter(|_| !fresh) {
            state.sync.unchanged += 1;
            if state.mirrors {
                state.known.see(at);
            } else {
                state.known.see_early(at);
            }
            return Said::Known;
        }
        Said::New(Change { keeps, ..state.change(Word::MayBe, key, ids) })
    }

    /// A rejected row names a member, who stays as it was.
    pub(crate) fn names(&self, key: Key) {
        let state = &mut *lock(&self.state);
        let change = state.change(Word::MayBe, key, Vec::new());
        if self.dry_run {
            state.rehearsed.push(key);
        } else {
            state.named.push(change);
        }
    }

    /// A row says that somebody is no member; `key` names whom, where the row does.
    pub(crate) fn is_none(&self, key: Option<Key>, by_ids: Key, mut ids: Vec<Id>) -> Change {
        entry::order(&mut ids);
        let state = &mut *lock(&self.state);
        state.sync.rows += 1;
        if key.is_none() {
            state.bans = true;
            ids.iter().for_each(|id| state.known.touch(&id.hash));
        }
        let word = if key.is_some() { Word::IsNot } else { Word::IsNotByIds };
        state.change(word, key.unwrap_or(by_ids), ids)
    }

    /// Writes down what is about to be sent, and gives the log's number; only then may it be.
    pub(crate) async fn log<'c>(&self, changes: impl Iterator<Item = &'c Change>) -> Result<u64> {
        let mut body = Vec::new();
        changes.for_each(|change| change.write(&mut body));
        let (log, epoch) = {
            let state = &mut *lock(&self.state);
            state.logged += 1;
            (state.logged, state.manifest.epoch)
        };
        self.put(names::log_name(epoch, log), &body).await?;
        Ok(log)
    }

    /// Hears what became of the changes of a log.
    pub(crate) async fn settled(&self, log: u64, changes: Vec<(Change, Fate)>) -> Result<()> {
        if self.dry_run {
            lock(&self.state).rehearsed.extend(changes.into_iter().map(|(change, _)| change.key));
            return Ok(());
        }
        let full = {
            let state = &mut *lock(&self.state);
            changes.into_iter().for_each(|(change, fate)| state.settle(change, fate));
            state.logs.push(names::log_name(state.manifest.epoch, log));
            (state.fresh.len() + state.named.len() >= FRESH_MAX).then(|| state.take_run())
        };
        let Some(Run { name, body, logs }) = full else { return Ok(()) };
        self.put(name, &body).await?;
        for log in logs {
            self.store.remove(log).await?;
        }
        Ok(())
    }

    /// Puts a file; once that failed, nothing is settled any more.
    async fn put(&self, name: String, body: &[u8]) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let put = async {
            self.renew().await?;
            self.store.put(name, framed(body)).await
        };
        put.await.inspect_err(|error| lock(&self.state).broken = Some(error.reworded(str::to_owned)))
    }

    /// Makes durable what TikTok took and whom rows named; only then may a STATE say so.
    pub(crate) async fn keep(&self) -> Result<()> {
        let files = lock(&self.state).take_notes();
        for (name, body) in files {
            self.put(name, &body).await?;
        }
        Ok(())
    }

    /// Whether something could not be written, which its rows were told.
    #[must_use]
    pub(crate) fn is_broken(&self) -> bool {
        lock(&self.state).broken.is_some()
    }

    async fn renew(&self) -> Result<()> {
        self.store.renew(&self.held).await
    }

    /// Lets the next writer in.
    pub(crate) async fn close(&self) -> Result<()> {
        self.store.let_go(&self.held).await
    }

    /// What the ledger says now.
    #[must_use]
    pub(crate) fn manifest(&self) -> Manifest {
        lock(&self.state).manifest.clone()
    }
}
