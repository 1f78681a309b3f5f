//! The envelope, the codes, and what a handler may answer (`docs/tiktok-api.md` 1.3–1.5).

use crate::assumptions::PARTIAL_MESSAGE;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a successful call returns.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The serialized `data`; empty if the envelope has none.
    pub(crate) data: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// 0, or 20001 when only a part was done.
    pub(crate) code: i64,
    /// The access token that it gives; for the log.
    pub(crate) issued: Option<String>,
}

impl From<Value> for Answer {
    fn from(data: Value) -> Self {
        data.to_string().into_bytes().into()
    }
}

impl From<Vec<u8>> for Answer {
    fn from(data: Vec<u8>) -> Self {
        Self { data, headers: Vec::new(), code: 0, issued: None }
    }
}

impl Answer {
    /// No `data` at all, as `/segment/mapping/` answers [GO model/dmp/segment_mapping.go].
    pub(crate) fn nothing() -> Self {
        Vec::new().into()
    }

    /// A part was not done.
    pub(crate) fn partial(data: Value) -> Self {
        Self { code: 20001, ..data.into() }
    }
}

/// A call that TikTok refuses: HTTP 200 with a code and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// 40002, the general validation error.
    pub(crate) fn param(message: impl Into<String>) -> Self {
        Self::new(40002, message)
    }

    /// 40002 with the names of what is missing.
    pub(crate) fn missing(names: &[&str]) -> Self {
        Self::param(format!("Missing required field(s): {}.", names.join(", ")))
    }

    /// 40002 in the style of a refused enum value: what is right, and what was sent
    /// [LIVE 70314896125, 70427355816].
    pub(crate) fn choice(name: &str, valid: &[&str], found: &str) -> Self {
        let valid: Vec<String> = valid.iter().map(|value| format!("'{value}'")).collect();
        Self::param(format!(
            "{name}: one or more value of the param is not acceptable, correct is [{}], error is {found}",
            valid.join(", ")
        ))
    }

    /// 40001 on an account.
    pub(crate) fn forbidden(advertiser: u64) -> Self {
        Self::new(40001, format!("No permission to operate advertiser: {advertiser}"))
    }
}

/// The result of a handler.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// The text TikTok sends with a code, where one is known.
pub(crate) fn canned(code: i64, advertiser: &str) -> String {
    match code {
        20001 => PARTIAL_MESSAGE.to_owned(),
        40016 => "The app-level limit of this endpoint has been reached.".to_owned(),
        40067 => "Your query is too large, please reduce the query size (e.g. fewer metrics or \
                  time range) and retry after a while."
            .to_owned(),
        40100 => "Too many requests. Please retry in some time.".to_owned(),
        40102 => "Access token has expired.".to_owned(),
        40104 => "Access token is null, you should set it in http header with key Access-Token.".to_owned(),
        40105 => "Access token is incorrect or has been revoked.".to_owned(),
        40133 => format!(
            "Advertiser ({advertiser})'s QPS (21) reaches QPS limit 20 for current path, request \
             is temporarily restricted."
        ),
        50000 => "System error.".to_owned(),
        50002 => "System time out.".to_owned(),
        51010 => "Internal service time out.".to_owned(),
        60001 => "The service is under maintenance.".to_owned(),
        other => format!("Simulated error {other}."),
    }
}

/// The body around `data`.
pub(crate) fn envelope(code: i64, message: &str, request_id: &str, data: &[u8]) -> Bytes {
    let mut body = Vec::with_capacity(data.len() + message.len() + 128);
    body.extend_from_slice(b"{\"code\":");
    body.extend_from_slice(code.to_string().as_bytes());
    body.extend_from_slice(b",\"message\":");
    body.extend_from_slice(Value::from(message).to_string().as_bytes());
    body.extend_from_slice(b",\"request_id\":\"");
    body.extend_from_slice(request_id.as_bytes());
    body.push(b'"');
    if !data.is_empty() {
        body.extend_from_slice(b",\"data\":");
        body.extend_from_slice(data);
    }
    body.push(b'}');
    body.into()
}

/// 34 upper-case characters that begin with the time [DOC 1740302781443073].
pub(crate) fn request_id(now: DateTime<Utc>) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let tail = crate::rng::mix(number, 0x10_9a) & 0xffff;
    format!("{}010115176{number:07X}{tail:04X}", now.format("%Y%m%d%H%M%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_have_the_documented_form() {
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let id = request_id(now);
        assert_eq!(id.len(), 34);
        assert!(id.starts_with("20"));
        assert_ne!(id, request_id(now));
    }

    #[test]
    fn envelope_is_json() {
        let body = envelope(40002, "a \"b\"", "R", b"{}");
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["message"], "a \"b\"");
        assert_eq!(value["code"], 40002);
    }
}
