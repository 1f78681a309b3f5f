//! Refused rows in a local folder: a file per stream, appended.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
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
            let file = OpenOptions::new().create(true).append(true).open(&path).map_err(fault)?;
            self.files.insert(path.clone(), file);
        }
        let Some(file) = self.files.get_mut(&path) else { return Ok(()) };
        file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()).map_err(fault)
    }
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::Config, format!("Cannot write rejected rows to {}: {error}", path.display()))
        .advise("Name a folder that can be written in `rejected_records`, or leave it empty.")
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
    fn a_folder_that_cannot_be_is_told_at_once() {
        let error = Folder::open(Path::new("/dev/null/x")).err().unwrap();
        assert!(error.to_string().starts_with("Cannot write rejected rows to /dev/null/x: "), "{error}");
    }
}
