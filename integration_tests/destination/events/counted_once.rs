//! Broken answers and repeated runs: every event lands, and is counted once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{EventSource, Simulator};

use super::{TRACK, an_hour_ago, catalog, id_of, ids, landed, lines, object, row, with, write, writing};
use crate::harness::feed::{catalog_of, entry};
use crate::harness::{at_once, fail, small};

const EVENTS: usize = 20_000;

#[test]
fn a_twentieth_of_broken_answers_loses_nothing_and_counts_nothing_twice() {
    let source = EventSource::Offline;
    let undisturbed = small();
    write(&undisturbed, source, EVENTS).succeeded();
    let whole = landed(&undisturbed, &id_of(&undisturbed, source));
    assert_eq!(whole, ids(EVENTS));
    let kinds = "40100|50000|50002|html502|http503|reset|drop|truncate|empty|wrongjson|slow|partial|partiallisted";
    // More than a twentieth: a run has two dozen requests only.
    let plans = [
        format!("path={TRACK},rate=0.05,max=6,kinds={kinds}"),
        format!("path={TRACK},rate=0.05,max=6,kinds={kinds},committed=true"),
        format!("path={TRACK},rate=0.3,max=6,kinds={kinds}"),
        format!("path={TRACK},rate=0.3,max=6,kinds={kinds},committed=true"),
    ];
    at_once(&plans, |plan| {
        let sim = small();
        fail(&sim, plan);
        let run = write(&sim, source, EVENTS).succeeded();
        assert_eq!(landed(&sim, &id_of(&sim, source)), whole, "{plan}");
        assert_eq!(super::counts(&run, object(source)), (EVENTS as f64, 0.0), "{plan}");
        let counts = sim.event_counts(&id_of(&sim, source));
        assert_eq!(counts.distinct, EVENTS as u64, "{plan}");
    });
}

#[test]
fn each_kind_of_broken_answer_is_got_over() {
    let kinds =
        ["50000", "html502", "http503", "reset", "drop", "truncate", "empty", "wrongjson", "slow", "40100", "40132"];
    at_once(&kinds, |kind| {
        for committed in [false, true] {
            let sim = small();
            fail(&sim, &format!("path={TRACK},times=1,kind={kind},committed={committed}"));
            write(&sim, EventSource::Offline, 1_500).succeeded();
            assert_eq!(landed(&sim, &id_of(&sim, EventSource::Offline)), ids(1_500), "{kind} {committed}");
        }
    });
}

/// The ids that TikTok got for rows, by their order number.
fn derived(sim: &Simulator, key: bool, rows: Vec<Value>) -> BTreeMap<String, String> {
    let mut orders = entry("orders", Some("event_web"), "append");
    if key {
        orders["primary_key"] = json!([["shop"], ["number"]]);
    }
    let connector = writing(sim).with("events", json!({"event_source_id": id_of(sim, EventSource::Web)}));
    connector.write(&catalog_of([orders]), &lines("orders", rows)).succeeded();
    let events = sim.events(&id_of(sim, EventSource::Web));
    let number =
        |event: &simulator::TrackedEvent| event.content()["properties"]["order_id"].as_str().unwrap().to_owned();
    events.iter().map(|event| (number(event), event.event_id.clone().unwrap())).collect()
}

/// An order without an `event_id`, as one sync of it brings it.
fn order(number: usize, time: i64, sync: usize) -> Value {
    json!({
        "shop": "a", "number": number, "order_id": number, "event": "Purchase", "event_time": time,
        "page_url": "https://shop.example/", "contents": [{"content_id": 1, "price": 2}], "event_id": null,
        "_airbyte_raw_id": format!("raw-{sync}-{number}"), "_airbyte_extracted_at": sync, "_airbyte_meta": {"sync_id": sync},
        "_airbyte_generation_id": sync, "_ab_cdc_lsn": sync, "_ab_source_file_last_modified": sync.to_string(),
    })
}

