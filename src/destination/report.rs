//! What a run did, and what TikTok says of the audiences afterwards.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use super::audiences::{self, Known};
use super::flush::{AudienceAt, Row};
use super::member::Fault;
use super::rejects::{self, Rejects};
use super::send::Post;
use crate::config::destination::Operation;

/// Matches that an audience needs before ads can be aimed at it (destinations.md 1d).
const MATCHES_MIN: i64 = 1_000;

/// Counts of a run.
#[derive(Debug, Default)]
pub struct Report {
    audiences: BTreeMap<AudienceAt, Counts>,
    left_out: BTreeMap<String, u64>,
    /// Identifiers that a later record of the same flush spoke of again.
    pub superseded: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    added: u64,
    deleted: u64,
    sent: u64,
    refused: u64,
}

impl Report {
    pub fn received(&mut self, audience: AudienceAt, operation: Operation) {
        let counts = self.audiences.entry(audience).or_default();
        match operation {
            Operation::Add => counts.added += 1,
            Operation::Delete => counts.deleted += 1,
        }
    }

    /// Fields of accepted records that held no identifier.
    pub fn left_out(&mut self, faults: &[Fault]) {
        for fault in faults {
            *self.left_out.entry(fault.reason.to_owned()).or_default() += 1;
        }
    }

    pub fn sent(&mut self, row: &Row, refused: bool) {
        let counts = self.audiences.entry(row.audience).or_default();
        if !row.is_empty() {
            if refused { counts.refused += 1 } else { counts.sent += 1 }
        }
    }

    /// Tells the summary: in the log, and as a table on a terminal.
    pub async fn close(&self, post: &Post, known: &[Known], rejects: &Rejects) {
        let (requests, waits) = post.traffic.0.traffic();
        let table = self.table(known);
        let rest = format!(
            "rejected: {}; fields left out: {}; deduplicated: {}; requests: {requests}; waits: {waits}",
            or_none(&rejects::list(rejects.counts())),
            or_none(&rejects::list(&self.left_out)),
            self.superseded
        );
        tracing::info!("{}{table}{rest}", if post.dry_run { "Dry run, nothing was sent. " } else { "" });
        if std::io::stderr().is_terminal() {
            // A terminal that is gone needs no table.
            let _ = writeln!(std::io::stderr(), "{table}{rest}");
        }
        if !post.dry_run && !known.is_empty() {
            tell_truth(post, known).await;
        }
    }

    fn table(&self, known: &[Known]) -> String {
        let mut table = String::new();
        for (at, counts) in &self.audiences {
            let Some(audience) = usize::try_from(*at).ok().and_then(|at: usize| known.get(at)) else { continue };
            let Counts { added, deleted, sent, refused } = counts;
            let _ = writeln!(
                table,
                "audience {:?} ({}) of advertiser {}: {added} to add, {deleted} to delete, {sent} rows accepted, {refused} refused",
                audience.name, audience.id, audience.advertiser
            );
        }
        table
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// What TikTok itself says, so that a green sync with an empty audience is seen.
async fn tell_truth(post: &Post, known: &[Known]) {
    match audiences::details(&post.client, known).await {
        Err(error) => tracing::warn!("TikTok does not say how the audiences are now. {error}"),
        Ok(details) => {
            for one in details {
                let (valid, covered) = (one.is_valid.unwrap_or_default(), one.cover_num.unwrap_or_default());
                let told = one
                    .error_msg
                    .filter(|text| !text.is_empty())
                    .map_or_else(String::new, |text| format!(", TikTok's word on it: {text}"));
                let usable = if valid { "ready" } else { "not ready" };
                tracing::info!(
                    "TikTok says of the audience {:?} ({}): {usable}, {covered} people matched{told}",
                    one.name,
                    one.audience_id
                );
                if !valid || covered < MATCHES_MIN {
                    tracing::warn!(
                        "The audience {:?} ({}) cannot be used in ads yet: matching takes up to 48 hours, and {MATCHES_MIN} matched people are needed",
                        one.name,
                        one.audience_id
                    );
                }
            }
        }
    }
}
