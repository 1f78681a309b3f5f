//! The numbers of a run. What is written here is what `--summary` holds, name for name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the form of a summary.
pub(crate) const VERSION: u32 = 1;

/// What a run of `read` or `write` did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Summary {
    /// The version of this form: 1. It grows when a field goes or changes its meaning; fields may come at any time.
    pub version: u32,
    /// The connector's own version.
    pub connector_version: String,
    pub role: Role,
    pub outcome: Outcome,
    /// Nothing was sent, because the config says `dry_run`.
    pub dry_run: bool,
    /// RFC 3339, UTC.
    pub began_at: String,
    /// RFC 3339, UTC.
    pub ended_at: String,
    /// How long the run took.
    pub seconds: f64,
    /// Settings of the run that are no secrets, as words for people.
    pub settings: BTreeMap<String, String>,
    pub totals: Totals,
    pub spent: Spent,
    pub timeline: Timeline,
    /// What went wrong, the most hopeful first.
    pub problems: Vec<Problem>,
    /// The streams that were read; empty for `write`.
    pub read: Vec<ReadStream>,
    /// What was written; absent for `read`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub written: Option<Written>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// `read`
    #[default]
    Source,
    /// `write`
    Destination,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// All of it was done.
    Complete,
    /// A part was done: at least one partition or day of one stream, or one row.
    Incomplete,
    /// Nothing was done whole.
    #[default]
    Failed,
    /// A signal or a closed output ended it.
    Stopped,
}

/// Sums over the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Totals {
    /// Records read, or records that came to be written.
    pub records: u64,
    /// Bytes of the records that were read, as lines; 0 for `write`.
    pub bytes: u64,
    /// Requests that left for TikTok, tries again among them.
    pub requests: u64,
    /// Answers that said “too often”.
    pub refusals: u64,
    /// Those of them that were by the app's own quota; the others were by limits of one path, advertiser or pixel.
    #[serde(default)]
    pub refusals_by_app: u64,
    /// Requests that left again after a failure.
    pub retries: u64,
    /// Times that TikTok made streams wait.
    pub waits: u64,
}

/// Where time went, in seconds. Requests are under way side by side, so each moment is shared equally among those that
/// were asked or waited then; together the parts are the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Spent {
    /// Requests were on their way.
    pub asking: f64,
    /// Requests waited for their turn within the quota, or for the end of a rest that TikTok wants.
    pub waiting_for_quota: f64,
    /// TikTok worked on what it was given.
    pub waiting_for_tiktok: f64,
    /// Requests waited to be tried again after a failure.
    pub retrying: f64,
    /// The connector's own work, its input and output, and places where files are kept.
    pub own: f64,
}

/// Requests over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Timeline {
    /// The most requests a second that the run tries: its part of the app's quota.
    pub requests_per_second: f64,
    /// How long each step is.
    pub step_seconds: f64,
    /// The steps from the run's begin on.
    pub steps: Vec<Step>,
}

/// What happened in a step of the timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Step {
    /// Requests that left.
    pub requests: u64,
    /// Answers that said “too often”.
    pub refusals: u64,
    pub spent: Spent,
}

/// What went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Problem {
    /// The stream; absent where it is the run's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stream: Option<String>,
    /// `temporary`: trying again may help; `settings`: only the user can mend it; `other`.
    pub kind: String,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advice: Option<String>,
}

/// What became of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Some or all of it could not be read or written.
    Incomplete,
    /// The run ended while it went on.
    Stopped,
    #[default]
    NotBegun,
    Complete,
}

/// A stream that was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ReadStream {
    pub stream: String,
    pub status: Status,
    pub records: u64,
    /// Of the records, as lines.
    pub bytes: u64,
    pub requests: u64,
    /// Requests that left again after a failure.
    pub retries: u64,
    /// Times that TikTok made it wait.
    pub waits: u64,
    /// Advertisers, or other parts that have a cursor of their own.
    pub partitions: u64,
    /// Those of them that were read to their end.
    pub partitions_whole: u64,
    /// Days of reports that were asked for, over all partitions.
    pub days: u64,
    /// Days that were known to hold nothing and not asked for.
    pub days_skipped: u64,
    /// Seconds from the run's begin to the stream's.
    pub began_after: f64,
    pub seconds: f64,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Written {
    pub streams: Vec<WrittenStream>,
    /// Why rows were rejected, the most frequent first.
    pub rejects: Vec<Reject>,
    /// What was done to each audience, event source or kind of managed object.
    pub targets: Vec<Target>,
    /// Fields that were left out of rows which were sent all the same, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// What ledger and TikTok say of audiences at the end.
    pub audiences: Vec<Audience>,
    /// In a dry run, the digest of the plan for `ads.apply_plan`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<String>,
}

/// A stream of the input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct WrittenStream {
    pub stream: String,
    pub status: Status,
    /// Records that came.
    pub records: u64,
    pub accepted: u64,
    pub rejected: u64,
    /// Records that ask not to be sent.
    pub passed_over: u64,
    /// Records of which nobody knows what became of them.
    pub failed: u64,
}

/// A reason why rows were rejected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Reject {
    /// A word for programs, such as `invalid_email`.
    pub reason: String,
    /// What it means, where that is the same for every row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub meaning: Option<String>,
    pub rows: u64,
    /// The rows by stream.
    pub streams: BTreeMap<String, u64>,
}

/// An audience, an event source or a kind of managed object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Target {
    /// `audience`, `event_source` or `object`.
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advertiser_id: Option<String>,
    /// What was done, and how often, such as `accepted`, `refused`, `created`, `unchanged`.
    pub done: BTreeMap<String, u64>,
}

/// An audience at the end of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Audience {
    pub name: String,
    pub id: String,
    pub advertiser_id: String,
    /// Whether ads can use it, as TikTok says.
    pub usable: bool,
    /// People whom TikTok counts in it.
    pub tiktok_count: u64,
    /// Members by the ledger, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub members: Option<u64>,
    /// The share of members whom TikTok knows, in per cent, once it had the time to match them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub match_rate: Option<f64>,
    /// When it expires, as a day (UTC).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_on: Option<String>,
    /// Whether it has expired, so that ads cannot use it.
    pub expired: bool,
    /// What the run did by the ledger, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sync: Option<Sync>,
    /// TikTok's word on it, or the ledger's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// What the run did to an audience that has a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Sync {
    pub rows: u64,
    pub added: u64,
    pub unchanged: u64,
    /// Identifiers that were removed at TikTok.
    pub removed_identifiers: u64,
    pub rejected: u64,
    /// Whether the audience equals its stream now.
    pub complete: bool,
}

impl Spent {
    #[must_use]
    pub(crate) fn whole(&self) -> f64 {
        self.asking + self.waiting_for_quota + self.waiting_for_tiktok + self.retrying + self.own
    }
}

impl Summary {
    /// The same with each of its texts changed, also those of fields that come later.
    #[must_use]
    pub(crate) fn with_texts(self, change: &dyn Fn(String) -> String) -> Self {
        let changed = serde_json::to_value(&self).map(|value| texts(value, change));
        changed.and_then(serde_json::from_value).unwrap_or_default()
    }

    /// As the file of `--summary` holds it.
    #[must_use]
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

fn texts(value: Value, change: &dyn Fn(String) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(all) => all.into_iter().map(|one| texts(one, change)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| (change(name), texts(field, change)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}
