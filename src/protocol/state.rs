//! Parses the state file of a platform, which may be absent, empty, `[]`, one message or many.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::words::counted;

/// The last state of each stream, as that stream emitted it. Null states count as absent.
pub(crate) type States = HashMap<String, Value>;

type Object = Map<String, Value>;

/// How a message holds its states.
#[derive(Clone, Copy)]
enum StateForm {
    /// The state of one stream.
    Stream,
    /// A list of states.
    Streams,
    /// An object with a list of states.
    Global,
    /// An object with a key for each stream.
    Legacy,
}

/// The keys of the protocol, of PyAirbyte (`global_`) and of Airbyte's API and UI.
const FORMS: [(&str, StateForm); 7] = [
    ("stream", StateForm::Stream),
    ("global", StateForm::Global),
    ("global_", StateForm::Global),
    ("streamState", StateForm::Streams),
    ("globalState", StateForm::Global),
    ("data", StateForm::Legacy),
    ("state", StateForm::Legacy),
];
/// The names of one key in the protocol and in Airbyte's API.
const DESCRIPTOR: [&str; 2] = ["stream_descriptor", "streamDescriptor"];
const STREAM_STATE: [&str; 2] = ["stream_state", "streamState"];
const STREAM_STATES: [&str; 2] = ["stream_states", "streamStates"];
/// The keys that name the kind of a message.
const KINDS: [&str; 2] = ["type", "stateType"];
/// The keys of a stream's own state, which means nothing without the stream's name.
const OWN: [&str; 6] = ["states", "state", "use_global_cursor", "lookback_window", "partition", "cursor"];

/// Parses the file that `--state` names. It accepts STREAM, GLOBAL and LEGACY messages, extra keys, and the states that
/// Airbyte's API and UI show for a connection.
pub(crate) fn parse(text: &str) -> Result<States> {
    let mut states = States::new();
    if text.trim().is_empty() {
        return Ok(states);
    }
    match serde_json::from_str(text).map_err(|error| no_json(text, &error))? {
        Value::Array(messages) => {
            for (at, message) in messages.iter().enumerate() {
                read_message(&format!("[{at}]"), message, &mut states)?;
            }
        }
        message => read_message("", &message, &mut states)?,
    }
    Ok(states)
}

/// Whether a state has content. Null, `{}` and the placeholder of Airbyte's framework for a missing cursor have none.
#[must_use]
pub(crate) fn says_something(state: &Value) -> bool {
    state.as_object().is_some_and(|state| state.keys().any(|key| !key.starts_with("__ab_")))
}

fn read_message(at: &str, message: &Value, states: &mut States) -> Result<()> {
    if message.is_null() {
        return Ok(());
    }
    let message = object(&format!("The state{at}"), message)?;
    // The wrapper {"type": "STATE", "state": {…}}: a line of our own output.
    if message.get("type").and_then(Value::as_str) == Some("STATE") {
        let none = || fault(format!("The state{at} is a STATE without `state`; found {}", clip_object(message)));
        return read_message(at, message.get("state").ok_or_else(none)?, states);
    }
    if get(message, DESCRIPTOR).is_some() {
        return read_stream(at, message, states);
    }
    let kind = get(message, KINDS);
    let known = |key: &str| key != "state" || kind.is_some();
    let given: Vec<_> = FORMS.into_iter().filter(|(key, _)| known(key) && message.contains_key(*key)).collect();
    let full = given.iter().find_map(|(key, form)| Some((key, form, message.get(*key).filter(|one| !one.is_null())?)));
    match (full, kind) {
        (Some((key, form, value)), _) => read_form(&format!("{at}.{key}"), *form, value, states),
        (None, Some(kind)) if given.is_empty() && kind != "not_set" => {
            let what = clip_object(message);
            Err(fault(format!("The state{at} carries neither `stream` nor `global` nor `data`; found {what}")))
        }
        (None, None) if given.is_empty() => read_legacy(at, message, states),
        (None, _) => Ok(()),
    }
}

