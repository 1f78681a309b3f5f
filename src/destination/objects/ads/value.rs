//! What a field holds: a row's value or TikTok's own, in one form that can be compared. Pure.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// A value in the form of its field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Held {
    Text(String),
    Flag(bool),
    /// Amounts and numbers, as they were written.
    Number(Decimal),
    /// Ids or words; their order says nothing.
    Texts(Vec<String>),
    /// An object or a list of objects.
    Json(Value),
}

impl Held {
    /// Whether two values mean the same.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Texts(one), Self::Texts(two)) => sorted(one) == sorted(two),
            (Self::Json(one), Self::Json(two)) => covers(one, two) && covers(two, one),
            (one, two) => one == two,
        }
    }

    /// Whether TikTok's value says all that a row wants: TikTok adds to objects what was left out.
    #[must_use]
    pub(crate) fn says(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Json(all), Self::Json(some)) => covers(all, some),
            _ => self.is_same(wanted),
        }
    }

    /// As it goes out, and as results show it.
    #[must_use]
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => json_number(*number),
            Self::Texts(texts) => texts.clone().into(),
            Self::Json(json) => json.clone(),
        }
    }

    #[must_use]
    pub(crate) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    #[must_use]
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    #[must_use]
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::Texts(texts) => texts,
            _ => &[],
        }
    }
}

fn sorted(texts: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = texts.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Whether `all` says everything that `some` says; null, an empty text and an empty list say nothing.
#[must_use]
pub(crate) fn covers(all: &Value, some: &Value) -> bool {
    match (all, some) {
        (_, some) if is_nothing(some) => true,
        (Value::Object(all), Value::Object(some)) => {
            some.iter().all(|(name, value)| covers(all.get(name).unwrap_or(&Value::Null), value))
        }
        (Value::Array(all), Value::Array(some)) => {
            all.len() == some.len() && all.iter().zip(some).all(|(all, some)| covers(all, some))
        }
        (Value::Number(one), Value::Number(two)) => decimal(one) == decimal(two),
        (one, two) => one == two,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A JSON number as it was written.
#[must_use]
pub(crate) fn decimal(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok().map(|number| number.normalize())
}

fn json_number(number: Decimal) -> Value {
    let text = number.normalize().to_string();
    serde_json::from_str::<Number>(&text).map_or(Value::String(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_the_same_is_the_same() {
        let number = |text: &str| Held::Number(Decimal::from_str(text).unwrap());
        let texts = |all: &[&str]| Held::Texts(all.iter().map(|text| (*text).to_owned()).collect());
        for (one, two, same) in [
            (number("50"), number("50.00"), true),
            (number("0.1"), number("0.10000000001"), false),
            (texts(&["a", "b"]), texts(&["b", "a", "a"]), true),
            (texts(&["a"]), texts(&[]), false),
            (Held::Json(json!({"a": 1, "b": null})), Held::Json(json!({"a": 1.0, "c": ""})), true),
            (Held::Json(json!([{"a": 1}])), Held::Json(json!([{"a": 2}])), false),
            (Held::Text("x".into()), Held::Text("x ".into()), false),
        ] {
            assert_eq!(one.is_same(&two), same, "{one:?} {two:?}");
        }
    }

    #[test]
    fn amounts_go_out_as_they_were_written() {
        for text in ["50", "50.1", "0.07", "1234567.89", "99999999999.99"] {
            assert_eq!(Held::Number(Decimal::from_str(text).unwrap()).json().to_string(), text);
        }
        assert_eq!(decimal(&serde_json::from_str("0.07").unwrap()), Decimal::from_str("0.07").ok());
        assert_eq!(Held::Number(Decimal::from_str("50.00").unwrap()).json().to_string(), "50");
    }
}
