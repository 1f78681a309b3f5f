//! What the parts of Smart+ ads did: `/smart_plus/material_report/overview/` and `/breakdown/`
//! (`docs/tiktok-api.md` 4.7 [DOC 1843317489576961, 1843317510389761]). The sums are those of the ads.

use super::filtering::Keys;
use super::lines::{self, Line};
use super::page::Page;
use super::report::{conflict, metrics, range, within};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::report::{Bucket, Clock, Grid, Kind, Ledger, Metric, Moment, Rule, Source, Sums, buckets};
use crate::state::Shared;
use crate::world::{Account, Entity, World, smart_plus_material};
use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[
    get("/smart_plus/material_report/overview/", |world, call, shared| report(world, call, shared, &OVERVIEW)),
    get("/smart_plus/material_report/breakdown/", |world, call, shared| report(world, call, shared, &BREAKDOWN)),
];

/// What distinguishes the two.
struct Form {
    /// Of these exactly one, with exactly one of [`PARTS`].
    beside: &'static [&'static str],
    lifetime: bool,
    /// The names of the filters by part.
    filters: [&'static str; 4],
}

const PARTS: [&str; 4] =
    ["main_material_id", "ad_text_entity_id", "call_to_action_entity_id", "interactive_add_on_entity_id"];

static OVERVIEW: Form = Form {
    beside: &["advertiser_id", "campaign_id", "adgroup_id", "smart_plus_ad_id"],
    lifetime: true,
    filters: ["main_material_ids", "ad_text_entity_ids", "call_to_action_entity_ids", "interactive_add_on_entity_ids"],
};

/// Its filters are lists with names in the singular.
static BREAKDOWN: Form = Form {
    beside: &["stat_time_hour", "stat_time_day", "stat_time_week", "stat_time_month"],
    lifetime: false,
    filters: PARTS,
};

const TYPES: &[&str] = &[
    "VIDEO_NON_SPARK_ADS",
    "VIDEO_SPARK_ADS",
    "CAROUSEL_NON_SPARK_ADS",
    "CAROUSEL_SPARK_ADS",
    "SINGLE_IMAGE_NON_SPARK_ADS",
    "CATALOG_VIDEO",
    "CATALOG_VIDEO_TEMPLATE",
    "CATALOG_CAROUSEL",
    "CATALOG_MULTI_SHOW",
];

/// Metrics that tell what a part is.
const ATTRIBUTES: &[&str] = &[
    "ad_material_id",
    "main_material_name",
    "ad_text",
    "call_to_action",
    "interactive_add_on_name",
    "interactive_add_on_id",
    "material_primary_status",
    "material_second_status_list",
    "operation_status",
    "multi_name",
];

/// The numbers that materials have, as the official request schema lists them
/// [SDK smart_plus_material_report_overview.yml, smart_plus_material_report_breakdown.yml].
const NUMBERS: &str = include_str!("material_metrics.txt");

const ADS_PER_FILTER: usize = 200;
const PARTS_PER_FILTER: usize = 400;

struct Question {
    dimensions: Vec<String>,
    part: usize,
    metrics: Vec<(String, Option<Rule>)>,
}

fn report(world: &World, call: &Call, shared: &Shared, form: &Form) -> Outcome {
    call.params.require(&["advertiser_id", "dimensions"])?;
    let question = question(call, form, shared.options.reports.max_metrics)?;
    let lifetime = form.lifetime && call.params.flag("query_lifetime")?;
    let asked = if lifetime { None } else { Some(range(call)?) };
    if let Some(range) = asked {
        within(range, limit(&question.dimensions))?;
    }
    let page = Page::of(call, 100)?;
    let filters = filters(call, form)?;
    let account = call.account(world)?;
    let range = asked.unwrap_or((account.day_at(account.created), account.day_at(world.now)));
    let hourly = question.dimensions.iter().any(|name| name == "stat_time_hour");
    let splits = buckets(Kind::Basic, &[]);
    let grid = Grid { clock: Clock::of(world, account), range, hourly, buckets: &splits };
    let ads: Vec<&Entity> = account.smart_plus_ads().into_iter().flatten().collect();
    let mut ledger = Ledger::default();
    for ad in &ads {
        let passes = |(name, values): &(String, Vec<String>)| values.contains(&property(account, ad, name));
        let Some((id, activity)) = filters.iter().all(passes).then_some(ad.id).zip(ad.activity) else {
            continue;
        };
        let name = |moment: Moment, _: &Bucket| {
            let value = |dimension: &String| match dimension.strip_prefix("stat_time_") {
                Some(unit) => start(unit, moment),
                None => property(account, ad, dimension),
            };
            question.dimensions.iter().map(value).collect()
        };
        ledger.add(Source { id, activity }, grid, name);
    }
    let one = |(names, sums): (&Vec<String>, &Sums)| question.line(account, &ads, names, sums);
    let mut all: Vec<Line> = ledger.0.iter().map(one).collect();
    let names: Vec<String> = question.metrics.iter().map(|(name, _)| name.clone()).collect();
    lines::sort(call, ("sort_field", "sort_type"), &names, &mut all)?;
    Ok(lines::answer(&all, page, ""))
}

