//! Conversion events, from discover to what TikTok stored.

mod bad_input;
mod batches;
mod counted_once;
mod fields;
mod hashes;
mod kill;
mod needs;
mod objects;
mod partial;
mod poison;
mod sifted;
mod sources;
mod together;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{EventOptions, EventSource, Options, Simulator, TrackedEvent};

use super::account;
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, Run, now, options};

const TRACK: &str = "/event/track/";

/// The object of a source, which is also the stream of most tests.
fn object(source: EventSource) -> &'static str {
    match source {
        EventSource::Web => "event_web",
        EventSource::App => "event_app",
        EventSource::Offline => "event_offline",
        EventSource::Crm => "event_crm",
    }
}

/// Tokyo's first pixel, app or event set.
pub(super) fn id_of(sim: &Simulator, source: EventSource) -> String {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| world.event_source_id(tokyo, source).unwrap())
}

/// The simulator with settings of the Events API.
fn strict(events: EventOptions) -> Simulator {
    Simulator::start(Options { events, ..options() }).unwrap()
}

/// The connector with Tokyo as its target, and what its streams of events are for.
pub(super) fn writing(sim: &Simulator) -> Connector {
    let mapping =
        |source| json!({"stream": object(source), "object": object(source), "event_source_id": id_of(sim, source)});
    super::writing(sim).with("mappings", Value::from_iter(EventSource::ALL.map(mapping)))
}

/// The catalogue of streams that are called like their objects.
pub(super) fn catalog(sources: &[EventSource]) -> Value {
    catalog_of(sources.iter().map(|source| entry(object(*source), None, "append")))
}

/// An hour ago, in seconds.
pub(super) fn an_hour_ago() -> i64 {
    now().timestamp() - 3_600
}

/// The least that a source takes, with an id of its own.
pub(super) fn row(source: EventSource, at: usize) -> Value {
    let mut row = json!({"event": "Purchase", "event_time": an_hour_ago(), "event_id": format!("order-{at}")});
    for (name, value) in match source {
        EventSource::Web => json!({"page_url": "https://shop.example/", "email": email(at)}),
        EventSource::App => json!({"app_id": "com.example", "gaid": "cdda802e-fb9c-47ad-9866-0794d394c912"}),
        EventSource::Offline => json!({"email": email(at)}),
        EventSource::Crm => json!({"event": "Qualified", "lead_id": at, "email": email(at)}),
    }
    .as_object()
    .unwrap()
    {
        row[name] = value.clone();
    }
    row
}

fn email(at: usize) -> String {
    format!("person{at}@example.com")
}

/// Changes some columns of a row.
pub(super) fn with(mut row: Value, change: Value) -> Value {
    row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    row
}

/// Rows of a stream with a state behind them.
pub(super) fn lines(stream: &str, rows: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut lines: Vec<String> = rows.into_iter().map(|row| record(stream, &row)).collect();
    lines.push(state(stream, &json!({"n": lines.len()})));
    lines
}

/// Writes `count` rows of a source.
fn write(sim: &Simulator, source: EventSource, count: usize) -> Run {
    let rows = (0..count).map(|at| row(source, at));
    writing(sim).write(&catalog(&[source]), &lines(object(source), rows))
}

/// The ids of `count` such rows.
pub(super) fn ids(count: usize) -> BTreeSet<String> {
    (0..count).map(|at| format!("order-{at}")).collect()
}

/// The ids of events that a source has; none may have come in two versions.
pub(super) fn landed(sim: &Simulator, id: &str) -> BTreeSet<String> {
    let events = sim.events(id);
    let ids: BTreeSet<String> = events.iter().map(|event| event.event_id.clone().unwrap()).collect();
    assert_eq!(ids.len(), events.len(), "an id was counted twice");
    let changed: Vec<&TrackedEvent> = events.iter().filter(|event| event.changed > 0).collect();
    assert!(changed.is_empty(), "sent again, and otherwise: {changed:#?}");
    ids
}

/// Accepted and rejected, as the states of a stream count them.
pub(super) fn counts(run: &Run, stream: &str) -> (f64, f64) {
    let sum = |name: &str| run.states(stream).map(|state| state["destinationStats"][name].as_f64().unwrap()).sum();
    (sum("recordCount"), sum("rejectedRecordCount"))
}

/// Calls with events, each with the number of its events.
pub(super) fn calls(sim: &Simulator) -> Vec<usize> {
    sim.requests().iter().filter(|request| request.path == TRACK).map(|request| request.rows.unwrap()).collect()
}
