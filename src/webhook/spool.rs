//! Where call-backs are kept until they are read: series of lines, each of one receiver.
//!
//! In a folder a series is a file, `{opened}-{receiver}.jsonl`; in a bucket it is a folder of objects, one a batch. A
//! series has one writer and only grows, so a place in the spool is a number for each series: bytes of a file, objects of
//! a folder. After an error a writer leaves its series and begins another: what is behind the error was answered to
//! nobody, and half a line at the end of a file is no line.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::notice::StoredNotice;
use super::seen::print;
use crate::clock;
use crate::config::WebhookOptions;
use crate::config::destination::ObjectStorage;
use crate::error::{Error, Kind, Result};
use crate::store::{Purpose, Store};

pub(crate) const CALL_BACKS: Purpose =
    Purpose { what: "call-backs", setting: "webhooks.spool", otherwise: "They are sent again for 72 hours." };
/// The folder below the bucket's path.
const BUCKET_FOLDER: &str = "webhooks";
/// A series ends after so many bytes or so long.
const SERIES_BYTES_MAX: u64 = 64 << 20;
const SERIES_TIME_MAX_MS: i64 = 86_400_000;
/// What is read at once; a line that is longer is read in a longer piece.
const PIECE_BYTES: u64 = 1 << 20;
/// The longest line: a body of the largest size, with every byte escaped.
const LINE_BYTES_MAX: u64 = 16 << 20;
/// A repeat comes within three days of the first (docs/tiktok-api.md 8.1); a day more for clocks and long waits.
const REPEATS_MS: i64 = 4 * 86_400_000;
/// The files that say what each stream has read, for `webhook prune`.
pub(crate) const READ_BY_EVENTS: &str = "read.json";
pub(crate) const READ_BY_LEADS: &str = "read-leads.json";

/// Series that are gone and may come back, as when a disk was away: the places of so many are kept, the youngest first.
const GONE_MAX: usize = 1_000;

/// How far each series was read.
pub(crate) type Places = BTreeMap<String, u64>;

/// A folder or a bucket of call-backs.
#[derive(Clone)]
pub(crate) struct Spool {
    store: Arc<Store>,
}

/// A file of a series: all of it in a folder, one batch in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    series: String,
    number: u64,
    name: String,
}

impl Spool {
    /// Opens the spool of the config to read, which makes nothing. `None`: its folder is not there.
    pub(crate) fn there(options: &WebhookOptions) -> Result<Option<Self>> {
        match &options.spool {
            Some(folder) => Ok(Store::folder_there(folder, CALL_BACKS)?.map(|store| Self { store: Arc::new(store) })),
            None => Self::open(options).map(Some),
        }
    }

    /// Opens the spool of the config; its folder is made if it is not there.
    pub(crate) fn open(options: &WebhookOptions) -> Result<Self> {
        let store = match (&options.spool, &options.object_storage_config) {
            (Some(folder), _) => Store::folder(folder, CALL_BACKS)?,
            (None, ObjectStorage::S3(bucket)) => Store::bucket(bucket, BUCKET_FOLDER, CALL_BACKS)?,
            (None, ObjectStorage::None) => {
                return Err(Error::config("`webhooks.spool` is empty, so there is no place for call-backs")
                    .advise("Name the folder that `tiktok-ads webhook serve` keeps them in, or fill `webhooks.object_storage_config`."));
            }
        };
        Ok(Self { store: Arc::new(store) })
    }

    /// The files of all series, in the order of their opening.
    async fn parts(&self) -> Result<Vec<Part>> {
        let part = |name: String| {
            let stem = name.strip_suffix(".jsonl")?;
            let (series, number) = match stem.split_once('/') {
                Some((series, number)) => (series, number.parse().ok()?),
                None => (stem, 0),
            };
            opened(series)?;
            Some(Part { series: series.to_owned(), number, name: name.clone() })
        };
        let mut parts: Vec<Part> = self.store.list().await?.into_iter().filter_map(part).collect();
        parts.sort();
        Ok(parts)
    }

