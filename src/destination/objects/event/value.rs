//! One value as TikTok wants it: text where it wants text, numbers where it wants numbers. Pure.

use std::borrow::Cow;

use serde_json::value::RawValue;
use serde_json::{Number, Value};

use super::field::Form;
use super::ip::{self, NoIp};
use crate::destination::record::columns::{Given, given};
use crate::destination::record::fault::Fault;
use crate::identity::{self, Reject};
use crate::words;

/// A value in its form; `None` when there is nothing to send. Identifiers ([`super::person`]) and products
/// ([`super::products`]) are not here.
pub(crate) fn coerce(field: &'static str, form: Form, given: &Given<'_>) -> Result<Option<Value>, Fault> {
    let text = || scalar(field, given);
    let some = |text: &str| Ok((!text.is_empty()).then(|| Value::from(text)));
    match form {
        Form::Text | Form::Address | Form::Click => some(text()?),
        Form::Lower => some(&text()?.to_lowercase()),
        Form::Locale => locale(field, text()?),
        Form::Word(words) => word(field, text()?, words),
        Form::Currency => currency(field, text()?),
        Form::Ip => ip(field, &addresses(field, given)?),
        Form::Flag => flag(field, given),
        Form::Number | Form::Money => number(field, text()?),
        Form::Integer => integer(field, text()?),
        Form::Texts => texts(field, given),
        Form::Country => country(field, text()?),
        Form::Contents | Form::Hashed(_) | Form::Device { .. } | Form::Own(_) => Ok(None),
    }
}

/// The text of one value.
pub(crate) fn scalar<'g>(field: &'static str, given: &'g Given<'_>) -> Result<&'g str, Fault> {
    given.one().map(str::trim).ok_or_else(|| Fault::of_form(field, given))
}

fn invalid(field: &'static str, message: &'static str) -> Fault {
    Fault::new(Some(field), "invalid_value", message)
}

fn word(field: &'static str, text: &str, words: &'static [&'static str]) -> Result<Option<Value>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text)).ok_or_else(|| Fault {
        field: Some(field),
        reason: "invalid_value",
        message: format!("The value is none of {}.", words.join(", ")).into(),
    })?;
    Ok(Some(Value::from(*found)))
}

fn currency(field: &'static str, text: &str) -> Result<Option<Value>, Fault> {
    let code = text.to_ascii_uppercase();
    match code.as_str() {
        "" => Ok(None),
        code if super::currency::exists(code) => Ok(Some(Value::from(code))),
        _ => Err(Fault::new(
            Some(field),
            "invalid_currency",
            "The currency is no code of ISO 4217; write three letters such as USD.",
        )),
    }
}

fn country(field: &'static str, text: &str) -> Result<Option<Value>, Fault> {
    let code = identity::iso_code(text).ok_or_else(|| Fault::identifier(field, Reject::InvalidCountry));
    if text.is_empty() { Ok(None) } else { code.map(|code| Some(code.to_ascii_lowercase().into())) }
}

fn flag(field: &'static str, given: &Given<'_>) -> Result<Option<Value>, Fault> {
    let text = scalar(field, given)?;
    if text.is_empty() {
        return Ok(None);
    }
    let meant = words::yes_no(text).ok_or_else(|| invalid(field, "The value is neither true nor false."))?;
    Ok(Some(Value::Bool(meant)))
}

fn number(field: &'static str, text: &str) -> Result<Option<Value>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    // What JSON takes as a number keeps its form.
    let parsed = serde_json::from_str::<Number>(text).ok().or_else(|| Number::from_f64(text.parse().ok()?));
    parsed.map(|number| Some(Value::Number(number))).ok_or_else(|| {
        Fault::new(Some(field), "invalid_number", "Write a plain number, with a point and without a currency sign.")
    })
}

#[expect(clippy::cast_possible_truncation, reason = "whole numbers only")]
fn integer(field: &'static str, text: &str) -> Result<Option<Value>, Fault> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Some(Value::from(whole)));
    }
    match number(field, text)?.and_then(|number| number.as_f64()) {
        None => Ok(None),
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(Some(Value::from(number as i64))),
        Some(_) => Err(Fault::new(Some(field), "invalid_number", "The number must be whole.")),
    }
}

/// A list of JSON, JSON in a text column, or one value alone.
pub(crate) fn items<'g>(given: &'g Given<'_>) -> Option<Vec<Given<'g>>> {
    let raw = match given {
        Given::Json(raw) => raw,
        Given::Text(text) if text.trim_start().starts_with('[') => text.trim(),
        other => return Some(vec![other.clone()]),
    };
    if raw.starts_with('{') {
        return Some(vec![Given::Json(raw)]);
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    Some(items.into_iter().filter_map(|item| self::given(item.get())).collect())
}

fn texts(field: &'static str, given: &Given<'_>) -> Result<Option<Value>, Fault> {
    let items = items(given).ok_or_else(|| invalid(field, "The value is no list."))?;
    let texts: Result<Vec<&str>, Fault> = items.iter().map(|item| scalar(field, item)).collect();
    let texts: Vec<Value> = texts?.into_iter().filter(|text| !text.is_empty()).map(Value::from).collect();
    Ok((!texts.is_empty()).then(|| Value::Array(texts)))
}

/// Members that an object has room for at first.
const MEMBERS: usize = 8;

/// The members of a JSON object, each left as it is.
pub(crate) fn object(raw: &str) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    // A map would lose the order and a duplicate's place; both are the writer's own.
    struct Members;
    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::with_capacity(MEMBERS);
            while let Some((Name(name), value)) = map.next_entry()? {
                members.push((name, value));
            }
            Ok(members)
        }
    }
    use serde::de::Deserializer as _;
    let mut json = serde_json::Deserializer::from_str(raw);
    let members = json.deserialize_map(Members).ok()?;
    json.end().ok().map(|()| members)
}

