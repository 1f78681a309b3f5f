//! Events that are refused, one wrong thing at a time.

use super::{KIND, TIME, TRACK, body, event, hash, told};
use crate::client::{post, post_as};
use crate::{small, start};
use serde_json::{Value, json};
use simulator::{EventAges, EventOptions, EventSource, Options, Simulator, TOKEN_GOOD};

/// What one more field at a path does to a good event behind a good one.
fn with(sim: &Simulator, source: EventSource, path: &str, value: Value) -> (i64, String) {
    let mut wrong = event(source, 2);
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let place = parents.split('.').filter(|name| !name.is_empty()).fold(&mut wrong, |place, name| {
        match name.parse::<usize>() {
            Ok(0) => {
                *place = json!([{}]);
                &mut place[0]
            }
            _ => &mut place[name],
        }
    });
    if value == json!("gone") {
        place.as_object_mut().unwrap().remove(name);
    } else {
        place[name] = value;
    }
    let body = body(sim, source, vec![event(source, 1), wrong]);
    told(&post(sim, TRACK, &body.to_string()))
}

#[test]
fn each_field_has_its_type() {
    let sim = small();
    let (text, number, whole) = ("Not a valid string", "Not a valid number", "Not a valid integer");
    let (object, array, flag) = ("Field must be set to object", "Field must be set to array", "Not a valid boolean");
    let unknown = "Unknown field";
    let rows = [
        ("event", json!(1), text),
        ("event", json!(""), "Length must be at least 1"),
        ("event_time", json!("1773154800"), whole),
        ("event_time", json!(1_773_154_800.0), whole),
        ("event_id", json!(17), text),
        ("event_id", json!(""), "Length must be at least 1"),
        ("event_id", json!(null), text),
        ("user", json!([]), object),
        ("user.email.0", json!(17), text),
        ("user.ttclid", json!(17), text),
        ("user.ip", json!("192.168.0.1"), "Not a valid public IP address"),
        ("user.locale", json!("en_US"), "Not a valid BCP 47 language tag"),
        (
            "user.att_status",
            json!("authorized"),
            "Must be one of: AUTHORIZED, DENIED, NOT_DETERMINED, RESTRICTED, NOT_APPLICABLE",
        ),
        ("user.idfa", json!("aebe52e7-03ee-455a-b3c4-e57283966239"), "Not a valid IDFA"),
        ("user.gaid", json!("AEBE52E7-03EE-455A-B3C4-E57283966239"), "Not a valid GAID"),
        ("user.emial", json!("x"), unknown),
        ("properties.value", json!("9.99"), number),
        ("properties.num_items", json!(1.5), whole),
        ("properties.currency", json!("usd"), "Not a supported currency"),
        ("properties.currency", json!("XXX"), "Not a supported currency"),
        ("properties.content_type", json!("sku"), "Must be one of: product, product_group"),
        ("properties.customer_type", json!("old"), "Must be one of: new, returning"),
        ("properties.order_id", json!(17), text),
        ("properties.contents", json!({}), array),
        ("properties.contents.0", json!("x"), object),
        ("properties.contents.0.price", json!("10"), number),
        ("properties.contents.0.quantity", json!("1"), whole),
        ("properties.contents.0.content_id", json!(1_077_218), text),
        ("properties.contents.0.colour", json!("red"), unknown),
        ("properties.content_ids", json!("1"), array),
        ("properties.content_ids.0", json!(1), text),
        ("page.url", json!(null), text),
        ("page.referrer", json!(["x"]), text),
        ("ad.is_retargeting", json!("true"), flag),
        ("ad.attribution_share", json!("0.5"), number),
        ("limited_data_use", json!(1), flag),
        ("lead.lead_id", json!(7), text),
        ("timestamp", json!("2026-03-10T15:00:00Z"), unknown),
    ];
    for (path, value, message) in rows {
        // A list's first element is a path of its own.
        let (path_sent, value) = match path.strip_suffix(".0") {
            Some(list) => (list, json!([value])),
            None => (path, value),
        };
        let expected = (40002, format!("Batch.1.{path}: {message}"));
        assert_eq!(with(&sim, EventSource::Web, path_sent, value), expected);
    }
    assert!(sim.read(|world| world.event_source_ids().is_empty()), "nothing is stored of a refused batch");
}

