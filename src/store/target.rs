//! Where a file is put that takes the place of another.

use std::fs::FileType;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Links behind each other, as Linux follows them.
const LINKS_MAX: usize = 40;

/// The path that a file takes: what links lead to, so that a link stays one. What is there is a file, or nothing.
pub(crate) fn target(path: &Path) -> Result<PathBuf> {
    match path.metadata() {
        Ok(there) => check_file(there.file_type())?,
        // A link may lead to what is yet to be.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match path.read_link() {
            Ok(to) => path = folder_of(&path).join(to),
            // No link, or nothing.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(Error::other("links lead to each other there"))
}

/// The folder that a file is in.
#[must_use]
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A device may have no end, and a pipe may have nobody at its other one.
pub(super) fn check_file(there: FileType) -> Result<()> {
    match there {
        there if there.is_file() => Ok(()),
        there if there.is_dir() => Err(Error::other("a folder is there, no file")),
        there if there.is_fifo() || there.is_socket() => Err(Error::other("a pipe is there, no file")),
        _ => Err(Error::other("a device is there, no file")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_to_what_is_or_will_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("real"), "").unwrap();
        symlink("real", at("link")).unwrap();
        symlink("link", at("second")).unwrap();
        symlink("later", at("early")).unwrap();
        symlink("round", at("round")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        for (name, real) in [("real", "real"), ("link", "real"), ("second", "real"), ("early", "later"), ("no", "no")] {
            assert_eq!(target(&at(name)).unwrap(), at(real), "{name}");
        }
        for (name, told) in [("device", "a device"), (".", "a folder"), ("round", "")] {
            let error = target(&at(name)).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
