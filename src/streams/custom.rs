//! Reports that users make up: a spec becomes a stream, or what is wrong with it is told without asking TikTok.
//!
//! The rules are those of docs/tiktok-api.md 4.1–4.3. TikTok decides what no source settles: which breakdowns of basic
//! reports can be combined, and which metrics most breakdowns allow.

use serde_json::{Value, json};

use super::dimensions::{self, Dimension, Group};
use super::metrics::{self, Asked, Metric, MetricType};
use super::report::{Grain, Kind, Layout, Level, Report, grain};
use super::{StreamDef, all};
use crate::words::nearest;

/// What a user wants.
#[derive(Debug)]
pub struct CustomSpec<'a> {
    pub name: &'a str,
    pub kind: Kind,
    pub dimensions: &'a [String],
    pub metrics: &'a [String],
    pub filtering: &'a [Condition],
    pub lifetime: bool,
}

/// A filter on the report.
#[derive(Debug, Clone)]
pub struct Condition {
    pub field_name: String,
    pub filter_type: String,
    /// Text, or a list if the filter type takes one.
    pub filter_value: Value,
}

/// What is wrong: the field of the spec, and a sentence on it.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: String,
    pub sentence: String,
}

/// The filter types (docs/tiktok-api.md 4.1). The first four and the last two take lists.
const FILTER_TYPES: [&str; 10] = [
    "IN",
    "NOT_IN",
    "CONTAIN_ANY_OF",
    "BETWEEN",
    "MATCH",
    "GREATER_EQUAL",
    "GREATER_THAN",
    "LOWER_EQUAL",
    "LOWER_THAN",
    "RANGE",
];

/// The only combinations of dimensions in shop reports (docs/tiktok-api.md 4.2), with their level.
const SHOP_GROUPINGS: [(Level, &[&str]); 5] = [
    (Level::Advertiser, &["advertiser_id"]),
    (Level::Advertiser, &["advertiser_id", "country_code"]),
    (Level::Advertiser, &["advertiser_id", "country_code", "stat_time_day"]),
    (Level::Campaign, &["campaign_id", "country_code"]),
    (Level::Campaign, &["campaign_id", "country_code", "stat_time_day"]),
];

/// The metrics of an audience report by country (docs/tiktok-api.md 4.3).
#[rustfmt::skip]
const AUDIENCE_BY_COUNTRY: &[&str] = &[
    "spend", "cpc", "cpm", "impressions", "gross_impressions", "clicks", "ctr", "conversion", "cost_per_conversion",
    "conversion_rate", "real_time_conversion", "real_time_cost_per_conversion", "real_time_conversion_rate", "result",
    "cost_per_result", "result_rate", "real_time_result", "real_time_cost_per_result", "real_time_result_rate",
    "video_play_actions", "video_watched_2s", "video_watched_6s", "average_video_play", "video_views_p25",
    "video_views_p50", "video_views_p75", "video_views_p100", "profile_visits", "profile_visits_rate", "likes",
    "comments", "shares", "follows", "clicks_on_music_disc", "total_landing_page_view", "cost_per_landing_page_view",
    "landing_page_view_rate",
];

/// The metrics of an audience report by ad type, hashtag, audience tag or purchase intention.
#[rustfmt::skip]
const AUDIENCE_BY_TOPIC: &[&str] = &[
    "spend", "cpc", "cpm", "impressions", "clicks", "ctr", "conversion", "cost_per_conversion", "conversion_rate",
    "conversion_rate_v2", "real_time_conversion", "real_time_cost_per_conversion", "real_time_conversion_rate",
    "real_time_conversion_rate_v2", "video_play_actions", "video_watched_2s", "video_watched_6s",
    "average_video_play", "video_views_p25", "video_views_p50", "video_views_p75", "video_views_p100",
    "profile_visits", "profile_visits_rate", "likes", "comments", "shares", "follows", "clicks_on_music_disc",
    "total_landing_page_view", "cost_per_landing_page_view", "landing_page_view_rate", "engaged_view",
    "engaged_view_15s",
];

