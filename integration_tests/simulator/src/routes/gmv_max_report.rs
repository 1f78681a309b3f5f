//! `/gmv_max/report/get/` (`docs/tiktok-api.md` 4.7 [DOC 1824721673497601, 1824722485971009]).

use super::filtering::{Keys, name_matches};
use super::lines::{self, Line};
use super::page::Page;
use super::report::{conflict, range, within};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::report::{Bucket, Clock, Grid, Kind, Ledger, Moment, Rule, Source, Sums, buckets, gmv_max_rule};
use crate::state::Shared;
use crate::world::status::{PRIMARY, passes_primary};
use crate::world::{Account, Collection, GmvMaxLeaf, Record, World};
use serde_json::{Map, Value};

pub(super) static ROUTES: &[Route] = &[get("/gmv_max/report/get/", report)];

const IDS: &[&str] = &["advertiser_id", "campaign_id", "item_group_id", "item_id", "room_id", "duration"];
const TIMES: &[&str] = &["stat_time_day", "stat_time_hour"];
/// Campaign, product, video and day; fewer otherwise [DOC 1824722485971009].
const MAX_DIMENSIONS: usize = 4;

/// What rows below the level of campaigns are about.
const BELOW: &[&str] = &["item_group_id", "item_id", "room_id", "duration"];

/// Properties of a campaign, with the field of its record; they need `campaign_id` or one
/// campaign in the filter.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("campaign_id", "campaign_id"),
    ("operation_status", "operation_status"),
    ("campaign_name", "campaign_name"),
    ("schedule_type", ""),
    ("schedule_start_time", "create_time"),
    ("schedule_end_time", ""),
    ("target_roi_budget", ""),
    ("bid_type", ""),
    ("max_delivery_budget", ""),
    ("roas_bid", ""),
];

/// Properties of what a row is about, when it is a product, a post or a LIVE.
const OF_ITEMS: &[&str] = &[
    "product_name",
    "item_group_id",
    "product_image_url",
    "product_status",
    "title",
    "item_id",
    "tt_account_name",
    "tt_account_profile_image_url",
    "tt_account_authorization_type",
    "shop_content_type",
    "creative_delivery_status",
    "identity_id",
    "live_name",
    "live_status",
    "live_launched_time",
    "live_duration",
];

const MAX_METRICS: usize = 100;

