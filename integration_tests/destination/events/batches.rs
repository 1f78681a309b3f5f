//! How events leave: up to a thousand of one source together, several requests at a time, on a quota of their own.

use std::time::Duration;

use serde_json::json;
use simulator::EventSource;

use super::{TRACK, calls, catalog, id_of, ids, landed, lines, object, row, with, write, writing};
use crate::harness::feed::{record, state};
use crate::harness::{slow, small};

const EVENTS: usize = 2_300;
/// The most that TikTok takes at once.
const EVENTS_MAX: usize = 1_000;

#[test]
fn a_request_is_full_before_it_leaves() {
    for source in EventSource::ALL {
        let sim = small();
        let run = write(&sim, source, EVENTS).succeeded();
        let mut calls = calls(&sim);
        calls.sort_unstable();
        assert_eq!(calls, [EVENTS % EVENTS_MAX, EVENTS_MAX, EVENTS_MAX], "{source:?}");
        assert_eq!(landed(&sim, &id_of(&sim, source)), ids(EVENTS), "{source:?}");
        assert_eq!(super::counts(&run, object(source)), (EVENTS as f64, 0.0), "{source:?}");
    }
}

#[test]
fn sources_that_come_in_turns_leave_apart() {
    let sim = small();
    let mut lines = Vec::new();
    for at in 0..EVENTS {
        lines.extend(EventSource::ALL.map(|source| record(object(source), &row(source, at))));
    }
    lines.extend(EventSource::ALL.map(|source| state(object(source), &json!({}))));
    let run = writing(&sim).write(&catalog(&EventSource::ALL), &lines).succeeded();
    let calls = calls(&sim);
    assert!(calls.len() <= 12 && calls.iter().all(|events| *events <= EVENTS_MAX), "{calls:?}");
    for source in EventSource::ALL {
        assert_eq!(landed(&sim, &id_of(&sim, source)), ids(EVENTS), "{source:?}");
        assert_eq!(super::counts(&run, object(source)), (EVENTS as f64, 0.0), "{source:?}");
    }
}

#[test]
fn one_stream_may_feed_many_pixels() {
    let sim = small();
    let tokyo = crate::destination::account(&sim, "Tokyo");
    let pixels = sim.read(|world| world.sources.ids(tokyo, EventSource::Web));
    assert!(pixels.len() > 1);
    let web = EventSource::Web;
    let rows = (0..EVENTS).map(|at| with(row(web, at), json!({"event_source_id": pixels[at % pixels.len()]})));
    writing(&sim).write(&catalog(&[web]), &lines(object(web), rows)).succeeded();
    assert_eq!(calls(&sim).len(), pixels.len());
    let all: usize = pixels.iter().map(|pixel| landed(&sim, pixel).len()).sum();
    assert_eq!(all, EVENTS);
}

#[test]
fn a_row_may_be_of_another_source_than_its_stream() {
    let sim = small();
    let rows = EventSource::ALL.map(|source| {
        with(row(source, 1), json!({"event_source": source.name(), "event_source_id": id_of(&sim, source)}))
    });
    let web = EventSource::Web;
    writing(&sim).write(&catalog(&[web]), &lines(object(web), rows)).succeeded();
    for source in EventSource::ALL {
        assert_eq!(landed(&sim, &id_of(&sim, source)).len(), 1, "{source:?}");
    }
}

/// Events of each source, which leave together at the end of the input.
fn a_few_of_each() -> Vec<String> {
    EventSource::ALL.iter().flat_map(|source| lines(object(*source), (0..3).map(|at| row(*source, at)))).collect()
}

#[test]
fn requests_overlap() {
    let sim = slow(Duration::from_millis(300));
    writing(&sim).write(&catalog(&EventSource::ALL), &a_few_of_each()).succeeded();
    let most = sim.requests().iter().filter(|request| request.path == TRACK).map(|request| request.in_flight).max();
    assert!(most > Some(1), "{most:?}");
}

#[test]
fn the_apps_quota_does_not_slow_events() {
    let sim = small();
    let connector = writing(&sim).with("requests_per_second", 1);
    connector.write(&catalog(&EventSource::ALL), &a_few_of_each()).succeeded();
    let left: Vec<Duration> = sim.requests().iter().filter(|one| one.path == TRACK).map(|one| one.at).collect();
    assert_eq!(left.len(), 4);
    assert!(left[3] - left[0] < Duration::from_secs(2), "a request a second: {left:?}");
}
