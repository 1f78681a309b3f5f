//! What does not go out as it came: words for nothing, values of a wrong form, people in clear. The event goes.

use serde_json::{Value, json};
use simulator::{EventOptions, EventSource, TrackedEvent};

use super::{catalog, counts, id_of, lines, object, row, strict, with, writing};
use crate::harness::Run;

const WEB: EventSource = EventSource::Web;

/// Rows of the web's object, all of which must land: what is stored of them.
fn landed(changes: Vec<Value>) -> (Run, Vec<Value>) {
    let count = changes.len() as f64;
    let sim = strict(EventOptions { unknown_fields: true, ..EventOptions::default() });
    let rows = changes.into_iter().enumerate().map(|(at, change)| with(row(WEB, at), change));
    let run = writing(&sim).log_level("TRACE").write(&catalog(&[WEB]), &lines(object(WEB), rows)).succeeded();
    assert_eq!(counts(&run, object(WEB)), (count, 0.0), "{:#?}", run.logs());
    let events = sim.events(&id_of(&sim, WEB)).iter().map(TrackedEvent::content).collect();
    (run, events)
}

/// Lines of the log that hold a text.
fn told(run: &Run, text: &str) -> Vec<String> {
    run.logs().into_iter().filter(|line| line.contains(text)).collect()
}

#[test]
fn nobody_leaves_in_clear() {
    let (run, events) = landed(vec![
        json!({"properties": {"email": "secret@example.com", "order": {"phone": "+4915112345678", "colour": "red"}}}),
        json!({"properties": "{\"note\": \"ask secret@example.com\", \"colour\": \"red\"}"}),
        json!({"contents": [{"content_id": "secret@example.com", "price": 1, "buyer_email": "secret"}]}),
        json!({"description": "call +49 151 12345678", "search_string": "secret@example.com"}),
        json!({"page_url": "https://shop.example/?a=1&email=secret%40example.com&b=2", "page_referrer": "/?tel=4915112345678"}),
        json!({"event_id": "secret@example.com", "city": "secret@example.com", "user_agent": "secret@example.com"}),
    ]);
    let sent = Value::from_iter(events.clone()).to_string();
    for plain in ["secret", "15112345678"] {
        assert!(!sent.contains(plain), "{sent}");
        assert!(told(&run, plain).is_empty(), "{:#?}", told(&run, plain));
    }
    assert_eq!(events[0]["properties"], json!({"order": {"colour": "red"}}));
    assert_eq!(events[1]["properties"], json!({"colour": "red"}));
    assert_eq!(events[2]["properties"]["contents"], json!([{"price": 1}]));
    assert_eq!(events[4]["page"], json!({"url": "https://shop.example/?a=1&b=2", "referrer": "/"}));
    let warnings = told(&run, "WARN Rows of");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("first in `properties`"), "{warnings:#?}");
    assert_eq!(told(&run, "person_in_clear 12").len(), 1, "{:#?}", run.logs());
}

#[test]
fn optional_values_cost_no_conversion() {
    let (run, events) = landed(vec![
        json!({"content_type": "boots", "customer_type": "loyal", "num_items": "two", "limited_data_use": "perhaps"}),
        json!({"contents": [{}, {"price": "(null)", "content_id": 1}, {"price": 10, "quantity": 1.5}]}),
        json!({"ttclid": "__CLICKID__", "ttp": "null", "city": "N/A", "country": "United States", "locale": "undefined"}),
        json!({"ip": "1.2.3.4, 10.0.0.1", "country": "840", "query": "boots"}),
        json!({"page_url": "shop.example/x?ttclid=E.1", "ttclid": "null"}),
        json!({"page_url": "/x?ttclid=E.1"}),
    ]);
    assert_eq!(events[0].get("properties"), None);
    let products = json!([{"content_id": "1"}, {"price": 10}]);
    assert_eq!(events[1]["properties"], json!({"contents": products, "content_type": "product"}));
    assert_eq!((&events[2]["user"]["country"], events[2]["user"].get("ttclid")), (&json!("us"), None));
    assert_eq!((&events[3]["user"]["ip"], &events[3]["user"]["country"]), (&json!("1.2.3.4"), &json!("us")));
    assert_eq!(events[3]["properties"], json!({"query": "boots", "search_string": "boots"}));
    assert_eq!((&events[4]["user"]["ttclid"], &events[5]["user"]["ttclid"]), (&json!("E.1"), &json!("E.1")));
    assert_eq!(told(&run, "no whole address, such as").len(), 1, "{:#?}", run.logs());
    assert_eq!(told(&run, "2 events with a `page_url`").len(), 1, "{:#?}", run.logs());
    assert_eq!(told(&run, "unexpanded_macro 1").len(), 1, "{:#?}", run.logs());
}

#[test]
fn a_word_near_a_standard_name_is_told_once() {
    let (run, events) = landed(vec![json!({"event": "Subscribed"}), json!({"event": "Subscribed"})]);
    assert!(events.iter().all(|event| event["event"] == "Subscribed"));
    assert_eq!(told(&run, "\"Subscribed\" is sent as an event of your own").len(), 1, "{:#?}", run.logs());
}
