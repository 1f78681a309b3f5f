//! What TikTok says of materials: before a change, and once more at the end.

use std::collections::BTreeMap;

use super::plan::{Ad, Ads};
use crate::destination::objects::ads::change::Status;
use crate::destination::objects::ads::kind::SMART_PLUS_AD;
use crate::destination::objects::ads::list::Place;
use crate::error::Result;
use crate::tiktok::{Client, Watch};

/// What a run changed in an account, by ad and material.
pub(super) type Changed = BTreeMap<String, BTreeMap<String, Status>>;

/// Looks ads up by their ids; those that TikTok does not show are not there.
pub(super) async fn ads(client: &Client, watch: &dyn Watch, advertiser: &str, ids: &[&str]) -> Result<Ads> {
    let mut ads: Ads = ids.iter().map(|id| ((*id).to_owned(), None)).collect();
    let place = Place { client, kind: &SMART_PLUS_AD, advertiser, watch };
    place.records(ids, |record| ads.extend(Ad::read(record))).await?;
    Ok(ads)
}

/// Differences that one run tells.
const TOLD_MAX: usize = 20;

/// Reads changed ads once more, and warns where a material is otherwise than it was written.
pub(super) async fn compare(client: &Client, changed: &BTreeMap<String, Changed>) {
    let mut told = 0;
    for (advertiser, changed) in changed {
        let ids: Vec<&str> = changed.keys().map(String::as_str).collect();
        let found = match ads(client, &(), advertiser, &ids).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!("What TikTok made of the materials cannot be read. {error}");
                continue;
            }
        };
        for (id, materials) in changed {
            let Some(Some(ad)) = found.get(id) else { continue };
            for (material, written) in materials {
                let kept = ad.status(material).flatten();
                if kept.is_none_or(|kept| kept == *written) {
                    continue;
                }
                told += 1;
                if told <= TOLD_MAX {
                    let (kept, written) = (kept.map(Status::word).unwrap_or_default(), written.word());
                    tracing::warn!(
                        "TikTok keeps the material {material} of the Smart+ ad {id} as {kept}, and {written} was written"
                    );
                }
            }
        }
    }
    if told > TOLD_MAX {
        tracing::warn!("TikTok keeps {} more materials otherwise than they were written", told - TOLD_MAX);
    }
}
