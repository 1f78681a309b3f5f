//! Images, videos, music, portfolios and authorized posts (`docs/tiktok-api.md` 3.6).

use super::{Record, Shelf, iso, record};
use crate::world::entity::Level;
use crate::world::{names, time};
use chrono::TimeDelta;
use serde_json::{Value, json};

const SIZES: [(u64, u64); 3] = [(720, 1_280), (1_200, 628), (640, 640)];

/// Ads of a large account whose videos are in the library; small accounts have all in it.
const VIDEOS: usize = 250;

pub(super) fn images(shelf: &Shelf<'_>) -> Vec<Record> {
    let all = shelf.count(7, 250);
    all.clone().map(|number| image(shelf, number, all.end)).collect()
}

fn image(shelf: &Shelf<'_>, number: u64, count: u64) -> Record {
    let (made, dice) = (shelf.made(number, count), shelf.dice(0x1a6e, number));
    let (width, height) = SIZES.get(usize::try_from(dice % 3).unwrap_or(0)).copied().unwrap_or((1, 1));
    record(json!({
        "image_id": format!("ad-site-i18n-sg/{}5d0d{dice:016x}", made.format("%Y%m%d")),
        "material_id": shelf.id(0x1a6e, number).to_string(),
        "is_carousel_usable": width == height,
        "width": width,
        "format": if number.is_multiple_of(2) { "png" } else { "jpeg" },
        "image_url": format!("https://p16-ad.example.invalid/{dice:016x}~tplv.image?x-expires=3600"),
        "height": height,
        "signature": format!("{dice:016x}{:016x}", shelf.dice(0x1a6f, number)),
        "size": 10_000 + dice % 400_000,
        "file_name": format!("{}.png", names::name("image", usize::try_from(number).unwrap_or(0))),
        "create_time": iso(made),
        "modify_time": iso(shelf.changed(made, 0x1a70, number)),
        "displayable": !number.is_multiple_of(5),
    }))
}

/// Those of the ads, and two that no ad uses.
pub(super) fn videos(shelf: &Shelf<'_>) -> Vec<Record> {
    let ads = shelf.account.all(Level::Ad).iter().take(if shelf.large { VIDEOS } else { usize::MAX });
    let used = ads.filter_map(|ad| ad.extra.get("video_id")?.as_str().map(str::to_owned));
    let spare = (0..2).map(|number| format!("v10033g5{:024x}", shelf.dice(0x71de, number)));
    let ids: Vec<String> = used.chain(spare).collect();
    let count = ids.len() as u64;
    (0..).zip(ids).map(|(number, id)| video(shelf, &id, number, count)).collect()
}

fn video(shelf: &Shelf<'_>, id: &str, number: u64, count: u64) -> Record {
    let (made, dice) = (shelf.made(number, count), shelf.dice(0x71d0, number));
    let expires = shelf.now + TimeDelta::hours(6);
    record(json!({
        "video_id": id,
        "video_cover_url": format!("https://p16-ad.example.invalid/{id}~noop.image?x-expires={}", expires.timestamp()),
        "format": "mp4",
        "preview_url": format!("https://v16.example.invalid/{id}/?a=1&b=%22q%22"),
        "preview_url_expire_time": time(expires),
        "duration": (5_000 + dice % 55_000) as f64 / 1_000.0,
        "height": 1_280,
        "width": 720,
        "bit_rate": 400_000 + dice % 3_000_000,
        "signature": format!("{dice:016x}{:016x}", shelf.dice(0x71d1, number)),
        "size": 300_000 + dice % 9_000_000,
        "material_id": shelf.id(0x71d0, number).to_string(),
        "allowed_placements": ["PLACEMENT_TOPBUZZ", "PLACEMENT_TIKTOK", "PLACEMENT_HELO", "PLACEMENT_PANGLE"],
        "allow_download": !number.is_multiple_of(3),
        "file_name": format!("{}.mp4", names::name("video", usize::try_from(number).unwrap_or(0))),
        "create_time": iso(made),
        "modify_time": iso(shelf.changed(made, 0x71d2, number)),
        "displayable": true,
    }))
}

pub(super) fn music(shelf: &Shelf<'_>) -> Vec<Record> {
    let all = shelf.count(6, 1_150);
    all.clone().map(|number| track(shelf, number, all.end)).collect()
}

fn track(shelf: &Shelf<'_>, number: u64, count: u64) -> Record {
    let (made, dice) = (shelf.made(number, count), shelf.dice(0x3051, number));
    let sources: &[&str] = if number.is_multiple_of(3) { &["USER"] } else { &["SYSTEM", "CML"] };
    record(json!({
        "music_id": format!("{}", shelf.id(0x3051, number)),
        "material_id": shelf.id(0x3052, number).to_string(),
        "sources": sources,
        "author": "Tidewell Ensemble",
        "liked": number.is_multiple_of(4),
        "cover_url": format!("https://p16-ad.example.invalid/{dice:016x}.jpeg"),
        "url": format!("https://sf16.example.invalid/{dice:016x}.mp3"),
        "duration": (15_000 + dice % 45_000) as f64 / 1_000.0,
        "style": "POP",
        "signature": format!("{dice:016x}{dice:016x}"),
        "name": names::name("song", usize::try_from(number).unwrap_or(0)),
        "file_name": format!("song-{number}.mp3"),
        "copyright": "ROYALTY_FREE",
        "create_time": iso(made),
        "modify_time": iso(shelf.changed(made, 0x3053, number)),
    }))
}

