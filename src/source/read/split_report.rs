//! A report's slice, whole: in parts where TikTok will not or does not give it at once.
//!
//! Too large (40067): half the days, then half the metrics, then some of the campaigns. Cut without an error
//! (`X-Tt-Ads-Throttle`, more than 20,000 ads): some of the campaigns. Rows of parts never overlap.

use std::collections::BTreeSet;

use super::lost::Lost;
use super::outcome::Broken;
use super::parents::ListRequest;
use super::reader::{Asked, Reader, Reread};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::source::plan::account::Account;
use crate::source::plan::query;
use crate::source::plan::refusal;
use crate::source::plan::withdrawn::Names;
use crate::source::plan::{Partition, ReportSlice, Scope, Slice};
use crate::streams::report::{Grain, Kind, Level, Report};
use crate::streams::{Only, Parent};
use crate::tiktok::page::RowKeys;
use crate::words;

/// Where campaigns are known from.
const CAMPAIGNS: Parent = Parent {
    streams: &["campaigns"],
    id: &["campaign_id"],
    parameter: "",
    at_once: None,
    outlives: false,
    only: Only::All,
    in_filtering: false,
};
/// Campaigns that one WARN names.
const NAMED_MAX: usize = 20;

/// In how many lists the metrics of a part are asked for, and whether it may be split instead.
#[derive(Clone, Copy)]
struct Lists {
    asked_in: usize,
    may_split: bool,
}

impl Reader {
    /// Reads a slice of a report to the last row.
    pub(super) async fn report(&self, partition: &Partition, slice: &ReportSlice) -> Result<(), Broken> {
        let read = self.all_of(partition, slice).await;
        let told = |error| if self.stream.is_custom() { refusal::of_custom(&slice.report, error) } else { error };
        read.map_err(|broken| Broken { error: told(broken.error), ..broken })
    }