fn read_form(at: &str, form: StateForm, value: &Value, states: &mut States) -> Result<()> {
    let what = format!("The state{at}");
    match form {
        StateForm::Stream => read_stream(at, object(&what, value)?, states),
        StateForm::Streams => read_list(at, value, states),
        StateForm::Legacy => read_legacy(at, object(&what, value)?, states),
        StateForm::Global => {
            let global = object(&what, value)?;
            let shared = |key: &String| ["shared_state", "sharedState"].contains(&key.as_str());
            match get(global, STREAM_STATES) {
                Some(list) => read_list(&format!("{at}.stream_states"), list, states),
                None if global.keys().all(|key| shared(key) || STREAM_STATES.contains(&key.as_str())) => Ok(()),
                None => Err(fault(format!("{what} has no `stream_states`; found {}", clip(value)))),
            }
        }
    }
}

fn read_list(at: &str, list: &Value, states: &mut States) -> Result<()> {
    let list = list.as_array().ok_or_else(|| fault(format!("The state{at} must be a list; found {}", clip(list))))?;
    list.iter().enumerate().try_for_each(|(number, one)| {
        let at = format!("{at}[{number}]");
        read_stream(&at, object(&format!("The state{at}"), one)?, states)
    })
}

fn read_stream(at: &str, stream: &Object, states: &mut States) -> Result<()> {
    let found = || clip_object(stream);
    let name = get(stream, DESCRIPTOR).and_then(|descriptor| descriptor.get("name")).and_then(Value::as_str);
    let name = name.ok_or_else(|| {
        fault(format!("The state{at} names no stream in `stream_descriptor.name`; found {}", found()))
    })?;
    match get(stream, STREAM_STATE) {
        // It replaces an earlier state of the same stream.
        None if stream.len() == 1 || STREAM_STATE.iter().any(|key| stream.contains_key(*key)) => {
            states.remove(name);
        }
        None => {
            return Err(fault(format!("The state{at} of stream `{name}` has no `stream_state`; found {}", found())));
        }
        Some(state @ Value::Object(_)) => {
            states.insert(name.to_owned(), state.clone());
        }
        Some(other) => {
            return Err(fault(format!("`stream_state` of stream `{name}` must be an object; found {}", clip(other))));
        }
    }
    Ok(())
}

/// The oldest form: one object with a key per stream.
fn read_legacy(at: &str, data: &Object, states: &mut States) -> Result<()> {
    if let Some(own) = data.keys().find(|key| OWN.contains(&key.as_str())) {
        let found = clip_object(data);
        return Err(fault(format!("The state{at} has `{own}`, but does not say of which stream; found {found}")));
    }
    for (name, state) in data.iter().filter(|(_, state)| !state.is_null()) {
        object(&format!("The state{at} of stream `{name}`"), state)?;
        states.insert(name.clone(), state.clone());
    }
    Ok(())
}

/// The value under one of these names. Null counts as absent.
fn get<'o>(object: &'o Object, names: [&str; 2]) -> Option<&'o Value> {
    names.into_iter().find_map(|name| object.get(name)).filter(|value| !value.is_null())
}

fn object<'v>(what: &str, value: &'v Value) -> Result<&'v Object> {
    value.as_object().ok_or_else(|| fault(format!("{what} must be an object; found {}", clip(value))))
}

fn clip_object(object: &Object) -> String {
    clip(&Value::Object(object.clone()))
}

