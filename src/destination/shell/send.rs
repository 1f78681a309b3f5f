//! What a run sends with.

use std::sync::Arc;
use std::time::Duration;

use super::results::Results;
use super::targets::Targets;
use crate::clock::now_ms;
use crate::progress::{Count, Gauge};
use crate::tiktok::{Client, Watch};

/// Counts what requests go through.
pub(crate) struct Traffic(pub Arc<Gauge>);

impl Watch for Traffic {
    fn sent(&self) {
        self.0.request();
    }

    fn sent_again(&self) {
        self.0.add(Count::Retries, 1);
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
    pub results: Arc<Results>,
}

impl Post {
    #[must_use]
    pub(crate) fn new(client: Client, gauge: Arc<Gauge>, dry_run: bool, results: Arc<Results>) -> Self {
        Self { client, traffic: Traffic(gauge), dry_run, targets: Targets::default(), results }
    }
}
