//! Flat in, nested out: what lands is, field by field, what TikTok wants.

use serde_json::{Value, json};
use simulator::{EventSource, Simulator};

use super::{an_hour_ago, catalog, id_of, lines, object, row, with, writing};
use crate::destination::sha;
use crate::harness::feed::{catalog_of, entry};
use crate::harness::{Connector, small};

/// TikTok's own examples (docs/tiktok-api.md 5.3).
const EMAIL: (&str, &str) = ("alice_abc@gmail.com", "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f");
const PHONE: (&str, &str) = ("+12133734253", "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd");
const EXTERNAL_ID: (&str, &str) = ("user_123", "80fba0ae1c48e3978e43e4efc365e14e12ea0c830ba8ba5b9a2dafc7e3f2ab8b");

/// What is stored of rows, in their order; every one must land.
fn stored(sim: &Simulator, connector: &Connector, source: EventSource, rows: Vec<Value>) -> Vec<Value> {
    let count = rows.len();
    let run = connector.write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
    assert_eq!(super::counts(&run, object(source)), (count as f64, 0.0), "{:#?}", run.logs());
    sim.events(&id_of(sim, source)).iter().map(simulator::TrackedEvent::content).collect()
}

/// The same of one row.
fn one(source: EventSource, row: Value) -> Value {
    let sim = small();
    let [event] = &stored(&sim, &writing(&sim), source, vec![row])[..] else { panic!("not one event") };
    event.clone()
}

/// `properties` of a web event with more columns.
fn properties(columns: Value) -> Value {
    one(EventSource::Web, with(row(EventSource::Web, 1), columns))["properties"].clone()
}

#[test]
fn a_web_event() {
    let time = an_hour_ago();
    let event = one(
        EventSource::Web,
        json!({
            "event": "Purchase", "event_time": time, "event_id": "e1", "email": " Alice_ABC@gmail.com\u{a0}",
            "phone": "(+1) 213-373-4253", "external_id": " user_123 ", "first_name": "Jane", "last_name": "O'Neil",
            "zip_code": 94107, "city": "São Paulo", "state": "CA", "country": "US", "ttclid": "E.C.P.click",
            "ttp": "94e2a4j9-h3ss", "ip": "13.57.97.131", "user_agent": "Mozilla/5.0 (X11; \"quoted\")", "locale": "en-US",
            "page_url": "https://shop.example/p?x=1", "page_referrer": "https://news.example/",
            "content_type": "product", "currency": "usd", "value": "19.90", "num_items": "2", "search_string": "boots",
            "query": 7, "description": "d", "order_id": 7_123_456_789_012_345_678_u64, "shop_id": 12, "customer_type": "New",
            "contents": [{"content_id": 77, "price": "9.95", "quantity": "2", "content_name": "Boot", "content_category": "Shoes", "brand": 5}],
            "content_ids": [77, "78"], "limited_data_use": "true",
            // Not of the web.
            "idfa": "7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093DB", "lead_id": 1, "app_id": 2, "unknown": {"x": 1},
        }),
    );
    let expected = json!({
        "event": "Purchase", "event_time": time, "event_id": "e1",
        "user": {
            "email": EMAIL.1, "phone": PHONE.1, "external_id": EXTERNAL_ID.1, "first_name": sha("jane"),
            "last_name": sha("oneil"), "zip_code": sha("94107"), "city": "são paulo", "state": "ca", "country": "us",
            "ttclid": "E.C.P.click", "ttp": "94e2a4j9-h3ss", "ip": "13.57.97.131",
            "user_agent": "Mozilla/5.0 (X11; \"quoted\")", "locale": "en-US",
        },
        "page": {"url": "https://shop.example/p?x=1", "referrer": "https://news.example/"},
        "properties": {
            "content_type": "product", "currency": "USD", "value": 19.9, "num_items": 2, "search_string": "boots",
            "query": "7", "description": "d", "order_id": "7123456789012345678", "shop_id": "12", "customer_type": "new",
            "contents": [{"content_id": "77", "price": 9.95, "quantity": 2, "content_name": "Boot", "content_category": "Shoes", "brand": "5"}],
            "content_ids": ["77", "78"],
        },
        "limited_data_use": true,
    });
    assert_eq!(event, expected);
}

