//! What a user or a platform may get wrong, each with its own sentence.

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, IdType};

use super::{STREAM, audience, hashes, held, people, plain, writing};
use crate::harness::feed::{catalog_of, entry, record, state, text};
use crate::harness::{Connector, small};

/// Refused before the first request; gives the sentence.
pub(super) fn refused(name: &str, connector: &Connector, catalog: &Value) -> String {
    let run = connector.write(catalog, &[state(STREAM, &json!({}))]);
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0), "{name}");
    let told = run.error();
    assert!(told.starts_with("config_error: ") && told.ends_with('.'), "{name}: {told}");
    format!("{name}\n  {told}\n")
}

#[test]
fn a_catalogue_that_cannot_be_written_is_explained_before_the_first_request() {
    let sim = small();
    let with = |stream: &str, change: Value| {
        let mut entry = entry(stream, None, "append");
        entry.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        catalog_of([entry])
    };
    let schema =
        json!({"stream": {"name": "c", "json_schema": {"properties": {"mail": {}}}, "supported_sync_modes": []}});
    let mapping =
        |fields: Value| json!([{"stream": "c", "object": "audience_members", "fields": fields, "audience_name": "A"}]);
    let plain = || writing(&sim);
    let told: String = [
        refused("an unknown stream", &plain(), &with("customers", json!({}))),
        refused("an unknown object", &plain(), &with("c", json!({"destination_object_name": "contacts"}))),
        refused("an audience without an id", &plain(), &with("c", json!({"destination_object_name": "audience: VIP"}))),
        refused("overwrite", &plain(), &with(STREAM, json!({"destination_sync_mode": "overwrite"}))),
        refused("half a generation", &plain(), &with(STREAM, json!({"generation_id": 5, "minimum_generation_id": 3}))),
        refused(
            "a missing column",
            &plain().with("mappings", mapping(json!({"email": "e_mail"}))),
            &with("c", schema.clone()),
        ),
        refused("a missing field", &plain().with("mappings", mapping(json!({"e_mail": "mail"}))), &with("c", schema)),
        refused("no streams", &plain(), &json!({})),
        refused("a stream without a name", &plain(), &json!({"streams": [{"stream": {}}]})),
        refused(
            "an operation that is none",
            &plain().with("mappings", json!([{"stream": "c", "object": "audience_members", "operation": "upsert"}])),
            &super::plain(),
        ),
        refused("a country that is none", &plain().with("audience", json!({"default_country": "ZZ"})), &super::plain()),
    ]
    .concat();
    assert!(sim.requests().is_empty(), "{:#?}", sim.requests());
    insta::assert_snapshot!(told);
}

/// A good record and its state in front of what is wrong.
fn behind_good(wrong: &str) -> String {
    let good = text(&[record(STREAM, &people(AUDIENCE_SMALL, 1)[0]), state(STREAM, &json!({}))]);
    format!("{good}{wrong}\n")
}

#[test]
fn a_line_that_cannot_be_meant_stops_the_run_with_what_is_safe() {
    let cases = [
        ("half a record", r#"{"type":"RECORD","record":{"stream":"audience_members","da"#.to_owned()),
        ("a record without a stream", r#"{"type":"RECORD","record":{"data":{}}}"#.to_owned()),
        ("a record of no known stream", record("elsewhere", &json!({"email": "hidden@example.com"}))),
        ("a state that is none", r#"{"type":"STATE"}"#.to_owned()),
    ];
    let mut told = String::new();
    for (name, line) in cases {
        let sim = small();
        let run = writing(&sim).write_text(&plain(), &behind_good(&line));
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 1), "{name}");
        assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1), "{name}");
        told += &format!("{name}\n  {}\n", run.error());
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_broken_line_is_named_by_its_number() {
    let sim = small();
    // Far more than is read at once.
    let good: Vec<String> = people(AUDIENCE_SMALL, 3_000).iter().map(|person| record(STREAM, person)).collect();
    let run = writing(&sim).write_text(&plain(), &format!("{}{{\"type\":\"RECORD\",\n", text(&good)));
    assert!(run.error().contains("Line 3001 of standard input"), "{}", run.error());
}

#[test]
fn noise_between_messages_is_passed_over() {
    let sim = small();
    let noise = [
        "",
        "   ",
        "Traceback (most recent call last):",
        "[1]",
        "null",
        "{}",
        r#"{"type":"LOG"}"#,
        r#"{"type":"CONTROL","control":{}}"#,
        "\u{feff}",
    ];
    let mut input = noise.join("\n");
    input += &format!("\n{}\r\n", record(STREAM, &people(AUDIENCE_SMALL, 1)[0]));
    input += &noise.join("\n");
    // The last line has no end.
    input += &format!("\n{}", state(STREAM, &json!({})));
    let run = writing(&sim).write_text(&plain(), &input).succeeded();
    assert_eq!(run.of_type("STATE").count(), 1);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));
}

