//! Reads lines from a place on, in parts, out of folders or a bucket.

use std::collections::VecDeque;

use super::object::Object;
use super::places::{FilePlace, Places};
use super::row::{self, ResultRow, RowKind, Stand};
use super::{REJECTED, RESULTS};
use crate::config::destination::ObjectStorage;
use crate::config::results::WriteResults;
use crate::error::{Error, Result};
use crate::store::{Purpose, Store};

const FILES_OF_RESULTS: Purpose =
    Purpose { what: "results", setting: "write_results.result_records", otherwise: "They are read by the next sync." };
const FILES_OF_REJECTS: Purpose =
    Purpose { what: "rejected rows", setting: "write_results.rejected_records", ..FILES_OF_RESULTS };
/// What is read at once; a line that is longer is read in a longer piece.
const PIECE_BYTES: u64 = 1 << 20;
/// The longest line.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// Where lines are.
pub(crate) struct Written {
    at: At,
    /// Folders of the config that are not there.
    missing: Vec<String>,
}

enum At {
    Folders(Vec<Folder>),
    Bucket(Store),
}

struct Folder {
    kind: RowKind,
    store: Option<Store>,
}

impl Folder {
    fn prefix(&self) -> &'static str {
        match self.kind {
            RowKind::Result => RESULTS,
            RowKind::Rejected => REJECTED,
        }
    }

    /// Its files of lines.
    async fn list(&self) -> Result<Vec<String>> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let is_ours = |name: &String| name.starts_with(self.prefix()) && name.ends_with(".jsonl");
        Ok(store.list().await?.into_iter().filter(is_ours).collect())
    }
}

/// What is read next.
enum Task {
    /// The number of its folder, its name, and whether its place was looked at.
    File(usize, String, bool),
    Object(Object),
}

impl Written {
    /// Opens what the config names; whoever reads makes nothing.
    pub(crate) fn open(config: &WriteResults) -> Result<Self> {
        if let ObjectStorage::S3(bucket) = &config.object_storage_config {
            let at = At::Bucket(Store::bucket(bucket, "", FILES_OF_RESULTS)?);
            return Ok(Self { at, missing: Vec::new() });
        }
        let (mut folders, mut missing) = (Vec::new(), Vec::new());
        for (kind, path, purpose) in [
            (RowKind::Result, &config.result_records, FILES_OF_RESULTS),
            (RowKind::Rejected, &config.rejected_records, FILES_OF_REJECTS),
        ] {
            let Some(path) = path else { continue };
            let store = Store::folder_there(path, purpose)?;
            if store.is_none() {
                missing.push(format!(
                    "`{}` is {:?}, which is not there yet, or not any more; what was read of it stays known",
                    purpose.setting,
                    path.display()
                ));
            }
            folders.push(Folder { kind, store });
        }
        if folders.is_empty() {
            return Err(Error::config("`write_results` is empty, so there are no results to read").advise(
                "Set `write_results.result_records` and `write_results.rejected_records` to the folders that the destination's \
                 settings of these names name, or `write_results.object_storage_config` to its bucket.",
            ));
        }
        Ok(Self { at: At::Folders(folders), missing })
    }

    /// Folders of the config that are not there.
    #[must_use]
    pub(crate) fn missing(&self) -> &[String] {
        &self.missing
    }

    async fn tasks(&self) -> Result<Vec<Task>> {
        match &self.at {
            At::Folders(folders) => {
                let mut tasks = Vec::new();
                for (number, folder) in folders.iter().enumerate() {
                    tasks.extend(folder.list().await?.into_iter().map(|name| Task::File(number, name, false)));
                }
                Ok(tasks)
            }
            At::Bucket(store) => {
                let mut objects: Vec<Object> = store.list().await?.iter().filter_map(|name| Object::of(name)).collect();
                objects.sort();
                Ok(objects.into_iter().map(Task::Object).collect())
            }
        }
    }

