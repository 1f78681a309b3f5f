//! The catalogue: without a network, and as Airbyte's connector has it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Connector, Run, fixture, small};

fn streams(run: &Run) -> Vec<Value> {
    let [message] = &run.messages[..] else { panic!("{:#?}", run.messages) };
    message["catalog"]["streams"].as_array().unwrap().clone()
}

#[test]
fn discover_needs_neither_network_nor_config() {
    let found = streams(&Connector::offline().run(&["discover"]).succeeded());
    let names: Vec<_> = found.iter().map(|stream| stream["name"].as_str().unwrap()).collect();
    assert_eq!(names, tiktok_ads::streams::all().iter().map(|stream| &*stream.name).collect::<Vec<_>>());
    let without_schema = |mut stream: Value| {
        stream.as_object_mut().unwrap().remove("json_schema");
        stream.to_string()
    };
    insta::assert_snapshot!(found.into_iter().map(without_schema).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_config_changes_nothing_that_is_discovered() {
    let sim = small();
    let with = Connector::to(&sim).run(&["discover", "--config", "config.json"]).succeeded();
    assert_eq!(streams(&with), streams(&Connector::offline().run(&["discover"])));
    assert_eq!(sim.requests().len(), 0);
}

#[test]
fn a_sandbox_token_is_shown_what_the_sandbox_has() {
    let report = json!([{"name": "mine", "report_type": "BASIC", "data_level": "AUCTION_ADVERTISER",
        "dimensions": ["advertiser_id", "stat_time_day"], "metrics": ["spend"]}]);
    let credentials = json!({"auth_type": "sandbox_access_token", "advertiser_id": "1", "access_token": "t"});
    let sandbox = Connector::offline().with("credentials", credentials).with("custom_reports", report);
    let shown = streams(&sandbox.run(&["discover", "--config", "config.json"]).succeeded());
    let names: Vec<_> = shown.iter().map(|stream| stream["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"ads_reports_daily") && names.contains(&"mine"), "{names:?}");
    assert!(!names.contains(&"pixels") && !names.contains(&"advertisers_reports_daily"), "{names:?}");
}

/// A type as the fixture writes it: without null, with its format.
fn kind(schema: &Value) -> String {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        _ => Vec::new(),
    };
    let format = schema["format"].as_str().map_or(String::new(), |format| format!(":{format}"));
    let airbyte = schema["airbyte_type"].as_str().map_or(String::new(), |kind| format!(" {kind}"));
    format!("{}{format}{airbyte}", types.join("|"))
}

/// Every declared field, however deep, as a path.
fn fields(schema: &Value, path: &str, all: &mut BTreeMap<String, String>) {
    all.insert(if path.is_empty() { "." } else { path }.to_owned(), kind(schema));
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        fields(schema, &format!("{path}.{name}"), all);
    }
    if schema["items"].is_object() {
        fields(&schema["items"], &format!("{path}[]"), all);
    }
}

/// The streams of Airbyte's connector 4.7.0: a line each, with the fields of each type.
fn airbytes_streams() -> Vec<Value> {
    fixture("airbyte_streams.jsonl").lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn a_stream_that_airbytes_connector_has_is_the_same_here() {
    let ours = streams(&Connector::offline().run(&["discover"]));
    let theirs = airbytes_streams();
    assert_eq!(theirs.len(), 44);
    for their in theirs {
        let our = ours.iter().find(|our| our["name"] == their["name"]);
        compare(our.unwrap_or_else(|| panic!("no {}", their["name"])), &their);
    }
}

fn compare(our: &Value, their: &Value) {
    let name = our["name"].as_str().unwrap();
    for key in ["source_defined_primary_key", "default_cursor_field", "source_defined_cursor", "is_resumable"] {
        let absent = |value: &Value| value.is_null() || *value == json!([]) || *value == json!(false);
        assert!(our[key] == their[key] || (absent(&our[key]) && absent(&their[key])), "{name}: {key}");
    }
    for mode in their["supported_sync_modes"].as_array().unwrap() {
        assert!(our["supported_sync_modes"].as_array().unwrap().contains(mode), "{name}: {mode}");
    }
    let mut found = BTreeMap::new();
    fields(&our["json_schema"], "", &mut found);
    for (kind, paths) in their["fields"].as_object().unwrap() {
        for path in paths.as_str().unwrap().split(' ') {
            assert_eq!(found.get(path), Some(kind), "{name}{path}");
        }
    }
}