fn clip(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

/// The error of invalid JSON. It recognises several JSON values in one file.
fn no_json(text: &str, error: &serde_json::Error) -> Error {
    let values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>().take_while(Result::is_ok).count();
    if values < 2 {
        return fault(format!("The state is not JSON: {error}"));
    }
    Error::config(format!("The state is {} one after the other, such as lines of a run", counted(values, "JSON value")))
        .advise(
            "Put the STATE lines into one JSON array: `grep '\"type\":\"STATE\"' records.jsonl | jq --slurp .` does.",
        )
}

fn fault(message: String) -> Error {
    Error::config(message).advise(
        "Pass the STATE messages of an earlier run unchanged, as a JSON array, or leave `--state` out to read \
         from the start.",
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let expected = States::from([("ads".to_owned(), serde_json::json!({"a": 1}))]);
        let stream = r#"{"stream_descriptor":{"name":"ads"},"stream_state":{"a":1}}"#;
        for text in [
            format!(
                r#"[{{"type":"STREAM","stream":{stream},"id":4,"global_":null,"sourceStats":{{"recordCount":1.0}}}}]"#
            ),
            format!(r#"{{"type":"STREAM","stream":{stream}}}"#),
            format!(r#"{{"type":"STATE","state":{{"type":"STREAM","stream":{stream}}}}}"#),
            format!(r#"[{{"type":"GLOBAL","global":{{"shared_state":null,"stream_states":[{stream}]}}}}]"#),
            format!(r#"[{{"global_":{{"stream_states":[{stream}]}}}}]"#),
            r#"{"type":"LEGACY","data":{"ads":{"a":1}}}"#.to_owned(),
            r#"{"ads":{"a":1}}"#.to_owned(),
            r#"{"ads":{"a":1},"campaigns":null}"#.to_owned(),
            format!(r#"[{stream}]"#),
            API.to_owned(),
            format!("[{API}]"),
            r#"[{"streamDescriptor":{"name":"ads"},"streamState":{"a":1}}]"#.to_owned(),
            r#"{"stateType":"global","connectionId":"c","globalState":{"shared_state":{},"streamStates":[{"streamDescriptor":{"name":"ads"},"streamState":{"a":1}}]}}"#.to_owned(),
            r#"{"stateType":"legacy","state":{"ads":{"a":1}},"streamState":null}"#.to_owned(),
        ] {
            assert_eq!(parse(&text).unwrap(), expected, "{text}");
        }
    }

    /// What Airbyte's API tells of a connection, and its UI shows.
    const API: &str = r#"{"stateType":"stream","connectionId":"c","streamState":[{"streamDescriptor":{"name":"ads","namespace":null},"streamState":{"a":1}}],"globalState":null}"#;

    #[test]
    fn a_state_of_another_protocol_is_refused() {
        let singer = r#"{"type":"STATE","value":{"bookmarks":{"ads":{"a":1}}}}"#;
        let error = parse(singer).unwrap_err();
        assert!(error.message().starts_with("The state is a STATE without `state`; found {"), "{error}");
    }

    #[test]
    fn the_last_state_of_a_stream_counts() {
        let one =
            |state: &str| format!(r#"{{"stream":{{"stream_descriptor":{{"name":"ads"}},"stream_state":{state}}}}}"#);
        let all = |first: &str, last: &str| parse(&format!("[{},{}]", one(first), one(last))).unwrap();
        assert_eq!(all(r#"{"a":1}"#, r#"{"a":2}"#)["ads"]["a"], 2);
        assert!(all(r#"{"a":1}"#, "null").is_empty(), "a state that was reset is none");
    }

    /// The places of all values in it.
    pub(crate) fn pointers(value: &Value) -> Vec<String> {
        let below = |key: &str, value: &Value| {
            pointers(value).into_iter().map(|rest| format!("/{key}{rest}")).collect::<Vec<_>>()
        };
        let deeper: Vec<String> = match value {
            Value::Object(fields) => fields.iter().flat_map(|(key, value)| below(key, value)).collect(),
            Value::Array(all) => all.iter().enumerate().flat_map(|(at, value)| below(&at.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        [String::new()].into_iter().chain(deeper).collect()
    }

    #[test]
    fn no_slip_is_taken_for_no_state() {
        let stream = r#"{"stream_descriptor":{"name":"ads"},"stream_state":{"a":1}}"#;
        for good in [
            format!(r#"[{{"type":"STREAM","stream":{stream}}}]"#),
            format!(r#"[{{"type":"GLOBAL","global":{{"stream_states":[{stream}]}}}}]"#),
            r#"{"type":"LEGACY","data":{"ads":{"a":1}}}"#.to_owned(),
            API.to_owned(),
        ] {
            let good: Value = serde_json::from_str(&good).unwrap();
            for pointer in pointers(&good) {
                for wrong in
                    [serde_json::json!(7), "x".into(), true.into(), serde_json::json!([1]), serde_json::json!({"a": 1})]
                {
                    let mut slipped = good.clone();
                    *slipped.pointer_mut(&pointer).unwrap() = wrong;
                    let read = parse(&slipped.to_string());
                    assert!(read.is_err() || read.is_ok_and(|states| !states.is_empty()), "{slipped}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_no_state() {
        for text in [
            "",
            "  \n",
            "[]",
            "null",
            "{}",
            "[null]",
            "[{}]",
            r#"{"ads":null}"#,
            r#"{"type":"LEGACY","data":{}}"#,
            r#"{"type":"LEGACY","data":null}"#,
            r#"{"type":"STREAM","stream":null,"global_":null,"data":null}"#,
            r#"{"type":"GLOBAL","global":{"shared_state":{"x":1},"stream_states":null}}"#,
            r#"{"type":"STATE","state":null}"#,
            r#"{"stateType":"not_set","connectionId":"c"}"#,
            r#"{"stateType":"stream","streamState":null}"#,
            r#"{"stateType":"stream","streamState":[]}"#,
            r#"{"stream_descriptor":{"name":"ads"}}"#,
            r#"[{"type":"STREAM","stream":{"stream_descriptor":{"name":"ads"},"stream_state":null}}]"#,
        ] {
            assert_eq!(parse(text).unwrap(), States::new(), "{text}");
        }
    }

    #[test]
    fn faults_say_what_was_found_where() {
        for (text, start) in [
            ("{", "The state is not JSON: "),
            ("[7]", "The state[0] must be an object; found 7"),
            ("7", "The state must be an object; found 7"),
            ("\"text\"", "The state must be an object; found \"text\""),
            ("[[]]", "The state[0] must be an object; found []"),
            (r#"{"type":"STREAM"}"#, "The state carries neither"),
            (r#"{"stateType":"stream"}"#, "The state carries neither"),
            (
                r#"{"states":"what"}"#,
                "The state has `states`, but does not say of which stream; found {\"states\":\"what\"}",
            ),
            (
                r#"{"use_global_cursor":false,"states":[]}"#,
                "The state has `use_global_cursor`, but does not say of which",
            ),
            (
                r#"{"stat_time_day":"2024-01-01"}"#,
                "The state of stream `stat_time_day` must be an object; found \"2024",
            ),
            (r#"{"type":"LEGACY","data":"text"}"#, "The state.data must be an object; found \"text\""),
            (r#"{"type":"LEGACY","data":{"ads":[1]}}"#, "The state.data of stream `ads` must be an object; found [1]"),
            (r#"{"type":"GLOBAL","global":[]}"#, "The state.global must be an object; found []"),
            (r#"{"global":{"streams":[]}}"#, "The state.global has no `stream_states`; found {\"streams\":[]}"),
            (
                r#"[{"global":{"stream_states":{"ads":{}}}}]"#,
                "The state[0].global.stream_states must be a list; found {",
            ),
            (r#"{"global":{"stream_states":[7]}}"#, "The state.global.stream_states[0] must be an object; found 7"),
            (r#"{"streamState":{"ads":{}}}"#, "The state.streamState must be a list; found {"),
            (r#"{"stream":[]}"#, "The state.stream must be an object; found []"),
            (
                r#"{"stream":{"stream_descriptor":{"name":"ads"},"state":{}}}"#,
                "The state.stream of stream `ads` has no `stream_state`",
            ),
            ("{\"ads\":{}}\n{\"ads\":{}}\n", "The state is 2 JSON values one after the other, such as lines of a run"),
            ("{\"ads\":{}}\n{\"ads\"", "The state is not JSON: "),
            (r#"{"type":"STREAM","stream":{}}"#, "The state.stream names no stream in `stream_descriptor.name`"),
            (
                r#"{"type":"STREAM","stream":{"stream_descriptor":{"name":"ads"},"stream_state":"x"}}"#,
                "`stream_state` of stream `ads` must be an object; found \"x\"",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message().starts_with(start), "{error}");
        }
    }
}
