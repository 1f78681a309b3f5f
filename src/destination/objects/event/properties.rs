//! `properties`: the columns, then what the column `properties` holds, then what follows from these. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use super::aliases;
use super::field::{FIELDS, Form, Group, Place, at};
use super::members::Members;
use super::products;
use super::sieve::Sieve;
use super::value;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;

/// Members that most events have at most.
const MEMBERS: usize = 8;
const PROPERTIES: usize = at("properties");
const CONTENT_ID: usize = at("content_id");

const NO_OBJECT: Fault = Fault::new(Some("properties"), "invalid_value", "Write the properties as a JSON object.");

/// The properties that are fields, with their forms.
static KNOWN: LazyLock<HashMap<&'static str, Form, RandomState>> = LazyLock::new(|| {
    let own = FIELDS.iter().filter(|field| field.place == Place::In(Group::Properties, field.name));
    own.map(|field| (field.name, field.form)).collect()
});

/// The members of an event's `properties`.
pub(crate) fn read(record: &Record<'_>, sieve: &mut Sieve<'_>) -> Result<Members, Fault> {
    let mut all = Members(Vec::with_capacity(MEMBERS));
    for (place, field) in FIELDS.iter().enumerate() {
        if let (Some(given), Place::In(Group::Properties, name)) = (record.at(place), field.place)
            && let Some(value) = sieve.value(name, field.form, given)?
        {
            all.set(name.into(), value);
        }
    }
    if let Some(given) = record.at(PROPERTIES) {
        own(given, &all, sieve)?.0.into_iter().for_each(|(name, value)| all.set(name, value));
    }
    if all.get("contents").is_none()
        && all.get("content_ids").is_none()
        && let Some(one) = record.at(CONTENT_ID)
        && let Some(ids) = sieve.value("content_id", Form::Texts, one)?
    {
        all.set("content_ids".into(), ids);
    }
    products::derive(&mut all);
    Ok(all)
}

/// What the column `properties` holds: an object, or the text of one. Other tools' names stand behind `columns`.
fn own(given: &Given<'_>, columns: &Members, sieve: &mut Sieve<'_>) -> Result<Members, Fault> {
    let raw = given.written().trim();
    if crate::identity::is_nothing(raw) {
        return Ok(Members::default());
    }
    let Some(mut members) = value::object(raw) else {
        sieve.left_out.push(NO_OBJECT);
        return Ok(Members::default());
    };
    aliases::translate(&mut members, aliases::OF_PROPERTIES, |name| columns.get(name).is_some());
    sieve.members("properties", members, |name| KNOWN.get_key_value(name).map(|(name, form)| (*name, *form)))
}
