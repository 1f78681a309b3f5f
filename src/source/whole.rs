//! A report's slice, whole: in parts where TikTok will not or does not give it at once.
//!
//! Too large (40067): half the days, then half the metrics, then some of the campaigns. Cut without an error
//! (`X-Tt-Ads-Throttle`, more than 20,000 ads): some of the campaigns. Rows of parts never overlap.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::accounts::Account;
use super::parents;
use super::plan::{Ask, Partition, Slice};
use super::query;
use super::reader::Reader;
use crate::error::{Kind as Wrong, Result};
use crate::streams::Parent;
use crate::streams::report::{Grain, Kind, Level, Report};
use crate::tiktok::paging::Key;

/// Campaigns of one condition, as TikTok advises (tiktok-api.md 4.1).
const CAMPAIGNS_AT_ONCE: usize = 30;
/// Where campaigns are known from.
const CAMPAIGNS: Parent = Parent { stream: "campaigns", id: &["campaign_id"], parameter: "", at_once: None };

/// The campaigns of an advertiser, learnt when they are needed.
pub(super) type Campaigns = Arc<OnceCell<Vec<Arc<str>>>>;

impl Reader {
    /// Reads a slice of a report to the last row.
    pub(super) async fn report(&self, report: &Report, partition: &Partition, slice: &Slice) -> Result<()> {
        let Some(account) = &partition.account else { return Ok(()) };
        let sizes = &self.run.sizes;
        let mut seen: HashSet<Key> = HashSet::new();
        let mut waiting = sizes.pieces(&account.id, slice);
        while let Some(part) = waiting.pop() {
            let can_part = has_campaigns(report) && part.campaigns.len() != 1;
            match self.part(partition, &part, (&mut seen, can_part)).await {
                Ok(false) => {}
                Ok(true) => match self.by_campaign(account, &part).await? {
                    parts if parts.is_empty() => {
                        self.part(partition, &part, (&mut seen, false)).await?;
                        self.tell_cut(account, &part);
                    }
                    parts => waiting.extend(parts),
                },
                Err(error) if error.kind() == Wrong::TooLarge => {
                    let halves = sizes.halve(&account.id, &part).filter(|_| is_by_time(report));
                    if let Some(halves) = halves {
                        waiting.extend(halves);
                    } else if sizes.part(&account.id, &self.stream.name) {
                        waiting.push(part);
                    } else {
                        let parts = if can_part { self.by_campaign(account, &part).await? } else { Vec::new() };
                        if parts.is_empty() {
                            return Err(error);
                        }
                        waiting.extend(parts);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads a part; whether TikTok left something out and it must be read in smaller ones.
    async fn part(
        &self,
        partition: &Partition,
        slice: &Slice,
        (seen, can_part): (&mut HashSet<Key>, bool),
    ) -> Result<bool> {
        let parts = partition.account.as_ref().map_or(1, |one| self.run.sizes.parts(&one.id, &self.stream.name));
        let cut = match query::metrics_of(&self.stream, parts).as_slice() {
            [metrics] => self.pages(partition, slice, metrics, (seen, can_part)).await?.cut,
            several => self.joined(partition, slice, several, (seen, can_part)).await?,
        };
        if cut && !can_part {
            if let Some(account) = &partition.account {
                self.tell_cut(account, slice);
            }
            return Ok(false);
        }
        Ok(cut)
    }

    /// The part by its campaigns, a few at a time; none when that does not help.
    async fn by_campaign(&self, account: &Account, slice: &Slice) -> Result<Vec<Slice>> {
        let all = match slice.campaigns.as_slice() {
            [] => self.campaigns(account).await?,
            some => some.to_vec(),
        };
        let at_once = match slice.campaigns.len() {
            0 => CAMPAIGNS_AT_ONCE,
            count => count.div_ceil(2),
        };
        let parts = all.chunks(at_once).map(|some| Slice { campaigns: some.to_vec(), ..slice.clone() });
        Ok(parts.rev().collect())
    }

    /// All campaigns, learnt once a run.
    async fn campaigns(&self, account: &Account) -> Result<Vec<Arc<str>>> {
        let cell: Campaigns = self.run.campaigns_of(&account.id);
        let scope = super::plan::Scope { include_deleted: true, ..self.scope.clone() };
        let load = || parents::load(&self.run.client, &*self.emitter, &scope, CAMPAIGNS, Some(account));
        Ok(cell.get_or_try_init(load).await?.clone())
    }

    fn tell_cut(&self, account: &Account, slice: &Slice) {
        let days = match slice.ask {
            Ask::Window(window) => format!(", {} to {}", window.start, window.end),
            _ => String::new(),
        };
        let campaign = slice.campaigns.first().map_or_else(String::new, |id| format!(", campaign {id}"));
        self.emitter.not_whole(&format!(
            "advertiser {}{days}{campaign}: TikTok reports only the newest 20,000 ads and left out the others",
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