    /// How many files there are; the first is opened, so that what may be listed but not read shows.
    pub(crate) async fn look(&self) -> Result<usize> {
        let tasks = self.tasks().await?;
        match tasks.first() {
            Some(Task::File(number, name, _)) => drop(self.bytes(*number, name, (0, 1)).await?),
            Some(Task::Object(object)) => drop(self.object(object).await?),
            None => {}
        }
        Ok(tasks.len())
    }

    /// Some bytes of a folder's file from a place on.
    async fn bytes(&self, number: usize, name: &str, (start, most): (u64, u64)) -> Result<Vec<u8>> {
        let At::Folders(folders) = &self.at else { return Ok(Vec::new()) };
        match folders.get(number).and_then(|folder| folder.store.as_ref()) {
            Some(store) => store.read_from(name.to_owned(), start, most).await,
            None => Ok(Vec::new()),
        }
    }

    async fn object(&self, object: &Object) -> Result<Vec<u8>> {
        let At::Bucket(store) = &self.at else { return Ok(Vec::new()) };
        Ok(store.read(object.name.clone()).await?.unwrap_or_default())
    }

    fn kind(&self, number: usize) -> RowKind {
        match &self.at {
            At::Folders(folders) => folders.get(number).map_or(RowKind::Result, |folder| folder.kind),
            At::Bucket(_) => RowKind::Result,
        }
    }

    /// Reads on from a place. A file that is gone is told; its place stays, for it may come back.
    pub(crate) async fn reader(&self, places: &mut Places) -> Result<Reader<'_>> {
        let mut tasks = self.tasks().await?;
        let files = tasks.len();
        tasks.retain(|task| !matches!(task, Task::Object(object) if !places.is_new(object)));
        let mut faults = Vec::new();
        if let At::Folders(folders) = &self.at {
            let is_there = |name: &str| tasks.iter().any(|task| matches!(task, Task::File(_, one, _) if one == name));
            let is_looked_for =
                |name: &str| folders.iter().any(|folder| folder.store.is_some() && name.starts_with(folder.prefix()));
            let gone = places.look(is_looked_for, is_there).into_iter();
            faults.extend(gone.map(|(name, bytes)| {
                format!("{name} is gone; it was read up to byte {bytes}, and goes on there if it comes back")
            }));
        }
        let has_objects = tasks.iter().any(|task| matches!(task, Task::Object(_)));
        Ok(Reader { written: self, tasks: tasks.into(), files, faults, broken: 0, has_objects })
    }
}

/// Reads lines, each once.
pub(crate) struct Reader<'w> {
    written: &'w Written,
    tasks: VecDeque<Task>,
    files: usize,
    faults: Vec<String>,
    broken: usize,
    /// Whether objects of a bucket are read.
    has_objects: bool,
}