#[test]
fn an_app_event() {
    let time = an_hour_ago();
    let device = "7a3cbea0-bdf5-11e4-8dfc-aa07a5b093db";
    let event = one(
        EventSource::App,
        json!({
            "event": "level_10_reached", "event_time": time, "event_id": 5, "app_id": 343_200_656, "app_name": "Game",
            "app_version": 1.5, "idfa": device, "idfv": device, "gaid": device.to_uppercase(), "att_status": "authorized",
            "ip": "2001:0db8:1111:000a:00b0:0000:0000:0200", "user_agent": "Game/1.5", "ad_callback": "123ATXSfe",
            "ad_campaign_id": 1_701_890_979_375_106_u64, "ad_id": 2, "ad_creative_id": 3, "ad_is_retargeting": "yes", "ad_attributed": 0,
            "ad_attribution_type": "click", "ad_attribution_provider": "mmp", "ad_attribution_share": "0.5",
            "limited_data_use": false, "external_id": "of the web",
        }),
    );
    let expected = json!({
        "event": "level_10_reached", "event_time": time, "event_id": "5",
        "user": {
            "idfa": device.to_uppercase(), "idfv": device.to_uppercase(), "gaid": device, "att_status": "AUTHORIZED",
            "ip": "2001:0db8:1111:000a:00b0:0000:0000:0200", "user_agent": "Game/1.5",
        },
        "app": {"app_id": "343200656", "app_name": "Game", "app_version": "1.5"},
        "ad": {
            "callback": "123ATXSfe", "campaign_id": "1701890979375106", "ad_id": "2", "creative_id": "3",
            "is_retargeting": true, "attributed": false, "attribution_type": "click", "attribution_provider": "mmp",
            "attribution_share": 0.5,
        },
        "limited_data_use": false,
    });
    assert_eq!(event, expected);
}

#[test]
fn an_offline_event_and_a_lead() {
    let time = an_hour_ago();
    let phone = PHONE.1.to_uppercase();
    let row = json!({
        "event": "Purchase", "event_time": time, "event_id": "till-1", "phone_sha256": format!("0x{phone}"),
        "value": 5, "currency": "EUR", "limited_data_use": true, "ip": "13.57.97.131", "user_agent": "UA",
        "external_id": "user_123", "page_url": "https://x.example/?ttclid=E.1", "page_referrer": "of the web", "app_id": 1,
    });
    let expected = json!({
        "event": "Purchase", "event_time": time, "event_id": "till-1",
        "user": {
            "phone": PHONE.1, "external_id": EXTERNAL_ID.1, "ttclid": "E.1", "ip": "13.57.97.131", "user_agent": "UA",
        },
        "page": {"url": "https://x.example/?ttclid=E.1"},
        "properties": {"currency": "EUR", "value": 5},
    });
    assert_eq!(one(EventSource::Offline, row), expected);
    let row = json!({
        "event": "Qualified", "event_time": time, "event_id": "lead-1", "lead_id": 7_001, "lead_event_source": "HubSpot",
        "email": EMAIL.0, "external_id": EXTERNAL_ID.0, "limited_data_use": true,
    });
    let expected = json!({
        "event": "Qualified", "event_time": time, "event_id": "lead-1",
        "user": {"email": EMAIL.1, "external_id": EXTERNAL_ID.1},
        "lead": {"lead_id": "7001", "lead_event_source": "HubSpot"},
    });
    assert_eq!(one(EventSource::Crm, row), expected);
}

