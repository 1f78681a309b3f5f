//! What TikTok made of what was written: read once more at the end.

use std::collections::BTreeMap;

use super::change::{Change, Status};
use super::kind::{KINDS, KindDef};
use super::known::Thing;
use super::list::Place;
use super::value::Held;
use crate::tiktok::Client;

/// Fields that one warning names.
const TOLD_MAX: usize = 20;

/// Reads changed objects, by advertiser, and warns where a field is otherwise than it was written.
pub(crate) async fn compare(client: &Client, changed: &BTreeMap<String, Vec<Change>>) {
    let mut told = 0;
    for (advertiser, changes) in changed {
        for kind in KINDS {
            let own = last_words(changes.iter().filter(|change| change.listed == *kind));
            let ids: Vec<&str> = own.keys().copied().collect();
            if ids.is_empty() {
                continue;
            }
            match (Place { client, kind, advertiser, watch: &() }).some(&ids).await {
                Err(error) => tracing::warn!("What TikTok made of the {}s cannot be read. {error}", kind.called),
                Ok(listing) => {
                    for (id, fields) in &own {
                        let thing = listing.get(id);
                        for what in thing.map(|thing| differences(kind, fields, thing)).unwrap_or_default() {
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

/// What was written last to each field of each object that is still there.
fn last_words<'c>(changes: impl Iterator<Item = &'c Change>) -> BTreeMap<&'c str, BTreeMap<&'static str, &'c Held>> {
    let mut all: BTreeMap<&str, BTreeMap<&'static str, &Held>> = BTreeMap::new();
    for change in changes {
        let Some(id) = change.id.as_deref() else { continue };
        if change.status == Some(Status::Delete) {
            all.remove(id);
        } else {
            all.entry(id).or_default().extend(change.fields.iter().map(|changed| (changed.field, &changed.after)));
        }
    }
    all
}

/// The fields that are otherwise, each in a sentence with both values.
fn differences(kind: &KindDef, fields: &BTreeMap<&'static str, &Held>, thing: &Thing) -> Vec<String> {
    let differs = fields.iter().filter_map(|(field, written)| {
        let now = thing.fields.get(field)?;
        (!now.says(written)).then(|| (field, written.json(), now.json()))
    });
    let what = |(field, written, kept)| {
        format!(
            "TikTok keeps `{field}` of the {} {:?} ({}) as {kept}, and {written} was written",
            kind.called, thing.name, thing.id
        )
    };
    differs.map(what).collect()
}
