//! What can be written: one row an object.

pub(crate) mod audience;
pub(crate) mod event;

use std::fmt;

use crate::config::destination::EventSource;
use crate::error::{Error, Result};
use audience::Field;

/// An object of `discover`.
#[derive(Debug)]
pub(crate) struct ObjectDef {
    pub name: &'static str,
    pub modes: &'static [&'static str],
    /// Each a set of fields that may name a record.
    pub matching_keys: &'static [&'static [&'static str]],
    pub schema: &'static str,
    /// What a stream must have, so that not every row of it is rejected.
    pub needs: &'static [Need],
}

/// Fields of which a stream must fill one.
#[derive(Debug)]
pub(crate) struct Need {
    pub any_of: &'static [&'static str],
    /// What it is for, behind "no column that".
    pub what: &'static str,
    /// What to do about it, before an example.
    pub advice: &'static str,
}

const PERSON: Need = Need {
    any_of: Field::IDENTIFIERS,
    what: "identifies a person",
    advice: "Name the columns of e-mail addresses, phone numbers or device ids in `mappings`",
};
const AUDIENCE_NAMED: Need = Need {
    any_of: &["audience_name", "audience_id"],
    what: "says which audience it is for",
    advice: "Set `audience_name` in the stream's mapping, or name the column in `mappings`",
};
const ADVERTISER: Need = Need {
    any_of: &["advertiser_id"],
    what: "says which advertiser it is for",
    advice: "Set `advertiser_id` in the config, or name the column in `mappings`",
};
const EVENT: Need =
    Need { any_of: &["event"], what: "names the event", advice: "Name the column, or the event itself, in `mappings`" };
const TIME: Need =
    Need { any_of: &["event_time"], what: "tells when it happened", advice: "Name the column in `mappings`" };
const SOURCE_ID: Need = Need {
    any_of: &["event_source_id"],
    what: "says which pixel, app or event set it is for",
    advice: "Set `events.event_source_id`, or name the column in `mappings`",
};
const PAGE: Need =
    Need { any_of: &["page_url"], what: "holds the page's address", advice: "Name the column in `mappings`" };
const APP: Need = Need { any_of: &["app_id"], what: "holds the app's id", advice: "Name the column in `mappings`" };
const DEVICE: Need =
    Need { any_of: &["idfa", "idfv", "gaid"], what: "holds a device id", advice: "Name the column in `mappings`" };
const BUYER: Need = Need {
    any_of: &["email", "email_sha256", "phone", "phone_sha256"],
    what: "holds an e-mail address or a phone number",
    advice: "Name the column in `mappings`",
};
const LEAD: Need = Need { any_of: &["lead_id"], what: "holds the lead's id", advice: "Name the column in `mappings`" };

/// The schema file of an object, in the binary.
macro_rules! schema {
    ($name:literal) => {
        include_str!(concat!("../../../schemas/objects/", $name, ".json"))
    };
}

/// Members of audiences; the audience is a column.
pub(crate) static AUDIENCE_MEMBERS: ObjectDef = ObjectDef {
    name: "audience_members",
    modes: &["append", "append_dedup", "soft_delete"],
    matching_keys: &[
        &["external_id", "audience_name"],
        &["email", "audience_name"],
        &["phone", "audience_name"],
        &["maid", "audience_name"],
    ],
    schema: schema!("member"),
    needs: &[PERSON, AUDIENCE_NAMED, ADVERTISER],
};

/// Members of one audience, which `audience: NAME (ID)` names.
pub(crate) static AUDIENCE: ObjectDef = ObjectDef {
    name: "audience: …",
    matching_keys: &[&["external_id"], &["email"], &["phone"], &["maid"]],
    modes: AUDIENCE_MEMBERS.modes,
    schema: AUDIENCE_MEMBERS.schema,
    needs: &[PERSON, ADVERTISER],
};

pub(crate) static EVENT_WEB: ObjectDef = ObjectDef {
    name: "event_web",
    modes: &["append"],
    matching_keys: &[],
    schema: schema!("event_web"),
    needs: &[EVENT, TIME, SOURCE_ID, PAGE],
};
pub(crate) static EVENT_APP: ObjectDef = ObjectDef {
    name: "event_app",
    schema: schema!("event_app"),
    needs: &[EVENT, TIME, SOURCE_ID, APP, DEVICE],
    ..EVENT_WEB
};
pub(crate) static EVENT_OFFLINE: ObjectDef = ObjectDef {
    name: "event_offline",
    schema: schema!("event_offline"),
    needs: &[EVENT, TIME, SOURCE_ID, BUYER],
    ..EVENT_WEB
};
pub(crate) static EVENT_CRM: ObjectDef =
    ObjectDef { name: "event_crm", schema: schema!("event_crm"), needs: &[EVENT, TIME, SOURCE_ID, LEAD], ..EVENT_WEB };

