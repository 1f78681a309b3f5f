//! `/report/integrated/get/`, BASIC and AUDIENCE (`tiktok-api.md` 4.1–4.3
//! [DOC 1740302848100353][YML report_integrated_get.yml]).

use super::page::Page;
use super::{Route, get, sandbox};
use crate::answer::{Answer, Outcome, Refusal};
use crate::assumptions::{AUDIENCE_NEEDS_BREAKDOWN, CONFLICT_CODE, COUNTRY_BY_HOUR, MAX_METRICS};
use crate::call::Call;
use crate::params;
use crate::report::{Dimension, Metric, Parts, ReportQuery, dimension_names, parse_conditions, prepare, total};
use crate::server::Shared;
use crate::world::{Account, Level, World};
use chrono::NaiveDate;
use serde_json::Value;

pub(super) static ROUTES: &[Route] = &[get("/report/integrated/get/", integrated)];

const TYPES: &[&str] = &["BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP"];
const LEVELS: &[&str] = &[
    "AUCTION_AD",
    "AUCTION_ADGROUP",
    "AUCTION_CAMPAIGN",
    "AUCTION_ADVERTISER",
    "RESERVATION_AD",
    "RESERVATION_ADGROUP",
    "RESERVATION_CAMPAIGN",
    "RESERVATION_ADVERTISER",
];
const THROTTLED: &str = "Number of ad ids is equal or more than 20k, only return the top 20k id's \
                         results, sorting by create time desc order.";

fn integrated(world: &World, call: &Call, shared: &Shared) -> Outcome {
    let question = question(call)?;
    let page = Page::of(call, 1_000)?;
    let totals = call.params.flag("enable_total_metrics")?;
    let accounts = accounts(world, call)?;
    if let (Some(sandbox), [account]) = (shared.options.sandbox, accounts.as_slice()) {
        return sandbox::report(call, account, page, sandbox.code);
    }
    let many = call.params.text("advertiser_ids").is_some();
    let limit = shared.options.ads_in_report;
    let each: Vec<Parts> =
        accounts.iter().map(|account| Parts { advertiser: account.id, ads: limit, ..question.clone() }).collect();
    let pairs = accounts.iter().zip(&each);
    let reports: Vec<_> = pairs.map(|(account, parts)| prepare(world, account, parts, &shared.reports)).collect();
    let count = reports.iter().map(|report| report.len()).sum();
    let rows = page.rows(count);
    let mut data = Vec::with_capacity(64 + rows.len() * 256);
    data.extend_from_slice(b"{\"list\":[");
    let mut before = 0;
    for (report, account) in reports.iter().zip(&accounts) {
        for at in rows.clone().skip_while(|at| *at < before).take_while(|at| at - before < report.len()) {
            if at > rows.start {
                data.push(b',');
            }
            let start = data.len();
            report.write(at - before, &mut data);
            if many {
                together(account, &mut data, start);
            }
        }
        before += report.len();
    }
    data.push(b']');
    if totals {
        data.extend_from_slice(format!(",\"total_metrics\":{}", total(&reports)).as_bytes());
    }
    data.extend_from_slice(page.info(count).as_bytes());
    data.push(b'}');
    let mut answer = Answer::from(data);
    if accounts.iter().any(|account| account.all(Level::Ad).len() >= limit) {
        answer.headers.push(("x-tt-ads-throttle", THROTTLED.to_owned()));
    }
    Ok(answer)
}

/// With `advertiser_ids`: money has no decimals, and rows say whose they are.
fn together(account: &Account, data: &mut Vec<u8>, start: usize) {
    let Some(text) = data.get(start..) else {
        return;
    };
    let Ok(mut row) = serde_json::from_slice::<Value>(text) else {
        return;
    };
    let Some(metrics) = row.get_mut("metrics").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, value) in metrics.iter_mut() {
        let money = name == "spend" || name.ends_with("_spend") || name.ends_with("_cost");
        let whole = value.as_str().and_then(|text| text.split_once('.'));
        if let Some((whole, _)) = whole.filter(|_| money) {
            *value = Value::from(whole);
        }
    }
    metrics.insert("currency".to_owned(), Value::from(account.currency.clone()));
    metrics.insert("timezone".to_owned(), Value::from(account.zone.name()));
    metrics.insert("advertiser_id".to_owned(), Value::from(account.id.to_string()));
    data.truncate(start);
    data.extend_from_slice(row.to_string().as_bytes());
}

/// `advertiser_ids` (at most 5) wins over `advertiser_id`.
fn accounts<'w>(world: &'w World, call: &Call) -> Result<Vec<&'w Account>, Refusal> {
    let Some(ids) = call.params.strings("advertiser_ids")? else {
        return Ok(vec![call.account(world)?]);
    };
    if ids.is_empty() || ids.len() > 5 {
        return Err(Refusal::param("advertiser_ids: Length must be between 1 and 5"));
    }
    let mut accounts = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        accounts.push(call.reach(world, params::id(&format!("advertiser_ids.{at}"), id)?)?);
    }
    Ok(accounts)
}

