//! One advertiser account and what is in it.

use super::entity::{Activity, Buying, Entity, Level, State};
use super::status::{self, Lineage};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::Map;
use std::sync::{Arc, OnceLock};

/// An advertiser.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: u64,
    pub name: String,
    /// The calendar of its reports (`display_timezone`).
    pub zone: Tz,
    /// What `timezone` says: the same hours, sometimes under another name.
    pub zone_name: String,
    /// What `display_timezone` says in place of the name of `zone`.
    pub zone_shown: Option<String>,
    pub currency: String,
    pub country: String,
    pub created: DateTime<Utc>,
    pub status: String,
    /// No token of this world may read its data.
    pub forbidden: bool,
    /// Only [`super::TOKEN_AGENCY`] reaches it.
    pub agency: bool,
    /// Its Business Center.
    pub business: u64,
    /// Campaigns, ad groups and ads, each by ascending id.
    pub(crate) entities: [Vec<Entity>; 3],
    pub(crate) rendered: [OnceLock<Vec<Arc<str>>>; 3],
}

impl Account {
    /// All objects of a level, deleted ones too, oldest first.
    #[must_use]
    pub fn all(&self, level: Level) -> &[Entity] {
        match &self.entities {
            [campaigns, adgroups, ads] => match level {
                Level::Campaign => campaigns,
                Level::AdGroup => adgroups,
                Level::Ad => ads,
            },
        }
    }

    /// All objects of a level, to change them. Keep the ids ascending.
    pub fn all_mut(&mut self, level: Level) -> &mut Vec<Entity> {
        match &mut self.entities {
            [campaigns, adgroups, ads] => match level {
                Level::Campaign => campaigns,
                Level::AdGroup => adgroups,
                Level::Ad => ads,
            },
        }
    }

    /// The object of an id.
    #[must_use]
    pub fn find(&self, level: Level, id: u64) -> Option<&Entity> {
        let all = self.all(level);
        let at = all.binary_search_by_key(&id, |entity| entity.id).ok()?;
        all.get(at)
    }

    /// What a get without any filter returns (newest first), with `deleted` or without:
    /// TopView objects are never among them.
    #[must_use]
    pub fn listed(&self, level: Level, deleted: bool) -> Vec<&Entity> {
        let all = self.all(level).iter().rev();
        all.filter(|entity| entity.buying != Buying::TopView)
            .filter(|entity| deleted || !self.secondary_status(entity).ends_with("_DELETE"))
            .collect()
    }

    /// The status an object shows.
    #[must_use]
    pub fn secondary_status(&self, entity: &Entity) -> &'static str {
        let state = |level, id| self.find(level, id).map_or(State::Enabled, |e| e.state);
        let status = status::secondary(Lineage {
            campaign: state(Level::Campaign, entity.campaign),
            adgroup: (entity.level == Level::Ad).then(|| state(Level::AdGroup, entity.adgroup)),
            own: entity.state,
            level: entity.level,
        });
        entity.review.filter(|_| status.ends_with("_DELIVERY_OK")).unwrap_or(status)
    }

    /// The account's date at a moment.
    #[must_use]
    pub fn day_at(&self, moment: DateTime<Utc>) -> NaiveDate {
        let local = moment.with_timezone(&self.zone);
        NaiveDate::from_ymd_opt(local.year(), local.month(), local.day()).unwrap_or_default()
    }

    /// How many hours of its day have gone at a moment, the running one included.
    pub(crate) fn hours_at(&self, moment: DateTime<Utc>) -> u32 {
        moment.with_timezone(&self.zone).hour() + 1
    }

    pub(crate) fn forget_rendered(&mut self) {
        self.rendered = Default::default();
    }

    /// Adds an object below the newest parent that is alive; an ad delivers from the day of `now`.
    pub(super) fn create(&mut self, id: u64, level: Level, now: DateTime<Utc>) -> Option<()> {
        let parent = match level {
            Level::Campaign => None,
            Level::AdGroup => Some(self.newest(Level::Campaign)?),
            Level::Ad => Some(self.newest(Level::AdGroup)?),
        };
        let day = self.day_at(now);
        let parent_ids = parent.map_or((id, 0), |p| (p.campaign, p.adgroup));
        self.all_mut(level).push(Entity {
            level,
            id,
            campaign: parent_ids.0,
            adgroup: if level == Level::AdGroup { id } else { parent_ids.1 },
            name: format!("Added {} {id}", level.stem()),
            created: now,
            modified: Some(now),
            state: State::Enabled,
            buying: Buying::Auction,
            smart_plus_ad: None,
            review: None,
            activity: (level == Level::Ad).then_some(Activity { first: day, last: day, density: 256 }),
            restated: Vec::new(),
            extra: Map::new(),
        });
        Some(())
    }

    fn newest(&self, level: Level) -> Option<Entity> {
        let alive = |e: &&Entity| e.buying == Buying::Auction && !self.secondary_status(e).ends_with("_DELETE");
        self.all(level).iter().rev().find(alive).cloned()
    }

    /// Removes the newest listed object and all below it.
    pub(super) fn vanish(&mut self, level: Level) -> Option<u64> {
        let id = self.listed(level, false).first()?.id;
        for each in Level::ALL {
            self.all_mut(each).retain(|e| match level {
                Level::Campaign => e.campaign != id,
                Level::AdGroup => e.adgroup != id,
                Level::Ad => e.level != Level::Ad || e.id != id,
            });
        }
        Some(id)
    }
}
