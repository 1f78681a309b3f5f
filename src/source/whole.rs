//! A report's slice, whole: in parts where TikTok will not or does not give it at once.
//!
//! Too large (40067): half the days, then half the metrics, then some of the campaigns. Cut without an error
//! (`X-Tt-Ads-Throttle`, more than 20,000 ads): some of the campaigns. Rows of parts never overlap.

use std::collections::{BTreeSet, HashSet};

use super::accounts::Account;
use super::plan::{Ask, Partition, Scope, Slice};
use super::query;
use super::reader::Reader;
use super::refusal;
use crate::error::{Error, Kind as Wrong, Result};
use crate::streams::report::{Grain, Kind, Level, Report};
use crate::streams::{self, Parent};
use crate::tiktok::page::Key;

/// Where campaigns are known from.
const CAMPAIGNS: Parent = Parent { stream: "campaigns", id: &["campaign_id"], parameter: "", at_once: None };
/// Campaigns that one WARN names.
const NAMED_MAX: usize = 20;

impl Reader {
    /// Reads a slice of a report to the last row.
    pub(super) async fn report(&self, report: &Report, partition: &Partition, slice: &Slice) -> Result<()> {
        let read = self.all_of(report, partition, slice).await;
        let is_custom = streams::find(&self.stream.name).is_none();
        read.map_err(|error| if is_custom { refusal::of_custom(report, error) } else { error })
    }

    async fn all_of(&self, report: &Report, partition: &Partition, slice: &Slice) -> Result<()> {
        let Some(account) = &partition.account else { return Ok(()) };
        let sizes = &self.run.sizes;
        let mut seen: HashSet<Key> = HashSet::new();
        let mut waiting = sizes.pieces(&account.id, slice, has_campaigns(report));
        let mut cut = Vec::new();
        while let Some(part) = waiting.pop() {
            let asked_in = sizes.parts(&account.id, &self.stream.name);
            let can_split = has_campaigns(report) && sizes.can_split(&account.id, &part);
            match self.part(partition, &part, asked_in, (&mut seen, can_split)).await {
                Ok(false) => sizes.came(&account.id, &part, true),
                Ok(true) if can_split => match self.split(account, &part).await? {
                    parts if parts.is_empty() => {
                        self.part(partition, &part, asked_in, (&mut seen, false)).await?;
                        cut.push(part);
                    }
                    parts => waiting.extend(parts),
                },
                Ok(true) => {
                    sizes.came(&account.id, &part, false);
                    cut.push(part);
                }
                Err(error) if error.kind() == Wrong::TooLarge => {
                    waiting.extend(self.smaller(report, account, part, asked_in, error).await?);
                }
                Err(error) => return Err(error),
            }
        }
        self.tell_cut(account, slice, &cut);
        Ok(())
    }

    /// Reads a part, its metrics in so many lists; whether TikTok left something out. When it did and the part
    /// `can_split`, the rest of it is not passed on.
    async fn part(
        &self,
        partition: &Partition,
        part: &Slice,
        asked_in: usize,
        (seen, can_split): (&mut HashSet<Key>, bool),
    ) -> Result<bool> {
        match query::metrics_of(&self.stream, asked_in).as_slice() {
            [metrics] => Ok(self.pages(partition, part, metrics, (seen, can_split)).await?.cut),
            several => self.joined(partition, part, several, (seen, can_split)).await,
        }
    }

    /// What was too large, in smaller parts; the first one last.
    async fn smaller(
        &self,
        report: &Report,
        account: &Account,
        part: Slice,
        asked_in: usize,
        error: Error,
    ) -> Result<Vec<Slice>> {
        let sizes = &self.run.sizes;
        if let Some(halves) = sizes.halve(&account.id, &part).filter(|_| is_by_time(report)) {
            return Ok(halves);
        }
        if query::metrics_of(&self.stream, asked_in * 2).len() > query::metrics_of(&self.stream, asked_in).len()
            && sizes.part(&account.id, &self.stream.name, asked_in)
        {
            return Ok(vec![part]);
        }
        let parts = if has_campaigns(report) { self.split(account, &part).await? } else { Vec::new() };
        if parts.is_empty() { Err(error) } else { Ok(parts) }
    }

    /// The part by its campaigns, some at a time; none when that is not possible.
    async fn split(&self, account: &Account, part: &Slice) -> Result<Vec<Slice>> {
        // A row of a deleted campaign counts where the report counts it.
        let scope = Scope { include_deleted: true, ..self.scope.clone() };
        let run = &self.run;
        let all = run.lists.ids(&run.client, &*self.emitter, &scope, CAMPAIGNS, Some(account)).await?;
        Ok(run.sizes.split(&account.id, part, &all))
    }

    /// Names what of a slice stayed cut.
    fn tell_cut(&self, account: &Account, slice: &Slice, cut: &[Slice]) {
        if cut.is_empty() {
            return;
        }
        let days = match slice.ask {
            Ask::Window(window) => format!(", {} to {}", window.start, window.end),
            _ => String::new(),
        };
        let campaigns: BTreeSet<&str> = cut.iter().flat_map(|part| &part.campaigns).map(|id| &**id).collect();
        let named: Vec<&str> = campaigns.iter().copied().take(NAMED_MAX).collect();
        let more = campaigns.len() - named.len();
        let campaigns = match (named.as_slice(), more) {
            ([], _) => String::new(),
            (named, 0) => format!(", campaign {}", named.join(", ")),
            (named, more) => format!(", campaign {} and {more} more", named.join(", ")),
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
