//! Call-backs out of the spool, as any of its streams reads them.

use serde::Serialize;

use super::files::{Files, Mouth, state};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::source::webhooks::absent;
use crate::webhook::notice::StoredNotice;
use crate::webhook::spool::{Places, Spool};
use crate::words::counted;

/// The spool of the config.
pub(super) struct CallBacks {
    /// `None`: its folder is not there.
    spool: Option<Spool>,
    /// What that comes to.
    absent: String,
}

impl CallBacks {
    pub(super) fn open(config: &SourceConfig) -> Result<Self> {
        Ok(Self { spool: Spool::there(&config.webhooks)?, absent: absent(&config.webhooks) })
    }

    /// Passes on the rows of what is new. Where the spool is away, places stay.
    pub(super) async fn pass_on<F: Files<Places = Places>, R: Serialize + Sync>(
        &self,
        (mouth, places): (&Mouth, &mut Places),
        rows: impl Fn(&StoredNotice) -> Vec<R>,
    ) -> Result<()> {
        let Some(spool) = &self.spool else {
            tracing::warn!("Stream `{}` has no records: {}", mouth.stream, self.absent);
            return Ok(());
        };
        let mut reader = spool.reader(places.clone()).await?;
        reader.remember().await?;
        while let Some(notices) = reader.next().await? {
            let rows: Vec<R> = notices.iter().flat_map(&rows).collect();
            mouth.records(&rows).await?;
            reader.places().clone_into(places);
            mouth.emitter.checkpoint(|| state::<F>(places));
        }
        reader.places().clone_into(places);
        if reader.broken() > 0 {
            tracing::warn!(
                "Stream `{}` leaves out {} of the spool that a crash left broken; nobody was told that they are stored",
                mouth.stream,
                counted(reader.broken(), "line")
            );
        }
        Ok(())
    }

    /// What a sync has passed on may be taken away once it is old.
    pub(super) async fn told(&self, by: &str, places: &Places) {
        let Some(spool) = &self.spool else { return };
        if let Err(error) = spool.mark_read(by, places).await {
            tracing::info!("`tiktok-ads webhook prune` does not learn what was read: {error}");
        }
    }
}
