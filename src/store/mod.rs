//! Where files are kept: a folder or a bucket. Lines are added to a series; files are put whole, read and listed.
//! What a call stores is durable when it returns.

mod bucket;
mod folder;
mod lease;
mod patience;
mod purpose;
mod target;

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::config::destination as config;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use bucket::Bucket;
use folder::Folder;
pub(crate) use lease::Held;
use patience::patiently;
pub(crate) use purpose::{Purpose, safe};
pub(crate) use target::{folder_of, target};

/// The file that a check puts and removes.
const TRIED: &str = ".check";

/// A folder or a bucket.
pub(crate) struct Store {
    place: Place,
    purpose: Purpose,
    /// Whose files there are, for sentences about them.
    whose: String,
}

enum Place {
    Folder(Arc<Mutex<Folder>>),
    Bucket(Bucket),
}

impl Store {
    /// Opens a folder, which is made if it is not there.
    pub(crate) fn folder(path: &Path, purpose: Purpose) -> Result<Self> {
        let folder = Folder::open(path, purpose)?;
        Ok(Self::at(Place::Folder(Arc::new(Mutex::new(folder))), purpose))
    }

    /// Opens a folder to read, which makes nothing. `None`: it is not there.
    pub(crate) fn folder_there(path: &Path, purpose: Purpose) -> Result<Option<Self>> {
        let folder = Folder::there(path, purpose)?;
        Ok(folder.map(|folder| Self::at(Place::Folder(Arc::new(Mutex::new(folder))), purpose)))
    }

    fn at(place: Place, purpose: Purpose) -> Self {
        Self { place, purpose, whose: String::new() }
    }

    /// Says whose files there are.
    #[must_use]
    pub(crate) fn of(self, whose: String) -> Self {
        Self { whose, ..self }
    }

    #[must_use]
    pub(crate) fn whose(&self) -> &str {
        &self.whose
    }

    /// Opens a folder of a bucket.
    pub(crate) fn bucket(bucket: &config::Bucket, folder: &str, purpose: Purpose) -> Result<Self> {
        Ok(Self::at(Place::Bucket(Bucket::open(bucket, folder, purpose)?), purpose))
    }

    /// Opens a folder that only its owner may look into.
    pub(crate) fn private_folder(path: &Path, purpose: Purpose) -> Result<Self> {
        let folder = Folder::open_private(path, purpose)?;
        Ok(Self::at(Place::Folder(Arc::new(Mutex::new(folder))), purpose))
    }

