//! The stream of call-backs, out of the spool.

use super::call_backs::CallBacks;
use super::files::{Files, Mouth};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::webhook::notice::{self, EventRow, StoredNotice};
use crate::webhook::spool::{Places, READ_BY_EVENTS};

/// All call-backs in the spool.
pub(super) struct Events {
    call_backs: CallBacks,
    /// Whether what people answered to forms is told.
    plain: bool,
}

impl Events {
    fn rows(&self, notice: &StoredNotice) -> Vec<EventRow> {
        let rows = notice::rows(notice).into_iter();
        rows.map(|row| if self.plain { row } else { row.without_persons() }).collect()
    }
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
        Ok(Self { call_backs: CallBacks::open(config)?, plain: config.leads.plain })
    }

    async fn pass_on(&self, mouth: &Mouth, places: &mut Places) -> Result<()> {
        self.call_backs.pass_on::<Self, _>((mouth, places), |notice| self.rows(notice)).await
    }

    async fn told(&self, places: &Places) {
        self.call_backs.told(READ_BY_EVENTS, places).await;
    }
}
