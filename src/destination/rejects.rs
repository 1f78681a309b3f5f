//! Rows that were refused: counted per reason, and written down where the config wants it. Identifiers are masked
//! before they get here.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Kind, Result};

/// One refused row.
#[derive(Debug, Clone, Serialize)]
pub struct Rejected {
    pub stream: String,
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
pub struct Rejects {
    folder: Option<PathBuf>,
    files: BTreeMap<String, File>,
    /// Since the last [`Rejects::store`].
    waiting: Vec<Rejected>,
    /// Of the whole run.
    counts: BTreeMap<String, u64>,
}

impl Rejects {
    /// Opens the folder, so that a wrong one is told before the first request.
    pub fn open(folder: Option<&Path>) -> Result<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
        }
        Ok(Self {
            folder: folder.map(Path::to_owned),
            files: BTreeMap::new(),
            waiting: Vec::new(),
            counts: BTreeMap::new(),
        })
    }

    pub fn add(&mut self, rejected: Rejected) {
        *self.counts.entry(rejected.reason.clone()).or_default() += 1;
        self.waiting.push(rejected);
    }

    /// Makes what waits durable and tells it in one WARN; only then may it be acknowledged.
    pub fn store(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        // What fails stays waiting: asked again, it must not look stored.
        self.keep()?;
        let waiting = std::mem::take(&mut self.waiting);
        tracing::warn!("{} rows were rejected: {}", waiting.len(), list(&count(&waiting)));
        Ok(())
    }

    /// Writes what waits and makes it durable.
    fn keep(&mut self) -> Result<()> {
        if let Some(folder) = self.folder.clone() {
            let waiting = std::mem::take(&mut self.waiting);
            let written = waiting.iter().try_for_each(|rejected| self.write(&folder, rejected));
            self.waiting = waiting;
            written?;
            self.files.values().try_for_each(File::sync_data).map_err(|error| unwritable(&folder, error))?;
        }
        Ok(())
    }

    /// How many rows of the run were refused, per reason.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    fn write(&mut self, folder: &Path, rejected: &Rejected) -> Result<()> {
        let name = file_name(&rejected.stream);
        let path = folder.join(&name);
        let fault = |error| unwritable(&path, error);
        let file = match self.files.entry(name) {
            std::collections::btree_map::Entry::Occupied(file) => file.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(OpenOptions::new().create(true).append(true).open(&path).map_err(fault)?)
            }
        };
        let line = serde_json::to_string(rejected).unwrap_or_default() + "\n";
        file.write_all(line.as_bytes()).map_err(fault)
    }
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::Local, format!("Cannot write rejected rows to {}: {error}", path.display()))
        .advise("Name a folder that can be written in `rejected_records`, or leave it empty.")
}

/// A stream's name may hold what no file's name may.
fn file_name(stream: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    format!("rejected-{}.jsonl", stream.chars().map(safe).collect::<String>())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(reason: &str) -> Rejected {
        Rejected {
            stream: "a/b c".into(),
            key: Some("12***".into()),
            field: Some("email"),
            reason: reason.into(),
            message: "No.".into(),
        }
    }

    #[test]
    fn rows_are_appended_to_a_file_per_stream() {
        let folder = std::env::temp_dir().join(format!("rejects-{}", std::process::id()));
        let mut rejects = Rejects::open(Some(&folder)).unwrap();
        rejects.add(rejected("empty"));
        rejects.store().unwrap();
        rejects.add(rejected("empty"));
        rejects.store().unwrap();
        let text = std::fs::read_to_string(folder.join("rejected-a_b_c.jsonl")).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            text.lines().next().unwrap(),
            r#"{"stream":"a/b c","key":"12***","field":"email","reason":"empty","message":"No."}"#
        );
        assert_eq!(list(rejects.counts()), "empty 2");
    }

    #[test]
    fn a_folder_that_cannot_be_is_told_at_once() {
        let error = Rejects::open(Some(Path::new("/dev/null/x"))).err().unwrap();
        assert!(error.to_string().starts_with("Cannot write rejected rows to /dev/null/x: "), "{error}");
    }
}
