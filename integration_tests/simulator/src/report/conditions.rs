//! The `filtering` list of a report: conditions on objects, on splits and on metrics.

use super::metrics::Metric;
use crate::answer::Refusal;
use crate::params;
use crate::world::status::{passes_primary, passes_secondary};
use crate::world::{Account, Entity, Level};
use serde_json::Value;

/// [LIVE 70427355816] accepts RANGE too.
const TYPES: &[&str] = &[
    "IN",
    "CONTAIN_ANY_OF",
    "MATCH",
    "NOT_IN",
    "GREATER_EQUAL",
    "GREATER_THAN",
    "LOWER_EQUAL",
    "LOWER_THAN",
    "BETWEEN",
    "RANGE",
];

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Id(Level),
    AdV2,
    Name(Level),
    Status(Level),
    /// A field of the record of a level.
    Field(Level, &'static str),
    Buying,
    /// `YYYY-MM-DD HH:MM:SS`, UTC.
    Created,
    /// A splitting dimension.
    Split(&'static str),
    Metric(Metric),
}

/// One condition; all of a list must hold [DOC 1775747484045313].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) subject: Subject,
    kind: &'static str,
    values: Vec<String>,
}

impl Condition {
    /// Deleted objects of the level are hidden unless a condition on its status says otherwise;
    /// the advertiser level has no status.
    pub(crate) fn default_for(level: Option<Level>, deleted: bool) -> Vec<Self> {
        let value = if deleted { "STATUS_ALL" } else { "STATUS_NOT_DELETE" };
        let status = |level| Self { subject: Subject::Status(level), kind: "IN", values: vec![value.to_owned()] };
        level.map(status).into_iter().collect()
    }

    /// Whether it names objects by their ids.
    pub(crate) fn is_id(&self) -> bool {
        matches!(self.subject, Subject::Id(_) | Subject::AdV2)
    }

    /// Whether an object passes; conditions on rows always do.
    pub(crate) fn entity(&self, account: &Account, entity: &Entity) -> bool {
        let of = |level| match level {
            Level::Campaign => account.find(level, entity.campaign),
            Level::AdGroup => account.find(level, entity.adgroup),
            Level::Ad => Some(entity).filter(|entity| entity.level == Level::Ad),
        };
        let id = |level| of(level).map(|entity| entity.id.to_string());
        match self.subject {
            Subject::Metric(_) | Subject::Split(_) => true,
            Subject::Id(level) => self.holds(id(level)),
            Subject::AdV2 => self.holds(Some(entity.ad_v2().to_string())),
            Subject::Name(level) => self.holds(of(level).map(|entity| entity.name.clone())),
            Subject::Status(level) => of(level).is_none_or(|entity| self.status(account, entity)),
            Subject::Buying => self.holds(Some(entity.buying.wire().to_owned())),
            Subject::Created => self.holds(Some(entity.created.format("%Y-%m-%d %H:%M:%S").to_string())),
            Subject::Field(level, name) => {
                let record = of(level).map(|entity| account.record(entity));
                let value = record.and_then(|record| record.get(name).cloned());
                self.holds(value.and_then(|value| value.as_str().map(str::to_owned)))
            }
        }
    }

    fn status(&self, account: &Account, entity: &Entity) -> bool {
        let status = account.secondary_status(entity);
        let one = |wanted: &String| passes_primary(status, wanted) || passes_secondary(status, wanted);
        let any = self.values.iter().any(one);
        if self.kind == "NOT_IN" { !any } else { any }
    }

    /// Whether a text (or number as text) passes.
    pub(crate) fn holds(&self, found: Option<String>) -> bool {
        let Some(found) = found else { return false };
        let first = self.values.first().map(String::as_str).unwrap_or_default();
        let last = self.values.last().map(String::as_str).unwrap_or_default();
        let order = |other: &str| compare(&found, other);
        match self.kind {
            "IN" => self.values.contains(&found),
            "NOT_IN" => !self.values.contains(&found),
            "MATCH" => found.to_lowercase().contains(&first.to_lowercase()),
            "CONTAIN_ANY_OF" => self.values.iter().any(|value| found.contains(value.as_str())),
            "GREATER_EQUAL" => order(first).is_ge(),
            "GREATER_THAN" => order(first).is_gt(),
            "LOWER_EQUAL" => order(first).is_le(),
            "LOWER_THAN" => order(first).is_lt(),
            _ => order(first).is_ge() && order(last).is_le(),
        }
    }
}

fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    }
}

/// The conditions of a request, with the default of its level where it says nothing of status.
pub(crate) fn parse(list: &[Value], level: Option<Level>, splits: &[&'static str]) -> Result<Vec<Condition>, Refusal> {
    let mut all = Vec::new();
    for (at, item) in list.iter().enumerate() {
        all.push(condition(at, item, splits)?);
    }
    let told = |c: &Condition| level.is_some_and(|level| c.subject == Subject::Status(level));
    if !all.iter().any(told) {
        all.extend(Condition::default_for(level, false));
    }
    Ok(all)
}

fn condition(at: usize, item: &Value, splits: &[&'static str]) -> Result<Condition, Refusal> {
    let names = ["field_name", "filter_type", "filter_value"];
    let missing: Vec<String> =
        names.iter().filter(|name| item.get(**name).is_none()).map(|name| format!("filtering.{at}.{name}")).collect();
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        return Err(Refusal::missing(&missing));
    }
    let text = |name: &str| {
        let value = item.get(name).and_then(Value::as_str);
        value.ok_or_else(|| Refusal::param(format!("filtering.{at}.{name}: Not a valid string")))
    };
    let (field, kind, value) = (text("field_name")?, text("filter_type")?, text("filter_value")?);
    let path = format!("filtering.{at}");
    let kind = TYPES
        .iter()
        .find(|known| **known == kind)
        .ok_or_else(|| Refusal::choice(&format!("{path}.filter_type"), TYPES, kind))?;
    let subject = subject(field, splits)
        .ok_or_else(|| Refusal::param(format!("{path}.field_name: unsupported filter field, error is {field}")))?;
    Ok(Condition { subject, kind, values: values(&path, kind, value, subject)? })
}

/// Lists come as JSON in a string; BETWEEN has exactly two.
fn values(path: &str, kind: &str, value: &str, subject: Subject) -> Result<Vec<String>, Refusal> {
    if !matches!(kind, "IN" | "NOT_IN" | "CONTAIN_ANY_OF" | "BETWEEN" | "RANGE") {
        return Ok(vec![value.to_owned()]);
    }
    let path = format!("{path}.filter_value");
    let list: Value = serde_json::from_str(value)
        .map_err(|_| Refusal::param(format!("{path}: Not a valid JSON array in a string")))?;
    let list = params::strings(&path, &list)?;
    let ids = matches!(subject, Subject::Id(_) | Subject::AdV2);
    if matches!(kind, "BETWEEN" | "RANGE") && list.len() != 2 {
        return Err(Refusal::param(format!("{path}: Length must be 2")));
    }
    if ids && list.len() > 100 {
        return Err(Refusal::param(format!("{path}: Length must be between 1 and 100")));
    }
    Ok(list)
}

fn subject(field: &str, splits: &[&'static str]) -> Option<Subject> {
    let split = splits.iter().find(|name| **name == field);
    Some(match field {
        "campaign_ids" => Subject::Id(Level::Campaign),
        "adgroup_ids" => Subject::Id(Level::AdGroup),
        "ad_ids" => Subject::Id(Level::Ad),
        "ad_ids_v2" => Subject::AdV2,
        "campaign_name" => Subject::Name(Level::Campaign),
        "adgroup_name" => Subject::Name(Level::AdGroup),
        "ad_name" => Subject::Name(Level::Ad),
        "campaign_status" => Subject::Status(Level::Campaign),
        "adgroup_status" => Subject::Status(Level::AdGroup),
        "ad_status" => Subject::Status(Level::Ad),
        "objective_type" => Subject::Field(Level::Campaign, "objective_type"),
        "campaign_automation_type" => Subject::Field(Level::Campaign, "campaign_automation_type"),
        "promotion_type" => Subject::Field(Level::AdGroup, "promotion_type"),
        "optimization_goal" => Subject::Field(Level::AdGroup, "optimization_goal"),
        "buying_type" => Subject::Buying,
        "create_time" => Subject::Created,
        _ if split.is_some() => Subject::Split(split?),
        _ => Subject::Metric(Metric::named(field)?),
    })
}
