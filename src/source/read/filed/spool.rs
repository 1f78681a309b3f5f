//! The stream of call-backs, out of the spool.

use super::files::{Files, Mouth, state};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::webhook::notice::{self, EventRow};
use crate::webhook::spool::{Places, READ_BY_EVENTS, Spool};

/// All call-backs in the spool.
pub(super) struct Events {
    spool: Spool,
    /// Whether what people answered to forms is told.
    plain: bool,
}

impl Files for Events {
    type Places = Places;
    const KEY: &'static str = "spool";
    const UNSET: &'static str = "`webhooks.spool` names no folder that `tiktok-ads webhook serve` keeps call-backs in, and \
                                 `webhooks.object_storage_config` no bucket";

    fn is_set(config: &SourceConfig) -> bool {
        config.webhooks.has_spool()
    }

    fn open(config: &SourceConfig) -> Result<Self> {
        Ok(Self { spool: Spool::open(&config.webhooks)?, plain: config.leads.plain })
    }

    async fn pass_on(&self, mouth: &Mouth, places: &mut Places) -> Result<()> {
        let mut reader = self.spool.reader(places.clone()).await?;
        reader.remember().await?;
        while let Some(notices) = reader.next().await? {
            let rows = notices.iter().flat_map(notice::rows);
            let rows: Vec<EventRow> = rows.map(|row| if self.plain { row } else { row.without_persons() }).collect();
            mouth.records(&rows).await?;
            reader.places().clone_into(places);
            mouth.emitter.checkpoint(|| state::<Self>(places));
        }
        reader.places().clone_into(places);
        if reader.broken() > 0 {
            tracing::warn!(
                "The spool has {} that a crash left broken; nobody was told that they are stored",
                crate::words::counted(reader.broken(), "line")
            );
        }
        Ok(())
    }

    /// What a sync has passed on may be taken away once it is old.
    async fn told(&self, places: &Places) {
        if let Err(error) = self.spool.mark_read(READ_BY_EVENTS, places).await {
            tracing::info!("`tiktok-ads webhook prune` does not learn what was read: {error}");
        }
    }
}
