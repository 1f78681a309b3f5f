//! What a run did to audiences, and what TikTok says of them afterwards.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::audiences;
use super::batch::MemberBatch;
use super::directory;
use super::known::{AudienceAt, Known};
use super::listed::Listed;
use super::member::Member;
use super::truth;
use crate::config::destination::Operation;
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::rejects;
use crate::membership::manifest::Manifest;
use crate::report::summary as report;
use crate::tiktok::Client;
use crate::words::{self, counted};

/// Matches that an audience needs before ads can be aimed at it.
const MATCHES_MIN: i64 = 1_000;

/// Audiences that one warning names.
const TOLD_MAX: usize = 10;

/// Counts of a run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    audiences: BTreeMap<AudienceAt, Counts>,
    left_out: BTreeMap<String, u64>,
    /// Identifiers that a later record of the same batch spoke of again.
    superseded: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    added: u64,
    deleted: u64,
    sent: u64,
    refused: u64,
    failed: u64,
}

impl Summary {
    /// A record is on its way, without the fields that held no identifier.
    pub(super) fn received(&mut self, audience: AudienceAt, member: &Member<'_>) {
        let counts = self.audiences.entry(audience).or_default();
        match member.operation {
            Operation::Add => counts.added += 1,
            Operation::Delete => counts.deleted += 1,
        }
        for fault in &member.identifiers.left_out {
            *self.left_out.entry(fault.reason.to_owned()).or_default() += 1;
        }
    }

    /// A batch was answered.
    pub(crate) fn settled(&mut self, batch: &MemberBatch, outcome: &Outcome) {
        self.superseded += batch.superseded();
        for row in batch.rows.iter().filter(|row| !row.is_empty()) {
            let counts = self.audiences.entry(row.audience).or_default();
            match (outcome.failed.contains_key(&row.record), outcome.is_refused(row.record)) {
                (true, _) => counts.failed += 1,
                (false, true) => counts.refused += 1,
                (false, false) => counts.sent += 1,
            }
        }
    }

    /// Fields that were left out, by reason.
    #[must_use]
    pub(super) fn left_out(&self) -> &BTreeMap<String, u64> {
        &self.left_out
    }

    /// What was done to each audience.
    #[must_use]
    pub(super) fn targets(&self, known: &[Known]) -> Vec<report::Target> {
        let target = |(at, counts): (&AudienceAt, &Counts)| {
            let audience = known.get(usize::try_from(*at).ok()?)?;
            let Counts { added, deleted, sent, refused, failed } = *counts;
            let done = [
                ("to_add", added),
                ("to_delete", deleted),
                ("accepted", sent),
                ("refused", refused),
                ("not_taken", failed),
            ];
            Some(report::Target {
                kind: "audience".to_owned(),
                name: audience.name.clone(),
                id: Some(audience.id.clone()),
                advertiser_id: Some(audience.advertiser.clone()),
                done: done
                    .into_iter()
                    .filter(|(_, count)| *count > 0)
                    .map(|(done, count)| (done.to_owned(), count))
                    .collect(),
            })
        };
        self.audiences.iter().filter_map(target).collect()
    }

    /// A line per audience, and one for the rest.
    pub(crate) fn lines(&self, known: &[Known]) -> Vec<String> {
        let line = |(at, counts): (&AudienceAt, &Counts)| {
            let audience = known.get(usize::try_from(*at).ok()?)?;
            let Counts { added, deleted, sent, refused, failed } = counts;
            let failed = if *failed > 0 { format!(", {failed} not taken") } else { String::new() };
            Some(format!(
                "audience {:?} ({}) of advertiser {}: {added} to add, {deleted} to delete, {} accepted, {refused} refused{failed}",
                audience.name,
                audience.id,
                audience.advertiser,
                counted(sent, "row")
            ))
        };
        let left_out =
            (!self.left_out.is_empty()).then(|| format!("fields left out: {}", rejects::list(&self.left_out)));
        let superseded = (self.superseded > 0).then(|| {
            format!("{} spoken of again by a later record and sent once", counted(self.superseded, "identifier"))
        });
        self.audiences.iter().filter_map(line).chain(left_out).chain(superseded).collect()
    }
}

/// What TikTok itself says, so that a green sync with an empty audience is seen.
pub(crate) async fn log_audience_status(
    client: &Client,
    known: &[Known],
    ledgers: &[Manifest],
) -> Vec<report::Audience> {
    if known.is_empty() {
        return Vec::new();
    }
    match audiences::details(client, known).await {
        Err(error) => {
            tracing::warn!("TikTok does not say how the audiences are now. {error}");
            Vec::new()
        }
        Ok(details) => {
            let now = directory::now();
            let unready: Vec<String> = details
                .iter()
                .filter(|one| !is_usable(one, now, ledgers))
                .map(|one| format!("{:?}", one.name))
                .collect();
            if !unready.is_empty() {
                tracing::warn!(
                    "Ads cannot use these audiences yet: {}. Matching takes up to 48 hours, and {MATCHES_MIN} matched \
                     people are needed",
                    words::some(&unready, TOLD_MAX)
                );
            }
            let advertiser = |one: &Listed| known.iter().find(|known| known.id == one.audience_id);
            let whole = |one: &Listed| Some(truth::told(one, &advertiser(one)?.advertiser, ledgers, now));
            details.iter().filter_map(whole).collect()
        }
    }
}

/// Tells how an audience is; whether more needs to be said of it.
fn is_usable(one: &Listed, now: NaiveDateTime, ledgers: &[Manifest]) -> bool {
    let (valid, covered) = (one.is_valid.unwrap_or_default(), one.cover_num.unwrap_or_default());
    let told = one.error_msg.as_deref().filter(|text| !text.is_empty());
    let told = told.map_or_else(String::new, |text| format!(", TikTok's word on it: {text}"));
    let usable = if valid { "ready" } else { "not ready" };
    let audience = format!("audience {:?} ({})", one.name, one.audience_id);
    let ledger = ledgers.iter().find(|ledger| ledger.audience_id == one.audience_id);
    let ours =
        ledger.map_or_else(String::new, |ledger| format!(", {}", truth::matching(ledger, covered, now.and_utc())));
    tracing::info!("TikTok says of the {audience}: {usable}, {covered} people matched{ours}{told}");
    if let Some(soon) = truth::expires_soon(one, now) {
        tracing::warn!("The {audience} {soon}");
    }
    if let Some(end) = one.expired(now) {
        tracing::warn!(
            "The {audience} expired on {}: TikTok takes no members for it, and no ads can use it",
            end.date()
        );
        return true;
    }
    valid && covered >= MATCHES_MIN
}
