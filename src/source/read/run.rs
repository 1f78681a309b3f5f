//! What all streams of a run share.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::causes::Causes;
use super::ids::Campaigns;
use super::parents::Lists;
use super::probe::Probe;
use super::sums::DailySums;
use crate::config::SourceConfig;
use crate::protocol::Output;
use crate::report::Notes;
use crate::source::plan::account::Account;
use crate::source::plan::learned_limits::LearnedLimits;
use crate::source::plan::withdrawn::Withdrawn;
use crate::tiktok::Client;
use crate::tiktok::advertisers::ListedAdvertiser;

/// Rows of slices that are read at once, beyond their first pages. What is remembered of each row until its slice
/// ends is all that grows with a report, so this bounds memory.
const ROWS_AT_ONCE_MAX: u32 = 300_000;

/// Everything a run shares.
pub(crate) struct Run {
    pub client: Client,
    pub config: SourceConfig,
    pub output: Output,
    pub notes: Arc<Notes>,
    rows: Semaphore,
    pub(super) probe: Probe,
    pub(super) sums: DailySums,
    pub(super) limits: LearnedLimits,
    pub(super) lists: Lists,
    pub(super) campaigns: Campaigns,
    pub(super) withdrawn: Withdrawn,
    pub(super) causes: Arc<Causes>,
    /// The advertisers as TikTok lists them for the app, where it was asked.
    pub(super) listed: Option<Vec<ListedAdvertiser>>,
    /// The advertisers that it is about, where they are known before.
    pub(super) known: Option<Vec<Account>>,
}

impl Run {
    #[must_use]
    pub(crate) fn new(client: Client, config: SourceConfig, output: Output) -> Self {
        let causes = Arc::new(Causes::new(config.named_advertisers().is_empty()).of_part(config.shard().is_part()));
        let rows = Semaphore::new(ROWS_AT_ONCE_MAX as usize);
        Self {
            client,
            config,
            output,
            notes: Arc::default(),
            rows,
            probe: Probe::default(),
            sums: DailySums::default(),
            limits: LearnedLimits::default(),
            lists: Lists::default(),
            campaigns: Campaigns::default(),
            withdrawn: Withdrawn::default(),
            causes,
            listed: None,
            known: None,
        }
    }

    /// It is about these advertisers, and need not ask which there are.
    #[must_use]
    pub(crate) fn about(self, accounts: Vec<Account>) -> Self {
        Self { known: Some(accounts), ..self }
    }

    /// What it did is told of.
    #[must_use]
    pub(crate) fn noted_in(self, notes: Arc<Notes>) -> Self {
        Self { notes, ..self }
    }

    /// A share of the rows that may be read at once, for a slice that has `total`.
    pub(super) async fn share(&self, total: u64) -> Option<SemaphorePermit<'_>> {
        let rows = u32::try_from(total).unwrap_or(u32::MAX).min(ROWS_AT_ONCE_MAX);
        self.rows.acquire_many(rows).await.ok()
    }
}
