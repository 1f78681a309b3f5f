//! The stream of leads, out of the spool.

use super::call_backs::CallBacks;
use super::files::{Files, Mouth};
use super::spool::Events;
use crate::config::SourceConfig;
use crate::config::leads::LeadOptions;
use crate::error::Result;
use crate::webhook::lead;
use crate::webhook::spool::{Places, READ_BY_LEADS};

/// The call-backs of leads in the spool.
pub(super) struct Leads {
    call_backs: CallBacks,
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
        Ok(Self { call_backs: CallBacks::open(config)?, options: config.leads.clone() })
    }

    async fn pass_on(&self, mouth: &Mouth, places: &mut Places) -> Result<()> {
        self.call_backs.pass_on::<Self, _>((mouth, places), |notice| lead::rows(notice, &self.options)).await
    }

    async fn told(&self, places: &Places) {
        self.call_backs.told(READ_BY_LEADS, places).await;
    }
}
