//! What TikTok made of what was written: read once more at the end.

use std::collections::BTreeMap;

use super::change::{Change, Status};
use super::kind::KINDS;
use super::known::Thing;
use super::list::Place;
use crate::tiktok::Client;

/// Fields that one warning names.
const TOLD_MAX: usize = 20;

/// Reads changed objects, by advertiser, and warns where a field is otherwise than it was written.
pub(crate) async fn compare(client: &Client, changed: &BTreeMap<String, Vec<Change>>) {
    let mut told = 0;
    for (advertiser, changes) in changed {
        for kind in KINDS {
            let own: Vec<&Change> = changes
                .iter()
                .filter(|change| change.listed == *kind && change.status != Some(Status::Delete))
                .collect();
            let ids: Vec<&str> = own.iter().filter_map(|change| change.id.as_deref()).collect();
            if ids.is_empty() {
                continue;
            }
            match (Place { client, kind, advertiser, watch: &() }).some(&ids).await {
                Err(error) => tracing::warn!("What TikTok made of the {}s cannot be read. {error}", kind.called),
                Ok(listing) => {
                    for change in own {
                        let thing = change.id.as_deref().and_then(|id| listing.get(id));
                        for what in thing.map(|thing| differences(change, thing)).unwrap_or_default() {
                            told += 1;
                            if told <= TOLD_MAX {
                                tracing::warn!("{what}");
                            }
                        }
                    }
                }
            }
        }
    }
    if told > TOLD_MAX {
        tracing::warn!("TikTok keeps {} more fields otherwise than they were written", told - TOLD_MAX);
    }
}

/// The fields that are otherwise, each in a sentence with both values.
fn differences(change: &Change, thing: &Thing) -> Vec<String> {
    let differs = change.fields.iter().filter_map(|changed| {
        let now = thing.fields.get(changed.field)?;
        (!now.is_same(&changed.after)).then(|| (changed.field, changed.after.json(), now.json()))
    });
    let what = |(field, written, kept)| {
        format!(
            "TikTok keeps `{field}` of the {} {:?} ({}) as {kept}, and {written} was written",
            change.kind.called, thing.name, thing.id
        )
    };
    differs.map(what).collect()
}
