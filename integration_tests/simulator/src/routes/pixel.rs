//! Pixels and their numbers (`docs/tiktok-api.md` 3.8 [SDK pixel_list.yml, pixel_event_stats.yml]
//! [GO model/pixel]).

use super::page::Page;
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::NOT_YOUR_SOURCE_CODE;
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Pixel, PixelEvent, World};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[get("/pixel/list/", list), get("/pixel/event/stats/", stats)];

/// Pixels a page may have [LIVE].
const MAX: u64 = 20;
/// Pixels whose numbers can be asked for in one call, and on how many days [GO model/pixel].
const MAX_PIXELS: usize = 10;
const MAX_DAYS: i64 = 30;

fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let id = call.params.id("pixel_id")?;
    let (code, name) = (call.params.text("code"), call.params.text("name"));
    let order = call.params.choice("order_by", &["LATEST_CREATE", "EARLIEST_CREATE"])?;
    let catalogs = catalogs_only(call)?;
    let page = Page::of(call, MAX)?;
    let account = call.account(world)?;
    let mut found = world.sources.pixels_of(account.id);
    found.retain(|pixel| {
        id.is_none_or(|id| pixel.id == id)
            && code.is_none_or(|code| pixel.code == code)
            && name.is_none_or(|name| pixel.name == name)
            && (!catalogs || pixel.for_catalogs)
    });
    found.sort_by_key(|pixel| (pixel.created, pixel.id));
    if order == Some("LATEST_CREATE") {
        found.reverse();
    }
    let rows = found.get(page.rows(found.len())).unwrap_or_default();
    let rows: Vec<Value> = rows.iter().map(|pixel| record(pixel, account.id)).collect();
    Ok(format!("{{\"pixels\":{}{}}}", Value::Array(rows), page.info(found.len())).into_bytes().into())
}

fn catalogs_only(call: &Call) -> Result<bool, Refusal> {
    const NAME: &str = "available_for_catalog_only";
    match call.params.object("filtering")?.unwrap_or_default().get(NAME) {
        None => Ok(false),
        Some(Value::Bool(only)) => Ok(*only),
        Some(_) => Err(Refusal::param(format!("filtering.{NAME}: Not a valid boolean"))),
    }
}

fn record(pixel: &Pixel, advertiser: u64) -> Value {
    json!({
        "pixel_id": pixel.id.to_string(),
        "pixel_code": pixel.code,
        "pixel_name": pixel.name,
        "pixel_category": pixel.category,
        "pixel_script": format!("<script>ttq.load('{}');</script>", pixel.code),
        // As a recorded answer of 2026-09 has it; an example of old has epoch milliseconds.
        "create_time": pixel.created.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "pixel_setup_mode": if pixel.developer { "DEVELOPER" } else { "STANDARD" },
        "partner_name": pixel.partner,
        "advanced_matching_fields": {"phone_number": true, "email": pixel.developer},
        "automatic_advanced_matching_fields": {
            "phone_number": true,
            "email": true,
            "name": false,
            "address": false,
            "external_id": pixel.developer,
        },
        "enable_first_party_cookies": true,
        "enable_expanded_data_sharing": !pixel.developer,
        "asset_ownership": ownership(pixel, advertiser),
        "events": pixel.events.iter().map(event).collect::<Vec<_>>(),
    })
}

fn ownership(pixel: &Pixel, advertiser: u64) -> Value {
    let own = pixel.advertiser == advertiser;
    let status = match pixel.business {
        _ if !own => Some("SHARED"),
        Some(_) => Some("TRANSFERRED"),
        None => None,
    };
    let business = pixel.business.filter(|_| own).map(|id| id.to_string());
    json!({"asset_relation_status": status, "ownership_status": own, "owner_bc_id": business})
}

/// A standard event has `event_type`, a custom one `custom_event_type`; page views cannot be
/// optimized for.
fn event(event: &PixelEvent) -> Value {
    let standard = Some(event.kind).filter(|_| !event.custom);
    json!({
        "currency_value": "",
        "currency": "USD",
        "name": event.name,
        "deprecated": event.deprecated,
        "event_type": standard,
        "optimization_event": standard.filter(|kind| *kind != "PAGE_VIEW"),
        "custom_event_type": Some(event.kind).filter(|_| event.custom),
        "event_code": format!("{:x}", event.id),
        "event_id": event.id.to_string(),
        "statistic_type": "EVERY_TIME",
        "rules": [{
            "operator": "OPERATORTYPE_CONTAINS",
            "trigger": "TRIGGERTYPE_PAGEVIEW",
            "value": "/done",
            "variable": "PAGE_URL",
        }],
    })
}

fn stats(world: &World, call: &Call, shared: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "pixel_ids", "date_range"])?;
    let ids = pixel_ids(call)?;
    let (first, last) = range(&call.params.object("date_range")?.unwrap_or_default())?;
    let own = world.sources.pixels_of(call.account(world)?.id);
    let today = shared.clock(world).date_naive();
    let mut list = Vec::new();
    for id in ids {
        let pixel = own.iter().find(|pixel| pixel.id == id);
        let refuse = || Refusal::new(NOT_YOUR_SOURCE_CODE, format!("No permission to operate pixel: {id}."));
        let pixel = pixel.ok_or_else(refuse)?;
        let rows = pixel.events.iter().map(|event| numbers(pixel, event, (first, last), today));
        list.push(json!({"pixel_id": id.to_string(), "statistics": rows.collect::<Vec<_>>()}));
    }
    Ok(json!({ "list": list }).into())
}

fn pixel_ids(call: &Call) -> Result<Vec<u64>, Refusal> {
    const NAME: &str = "pixel_ids";
    // A bare id is valid JSON, or no JSON at all; the text is the same [AE].
    let ids = call.params.array(NAME).map_err(|_| Refusal::param(format!("{NAME}: Field must be set to array")))?;
    let ids = params::strings(NAME, &Value::Array(ids.unwrap_or_default()))?;
    if ids.is_empty() || ids.len() > MAX_PIXELS {
        return Err(Refusal::param(format!("{NAME}: Length must be between 1 and {MAX_PIXELS}")));
    }
    ids.iter().enumerate().map(|(at, id)| params::id(&format!("{NAME}.{at}"), id)).collect()
}

fn range(range: &Map<String, Value>) -> Result<(NaiveDate, NaiveDate), Refusal> {
    let date = |name: &str| match range.get(name) {
        None => Err(Refusal::missing(&[&format!("date_range.{name}")])),
        Some(Value::String(text)) => params::date(&format!("date_range.{name}"), text),
        Some(_) => Err(Refusal::param(format!("date_range.{name}: Not a valid string"))),
    };
    let (first, last) = (date("start_date")?, date("end_date")?);
    let days = (last - first).num_days() + 1;
    if days < 1 {
        return Err(Refusal::param("date_range: start_date must not be later than end_date"));
    }
    if days > MAX_DAYS {
        return Err(Refusal::param(format!("date_range: The range must not exceed {MAX_DAYS} days")));
    }
    Ok((first, last))
}

fn numbers(pixel: &Pixel, event: &PixelEvent, (first, last): (NaiveDate, NaiveDate), today: NaiveDate) -> Value {
    let counts = pixel.counts(event, first, last, today);
    let custom = Some(event.kind).filter(|_| event.custom);
    json!({
        "pixel_event_type": Some(event.kind).filter(|_| !event.custom),
        "custom_event_type": custom,
        "attributed_count": counts.attributed,
        "preview_count": counts.preview,
        "total_count": counts.browser + counts.server,
        "browser_event_total_count": counts.browser,
        "server_event_total_count": counts.server,
    })
}
