//! Apps (`docs/tiktok-api.md` 3.8 [SDK app_list.yml, app_info.yml][GO model/app]).

use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::NOT_YOUR_SOURCE_CODE;
use crate::call::Call;
use crate::state::Shared;
use crate::world::{MobileApp, World};
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[get("/app/list/", list), get("/app/info/", info)];

/// No pages.
fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let platform_ids = call.params.strings("app_platform_ids")?;
    let account = call.account(world)?;
    let wanted = |app: &&&MobileApp| platform_ids.as_ref().is_none_or(|ids| ids.contains(&app.platform_id));
    let all = world.sources.apps_of(account.id);
    let apps: Vec<Value> = all.iter().filter(wanted).map(|app| record(app)).collect();
    Ok(json!({ "apps": apps }).into())
}

fn info(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "app_id"])?;
    let id = call.params.id("app_id")?.unwrap_or_default();
    let account = call.account(world)?;
    let app = world.sources.apps_of(account.id).into_iter().find(|app| app.id == id);
    let refuse = || Refusal::new(NOT_YOUR_SOURCE_CODE, format!("No permission to operate app id: {id}."));
    Ok(json!({ "app": record(app.ok_or_else(refuse)?) }).into())
}

fn record(app: &MobileApp) -> Value {
    let (app_type, platform) = if app.ios { ("APP_IOS", "IOS") } else { ("APP_ANDROID", "ANDROID") };
    let page = |kind: &str| format!("https://example.invalid/{kind}/{}?clickid=__CLICKID__", app.platform_id);
    json!({
        "advertiser_id": app.advertiser.to_string(),
        "app_id": app.id.to_string(),
        "tiktok_app_id": app.tiktok_id.to_string(),
        "app_name": app.name,
        "app_platform_id": app.platform_id,
        "app_type": app_type,
        "platform": platform,
        "download_url": page("store"),
        "icon_url": page("icon"),
        "partner_id": "1",
        "partner_name": "AppsFlyer",
        "enable_retargeting": "NON_RETARGETING",
        "tracking_url": {
            "click_url": page("click"),
            "impression_url": page("impression"),
            "retargeting_click_url": "",
            "retargeting_impression_url": "",
        },
        "skan_allowed": app.ios,
        "self_attribution_enabled": false,
        "advanced_dedicated_campaign_allowed": app.ios,
    })
}
