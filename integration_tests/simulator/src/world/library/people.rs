//! Identities, comments and saved audiences (`docs/tiktok-api.md` 3.7, 3.8).

use super::{Record, Shelf, record};
use crate::world::entity::{Entity, Level};
use crate::world::{names, time};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The types of identities, which come round.
pub(crate) const IDENTITY_TYPES: &[&str] = &["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"];

pub(super) fn identities(shelf: &Shelf<'_>) -> Vec<Record> {
    shelf.count(9, 450).map(|number| identity(shelf, number)).collect()
}

fn identity(shelf: &Shelf<'_>, number: u64) -> Record {
    let kind = usize::try_from(number).ok().and_then(|at| IDENTITY_TYPES.get(at % IDENTITY_TYPES.len()));
    let kind = kind.copied().unwrap_or_default();
    let (dice, own) = (shelf.dice(0x1de7, number), kind != "CUSTOMIZED_USER");
    let business = (kind == "BC_AUTH_TT").then(|| shelf.account.business.to_string());
    record(json!({
        "identity_id": if own { uuid(dice, number) } else { shelf.id(0x1de7, number).to_string() },
        "identity_type": kind,
        "identity_authorized_bc_id": business,
        "ads_only_mode": false,
        "username": own.then(|| format!("creator_{number}")),
        "is_gpppa": false,
        "can_push_video": own,
        "can_pull_video": own,
        "can_use_live_ads": kind == "TT_USER",
        "can_manage_message": false,
        "display_name": names::name("identity", usize::try_from(number).unwrap_or(0)),
        "available_status": if number % 7 == 6 { "SCOPE_UNAVAILABLE" } else { "AVAILABLE" },
        "profile_image": format!("https://p16-ad.example.invalid/{dice:016x}.jpeg"),
    }))
}

fn uuid(dice: u64, number: u64) -> String {
    format!("{:08x}-0000-5000-8000-{number:012x}", dice >> 32)
}

pub(super) fn saved_audiences(shelf: &Shelf<'_>) -> Vec<Record> {
    shelf.count(4, 130).map(|number| saved_audience(shelf, number)).collect()
}

fn saved_audience(shelf: &Shelf<'_>, number: u64) -> Record {
    let actions = json!([{"action_category_ids": ["2103"], "action_scene": "VIDEO_RELATED", "action_period": 15,
        "video_user_actions": ["LIKED", "SHARED"]}]);
    record(json!({
        "saved_audience_id": shelf.id(0x5a7e, number).to_string(),
        "saved_audience_name": names::name("saved audience", usize::try_from(number).unwrap_or(0)),
        "location_ids": ["6252001"],
        "gender": "GENDER_UNLIMITED",
        "age_groups": ["AGE_18_24", "AGE_25_34"],
        "languages": ["en"],
        "audience_ids": [],
        "excluded_audience_ids": [],
        "interest_category_ids": if number.is_multiple_of(2) { json!(["10102"]) } else { json!([]) },
        "interest_keyword_ids": [],
        "actions": if number.is_multiple_of(3) { actions } else { json!([]) },
        "operating_systems": ["IOS"],
        "min_android_version": null,
        "min_ios_version": "14.0",
        "device_model_ids": [],
        "network_types": [],
        "carrier_ids": [],
        "device_price_ranges": [0, 10_000],
    }))
}

/// Up to four comments below each ad; the first ad group of a large account has pages of them.
pub(super) fn comments(shelf: &Shelf<'_>) -> Vec<Record> {
    let ads = shelf.account.all(Level::Ad).iter().take(200);
    let mut all = Vec::new();
    for (at, ad) in ads.enumerate() {
        let many = if shelf.large && at == 0 { 230 } else { shelf.dice(0xc033, ad.id) % 5 };
        all.extend((0..many).map(|number| comment(shelf, ad, number)));
    }
    all
}

fn comment(shelf: &Shelf<'_>, ad: &Entity, number: u64) -> Record {
    let dice = shelf.dice(0xc034 ^ ad.id, number);
    let reply = number % 4 == 3;
    let id = |number| super::id(ad.id, 0xc035, number);
    let age = (shelf.now - ad.created).num_seconds().max(1);
    let made = ad.created + TimeDelta::seconds(i64::try_from(dice % 1_000).unwrap_or(0) * age / 1_000);
    let name = |level, id| shelf.account.find(level, id).map(|entity| entity.name.clone());
    record(json!({
        "comment_id": id(number).to_string(),
        "app": "TIKTOK",
        "app_id": "1233",
        "content": names::name("comment", usize::try_from(dice % 64).unwrap_or(0)),
        "likes": dice % 90,
        "replies": if reply { 0 } else { (dice >> 8) % 3 },
        "comment_type": if reply { "REPLY" } else { "COMMENT" },
        "original_comment_id": reply.then(|| id(number - 1).to_string()),
        "reply_to_comment_id": reply.then(|| id(number - 1).to_string()),
        "comment_status": if dice.is_multiple_of(9) { "HIDDEN" } else { "PUBLIC" },
        "hit_blockedword": dice.is_multiple_of(11),
        "ad_text": ad.extra.get("ad_text").cloned().unwrap_or(Value::Null),
        "create_time": time(made),
        "campaign_id": ad.campaign.to_string(),
        "campaign_name": name(Level::Campaign, ad.campaign),
        "adgroup_id": ad.adgroup.to_string(),
        "adgroup_name": name(Level::AdGroup, ad.adgroup),
        "ad_id": ad.id.to_string(),
        "ad_name": ad.name,
        "tiktok_item_id": super::id(ad.id, 0xc036, 0).to_string(),
        "identity_id": shelf.id(0x1de7, 0).to_string(),
        "identity_type": "CUSTOMIZED_USER",
        "is_pinned": false,
        "can_delete": true,
        "is_auth_ttba": false,
        "is_auth_comment_manage_scope": true,
        "video_play_url": format!("https://v16.example.invalid/{dice:016x}/"),
        "video_cover_url": format!("https://p16.example.invalid/{dice:016x}.jpeg"),
        "user_avatar_url": "https://p16.example.invalid/avatar.jpeg",
        "user_name": format!("viewer_{}", dice % 10_000),
        "user_id": id(dice % 1_000_000).to_string(),
    }))
}