/// A metric: a number, or a property of the campaign or of the item.
enum Metric {
    Number(Rule),
    Campaign(&'static str),
    Item,
}

fn metric(name: &str) -> Option<Metric> {
    let attribute = ATTRIBUTES.iter().find(|(known, _)| *known == name);
    gmv_max_rule(name)
        .map(Metric::Number)
        .or_else(|| attribute.map(|(_, field)| Metric::Campaign(field)))
        .or_else(|| OF_ITEMS.contains(&name).then_some(Metric::Item))
}

struct Question {
    dimensions: Vec<String>,
    metrics: Vec<(String, Metric)>,
    filter: Filter,
    hourly: bool,
    range: (chrono::NaiveDate, chrono::NaiveDate),
}

/// Which campaigns and items count.
struct Filter {
    store: String,
    types: Option<Vec<String>>,
    campaigns: Option<Vec<String>>,
    name: Option<String>,
    statuses: Option<Vec<String>>,
    products: Option<Vec<String>>,
    rooms: Option<Vec<String>>,
}

fn report(world: &World, call: &Call, _: &Shared) -> Outcome {
    let question = question(call)?;
    let page = Page::of(call, 1_000)?;
    let totals = call.params.flag("enable_total_metrics")?;
    let account = call.account(world)?;
    let campaigns = world.records(account.id, Collection::GmvMaxCampaign);
    let splits = buckets(Kind::Basic, &[]);
    let (clock, hourly) = (Clock::of(world, account), question.hourly);
    let grid = Grid { clock, range: question.range, hourly, buckets: &splits };
    let (mut ledger, mut total) = (Ledger::default(), Ledger::default());
    for leaf in world.gmv_max_leaves(account) {
        let campaign = campaigns.iter().find(|record| text(record, "campaign_id") == leaf.campaign.to_string());
        if !campaign.is_some_and(|campaign| question.filter.passes(campaign, &leaf)) || !question.names(&leaf) {
            continue;
        }
        let source = Source { id: leaf.item, activity: leaf.activity };
        let name = |moment: Moment, _: &Bucket| question.name(account, &leaf, moment);
        ledger.add(source, grid, name);
        total.add(source, Grid { hourly: false, ..grid }, |_, _| Vec::new());
    }
    let one = |(names, sums): (&Vec<String>, &Sums)| question.line(account, campaigns, names, sums);
    let mut all: Vec<Line> = ledger.0.iter().map(one).collect();
    let asked: Vec<String> = question.metrics.iter().map(|(name, _)| name.clone()).collect();
    lines::sort(call, ("sort_field", "sort_type"), &asked, &mut all)?;
    let extra = if totals { format!(",\"total_metrics\":{}", question.total(&total)) } else { String::new() };
    Ok(lines::answer(&all, page, &extra))
}

fn question(call: &Call) -> Result<Question, Refusal> {
    call.params.require(&["advertiser_id", "store_ids", "start_date", "end_date", "metrics", "dimensions"])?;
    let stores = super::listing::asked_ids(call, "store_ids", 1)?.unwrap_or_default();
    let dimensions = call.params.choices("dimensions", &[IDS, TIMES].concat())?.unwrap_or_default();
    let times = dimensions.iter().filter(|name| TIMES.contains(&name.as_str())).count();
    if dimensions.len() > MAX_DIMENSIONS || times > 1 || dimensions.len() == times {
        return Err(conflict());
    }
    let asked = call.params.strings("metrics")?.unwrap_or_default();
    if asked.is_empty() || asked.len() > MAX_METRICS {
        return Err(Refusal::param(format!("metrics: Length must be between 1 and {MAX_METRICS}")));
    }
    let filter = Filter::of(call, stores)?;
    let one = |(at, name): (usize, &String)| {
        let wrong = || Refusal::choice(&format!("metrics.{at}"), &["cost", "orders", "gross_revenue", "roi"], name);
        metric(name).map(|metric| (name.clone(), metric)).ok_or_else(wrong)
    };
    let metrics = asked.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?;
    let has = |name: &str| dimensions.iter().any(|dimension| dimension == name);
    let below = BELOW.iter().any(|name| has(name));
    if below && filter.campaigns.as_ref().is_none_or(Vec::is_empty) {
        return Err(Refusal::missing(&["filtering.campaign_ids"]));
    }
    if has("item_id") && filter.products.as_ref().is_none_or(Vec::is_empty) {
        return Err(Refusal::missing(&["filtering.item_group_ids"]));
    }
    if below && !has_one_id(&dimensions, &filter) && metrics.iter().any(|(name, metric)| is_attribute(name, metric)) {
        return Err(conflict());
    }
    let single = filter.campaigns.as_ref().is_some_and(|ids| ids.len() == 1);
    let by_campaign = single || dimensions.iter().any(|name| name == "campaign_id");
    if !by_campaign && metrics.iter().any(|(_, metric)| matches!(metric, Metric::Campaign(_))) {
        return Err(conflict());
    }
    let range = range(call)?;
    within(
        range,
        match (has("stat_time_hour"), has("stat_time_day")) {
            (true, _) => (1, "stat_time_hour"),
            (_, true) => (30, "stat_time_day"),
            _ => (365, "no time dimension"),
        },
    )?;
    Ok(Question { hourly: has("stat_time_hour"), metrics, filter, range, dimensions })
}

/// Whether a question below the level of campaigns names one thing and is about one kind of id: then alone are
/// attributes told.
fn has_one_id(dimensions: &[String], filter: &Filter) -> bool {
    let ids = dimensions.iter().filter(|name| IDS.contains(&name.as_str())).count();
    let one = |list: &Option<Vec<String>>| list.as_ref().is_none_or(|list| list.len() == 1);
    ids == 1 && one(&filter.campaigns) && one(&filter.products) && one(&filter.rooms)
}

/// What products and videos have as a state is no attribute.
fn is_attribute(name: &str, metric: &Metric) -> bool {
    !matches!(metric, Metric::Number(_)) && !["product_status", "creative_delivery_status"].contains(&name)
}

impl Filter {
    fn of(call: &Call, stores: Vec<String>) -> Result<Self, Refusal> {
        let keys = Keys::of(call)?;
        keys.choices("creative_types", &["ADS_AND_ORGANIC", "ORGANIC", "REMOVED"])?;
        keys.text("search_word")?;
        Ok(Self {
            store: stores.into_iter().next().unwrap_or_default(),
            types: keys.choices("gmv_max_promotion_types", &["PRODUCT", "LIVE"])?,
            campaigns: keys.ids("campaign_ids", 100)?,
            name: keys.text("campaign_name")?,
            statuses: keys.choices("campaign_statuses", PRIMARY)?,
            products: keys.ids("item_group_ids", 100)?,
            rooms: keys.ids("room_ids", 100)?,
        })
    }