/// An object that a stream's records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Object {
    AudienceMembers,
    Audience { id: String },
    Event(EventSource),
}

/// Objects that are written alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Member,
    Event,
}

impl Object {
    /// The objects that every account has, in the order of `discover`.
    pub(crate) const GENERIC: [Self; 5] = [
        Self::AudienceMembers,
        Self::Event(EventSource::Web),
        Self::Event(EventSource::App),
        Self::Event(EventSource::Offline),
        Self::Event(EventSource::Crm),
    ];

    /// Finds an object by the name that `discover` gave it.
    #[must_use]
    pub(crate) fn find(name: &str) -> Option<Self> {
        if let Some(object) = Self::GENERIC.into_iter().find(|object| object.def().name == name) {
            return Some(object);
        }
        let id = name.strip_prefix("audience:")?.trim_end().strip_suffix(')')?.rsplit_once('(')?.1;
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        is_id.then(|| Self::Audience { id: id.to_owned() })
    }

    #[must_use]
    pub(crate) fn def(&self) -> &'static ObjectDef {
        match self {
            Self::AudienceMembers => &AUDIENCE_MEMBERS,
            Self::Audience { .. } => &AUDIENCE,
            Self::Event(EventSource::Web) => &EVENT_WEB,
            Self::Event(EventSource::App) => &EVENT_APP,
            Self::Event(EventSource::Offline) => &EVENT_OFFLINE,
            Self::Event(EventSource::Crm) => &EVENT_CRM,
        }
    }

    #[must_use]
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::AudienceMembers | Self::Audience { .. } => Kind::Member,
            Self::Event(_) => Kind::Event,
        }
    }

    /// Refuses a mode that the object lacks.
    pub(crate) fn check_mode(&self, stream: impl fmt::Display, mode: &str) -> Result<()> {
        let modes = self.def().modes;
        if modes.contains(&mode) {
            return Ok(());
        }
        let choose = match modes {
            [one] => format!("Choose {one}."),
            several => format!("Choose one of {}.", several.join(", ")),
        };
        Err(Error::config(format!(
            "Stream `{stream}` is to be written as {mode}, which `{}` does not know",
            self.def().name
        ))
        .advise(choose))
    }
}

/// The name of an audience's own object.
#[must_use]
pub(crate) fn audience_object(name: &str, id: &str) -> String {
    format!("audience: {name} ({id})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_their_names() {
        assert_eq!(Object::find("audience_members"), Some(Object::AudienceMembers));
        assert_eq!(Object::find("event_offline"), Some(Object::Event(EventSource::Offline)));
        for name in ["VIP", "a (b)", "", "quotes \" and (123)"] {
            let object = Object::find(&audience_object(name, "7123456789012345678"));
            assert_eq!(object, Some(Object::Audience { id: "7123456789012345678".into() }), "{name}");
        }
        for name in ["audiences", "audience: x", "audience: x (y)", "audience: x ()", "event"] {
            assert_eq!(Object::find(name), None, "{name}");
        }
    }

    #[test]
    fn modes_are_checked() {
        assert!(Object::AudienceMembers.check_mode("s", "soft_delete").is_ok());
        let told = |object: Object| object.check_mode("s", "overwrite").unwrap_err().to_string();
        assert_eq!(
            told(Object::AudienceMembers),
            "Stream `s` is to be written as overwrite, which `audience_members` does not know. Choose one of append, append_dedup, soft_delete."
        );
        assert_eq!(
            told(Object::Event(EventSource::Web)),
            "Stream `s` is to be written as overwrite, which `event_web` does not know. Choose append."
        );
    }

    #[test]
    fn the_schema_holds_every_matching_key_and_need() {
        let audience = Object::Audience { id: "1".into() };
        for object in Object::GENERIC.iter().chain([&audience]).map(Object::def) {
            let schema: serde_json::Value = serde_json::from_str(object.schema).unwrap();
            jsonschema::draft7::meta::validate(&schema).unwrap();
            let needs = object.needs.iter().flat_map(|need| need.any_of);
            for field in object.matching_keys.iter().copied().flatten().chain(needs) {
                assert!(schema["properties"].get(field).is_some(), "{}: {field}", object.name);
            }
        }
    }
}
