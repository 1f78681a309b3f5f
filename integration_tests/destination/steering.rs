//! Fields that decide where a row goes and what is done with it: of a wrong form they cost the row, and nobody lands
//! where nobody wanted them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, EventSource, IdType};

use super::events::{self, counts};
use super::{STREAM, audience, held, plain, sha, writing};
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, small};

/// The reasons of a connector's rejected rows, by the row.
fn reasons(connector: &Connector) -> BTreeMap<u64, String> {
    let reason = |row: &Value| (row["row"].as_u64().unwrap(), row["reason"].as_str().unwrap().to_owned());
    connector.rejects().iter().map(reason).collect()
}

#[test]
fn what_steers_a_member_wrongly_is_a_reject_of_its_own_row() {
    let sim = small();
    let (list, object) = (json!(["x"]), json!({"x": 1}));
    let wrong = [
        ("consent", json!({"marketing": false}), "invalid_consent"),
        ("consent", json!(["no"]), "invalid_consent"),
        ("consent", json!({}), "invalid_consent"),
        ("_op", json!(["delete"]), "invalid_operation"),
        ("_op", json!(0), "invalid_operation"),
        ("audience_id", list.clone(), "invalid_value"),
        ("audience_name", object.clone(), "invalid_value"),
        ("audience_name", json!(true), "invalid_value"),
        ("advertiser_id", list, "invalid_value"),
        ("advertiser_id", object, "invalid_value"),
        ("_ab_cdc_deleted_at", json!("deleted"), "invalid_deletion"),
        ("_ab_cdc_deleted_at", json!([]), "invalid_deletion"),
    ];
    let mut lines = vec![record(STREAM, &json!({"email": "person0@example.com"}))];
    for (at, (field, value, _)) in wrong.iter().enumerate() {
        let mut row = json!({"email": format!("steered{at}@example.com")});
        row[*field] = value.clone();
        lines.push(record(STREAM, &row));
    }
    lines.push(state(STREAM, &json!({})));
    let mapping = json!([{"stream": STREAM, "object": STREAM, "audience_name": AUDIENCE_SMALL}]);
    let connector = writing(&sim).with("mappings", mapping).keeping_rejects();
    connector.write(&plain(), &lines).succeeded();
    let expected: BTreeMap<u64, String> =
        (2..).zip(wrong).map(|(row, (.., reason))| (row, reason.to_owned())).collect();
    assert_eq!(reasons(&connector), expected);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256).len(), 1);
}

#[test]
fn words_for_no_and_nothing_delete_nobody_and_numbers_of_pandas_are_yes_and_no() {
    let sim = small();
    let mut lines = Vec::new();
    let lives =
        [json!(false), json!("false"), json!(0), json!("null"), json!("None"), json!(" "), json!("NaT"), json!(0.0)];
    for (at, value) in lives.iter().enumerate() {
        let email = format!("lives{at}@example.com");
        lines.push(record(STREAM, &json!({"email": email, "_ab_cdc_deleted_at": value, "consent": 1.0})));
    }
    lines.push(record(STREAM, &json!({"email": "lives0@example.com", "_ab_cdc_deleted_at": "2026-11-25T22:03:23Z"})));
    lines.push(record(STREAM, &json!({"email": "lives1@example.com", "consent": 0.0})));
    let mapping = json!([{"stream": STREAM, "object": STREAM, "audience_name": AUDIENCE_SMALL}]);
    writing(&sim).with("mappings", mapping).write(&plain(), &lines).succeeded();
    let members = held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256);
    let expected = (2..lives.len()).map(|at| sha(&format!("lives{at}@example.com"))).collect();
    assert_eq!(members, expected);
}

