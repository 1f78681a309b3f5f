//! The rows a test may expect.

use super::cache::ReportCache;
use super::query::{Expected, Parts, ReportQuery};
use super::render::prepare;
use crate::world::World;

impl World {
    /// All rows of a report, sorted; empty when a name in the query is wrong or the account is
    /// unknown.
    #[must_use]
    pub fn report(&self, query: &ReportQuery) -> Vec<Expected> {
        let found = Parts::of(query).zip(self.account(query.advertiser));
        let Some((parts, account)) = found else {
            return Vec::new();
        };
        let cache = ReportCache::default();
        let report = prepare(self, account, &parts, &cache);
        let mut text = Vec::new();
        let row = |at| {
            text.clear();
            report.write(at, &mut text);
            serde_json::from_slice(&text).ok()
        };
        let mut rows: Vec<Expected> = (0..report.len()).filter_map(row).collect();
        rows.sort();
        rows
    }
}
