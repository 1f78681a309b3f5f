//! `discover` and `spec`: what a platform can map to.

use serde_json::{Value, json};
use simulator::EventSource;

use super::object;
use crate::destination::verbs::operations;
use crate::harness::{Connector, small};

/// Fields that every source takes (docs/tiktok-api.md 6.1).
const EVERYWHERE: &[&str] = &[
    "event",
    "event_id",
    "event_time",
    "event_source",
    "event_source_id",
    "test_event_code",
    "email",
    "phone",
    "locale",
    "first_name",
    "last_name",
    "city",
    "state",
    "country",
    "zip_code",
    "value",
    "currency",
    "contents",
    "content_id",
    "content_ids",
    "content_type",
    "num_items",
    "search_string",
    "order_id",
    "shop_id",
    "query",
    "description",
    "customer_type",
    "properties",
];

/// The fields that are one source's own, and those without which no event of it can be.
fn own(source: EventSource) -> (&'static [&'static str], &'static [&'static str]) {
    match source {
        EventSource::Web => (
            &["external_id", "ttclid", "ttp", "ip", "user_agent", "page_url", "page_referrer", "limited_data_use"],
            &["page_url"],
        ),
        EventSource::App => (
            &[
                "idfa",
                "idfv",
                "gaid",
                "att_status",
                "ip",
                "user_agent",
                "app_id",
                "app_name",
                "app_version",
                "ad_callback",
                "ad_campaign_id",
                "ad_id",
                "ad_creative_id",
                "ad_is_retargeting",
                "ad_attributed",
                "ad_attribution_type",
                "ad_attribution_provider",
                "limited_data_use",
            ],
            &["app_id"],
        ),
        EventSource::Offline => (&[], &[]),
        EventSource::Crm => (&["external_id", "lead_id", "lead_event_source"], &["lead_id"]),
    }
}

/// The operations on events, in the order of `discover`.
fn event_operations() -> Vec<Value> {
    let is_event = |operation: &Value| operation["object_name"].as_str().unwrap().starts_with("event_");
    operations(&Connector::to(&small())).into_iter().filter(is_event).collect()
}

#[test]
fn each_source_is_an_object_with_its_fields() {
    let operations = event_operations();
    let names: Vec<&Value> = operations.iter().map(|operation| &operation["object_name"]).collect();
    assert_eq!(names, EventSource::ALL.map(object));
    for (operation, source) in operations.iter().zip(EventSource::ALL) {
        assert_eq!((&operation["sync_mode"], operation.get("matching_keys")), (&json!("append"), None));
        let schema = &operation["json_schema"];
        jsonschema::draft7::meta::validate(schema).unwrap();
        let (own, required) = own(source);
        for name in EVERYWHERE.iter().chain(own) {
            let field = &schema["properties"][name];
            assert!(field["description"].is_string(), "{source:?}: {name}");
            let types = field["type"].as_array().unwrap();
            assert!(
                types.contains(&json!("null")) && types.contains(&json!("string")),
                "{source:?}: {name} is {field}"
            );
        }
        let required: Vec<&str> = ["event", "event_time"].iter().chain(required).copied().collect();
        assert_eq!(schema["required"], json!(required), "{source:?}");
        assert_eq!(schema["additionalProperties"], true, "a platform may send more columns than are mapped");
    }
}

#[test]
fn a_row_of_its_own_field_names_fits_the_schema() {
    let operations = event_operations();
    for (operation, source) in operations.iter().zip(EventSource::ALL) {
        let schema = jsonschema::validator_for(&operation["json_schema"]).unwrap();
        let row = super::with(
            super::row(source, 1),
            json!({"email": ["a@example.com"], "contents": [{"content_id": 1}], "value": 1.5, "properties": "{}"}),
        );
        assert!(schema.is_valid(&row), "{row}");
    }
}

#[test]
fn the_form_asks_where_events_go() {
    let spec = Connector::offline().run(&["destination", "spec"]).succeeded();
    let form = &spec.messages[0]["spec"]["connectionSpecification"];
    let events = &form["properties"]["events"]["properties"];
    assert_eq!(events["event_source"]["enum"], json!(["web", "app", "offline", "crm"]));
    for name in ["event_source_id", "test_event_code", "limited_data_use"] {
        assert!(events[name]["title"].is_string() && events[name]["description"].is_string(), "{name}: {events}");
    }
    let mode = spec.messages[0]["spec"]["supported_destination_sync_modes"].as_array().unwrap();
    assert!(mode.contains(&json!("append")));
}
