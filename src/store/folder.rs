//! Files in a local folder.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::purpose::Purpose;
use super::target::{check_file, folder_of, target};
use crate::error::{Error, Kind, Result};

/// What a run holds while it writes alone. It is hidden, so it is listed nowhere.
const LOCK: &str = ".lock";
/// Nobody but the owner may look into a folder.
const OWNER_ALONE: u32 = 0o700;

pub(super) struct Folder {
    path: PathBuf,
    purpose: Purpose,
    /// Files that lines are appended to.
    files: BTreeMap<PathBuf, File>,
}

impl Folder {
    pub(super) fn open(path: &Path, purpose: Purpose) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|error| unwritable(path, purpose, error))?;
        Ok(Self { path: path.to_owned(), purpose, files: BTreeMap::new() })
    }

    /// Opens a folder to read, which makes nothing. `None`: it is not there.
    pub(super) fn there(path: &Path, purpose: Purpose) -> Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(_) => Ok(Some(Self { path: path.to_owned(), purpose, files: BTreeMap::new() })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, purpose, error)),
        }
    }

    /// Opens a folder that only its owner may look into.
    pub(super) fn open_private(path: &Path, purpose: Purpose) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(OWNER_ALONE).create(path);
        made.map_err(|error| unwritable(path, purpose, error))?;
        Ok(Self { path: path.to_owned(), purpose, files: BTreeMap::new() })
    }

    /// Takes the lock of the folder until it is dropped, or the process ends. `None`: another has it.
    pub(super) fn try_lock(&self) -> Result<Option<File>> {
        let path = self.path.join(LOCK);
        let fault = |error| unwritable(&path, self.purpose, error);
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }

    /// Reads a part of a file, less where it ends.
    pub(super) fn read_part(&self, name: &str, from: u64, length: usize) -> Result<Vec<u8>> {
        let path = self.path.join(name);
        part(&path, from, length as u64).map_err(|error| unreadable(&path, self.purpose, error))
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(&path, self.purpose, error)),
            _ => Ok(()),
        }
    }

    /// The names of the folders in it.
    pub(super) fn folders(&self) -> Result<Vec<String>> {
        self.names(Metadata::is_dir)
    }

    /// The names of what is in it, if it is of a kind; a link is what it leads to.
    fn names(&self, is_of: fn(&Metadata) -> bool) -> Result<Vec<String>> {
        let fault = |error| unreadable(&self.path, self.purpose, error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            match std::fs::metadata(entry.path()) {
                Ok(about) if is_of(&about) => names.extend(entry.file_name().into_string()),
                // It is gone by now, or a link leads nowhere.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(fault(error)),
                _ => {}
            }
        }
        names.sort();
        Ok(names)
    }

    /// Appends lines; they are on the disk when this returns.
    pub(super) fn append(&mut self, series: &str, lines: &str) -> Result<()> {
        let path = self.path.join(format!("{series}.jsonl"));
        let fault = |error| unwritable(&path, self.purpose, error);
        if !self.files.contains_key(&path) {
            let file = open(&path).map_err(fault)?;
            // A new file's name must be on the disk, too.
            File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(fault)?;
            self.files.insert(path.clone(), file);
        }
        let Some(file) = self.files.get_mut(&path) else { return Ok(()) };
        write(file, lines).map_err(fault)
    }

    /// Ends a series: its file is closed, and goes if nothing came into it.
    pub(super) fn close(&mut self, series: &str) {
        let path = self.path.join(format!("{series}.jsonl"));
        self.files.remove(&path);
        if std::fs::metadata(&path).is_ok_and(|about| about.len() == 0) {
            let _ = std::fs::remove_file(&path);
        }
    }

    /// Reads some bytes of a file, from a place on; none if there is no such file.
    pub(super) fn read_from(&self, name: &str, start: u64, most: u64) -> Result<Vec<u8>> {
        let path = self.path.join(name);
        match part(&path, start, most) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(|error| unreadable(&path, self.purpose, error)),
        }
    }

    /// Puts a file whole: the old one stays until the new one is on the disk. A link stays, and leads to it.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        let put = || {
            let real = target(&path)?;
            let mut file = tempfile::NamedTempFile::new_in(folder_of(&real))?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&real).map_err(|error| error.error)?;
            File::open(folder_of(&real))?.sync_all()
        };
        put().map_err(|error| unwritable(&path, self.purpose, error))
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path.join(name);
        let read = || {
            check_file(std::fs::metadata(&path)?.file_type())?;
            std::fs::read(&path)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::Other => {
                let Purpose { what, setting, .. } = self.purpose;
                Err(Error::config(format!("Cannot read {what} in {}: {error}", path.display()))
                    .advise(format!("Remove it, or name another place in `{setting}`.")))
            }
            Err(error) => Err(unreadable(&path, self.purpose, error)),
        }
    }

    /// The names of its files; hidden ones are not told, half written ones among them.
    pub(super) fn list(&self) -> Result<Vec<String>> {
        let mut names = self.names(Metadata::is_file)?;
        names.retain(|name| !name.starts_with('.'));
        Ok(names)
    }
}

