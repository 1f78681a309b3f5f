//! A record → one event of `/event/track/` (docs/tiktok-api.md 6.1), or why it is none. Pure.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::body::Body;
use super::field::{FIELDS, FieldDef, Form, Group, Place, at};
use super::personal::People;
use super::sieve::{self, Sieve};
use super::{address, id, person, properties};
use crate::config::destination::EventSource;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer;
use crate::destination::record::time;
use crate::identity::{self, Rules};

const EVENT: usize = at("event");
const EVENT_TIME: usize = at("event_time");
const EVENT_ID: usize = at("event_id");
const SOURCE: usize = at("event_source");
const SOURCE_ID: usize = at("event_source_id");
const TEST_CODE: usize = at("test_event_code");
const LIMITED: usize = at("limited_data_use");
const OPERATION: usize = at(steer::OPERATION);
const DELETED_AT: usize = at(steer::DELETED_AT);
const COUNTRY: usize = at("country");
const PAGE_URL: usize = at("page_url");
const CLICK_ID: usize = at("ttclid");

const NO_EVENT: Fault = Fault::new(Some("event"), "event_missing", "The row does not name its event.");
const NO_SOURCE_ID: Fault = Fault::new(
    Some("event_source_id"),
    "event_source_id_missing",
    "Neither the row nor the config says which pixel, app or event set the event is for.",
);

/// What a stream's rows need not say.
#[derive(Debug)]
pub(crate) struct Defaults {
    /// The stream's name, for messages.
    pub name: String,
    /// What derived ids are made unique by.
    pub stream: String,
    pub source: EventSource,
    pub source_id: Option<Arc<str>>,
    /// The config's id with its source, for rows that are of another source than their stream.
    pub elsewhere: Option<(EventSource, Arc<str>)>,
    pub event: Option<String>,
    pub test_event_code: Option<Arc<str>>,
    pub limited_data_use: bool,
    /// Columns that do not count for a derived id.
    pub ignored: Vec<String>,
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
pub(crate) struct Target {
    pub source: EventSource,
    pub id: Arc<str>,
    /// Test events are never mixed with live ones.
    pub test_event_code: Option<Arc<str>>,
}

/// An event ready to be sent.
pub(crate) struct Event<'r> {
    pub target: Target,
    /// Whether the row itself names the pixel, app or event set.
    pub own_target: bool,
    pub name: &'r str,
    pub id: Cow<'r, str>,
    /// The JSON object.
    pub body: Vec<u8>,
    /// Whether the page's address does not say of which site it is.
    pub odd_page: bool,
    /// Fields that held something which is no value of theirs.
    pub left_out: Vec<Fault>,
}

/// What is the same for all rows of a stream.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'r> {
    pub defaults: &'r Defaults,
    pub rules: &'r Rules,
    /// Epoch seconds.
    pub now: i64,
}

/// Reads an event. `data` is what `record` was read from; `check_name` judges the name.
pub(crate) fn event<'r>(
    record: &'r Record<'_>,
    data: &str,
    setting: Setting<'r>,
    check_name: impl FnOnce(&str, EventSource) -> Result<(), Fault>,
) -> Result<Event<'r>, Fault> {
    let Setting { defaults, rules, now } = setting;
    let word = |field: usize| steer::word(FIELDS.get(field).map_or("", |field| field.name), record.at(field));
    if steer::deletes(record.at(OPERATION), record.at(DELETED_AT))? {
        return Err(fault::DELETED);
    }
    let source = source(word(SOURCE)?, defaults)?;
    let name = word(EVENT)?.filter(|name| !identity::is_nothing(name)).or(defaults.event.as_deref()).ok_or(NO_EVENT)?;
    check_name(name, source)?;
    let seconds = time::read(word(EVENT_TIME)?.unwrap_or_default())?;
    time::check_age(seconds, now, source)?;
    let source_id = steer::id(FIELDS.get(SOURCE_ID).map_or("", |field| field.name), record.at(SOURCE_ID))?;
    let target = Target {
        source,
        id: source_id.map(Arc::from).or_else(|| defaults.source_id(source)).ok_or(NO_SOURCE_ID)?,
        test_event_code: word(TEST_CODE)?
            .filter(|code| !identity::is_nothing(code))
            .map(Arc::from)
            .or_else(|| defaults.test_event_code.clone()),
    };
    let mut sieve = Sieve::new(People { rules, country: record.at(COUNTRY).map(Given::written) });
    let own_id = word(EVENT_ID)?.filter(|id| !identity::is_nothing(id));
    let event_id = event_id(own_id, record, data, defaults, &mut sieve)?;

    let mut body = Body::open(name, seconds, &event_id);
    let mut filling = Filling { record, source, sieve };
    filling.groups(&mut body);
    let properties = properties::read(record, &mut filling.sieve)?;
    if !properties.0.is_empty() {
        body.member(Group::Properties.name(), &properties);
    }
    if matches!(source, EventSource::Web | EventSource::App) {
        filling.limited(defaults, &mut body)?;
    }
    body.check_needs(source, &filling.sieve.left_out)?;
    let page = record.at(PAGE_URL).map(Given::text).map(str::trim);
    Ok(Event {
        target,
        own_target: source_id.is_some(),
        name,
        id: event_id,
        odd_page: body.holds(Group::Page, "url") && !page.is_some_and(address::is_absolute),
        body: body.close(),
        left_out: filling.sieve.left_out,
    })
}

