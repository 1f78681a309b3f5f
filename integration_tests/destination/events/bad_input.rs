//! What a user may get wrong about events, each with its own sentence before the first request.

use serde_json::{Value, json};
use simulator::EventSource;

use super::{catalog, object};
use crate::destination::bad_input::refused;
use crate::harness::feed::{catalog_of, entry};
use crate::harness::small;

/// A stream of an object, with its columns.
fn stream(source: EventSource, columns: &[&str]) -> Value {
    let mut entry = entry("s", Some(object(source)), "append");
    let properties: Value =
        columns.iter().map(|name| ((*name).to_owned(), json!({}))).collect::<serde_json::Map<_, _>>().into();
    entry["stream"]["json_schema"] = json!({"type": "object", "properties": properties});
    catalog_of([entry])
}

#[test]
fn a_stream_that_cannot_be_events_is_explained() {
    use EventSource::{App, Crm, Offline, Web};
    let sim = small();
    let plain = || super::super::writing(&sim).with("events", json!({"event_source_id": "C1"}));
    let mapped = |fields: Value| {
        super::super::writing(&sim).with(
            "mappings",
            json!([{"stream": "s", "object": "event_web", "event_source_id": "C1", "fields": fields}]),
        )
    };
    let mut told = String::new();
    for mode in ["append_dedup", "overwrite", "soft_delete", "update"] {
        told += &refused(mode, &plain(), &catalog_of([entry("event_web", None, mode)]));
    }
    told += &refused("a field that is none", &mapped(json!({"event_tyme": "at"})), &stream(Web, &["at"]));
    told += &refused("a field of another source", &mapped(json!({"lead_id": "at"})), &stream(Web, &["at"]));
    told += &refused("a column that is not there", &mapped(json!({"event_time": "at"})), &stream(Web, &["event"]));
    for (name, source, columns) in [
        ("no event", Web, &["event_time", "page_url"] as &[&str]),
        ("no time", Web, &["event", "page_url"]),
        ("no page", Web, &["event", "event_time"]),
        ("no app", App, &["event", "event_time", "gaid"]),
        ("no device", App, &["event", "event_time", "app_id"]),
        ("nobody", Offline, &["event", "event_time", "external_id"]),
        ("no lead", Crm, &["event", "event_time", "email"]),
    ] {
        told += &refused(name, &plain(), &stream(source, columns));
    }
    let nowhere = stream(Web, &["event", "event_time", "page_url"]);
    told += &refused("no pixel", &super::super::writing(&sim), &nowhere);
    let of_crm = json!({"event_source": "crm", "event_source_id": "7"});
    told += &refused("another source's id", &super::super::writing(&sim).with("events", of_crm), &nowhere);
    let television = plain().with("events", json!({"event_source": "television"}));
    told += &refused("a source that is none", &television, &catalog(&[Web]));
    let object = json!([{"stream": "s", "object": "event_tv"}]);
    told += &refused(
        "an object that is none",
        &plain().with("mappings", object),
        &catalog_of([entry("s", None, "append")]),
    );
    assert!(sim.requests().is_empty(), "{:#?}", sim.requests());
    insta::assert_snapshot!(told);
}
