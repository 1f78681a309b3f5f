//! Rows as text. What is the same in many rows is rendered once, because a benchmark reads a
//! million of them: the attributes of an object, and the numbers of a whole day of an ad.

use super::attributes;
use super::cache::ReportCache;
use super::conditions::Subject;
use super::kind::Kind;
use super::leaf::Quantity;
use super::metrics::{self, Metric, Rule};
use super::query::{Dimension, Parts};
use super::rows::{Delivery, Row, Table, date};
use super::texts::{Run, Slot, Texts};
use crate::world::{Account, World};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A report on one account.
pub(crate) struct Report<'w> {
    account: &'w Account,
    parts: &'w Parts,
    table: Arc<Table>,
    texts: Arc<Texts>,
}

/// Finds out the rows of a report.
pub(crate) fn prepare<'w>(world: &'w World, account: &'w Account, parts: &'w Parts, cache: &ReportCache) -> Report<'w> {
    // The metrics decide about rows only when one is compared or sorted by.
    let key = format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {} {} {}",
        parts.advertiser,
        parts.level,
        parts.kind,
        parts.dimensions,
        parts.range,
        parts.conditions,
        parts.order,
        parts.ads,
        parts.named,
        parts.idle
    );
    let table = cache.table(key, || table(world, account, parts));
    let key = (account.id, parts.level, parts.kind, parts.metrics.clone());
    let texts = cache.texts(key, || Texts::new(account, &parts.metrics));
    Report { account, parts, table, texts }
}

fn table(world: &World, account: &Account, parts: &Parts) -> Table {
    let mut table = Table::build(world, account, parts);
    let mut rows = std::mem::take(&mut table.rows);
    for condition in &parts.conditions {
        match condition.subject {
            Subject::Metric(metric) => {
                rows.retain(|row| condition.holds(Some(value(&table, account, parts, row, metric))))
            }
            Subject::Split(name) => {
                let at = parts.splits.iter().position(|split| *split == name).unwrap_or(0);
                rows.retain(|row| {
                    let bucket = table.buckets.get(usize::from(row.bucket));
                    let found = bucket.and_then(|bucket| bucket.values.get(at));
                    condition.holds(found.map(|value| (*value).to_owned()))
                });
            }
            _ => {}
        }
    }
    if let Some((metric, descending)) = parts.order {
        let number = |row: &Row| value(&table, account, parts, row, metric).parse().unwrap_or(-1.0);
        let mut keyed: Vec<(f64, Row)> = rows.iter().map(|row| (number(row), *row)).collect();
        keyed.sort_by(|one, other| {
            let order = one.0.total_cmp(&other.0);
            if descending { order.reverse() } else { order }
        });
        rows = keyed.into_iter().map(|(_, row)| row).collect();
    }
    table.rows = rows;
    table
}

fn value(table: &Table, account: &Account, parts: &Parts, row: &Row, metric: Metric) -> String {
    let days = table.days(account, row);
    number(table, &days, parts, row, metric)
}

fn number(table: &Table, days: &[Delivery], parts: &Parts, row: &Row, metric: Metric) -> String {
    let mut out = String::new();
    let sum = |quantity: Quantity| table.sum(days, row, quantity);
    metrics::write(metric.rule, parts.advertiser_daily(), &sum, &mut out);
    out
}

