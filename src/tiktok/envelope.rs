//! The envelope of every response: `{"code", "message", "request_id", "data"}` (docs/tiktok-api.md 1.3).
//!
//! One pass decodes the envelope and `data`, whatever the order of the keys. The code decides; the HTTP status counts
//! only when there is no envelope (docs/tiktok-api.md 1.4).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::space::Space;
use super::transport::Response;
use super::{broken, codes, loose};
use crate::error::{Error, Kind, LimitScope, Result};

/// Decodes `data`. It may run on a response that turns out to be an error, so it has no side effects.
pub(crate) trait Decode: Sync {
    type Out: Send;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error>;

    /// Decodes a whole response that is a success, for those who have a quicker way than [`Decode::decode`]. `None`: it
    /// is decoded as every other.
    fn at_once(&self, _text: &str) -> Option<Self::Out> {
        None
    }

    /// Keeps the response's share of the byte budget while the decoded rows wait. By default the share is free at once.
    fn keep(&self, _out: &mut Self::Out, _space: Space) {}

    /// The result of a success without `data`. `None`: `data` is required.
    fn absent(&self) -> Option<Self::Out> {
        None
    }
}

/// Checks for success only: some endpoints leave `data` out (docs/tiktok-api.md 1.3).
pub(crate) struct Accepted;

impl Decode for Accepted {
    type Out = ();

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<(), D::Error> {
        data.deserialize_ignored_any(IgnoredAny).map(drop)
    }

    fn absent(&self) -> Option<()> {
        Some(())
    }
}

/// Decodes `data` as a plain type.
pub(crate) struct Typed<T>(PhantomData<fn() -> T>);

impl<T> Default for Typed<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: DeserializeOwned + Send> Decode for Typed<T> {
    type Out = T;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<T, D::Error> {
        T::deserialize(data)
    }
}

/// Decodes a response into its `data`, or into the error that it tells.
pub(crate) fn read<T: Decode>(answer: &Response, decode: &T) -> Result<T::Out> {
    let text = text(&answer.body);
    if let Some(out) = decode.at_once(&text) {
        return Ok(out);
    }
    match parse(&text, decode) {
        Ok(envelope) => envelope.or(decode.absent()).verdict(),
        // The `data` of an error may differ from the `data` of a success.
        Err(cause) => match parse(&text, &Accepted) {
            Ok(envelope) if envelope.code != codes::OK => {
                envelope.verdict().and(Err(unreadable(answer.status, &text, cause)))
            }
            _ => Err(unreadable(answer.status, &text, cause)),
        },
    }
}

/// The `data` of a success, and nothing of anything else.
pub(crate) fn success<T: Decode>(text: &str, decode: &T) -> Option<T::Out> {
    parse(text, decode).ok()?.verdict().ok()
}

/// The body as text that every JSON reader accepts: without a byte order mark, and with U+FFFD for incomplete
/// characters.
fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    let halves = halves(text.as_bytes());
    if halves.is_empty() {
        return text;
    }
    let mut whole = text.into_owned();
    for at in halves {
        whole.replace_range(at..at + ESCAPE, "\\ufffd");
    }
    Cow::Owned(whole)
}

/// The length of `\u0000` in bytes.
const ESCAPE: usize = 6;

/// The positions of escaped halves of surrogate pairs whose other half is missing (RFC 8259, 8.2).
fn halves(text: &[u8]) -> Vec<usize> {
    let surrogate = |at: usize, kinds: std::ops::RangeInclusive<u16>| {
        let digits = text.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
        let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        kinds.contains(&unit).then_some(unit)
    };
    // An escaped backslash starts no escape.
    let begins =
        |at: usize| text.get(..at).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    let (mut halves, mut after) = (Vec::new(), 0);
    for at in memchr::memmem::find_iter(text, b"\\u") {
        if at < after || surrogate(at, 0xd800..=0xdfff).is_none() || !begins(at) {
            continue;
        }
        let pair = surrogate(at, 0xd800..=0xdbff).and(surrogate(at + ESCAPE, 0xdc00..=0xdfff));
        match pair {
            Some(_) => after = at + 2 * ESCAPE,
            None => halves.push(at),
        }
    }
    halves
}

struct Envelope<T> {
    code: i64,
    message: String,
    request_id: Option<String>,
    data: Option<T>,
}

impl<T> Envelope<T> {
    fn or(self, absent: Option<T>) -> Self {
        Self { data: self.data.or(absent), ..self }
    }

    fn verdict(self) -> Result<T> {
        let error = match (self.code, self.data) {
            (codes::OK, Some(data)) => return Ok(data),
            (codes::OK, None) => Error::new(Kind::Unexpected, "TikTok answered without `data`"),
            (code, _) => codes::error(code, &self.message),
        };
        Err(match self.request_id {
            Some(id) => error.with("request_id", id),
            None => error,
        })
    }
}

