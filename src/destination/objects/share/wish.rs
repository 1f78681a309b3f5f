//! A row → which audience it wants shared with which advertiser, or not. Pure.

use std::sync::LazyLock;

use crate::config::ads::Action;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::def::{Mode, schema};
use crate::destination::objects::link::{self, Named};
use crate::destination::objects::single::Row;
use crate::destination::record::columns::Record;
use crate::destination::record::fault::Fault;
use crate::destination::record::steer::{self, OPERATION};

pub(super) const SCHEMA: &str = schema!("audience_share");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

const OTHER: &str = "shared_advertiser_id";

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub row: Row,
    /// Create shares, delete takes back.
    pub action: Action,
    pub audience: Named,
    /// The advertiser that is to have it, too.
    pub other: String,
}

const KEY_MISSING: Fault = Fault::new(
    None,
    "key_missing",
    "The row lacks a part of its key: fill `shared_advertiser_id`, and `custom_audience_id` or `audience_name`.",
);
const NO_NUMBER: Fault =
    Fault::new(Some(OTHER), "invalid_advertiser", "`shared_advertiser_id` holds more than digits.");
const ITSELF: Fault =
    Fault::new(Some(OTHER), "shared_with_itself", "`shared_advertiser_id` is the advertiser that the audience is of.");

impl Wish {
    pub(crate) fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let row = Row::read_any(&FIELDS, "custom_audience_id", record, target)?;
        let at = |name: &str| FIELDS.place(name).and_then(|place| record.at(place));
        let action = link::action(mode, row.is_gone, at(OPERATION))?;
        let audience = Named::read(row.id.as_deref(), steer::named("audience_name", at("audience_name"))?);
        let (Some(audience), Some(other)) = (audience, steer::id(OTHER, at(OTHER))?) else { return Err(KEY_MISSING) };
        if !other.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NO_NUMBER);
        }
        if other == row.advertiser {
            return Err(ITSELF);
        }
        Ok(Self { action, audience, other: other.to_owned(), row })
    }

    /// What names it in results.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        format!("{} / {}", self.audience.shown(), self.other)
    }
}
