//! Signatures of call-backs.

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;

use crate::config::WebhookOptions;
use crate::webhook::verify::Keys;

const SECRET: &str = "a key of sixteen";
const MOMENT: i64 = 1_773_000_000;

/// The first line is a header, the rest a body.
pub(super) fn signatures(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (header, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let now = DateTime::from_timestamp(MOMENT, 0).unwrap();
    let options = WebhookOptions { signing_key: Some(SECRET.into()), ..WebhookOptions::default() };
    let keys = Keys::of(&options, now).unwrap();
    is_taken(&keys, body, now);
    let Ok(header) = std::str::from_utf8(header) else { return };
    if keys.judge(Some(header), body, now).is_valid() {
        let moment = header.split(',').find_map(|part| part.trim().strip_prefix("t=")).expect("it has a moment");
        let made = signed(moment, body);
        let is_made = |part: &str| part.trim().strip_prefix("s=").is_some_and(|tag| tag.eq_ignore_ascii_case(&made));
        assert!(header.split(',').any(is_made), "only what the key made is valid");
        assert!((now.timestamp() - moment.parse::<i64>().unwrap()).abs() <= TimeDelta::hours(72).num_seconds());
    }
}

/// What the key made is valid, for this body and no other.
fn is_taken(keys: &Keys, body: &[u8], now: DateTime<Utc>) {
    let moment = MOMENT.to_string();
    let header = format!("t={moment},s={}", signed(&moment, body));
    assert!(keys.judge(Some(&header), body, now).is_valid());
    let other = [body, b" "].concat();
    assert!(!keys.judge(Some(&header), &other, now).is_valid());
    let later = header.replace(&moment, &(MOMENT + 1).to_string());
    assert!(!keys.judge(Some(&later), body, now).is_valid());
}

fn signed(moment: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    const_hex::encode(hmac::sign(&key, &[moment.as_bytes(), b".", body].concat()))
}
