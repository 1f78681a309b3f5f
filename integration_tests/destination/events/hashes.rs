//! The hashing vectors through the whole connector: the Events surface hashes otherwise than audiences do.

use serde_json::{Value, json};
use simulator::EventSource;

use super::{catalog, id_of, lines, object, row, with, writing};
use crate::harness::{fixture, small};

/// The column of a kind of vector and the key of what it must come to.
fn column(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "email" => ("email", "events_api"),
        "phone" => ("phone", "events_api"),
        "external_id" => ("external_id", "events_api"),
        "name" => ("first_name", "events_api"),
        "zip" => ("zip_code", "events_api"),
        "maid" => ("gaid", "events_api_gaid_raw"),
        other => panic!("a kind of vector without a column: {other}"),
    }
}

/// What must stand in `user`: nothing, where the value is refused.
fn expected(vector: &Value, key: &str) -> Option<Value> {
    let all = &vector["expected"];
    let own = all.get(key).or(all.get("any"))?;
    match key {
        "events_api_gaid_raw" => Some(own["normalized"].clone()),
        _ => Some(own["sha256"].clone()),
    }
}

#[test]
fn the_vectors_land_as_they_say() {
    let file: Value = fixture("hashing.json").parse().unwrap();
    let mut cases = Vec::new();
    for vector in file["vectors"].as_array().unwrap() {
        let kind = vector["kind"].as_str().unwrap();
        let (column, key) = column(kind);
        let Some(expected) = expected(vector, key) else { continue };
        // Only CRM and web know `external_id`, only apps know devices.
        let source = if column == "gaid" { EventSource::App } else { EventSource::Web };
        let country = ["country", "default_country"].map(|name| vector["options"][name].clone());
        let country = country.into_iter().find(|country| !country.is_null());
        let idfv = (column == "gaid").then_some("AEBE52E7-03EE-455A-B3C4-E57283966239");
        let mut columns = json!({"country": country, "idfv": idfv, "email": null, "gaid": null});
        columns[column] = vector["input"].clone();
        cases.push((vector["id"].as_str().unwrap(), column, expected, source, columns));
    }
    assert!(cases.len() > 50, "{}", cases.len());
    let sim = small();
    for source in [EventSource::Web, EventSource::App] {
        let of: Vec<_> = cases.iter().filter(|case| case.3 == source).collect();
        let rows = of
            .iter()
            .map(|(id, _, _, _, columns)| with(with(row(source, 1), columns.clone()), json!({"event_id": id})));
        writing(&sim).write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
        let events = sim.events(&id_of(&sim, source));
        assert_eq!(events.len(), of.len());
        for (event, (id, column, expected, ..)) in events.iter().zip(of) {
            assert_eq!(event.event_id.as_deref(), Some(*id));
            assert_eq!(event.content()["user"][column], *expected, "{id}");
        }
    }
}
