//! Updates (`docs/tiktok-api.md` 7.2–7.5).

use super::{Kind, alive, amend, create, open, rules};
use crate::answer::{Answer, Outcome, Refusal};
use crate::assumptions::UNCHANGED_CODE;
use crate::body;
use crate::call::Call;
use crate::world::{Entity, Level, World, template};
use serde_json::{Map, Value, json};

/// Fields that an update takes; others are refused.
fn changeable(kind: Kind) -> &'static [&'static str] {
    match (kind.level, kind.smart) {
        (Level::Campaign, false) => &["campaign_name", "special_industries", "budget", "po_number"],
        (Level::Campaign, true) => &["campaign_name", "budget_auto_adjust_strategy", "budget", "po_number"],
        (Level::AdGroup, false) => AD_GROUP,
        (Level::AdGroup, true) => &[
            "adgroup_name",
            "bid_price",
            "conversion_bid_price",
            "roas_bid",
            "comment_disabled",
            "share_disabled",
            "schedule_type",
            "schedule_start_time",
            "schedule_end_time",
            "dayparting",
            "is_hfss",
            "is_lhf_compliance",
            "targeting_optimization_mode",
            "suggestion_audience_enabled",
            "targeting_spec",
            "budget_auto_adjust_strategy",
            "budget",
        ],
        (Level::Ad, _) => &[],
    }
}

const AD_GROUP: &[&str] = &[
    "adgroup_name",
    "comment_disabled",
    "share_disabled",
    "search_result_enabled",
    "saved_audience_id",
    "location_ids",
    "zipcode_ids",
    "languages",
    "gender",
    "age_groups",
    "spending_power",
    "household_income",
    "audience_ids",
    "excluded_audience_ids",
    "interest_category_ids",
    "interest_keyword_ids",
    "operating_systems",
    "min_android_version",
    "min_ios_version",
    "network_types",
    "budget",
    "schedule_type",
    "schedule_start_time",
    "schedule_end_time",
    "dayparting",
    "frequency",
    "bid_type",
    "bid_price",
    "conversion_bid_price",
    "deep_bid_type",
    "roas_bid",
    "deep_cpa_bid",
    "pacing",
    "is_hfss",
    "brand_safety_type",
];

/// Changes a campaign or an ad group: only what is sent.
pub(super) fn update(world: &mut World, call: &Call, kind: Kind) -> Outcome {
    let (mut body, advertiser) = open(world, call)?;
    let entity = alive(world, advertiser, kind.level, body::text(&body, kind.id())?)?;
    body.retain(|name, _| name != "advertiser_id" && name != kind.id());
    if let Some(odd) = body.keys().find(|name| !changeable(kind).contains(&name.as_str())) {
        return Err(Refusal::param(format!("{odd}: Unknown field.")));
    }
    rules::check(kind, &body)?;
    apply(world, advertiser, kind, &entity, body)?;
    Ok(json!({"advertiser_id": advertiser.to_string(), kind.id(): entity.id.to_string()}).into())
}

/// Changes ads. Without `patch_update` all that is not sent is emptied.
pub(super) fn ads(world: &mut World, call: &Call) -> Outcome {
    let (body, advertiser) = open(world, call)?;
    let kind = Kind::plain(Level::Ad);
    alive(world, advertiser, Level::AdGroup, body::text(&body, "adgroup_id")?)?;
    let patch = body.get("patch_update") == Some(&Value::Bool(true));
    let mut ids = Vec::new();
    for mut creative in create::creatives(&body)? {
        let entity = alive(world, advertiser, Level::Ad, body::text(&creative, "ad_id")?)?;
        creative.remove("ad_id");
        rules::check(kind, &creative)?;
        if !patch {
            amend(world, advertiser, Level::Ad, entity.id, |ad| ad.extra.clear());
        }
        apply(world, advertiser, kind, &entity, creative)?;
        ids.push(entity.id.to_string());
    }
    Ok(json!({"ad_ids": ids}).into())
}

fn apply(
    world: &mut World,
    advertiser: u64,
    kind: Kind,
    entity: &Entity,
    mut fields: Map<String, Value>,
) -> Result<(), Refusal> {
    let name = fields.remove(kind.name()).and_then(|name| name.as_str().map(str::to_owned));
    fields.retain(|name, _| template(kind.level).contains_key(name));
    let same = name.as_ref().is_none_or(|name| *name == entity.name)
        && fields.iter().all(|(field, value)| entity.extra.get(field) == Some(value));
    if same {
        return Err(Refusal::new(UNCHANGED_CODE, "No update."));
    }
    amend(world, advertiser, kind.level, entity.id, |entity| {
        entity.name = name.unwrap_or_else(|| entity.name.clone());
        entity.extra.extend(fields);
    });
    Ok(())
}

/// Budgets of ad groups: lifetime ones at once, daily ones from midnight on.
pub(super) fn budgets(world: &mut World, call: &Call) -> Outcome {
    let (body, advertiser) = open(world, call)?;
    for (list, is_lifetime) in [("budget", true), ("scheduled_budget", false)] {
        let Some(all) = body.get(list).and_then(Value::as_array) else { continue };
        if all.is_empty() || all.len() > 20 {
            return Err(Refusal::param(format!("{list}: Length must be between 1 and 20.")));
        }
        let mut changes = Vec::new();
        for one in all {
            let one = one.as_object().ok_or_else(|| Refusal::param(format!("{list}: Not a valid object")))?;
            let entity = alive(world, advertiser, Level::AdGroup, body::text(one, "adgroup_id")?)?;
            let amount = one.get(list).filter(|amount| amount.is_number()).ok_or_else(|| Refusal::missing(&[list]))?;
            let has_lifetime = entity.extra.get("budget_mode").and_then(Value::as_str) == Some("BUDGET_MODE_TOTAL");
            if has_lifetime != is_lifetime {
                return Err(Refusal::param(format!("{list}: The ad group {} has another budget mode.", entity.id)));
            }
            changes.push((entity.id, amount.clone()));
        }
        for (id, amount) in changes {
            amend(world, advertiser, Level::AdGroup, id, |group| drop(group.extra.insert(list.to_owned(), amount)));
        }
    }
    Ok(Answer::from(json!({})))
}
