//! What is opened: a ledger that can be believed, or a new one; and a generation.

use super::manifest::{Manifest, Open};
use super::names::seen_name;
use super::place::{MANIFEST, Place};
use super::{Audience, Ledger};
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::store::Store;

impl Ledger {
    /// Begins a mirror's generation, or goes on with the one that was cut off.
    pub(crate) async fn begin(&self, generation: u64) -> Result<()> {
        let bytes = {
            let mut state = lock(&self.state);
            state.mirrors = true;
            state.sync.generation = Some(generation);
            if state.manifest.open.is_some_and(|open| open.generation == generation) {
                return Ok(());
            }
            state.manifest.open = Some(Open::new(generation));
            state.known.forget_seen();
            state.manifest.bytes()
        };
        if self.dry_run {
            return Ok(());
        }
        let seen = seen_name(lock(&self.state).manifest.epoch);
        self.store.remove(seen).await?;
        self.store.put(MANIFEST.to_owned(), bytes).await
    }

    /// The stream whose generations the audience is to equal.
    pub(crate) fn equals(&self, stream: &str) {
        lock(&self.state).manifest.stream = Some(stream.to_owned());
    }
}

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
