//! A row → what it wants of a lookalike audience. Pure.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::config::ads::Action;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::ads::read;
use crate::destination::objects::ads::value::Held;
use crate::destination::objects::def::{Mode, schema};
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer::{self, DELETED_AT, OPERATION};

/// What `ads.allow` calls them.
pub(super) const OBJECT: &str = "lookalike_audience";

pub(super) const SCHEMA: &str = schema!("lookalike_audience");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

/// Fields that TikTok wants of a new one, within its `lookalike_spec`, besides the source.
const SPEC: [&str; 5] = ["include_source", "mobile_os", "placements", "location_ids", "audience_size"];

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub advertiser: String,
    pub action: Action,
    pub id: Option<String>,
    pub source_name: Option<String>,
    /// Whether settings that differ are a fault: a mode that only makes leaves what is there as it is.
    pub is_compared: bool,
    pub fields: Vec<(&'static str, Held)>,
}

const KEY_MISSING: Fault =
    Fault::new(None, "key_missing", "The row names no audience: fill `audience_name`, or `audience_id`.");
const NO_ADVERTISER: Fault = Fault::new(
    Some("advertiser_id"),
    "advertiser_missing",
    "Neither the row nor the config says which advertiser it is for.",
);
const ODD: Fault = Fault::new(Some(OPERATION), "invalid_operation", "`_op` is neither create nor update.");

impl Wish {
    pub(crate) fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let at = |name: &str| FIELDS.place(name).and_then(|place| record.at(place));
        let word = |name: &'static str| -> Result<Option<String>, Fault> {
            Ok(steer::word(name, at(name))?.map(str::to_owned))
        };
        // Nobody deletes an audience by losing its row.
        if steer::is_deleted(at(DELETED_AT))? {
            return Err(fault::DELETED_MAKES_NOTHING);
        }
        let mut fields = Vec::new();
        for (place, def) in FIELDS.of_tiktok() {
            if let Some(given) = record.at(place)
                && let Some(held) = read::given(def, given)?
            {
                fields.push((def.name, held));
            }
        }
        let mut wish = Self {
            advertiser: word("advertiser_id")?.or_else(|| target.map(str::to_owned)).ok_or(NO_ADVERTISER)?,
            action: Action::Create,
            id: word("audience_id")?,
            source_name: word("source_audience_name")?,
            is_compared: mode != Mode::Append,
            fields,
        };
        wish.action = wish.action(at(OPERATION))?;
        if wish.id.is_none() && wish.name().is_empty() { Err(KEY_MISSING) } else { Ok(wish) }
    }

    /// A row that asks for a refresh is an update of what is there.
    fn action(&self, operation: Option<&Given<'_>>) -> Result<Action, Fault> {
        let own = if self.wants_refresh() { Action::Update } else { Action::Create };
        match operation {
            None => Ok(own),
            Some(Given::Text(word)) => match word.trim().to_lowercase().as_str() {
                "" => Ok(own),
                "create" => Ok(Action::Create),
                "update" => Ok(Action::Update),
                _ => Err(ODD),
            },
            Some(_) => Err(ODD),
        }
    }

    fn wants_refresh(&self) -> bool {
        self.field("refresh").and_then(Held::flag).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn field(&self, name: &str) -> Option<&Held> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, held)| held)
    }

    #[must_use]
    pub(crate) fn name(&self) -> &str {
        self.field("audience_name").and_then(Held::text).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn source_id(&self) -> Option<&str> {
        self.field("source_audience_id").and_then(Held::text)
    }

    /// What a new one is made of, or the field that it lacks.
    pub(crate) fn spec(&self, source: &str) -> Result<Value, Fault> {
        let mut spec = Map::from_iter([("source_audience_id".to_owned(), source.into())]);
        for name in SPEC {
            let held = self.field(name).filter(|held| !held.json().as_array().is_some_and(Vec::is_empty));
            let held = held.ok_or_else(|| Fault {
                field: None,
                reason: "field_missing",
                message: format!("A new lookalike audience needs `{name}`.").into(),
            })?;
            spec.insert(name.to_owned(), held.json());
        }
        Ok(spec.into())
    }

    /// The first setting that is otherwise at TikTok; what TikTok does not tell is not compared.
    #[must_use]
    pub(crate) fn differs(&self, told: &Value) -> Option<&'static str> {
        let differs = |(name, held): &&(&'static str, Held)| {
            let told = FIELDS.get(name).and_then(|def| read::told(def, told.get(*name)?));
            told.is_some_and(|told| !told.is_same(held))
        };
        self.fields.iter().filter(|(name, _)| *name != "audience_name").find(differs).map(|(name, _)| *name)
    }

    /// What names it in results.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.name().to_owned())
    }
}
