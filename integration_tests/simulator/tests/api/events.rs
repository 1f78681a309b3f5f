//! Conversion events: what lands, and how often.

mod refused;

use crate::client::{Reply, post, post_as};
use crate::{id_of, small, start};
use serde_json::{Value, json};
use simulator::{
    EventCounts, EventOptions, EventSource, IndexStyle, Options, PoisonedEvents, QuotaOptions, Simulator, TOKEN_AGENCY,
    TOKEN_GOOD, TOKEN_WITHOUT_EVENTS,
};

const TRACK: &str = "/event/track/";
const KIND: &str = "application/json";
/// An hour before the simulated now.
const TIME: i64 = 1_773_154_800;

fn hash(number: u32) -> String {
    format!("{number:064x}")
}

fn source_id(sim: &Simulator, source: EventSource) -> String {
    let tokyo = id_of(sim, "Tokyo");
    sim.read(|world| world.event_source_id(tokyo, source)).unwrap()
}

/// The least that each source takes.
fn event(source: EventSource, number: u32) -> Value {
    let (id, email) = (format!("order-{number}"), hash(number));
    match source {
        EventSource::Web => {
            json!({"event": "Purchase", "event_time": TIME, "event_id": id, "page": {"url": "https://example.invalid/"}})
        }
        EventSource::App => {
            json!({"event": "LaunchAPP", "event_time": TIME, "event_id": id, "app": {"app_id": "343200656"}})
        }
        EventSource::Offline => {
            json!({"event": "Purchase", "event_time": TIME, "event_id": id, "user": {"email": email}})
        }
        EventSource::Crm => {
            json!({"event": "qualified", "event_time": TIME, "event_id": id, "lead": {"lead_id": "7001"}})
        }
    }
}

fn body(sim: &Simulator, source: EventSource, data: Vec<Value>) -> Value {
    json!({"event_source": source.name(), "event_source_id": source_id(sim, source), "data": data})
}

fn track(sim: &Simulator, numbers: impl IntoIterator<Item = u32>) -> Reply {
    let data = numbers.into_iter().map(|number| event(EventSource::Web, number)).collect();
    post(sim, TRACK, &body(sim, EventSource::Web, data).to_string())
}

fn counts(sim: &Simulator) -> (u64, u64) {
    let EventCounts { sent, distinct } = sim.event_counts(&source_id(sim, EventSource::Web));
    (sent, distinct)
}

fn told(reply: &Reply) -> (i64, String) {
    (reply.code(), reply.json()["message"].as_str().unwrap().to_owned())
}

#[test]
fn events_of_every_source_land() {
    let sim = small();
    for source in EventSource::ALL {
        let sent = event(source, 1);
        let body = body(&sim, source, vec![sent.clone(), event(source, 2)]).to_string();
        let reply = post(&sim, TRACK, &body);
        assert_eq!((told(&reply), reply.json()["data"].clone()), ((0, "OK".to_owned()), json!({})), "{source:?}");
        let landed = sim.events(&source_id(&sim, source));
        assert_eq!(landed.len(), 2);
        assert_eq!(landed[0].content(), sent);
        assert_eq!((landed[0].name.as_str(), landed[0].time), (sent["event"].as_str().unwrap(), TIME));
        assert_eq!((landed[0].event_id.as_deref(), landed[0].sent, landed[0].changed), (Some("order-1"), 1, 0));
    }
    assert_eq!(sim.read(|world| world.event_source_ids().len()), 4);
    let log = sim.requests();
    assert_eq!((log[0].rows, log[0].code, log[0].advertiser.as_deref()), (Some(2), Some(0), None));
    assert_eq!(log[0].body.as_ref().unwrap()["event_source"], "web");
}