impl Reader<'_> {
    /// The next records, with the place behind them; none at the end.
    pub(crate) async fn next(&mut self, places: &mut Places) -> Result<Option<Vec<ResultRow>>> {
        while let Some(task) = self.tasks.pop_front() {
            let rows = match task {
                Task::File(number, name, looked_at) => self.file(number, name, (looked_at, places)).await?,
                Task::Object(object) => self.object(object, places).await?,
            };
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        if let Some(minutes) = places.minutes_to_be_late().filter(|_| std::mem::take(&mut self.has_objects)) {
            self.faults.push(format!(
                "the bucket has so many objects that one which becomes visible more than {minutes} min late is left out; a full \
                 refresh reads it",
            ));
        }
        Ok(None)
    }

    /// How many files there are, read or not.
    #[must_use]
    pub(crate) fn files(&self) -> usize {
        self.files
    }

    /// What is to be told of the files.
    #[must_use]
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Lines that are none: a crash left them.
    #[must_use]
    pub(crate) fn broken(&self) -> usize {
        self.broken
    }

    async fn file(
        &mut self,
        number: usize,
        name: String,
        (looked_at, places): (bool, &mut Places),
    ) -> Result<Vec<ResultRow>> {
        let mut place = places.files.get(&name).cloned().unwrap_or_default();
        if !looked_at && !self.is_same(number, &name, &place).await? {
            self.faults.push(format!(
                "{name} is not the file any more that was read up to byte {}; it is read from its start",
                place.bytes
            ));
            place = FilePlace::default();
        }
        let piece = self.piece(number, &name, place.bytes).await?;
        if piece.is_empty() {
            return Ok(Vec::new());
        }
        let stand = Stand { kind: self.written.kind(number), file: &name, sync: None, moment: None };
        let (rows, broken) = row::rows(&stand, &piece, place.bytes);
        self.broken += broken;
        place.pass(&piece);
        places.files.insert(name.clone(), place);
        self.tasks.push_front(Task::File(number, name, true));
        Ok(rows)
    }

    /// Whether the line before a place still stands there: a file that shrank or was replaced has another, or none.
    async fn is_same(&self, number: usize, name: &str, place: &FilePlace) -> Result<bool> {
        if place.bytes == 0 {
            return Ok(true);
        }
        let part = (place.bytes.saturating_sub(place.line), place.line.min(LINE_BYTES_MAX));
        Ok(place.follows(&self.written.bytes(number, name, part).await?))
    }

    /// The whole lines that begin at a place. Half a line at the end is left; a line that is too long is passed.
    async fn piece(&self, number: usize, name: &str, start: u64) -> Result<Vec<u8>> {
        let mut most = PIECE_BYTES;
        loop {
            let mut bytes = self.written.bytes(number, name, (start, most)).await?;
            let is_full = bytes.len() as u64 >= most;
            if let Some(end) = memchr::memrchr(b'\n', &bytes) {
                bytes.truncate(end + 1);
                return Ok(bytes);
            }
            if !is_full {
                return Ok(Vec::new());
            }
            if most >= LINE_BYTES_MAX {
                return Ok(bytes);
            }
            most *= 2;
        }
    }

    async fn object(&mut self, object: Object, places: &mut Places) -> Result<Vec<ResultRow>> {
        let bytes = self.written.object(&object).await?;
        let stand =
            Stand { kind: object.kind, file: &object.name, sync: Some(object.sync), moment: Some(object.moment) };
        let (rows, broken) = row::rows(&stand, &bytes, 0);
        self.broken += broken;
        places.pass(object);
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn folder(path: &Path) -> Written {
        let config = WriteResults { result_records: Some(path.to_owned()), ..WriteResults::default() };
        Written::open(&config).unwrap()
    }

    async fn read(written: &Written, places: &mut Places) -> (usize, String) {
        let mut reader = written.reader(places).await.unwrap();
        let mut count = 0;
        while let Some(rows) = reader.next(places).await.unwrap() {
            count += rows.len();
        }
        (count, reader.faults().join("; "))
    }

    fn line(key: &str) -> String {
        format!("{{\"stream\":\"s\",\"key\":\"{key}\"}}\n")
    }

    #[tokio::test]
    async fn half_a_line_waits_and_a_file_that_shrank_or_is_gone_is_told() {
        let temp = tempfile::tempdir().unwrap();
        let (written, file) = (folder(temp.path()), temp.path().join("results-s.jsonl"));
        let mut places = Places::default();
        fs::write(&file, line("a") + &line("b")[..9]).unwrap();
        fs::write(temp.path().join("rejected-s.jsonl"), line("other")).unwrap();
        assert_eq!(read(&written, &mut places).await, (1, String::new()));
        fs::write(&file, line("a") + &line("b")).unwrap();
        assert_eq!(read(&written, &mut places).await, (1, String::new()));
        assert_eq!(read(&written, &mut places).await, (0, String::new()));
        for text in [line("a"), line("x") + &line("y") + &line("z")] {
            fs::write(&file, &text).unwrap();
            let (count, told) = read(&written, &mut places).await;
            assert_eq!(count, text.lines().count());
            assert!(told.starts_with("results-s.jsonl is not the file any more that was read up to byte"), "{told}");
        }
        fs::remove_file(&file).unwrap();
        let (count, told) = read(&written, &mut places).await;
        assert!(count == 0 && told.starts_with("results-s.jsonl is gone"), "{told}");
        assert_eq!(read(&written, &mut places).await, (0, String::new()));
        fs::write(&file, line("x") + &line("y") + &line("z") + &line("new")).unwrap();
        assert_eq!(read(&written, &mut places).await, (1, String::new()));
        fs::remove_file(&file).unwrap();
        fs::write(&file, line("another")).unwrap();
        let (count, told) = read(&written, &mut places).await;
        assert!(count == 1 && told.starts_with("results-s.jsonl is not the file any more"), "{told}");
    }

    #[tokio::test]
    async fn a_folder_that_was_away_goes_on_where_it_was() {
        let temp = tempfile::tempdir().unwrap();
        let (path, away) = (temp.path().join("results"), temp.path().join("away"));
        assert!(!folder(&path).missing().is_empty() && !path.exists());
        fs::create_dir(&path).unwrap();
        fs::write(path.join("results-s.jsonl"), line("a") + &line("b")).unwrap();
        let mut places = Places::default();
        assert_eq!(read(&folder(&path), &mut places).await.0, 2);
        fs::rename(&path, &away).unwrap();
        let written = folder(&path);
        assert!(written.missing()[0].contains("stays known"), "{:?}", written.missing());
        assert_eq!(read(&written, &mut places).await, (0, String::new()));
        fs::create_dir(&path).unwrap();
        let (count, told) = read(&folder(&path), &mut places).await;
        assert!(count == 0 && told.contains("results-s.jsonl is gone; it was read up to byte"), "{told}");
        fs::remove_dir(&path).unwrap();
        fs::rename(&away, &path).unwrap();
        places = serde_json::from_str(&serde_json::to_string(&places).unwrap()).unwrap();
        assert_eq!(read(&folder(&path), &mut places).await, (0, String::new()));
    }

    #[tokio::test]
    async fn long_files_are_read_in_parts_and_a_line_without_end_is_passed() {
        let temp = tempfile::tempdir().unwrap();
        let (written, file) = (folder(temp.path()), temp.path().join("results-s.jsonl"));
        let text = line(&"k".repeat(3 << 20)) + &line("short").repeat(100_000);
        fs::write(&file, &text).unwrap();
        let mut places = Places::default();
        assert_eq!(read(&written, &mut places).await.0, 100_001);
        fs::write(&file, text + &"x".repeat(20 << 20) + "\n" + &line("after")).unwrap();
        let mut reader = written.reader(&mut places).await.unwrap();
        assert_eq!(reader.next(&mut places).await.unwrap().unwrap().len(), 1);
        assert!(reader.broken() > 0);
    }

    #[tokio::test]
    async fn a_bucket_is_read_object_by_object() {
        let store = Store::in_memory();
        let written = Written { at: At::Bucket(store.again()), missing: Vec::new() };
        let put = async |name: &str| store.put(name.to_owned(), line(name).into_bytes()).await.unwrap();
        put("7/results/s/2026_03_10_1773158400000_1.jsonl").await;
        put("7/s/2026_03_10_1773158400000_2.jsonl").await;
        put("memory/intent/2026_03_10_1773158400000_1.jsonl").await;
        let mut places = Places::default();
        assert_eq!(written.look().await.unwrap(), 2);
        assert_eq!(read(&written, &mut places).await.0, 2);
        put("8/s/2026_03_10_1773158390000_1.jsonl").await;
        assert_eq!(read(&written, &mut places).await.0, 1);
        assert_eq!(read(&written, &mut places).await.0, 0);
    }
}
