//! A row → what it wants of a lookalike audience. Pure.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::config::ads::Action;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::ads::read;
use crate::destination::objects::ads::value::Held;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::objects::audience::name;
use crate::destination::objects::def::{Mode, schema};
use crate::destination::objects::single::Row;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;
use crate::destination::record::steer::{self, OPERATION};

pub(super) const SCHEMA: &str = schema!("lookalike_audience");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

/// Fields that TikTok wants of a new one, within its `lookalike_spec`, besides the source.
const SPEC: [&str; 5] = ["include_source", "mobile_os", "placements", "location_ids", "audience_size"];

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub row: Row,
    pub action: Action,
    pub source_name: Option<String>,
    /// Whether settings that differ are a fault: a mode that only makes leaves what is there as it is.
    pub is_compared: bool,
}

const KEY_MISSING: Fault =
    Fault::new(None, "key_missing", "The row names no audience: fill `audience_name`, or `audience_id`.");
const ODD: Fault = Fault::new(Some(OPERATION), "invalid_operation", "`_op` is neither create nor update.");

impl Wish {
    pub(crate) fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let row = Row::read(&FIELDS, "audience_id", record, target)?;
        let at = |name: &str| FIELDS.place(name).and_then(|place| record.at(place));
        let mut wish = Self {
            row,
            action: Action::Create,
            source_name: steer::word("source_audience_name", at("source_audience_name"))?.map(str::to_owned),
            is_compared: mode != Mode::Append,
        };
        wish.action = wish.action(at(OPERATION))?;
        if wish.row.id.is_some() {
            return Ok(wish);
        }
        match wish.name() {
            "" => Err(KEY_MISSING),
            name => name::fault(name).map_or(Ok(wish), |why| Err(name::no_name(why))),
        }
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
        self.row.field("refresh").and_then(Held::flag).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn name(&self) -> &str {
        self.row.field("audience_name").and_then(Held::text).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn source_id(&self) -> Option<&str> {
        self.row.field("source_audience_id").and_then(Held::text)
    }

    /// What a new one is made of, or the field that it lacks.
    pub(crate) fn spec(&self, source: &str) -> Result<Value, Fault> {
        let mut spec = Map::from_iter([("source_audience_id".to_owned(), source.into())]);
        for name in SPEC {
            let held = self.row.field(name).filter(|held| !held.json().as_array().is_some_and(Vec::is_empty));
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
        self.row.fields.iter().filter(|(name, _)| *name != "audience_name").find(differs).map(|(name, _)| *name)
    }

    /// The same of a source that the row calls by its name; of one that is gone nobody knows how it was called.
    #[must_use]
    pub(crate) fn source_differs(&self, told: &Value, all: &[Listed]) -> Option<&'static str> {
        let wanted = self.source_name.as_deref().filter(|_| self.source_id().is_none())?;
        let id = told.get("source_audience_id")?;
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let source = all.iter().find(|one| one.audience_id == id)?;
        (source.name != wanted).then_some("source_audience_name")
    }

    /// What names it in results.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        self.row.id.clone().unwrap_or_else(|| self.name().to_owned())
    }
}
