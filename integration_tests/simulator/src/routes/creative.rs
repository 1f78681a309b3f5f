//! Images, videos, music, portfolios and posts (`docs/tiktok-api.md` 3.6 [DOC 1740052016789506, 1740051721711618,
//! 1740050472224769, 1740050161973250, 1766324010279938, 1739092113671170][GO model/file/music][AB]).

use super::filtering::Keys;
use super::listing::{Listing, Row, asked, choices, flag, ids, number, numbers, part};
use super::page::Page;
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::{Shared, lock};
use crate::world::{Collection, Record, World};
use serde_json::{Value, json};
use std::borrow::Cow;

pub(super) static ROUTES: &[Route] = &[
    get("/file/image/ad/search/", |world, call, shared| search(&IMAGES, Collection::Image, world, call, shared)),
    get("/file/video/ad/search/", |world, call, shared| search(&VIDEOS, Collection::Video, world, call, shared)),
    get("/file/image/ad/info/", |world, call, shared| {
        info(world, call, shared, &ById { kind: Collection::Image, asks: "image_ids", key: "image_id", most: 100 })
    }),
    get("/file/video/ad/info/", |world, call, shared| {
        info(world, call, shared, &ById { kind: Collection::Video, asks: "video_ids", key: "video_id", most: 60 })
    }),
    get("/file/music/get/", music),
    get("/creative/portfolio/list/", portfolios),
    get("/creative/portfolio/get/", portfolio),
    get("/tt_video/list/", spark_posts),
];

const IMAGES: Listing = Listing {
    key: "list",
    sizes: (20, 100),
    filters: &[
        number("height"),
        number("width"),
        ids("image_ids", "image_id", 100),
        ids("material_ids", "material_id", 100),
        numbers("ratio"),
        flag("displayable"),
    ],
};

const VIDEOS: Listing = Listing {
    key: "list",
    sizes: (20, 100),
    filters: &[
        ids("video_ids", "video_id", 100),
        ids("material_ids", "material_id", 20),
        part("video_name", "file_name"),
    ],
};

const PORTFOLIO_TYPES: &[&str] = &[
    "CARD",
    "WEB_INFO_CARD",
    "DOWNLOAD_CARD",
    "INVENTORY_CARD",
    "PRODUCT_CARD",
    "PRODUCT_TILE",
    "COUNTDOWN_STICKER",
    "REMINDER_COUNTDOWN_STICKER",
    "LIVE_REMINDER_COUNTDOWN_STICKER",
    "GIFTCODE_STICKER",
    "PREMIUM_BADGE",
    "GESTURE",
    "SUPER_LIKE",
];

const PORTFOLIOS: Listing = Listing {
    key: "creative_portfolios",
    sizes: (20, 100),
    filters: &[
        choices("creative_portfolio_types", "creative_portfolio_type", PORTFOLIO_TYPES),
        ids("creative_portfolio_ids", "creative_portfolio_id", 100),
    ],
};

/// Answers are about the last [`crate::AssetOptions::ceiling`] changed; nothing reaches behind them.
fn search(listing: &Listing, kind: Collection, world: &World, call: &Call, shared: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let sort = call.params.choice("sort_field", &["CREATE_TIME", "MODIFY_TIME"])?.unwrap_or("MODIFY_TIME");
    let ascending = call.params.choice("sort_type", &["ASC", "DESC"])? == Some("ASC");
    let page = listing.page(call)?;
    let account = call.account(world)?;
    let rows = world.records(account.id, kind).iter().map(Row::from).collect();
    let mut rows = listing.select(call, rows)?;
    rows.iter_mut().for_each(|row| {
        if let Cow::Owned(record) = ready(&row.record, account.id, call, shared) {
            row.record = Cow::Owned(record);
        }
    });
    order(&mut rows, "modify_time", false);
    rows.truncate(shared.options.assets.ceiling);
    order(&mut rows, &sort.to_lowercase(), ascending);
    Ok(listing.answer(page, &rows, None))
}

fn order(rows: &mut [Row<'_>], field: &str, ascending: bool) {
    let text = |row: &Row<'_>| row.record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    rows.sort_by_cached_key(text);
    if !ascending {
        rows.reverse();
    }
}

/// What can be asked for by id.
struct ById {
    kind: Collection,
    /// The parameter with the ids.
    asks: &'static str,
    /// The id of a record.
    key: &'static str,
    /// Ids that a call may have.
    most: usize,
}

/// By ids, in their order; [?] unknown ones are left out.
fn info(world: &World, call: &Call, shared: &Shared, &ById { kind, asks, key, most }: &ById) -> Outcome {
    call.params.require(&["advertiser_id", asks])?;
    let wanted = asked(call, asks, most)?.unwrap_or_default();
    let all = world.records(call.account(world)?.id, kind);
    let find = |id: &String| all.iter().find(|record| record.get(key).is_some_and(|known| known == id));
    let account = call.account(world)?.id;
    let list: Vec<Cow<'_, Record>> =
        wanted.iter().filter_map(find).map(|record| ready(record, account, call, shared)).collect();
    lock(&shared.lags).looked((account, "video"));
    Ok(json!({ "list": list }).into())
}

/// What a video that is in work has.
const IN_WORK: [&str; 2] = ["video_id", "material_id"];

/// A video that is still in work has little more than its id (`docs/tiktok-api.md` 7.6).
fn ready<'r>(record: &'r Record, account: u64, call: &Call, shared: &Shared) -> Cow<'r, Record> {
    let id = record.get("video_id").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() || !lock(&shared.lags).waits((account, "video"), id, call.now) {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    record.retain(|name, _| IN_WORK.contains(&name.as_str()));
    Cow::Owned(record)
}

