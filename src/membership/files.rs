//! How files of the ledger look: what they are and their version in the first bytes, a checksum in the last.

use crc32fast::Hasher;

use super::known::Digest;
use crate::error::{Error, Kind, Result};
use crate::store::Store;

/// The first bytes of every file; the last of them is the version.
const HEADER: [u8; 4] = *b"TML\x01";
const TRAILER: usize = 4;

/// The version that this program writes.
pub(crate) const VERSION: u32 = 1;

/// What can be read from the front of bytes.
pub(crate) trait Item: Sized {
    fn read(bytes: &[u8]) -> Option<(Self, usize)>;
}

impl Item for super::entry::Entry {
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        Self::read(bytes)
    }
}

impl Item for super::change::Change {
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        Self::read(bytes)
    }
}

/// A member's digest, without the member.
impl Item for Digest {
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let length = super::entry::length(bytes)?;
        Some((Self::of(bytes.get(..length)?), length))
    }
}

/// A number of a note.
impl Item for u64 {
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        bytes.first_chunk().map(|bytes| (Self::from_le_bytes(*bytes), 8))
    }
}

/// A whole file of some bytes.
#[must_use]
pub(crate) fn framed(body: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER.len() + body.len() + TRAILER);
    file.extend_from_slice(&HEADER);
    file.extend_from_slice(body);
    file.extend_from_slice(&crc32fast::hash(&file).to_le_bytes());
    file
}

pub(crate) fn newer(whose: &str) -> Error {
    Error::config(format!("The ledger of {whose} was written by a newer version of this program"))
        .advise("Update this program, or name another folder in `audience.ledger`.")
}

/// What is to be done about a ledger that cannot be believed.
pub(crate) const BEGIN_ANEW: &str = "Nobody was removed. Remove the audience's folder of the ledger, and send all members again; an old copy would bring \
     back who left since.";

fn torn(name: &str, whose: &str) -> Error {
    Error::new(Kind::Local, format!("The file {name} of the ledger of {whose} is damaged")).advise(BEGIN_ANEW)
}

/// A file that the manifest names is not there.
pub(crate) fn missing(name: &str, whose: &str) -> Error {
    Error::new(Kind::Local, format!("The file {name} of the ledger of {whose} is missing")).advise(BEGIN_ANEW)
}

/// Reads the items of a file one after another, a part at a time.
pub(crate) struct Cursor {
    name: String,
    /// Bytes of a part.
    part: usize,
    /// Where the next part begins.
    from: u64,
    buffer: Vec<u8>,
    at: usize,
    sum: Hasher,
    ended: bool,
}

impl Cursor {
    #[must_use]
    pub(crate) fn new(name: String, part: usize) -> Self {
        Self { name, part, from: 0, buffer: Vec::new(), at: 0, sum: Hasher::new(), ended: false }
    }

    /// The next item; `None` at the end of a whole file.
    pub(crate) async fn next<T: Item>(&mut self, store: &Store) -> Result<Option<T>> {
        if self.from == 0 {
            self.begin(store).await?;
        }
        loop {
            let items = self.buffer.get(self.at..self.buffer.len().saturating_sub(TRAILER)).unwrap_or_default();
            if let Some((item, taken)) = T::read(items) {
                self.at += taken;
                return Ok(Some(item));
            }
            if self.ended {
                self.forget_read();
                return if *self.buffer == self.sum.clone().finalize().to_le_bytes() {
                    Ok(None)
                } else {
                    Err(torn(&self.name, store.whose()))
                };
            }
            self.fill(store).await?;
        }
    }

    async fn begin(&mut self, store: &Store) -> Result<()> {
        self.fill(store).await?;
        match self.buffer.first_chunk::<4>() {
            Some(&HEADER) if self.buffer.len() >= HEADER.len() + TRAILER => {
                self.at = HEADER.len();
                Ok(())
            }
            Some(head) if head.starts_with(b"TML") && head > &HEADER => Err(newer(store.whose())),
            _ => Err(torn(&self.name, store.whose())),
        }
    }

    async fn fill(&mut self, store: &Store) -> Result<()> {
        self.forget_read();
        let part = store.read_part(&self.name, self.from, self.part).await?;
        self.from += part.len() as u64;
        self.ended = part.len() < self.part;
        self.buffer.extend_from_slice(&part);
        Ok(())
    }

    /// What was read counts in the sum, and makes room.
    fn forget_read(&mut self) {
        self.sum.update(self.buffer.get(..self.at).unwrap_or_default());
        self.buffer.drain(..self.at);
        self.at = 0;
    }
}

/// All items of a small file.
pub(crate) async fn all<T: Item>(store: &Store, name: &str, part: usize) -> Result<Vec<T>> {
    let mut cursor = Cursor::new(name.to_owned(), part);
    let mut items = Vec::new();
    while let Some(item) = cursor.next(store).await? {
        items.push(item);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_are_read_whole_or_called_damaged() {
        let store = Store::in_memory();
        let numbers: Vec<u64> = (0..100).collect();
        let file = framed(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>());
        for part in [8, 13, 64, 4_096] {
            store.put("f".to_owned(), file.clone()).await.unwrap();
            assert_eq!(all::<u64>(&store, "f", part).await.unwrap(), numbers);
        }
        for (at, what) in [(3, "newer version"), (0, "damaged"), (50, "damaged"), (file.len() - 1, "damaged")] {
            let mut bad = file.clone();
            bad[at] = bad[at].wrapping_add(1);
            store.put("f".to_owned(), bad).await.unwrap();
            let told = all::<u64>(&store, "f", 64).await.unwrap_err().to_string();
            assert!(told.contains(what), "{at}: {told}");
        }
        for length in [0, 3, 7, 20, file.len() - 1] {
            store.put("f".to_owned(), file[..length].to_vec()).await.unwrap();
            assert!(all::<u64>(&store, "f", 64).await.is_err(), "{length}");
        }
    }
}
