//! Upgraded Smart+ objects by their own gets, and their reviews (`docs/tiktok-api.md` 3.4
//! [DOC 1843312818332930, 1843314879617026, 1843317378982914, 1843317465695233, 1843317474334722]).

use super::filtering::Keys;
use super::listing::{
    CREATED_FROM, CREATED_TO, Listing, MODIFIED_AFTER, OBJECTIVE, PRIMARY_STATUS, Row, asked_ids, choice, ids, part,
    secondary,
};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::{Shared, lock};
use crate::world::{Level, SmartPlus, World, smart_plus_fields, smart_plus_material};
use serde_json::{Value, json};
use std::borrow::Cow;

pub(super) static ROUTES: &[Route] = &[
    get("/smart_plus/campaign/get/", |world, call, shared| list(world, call, shared, Level::Campaign)),
    get("/smart_plus/adgroup/get/", |world, call, shared| list(world, call, shared, Level::AdGroup)),
    get("/smart_plus/ad/get/", |world, call, shared| list(world, call, shared, Level::Ad)),
    get("/smart_plus/ad/review_info/", ad_reviews),
    get("/smart_plus/material/review_info/", material_reviews),
];

const DESTINATIONS: &[&str] = &["WEBSITE", "APP", "WEB_AND_APP"];

const CAMPAIGNS: Listing = Listing {
    key: "list",
    sizes: (10, 1_000),
    filters: &[
        ids("campaign_ids", "campaign_id", 100),
        part("campaign_name", "campaign_name"),
        PRIMARY_STATUS,
        secondary(Level::Campaign),
        OBJECTIVE,
        CREATED_FROM,
        CREATED_TO,
    ],
};

const ADGROUPS: Listing = Listing {
    key: "list",
    sizes: (10, 1_000),
    filters: &[
        ids("campaign_ids", "campaign_id", 100),
        ids("adgroup_ids", "adgroup_id", 100),
        part("adgroup_name", "adgroup_name"),
        PRIMARY_STATUS,
        secondary(Level::AdGroup),
        OBJECTIVE,
        choice("promotion_type", &[]),
    ],
};

const ADS: Listing = Listing {
    key: "list",
    sizes: (10, 100),
    filters: &[
        ids("campaign_ids", "campaign_id", 100),
        ids("adgroup_ids", "adgroup_id", 100),
        ids("smart_plus_ad_ids", "smart_plus_ad_id", 100),
        PRIMARY_STATUS,
        secondary(Level::Ad),
        OBJECTIVE,
        CREATED_FROM,
        CREATED_TO,
        MODIFIED_AFTER,
    ],
};

fn list(world: &World, call: &Call, shared: &Shared, level: Level) -> Outcome {
    let (listing, key) = match level {
        Level::Campaign => (&CAMPAIGNS, "campaign_id"),
        Level::AdGroup => (&ADGROUPS, "adgroup_id"),
        Level::Ad => (&ADS, "smart_plus_ad_id"),
    };
    call.params.require(&["advertiser_id"])?;
    let fields = call.params.choices("fields", &smart_plus_fields(level))?;
    let page = listing.page(call)?;
    let keys = Keys::of(call)?;
    let destination = keys.choice("sales_destination", DESTINATIONS)?;
    // Campaigns have no goal: there it is one more unknown key.
    let goal = keys.text("optimization_goal")?.filter(|_| level != Level::Campaign);
    let wanted = |object: &SmartPlus| {
        destination.as_ref().is_none_or(|wanted| object.destination.as_ref().is_some_and(|known| known == wanted))
            && goal.as_ref().is_none_or(|wanted| object.goal.as_ref().is_some_and(|known| known == wanted))
    };
    let account = call.account(world)?;
    let shelf = (account.id, if level == Level::Ad { "smart_plus_ad" } else { level.stem() });
    let mut lags = lock(&shared.lags);
    let waits = |object: &SmartPlus| {
        object.record.get(key).and_then(Value::as_str).is_some_and(|id| lags.waits(shelf, id, call.now))
    };
    let rows =
        account.smart_plus(level).into_iter().filter(|object| !waits(object) && wanted(object)).map(row).collect();
    if page.is_first() {
        lags.looked(shelf);
    }
    Ok(listing.answer(page, &listing.select(call, rows)?, fields.as_deref()))
}

