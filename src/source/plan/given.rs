//! A stream's state as it was given → its cursors, or what is wrong with it. Pure.

use serde_json::{Map, Value};

use super::reread::{self, Kept};
use crate::error::{Error, Result};
use crate::source::record::timestamp::Timestamp;

type Object = Map<String, Value>;

/// How a cursor is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `YYYY-MM-DD`
    Day,
    /// `YYYY-MM-DD HH:MM:SS`
    Hour,
    /// `YYYY-MM-DD HH:MM:SSZ`
    Utc,
}

/// What the state of a stream looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<'s> {
    pub stream: &'s str,
    /// The cursor's name.
    pub field: &'static str,
    pub notation: Notation,
    /// What a parent's id is called, where the rows of each go on apart.
    pub parent: Option<&'static str>,
}

/// What a state says.
#[derive(Default)]
pub(crate) struct Given {
    pub partitions: Vec<GivenPartition>,
    /// From forms that know one cursor for all.
    pub global_cursor: Option<Timestamp>,
}

/// What it says of a partition.
pub(crate) struct GivenPartition {
    /// As it was given, unknown keys in it, too.
    pub key: Value,
    pub cursor: Timestamp,
    pub kept: Option<Kept>,
}

/// Keys that may stand in a state beside its cursors. What Airbyte's framework says of itself begins with `__ab_`.
const BESIDE: [&str; 6] = ["states", "state", "use_global_cursor", "lookback_window", "parent_state", "dimensions"];

impl Form<'_> {
    /// Reads every form that Airbyte's connector ever emitted. What is none of them is a fault: a state that is taken
    /// for none reads everything again.
    pub(crate) fn read(&self, state: &Value) -> Result<Given> {
        let state = self.object("stream_state", state)?;
        let for_all = self.flag(state)?;
        let mut given = Given::default();
        match state.get("states").filter(|states| !states.is_null()) {
            None => given.global_cursor = self.overlapping(state)?.or(self.stamp(self.field, state.get(self.field))?),
            Some(states) => {
                given.partitions = self.partitions(states)?;
                if for_all {
                    given.global_cursor = self.overlapping(state)?;
                }
            }
        }
        let own = |key: &str| key == self.field && state.get("states").is_none_or(Value::is_null);
        let beside = |key: &&String| own(key) || BESIDE.contains(&key.as_str()) || key.starts_with("__ab_");
        match state.keys().find(|key| !beside(key)).filter(|_| given.says_nothing()) {
            Some(key) => Err(self.fault(key, state.get(key), &format!("a cursor `{}`", self.field))),
            None => Ok(given),
        }
    }

    fn flag(&self, state: &Object) -> Result<bool> {
        match state.get("use_global_cursor") {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            other => Err(self.fault("use_global_cursor", other, "true or false")),
        }
    }

    fn partitions(&self, states: &Value) -> Result<Vec<GivenPartition>> {
        let list = states.as_array().ok_or_else(|| self.fault("states", Some(states), "a list"))?;
        let all = list.iter().enumerate().map(|(at, entry)| self.partition(&format!("states[{at}]"), entry));
        all.filter_map(Result::transpose).collect()
    }

    fn partition(&self, at: &str, entry: &Value) -> Result<Option<GivenPartition>> {
        let entry = self.object(at, entry)?;
        let path = format!("{at}.partition");
        let key = entry.get("partition").ok_or_else(|| self.fault(&path, None, "an object with `advertiser_id`"))?;
        let ids = self.object(&path, key)?;
        for name in ["advertiser_id"].into_iter().chain(self.parent) {
            if ids.get(name).and_then(id).is_none() {
                return Err(self.fault(&format!("{path}.{name}"), ids.get(name), "an id in digits"));
            }
        }
        let cursor = self.cursor(&format!("{at}.cursor"), entry.get("cursor"))?;
        let kept = entry.get("cursor").and_then(|cursor| cursor.get(reread::FIELD)).and_then(Kept::read);
        Ok(cursor.map(|cursor| GivenPartition { key: key.clone(), cursor, kept }))
    }

    /// The cursor of all advertisers is the latest of theirs. One that was read early in that sync has changed since,
    /// so its seconds, `lookback_window`, are read again.
    fn overlapping(&self, state: &Object) -> Result<Option<Timestamp>> {
        let seconds = match state.get("lookback_window") {
            None | Some(Value::Null) => 0,
            Some(seconds) => seconds
                .as_u64()
                .ok_or_else(|| self.fault("lookback_window", Some(seconds), "a whole number of seconds"))?,
        };
        Ok(self.cursor("state", state.get("state"))?.map(|latest| latest.earlier(seconds)))
    }

    /// `{field: text}`; null and `{}` are none.
    fn cursor(&self, at: &str, holder: Option<&Value>) -> Result<Option<Timestamp>> {
        let Some(holder) = holder.filter(|holder| !holder.is_null()) else { return Ok(None) };
        let fields = self.object(at, holder)?;
        match fields.get(self.field) {
            None if !fields.is_empty() => {
                Err(self.fault(at, Some(holder), &format!("an object with `{}`", self.field)))
            }
            text => self.stamp(&format!("{at}.{}", self.field), text),
        }
    }

    /// A missing or empty text is none.
    fn stamp(&self, at: &str, text: Option<&Value>) -> Result<Option<Timestamp>> {
        match text {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) if Timestamp::parse(text.as_bytes()).is_some_and(Timestamp::is_real) => {
                Ok(Timestamp::parse(text.as_bytes()))
            }
            other => Err(self.fault(at, other, self.notation.example())),
        }
    }

    fn object<'v>(&self, at: &str, value: &'v Value) -> Result<&'v Object> {
        value.as_object().ok_or_else(|| self.fault(at, Some(value), "an object"))
    }

    fn fault(&self, at: &str, found: Option<&Value>, expected: &str) -> Error {
        let found = found.map_or_else(|| "nothing".to_owned(), |value| value.to_string().chars().take(60).collect());
        let stream = self.stream;
        Error::config(format!("The state of stream `{stream}` has {found} as `{at}`, which should be {expected}"))
            .advise("Pass the last STATE unchanged, or reset the stream's state to read it from the start.")
    }
}

