//! Fills accounts with campaigns, ad groups and ads.

use super::account::Account;
use super::entity::{Activity, Buying, Entity, Level, State};
use super::names;
use super::plans::{Fill, Plan};
use super::{World, WorldKind};
use crate::rng::Rng;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, json};

/// Adds the account of a plan to the world.
pub(super) fn account(world: &mut World, plan: &Plan) {
    let id = world.new_id() * 4 + 1;
    let created = world.now - TimeDelta::days(plan.age) - TimeDelta::seconds(3_661);
    let account = Account {
        id,
        name: plan.name.to_owned(),
        zone: plan.zone,
        zone_name: plan.zone_name.to_owned(),
        zone_shown: None,
        currency: plan.currency.to_owned(),
        country: plan.country.to_owned(),
        created,
        status: plan.status.to_owned(),
        forbidden: plan.forbidden,
        agency: plan.agency,
        business: plan.business,
        entities: Default::default(),
        rendered: Default::default(),
    };
    let rng = Rng::new(world.seed ^ id);
    let mut builder = Builder { world, account, rng, clock: created, step: TimeDelta::zero() };
    match plan.fill {
        Fill::Nothing => {}
        Fill::Everything(campaigns) => builder.everything(campaigns, plan.age),
        Fill::Pages => builder.pages(),
        Fill::Bursts(campaigns, smart_plus) => builder.bursts(campaigns, smart_plus, plan.age),
    }
    let account = builder.account;
    world.accounts.push(account);
}

pub(super) struct Builder<'w> {
    pub(super) world: &'w mut World,
    pub(super) account: Account,
    pub(super) rng: Rng,
    /// When the next object is created; ids and times grow together.
    pub(super) clock: DateTime<Utc>,
    pub(super) step: TimeDelta,
}

/// The id of a new object, and those above it.
struct Place {
    id: u64,
    campaign: u64,
    adgroup: u64,
}

/// What a new object shares with its parents.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) state: State,
    pub(super) buying: Buying,
    pub(super) smart_plus: bool,
}

pub(super) const ORDINARY: Kind = Kind { state: State::Enabled, buying: Buying::Auction, smart_plus: false };

