//! Who may do what (`tiktok-api.md` 2.1–2.4).

use super::{Route, get, open, post};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::WRONG_SECRET_CODE;
use crate::call::Call;
use crate::server::Shared;
use crate::world::{App, TOKEN_GOOD, TokenState, USER_REFRESH_TOKEN, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[
    get("/oauth2/advertiser/get/", advertisers),
    open(post("/oauth2/access_token/", access_token)),
    open(post("/oauth2/revoke_token/", revoke)),
    open(post("/oauth2/refresh_token/", refresh)),
    open(post("/tt_user/oauth2/refresh_token/", refresh_user)),
];

/// Day and year, in seconds: the life of a TikTok user's tokens.
const USER_LIVES: (u32, u32) = (86_400, 31_536_000);

/// The accounts the token may see; no pages.
fn advertisers(world: &World, call: &Call, _: &Shared) -> Outcome {
    let token = call.token(world)?;
    call.params.require(&["app_id", "secret"])?;
    let id = call.params.text("app_id").unwrap_or_default();
    let secret = call.params.text("secret").unwrap_or_default();
    let known =
        app(world, id, secret).ok_or_else(|| Refusal::new(WRONG_SECRET_CODE, "The app_id or secret is incorrect."))?;
    if known != token.app {
        let text = "The app_id is inconsistent with the app_id of the access token.";
        return Err(Refusal::new(40113, text));
    }
    let accounts = token.lists.iter().filter_map(|id| world.account(*id));
    let list: Vec<Value> =
        accounts.map(|a| json!({"advertiser_id": a.id.to_string(), "advertiser_name": a.name})).collect();
    Ok(json!({ "list": list }).into())
}

fn app(world: &World, id: &str, secret: &str) -> Option<App> {
    world.apps.iter().copied().find(|app| app.id == id && app.secret == secret)
}

/// The auth codes that can be exchanged: `code-` and the token they give.
fn access_token(world: &mut World, call: &Call) -> Outcome {
    let body = body(call, &["app_id", "secret", "auth_code"])?;
    // A wrong app is refused like a missing field [LIVE 70314896125].
    let app = app(world, text(&body, "app_id"), text(&body, "secret"))
        .ok_or_else(|| Refusal::param("app_id or secret is incorrect."))?;
    let value = text(&body, "auth_code").strip_prefix("code-").unwrap_or_default();
    let token = world.token(value).filter(|token| token.app == app);
    let token = token.ok_or_else(|| Refusal::new(40110, "Auth_code is used，please re-authorize."))?;
    let ids: Vec<String> = token.lists.iter().map(u64::to_string).collect();
    let mut data = Map::new();
    data.insert("access_token".to_owned(), json!(token.value));
    data.insert("scope".to_owned(), json!(token.scopes));
    if body.get("return_advertiser_ids") != Some(&Value::Bool(false)) {
        data.insert("advertiser_ids".to_owned(), json!(ids));
    }
    Ok(Value::Object(data).into())
}

fn revoke(world: &mut World, call: &Call) -> Outcome {
    let body = body(call, &["app_id", "secret", "access_token"])?;
    let app = app(world, text(&body, "app_id"), text(&body, "secret"))
        .ok_or_else(|| Refusal::param("app_id or secret is incorrect."))?;
    let value = text(&body, "access_token");
    let token = world.tokens.iter_mut().find(|token| token.value == value && token.app == app);
    let token = token.ok_or_else(|| Refusal::new(40105, "Access token is incorrect or has been revoked."))?;
    token.state = TokenState::Revoked;
    let ids: Vec<String> = token.lists.iter().map(u64::to_string).collect();
    Ok(json!({"app_id": app.id, "advertiser_ids": ids}).into())
}

/// Marketing tokens are long-lived and have no refresh token.
fn refresh(_: &mut World, call: &Call) -> Outcome {
    body(call, &["app_id", "secret", "refresh_token"])?;
    Err(Refusal::new(40107, "Refresh token is incorrect."))
}

/// TikTok users' tokens do expire, and are renewed here; the app answers as in the other calls.
fn refresh_user(world: &mut World, call: &Call) -> Outcome {
    let body = body(call, &["client_id", "client_secret", "grant_type", "refresh_token"])?;
    let app = app(world, text(&body, "client_id"), text(&body, "client_secret"));
    app.ok_or_else(|| Refusal::new(WRONG_SECRET_CODE, "client_id or client_secret is incorrect."))?;
    if text(&body, "grant_type") != "refresh_token" {
        return Err(Refusal::new(40108, "grant_type is incorrect."));
    }
    if text(&body, "refresh_token") != USER_REFRESH_TOKEN {
        return Err(Refusal::new(40107, "Refresh token is incorrect."));
    }
    Ok(json!({
        "access_token": TOKEN_GOOD,
        "token_type": "Bearer",
        "scope": "user.info.basic,video.list",
        "expires_in": USER_LIVES.0,
        "refresh_token": USER_REFRESH_TOKEN,
        "refresh_token_expires_in": USER_LIVES.1,
        "open_id": "000f5e1c-2c4b-4d1e-9a77-5d3b8f0e6a21",
    })
    .into())
}

fn body(call: &Call, required: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let body: Map<String, Value> = serde_json::from_slice(&call.body)
        .map_err(|_| Refusal::param("The request body is not a valid JSON object."))?;
    let empty = |name: &&str| body.get(*name).is_none_or(|v| v.is_null() || v == "");
    let missing: Vec<&str> = required.iter().copied().filter(|name| empty(name)).collect();
    if !missing.is_empty() {
        return Err(Refusal::missing(&missing));
    }
    match required.iter().find(|name| !body.get(**name).is_some_and(Value::is_string)) {
        Some(name) => Err(Refusal::param(format!("{name}: Not a valid string"))),
        None => Ok(body),
    }
}

fn text<'b>(body: &'b Map<String, Value>, name: &str) -> &'b str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}