/// The metrics of a basic report by search term.
#[rustfmt::skip]
const BASIC_BY_SEARCH_TERM: &[&str] = &[
    "spend", "cpc", "cpm", "impressions", "clicks", "ctr", "conversion", "cost_per_conversion", "conversion_rate",
    "real_time_conversion", "result", "cost_per_result", "result_rate", "video_play_actions", "engaged_view",
    "engaged_view_15s",
];

/// The stream of a spec; `taken` are the names that are given already.
pub fn stream(spec: &CustomSpec<'_>, taken: &[&str]) -> Result<StreamDef, Vec<Fault>> {
    let mut faults = Vec::new();
    faults.extend(name(spec.name, taken));
    let dimensions = named("dimensions", spec.dimensions, dimensions::find, &mut faults);
    let metrics = named("metrics", spec.metrics, metrics::find, &mut faults);
    if dimensions.len() == spec.dimensions.len() {
        faults.extend(combination(spec, &dimensions));
        faults.extend(metrics.iter().flat_map(|(at, metric)| metric_fault(spec, *at, metric)));
    }
    faults.extend(spec.filtering.iter().enumerate().flat_map(|(at, condition)| condition_fault(spec, at, condition)));
    if !faults.is_empty() {
        return Err(faults);
    }
    let dimensions: Vec<&'static str> = dimensions.iter().map(|(_, dimension)| dimension.name).collect();
    let without_time = if spec.lifetime { Grain::Lifetime } else { Grain::Total };
    let report = Report {
        kind: spec.kind,
        grain: grain(&dimensions, without_time),
        dimensions: dimensions.into(),
        declared: metrics.into_iter().map(|(_, metric)| metric).collect(),
        layout: Layout::Flat,
        filtering: spec.filtering.iter().map(condition).collect(),
    };
    Ok(StreamDef::report(spec.name, report))
}

fn fault(field: impl Into<String>, sentence: impl Into<String>) -> Fault {
    Fault { field: field.into(), sentence: sentence.into() }
}

/// The form in which names must differ: destinations merge tables whose names differ only in case or punctuation.
fn name(name: &str, taken: &[&str]) -> Option<Fault> {
    let plain =
        |name: &str| name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect::<String>().to_lowercase();
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Some(fault("name", format!("is {name:?}; a stream needs a name")));
    }
    let own = all().iter().find(|stream| plain(&stream.name) == plain(name)).map(|stream| &*stream.name);
    let other = own.or_else(|| taken.iter().copied().find(|other| plain(other) == plain(name)))?;
    Some(fault("name", format!("is {name:?}, but there is a stream `{other}` already; choose another name")))
}

/// Looks up each name in a table. An unknown or repeated name is a mistake.
fn named<T: Named + 'static>(
    field: &str,
    names: &[String],
    find: impl Fn(&str) -> Option<&'static T>,
    faults: &mut Vec<Fault>,
) -> Vec<(usize, &'static T)> {
    if names.is_empty() {
        faults.push(fault(field, "is empty; name at least one"));
    }
    let mut found = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let place = format!("{field}[{at}]");
        match find(name) {
            _ if names.iter().take(at).any(|other| other == name) => {
                // Reported once, however often it occurs.
                if names.iter().take(at).filter(|other| *other == name).count() == 1 {
                    faults.push(fault(place, format!("is \"{name}\" once more; leave it out")));
                }
            }
            Some(one) => found.push((at, one)),
            None => {
                let meant = nearest(name, T::names()).map(|near| format!("; did you mean `{near}`?"));
                faults.push(fault(
                    place,
                    format!("is \"{name}\", which TikTok does not have{}", meant.unwrap_or_default()),
                ));
            }
        }
    }
    found
}

trait Named {
    fn names() -> impl Iterator<Item = &'static str>;
}

impl Named for Dimension {
    fn names() -> impl Iterator<Item = &'static str> {
        dimensions::ALL.iter().map(|dimension| dimension.name)
    }
}

impl Named for Metric {
    fn names() -> impl Iterator<Item = &'static str> {
        metrics::all().map(|metric| metric.name)
    }
}

