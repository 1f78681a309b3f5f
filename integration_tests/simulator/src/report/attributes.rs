//! Attribute metrics: properties of the object of a row, `-` where it has none.

use crate::world::{Account, Entity, Level};
use serde_json::Value;

/// Attribute, level, field of that level's record.
const FIELDS: &[(&str, Level, &str)] = &[
    ("campaign_name", Level::Campaign, "campaign_name"),
    ("campaign_id", Level::Campaign, "campaign_id"),
    ("campaign_automation_type", Level::Campaign, "campaign_automation_type"),
    ("campaign_budget", Level::Campaign, "budget"),
    ("objective_type", Level::Campaign, "objective_type"),
    ("app_promotion_type", Level::Campaign, "app_promotion_type"),
    ("adgroup_name", Level::AdGroup, "adgroup_name"),
    ("adgroup_id", Level::AdGroup, "adgroup_id"),
    ("placement_type", Level::AdGroup, "placement_type"),
    ("promotion_type", Level::AdGroup, "promotion_type"),
    ("billing_event", Level::AdGroup, "billing_event"),
    ("budget", Level::AdGroup, "budget"),
    ("ad_name", Level::Ad, "ad_name"),
    ("ad_id", Level::Ad, "ad_id"),
    ("ad_id_v2", Level::Ad, "ad_id_v2"),
    ("ad_text", Level::Ad, "ad_text"),
    ("call_to_action", Level::Ad, "call_to_action"),
    ("video_id", Level::Ad, "video_id"),
    ("identity_id", Level::Ad, "identity_id"),
    ("tiktok_item_id", Level::Ad, "tiktok_item_id"),
];

/// The value of an attribute for an object (`None`: the advertiser itself).
pub(super) fn value(account: &Account, entity: Option<&Entity>, name: &str) -> String {
    match name {
        "advertiser_name" => return account.name.clone(),
        "advertiser_id" => return account.id.to_string(),
        "currency" => return account.currency.clone(),
        "tt_app_id" | "tt_app_name" | "mobile_app_id" if entity.is_some() => return "0".to_owned(),
        _ => {}
    }
    let field = FIELDS.iter().find(|(known, ..)| *known == name);
    let value = field.zip(entity).and_then(|((_, level, field), entity)| {
        if *level > entity.level {
            return None;
        }
        let owner = match level {
            Level::Campaign => account.find(*level, entity.campaign)?,
            Level::AdGroup => account.find(*level, entity.adgroup)?,
            Level::Ad => entity,
        };
        account.record(owner).get(*field).cloned()
    });
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    }
}