#[test]
fn persons_are_hashed() {
    let sim = small();
    let upper = "AB".repeat(32);
    for (path, value) in [
        ("user.email", json!("alice_abc@example.invalid")),
        ("user.phone", json!("+12133734253")),
        ("user.external_id", json!("user_123")),
        ("user.email", json!(upper)),
        ("user.email", json!("")),
        ("user.first_name", json!("alice")),
        ("user.last_name", json!("abc")),
        ("user.zip_code", json!("94107")),
    ] {
        let expected = (40062, format!("Batch.1.{path}: PII is not hashed"));
        assert_eq!(with(&sim, EventSource::Web, path, value), expected);
    }
    let list = json!([hash(1), "alice_abc@example.invalid"]);
    let told = with(&sim, EventSource::Web, "user.email", list);
    assert_eq!(told, (40062, "Batch.1.user.email.1: PII is not hashed".to_owned()));
    let empty = with(&sim, EventSource::Web, "user.phone", json!([]));
    assert_eq!(empty, (40002, "Batch.1.user.phone: Length must be at least 1".to_owned()));
}

#[test]
fn each_source_has_its_needs() {
    let sim = small();
    let missing = "Missing data for required field";
    let rows = [
        (EventSource::Web, "event", json!("gone"), Some(("event", missing))),
        (EventSource::Web, "event_time", json!("gone"), Some(("event_time", missing))),
        (EventSource::Web, "event_id", json!("gone"), None),
        (EventSource::Web, "event", json!("Something_else"), None),
        (EventSource::Web, "event", json!("Something else"), Some(("event", "Not a valid event name"))),
        (EventSource::Web, "event", json!("2nd"), Some(("event", "Not a valid event name"))),
        (EventSource::Web, "page", json!("gone"), Some(("page.url", missing))),
        (EventSource::Web, "page", json!({"referrer": "x"}), Some(("page.url", missing))),
        (EventSource::App, "app", json!("gone"), Some(("app.app_id", missing))),
        (EventSource::App, "event", json!("something-else"), None),
        (
            EventSource::Offline,
            "event",
            json!("Something else"),
            Some(("event", "Offline events must be standard events")),
        ),
        (EventSource::Offline, "event", json!("purchase"), Some(("event", "Offline events must be standard events"))),
        (EventSource::Offline, "event", json!("CompletePayment"), None),
        (
            EventSource::Offline,
            "user",
            json!({"external_id": hash(1)}),
            Some(("user", "At least one of email and phone is required")),
        ),
        (EventSource::Offline, "user", json!({"phone": [hash(1)]}), None),
        (EventSource::Crm, "lead", json!("gone"), Some(("lead.lead_id", missing))),
        (EventSource::Crm, "event", json!("Purchase"), Some(("event", "CRM events must be custom events"))),
    ];
    for (source, path, value, refused) in rows {
        let expected = match refused {
            Some((place, message)) => (40002, format!("Batch.1.{place}: {message}")),
            None => (0, "OK".to_owned()),
        };
        assert_eq!(with(&sim, source, path, value.clone()), expected, "{source:?} {path} {value}");
    }
}

