//! Members on disk, in files as TikTok takes them. They hold hashes only and have no name from the beginning, so that
//! nobody else can open them and nothing is left of them, however the run ends.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use md5::{Digest, Md5};

use super::line::HEADER;
use crate::destination::objects::audience::row::Hash;
use crate::error::{Error, Kind, Result};
use crate::tiktok::body::FileContent;

/// [?] Bytes of a file: TikTok's page says 250 MB, a peer 50 MB (docs/tiktok-api.md 5.2). The lower one is safe.
pub(super) const FILE_BYTES_MAX: u64 = 50_000_000;
/// Files of one request (docs/tiktok-api.md 5.2).
const FILES_MAX: usize = 500;

/// Members of one audience, in as many files as they need.
pub(super) struct Spill {
    bytes_max: u64,
    full: Vec<Part>,
    open: Option<Open>,
}

/// A file as it is uploaded.
#[derive(Clone)]
pub(super) struct Part {
    pub content: FileContent,
    /// MD5, in hexadecimal digits.
    pub signature: String,
}

struct Open {
    file: BufWriter<File>,
    sum: Md5,
    bytes: u64,
}

impl Spill {
    #[must_use]
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, full: Vec::new(), open: None }
    }

    /// Files so far.
    #[must_use]
    pub(super) fn files(&self) -> usize {
        self.full.len() + usize::from(self.open.is_some())
    }

    /// Adds whole lines, which stay together.
    pub(super) fn put(&mut self, lines: &[u8]) -> Result<()> {
        if self.open.as_ref().is_some_and(|open| open.bytes + lines.len() as u64 > self.bytes_max) {
            self.close()?;
        }
        if self.open.is_none() {
            if self.full.len() >= FILES_MAX {
                return Err(Error::config(format!(
                    "An audience's members fill more than {FILES_MAX} files, and TikTok takes no more at once"
                ))
                .advise("Divide the stream into several audiences."));
            }
            self.open = Some(Open::new().map_err(|error| unspooled(&error))?);
        }
        self.open.as_mut().map_or(Ok(()), |open| open.write(lines)).map_err(|error| unspooled(&error))
    }

    /// The same without some hashes; and how many lines had no others.
    pub(super) fn without(self, gone: &HashSet<Hash>) -> Result<(Self, u64)> {
        let (mut rest, mut dropped) = (Self::new(self.bytes_max), 0);
        let is_gone = |field: &&str| {
            let mut bytes = [0; 32];
            let length = field.len() / 2;
            let decoded = bytes.get_mut(..length).is_some_and(|bytes| const_hex::decode_to_slice(field, bytes).is_ok());
            decoded && gone.contains(&Hash(bytes))
        };
        for Part { content, .. } in self.finish()? {
            let FileContent::Unnamed { file, .. } = content else { continue };
            let mut file = &*file;
            file.rewind().map_err(|error| unspooled(&error))?;
            for line in BufReader::new(file).lines().skip(1) {
                let line = line.map_err(|error| unspooled(&error))?;
                let fields: Vec<&str> = line.split(',').map(|field| if is_gone(&field) { "" } else { field }).collect();
                if fields.iter().all(|field| field.is_empty()) {
                    dropped += 1;
                } else {
                    rest.put(format!("{}\n", fields.join(",")).as_bytes())?;
                }
            }
        }
        Ok((rest, dropped))
    }

    /// Every file, ready to leave.
    pub(super) fn finish(mut self) -> Result<Vec<Part>> {
        self.close()?;
        Ok(self.full)
    }

    fn close(&mut self) -> Result<()> {
        let Some(Open { file, sum, bytes }) = self.open.take() else { return Ok(()) };
        let file = file.into_inner().map_err(|error| unspooled(error.error()))?;
        let content = FileContent::Unnamed { file: Arc::new(file), length: bytes };
        let signature = const_hex::encode(sum.finalize());
        self.full.push(Part { content, signature });
        Ok(())
    }
}

impl Open {
    fn new() -> std::io::Result<Self> {
        let file = tempfile::tempfile()?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        let mut open = Self { file: BufWriter::new(file), sum: Md5::new(), bytes: 0 };
        open.write(HEADER.as_bytes())?;
        Ok(open)
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.sum.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

fn unspooled(error: &std::io::Error) -> Error {
    let folder = std::env::temp_dir();
    Error::new(Kind::Local, format!("Members cannot be kept in {} until they are uploaded: {error}", folder.display()))
        .advise("Make room there, or set TMPDIR to a folder that has it; nothing was lost.")
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    async fn content(part: &Part) -> String {
        let chunks: Vec<bytes::Bytes> = part.content.stream().try_collect().await.unwrap();
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn files_are_full_have_their_header_and_lose_no_line() {
        let limit = HEADER.len() as u64 + 10;
        let mut spill = Spill::new(limit);
        let lines: Vec<String> = (0..25).map(|at| format!("{at:02}\n")).collect();
        for line in &lines {
            spill.put(line.as_bytes()).unwrap();
        }
        assert_eq!(spill.files(), 9);
        let parts = spill.finish().unwrap();
        let mut all = String::new();
        for part in &parts {
            let text = content(part).await;
            assert!(text.len() as u64 <= limit && text.len() as u64 == part.content.length());
            assert_eq!(part.signature, const_hex::encode(Md5::digest(&text)));
            all += text.strip_prefix(HEADER).unwrap();
        }
        assert_eq!((parts.len(), all), (9, lines.concat()));
    }

    #[test]
    fn a_file_has_no_name_and_is_for_its_owner_alone() {
        use std::os::unix::fs::MetadataExt;
        let mut spill = Spill::new(FILE_BYTES_MAX);
        spill.put(b"x\n").unwrap();
        let parts = spill.finish().unwrap();
        let FileContent::Unnamed { file, .. } = &parts[0].content else { panic!("a file") };
        let metadata = file.metadata().unwrap();
        assert_eq!((metadata.nlink(), metadata.permissions().mode() & 0o777), (0, 0o600));
    }

    #[tokio::test]
    async fn who_is_gone_is_in_no_file() {
        let hex = |byte: u8, length: usize| const_hex::encode(vec![byte; length]);
        let md5 = |byte: u8| {
            let mut bytes = [0; 32];
            bytes[..16].fill(byte);
            Hash(bytes)
        };
        let mut spill = Spill::new(FILE_BYTES_MAX);
        for line in [
            format!("{},,,\n", hex(1, 32)),
            format!("{},{},,\n", hex(1, 32), hex(2, 32)),
            format!(",,,{}\n", hex(3, 16)),
            format!(",,,{}\n", hex(4, 16)),
        ] {
            spill.put(line.as_bytes()).unwrap();
        }
        let (spill, dropped) = spill.without(&HashSet::from([Hash([1; 32]), md5(3)])).unwrap();
        let parts = spill.finish().unwrap();
        assert_eq!((parts.len(), dropped), (1, 2));
        assert_eq!(content(&parts[0]).await, format!("{HEADER},{},,\n,,,{}\n", hex(2, 32), hex(4, 16)));
    }

    #[test]
    fn more_files_than_tiktok_takes_are_refused() {
        let mut spill = Spill::new(1);
        let put = (0..=FILES_MAX).map(|_| spill.put(b"x\n")).collect::<Result<Vec<()>>>();
        assert!(put.unwrap_err().message().contains("more than 500 files"));
    }
}