impl Report<'_> {
    pub(crate) fn len(&self) -> usize {
        self.table.rows.len()
    }

    /// Writes a row as JSON.
    pub(crate) fn write(&self, at: usize, out: &mut Vec<u8>) {
        let Some(row) = self.table.rows.get(at) else {
            return;
        };
        out.extend_from_slice(b"{\"dimensions\":{");
        self.dimensions(row, out);
        out.extend_from_slice(b"},\"metrics\":{");
        self.metrics(row, &self.table.days(self.account, row), out);
        out.extend_from_slice(b"}}");
    }

    /// Whether ads were left out because the account has too many.
    pub(crate) fn is_cut(&self) -> bool {
        self.table.cut
    }

    fn dimensions(&self, row: &Row, out: &mut Vec<u8>) {
        for (count, (name, dimension)) in self.parts.dimensions.iter().enumerate() {
            pair(count, name, &self.dimension(row, *dimension), out);
            if name == "interest_category" {
                pair(1, "interest_category_v2", &self.dimension(row, *dimension), out);
            }
        }
    }

    fn dimension(&self, row: &Row, dimension: Dimension) -> String {
        match dimension {
            Dimension::Advertiser => self.account.id.to_string(),
            Dimension::Entity(_) | Dimension::AdV2 => {
                let group = usize::try_from(row.group).ok();
                let group = group.and_then(|at| self.table.groups.get(at));
                group.map(|group| group.id.to_string()).unwrap_or_default()
            }
            Dimension::Day => format!("{} 00:00:00", date(row.from)),
            Dimension::Hour => format!("{} {:02}:00:00", date(row.from), row.hour.unwrap_or(0)),
            Dimension::Split(at) => {
                let bucket = self.table.buckets.get(usize::from(row.bucket));
                let value = bucket.and_then(|bucket| bucket.values.get(at)).copied();
                value.unwrap_or("-").to_owned()
            }
        }
    }

    fn metrics(&self, row: &Row, days: &[Delivery], out: &mut Vec<u8>) {
        for (count, run) in self.texts.0.iter().enumerate() {
            if count > 0 {
                out.push(b',');
            }
            match self.slot(run, row, days) {
                None => self.run(row, days, &run.metrics, out),
                Some(slot) => out.extend_from_slice(slot.get_or_init(|| {
                    let mut text = Vec::new();
                    self.run(row, days, &run.metrics, &mut text);
                    text.into()
                })),
            }
        }
    }

    /// Where the text of a run is kept, if other rows have the same.
    fn slot<'r>(&self, run: &'r Run, row: &Row, days: &[Delivery]) -> Option<&'r Slot> {
        let place = match days {
            _ if run.attributes => {
                let group = self.table.groups.get(usize::try_from(row.group).ok()?)?;
                u64::from(*group.ads.first()?)
            }
            [day] if self.parts.ad_days() && !day.today => day.variant,
            _ => return None,
        };
        run.texts.get(usize::try_from(place).ok()?)
    }

    fn run(&self, row: &Row, days: &[Delivery], metrics: &[Metric], out: &mut Vec<u8>) {
        let group = usize::try_from(row.group).ok().and_then(|at| self.table.groups.get(at));
        let entity = group.zip(self.parts.level);
        let entity = entity.and_then(|(group, level)| self.account.find(level, group.entity));
        for (count, metric) in metrics.iter().enumerate() {
            let value = match metric.rule {
                Rule::Attribute => attributes::value(self.account, entity, metric.name),
                // Only BASIC reports have it (`docs/tiktok-api.md` 4.3).
                _ if metric.name == "billed_cost" && self.parts.kind != Kind::Basic => "-".to_owned(),
                _ => number(&self.table, days, self.parts, row, *metric),
            };
            pair(count, metric.name, &value, out);
        }
    }
}

fn pair(count: usize, name: &str, value: &str, out: &mut Vec<u8>) {
    if count > 0 {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, value);
}

/// `total_metrics`: sums over all rows, `-` for what cannot be summed.
pub(crate) fn total(reports: &[Report<'_>]) -> Value {
    let Some(first) = reports.first() else {
        return Value::Null;
    };
    let mut totals = Map::new();
    for metric in &first.parts.metrics {
        let text = match metric.rule {
            Rule::Count(quantity) | Rule::Money(quantity) => {
                let sum = reports.iter().map(|report| all(report, quantity)).sum::<u64>();
                let mut text = String::new();
                metrics::write(metric.rule, false, &|_| sum, &mut text);
                text
            }
            _ => "-".to_owned(),
        };
        totals.insert(metric.name.to_owned(), Value::String(text));
    }
    Value::Object(totals)
}

fn all(report: &Report<'_>, quantity: Quantity) -> u64 {
    let sum = |row: &Row| {
        let days = report.table.days(report.account, row);
        report.table.sum(&days, row, quantity)
    };
    report.table.rows.iter().map(sum).sum()
}
