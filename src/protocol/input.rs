//! Parses a destination's input: one line is one message, and a record's data stay unparsed.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A line of stdin.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    Record {
        stream: NamedStream<'a>,
        data: &'a RawValue,
    },
    /// A STATE's whole object, and its stream. `None`: it covers all streams.
    State {
        state: &'a RawValue,
        stream: Option<NamedStream<'a>>,
        /// Whether it says that a full refresh of the stream is done.
        is_last: bool,
    },
    /// The platform has sent a stream to its end, or says that it could not.
    Ended {
        stream: NamedStream<'a>,
        is_whole: bool,
    },
    /// A message that a destination ignores.
    Other,
    /// An empty line.
    Blank,
    /// Anything but a message.
    Noise,
    /// Invalid JSON that was meant to be a record or a state, so data is lost.
    Broken,
}

/// A stream's name and namespace.
#[derive(Debug, Deserialize)]
pub(crate) struct NamedStream<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Option<InputText<'a>>,
}

/// A string that is copied only if it holds escapes.
#[derive(Debug, Deserialize)]
struct InputText<'a>(#[serde(borrow)] Cow<'a, str>);

impl NamedStream<'_> {
    /// The namespace. Empty text means none.
    #[must_use]
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.namespace.as_ref().map(|InputText(text)| &**text).filter(|text| !text.is_empty())
    }
}

#[derive(Deserialize)]
struct InputMessage<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    record: Option<InputRecord<'a>>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow)]
    trace: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct InputRecord<'a> {
    #[serde(borrow)]
    stream: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Option<InputText<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct StateOf<'a> {
    #[serde(borrow, default)]
    stream: Option<Described<'a>>,
}

#[derive(Deserialize)]
struct Described<'a> {
    #[serde(borrow)]
    stream_descriptor: NamedStream<'a>,
    #[serde(borrow, default)]
    stream_state: Option<&'a RawValue>,
}

/// Keys of a state, set to true, that a source ends a full refresh with.
const LAST_STATES: [&str; 2] = ["__ab_full_refresh_sync_complete", "__ab_no_cursor_state_message"];

fn is_last(state: &RawValue) -> bool {
    LAST_STATES.iter().any(|key| state.get().contains(key))
        && fields(state).iter().any(|(name, value)| LAST_STATES.contains(&name.as_str()) && value.get() == "true")
}

#[derive(Deserialize)]
struct InputTrace<'a> {
    #[serde(borrow, default)]
    stream_status: Option<InputStatus<'a>>,
}

#[derive(Deserialize)]
struct InputStatus<'a> {
    status: String,
    #[serde(borrow)]
    stream_descriptor: NamedStream<'a>,
}

/// The types of messages that a destination ignores.
const OTHERS: [&str; 7] = ["LOG", "TRACE", "CONTROL", "SPEC", "CATALOG", "CONNECTION_STATUS", "DESTINATION_CATALOG"];

/// Parses one line. It accepts explicit nulls and unknown keys everywhere.
#[must_use]
pub(crate) fn parse(line: &str) -> Line<'_> {
    match serde_json::from_str::<InputMessage<'_>>(line) {
        Ok(message) => meant(message),
        Err(_) if line.contains("\"RECORD\"") || line.contains("\"STATE\"") => Line::Broken,
        Err(_) if line.trim().is_empty() => Line::Blank,
        Err(_) => Line::Noise,
    }
}

fn meant(message: InputMessage<'_>) -> Line<'_> {
    match (&*message.kind, message.record, message.state, message.trace) {
        ("RECORD", Some(record), ..) => {
            let stream = NamedStream { name: record.stream, namespace: record.namespace };
            Line::Record { stream, data: record.data.unwrap_or(RawValue::NULL) }
        }
        ("STATE", _, Some(state), _) => {
            let of = serde_json::from_str::<StateOf<'_>>(state.get()).ok().and_then(|state| state.stream);
            let is_last = of.as_ref().and_then(|stream| stream.stream_state).is_some_and(is_last);
            Line::State { state, stream: of.map(|stream| stream.stream_descriptor), is_last }
        }
        ("TRACE", .., Some(trace)) => ended(trace).unwrap_or(Line::Other),
        ("RECORD" | "STATE", ..) => Line::Broken,
        (kind, ..) if OTHERS.contains(&kind) => Line::Other,
        _ => Line::Noise,
    }
}

fn ended(trace: &RawValue) -> Option<Line<'_>> {
    let status = serde_json::from_str::<InputTrace<'_>>(trace.get()).ok()?.stream_status?;
    let is = |word: &str| status.status.eq_ignore_ascii_case(word);
    let is_whole = is("COMPLETE");
    (is_whole || is("INCOMPLETE")).then_some(Line::Ended { stream: status.stream_descriptor, is_whole })
}