    /// Whether it can be read.
    pub(crate) async fn look(&self) -> Result<()> {
        self.parts().await.map(drop)
    }

    /// Where everything ends that is there now.
    pub(crate) async fn end(&self) -> Result<Places> {
        if self.store.is_in_parts() {
            let parts = self.parts().await?;
            return Ok(parts.into_iter().map(|part| (part.series, part.number)).collect());
        }
        let mut reader = self.reader(Places::new()).await?;
        while reader.next().await?.is_some() {}
        Ok(reader.places)
    }

    /// Reads on from a place.
    pub(crate) async fn reader(&self, mut places: Places) -> Result<Reader> {
        let parts = self.parts().await?;
        let there: HashSet<&str> = parts.iter().map(|part| part.series.as_str()).collect();
        let gone = places.keys().filter(|series| !there.contains(series.as_str()));
        let forgotten: Vec<String> = gone.rev().skip(GONE_MAX).cloned().collect();
        places.retain(|series, _| !forgotten.contains(series));
        Ok(Reader { spool: self.clone(), parts: parts.into(), places, known: HashSet::new(), broken: 0 })
    }

    /// The names of the call-backs of the last days.
    pub(crate) async fn known_now(&self) -> Result<Vec<String>> {
        let all = self.parts().await?.into_iter().map(|part| (part.series, u64::MAX)).collect();
        self.known(&all).await
    }

    /// The names of the call-backs of the last days that lie before a place.
    pub(crate) async fn known(&self, places: &Places) -> Result<Vec<String>> {
        let since = clock::now_ms() - REPEATS_MS;
        let mut names = Vec::new();
        for part in self.parts().await? {
            let recent = opened(&part.series).is_some_and(|opened| opened + SERIES_TIME_MAX_MS >= since);
            let end = places.get(&part.series).copied().unwrap_or_default();
            if !recent || (self.store.is_in_parts() && part.number > end) {
                continue;
            }
            let mut start = 0;
            while let Some(piece) = self.piece(&part, start).await? {
                let read = piece.notices(if self.store.is_in_parts() { u64::MAX } else { end.saturating_sub(start) });
                names.extend(read.into_iter().map(|notice| notice.id));
                start += piece.bytes();
                if self.store.is_in_parts() || start >= end {
                    break;
                }
            }
        }
        Ok(names)
    }

    /// The whole lines that begin at a place.
    async fn piece(&self, part: &Part, start: u64) -> Result<Option<Piece>> {
        let mut most = PIECE_BYTES;
        loop {
            let mut bytes = self.store.read_from(part.name.clone(), start, most).await?;
            let full = !self.store.is_in_parts() && bytes.len() as u64 >= most;
            let end = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
            if end > 0 {
                bytes.truncate(end);
                return Ok(Some(Piece { bytes, last: !full }));
            }
            if !full || most >= LINE_BYTES_MAX {
                return Ok(None);
            }
            most *= 2;
        }
    }

    /// Notes what was read, so that it may be taken away when it is old.
    pub(crate) async fn mark_read(&self, by: &str, places: &Places) -> Result<()> {
        self.keep(by, places).await
    }

    /// How far all streams have read that read here at all.
    async fn read_by_all(&self) -> Result<Places> {
        let (events, leads) = (self.kept(READ_BY_EVENTS).await?, self.kept(READ_BY_LEADS).await?);
        let (Some(mut events), Some(leads)) = (events.clone(), leads.clone()) else {
            return Ok(events.or(leads).unwrap_or_default());
        };
        for (series, place) in &mut events {
            *place = (*place).min(leads.get(series).copied().unwrap_or_default());
        }
        Ok(events)
    }

