//! TikTok Shops and GMV Max campaigns (`docs/tiktok-api.md` 3.9 [DOC 1826463372290177, 1822000968821762,
//! 1822001044479041, 1752267762718722]).

use super::filtering::Keys;
use super::listing::{CREATED_FROM, CREATED_TO, Listing, PRIMARY_STATUS, Row, ids, part};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Collection, Record, World};
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[
    get("/gmv_max/campaign/get/", campaigns),
    get("/campaign/gmv_max/info/", campaign),
    get("/gmv_max/store/list/", gmv_max_stores),
    get("/store/list/", stores),
];

const CAMPAIGNS: Listing = Listing {
    key: "list",
    sizes: (10, 100),
    filters: &[
        ids("store_ids", "store_id", 10),
        ids("campaign_ids", "campaign_id", 100),
        part("campaign_name", "campaign_name"),
        PRIMARY_STATUS,
        CREATED_FROM,
        CREATED_TO,
    ],
};

/// What a record of the list has.
const FIELDS: &[&str] = &[
    "advertiser_id",
    "campaign_id",
    "campaign_name",
    "operation_status",
    "create_time",
    "modify_time",
    "objective_type",
    "secondary_status",
    "roi_protection_compensation_status",
];

fn text<'r>(record: &'r Record, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn campaigns(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "filtering"])?;
    let fields = call.params.choices("fields", FIELDS)?;
    let keys = Keys::of(call)?;
    let types = keys.choices("gmv_max_promotion_types", &["PRODUCT_GMV_MAX", "LIVE_GMV_MAX"])?;
    let types = types.filter(|types| !types.is_empty());
    let types = types.ok_or_else(|| Refusal::missing(&["filtering.gmv_max_promotion_types"]))?;
    keys.choice("primary_status", &["STATUS_DELIVERY_OK", "STATUS_DISABLE", "STATUS_DELETE"])?;
    let page = CAMPAIGNS.page(call)?;
    let all = world.records(call.account(world)?.id, Collection::GmvMaxCampaign).iter().rev();
    let wanted = |record: &&Record| types.contains(&format!("{}_GMV_MAX", text(record, "shopping_ads_type")));
    let rows = CAMPAIGNS.select(call, all.filter(wanted).map(Row::from).collect())?;
    let default: Vec<String> = FIELDS.iter().map(|name| (*name).to_owned()).collect();
    Ok(CAMPAIGNS.answer(page, &rows, Some(&fields.unwrap_or(default))))
}

fn campaign(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "campaign_id"])?;
    let id = call.params.id("campaign_id")?.unwrap_or(0).to_string();
    let account = call.account(world)?;
    let all = world.records(account.id, Collection::GmvMaxCampaign);
    let found = all.iter().find(|record| text(record, "campaign_id") == id);
    let found = found.ok_or_else(|| Refusal::param(format!("The GMV Max campaign {id} doesn't exist.")))?;
    let live = text(found, "shopping_ads_type") == "LIVE";
    let leaves = world.gmv_max_leaves(account);
    let mut products: Vec<String> = leaves
        .iter()
        .filter(|leaf| leaf.campaign.to_string() == id && !leaf.live)
        .map(|leaf| leaf.product.to_string())
        .collect();
    products.dedup();
    Ok(json!({
        "advertiser_id": account.id.to_string(),
        "operation_status": text(found, "operation_status"),
        "campaign_id": id,
        "campaign_name": text(found, "campaign_name"),
        "store_id": text(found, "store_id"),
        "store_authorized_bc_id": account.business.to_string(),
        "shopping_ads_type": text(found, "shopping_ads_type"),
        "product_specific_type": if live { "UNSET" } else { "CUSTOMIZED_PRODUCTS" },
        "item_group_ids": products,
        "optimization_goal": "VALUE",
        "roi_protection_enabled": false,
        "deep_bid_type": "VO_MIN_ROAS",
        "roas_bid": 2.5,
        "budget": 50.0,
        "promotion_days": null,
        "auto_budget": {"auto_budget_enabled": false},
        "auto_budget_enabled": false,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": text(found, "create_time"),
        "schedule_end_time": "2036-01-01 00:00:00",
        "placements": ["PLACEMENT_TIKTOK"],
        "location_ids": ["6252001"],
        "age_groups": ["AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"],
        "product_video_specific_type": if live { "UNSET" } else { "AUTO_SELECTION" },
        "accelerate_testing_for_new_videos": "OFF",
        "identity_list": [],
        "affiliate_posts_enabled": false,
        "item_list": [],
        "campaign_custom_anchor_video_id": null,
        "custom_anchor_video_list": [],
    })
    .into())
}

fn gmv_max_stores(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let all = world.records(call.account(world)?.id, Collection::Store);
    Ok(json!({ "store_list": all }).into())
}

fn stores(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    call.params.choice("store_type", &["TIKTOK_SHOP"])?;
    let one = call.params.id("store_id")?.map(|id| id.to_string());
    let all = world.records(call.account(world)?.id, Collection::Store).iter();
    let all = all.filter(|store| one.as_ref().is_none_or(|one| text(store, "store_id") == one));
    let record = |store: &Record| {
        json!({
            "store_authorized_bc_id": text(store, "store_authorized_bc_id"),
            "store_id": text(store, "store_id"),
            "store_type": "TIKTOK_SHOP",
            "store_name": text(store, "store_name"),
            "store_code": text(store, "store_code"),
            "catalog_id": null,
            "targeting_region_codes": store.get("targeting_region_codes"),
        })
    };
    Ok(json!({"stores": all.map(record).collect::<Vec<Value>>()}).into())
}
