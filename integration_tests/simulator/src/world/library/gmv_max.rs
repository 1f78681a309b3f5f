//! TikTok Shops and GMV Max campaigns (`docs/tiktok-api.md` 3.9); they are in no other list.

use super::{Record, Shelf, record};
use crate::world::entity::Activity;
use crate::world::{Account, World, names, time};
use chrono::TimeDelta;
use serde_json::{Value, json};

const STORES: u64 = 0x5709;
const CAMPAIGNS: u64 = 0x63a7;

/// An account has a shop when it is old enough to have opened one.
const SHOP_AGE_DAYS: i64 = 60;

pub(super) fn stores(shelf: &Shelf<'_>) -> Vec<Record> {
    let old = shelf.now - shelf.account.created > TimeDelta::days(SHOP_AGE_DAYS);
    let count = if old { shelf.count(2, 3) } else { 0..0 };
    count.map(|number| store(shelf, number)).collect()
}

fn store(shelf: &Shelf<'_>, number: u64) -> Record {
    let account = shelf.account;
    let exclusive = json!({"advertiser_id": account.id.to_string(), "advertiser_name": account.name,
        "advertiser_status": account.status});
    record(json!({
        "store_id": shelf.id(STORES, number).to_string(),
        "is_gmv_max_available": number == 0,
        "store_authorized_bc_id": account.business.to_string(),
        "is_owner_bc": true,
        "store_authorized_bc_info": {
            "bc_id": account.business.to_string(),
            "bc_profile_image": "https://p16-ad.example.invalid/bc.png",
            "bc_name": "Brightfold Media",
            "user_role": "ADMIN",
        },
        "thumbnail_url": format!("https://p16-ad.example.invalid/store/{number}.png"),
        "store_name": names::name("store", usize::try_from(number).unwrap_or(0)),
        "store_code": format!("{}LC{:08}", account.country, shelf.dice(STORES, number) % 100_000_000),
        "targeting_region_codes": [account.country],
        "store_status": "ACTIVE",
        "store_role": "AD_PROMOTION",
        "exclusive_authorized_advertiser_info": if number == 0 { exclusive } else { Value::Null },
    }))
}

/// Per shop that may: running, paused and deleted ones, two of three for products, the rest LIVE.
pub(super) fn campaigns(shelf: &Shelf<'_>) -> Vec<Record> {
    let count = if stores(shelf).is_empty() { 0..0 } else { shelf.count(6, 260) };
    count.clone().map(|number| campaign(shelf, number, count.end)).collect()
}

fn campaign(shelf: &Shelf<'_>, number: u64, count: u64) -> Record {
    let made = shelf.made(number, count);
    let (operation, status) = match number % 6 {
        3 => ("DISABLE", "CAMPAIGN_STATUS_DISABLE"),
        5 => ("DISABLE", "CAMPAIGN_STATUS_DELETE"),
        _ => ("ENABLE", "CAMPAIGN_STATUS_ENABLE"),
    };
    let live = number % 3 == 2;
    record(json!({
        "advertiser_id": shelf.account.id.to_string(),
        "campaign_id": shelf.id(CAMPAIGNS, number).to_string(),
        "campaign_name": names::name("GMV Max", usize::try_from(number).unwrap_or(0)),
        "operation_status": operation,
        "create_time": time(made),
        "modify_time": time(shelf.changed(made, CAMPAIGNS, number)),
        "objective_type": "PRODUCT_SALES",
        "secondary_status": status,
        "roi_protection_compensation_status": "NOT_ELIGIBLE",
        // Of `/campaign/gmv_max/info/`, where the list does not show it.
        "shopping_ads_type": if live { "LIVE" } else { "PRODUCT" },
        "store_id": shelf.id(STORES, 0).to_string(),
    }))
}

/// What a GMV Max campaign is made of: a post that sells a product, or a LIVE room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GmvMaxLeaf {
    pub campaign: u64,
    /// The shop it sells from.
    pub store: u64,
    pub live: bool,
    /// `item_group_id` of a product, `room_id` of a LIVE.
    pub product: u64,
    /// `item_id` of the post.
    pub item: u64,
    pub activity: Activity,
}

impl World {
    /// The leaves of all GMV Max campaigns of an account, deleted ones too.
    #[must_use]
    pub fn gmv_max_leaves(&self, account: &Account) -> Vec<GmvMaxLeaf> {
        let campaigns = self.records(account.id, super::Collection::GmvMaxCampaign);
        campaigns.iter().flat_map(|campaign| leaves(self, account, campaign)).collect()
    }
}

fn leaves(world: &World, account: &Account, campaign: &Record) -> Vec<GmvMaxLeaf> {
    let text = |name: &str| campaign.get(name).and_then(Value::as_str).unwrap_or_default();
    let id: u64 = text("campaign_id").parse().unwrap_or(0);
    let made = chrono::NaiveDateTime::parse_from_str(text("create_time"), "%Y-%m-%d %H:%M:%S").unwrap_or_default();
    let first = account.day_at(made.and_utc());
    let today = account.day_at(world.now);
    let runs = text("operation_status") == "ENABLE";
    let last = if runs { today } else { (first + TimeDelta::days(20)).min(today) };
    let live = text("shopping_ads_type") == "LIVE";
    let (products, items) = if live { (2, 1) } else { (2, 3) };
    let pairs = (0..products).flat_map(|product| (0..items).map(move |item| (product, item)));
    let leaf = |(product, item)| GmvMaxLeaf {
        campaign: id,
        store: text("store_id").parse().unwrap_or(0),
        live,
        product: super::id(id, 0x9806, product),
        item: super::id(id, 0x173b, product * 10 + item),
        activity: Activity { first, last, density: 120 },
    };
    pairs.map(leaf).collect()
}
