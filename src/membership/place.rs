//! Where ledgers are: a folder or a bucket, and in it a folder an advertiser and one an audience.

use std::path::{Path, PathBuf};

use super::files::{self, Cursor};
use super::known::Digest;
use super::manifest::{self, Manifest};
use super::names::{PART, holds_members};
use crate::config::destination::Bucket;
use crate::error::Result;
use crate::store::{Purpose, Store};

const PURPOSE: Purpose = Purpose {
    what: "the ledger of audiences",
    setting: "audience.ledger",
    otherwise: "The rows since the last STATE are sent again by the next sync.",
};
/// The folder of a bucket that ledgers are in.
const FOLDER: &str = "ledger";
pub(super) const MANIFEST: &str = "manifest.json";

/// Where ledgers are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    at: At,
    /// The key of the config that says so.
    setting: &'static str,
}

#[derive(Debug, Clone)]
enum At {
    Folder(PathBuf),
    Bucket(Bucket),
}

impl Place {
    #[must_use]
    pub(crate) fn folder(path: PathBuf, setting: &'static str) -> Self {
        Self { at: At::Folder(path), setting }
    }

    #[must_use]
    pub(crate) fn bucket(bucket: Bucket, setting: &'static str) -> Self {
        Self { at: At::Bucket(bucket), setting }
    }

    /// The store of an audience.
    pub(super) fn store(&self, advertiser: &str, audience: &str) -> Result<Store> {
        Ok(self.below(&[advertiser, audience])?.of(format!("audience {audience} of advertiser {advertiser}")))
    }

    fn below(&self, path: &[&str]) -> Result<Store> {
        match &self.at {
            At::Folder(folder) => Store::private_folder(&joined(folder, path), self.purpose()),
            At::Bucket(bucket) => self.in_bucket(bucket, path),
        }
    }

    /// The same to look into, which makes nothing. `None`: it is not there.
    fn there(&self, path: &[&str]) -> Result<Option<Store>> {
        match &self.at {
            At::Folder(folder) => Store::folder_there(&joined(folder, path), self.purpose()),
            At::Bucket(bucket) => self.in_bucket(bucket, path).map(Some),
        }
    }

    fn in_bucket(&self, bucket: &Bucket, path: &[&str]) -> Result<Store> {
        Store::bucket(bucket, &[&[FOLDER], path].concat().join("/"), self.purpose())
    }

    fn purpose(&self) -> Purpose {
        Purpose { setting: self.setting, ..PURPOSE }
    }

    /// Whether one writer can keep others away there.
    pub(crate) async fn check(&self) -> Result<()> {
        let store = self.below(&[])?;
        store.check_holding().await?;
        store.check_writing().await
    }

    /// What the ledger says of every audience, without waiting for a writer.
    pub(crate) async fn manifests(&self) -> Result<Vec<Manifest>> {
        self.each().await?.into_iter().collect()
    }

    /// The same, each by itself: what is wrong with one hides no other.
    pub(crate) async fn each(&self) -> Result<Vec<Result<Manifest>>> {
        let mut all = Vec::new();
        for (advertiser, audience) in self.audiences().await? {
            all.extend(self.manifest(&advertiser, &audience).await.transpose());
        }
        Ok(all)
    }

    /// What the ledger says of an advertiser's audiences; what cannot be read is told where it is written to.
    pub(crate) async fn readable(&self, advertiser: &str) -> Result<Vec<Manifest>> {
        let mut manifests = Vec::new();
        for audience in self.audiences_of(advertiser).await? {
            manifests.extend(self.manifest(advertiser, &audience).await.ok().flatten());
        }
        Ok(manifests)
    }

    /// The ids of an advertiser's audiences that have a folder.
    pub(crate) async fn audiences_of(&self, advertiser: &str) -> Result<Vec<String>> {
        match self.there(&[advertiser])? {
            Some(store) => store.folders().await,
            None => Ok(Vec::new()),
        }
    }

    /// The advertiser and the id of each audience that has a folder.
    pub(super) async fn audiences(&self) -> Result<Vec<(String, String)>> {
        let Some(ledger) = self.there(&[])? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for advertiser in ledger.folders().await? {
            let audiences = self.audiences_of(&advertiser).await?;
            all.extend(audiences.into_iter().map(|audience| (advertiser.clone(), audience)));
        }
        Ok(all)
    }

    pub(crate) async fn manifest(&self, advertiser: &str, audience: &str) -> Result<Option<Manifest>> {
        let store = self.store(advertiser, audience)?;
        let Some(bytes) = store.read(MANIFEST.to_owned()).await? else {
            return if holds_members(&store).await? { Err(manifest::torn(store.whose())) } else { Ok(None) };
        };
        let manifest = Manifest::read(&bytes, store.whose())?;
        manifest.check(advertiser, audience)?;
        Ok(Some(manifest))
    }

    /// Looks at the ledger of an audience as a writer would that opens it, and lets go of it. False: there is none yet.
    pub(crate) async fn look(&self, advertiser: &str, audience: &str) -> Result<bool> {
        if !self.audiences_of(advertiser).await?.iter().any(|one| one == audience) {
            return Ok(false);
        }
        let Some(manifest) = self.manifest(advertiser, audience).await? else { return Ok(true) };
        let store = self.believed(&manifest).await?;
        store.check_writing().await?;
        Ok(true)
    }

    /// What a run would believe: no old copy, and all of its files are there.
    async fn believed(&self, manifest: &Manifest) -> Result<Store> {
        let store = self.store(&manifest.advertiser_id, &manifest.audience_id)?.of(manifest.whose());
        self.marked(manifest).await?;
        let there = store.list().await?;
        match manifest.segments.iter().find(|name| !there.contains(name)) {
            Some(missing) => Err(files::missing(missing, store.whose())),
            None => Ok(store),
        }
    }

    /// Reads all members, so that a file that was cut is found.
    pub(crate) async fn read_through(&self, manifest: &Manifest) -> Result<()> {
        let store = self.believed(manifest).await?;
        for name in &manifest.segments {
            let mut cursor = Cursor::new(name.clone(), PART);
            while cursor.next::<Digest>(&store).await?.is_some() {}
        }
        Ok(())
    }

    /// Refuses an old copy: of each audience it stands beside its folder how far its ledger has come.
    pub(super) async fn marked(&self, manifest: &Manifest) -> Result<()> {
        let Manifest { advertiser_id: advertiser, audience_id: id, epoch, .. } = manifest;
        let marked = self.below(&[advertiser])?.read(mark_name(id)).await?;
        let marked: Option<u64> = marked.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.trim().parse().ok());
        match marked.filter(|marked| marked > epoch) {
            None => Ok(()),
            Some(marked) => Err(manifest.old(marked)),
        }
    }

    /// Notes how far the ledger of an audience has come.
    pub(super) async fn mark(&self, manifest: &Manifest) -> Result<()> {
        let store = self.below(&[&manifest.advertiser_id])?;
        store.put(mark_name(&manifest.audience_id), manifest.epoch.to_string().into_bytes()).await
    }
}

fn joined(folder: &Path, path: &[&str]) -> PathBuf {
    path.iter().fold(folder.to_owned(), |folder, name| folder.join(name))
}

fn mark_name(audience: &str) -> String {
    format!("{audience}.epoch")
}
