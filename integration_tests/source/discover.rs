//! The catalogue: without a network, and as Airbyte's connector has it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::protocol::shared;
use crate::harness::{Connector, Run, small};

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

/// A type without what platforms do not see: null, and the order.
fn kind(schema: &Value) -> Value {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        _ => Vec::new(),
    };
    json!([types, schema["format"], schema["airbyte_type"]])
}

/// Every declared field, however deep, as a path.
fn fields(schema: &Value, path: &str, all: &mut BTreeMap<String, Value>) {
    all.insert(path.to_owned(), kind(schema));
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        fields(schema, &format!("{path}.{name}"), all);
    }
    if schema["items"].is_object() {
        fields(&schema["items"], &format!("{path}[]"), all);
    }
}

#[test]
fn a_stream_that_airbytes_connector_has_is_the_same_here() {
    let Some(path) = shared("contracts/airbyte-source-tiktok-marketing/catalog.json") else { return };
    let theirs: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let theirs = theirs["catalog"]["streams"].as_array().unwrap();
    let ours = streams(&Connector::offline().run(&["discover"]));
    let mut compared = 0;
    for their in theirs {
        let our =
            ours.iter().find(|our| our["name"] == their["name"]).unwrap_or_else(|| panic!("no {}", their["name"]));
        let name = our["name"].as_str().unwrap();
        for key in ["source_defined_primary_key", "default_cursor_field", "source_defined_cursor", "is_resumable"] {
            let absent = |value: &Value| value.is_null() || *value == json!([]) || *value == json!(false);
            assert!(our[key] == their[key] || (absent(&our[key]) && absent(&their[key])), "{name}: {key}");
        }
        for mode in their["supported_sync_modes"].as_array().unwrap() {
            assert!(our["supported_sync_modes"].as_array().unwrap().contains(mode), "{name}: {mode}");
        }
        let (mut our_fields, mut their_fields) = (BTreeMap::new(), BTreeMap::new());
        fields(&our["json_schema"], "", &mut our_fields);
        fields(&their["json_schema"], "", &mut their_fields);
        let other: Vec<_> = their_fields.iter().filter(|(path, kind)| our_fields.get(*path) != Some(kind)).collect();
        assert!(other.is_empty(), "{name} declares otherwise than Airbyte: {other:#?}");
        compared += 1;
    }
    assert_eq!(compared, theirs.len());
}
