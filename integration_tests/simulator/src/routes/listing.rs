//! Lists whose endpoints differ only in names, sizes and filters: one table row each.

use super::filtering::{Keys, name_matches};
use super::page::Page;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::params;
use crate::world::status::{PRIMARY, passes_primary, passes_secondary, secondary_names};
use crate::world::{Level, Record};
use serde_json::Value;
use std::borrow::Cow;

/// How an endpoint lists.
pub(super) struct Listing {
    /// Where the records are in `data`.
    pub(super) key: &'static str,
    /// `page_size` when not told, and at most.
    pub(super) sizes: (u64, u64),
    /// The keys of `filtering`; unknown ones are ignored, as everywhere.
    pub(super) filters: &'static [Filter],
}

/// A key of `filtering`, and what it is compared with.
pub(super) struct Filter {
    name: &'static str,
    field: &'static str,
    rule: Rule,
}

#[derive(Clone, Copy)]
enum Rule {
    /// A list of ids, at most so many.
    Ids(usize),
    /// A list out of these.
    Choices(&'static [&'static str]),
    /// One of these; any text when there are none.
    Choice(&'static [&'static str]),
    /// A part of a text.
    Part,
    Number,
    Numbers,
    Flag,
    From,
    To,
    /// `primary_status`: deleted ones are hidden unless it or a secondary one says otherwise.
    Primary,
    Secondary(Level),
    Objective,
}

const fn filter(name: &'static str, field: &'static str, rule: Rule) -> Filter {
    Filter { name, field, rule }
}

pub(super) const fn ids(name: &'static str, field: &'static str, most: usize) -> Filter {
    filter(name, field, Rule::Ids(most))
}

pub(super) const fn choices(name: &'static str, field: &'static str, valid: &'static [&'static str]) -> Filter {
    filter(name, field, Rule::Choices(valid))
}

pub(super) const fn choice(name: &'static str, valid: &'static [&'static str]) -> Filter {
    filter(name, name, Rule::Choice(valid))
}

pub(super) const fn part(name: &'static str, field: &'static str) -> Filter {
    filter(name, field, Rule::Part)
}

pub(super) const fn number(name: &'static str) -> Filter {
    filter(name, name, Rule::Number)
}

pub(super) const fn numbers(name: &'static str) -> Filter {
    filter(name, name, Rule::Numbers)
}

pub(super) const fn flag(name: &'static str) -> Filter {
    filter(name, name, Rule::Flag)
}

pub(super) const CREATED_FROM: Filter = filter("creation_filter_start_time", "create_time", Rule::From);
pub(super) const CREATED_TO: Filter = filter("creation_filter_end_time", "create_time", Rule::To);
pub(super) const MODIFIED_AFTER: Filter = filter("modified_after", "modify_time", Rule::From);
pub(super) const PRIMARY_STATUS: Filter = filter("primary_status", "", Rule::Primary);
pub(super) const OBJECTIVE: Filter = filter("objective_type", "", Rule::Objective);

pub(super) const fn secondary(level: Level) -> Filter {
    filter("secondary_status", "", Rule::Secondary(level))
}

/// A record, and what filters look at besides.
pub(super) struct Row<'w> {
    pub(super) record: Cow<'w, Record>,
    pub(super) status: Cow<'w, str>,
    pub(super) objective: Cow<'w, str>,
}

impl<'w> From<&'w Record> for Row<'w> {
    fn from(record: &'w Record) -> Self {
        let text = |name: &str| Cow::Borrowed(record.get(name).and_then(Value::as_str).unwrap_or_default());
        Self { record: Cow::Borrowed(record), status: text("secondary_status"), objective: text("objective_type") }
    }
}

impl Row<'_> {
    /// A row of a record that is made for the answer.
    pub(super) fn owned(record: Value) -> Self {
        let record = match record {
            Value::Object(map) => map,
            _ => Record::new(),
        };
        Self { record: Cow::Owned(record), status: Cow::Borrowed(""), objective: Cow::Borrowed("") }
    }
}

/// A checked filter.
struct Check {
    field: &'static str,
    test: Test,
}

enum Test {
    Among(Vec<String>),
    Part(String),
    Number(f64),
    Numbers(Vec<f64>),
    Flag(bool),
    From(String),
    To(String),
    Primary(String),
    Secondary(String),
    Objective(String),
}

