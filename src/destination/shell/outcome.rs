//! What became of a batch, record by record. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;

/// What became of a batch's records, by their place; what is not here was accepted.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Records that TikTok refused, with its words.
    pub refused: BTreeMap<usize, String>,
    /// Records whose target failed: nobody may say that anything became of them.
    pub failed: BTreeMap<usize, Arc<Error>>,
    /// What TikTok made of records, such as an id.
    pub made: BTreeMap<usize, Value>,
}

impl Outcome {
    /// Records that were accepted, of so many.
    #[must_use]
    pub(crate) fn accepted(&self, records: usize) -> u64 {
        let both = self.refused.keys().filter(|record| self.failed.contains_key(*record)).count();
        (records + both).saturating_sub(self.refused.len() + self.failed.len()) as u64
    }

    /// Gives records the fate of others; a pair is the one that follows and the one that leads.
    pub(crate) fn follow(&mut self, pairs: impl Iterator<Item = (usize, usize)>) {
        let (mut refused, mut failed) = (Vec::new(), Vec::new());
        for (follows, leads) in pairs.filter(|(follows, leads)| follows != leads) {
            if let Some(error) = self.failed.get(&leads) {
                failed.push((follows, error.clone()));
            } else if let Some(message) = self.refused.get(&leads) {
                refused.push((follows, format!("A later row of the same identifier was refused: {message}")));
            }
        }
        for (record, message) in refused {
            self.refused.entry(record).or_insert(message);
        }
        for (record, error) in failed {
            self.failed.entry(record).or_insert(error);
        }
    }
}
