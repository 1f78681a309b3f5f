//! What the ledger says of an audience as a whole: one small file, put last. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::files::{BEGIN_ANEW, VERSION, newer};
use crate::error::{Error, Kind, Result};

/// Runs that are remembered.
const SYNCS_MAX: usize = 100;
/// What TikTok needs to match members, at most.
const MATCHING_TIME: TimeDelta = TimeDelta::hours(48);

/// The whole of an audience's ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// It stands first.
    pub version: u32,
    pub advertiser_id: String,
    pub audience_id: String,
    pub name: String,
    /// Hexadecimal digits that keys are made with.
    pub salt: String,
    /// Which files of changes belong to these segments.
    pub epoch: u64,
    /// Files of members, in the order of their keys.
    pub segments: Vec<String>,
    pub members: u64,
    /// The generation that was begun and not ended yet.
    #[serde(default)]
    pub open: Option<Open>,
    /// The confirmation of a generation's shrinking that was used last: it is for one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// The stream whose generations the audience equals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// How many runs there were before those that are remembered.
    #[serde(default)]
    pub forgotten: u64,
    #[serde(default)]
    pub syncs: Vec<Sync>,
}

/// A generation that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub generation: u64,
    /// Rows that its runs have brought so far; none where an older version began it.
    #[serde(default)]
    pub rows: Option<u64>,
    /// How many of them were rejected.
    #[serde(default)]
    pub rejected: u64,
}

impl Open {
    #[must_use]
    pub(crate) fn new(generation: u64) -> Self {
        Self { generation, rows: Some(0), rejected: 0 }
    }

    /// A run of it brought so many rows.
    pub(crate) fn count(&mut self, rows: u64, rejected: u64) {
        self.rows = self.rows.map(|before| before + rows);
        self.rejected += rejected;
    }
}

/// A generation that was let shrink the audience because the user confirmed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirmed {
    pub generation: u64,
    pub at: DateTime<Utc>,
    /// Members that left.
    pub members: u64,
}

/// An old copy would say that people are members who left since.
pub(crate) fn torn(whose: &str) -> Error {
    Error::new(Kind::Local, format!("The file manifest.json of the ledger of {whose} is damaged or missing"))
        .advise(BEGIN_ANEW)
}

/// What one run did to an audience.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sync {
    pub at: DateTime<Utc>,
    pub generation: Option<u64>,
    pub rows: u64,
    pub added: u64,
    pub unchanged: u64,
    /// Identifiers that were removed at TikTok.
    pub removed: u64,
    pub rejected: u64,
    /// Members afterwards.
    pub members: u64,
    /// Whether the generation was whole, and who it lacked left.
    pub complete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What TikTok said when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// TikTok's word on an audience.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub cover_num: Option<i64>,
    /// The share of members that TikTok knows, in per cent; none before it had the time to match them.
    pub match_rate: Option<f64>,
    pub is_valid: Option<bool>,
    pub expired_time: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Manifest {
    #[must_use]
    pub(crate) fn new(advertiser: &str, audience: &str, name: &str, salt: String) -> Self {
        Self {
            version: VERSION,
            advertiser_id: advertiser.to_owned(),
            audience_id: audience.to_owned(),
            name: name.to_owned(),
            salt,
            epoch: 1,
            segments: Vec::new(),
            members: 0,
            open: None,
            confirmed: None,
            stream: None,
            forgotten: 0,
            syncs: Vec::new(),
        }
    }

    pub(crate) fn read(bytes: &[u8], whose: &str) -> Result<Self> {
        match serde_json::from_slice::<Versioned>(bytes) {
            Ok(Versioned { version }) if version > VERSION => Err(newer(whose)),
            _ => serde_json::from_slice(bytes).map_err(|error| torn(whose).because(error)),
        }
    }

    #[must_use]
    pub(crate) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// How sentences call the audience.
    #[must_use]
    pub(crate) fn whose(&self) -> String {
        format!("the audience {:?} ({}) of advertiser {}", self.name, self.audience_id, self.advertiser_id)
    }

    /// An older copy than what was written last: it came to the epoch that is marked beside it.
    pub(crate) fn old(&self, marked: u64) -> Error {
        let what = format!(
            "The ledger of {} is an old copy: it has come to {}, and the file {}.epoch beside it says {marked}",
            self.whose(),
            self.epoch,
            self.audience_id
        );
        Error::new(Kind::Local, what).advise(BEGIN_ANEW)
    }

    /// Refuses what belongs to another audience.
    pub(crate) fn check(&self, advertiser: &str, audience: &str) -> Result<()> {
        if self.advertiser_id == advertiser && self.audience_id == audience {
            return Ok(());
        }
        Err(Error::config(format!(
            "The ledger of audience {audience} of advertiser {advertiser} is that of audience {} of advertiser {}",
            self.audience_id, self.advertiser_id
        ))
        .advise("Nobody was added or removed. Put each audience's files back into its own folder."))
    }

    pub(crate) fn remember(&mut self, sync: Sync) {
        self.syncs.push(sync);
        let more = self.syncs.len().saturating_sub(SYNCS_MAX);
        self.syncs.drain(..more);
        self.forgotten += more as u64;
    }

    /// The share of members that TikTok counts, in per cent; none before it had the time to match them.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share in per cent")]
    pub(crate) fn match_rate(&self, covered: i64, now: DateTime<Utc>) -> Option<f64> {
        match self.matchable(now) {
            Matchable::Members(members) => Some((covered as f64 * 1_000.0 / members as f64).round() / 10.0),
            Matchable::From(_) | Matchable::Never => None,
        }
    }

    /// Members that TikTok had the time to match, and that it will have had by a later time.
    #[must_use]
    pub(crate) fn matchable(&self, now: DateTime<Utc>) -> Matchable {
        match self.syncs.iter().rev().find(|sync| sync.at <= now - MATCHING_TIME) {
            Some(sync) if sync.members > 0 => Matchable::Members(sync.members),
            _ => self.syncs.first().map_or(Matchable::Never, |sync| Matchable::From(sync.at + MATCHING_TIME)),
        }
    }
}

/// Whether a match rate can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matchable {
    Members(u64),
    From(DateTime<Utc>),
    Never,
}
