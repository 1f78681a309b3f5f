//! What can be written: one row an object. `discover`, routing, the needs of `check` and the docs follow.

pub(crate) mod ads;
pub(crate) mod apply;
pub(crate) mod audience;
pub(crate) mod audience_file;
pub(crate) mod creative;
pub(crate) mod def;
pub(crate) mod event;
pub(crate) mod link;
pub(crate) mod lookalike;
pub(crate) mod material;
pub(crate) mod share;
pub(crate) mod single;
pub(crate) mod split_test;

use std::borrow::Cow;

use crate::access::Need;
use crate::config::DestinationConfig;
use ads::object::{AD_GROUPS, ADS_OBJECT, CAMPAIGNS, SMART_PLUS_AD_GROUPS, SMART_PLUS_ADS, SMART_PLUS_CAMPAIGNS};
use apply::object::AUDIENCE_APPLIES;
use audience::object::{AUDIENCE, AUDIENCE_MEMBERS, AUDIENCE_SNAPSHOT, ONE_SNAPSHOT};
use audience_file::object::{AUDIENCE_FILE, ONE_AUDIENCE_FILE};
use creative::object::{CREATIVE_IMAGE, CREATIVE_VIDEO};
use def::{LaneDef, ObjectDef};
use event::object::{EVENT_APP, EVENT_CRM, EVENT_OFFLINE, EVENT_WEB};
use lookalike::object::LOOKALIKE_AUDIENCE;
use material::object::SMART_PLUS_MATERIAL;
use share::object::AUDIENCE_SHARES;
use split_test::object::SPLIT_TEST;

/// All objects, in the order of `discover`.
pub(crate) static OBJECTS: &[&ObjectDef] = &[
    &AUDIENCE_MEMBERS,
    &AUDIENCE_SNAPSHOT,
    &EVENT_WEB,
    &EVENT_APP,
    &EVENT_OFFLINE,
    &EVENT_CRM,
    &CAMPAIGNS,
    &AD_GROUPS,
    &ADS_OBJECT,
    &SMART_PLUS_CAMPAIGNS,
    &SMART_PLUS_AD_GROUPS,
    &SMART_PLUS_ADS,
    &SMART_PLUS_MATERIAL,
    &CREATIVE_IMAGE,
    &CREATIVE_VIDEO,
    &SPLIT_TEST,
    &LOOKALIKE_AUDIENCE,
    &AUDIENCE_APPLIES,
    &AUDIENCE_SHARES,
    &AUDIENCE_FILE,
    &AUDIENCE,
    &ONE_SNAPSHOT,
    &ONE_AUDIENCE_FILE,
];

/// The objects that every account has.
pub(crate) fn of_every_account() -> impl Iterator<Item = &'static ObjectDef> {
    OBJECTS.iter().copied().filter(|def| def.each.is_none())
}

/// How objects are written, each way once.
pub(crate) fn lanes() -> Vec<&'static LaneDef> {
    let mut lanes: Vec<&'static LaneDef> = Vec::new();
    for lane in OBJECTS.iter().map(|def| def.lane) {
        if !lanes.iter().any(|known| known.name == lane.name) {
            lanes.push(lane);
        }
    }
    lanes
}

/// An object that a name means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub def: &'static ObjectDef,
    pub id: Option<String>,
}

/// Finds an object by the name that `discover` gave it.
#[must_use]
pub(crate) fn find(name: &str) -> Option<Named> {
    let exact = of_every_account().find(|def| def.name == name).map(|def| Named { def, id: None });
    exact.or_else(|| OBJECTS.iter().find_map(|def| Some(Named { id: Some((def.each?.id)(name)?.to_owned()), def })))
}

/// What each object needs.
#[must_use]
pub fn needs() -> Vec<Need> {
    let of = |def: &'static ObjectDef| {
        let need = |endpoint| Need { name: Cow::Borrowed(def.name), endpoint, essential: def.essential };
        def.endpoints.iter().copied().map(need)
    };
    OBJECTS.iter().copied().flat_map(of).collect()
}