    /// A bucket that tests keep in memory.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        Self::at(Place::Bucket(Bucket::in_memory()), purpose::OF_TESTS)
    }

    /// The same place, opened once more.
    #[cfg(test)]
    pub(crate) fn again(&self) -> Self {
        let Place::Bucket(bucket) = &self.place else { unreachable!("tests keep it in memory") };
        Self::at(Place::Bucket(bucket.again()), self.purpose)
    }

    /// Takes the place for one writer. `None`: another has it.
    pub(crate) async fn hold(&self) -> Result<Option<Held>> {
        match &self.place {
            Place::Folder(folder) => Ok(self.beside(folder, |folder| folder.try_lock()).await?.map(Held::of_folder)),
            Place::Bucket(bucket) => Held::of_bucket(bucket).await,
        }
    }

    /// Says that the writer still writes.
    pub(crate) async fn renew(&self, held: &Held) -> Result<()> {
        match &self.place {
            Place::Folder(_) => Ok(()),
            Place::Bucket(bucket) => held.renew(bucket).await,
        }
    }

    /// Lets the next writer in.
    pub(crate) async fn let_go(&self, held: &Held) -> Result<()> {
        match &self.place {
            Place::Folder(_) => Ok(()),
            Place::Bucket(bucket) => held.let_go(bucket).await,
        }
    }

    /// Tries out whether one writer can keep others away; a folder always can.
    pub(crate) async fn check_holding(&self) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, |folder| folder.try_lock()).await.map(drop),
            Place::Bucket(bucket) => lease::check(bucket).await,
        }
    }

    /// Tries out whether a file can be put and removed.
    pub(crate) async fn check_writing(&self) -> Result<()> {
        self.put(TRIED.to_owned(), b"tiktok-ads check\n".to_vec()).await?;
        self.remove(TRIED.to_owned()).await
    }

    /// Reads a part of a file, less where it ends.
    pub(crate) async fn read_part(&self, name: &str, from: u64, length: usize) -> Result<Vec<u8>> {
        match &self.place {
            Place::Folder(folder) => {
                let name = name.to_owned();
                self.beside(folder, move |folder| folder.read_part(&name, from, length)).await
            }
            Place::Bucket(bucket) => {
                patiently(bucket.name(), self.purpose.what, bucket.read_part(name, from, length)).await
            }
        }
    }

    /// The names of the folders in it.
    pub(crate) async fn folders(&self) -> Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, |folder| folder.folders()).await,
            Place::Bucket(bucket) => patiently(bucket.name(), self.purpose.what, bucket.folders()).await,
        }
    }

    /// Adds whole lines to a series: to one file of a folder, as one more object of a bucket.
    pub(crate) async fn append(&self, series: String, lines: String) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, move |folder| folder.append(&series, &lines)).await,
            Place::Bucket(bucket) => patiently(bucket.name(), self.purpose.what, bucket.append(&series, lines)).await,
        }
    }

    /// Puts a file whole or not at all, in place of the one of that name.
    pub(crate) async fn put(&self, name: String, bytes: Vec<u8>) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, move |folder| folder.put(&name, &bytes)).await,
            Place::Bucket(bucket) => patiently(bucket.name(), self.purpose.what, bucket.put(&name, bytes)).await,
        }
    }

    /// Reads a file; `None` if there is none of that name.
    pub(crate) async fn read(&self, name: String) -> Result<Option<Vec<u8>>> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, move |folder| folder.read(&name)).await,
            Place::Bucket(bucket) => patiently(bucket.name(), self.purpose.what, bucket.read(&name)).await,
        }
    }

    /// Whether lines that are added make files of their own, which are read whole.
    #[must_use]
    pub(crate) fn is_in_parts(&self) -> bool {
        matches!(self.place, Place::Bucket(_))
    }

    /// Ends a series of a folder. What was added stays.
    pub(crate) async fn close(&self, series: String) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                self.beside(folder, move |folder| {
                    folder.close(&series);
                    Ok(())
                })
                .await
            }
            Place::Bucket(_) => Ok(()),
        }
    }

    /// Reads some bytes of a folder's file from a place on; a bucket's object is read whole.
    pub(crate) async fn read_from(&self, name: String, start: u64, most: u64) -> Result<Vec<u8>> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, move |folder| folder.read_from(&name, start, most)).await,
            Place::Bucket(_) => Ok(self.read(name).await?.unwrap_or_default()),
        }
    }

    /// Removes a file, if it is there.
    pub(crate) async fn remove(&self, name: String) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, move |folder| folder.remove(&name)).await,
            Place::Bucket(bucket) => patiently(bucket.name(), self.purpose.what, bucket.remove(&name)).await,
        }
    }

    /// The names of the files there, in order.
    pub(crate) async fn list(&self) -> Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => self.beside(folder, |folder| folder.list()).await,
            Place::Bucket(bucket) => patiently(bucket.name(), self.purpose.what, bucket.list()).await,
        }
    }

    /// Works beside everything else: a folder may lie on a disk that hangs.
    async fn beside<T: Send + 'static>(
        &self,
        folder: &Arc<Mutex<Folder>>,
        work: impl FnOnce(&mut Folder) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let folder = folder.clone();
        let work = tokio::task::spawn_blocking(move || work(&mut lock(&folder)));
        patiently("the folder", self.purpose.what, work)
            .await
            .unwrap_or_else(|panic| Err(Error::new(Kind::Unexpected, "A part of the connector stopped").because(panic)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files live alike in both places; a series is one file or several.
    async fn lives(store: &Store) {
        let read = |name: &str| store.read(name.to_owned());
        assert_eq!(read("a.json").await.unwrap(), None);
        for bytes in ["first and longer", "second"] {
            store.put("a.json".to_owned(), bytes.into()).await.unwrap();
            assert_eq!(read("a.json").await.unwrap().as_deref(), Some(bytes.as_bytes()));
        }
        store.append("lines".to_owned(), "one\n".to_owned()).await.unwrap();
        store.append("lines".to_owned(), "two\n".to_owned()).await.unwrap();
        let mut names = store.list().await.unwrap();
        assert_eq!(names.remove(0), "a.json");
        let mut lines = String::new();
        for name in names {
            assert!(name.starts_with("lines"), "{name}");
            lines += &String::from_utf8(read(&name).await.unwrap().unwrap()).unwrap();
        }
        assert_eq!(lines, "one\ntwo\n");
    }

    #[tokio::test]
    async fn folders_and_buckets_keep_files_alike() {
        let folder = tempfile::tempdir().unwrap();
        lives(&Store::folder(folder.path(), purpose::OF_TESTS).unwrap()).await;
        lives(&Store::in_memory()).await;
    }
}
