//! A batch → calls, and what became of each record.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::lane::{Batch, Items};
use super::sending::Sending;
use super::targets::Targets;
use crate::clock::now_ms;
use crate::error::{Error, Kind, Result};
use crate::progress::Gauge;
use crate::tiktok::envelope::Accepted;
use crate::tiktok::{Call, Client, Watch};

/// Times that an item standing alone is sent while TikTok says "partially successful" of it.
const PARTIAL_ALONE_MAX: u32 = 3;

/// Counts what requests go through.
pub(crate) struct Traffic(pub Arc<Gauge>);

impl Watch for Traffic {
    fn sent(&self) {
        self.0.request();
    }

    fn held_back(&self, wait: Duration) {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.0.waits_until(now_ms().saturating_add(wait));
    }
}

/// What a run sends with.
pub(crate) struct Post {
    pub client: Client,
    pub traffic: Traffic,
    pub dry_run: bool,
    pub targets: Targets,
}

/// What became of a batch's records, by their place; what is not here was accepted.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Records that TikTok refused, with its words.
    pub refused: BTreeMap<usize, String>,
    /// Records whose target failed: nobody may say that anything became of them.
    pub failed: BTreeMap<usize, Arc<Error>>,
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

impl Post {
    #[must_use]
    pub(crate) fn new(client: Client, gauge: Arc<Gauge>, dry_run: bool) -> Self {
        Self { client, traffic: Traffic(gauge), dry_run, targets: Targets::default() }
    }

    /// Sends a batch.
    pub(crate) async fn batch(&self, batch: &dyn Batch) -> Outcome {
        let mut outcome = Outcome::default();
        for items in batch.posts() {
            Sending::new(self, batch, &*items, &mut outcome).run().await;
        }
        outcome.follow(batch.followers().into_iter());
        outcome
    }

    /// Sends some items in one call.
    pub(super) async fn call(&self, items: &dyn Items, range: &Range<usize>) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let body = items.body(range.clone());
        let call = Call { endpoint: items.endpoint(), advertiser: None, query: &[], body: &body, watch: &self.traffic };
        let client = self.client.for_target(items.target());
        let times = if range.len() == 1 { PARTIAL_ALONE_MAX } else { 1 };
        for _ in 1..times {
            match client.call(&call, &Accepted).await {
                Err(error) if error.kind() == Kind::Partial => {}
                other => return other.map_err(|error| items.tell_where(error)),
            }
        }
        client.call(&call, &Accepted).await.map_err(|error| items.tell_where(error))
    }
}
