//! A record → one event of `/event/track/` (tiktok-api.md 6.1), or why it is none. Pure.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Number, Value};
use url::Url;

use super::field::{FIELDS, FieldDef, Form, Group, Place, at};
use super::value::{self, Members, Sent};
use super::{id, person, time};
use crate::config::destination::EventSource;
use crate::destination::columns::{Given, Record};
use crate::destination::fault::Fault;
use crate::destination::identity::Rules;

const EVENT: usize = at("event");
const EVENT_TIME: usize = at("event_time");
const EVENT_ID: usize = at("event_id");
const SOURCE: usize = at("event_source");
const SOURCE_ID: usize = at("event_source_id");
const TEST_CODE: usize = at("test_event_code");
const LIMITED: usize = at("limited_data_use");
const PROPERTIES: usize = at("properties");
const CONTENT_ID: usize = at("content_id");
const COUNTRY: usize = at("country");
const PAGE_URL: usize = at("page_url");
const CLICK_ID: usize = at("ttclid");

const NO_EVENT: Fault = Fault::new(Some("event"), "event_missing", "The row does not name its event.");
const NO_SOURCE_ID: Fault = Fault::new(
    Some("event_source_id"),
    "event_source_id_missing",
    "Neither the row nor the config says which pixel, app or event set the event is for.",
);
const NO_PAGE: Fault = Fault::new(Some("page_url"), "page_url_missing", "A web event needs the page's address.");
const NO_APP: Fault = Fault::new(Some("app_id"), "app_id_missing", "An app event needs the app's id.");
const NO_DEVICE: Fault = Fault::new(Some("gaid"), "device_missing", "An app event needs `idfa`, `idfv` or `gaid`.");
const NO_BUYER: Fault =
    Fault::new(Some("email"), "identifier_missing", "An offline event needs an e-mail address or a phone number.");
const NO_LEAD: Fault = Fault::new(Some("lead_id"), "lead_id_missing", "A CRM event needs the lead's id.");

/// What a stream's rows need not say.
#[derive(Debug)]
pub struct Defaults {
    /// What sets its derived ids apart from those of other streams.
    pub stream: String,
    pub source: EventSource,
    pub source_id: Option<Arc<str>>,
    /// The config's id with its source, for rows that are of another source than their stream.
    pub elsewhere: Option<(EventSource, Arc<str>)>,
    pub event: Option<String>,
    pub test_event_code: Option<Arc<str>>,
    pub limited_data_use: bool,
}

impl Defaults {
    /// The id for a source: one of another kind would only be refused.
    fn source_id(&self, source: EventSource) -> Option<Arc<str>> {
        let elsewhere = || self.elsewhere.as_ref().filter(|(of, _)| *of == source).map(|(_, id)| id);
        self.source_id.as_ref().filter(|_| source == self.source).or_else(elsewhere).cloned()
    }
}

/// Where an event goes. Events of one target leave together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    pub source: EventSource,
    pub id: Arc<str>,
    /// Test events are never mixed with live ones.
    pub test_event_code: Option<Arc<str>>,
}

/// An event ready to be sent.
pub struct Event<'r> {
    pub target: Target,
    /// Whether the row itself names the pixel, app or event set.
    pub own_target: bool,
    pub name: &'r str,
    pub id: Cow<'r, str>,
    /// The JSON object.
    pub body: Vec<u8>,
    /// Fields that held something which is no value of theirs.
    pub left_out: Vec<Fault>,
}

