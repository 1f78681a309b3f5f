//! `report_type=TT_SHOP`: what GMV Max campaigns spent, by country (`docs/tiktok-api.md` 4.2 [DOC 1803073899092993]).

use super::question::{self, conflict, range, within};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::report::{Bucket, Clock, Grid, Kind, Ledger, Metric, Moment, Rule, Source, buckets};
use crate::routes::lines::{self, Line};
use crate::routes::page::Page;
use crate::state::Shared;
use crate::world::World;
use serde_json::Value;

const LEVELS: &[&str] = &["AUCTION_ADVERTISER", "AUCTION_CAMPAIGN"];

/// The level of each combination that may be asked for, in any order.
const COMBINATIONS: [(&str, &[&str]); 5] = [
    ("AUCTION_ADVERTISER", &["advertiser_id"]),
    ("AUCTION_ADVERTISER", &["advertiser_id", "country_code"]),
    ("AUCTION_ADVERTISER", &["advertiser_id", "country_code", "stat_time_day"]),
    ("AUCTION_CAMPAIGN", &["campaign_id", "country_code"]),
    ("AUCTION_CAMPAIGN", &["campaign_id", "country_code", "stat_time_day"]),
];

/// [?] No source lists the metrics; these are the ones that are its defaults and the core.
const METRICS: &[&str] =
    &["spend", "billed_cost", "cpc", "cpm", "impressions", "clicks", "ctr", "conversion", "onsite_shopping"];

pub(super) fn report(world: &World, call: &Call, shared: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "data_level"])?;
    let level = call.params.choice("data_level", LEVELS)?.unwrap_or_default();
    let known = ["advertiser_id", "campaign_id", "country_code", "stat_time_day"];
    let dimensions = call.params.choices("dimensions", &known)?.unwrap_or_default();
    let fits = |(wanted, names): &(&str, &[&str])| {
        *wanted == level && names.len() == dimensions.len() && dimensions.iter().all(|d| names.contains(&d.as_str()))
    };
    COMBINATIONS.iter().find(|one| fits(one)).ok_or_else(conflict)?;
    if call.params.text("filtering").is_some() {
        return Err(Refusal::param("filtering: not supported when report_type is TT_SHOP"));
    }
    if call.params.flag("query_lifetime")? {
        return Err(Refusal::param("query_lifetime: not supported when report_type is TT_SHOP"));
    }
    let asked = question::metrics(call, shared.options.reports.max_metrics, &["spend", "billed_cost"])?;
    let metrics = lines::rules(&asked, METRICS, |name| Metric::named(name).map(|metric| metric.rule))?;
    let range = range(call)?;
    let daily = dimensions.iter().any(|name| name == "stat_time_day");
    within(range, if daily { (30, "stat_time_day") } else { (365, "no time dimension") })?;
    let page = Page::of(call, 1_000)?;
    let totals = call.params.flag("enable_total_metrics")?;
    let account = call.account(world)?;
    let splits = buckets(Kind::Basic, if dimensions.len() > 1 { &["country_code"] } else { &[] });
    let grid = Grid { clock: Clock::of(world, account), range, hourly: false, buckets: &splits };
    let (mut ledger, mut total) = (Ledger::default(), Ledger::default());
    for leaf in world.gmv_max_leaves(account) {
        let source = Source { id: leaf.item, activity: leaf.activity };
        let name = |moment: Moment, bucket: &Bucket| {
            let value = |dimension: &String| match dimension.as_str() {
                "advertiser_id" => account.id.to_string(),
                "campaign_id" => leaf.campaign.to_string(),
                "country_code" => bucket.values.first().copied().unwrap_or_default().to_owned(),
                _ => lines::day(moment.day),
            };
            dimensions.iter().map(value).collect()
        };
        ledger.add(source, grid, name);
        total.add(source, grid, |_, _| Vec::new());
    }
    let one = |(names, sums): (&Vec<String>, &crate::report::Sums)| Line {
        dimensions: dimensions.iter().cloned().zip(names.iter().cloned().map(Value::String)).collect(),
        metrics: metrics.iter().map(|(name, rule)| (name.clone(), Value::String(sums.value(*rule)))).collect(),
    };
    let mut all: Vec<Line> = ledger.0.iter().map(one).collect();
    lines::sort(call, ("order_field", "order_type"), &asked, &mut all)?;
    let extra = if totals { format!(",\"total_metrics\":{}", sum(&total, &metrics)) } else { String::new() };
    Ok(lines::answer(&all, page, &extra))
}

/// `-` for what cannot be summed.
fn sum(total: &Ledger, metrics: &[(String, Rule)]) -> Value {
    let sums = total.0.values().next().cloned().unwrap_or_default();
    let value = |(name, rule): &(String, Rule)| {
        let summed = matches!(rule, Rule::Count(_) | Rule::Money(_));
        let text = if summed { sums.value(*rule) } else { "-".to_owned() };
        (name.clone(), Value::String(text))
    };
    Value::Object(metrics.iter().map(value).collect())
}
