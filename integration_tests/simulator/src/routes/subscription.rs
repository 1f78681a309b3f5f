//! Subscriptions to call-backs (`docs/tiktok-api.md` 8.1 [GO model/subscription][AE asyncapi]).

use super::credentials::{Fields, app, wrong_secret};
use super::page::Page;
use super::{Route, get, open, post};
use crate::answer::{Outcome, Refusal, canned};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Subscription, TokenState, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[
    open(post("/subscription/subscribe/", subscribe)),
    open(get("/subscription/get/", list)),
    open(post("/subscription/unsubscribe/", unsubscribe)),
];

const ENTITIES: [&str; 8] = [
    "LEAD",
    "AD_GROUP",
    "AD",
    "CREATIVE_FATIGUE",
    "TCM_VIDEOS",
    "REPORT_DATA_CHANGE",
    "API_SERVICE_STATUS",
    "AD_ACCOUNT_SUSPENSION",
];
/// Subscriptions a page may have.
const MAX: u64 = 1_000;
/// Advertisers of one subscription.
const MAX_ADVERTISERS: usize = 100;

fn subscribe(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["app_id", "secret", "subscribe_entity", "callback_url"])?;
    let app = app(world, body.text("app_id"), body.text("secret")).ok_or_else(|| wrong_secret("app_id or secret"))?;
    let entity = body.text("subscribe_entity");
    if !ENTITIES.contains(&entity) {
        return Err(Refusal::param(format!("subscribe_entity: must be one of {ENTITIES:?}")));
    }
    let url = body.text("callback_url");
    if !url.starts_with("https://") {
        return Err(Refusal::param("callback_url: Not a valid https address".to_owned()));
    }
    let whole: Map<String, Value> = serde_json::from_slice(&call.body).unwrap_or_default();
    let detail = whole.get("subscription_detail").and_then(Value::as_object);
    let detail = detail.ok_or_else(|| Refusal::missing(&["subscription_detail"]))?;
    let value = detail.get("access_token").and_then(Value::as_str);
    let value = value.ok_or_else(|| Refusal::missing(&["subscription_detail.access_token"]))?;
    let refuse = || Refusal::new(40105, canned(40105, ""));
    let token = world.token(value).filter(|token| token.state_at(call.now) == TokenState::Good).ok_or_else(refuse)?;
    let advertisers = advertisers(detail, entity)?;
    if token.app != app || !advertisers.iter().all(|id| token.reaches.contains(id)) {
        return Err(Refusal::new(40001, "No permission to operate the advertiser."));
    }
    let made = Subscription {
        id: 0,
        app: app.id,
        entity: entity.to_owned(),
        callback_url: url.to_owned(),
        token: value.to_owned(),
        advertisers,
    };
    let id = world.subscribe(made);
    Ok(json!({"subscription_id": id.to_string()}).into())
}

fn advertisers(detail: &Map<String, Value>, entity: &str) -> Result<Vec<u64>, Refusal> {
    let one = detail.get("advertiser_id").and_then(Value::as_str);
    let many = detail.get("advertiser_ids").map(|list| params::strings("advertiser_ids", list)).transpose()?;
    let all: Vec<String> = one.map(str::to_owned).into_iter().chain(many.into_iter().flatten()).collect();
    if all.len() > MAX_ADVERTISERS {
        return Err(Refusal::param("advertiser_ids: Longer than maximum length 100.".to_owned()));
    }
    if all.is_empty() && entity != "API_SERVICE_STATUS" {
        return Err(Refusal::missing(&["subscription_detail.advertiser_id"]));
    }
    all.iter().map(|id| params::id("advertiser_id", id)).collect()
}

fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["app_id", "secret", "subscribe_entity"])?;
    let text = |name| call.params.text(name).unwrap_or_default();
    let app = app(world, text("app_id"), text("secret")).ok_or_else(|| wrong_secret("app_id or secret"))?;
    let entity = call.params.choice("subscribe_entity", &ENTITIES)?.unwrap_or_default();
    let page = Page::of(call, MAX)?;
    let found: Vec<&Subscription> =
        world.living(call.now).filter(|one| one.app == app.id && one.entity == entity).collect();
    let rows: Vec<Value> =
        found.get(page.rows(found.len())).unwrap_or_default().iter().map(|one| record(one)).collect();
    Ok(format!("{{\"subscriptions\":{}{}}}", Value::Array(rows), page.info(found.len())).into_bytes().into())
}

/// [?] The detail without the token.
fn record(one: &Subscription) -> Value {
    let ids: Vec<String> = one.advertisers.iter().map(u64::to_string).collect();
    json!({
        "subscription_id": one.id.to_string(), "subscribe_entity": one.entity, "callback_url": one.callback_url,
        "subscription_detail": {"advertiser_ids": ids},
    })
}

fn unsubscribe(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["app_id", "secret", "subscription_id"])?;
    let app = app(world, body.text("app_id"), body.text("secret")).ok_or_else(|| wrong_secret("app_id or secret"))?;
    let id = params::id("subscription_id", body.text("subscription_id"))?;
    let at = world.subscriptions.iter().position(|one| one.id == id && one.app == app.id);
    let at = at.ok_or_else(|| Refusal::param("The subscription doesn't exist.".to_owned()))?;
    world.subscriptions.remove(at);
    Ok(json!({}).into())
}
