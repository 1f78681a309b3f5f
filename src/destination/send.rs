//! A flush → calls, and what became of each record.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::audiences::Known;
use super::flush::{Flush, Row};
use super::mapping;
use super::narrow::{Narrowed, REFUSED_IN_A_ROW_MAX, narrow};
use crate::config::destination::Operation;
use crate::error::{Error, Kind, Result};
use crate::progress::Gauge;
use crate::protocol::message::now_ms;
use crate::tiktok::endpoint::SEGMENT_MAPPING;
use crate::tiktok::envelope::Accepted;
use crate::tiktok::{Call, Client, Watch};

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

impl Post {
    #[must_use]
    pub fn new(client: Client, gauge: Arc<Gauge>, dry_run: bool) -> Self {
        Self { client, traffic: Traffic(gauge), dry_run }
    }
}

/// What became of a flush: records that TikTok refused, by their place, with TikTok's words.
#[derive(Debug, Default)]
pub struct Outcome {
    pub refused: BTreeMap<usize, String>,
}

impl Post {
    /// Sends a flush of one advertiser. An error means that nobody knows what became of the records not named.
    pub async fn flush(&self, flush: &Flush, advertiser: &str, known: &Arc<Vec<Known>>) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for operation in [Operation::Delete, Operation::Add] {
            let rows: Vec<&Row> = flush.of(operation).collect();
            if !rows.is_empty() {
                self.rows(&rows, operation, advertiser, known, &mut outcome).await?;
            }
        }
        Ok(outcome)
    }

    /// Sends rows of one operation, narrowing what is refused until the bad rows stand alone.
    async fn rows(
        &self,
        rows: &[&Row],
        operation: Operation,
        advertiser: &str,
        known: &[Known],
        outcome: &mut Outcome,
    ) -> Result<()> {
        let (mut waiting, mut accepted, mut refused_alone) = (vec![0..rows.len()], 0, 0);
        while let Some(range) = waiting.pop() {
            let part = rows.get(range.clone()).unwrap_or_default();
            match self.call(part, operation, advertiser, known).await {
                Ok(()) => accepted += part.len(),
                Err(error) if !may_be_a_row(&error) => return Err(error),
                Err(error) => {
                    for narrowed in narrow(&range, error.message()) {
                        match narrowed {
                            Narrowed::Again(ranges) => waiting.extend(ranges.into_iter().rev()),
                            Narrowed::Reject(at) => {
                                refused_alone += 1;
                                refuse(rows, at..at + 1, error.message(), outcome);
                            }
                        }
                    }
                    if accepted == 0 && refused_alone >= REFUSED_IN_A_ROW_MAX {
                        return Err(error.advise("TikTok refused every row it was shown, so the audience or the request is at fault, not a row."));
                    }
                }
            }
        }
        Ok(())
    }

    async fn call(&self, rows: &[&Row], operation: Operation, advertiser: &str, known: &[Known]) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let id =
            |at| usize::try_from(at).ok().and_then(|at: usize| known.get(at)).map_or("", |known| known.id.as_str());
        let body = mapping::body(advertiser, operation, rows, id);
        let call = Call { endpoint: &SEGMENT_MAPPING, advertiser: None, query: &[], body: &body, watch: &self.traffic };
        self.client
            .for_advertiser(advertiser)
            .call(&call, &Accepted)
            .await
            .map_err(|error| error.with("advertiser_id", advertiser))
    }
}

/// Whether a row may be to blame, rather than the token, the network or TikTok.
fn may_be_a_row(error: &Error) -> bool {
    matches!(error.kind(), Kind::Request | Kind::TooLarge)
}

fn refuse(rows: &[&Row], range: Range<usize>, message: &str, outcome: &mut Outcome) {
    for row in rows.get(range).unwrap_or_default() {
        outcome.refused.insert(row.record, message.to_owned());
    }
}
