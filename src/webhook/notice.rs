//! What a call-back tells: its name, and a row for each entry (docs/tiktok-api.md 8.1). Pure.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::about;
use crate::config::webhook::Entity;

/// The most characters of TikTok's own name for a call-back; a longer one is no name.
const REQUEST_ID_CHARS_MAX: usize = 128;

/// A call-back as the spool keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredNotice {
    /// What names the call-back, however often it comes.
    pub id: String,
    /// Epoch milliseconds.
    pub received_at: i64,
    pub late: bool,
    /// As it came.
    pub body: String,
}

/// What names a call-back: TikTok's `request_id`, or a print of the body without the subscription, which differs where
/// two subscriptions tell of one thing. `None`: it is no JSON object.
#[must_use]
pub(crate) fn name(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let named = match fields.get("request_id") {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    Some(named.filter(|id| !id.is_empty() && id.len() <= REQUEST_ID_CHARS_MAX).unwrap_or_else(|| {
        fields.remove("subscription_id");
        let digest = Sha256::digest(Value::Object(fields).to_string());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }))
}

/// A record of the stream webhook_events. Ids are numbers, as in other streams.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EventRow {
    pub event_id: String,
    received_at: String,
    late: bool,
    object: Option<i64>,
    pub entity: Option<&'static str>,
    event_time: Option<String>,
    pub advertiser_id: Option<i64>,
    campaign_id: Option<i64>,
    pub adgroup_id: Option<i64>,
    pub ad_id: Option<i64>,
    pub status: Option<String>,
    pub reject_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Box<RawValue>>,
}

impl EventRow {
    /// Without what people answered to forms: fields may have any name, so nothing of a lead is left but its place.
    #[must_use]
    pub(crate) fn without_persons(self) -> Self {
        if self.entity == Some(Entity::Lead.name()) {
            return Self { status: None, reject_reason: None, payload: None, ..self };
        }
        self
    }
}

/// The body, as far as it has the usual form.
#[derive(Default, Deserialize)]
struct Envelope<'b> {
    #[serde(borrow, default)]
    entry: Option<&'b RawValue>,
}

/// A call-back of which an entry is told.
struct Called<'n> {
    notice: &'n StoredNotice,
    body: &'n str,
    fields: Map<String, Value>,
}

/// The records of a call-back: one for each entry.
#[must_use]
pub(crate) fn rows(notice: &StoredNotice) -> Vec<EventRow> {
    // A line break in JSON is white space.
    let body = notice.body.trim().replace(['\n', '\r', '\t'], " ");
    let body = body.as_str();
    let envelope: Envelope<'_> = serde_json::from_str(body).unwrap_or_default();
    let entry = envelope.entry.map(as_json).unwrap_or_default();
    let entries: Vec<Box<RawValue>> = serde_json::from_str(&entry).unwrap_or_default();
    let one = entry.starts_with('{').then_some(&*entry);
    let called = Called { notice, body, fields: fields(body) };
    match (entries.as_slice(), one) {
        ([], None) => vec![row(&called, &called.fields, 0, body.to_owned())],
        ([], Some(entry)) => vec![row(&called, &fields(entry), 0, body.to_owned())],
        ([entry], _) => vec![row(&called, &fields(entry.get()), 0, body.to_owned())],
        (entries, _) => entries
            .iter()
            .enumerate()
            .map(|(at, entry)| row(&called, &fields(entry.get()), at, with_entry(body, entry)))
            .collect(),
    }
}

/// Entries, which may stand as text.
fn as_json(entry: &RawValue) -> Cow<'_, str> {
    match serde_json::from_str::<String>(entry.get()) {
        Ok(text) => Cow::Owned(text.trim().to_owned()),
        Err(_) => Cow::Borrowed(entry.get()),
    }
}

/// An entry of a call-back.
pub(super) struct Entry {
    pub event_id: String,
    pub fields: Map<String, Value>,
    /// When TikTok sent it.
    pub time: Option<String>,
}

/// What stands around the entries.
const AROUND: [&str; 5] = ["request_id", "object", "time", ENTRY, "subscription_id"];
const ENTRY: &str = "entry";