impl Given {
    fn says_nothing(&self) -> bool {
        self.partitions.is_empty() && self.global_cursor.is_none()
    }
}

/// An id as text; states have it as a number, too. One that a float has rounded is none.
pub(crate) fn id(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.clone()),
        Value::Number(id) => id.as_u64().map(|id| id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::state::tests::pointers;

    const STORES: Form<'_> =
        Form { stream: "gmv", field: "stat_time_day", notation: Notation::Day, parent: Some("store_id") };

    #[test]
    fn no_slip_is_taken_for_no_state() {
        let cursor = json!({"stat_time_day": "2026-01-02"});
        let partition = json!({"advertiser_id": "1", "store_id": "2"});
        for good in [
            json!({"use_global_cursor": false, "states": [{"partition": partition, "cursor": cursor}]}),
            json!({"use_global_cursor": true, "state": cursor, "lookback_window": 3}),
            cursor.clone(),
        ] {
            assert!(!STORES.read(&good).unwrap().says_nothing(), "{good}");
            for pointer in pointers(&good) {
                for wrong in [json!(7), json!(7e18), json!("x"), json!(true), json!([1]), json!({"a": 1})] {
                    let mut slipped = good.clone();
                    *slipped.pointer_mut(&pointer).unwrap() = wrong;
                    let read = STORES.read(&slipped);
                    assert!(read.is_err() || read.is_ok_and(|given| !given.says_nothing()), "{slipped}");
                }
            }
        }
    }

    #[test]
    fn a_parent_has_an_id() {
        let state = |key: Value| json!({"states": [{"partition": key, "cursor": {"stat_time_day": "2026-01-02"}}]});
        for (key, found) in
            [(json!({"advertiser_id": "1"}), "nothing"), (json!({"advertiser_id": 1, "store_id": 7e18}), "7e+18")]
        {
            let error = STORES.read(&state(key)).err().unwrap();
            assert!(error.message().contains(&format!("has {found} as `states[0].partition.store_id`")), "{error}");
        }
    }
}
