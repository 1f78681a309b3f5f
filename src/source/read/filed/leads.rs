//! The stream of leads, out of the spool.

use super::files::{Files, Mouth, state};
use super::spool::Events;
use crate::config::SourceConfig;
use crate::config::leads::LeadOptions;
use crate::error::Result;
use crate::webhook::lead::{self, LeadRow};
use crate::webhook::spool::{Places, READ_BY_LEADS, Spool};

/// The call-backs of leads in the spool.
pub(super) struct Leads {
    spool: Spool,
    options: LeadOptions,
}

impl Files for Leads {
    type Places = Places;
    const KEY: &'static str = Events::KEY;
    const UNSET: &'static str = Events::UNSET;

    fn is_set(config: &SourceConfig) -> bool {
        config.webhooks.has_spool()
    }

    fn open(config: &SourceConfig) -> Result<Self> {
        Ok(Self { spool: Spool::open(&config.webhooks)?, options: config.leads.clone() })
    }

    async fn pass_on(&self, mouth: &Mouth, places: &mut Places) -> Result<()> {
        let mut reader = self.spool.reader(places.clone()).await?;
        reader.remember().await?;
        while let Some(notices) = reader.next().await? {
            let rows: Vec<LeadRow> = notices.iter().flat_map(|notice| lead::rows(notice, &self.options)).collect();
            mouth.records(&rows).await?;
            reader.places().clone_into(places);
            mouth.emitter.checkpoint(|| state::<Self>(places));
        }
        reader.places().clone_into(places);
        Ok(())
    }

    /// What a sync has passed on may be taken away once it is old.
    async fn told(&self, places: &Places) {
        if let Err(error) = self.spool.mark_read(READ_BY_LEADS, places).await {
            tracing::info!("`tiktok-ads webhook prune` does not learn what was read: {error}");
        }
    }
}
