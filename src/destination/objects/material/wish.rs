//! A row → which material of which Smart+ ad is to be shown, or not. Pure.

use std::sync::LazyLock;

use crate::config::ads::Action;
use crate::destination::objects::ads::change::Status;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::def::schema;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer::{self, DELETED_AT, OPERATION};

pub(super) const SCHEMA: &str = schema!("smart_plus_material");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

/// What results and `ads.allow` call them.
pub(super) const OBJECT: &str = "smart_plus_material";

pub(super) const AD: &str = "smart_plus_ad_id";
pub(super) const MATERIAL: &str = "ad_material_id";
const STATUS: &str = "operation_status";

/// What a row wants.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub advertiser: String,
    pub ad: String,
    pub material: String,
    pub status: Status,
}

const KEY_MISSING: Fault =
    Fault::new(None, "key_missing", "The row lacks a part of its key: fill `smart_plus_ad_id` and `ad_material_id`.");
const ODD: Fault = Fault::new(
    Some(OPERATION),
    "invalid_operation",
    "`_op` is neither pause nor resume: a material is made and removed with its ad.",
);
const NO_WORD: Fault = Fault::new(Some(STATUS), "unknown_word", "`operation_status` is neither ENABLE nor DISABLE.");
const NOTHING_ASKED: Fault =
    Fault::new(Some(STATUS), "field_missing", "The row needs `operation_status`, or `_op` in its place.");
const CONTRADICTION: Fault = Fault::new(
    Some(OPERATION),
    "contradiction",
    "`_op` and `operation_status` say the opposite; leave one of them empty.",
);

impl Wish {
    pub(super) fn read(record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let at = |name: &str| FIELDS.place(name).and_then(|place| record.at(place));
        if steer::is_deleted(at(DELETED_AT))? {
            return Err(fault::DELETED_MAKES_NOTHING);
        }
        let advertiser = steer::advertiser_or(at("advertiser_id"), target)?;
        let (Some(ad), Some(material)) = (number(AD, at(AD))?, number(MATERIAL, at(MATERIAL))?) else {
            return Err(KEY_MISSING);
        };
        Ok(Self { advertiser, ad, material, status: status(at(OPERATION), at(STATUS))? })
    }

    #[must_use]
    pub(super) fn action(&self) -> Action {
        self.status.action()
    }

    /// What names it in results.
    #[must_use]
    pub(super) fn key(&self) -> String {
        format!("{} / {}", self.ad, self.material)
    }
}

/// An id, which is a number: one odd id would spoil the request for all others.
fn number(field: &'static str, given: Option<&Given<'_>>) -> Result<Option<String>, Fault> {
    let Some(id) = steer::id(field, given)? else { return Ok(None) };
    if id.bytes().all(|byte| byte.is_ascii_digit()) && id.parse::<u64>().is_ok() {
        return Ok(Some(id.to_owned()));
    }
    let message = format!("`{field}` is no id: TikTok's have up to 19 digits and nothing else.").into();
    Err(Fault { field: Some(field), reason: "invalid_id", message })
}

fn status(operation: Option<&Given<'_>>, status: Option<&Given<'_>>) -> Result<Status, Fault> {
    let operation = match operation {
        None | Some(Given::Text(_)) => word(steer::word(OPERATION, operation)?, ["resume", "pause"], ODD)?,
        Some(_) => return Err(ODD),
    };
    let status = word(steer::word(STATUS, status)?, ["ENABLE", "DISABLE"], NO_WORD)?;
    match (operation, status) {
        (Some(one), Some(other)) if one != other => Err(CONTRADICTION),
        (one, other) => one.or(other).ok_or(NOTHING_ASKED),
    }
}

/// What one of two words means: the first enables.
fn word(word: Option<&str>, [on, off]: [&str; 2], odd: Fault) -> Result<Option<Status>, Fault> {
    match word {
        None => Ok(None),
        Some(word) if word.eq_ignore_ascii_case(on) => Ok(Some(Status::Enable)),
        Some(word) if word.eq_ignore_ascii_case(off) => Ok(Some(Status::Disable)),
        Some(_) => Err(odd),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;
    use crate::destination::record::columns::Columns;

    fn read(more: &Value) -> Result<Wish, Fault> {
        let mut row = json!({"smart_plus_ad_id": "71", "ad_material_id": 72});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let columns = Columns::new(FIELDS.names, &BTreeMap::new(), &[]);
        let raw = to_raw_value(&row).unwrap();
        Wish::read(&Record::read(&columns, &raw).unwrap(), Some("7"))
    }

    #[test]
    fn a_row_says_which_material_is_shown() {
        for (more, expected) in [
            (json!({"operation_status": "DISABLE"}), Status::Disable),
            (json!({"operation_status": " enable "}), Status::Enable),
            (json!({"_op": "pause"}), Status::Disable),
            (json!({"_op": "Resume", "operation_status": ""}), Status::Enable),
            (json!({"_op": "pause", "operation_status": "DISABLE"}), Status::Disable),
        ] {
            let wish = read(&more).unwrap();
            assert_eq!(
                (wish.status, wish.key().as_str(), wish.advertiser.as_str()),
                (expected, "71 / 72", "7"),
                "{more}"
            );
        }
    }

    #[test]
    fn a_row_that_says_nothing_clear_is_refused() {
        for (more, reason) in [
            (json!({}), "field_missing"),
            (json!({"operation_status": "DELETE"}), "unknown_word"),
            (json!({"_op": "delete"}), "invalid_operation"),
            (json!({"_op": 1}), "invalid_operation"),
            (json!({"_op": "pause", "operation_status": "ENABLE"}), "contradiction"),
            (json!({"_op": "pause", "_ab_cdc_deleted_at": "2026-01-01"}), "row_deleted"),
            (json!({"_op": "pause", "ad_material_id": null}), "key_missing"),
            (json!({"_op": "pause", "ad_material_id": ["72"]}), "invalid_value"),
            (json!({"_op": "pause", "ad_material_id": 7.2e18}), "invalid_id"),
            (json!({"_op": "pause", "smart_plus_ad_id": "x71"}), "invalid_id"),
            (json!({"_op": "pause", "smart_plus_ad_id": "123456789012345678901"}), "invalid_id"),
        ] {
            assert_eq!(read(&more).unwrap_err().reason, reason, "{more}");
        }
    }
}