#[test]
fn an_event_may_have_everything() {
    let sim = small();
    let full = json!({
        "event": "Purchase", "event_time": TIME, "event_id": "e\u{20}\"1\"", "limited_data_use": true,
        "user": {
            "email": [hash(1), hash(2)], "phone": hash(3), "external_id": [hash(4)], "ttclid": "E.C.P", "ttp": "94e2a4j9",
            "ip": "2001:db8:1111:a:b0::200", "user_agent": "Mozilla/5.0 🫖", "idfa": "AEBE52E7-03EE-455A-B3C4-E57283966239",
            "idfv": "x", "gaid": hash(5), "locale": "zh-Hant-TW", "att_status": "NOT_APPLICABLE",
            "first_name": hash(6), "last_name": hash(7), "zip_code": hash(8), "city": "tokyo", "state": "", "country": "jp"
        },
        "properties": {
            "contents": [{"price": 10, "quantity": 2, "content_id": "1", "content_category": "a", "content_name": "b", "brand": "c"},
                         {"price": 9.99}],
            "content_ids": ["1", "2"], "content_type": "product_group", "currency": "JPY", "value": 29.99, "num_items": 3,
            "search_string": "s", "description": "d", "order_id": "0007", "shop_id": "8", "customer_type": "returning", "query": "q"
        },
        "page": {"url": "https://example.invalid/?a=1", "referrer": "https://example.invalid/"},
        "app": {"app_id": "1", "app_name": "n", "app_version": "1.0"},
        "ad": {"callback": "c", "campaign_id": "1", "ad_id": "2", "creative_id": "3", "is_retargeting": false,
               "attributed": true, "attribution_type": "t", "attribution_provider": "p", "attribution_share": 0.5},
        "lead": {"lead_id": "l", "lead_event_source": "HubSpot"},
    });
    for source in [EventSource::Web, EventSource::App, EventSource::Offline] {
        let mut body = body(&sim, source, vec![full.clone()]);
        body["partner_name"] = json!("Partner");
        assert_eq!(told(&post(&sim, TRACK, &body.to_string())), (0, "OK".to_owned()));
        assert_eq!(sim.events(&source_id(&sim, source))[0].content(), full);
    }
}

#[test]
fn the_same_event_within_48_hours_counts_once() {
    let sim = small();
    track(&sim, 0..3);
    track(&sim, 2..5);
    assert_eq!(counts(&sim), (6, 5));
    let id = source_id(&sim, EventSource::Web);
    let repeats: Vec<(u32, u32)> = sim.events(&id).iter().map(|event| (event.sent, event.changed)).collect();
    assert_eq!(repeats, [(1, 0), (1, 0), (2, 0), (1, 0), (1, 0)]);
    let send = |change: fn(&mut Value)| {
        let mut event = event(EventSource::Web, 0);
        change(&mut event);
        post(&sim, TRACK, &body(&sim, EventSource::Web, vec![event]).to_string());
        counts(&sim).1
    };
    assert_eq!(send(|event| event["event_time"] = json!(TIME + 1)), 5, "other content, but the same event");
    assert_eq!(sim.events(&id)[0].changed, 1);
    assert_eq!(send(|event| event["event"] = json!("purchase")), 6, "another name");
    assert_eq!(send(|event| event["event_id"] = json!("Order-0")), 7, "another id");
    for distinct in [8, 9] {
        let without_id = |event: &mut Value| drop(event.as_object_mut().unwrap().remove("event_id"));
        assert_eq!(send(without_id), distinct, "without an id nothing is the same");
    }
    sim.mutate(|world| world.now += chrono::TimeDelta::hours(47));
    assert_eq!(send(|_| {}), 9);
    sim.mutate(|world| world.now += chrono::TimeDelta::hours(2));
    assert_eq!(send(|_| {}), 10, "a replay after the window counts twice");
    assert_eq!(sim.events(&id).last().unwrap().event_id.as_deref(), Some("order-0"));
}

#[test]
fn the_same_id_at_two_sources_is_two_events() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let ids = sim.read(|world| world.sources.ids(tokyo, EventSource::Web));
    for id in &ids {
        let mut body = body(&sim, EventSource::Web, vec![event(EventSource::Web, 1)]);
        body["event_source_id"] = json!(id);
        assert_eq!(post(&sim, TRACK, &body.to_string()).code(), 0);
    }
    assert!(ids.iter().all(|id| sim.event_counts(id).distinct == 1));
}

#[test]
fn test_events_are_no_conversions() {
    let sim = small();
    let id = source_id(&sim, EventSource::Web);
    let mut test = body(&sim, EventSource::Web, vec![event(EventSource::Web, 1)]);
    test["test_event_code"] = json!("TEST12345");
    assert_eq!(post(&sim, TRACK, &test.to_string()).code(), 0);
    assert_eq!((counts(&sim), sim.events(&id)), ((0, 0), Vec::new()));
    let landed = sim.test_events(&id);
    assert_eq!((landed.len(), landed[0].test_code.as_deref()), (1, Some("TEST12345")));
    track(&sim, [1]);
    assert_eq!((counts(&sim), sim.test_events(&id).len()), ((1, 1), 1), "a test event is not the live one");
    let mut inside = event(EventSource::Web, 2);
    inside["test_event_code"] = json!("TEST12345");
    for unknown_fields in [false, true] {
        let events = EventOptions { unknown_fields, ..EventOptions::default() };
        let sim = start(Options { events, ..Options::default() });
        let reply = post(&sim, TRACK, &body(&sim, EventSource::Web, vec![inside.clone()]).to_string());
        assert_eq!(told(&reply), (40002, "Batch.0.test_event_code: Unknown field".to_owned()));
    }
}