    /// Some places that were kept under a name.
    pub(crate) async fn kept(&self, name: &str) -> Result<Option<Places>> {
        let text = self.store.read(name.to_owned()).await?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// Keeps some places under a name.
    pub(crate) async fn keep(&self, name: &str, places: &Places) -> Result<()> {
        let text = Value::from_iter(places.iter().map(|(series, place)| (series.clone(), *place)));
        self.store.put(name.to_owned(), text.to_string().into_bytes()).await
    }

    /// Takes away what was read and came before a moment.
    pub(crate) async fn prune(&self, before_ms: i64) -> Result<Pruned> {
        let read = self.read_by_all().await?;
        let mut pruned = Pruned::default();
        for part in self.parts().await? {
            let (mut start, mut latest) = (0, 0);
            while let Some(piece) = self.piece(&part, start).await? {
                latest = piece.notices(u64::MAX).iter().map(|notice| notice.received_at).fold(latest, i64::max);
                start += piece.bytes();
                if self.store.is_in_parts() {
                    break;
                }
            }
            // A file in which nothing is whole may be being written.
            let old = if start == 0 { opened(&part.series).unwrap_or(i64::MAX) + SERIES_TIME_MAX_MS } else { latest }
                < before_ms;
            let place = read.get(&part.series).copied().unwrap_or_default();
            let is_read = place >= if self.store.is_in_parts() { part.number } else { start };
            match (old, is_read) {
                (true, true) => {
                    self.store.remove(part.name).await?;
                    pruned.removed += 1;
                }
                (true, false) => pruned.unread += 1,
                (false, _) => pruned.kept += 1,
            }
        }
        Ok(pruned)
    }

    /// A writer with series of its own.
    #[must_use]
    pub(crate) fn writer(&self) -> SpoolWriter {
        SpoolWriter { spool: self.clone(), receiver: fastrand::u64(..), series: None }
    }
}

/// What became of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pruned {
    pub removed: usize,
    /// Old enough, but nobody read them.
    pub unread: usize,
    pub kept: usize,
}

/// When a series was opened, by its name.
fn opened(series: &str) -> Option<i64> {
    series.split_once('-')?.0.parse().ok()
}

/// Whole lines.
struct Piece {
    bytes: Vec<u8>,
    /// There was nothing whole behind them.
    last: bool,
}

impl Piece {
    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The call-backs whose lines begin before a byte. A line that a crash left broken is none.
    fn notices(&self, before: u64) -> Vec<StoredNotice> {
        let before = usize::try_from(before).unwrap_or(usize::MAX).min(self.bytes.len());
        let lines = self.bytes.get(..before).unwrap_or_default().split(|byte| *byte == b'\n');
        lines.filter(|line| !line.is_empty()).filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }

    fn lines(&self) -> usize {
        self.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
    }
}

/// Reads call-backs, each once.
pub(crate) struct Reader {
    spool: Spool,
    parts: std::collections::VecDeque<Part>,
    places: Places,
    known: HashSet<u128>,
    broken: usize,
}

impl Reader {
    /// What was read before counts as known.
    pub(crate) async fn remember(&mut self) -> Result<()> {
        if !self.places.is_empty() {
            let names = self.spool.known(&self.places).await?;
            self.known.extend(names.iter().map(|name| print(name)));
        }
        Ok(())
    }

    /// The next call-backs; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<StoredNotice>>> {
        while let Some(part) = self.parts.front().cloned() {
            let place = self.places.get(&part.series).copied().unwrap_or_default();
            let in_parts = self.spool.store.is_in_parts();
            if in_parts && part.number <= place {
                self.parts.pop_front();
                continue;
            }
            let piece = self.spool.piece(&part, if in_parts { 0 } else { place }).await?;
            if in_parts || piece.as_ref().is_none_or(|piece| piece.last) {
                self.parts.pop_front();
            }
            let read = piece.as_ref().map_or(0, Piece::bytes);
            self.places.insert(part.series, if in_parts { part.number } else { place + read });
            let Some(piece) = piece else { continue };
            let mut notices = piece.notices(u64::MAX);
            self.broken += piece.lines() - notices.len();
            notices.retain(|notice| self.known.insert(print(&notice.id)));
            return Ok(Some(notices));
        }
        Ok(None)
    }

    #[must_use]
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// Lines that are no call-backs: a disk lost a part of them.
    #[must_use]
    pub(crate) fn broken(&self) -> usize {
        self.broken
    }
}

