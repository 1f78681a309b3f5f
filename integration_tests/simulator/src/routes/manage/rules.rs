//! What fields may hold (`docs/tiktok-api.md` 7.2–7.4).

use super::Kind;
use crate::answer::Refusal;
use crate::body;
use crate::world::{Level, template};
use serde_json::{Map, Value};

/// Characters of a name; a wide one counts as two.
const NAME_MAX: usize = 512;
/// Half hours of a week.
const HALF_HOURS: usize = 336;

/// Fields that a create cannot do without.
pub(super) fn required(kind: Kind) -> &'static [&'static str] {
    match (kind.level, kind.smart) {
        (Level::Campaign, false) => &["objective_type", "campaign_name"],
        (Level::Campaign, true) => &["request_id", "objective_type", "campaign_name"],
        (Level::AdGroup, false) => &[
            "campaign_id",
            "adgroup_name",
            "schedule_type",
            "schedule_start_time",
            "optimization_goal",
            "billing_event",
            "pacing",
        ],
        (Level::AdGroup, true) => &[
            "request_id",
            "campaign_id",
            "adgroup_name",
            "promotion_type",
            "optimization_goal",
            "bid_type",
            "billing_event",
            "targeting_spec",
            "schedule_type",
            "schedule_start_time",
        ],
        (Level::Ad, _) => &["ad_name", "identity_type", "identity_id", "ad_format"],
    }
}

/// Words that a field takes.
const CHOICES: &[(&str, &[&str])] = &[
    ("operation_status", &["ENABLE", "DISABLE"]),
    (
        "objective_type",
        &[
            "REACH",
            "TRAFFIC",
            "VIDEO_VIEWS",
            "ENGAGEMENT",
            "APP_PROMOTION",
            "LEAD_GENERATION",
            "WEB_CONVERSIONS",
            "PRODUCT_SALES",
            "RF_REACH",
        ],
    ),
    (
        "budget_mode",
        &["BUDGET_MODE_INFINITE", "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"],
    ),
    ("schedule_type", &["SCHEDULE_START_END", "SCHEDULE_FROM_NOW"]),
    ("pacing", &["PACING_MODE_SMOOTH", "PACING_MODE_FAST"]),
    ("gender", &["GENDER_FEMALE", "GENDER_MALE", "GENDER_UNLIMITED"]),
    ("ad_format", &["SINGLE_IMAGE", "SINGLE_VIDEO", "LIVE_CONTENT", "CAROUSEL_ADS", "CATALOG_CAROUSEL"]),
    ("identity_type", &["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"]),
];

/// Refuses values that a field does not take.
pub(super) fn check(kind: Kind, body: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, valid) in CHOICES {
        match body.get(*name) {
            Some(Value::String(word)) if valid.contains(&word.as_str()) => {}
            Some(other) => return Err(Refusal::choice(name, valid, &other.to_string())),
            None => {}
        }
    }
    if body.contains_key(kind.name()) {
        name(body::text(body, kind.name())?, kind.name())?;
    }
    for field in ["budget", "bid_price", "conversion_bid_price", "scheduled_budget"] {
        match body.get(field) {
            None => {}
            Some(Value::Number(number)) if number.as_f64().is_some_and(|number| number >= 0.0) => {}
            Some(_) => return Err(Refusal::param(format!("{field}: Not a valid number"))),
        }
    }
    if let Some(Value::String(hours)) = body.get("dayparting")
        && (hours.len() != HALF_HOURS || hours.bytes().any(|byte| !matches!(byte, b'0' | b'1')))
    {
        return Err(Refusal::param("dayparting: Length must be 336."));
    }
    types(kind, body)
}

/// Lists are lists, and texts are texts, as the records have them.
fn types(kind: Kind, body: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in body {
        let fits = match template(kind.level).get(name) {
            Some(Value::Array(_)) => value.is_array(),
            Some(Value::Bool(_)) => value.is_boolean(),
            _ => true,
        };
        let is_id = name.ends_with("_id") && !value.is_string();
        if !fits || is_id {
            return Err(Refusal::param(format!("{name}: Not a valid value")));
        }
    }
    Ok(())
}

fn name(name: &str, field: &str) -> Result<(), Refusal> {
    let wide = |c: char| matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFF60);
    let emoji = |c: char| matches!(u32::from(c), 0x1F300..=0x1FAFF | 0x2600..=0x26FF | 0xFE0F);
    let length: usize = name.chars().map(|c| if wide(c) { 2 } else { 1 }).sum();
    if length > NAME_MAX {
        return Err(Refusal::param(format!("{field}: Longer than maximum length {NAME_MAX}.")));
    }
    if name.chars().any(emoji) {
        return Err(Refusal::param(format!("{field}: Emoji is not supported.")));
    }
    Ok(())
}