/// Everything in the request but the account.
fn question(call: &Call) -> Result<Parts, Refusal> {
    call.params.require(&["report_type", "dimensions"])?;
    call.params.choice("service_type", &["AUCTION", "RESERVATION"])?;
    call.params.choice("query_mode", &["REGULAR", "CHUNK"])?;
    let kind = call.params.choice("report_type", TYPES)?.unwrap_or_default();
    let audience = match kind {
        "BASIC" => false,
        "AUDIENCE" => true,
        other => {
            return Err(Refusal::new(40008, format!("report_type {other} is not simulated")));
        }
    };
    call.params.require(&["data_level"])?;
    let level = level(call.params.choice("data_level", LEVELS)?.unwrap_or_default());
    let names = call.params.choices("dimensions", &dimension_names(audience))?;
    let lifetime = call.params.flag("query_lifetime")?;
    let query = ReportQuery {
        advertiser: 0,
        level,
        audience,
        dimensions: names.unwrap_or_default(),
        metrics: metrics(call)?,
        range: range(call, lifetime)?,
        deleted: false,
    };
    let mut parts = Parts::of(&query).ok_or_else(conflict)?;
    combination(&parts, lifetime)?;
    span(&parts)?;
    let filters = call.params.array("filtering")?.unwrap_or_default();
    parts.conditions = parse_conditions(&filters, level, &parts.splits)?;
    parts.order = order(call)?;
    Ok(parts)
}

fn level(name: &str) -> Option<Level> {
    match name.rsplit('_').next() {
        Some("AD") => Some(Level::Ad),
        Some("ADGROUP") => Some(Level::AdGroup),
        Some("CAMPAIGN") => Some(Level::Campaign),
        _ => None,
    }
}

fn metrics(call: &Call) -> Result<Vec<String>, Refusal> {
    let asked = call.params.strings("metrics")?.filter(|all| !all.is_empty());
    let asked = asked.unwrap_or_else(|| vec!["spend".to_owned(), "impressions".to_owned()]);
    if asked.len() > MAX_METRICS {
        return Err(Refusal::param(format!("metrics: Length must be between 1 and {MAX_METRICS}")));
    }
    match asked.iter().enumerate().find(|(_, name)| Metric::named(name).is_none()) {
        Some((at, name)) => Err(Refusal::choice(&format!("metrics.{at}"), &Metric::names(), name)),
        None => Ok(asked),
    }
}

fn range(call: &Call, lifetime: bool) -> Result<Option<(NaiveDate, NaiveDate)>, Refusal> {
    if lifetime {
        return Ok(None);
    }
    call.params.require(&["start_date", "end_date"])?;
    let range = call.params.date("start_date")?.zip(call.params.date("end_date")?);
    match range {
        Some((start, end)) if start > end => {
            Err(Refusal::param("start_date: start_date must not be later than end_date"))
        }
        other => Ok(other),
    }
}

/// At most 1 day by hour, 30 by day, 365 otherwise, both ends included.
fn span(parts: &Parts) -> Result<(), Refusal> {
    let Some((start, end)) = parts.range else {
        return Ok(());
    };
    let days = (end - start).num_days() + 1;
    let (most, by) = if parts.has(Dimension::Hour) {
        (1, "stat_time_hour")
    } else if parts.has(Dimension::Day) {
        (30, "stat_time_day")
    } else {
        (365, "no time dimension")
    };
    if days <= most {
        return Ok(());
    }
    Err(Refusal::param(format!("The max time span is {most} days when use {by}.")))
}

/// Which dimensions may stand together, and at which level.
fn combination(parts: &Parts, lifetime: bool) -> Result<(), Refusal> {
    let names: Vec<Dimension> = parts.dimensions.iter().map(|(_, dimension)| *dimension).collect();
    let count = |test: fn(&Dimension) -> bool| names.iter().filter(|d| test(d)).count();
    let times = count(|d| matches!(d, Dimension::Day | Dimension::Hour));
    let ids = count(|d| matches!(d, Dimension::Advertiser | Dimension::Entity(_) | Dimension::AdV2));
    let fits = names.iter().all(|dimension| match dimension {
        Dimension::Advertiser => parts.level.is_none(),
        Dimension::Entity(level) => parts.level == Some(*level),
        Dimension::AdV2 => parts.level == Some(Level::Ad),
        _ => true,
    });
    let pair = parts.splits.len() == 2 && ["gender", "age"].iter().all(|s| parts.splits.contains(s));
    let id = ids == 1 || (ids == 0 && parts.level.is_none());
    let attributes = parts.metrics.iter().any(Metric::is_attribute) && !parts.by_entity();
    let alone = parts.audience && AUDIENCE_NEEDS_BREAKDOWN && parts.splits.is_empty();
    let country = !COUNTRY_BY_HOUR && parts.has(Dimension::Hour) && !parts.splits.is_empty();
    let timed = lifetime && (times > 0 || parts.audience || parts.splits.contains(&"country_code"));
    let legal = fits && id && times <= 1 && (parts.splits.len() <= 1 || pair);
    if legal && !attributes && !alone && !country && !timed { Ok(()) } else { Err(conflict()) }
}

fn conflict() -> Refusal {
    let text = "Conflict occurs. The input params including metrics and dimensions have no relation.";
    Refusal::new(CONFLICT_CODE, text)
}

fn order(call: &Call) -> Result<Option<(Metric, bool)>, Refusal> {
    let descending = call.params.choice("order_type", &["ASC", "DESC"])? != Some("ASC");
    let Some(name) = call.params.text("order_field") else {
        return Ok(None);
    };
    let metric = Metric::named(name).filter(|metric| !metric.is_attribute());
    let metric = metric.ok_or_else(|| Refusal::choice("order_field", &Metric::names(), name))?;
    Ok(Some((metric, descending)))
}