#[test]
fn lines_that_are_no_messages_are_told_once_with_their_count() {
    let repr = "{'type': 'RECORD', 'record': {'stream': 'audience_members', 'data': {'email': 'hidden@example.com'}}}";
    let small_letters = r#"{"type":"record","record":{"stream":"audience_members","data":{}}}"#;
    for noise in [vec![repr], vec![small_letters, repr, "", r#"{"type":"REC"#], vec!["{}"]] {
        let sim = small();
        let good = [record(STREAM, &people(AUDIENCE_SMALL, 1)[0]), String::new(), String::new()];
        let input = format!("\u{feff}{}{}\n{}\n", text(&good), noise.join("\n"), state(STREAM, &json!({})));
        let run = writing(&sim).write_text(&plain(), &input).succeeded();
        assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));
        let told: Vec<String> = run.logs().into_iter().filter(|log| log.contains("held no message")).collect();
        let [told] = &told[..] else { panic!("{:#?}", run.logs()) };
        let count = noise.iter().filter(|line| !line.is_empty()).count();
        assert!(told.starts_with(&format!("WARN {count} line")) && told.contains("the first is line 4."), "{told}");
    }
}

#[test]
fn an_input_without_any_message_is_no_success() {
    let utf_16: Vec<u8> = text(&[record(STREAM, &people(AUDIENCE_SMALL, 1)[0]), state(STREAM, &json!({}))])
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, told) in [(utf_16, "UTF-16"), (b"hello\n".to_vec(), "capital letters")] {
        let sim = small();
        let connector = writing(&sim);
        let mut child = connector.start_write(&plain());
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), &bytes).unwrap();
        let run = connector.written(child.wait_with_output().unwrap(), "");
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
        assert!(run.error().starts_with("config_error: ") && run.error().contains(told), "{}", run.error());
        assert!(run.error().contains("line 1"), "{}", run.error());
    }
}

#[test]
fn a_line_that_is_too_long_costs_no_line_before_it() {
    let sim = small();
    let input = behind_good(&format!("{{\"type\":\"RECORD\",\"x\":\"{}", "x".repeat(65 << 20)));
    let run = writing(&sim).write_text(&plain(), &input);
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 1));
    assert!(run.error().contains("Line 3 of standard input is longer than"), "{}", run.error());
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));
}

#[test]
fn nothing_in_is_nothing_out() {
    let sim = small();
    let run = writing(&sim).write_text(&plain(), "").succeeded();
    assert_eq!(run.of_type("STATE").count() + sim.requests().len(), 0);
}

#[test]
fn texts_of_any_length_are_values() {
    let sim = small();
    let long = "x".repeat(10 << 20);
    let lines = [
        record(STREAM, &json!({"email": format!("{long}@example.com"), "audience_name": AUDIENCE_SMALL})),
        record(STREAM, &json!({"email": "person0@example.com", "audience_name": AUDIENCE_SMALL, "notes": long})),
        state(STREAM, &json!({"long": long})),
    ];
    let run = writing(&sim).write(&plain(), &lines).succeeded();
    let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
    assert_eq!(*stats, json!({"recordCount": 1.0, "rejectedRecordCount": 1.0}));
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));
}

#[test]
fn a_mapping_without_use_is_told() {
    let sim = small();
    let mapping = json!([{"stream": "gone", "object": "audience_members"}]);
    let run = writing(&sim).with("mappings", mapping).write(&plain(), &[]).succeeded();
    assert!(run.logs().iter().any(|log| log.starts_with("WARN") && log.contains("`gone`")), "{:?}", run.logs());
}