    /// [?] Without statuses, deleted campaigns count: what they cost was spent.
    fn passes(&self, campaign: &Record, leaf: &GmvMaxLeaf) -> bool {
        let among = |list: &Option<Vec<String>>, found: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|one| one == found))
        };
        let status = text(campaign, "secondary_status");
        let product = leaf.product.to_string();
        self.store == leaf.store.to_string()
            && among(&self.types, text(campaign, "shopping_ads_type"))
            && among(&self.campaigns, text(campaign, "campaign_id"))
            && self.name.as_ref().is_none_or(|name| name_matches(text(campaign, "campaign_name"), name))
            && self.statuses.as_ref().is_none_or(|all| all.iter().any(|wanted| passes_primary(status, wanted)))
            && (self.products.is_none() || !leaf.live && among(&self.products, &product))
            && (self.rooms.is_none() || leaf.live && among(&self.rooms, &product))
    }
}

fn text<'r>(record: &'r Record, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Question {
    /// Whether a leaf has all that a row is named after: products have no rooms and the reverse.
    fn names(&self, leaf: &GmvMaxLeaf) -> bool {
        self.dimensions.iter().all(|name| match name.as_str() {
            "item_group_id" | "item_id" => !leaf.live,
            "room_id" | "duration" => leaf.live,
            _ => true,
        })
    }

    fn name(&self, account: &Account, leaf: &GmvMaxLeaf, moment: Moment) -> Vec<String> {
        let value = |name: &String| match name.as_str() {
            "advertiser_id" => account.id.to_string(),
            "campaign_id" => leaf.campaign.to_string(),
            "item_group_id" | "room_id" => leaf.product.to_string(),
            "item_id" => leaf.item.to_string(),
            "duration" => "0".to_owned(),
            "stat_time_hour" => format!("{} {:02}:00:00", moment.day, moment.hour.unwrap_or(0)),
            _ => lines::day(moment.day),
        };
        self.dimensions.iter().map(value).collect()
    }

    fn line(&self, account: &Account, campaigns: &[Record], names: &[String], sums: &Sums) -> Line {
        let pairs = || self.dimensions.iter().zip(names);
        let named = pairs().find(|(name, _)| *name == "campaign_id").map(|(_, id)| id.clone());
        let id = named.or_else(|| self.filter.campaigns.as_ref()?.first().cloned()).unwrap_or_default();
        let campaign = campaigns.iter().find(|record| text(record, "campaign_id") == id);
        let mut metrics: Map<String, Value> = Map::new();
        for (name, metric) in &self.metrics {
            let own = pairs().find(|(dimension, _)| *dimension == name).map(|(_, value)| value.clone());
            let value = match metric {
                Metric::Number(rule) => sums.value(*rule),
                Metric::Campaign(field) => campaign.map_or("-", |campaign| text(campaign, field)).to_owned(),
                Metric::Item => own.unwrap_or_else(|| "-".to_owned()),
            };
            let value = if value.is_empty() { "-".to_owned() } else { value };
            metrics.insert(name.clone(), Value::String(value));
        }
        metrics.insert("currency".to_owned(), Value::String(account.currency.clone()));
        let dimensions = pairs().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        Line { dimensions, metrics }
    }

    fn total(&self, total: &Ledger) -> Value {
        let sums = total.0.values().next().cloned().unwrap_or_default();
        let value = |(name, metric): &(String, Metric)| {
            let text = match metric {
                Metric::Number(rule) => sums.value(*rule),
                _ => "-".to_owned(),
            };
            (name.clone(), Value::String(text))
        };
        Value::Object(self.metrics.iter().map(value).collect())
    }
}