/// A number in the envelope.
#[derive(Deserialize)]
struct Number(#[serde(deserialize_with = "loose::whole")] i64);

/// A string in the envelope.
#[derive(Deserialize)]
struct Text(#[serde(deserialize_with = "loose::text")] Option<String>);

fn parse<T: Decode>(text: &str, decode: &T) -> serde_json::Result<Envelope<T::Out>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let envelope = json.deserialize_map(EnvelopeVisitor(decode))?;
    json.end()?;
    Ok(envelope)
}

/// The error of a response without a valid envelope, by its HTTP status.
fn unreadable(status: u16, text: &str, cause: serde_json::Error) -> Error {
    let start: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    let error = match (status, broken::fault(text, &cause)) {
        (413, _) => Error::new(Kind::TooLarge, "TikTok's servers take no request of this size (HTTP 413)"),
        (429, _) => Error::new(Kind::Throttled(LimitScope::App), "TikTok asks to slow down (HTTP 429)"),
        (500.., _) => {
            Error::new(Kind::Unavailable, format!("TikTok's servers failed: HTTP {status}, {}", what_came(text)))
        }
        (200, Some(fault)) => Error::new(Kind::Malformed, format!("TikTok's answer is broken: {fault}")),
        (200, None) => {
            Error::new(Kind::Network, format!("TikTok's answer is broken or not TikTok's: {}", what_came(text)))
        }
        _ => Error::new(
            Kind::Unexpected,
            format!("TikTok's answer is not what its documentation says: HTTP {status}, {}", what_came(text)),
        ),
    };
    error
        .with("http_status", status)
        .with("starts", format!("{start:?}"))
        .advise("Try again; if it stays so, look whether a proxy answers in TikTok's place.")
        .because(cause)
}

/// Describes what came instead of an envelope. It repeats no text, which may be personal data.
fn what_came(text: &str) -> &'static str {
    match text.trim_start().chars().next() {
        None => "an empty body",
        Some('<') => "a web page",
        Some('{') => "JSON that ends too early or is none",
        Some(_) => "no JSON object",
    }
}

struct EnvelopeVisitor<'a, T>(&'a T);

impl<'de, T: Decode> Visitor<'de> for EnvelopeVisitor<'_, T> {
    type Value = Envelope<T::Out>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TikTok's envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut code = None;
        let mut envelope = Envelope { code: codes::OK, message: String::new(), request_id: None, data: None };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "code" => code = Some(map.next_value::<Number>()?.0),
                "message" => envelope.message = map.next_value::<Text>()?.0.unwrap_or_default(),
                "request_id" => envelope.request_id = map.next_value::<Text>()?.0,
                "data" if code.is_none_or(|code| code == codes::OK) => {
                    envelope.data = Some(map.next_value_seed(DataSeed(self.0))?);
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        envelope.code = code.ok_or_else(|| A::Error::missing_field("code"))?;
        Ok(envelope)
    }
}

struct DataSeed<'a, T>(&'a T);

