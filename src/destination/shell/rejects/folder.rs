//! Refused rows in a local folder: a file per stream, appended.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::safe;
use crate::error::{Error, Kind, Result};

pub(super) struct Folder {
    path: PathBuf,
    files: BTreeMap<PathBuf, File>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|error| unwritable(path, error))?;
        Ok(Self { path: path.to_owned(), files: BTreeMap::new() })
    }

    /// Appends lines; they are on the disk when this returns.
    pub(super) fn append(&mut self, stream: &str, lines: &str) -> Result<()> {
        let path = self.path.join(format!("rejected-{}.jsonl", safe(stream)));
        let fault = |error| unwritable(&path, error);
        if !self.files.contains_key(&path) {
            let file = open(&path).map_err(fault)?;
            self.files.insert(path.clone(), file);
        }
        let Some(file) = self.files.get_mut(&path) else { return Ok(()) };
        write(file, lines).map_err(fault)
    }
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

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    let told = |what: &dyn std::fmt::Display| format!("Cannot write rejected rows to {}: {what}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::new(Kind::Local, told(&"the disk is full"))
            .advise("Make room there; the rows since the last STATE are sent again by the next sync.")
            .because(error),
        _ => Error::config(told(&error))
            .advise("Name a folder that can be written in `rejected_records`, or leave it empty."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_to_a_file_per_stream() {
        let path = std::env::temp_dir().join(format!("rejects-{}", std::process::id()));
        for line in ["one\n", "two\n"] {
            Folder::open(&path).unwrap().append("a/b c", line).unwrap();
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
        Folder::open(folder.path()).unwrap().append("s", "{}\n").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "{\"whole\":1}\n{\"ha\n{}\n");
    }

    #[test]
    fn a_full_disk_is_told_as_that() {
        let mut folder = Folder::open(Path::new("/tmp")).unwrap();
        // Whatever is written there, the device is full.
        let full = Path::new("/tmp/rejected-full.jsonl").to_owned();
        folder.files.insert(full, OpenOptions::new().append(true).open("/dev/full").unwrap());
        let error = folder.append("full", "{}\n").unwrap_err();
        assert_eq!(error.kind(), Kind::Local);
        assert!(
            error.to_string().ends_with(
                "the disk is full. Make room there; the rows since the last STATE are sent again by the next sync."
            ),
            "{error}"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_is_told_at_once() {
        let error = Folder::open(Path::new("/dev/null/x")).err().unwrap();
        assert!(error.to_string().starts_with("Cannot write rejected rows to /dev/null/x: "), "{error}");
    }
}
