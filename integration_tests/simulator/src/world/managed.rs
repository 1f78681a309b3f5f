//! Campaigns, ad groups and ads that somebody writes: what becomes of the world.

use super::World;
use super::account::Account;
use super::entity::{Buying, Entity, Level, State};
use super::record::template;
use super::twins::Scheduled;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// An object to be made.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) level: Level,
    /// Nothing for a campaign.
    pub(crate) campaign: Option<u64>,
    /// An ad's.
    pub(crate) adgroup: Option<u64>,
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) review: Option<&'static str>,
    pub(crate) smart_plus_ad: Option<u64>,
    pub(crate) fields: Map<String, Value>,
}

impl Draft {
    /// One of a level, of which nothing else is said.
    pub(crate) fn of(level: Level) -> Self {
        Self {
            level,
            campaign: None,
            adgroup: None,
            name: String::new(),
            state: State::Enabled,
            review: None,
            smart_plus_ad: None,
            fields: Map::new(),
        }
    }
}

/// What an object has as itself, or from its parents: never a field of its own.
const NOT_FIELDS: &[&str] = &[
    "advertiser_id",
    "campaign_id",
    "campaign_name",
    "adgroup_id",
    "adgroup_name",
    "ad_id",
    "ad_id_v2",
    "ad_name",
    "smart_plus_ad_id",
    "operation_status",
    "secondary_status",
    "create_time",
    "modify_time",
];

impl World {
    /// Makes an object; its fields are those that its level has.
    pub(crate) fn make(&mut self, advertiser: u64, draft: Draft, now: DateTime<Utc>) -> Option<u64> {
        let id = self.new_id();
        let account = self.account_mut(advertiser)?;
        let level = draft.level;
        let mut entity = Entity {
            level,
            id,
            campaign: draft.campaign.unwrap_or(id),
            adgroup: draft.adgroup.unwrap_or(if level == Level::AdGroup { id } else { 0 }),
            name: draft.name,
            created: now,
            modified: Some(now),
            state: draft.state,
            buying: Buying::Auction,
            smart_plus_ad: draft.smart_plus_ad,
            review: draft.review,
            activity: None,
            restated: Vec::new(),
            extra: Map::new(),
        };
        entity.write(draft.fields);
        account.all_mut(level).push(entity);
        if let Some(adgroup) = draft.adgroup.and_then(|id| account.find_mut(Level::AdGroup, id)) {
            adgroup.review = None;
        }
        account.forget_rendered();
        Some(id)
    }

    /// Changes an object, and notes when.
    pub(crate) fn edit(
        &mut self,
        advertiser: u64,
        (level, id): (Level, u64),
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Entity),
    ) {
        let Some(account) = self.account_mut(advertiser) else { return };
        if let Some(entity) = account.find_mut(level, id) {
            change(entity);
            entity.modified = Some(now);
        }
        account.forget_rendered();
    }

    /// Removes the creatives of a Smart+ ad, which others replace.
    pub(crate) fn unmake(&mut self, advertiser: u64, smart_plus_ad: u64) {
        if let Some(account) = self.account_mut(advertiser) {
            account.all_mut(Level::Ad).retain(|ad| ad.smart_plus_ad != Some(smart_plus_ad));
            account.forget_rendered();
        }
    }

    /// Lets ads, and the ad groups that wait for one, pass the review.
    pub fn approve(&mut self, advertiser: u64) {
        let Some(account) = self.account_mut(advertiser) else { return };
        for level in Level::ALL {
            account.all_mut(level).iter_mut().for_each(|entity| entity.review = None);
        }
        account.forget_rendered();
    }

    /// Whether a scheduled budget begins.
    pub(crate) fn has_due(&self, now: DateTime<Utc>) -> bool {
        self.scheduled.iter().any(|scheduled| scheduled.at <= now)
    }

    /// Begins the scheduled budgets whose time has come.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        let (due, later) = std::mem::take(&mut self.scheduled).into_iter().partition(|each| each.at <= now);
        self.scheduled = later;
        let due: Vec<Scheduled> = due;
        for Scheduled { advertiser, adgroup, budget, at } in due {
            self.edit(advertiser, (Level::AdGroup, adgroup), at, |entity| {
                entity.extra.insert("budget".to_owned(), json!(budget));
                entity.extra.insert("scheduled_budget".to_owned(), json!(0.0));
            });
        }
    }

    /// The objects of a level that have this name, deleted ones too, oldest first.
    #[must_use]
    pub fn named(&self, advertiser: u64, level: Level, name: &str) -> Vec<&Entity> {
        let all = self.account(advertiser).map_or(&[][..], |account| account.all(level));
        all.iter().filter(|entity| entity.name == name).collect()
    }
}

impl Account {
    /// The object of an id, to change it.
    pub(crate) fn find_mut(&mut self, level: Level, id: u64) -> Option<&mut Entity> {
        let all = self.all_mut(level);
        let at = all.binary_search_by_key(&id, |entity| entity.id).ok()?;
        all.get_mut(at)
    }
}

impl Entity {
    /// Sets what was sent, as far as its level has it; numbers where the record has numbers.
    pub(crate) fn write(&mut self, fields: Map<String, Value>) {
        let template = template(self.level);
        for (name, value) in fields {
            let own = !NOT_FIELDS.contains(&name.as_str());
            // What only Smart+ has is kept for its own gets.
            if own && (template.contains_key(&name) || self.is_smart_plus()) {
                let value = like(&name, template.get(&name), value);
                self.extra.insert(name, value);
            }
        }
    }

    /// Whether it is of Upgraded Smart+.
    #[must_use]
    pub fn is_smart_plus(&self) -> bool {
        self.extra.get("campaign_automation_type").is_some_and(|kind| kind == "UPGRADED_SMART_PLUS")
    }
}

/// Ids that records have as numbers (`docs/tiktok-api.md` 3.0).
const NUMBERS: [&str; 2] = ["page_id", "tracking_pixel_id"];

/// A value in the form that the record has: money as a float, a few ids as numbers.
fn like(name: &str, slot: Option<&Value>, value: Value) -> Value {
    match (slot, &value) {
        (Some(Value::Number(slot)), Value::Number(_)) if slot.is_f64() => json!(value.as_f64()),
        (_, Value::String(text)) if NUMBERS.contains(&name) => {
            text.parse::<u64>().map_or(value, |number| json!(number))
        }
        _ => value,
    }
}