impl Check {
    fn holds(&self, row: &Row<'_>) -> bool {
        let value = row.record.get(self.field);
        let text = || value.and_then(Value::as_str).unwrap_or_default();
        match &self.test {
            Test::Among(wanted) => wanted.iter().any(|wanted| wanted == text()),
            Test::Part(part) => name_matches(text(), part),
            Test::Number(wanted) => value.and_then(Value::as_f64) == Some(*wanted),
            Test::Numbers(wanted) => value.and_then(Value::as_f64).is_some_and(|value| wanted.contains(&value)),
            Test::Flag(wanted) => value == Some(&Value::Bool(*wanted)),
            Test::From(wanted) => !text().is_empty() && text() >= wanted.as_str(),
            Test::To(wanted) => !text().is_empty() && text() <= wanted.as_str(),
            Test::Primary(wanted) => passes_primary(&row.status, wanted),
            Test::Secondary(wanted) => passes_secondary(&row.status, wanted),
            Test::Objective(wanted) => row.objective == wanted.as_str(),
        }
    }
}

impl Listing {
    /// The rows that pass `filtering`.
    pub(super) fn select<'w>(&self, call: &Call, mut rows: Vec<Row<'w>>) -> Result<Vec<Row<'w>>, Refusal> {
        let keys = Keys::of(call)?;
        let mut checks = Vec::new();
        for filter in self.filters {
            checks.extend(filter.check(&keys)?.map(|test| Check { field: filter.field, test }));
        }
        rows.retain(|row| checks.iter().all(|check| check.holds(row)));
        Ok(rows)
    }

    /// The page of a call; to be known before the account is looked for, as wrong parameters come first.
    pub(super) fn page(&self, call: &Call) -> Result<Page, Refusal> {
        Page::sized(call, self.sizes.0, self.sizes.1)
    }

    /// A page of rows, with `page_info`.
    pub(super) fn answer(&self, page: Page, rows: &[Row<'_>], fields: Option<&[String]>) -> Answer {
        let mut data = format!("{{\"{}\":[", self.key).into_bytes();
        for (count, row) in rows.get(page.rows(rows.len())).unwrap_or_default().iter().enumerate() {
            if count > 0 {
                data.push(b',');
            }
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(&mut data, &chosen(&row.record, fields));
        }
        data.push(b']');
        data.extend_from_slice(page.info(rows.len()).as_bytes());
        data.push(b'}');
        data.into()
    }
}

/// The fields that were asked for, or all.
pub(super) fn chosen<'r>(record: &'r Record, fields: Option<&[String]>) -> Cow<'r, Record> {
    match fields {
        None => Cow::Borrowed(record),
        Some(fields) => {
            let keep = record.iter().filter(|(name, _)| fields.contains(name));
            Cow::Owned(keep.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
    }
}

impl Filter {
    fn check(&self, keys: &Keys) -> Result<Option<Test>, Refusal> {
        let name = self.name;
        Ok(match self.rule {
            Rule::Ids(most) => keys.ids(name, most)?.map(Test::Among),
            Rule::Choices(valid) => keys.choices(name, valid)?.map(Test::Among),
            Rule::Choice([]) => keys.text(name)?.map(|one| Test::Among(vec![one])),
            Rule::Choice(valid) => keys.choice(name, valid)?.map(|one| Test::Among(vec![one])),
            Rule::Part => keys.text(name)?.map(Test::Part),
            Rule::Number => keys.number(name)?.map(Test::Number),
            Rule::Numbers => keys.numbers(name)?.map(Test::Numbers),
            Rule::Flag => keys.flag(name)?.map(Test::Flag),
            Rule::From => keys.moment(name)?.map(|moment| Test::From(moment.format(TIME).to_string())),
            Rule::To => keys.moment(name)?.map(|moment| Test::To(moment.format(TIME).to_string())),
            Rule::Primary => {
                let told = keys.text("secondary_status")?.is_some();
                let default = if told { "STATUS_ALL" } else { "STATUS_NOT_DELETE" };
                Some(Test::Primary(keys.choice(name, PRIMARY)?.unwrap_or_else(|| default.to_owned())))
            }
            Rule::Secondary(level) => {
                let valid = secondary_names(level);
                let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
                keys.choice(name, &valid)?.map(Test::Secondary)
            }
            Rule::Objective => keys.text(name)?.map(Test::Objective),
        })
    }
}

const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// Ids in a parameter of the query, as many as there may be; all of them decimal.
pub(super) fn asked(call: &Call, name: &str, most: usize) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = call.params.strings(name)? else {
        return Ok(None);
    };
    if list.is_empty() || list.len() > most {
        return Err(Refusal::param(format!("{name}: Length must be between 1 and {most}")));
    }
    Ok(Some(list))
}

/// The same, where ids are decimal.
pub(super) fn asked_ids(call: &Call, name: &str, most: usize) -> Result<Option<Vec<String>>, Refusal> {
    let list = asked(call, name, most)?;
    for (at, id) in list.iter().flatten().enumerate() {
        params::id(&format!("{name}.{at}"), id)?;
    }
    Ok(list)
}