#[test]
fn times_are_seconds_and_recent() {
    let now = TIME + 3_600;
    let day = 86_400;
    let (seconds, future, old) =
        ("Not a valid timestamp in seconds", "The event must not be in the future", "The event is too old");
    let rows = [
        (EventSource::Web, TIME * 1_000, Some(seconds)),
        (EventSource::Web, -1, Some(seconds)),
        (EventSource::Web, now + 3_600, Some(future)),
        (EventSource::Web, now - 7 * day + 60, None),
        (EventSource::Web, now - 7 * day - 1, Some(old)),
        (EventSource::App, now - 7 * day - 1, Some(old)),
        (EventSource::Offline, now - 28 * day + 60, None),
        (EventSource::Offline, now - 28 * day - 1, Some(old)),
        (EventSource::Crm, now - 28 * day - 1, Some(old)),
    ];
    let sim = small();
    let events = EventOptions { ages: EventAges::NONE, future: true, ..EventOptions::default() };
    let lax = start(Options { events, ..Options::default() });
    for (source, time, refused) in rows {
        let expected = |refused: Option<&str>| match refused {
            Some(message) => (40002, format!("Batch.1.event_time: {message}")),
            None => (0, "OK".to_owned()),
        };
        assert_eq!(with(&sim, source, "event_time", json!(time)), expected(refused), "{source:?} {time}");
        let refused = refused.filter(|told| *told == seconds);
        assert_eq!(with(&lax, source, "event_time", json!(time)), expected(refused), "{source:?} {time}");
    }
}

#[test]
fn bodies_are_checked_as_a_whole() {
    let events = EventOptions { max_events: 3, ..EventOptions::default() };
    let sim = start(Options { events, ..Options::default() });
    let good = body(&sim, EventSource::Web, vec![event(EventSource::Web, 1)]);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string()
    };
    let many = |count: u32| json!((0..count).map(|number| event(EventSource::Web, number)).collect::<Vec<_>>());
    let object = "The request body is not a valid JSON object.";
    let size = "data: Length must be between 1 and 3";
    let rows = [
        ("[]".to_owned(), 40002, object),
        (good.to_string().replace('}', ""), 40002, object),
        ("{}".to_owned(), 40002, "Missing required field(s): event_source, event_source_id, data."),
        (with("event_source_id", Value::Null), 40002, "Missing required field(s): event_source_id."),
        (with("event_source_id", json!("")), 40002, "Missing required field(s): event_source_id."),
        (with("event_source_id", json!(7)), 40002, "event_source_id: Not a valid string"),
        (
            with("event_source", json!("WEB")),
            40002,
            "event_source: one or more value of the param is not acceptable, correct is ['web', 'app', 'offline', 'crm'], \
             error is WEB",
        ),
        (with("test_event_code", json!(7)), 40002, "test_event_code: Not a valid string"),
        (with("pixel_code", json!("C1")), 40002, "pixel_code: Unknown field"),
        (with("data", json!({})), 40002, "data: Field must be set to array"),
        (with("data", json!([])), 40061, size),
        (with("data", many(4)), 40061, size),
        (with("data", json!([1])), 40002, "Batch.0: Field must be set to object"),
        (with("data", many(3)), 0, "OK"),
    ];
    for (body, code, message) in rows {
        assert_eq!(told(&post(&sim, TRACK, &body)), (code, message.to_owned()), "{body}");
    }
    let plain = post_as(&sim, TOKEN_GOOD, TRACK, "text/plain", &good.to_string());
    assert_eq!(told(&plain).1, "The Content-Type of the request must be application/json.");
    assert_eq!(post_as(&sim, "nobody", TRACK, KIND, &good.to_string()).code(), 40105);
}

#[test]
fn unknown_fields_and_currencies_can_be_let_through() {
    let events = EventOptions { unknown_fields: true, any_currency: true, ..EventOptions::default() };
    let sim = start(Options { events, ..Options::default() });
    let rows = [
        ("user.emial", json!({"x": [1]}), 0),
        ("properties.currency", json!("BGN"), 0),
        ("properties.currency", json!("bgn"), 40002),
    ];
    for (path, value, code) in rows {
        assert_eq!(with(&sim, EventSource::Web, path, value).0, code, "{path}");
    }
}