/// A STATE's line with `destinationStats` added. Everything else stays as it came, including unknown keys: the platform
/// relies on its own `id`.
#[must_use]
pub(crate) fn echo(state: &RawValue, accepted: u64, rejected: u64) -> Vec<u8> {
    let mut line = b"{\"type\":\"STATE\",\"state\":{".to_vec();
    for (name, value) in fields(state).into_iter().filter(|(name, _)| name != "destinationStats") {
        line.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
        line.push(b':');
        line.extend_from_slice(value.get().as_bytes());
        line.push(b',');
    }
    line.extend_from_slice(
        format!("\"destinationStats\":{{\"recordCount\":{accepted}.0,\"rejectedRecordCount\":{rejected}.0}}}}}}\n")
            .as_bytes(),
    );
    line
}

fn fields(object: &RawValue) -> Vec<(String, &RawValue)> {
    struct Fields<'a>(Vec<(String, &'a RawValue)>);
    impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
        fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Vec<(String, &'de RawValue)>;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a state")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut fields = Vec::new();
                    while let Some(field) = map.next_entry()? {
                        fields.push(field);
                    }
                    Ok(fields)
                }
            }
            json.deserialize_map(Visitor).map(Fields)
        }
    }
    serde_json::from_str::<Fields<'_>>(object.get()).map_or_else(|_| Vec::new(), |fields| fields.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        assert!(matches!(
            parse(r#"{"type":"RECORD","record":{"namespace":null,"stream":"a\"b","data":{"x":1},"emitted_at":1.5e12,"meta":null},"state":null}"#),
            Line::Record { stream, data } if stream.name == "a\"b" && stream.namespace().is_none() && data.get() == r#"{"x":1}"#
        ));
        assert!(
            matches!(parse(r#"{"type":"RECORD","record":{"stream":"a","data":null}}"#), Line::Record { data, .. } if data.get() == "null")
        );
        assert!(matches!(
            parse(r#"{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"}},"id":1}}"#),
            Line::State { stream: Some(stream), .. } if stream.name == "s" && stream.namespace().is_none()
        ));
        assert!(matches!(
            parse(r#"{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s","namespace":"a\u0062"}}}}"#),
            Line::State { stream: Some(stream), .. } if stream.namespace() == Some("ab")
        ));
        for (namespace, expected) in [(r#""a""#, Some("a")), (r#""""#, None), ("null", None)] {
            let line = format!(r#"{{"type":"RECORD","record":{{"namespace":{namespace},"stream":"s","data":{{}}}}}}"#);
            assert!(matches!(parse(&line), Line::Record { stream, .. } if stream.namespace() == expected), "{line}");
        }
        assert!(matches!(
            parse(r#"{"type":"STATE","state":{"global_":{},"stream":null}}"#),
            Line::State { stream: None, .. }
        ));
        assert!(matches!(
            parse(r#"{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1.0,"stream_status":{"stream_descriptor":{"name":"s"},"status":"COMPLETE"}}}"#),
            Line::Ended { stream, is_whole: true } if stream.name == "s"
        ));
        for other in [r#"{"type":"LOG","log":{"level":"INFO","message":"x"}}"#, r#"{"type":"CONTROL"}"#] {
            assert!(matches!(parse(other), Line::Other), "{other}");
        }
        for blank in ["", "  ", "\r"] {
            assert!(matches!(parse(blank), Line::Blank), "{blank}");
        }
        for noise in [
            "hello",
            "[1]",
            "{}",
            "null",
            r#"{"type":"record","record":{"stream":"a","data":{}}}"#,
            "{'type': 'RECORD', 'record': {'stream': 'a', 'data': {}}}",
            r#"{"type":"REC"#,
        ] {
            assert!(matches!(parse(noise), Line::Noise), "{noise}");
        }
        for broken in [r#"{"type":"RECORD","record":{"stream":"a","da"#, r#"{"type":"RECORD"}"#, r#"{"type":"STATE"}"#]
        {
            assert!(matches!(parse(broken), Line::Broken), "{broken}");
        }
    }

    #[test]
    fn a_state_is_echoed_whole() {
        let state = r#"{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"n":12345678901234567890123}},"id":7,"destinationStats":null,"global_":null}"#;
        let raw: &RawValue = serde_json::from_str(state).unwrap();
        assert_eq!(
            String::from_utf8(echo(raw, 3, 1)).unwrap(),
            concat!(
                r#"{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"n":12345678901234567890123}},"id":7,"global_":null,"#,
                r#""destinationStats":{"recordCount":3.0,"rejectedRecordCount":1.0}}}"#,
                "\n"
            )
        );
    }
}
