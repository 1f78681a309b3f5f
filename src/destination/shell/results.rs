//! What became of each row that manages an object, a line a row: stored where the config wants it. In a dry run they
//! are a plan, whose digest stands for all of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use super::looks::LISTED_AFTER;
use super::streams::StreamName;
use crate::clock;
use crate::config::DestinationConfig;
use crate::config::destination::ObjectStorage;
use crate::destination::record::fault::Fault;
use crate::error::Result;
use crate::lock::lock;
use crate::report::summary::Target;
use crate::store::{Purpose, Store, safe};
use crate::written::{RESULTS, RESULTS_FOLDER};

const PURPOSE: Purpose = Purpose {
    what: "results",
    setting: "result_records",
    otherwise: "Rows that change nothing any more are told as unchanged by the next sync.",
};

/// What was done for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Done {
    Created,
    Updated,
    Paused,
    Resumed,
    Deleted,
    Unchanged,
    Refused,
    Planned,
    /// Nobody knows whether TikTok has it.
    Unknown,
    /// It is about to be made.
    Intent,
    Ended,
    Promoted,
}

impl Done {
    #[must_use]
    pub(crate) fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// What was done to a kind of object, in numbers.
#[must_use]
pub(crate) fn object_target<'c>(object: &str, counts: impl Iterator<Item = (&'c Done, &'c u64)>) -> Target {
    let done = counts.map(|(done, count)| (done.word(), *count)).collect();
    Target { kind: "object".to_owned(), name: object.to_owned(), done, ..Target::default() }
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ResultRow {
    #[serde(flatten)]
    pub stream: StreamName,
    /// The object's id, or its names from the top.
    pub key: String,
    pub object: &'static str,
    pub advertiser_id: String,
    pub action: Done,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From each field to its values before and after.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub changes: Map<String, Value>,
}

impl ResultRow {
    /// A row that was refused before anything was asked.
    #[must_use]
    pub(crate) fn refused(stream: StreamName, object: &'static str, key: String, fault: &Fault) -> Self {
        Self {
            stream,
            key,
            object,
            advertiser_id: String::new(),
            action: Done::Refused,
            id: None,
            reason: Some(format!("{}: {}", fault.reason, fault.message)),
            changes: Map::new(),
        }
    }
}

/// Where results go.
#[derive(Default)]
pub(crate) struct Results {
    folder: Option<Store>,
    bucket: Option<Store>,
    /// What later runs must know, of a bucket, whose results lie apart by run.
    memory: Option<Store>,
    plan: Mutex<Plan>,
    /// What earlier runs were about to make, and told nothing of afterwards.
    intents: OnceCell<HashMap<String, i64>>,
}

/// A line of an earlier run.
#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    key: Cow<'l, str>,
    #[serde(borrow)]
    object: Cow<'l, str>,
    #[serde(borrow)]
    advertiser_id: Cow<'l, str>,
    #[serde(borrow)]
    action: Cow<'l, str>,
    /// Of an intent, the moment.
    #[serde(borrow, default)]
    reason: Option<Cow<'l, str>>,
}

impl Line<'_> {
    /// In epoch milliseconds; now, where it is not told.
    fn moment(&self) -> i64 {
        let told = self.reason.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        told.map_or_else(clock::now_ms, |moment| moment.timestamp_millis())
    }
}

/// Older intents of a bucket are not read: lists have shown long ago what became of them.
const INTENT_AGE_MAX: Duration = LISTED_AFTER.saturating_mul(10);

/// What a bucket keeps for later runs.
const REMEMBERED: [Done; 2] = [Done::Intent, Done::Promoted];

