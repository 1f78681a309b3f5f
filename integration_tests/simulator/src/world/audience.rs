//! One custom audience.

use super::members::{Digest, IdType, Members};
use crate::assumptions::{EXPIRED_IS_EDITABLE, HISTORY_KEPT, TOO_SMALL_MSG};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeSet, VecDeque};

/// Matched users from which an audience can be targeted (`docs/tiktok-api.md` 5.3).
pub const MATCHES_NEEDED: u64 = 1_000;
/// Days of life left below which an audience is expiring (`docs/tiktok-api.md` 3.7).
const EXPIRING_DAYS: i64 = 60;

/// Where an audience comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudienceKind {
    /// Made and filled by the streaming API.
    Partner,
    CustomerFile,
    Lookalike,
}

impl AudienceKind {
    /// The display string on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AudienceKind::Partner => "Partner",
            AudienceKind::CustomerFile => "Customer File Audience",
            AudienceKind::Lookalike => "Lookalike Audience",
        }
    }
}

/// An entry of `audience_history`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceEvent {
    pub action: &'static str,
    pub detail: String,
    pub at: DateTime<Utc>,
}

/// How long TikTok works on a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) until: DateTime<Utc>,
    /// Changes that are refused meanwhile.
    pub(crate) looks: u32,
}

/// A custom audience.
#[derive(Clone, Debug)]
pub struct Audience {
    pub id: u64,
    /// The account that owns it.
    pub advertiser: u64,
    pub name: String,
    pub kind: AudienceKind,
    pub created: DateTime<Utc>,
    pub expires: DateTime<Utc>,
    /// Why TikTok cannot use it.
    pub error: Option<String>,
    /// Users that matched before the simulator was there.
    pub cover: u64,
    /// Newest first.
    pub history: VecDeque<AudienceEvent>,
    /// What a lookalike was made of, as the call gave it.
    pub lookalike: Option<serde_json::Value>,
    /// Other accounts that have it, too.
    pub shared_with: BTreeSet<u64>,
    pub(crate) members: Members,
    /// What TikTok still does to it.
    pub(crate) work: Option<Work>,
}

impl Audience {
    /// Its hashes of one type in lower-case hex, sorted.
    #[must_use]
    pub fn members(&self, id_type: IdType) -> Vec<String> {
        let mut digests: Vec<Digest> = self.members.of(id_type).into_iter().flatten().copied().collect();
        digests.sort_unstable();
        digests.iter().map(|digest| digest.hex(id_type)).collect()
    }

    /// How many hashes of one type it holds.
    #[must_use]
    pub fn count(&self, id_type: IdType) -> usize {
        self.members.count(id_type)
    }

    /// Whether it holds a hash, written in either case.
    #[must_use]
    pub fn has(&self, id_type: IdType, hash: &str) -> bool {
        let digest = Digest::of(id_type, hash);
        digest.is_some_and(|digest| self.members.of(id_type).is_some_and(|set| set.contains(&digest)))
    }

    /// Matched users when this share of people is known to TikTok. A person with several
    /// identifiers counts once, so the most frequent type is taken for the number of people.
    #[must_use]
    pub fn cover_num(&self, match_rate: f64) -> u64 {
        let people = IdType::EVERY.into_iter().map(|id_type| self.count(id_type)).max().unwrap_or(0);
        self.cover + (people as f64 * match_rate).round() as u64
    }

    #[must_use]
    pub fn is_valid(&self, match_rate: f64, now: DateTime<Utc>) -> bool {
        self.error.is_none() && !self.is_expired(now) && self.cover_num(match_rate) >= MATCHES_NEEDED
    }

    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires
    }

    pub(crate) fn is_expiring(&self, now: DateTime<Utc>) -> bool {
        self.expires - now < TimeDelta::days(EXPIRING_DAYS)
    }

    /// Whether the streaming API may change its members.
    pub(crate) fn is_editable(&self, now: DateTime<Utc>) -> bool {
        self.kind == AudienceKind::Partner && (EXPIRED_IS_EDITABLE || !self.is_expired(now))
    }

    /// `msg`: what is the matter, if nothing is wrong.
    pub(crate) fn msg(&self, match_rate: f64) -> &'static str {
        let small = self.error.is_none() && self.cover_num(match_rate) < MATCHES_NEEDED;
        if small { TOO_SMALL_MSG } else { "" }
    }

    pub(crate) fn note(&mut self, action: &'static str, detail: String, at: DateTime<Utc>) {
        self.history.push_front(AudienceEvent { action, detail, at });
        self.history.truncate(HISTORY_KEPT);
    }
}

/// An audience that was connected to an ad group, or disconnected.
#[derive(Clone, Debug)]
pub struct Applied {
    pub advertiser: u64,
    pub audience: String,
    pub group: u64,
    pub usage: String,
    pub at: DateTime<Utc>,
}
