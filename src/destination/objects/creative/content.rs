//! The content of a creative: a file of the folder, or bytes of a row. Symbolic links and `..` lead nowhere outside.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::inspect;
use super::wish::Source;
use crate::destination::record::fault::Fault;
use crate::tiktok::body::FileContent;

/// Content that is here.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    File(PathBuf),
    Bytes(bytes::Bytes),
}

const OUTSIDE: Fault = Fault::new(
    Some("path"),
    "outside_folder",
    "`path` leads out of `creatives.folder`; name a file below it, without `..` and links to elsewhere.",
);
const NO_FOLDER: Fault =
    Fault::new(Some("path"), "outside_folder", "Files are taken from `creatives.folder` only, and none is set.");
const MISSING: Fault = Fault::new(Some("path"), "file_missing", "There is no such file below `creatives.folder`.");
const NO_BASE64: Fault = Fault::new(Some("content_base64"), "invalid_value", "`content_base64` is no Base64.");

impl Content {
    /// Finds the content; `None` if TikTok is to fetch it.
    pub(crate) fn of(source: &Source, folder: Option<&Path>) -> Result<Option<Self>, Fault> {
        match source {
            Source::Url(_) => Ok(None),
            Source::Path(path) => below(folder.ok_or(NO_FOLDER)?, path).map(|path| Some(Self::File(path))),
            Source::Base64(text) => {
                let bytes = STANDARD.decode(text.trim()).map_err(|_| NO_BASE64)?;
                Ok(Some(Self::Bytes(bytes.into())))
            }
        }
    }

    pub(crate) fn open(&self) -> std::io::Result<Box<dyn ReadSeek>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
        })
    }

    /// A piece of it, as it leaves.
    #[must_use]
    pub(crate) fn piece(&self, start: u64, length: u64) -> FileContent {
        match self {
            Self::File(path) => FileContent::Disk { path: path.clone(), start, length },
            Self::Bytes(bytes) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                FileContent::Bytes(bytes.slice(place(start)..place(start + length)))
            }
        }
    }

    /// The MD5 of a piece, in hexadecimal digits.
    pub(crate) fn signature(&self, start: u64, length: u64) -> std::io::Result<String> {
        let mut file = self.open()?;
        file.seek(SeekFrom::Start(start))?;
        inspect::signature(&mut file.take(length))
    }
}

/// What can be read from anywhere.
pub(crate) trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// The real path of a file below a folder.
fn below(folder: &Path, path: &Path) -> Result<PathBuf, Fault> {
    let folder = folder.canonicalize().map_err(|_| MISSING)?;
    if path.is_absolute() && !path.starts_with(&folder) {
        return Err(OUTSIDE);
    }
    if path.components().any(|part| part == std::path::Component::ParentDir) {
        return Err(OUTSIDE);
    }
    let real = folder.join(path).canonicalize().map_err(|_| MISSING)?;
    match (real.starts_with(&folder), real.is_file()) {
        (false, _) => Err(OUTSIDE),
        (true, false) => Err(MISSING),
        (true, true) => Ok(real),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_folder_are_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("creatives");
        std::fs::create_dir_all(folder.join("a")).unwrap();
        std::fs::write(folder.join("a/x.png"), "x").unwrap();
        std::fs::write(home.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(home.path().join("secret"), folder.join("link")).unwrap();
        let told = |path: &str| match Content::of(&Source::Path(path.into()), Some(&folder)) {
            Ok(_) => "ok",
            Err(fault) => fault.reason,
        };
        let inside = folder.join("a/x.png").canonicalize().unwrap();
        for (path, expected) in [
            ("a/x.png", "ok"),
            (inside.to_str().unwrap(), "ok"),
            ("a/y.png", "file_missing"),
            ("a", "file_missing"),
            ("../secret", "outside_folder"),
            ("a/../a/x.png", "outside_folder"),
            ("link", "outside_folder"),
            ("/etc/passwd", "outside_folder"),
        ] {
            assert_eq!(told(path), expected, "{path}");
        }
        assert_eq!(Content::of(&Source::Path("x".into()), None).unwrap_err().reason, "outside_folder");
        assert_eq!(Content::of(&Source::Base64("?".into()), None).unwrap_err().reason, "invalid_value");
    }
}