/// Checks that the report allows the dimensions and their combination.
fn combination(spec: &CustomSpec<'_>, dimensions: &[(usize, &Dimension)]) -> Vec<Fault> {
    let (kind, mut faults) = (spec.kind, Vec::new());
    let Some(level) = kind.level() else { return faults };
    if let Kind::Shop(_) = kind {
        return shop_grouping(spec, level);
    }
    for (at, dimension) in dimensions {
        let place = format!("dimensions[{at}]");
        let name = dimension.name;
        if matches!(kind, Kind::Basic(_)) && !dimension.basic {
            faults.push(fault(
                place,
                format!("is \"{name}\", which only reports of type AUDIENCE have; choose that report_type"),
            ));
        } else if matches!(kind, Kind::Audience(_)) && !dimension.audience {
            faults.push(fault(
                place,
                format!("is \"{name}\", which only reports of type BASIC have; choose that report_type"),
            ));
        } else if dimension.group == Group::Id && !level.ids().contains(&name) {
            let right = level.ids().join("` or `");
            let instead = instead(name, level);
            let sentence = format!("is \"{name}\", but data_level {} goes with `{right}`{instead}", level.name());
            faults.push(fault(place, sentence));
        }
    }
    let of = |group: Group| dimensions.iter().filter(move |(_, dimension)| dimension.group == group);
    if of(Group::Id).count() == 0 && level != Level::Advertiser {
        let ids = level.ids().join("` or `");
        faults.push(fault("dimensions", format!("lack `{ids}`, which data_level {} needs", level.name())));
    }
    for group in [Group::Id, Group::Time] {
        if of(group).count() > 1 {
            let names: Vec<_> = of(group).map(|(_, dimension)| dimension.name).collect();
            faults.push(fault("dimensions", format!("have `{}`, of which a report takes one", names.join("` and `"))));
        }
    }
    let breakdowns: Vec<_> = of(Group::Breakdown).map(|(_, dimension)| dimension.name).collect();
    faults.extend(breakdown(kind, &breakdowns));
    faults.extend(lifetime(spec, &breakdowns, of(Group::Time).next().is_some()));
    faults
}

/// How to get the id of a parent object nevertheless.
fn instead(name: &str, level: Level) -> &'static str {
    match metrics::find(name).map(|metric| metric.asked) {
        Some(Asked::From(top)) if level >= top => "; ask for it among the metrics",
        _ if name == "advertiser_id" => "; leave it out, for every record names its advertiser",
        _ => "",
    }
}

/// A report shows one attribute of the audience, or gender and age together.
fn breakdown(kind: Kind, breakdowns: &[&str]) -> Option<Fault> {
    if !matches!(kind, Kind::Audience(_)) {
        return None;
    }
    let pair = breakdowns.iter().all(|name| ["gender", "age"].contains(name));
    match breakdowns.len() {
        0 => {
            Some(fault("dimensions", "lack an audience dimension such as `age`; without one choose report_type BASIC"))
        }
        1 => None,
        _ if pair => None,
        _ => Some(fault(
            "dimensions",
            format!(
                "have `{}` together; only `gender` and `age` go together, so make a report of each",
                breakdowns.join("`, `")
            ),
        )),
    }
}

fn lifetime(spec: &CustomSpec<'_>, breakdowns: &[&str], timed: bool) -> Option<Fault> {
    let reason = match spec.kind {
        _ if !spec.lifetime => return None,
        Kind::Basic(_) if timed => "has days or hours among its dimensions",
        Kind::Basic(_) if !breakdowns.is_empty() => "has a breakdown among its dimensions",
        Kind::Basic(_) => return None,
        _ => "is not of type BASIC",
    };
    Some(fault("query_lifetime", format!("is true, but the report {reason}; leave one of them out")))
}

