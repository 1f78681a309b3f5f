//! Wire records of campaigns, ad groups and ads: all fields of the reference's tables, with
//! its null and empty conventions (`docs/tiktok-api.md` 3.0–3.3).

use super::account::Account;
use super::entity::{Buying, Entity, Level, State};
use super::split_tests::{GROUP, GROUP_OF_CAMPAIGN};
use crate::assumptions::DELETED_OPERATION_STATUS;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};

/// The record of an object that nobody configured: all its fields, in wire order.
pub(crate) fn template(level: Level) -> &'static Map<String, Value> {
    static TEMPLATES: [OnceLock<Map<String, Value>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    static NONE: OnceLock<Map<String, Value>> = OnceLock::new();
    let text = match level {
        Level::Campaign => include_str!("campaign.json"),
        Level::AdGroup => include_str!("adgroup.json"),
        Level::Ad => include_str!("ad.json"),
    };
    let cell = TEMPLATES.get(level.index()).unwrap_or(&NONE);
    cell.get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

/// `YYYY-MM-DD HH:MM:SS`, UTC, no zone mark.
pub(crate) fn time(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S").to_string()
}

impl Account {
    /// The record of an object as a get returns it, all fields.
    #[must_use]
    pub fn record(&self, entity: &Entity) -> Map<String, Value> {
        of(self, entity)
    }

    /// The serialized records of a level, in the order of [`Account::all`].
    pub(crate) fn rendered(&self, level: Level) -> &[Arc<str>] {
        let render = |entity| Value::Object(of(self, entity)).to_string().into();
        let all = || self.all(level).iter().map(render).collect();
        self.rendered.get(level.index()).map_or(&[], |cell| cell.get_or_init(all))
    }
}

fn of(account: &Account, entity: &Entity) -> Map<String, Value> {
    let mut record = template(entity.level).clone();
    let mut set = |name: &str, value: Value| {
        if let Some(slot) = record.get_mut(name) {
            *slot = value;
        }
    };
    set("advertiser_id", json!(account.id.to_string()));
    for (name, value) in lineage(account, entity) {
        set(name, value);
    }
    set("create_time", json!(time(entity.created)));
    set("modify_time", json!(entity.modified.map(time)));
    set("operation_status", json!(operation_status(entity.state)));
    set("secondary_status", json!(account.secondary_status(entity)));
    if entity.smart_plus_ad.is_some() {
        set("campaign_automation_type", json!("UPGRADED_SMART_PLUS"));
    }
    if entity.buying == Buying::TopView {
        set("rf_campaign_type", json!("STANDARD"));
    }
    for (name, value) in &entity.extra {
        set(name, value.clone());
    }
    if let Some(test) = entity.extra.get(GROUP_OF_CAMPAIGN) {
        record.insert(GROUP.to_owned(), test.clone());
    }
    record
}

fn lineage(account: &Account, entity: &Entity) -> Vec<(&'static str, Value)> {
    let name = |level, id| account.find(level, id).map(|parent| parent.name.clone());
    let mut all = vec![
        ("campaign_id", json!(entity.campaign.to_string())),
        ("campaign_name", json!(name(Level::Campaign, entity.campaign))),
    ];
    if entity.level >= Level::AdGroup {
        all.push(("adgroup_id", json!(entity.adgroup.to_string())));
        all.push(("adgroup_name", json!(name(Level::AdGroup, entity.adgroup))));
    }
    if entity.level == Level::Ad {
        all.push(("ad_id", json!(entity.id.to_string())));
        all.push(("ad_id_v2", json!(entity.ad_v2().to_string())));
        all.push(("smart_plus_ad_id", json!(entity.smart_plus_ad.map(|id| id.to_string()))));
        all.push(("ad_name", json!(entity.name)));
    }
    all
}

fn operation_status(state: State) -> &'static str {
    match state {
        State::Enabled => "ENABLE",
        State::Disabled => "DISABLE",
        State::Deleted => DELETED_OPERATION_STATUS,
    }
}
