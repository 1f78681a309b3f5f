//! Where the destination's ledger of audiences is, for a source that reads it; and what `check` says of it.

use crate::access::CheckReport;
use crate::config::SourceConfig;
use crate::config::destination::ObjectStorage;
use crate::error::{Error, Result};
use crate::membership::place::Place;
use crate::words::counted;

/// The key of the config.
const SETTING: &str = "audience_ledger";
/// The line of `check`.
const LEDGER: &str = "audience ledger";
/// What a ledger without audiences comes to.
pub(super) const EMPTY: &str = "the ledger has no audience yet; see that `audience_ledger` names the place of the destination's \
                                `audience.ledger`";

/// The ledger of the config.
pub(super) fn place(config: &SourceConfig) -> Result<Place> {
    let ledger = &config.audience_ledger;
    match (&ledger.folder, &ledger.object_storage_config) {
        (Some(folder), _) => Ok(Place::folder(folder.clone(), SETTING)),
        (None, ObjectStorage::S3(bucket)) => Ok(Place::bucket(bucket.clone(), SETTING)),
        (None, ObjectStorage::None) => {
            Err(Error::config("`audience_ledger` is empty, so there is no ledger of audiences to read").advise(
                "Set `audience_ledger.folder` to the folder of the destination's `audience.ledger`, or \
             `audience_ledger.object_storage_config` to its bucket.",
            ))
        }
    }
}

/// Whether the ledger can be read; nothing, if the config names none.
pub(super) async fn check(config: &SourceConfig, report: &mut CheckReport) {
    if !config.audience_ledger.is_set() {
        return;
    }
    match audiences(config).await {
        Ok(0) => report.warn(LEDGER, EMPTY.to_owned()),
        Ok(audiences) => report.ok(LEDGER, format!("{} can be read", counted(audiences, "audience"))),
        Err(error) => report.fail(LEDGER, error),
    }
}

async fn audiences(config: &SourceConfig) -> Result<u64> {
    Ok(place(config)?.manifests().await?.len() as u64)
}
