//! A row → what it wants of a split test. Pure.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::config::ads::Action;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::def::{Mode, schema};
use crate::destination::objects::single::Row;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;
use crate::destination::record::steer::OPERATION;

pub(super) const SCHEMA: &str = schema!("split_test");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub row: Row,
    pub action: Action,
    pub objects: Vec<String>,
}

const KEY_MISSING: Fault = Fault::new(
    None,
    "key_missing",
    "The row names no split test: fill `split_test_group_id`, or `object_ids` for a new one.",
);
const ODD: Fault =
    Fault::new(Some(OPERATION), "invalid_operation", "`_op` is none of create, update, end and promote.");

impl Wish {
    pub(crate) fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let row = Row::read(&FIELDS, "split_test_group_id", record, target)?;
        let operation = FIELDS.place(OPERATION).and_then(|place| record.at(place));
        let objects = row.field("object_ids").map(|held| held.texts().to_vec()).unwrap_or_default();
        let wish = Self { row, action: action(mode, operation)?, objects };
        wish.check().map(|()| wish)
    }

    /// Refuses what lacks something, before anything is asked.
    fn check(&self) -> Result<(), Fault> {
        let needs: &[&str] = match self.action {
            Action::Create if self.objects.is_empty() => return Err(KEY_MISSING),
            Action::Create => &["split_test_level", "test_variable", "start_time", "end_time"],
            _ if self.row.id.is_none() => return Err(KEY_MISSING),
            Action::Update => &["start_time", "end_time"],
            Action::Promote => &["winning_object_id"],
            _ => &[],
        };
        match needs.iter().find(|need| self.row.field(need).is_none()) {
            None => Ok(()),
            Some(need) => {
                Err(Fault { field: None, reason: "field_missing", message: format!("The row needs `{need}`.").into() })
            }
        }
    }

    #[must_use]
    pub(crate) fn budget(&self) -> Option<Decimal> {
        self.row.field("budget")?.number()
    }

    /// What names it in results.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        self.row.id.clone().unwrap_or_else(|| self.objects.join(" / "))
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