#[test]
fn the_same_row_is_the_same_event_in_every_run() {
    let time = an_hour_ago();
    let sync = |sync| (0..30).map(|number| order(number, time, sync)).collect::<Vec<_>>();
    for key in [true, false] {
        let sim = small();
        let first = derived(&sim, key, sync(1));
        let unique: std::collections::BTreeSet<_> = first.values().collect();
        assert_eq!((first.len(), unique.len()), (30, 30));
        let again = derived(&sim, key, sync(2));
        assert_eq!(first, again, "key: {key}");
        let counts = sim.event_counts(&id_of(&sim, EventSource::Web));
        assert_eq!((counts.sent, counts.distinct), (60, 30), "key: {key}");
        // Columns in another order, and nulls that were left out.
        let turned = |row: Value| -> Value {
            let fields = row.as_object().unwrap().clone().into_iter().rev().filter(|(_, value)| !value.is_null());
            Value::Object(fields.collect())
        };
        assert_eq!(derived(&small(), key, sync(3).into_iter().map(turned).collect()), first, "key: {key}");
    }
}

#[test]
fn rows_that_differ_are_different_events() {
    let time = an_hour_ago();
    let base = order(1, time, 1);
    let changes = [
        json!({}),
        json!({"order_id": 2, "value": 1}),
        json!({"order_id": 3, "value": "1"}),
        json!({"order_id": 4, "contents": [{"content_id": 1}, {"price": 2}]}),
        json!({"order_id": 4, "contents": [{"content_id": 1, "price": 2}]}),
        json!({"order_id": 5, "own": {"a": {"b": 1}, "c": 2}}),
        json!({"order_id": 5, "own": {"a": {"b": 1, "c": 2}}}),
    ];
    let sim = small();
    let rows: Vec<Value> = changes.into_iter().map(|change| with(base.clone(), change)).collect();
    let count = rows.len();
    derived(&sim, false, rows.clone());
    assert_eq!(sim.events(&id_of(&sim, EventSource::Web)).len(), count);
    // With a key it is the key that counts, and that two rows share one is told.
    let sim = small();
    let mut orders = entry("event_web", None, "append");
    orders["primary_key"] = json!([["number"]]);
    let run = writing(&sim).write(&catalog_of([orders]), &lines("event_web", rows)).succeeded();
    assert_eq!(sim.event_counts(&id_of(&sim, EventSource::Web)).distinct, 1);
    assert!(run.logs().iter().any(|log| log.starts_with("WARN") && log.contains("not unique")), "{:#?}", run.logs());
}

#[test]
fn events_of_two_streams_do_not_share_ids() {
    let sim = small();
    let id = id_of(&sim, EventSource::Web);
    let connector = super::super::writing(&sim).with("events", json!({"event_source_id": id}));
    let catalog = catalog_of(["orders", "returns"].map(|name| {
        let mut entry = entry(name, Some("event_web"), "append");
        entry["primary_key"] = json!([["number"]]);
        entry
    }));
    let both = ["orders", "returns"].map(|name| lines(name, [order(1, an_hour_ago(), 1)])).concat();
    connector.write(&catalog, &both).succeeded();
    assert_eq!(sim.event_counts(&id).distinct, 2);
}

#[test]
fn a_given_id_wins_over_the_key() {
    let sim = small();
    let mut web = entry("event_web", None, "append");
    web["primary_key"] = json!([["number"]]);
    let rows = (0..3).map(|at| with(row(EventSource::Web, at), json!({"number": 1})));
    writing(&sim).write(&catalog_of([web]), &lines("event_web", rows)).succeeded();
    assert_eq!(landed(&sim, &id_of(&sim, EventSource::Web)), ids(3));
    // One that is empty is none.
    let rows = (0..2).map(|at| with(row(EventSource::Web, at), json!({"event_id": " "})));
    writing(&sim).write(&catalog(&[EventSource::Web]), &lines("event_web", rows)).succeeded();
    assert_eq!(landed(&sim, &id_of(&sim, EventSource::Web)).len(), 5);
}
