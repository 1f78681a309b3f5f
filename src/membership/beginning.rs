//! What is opened: a ledger that can be believed, or a new one.

use super::Audience;
use super::manifest::Manifest;
use super::place::Place;
use crate::error::{Error, Kind, Result};
use crate::store::Store;

/// What a ledger says that is this audience's, and no old copy.
pub(super) async fn believed(
    bytes: &[u8],
    store: &Store,
    place: Option<&Place>,
    audience: &Audience<'_>,
) -> Result<Manifest> {
    let manifest = Manifest::read(bytes, store.whose())?;
    manifest.check(audience.advertiser, audience.id)?;
    if let Some(place) = place {
        place.marked(&manifest).await?;
    }
    Ok(manifest)
}

/// A ledger of nobody yet. What was marked of one before it, which was removed, is said no more.
pub(super) async fn begun(place: Option<&Place>, audience: &Audience<'_>) -> Result<Manifest> {
    let manifest = Manifest::new(audience.advertiser, audience.id, audience.name, salt()?);
    if let Some(place) = place.filter(|_| !audience.dry_run) {
        place.mark(&manifest).await?;
    }
    Ok(manifest)
}

/// What nobody guesses.
fn salt() -> Result<String> {
    let mut bytes = [0; 32];
    let provider = rustls::crypto::ring::default_provider();
    let filled = provider.secure_random.fill(&mut bytes);
    filled.map(|()| const_hex::encode(bytes)).map_err(|error| {
        Error::new(Kind::Local, "This machine gives no random numbers for the ledger of audiences")
            .with("cause", format!("{error:?}"))
    })
}
