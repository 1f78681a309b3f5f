//! What runs did to an audience, as rows, each once. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, Sync, Told};

/// The last run of an audience that was passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Passed {
    pub run: u64,
    /// When it was: the run of that number in another ledger, begun anew, was at another time.
    pub at: DateTime<Utc>,
}

/// By `advertiser/audience`.
pub(crate) type Places = BTreeMap<String, Passed>;

/// A record of the stream `audience_syncs`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SyncRow<'m> {
    /// As in other streams, a number.
    pub advertiser_id: Option<u64>,
    pub audience_id: &'m str,
    pub audience_name: &'m str,
    /// The number of the run among those of this audience.
    pub run: u64,
    pub synced_at: DateTime<Utc>,
    pub generation_id: Option<u64>,
    pub rows: u64,
    pub added: u64,
    pub unchanged: u64,
    pub removed_identifiers: u64,
    pub rejected: u64,
    pub members: u64,
    pub complete: bool,
    pub message: Option<&'m str>,
    #[serde(flatten)]
    pub told: Told,
}

/// What was not passed on yet.
pub(crate) struct News<'m> {
    key: String,
    last: Option<Passed>,
    pub rows: Vec<SyncRow<'m>>,
    /// Runs since the last one that the ledger does not remember any more.
    pub lost: u64,
}

impl News<'_> {
    /// Notes that all of it was passed on.
    pub(crate) fn passed(self, places: &mut Places) {
        if let Some(last) = self.last {
            places.insert(self.key, last);
        }
    }
}

/// The runs of an audience behind the last that was passed on.
pub(crate) fn news<'m>(manifest: &'m Manifest, places: &Places) -> News<'m> {
    let key = format!("{}/{}", manifest.advertiser_id, manifest.audience_id);
    let passed = places.get(&key).filter(|passed| goes_on_from(manifest, passed));
    let from = passed.map_or(0, |passed| passed.run);
    let rows = numbered(manifest).filter(|(run, _)| *run > from).map(|(run, sync)| row(manifest, run, sync));
    let last = numbered(manifest).last().map(|(run, sync)| Passed { run, at: sync.at });
    let lost = passed.map_or(0, |passed| manifest.forgotten.saturating_sub(passed.run));
    News { rows: rows.collect(), last, lost, key }
}

/// The runs that are remembered, with their numbers from 1.
fn numbered(manifest: &Manifest) -> impl Iterator<Item = (u64, &Sync)> {
    (manifest.forgotten + 1..).zip(&manifest.syncs)
}

/// Whether this is the ledger that was read before.
fn goes_on_from(manifest: &Manifest, passed: &Passed) -> bool {
    passed.run <= manifest.forgotten || numbered(manifest).any(|(run, sync)| run == passed.run && sync.at == passed.at)
}

fn row<'m>(manifest: &'m Manifest, run: u64, sync: &'m Sync) -> SyncRow<'m> {
    SyncRow {
        advertiser_id: manifest.advertiser_id.parse().ok(),
        audience_id: &manifest.audience_id,
        audience_name: &manifest.name,
        run,
        synced_at: sync.at,
        generation_id: sync.generation,
        rows: sync.rows,
        added: sync.added,
        unchanged: sync.unchanged,
        removed_identifiers: sync.removed,
        rejected: sync.rejected,
        members: sync.members,
        complete: sync.complete,
        message: sync.message.as_deref(),
        told: sync.told.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn ledger(begun: i64, runs: i64) -> Manifest {
        let mut manifest = Manifest::new("7", "9", "VIP", String::new());
        for run in 0..runs {
            let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(begun + run);
            manifest.remember(Sync { at, ..Sync::default() });
        }
        manifest
    }

    fn read(manifest: &Manifest, places: &mut Places) -> (Vec<u64>, u64) {
        let news = news(manifest, places);
        let told = (news.rows.iter().map(|row| row.run).collect(), news.lost);
        news.passed(places);
        told
    }

    #[test]
    fn every_run_is_told_once_and_what_is_forgotten_is_counted() {
        let mut places = Places::new();
        assert_eq!(read(&ledger(0, 0), &mut places), (vec![], 0));
        assert_eq!(read(&ledger(0, 3), &mut places), (vec![1, 2, 3], 0));
        assert_eq!(read(&ledger(0, 3), &mut places), (vec![], 0));
        assert_eq!(read(&ledger(0, 5), &mut places), (vec![4, 5], 0));
        assert_eq!(read(&ledger(0, 105), &mut places), ((6..=105).collect(), 0));
        assert_eq!(read(&ledger(0, 215), &mut places), ((116..=215).collect(), 10));
    }

    #[test]
    fn a_ledger_that_was_begun_anew_is_told_from_its_start() {
        for runs in [1, 3, 4] {
            let mut places = Places::new();
            read(&ledger(0, 3), &mut places);
            assert_eq!(read(&ledger(500, runs), &mut places), ((1..=runs.unsigned_abs()).collect(), 0), "{runs}");
        }
    }

    #[test]
    fn a_first_read_misses_nothing_that_is_there() {
        assert_eq!(read(&ledger(0, 102), &mut Places::new()), ((3..=102).collect(), 0));
    }
}
