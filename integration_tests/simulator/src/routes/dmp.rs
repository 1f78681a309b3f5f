//! Custom audiences as they are read (`docs/tiktok-api.md` 3.7 [SDK dmp_custom_audience_list.yml,
//! dmp_custom_audience_get.yml][TS 57949158155][SEG]).

use super::listing::{Listing, Row, asked_ids};
use super::page::Page;
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{AUDIENCE_LIST_HAS_ALL_KEYS, UNKNOWN_AUDIENCES_LEFT_OUT};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Account, Audience, AudienceKind, Collection, World, time};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[
    get("/dmp/custom_audience/list/", list),
    get("/dmp/custom_audience/get/", details),
    get("/dmp/saved_audience/list/", saved),
];

/// Audiences a page may have, and ids that can be asked for.
const MAX: u64 = 100;
const MAX_IDS: usize = 100;
/// Entries of the history that can be asked for.
const MAX_HISTORY: u64 = 100;

/// What the official page of the list names [TS 57949158155].
const LISTED: &[&str] = &[
    "shared",
    "is_creator",
    "audience_id",
    "cover_num",
    "create_time",
    "is_valid",
    "is_expiring",
    "expired_time",
    "name",
    "audience_type",
    "calculate_type",
];

/// Newest first.
fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let ids = ids(call)?;
    let page = Page::of(call, MAX)?;
    let account = call.account(world)?;
    let found = audiences(world, account, ids.as_deref())?;
    let rows = found.get(page.rows(found.len())).unwrap_or_default();
    let rows: Vec<Value> = rows.iter().map(|audience| listed(world, audience, account.id)).collect();
    Ok(format!("{{\"list\":{}{}}}", Value::Array(rows), page.info(found.len())).into_bytes().into())
}

fn details(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "custom_audience_ids"])?;
    let ids = ids(call)?;
    let size = call.params.number("history_size", MAX_HISTORY, 1..=MAX_HISTORY)?;
    let account = call.account(world)?;
    let found = audiences(world, account, ids.as_deref())?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let one = |audience: &&Audience| json!({"audience_details": record(world, audience, account.id), "audience_history": history(audience, size)});
    let rows: Vec<Value> = found.iter().map(one).collect();
    Ok(json!({ "list": rows }).into())
}

const SAVED: Listing = Listing { key: "saved_audiences", sizes: (10, MAX), filters: &[] };

/// Newest first; without any time [SDK dmp_saved_audience_list.yml].
fn saved(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let wanted = asked_ids(call, "saved_audience_ids", MAX_IDS)?;
    let page = SAVED.page(call)?;
    let keep = |row: &Row<'_>| {
        let id = row.record.get("saved_audience_id").and_then(Value::as_str).unwrap_or_default();
        wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == id))
    };
    let all = world.records(call.account(world)?.id, Collection::SavedAudience).iter().rev();
    let rows: Vec<Row<'_>> = all.map(Row::from).filter(keep).collect();
    Ok(SAVED.answer(page, &rows, None))
}

fn ids(call: &Call) -> Result<Option<Vec<u64>>, Refusal> {
    const NAME: &str = "custom_audience_ids";
    let Some(ids) = call.params.strings(NAME)? else {
        return Ok(None);
    };
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(Refusal::param(format!("{NAME}: Length must be between 1 and {MAX_IDS}")));
    }
    let ids = ids.iter().enumerate().map(|(at, id)| params::id(&format!("{NAME}.{at}"), id));
    ids.collect::<Result<_, _>>().map(Some)
}

fn audiences<'w>(world: &'w World, account: &Account, ids: Option<&[u64]>) -> Result<Vec<&'w Audience>, Refusal> {
    let mut found = world.audiences_for(account.id);
    let missing = ids.into_iter().flatten().find(|id| !found.iter().any(|audience| audience.id == **id));
    if let Some(id) = missing.filter(|_| !UNKNOWN_AUDIENCES_LEFT_OUT) {
        return Err(Refusal::param(format!("The audience {id} doesn't exist or has been deleted.")));
    }
    found.retain(|audience| ids.is_none_or(|ids| ids.contains(&audience.id)));
    Ok(found)
}

/// The list calls the type `audience_type`, the details call it `type`.
fn listed(world: &World, audience: &Audience, viewer: u64) -> Value {
    let mut record = record(world, audience, viewer);
    record.remove("type");
    record.insert("audience_type".to_owned(), json!(audience.kind.name()));
    record.retain(|name, _| AUDIENCE_LIST_HAS_ALL_KEYS || LISTED.contains(&name.as_str()));
    Value::Object(record)
}

/// As one of the accounts that can use it sees it. [?] `shared` stands on both sides, `is_creator` on the owner's.
fn record(world: &World, audience: &Audience, viewer: u64) -> Map<String, Value> {
    let (rate, now) = (world.match_rate, world.now);
    let record = json!({
        "audience_id": audience.id.to_string(),
        "name": audience.name,
        "type": audience.kind.name(),
        "audience_sub_type": "NORMAL",
        "calculate_type": "MULTIPLE_TYPES",
        "cover_num": audience.cover_num(rate),
        "shared": !audience.shared_with.is_empty(),
        "is_creator": audience.advertiser == viewer,
        "is_valid": audience.is_valid(rate, now),
        "is_expiring": audience.is_expiring(now),
        "is_auto_refresh": false,
        "owner_id": audience.advertiser.to_string(),
        "rule": "{\"inclusions\": null, \"exclusions\": null}",
        "lookalike_spec": lookalike(audience),
        "audience_enhancement": false,
        "enhancement_status": null,
        "msg": audience.msg(rate),
        "error_msg": audience.error.as_deref().unwrap_or(""),
        "create_time": time(audience.created),
        "expired_time": time(audience.expires),
    });
    match record {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn lookalike(audience: &Audience) -> Value {
    if audience.kind != AudienceKind::Lookalike {
        return Value::Null;
    }
    if let Some(spec) = &audience.lookalike {
        return spec.clone();
    }
    json!({
        "source_audience_id": (audience.id - 1).to_string(),
        "include_source": false,
        "mobile_os": "ALL",
        "placements": "TikTok",
        "location_ids": ["6252001"],
        "audience_size": "BALANCED",
    })
}

fn history(audience: &Audience, size: usize) -> Vec<Value> {
    let events = audience.history.iter().take(size);
    let one = |event: &crate::world::AudienceEvent| {
        json!({
            "action": event.action,
            "action_detail": event.detail,
            "editor": "open_api",
            "msg": "",
            "opt_time": time(event.at),
        })
    };
    events.map(one).collect()
}
