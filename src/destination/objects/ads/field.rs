//! The fields of a kind of object. Its schema file is the table: beside each field's type stands, under `tiktok`, what
//! TikTok wants of it (docs/tiktok-api.md 7). Pure.

use serde::Deserialize;
use serde_json::Value;

use crate::destination::record::columns::Names;
use crate::destination::record::steer::DELETED_AT;

/// What TikTok wants of a field.
#[derive(Debug, Deserialize)]
pub(crate) struct FieldDef {
    #[serde(skip)]
    pub name: &'static str,
    #[serde(rename = "kind")]
    pub form: Form,
    /// All words that TikTok takes.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// Words that are known; TikTok may take others.
    #[serde(default)]
    pub known: Vec<String>,
    /// The longest text, in characters; a wide one counts as two.
    pub max: Option<usize>,
    /// The most items of a list.
    pub items: Option<usize>,
    on: Vec<Call>,
}

/// The calls that know a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Call {
    Create,
    Update,
    Read,
}

/// The form of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    Text,
    Id,
    Flag,
    /// An amount in the account's currency.
    Money,
    Number,
    Integer,
    /// `2026-11-26 18:00:00`, in UTC.
    Time,
    Ids,
    Texts,
    Numbers,
    Object,
    Objects,
}

impl FieldDef {
    #[must_use]
    pub(crate) fn is_on(&self, call: Call) -> bool {
        self.on.contains(&call)
    }
}

/// The fields of an object, by their places among its names.
#[derive(Debug)]
pub(crate) struct Fields {
    pub names: Names,
    defs: Vec<Option<FieldDef>>,
}

impl Fields {
    /// Reads a schema file of the binary; it stays in memory as long as the program.
    #[must_use]
    pub(crate) fn of(schema: &str) -> Self {
        let schema: Value = serde_json::from_str(schema).unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let (names, defs) = properties
            .map(|(name, property)| {
                let name: &'static str = Box::leak(name.clone().into_boxed_str());
                let def = property.get("tiktok").and_then(|told| serde_json::from_value::<FieldDef>(told.clone()).ok());
                (name, def.map(|def| FieldDef { name, ..def }))
            })
            // What a sync adds to any row; no field of TikTok's.
            .chain([(DELETED_AT, None)])
            .unzip::<_, _, Vec<_>, Vec<_>>();
        Self { names: Box::leak(names.into_boxed_slice()), defs }
    }

    /// The fields of TikTok's own with their places.
    pub(crate) fn of_tiktok(&self) -> impl Iterator<Item = (usize, &FieldDef)> {
        self.defs.iter().enumerate().filter_map(|(at, def)| Some((at, def.as_ref()?)))
    }

    #[must_use]
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }

    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&FieldDef> {
        self.defs.get(self.place(name)?)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::objects::ads::kind::KINDS;

    #[test]
    fn every_field_of_a_schema_is_read() {
        for kind in KINDS {
            let schema: Value = serde_json::from_str(kind.schema).unwrap();
            let told = schema["properties"].as_object().unwrap().values().filter(|one| one.get("tiktok").is_some());
            assert_eq!(kind.fields().of_tiktok().count(), told.count(), "{}", kind.object);
            assert!(kind.fields().get(kind.name).is_some_and(|name| name.max == Some(512)), "{}", kind.object);
            for required in kind.required {
                assert!(kind.fields().get(required).is_some(), "{} {required}", kind.object);
            }
        }
    }
}
