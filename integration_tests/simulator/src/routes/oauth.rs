//! Advertisers' authorization: who may do what (`docs/tiktok-api.md` 2.1, 2.3, 2.4).

use super::credentials::{Fields, answer, app, code, exchange, inconsistent, renew, wrong_secret};
use super::{Route, get, open, post};
use crate::answer::{Outcome, Refusal, canned};
use crate::assumptions::REFRESH_NEEDS_GRANT_TYPE;
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Flow, Given, Token, TokenState, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[
    get("/oauth2/advertiser/get/", advertisers),
    open(post("/oauth2/access_token/", access_token)),
    open(post("/oauth2/revoke_token/", revoke)),
    open(post("/oauth2/refresh_token/", refresh)),
];

/// The accounts the token may see; no pages.
fn advertisers(world: &World, call: &Call, _: &Shared) -> Outcome {
    let token = call.token(world)?;
    call.params.require(&["app_id", "secret"])?;
    let id = call.params.text("app_id").unwrap_or_default();
    let secret = call.params.text("secret").unwrap_or_default();
    if app(world, id, secret).ok_or_else(|| wrong_secret("app_id or secret"))? != token.app {
        return Err(inconsistent());
    }
    let accounts = token.lists.iter().filter_map(|id| world.account(*id));
    let list: Vec<Value> =
        accounts.map(|a| json!({"advertiser_id": a.id.to_string(), "advertiser_name": a.name})).collect();
    Ok(json!({ "list": list }).into())
}

/// A wrong app is refused like a missing field [LIVE 70314896125].
fn wrong_app() -> Refusal {
    Refusal::param("app_id or secret is incorrect.")
}

fn access_token(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["app_id", "secret", "auth_code"])?;
    let with_ids = body.flag("return_advertiser_ids", true)?;
    let app = app(world, body.text("app_id"), body.text("secret")).ok_or_else(wrong_app)?;
    let code = code(world, call, body.text("auth_code"), Flow::Advertiser, app)?;
    let given = exchange(world, call, &code)?;
    let mut data = facts(&given);
    if !with_ids {
        data.remove("advertiser_ids");
    }
    Ok(answer(&given, data))
}

fn facts(given: &Given) -> Map<String, Value> {
    let token = &given.token;
    let facts = [
        ("access_token", json!(token.value)),
        ("scope", json!(token.scopes)),
        ("advertiser_ids", json!(advertiser_ids(token))),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn advertiser_ids(token: &Token) -> Vec<String> {
    token.lists.iter().map(u64::to_string).collect()
}

fn revoke(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["app_id", "secret", "access_token"])?;
    let app = app(world, body.text("app_id"), body.text("secret")).ok_or_else(wrong_app)?;
    let token = world.token(body.text("access_token")).filter(|token| token.state != TokenState::Revoked);
    let token = token.ok_or_else(|| Refusal::new(40105, canned(40105, "")))?;
    if token.app != app {
        return Err(inconsistent());
    }
    let (value, ids) = (token.value.clone(), advertiser_ids(token));
    world.revoke(&value);
    Ok(json!({"app_id": app.id, "advertiser_ids": ids}).into())
}

/// Marketing tokens are long-lived and have no refresh token unless the world says otherwise: then
/// every value gets 40107 here [AE errors].
fn refresh(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["app_id", "secret", "refresh_token"])?;
    let grant = body.given("grant_type");
    if grant.is_some_and(|grant| grant != "refresh_token") || (grant.is_none() && REFRESH_NEEDS_GRANT_TYPE) {
        return Err(Refusal::new(40108, "grant_type is incorrect."));
    }
    let app = app(world, body.text("app_id"), body.text("secret")).ok_or_else(|| wrong_secret("app_id or secret"))?;
    renew(world, call, (body.text("refresh_token"), Flow::Advertiser, app), facts)
}
