//! JSON bodies of POSTs: the strict reading of small ones.

use crate::answer::Refusal;
use crate::assumptions::JSON_IS_REQUIRED;
use crate::call::Call;
use serde_json::{Map, Value};

/// Bodies up to this size are logged whole.
const LOGGED: usize = 16 << 10;

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
