//! Rows that were refused: counted per reason, and written down where the config wants it. Identifiers are hashed or
//! left out before they get here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::value::RawValue;

use super::ledger::Tally;
use super::streams::StreamName;
use super::tolerance::{Moment, Tolerance, judged};
use crate::config::DestinationConfig;
use crate::config::destination::ObjectStorage;
use crate::destination::record::columns;
use crate::destination::record::fault::DELETED;
use crate::error::{Error, Result};
use crate::report::summary::Reject;
use crate::store::{Purpose, Store, safe};
use crate::words::counted;
use crate::written::REJECTED;

const PURPOSE: Purpose = Purpose {
    what: "rejected rows",
    setting: "rejected_records",
    otherwise: "The rows since the last STATE are sent again by the next sync.",
};

/// Names of columns that an error tells.
const COLUMNS_TOLD_MAX: usize = 20;

/// One refused row.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Rejected {
    #[serde(flatten)]
    pub stream: StreamName,
    /// Which of the stream's objects refused it, where it feeds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Its number in its stream; the first is 1.
    pub row: u64,
    /// What names the row: whole, or a hash where it may name a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// A word for programs, such as `invalid_email`.
    pub reason: String,
    /// A sentence for people; TikTok's own words where TikTok refused.
    pub message: String,
    /// The same, where it is the same for every row.
    #[serde(skip)]
    pub meaning: Option<&'static str>,
}

/// Counts and keeps refused rows.
#[derive(Default)]
pub(crate) struct Rejects {
    folder: Option<Store>,
    bucket: Option<Store>,
    /// Why nothing more is stored: what failed once is not half stored twice.
    broken: Option<Error>,
    /// Since the last [`Rejects::store`].
    waiting: Vec<Rejected>,
    /// Of the whole run.
    counts: BTreeMap<String, u64>,
    by_stream: BTreeMap<(String, StreamName), u64>,
    /// The first row of each reason, and of the run.
    first: BTreeMap<String, Rejected>,
    columns: Vec<String>,
    tolerance: Tolerance,
}

impl Rejects {
    /// Opens what the config names, so that a wrong folder is told before the first request. `sync` is the
    /// platform's number of the run.
    pub(crate) fn open(config: &DestinationConfig, sync: u64) -> Result<Self> {
        let folder = config.rejected_records.as_deref().map(|path| Store::folder(path, PURPOSE)).transpose()?;
        let bucket = match &config.object_storage_config {
            ObjectStorage::None => None,
            ObjectStorage::S3(bucket) => Some(Store::bucket(bucket, &sync.to_string(), PURPOSE)?),
        };
        let tolerance = Tolerance::new(config.rejects.max_percent);
        Ok(Self { folder, bucket, tolerance, ..Self::default() })
    }

    /// `data` is the row, if it is still at hand.
    pub(crate) fn add(&mut self, rejected: Rejected, data: Option<&RawValue>) {
        *self.counts.entry(rejected.reason.clone()).or_default() += 1;
        *self.by_stream.entry((rejected.reason.clone(), rejected.stream.clone())).or_default() += 1;
        if let (true, Some(data)) = (self.first.is_empty(), data) {
            self.columns = columns::names_in(data, COLUMNS_TOLD_MAX);
        }
        // Rows that waited for others are rejected later than rows after them.
        let is_first = |first: &Rejected| first.stream == rejected.stream && rejected.row < first.row;
        if self.first.get(&rejected.reason).is_none_or(is_first) {
            self.first.insert(rejected.reason.clone(), rejected.clone());
        }
        self.waiting.push(rejected);
    }

    /// Makes what waits durable and tells it in one WARN; only then may it be acknowledged.
    pub(crate) async fn store(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        // What fails stays waiting: asked again, it must not look stored.
        if let Some(error) = &self.broken {
            return Err(error.reworded(str::to_owned));
        }
        if let Err(error) = self.keep().await {
            self.broken = Some(error.reworded(str::to_owned));
            return Err(error);
        }
        let waiting = std::mem::take(&mut self.waiting);
        // Several objects may have refused the same row.
        let rows = waiting.iter().map(|one| (&one.stream, one.row)).collect::<BTreeSet<_>>().len();
        let were = if rows == 1 { "was" } else { "were" };
        let first = waiting
            .first()
            .map_or_else(String::new, |one| format!("; the first is row {} of `{}`", one.row, one.stream));
        tracing::warn!("{} {were} rejected: {}{first}", counted(rows, "row"), list(&count(&waiting)));
        Ok(())
    }