fn question(call: &Call, form: &Form, most: usize) -> Result<Question, Refusal> {
    let known: Vec<&str> = form.beside.iter().chain(&PARTS).copied().collect();
    let dimensions = call.params.choices("dimensions", &known)?.unwrap_or_default();
    let part = PARTS.iter().position(|part| dimensions.iter().any(|name| name == part)).ok_or_else(conflict)?;
    let beside = dimensions.iter().filter(|name| form.beside.contains(&name.as_str())).count();
    if dimensions.len() != 2 || beside != 1 {
        return Err(conflict());
    }
    let one = |(at, name): (usize, String)| {
        let is_listed = NUMBERS.split_whitespace().any(|known| known == name);
        let number =
            Metric::named(&name).filter(|metric| is_listed && !metric.is_attribute()).map(|metric| metric.rule);
        if number.is_none() && !ATTRIBUTES.contains(&name.as_str()) {
            return Err(Refusal::choice(&format!("metrics.{at}"), ATTRIBUTES, &name));
        }
        Ok((name, number))
    };
    let asked = metrics(call, most, &["spend", "impressions"])?;
    let metrics = asked.into_iter().enumerate().map(one).collect::<Result<_, _>>()?;
    Ok(Question { dimensions, part, metrics })
}

/// [?] The same ranges as other reports.
fn limit(dimensions: &[String]) -> (i64, &'static str) {
    let has = |wanted: &str| dimensions.iter().any(|name| name == wanted);
    match (has("stat_time_hour"), has("stat_time_day")) {
        (true, _) => (1, "stat_time_hour"),
        (_, true) => (30, "stat_time_day"),
        _ => (365, "no time dimension"),
    }
}

fn filters(call: &Call, form: &Form) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    let keys = Keys::of(call)?;
    let mut all = Vec::new();
    for (name, property) in
        [("campaign_ids", "campaign_id"), ("adgroup_ids", "adgroup_id"), ("smart_plus_ad_ids", "smart_plus_ad_id")]
    {
        all.extend(keys.ids(name, ADS_PER_FILTER)?.map(|ids| (property.to_owned(), ids)));
    }
    for (name, property) in form.filters.iter().zip(PARTS) {
        all.extend(keys.ids(name, PARTS_PER_FILTER)?.map(|ids| (property.to_owned(), ids)));
    }
    all.extend(keys.choices("main_material_types", TYPES)?.map(|types| ("main_material_type".to_owned(), types)));
    Ok(all)
}

/// What a creative is part of, and what its parts are.
fn property(account: &Account, ad: &Entity, name: &str) -> String {
    match name {
        "advertiser_id" => account.id.to_string(),
        "campaign_id" => ad.campaign.to_string(),
        "adgroup_id" => ad.adgroup.to_string(),
        "smart_plus_ad_id" => ad.ad_v2().to_string(),
        "main_material_type" => "VIDEO_NON_SPARK_ADS".to_owned(),
        "ad_text_entity_id" => (ad.id + 29).to_string(),
        // One call to action and one add-on serve the whole ad.
        "call_to_action_entity_id" => (ad.ad_v2() + 31).to_string(),
        "interactive_add_on_entity_id" => (ad.ad_v2() + 37).to_string(),
        _ => smart_plus_material(ad.id).to_string(),
    }
}

/// The first moment of the hour, day, week or month.
fn start(unit: &str, moment: Moment) -> String {
    let day: NaiveDate = moment.day;
    match unit {
        "hour" => format!("{day} {:02}:00:00", moment.hour.unwrap_or(0)),
        "week" => lines::day(day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))),
        "month" => lines::day(day.with_day(1).unwrap_or(day)),
        _ => lines::day(day),
    }
}

impl Question {
    fn line(&self, account: &Account, ads: &[&Entity], names: &[String], sums: &Sums) -> Line {
        let part = PARTS.get(self.part).copied().unwrap_or_default();
        let id = self.dimensions.iter().zip(names).find(|(name, _)| *name == part).map(|(_, id)| id.clone());
        let ad = id.and_then(|id| ads.iter().find(|ad| property(account, ad, part) == id));
        let mut dimensions: Map<String, Value> =
            self.dimensions.iter().cloned().zip(names.iter().cloned().map(Value::String)).collect();
        let kind = ["VIDEO_NON_SPARK_ADS", "text", "manual_call_to_action", "add_on"].get(self.part);
        dimensions.insert(part.replace("_id", "_type"), json!(kind));
        let value = |(name, rule): &(String, Option<Rule>)| {
            let value = match rule {
                Some(rule) => Value::String(sums.value(*rule)),
                None => ad.map_or(Value::Null, |ad| attribute(ad, name)),
            };
            (name.clone(), value)
        };
        Line { dimensions, metrics: self.metrics.iter().map(value).collect() }
    }
}

fn attribute(ad: &Entity, name: &str) -> Value {
    match name {
        "ad_material_id" => json!([smart_plus_material(ad.id).to_string()]),
        "main_material_name" | "multi_name" => json!(ad.name),
        "ad_text" => ad.extra.get("ad_text").cloned().unwrap_or(Value::Null),
        "call_to_action" => json!("LEARN_MORE"),
        "material_primary_status" => json!("STATUS_DELIVERY_OK"),
        "material_second_status_list" => json!([]),
        "operation_status" => json!(ad.material_status()),
        _ => json!("-"),
    }
}
