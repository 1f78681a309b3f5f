//! Whether TikTok signed a call-back, and when. Pure.
//!
//! [?] docs/tiktok-api.md 8.1: the scheme is documented for call-backs of TikTok accounts. That call-backs of ad accounts
//! carry it is not confirmed, which is why the config has modes that do without.

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::config::WebhookOptions;
use crate::error::{Error, Result};

/// The header that holds moment and signature: `t=<epoch seconds>,s=<hex>`.
pub(crate) const SIGNATURE_HEADER: &str = "tiktok-signature";
/// TikTok repeats a call-back for so long (docs/tiktok-api.md 8.1). [?] A repeat may carry its first moment.
const REPEATS_MAX: TimeDelta = TimeDelta::hours(72);
/// The longest that a previous key is good.
const PREVIOUS_KEY_MAX: TimeDelta = TimeDelta::days(7);
/// Signatures that one header may hold.
const SIGNATURES_MAX: usize = 4;

/// What a signature comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    /// It is valid, but older than the tolerance: a repeat, or a replay.
    Late,
    Unsigned,
    Malformed,
    /// No key of ours made it.
    Wrong,
    TooOld,
    Future,
}

impl Verdict {
    /// What is the matter, as the end of a sentence.
    #[must_use]
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Valid => "the signature is valid",
            Self::Late => {
                "the signature is valid, but older than the tolerance: TikTok repeats a call-back for 72 hours"
            }
            Self::Unsigned => "there is no signature",
            Self::Malformed => "the signature does not read `t=<seconds>,s=<hex>`",
            Self::Wrong => "the signature was made with another key or for another body",
            Self::TooOld => "the signature is more than 72 hours old",
            Self::Future => "the moment of the signature is yet to come",
        }
    }

    #[must_use]
    pub(crate) fn is_valid(self) -> bool {
        matches!(self, Self::Valid | Self::Late)
    }
}

/// The keys that call-backs are verified with.
pub(crate) struct Keys {
    current: Option<hmac::Key>,
    previous: Option<(hmac::Key, DateTime<Utc>)>,
    tolerance: TimeDelta,
}

impl Keys {
    /// The keys of the config. The previous one is good for seven days from `now` at most.
    pub(crate) fn of(options: &WebhookOptions, now: DateTime<Utc>) -> Result<Self> {
        let previous = options.previous_signing_key.as_ref().zip(options.previous_key_until);
        if previous.as_ref().is_some_and(|(_, until)| until.0 > now + PREVIOUS_KEY_MAX) {
            return Err(Error::config("`webhooks.previous_key_until` is more than seven days from now")
                .advise("A key that was replaced is good for seven days at most; name an earlier moment."));
        }
        Ok(Self {
            current: options.signing_key.as_ref().map(key),
            previous: previous.map(|(secret, until)| (key(secret), until.0)),
            tolerance: TimeDelta::seconds(options.tolerance_seconds.into()),
        })
    }

    /// Judges the header of a call-back with this body that came `now`.
    #[must_use]
    pub(crate) fn judge(&self, header: Option<&str>, body: &[u8], now: DateTime<Utc>) -> Verdict {
        let Some(header) = header else { return Verdict::Unsigned };
        let Some(signature) = Signature::parse(header) else { return Verdict::Malformed };
        if !self.made(&signature, body, now) {
            return Verdict::Wrong;
        }
        let Some(made) = DateTime::from_timestamp(signature.seconds, 0) else { return Verdict::Malformed };
        match now.signed_duration_since(made) {
            age if age < -self.tolerance => Verdict::Future,
            age if age <= self.tolerance => Verdict::Valid,
            age if age <= REPEATS_MAX => Verdict::Late,
            _ => Verdict::TooOld,
        }
    }

    /// Whether a key of ours made it. Every comparison takes the same time, whatever differs.
    fn made(&self, signature: &Signature<'_>, body: &[u8], now: DateTime<Utc>) -> bool {
        let signed = [signature.moment.as_bytes(), b".", body].concat();
        let previous = self.previous.as_ref().filter(|(_, until)| now <= *until).map(|(key, _)| key);
        let keys = self.current.iter().chain(previous);
        let mut made = false;
        for key in keys {
            for tag in &signature.tags {
                made |= hmac::verify(key, &signed, tag).is_ok();
            }
        }
        made
    }
}

fn key(secret: &SecretString) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes())
}

/// 32 bytes in lower-case hexadecimal digits.
fn tag(hex: &str) -> Option<[u8; 32]> {
    let mut tag = [0; 32];
    const_hex::decode_to_slice(hex, &mut tag).ok()?;
    Some(tag)
}

