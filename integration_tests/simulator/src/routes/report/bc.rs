//! `report_type=BC`: what the accounts of a Business Center spent (`docs/tiktok-api.md` 4.1–4.3
//! [DOC 1775747432712194, 1775747492072449]).

use super::question::{self, conflict, range, within};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::report::{Bucket, Clock, Grid, Kind, Ledger, Metric, Moment, Quantity, Rule, Source, Sums, buckets};
use crate::routes::business;
use crate::routes::lines::{self, Line};
use crate::routes::page::Page;
use crate::state::Shared;
use crate::world::{Account, Level, World};
use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Map, Value};

/// What may stand beside a time, in any order.
const GROUPS: [&[&str]; 4] =
    [&[], &["advertiser_id"], &["advertiser_id", "country_code"], &["advertiser_id", "placement"]];
const TIMES: &[&str] = &["stat_time_day", "stat_time_week", "stat_time_month"];

/// Metrics of all groups.
const SPLIT: &[&str] =
    &["spend", "cpc", "cpm", "impressions", "clicks", "ctr", "conversion", "cost_per_conversion", "conversion_rate"];
/// Those that no split has.
const WHOLE: &[&str] = &[
    "billed_cost",
    "cash_spend",
    "voucher_spend",
    "cashback_coupon_spend",
    "tax_spend",
    "reach",
    "real_time_conversion",
    "real_time_cost_per_conversion",
    "real_time_conversion_rate",
    "account_type",
    "skan_conversion",
    "registration",
    "purchase",
    "app_install",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
];

/// Money that no other report has.
fn rule(name: &str) -> Option<Rule> {
    match name {
        "cashback_coupon_spend" | "tax_spend" => Some(Rule::Money(Quantity::Zero)),
        "account_type" => Some(Rule::Attribute),
        _ => Metric::named(name).map(|metric| metric.rule),
    }
}

struct Question {
    dimensions: Vec<String>,
    split: Vec<&'static str>,
    metrics: Vec<(String, Rule)>,
    range: (NaiveDate, NaiveDate),
}

pub(super) fn report(world: &World, call: &Call, shared: &Shared) -> Outcome {
    let question = question(call, shared.options.reports.max_metrics)?;
    let page = Page::of(call, 1_000)?;
    let business = business::reached(world, call)?;
    let filters = filters(call)?;
    let mut ledger = Ledger::default();
    for account in world.accounts.iter().filter(|account| account.business == business.id) {
        if filters.iter().all(|(field, values)| values.contains(&property(account, field))) {
            add(&mut ledger, world, account, &question);
        }
    }
    let mut lines: Vec<Line> = ledger.0.iter().map(|(names, sums)| line(&question, names, sums)).collect();
    let names: Vec<String> = question.metrics.iter().map(|(name, _)| name.clone()).collect();
    lines::sort(call, ("order_field", "order_type"), &names, &mut lines)?;
    Ok(lines::answer(&lines, page, ""))
}

fn question(call: &Call, most: usize) -> Result<Question, Refusal> {
    call.params.require(&["bc_id"])?;
    let unwanted = ["service_type", "data_level"].into_iter().find(|name| call.params.text(name).is_some());
    if let Some(name) = unwanted {
        return Err(Refusal::param(format!("{name}: not supported when report_type is BC")));
    }
    let known: Vec<&str> = TIMES.iter().chain(&["advertiser_id", "country_code", "placement"]).copied().collect();
    let dimensions = call.params.choices("dimensions", &known)?.unwrap_or_default();
    let (times, group): (Vec<&str>, Vec<&str>) =
        dimensions.iter().map(String::as_str).partition(|name| TIMES.contains(name));
    let fits = |one: &&[&str]| one.len() == group.len() && one.iter().all(|name| group.contains(name));
    let group = GROUPS.into_iter().find(fits).filter(|_| times.len() <= 1 && !dimensions.is_empty());
    let split: Vec<&str> = group.ok_or_else(conflict)?.iter().skip(1).copied().collect();
    let valid: Vec<&str> = if split.is_empty() { [SPLIT, WHOLE].concat() } else { SPLIT.to_vec() };
    let asked = question::metrics(call, most, &valid)?;
    let range = range(call)?;
    within(range, (365, "report_type BC"))?;
    Ok(Question { metrics: lines::rules(&asked, &valid, rule)?, dimensions, split, range })
}

/// Conditions on accounts: the fields that official pages name, IN only.
fn filters(call: &Call) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    const FIELDS: &[&str] = &["advertiser_id", "advertiser_name", "registered_area", "currency_of_account"];
    let mut all = Vec::new();
    for (at, item) in call.params.array("filtering")?.unwrap_or_default().iter().enumerate() {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let path = format!("filtering.{at}");
        let (field, kind) = (text("field_name"), text("filter_type"));
        if !FIELDS.contains(&field.as_str()) {
            return Err(Refusal::choice(&format!("{path}.field_name"), FIELDS, &field));
        }
        if kind != "IN" {
            return Err(Refusal::choice(&format!("{path}.filter_type"), &["IN"], &kind));
        }
        let wrong = || Refusal::param(format!("{path}.filter_value: Not a valid JSON array in a string"));
        let values = serde_json::from_str(&text("filter_value")).map_err(|_| wrong())?;
        all.push((field, crate::params::strings(&format!("{path}.filter_value"), &values)?));
    }
    Ok(all)
}

fn property(account: &Account, field: &str) -> String {
    match field {
        "advertiser_id" => account.id.to_string(),
        "advertiser_name" => account.name.clone(),
        "registered_area" => account.country.clone(),
        _ => account.currency.clone(),
    }
}

fn add(ledger: &mut Ledger, world: &World, account: &Account, question: &Question) {
    let splits = buckets(Kind::Basic, if question.split == ["country_code"] { &["country_code"] } else { &[] });
    let splits = if question.split == ["placement"] { buckets(Kind::Audience, &["placement"]) } else { splits };
    let grid = Grid { clock: Clock::of(world, account), range: question.range, hourly: false, buckets: &splits };
    let id = account.id.to_string();
    let name = |moment: Moment, bucket: &Bucket| {
        let value = |dimension: &String| match dimension.as_str() {
            "advertiser_id" => id.clone(),
            "country_code" | "placement" => bucket.values.first().copied().unwrap_or_default().to_owned(),
            "stat_time_day" => lines::day(moment.day),
            "stat_time_week" => {
                lines::day(moment.day - TimeDelta::days(i64::from(moment.day.weekday().num_days_from_monday())))
            }
            _ => lines::day(moment.day.with_day(1).unwrap_or(moment.day)),
        };
        question.dimensions.iter().map(value).collect()
    };
    for ad in account.all(Level::Ad) {
        if let Some(activity) = ad.activity {
            ledger.add(Source { id: ad.id, activity }, grid, name);
        }
    }
}

fn line(question: &Question, names: &[String], sums: &Sums) -> Line {
    let dimensions = question.dimensions.iter().cloned().zip(names.iter().cloned().map(Value::String));
    let value = |(name, rule): &(String, Rule)| {
        let text = if name == "account_type" { "AUCTION".to_owned() } else { sums.value(*rule) };
        (name.clone(), Value::String(text))
    };
    Line { dimensions: dimensions.collect(), metrics: question.metrics.iter().map(value).collect::<Map<_, _>>() }
}
