//! What a ledger knows while rows come, and what it makes of that. Pure.

use super::change::{Change, Word};
use super::entry::{Id, Key};
use super::kinds::Kinds;
use super::known::{Known, Named};
use super::manifest::{Manifest, Sync};
use super::ranges::Ranges;
use super::{merge, names, recovery};
use crate::error::{Error, Result};

/// What changes while rows come.
pub(super) struct State {
    pub manifest: Manifest,
    pub known: Known,
    /// Whether a mirror's generation is open.
    pub mirrors: bool,
    /// The number of the last row that said something.
    pub number: u64,
    /// Settled changes that stand in no run.
    pub fresh: Vec<Change>,
    /// Members that rejected rows named; they stand in no file yet.
    pub named: Vec<Change>,
    /// Logs whose changes are settled and stand in no run.
    pub logs: Vec<String>,
    pub runs: Vec<String>,
    /// For the next note: numbers that TikTok took, and numbers that are void.
    pub taken: Ranges,
    pub void: Ranges,
    pub notes: u64,
    pub logged: u64,
    pub sync: Sync,
    /// Whether rows deleted by identifiers alone.
    pub bans: bool,
    /// Members that a dry run's rows spoke of.
    pub rehearsed: Vec<Key>,
    /// Room for the bytes of one entry.
    pub bytes: Vec<u8>,
    /// Why something could not be written.
    pub broken: Option<Error>,
}

/// A file of changes in order, and the logs that it stands for.
pub(super) struct Run {
    pub name: String,
    pub body: Vec<u8>,
    pub logs: Vec<String>,
}

/// What a settlement works with.
pub(super) struct Work {
    pub manifest: Manifest,
    pub sync: Sync,
    pub seen: Vec<u64>,
    pub runs: Vec<String>,
    pub fresh: Vec<Change>,
    /// What goes once new segments are there.
    pub files: Vec<String>,
    pub said: merge::Said,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Taken,
    Refused,
    /// Nobody knows.
    Unknown,
}

impl State {
    /// That of a ledger that was just opened.
    pub(super) fn new(manifest: Manifest, known: Known) -> Self {
        Self {
            known,
            manifest,
            mirrors: false,
            number: 0,
            fresh: Vec::new(),
            named: Vec::new(),
            logs: Vec::new(),
            runs: Vec::new(),
            taken: Ranges::default(),
            void: Ranges::default(),
            notes: 0,
            logged: 0,
            sync: Sync::default(),
            bans: false,
            rehearsed: Vec::new(),
            bytes: Vec::new(),
            broken: None,
        }
    }

    pub(super) fn change(&mut self, word: Word, key: Key, ids: Vec<Id>) -> Change {
        self.number += 1;
        self.known.touch(&key);
        Change { number: self.number, word, seen: false, key, ids, keeps: Kinds::NONE }
    }

    pub(super) fn settle(&mut self, mut change: Change, fate: Fate) {
        match (change.word, fate) {
            (Word::MayBe, Fate::Taken) => {
                change.word = Word::Is;
                self.sync.added += 1;
                self.taken.add(change.number);
            }
            // TikTok has nothing of it, and keeps what it had of that member.
            (Word::MayBe, Fate::Refused) => {
                self.sync.rejected += 1;
                self.void.add(change.number);
                change.reject();
            }
            _ => {}
        }
        self.fresh.push(change);
    }

    /// Members that rejected rows named are settled, too; the next note says that this generation did it.
    fn settle_named(&mut self) -> Vec<Change> {
        let named = std::mem::take(&mut self.named);
        named.iter().for_each(|change| self.taken.add(change.number));
        self.fresh.extend(named.iter().cloned());
        named
    }

    /// Everything settled as a file in order, with the logs that it stands for.
    pub(super) fn take_run(&mut self) -> Run {
        self.settle_named();
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable_by_key(Change::place);
        let mut body = Vec::with_capacity(fresh.len() * 96);
        fresh.iter().for_each(|change| change.write(&mut body));
        let name = names::run_name(self.manifest.epoch, self.runs.len());
        self.runs.push(name.clone());
        Run { name, body, logs: std::mem::take(&mut self.logs) }
    }

    /// Everything for a settlement, after which nothing more comes.
    pub(super) fn take_work(&mut self) -> Result<Work> {
        if let Some(error) = &self.broken {
            return Err(error.reworded(str::to_owned));
        }
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable_by_key(Change::place);
        let epoch = self.manifest.epoch;
        let runs = std::mem::take(&mut self.runs);
        let notes = (1..=self.notes).map(|note| names::note_name(epoch, note));
        let files = std::mem::take(&mut self.logs).into_iter().chain(runs.clone()).chain(notes).collect();
        Ok(Work {
            manifest: self.manifest.clone(),
            sync: std::mem::take(&mut self.sync),
            seen: std::mem::take(&mut self.known).into_seen(),
            runs,
            fresh,
            files,
            said: if self.mirrors { merge::Said::All } else { merge::Said::None },
        })
    }

    /// Files of what was taken and named: a note, and everybody who was named where these are many.
    pub(super) fn take_notes(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let named = self.settle_named();
        if !named.is_empty() {
            let mut body = Vec::new();
            named.iter().for_each(|change| change.write(&mut body));
            self.logged += 1;
            let name = names::log_name(self.manifest.epoch, self.logged);
            self.logs.push(name.clone());
            files.push((name, body));
        }
        let named = match self.known.take_named() {
            Named::Few(named) => named,
            Named::Many(seen) => {
                files.push((names::seen_name(self.manifest.epoch), names::seen_body(&seen)));
                Vec::new()
            }
        };
        if !(self.taken.is_empty() && self.void.is_empty() && named.is_empty()) {
            self.notes += 1;
            let body = recovery::note(&mut self.taken, &mut self.void, named);
            files.push((names::note_name(self.manifest.epoch, self.notes), body));
        }
        files
    }
}
