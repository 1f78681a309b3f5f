//! What can be written: one row an object (contract 6).

use crate::error::{Error, Result};

/// An object of `discover`.
#[derive(Debug)]
pub struct ObjectDef {
    pub name: &'static str,
    pub modes: &'static [&'static str],
    /// Each a set of fields that may name a record.
    pub matching_keys: &'static [&'static [&'static str]],
    pub schema: &'static str,
}

/// Members of audiences; the audience is a column.
pub static AUDIENCE_MEMBERS: ObjectDef = ObjectDef {
    name: "audience_members",
    modes: &["append", "append_dedup", "soft_delete"],
    matching_keys: &[
        &["external_id", "audience_name"],
        &["email", "audience_name"],
        &["phone", "audience_name"],
        &["maid", "audience_name"],
    ],
    schema: include_str!("../../schemas/objects/member.json"),
};

/// Members of one audience, which `audience: NAME (ID)` names.
pub static AUDIENCE: ObjectDef = ObjectDef {
    name: "audience: …",
    matching_keys: &[&["external_id"], &["email"], &["phone"], &["maid"]],
    modes: AUDIENCE_MEMBERS.modes,
    schema: AUDIENCE_MEMBERS.schema,
};

/// An object that a stream's records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    AudienceMembers,
    Audience { id: String },
}

impl Object {
    /// Finds an object by the name that `discover` gave it.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        if name == AUDIENCE_MEMBERS.name {
            return Some(Self::AudienceMembers);
        }
        let id = name.strip_prefix("audience:")?.trim_end().strip_suffix(')')?.rsplit_once('(')?.1;
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        is_id.then(|| Self::Audience { id: id.to_owned() })
    }

    #[must_use]
    pub fn def(&self) -> &'static ObjectDef {
        match self {
            Self::AudienceMembers => &AUDIENCE_MEMBERS,
            Self::Audience { .. } => &AUDIENCE,
        }
    }

    /// Refuses a mode that the object lacks.
    pub fn check_mode(&self, stream: &str, mode: &str) -> Result<()> {
        let modes = self.def().modes;
        if modes.contains(&mode) {
            return Ok(());
        }
        Err(Error::config(format!(
            "Stream `{stream}` is to be written as {mode}, which `{}` does not know",
            self.def().name
        ))
        .advise(format!("Choose one of {}.", modes.join(", "))))
    }
}

/// The name of an audience's own object.
#[must_use]
pub fn audience_object(name: &str, id: &str) -> String {
    format!("audience: {name} ({id})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_their_names() {
        assert_eq!(Object::find("audience_members"), Some(Object::AudienceMembers));
        for name in ["VIP", "a (b)", "", "quotes \" and (123)"] {
            let object = Object::find(&audience_object(name, "7123456789012345678"));
            assert_eq!(object, Some(Object::Audience { id: "7123456789012345678".into() }), "{name}");
        }
        for name in ["audiences", "audience: x", "audience: x (y)", "audience: x ()"] {
            assert_eq!(Object::find(name), None, "{name}");
        }
    }

    #[test]
    fn modes_are_checked() {
        assert!(Object::AudienceMembers.check_mode("s", "soft_delete").is_ok());
        let error = Object::AudienceMembers.check_mode("s", "overwrite").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Stream `s` is to be written as overwrite, which `audience_members` does not know. Choose one of append, append_dedup, soft_delete."
        );
    }

    #[test]
    fn the_schema_holds_every_matching_key() {
        for object in [&AUDIENCE_MEMBERS, &AUDIENCE] {
            let schema: serde_json::Value = serde_json::from_str(object.schema).unwrap();
            jsonschema::draft7::meta::validate(&schema).unwrap();
            for field in object.matching_keys.iter().copied().flatten() {
                assert!(schema["properties"].get(field).is_some(), "{field}");
            }
        }
    }
}
