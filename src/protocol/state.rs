//! States as a platform hands them in: a file that may be absent, empty, `[]`, one message or many.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{Error, Result};

/// The last state of each stream, as that stream once emitted it. Null states count as none.
pub type States = HashMap<String, Value>;

/// Reads what `--state` names. STREAM, GLOBAL and LEGACY messages are taken, extra keys too
/// (the platform adds `id`, PyAirbyte writes `global_`).
pub fn parse(text: &str) -> Result<States> {
    let mut states = States::new();
    if text.trim().is_empty() {
        return Ok(states);
    }
    let value = serde_json::from_str(text).map_err(|error| fault(format!("The state is not JSON: {error}")))?;
    match value {
        Value::Array(messages) => {
            for (at, message) in messages.iter().enumerate() {
                read_message(&format!("[{at}]"), message, &mut states)?;
            }
        }
        Value::Null => {}
        message => read_message("", &message, &mut states)?,
    }
    Ok(states)
}

fn read_message(at: &str, message: &Value, states: &mut States) -> Result<()> {
    // Airbyte's protocol buffer-like wrapper {"type": "STATE", "state": {…}}: a line of our own output.
    if message.get("type").and_then(Value::as_str) == Some("STATE") {
        return read_message(at, message.get("state").unwrap_or(&Value::Null), states);
    }
    let object = message
        .as_object()
        .ok_or_else(|| fault(format!("The state{at} must be an object; found {}", clip(message))))?;
    let given = |key: &str| object.get(key).filter(|value| !value.is_null());
    if let Some(stream) = given("stream") {
        read_stream(at, stream, states)
    } else if let Some(global) = given("global").or_else(|| given("global_")) {
        let streams = global.get("stream_states").and_then(Value::as_array);
        streams.into_iter().flatten().try_for_each(|stream| read_stream(at, stream, states))
    } else if let Some(data) = given("data").and_then(Value::as_object) {
        read_legacy(data, states);
        Ok(())
    } else if object.contains_key("type") {
        Err(fault(format!("The state{at} carries neither `stream` nor `global` nor `data`; found {}", clip(message))))
    } else {
        read_legacy(object, states);
        Ok(())
    }
}

fn read_stream(at: &str, stream: &Value, states: &mut States) -> Result<()> {
    let name = stream.pointer("/stream_descriptor/name").and_then(Value::as_str).ok_or_else(|| {
        fault(format!("The state{at} names no stream in `stream_descriptor.name`; found {}", clip(stream)))
    })?;
    match stream.get("stream_state") {
        None | Some(Value::Null) => {}
        Some(state @ Value::Object(_)) => {
            states.insert(name.to_owned(), state.clone());
        }
        Some(other) => {
            return Err(fault(format!("`stream_state` of stream `{name}` must be an object; found {}", clip(other))));
        }
    }
    Ok(())
}

/// The oldest form: one object, a key per stream.
fn read_legacy(data: &serde_json::Map<String, Value>, states: &mut States) {
    let objects = data.iter().filter(|(_, state)| state.is_object());
    states.extend(objects.map(|(name, state)| (name.clone(), state.clone())));
}

fn clip(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

fn fault(message: String) -> Error {
    Error::config(message).advise(
        "Pass the STATE messages of an earlier run unchanged, as a JSON array, or leave `--state` out to read \
         from the start.",
    )
}

#[cfg(test)]
mod tests {
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
        ] {
            assert_eq!(parse(&text).unwrap(), expected, "{text}");
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
            (r#"{"type":"STREAM"}"#, "The state carries neither"),
            (r#"{"type":"STREAM","stream":{}}"#, "The state names no stream in `stream_descriptor.name`"),
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