/// A member's name, copied only where it holds escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A language and subtags (BCP 47); systems write it with an underscore.
fn locale(field: &'static str, text: &str) -> Result<Option<Value>, Fault> {
    let tag = text.replace('_', "-");
    let mut subtags = tag.split('-');
    let is_language = |tag: &str| (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match subtags.next().is_some_and(is_language) && subtags.all(is_subtag) {
        true => Ok(Some(Value::from(tag))),
        false if text.is_empty() => Ok(None),
        false => Err(Fault::new(Some(field), "invalid_locale", "Write a language tag such as en-US.")),
    }
}

/// One address, or a list of several in the order of the proxies.
fn addresses<'g>(field: &'static str, given: &'g Given<'_>) -> Result<Cow<'g, str>, Fault> {
    match given {
        Given::Json(_) => {
            let items = items(given).ok_or_else(|| Fault::of_form(field, given))?;
            let texts: Result<Vec<&str>, Fault> = items.iter().map(|item| scalar(field, item)).collect();
            Ok(texts?.join(",").into())
        }
        one => scalar(field, one).map(Cow::Borrowed),
    }
}

/// Only a public address tells TikTok anything.
fn ip(field: &'static str, text: &str) -> Result<Option<Value>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    match ip::first(text) {
        Ok(address) => Ok(Some(Value::from(address))),
        Err(NoIp::Unreadable) => Err(Fault::new(Some(field), "invalid_ip", "Write one IPv4 or IPv6 address.")),
        Err(NoIp::Private) => Err(Fault::new(Some(field), "private_ip", "The address is no public one.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(form: Form, raw: &str) -> String {
        let Some(given) = given(raw) else { return "null".into() };
        match coerce("f", form, &given) {
            Ok(Some(sent)) => serde_json::to_string(&sent).unwrap(),
            Ok(None) => "null".into(),
            Err(fault) => fault.reason.into(),
        }
    }

    #[test]
    fn values_take_the_form_that_tiktok_wants() {
        for (form, raw, expected) in [
            (Form::Text, r#""a""#, r#""a""#),
            (Form::Text, "7123456789012345678901", r#""7123456789012345678901""#),
            (Form::Text, "true", r#""true""#),
            (Form::Text, r#"" ""#, "null"),
            (Form::Text, "[1]", "invalid_value"),
            (Form::Lower, r#""São Paulo""#, r#""são paulo""#),
            (Form::Locale, r#""en_US""#, r#""en-US""#),
            (Form::Locale, r#""zh-Hant-TW""#, r#""zh-Hant-TW""#),
            (Form::Locale, r#""en_US.UTF-8""#, "invalid_locale"),
            (Form::Locale, r#""C""#, "invalid_locale"),
            (Form::Locale, r#""""#, "null"),
            (Form::Word(&["new", "returning"]), r#""New""#, r#""new""#),
            (Form::Word(&["new", "returning"]), r#""old""#, "invalid_value"),
            (Form::Currency, r#""usd""#, r#""USD""#),
            (Form::Currency, r#""Dollar""#, "invalid_currency"),
            (Form::Currency, r#""XXX""#, "invalid_currency"),
            (Form::Flag, r#""Yes""#, "true"),
            (Form::Flag, "0", "false"),
            (Form::Flag, r#""maybe""#, "invalid_value"),
            (Form::Number, r#""19.90""#, "19.9"),
            (Form::Number, "19.9", "19.9"),
            (Form::Number, r#"".5""#, "0.5"),
            (Form::Number, r#""1,299.00""#, "invalid_number"),
            (Form::Number, r#""NaN""#, "invalid_number"),
            (Form::Integer, r#""3""#, "3"),
            (Form::Integer, "3.0", "3"),
            (Form::Integer, "3.5", "invalid_number"),
            (Form::Texts, r#"["a",7,null]"#, r#"["a","7"]"#),
            (Form::Texts, r#""[\"a\",7]""#, r#"["a","7"]"#),
            (Form::Texts, r#""a""#, r#"["a"]"#),
            (Form::Texts, "7", r#"["7"]"#),
            (Form::Country, r#""United States""#, r#""us""#),
            (Form::Country, "276", r#""de""#),
            (Form::Country, r#""Absurdistan""#, "invalid_country"),
            (Form::Flag, "1.0", "true"),
            (Form::Ip, r#""8.8.8.8""#, r#""8.8.8.8""#),
            (Form::Ip, r#""2a00:1450:4001::1""#, r#""2a00:1450:4001::1""#),
            (Form::Ip, r#""192.168.1.7""#, "private_ip"),
            (Form::Ip, r#""8.8.8""#, "invalid_ip"),
            (Form::Ip, r#""8.8.8.8, 10.0.0.1""#, r#""8.8.8.8""#),
            (Form::Ip, r#"["10.0.0.1","8.8.8.8"]"#, r#""8.8.8.8""#),
            (Form::Ip, r#"[["8.8.8.8"]]"#, "invalid_value"),
        ] {
            assert_eq!(told(form, raw), expected, "{form:?} {raw}");
        }
    }
}