#[test]
fn a_shared_pixel_works_and_a_foreign_one_does_not() {
    let sim = small();
    let shared = {
        let tokyo = id_of(&sim, "Tokyo");
        sim.read(|world| world.sources.pixels_of(tokyo)[2].code.clone())
    };
    let of = |account: &str, source| {
        let id = id_of(&sim, account);
        sim.read(|world| world.event_source_id(id, source)).unwrap()
    };
    let app_id = sim.read(|world| world.sources.apps[0].id.to_string());
    let web = "No permission to operate pixel code: ";
    let rows = [
        (TOKEN_GOOD, EventSource::Web, shared, 0, "OK"),
        (TOKEN_GOOD, EventSource::Web, of("Forbidden", EventSource::Web), 40001, web),
        (TOKEN_GOOD, EventSource::Web, of("Pending", EventSource::Web), 40001, web),
        (TOKEN_AGENCY, EventSource::Web, of("Pending", EventSource::Web), 0, "OK"),
        (TOKEN_GOOD, EventSource::Web, of("Tokyo", EventSource::Offline), 40001, web),
        (
            TOKEN_GOOD,
            EventSource::Offline,
            of("Tokyo", EventSource::Crm),
            40001,
            "No permission to operate offline event",
        ),
        (TOKEN_GOOD, EventSource::App, app_id, 40001, "No permission to operate app id: "),
        (TOKEN_GOOD, EventSource::Crm, "x".to_owned(), 40001, "No permission to operate CRM event set id: x."),
        (
            TOKEN_WITHOUT_EVENTS,
            EventSource::Web,
            of("Tokyo", EventSource::Web),
            40001,
            "No permission: the access token",
        ),
    ];
    for (token, source, id, code, message) in rows {
        let mut body = body(&sim, source, vec![event(source, 1)]);
        body["event_source_id"] = json!(id);
        let (found, told) = told(&post_as(&sim, token, TRACK, KIND, &body.to_string()));
        assert!(found == code && told.starts_with(message), "{source:?} {id}: {found} {told}");
    }
    let events = EventOptions { app_allowed: false, ..EventOptions::default() };
    let sim = start(Options { events, ..Options::default() });
    let app = body(&sim, EventSource::App, vec![event(EventSource::App, 1)]);
    assert_eq!(post(&sim, TRACK, &app.to_string()).code(), 40118);
}

#[test]
fn what_is_not_remembered_is_counted_and_known_again() {
    let events = EventOptions { remember: 3, ..EventOptions::default() };
    let sim = start(Options { events, ..Options::default() });
    for numbers in [0..2, 1..6, 4..8] {
        assert_eq!(track(&sim, numbers).code(), 0);
    }
    assert_eq!((counts(&sim), sim.events(&source_id(&sim, EventSource::Web)).len()), ((11, 8), 3));
    let events = EventOptions { dedup: false, ..EventOptions::default() };
    let sim = start(Options { events, ..Options::default() });
    track(&sim, [1, 1]);
    assert_eq!(counts(&sim), (2, 2), "nothing is known again");
}

#[test]
fn events_have_their_own_quota() {
    let sim = start(Options { quota: QuotaOptions { qps: Some(1), ..QuotaOptions::default() }, ..Options::default() });
    assert!((0..20).all(|number| track(&sim, [number]).code() == 0));
    let events = EventOptions { qps: Some(3), ..EventOptions::default() };
    let sim = start(Options { events, ..Options::default() });
    let codes: Vec<i64> = (0..12).map(|number| track(&sim, [number]).code()).collect();
    assert!(codes.contains(&0) && codes.contains(&40_100), "{codes:?}");
    assert_eq!(counts(&sim).0, codes.iter().filter(|code| **code == 0).count() as u64);
}

