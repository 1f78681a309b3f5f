//! Whether the pixels, apps and event sets that the config names are the account's.

use super::sources::{self, Listed, kind_of};
use crate::config::DestinationConfig;
use crate::config::destination::EventSource;
use crate::destination::object::Object;
use crate::error::{Error, Result};
use crate::tiktok::Client;

/// Ids that an error offers.
const OFFERED_MAX: usize = 10;

/// An id of the config, where it stands, and what it can be.
#[derive(Debug, PartialEq, Eq)]
struct Named<'c> {
    id: &'c str,
    place: String,
    sources: Vec<EventSource>,
}

/// Looks every named id up; the first that is none of the account's is the fault to mend.
pub async fn check(client: &Client, config: &DestinationConfig, advertiser: &str) -> Result<()> {
    for named in named(config) {
        let (mut offered, mut unread) = (Vec::new(), false);
        for source in &named.sources {
            match sources::list(client, advertiser, *source).await {
                Ok(listed) => offered.extend(listed.into_iter().map(|one| (*source, one))),
                Err(error) => {
                    let kind = kind_of(*source);
                    tracing::warn!(
                        "Advertiser {advertiser} does not show its {kind}s, so {} is not checked. {error}",
                        named.place
                    );
                    unread = true;
                }
            }
        }
        match offered.iter().find(|(_, one)| one.id == named.id) {
            Some((source, one)) => {
                tracing::info!("{} is the {} {:?} of advertiser {advertiser}", named.place, kind_of(*source), one.name);
            }
            None if unread => {}
            None => return Err(none_of_them(&named, advertiser, &offered)),
        }
    }
    Ok(())
}

fn named(config: &DestinationConfig) -> Vec<Named<'_>> {
    let set = |id: &'_ Option<String>| id.as_deref().map(str::trim).is_some_and(|id| !id.is_empty());
    let own = config.events.event_source_id.as_deref().filter(|_| set(&config.events.event_source_id));
    let own = own.map(|id| Named {
        id: id.trim(),
        place: "`events.event_source_id`".to_owned(),
        sources: config.events.event_source.map_or(EventSource::ALL.to_vec(), |source| vec![source]),
    });
    let mapped = config.mappings.iter().filter(|mapping| set(&mapping.event_source_id)).filter_map(|mapping| {
        let Some(Object::Event(source)) = Object::find(&mapping.object) else { return None };
        Some(Named {
            id: mapping.event_source_id.as_deref()?.trim(),
            place: format!("`event_source_id` in the mapping of stream `{}`", mapping.stream),
            sources: vec![source],
        })
    });
    own.into_iter().chain(mapped).collect()
}

/// Which of its ids a source goes by, where it has several.
fn hint(sources: &[EventSource]) -> &'static str {
    match sources {
        [EventSource::Web] => " A pixel is named by its code, not its number.",
        [EventSource::App] => " An app is named by its TikTok App ID, not its number in its store.",
        [_] => "",
        _ => " A pixel is named by its code, an app by its TikTok App ID.",
    }
}

fn none_of_them(named: &Named<'_>, advertiser: &str, offered: &[(EventSource, Listed)]) -> Error {
    let kinds: Vec<String> = named.sources.iter().map(|source| format!("{}s", kind_of(*source))).collect();
    let shown: Vec<String> = offered
        .iter()
        .take(OFFERED_MAX)
        .map(|(source, one)| format!("{} {:?} ({})", kind_of(*source), one.name, one.id))
        .collect();
    let more = match offered.len().saturating_sub(OFFERED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let advice = if shown.is_empty() {
        "It has none; create one in TikTok's Events Manager, or give the token's user access to it.".to_owned()
    } else {
        format!("It has {}{more}.{}", shown.join(", "), hint(&named.sources))
    };
    Error::config(format!(
        "{} is {:?}, which is none of the {} of advertiser {advertiser}",
        named.place,
        named.id,
        kinds.join(", ")
    ))
    .advise(advice)
}
