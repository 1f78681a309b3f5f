//! What the plan of an advertiser needs to know before its slices are made: ids that requests name, and empty days.

use super::parents::{ListRequest, Lists};
use super::probe::{Probe, Subject, Wanted};
use super::sums::DailySums;
use crate::config::{Reread, SourceConfig};
use crate::error::Result;
use crate::source::plan::account::Account;
use crate::source::plan::activity::{self, Activity, ReportLoad};
use crate::source::plan::cursors::{Cursors, Place};
use crate::source::plan::reread;
use crate::source::plan::window::{Bounds, Window};
use crate::source::plan::{self, Learnt, Parents, Scope};
use crate::streams::report::Report;
use crate::streams::{Read, StreamDef};
use crate::tiktok::{Client, Watch};

/// Asks for one stream, and shares what it learns with the others of the run.
pub(super) struct Learner<'a> {
    pub(super) client: &'a Client,
    pub(super) config: &'a SourceConfig,
    pub(super) lists: &'a Lists,
    pub(super) probe: &'a Probe,
    pub(super) sums: &'a DailySums,
    pub(super) stream: &'a StreamDef,
    pub(super) scope: &'a Scope,
    /// The reports of the run.
    pub(super) load: ReportLoad,
    pub(super) watch: &'a dyn Watch,
}

/// What is worth a look of an advertiser, before its windows are made.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    /// Days that may be empty.
    days: Option<Wanted>,
    /// Days whose sums tell whether they moved.
    sums: Option<Window>,
}

impl Learner<'_> {
    pub(super) fn look(&self, account: &Account, cursors: Option<&Cursors>) -> Look {
        let Read::Report(report) = &self.stream.read else { return Look::default() };
        let place = Place { advertiser: account.id.clone(), parent: None };
        let cursor = cursors.and_then(|cursors| cursors.of(&place));
        let bounds = plan::bounds(self.scope, account, cursor);
        let rereads_some = self.scope.reread == Reread::Changed && self.sums.tells_of(self.stream, report);
        let sums = if rereads_some { reread::window(&bounds) } else { None };
        Look { days: self.look_at_days(account, report, &bounds), sums }
    }

    fn look_at_days(&self, account: &Account, report: &Report, bounds: &Bounds) -> Option<Wanted> {
        let found = activity::days_to_probe(report, bounds, self.load).filter(|_| self.config.skip_empty_days);
        let (window, depth) = found?;
        let whole = activity::judged(&plan::bounds(self.scope, account, None))?;
        Some(Wanted { window, whole, depth })
    }

    /// What the plan of some accounts needs to know.
    pub(super) async fn learn(&self, accounts: &[Account], looks: Vec<Look>) -> Result<Learnt> {
        let mut learnt = Learnt { parents: self.parents(accounts).await?, ..Learnt::default() };
        for (account, look) in accounts.iter().zip(looks) {
            if let Some(wanted) = look.days {
                learnt.activities.insert(account.id.clone(), self.activity(account, wanted).await);
            }
            if let (Some(days), Read::Report(report)) = (look.sums, &self.stream.read) {
                let subject = Subject { client: self.client, watch: self.watch, account };
                let digests = self.sums.digests(subject, days, (report, self.scope)).await;
                learnt.digests.insert(account.id.clone(), digests);
                // What was refused just now is told at once.
                self.sums.tells_of(self.stream, report);
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
