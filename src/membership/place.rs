//! Where ledgers are: a folder or a bucket, and in it a folder an advertiser and one an audience.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
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
        self.below(&[advertiser, audience])
    }

    fn below(&self, path: &[&str]) -> Result<Store> {
        let purpose = Purpose { setting: self.setting, ..PURPOSE };
        match &self.at {
            At::Folder(folder) => {
                let path = path.iter().fold(folder.clone(), |folder, name| folder.join(name));
                Store::private_folder(&path, purpose)
            }
            At::Bucket(bucket) => Store::bucket(bucket, &[&[FOLDER], path].concat().join("/"), purpose),
        }
    }

    /// Whether one writer can keep others away there.
    pub(crate) async fn check(&self) -> Result<()> {
        self.below(&[])?.check_holding().await
    }

    /// What the ledger says of every audience, without waiting for a writer.
    pub(crate) async fn manifests(&self) -> Result<Vec<Manifest>> {
        let mut manifests = Vec::new();
        for (advertiser, audience) in self.audiences().await? {
            manifests.extend(self.manifest(&advertiser, &audience).await?);
        }
        Ok(manifests)
    }

    /// The advertiser and the id of each audience that has a folder.
    pub(super) async fn audiences(&self) -> Result<Vec<(String, String)>> {
        if let At::Folder(folder) = &self.at
            && !Path::exists(folder)
        {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for advertiser in self.below(&[])?.folders().await? {
            let audiences = self.below(&[&advertiser])?.folders().await?;
            all.extend(audiences.into_iter().map(|audience| (advertiser.clone(), audience)));
        }
        Ok(all)
    }

    pub(super) async fn manifest(&self, advertiser: &str, audience: &str) -> Result<Option<Manifest>> {
        let Some(bytes) = self.store(advertiser, audience)?.read(MANIFEST.to_owned()).await? else { return Ok(None) };
        let manifest = Manifest::read(&bytes)?;
        manifest.check(advertiser, audience)?;
        Ok(Some(manifest))
    }
}