impl<'de, T: Decode> DeserializeSeed<'de> for DataSeed<'_, T> {
    type Value = T::Out;

    fn deserialize<D: Deserializer<'de>>(self, data: D) -> Result<T::Out, D::Error> {
        self.0.decode(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Data {
        a: u8,
    }

    fn answer(status: u16, body: &str) -> Response {
        Response { status, body: body.into(), cut: false, retry_after: None }
    }

    fn kind(status: u16, body: &str) -> Kind {
        read(&answer(status, body), &Typed::<Data>::default()).unwrap_err().kind()
    }

    #[test]
    fn data_is_read_in_any_order_of_keys() {
        for body in [
            r#"{"code":0,"message":"OK","request_id":"1","data":{"a":7}}"#,
            r#"{"data":{"a":7},"message":"ok","x":[1],"code":0}"#,
        ] {
            assert_eq!(read(&answer(200, body), &Typed::<Data>::default()).unwrap(), Data { a: 7 });
        }
    }

    #[test]
    fn the_code_decides_whatever_the_status_says() {
        assert!(read(&answer(500, r#"{"code":0,"data":{"a":7}}"#), &Typed::<Data>::default()).is_ok());
        assert_eq!(kind(200, r#"{"code":40105,"message":"m","data":{}}"#), Kind::Token);
        assert_eq!(kind(200, r#"{"data":{},"code":40100,"message":"m"}"#), Kind::Throttled(LimitScope::App));
        assert_eq!(kind(502, r#"{"code":40001,"message":null}"#), Kind::Permission);
        assert_eq!(kind(200, r#"{"code":77777,"message":"m","data":{"a":7}}"#), Kind::Unexpected);
        assert_eq!(kind(200, r#"{"code":20001,"message":"m","data":{"a":7}}"#), Kind::Partial);
        assert_eq!(kind(200, r#"{"code":0,"message":"m"}"#), Kind::Unexpected);
    }

    #[test]
    fn without_an_envelope_the_status_speaks() {
        assert_eq!(kind(502, "<html>Bad Gateway</html>"), Kind::Unavailable);
        assert_eq!(kind(429, ""), Kind::Throttled(LimitScope::App));
        assert_eq!(kind(404, "404 page not found"), Kind::Unexpected);
        assert_eq!(kind(200, r#"{"code":0,"message":"OK","data":{"a":"#), Kind::Network);
        assert_eq!(kind(200, r#"{"message":"OK","data":{"a":7}}"#), Kind::Malformed);
    }

    #[test]
    fn numbers_as_text_and_a_byte_order_mark_are_read() {
        for body in [
            r#"{"code":"0","message":"OK","data":{"a":7}}"#,
            "\u{feff}{\"code\":0.0,\"message\":7,\"request_id\":{},\"data\":{\"a\":7}}",
            r#"{"code":0,"message":["OK"],"request_id":null,"data":{"a":7}}"#,
        ] {
            assert_eq!(read(&answer(200, body), &Typed::<Data>::default()).unwrap(), Data { a: 7 }, "{body}");
        }
        assert_eq!(kind(200, r#"{"code":"40105","message":"m"}"#), Kind::Token);
        assert_eq!(kind(200, r#"{"code":null,"data":{"a":7}}"#), Kind::Malformed);
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let error = read(&answer(200, r#"{"code":0,"data":{"a":[1]}}"#), &Typed::<Data>::default()).unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::Malformed, "TikTok's answer is broken: `data.a` is a list"));
    }

    #[test]
    fn half_a_surrogate_pair_is_no_character() {
        for (body, whole) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\uD83Dx\udeab""#, r#""\ufffdx\ufffd""#),
            (r#""\ud83d\ud83d\udeab""#, r#""\ufffd\ud83d\udeab""#),
            (r#""\ud83d\udeab\udeab""#, r#""\ud83d\udeab\ufffd""#),
            (r#""\udeab\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\\ud83d \\\ud83d""#, r#""\\ud83d \\\ufffd""#),
            (r#""\u00e9\ud83d\u00e9""#, r#""\u00e9\ufffd\u00e9""#),
            (r#""\ud8"#, r#""\ud8"#),
        ] {
            assert_eq!(text(body.as_bytes()), whole, "{body}");
        }
        assert_eq!(text(b"\xef\xbb\xbf\"caf\xc3\""), "\"caf\u{fffd}\"", "a name cut in the middle of a character");
    }

    #[test]
    fn the_message_says_what_came_instead_and_repeats_no_text() {
        for (status, body, told) in [
            (200, "", "TikTok's answer is broken or not TikTok's: an empty body"),
            (200, " \n<!doctype html>Anna", "TikTok's answer is broken or not TikTok's: a web page"),
            (
                200,
                r#"{"code":0,"data":{"a":"#,
                "TikTok's answer is broken or not TikTok's: JSON that ends too early or is none",
            ),
            (502, "<html>Bad Gateway", "TikTok's servers failed: HTTP 502, a web page"),
            (404, "404 page not found", "TikTok's answer is not what its documentation says: HTTP 404, no JSON object"),
        ] {
            let error = read(&answer(status, body), &Typed::<Data>::default()).unwrap_err();
            assert_eq!(error.message(), told);
        }
    }

    #[test]
    fn a_success_without_data_is_one_where_none_is_wanted() {
        let answer = |body| read(&answer(200, body), &Accepted);
        assert!(answer(r#"{"code":0,"message":"OK"}"#).is_ok());
        assert!(answer(r#"{"code":0,"data":[]}"#).is_ok());
        assert!(answer(r#"{"code":40002,"message":"m"}"#).is_err());
    }

    #[test]
    fn the_request_id_is_kept() {
        let body = r#"{"code":50000,"message":"System error.","request_id":"2026X"}"#;
        let error = read(&answer(200, body), &Typed::<Data>::default()).unwrap_err();
        assert_eq!(error.context("request_id"), Some("2026X"));
    }

    proptest! {
        #[test]
        fn no_cut_answer_is_a_success(cut in 0_usize..53) {
            let whole = r#"{"code":0,"message":"OK","data":{"a":7},"request_id":""}"#;
            prop_assert!(read(&answer(200, &whole[..cut]), &Typed::<Data>::default()).is_err());
        }

        #[test]
        fn every_text_is_one_that_strict_readers_take(units in prop::collection::vec(0xd7f0_u16..0xe010, 0..8)) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let quoted = format!("\"{escaped}\"");
            prop_assert_eq!(serde_json::from_str::<String>(&text(quoted.as_bytes())).unwrap(), String::from_utf16_lossy(&units));
        }

        #[test]
        fn nothing_panics(status: u16, body: Vec<u8>) {
            let _ = read(&Response { status, body, cut: false, retry_after: None }, &Typed::<Data>::default());
        }
    }
}
