//! A batch → calls, and what became of each record.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::lane::{Batch, Items};
use super::narrow::{Narrowed, REFUSED_IN_A_ROW_MAX, narrow};
use crate::clock::now_ms;
use crate::error::{Error, Kind, Result};
use crate::progress::Gauge;
use crate::tiktok::envelope::Accepted;
use crate::tiktok::{Call, Client, Watch};

/// Times that an item standing alone is sent while TikTok says "partially successful" of it.
const PARTIAL_ALONE_MAX: u32 = 3;

/// Counts what requests go through.
pub struct Traffic(pub Arc<Gauge>);

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
pub struct Post {
    pub client: Client,
    pub traffic: Traffic,
    pub dry_run: bool,
}

/// What became of a batch: records that TikTok refused, by their place, with TikTok's words.
#[derive(Debug, Default)]
pub struct Outcome {
    pub refused: BTreeMap<usize, String>,
}

impl Post {
    #[must_use]
    pub fn new(client: Client, gauge: Arc<Gauge>, dry_run: bool) -> Self {
        Self { client, traffic: Traffic(gauge), dry_run }
    }

    /// Sends a batch. An error means that nobody knows what became of its records.
    pub async fn batch(&self, batch: &dyn Batch) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for items in batch.posts() {
            self.items(batch, &*items, &mut outcome).await?;
        }
        Ok(outcome)
    }

    /// Sends items, narrowing what is refused until the bad ones stand alone. "Partially successful" names nobody
    /// who can be trusted, so nothing of such an answer counts: every item ends in a call that was accepted whole,
    /// or alone in one that was refused. What is sent here may be sent twice.
    async fn items(&self, batch: &dyn Batch, items: &dyn Items, outcome: &mut Outcome) -> Result<()> {
        let (mut waiting, mut accepted, mut refused_alone) = (vec![0..items.count()], 0, 0);
        while let Some(range) = waiting.pop() {
            let error = match self.call(items, &range).await {
                Ok(()) => {
                    accepted += range.len();
                    continue;
                }
                Err(error) => error,
            };
            if batch.is_to_blame(&error) {
                refuse(items, range, &error, outcome);
                continue;
            }
            if !may_be_an_item(&error) {
                return Err(error);
            }
            for narrowed in narrow(&range, error.message()) {
                match narrowed {
                    Narrowed::Again(ranges) => waiting.extend(ranges.into_iter().rev()),
                    Narrowed::Reject(at) => {
                        refused_alone += 1;
                        refuse(items, at..at + 1, &error, outcome);
                    }
                }
            }
            if accepted == 0 && refused_alone >= REFUSED_IN_A_ROW_MAX {
                return Err(error.advise(
                    "TikTok refused every row it was shown, so the target or the request is at fault, not a row.",
                ));
            }
        }
        Ok(())
    }

    async fn call(&self, items: &dyn Items, range: &Range<usize>) -> Result<()> {
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

/// Whether an item may be to blame, rather than the token, the network or TikTok.
fn may_be_an_item(error: &Error) -> bool {
    matches!(error.kind(), Kind::Request | Kind::TooLarge | Kind::Partial)
}

fn refuse(items: &dyn Items, range: Range<usize>, error: &Error, outcome: &mut Outcome) {
    for item in range {
        outcome.refused.insert(items.record(item), error.message().to_owned());
    }
}
