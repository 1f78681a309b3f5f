//! Rows of the smaller reports, and how a page of them is sent.

use super::page::Page;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::report::Rule;
use serde_json::{Map, Value};

/// A row: its dimensions and its metrics, each in the order of the request.
pub(super) struct Line {
    pub(super) dimensions: Map<String, Value>,
    pub(super) metrics: Map<String, Value>,
}

/// A page of rows; `extra` is put before `page_info`, with a comma in front.
pub(super) fn answer(lines: &[Line], page: Page, extra: &str) -> Answer {
    let mut data = b"{\"list\":[".to_vec();
    for (count, line) in lines.get(page.rows(lines.len())).unwrap_or_default().iter().enumerate() {
        if count > 0 {
            data.push(b',');
        }
        let row = serde_json::json!({"dimensions": line.dimensions, "metrics": line.metrics});
        data.extend_from_slice(row.to_string().as_bytes());
    }
    data.push(b']');
    data.extend_from_slice(extra.as_bytes());
    data.extend_from_slice(page.info(lines.len()).as_bytes());
    data.push(b'}');
    data.into()
}

/// Sorts by a metric that was asked for, if the call wants it; the greatest first unless told.
pub(super) fn sort(call: &Call, fields: (&str, &str), metrics: &[String], lines: &mut [Line]) -> Result<(), Refusal> {
    let (field, kind) = fields;
    let ascending = call.params.choice(kind, &["ASC", "DESC"])? == Some("ASC");
    let Some(name) = call.params.text(field) else {
        return Ok(());
    };
    if !metrics.iter().any(|metric| metric == name) {
        let valid: Vec<&str> = metrics.iter().map(String::as_str).collect();
        return Err(Refusal::choice(field, &valid, name));
    }
    let value = |line: &Line| {
        let text = line.metrics.get(name).and_then(Value::as_str).unwrap_or_default();
        text.parse().unwrap_or(f64::MIN)
    };
    lines.sort_by(|one, other| value(one).total_cmp(&value(other)));
    if !ascending {
        lines.reverse();
    }
    Ok(())
}

/// The rules of the metrics that were asked for; one that is not in the table is refused.
pub(super) fn rules(
    asked: &[String],
    valid: &[&str],
    rule: impl Fn(&str) -> Option<Rule>,
) -> Result<Vec<(String, Rule)>, Refusal> {
    let one = |(at, name): (usize, &String)| {
        let known = rule(name).filter(|_| valid.contains(&name.as_str()));
        known.map(|rule| (name.clone(), rule)).ok_or_else(|| Refusal::choice(&format!("metrics.{at}"), valid, name))
    };
    asked.iter().enumerate().map(one).collect()
}

/// `YYYY-MM-DD 00:00:00`.
pub(super) fn day(day: chrono::NaiveDate) -> String {
    format!("{day} 00:00:00")
}
