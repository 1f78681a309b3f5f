//! Which stream is which, and what becomes of a record that several objects take.

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, AUDIENCE_STREAMING, EventSource, IdType};

use super::{audience, hashes, held, sha, writing};
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::small;

/// A record or a state of a stream in a namespace.
fn within(namespace: &str, line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).unwrap();
    match line["type"].as_str() {
        Some("RECORD") => line["record"]["namespace"] = namespace.into(),
        _ => line["state"]["stream"]["stream_descriptor"]["namespace"] = namespace.into(),
    }
    line.to_string()
}

fn entry_within(namespace: &str, mut entry: Value) -> Value {
    entry["stream"]["namespace"] = namespace.into();
    entry
}

fn person(at: usize) -> Value {
    json!({"email": format!("person{at}@example.com")})
}

#[test]
fn streams_of_one_name_in_two_namespaces_go_their_own_ways() {
    let sim = small();
    let (small_one, streaming) = (audience(&sim, AUDIENCE_SMALL), audience(&sim, AUDIENCE_STREAMING));
    let before = held(&sim, streaming, IdType::EmailSha256);
    let catalog = catalog_of([
        entry_within("a", entry("users", Some(&format!("audience: A ({small_one})")), "append")),
        entry_within("b", entry("users", Some(&format!("audience: B ({streaming})")), "soft_delete")),
    ]);
    let lines = [
        within("a", &record("users", &person(0))),
        within("b", &record("users", &json!({"email": "gone@example.com"}))),
        within("b", &state("users", &json!({}))),
        within("a", &record("users", &json!({"email": "nobody"}))),
        within("a", &state("users", &json!({}))),
    ];
    let run = writing(&sim).write(&catalog, &lines).succeeded();
    assert_eq!(held(&sim, small_one, IdType::EmailSha256), hashes(1));
    assert_eq!(held(&sim, streaming, IdType::EmailSha256), before);
    let stats: Vec<&Value> = run.states("users").map(|state| &state["destinationStats"]).collect();
    assert_eq!(
        stats,
        [
            &json!({"recordCount": 1.0, "rejectedRecordCount": 0.0}),
            &json!({"recordCount": 1.0, "rejectedRecordCount": 1.0})
        ]
    );
}

#[test]
fn a_mapping_names_the_namespace_it_means() {
    let sim = small();
    let mapping = |namespace: Value, name: &str| json!({"stream": "users", "namespace": namespace, "object": "audience_members", "audience_name": name});
    let catalog = catalog_of(["a", "b"].map(|namespace| entry_within(namespace, entry("users", None, "append"))));
    let mappings = json!([mapping(json!("b"), AUDIENCE_SMALL), mapping(json!("a"), AUDIENCE_STREAMING)]);
    let lines = [within("b", &record("users", &person(0))), within("b", &state("users", &json!({})))];
    writing(&sim).with("mappings", mappings).write(&catalog, &lines).succeeded();
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));

    let either = json!([mapping(json!(""), AUDIENCE_SMALL)]);
    let run = writing(&sim).with("mappings", either).write(&catalog, &lines);
    assert!(run.error().starts_with("config_error: The mapping of stream `users` may mean `a.users` or `b.users`"));
}

#[test]
fn a_record_of_a_namespace_that_the_catalogue_lacks_is_an_error() {
    let sim = small();
    let catalog = catalog_of([entry_within("a", entry("audience_members", None, "append"))]);
    for stray in [record("audience_members", &person(0)), within("b", &record("audience_members", &person(0)))] {
        let run = writing(&sim).write(&catalog, &[stray, state("audience_members", &json!({}))]);
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
        assert!(
            run.error().contains("which the catalog does not hold; it holds `a.audience_members`"),
            "{}",
            run.error()
        );
    }
}

/// Customers who are members of an audience, and whose orders are purchases.
fn both(sim: &simulator::Simulator) -> crate::harness::Connector {
    let pixel = super::events::id_of(sim, EventSource::Web);
    writing(sim).with(
        "mappings",
        json!([
            {"stream": "orders", "object": "event_web", "event": "Purchase", "event_source_id": pixel},
            {"stream": "orders", "object": "audience_members", "audience_name": AUDIENCE_SMALL},
        ]),
    )
}

fn order(at: usize, page: Option<&str>) -> Value {
    let time = super::events::an_hour_ago();
    json!({"email": format!("person{at}@example.com"), "event_time": time, "event_id": format!("o{at}"), "page_url": page})
}

#[test]
fn one_stream_feeds_an_audience_and_a_pixel() {
    let sim = small();
    let connector = both(&sim).keeping_rejects();
    let page = Some("https://shop.example/");
    let bad = json!({"email": "nobody", "event_time": "then"});
    let lines = [
        record("orders", &order(0, page)),
        record("orders", &order(1, page)),
        record("orders", &order(2, None)),
        record("orders", &bad),
        state("orders", &json!({})),
    ];
    let run = connector.write(&catalog_of([entry("orders", None, "append")]), &lines).succeeded();
    let stats = &run.states("orders").last().unwrap()["destinationStats"];
    // A row counts once, and as rejected if one of its objects refused it.
    assert_eq!(*stats, json!({"recordCount": 2.0, "rejectedRecordCount": 2.0}));
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(3));
    assert_eq!(sim.events(&super::events::id_of(&sim, EventSource::Web)).len(), 2);
    let mut told: Vec<String> = connector
        .rejects()
        .iter()
        .map(|row| format!("{} {} {}", row["row"], row["object"].as_str().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    told.sort();
    assert_eq!(
        told,
        ["3 event_web page_url_missing", "4 audience_members invalid_email", "4 event_web invalid_event_time"]
    );
}

#[test]
fn a_row_is_acknowledged_when_all_of_its_objects_took_it() {
    let sim = small();
    crate::harness::fail(&sim, "path=/event/track/,kind=40105");
    let lines = [record("orders", &order(0, Some("https://shop.example/"))), state("orders", &json!({}))];
    let run = both(&sim).write(&catalog_of([entry("orders", None, "append")]), &lines);
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
    assert!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256).contains(&sha("person0@example.com")));
}
