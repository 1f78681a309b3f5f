//! The rules of the protocol that every run keeps.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::fixture;

const TYPES: [&str; 9] =
    ["RECORD", "STATE", "LOG", "SPEC", "CONNECTION_STATUS", "CATALOG", "TRACE", "DESTINATION_CATALOG", "CONTROL"];

/// Lines as messages, each checked by itself.
pub(crate) fn messages<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<Value> {
    lines.map(message).collect()
}

fn message(line: &str) -> Value {
    // Readers that split lines as Python does would break here. One by one: a search for a single character is
    // fast in a debug build too.
    for separator in ['\u{2028}', '\u{2029}', '\u{85}'] {
        assert!(!line.contains(separator), "{line}");
    }
    // Not `from_str`, which would be compiled here, without optimisation.
    let message: Value = line.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(TYPES.iter().any(|kind| message["type"] == *kind), "{line}");
    check_schema(protocol(), &message);
    message
}

/// Records that differ in nothing but what Airbyte's schema leaves open are looked at once.
fn check_schema(protocol: &Validator, message: &Value) {
    static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let shape = match message["record"].as_object() {
        Some(record) => shape(message, record),
        None => as_sent(message),
    };
    if message.get("record").is_none() || KNOWN.lock().unwrap().insert(shape.to_string()) {
        let error = protocol.iter_errors(&shape).next();
        assert!(error.is_none(), "{}: {message}", error.unwrap());
    }
}

/// A record without its data and its moment.
fn shape(message: &Value, record: &Map<String, Value>) -> Value {
    let open = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("data", Value::Object(_)) => (name.clone(), json!({})),
        ("emitted_at", Value::Number(moment)) if moment.is_i64() => (name.clone(), json!(1)),
        _ => (name.clone(), value.clone()),
    };
    let around = message.as_object().into_iter().flatten().filter(|(name, _)| *name != "record");
    let mut shape: Map<String, Value> = around.map(|(name, value)| (name.clone(), value.clone())).collect();
    shape.insert("record".to_owned(), record.iter().map(open).collect());
    Value::Object(shape)
}

/// An echoed state without the nulls that the platform put there: they are not ours.
fn as_sent(message: &Value) -> Value {
    let mut message = message.clone();
    if message["state"].get("destinationStats").is_some() {
        drop_nulls(&mut message["state"]);
    }
    message
}

fn drop_nulls(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(drop_nulls);
    }
}

/// What the protocol allows of our messages, and nothing else.
fn protocol() -> &'static Validator {
    static PROTOCOL: LazyLock<Validator> = LazyLock::new(|| {
        let schema: Value = fixture("messages.json").parse().unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    &PROTOCOL
}

/// What is known of a stream while its messages pass by.
#[derive(Default)]
struct Stream<'m> {
    status: &'m str,
    records: u64,
    state: Option<&'m Value>,
}

/// STARTED → RUNNING → records and states → COMPLETE or INCOMPLETE, with states that count right.
pub(crate) fn check_order(messages: &[Value]) {
    let mut streams: HashMap<&str, Stream<'_>> = HashMap::new();
    for message in messages {
        if let Some(record) = message.get("record") {
            let stream = streams.entry(record["stream"].as_str().unwrap()).or_default();
            assert_eq!(stream.status, "RUNNING", "a record of a stream that does not run: {message}");
            stream.records += 1;
        } else if let Some(state) = message.get("state") {
            check_state(streams.entry(name(&state["stream"])).or_default(), state);
        } else if let Some(status) = message["trace"].get("stream_status") {
            check_status(streams.entry(name(status)).or_default(), status);
        }
    }
}

fn name(holder: &Value) -> &str {
    holder["stream_descriptor"]["name"].as_str().unwrap()
}

fn check_state<'m>(stream: &mut Stream<'m>, state: &'m Value) {
    assert!(["STARTED", "RUNNING"].contains(&stream.status), "a state of a stream that is closed: {state}");
    let count = &state["sourceStats"]["recordCount"];
    assert!(count.is_f64(), "the platform wants a decimal point: {state}");
    assert_eq!(*count, stream.records as f64, "{state}");
    let said = &state["stream"]["stream_state"];
    assert!(stream.records > 0 || stream.state != Some(said), "said twice: {state}");
    (stream.records, stream.state) = (0, Some(said));
}

fn check_status<'m>(stream: &mut Stream<'m>, status: &'m Value) {
    let next = status["status"].as_str().unwrap();
    if let Some(reasons) = status.get("reasons") {
        assert_eq!(next, "RUNNING", "{status}");
        assert_eq!(reasons[0]["type"], "RATE_LIMITED", "{status}");
        assert!(["STARTED", "RUNNING"].contains(&stream.status), "{status}");
        return;
    }
    let legal = match next {
        "STARTED" => stream.status.is_empty(),
        "RUNNING" => stream.status == "STARTED",
        "COMPLETE" | "INCOMPLETE" => {
            let told = stream.records == 0 && stream.state.is_some();
            told && ["STARTED", "RUNNING"].contains(&stream.status)
        }
        _ => false,
    };
    assert!(legal, "{status} after {:?} with {} records unsaid", stream.status, stream.records);
    stream.status = next;
}

/// Every stream that began has ended.
pub(crate) fn check_ends(messages: &[Value]) {
    let statuses = messages.iter().filter_map(|message| message["trace"].get("stream_status"));
    let last: HashMap<_, _> = statuses.map(|status| (name(status), status["status"].as_str().unwrap())).collect();
    for (stream, status) in last {
        assert!(["COMPLETE", "INCOMPLETE"].contains(&status), "{stream} ends as {status}");
    }
}