/// The row's own id, which is hashed if it names a person; else one of its key or of all it says.
fn event_id<'r>(
    own: Option<&'r str>,
    record: &Record<'_>,
    data: &str,
    defaults: &Defaults,
    sieve: &mut Sieve<'_>,
) -> Result<Cow<'r, str>, Fault> {
    Ok(match own {
        Some(own) if sieve.people.are_in(own) => {
            sieve.left_out.push(sieve::in_clear("event_id"));
            let hidden = id::of_key(&defaults.stream, &[Some(Given::Text(own.into()))]);
            hidden.unwrap_or_default().into()
        }
        Some(own) => own.into(),
        None => id::derived(record, data, &defaults.stream, &defaults.ignored)?.into(),
    })
}

fn source(own: Option<&str>, defaults: &Defaults) -> Result<EventSource, Fault> {
    let Some(own) = own else { return Ok(defaults.source) };
    let found = EventSource::ALL.into_iter().find(|source| source.name().eq_ignore_ascii_case(own));
    found.ok_or(Fault::new(Some("event_source"), "invalid_value", "The source is none of web, app, offline, crm."))
}

/// BatchLimits an event's objects from a record.
struct Filling<'r, 'a> {
    record: &'r Record<'a>,
    source: EventSource,
    sieve: Sieve<'r>,
}

