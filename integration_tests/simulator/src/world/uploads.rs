//! Uploads in pieces: what came is summed up on its way and not kept (`docs/tiktok-api.md` 7.6).

use super::World;
use chrono::{DateTime, Utc};
use md5::{Digest, Md5};

/// Bytes of a file that are kept to tell what it is: a JPEG has its size behind its thumbnails.
const HEAD: usize = 256 << 10;

/// An upload in pieces.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: u64,
    pub advertiser: u64,
    /// `image`, `video` or `music`.
    pub content_type: String,
    pub name: String,
    /// Bytes it will have.
    pub size: u64,
    /// Bytes that came.
    pub received: u64,
    /// Pieces that came.
    pub pieces: usize,
    /// Its file, once it is finished, and until when it is good.
    pub file: Option<(u64, DateTime<Utc>)>,
    pub(crate) sum: Summing,
}

/// A file, summed up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) size: u64,
    /// MD5 in hex.
    pub(crate) signature: String,
    pub(crate) head: Vec<u8>,
}

/// A file on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summing {
    md5: Md5,
    size: u64,
    head: Vec<u8>,
}

impl Summing {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.size += bytes.len() as u64;
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    pub(crate) fn content(&self) -> Content {
        let digest = self.md5.clone().finalize();
        let signature = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Content { size: self.size, signature, head: self.head.clone() }
    }
}

impl Content {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut sum = Summing::default();
        sum.take(bytes);
        sum.content()
    }
}

impl World {
    /// The uploads in pieces of an account, oldest first.
    #[must_use]
    pub fn uploads(&self, advertiser: u64) -> Vec<&Upload> {
        self.uploads.iter().filter(|upload| upload.advertiser == advertiser).collect()
    }

    /// The upload of an id.
    pub(crate) fn upload_mut(&mut self, advertiser: u64, id: u64) -> Option<&mut Upload> {
        self.uploads.iter_mut().find(|upload| upload.id == id && upload.advertiser == advertiser)
    }
}