#[test]
fn one_moment_in_many_notations() {
    let sim = small();
    let time = an_hour_ago();
    let utc = chrono::DateTime::from_timestamp(time, 0).unwrap();
    let tokyo = utc.with_timezone(&chrono::FixedOffset::east_opt(9 * 3_600).unwrap());
    let times = [
        json!(time),
        json!(time * 1_000 + 123),
        json!(time as f64 + 0.25),
        json!(time.to_string()),
        json!((time * 1_000).to_string()),
        json!(utc.to_rfc3339()),
        json!(utc.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        json!(utc.format("%Y-%m-%dT%H:%M:%S.789Z").to_string()),
        json!(utc.format("%Y-%m-%d %H:%M:%S").to_string()),
        json!(utc.format("%Y-%m-%d %H:%M:%S.123456 UTC").to_string()),
        json!(tokyo.to_rfc3339()),
        json!(tokyo.format("%Y-%m-%d %H:%M:%S.000 %z").to_string()),
        json!(tokyo.format("%Y-%m-%dT%H:%M:%S%z").to_string()),
    ];
    let rows = times.iter().enumerate().map(|(at, time)| with(row(EventSource::Web, at), json!({"event_time": time})));
    for (event, given) in stored(&sim, &writing(&sim), EventSource::Web, rows.collect()).iter().zip(&times) {
        assert_eq!(event["event_time"], time, "{given}");
    }
}

#[test]
fn products_are_lists_or_their_text() {
    let expected = json!([{"content_id": "1", "price": 2.5, "quantity": 2}, {"content_id": "2", "price": 1}]);
    for contents in [
        json!([{"content_id": 1, "price": "2.5", "quantity": "2"}, {"content_id": "2", "price": 1}]),
        json!(r#"[{"content_id": 1, "price": "2.5", "quantity": "2"}, {"content_id": "2", "price": 1}]"#),
    ] {
        assert_eq!(properties(json!({"contents": contents}))["contents"], expected);
    }
    let single = json!([{"content_id": "1"}]);
    for contents in [json!({"content_id": 1}), json!(r#" {"content_id": 1} "#)] {
        assert_eq!(properties(json!({"contents": contents}))["contents"], single);
    }
    for nothing in [json!(null), json!(""), json!([]), json!("[]")] {
        assert_eq!(properties(json!({"contents": nothing})), Value::Null);
    }
    assert_eq!(properties(json!({"content_id": 7}))["content_ids"], json!(["7"]));
    assert_eq!(properties(json!({"content_ids": "[7, \"8\"]"}))["content_ids"], json!(["7", "8"]));
}

#[test]
fn the_value_is_what_the_products_cost() {
    let contents = json!([{"price": 0.1, "quantity": 3}, {"price": "2.50"}]);
    for (columns, expected) in [
        (json!({"contents": contents}), json!(2.8)),
        (json!({"contents": contents, "value": null}), json!(2.8)),
        (json!({"contents": contents, "value": ""}), json!(2.8)),
        (json!({"contents": contents, "value": 0}), json!(0)),
        (json!({"contents": contents, "value": "7"}), json!(7)),
        (json!({"contents": contents, "properties": {"value": 9}}), json!(9)),
        (json!({"properties": {"contents": [{"price": 4, "quantity": 2}]}}), json!(8.0)),
        (json!({"contents": [{"price": 1}, {"content_id": "free?"}]}), Value::Null),
    ] {
        assert_eq!(properties(columns.clone())["value"], expected, "{columns}");
    }
}

#[test]
fn properties_have_the_last_word() {
    let columns = json!({"value": 1, "currency": "USD", "order_id": "a", "properties": {"value": "2.5", "order_id": 7, "currency": null}});
    assert_eq!(properties(columns), json!({"value": 2.5, "currency": "USD", "order_id": "7"}));
    let text = json!({"properties": "{\"shop_id\": 5, \"num_items\": \"3\"}"});
    assert_eq!(properties(text), json!({"shop_id": "5", "num_items": 3}));
    for nothing in [json!({}), json!("{}"), json!(""), json!(null)] {
        assert_eq!(properties(json!({"properties": nothing})), Value::Null);
    }
}

#[test]
fn one_person_may_have_several_addresses() {
    let emails =
        json!(["ALICE_abc@gmail.com ", null, "", "b@example.com", "alice_abc@gmail.com", sha("c@example.com")]);
    let expected = json!([EMAIL.1, sha("b@example.com"), sha("c@example.com")]);
    for given in [emails.clone(), json!(emails.to_string())] {
        let row = with(row(EventSource::Web, 1), json!({"email": given, "email_sha256": sha("unused")}));
        assert_eq!(one(EventSource::Web, row)["user"]["email"], expected);
    }
}

#[test]
fn the_click_is_found_in_the_address() {
    let web = |columns: Value| one(EventSource::Web, with(row(EventSource::Web, 1), columns))["user"]["ttclid"].clone();
    let page = "https://shop.example/p?utm=1&ttclid=E.C.P%2Bx#top";
    assert_eq!(web(json!({"page_url": page})), "E.C.P+x");
    assert_eq!(web(json!({"page_url": page, "ttclid": "own"})), "own");
    assert_eq!(web(json!({"page_url": "https://shop.example/?ttclid="})), Value::Null);
}

#[test]
fn a_field_that_tells_nothing_does_not_cost_the_event() {
    let columns = json!({"email": "nobody", "phone": "12", "external_id": "", "ip": "192.168.0.7", "user_agent": "  ", "locale": "en_US.UTF-8"});
    let event = one(EventSource::Web, with(row(EventSource::Web, 1), columns));
    assert_eq!(event.get("user"), None, "{event}");
    let columns = json!({"email": ["nobody", "person1@example.com"], "ip": "250.1.2.3", "locale": "de_DE"});
    let event = one(EventSource::Web, with(row(EventSource::Web, 1), columns));
    assert_eq!(event["user"], json!({"email": sha("person1@example.com"), "locale": "de-DE"}));
}

#[test]
fn the_config_says_what_columns_do_not() {
    let sim = small();
    let events =
        json!({"event_source": "web", "event_source_id": id_of(&sim, EventSource::Web), "limited_data_use": true});
    let mapping = json!([{"stream": "orders", "object": "event_web", "event": "CompletePayment", "fields": {"event_time": "at", "event_id": "no", "page_url": "page"}}]);
    let connector = super::super::writing(&sim).with("events", events).with("mappings", mapping);
    let orders = catalog_of([entry("orders", None, "append")]);
    let row = |more: Value| with(json!({"at": an_hour_ago(), "page": "https://shop.example/"}), more);
    let rows = [
        row(json!({"no": 1, "event_id": "unmapped"})),
        row(json!({"no": 2, "event": "ViewContent", "limited_data_use": false})),
    ];
    connector.write(&orders, &lines("orders", rows)).succeeded();
    let events = sim.events(&id_of(&sim, EventSource::Web));
    let told: Vec<_> = events
        .iter()
        .map(|e| (e.name.as_str(), e.event_id.as_deref(), e.content()["limited_data_use"].clone()))
        .collect();
    assert_eq!(told, [("CompletePayment", Some("1"), json!(true)), ("ViewContent", Some("2"), json!(false))]);
}

#[test]
fn the_config_speaks_to_its_own_source_only() {
    let sim = small();
    let events = json!({"event_source": "crm", "event_source_id": id_of(&sim, EventSource::Crm)});
    let connector = super::super::writing(&sim).with("events", events);
    let crm = EventSource::Crm;
    connector.write(&catalog(&[crm]), &lines(object(crm), [row(crm, 1)])).succeeded();
    assert_eq!(sim.events(&id_of(&sim, crm)).len(), 1);
    // A web event has no pixel then, whether a stream of web events brings it or a row says so.
    let web = EventSource::Web;
    let run = connector.write(&catalog(&[web]), &lines(object(web), [row(web, 1)]));
    assert_eq!((run.exit, super::counts(&run, object(web))), (Some(1), (0.0, 1.0)));
    let rows = [row(crm, 2), with(row(web, 3), json!({"event_source": "web"}))];
    let run = connector.write(&catalog(&[crm]), &lines(object(crm), rows)).succeeded();
    assert_eq!(super::counts(&run, object(crm)), (1.0, 1.0));
}

#[test]
fn tests_and_live_events_never_share_a_request() {
    let sim = small();
    let web = EventSource::Web;
    let code = |at: usize| match at % 3 {
        0 => json!(["-", "null", "N/A", ""][at % 4]),
        1 => json!("TEST1"),
        _ => json!("TEST2"),
    };
    let rows = (0..90).map(|at| with(row(web, at), json!({"test_event_code": code(at)})));
    writing(&sim).write(&catalog(&[web]), &lines(object(web), rows)).succeeded();
    let pixel = id_of(&sim, web);
    let number = |event: &simulator::TrackedEvent| -> usize {
        event.event_id.as_deref().and_then(|id| id.strip_prefix("order-")).unwrap().parse().unwrap()
    };
    assert_eq!(sim.events(&pixel).len(), 30);
    assert!(sim.events(&pixel).iter().all(|event| number(event) % 3 == 0));
    let tests = sim.test_events(&pixel);
    assert_eq!(tests.len(), 60);
    assert!(tests.iter().all(|event| json!(event.test_code) == code(number(event))));
    assert_eq!(super::calls(&sim), [30, 30, 30]);
}

#[test]
fn the_configs_test_code_makes_everything_a_test() {
    let sim = small();
    let source = EventSource::Offline;
    let connector = writing(&sim).with("events", json!({"test_event_code": " TEST9 "}));
    connector.write(&catalog(&[source]), &lines(object(source), [row(source, 1), row(source, 2)])).succeeded();
    let id = id_of(&sim, source);
    assert_eq!((sim.events(&id).len(), sim.test_events(&id).len()), (0, 2));
    let sent = sim.requests().into_iter().find(|request| request.path == super::TRACK).unwrap().body.unwrap();
    assert_eq!(sent["test_event_code"], "TEST9");
}

#[test]
fn names_are_standard_or_custom() {
    for (source, name) in [
        (EventSource::Web, "CompletePayment"),
        (EventSource::Web, "LoyaltyPointsEarned"),
        (EventSource::App, "tutorial_done"),
        (EventSource::Offline, "AddToCart"),
        (EventSource::Crm, "Closed_Won"),
        (EventSource::Web, "order-completed"),
        (EventSource::App, "page_view"),
        (EventSource::Web, "Subscribed"),
    ] {
        assert_eq!(one(source, with(row(source, 1), json!({"event": name})))["event"], name, "{source:?}");
    }
}