/// Some bytes of a file, less where it ends.
fn part(path: &Path, from: u64, most: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let rest = file.metadata()?.len().saturating_sub(from).min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(rest).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file to append lines; behind half a line, which a crash left, a new one begins.
fn open(path: &Path) -> std::io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// Appends lines whole or not at all.
fn write(file: &mut File, lines: &str) -> std::io::Result<()> {
    let before = file.metadata()?.len();
    let written = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data());
    if written.is_err() {
        // What cannot be taken back is half a line, which the next run goes around.
        let _ = file.set_len(before);
    }
    written
}

fn unwritable(path: &Path, purpose: Purpose, error: std::io::Error) -> Error {
    let Purpose { what, setting, otherwise } = purpose;
    let told = |why: &dyn std::fmt::Display| format!("Cannot write {what} to {}: {why}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::new(Kind::Local, told(&"the disk is full"))
            .advise(format!("Make room there; {}", lower(otherwise)))
            .because(error),
        _ => Error::config(told(&error)).advise(format!("Name a folder that can be written in `{setting}`.")),
    }
}

fn unreadable(path: &Path, purpose: Purpose, error: std::io::Error) -> Error {
    let Purpose { what, setting, .. } = purpose;
    Error::config(format!("Cannot read {what} in {}: {error}", path.display()))
        .advise(format!("Name a folder that can be read in `{setting}`."))
}

/// A sentence as it stands within another.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::super::purpose::OF_TESTS;
    use super::*;

    #[test]
    fn lines_are_appended_to_a_file_per_series() {
        let path = std::env::temp_dir().join(format!("rejects-{}", std::process::id()));
        for line in ["one\n", "two\n"] {
            Folder::open(&path, OF_TESTS).unwrap().append("rejected-a_b_c", line).unwrap();
        }
        let text = std::fs::read_to_string(path.join("rejected-a_b_c.jsonl")).unwrap();
        std::fs::remove_dir_all(path).unwrap();
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn half_a_line_is_never_glued_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejected-s.jsonl");
        std::fs::write(&path, "{\"whole\":1}\n{\"ha").unwrap();
        Folder::open(folder.path(), OF_TESTS).unwrap().append("rejected-s", "{}\n").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "{\"whole\":1}\n{\"ha\n{}\n");
    }

    #[test]
    fn a_full_disk_is_told_as_that() {
        let mut folder = Folder::open(Path::new("/tmp"), OF_TESTS).unwrap();
        // Whatever is written there, the device is full.
        let full = Path::new("/tmp/rejected-full.jsonl").to_owned();
        folder.files.insert(full, OpenOptions::new().append(true).open("/dev/full").unwrap());
        let error = folder.append("rejected-full", "{}\n").unwrap_err();
        assert_eq!(error.kind(), Kind::Local);
        assert!(error.to_string().ends_with("the disk is full. Make room there; it is sent again."), "{error}");
    }

    #[test]
    fn a_link_stays_and_leads_to_what_is_put() {
        let temp = tempfile::tempdir().unwrap();
        let link = temp.path().join("link.json");
        std::fs::create_dir(temp.path().join("far")).unwrap();
        std::os::unix::fs::symlink("far/real.json", &link).unwrap();
        let folder = Folder::open(temp.path(), OF_TESTS).unwrap();
        for text in ["first", "second"] {
            folder.put("link.json", text.as_bytes()).unwrap();
            assert!(link.is_symlink());
            assert_eq!(std::fs::read_to_string(temp.path().join("far/real.json")).unwrap(), text);
            assert_eq!(folder.read("link.json").unwrap().as_deref(), Some(text.as_bytes()));
        }
        let error = Folder::open(Path::new("/dev"), OF_TESTS).unwrap().read("zero").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cannot read rejected rows in /dev/zero: a device is there, no file. Remove it, or name another place in \
             `rejected_records`."
        );
    }

    #[test]
    fn who_reads_makes_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("away");
        assert!(Folder::there(&path, OF_TESTS).unwrap().is_none() && !path.exists());
        assert!(Folder::there(temp.path(), OF_TESTS).unwrap().is_some());
        let error = Folder::there(Path::new("/dev/null/x"), OF_TESTS).err().unwrap();
        assert!(error.to_string().starts_with("Cannot read rejected rows in /dev/null/x: "), "{error}");
    }

    #[test]
    fn a_folder_that_cannot_be_is_told_at_once() {
        let error = Folder::open(Path::new("/dev/null/x"), OF_TESTS).err().unwrap();
        assert!(error.to_string().starts_with("Cannot write rejected rows to /dev/null/x: "), "{error}");
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("there")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("gone")).unwrap();
        let opened = Folder::there(folder.path(), OF_TESTS).unwrap().unwrap();
        assert_eq!((opened.folders().unwrap(), opened.list().unwrap()), (vec!["there".to_owned()], Vec::new()));
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        assert!(opened.folders().is_err() && opened.list().is_err());
        assert!(Folder::there(&circle, OF_TESTS).is_err() && Folder::there(&circle.join("below"), OF_TESTS).is_err());
    }
}