impl Filling<'_, '_> {
    /// Every object but `properties`.
    fn groups(&mut self, body: &mut Body) {
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
            if let Some(given) = given {
                self.put(field, given, body);
            }
            if place == CLICK_ID
                && !body.holds(group, name)
                && let Some(click) = self.record.at(PAGE_URL).and_then(|page| address::click_id(page.text()))
            {
                body.put(group, name, &click);
            }
        }
    }

    fn put(&mut self, field: &'static FieldDef, given: &Given<'_>, body: &mut Body) {
        let Place::In(group, name) = field.place else { return };
        match field.form {
            Form::Hashed(_) | Form::Device { .. } => {
                let (people, left_out) = (self.sieve.people, &mut self.sieve.left_out);
                let rules = (people.rules, people.country);
                if let Some(sent) = person::identify(field.name, field.form, given, rules, left_out) {
                    body.put(group, name, &sent);
                }
            }
            Form::Address => {
                if let Some(address) = self.sieve.address(field.name, given) {
                    body.put(group, name, &*address);
                }
            }
            Form::Click => {
                if let Some(click) = self.sieve.click(field.name, given) {
                    body.put(group, name, click);
                }
            }
            // Text goes as it is, without a copy.
            Form::Text => {
                if let Some(text) = self.sieve.text(field.name, given) {
                    body.put(group, name, text);
                }
            }
            form => {
                // None of these is money, which alone would be a fault of the event.
                if let Ok(Some(sent)) = self.sieve.value(field.name, form, given) {
                    body.put(group, name, &sent);
                }
            }
        }
    }

    fn limited(&mut self, defaults: &Defaults, body: &mut Body) -> Result<(), Fault> {
        let own = match self.record.at(LIMITED) {
            Some(given) => self.sieve.value("limited_data_use", Form::Flag, given)?,
            None => None,
        };
        if let Some(limited) = own.or(defaults.limited_data_use.then_some(Value::Bool(true).into())) {
            body.member("limited_data_use", &limited);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::destination::objects::event::field::NAMES;
    use crate::destination::record::columns::Columns;

    const NOW: i64 = 1_790_000_000;
    const EMAIL: &str = "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514";

    fn defaults(source: EventSource) -> Defaults {
        Defaults {
            name: "orders".into(),
            stream: "orders".into(),
            source,
            source_id: Some("P1".into()),
            elsewhere: None,
            event: None,
            test_event_code: None,
            limited_data_use: false,
            ignored: Vec::new(),
        }
    }

    /// The event without its name, which is the row's.
    fn prepared(row: &Value, defaults: &Defaults) -> Result<Event<'static>, Fault> {
        let columns = Columns::new(NAMES, &Default::default(), &[vec!["order".to_owned()]]);
        let data = to_raw_value(row).unwrap();
        let record = Record::read(&columns, &data).unwrap();
        let rules = Rules::events(None);
        let event = event(&record, data.get(), Setting { defaults, rules: &rules, now: NOW }, |name, source| {
            super::super::name::check(name, source).map(drop)
        })?;
        let Event { target, own_target, id, body, odd_page, left_out, .. } = event;
        Ok(Event { target, own_target, name: "", id: id.into_owned().into(), body, odd_page, left_out })
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
                    "currency": "EUR", "order_id": "100", "extra": [1], "content_type": "product", "num_items": 4, "value": 2.8},
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
    fn optional_words_cost_no_event_and_money_does() {
        let row = |more: Value| {
            let mut row = json!({"event": "Purchase", "event_time": NOW, "page_url": "https://x.example", "order": 1});
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            prepared(&row, &defaults(EventSource::Web))
                .map(|event| (event.left_out.iter().map(|fault| fault.reason).collect::<Vec<_>>(), event.odd_page))
        };
        for (more, reasons) in [
            (json!({"content_type": "boots"}), &["invalid_value"] as &[&str]),
            (json!({"customer_type": "loyal"}), &["invalid_value"]),
            (json!({"num_items": 1.5}), &["invalid_number"]),
            (json!({"limited_data_use": "perhaps"}), &["invalid_value"]),
            (json!({"contents": [{"price": "(null)", "content_id": "a"}]}), &["empty"]),
            (json!({"contents": [{"quantity": 1.5, "content_id": "a"}]}), &["invalid_number"]),
            (json!({"contents": ["boots"]}), &["invalid_value"]),
            (json!({"properties": "[1]"}), &["invalid_value"]),
            (json!({"order_id": {"nested": 1}}), &["invalid_value"]),
            (json!({"ttclid": "__CLICKID__", "ttp": "{{ttp}}"}), &["unexpanded_macro", "unexpanded_macro"]),
            (
                json!({"ttp": "null", "city": "undefined", "locale": "N/A", "value": "NaN"}),
                &["empty", "empty", "empty", "empty"],
            ),
            (json!({"country": "Absurdistan"}), &["invalid_country"]),
            (json!({"city": "jane@example.com"}), &["person_in_clear"]),
            (json!({"event_id": "jane@example.com-1"}), &["person_in_clear"]),
            (json!({"ip": "1.2.3.4, 10.0.0.1", "country": "USA"}), &[]),
        ] {
            assert_eq!(row(more.clone()), Ok((reasons.to_vec(), false)), "{more}");
        }
        assert_eq!(row(json!({"page_url": "/cart"})), Ok((vec![], true)));
        assert_eq!(row(json!({"page_url": "null"})).map_err(|fault| fault.reason), Err("page_url_missing"));
        assert_eq!(row(json!({"page_url": [1]})).map_err(|fault| fault.reason), Err("invalid_value"));
        assert_eq!(row(json!({"value": "1,5"})).map_err(|fault| fault.reason), Err("invalid_number"));
        assert_eq!(row(json!({"currency": "Euro"})).map_err(|fault| fault.reason), Err("invalid_currency"));
    }

    #[test]
    fn a_column_without_a_click_does_not_hide_the_one_in_the_address() {
        for click in [
            json!(null),
            json!(""),
            json!("null"),
            json!("__CLICKID__"),
            json!("[CLICKID]"),
            json!("<click_id>"),
            json!("%CLICKID%"),
            json!("$CLICK_ID"),
            json!("#{click_id}"),
            json!("*|CLICKID|*"),
        ] {
            let row = json!({"event": "Purchase", "event_time": NOW, "page_url": "/x?ttclid=E.1", "ttclid": click, "order": 1});
            assert_eq!(body(&row, EventSource::Web)["user"]["ttclid"], "E.1", "{click}");
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
