//! What a POST request carries: JSON, or a form with a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body<'a> {
    /// Of GET requests.
    None,
    Json(&'a [u8]),
    Form(&'a Form),
}

impl Body<'_> {
    /// The JSON, if there is any.
    #[must_use]
    pub(crate) fn json(&self) -> &[u8] {
        match self {
            Self::Json(json) => json,
            Self::None | Self::Form(_) => &[],
        }
    }
}

/// A form of `multipart/form-data` (RFC 7578), as TikTok takes files (docs/tiktok-api.md 7.6).
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub fields: Vec<(&'static str, String)>,
    pub file: FilePart,
}

/// A file, or a piece of one.
#[derive(Debug, Clone)]
pub(crate) struct FilePart {
    /// The name of the field.
    pub field: &'static str,
    pub file_name: String,
    pub content: FileContent,
}

/// Where the bytes of a file are. Every attempt sends them anew.
#[derive(Clone)]
pub(crate) enum FileContent {
    /// In memory; clones share them.
    Bytes(bytes::Bytes),
    /// On disk, from where they leave chunk by chunk.
    Disk { path: PathBuf, start: u64, length: u64 },
    /// An open file that has no name any more.
    Unnamed { file: Arc<File>, length: u64 },
}

/// Bytes of a file in memory at once.
const CHUNK: u64 = 1 << 20;

impl FileContent {
    #[must_use]
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Disk { length, .. } | Self::Unnamed { length, .. } => *length,
        }
    }

    /// The bytes, for one attempt. The disk may hang, so it is read beside everything else.
    pub(crate) fn stream(&self) -> BoxStream<'static, io::Result<bytes::Bytes>> {
        match self {
            Self::Bytes(bytes) => stream::iter([Ok(bytes.clone())]).boxed(),
            Self::Disk { path, start, length } => {
                let path = path.clone();
                chunks(*start, start + length, move |at, length| read_at(&path, at, length))
            }
            Self::Unnamed { file, length } => {
                let file = file.clone();
                chunks(0, *length, move |at, length| {
                    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
                    file.read_exact_at(&mut bytes, at)?;
                    Ok(bytes.into())
                })
            }
        }
    }
}

/// The bytes between two places, chunk by chunk.
fn chunks(
    start: u64,
    end: u64,
    read: impl Fn(u64, u64) -> io::Result<bytes::Bytes> + Clone + Send + 'static,
) -> BoxStream<'static, io::Result<bytes::Bytes>> {
    let chunk = move |at: u64| {
        let read = read.clone();
        async move {
            if at >= end {
                return Ok(None);
            }
            let read = move || read(at, CHUNK.min(end - at));
            let bytes = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??;
            let next = at + bytes.len() as u64;
            Ok(Some((bytes, next)))
        }
    };
    stream::try_unfold(start, chunk).boxed()
}

/// Reads so many bytes of a file, no fewer.
fn read_at(path: &Path, at: u64, length: u64) -> io::Result<bytes::Bytes> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.length())
    }
}
