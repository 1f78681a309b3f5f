//! One `event_source_id` for streams of several kinds. Pure.

use super::sources::kind_of;
use crate::config::destination::EventSource;
use crate::error::{Error, Result};

/// Refuses an id that streams of several kinds would take: none is a pixel and an app.
pub(crate) fn check(id: &str, streams: &[(String, EventSource)]) -> Result<()> {
    let Some((_, first)) = streams.first() else { return Ok(()) };
    let Some((_, other)) = streams.iter().find(|(_, source)| source != first) else { return Ok(()) };
    let takers: Vec<String> =
        streams.iter().map(|(stream, source)| format!("`{stream}` (event_{})", source.name())).collect();
    Err(Error::config(format!(
        "`events.event_source_id` is {id:?}, which {} would take, and no id is of {} {} and of {} {}",
        takers.join(" and "),
        article(*first),
        kind_of(*first),
        article(*other),
        kind_of(*other)
    ))
    .advise("Give each mapping its own `event_source_id`, or say in `events.event_source` of what kind the id is."))
}

/// The article before a source's kind.
#[must_use]
pub(crate) fn article(source: EventSource) -> &'static str {
    if matches!(source, EventSource::App | EventSource::Offline) { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_serves_one_kind() {
        use EventSource::{App, Web};
        let check = |streams: &[(&str, EventSource)]| {
            super::check(
                "C5",
                &streams.iter().map(|(stream, source)| ((*stream).to_owned(), *source)).collect::<Vec<_>>(),
            )
        };
        assert!(check(&[]).is_ok() && check(&[("a", Web), ("b", Web)]).is_ok());
        assert_eq!(
            check(&[("a", Web), ("b", App)]).unwrap_err().to_string(),
            "`events.event_source_id` is \"C5\", which `a` (event_web) and `b` (event_app) would take, and no id is of \
             a pixel and of an app. Give each mapping its own `event_source_id`, or say in `events.event_source` of \
             what kind the id is."
        );
    }
}
