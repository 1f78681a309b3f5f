//! Ads beside others like them, and videos second by second (`docs/tiktok-api.md` 4.7
//! [DOC 1738824501176321, 1738825259075586]).

use super::filtering::Keys;
use super::listing::{Listing, Row};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::rng;
use crate::state::Shared;
use crate::world::{Account, Entity, Level, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] =
    &[get("/report/ad_benchmark/get/", benchmarks), get("/report/video_performance/get/", seconds)];

/// [?] The largest page of benchmarks is not documented.
const BENCHMARKS: Listing = Listing { key: "list", sizes: (10, 100), filters: &[] };
const SECONDS: Listing = Listing { key: "list", sizes: (10, 500), filters: &[] };

const DIMENSIONS: &[&str] = &["LOCATION", "AD_CATEGORY", "EXTERNAL_ACTION", "PLACEMENT"];
/// [?] Ids that a filter may name.
const IDS_MAX: usize = 100;
/// TikTok tells no more seconds than these.
const SECONDS_MAX: u64 = 60;

/// The ads that are asked about: ordinary ones, for Smart+ ads are not served here.
fn asked<'w>(call: &Call, account: &'w Account) -> Result<Vec<&'w Entity>, Refusal> {
    call.params.require(&["filtering"])?;
    call.params.choice("sort_type", &["ASC", "DES"])?;
    let keys = Keys::of(call)?;
    let wanted = [keys.ids("campaign_ids", IDS_MAX)?, keys.ids("adgroup_ids", IDS_MAX)?, keys.ids("ad_ids", IDS_MAX)?];
    if wanted.iter().all(Option::is_none) {
        return Err(Refusal::missing(&["filtering.ad_ids"]));
    }
    let passes = |ad: &&Entity| {
        let own = [ad.campaign, ad.adgroup, ad.id];
        wanted.iter().zip(own).all(|(list, id)| list.as_ref().is_none_or(|list| list.contains(&id.to_string())))
    };
    let ordinary = account.all(Level::Ad).iter().filter(|ad| ad.smart_plus_ad.is_none());
    Ok(ordinary.filter(|ad| !account.secondary_status(ad).ends_with("_DELETE")).filter(passes).collect())
}

fn benchmarks(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "dimensions"])?;
    let dimensions = call.params.choices("dimensions", DIMENSIONS)?.unwrap_or_default();
    if dimensions.is_empty() {
        return Err(Refusal::missing(&["dimensions"]));
    }
    call.params.strings("metrics_fields")?;
    let page = BENCHMARKS.page(call)?;
    let account = call.account(world)?;
    let row = |ad: &&Entity| {
        let mut info = Map::from_iter([("ad_id".to_owned(), json!(ad.id.to_string()))]);
        for name in &dimensions {
            let value = match name.as_str() {
                "LOCATION" => json!(account.country),
                "AD_CATEGORY" => json!(100 + ad.id % 20),
                "PLACEMENT" => json!("PLACEMENT_TIKTOK"),
                _ => json!("CONVERT"),
            };
            info.insert(name.to_lowercase(), value);
        }
        let rank = |salt: u64| json!(f64::from(u32::try_from(rng::mix(ad.id, salt) % 1_001).unwrap_or(0)) / 1_000.0);
        // An ad that few have seen has no benchmark.
        let metrics = (!ad.id.is_multiple_of(9)).then(|| json!({"ctr": rank(1), "cvr": rank(2), "cpm": rank(3)}));
        let mut row = json!({"info": info});
        if let (Some(row), Some(metrics)) = (row.as_object_mut(), metrics) {
            row.insert("metrics".to_owned(), metrics);
        }
        Row::owned(row)
    };
    let rows: Vec<Row<'_>> = asked(call, account)?.iter().map(row).collect();
    Ok(BENCHMARKS.answer(page, &rows, None))
}

fn seconds(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "filtering"])?;
    call.params.choice("report_type", &["AD", "VIDEO"])?;
    call.params.strings("metrics_fields")?;
    let keys = Keys::of(call)?;
    if keys.flag("lifetime")? == Some(false) && (keys.text("start_time")?.is_none() || keys.text("end_time")?.is_none())
    {
        return Err(Refusal::missing(&["filtering.start_time", "filtering.end_time"]));
    }
    let page = SECONDS.page(call)?;
    let account = call.account(world)?;
    let with_video = |ad: &&Entity| ad.extra.get("video_id").is_some_and(Value::is_string);
    let rows: Vec<Row<'_>> = asked(call, account)?.into_iter().filter(with_video).map(curve).collect();
    Ok(SECONDS.answer(page, &rows, None))
}

/// Fewer and fewer watch.
fn curve(ad: &Entity) -> Row<'static> {
    let duration = 9 + ad.id % 60;
    let told = duration.min(SECONDS_MAX);
    let left: Vec<u64> = (0..told).map(|second| (told - second) * (1 + ad.id % 37)).collect();
    let clicks: Vec<u64> = (0..told).map(|second| rng::mix(ad.id, second) % 5).collect();
    Row::owned(json!({
        "info": {"ad_id": ad.id.to_string(), "video_id": ad.extra.get("video_id"), "duration": duration},
        "metrics": {"video_play_actions": left, "clicks": clicks},
    }))
}