/// The moment in the name of a bucket's file, in epoch milliseconds.
fn moment_of(name: &str) -> Option<i64> {
    name.rsplit('/').next()?.split('_').nth(3)?.parse().ok()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn is_fresh(moment: Option<&i64>) -> bool {
    moment.is_some_and(|moment| clock::now_ms() - moment < millis(LISTED_AFTER))
}

fn key(advertiser: &str, object: &str, key: &str) -> String {
    format!("{advertiser} {object} {key}")
}

/// A sum over the lines of a plan, whatever their order.
#[derive(Debug, Default, Clone)]
struct Plan {
    sum: u128,
    lines: u64,
    /// Kept instead of stored, until the plan proves to be another one.
    held: Option<Vec<ResultRow>>,
}

impl Results {
    /// Opens what the config names, so that a wrong folder is told before the first request. `sync` is the platform's
    /// number of the run.
    pub(crate) fn open(config: &DestinationConfig, sync: u64) -> Result<Self> {
        let folder = config.result_records.as_deref().map(|path| Store::folder(path, PURPOSE)).transpose()?;
        let ObjectStorage::S3(storage) = &config.object_storage_config else {
            return Ok(Self { folder, ..Self::default() });
        };
        let within = |path: &str| Store::bucket(storage, path, PURPOSE);
        let is_managing = !config.ads.allow.is_empty();
        let bucket = is_managing.then(|| within(&format!("{sync}/{RESULTS_FOLDER}"))).transpose()?;
        let memory = (is_managing && folder.is_none()).then(|| within("memory")).transpose()?;
        Ok(Self { folder, bucket, memory, ..Self::default() })
    }

    /// From now on lines are kept, not stored.
    pub(crate) fn hold(&self) {
        lock(&self.plan).held = Some(Vec::new());
    }

    /// Stores what was kept.
    pub(crate) async fn let_go(&self) -> Result<()> {
        let held = lock(&self.plan).held.take().unwrap_or_default();
        self.store(&held).await
    }

    /// Makes lines durable, or keeps them.
    pub(crate) async fn add(&self, rows: Vec<ResultRow>) -> Result<()> {
        {
            let mut plan = lock(&self.plan);
            rows.iter().for_each(|row| plan.add(row));
            if let Some(held) = &mut plan.held {
                held.extend(rows);
                return Ok(());
            }
        }
        self.store(&rows).await
    }

    /// When an earlier run was about to make an object that lists may not show yet, in epoch milliseconds: nothing was
    /// told of it afterwards, or that it was made a short while ago.
    pub(crate) async fn intent(&self, row: &ResultRow) -> Result<Option<i64>> {
        let intents = self.intents.get_or_try_init(|| self.read_intents()).await?;
        Ok(intents.get(&key(&row.advertiser_id, row.object, &row.key)).copied())
    }

    /// Whether an earlier run told this of an object; only of what [`REMEMBERED`] names.
    pub(crate) async fn was(&self, advertiser: &str, key: &str, done: Done) -> Result<bool> {
        let word = done.word();
        let mut was = false;
        self.each(done, |line| {
            was |= line.action == word && line.key == key && line.advertiser_id == advertiser;
        })
        .await?;
        Ok(was)
    }

    async fn read_intents(&self) -> Result<HashMap<String, i64>> {
        let mut intents = HashMap::new();
        self.each(Done::Intent, |line| {
            let key = key(&line.advertiser_id, &line.object, &line.key);
            match line.action == "intent" {
                true => drop(intents.insert(key, line.moment())),
                // Nobody knows yet what became of it.
                false if line.action == "unknown" => {}
                // Lists do not show it at once.
                false if line.action == "created" && is_fresh(intents.get(&key)) => {}
                false => drop(intents.remove(&key)),
            }
        })
        .await?;
        Ok(intents)
    }

    /// Reads the lines of earlier runs: all that a folder has, or what a bucket's memory holds of one action.
    async fn each(&self, done: Done, mut take: impl FnMut(&Line<'_>)) -> Result<()> {
        let (store, series) = match (&self.folder, &self.memory) {
            (Some(folder), _) => (folder, RESULTS.to_owned()),
            (None, Some(memory)) => (memory, format!("{}/", done.word())),
            (None, None) => return Ok(()),
        };
        let since = (done == Done::Intent).then(|| clock::now_ms() - millis(INTENT_AGE_MAX));
        let names = store.list().await?.into_iter().filter(|name| name.starts_with(&series));
        for name in names.filter(|name| since.is_none_or(|since| moment_of(name).is_none_or(|moment| moment >= since)))
        {
            let bytes = store.read(name).await?.unwrap_or_default();
            let lines = bytes.split(|byte| *byte == b'\n');
            lines.filter_map(|line| serde_json::from_slice(line).ok()).for_each(|line| take(&line));
        }
        Ok(())
    }

    async fn store(&self, rows: &[ResultRow]) -> Result<()> {
        let mut by_stream = std::collections::BTreeMap::<String, String>::new();
        for row in rows {
            let lines = by_stream.entry(safe(&row.stream.to_string())).or_default();
            lines.push_str(&serde_json::to_string(row).unwrap_or_default());
            lines.push('\n');
        }
        self.remember(rows).await?;
        for (stream, lines) in by_stream {
            if let Some(folder) = &self.folder {
                folder.append(format!("{RESULTS}{stream}"), lines.clone()).await?;
            }
            if let Some(bucket) = &self.bucket {
                bucket.append(stream, lines).await?;
            }
        }
        Ok(())
    }

    async fn remember(&self, rows: &[ResultRow]) -> Result<()> {
        let Some(memory) = &self.memory else { return Ok(()) };
        for row in rows.iter().filter(|row| REMEMBERED.contains(&row.action)) {
            let line = serde_json::to_string(row).unwrap_or_default() + "\n";
            memory.append(row.action.word(), line).await?;
        }
        Ok(())
    }

    /// The digest of a plan, if there is one.
    #[must_use]
    pub(crate) fn plan(&self) -> Option<String> {
        let is_empty = lock(&self.plan).lines == 0;
        (!is_empty).then(|| self.digest())
    }

    /// Stands for the whole plan so far.
    #[must_use]
    pub(crate) fn digest(&self) -> String {
        let plan = lock(&self.plan);
        format!("{:08x}{:024x}", plan.lines & 0xffff_ffff, plan.sum >> 32)
    }
}

impl Plan {
    fn add(&mut self, row: &ResultRow) {
        // Places of the run's own count for nothing: what was not made yet has no id.
        let told = ResultRow { id: None, ..row.clone() };
        let hash = Sha256::digest(serde_json::to_vec(&told).unwrap_or_default());
        let half = hash.first_chunk::<16>().map(|bytes| u128::from_be_bytes(*bytes));
        self.sum = self.sum.wrapping_add(half.unwrap_or_default());
        self.lines += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str) -> ResultRow {
        ResultRow {
            stream: StreamName { name: "s".into(), namespace: None },
            key: key.into(),
            object: "campaign",
            advertiser_id: "7".into(),
            action: Done::Planned,
            id: None,
            reason: None,
            changes: Map::new(),
        }
    }

    #[tokio::test]
    async fn a_digest_stands_for_the_lines_in_any_order() {
        let digest = async |keys: &[&str]| {
            let results = Results::default();
            results.add(keys.iter().map(|key| row(key)).collect()).await.unwrap();
            results.digest()
        };
        assert_eq!(digest(&["a", "b"]).await, digest(&["b", "a"]).await);
        assert_ne!(digest(&["a", "b"]).await, digest(&["a", "c"]).await);
        assert_ne!(digest(&["a", "a"]).await, digest(&["a"]).await);
        assert_eq!(digest(&[]).await.len(), 32);
    }

    #[tokio::test]
    async fn an_intent_counts_until_something_is_told_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Results { folder: Some(Store::folder(folder.path(), PURPOSE).unwrap()), ..Results::default() };
        let moment = |key: &str| {
            let made = clock::now() - chrono::TimeDelta::days(i64::from(key == "made"));
            Some(made.to_rfc3339())
        };
        let told = |key: &str, action| ResultRow { action, reason: moment(key), ..row(key) };
        let lines = [
            ("made", Done::Intent),
            ("made", Done::Created),
            ("just made", Done::Intent),
            ("just made", Done::Created),
            ("lost", Done::Intent),
            ("lost", Done::Unknown),
            ("killed", Done::Intent),
        ];
        open().add(lines.iter().map(|(key, done)| told(key, *done)).collect()).await.unwrap();
        let next = open();
        for (key, doubtful) in
            [("made", false), ("just made", true), ("lost", true), ("killed", true), ("other", false)]
        {
            assert_eq!(next.intent(&row(key)).await.unwrap().is_some(), doubtful, "{key}");
        }
    }

    #[tokio::test]
    async fn a_bucket_remembers_intents_and_promotions() {
        let results = Results { memory: Some(Store::in_memory()), ..Results::default() };
        let told = |key: &str, action| ResultRow { action, reason: Some(clock::now().to_rfc3339()), ..row(key) };
        let rows = [told("lost", Done::Intent), told("won", Done::Promoted), told("other", Done::Updated)];
        results.add(rows.to_vec()).await.unwrap();
        for (key, doubtful) in [("lost", true), ("other", false)] {
            assert_eq!(results.intent(&row(key)).await.unwrap().is_some(), doubtful, "{key}");
        }
        for (key, promoted) in [("won", true), ("lost", false)] {
            assert_eq!(results.was("7", key, Done::Promoted).await.unwrap(), promoted, "{key}");
        }
    }

    #[tokio::test]
    async fn a_plan_is_kept_until_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::folder(folder.path(), PURPOSE).unwrap();
        let results = Results { folder: Some(store), ..Results::default() };
        let lines = || std::fs::read_to_string(folder.path().join("results-s.jsonl")).unwrap_or_default();
        results.hold();
        results.add(vec![row("a")]).await.unwrap();
        assert_eq!(lines(), "");
        results.let_go().await.unwrap();
        results.add(vec![row("b")]).await.unwrap();
        let told =
            "{\"stream\":\"s\",\"key\":\"a\",\"object\":\"campaign\",\"advertiser_id\":\"7\",\"action\":\"planned\"}\n";
        assert_eq!(lines(), told.to_owned() + &told.replace("\"a\"", "\"b\""));
    }
}
