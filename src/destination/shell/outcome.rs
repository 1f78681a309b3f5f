//! What became of a batch, record by record. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::targets::Standing;
use crate::destination::record::fault::Fault;
use crate::error::Error;

/// What became of a batch's records, by their place; what is not here was accepted.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Records that TikTok refused, with its words.
    pub refused: BTreeMap<usize, String>,
    /// Records that are refused here, for what was found on the way.
    pub rejected: BTreeMap<usize, Fault>,
    /// Records whose target failed: nobody may say that anything became of them.
    pub failed: BTreeMap<usize, Arc<Error>>,
    /// Records that TikTok refused while it took nothing else of their target: who is to blame shows later.
    pub undecided: BTreeMap<usize, Undecided>,
    /// What TikTok made of records, such as an id.
    pub made: BTreeMap<usize, Value>,
}

/// A refusal that is the record's fault if its target takes others, and the target's if it does not.
#[derive(Debug, Clone)]
pub(crate) struct Undecided {
    pub standing: Arc<Standing>,
    /// TikTok's words.
    pub message: String,
}

impl Undecided {
    #[must_use]
    pub(crate) fn is_decided(&self) -> bool {
        self.standing.has_accepted() || self.standing.failure().is_some()
    }
}

impl Outcome {
    /// Records that were accepted, of so many.
    #[must_use]
    pub(crate) fn accepted(&self, records: usize) -> u64 {
        let others = self.refused.keys().chain(self.failed.keys()).chain(self.undecided.keys());
        records.saturating_sub(others.collect::<BTreeSet<_>>().len()) as u64
    }

    /// Whether TikTok refused a record, whoever is to blame.
    #[must_use]
    pub(crate) fn is_refused(&self, record: usize) -> bool {
        self.refused.contains_key(&record) || self.undecided.contains_key(&record)
    }

    /// Records that TikTok refused and whose target did not fail, as far as is known.
    #[must_use]
    pub(crate) fn refused(&self) -> u64 {
        let both = self.undecided.keys().filter(|record| self.refused.contains_key(*record)).count();
        (self.refused.len() + self.undecided.len() - both) as u64
    }

    /// Takes in what became of other items of the same records; the first word on a record stays.
    pub(super) fn join(&mut self, other: Self) {
        join(&mut self.refused, other.refused);
        join(&mut self.rejected, other.rejected);
        join(&mut self.failed, other.failed);
        join(&mut self.undecided, other.undecided);
        join(&mut self.made, other.made);
    }

    /// Gives records the fate of others; a pair is the one that follows and the one that leads.
    pub(crate) fn follow(&mut self, pairs: impl Iterator<Item = (usize, usize)>) {
        let mut followers = Self::default();
        let told = |message: &str| format!("A later row that speaks for its identifier was refused: {message}");
        for (follows, leads) in pairs.filter(|(follows, leads)| follows != leads) {
            if let Some(error) = self.failed.get(&leads) {
                followers.failed.insert(follows, error.clone());
            } else if let Some(Undecided { standing, message }) = self.undecided.get(&leads) {
                let (standing, message) = (standing.clone(), told(message));
                followers.undecided.insert(follows, Undecided { standing, message });
            } else if let Some(message) = self.refused.get(&leads) {
                followers.refused.insert(follows, told(message));
            }
        }
        self.join(followers);
    }
}

fn join<V>(all: &mut BTreeMap<usize, V>, more: BTreeMap<usize, V>) {
    for (record, value) in more {
        all.entry(record).or_insert(value);
    }
}