fn shop_grouping(spec: &CustomSpec<'_>, level: Level) -> Vec<Fault> {
    let same = |all: &&[&str]| {
        all.len() == spec.dimensions.len() && spec.dimensions.iter().all(|name| all.contains(&name.as_str()))
    };
    if SHOP_GROUPINGS.iter().any(|(of, all)| *of == level && same(all)) {
        return lifetime(spec, &[], false).into_iter().collect();
    }
    let legal = SHOP_GROUPINGS.iter().filter(|(of, _)| *of == level).map(|(_, all)| format!("[{}]", all.join(", ")));
    let legal: Vec<_> = legal.collect();
    let sentence = if legal.is_empty() {
        "go with no report of type TT_SHOP at this data_level; choose AUCTION_ADVERTISER or AUCTION_CAMPAIGN".to_owned()
    } else {
        format!("must be {} in a report of type TT_SHOP", legal.join(" or "))
    };
    vec![fault("dimensions", sentence)]
}

/// Checks that the report allows a metric.
fn metric_fault(spec: &CustomSpec<'_>, at: usize, metric: &Metric) -> Option<Fault> {
    let level = spec.kind.level()?;
    let has = |name: &str| spec.dimensions.iter().any(|dimension| dimension == name);
    let is_attribute = metric.value == MetricType::Words;
    let has_id = spec.dimensions.iter().any(|name| dimensions::is_number(name));
    let reason = match metric.asked {
        _ if has(metric.name) => "which is a dimension already; leave it out here".to_owned(),
        Asked::AdvertiserDays if level != Level::Advertiser || !has("stat_time_day") => {
            "which only data_level AUCTION_ADVERTISER with `stat_time_day` has".to_owned()
        }
        Asked::From(top) if level < top => {
            format!("which data_level {} does not have; it begins at {}", level.name(), top.name())
        }
        _ if is_attribute && !has_id => {
            format!("which needs an id such as `{}` among the dimensions", level.ids().join("`, `"))
        }
        _ if is_attribute => return None,
        _ => {
            let (legal, with) = legal_metrics(spec)?;
            if legal.contains(&metric.name) {
                return None;
            }
            let near = nearest(metric.name, legal.iter().copied()).map(|near| format!("; `{near}` does"));
            format!("which does not go with `{with}` in such a report{}", near.unwrap_or_default())
        }
    };
    Some(fault(format!("metrics[{at}]"), format!("is \"{}\", {reason}", metric.name)))
}

/// The metrics that TikTok documents for a dimension, if it does.
fn legal_metrics<'w>(spec: &'w CustomSpec<'_>) -> Option<(&'static [&'static str], &'w str)> {
    spec.dimensions.iter().find_map(|name| match (spec.kind, name.as_str()) {
        (Kind::Audience(_), "country_code") => Some((AUDIENCE_BY_COUNTRY, name.as_str())),
        (Kind::Audience(_), "ad_type" | "hashtag" | "audience_tags" | "purchase_intention") => {
            Some((AUDIENCE_BY_TOPIC, name.as_str()))
        }
        (Kind::Basic(_), "search_terms") => Some((BASIC_BY_SEARCH_TERM, name.as_str())),
        _ => None,
    })
}

fn condition_fault(spec: &CustomSpec<'_>, at: usize, condition: &Condition) -> Option<Fault> {
    let place = |field: &str| format!("filtering[{at}]{field}");
    if let Kind::Shop(_) = spec.kind {
        return Some(fault(place(""), "is a condition, but reports of type TT_SHOP take none; leave it out"));
    }
    if !FILTER_TYPES.contains(&condition.filter_type.as_str()) {
        let near =
            nearest(&condition.filter_type, FILTER_TYPES.into_iter()).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_else(|| format!("; it must be one of {}", FILTER_TYPES.join(", ")));
        return Some(fault(
            place(".filter_type"),
            format!("is \"{}\", which TikTok does not have{near}", condition.filter_type),
        ));
    }
    let by_country = spec.dimensions.iter().any(|name| name == "country_code");
    (condition.field_name == "country_code" && !by_country)
        .then(|| fault(place(".field_name"), "is \"country_code\", which must be a dimension then"))
}

/// Converts a value: TikTok expects text, and lists as JSON in text.
fn condition(condition: &Condition) -> Value {
    let text = match &condition.filter_value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let all: Vec<_> =
                list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
            json!(all).to_string()
        }
        other => other.to_string(),
    };
    json!({"field_name": condition.field_name, "filter_type": condition.filter_type, "filter_value": text})
}