/// The entries of a call-back about leads; none if it is about something else. What has no form counts as an answer.
pub(super) fn leads(notice: &StoredNotice) -> Vec<Entry> {
    let mut body = fields(&notice.body);
    if !about::is_lead(&notice.body, &body) {
        return Vec::new();
    }
    let time = moment(body.get("time")).map(stamp);
    let entries = match body.remove(ENTRY).map(about::opened) {
        Some(Value::Array(entries)) if !entries.is_empty() => entries,
        Some(entry @ Value::Object(_)) => vec![entry],
        other => {
            body.retain(|name, _| !AROUND.contains(&name.as_str()));
            body.extend(other.and_then(answered).into_iter().flatten());
            if body.is_empty() { Vec::new() } else { vec![body.into()] }
        }
    };
    let entry = |(at, entry): (usize, Value)| {
        let fields = match about::opened(entry) {
            Value::Object(fields) => fields,
            other => answered(other)?,
        };
        Some(Entry { event_id: event_id(notice, at), fields, time: time.clone() })
    };
    entries.into_iter().enumerate().filter_map(entry).collect()
}

/// What stands in the place of an entry, as an answer; nothing, if it says nothing.
fn answered(entry: Value) -> Option<Map<String, Value>> {
    let says_nothing = entry.as_array().is_some_and(Vec::is_empty) || text(&entry).is_none();
    (!says_nothing).then(|| Map::from_iter([(ENTRY.to_owned(), entry)]))
}

fn event_id(notice: &StoredNotice, at: usize) -> String {
    format!("{}-{at}", notice.id)
}

/// When a receiver stored it.
pub(super) fn received(notice: &StoredNotice) -> String {
    stamp(DateTime::from_timestamp_millis(notice.received_at).unwrap_or_default())
}