/// What `check` looks for: what is off until the config wants it only then, and then it must be there.
pub(crate) fn wanted_needs(config: &DestinationConfig) -> Vec<Need> {
    let wanted = |need: Need| {
        let def = OBJECTS.iter().find(|def| need.name == def.name)?;
        match def.wanted {
            None => Some(need),
            Some(wanted) => wanted(config).then_some(Need { essential: true, ..need }),
        }
    };
    needs().into_iter().filter_map(wanted).collect()
}

/// A row of the docs' list of objects.
pub struct ObjectRow {
    pub name: &'static str,
    pub modes: &'static [&'static str],
    pub matching_keys: &'static [&'static [&'static str]],
    /// The paths that it calls.
    pub paths: Vec<&'static str>,
    /// What its form in the config is called.
    pub title: &'static str,
    /// Its own keys of a mapping. `None` = the config has no form for it, for the platform names it.
    pub settings: Option<&'static [&'static str]>,
}

/// The docs' list of objects.
#[must_use]
pub fn rows() -> Vec<ObjectRow> {
    let row = |def: &&ObjectDef| ObjectRow {
        name: def.name,
        modes: def.modes,
        matching_keys: def.matching_keys,
        paths: def.endpoints.iter().map(|endpoint| endpoint.path).collect(),
        title: def.title,
        settings: def.each.is_none().then_some(def.settings),
    };
    OBJECTS.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::audience::object::name_of;
    use super::*;
    use crate::config::form::{self, MappingForm};

    #[test]
    fn the_committed_spec_is_fresh() {
        let form = |row: &ObjectRow| {
            let ObjectRow { name: object, title, settings, .. } = *row;
            settings.map(|settings| MappingForm { object, title, settings })
        };
        let forms: Vec<MappingForm> = rows().iter().filter_map(form).collect();
        form::assert_fresh("destination", &form::destination(&forms));
    }

    #[test]
    fn objects_are_found_by_their_names() {
        assert_eq!(find("audience_members"), Some(Named { def: &AUDIENCE_MEMBERS, id: None }));
        assert_eq!(find("event_offline"), Some(Named { def: &EVENT_OFFLINE, id: None }));
        for name in ["VIP", "a (b)", "", "quotes \" and (123)"] {
            let id = "7123456789012345678";
            assert_eq!(find(&name_of(name, id)), Some(Named { def: &AUDIENCE, id: Some(id.into()) }), "{name}");
        }
        for name in ["audiences", "audience: x", "audience: x (y)", "audience: x ()", "event", "audience: …"] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn modes_are_checked() {
        assert!(AUDIENCE_MEMBERS.check_mode("s", "soft_delete").is_ok());
        let told = |def: &ObjectDef| def.check_mode("s", "overwrite").unwrap_err().to_string();
        assert_eq!(
            AUDIENCE_MEMBERS.check_mode("s", "update").unwrap_err().to_string(),
            "Stream `s` is to be written as update, which `audience_members` does not know. Choose one of append, append_dedup, overwrite, soft_delete."
        );
        assert_eq!(
            told(&EVENT_WEB),
            "Stream `s` is to be written as overwrite, which `event_web` does not know. Choose append."
        );
    }

    #[test]
    fn the_schema_holds_every_matching_key_and_need() {
        for def in OBJECTS {
            let schema: serde_json::Value = serde_json::from_str(def.schema).unwrap();
            jsonschema::draft7::meta::validate(&schema).unwrap();
            let needs = def.fields.iter().flat_map(|need| need.any_of);
            for field in def.matching_keys.iter().copied().flatten().chain(needs) {
                assert!(schema["properties"].get(field).is_some(), "{}: {field}", def.name);
            }
        }
    }
}
