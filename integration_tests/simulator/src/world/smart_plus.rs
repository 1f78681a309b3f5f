//! Upgraded Smart+ campaigns, ad groups and ads as their own gets have them
//! (`docs/tiktok-api.md` 3.4 [DOC 1843312818332930, 1843314879617026, 1843317378982914]): the same objects
//! as in the ordinary gets, but an ad is one record with its creatives inside.

use super::account::Account;
use super::entity::{Entity, Level};
use super::library::Record;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A record, and what a filter needs that the record may not have.
#[derive(Clone, Debug)]
pub(crate) struct SmartPlus {
    pub(crate) record: Record,
    pub(crate) status: &'static str,
    pub(crate) objective: String,
    /// Of its campaign.
    pub(crate) destination: Option<Value>,
    /// Of its ad group.
    pub(crate) goal: Option<Value>,
}

/// The record of an object that nobody configured.
fn template(level: Level) -> &'static Record {
    static TEMPLATES: [OnceLock<Record>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    static NONE: OnceLock<Record> = OnceLock::new();
    let text = match level {
        Level::Campaign => include_str!("smart_plus_campaign.json"),
        Level::AdGroup => include_str!("smart_plus_adgroup.json"),
        Level::Ad => include_str!("smart_plus_ad.json"),
    };
    TEMPLATES.get(level.index()).unwrap_or(&NONE).get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

/// The names that `fields` may hold.
pub(crate) fn fields(level: Level) -> Vec<&'static str> {
    template(level).keys().map(String::as_str).collect()
}

impl Account {
    /// All Smart+ objects of a level, deleted ones too, newest first.
    pub(crate) fn smart_plus(&self, level: Level) -> Vec<SmartPlus> {
        let mut all: Vec<SmartPlus> = match level {
            Level::Ad => self.smart_plus_ads().iter().map(|creatives| self.of_ad(creatives)).collect(),
            _ => self.all(level).iter().filter(|entity| entity.is_smart_plus()).map(|entity| self.of(entity)).collect(),
        };
        all.reverse();
        all
    }

    /// The creatives of each Smart+ ad, oldest first.
    pub(crate) fn smart_plus_ads(&self) -> Vec<Vec<&Entity>> {
        let mut all: Vec<Vec<&Entity>> = Vec::new();
        for ad in self.all(Level::Ad).iter().filter(|ad| ad.smart_plus_ad.is_some()) {
            match all.iter_mut().find(|known| known.first().is_some_and(|first| first.ad_v2() == ad.ad_v2())) {
                Some(known) => known.push(ad),
                None => all.push(vec![ad]),
            }
        }
        all
    }

    fn of(&self, entity: &Entity) -> SmartPlus {
        let ordinary = self.record(entity);
        let mut record = template(entity.level).clone();
        for (name, slot) in &mut record {
            // What both gets have is the same in both.
            if let Some(value) = ordinary.get(name).filter(|value| same_kind(slot, value)) {
                *slot = value.clone();
            }
            // What was sent in the words of the Smart+ calls.
            if let Some(value) = entity.extra.get(name).filter(|value| same_kind(slot, value)) {
                lay(slot, value);
            }
        }
        if let Some(current) = record.get_mut("current_budget") {
            *current = ordinary.get("budget").cloned().unwrap_or(json!(0.0));
        }
        let of_parent = |level, id, name: &str| self.find(level, id).and_then(|one| self.record(one).remove(name));
        SmartPlus {
            record,
            status: self.secondary_status(entity),
            objective: self.objective(entity),
            destination: of_parent(Level::Campaign, entity.campaign, "sales_destination"),
            goal: of_parent(Level::AdGroup, entity.adgroup, "optimization_goal"),
        }
    }

    fn of_ad(&self, creatives: &[&Entity]) -> SmartPlus {
        let Some(first) = creatives.first() else {
            let (record, objective) = (Record::new(), String::new());
            return SmartPlus { record, status: "", objective, destination: None, goal: None };
        };
        let mut all = self.of(first);
        let mut set = |name: &str, value: Value| all.record.insert(name.to_owned(), value);
        set("smart_plus_ad_id", json!(first.ad_v2().to_string()));
        set("ad_name", json!(first.name));
        set("creative_list", creatives.iter().map(|ad| creative(ad)).collect());
        if first.extra.contains_key(CREATIVE) {
            return all;
        }
        let texts = creatives.iter().filter_map(|ad| Some(json!({"ad_text": ad.extra.get("ad_text")?})));
        let page = first.extra.get("landing_page_url").cloned().unwrap_or(json!(""));
        set("ad_text_list", texts.collect());
        set("call_to_action_list", json!([{"call_to_action": "LEARN_MORE"}]));
        set("landing_page_url_list", json!([{"landing_page_url": page}]));
        all
    }

    fn objective(&self, entity: &Entity) -> String {
        let campaign = self.find(Level::Campaign, entity.campaign).map(|campaign| self.record(campaign));
        let objective = campaign.and_then(|campaign| campaign.get("objective_type")?.as_str().map(str::to_owned));
        objective.unwrap_or_default()
    }
}

/// A list here may be a text there.
fn same_kind(slot: &Value, value: &Value) -> bool {
    slot.is_null() || (slot.is_array() == value.is_array() && slot.is_object() == value.is_object())
}

/// Where an ad that was written keeps what its creative is.
pub(crate) const CREATIVE: &str = "creative_info";

/// Lays what was sent over what is there; an object keeps the names that were not sent.
fn lay(slot: &mut Value, value: &Value) {
    match (slot, value) {
        (Value::Object(slot), Value::Object(value)) => {
            slot.extend(value.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        (slot, value) => *slot = value.clone(),
    }
}

/// Where an ad keeps whether its material is shown.
pub(crate) const MATERIAL_STATUS: &str = "material_operation_status";

impl Entity {
    /// Whether the material of a creative is shown: ENABLE or DISABLE.
    #[must_use]
    pub fn material_status(&self) -> &str {
        self.extra.get(MATERIAL_STATUS).and_then(Value::as_str).unwrap_or("ENABLE")
    }
}

fn creative(ad: &Entity) -> Value {
    if let Some(info) = ad.extra.get(CREATIVE) {
        let id = material(ad.id).to_string();
        return json!({"ad_material_id": id, MATERIAL_STATUS: ad.material_status(), CREATIVE: info});
    }
    json!({
        "ad_material_id": material(ad.id).to_string(),
        MATERIAL_STATUS: ad.material_status(),
        "creative_info": {
            "ad_format": "SINGLE_VIDEO",
            "material_name": ad.name,
            "video_info": {"video_id": ad.extra.get("video_id"), "file_name": format!("{}.mp4", ad.name)},
            "image_info": [{"web_uri": format!("tos-alisg-p-0051c001-sg/{}", ad.id)}],
            "music_info": null,
            "aigc_disclosure_type": "NOT_DECLARED",
            "tiktok_item_id": null,
            "identity_type": "TT_USER",
            "identity_id": null,
            "identity_authorized_bc_id": null,
        },
    })
}

/// The `ad_material_id` of a creative.
#[must_use]
pub fn material(ad: u64) -> u64 {
    ad + 17
}
