//! What the plan of an advertiser needs to know before its slices are made: ids that requests name, and empty days.

use super::parents::{ListRequest, Lists};
use super::probe::{Probe, Subject, Wanted};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::source::plan::account::Account;
use crate::source::plan::activity::{self, Activity, ReportLoad};
use crate::source::plan::cursors::{Cursors, Place};
use crate::source::plan::{self, Activities, Learnt, Parents, Scope};
use crate::streams::{Read, StreamDef};
use crate::tiktok::{Client, Watch};

/// Asks for one stream, and shares what it learns with the others of the run.
pub(super) struct Learner<'a> {
    pub(super) client: &'a Client,
    pub(super) config: &'a SourceConfig,
    pub(super) lists: &'a Lists,
    pub(super) probe: &'a Probe,
    pub(super) stream: &'a StreamDef,
    pub(super) scope: &'a Scope,
    /// The reports of the run.
    pub(super) load: ReportLoad,
    pub(super) watch: &'a dyn Watch,
}

impl Learner<'_> {
    /// The days of an advertiser that are worth a look, before its windows are made.
    pub(super) fn look(&self, account: &Account, cursors: Option<&Cursors>) -> Option<Wanted> {
        let Read::Report(report) = &self.stream.read else { return None };
        let place = Place { advertiser: account.id.clone(), parent: None };
        let cursor = cursors.and_then(|cursors| cursors.of(&place));
        let bounds = plan::bounds(self.scope, account, cursor);
        let found = activity::days_to_probe(report, &bounds, self.load).filter(|_| self.config.skip_empty_days);
        let (window, depth) = found?;
        let whole = activity::judged(&plan::bounds(self.scope, account, None))?;
        Some(Wanted { window, whole, depth })
    }

    /// What the plan of some accounts needs to know.
    pub(super) async fn learn(&self, accounts: &[Account], looks: Vec<Option<Wanted>>) -> Result<Learnt> {
        let mut learnt = Learnt { parents: self.parents(accounts).await?, activities: Activities::new() };
        for (account, look) in accounts.iter().zip(looks) {
            if let Some(wanted) = look {
                learnt.activities.insert(account.id.clone(), self.activity(account, wanted).await);
            }
        }
        Ok(learnt)
    }

    /// The parents that requests must name.
    async fn parents(&self, accounts: &[Account]) -> Result<Parents> {
        let mut known = Parents::new();
        let Some(parent) = self.stream.parent() else { return Ok(known) };
        let owners = if self.stream.is_the_tokens() { vec![None] } else { accounts.iter().map(Some).collect() };
        let Self { client, watch, scope, .. } = *self;
        for account in owners {
            let ids = self.lists.ids(ListRequest { client, watch, scope, parent, account }).await?;
            known.insert(account.map(|account| account.id.clone()), ids.to_vec());
        }
        Ok(known)
    }

    /// Looks for the days without ads.
    async fn activity(&self, account: &Account, wanted: Wanted) -> Activity {
        let Self { client, watch, .. } = *self;
        self.probe.activity(Subject { client, watch, account }, wanted).await
    }
}
