//! Whether the pixels, apps and event sets that the config names are the account's, and of the right kind.

use std::collections::HashMap;

use super::bound;
use super::one_id::{self, article};
use super::sources::{self, Listed, kind_of};
use crate::access::CheckReport;
use crate::config::DestinationConfig;
use crate::config::destination::{EventSource, Mapping};
use crate::destination::shell::streams::StreamName;
use crate::error::Error;
use crate::tiktok::Client;
use crate::words;

/// Ids that an error offers.
const OFFERED_MAX: usize = 10;

/// An id of the config, where it stands, and what it can be.
#[derive(Debug, PartialEq, Eq)]
struct Named<'c> {
    id: &'c str,
    place: String,
    sources: Vec<EventSource>,
}

/// Looks every named id up; each that is none of the account's is a fault to mend.
pub(crate) async fn check(client: &Client, config: &DestinationConfig, advertiser: &str, report: &mut CheckReport) {
    let mut lists = Lists { client, advertiser, known: HashMap::new() };
    for named in named(config, report) {
        lists.look_up(&named, report).await;
    }
}

/// The ids of the config. One that streams of several kinds would take is told, and not looked up.
fn named<'c>(config: &'c DestinationConfig, report: &mut CheckReport) -> Vec<Named<'c>> {
    let mut all = Vec::new();
    if let Some(id) = set(config.events.event_source_id.as_deref()) {
        let place = "`events.event_source_id`".to_owned();
        let takers: Vec<(String, EventSource)> = config.mappings.iter().filter_map(takes_the_configs).collect();
        let taken: Vec<EventSource> = takers.first().map(|(_, source)| *source).into_iter().collect();
        match config.events.event_source {
            Some(source) => all.push(Named { id, place, sources: vec![source] }),
            None => match one_id::check(id, &takers) {
                Ok(()) if taken.is_empty() => all.push(Named { id, place, sources: EventSource::ALL.to_vec() }),
                Ok(()) => all.push(Named { id, place, sources: taken }),
                Err(error) => report.fail("event sources", error),
            },
        }
    }
    all.extend(config.mappings.iter().filter_map(|mapping| {
        Some(Named {
            id: set(mapping.event_source_id.as_deref())?,
            place: format!("`event_source_id` in the mapping of stream `{}`", stream_of(mapping)),
            sources: vec![source_of(mapping)?],
        })
    }));
    all
}

fn set(id: Option<&str>) -> Option<&str> {
    id.map(str::trim).filter(|id| !id.is_empty())
}

fn source_of(mapping: &Mapping) -> Option<EventSource> {
    bound::source_of(&mapping.object)
}

fn stream_of(mapping: &Mapping) -> String {
    StreamName::from(mapping).to_string()
}

/// A stream of events that has no id of its own, neither in its mapping nor in a column.
fn takes_the_configs(mapping: &Mapping) -> Option<(String, EventSource)> {
    let source = source_of(mapping)?;
    let own = set(mapping.event_source_id.as_deref()).is_some() || mapping.fields.contains_key("event_source_id");
    (!own).then(|| (stream_of(mapping), source))
}

/// What an advertiser lists, each kind asked for once.
struct Lists<'a> {
    client: &'a Client,
    advertiser: &'a str,
    /// None = the list cannot be read.
    known: HashMap<EventSource, Option<Vec<Listed>>>,
}

impl Lists<'_> {
    async fn look_up(&mut self, named: &Named<'_>, report: &mut CheckReport) {
        let mut unread = false;
        for source in &named.sources {
            unread |= self.list(*source, &named.place).await.is_none();
        }
        if let Some((source, one)) = self.find(named.id, &named.sources) {
            let found =
                format!("{} is the {} {:?} of advertiser {}", named.place, kind_of(source), one.name, self.advertiser);
            return report.ok("event sources", found);
        }
        if unread {
            return;
        }
        // Only now: what kind it is of instead helps, and costs a request for each.
        let others: Vec<EventSource> =
            EventSource::ALL.into_iter().filter(|one| !named.sources.contains(one)).collect();
        for source in &others {
            self.list(*source, "").await;
        }
        let error = match self.find(named.id, &others) {
            Some((source, one)) => self.of_another_kind(named, source, one),
            None => self.none_of_them(named),
        };
        report.fail("event sources", error);
    }

    /// Lists a kind once. For `place` it is told when the list cannot be read.
    async fn list(&mut self, source: EventSource, place: &str) -> Option<&Vec<Listed>> {
        if !self.known.contains_key(&source) {
            let listed = sources::list(self.client, self.advertiser, source).await;
            if let Err(error) = &listed
                && !place.is_empty()
            {
                let (kind, advertiser) = (kind_of(source), self.advertiser);
                tracing::warn!("Advertiser {advertiser} does not show its {kind}s, so {place} is not checked. {error}");
            }
            self.known.insert(source, listed.ok());
        }
        self.known.get(&source)?.as_ref()
    }

    fn of(&self, sources: &[EventSource]) -> impl Iterator<Item = (EventSource, &Listed)> {
        sources
            .iter()
            .flat_map(|source| self.known.get(source).into_iter().flatten().flatten().map(|one| (*source, one)))
    }

    fn find(&self, id: &str, sources: &[EventSource]) -> Option<(EventSource, &Listed)> {
        self.of(sources).find(|(_, one)| one.id == id)
    }

    fn of_another_kind(&self, named: &Named<'_>, source: EventSource, one: &Listed) -> Error {
        let Named { id, place, sources } = named;
        let wanted = sources.first().copied().unwrap_or(source);
        Error::config(format!(
            "{place} is {id:?}, which is the {} {:?} of advertiser {}, and events of this kind go to {} {}",
            kind_of(source),
            one.name,
            self.advertiser,
            article(wanted),
            kind_of(wanted)
        ))
        .advise(self.offer(named))
    }

    fn none_of_them(&self, named: &Named<'_>) -> Error {
        let kinds: Vec<String> = named.sources.iter().map(|source| format!("{}s", kind_of(*source))).collect();
        Error::config(format!(
            "{} is {:?}, which is none of the {} of advertiser {}",
            named.place,
            named.id,
            kinds.join(", "),
            self.advertiser
        ))
        .advise(self.offer(named))
    }

    fn offer(&self, named: &Named<'_>) -> String {
        let offered: Vec<_> = self.of(&named.sources).collect();
        let one = |(source, one): &(EventSource, &Listed)| format!("{} {:?} ({})", kind_of(*source), one.name, one.id);
        let shown = words::some(&offered.iter().map(one).collect::<Vec<_>>(), OFFERED_MAX);
        if shown.is_empty() {
            return "It has none; create one in TikTok's Events Manager, or give the token's user access to it."
                .to_owned();
        }
        format!("It has {shown}.{}", hint(&named.sources))
    }
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
