//! An event's JSON while it is written, and what each source wants to be in it. Pure.

use serde::Serialize;

use super::field::Group;
use super::sieve::EMPTY;
use crate::config::destination::EventSource;
use crate::destination::record::fault::Fault;

const NO_PAGE: Fault = Fault::new(Some("page_url"), "page_url_missing", "A web event needs the page's address.");
const NO_APP: Fault = Fault::new(Some("app_id"), "app_id_missing", "An app event needs the app's id.");
const NO_DEVICE: Fault = Fault::new(Some("gaid"), "device_missing", "An app event needs `idfa`, `idfv` or `gaid`.");
const NO_BUYER: Fault =
    Fault::new(Some("email"), "identifier_missing", "An offline event needs an e-mail address or a phone number.");
const NO_LEAD: Fault = Fault::new(Some("lead_id"), "lead_id_missing", "A CRM event needs the lead's id.");

/// Whole members first, then object after object.
pub(crate) struct Body {
    json: Vec<u8>,
    open: Option<Group>,
    /// What has been put, in order.
    put: Vec<(Group, &'static str)>,
}

impl Body {
    pub(crate) fn open(name: &str, seconds: i64, id: &str) -> Self {
        let mut body = Self { json: Vec::with_capacity(1024), open: None, put: Vec::with_capacity(24) };
        body.json.push(b'{');
        body.entry("event", name);
        body.member("event_time", &seconds);
        body.member("event_id", id);
        body
    }

    /// A member of the event itself; closes the object before it.
    pub(crate) fn member(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        if self.open.take().is_some() {
            self.json.push(b'}');
        }
        self.json.push(b',');
        self.entry(name, value);
    }

    /// A member of one of its objects.
    pub(crate) fn put(&mut self, group: Group, name: &'static str, value: &(impl Serialize + ?Sized)) {
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

    pub(crate) fn holds(&self, group: Group, name: &str) -> bool {
        self.put.iter().any(|(in_group, put)| *in_group == group && *put == name)
    }

    /// What TikTok wants of every event of a source.
    pub(crate) fn check_needs(&self, source: EventSource, left_out: &[Fault]) -> Result<(), Fault> {
        let has = |group, names: &[&str]| names.iter().any(|name| self.holds(group, name));
        // What was given and is no identifier tells more than that there is none.
        let why = |fields: &[&str], missing: Fault| {
            let told =
                |fault: &&Fault| fault.reason != EMPTY && fault.field.is_some_and(|field| fields.contains(&field));
            let given = left_out.iter().find(told);
            Err(given.cloned().unwrap_or(missing))
        };
        match source {
            EventSource::Web if !has(Group::Page, &["url"]) => why(&["page_url"], NO_PAGE),
            EventSource::App if !has(Group::App, &["app_id"]) => why(&["app_id"], NO_APP),
            EventSource::App if !has(Group::User, &["idfa", "idfv", "gaid"]) => {
                why(&["idfa", "idfv", "gaid"], NO_DEVICE)
            }
            EventSource::Offline if !has(Group::User, &["email", "phone"]) => {
                why(&["email", "phone", "email_sha256", "phone_sha256"], NO_BUYER)
            }
            EventSource::Crm if !has(Group::Lead, &["lead_id"]) => why(&["lead_id"], NO_LEAD),
            _ => Ok(()),
        }
    }

    pub(crate) fn close(mut self) -> Vec<u8> {
        if self.open.take().is_some() {
            self.json.push(b'}');
        }
        self.json.push(b'}');
        self.json
    }
}