    async fn keep(&mut self) -> Result<()> {
        let mut by_stream: BTreeMap<&StreamName, String> = BTreeMap::new();
        for rejected in &self.waiting {
            let lines = by_stream.entry(&rejected.stream).or_default();
            lines.push_str(&serde_json::to_string(rejected).unwrap_or_default());
            lines.push('\n');
        }
        for (stream, lines) in by_stream {
            let stream = safe(&stream.to_string());
            if let Some(folder) = &self.folder {
                folder.append(format!("{REJECTED}{stream}"), lines.clone()).await?;
            }
            if let Some(bucket) = &self.bucket {
                // Where Airbyte's platform looks for them.
                bucket.append(stream, lines).await?;
            }
        }
        Ok(())
    }

    /// A run of which nothing was written is no success, however well each of its rows was told.
    #[must_use]
    pub(crate) fn none_accepted(&self, rows: u64) -> Option<Error> {
        let faults = self.counts.iter().filter(|(reason, _)| **reason != DELETED.reason);
        let (reason, count) = faults.max_by_key(|(_, count)| **count)?;
        let first = self.first.get(reason)?;
        let (what, row, stream) = (first.message.trim_end_matches('.'), first.row, &first.stream);
        let who = match (rows, *count) {
            (1, _) => "The only row was rejected".to_owned(),
            (rows, count) if count < rows => format!("All {rows} rows were rejected, {count} of them"),
            (rows, _) => format!("All {rows} rows were rejected"),
        };
        let mut advice = format!("The first such row is number {row} of stream `{stream}`.");
        if !self.columns.is_empty() && is_missing(reason) {
            let columns = self.columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            advice += &format!(
                " Rows have columns such as {columns}: names count to the letter, and `mappings` lead from them to TikTok's fields."
            );
        }
        advice += self.how_to_see_them();
        Some(Error::config(format!("{who} for {reason}: {what}")).advise(advice))
    }

    /// What ends a run of which more of a stream was refused than the config allows, out of the stream's rows so far
    /// and what became of them.
    #[must_use]
    pub(crate) fn too_many(
        &self,
        stream: &StreamName,
        (received, tally): (u64, Tally),
        moment: Moment,
    ) -> Option<Error> {
        if !self.tolerance.is_exceeded(received, tally, moment) {
            return None;
        }
        let (rejected, judged) = (tally.rejected, judged(received, tally, moment));
        let so_far = if moment == Moment::Underway { " so far" } else { "" };
        let ofs = self.first.values().filter(|first| first.stream == *stream && first.reason != DELETED.reason);
        let first = ofs.min_by_key(|first| first.row);
        let such = first.map_or_else(String::new, |first| {
            format!("; the first is row {} for {}: {}", first.row, first.reason, first.message.trim_end_matches('.'))
        });
        let most = self.tolerance.max_percent();
        let message = format!(
            "Of stream `{stream}` {rejected} of {judged} rows{so_far} were rejected, more than the {most} % that `rejects.max_percent` allows{such}"
        );
        let advice = "What was accepted stays, and is acknowledged. Mend the rows, or raise `rejects.max_percent`.";
        Some(Error::config(message).advise(format!("{advice}{}", self.how_to_see_them())))
    }

    /// Advice where refused rows are not kept.
    fn how_to_see_them(&self) -> &'static str {
        if self.folder.is_none() && self.bucket.is_none() {
            " Set `rejected_records` to see every row's reason."
        } else {
            ""
        }
    }

    /// The same for the report of the run, the most frequent reason first.
    #[must_use]
    pub(crate) fn told(&self) -> Vec<Reject> {
        let told = |(reason, rows): (&String, &u64)| {
            let streams = self.by_stream.iter().filter(|((of, _), _)| of == reason);
            Reject {
                reason: reason.clone(),
                meaning: self.first.get(reason).and_then(|first| first.meaning).map(str::to_owned),
                rows: *rows,
                streams: streams.map(|((_, stream), rows)| (stream.to_string(), *rows)).collect(),
            }
        };
        let mut told: Vec<Reject> = self.counts.iter().map(told).collect();
        told.sort_by_key(|reject| std::cmp::Reverse(reject.rows));
        told
    }

    /// How many rows of the run were refused, per reason.
    #[must_use]
    pub(crate) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }
}

/// Whether a row lacks something, perhaps because its column is called otherwise.
fn is_missing(reason: &str) -> bool {
    reason == "empty" || reason.ends_with("_missing")
}

fn count(rejected: &[Rejected]) -> BTreeMap<String, u64> {
    rejected.iter().fold(BTreeMap::new(), |mut counts, one| {
        *counts.entry(one.reason.clone()).or_default() += 1;
        counts
    })
}

/// `invalid_email 2, empty 1`
#[must_use]
pub(crate) fn list(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
}

/// The same for people, where there may be none.
#[must_use]
pub(crate) fn list_or_none(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() { "none".to_owned() } else { list(counts) }
}