fn row(object: SmartPlus) -> Row<'static> {
    let (status, objective) = (Cow::Borrowed(object.status), Cow::Owned(object.objective));
    Row { record: Cow::Owned(object.record), status, objective }
}

/// Ads or materials that can be asked about.
const MAX: usize = 100;

fn ad_reviews(world: &World, call: &Call, _: &Shared) -> Outcome {
    let wanted = wanted(call, "smart_plus_ad_ids")?;
    let (mut ads, mut materials) = (Vec::new(), Vec::new());
    for creatives in call.account(world)?.smart_plus_ads() {
        let Some(first) = creatives.first().filter(|ad| wanted.contains(&ad.ad_v2().to_string())) else {
            continue;
        };
        ads.push(json!({
            "smart_plus_ad_id": first.ad_v2().to_string(),
            "review_status": "ALL_AVAILABLE",
            "passed_locations": ["US"],
            "appeal_status": "NOT_APPEALED",
            "appeal_reject_reasons": [],
            "reject_info": [],
        }));
        materials.extend(creatives.iter().map(|ad| material_review(ad.id, ad.ad_v2())));
    }
    Ok(json!({"smart_plus_ad_review_infos": ads, "material_review_infos": materials}).into())
}

fn material_reviews(world: &World, call: &Call, _: &Shared) -> Outcome {
    let wanted = wanted(call, "ad_material_ids")?;
    let ads = call.account(world)?.smart_plus_ads().into_iter().flatten();
    let found = ads.filter(|ad| wanted.contains(&smart_plus_material(ad.id).to_string()));
    let list: Vec<Value> = found.map(|ad| shown(call, material_review(ad.id, ad.ad_v2()))).collect::<Result<_, _>>()?;
    Ok(json!({"material_review_infos": list}).into())
}

/// Why, and where in a video, is told to those who ask for it.
fn shown(call: &Call, mut review: Value) -> Result<Value, Refusal> {
    let setting = call.params.object("extra_info_setting")?.unwrap_or_default();
    let asks = |name: &str| match setting.get(name) {
        None | Some(Value::Bool(false)) => Ok(false),
        Some(Value::Bool(true)) => Ok(true),
        Some(_) => Err(Refusal::param(format!("extra_info_setting.{name}: Not a valid boolean"))),
    };
    let (why, frames) = (asks("include_reject_info")?, asks("include_violation_frame")?);
    let Some(all) = review.as_object_mut() else { return Ok(review) };
    if !why {
        all.remove("reject_info");
    }
    for reason in all.get_mut("reject_info").and_then(Value::as_array_mut).into_iter().flatten().filter(|_| frames) {
        reason["violation_frames"] = json!([{"video_id": "v10033g50000", "web_url_list": ["https://example.com/f.jpg"],
            "violation_frame_material_type": "VIDEO"}]);
        reason["specification"] = json!("Links lead to a page that works.");
        reason["video_violation_frames"] =
            json!([{"web_url": "https://example.com/f.jpg", "hover_periods": ["0-1"], "thumbnail_periods": ["0-1"]}]);
    }
    Ok(review)
}

fn wanted(call: &Call, name: &str) -> Result<Vec<String>, Refusal> {
    call.params.require(&["advertiser_id", name])?;
    call.params.object("extra_info_setting")?;
    Ok(asked_ids(call, name, MAX)?.unwrap_or_default())
}

/// Every fifth is refused for a reason.
fn material_review(ad: u64, smart_plus_ad: u64) -> Value {
    let refused = ad.is_multiple_of(5);
    let why = json!([{"reasons": ["Landing page does not work."], "suggestion": "Check the link.",
        "forbidden_ages": [], "forbidden_locations": ["US"], "forbidden_placements": [],
        "content_info": {"content_type": "LandingPage", "text_content": ""}}]);
    json!({
        "ad_material_id": smart_plus_material(ad).to_string(),
        "smart_plus_ad_id": smart_plus_ad.to_string(),
        "review_status": if refused { "UNAVAILABLE" } else { "ALL_AVAILABLE" },
        "passed_locations": if refused { json!([]) } else { json!(["US"]) },
        "reject_info": if refused { why } else { json!([]) },
    })
}
