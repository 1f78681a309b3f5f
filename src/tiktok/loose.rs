//! Lenient deserializers for values that TikTok sends in more than one form.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, SeqAccess, Unexpected, Visitor};
use serde_json::{Number, Value};
use std::fmt;
use std::marker::PhantomData;

/// The most seconds since 1970 that a number may mean (the year 5138). A larger number counts finer units.
const SECONDS_MAX: i64 = 100_000_000_000;

/// An integer, as a number or as text.
pub(crate) fn whole<'de, D: Deserializer<'de>, N: TryFrom<i64>>(value: D) -> Result<N, D::Error> {
    let value = Value::deserialize(value)?;
    let number = number(&value).and_then(|number| N::try_from(number).ok());
    number.ok_or_else(|| D::Error::invalid_type(what(&value), &"a whole number"))
}

/// An integer, or zero where there is none.
pub(crate) fn whole_or_zero<'de, D: Deserializer<'de>, N: TryFrom<i64> + Default>(value: D) -> Result<N, D::Error> {
    let number = number(&Value::deserialize(value)?);
    Ok(number.and_then(|number| N::try_from(number).ok()).unwrap_or_default())
}

/// Text, or a number as text. Anything else is `None`.
pub(crate) fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// An id: text that is not empty, or a number as text.
pub(crate) fn id<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    text(value)?.filter(|id| !id.is_empty()).ok_or_else(|| D::Error::custom("an id is missing"))
}

/// A time in seconds since 1970, or in milliseconds and finer units. Anything but a number is `None`.
pub(crate) fn moment<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    let mut moment = number(&Value::deserialize(value)?);
    while let Some(finer) = moment.filter(|moment| *moment > SECONDS_MAX) {
        moment = Some(finer / 1_000);
    }
    Ok(moment)
}

/// The readable elements of a list. It skips the others; anything but a list has none.
pub(crate) fn readable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(list: D) -> Result<Vec<T>, D::Error> {
    list.deserialize_any(Readable(PhantomData))
}

/// A readable value, or nothing.
pub(crate) fn readable_or_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    Either::deserialize(value).map(|either| either.0)
}

struct Readable<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Readable<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut readable = Vec::new();
        while let Some(one) = list.next_element::<Either<T>>()? {
            readable.extend(one.0);
        }
        Ok(readable)
    }
}

/// A readable value, or any other.
struct Either<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Either<T> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Form<T> {
            Right(T),
            Wrong(IgnoredAny),
        }
        Ok(match Form::deserialize(value)? {
            Form::Right(one) => Self(Some(one)),
            Form::Wrong(_) => Self(None),
        })
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => of_number(number),
        Value::String(text) => text.trim().parse().ok().or_else(|| of_number(&text.trim().parse().ok()?)),
        _ => None,
    }
}

fn of_number(number: &Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "no fraction, and far from the ends")]
    let of_float = |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
    number.as_i64().or_else(|| of_float(number.as_f64()?))
}

fn what(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(one) => Unexpected::Bool(*one),
        Value::Number(_) => Unexpected::Other("another number"),
        Value::String(_) => Unexpected::Other("text"),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct One {
        #[serde(default, deserialize_with = "text")]
        id: Option<String>,
        #[serde(default, deserialize_with = "moment")]
        at: Option<i64>,
    }

    #[test]
    fn numbers_come_as_numbers_or_as_text() {
        for (json, number) in [
            ("12", Some(12)),
            ("\"12\"", Some(12)),
            ("\" 12 \"", Some(12)),
            ("12.0", Some(12)),
            ("\"12.00\"", Some(12)),
            ("1.2e1", Some(12)),
            ("-1", None),
            ("12.5", None),
            ("\"\"", None),
            ("\"many\"", None),
            ("null", None),
            ("[12]", None),
            ("1e300", None),
        ] {
            let read: Result<u32, _> = whole(&mut serde_json::Deserializer::from_str(json));
            assert_eq!(read.ok(), number, "{json}");
            let read: Result<u32, _> = whole_or_zero(&mut serde_json::Deserializer::from_str(json));
            assert_eq!(read.ok(), Some(number.unwrap_or_default()), "{json}");
        }
    }

    #[test]
    fn moments_are_seconds_however_fine_they_come() {
        for (json, at) in [
            ("1700000000", Some(1_700_000_000)),
            ("1700000000123", Some(1_700_000_000)),
            ("\"1700000000123\"", Some(1_700_000_000)),
            ("1700000000123456", Some(1_700_000_000)),
            ("1700000000123456789", Some(1_700_000_000)),
            ("0", Some(0)),
            ("-5", Some(-5)),
            ("\"yesterday\"", None),
            ("{}", None),
        ] {
            let one: One = serde_json::from_str(&format!("{{\"at\":{json}}}")).unwrap();
            assert_eq!(one.at, at, "{json}");
        }
    }

    #[test]
    fn one_that_cannot_be_read_costs_itself_alone() {
        let of = |list: &str| readable::<_, One>(&mut serde_json::Deserializer::from_str(list)).unwrap();
        let ids: Vec<_> = of(r#"[{"id":7},null,{"id":"8"},7,{"id":{}},"x"]"#).into_iter().map(|one| one.id).collect();
        assert_eq!(ids, [Some("7".to_owned()), Some("8".to_owned()), None]);
        assert_eq!(of("null"), []);
    }
}