#[test]
fn what_steers_an_event_wrongly_is_a_reject_of_its_own_row() {
    let sim = small();
    let list = json!(["x"]);
    let wrong = [
        ("test_event_code", json!(["T1"]), "invalid_value"),
        ("test_event_code", json!(false), "invalid_value"),
        ("event_source", list.clone(), "invalid_value"),
        ("event_source_id", json!({}), "invalid_value"),
        ("event_id", list.clone(), "invalid_value"),
        ("event", list, "invalid_value"),
        ("_op", json!(["delete"]), "invalid_operation"),
        ("_op", json!("delete"), "row_deleted"),
        ("_ab_cdc_deleted_at", json!("2026-11-25T22:03:23Z"), "row_deleted"),
        ("_ab_cdc_deleted_at", json!(1_790_000_000), "row_deleted"),
        ("_ab_cdc_deleted_at", json!({}), "invalid_deletion"),
    ];
    let row = |at| events::row(EventSource::Web, at);
    let mut rows = vec![events::with(row(0), json!({"_ab_cdc_deleted_at": "null", "_op": "add"}))];
    for (at, (field, value, _)) in wrong.iter().enumerate() {
        let mut one = row(at + 1);
        one[*field] = value.clone();
        rows.push(one);
    }
    let connector = events::writing(&sim).keeping_rejects();
    let run = connector.write(&events::catalog(&[EventSource::Web]), &events::lines("event_web", rows)).succeeded();
    let expected: BTreeMap<u64, String> =
        (2..).zip(&wrong).map(|(row, (.., reason))| (row, (*reason).to_owned())).collect();
    assert_eq!(reasons(&connector), expected);
    assert_eq!(events::landed(&sim, &events::id_of(&sim, EventSource::Web)), events::ids(1));
    assert_eq!(counts(&run, "event_web"), (1.0, 11.0));
    assert!(run.logs().iter().any(|log| log.contains("row_deleted 3")), "{:#?}", run.logs());
}

#[test]
fn a_sync_of_deleted_rows_alone_is_no_failure() {
    let sim = small();
    let rows = [events::with(events::row(EventSource::Web, 0), json!({"_op": "delete"}))];
    let run = events::writing(&sim)
        .write(&events::catalog(&[EventSource::Web]), &events::lines("event_web", rows))
        .succeeded();
    assert_eq!(counts(&run, "event_web"), (0.0, 1.0));
    assert!(events::calls(&sim).is_empty());
}

#[test]
fn bytes_that_are_no_utf8_cost_the_field() {
    let sim = small();
    let connector = writing(&sim).keeping_rejects();
    let row = |email: &str, phone: &str| {
        record(STREAM, &json!({"email": email, "phone": phone, "audience_name": AUDIENCE_SMALL}))
    };
    let lines = [row("jos?@example.com", "+4915112345678"), row("mar?a@example.com", ""), state(STREAM, &json!({}))];
    let input: Vec<u8> = crate::harness::feed::text(&lines).bytes().map(|b| if b == b'?' { 0xE9 } else { b }).collect();
    let mut child = connector.start_write(&plain());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &input).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let small_one = audience(&sim, AUDIENCE_SMALL);
    assert_eq!(held(&sim, small_one, IdType::EmailSha256).len(), 0);
    assert_eq!(held(&sim, small_one, IdType::PhoneSha256).len(), 1);
    assert_eq!(reasons(&connector), BTreeMap::from([(2, "invalid_text".to_owned())]));
}

#[test]
fn derived_ids_follow_the_whole_path_of_a_key_and_no_column_of_the_load() {
    let sim = small();
    let without_id = |change: Value| {
        let mut row = events::with(events::row(EventSource::Web, 0), change);
        row.as_object_mut().unwrap().remove("event_id");
        row
    };
    let mut keyed = entry("event_web", None, "append");
    keyed["primary_key"] = json!([["meta", "id"]]);
    let landed = |catalog: Value, rows: [Value; 2]| {
        let sent = |row: Value| {
            let connector = events::writing(&sim).with("events", json!({"ignore_columns": ["synced"]}));
            connector.write(&catalog, &events::lines("event_web", [row])).succeeded();
        };
        let before = events::landed(&sim, &events::id_of(&sim, EventSource::Web)).len();
        rows.into_iter().for_each(sent);
        events::landed(&sim, &events::id_of(&sim, EventSource::Web)).len() - before
    };
    let meta = |id: u32, at: u32| without_id(json!({"meta": {"id": id, "at": at}}));
    assert_eq!(landed(catalog_of([keyed.clone()]), [meta(1, 1), meta(1, 2)]), 1);
    assert_eq!(landed(catalog_of([keyed]), [meta(2, 1), meta(3, 1)]), 2);
    let plain = || catalog_of([entry("event_web", None, "append")]);
    let load = |at: u32| without_id(json!({"order": 4, "_sdc_batched_at": at, "_LOADED_AT": at, "synced": at}));
    assert_eq!(landed(plain(), [load(1), load(2)]), 1);
    assert_eq!(landed(plain(), [without_id(json!({"order": 5})), without_id(json!({"order": 6}))]), 2);
}