/// Adds call-backs to series of its own.
pub(crate) struct SpoolWriter {
    spool: Spool,
    receiver: u64,
    series: Option<Series>,
}

struct Series {
    name: String,
    opened: i64,
    bytes: u64,
    batches: u64,
}

impl SpoolWriter {
    /// Stores lines; they are durable when this returns. After an error they may be there or not, and a new series
    /// begins: a place that somebody read up to never gets another meaning.
    pub(crate) async fn add(&mut self, lines: String) -> Result<()> {
        let now = clock::now_ms();
        let ends = |series: &Series| series.bytes >= SERIES_BYTES_MAX || now - series.opened >= SERIES_TIME_MAX_MS;
        if self.series.as_ref().is_some_and(ends) {
            self.leave().await;
        }
        let (receiver, store) = (self.receiver, &self.spool.store);
        let series = self.series.get_or_insert_with(|| {
            let name = format!("{now:013}-{receiver:016x}{:08x}", fastrand::u32(..));
            Series { name, opened: now, bytes: 0, batches: 0 }
        });
        series.batches += 1;
        series.bytes += lines.len() as u64;
        let stored = if store.is_in_parts() {
            store.put(format!("{}/{:012}.jsonl", series.name, series.batches), lines.into_bytes()).await
        } else {
            store.append(series.name.clone(), lines).await
        };
        if stored.is_err() {
            self.leave().await;
        }
        stored
    }

    async fn leave(&mut self) {
        if let Some(series) = self.series.take() {
            // Its lines are there; what else may fail is told by the next one.
            let _ = self.spool.store.close(series.name).await;
        }
    }
}