/// A header in its parts.
struct Signature<'h> {
    /// The moment as it was written, which is what was signed.
    moment: &'h str,
    seconds: i64,
    tags: Vec<[u8; 32]>,
}

impl<'h> Signature<'h> {
    fn parse(header: &'h str) -> Option<Self> {
        let (mut moment, mut tags) = (None, Vec::new());
        for part in header.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            match name {
                "t" if moment.is_none() => moment = Some(value),
                "s" if tags.len() < SIGNATURES_MAX => tags.push(tag(value)?),
                "t" | "s" => return None,
                // Names that TikTok may add.
                _ => {}
            }
        }
        let moment = moment.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        (!tags.is_empty()).then_some(Self { moment, seconds: moment.parse().ok()?, tags })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::config::WebhookConfig;

    const NOW: i64 = 1_773_000_000;
    const BODY: &[u8] = br#"{"request_id":"r1"}"#;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn keys(until: i64) -> Result<Keys> {
        let config = json!({"webhooks": {"signing_key": "new", "previous_signing_key": "old",
            "previous_key_until": at(until).to_rfc3339()}});
        Keys::of(&WebhookConfig::parse(&config.to_string()).unwrap().webhooks, at(NOW))
    }

    fn header(secret: &str, moment: i64, body: &[u8]) -> String {
        let tag = hmac::sign(&key(&secret.into()), &[format!("{moment}.").as_bytes(), body].concat());
        format!("t={moment},s={}", tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    #[test]
    fn a_signature_is_judged_by_key_body_and_age() {
        let keys = keys(NOW + 3_600).unwrap();
        let hours = 3_600;
        for (secret, moment, expected) in [
            ("new", NOW, Verdict::Valid),
            ("old", NOW, Verdict::Valid),
            ("other", NOW, Verdict::Wrong),
            ("new", NOW - 300, Verdict::Valid),
            ("new", NOW - 301, Verdict::Late),
            ("new", NOW - 72 * hours, Verdict::Late),
            ("new", NOW - 72 * hours - 1, Verdict::TooOld),
            ("new", NOW + 300, Verdict::Valid),
            ("new", NOW + 301, Verdict::Future),
            ("other", NOW + 301, Verdict::Wrong),
        ] {
            assert_eq!(keys.judge(Some(&header(secret, moment, BODY)), BODY, at(NOW)), expected, "{secret} {moment}");
        }
        assert_eq!(keys.judge(Some(&header("new", NOW, b"{}")), BODY, at(NOW)), Verdict::Wrong);
        assert_eq!(keys.judge(None, BODY, at(NOW)), Verdict::Unsigned);
    }

    #[test]
    fn the_previous_key_ends_at_its_moment() {
        let keys = keys(NOW + 10).unwrap();
        let judged = |now| keys.judge(Some(&header("old", now, BODY)), BODY, at(now));
        assert_eq!((judged(NOW + 10), judged(NOW + 11)), (Verdict::Valid, Verdict::Wrong));
        assert!(super::tests::keys(NOW + 7 * 86_400).is_ok());
        assert!(super::tests::keys(NOW + 7 * 86_400 + 1).is_err());
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let keys = keys(NOW).unwrap();
        let good = header("new", NOW, BODY);
        for odd in
            ["", "t=1", "s=00", "t=x,s=00", "t=,s=", &format!("{good},t=1"), &good.replace("s=", "s=0"), "t=-1,s=", "ü"]
        {
            assert_eq!(keys.judge(Some(odd), BODY, at(NOW)), Verdict::Malformed, "{odd}");
        }
        assert_eq!(keys.judge(Some(&format!("{good}, v=2")), BODY, at(NOW)), Verdict::Valid);
        assert_eq!(keys.judge(Some(&format!("s={},{good}", "0".repeat(64))), BODY, at(NOW)), Verdict::Valid);
    }

    proptest! {
        #[test]
        fn a_changed_bit_is_noticed(at_byte in 0..BODY.len(), bit in 0..8_u8) {
            let mut body = BODY.to_vec();
            body[at_byte] ^= 1 << bit;
            prop_assert_eq!(keys(NOW).unwrap().judge(Some(&header("new", NOW, BODY)), &body, at(NOW)), Verdict::Wrong);
        }

        #[test]
        fn no_header_panics(header in ".{0,80}") {
            prop_assert!(!keys(NOW).unwrap().judge(Some(&header), BODY, at(NOW)).is_valid());
        }
    }
}
