//! What a report on ads is asked for, and what may be asked together (`docs/tiktok-api.md` 4.1–4.3).

use crate::answer::Refusal;
use crate::assumptions::{AUDIENCE_NEEDS_BREAKDOWN, CONFLICT_CODE, COUNTRY_BY_HOUR, METRICS_FOLLOW_DIMENSIONS};
use crate::call::Call;
use crate::options::ReportOptions;
use crate::report::{Dimension, Kind, Metric, Parts, ReportQuery, dimension_names, forbidden_metric, parse_conditions};
use crate::world::Level;
use chrono::NaiveDate;

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

/// Everything in the request but the account.
pub(super) fn question(call: &Call, options: &ReportOptions) -> Result<Parts, Refusal> {
    call.params.require(&["report_type", "dimensions"])?;
    call.params.choice("service_type", &["AUCTION", "RESERVATION"])?;
    call.params.choice("query_mode", &["REGULAR", "CHUNK"])?;
    let kind = kind(call)?;
    let level = level(call, kind)?;
    offered(call, &options.withdrawn)?;
    let names = call.params.choices("dimensions", &dimension_names(kind))?;
    let lifetime = call.params.flag("query_lifetime")?;
    call.params.flag("multi_adv_report_in_utc_time")?;
    let query = ReportQuery {
        advertiser: 0,
        level,
        audience: kind == Kind::Audience,
        dimensions: names.unwrap_or_default(),
        metrics: known_metrics(call, options.max_metrics)?,
        range: if lifetime { None } else { Some(range(call)?) },
        deleted: false,
    };
    let mut parts = Parts::with(kind, &query).ok_or_else(conflict)?;
    combination(&parts, lifetime)?;
    related(&parts)?;
    span(&parts, options.max_days)?;
    let filters = call.params.array("filtering")?.unwrap_or_default();
    parts.conditions = parse_conditions(&filters, level, &parts.splits)?;
    parts.order = order(call)?;
    parts.ads = options.max_ads;
    parts.named = options.ads_counted_after_filter;
    parts.idle = options.idle_rows;
    parts.left_out.clone_from(&options.left_out);
    parts.late = options.ads_late_days;
    Ok(parts)
}

/// Names that are known and no longer taken are refused all at once.
fn offered(call: &Call, withdrawn: &[String]) -> Result<(), Refusal> {
    for (field, what) in [("dimensions", "dimension"), ("metrics", "metric")] {
        let asked = call.params.strings(field)?.unwrap_or_default();
        let refused: Vec<String> =
            asked.iter().filter(|name| withdrawn.contains(name)).map(|name| format!("'{name}'")).collect();
        if !refused.is_empty() {
            return Err(Refusal::param(format!("Invalid {what} fields: [{}].", refused.join(", "))));
        }
    }
    Ok(())
}

fn kind(call: &Call) -> Result<Kind, Refusal> {
    Ok(match call.params.text("report_type") {
        Some("AUDIENCE") => Kind::Audience,
        Some("PLAYABLE_MATERIAL") => Kind::Playable,
        Some("CATALOG") => Kind::Catalog,
        _ => Kind::Basic,
    })
}

/// `None` for the advertiser, of which playables are.
fn level(call: &Call, kind: Kind) -> Result<Option<Level>, Refusal> {
    let level = call.params.choice("data_level", LEVELS)?;
    if kind != Kind::Playable {
        call.params.require(&["data_level"])?;
    }
    Ok(match level.and_then(|name| name.rsplit('_').next()) {
        Some("AD") => Some(Level::Ad),
        Some("ADGROUP") => Some(Level::AdGroup),
        Some("CAMPAIGN") => Some(Level::Campaign),
        _ => None,
    })
}

/// The names asked for, or those that TikTok takes when none are.
pub(in crate::routes) fn metrics(call: &Call, most: usize, default: &[&str]) -> Result<Vec<String>, Refusal> {
    let asked = call.params.strings("metrics")?.filter(|all| !all.is_empty());
    let asked = asked.unwrap_or_else(|| default.iter().map(|name| (*name).to_owned()).collect());
    if asked.len() > most {
        return Err(Refusal::param(format!("metrics: Length must be between 1 and {most}")));
    }
    Ok(asked)
}

/// The metrics of reports on ads.
fn known_metrics(call: &Call, most: usize) -> Result<Vec<String>, Refusal> {
    let asked = metrics(call, most, &["spend", "impressions"])?;
    match asked.iter().enumerate().find(|(_, name)| Metric::named(name).is_none()) {
        Some((at, name)) => Err(Refusal::choice(&format!("metrics.{at}"), &Metric::names(), name)),
        None => Ok(asked),
    }
}

/// Both ends, in order.
pub(in crate::routes) fn range(call: &Call) -> Result<(NaiveDate, NaiveDate), Refusal> {
    call.params.require(&["start_date", "end_date"])?;
    let missing = || Refusal::missing(&["start_date", "end_date"]);
    let (start, end) = call.params.date("start_date")?.zip(call.params.date("end_date")?).ok_or_else(missing)?;
    if start > end {
        return Err(Refusal::param("start_date: start_date must not be later than end_date"));
    }
    Ok((start, end))
}

/// At most 1 day by hour, 30 by day, a year otherwise, both ends included.
fn span(parts: &Parts, longest: i64) -> Result<(), Refusal> {
    let limit = if parts.has(Dimension::Hour) {
        (1, "stat_time_hour")
    } else if parts.has(Dimension::Day) {
        (30, "stat_time_day")
    } else {
        (longest, "no time dimension")
    };
    parts.range.map_or(Ok(()), |range| within(range, limit))
}

/// Refuses a range of more days than there may be with a dimension.
pub(in crate::routes) fn within((start, end): (NaiveDate, NaiveDate), (most, by): (i64, &str)) -> Result<(), Refusal> {
    let days = (end - start).num_days() + 1;
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
    let audience = parts.kind == Kind::Audience;
    let alone = audience && AUDIENCE_NEEDS_BREAKDOWN && parts.splits.is_empty();
    let country = !COUNTRY_BY_HOUR && parts.has(Dimension::Hour) && !parts.splits.is_empty();
    let lasting = matches!(parts.kind, Kind::Basic | Kind::Playable);
    let timed = lifetime && (times > 0 || !lasting || parts.splits.contains(&"country_code"));
    // [?] Playables and products may be split once more, by country.
    let pair = pair || !audience && parts.kind != Kind::Basic && parts.splits.len() == 2;
    let legal = fits && id && times <= 1 && (parts.splits.len() <= 1 || pair);
    if legal && !attributes && !alone && !country && !timed { Ok(()) } else { Err(conflict()) }
}

/// Which metrics go with the dimensions.
fn related(parts: &Parts) -> Result<(), Refusal> {
    let refused = forbidden_metric(parts).filter(|_| METRICS_FOLLOW_DIMENSIONS);
    refused.map_or(Ok(()), |_| Err(conflict()))
}

pub(in crate::routes) fn conflict() -> Refusal {
    let text = "Conflict occurs. The input params including metrics and dimensions have no relation.";
    Refusal::new(CONFLICT_CODE, text)
}

pub(super) fn order(call: &Call) -> Result<Option<(Metric, bool)>, Refusal> {
    let descending = call.params.choice("order_type", &["ASC", "DESC"])? != Some("ASC");
    let Some(name) = call.params.text("order_field") else {
        return Ok(None);
    };
    let metric = Metric::named(name).filter(|metric| !metric.is_attribute());
    let metric = metric.ok_or_else(|| Refusal::choice("order_field", &Metric::names(), name))?;
    Ok(Some((metric, descending)))
}