/// Kinds of portfolios that come round.
const PORTFOLIOS: [&str; 5] = ["CARD", "DOWNLOAD_CARD", "PREMIUM_BADGE", "GESTURE", "COUNTDOWN_STICKER"];

pub(super) fn portfolios(shelf: &Shelf<'_>) -> Vec<Record> {
    shelf.count(6, 130).map(|number| portfolio(shelf, number)).collect()
}

fn portfolio(shelf: &Shelf<'_>, number: u64) -> Record {
    let kind = usize::try_from(number).ok().and_then(|at| PORTFOLIOS.get(at % PORTFOLIOS.len()));
    let kind = kind.copied().unwrap_or("CARD");
    let id = shelf.id(0x90f7, number);
    let mut all = record(json!({
        "creative_portfolio_id": id.to_string(),
        "creative_portfolio_type": kind,
        "creative_portfolio_preview_url": format!("https://p16-ad.example.invalid/portfolio/{id}.png"),
    }));
    all.append(&mut record(content(shelf, kind, number)));
    all
}

/// What the record of a kind has besides.
fn content(shelf: &Shelf<'_>, kind: &str, number: u64) -> Value {
    let image = format!("ad-site-i18n-sg/portfolio{:016x}", shelf.dice(0x90f8, number));
    match kind {
        "CARD" => json!({
            "card_type": "IMAGE",
            "image_id": image,
            "title": names::name("card", usize::try_from(number).unwrap_or(0)),
            "call_to_action_text": "LEARN_MORE",
            "card_tags": ["BRAND"],
            "card_show_price": false,
            "card_image_index": 1,
        }),
        "DOWNLOAD_CARD" => json!({
            "app_id": shelf.id(0xa99, 0).to_string(),
            "layouts": ["TYPE_1"],
            "description": "Now in your store",
            "tags": ["RATING"],
        }),
        "PREMIUM_BADGE" => json!({
            "badge_show_time": 5,
            "badge_position": {"position_x": 0.5, "position_y": 0.25, "angle": 0},
            "badge_image_info": {"image_id": image},
        }),
        "GESTURE" => json!({
            "gesture_type": "STRAIGHT_SLIDE",
            "slide_length": 50,
            "slide_dimension": {"dimension_width": 720, "dimension_height": 1_280},
            "pop_up_window_image_id": image,
        }),
        _ => json!({
            "sticker_param": {
                "sticker_type": "COUNTDOWN",
                "title": "Sale ends",
                "cutoff_time": time(shelf.now + TimeDelta::days(30)),
                "color": "WHITE",
                "position_x": 0,
                "position_y": 0,
            },
        }),
    }
}

/// Posts that creators authorized for Spark Ads, in the shape the peer's catalogue has.
pub(super) fn spark_posts(shelf: &Shelf<'_>) -> Vec<Record> {
    let all = shelf.count(5, 120);
    all.clone().map(|number| spark_post(shelf, number, all.end)).collect()
}

fn spark_post(shelf: &Shelf<'_>, number: u64, count: u64) -> Record {
    let (made, dice) = (shelf.made(number, count), shelf.dice(0x5ba7, number));
    let carousel = number % 4 == 3;
    let anchors = json!([{"id": shelf.id(0x5ba8, number).to_string(), "status": "CHECK_SUCCESS",
        "product_regions": ["US"], "url": "https://example.invalid/shop", "title": "Shop now"}]);
    let authorized = made + TimeDelta::days(1);
    record(json!({
        "user_info": {
            "tiktok_name": format!("creator_{number}"),
            "identity_id": format!("{:08x}-0000-5000-8000-{number:012x}", dice >> 32),
            "identity_type": "AUTH_CODE",
        },
        "item_info": {
            "anchor_list": if number.is_multiple_of(2) { anchors } else { json!([]) },
            "text": names::name("post", usize::try_from(number).unwrap_or(0)),
            "status": "VIDEO_STATUS_PUBLIC",
            "auth_code": format!("#{dice:016x}="),
            "item_id": shelf.id(0x5ba9, number).to_string(),
            "item_type": if carousel { "CAROUSEL" } else { "VIDEO" },
            "carousel_info": if carousel { json!({"image_info": [], "music_info": {}}) } else { Value::Null },
        },
        "auth_info": {
            "auth_start_time": time(authorized),
            "ad_auth_status": if authorized + TimeDelta::days(365) < shelf.now { "EXPIRED" } else { "AUTHORIZED" },
            "invite_start_time": time(made),
            "auth_end_time": time(authorized + TimeDelta::days(365)),
        },
        "video_info": {
            "duration": (5_000 + dice % 55_000) as f64 / 1_000.0,
            "preview_url": format!("https://v16.example.invalid/{dice:016x}/"),
            "bit_rate": 400_000 + dice % 3_000_000,
            "height": 1_024,
            "width": 576,
            "signature": format!("{dice:016x}{dice:016x}"),
            "size": 300_000 + dice % 9_000_000,
            "poster_url": format!("https://p16.example.invalid/{dice:016x}.jpeg"),
        },
    }))
}