/// Reads an event. `data` is what `record` was read from, `now` is in epoch seconds; `check_name` judges the name.
pub fn event<'r>(
    record: &'r Record<'_>,
    data: &str,
    defaults: &'r Defaults,
    rules: &Rules,
    now: i64,
    check_name: impl FnOnce(&str, EventSource) -> Result<(), Fault>,
) -> Result<Event<'r>, Fault> {
    let text = |field| record.at(field).map(Given::text).map(str::trim).filter(|text| !text.is_empty());
    let source = source(text(SOURCE), defaults)?;
    let name = text(EVENT).or(defaults.event.as_deref()).ok_or(NO_EVENT)?;
    check_name(name, source)?;
    let seconds = time::read(text(EVENT_TIME).unwrap_or_default())?;
    time::check_age(seconds, now, source)?;
    let source_id = text(SOURCE_ID);
    let target = Target {
        source,
        id: source_id.map(Arc::from).or_else(|| defaults.source_id(source)).ok_or(NO_SOURCE_ID)?,
        test_event_code: text(TEST_CODE).map(Arc::from).or_else(|| defaults.test_event_code.clone()),
    };
    let event_id = text(EVENT_ID).map_or_else(
        || id::of_key(&defaults.stream, &record.keys).unwrap_or_else(|| id::of_row(&defaults.stream, data)).into(),
        Cow::Borrowed,
    );

    let mut body = Body::open(name, seconds, &event_id);
    let mut filling = Filling { record, source, rules, left_out: Vec::new() };
    filling.groups(&mut body)?;
    filling.properties(&mut body)?;
    if matches!(source, EventSource::Web | EventSource::App) {
        limited(record.at(LIMITED), defaults, &mut body)?;
    }
    body.check_needs(source, &filling.left_out)?;
    Ok(Event {
        target,
        own_target: source_id.is_some(),
        name,
        id: event_id,
        body: body.close(),
        left_out: filling.left_out,
    })
}

fn source(own: Option<&str>, defaults: &Defaults) -> Result<EventSource, Fault> {
    let Some(own) = own else { return Ok(defaults.source) };
    let found = EventSource::ALL.into_iter().find(|source| source.name().eq_ignore_ascii_case(own));
    found.ok_or(Fault::new(Some("event_source"), "invalid_value", "The source is none of web, app, offline, crm."))
}

fn limited(given: Option<&Given<'_>>, defaults: &Defaults, body: &mut Body) -> Result<(), Fault> {
    let own = given.map(|given| value::coerce("limited_data_use", Form::Flag, given)).transpose()?.flatten();
    if let Some(limited) = own.or(defaults.limited_data_use.then_some(Value::Bool(true).into())) {
        body.member("limited_data_use", &limited);
    }
    Ok(())
}

/// Fills an event's objects from a record.
struct Filling<'r, 'a> {
    record: &'r Record<'a>,
    source: EventSource,
    rules: &'r Rules,
    left_out: Vec<Fault>,
}

