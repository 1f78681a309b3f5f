//! Members of audiences and conversion events in one run, and a run that only tries.

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, EventSource, IdType, Simulator};

use super::{TRACK, calls, catalog, id_of, ids, landed, lines, object, row, writing};
use crate::destination::{STREAM, audience, hashes, held, people};
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{at_once, fail, small};

const EACH: usize = 2_500;

fn everything() -> Value {
    let events = EventSource::ALL.map(|source| entry(object(source), None, "append"));
    catalog_of([entry(STREAM, None, "append_dedup")].into_iter().chain(events))
}

/// Members and events of all sources in turns, every stream with its states.
fn turns() -> Vec<String> {
    let mut lines = Vec::new();
    for (at, person) in people(AUDIENCE_SMALL, EACH).iter().enumerate() {
        lines.push(record(STREAM, person));
        lines.extend(EventSource::ALL.map(|source| record(object(source), &row(source, at))));
        if (at + 1) % 500 == 0 {
            lines.push(state(STREAM, &json!({"n": at + 1})));
            lines.extend(EventSource::ALL.map(|source| state(object(source), &json!({"n": at + 1}))));
        }
    }
    lines
}

fn assert_all_there(sim: &Simulator) {
    assert_eq!(held(sim, audience(sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(EACH));
    for source in EventSource::ALL {
        assert_eq!(landed(sim, &id_of(sim, source)), ids(EACH), "{source:?}");
    }
}

#[test]
fn members_and_events_go_in_one_run() {
    at_once(&["", "rate=0.1,kinds=40100|50000|html502|reset|drop|truncate,committed=true"], |plan| {
        let sim = small();
        fail(&sim, plan);
        let run = writing(&sim).write(&everything(), &turns()).succeeded();
        assert_all_there(&sim);
        for stream in EventSource::ALL.map(object).into_iter().chain([STREAM]) {
            assert_eq!(super::counts(&run, stream), (EACH as f64, 0.0), "{stream}");
            assert_eq!(run.states(stream).count(), EACH / 500, "{stream}");
        }
    });
}

#[test]
fn one_kind_that_fails_holds_back_its_own_states_and_nothing_else() {
    let sim = small();
    fail(&sim, &format!("path={TRACK},kind=40105"));
    let run = writing(&sim).write(&everything(), &turns());
    assert_eq!(run.exit, Some(1));
    let failed: Vec<&str> =
        run.errors().iter().map(|error| error["stream_descriptor"]["name"].as_str().unwrap()).collect();
    assert_eq!(failed, EventSource::ALL.map(object));
    assert!(run.errors().iter().all(|error| error["failure_type"] == "config_error"), "{:#?}", run.errors());
    assert_eq!(run.states(STREAM).count(), EACH / 500);
    assert_eq!(run.of_type("STATE").count(), EACH / 500, "nothing of events is told");
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(EACH));
}

#[test]
fn a_dry_run_sends_no_events_and_acknowledges_none() {
    let sim = small();
    let source = EventSource::Web;
    let rows = (0..1_200).map(|at| row(source, at));
    let connector = writing(&sim).with("dry_run", true);
    let run = connector.write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
    assert_eq!((run.of_type("STATE").count(), calls(&sim).len()), (0, 0));
    assert_eq!(sim.requests().iter().filter(|request| request.method != "GET").count(), 0);
    let logs = run.logs().join("\n");
    for words in ["Dry run, nothing was sent", "1200 events"] {
        assert!(logs.contains(words), "{logs}");
    }
}

#[test]
fn the_summary_counts_events_per_source() {
    let sim = small();
    let logs = writing(&sim).write(&everything(), &turns()).succeeded().logs().join("\n");
    for source in EventSource::ALL {
        let line = logs.lines().find(|line| line.contains(&id_of(&sim, source))).unwrap_or_else(|| panic!("{logs}"));
        assert!(line.contains("2500 events accepted, 0 refused"), "{line}");
    }
}
