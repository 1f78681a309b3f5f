//! The stream of what runs did to audiences, out of the destination's ledger.

use super::files::{Files, Mouth, state};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::membership::history::{Places, news};
use crate::membership::place::Place;
use crate::source::ledger;
use crate::words::counted;

/// The ledger of audiences, for those advertisers that the config names.
pub(super) struct Audiences {
    place: Place,
    /// If empty, all that the ledger has.
    advertisers: Vec<String>,
}

impl Files for Audiences {
    type Places = Places;
    const KEY: &'static str = "ledger";
    const UNSET: &'static str = "`audience_ledger.folder` names no folder of the destination's `audience.ledger`, and \
                                 `audience_ledger.object_storage_config` no bucket";

    fn is_set(config: &SourceConfig) -> bool {
        config.audience_ledger.is_set()
    }

    fn open(config: &SourceConfig) -> Result<Self> {
        Ok(Self { place: ledger::place(config)?, advertisers: config.named_advertisers() })
    }

    async fn pass_on(&self, mouth: &Mouth, places: &mut Places) -> Result<()> {
        let mut manifests = self.place.manifests().await?;
        if manifests.is_empty() {
            tracing::warn!("Stream `{}` has no records: {}", mouth.stream, ledger::EMPTY);
        }
        manifests.retain(|manifest| self.advertisers.is_empty() || self.advertisers.contains(&manifest.advertiser_id));
        for manifest in &manifests {
            let news = news(manifest, places);
            if news.lost > 0 {
                tracing::warn!(
                    "Stream `{}` lacks {} of the audience {:?} ({}): the ledger keeps the last 100, so read it more often",
                    mouth.stream,
                    counted(news.lost, "run"),
                    manifest.name,
                    manifest.audience_id
                );
            }
            mouth.records(&news.rows).await?;
            news.passed(places);
            mouth.emitter.checkpoint(|| state::<Self>(places));
        }
        Ok(())
    }

    async fn told(&self, _: &Places) {}
}