/// A line of the spool.
pub(crate) fn line(notice: &StoredNotice) -> Result<String> {
    let line = serde_json::to_string(notice)
        .map_err(|error| Error::new(Kind::Unexpected, "A call-back has no line").because(error))?;
    Ok(line + "\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn spool(folder: &Path) -> Spool {
        Spool::open(&WebhookOptions { spool: Some(folder.to_owned()), ..WebhookOptions::default() }).unwrap()
    }

    /// A folder and a bucket.
    fn spools(folder: &Path) -> [Spool; 2] {
        [spool(folder), Spool { store: Arc::new(Store::in_memory()) }]
    }

    fn notice(id: &str) -> StoredNotice {
        StoredNotice { id: id.to_owned(), received_at: clock::now_ms(), late: false, body: "{}".to_owned() }
    }

    async fn add(writer: &mut SpoolWriter, ids: &[&str]) {
        let lines = ids.iter().map(|id| line(&notice(id)).unwrap()).collect();
        writer.add(lines).await.unwrap();
    }

    async fn read(spool: &Spool, places: &Places) -> (Vec<String>, Places) {
        let mut reader = spool.reader(places.clone()).await.unwrap();
        reader.remember().await.unwrap();
        let mut ids = Vec::new();
        while let Some(notices) = reader.next().await.unwrap() {
            ids.extend(notices.into_iter().map(|notice| notice.id));
        }
        ids.sort();
        (ids, reader.places().clone())
    }

    #[tokio::test]
    async fn two_writers_and_a_reader_share_a_spool() {
        let folder = tempfile::tempdir().unwrap();
        for spool in spools(folder.path()) {
            let (mut one, mut two) = (spool.writer(), spool.writer());
            add(&mut one, &["a", "b"]).await;
            add(&mut two, &["b", "c"]).await;
            let (ids, places) = read(&spool, &Places::new()).await;
            assert_eq!(ids, ["a", "b", "c"]);
            add(&mut one, &["d", "c"]).await;
            add(&mut two, &["a"]).await;
            let (ids, places) = read(&spool, &places).await;
            assert_eq!(ids, ["d"]);
            assert_eq!(read(&spool, &places).await.0, [""; 0]);
        }
    }

    #[tokio::test]
    async fn half_a_line_is_no_line_and_broken_ones_are_left() {
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(folder.path());
        let whole = line(&notice("a")).unwrap();
        let file = folder.path().join("0000000000001-x.jsonl");
        std::fs::write(&file, format!("{whole}\0\0\0\n{}", &whole[..9])).unwrap();
        let (ids, places) = read(&spool, &Places::new()).await;
        assert_eq!(ids, ["a"]);
        std::fs::write(&file, format!("{whole}\0\0\0\n{whole}").replace("\"a\"", "\"b\"")).unwrap();
        assert_eq!(read(&spool, &places).await.0, ["b"]);
    }

    #[tokio::test]
    async fn what_was_away_goes_on_where_it_was() {
        let temp = tempfile::tempdir().unwrap();
        let (folder, away) = (temp.path().join("spool"), temp.path().join("away"));
        let options = WebhookOptions { spool: Some(folder.clone()), ..WebhookOptions::default() };
        assert!(Spool::there(&options).unwrap().is_none() && !folder.exists());
        add(&mut spool(&folder).writer(), &["a", "b"]).await;
        let places = read(&spool(&folder), &Places::new()).await.1;
        std::fs::rename(&folder, &away).unwrap();
        // Another receiver writes where the disk was.
        add(&mut spool(&folder).writer(), &["c"]).await;
        let (ids, places) = read(&spool(&folder), &places).await;
        assert_eq!(ids, ["c"]);
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::rename(&away, &folder).unwrap();
        let (ids, places) = read(&spool(&folder), &places).await;
        assert_eq!((ids, places.len()), (vec![], 2));
    }

    #[tokio::test]
    async fn a_state_stays_small() {
        let temp = tempfile::tempdir().unwrap();
        let places: Places = (0..2 * GONE_MAX as u64).map(|at| (format!("{at:013}-x"), 1)).collect();
        let left = read(&spool(temp.path()), &places).await.1;
        assert_eq!((left.len(), left.keys().next()), (GONE_MAX, places.keys().nth(GONE_MAX)));
    }

    #[tokio::test]
    async fn what_is_longer_than_a_piece_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        for spool in spools(folder.path()) {
            let mut writer = spool.writer();
            for id in ["a", "b", "c"] {
                let long = StoredNotice { body: "x".repeat(3 << 20), ..notice(id) };
                writer.add(line(&long).unwrap()).await.unwrap();
            }
            assert_eq!(read(&spool, &Places::new()).await.0, ["a", "b", "c"]);
        }
    }

    #[tokio::test]
    async fn only_what_is_old_and_read_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        for spool in spools(folder.path()) {
            let later = clock::now_ms() + 10_000;
            add(&mut spool.writer(), &["a"]).await;
            assert_eq!(spool.prune(later).await.unwrap(), Pruned { unread: 1, ..Pruned::default() });
            let places = read(&spool, &Places::new()).await.1;
            spool.mark_read(READ_BY_EVENTS, &places).await.unwrap();
            spool.mark_read(READ_BY_LEADS, &Places::new()).await.unwrap();
            assert_eq!(spool.prune(later).await.unwrap(), Pruned { unread: 1, ..Pruned::default() });
            spool.mark_read(READ_BY_LEADS, &places).await.unwrap();
            add(&mut spool.writer(), &["b"]).await;
            assert_eq!(spool.prune(0).await.unwrap(), Pruned { kept: 2, ..Pruned::default() });
            assert_eq!(spool.prune(later).await.unwrap(), Pruned { removed: 1, unread: 1, kept: 0 });
            assert_eq!(read(&spool, &Places::new()).await.0, ["b"]);
        }
    }
}
