//! JSON bodies of POSTs: what can be told from one at a glance, and the strict reading of small ones.

use crate::answer::Refusal;
use crate::assumptions::JSON_IS_REQUIRED;
use crate::call::Call;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Bodies up to this size are logged whole.
const LOGGED: usize = 16 << 10;

/// For whom a body is and how much is in it; all that can be told without checking it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brief {
    pub(crate) advertiser: Option<String>,
    pub(crate) rows: Option<usize>,
}

#[derive(serde::Deserialize)]
struct Head {
    advertiser_id: Option<String>,
    advertiser_ids: Option<Vec<String>>,
    batch_data: Option<Count>,
    data: Option<Count>,
}

impl Brief {
    pub(crate) fn of(body: &[u8]) -> Self {
        let Ok(head) = serde_json::from_slice::<Head>(body) else {
            return Self::default();
        };
        let first = head.advertiser_ids.and_then(|ids| ids.into_iter().next());
        Self { advertiser: head.advertiser_id.or(first), rows: head.batch_data.or(head.data).map(|count| count.0) }
    }
}

/// The length of an array.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Counter).map(Count)
    }
}

struct Counter;

impl<'de> Visitor<'de> for Counter {
    type Value = usize;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while rows.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// A small body as a value, for the log.
pub(crate) fn logged(body: &[u8]) -> Option<Value> {
    let small = !body.is_empty() && body.len() <= LOGGED;
    small.then(|| serde_json::from_slice(body).ok()).flatten()
}

/// Refuses a call whose body is not JSON by its head, too long, or no object by its first byte.
pub(crate) fn check(call: &Call, max: usize) -> Result<(), Refusal> {
    let kind = call.content_type.as_deref().unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if JSON_IS_REQUIRED && !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::param("The Content-Type of the request must be application/json."));
    }
    if call.body.len() > max {
        let text = format!("The request body is too large: {} bytes, at most {max}.", call.body.len());
        return Err(Refusal::param(text));
    }
    match call.body.trim_ascii_start().first() {
        Some(b'{') => Ok(()),
        _ => Err(malformed()),
    }
}

pub(crate) fn malformed() -> Refusal {
    Refusal::param("The request body is not a valid JSON object.")
}

/// A small body; `null` is as good as absent.
pub(crate) fn object(call: &Call, max: usize) -> Result<Map<String, Value>, Refusal> {
    check(call, max)?;
    let mut object: Map<String, Value> = serde_json::from_slice(&call.body).map_err(|_| malformed())?;
    object.retain(|_, value| !value.is_null());
    Ok(object)
}

/// A string that must be there and not be empty.
pub(crate) fn text<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, Refusal> {
    match body.get(name) {
        None => Err(Refusal::missing(&[name])),
        Some(Value::String(text)) if text.is_empty() => Err(Refusal::missing(&[name])),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Refusal::param(format!("{name}: Not a valid string"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_is_had_from_any_body() {
        let brief = Brief::of(br#"{"batch_data":[[{}],[{}]],"advertiser_ids":["7","8"],"x":1}"#);
        assert_eq!((brief.advertiser.as_deref(), brief.rows), (Some("7"), Some(2)));
        assert_eq!(Brief::of(br#"{"advertiser_id":"9"}"#).advertiser.as_deref(), Some("9"));
        assert_eq!(Brief::of(br#"{"event_source":"web","data":[{},{},{}]}"#).rows, Some(3));
        for body in ["", "[]", "{", r#"{"batch_data":1}"#] {
            assert!(Brief::of(body.as_bytes()).rows.is_none(), "{body}");
        }
    }
}