    async fn all_of(&self, partition: &Partition, slice: &ReportSlice) -> Result<(), Broken> {
        let Some(account) = &partition.account else { return Ok(()) };
        let report = &*slice.report;
        let limits = &self.run.limits;
        let mut seen = RowKeys::default();
        let mut waiting = Vec::new();
        for piece in limits.pieces(&account.id, slice, has_campaigns(report)) {
            match report.below() {
                Some(below) => waiting.extend(self.named(account, &piece, below).await?),
                None => waiting.push(piece),
            }
        }
        let (mut cut, mut lost) = (Vec::new(), Lost::default());
        while let Some(part) = waiting.pop() {
            if lost.is_past(&part) {
                limits.forget(&account.id, &self.stream.name);
            }
            if lost.is_given_up(&part) {
                continue;
            }
            let asked_in = limits.parts(&account.id, &self.stream.name);
            let can_split = has_campaigns(report) && limits.can_split(&account.id, &part);
            let lists = Lists { asked_in, may_split: can_split };
            match self.part(partition, &part, lists, &mut seen).await {
                Ok(false) => {
                    limits.came(&account.id, &part, true);
                    lost.came(&part);
                }
                Ok(true) if can_split => match self.split(account, &part).await? {
                    parts if parts.is_empty() => {
                        self.part(partition, &part, Lists { may_split: false, ..lists }, &mut seen).await?;
                        cut.push(part);
                    }
                    parts => waiting.extend(parts),
                },
                Ok(true) => {
                    limits.came(&account.id, &part, false);
                    cut.push(part);
                }
                Err(error) if error.kind() == ErrorKind::TooLarge => {
                    match self.smaller(account, &part, asked_in, error).await {
                        Ok(parts) => waiting.extend(parts),
                        Err(error) => lost.add(is_by_time(report), &part, error)?,
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.tell_cut(account, slice, &cut);
        if lost.is_empty() {
            return Ok(());
        }
        limits.forget(&account.id, &self.stream.name);
        Err(lost.broken(account, slice))
    }

    /// Reads a part, its metrics in so many lists; whether TikTok left something out. When it did and the part
    /// `can_split`, the rest of it is not passed on. Metrics that TikTok does not have are left out: each time at least
    /// one more, so this ends.
    async fn part(&self, partition: &Partition, part: &ReportSlice, lists: Lists, seen: &mut RowKeys) -> Result<bool> {
        let slice = &Slice::Report(part.clone());
        loop {
            let without = self.run.withdrawn.of(&self.stream.name);
            let reread = Reread { seen: &mut *seen, may_split: lists.may_split };
            let read = match query::metrics_of(&self.stream, lists.asked_in, &without).as_slice() {
                [metrics] => self.pages(Asked { partition, slice, metrics }, reread).await.map(|passed| passed.cut),
                several => self.joined(partition, slice, several, reread).await,
            };
            match read {
                Err(error) if self.goes_without(&part.report, &without, &error) => {}
                read => return read,
            }
        }
    }

    /// Whether the report can do without what TikTok refuses of it. A custom report's metrics are its author's to mend.
    fn goes_without(&self, report: &Report, without: &Names, error: &Error) -> bool {
        let asked: Vec<&str> =
            report.metrics().map(|metric| metric.name).filter(|name| !without.contains(name)).collect();
        let refused = refusal::metrics(error, asked.iter().copied());
        if refused.is_empty() || refused.len() == asked.len() || self.stream.is_custom() {
            return false;
        }
        let new = self.run.withdrawn.learn(&self.stream.name, &refused);
        if !new.is_empty() {
            let named: Vec<String> = new.iter().map(|name| format!("`{name}`")).collect();
            tracing::warn!(
                "TikTok no longer has {} (stream `{}`): reports are read without, and what has this name stays null",
                named.join(", "),
                self.stream.name
            );
        }
        true
    }

    /// What was too large, in smaller parts; the first one last.
    async fn smaller(
        &self,
        account: &Account,
        part: &ReportSlice,
        asked_in: usize,
        error: Error,
    ) -> Result<Vec<ReportSlice>> {
        let report = &*part.report;
        let limits = &self.run.limits;
        if let Some(halves) = limits.halve(&account.id, part).filter(|_| is_by_time(report)) {
            return Ok(halves);
        }
        let without = self.run.withdrawn.of(&self.stream.name);
        let lists = |parts| query::metrics_of(&self.stream, parts, &without).len();
        if lists(asked_in * 2) > lists(asked_in) && limits.part(&account.id, &self.stream.name, asked_in) {
            return Ok(vec![part.clone()]);
        }
        let parts = if has_campaigns(report) { self.split(account, part).await? } else { Vec::new() };
        if parts.is_empty() { Err(error) } else { Ok(parts) }
    }

    /// The part by its campaigns, some at a time; none when that is not possible.
    async fn split(&self, account: &Account, part: &ReportSlice) -> Result<Vec<ReportSlice>> {
        // A row of a deleted campaign counts where the report counts it.
        let scope = Scope { include_deleted: true, ..self.scope.clone() };
        let run = &self.run;
        let request = ListRequest {
            client: &run.client,
            watch: &*self.emitter,
            scope: &scope,
            parent: CAMPAIGNS,
            account: Some(account),
        };
        let all = run.lists.ids(request).await?;
        Ok(run.limits.split(&account.id, part, &all))
    }

    /// Names what of a slice stayed cut.
    fn tell_cut(&self, account: &Account, slice: &ReportSlice, cut: &[ReportSlice]) {
        if cut.is_empty() {
            return;
        }
        self.run.notes.cut(&self.stream.name, &account.id);
        let days = slice.window.map(|window| format!(", {} to {}", window.start, window.end)).unwrap_or_default();
        let campaigns: BTreeSet<&str> = cut.iter().flat_map(|part| &part.campaigns).map(|id| &**id).collect();
        let campaigns: Vec<&str> = campaigns.into_iter().collect();
        let campaigns = match words::some(&campaigns, NAMED_MAX) {
            none if none.is_empty() => none,
            some => format!(", campaign {some}"),
        };
        self.emitter.not_whole(&format!(
            "advertiser {}{days}{campaigns}: TikTok reports only the newest 20,000 ads and left out the others",
            account.id
        ));
    }
}

/// Whether days of the report can be asked for apart.
fn is_by_time(report: &Report) -> bool {
    matches!(report.grain, Grain::Hour | Grain::Day)
}

/// Whether the report can be asked for by campaign, and its rows are not sums over campaigns.
fn has_campaigns(report: &Report) -> bool {
    let (Kind::Basic(level) | Kind::Audience(level)) = report.kind else { return false };
    level > Level::Advertiser
}