fn fields(entry: &str) -> Map<String, Value> {
    match serde_json::from_str(entry).map(about::opened) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The body with one of its entries.
fn with_entry(body: &str, entry: &RawValue) -> String {
    let Ok(mut parts) = serde_json::from_str::<indexed::Fields>(body) else { return body.to_owned() };
    parts.replace("entry", &format!("[{}]", entry.get()));
    parts.text()
}

fn row(called: &Called<'_>, fields: &Map<String, Value>, at: usize, payload: String) -> EventRow {
    let Called { notice, body, fields: whole } = called;
    let of = |names: &[&str]| names.iter().find_map(|name| text(fields.get(*name)?));
    let id_of = |names: &[&str]| names.iter().find_map(|name| id(fields.get(*name)?));
    EventRow {
        event_id: event_id(notice, at),
        received_at: received(notice),
        late: notice.late,
        object: whole.get("object").and_then(about::number),
        entity: about::entity(body, whole, fields).map(Entity::name),
        event_time: moment(fields.get("status_change_time")).or_else(|| moment(whole.get("time"))).map(stamp),
        advertiser_id: id_of(&["advertiser_id", "adv_id"]),
        campaign_id: id_of(&["campaign_id"]),
        adgroup_id: id_of(&["adgroup_id"]),
        ad_id: id_of(&["ad_id"]),
        status: of(&["status", "review_status", "audit_status", "secondary_status"]),
        reject_reason: of(&["reject_reason", "suspension_reason"]),
        payload: RawValue::from_string(payload).ok(),
    }
}

/// An id is a number in some call-backs and text in others.
pub(super) fn id(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// What a value says as text; lists of reasons are kept as JSON.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

pub(super) fn stamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Thirteen digits are milliseconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

pub(super) fn moment(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let value = value?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    match number {
        Some(0) => None,
        Some(number) if number.abs() >= MILLISECONDS_FROM => DateTime::from_timestamp_millis(number),
        Some(number) => DateTime::from_timestamp(number, 0),
        None => value.as_str().and_then(crate::config::moment::parse).map(|moment| moment.0),
    }
}

/// An object whose values keep their text, so that no number is rounded.
mod indexed {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
    use serde_json::value::RawValue;

    pub(super) struct Fields(Vec<(String, String)>);

    impl Fields {
        pub(super) fn replace(&mut self, name: &str, text: &str) {
            self.0.iter_mut().filter(|(known, _)| known == name).for_each(|(_, value)| text.clone_into(value));
        }

        pub(super) fn text(&self) -> String {
            let name = |name: &String| serde_json::Value::from(name.as_str()).to_string();
            let fields: Vec<String> = self.0.iter().map(|(key, value)| format!("{}:{value}", name(key))).collect();
            format!("{{{}}}", fields.join(","))
        }
    }

    impl<'de> Deserialize<'de> for Fields {
        fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
            struct Visit;
            impl<'de> Visitor<'de> for Visit {
                type Value = Fields;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                    let mut fields = Vec::new();
                    while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                        fields.push((name, value.get().to_owned()));
                    }
                    Ok(Fields(fields))
                }
            }
            value.deserialize_map(Visit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(body: &str) -> StoredNotice {
        let id = name(body.as_bytes()).unwrap();
        StoredNotice { id, received_at: 1_773_000_000_500, late: false, body: body.to_owned() }
    }

    #[test]
    fn call_backs_become_rows() {
        let mut all = String::new();
        for body in [
            r#"{"request_id":"r1","object":3,"time":1773000000,"entry":[{"adv_id":7011111111111111111,"campaign_id":"1","adgroup_id":"2","ad_id":"3","reject_reason":"No"}]}"#,
            r#"{"request_id":"r2","object":2,"time":1773000000,"entry":[{"adv_id":"7","adgroup_id":2,"status":"REJECT","reject_reason":["a","b"]},{"adv_id":7011111111111111112}]}"#,
            r#"{"advertiser_id":"7","status":"STATUS_LIMIT","status_change_time":1773000001,"suspension_reason":"Fraud","subscription_id":"s1"}"#,
            r#"{"object":99,"entry":{"x":1}}"#,
            "{}",
        ] {
            for row in rows(&stored(body)) {
                all += &(serde_json::to_string(&row).unwrap() + "\n");
            }
        }
        insta::assert_snapshot!(all);
    }

    #[test]
    fn nothing_of_a_lead_is_told_but_its_place() {
        for body in [
            r#"{"object":1,"entry":[{"lead_id":"5","status":"secret","reject_reason":"secret","email":"secret"}]}"#,
            r#"{"object":"LEAD","entry":[{"review_status":"secret","suspension_reason":"secret"}]}"#,
            r#"{"object":1.0,"entry":{"audit_status":"secret"}}"#,
            r#"{"lead_id":"16","advertiser_id":"7","secondary_status":"secret"}"#,
            r#"{"object":1,"entry":"[{\"status\":\"secret\"},{\"status\":\"secret\"}]"}"#,
            r#"{"object":1,"entry":[{"advertiser_id":"secret","campaign_id":{"a":"secret"},"ad_id":["secret"]}]}"#,
        ] {
            for row in rows(&stored(body)) {
                let told = serde_json::to_string(&row.without_persons()).unwrap();
                assert!(told.contains("\"LEAD\"") && !told.contains("secret"), "{body}: {told}");
            }
        }
    }

    #[test]
    fn entries_may_stand_as_text() {
        let body = r#"{"object":3,"entry":"[{\"ad_id\":1,\"status\":\"a\"},{\"ad_id\":\"2\"}]"}"#;
        let ids: Vec<_> = rows(&stored(body)).into_iter().map(|row| row.ad_id).collect();
        assert_eq!(ids, [Some(1), Some(2)]);
    }

    #[test]
    fn a_call_back_has_one_name_and_no_object_none() {
        let of = |body: &str| name(body.as_bytes());
        assert_eq!(of(r#"{"request_id":"a","x":1}"#), of(r#"{"request_id":"a","x":2}"#));
        assert_eq!(of(r#"{"x":1,"subscription_id":"a"}"#), of(r#"{"subscription_id":"b", "x": 1}"#));
        assert_ne!(of(r#"{"x":1}"#), of(r#"{"x":2}"#));
        for odd in ["", "[]", "7", "{", "{}{}", "\u{0}"] {
            assert_eq!(of(odd), None, "{odd}");
        }
        assert_eq!(name(b"{\"a\":\"\xff\"}"), None);
    }
}