/// A simulator for which the seventh e-mail address is poison, and three events of which the
/// second has it.
fn poisoned(options: EventOptions) -> (Simulator, Reply) {
    let sim = start(Options { poison: vec![hash(7)], events: options, ..Options::default() });
    let mut data: Vec<Value> = (0..3).map(|number| event(EventSource::Web, number)).collect();
    data[1]["user"] = json!({"external_id": [hash(6), hash(7)]});
    let reply = post(&sim, TRACK, &body(&sim, EventSource::Web, data).to_string());
    (sim, reply)
}

#[test]
fn poison_is_refused_or_dropped() {
    let styles = [
        (IndexStyle::Batch, "Batch.1.user.external_id.1: Not a valid string"),
        (IndexStyle::BatchData, "data.1.user.external_id.1: Not a valid string"),
        (IndexStyle::FromOne, "Batch.2.user.external_id.2: Not a valid string"),
        (IndexStyle::None, "data: Not a valid string"),
    ];
    for (index_style, message) in styles {
        let (sim, reply) = poisoned(EventOptions { index_style, ..EventOptions::default() });
        assert_eq!((told(&reply), counts(&sim)), ((40002, message.to_owned()), (0, 0)));
    }
    let listed = json!({"failed_events": [{"index": 1, "error": "Batch.1.user.external_id.1: Not a valid string"}]});
    for (style, data) in [(PoisonedEvents::Dropped, json!({})), (PoisonedEvents::Listed, listed)] {
        let (sim, reply) = poisoned(EventOptions { poisoned: style, ..EventOptions::default() });
        assert_eq!(told(&reply), (20001, "Partially successful.".to_owned()));
        assert_eq!((reply.json()["data"].clone(), counts(&sim)), (data, (2, 2)));
    }
    let sim = start(Options { poison: vec!["0f".repeat(16)], ..Options::default() });
    let mut event = event(EventSource::Web, 1);
    event["event_id"] = json!("0F".repeat(16));
    let reply = post(&sim, TRACK, &body(&sim, EventSource::Web, vec![event]).to_string());
    assert_eq!(told(&reply), (40002, "Batch.0.event_id: Not a valid string".to_owned()));
}

#[test]
fn an_answer_may_be_partial() {
    let sim = small();
    sim.faults(format!("path={TRACK},times=1,kind=partiallisted").parse().unwrap());
    let reply = track(&sim, 0..30);
    assert_eq!(reply.code(), 20001);
    let failed = reply.json()["data"]["failed_events"].as_array().unwrap().clone();
    let indexes: Vec<usize> = failed.iter().map(|one| one["index"].as_u64().unwrap() as usize).collect();
    assert!(indexes.is_sorted() && failed.iter().all(|one| one["error"].is_string()));
    let landed: Vec<String> =
        sim.events(&source_id(&sim, EventSource::Web)).into_iter().filter_map(|event| event.event_id).collect();
    let expected = (0..30).filter(|index| !indexes.contains(index)).map(|index| format!("order-{index}"));
    assert_eq!(landed, expected.collect::<Vec<_>>());
    assert!((1..30).contains(&landed.len()));
    assert_eq!((track(&sim, 0..30).code(), counts(&sim).1), (0, 30), "sent again, all are there");

    let sim = small();
    sim.faults(format!("path={TRACK},times=1,kind=partial,committed=true").parse().unwrap());
    let reply = track(&sim, [1]);
    assert_eq!((reply.code(), reply.json()["data"].clone(), counts(&sim)), (20001, json!({}), (0, 0)));
    assert_eq!(sim.requests()[0].code, Some(20001));
}

#[test]
fn a_fault_strikes_before_the_effect_or_after_it() {
    for kind in ["50002", "40132", "html502", "drop", "empty", "wrongjson", "nodata", "40002"] {
        let sim = small();
        sim.faults(format!("path={TRACK},times=1,kind={kind}").parse().unwrap());
        track(&sim, 0..2);
        assert_eq!(counts(&sim), (0, 0), "{kind}");
        sim.faults(format!("path={TRACK},times=1,kind={kind},committed=true").parse().unwrap());
        track(&sim, 0..2);
        assert_eq!(counts(&sim), (2, 2), "{kind}");
        assert_eq!(track(&sim, 0..2).code(), 0, "sent again");
        assert_eq!(counts(&sim), (4, 2));
    }
    for kind in ["reset", "truncate", "slow"] {
        let sim = small();
        sim.faults(format!("path={TRACK},times=1,kind={kind}").parse().unwrap());
        track(&sim, 0..2);
        assert_eq!(counts(&sim), (2, 2), "{kind}");
    }
}