impl Builder<'_> {
    /// Ordinary campaigns with a deleted and a disabled object in each, and the special kinds.
    fn everything(&mut self, campaigns: usize, age: i64) {
        let objects = i64::try_from(campaigns).unwrap_or(1) * 10 + 20;
        self.step = TimeDelta::seconds(age * 86_400 / 2 / objects);
        for _ in 0..campaigns {
            self.ordinary_campaign();
        }
        self.family(Kind { state: State::Deleted, ..ORDINARY }, 2, 2);
        self.family(Kind { state: State::Disabled, ..ORDINARY }, 1, 2);
        self.family(Kind { buying: Buying::ReachFrequency, ..ORDINARY }, 1, 1);
        self.family(Kind { buying: Buying::TopView, ..ORDINARY }, 1, 1);
        self.family(Kind { smart_plus: true, ..ORDINARY }, 1, 3);
        self.campaign(ORDINARY);
    }

    /// More than one page of every level: 2,600 campaigns, 3,120 ad groups, 5,200 ads.
    fn pages(&mut self) {
        self.step = TimeDelta::seconds(20);
        for index in 0..2_600 {
            let campaign = self.campaign(ORDINARY);
            for _ in 0..=usize::from(index % 5 == 0) {
                let adgroup = self.adgroup(campaign, ORDINARY);
                let ads = if self.count(Level::AdGroup).is_multiple_of(3) { 1 } else { 2 };
                for _ in 0..ads {
                    self.ad(campaign, adgroup, ORDINARY, None);
                }
            }
        }
    }

    fn ordinary_campaign(&mut self) {
        let campaign = self.campaign(ORDINARY);
        for state in [State::Enabled, State::Enabled, State::Deleted] {
            let adgroup = self.adgroup(campaign, Kind { state, ..ORDINARY });
            for state in [State::Enabled, State::Disabled, State::Deleted] {
                self.ad(campaign, adgroup, Kind { state, ..ORDINARY }, None);
            }
        }
    }

    /// A campaign of one kind; only the campaign itself has the state.
    fn family(&mut self, kind: Kind, adgroups: usize, ads: usize) {
        let campaign = self.campaign(kind);
        let kind = Kind { state: State::Enabled, ..kind };
        for _ in 0..adgroups {
            let adgroup = self.adgroup(campaign, kind);
            let smart_plus_ad = kind.smart_plus.then(|| self.world.new_id());
            for _ in 0..ads {
                self.ad(campaign, adgroup, kind, smart_plus_ad);
            }
        }
    }

    pub(super) fn campaign(&mut self, kind: Kind) -> u64 {
        let id = self.world.new_id();
        let mut entity = self.entity(Level::Campaign, Place { id, campaign: id, adgroup: 0 }, kind);
        let budget = self.rng.below(900_000) as f64 / 100.0;
        entity.extra.insert("budget".to_owned(), json!(budget));
        entity.extra.insert("budget_mode".to_owned(), json!("BUDGET_MODE_DAY"));
        self.push(entity);
        id
    }

    pub(super) fn adgroup(&mut self, campaign: u64, kind: Kind) -> u64 {
        let id = self.world.new_id();
        let mut entity = self.entity(Level::AdGroup, Place { id, campaign, adgroup: id }, kind);
        let start = super::record::time(entity.created + TimeDelta::hours(1));
        let budget = self.rng.below(90_000) as f64 / 100.0;
        entity.extra.insert("budget".to_owned(), json!(budget));
        entity.extra.insert("schedule_start_time".to_owned(), json!(start));
        entity.extra.insert("schedule_end_time".to_owned(), json!("2036-01-01 00:00:00"));
        self.push(entity);
        id
    }

    pub(super) fn ad(&mut self, campaign: u64, adgroup: u64, kind: Kind, smart_plus_ad: Option<u64>) {
        let id = self.world.new_id();
        let mut entity = self.entity(Level::Ad, Place { id, campaign, adgroup }, kind);
        entity.smart_plus_ad = smart_plus_ad;
        entity.activity = self.activity(&entity);
        let video = format!("v10033g5{:024x}", self.rng.next());
        entity.extra.insert("video_id".to_owned(), json!(video));
        entity.extra.insert("ad_text".to_owned(), json!(format!("Now: {}", entity.name)));
        entity.extra.insert("display_name".to_owned(), json!(self.account.name));
        let page = format!("https://example.invalid/p/{id}?a=1&b=%22q%22");
        entity.extra.insert("landing_page_url".to_owned(), json!(page));
        self.push(entity);
    }

    /// Running ads deliver until today, ended ones stopped in the past; every seventh never did.
    fn activity(&mut self, ad: &Entity) -> Option<Activity> {
        let dense = self.account.name.starts_with("Large");
        if !dense && self.count(Level::Ad) % 7 == 6 {
            return None;
        }
        let first = self.account.day_at(ad.created);
        let today = self.account.day_at(self.world.now);
        let ended = self.account.secondary_status(ad) != "AD_STATUS_DELIVERY_OK";
        let last = if ended { today - TimeDelta::days(3) } else { today };
        let density = if dense { 236 } else { 64 + self.rng.below(190) as u16 };
        (first <= last).then_some(Activity { first, last, density })
    }

    fn entity(&mut self, level: Level, place: Place, kind: Kind) -> Entity {
        let Place { id, campaign, adgroup } = place;
        let created = self.clock;
        self.clock += self.step;
        Entity {
            level,
            id,
            campaign,
            adgroup,
            name: names::name(level.stem(), self.count(level)),
            created,
            modified: self.modified(created, kind, level),
            state: kind.state,
            buying: kind.buying,
            smart_plus_ad: None,
            review: None,
            activity: None,
            restated: Vec::new(),
            extra: extra(kind),
        }
    }

    fn modified(&mut self, created: DateTime<Utc>, kind: Kind, level: Level) -> Option<DateTime<Utc>> {
        let age = (self.world.now - created).num_seconds().max(0);
        let later = self.rng.below(u64::try_from(age).unwrap_or(0) + 1);
        let later = TimeDelta::seconds(i64::try_from(later).unwrap_or(0));
        let missing = kind.smart_plus && level == Level::Ad && self.world.kind != WorldKind::Plain;
        (!missing).then(|| created + later)
    }

    fn count(&self, level: Level) -> usize {
        self.account.all(level).len()
    }

    fn push(&mut self, entity: Entity) {
        self.account.all_mut(entity.level).push(entity);
    }
}

fn extra(kind: Kind) -> Map<String, serde_json::Value> {
    let mut extra = Map::new();
    if kind.smart_plus {
        extra.insert("campaign_automation_type".to_owned(), json!("UPGRADED_SMART_PLUS"));
    }
    if kind.buying != Buying::Auction {
        extra.insert("objective_type".to_owned(), json!("RF_REACH"));
        extra.insert("optimization_goal".to_owned(), json!("REACH"));
        extra.insert("billing_event".to_owned(), json!("CPM"));
    }
    extra
}
