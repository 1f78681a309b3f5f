//! Strict reading of query parameters: strings raw, everything else JSON (`docs/tiktok-api.md` 1.1).
//! Unknown parameters are ignored.

use crate::answer::Refusal;
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The decoded query; of a repeated parameter the first counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    pub(crate) fn parse(query: &str) -> Self {
        let mut map = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            map.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(map)
    }

    /// For the log.
    pub(crate) fn without_secret(&self) -> BTreeMap<String, String> {
        let shown = |(name, _): &(&String, &String)| !matches!(name.as_str(), "secret" | "client_secret");
        self.0.iter().filter(shown).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(crate) fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// A parameter that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Refuses the call with the names of all that are missing.
    pub(crate) fn require(&self, names: &[&str]) -> Result<(), Refusal> {
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.text(name).is_none()).collect();
        if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(&missing)) }
    }

    /// A decimal id.
    pub(crate) fn id(&self, name: &str) -> Result<Option<u64>, Refusal> {
        self.text(name).map(|value| id(name, value)).transpose()
    }

    /// A whole number within bounds; outside it is refused, not clamped [LIVE 70427355816].
    pub(crate) fn number(&self, name: &str, default: u64, bounds: RangeInclusive<u64>) -> Result<u64, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let number: i128 = text.parse().map_err(|_| Refusal::param(format!("{name}: Not a valid integer")))?;
        let (low, high) = (*bounds.start(), *bounds.end());
        match u64::try_from(number) {
            Ok(number) if bounds.contains(&number) => Ok(number),
            _ if high == u64::MAX => Err(Refusal::param(format!("{name}: Must be greater than or equal to {low}"))),
            _ => Err(Refusal::param(format!("{name}: Must be between {low} and {high}"))),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name) {
            None | Some("false" | "False") => Ok(false),
            Some("true" | "True") => Ok(true),
            Some(_) => Err(Refusal::param(format!("{name}: Not a valid boolean"))),
        }
    }

    /// One of a list of names.
    pub(crate) fn choice(&self, name: &str, valid: &[&str]) -> Result<Option<&str>, Refusal> {
        match self.text(name) {
            Some(value) if !valid.contains(&value) => Err(Refusal::choice(name, valid, value)),
            other => Ok(other),
        }
    }

    /// A calendar date `YYYY-MM-DD`.
    pub(crate) fn date(&self, name: &str) -> Result<Option<NaiveDate>, Refusal> {
        self.text(name).map(|value| date(name, value)).transpose()
    }

    /// A list of strings.
    pub(crate) fn strings(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        self.json(name)?.map(|value| strings(name, &value)).transpose()
    }

    /// A list of names out of a list of valid ones; the text tells which place is wrong.
    pub(crate) fn choices(&self, name: &str, valid: &[&str]) -> Result<Option<Vec<String>>, Refusal> {
        let list = self.strings(name)?;
        for (at, value) in list.iter().flatten().enumerate() {
            if !valid.contains(&value.as_str()) {
                return Err(Refusal::choice(&format!("{name}.{at}"), valid, value));
            }
        }
        Ok(list)
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, Refusal> {
        match self.json(name)? {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(Refusal::param(format!("{name}: Field must be set to object"))),
        }
    }

    pub(crate) fn array(&self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        match self.json(name)? {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(Refusal::param(format!("{name}: Field must be set to array"))),
        }
    }

    fn json(&self, name: &str) -> Result<Option<Value>, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let value = serde_json::from_str(text);
        value.map(Some).map_err(|_| Refusal::param(format!("{name}: Not a valid JSON")))
    }
}

/// A list of strings inside a JSON value.
pub(crate) fn strings(name: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().ok_or_else(|| Refusal::param(format!("{name}: Field must be set to array")))?;
    let text = |(at, item): (usize, &Value)| match item {
        Value::String(text) => Ok(text.clone()),
        _ => Err(Refusal::param(format!("{name}.{at}: Not a valid string"))),
    };
    list.iter().enumerate().map(text).collect()
}

pub(crate) fn id(name: &str, value: &str) -> Result<u64, Refusal> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let id = digits.then(|| value.parse().ok()).flatten();
    id.ok_or_else(|| Refusal::param(format!("{name}: Not a valid integer")))
}

pub(crate) fn date(name: &str, value: &str) -> Result<NaiveDate, Refusal> {
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok().filter(|_| value.len() == 10);
    date.ok_or_else(|| Refusal::param(format!("{name}: Not a valid date, expected YYYY-MM-DD")))
}

/// `YYYY-MM-DD HH:MM:SS`.
pub(crate) fn moment(name: &str, value: &str) -> Result<NaiveDateTime, Refusal> {
    NaiveDateTime::parse_from_str(value, "%Y-%m-%d %H:%M:%S")
        .map_err(|_| Refusal::param(format!("{name}: Not a valid datetime, expected YYYY-MM-DD HH:MM:SS")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::parse(query)
    }

    #[test]
    fn numbers_are_refused_not_clamped() {
        let call = params("page_size=1001&page=0&x=a");
        assert_eq!(call.number("page_size", 10, 1..=1000).unwrap_err().code, 40002);
        assert!(call.number("page", 1, 1..=u64::MAX).is_err());
        assert!(call.number("x", 1, 1..=9).is_err());
        assert_eq!(call.number("absent", 10, 1..=1000), Ok(10));
    }

    #[test]
    fn lists_are_json() {
        let call = params("a=%5B%22x%22%5D&b=%5B%27x%27%2C+%27y%27%5D&c=x&d=%5B1%5D&e={");
        assert_eq!(call.strings("a").unwrap().unwrap(), ["x"]);
        assert!(call.strings("b").is_err());
        assert!(call.strings("c").is_err() && call.strings("d").is_err());
        assert!(call.object("e").is_err() && call.object("a").is_err());
    }

    #[test]
    fn a_bad_choice_names_its_place_and_the_valid_ones() {
        let call = params("fields=%5B%22name%22%2C%22advertiser_name%22%5D");
        let refusal = call.choices("fields", &["name", "status"]).unwrap_err();
        assert_eq!(
            refusal.message,
            "fields.1: one or more value of the param is not acceptable, correct is \
             ['name', 'status'], error is advertiser_name"
        );
    }

    #[test]
    fn dates_are_real() {
        let call = params("a=2026-02-30&b=2026-2-3&c=2026-02-28");
        assert!(call.date("a").is_err() && call.date("b").is_err());
        assert!(call.date("c").unwrap().is_some());
    }

    #[test]
    fn missing_names_are_listed() {
        let refusal = params("a=&b=1").require(&["a", "b", "c"]).unwrap_err();
        assert_eq!(refusal.message, "Missing required field(s): a, c.");
    }
}
