//! Rows that were refused: counted per reason, and written down where the config wants it. Identifiers are masked
//! before they get here.

mod bucket;
mod folder;
mod patience;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::streams::StreamName;
use crate::config::DestinationConfig;
use crate::config::destination::ObjectStorage;
use crate::error::{Error, Kind, Result, counted};
use bucket::Store;
use folder::Folder;
use patience::patiently;

/// One refused row.
#[derive(Debug, Clone, Serialize)]
pub struct Rejected {
    #[serde(flatten)]
    pub stream: StreamName,
    /// Which of the stream's objects refused it, where it feeds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Its number in its stream; the first is 1.
    pub row: u64,
    /// The row's key, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// A word for programs, such as `invalid_email`.
    pub reason: String,
    /// A sentence for people; TikTok's own words where TikTok refused.
    pub message: String,
}

/// Counts and keeps refused rows.
#[derive(Default)]
pub struct Rejects {
    folder: Option<Arc<Mutex<Folder>>>,
    bucket: Option<Store>,
    /// Why nothing more is stored: what failed once is not half stored twice.
    broken: Option<Error>,
    /// Since the last [`Rejects::store`].
    waiting: Vec<Rejected>,
    /// Of the whole run.
    counts: BTreeMap<String, u64>,
}

impl Rejects {
    /// Opens what the config names, so that a wrong folder is told before the first request. `sync` is the
    /// platform's number of the run.
    pub fn open(config: &DestinationConfig, sync: u64) -> Result<Self> {
        let folder = config.rejected_records.as_deref().map(Folder::open).transpose()?;
        let folder = folder.map(|folder| Arc::new(Mutex::new(folder)));
        let bucket = match &config.object_storage_config {
            ObjectStorage::None => None,
            ObjectStorage::S3(bucket) => Some(Store::open(bucket, sync)?),
        };
        Ok(Self { folder, bucket, ..Self::default() })
    }

    pub fn add(&mut self, rejected: Rejected) {
        *self.counts.entry(rejected.reason.clone()).or_default() += 1;
        self.waiting.push(rejected);
    }

    /// Makes what waits durable and tells it in one WARN; only then may it be acknowledged.
    pub async fn store(&mut self) -> Result<()> {
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
        let were = if waiting.len() == 1 { "was" } else { "were" };
        tracing::warn!("{} {were} rejected: {}", counted(waiting.len(), "row"), list(&count(&waiting)));
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
            let stream = &stream.to_string();
            if let Some(folder) = &self.folder {
                append(folder.clone(), stream.to_owned(), lines.clone()).await?;
            }
            if let Some(bucket) = &mut self.bucket {
                bucket.put(stream, lines).await?;
            }
        }
        Ok(())
    }

    /// How many rows of the run were refused, per reason.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }
}

/// Appends beside everything else: a folder may lie on a disk that hangs.
async fn append(folder: Arc<Mutex<Folder>>, stream: String, lines: String) -> Result<()> {
    let write = move || folder.lock().unwrap_or_else(PoisonError::into_inner).append(&stream, &lines);
    patiently("the folder", tokio::task::spawn_blocking(write))
        .await
        .unwrap_or_else(|panic| Err(Error::new(Kind::Unexpected, "A part of the connector stopped").because(panic)))
}

/// A stream's name may hold what no file's name may.
fn safe(stream: &str) -> String {
    stream.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

fn count(rejected: &[Rejected]) -> BTreeMap<String, u64> {
    rejected.iter().fold(BTreeMap::new(), |mut counts, one| {
        *counts.entry(one.reason.clone()).or_default() += 1;
        counts
    })
}

/// `invalid_email 2, empty 1`
#[must_use]
pub fn list(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
}

/// The same for people, where there may be none.
#[must_use]
pub fn list_or_none(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() { "none".to_owned() } else { list(counts) }
}