impl Filling<'_, '_> {
    /// Every object but `properties`.
    fn groups(&mut self, body: &mut Body) -> Result<(), Fault> {
        for (place, field) in FIELDS.iter().enumerate() {
            let given = self.record.at(place);
            // Most fields are empty, so this is asked first.
            if given.is_none() && place != CLICK_ID {
                continue;
            }
            let Place::In(group, name) = field.place else { continue };
            if group == Group::Properties || !field.sources.contains(&self.source) || body.holds(group, name) {
                continue;
            }
            match (given, field.form) {
                // Text goes as it is, without a copy.
                (Some(given), Form::Text) => {
                    let text = value::scalar(field.name, given)?;
                    if !text.is_empty() {
                        body.put(group, name, text);
                    }
                }
                (Some(given), _) => {
                    if let Some(sent) = self.value(field, given)? {
                        body.put(group, name, &sent);
                    }
                }
                (None, _) => {
                    if let Some(click) = self.click_id() {
                        body.put(group, name, &click);
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, field: &'static FieldDef, given: &Given<'_>) -> Result<Option<Sent>, Fault> {
        match field.form {
            Form::Hashed(_) | Form::Device { .. } => {
                let country = self.record.at(COUNTRY).map(Given::written);
                let rules = (self.rules, country);
                Ok(person::identify(field.name, field.form, given, rules, &mut self.left_out).map(Sent::Value))
            }
            // An address or a language that tells nothing is no reason to lose the event.
            Form::Ip | Form::Locale => Ok(value::coerce(field.name, field.form, given).unwrap_or_else(|fault| {
                self.left_out.push(fault);
                None
            })),
            form => value::coerce(field.name, form, given),
        }
    }

    /// The click's id, as TikTok hangs it to the address of the page that an ad leads to.
    fn click_id(&self) -> Option<Value> {
        let page = self.record.at(PAGE_URL)?.text();
        let page = page.contains("ttclid=").then(|| Url::parse(page.trim()).ok())??;
        let (_, id) = page.query_pairs().find(|(name, id)| name == "ttclid" && !id.is_empty())?;
        Some(Value::from(id))
    }

    /// The columns, then what `properties` holds, then what follows from these.
    fn properties(&mut self, body: &mut Body) -> Result<(), Fault> {
        let mut all = Members::default();
        for (place, field) in FIELDS.iter().enumerate() {
            if let (Some(given), Place::In(Group::Properties, name)) = (self.record.at(place), field.place)
                && let Some(value) = self.value(field, given)?
            {
                all.set(name.into(), value);
            }
        }
        if let Some(given) = self.record.at(PROPERTIES) {
            own_properties(given)?.0.into_iter().for_each(|(name, value)| all.set(name, value));
        }
        if all.get("contents").is_none()
            && all.get("content_ids").is_none()
            && let Some(one) = self.record.at(CONTENT_ID)
            && let Some(ids) = value::coerce("content_id", Form::Texts, one)?
        {
            all.set("content_ids".into(), ids);
        }
        if all.get("value").is_none()
            && let Some(worth) = all.get("contents").and_then(worth)
        {
            all.set("value".into(), worth.into());
        }
        if !all.0.is_empty() {
            body.member(Group::Properties.name(), &all);
        }
        Ok(())
    }
}

/// What the column `properties` holds: an object, or the text of one.
fn own_properties(given: &Given<'_>) -> Result<Members, Fault> {
    let raw = match given {
        Given::Json(raw) => raw,
        other => other.text().trim(),
    };
    if raw.is_empty() {
        return Ok(Members::default());
    }
    let no_object = Fault::new(Some("properties"), "invalid_value", "Write the properties as a JSON object.");
    let members = value::object(raw).ok_or(no_object)?;
    value::merge("properties", members, |name| {
        let known =
            FIELDS.iter().find(|field| field.place == Place::In(Group::Properties, field.name) && field.name == name);
        known.map(|field| (field.name, field.form))
    })
}

/// Price × quantity over all contents; nothing when one of them has no price, for a part of a sum is no sum.
fn worth(contents: &Sent) -> Option<Value> {
    let Sent::Objects(contents) = contents else { return None };
    let (mut sum, mut digits) = (0.0, 0);
    for content in contents {
        let number = |name| match content.get(name) {
            Some(Sent::Value(Value::Number(number))) => Some(number),
            _ => None,
        };
        let price = number("price")?;
        sum += price.as_f64()? * number("quantity").map_or(Some(1.0), Number::as_f64)?;
        digits = digits.max(price.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len()));
    }
    // Rounded to the digits of the prices, so that 3 × 0.1 is 0.3.
    let rounded: f64 = format!("{sum:.digits$}").parse().ok()?;
    serde_json::Number::from_f64(rounded).map(Value::Number)
}

/// The event's JSON while it is written: whole members first, then object after object.
struct Body {
    json: Vec<u8>,
    open: Option<Group>,
    /// What has been put, in order.
    put: Vec<(Group, &'static str)>,
}

impl Body {
    fn open(name: &str, seconds: i64, id: &str) -> Self {
        let mut body = Self { json: Vec::with_capacity(1024), open: None, put: Vec::with_capacity(24) };
        body.json.push(b'{');
        body.entry("event", name);
        body.member("event_time", &seconds);
        body.member("event_id", id);
        body
    }

    /// A member of the event itself; closes the object before it.
    fn member(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        if self.open.take().is_some() {
            self.json.push(b'}');
        }
        self.json.push(b',');
        self.entry(name, value);
    }

    /// A member of one of its objects.
    fn put(&mut self, group: Group, name: &'static str, value: &(impl Serialize + ?Sized)) {
        if self.open == Some(group) {
            self.json.push(b',');
        } else {
            if self.open.is_some() {
                self.json.push(b'}');
            }
            self.json.extend_from_slice(b",\"");
            self.json.extend_from_slice(group.name().as_bytes());
            self.json.extend_from_slice(b"\":{");
            self.open = Some(group);
        }
        self.entry(name, value);
        self.put.push((group, name));
    }

    fn entry(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.json.push(b'"');
        self.json.extend_from_slice(name.as_bytes());
        self.json.extend_from_slice(b"\":");
        // Only fails when the writer does, and a Vec does not.
        let _ = serde_json::to_writer(&mut self.json, value);
    }

    fn holds(&self, group: Group, name: &str) -> bool {
        self.put.iter().any(|(in_group, put)| *in_group == group && *put == name)
    }

    /// What TikTok wants of every event of a source.
    fn check_needs(&self, source: EventSource, left_out: &[Fault]) -> Result<(), Fault> {
        let has = |group, names: &[&str]| names.iter().any(|name| self.holds(group, name));
        // What was given and is no identifier tells more than that there is none.
        let why = |fields: &[&str], missing: Fault| {
            let given = left_out.iter().find(|fault| fault.field.is_some_and(|field| fields.contains(&field)));
            Err(given.cloned().unwrap_or(missing))
        };
        match source {
            EventSource::Web if !has(Group::Page, &["url"]) => Err(NO_PAGE),
            EventSource::App if !has(Group::App, &["app_id"]) => Err(NO_APP),
            EventSource::App if !has(Group::User, &["idfa", "idfv", "gaid"]) => {
                why(&["idfa", "idfv", "gaid"], NO_DEVICE)
            }
            EventSource::Offline if !has(Group::User, &["email", "phone"]) => {
                why(&["email", "phone", "email_sha256", "phone_sha256"], NO_BUYER)
            }
            EventSource::Crm if !has(Group::Lead, &["lead_id"]) => Err(NO_LEAD),
            _ => Ok(()),
        }
    }

    fn close(mut self) -> Vec<u8> {
        if self.open.take().is_some() {
            self.json.push(b'}');
        }
        self.json.push(b'}');
        self.json
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::destination::columns::Columns;
    use crate::destination::event::field::NAMES;

    const NOW: i64 = 1_790_000_000;
    const EMAIL: &str = "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514";

    fn defaults(source: EventSource) -> Defaults {
        Defaults {
            stream: "orders".into(),
            source,
            source_id: Some("P1".into()),
            elsewhere: None,
            event: None,
            test_event_code: None,
            limited_data_use: false,
        }
    }

    /// The event without its name, which is the row's.
    fn prepared(row: &Value, defaults: &Defaults) -> Result<Event<'static>, Fault> {
        let columns = Columns::new(NAMES, &Default::default(), &["order".to_owned()]);
        let data = to_raw_value(row).unwrap();
        let record = Record::read(&columns, &data).unwrap();
        let event = event(&record, data.get(), defaults, &Rules::events(None), NOW, super::super::name::check)?;
        let Event { target, own_target, id, body, left_out, .. } = event;
        Ok(Event { target, own_target, name: "", id: id.into_owned().into(), body, left_out })
    }

    fn body(row: &Value, source: EventSource) -> Value {
        let event = prepared(row, &defaults(source)).unwrap_or_else(|fault| panic!("{fault:?}"));
        let body: Value = serde_json::from_slice(&event.body).unwrap();
        assert_eq!(body["event_id"], *event.id);
        body
    }

    fn reason(row: &Value, source: EventSource) -> &'static str {
        prepared(row, &defaults(source)).map_or_else(|fault| fault.reason, |_| "fine")
    }

    #[test]
    fn a_web_event_is_nested() {
        let row = json!({
            "event": "Purchase", "event_time": "1790000000000", "event_id": 17, "email": " User@Example.com",
            "phone": ["+12133734253", "nonsense"], "external_id": 42, "ip": "8.8.8.8", "user_agent": "UA",
            "city": "Paris", "page_url": "https://shop.example/?a=1&ttclid=E.C%2EP.1#x", "page_referrer": "https://r.example",
            "contents": [{"content_id": 7, "price": "0.1", "quantity": 3}, {"price": 2.5}], "currency": "eur",
            "order_id": 99, "properties": {"order_id": 100, "extra": [1]}, "limited_data_use": "true", "idfa": "unused on the web",
        });
        let mut body = body(&row, EventSource::Web);
        for pointer in ["/user/phone", "/user/external_id"] {
            assert_eq!(body.pointer(pointer).unwrap().as_str().unwrap().len(), 64, "{pointer}");
            *body.pointer_mut(pointer).unwrap() = json!("hash");
        }
        assert_eq!(
            body,
            json!({
                "event": "Purchase", "event_time": NOW, "event_id": "17",
                "user": {"email": EMAIL, "phone": "hash", "external_id": "hash", "city": "paris", "ttclid": "E.C.P.1",
                    "ip": "8.8.8.8", "user_agent": "UA"},
                "page": {"url": "https://shop.example/?a=1&ttclid=E.C%2EP.1#x", "referrer": "https://r.example"},
                "properties": {"contents": [{"content_id": "7", "price": 0.1, "quantity": 3}, {"price": 2.5}],
                    "currency": "EUR", "order_id": "100", "extra": [1], "value": 2.8},
                "limited_data_use": true,
            })
        );
    }

    #[test]
    fn each_source_has_its_objects() {
        let time = json!(NOW);
        let app = json!({"event": "Purchase", "event_time": time, "order": 1, "app_id": "com.x", "gaid": "7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093DB",
            "idfa": "7a3cbea0-bdf5-11e4-8dfc-aa07a5b093db", "att_status": "authorized", "ad_callback": "c", "ad_attributed": 1, "page_url": "https://x.example"});
        let body = body(&app, EventSource::App);
        assert_eq!(body["user"]["gaid"], "7a3cbea0-bdf5-11e4-8dfc-aa07a5b093db");
        assert_eq!(body["user"]["idfa"], "7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093DB");
        assert_eq!(
            (&body["ad"], &body["app"]),
            (&json!({"callback": "c", "attributed": true}), &json!({"app_id": "com.x"}))
        );
        assert_eq!(body.get("page"), None);
        let lead =
            json!({"event": "Qualified", "event_time": time, "order": 1, "lead_id": 7, "lead_event_source": "HubSpot"});
        assert_eq!(
            self::body(&lead, EventSource::Crm)["lead"],
            json!({"lead_id": "7", "lead_event_source": "HubSpot"})
        );
        let offline = json!({"event": "Purchase", "event_time": time, "order": 1, "email_sha256": EMAIL.to_uppercase(), "event_source": "OFFLINE", "event_source_id": 8});
        assert_eq!(self::body(&offline, EventSource::Web)["user"], json!({"email": EMAIL}));
    }

    #[test]
    fn what_a_source_needs_is_checked_first() {
        let (web, app, offline, crm) = (EventSource::Web, EventSource::App, EventSource::Offline, EventSource::Crm);
        let page = "https://x.example";
        for (row, source, expected) in [
            (json!({"event": "Purchase", "event_time": NOW, "page_url": page}), web, "fine"),
            (json!({"event_time": NOW, "page_url": page}), web, "event_missing"),
            (json!({"event": "purchase", "event_time": NOW, "page_url": page}), web, "unknown_event"),
            (json!({"event": "Purchase", "page_url": page}), web, "event_time_missing"),
            (json!({"event": "Purchase", "event_time": "soon", "page_url": page}), web, "invalid_event_time"),
            (json!({"event": "Purchase", "event_time": NOW - 8 * 86_400, "page_url": page}), web, "event_too_old"),
            (json!({"event": "Purchase", "event_time": NOW}), web, "page_url_missing"),
            (
                json!({"event": "Purchase", "event_time": NOW, "page_url": page, "currency": "Euro"}),
                web,
                "invalid_currency",
            ),
            (json!({"event": "Purchase", "event_time": NOW, "page_url": page, "value": "1,5"}), web, "invalid_number"),
            (json!({"event": "Purchase", "event_time": NOW, "page_url": page, "email": "x", "ip": "::1"}), web, "fine"),
            (json!({"event": "Purchase", "event_time": NOW, "gaid": "x"}), app, "app_id_missing"),
            (json!({"event": "Purchase", "event_time": NOW, "app_id": 1}), app, "device_missing"),
            (json!({"event": "Purchase", "event_time": NOW, "app_id": 1, "gaid": "x"}), app, "invalid_advertising_id"),
            (json!({"event": "Purchase", "event_time": NOW}), offline, "identifier_missing"),
            (json!({"event": "Purchase", "event_time": NOW, "email": "x"}), offline, "invalid_email"),
            (json!({"event": "Purchase", "event_time": NOW, "email": "a@b.co", "phone": "x"}), offline, "fine"),
            (json!({"event": "Mine", "event_time": NOW, "email": "a@b.co"}), offline, "unknown_event"),
            (json!({"event": "Won", "event_time": NOW}), crm, "lead_id_missing"),
            (json!({"event": "Won", "event_time": NOW, "lead_id": 1, "event_source": "tv"}), crm, "invalid_value"),
            (
                json!({"event": "Won", "event_time": NOW, "lead_id": 1, "event_source": "crm"}),
                web,
                "event_source_id_missing",
            ),
        ] {
            assert_eq!(reason(&row, source), expected, "{row}");
        }
    }

    #[test]
    fn targets_come_from_row_or_config() {
        let row = json!({"event": "Purchase", "event_time": NOW, "page_url": "https://x.example", "event_source_id": "P2", "test_event_code": "T"});
        let own = prepared(&row, &defaults(EventSource::Web)).unwrap();
        let expected = |id: &str, code: Option<&str>| Target {
            source: EventSource::Web,
            id: id.into(),
            test_event_code: code.map(Arc::from),
        };
        assert_eq!((own.target, own.own_target), (expected("P2", Some("T")), true));
        let plain = json!({"event": "Purchase", "event_time": NOW, "page_url": "https://x.example"});
        let set = Defaults { test_event_code: Some("C".into()), limited_data_use: true, ..defaults(EventSource::Web) };
        let event = prepared(&plain, &set).unwrap();
        assert_eq!((event.target, event.own_target), (expected("P1", Some("C")), false));
        assert!(String::from_utf8(event.body).unwrap().ends_with("\"limited_data_use\":true}"));
        let lead = json!({"event": "Won", "event_time": NOW, "lead_id": 1, "event_source": "crm"});
        let set = Defaults { elsewhere: Some((EventSource::Crm, "S1".into())), ..defaults(EventSource::Web) };
        let event = prepared(&lead, &set).unwrap();
        assert_eq!((event.target.source, &*event.target.id), (EventSource::Crm, "S1"));
        let none = Defaults { source_id: None, ..defaults(EventSource::Web) };
        assert_eq!(prepared(&plain, &none).err().map(|fault| fault.reason), Some("event_source_id_missing"));
    }

    #[test]
    fn an_event_keeps_its_id() {
        let web = defaults(EventSource::Web);
        let id = |row: Value| prepared(&row, &web).unwrap().id;
        let row = json!({"event": "Purchase", "event_time": NOW, "page_url": "https://x.example", "order": 5});
        let mut other = row.clone();
        other["value"] = json!(7);
        assert_eq!(id(row.clone()), id(other.clone()), "the key names the event");
        other["order"] = Value::Null;
        let mut keyless = row;
        keyless["order"] = Value::Null;
        assert_ne!(id(keyless.clone()), id(other));
        assert_eq!(id(keyless.clone()), id(keyless));
    }
}
