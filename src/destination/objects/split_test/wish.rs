//! A row → what it wants of a split test. Pure.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::config::ads::Action;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::ads::read;
use crate::destination::objects::ads::value::Held;
use crate::destination::objects::def::{Mode, schema};
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer::{self, DELETED_AT, OPERATION};

pub(super) const SCHEMA: &str = schema!("split_test");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub advertiser: String,
    pub action: Action,
    pub id: Option<String>,
    pub objects: Vec<String>,
    pub fields: Vec<(&'static str, Held)>,
}

const KEY_MISSING: Fault = Fault::new(
    None,
    "key_missing",
    "The row names no split test: fill `split_test_group_id`, or `object_ids` for a new one.",
);
const NO_ADVERTISER: Fault = Fault::new(
    Some("advertiser_id"),
    "advertiser_missing",
    "Neither the row nor the config says which advertiser it is for.",
);
const ODD: Fault =
    Fault::new(Some(OPERATION), "invalid_operation", "`_op` is none of create, update, end and promote.");

impl Wish {
    pub(crate) fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let at = |name: &str| FIELDS.place(name).and_then(|place| record.at(place));
        let word = |name: &'static str| -> Result<Option<String>, Fault> {
            Ok(steer::named(name, at(name))?.map(str::to_owned))
        };
        // Nobody ends a test by losing its row.
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
        let objects = fields.iter().find(|(name, _)| *name == "object_ids").map(|(_, held)| held.texts().to_vec());
        let wish = Self {
            advertiser: word("advertiser_id")?.or_else(|| target.map(str::to_owned)).ok_or(NO_ADVERTISER)?,
            action: action(mode, at(OPERATION))?,
            id: word("split_test_group_id")?,
            objects: objects.unwrap_or_default(),
            fields,
        };
        wish.check().map(|()| wish)
    }

    /// Refuses what lacks something, before anything is asked.
    fn check(&self) -> Result<(), Fault> {
        let needs: &[&str] = match self.action {
            Action::Create if self.objects.is_empty() => return Err(KEY_MISSING),
            Action::Create => &["split_test_level", "test_variable", "start_time", "end_time"],
            _ if self.id.is_none() => return Err(KEY_MISSING),
            Action::Update => &["start_time", "end_time"],
            Action::Promote => &["winning_object_id"],
            _ => &[],
        };
        match needs.iter().find(|need| self.field(need).is_none()) {
            None => Ok(()),
            Some(need) => {
                Err(Fault { field: None, reason: "field_missing", message: format!("The row needs `{need}`.").into() })
            }
        }
    }

    #[must_use]
    pub(crate) fn field(&self, name: &str) -> Option<&Held> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, held)| held)
    }

    #[must_use]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.field(name).and_then(Held::text).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn budget(&self) -> Option<Decimal> {
        self.field("budget")?.number()
    }

    /// What names it in results.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.objects.join(" / "))
    }
}

fn action(mode: Mode, operation: Option<&Given<'_>>) -> Result<Action, Fault> {
    let own = if mode == Mode::Update { Action::Update } else { Action::Create };
    match operation {
        None => Ok(own),
        Some(Given::Text(word)) if word.trim().is_empty() => Ok(own),
        Some(Given::Text(word)) => {
            let known = [Action::Create, Action::Update, Action::End, Action::Promote];
            known.into_iter().find(|action| action.word().eq_ignore_ascii_case(word.trim())).ok_or(ODD)
        }
        Some(_) => Err(ODD),
    }
}
