//! What a stream's mapping and the config say of the source that its events go to. Pure.

use crate::config::destination::{EventOptions, EventSource};
use crate::destination::objects::def::Route;

/// What a whole stream of events is.
#[derive(Debug)]
pub(crate) struct Bound {
    pub source: EventSource,
    /// The event that a whole stream is of.
    pub event: Option<String>,
    /// The pixel, app or event set of a whole stream.
    pub source_id: Option<String>,
}

impl Bound {
    #[must_use]
    pub(crate) fn of(route: &Route, options: &EventOptions) -> Self {
        let source = source_of(route.object.name).unwrap_or(EventSource::Web);
        let source_id = route.set(|mapping| &mapping.event_source_id).or_else(|| configs(options, source));
        Self { source, event: route.set(|mapping| &mapping.event), source_id }
    }
}

/// The source of an object's events.
#[must_use]
pub(crate) fn source_of(object: &str) -> Option<EventSource> {
    let name = object.strip_prefix("event_")?;
    EventSource::ALL.into_iter().find(|source| source.name() == name)
}

/// The config's pixel, app or event set, if it is of the object's kind of source.
fn configs(options: &EventOptions, source: EventSource) -> Option<String> {
    let id = options.event_source_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
    id.filter(|_| options.event_source.is_none_or(|of| of == source)).map(str::to_owned)
}