const SEARCHES: &[&str] = &[
    "SEARCH_BY_KEYWORD",
    "SEARCH_BY_RECOMMEND",
    "SEARCH_BY_LIKED",
    "SEARCH_BY_HISTORY",
    "SEARCH_BY_MUSIC_ID",
    "SEARCH_BY_SOURCE",
];

/// `page` times `page_size` may not be more.
const MUSIC_REACH: u64 = 100_000;

fn music(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let scenes = ["CREATIVE_ASSET", "CAROUSEL_ADS", "CATALOG_CAROUSEL"];
    let carousel = !matches!(call.params.choice("music_scene", &scenes)?, None | Some("CREATIVE_ASSET"));
    let search = call.params.choice("search_type", SEARCHES)?;
    if carousel {
        call.params.require(&["search_type"])?;
    } else if search.is_some() {
        return Err(Refusal::param("search_type: not supported when music_scene is CREATIVE_ASSET"));
    }
    let most = if matches!(search, Some("SEARCH_BY_KEYWORD" | "SEARCH_BY_HISTORY")) { 200 } else { 1_000 };
    let listing = Listing { key: "musics", sizes: (most, most), filters: &[] };
    let page = listing.page(call)?;
    if page.reach() > MUSIC_REACH {
        return Err(Refusal::param(format!("page: page * page_size must be less than or equal to {MUSIC_REACH}")));
    }
    let keys = Keys::of(call)?;
    let (ids, word) = (keys.ids("music_ids", 100)?, keys.text("keyword")?);
    let keep = |row: &Row<'_>| {
        let text = |name: &str| row.record.get(name).and_then(Value::as_str).unwrap_or_default();
        ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == text("music_id")))
            && word.as_ref().is_none_or(|word| text("file_name").contains(word.as_str()))
            && (search != Some("SEARCH_BY_LIKED") || row.record.get("liked") == Some(&Value::Bool(true)))
    };
    let all = world.records(call.account(world)?.id, Collection::Music).iter().rev();
    let rows: Vec<Row<'_>> = all.map(Row::from).filter(keep).collect();
    Ok(listing.answer(page, &rows, None))
}

fn portfolios(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let page = PORTFOLIOS.page(call)?;
    let all = world.records(call.account(world)?.id, Collection::Portfolio).iter().rev();
    Ok(PORTFOLIOS.answer(page, &PORTFOLIOS.select(call, all.map(Row::from).collect())?, None))
}

/// The same content below `portfolio_content`, as a list of one.
fn portfolio(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "creative_portfolio_id"])?;
    let id = call.params.id("creative_portfolio_id")?.unwrap_or(0).to_string();
    let all = world.records(call.account(world)?.id, Collection::Portfolio);
    let found = all.iter().find(|record| record.get("creative_portfolio_id").is_some_and(|known| *known == id));
    let found = found.ok_or_else(|| Refusal::param(format!("The creative portfolio {id} doesn't exist.")))?;
    let content: Record = found
        .iter()
        .filter(|(name, _)| !name.starts_with("creative_portfolio_"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Ok(json!({
        "creative_portfolio_id": id,
        "creative_portfolio_type": found.get("creative_portfolio_type"),
        "portfolio_content": [content],
    })
    .into())
}

/// In no reference; the parameters are those of its clients: `keyword`, `item_types`, pages of 50 at most.
fn spark_posts(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let types = call.params.choices("item_types", &["VIDEO", "CAROUSEL"])?;
    let page = Page::sized(call, 20, 50)?;
    let all = world.records(call.account(world)?.id, Collection::SparkPost).iter().rev();
    let item = |row: &Row<'_>, name: &str| {
        let item = row.record.get("item_info").and_then(|item| item.get(name)).and_then(Value::as_str);
        item.unwrap_or_default().to_owned()
    };
    let keep = |row: &Row<'_>| {
        types.as_ref().is_none_or(|types| types.contains(&item(row, "item_type")))
            && call.params.text("keyword").is_none_or(|word| item(row, "text").contains(word))
    };
    let rows: Vec<Row<'_>> = all.map(Row::from).filter(keep).collect();
    Ok(Listing { key: "list", sizes: (20, 50), filters: &[] }.answer(page, &rows, None))
}
