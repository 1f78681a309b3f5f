//! TikTok users' authorization: their tokens do expire (`docs/tiktok-api.md` 2.2
//! [TS 53830730894][GO model/ttuser]).

use super::credentials::{Fields, answer, app, code, exchange, inconsistent, renew, wrong_secret};
use super::{Route, open, post};
use crate::answer::{Outcome, Refusal, canned};
use crate::call::Call;
use crate::world::{App, Flow, Given, Token, TokenState, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[
    open(post("/tt_user/oauth2/token/", token)),
    open(post("/tt_user/oauth2/refresh_token/", refresh)),
    open(post("/tt_user/oauth2/revoke/", revoke)),
    open(post("/tt_user/token_info/get/", info)),
];

const OPEN_ID: &str = "000f5e1c-2c4b-4d1e-9a77-5d3b8f0e6a21";
const SCOPE: &str = "user.info.basic,video.list";

fn token(world: &mut World, call: &Call) -> Outcome {
    let names = ["client_id", "client_secret", "grant_type", "auth_code", "redirect_uri"];
    let body = Fields::of(call, &names)?;
    let app = client(world, &body)?;
    grant(&body, "authorization_code")?;
    if !world.redirects_to(body.text("redirect_uri")) {
        return Err(Refusal::param("redirect_uri is incorrect."));
    }
    let code = code(world, call, body.text("auth_code"), Flow::User, app)?;
    let given = exchange(world, call, &code)?;
    Ok(answer(&given, facts(&given)))
}

fn refresh(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["client_id", "client_secret", "grant_type", "refresh_token"])?;
    let app = client(world, &body)?;
    grant(&body, "refresh_token")?;
    renew(world, call, (body.text("refresh_token"), Flow::User, app), facts)
}

fn revoke(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["client_id", "client_secret", "access_token"])?;
    let app = client(world, &body)?;
    let value = alive(world, call, &body, app)?.value.clone();
    world.revoke(&value);
    Ok(json!({}).into())
}

fn info(world: &mut World, call: &Call) -> Outcome {
    let body = Fields::of(call, &["app_id", "access_token"])?;
    let app = world.apps.iter().copied().find(|app| app.id == body.text("app_id"));
    let app = app.ok_or_else(|| wrong_secret("app_id"))?;
    alive(world, call, &body, app)?;
    Ok(json!({"app_id": app.id, "scope": SCOPE, "creator_id": OPEN_ID}).into())
}

fn facts(given: &Given) -> Map<String, Value> {
    let facts = [
        ("access_token", given.token.value.as_str()),
        ("token_type", "Bearer"),
        ("scope", SCOPE),
        ("open_id", OPEN_ID),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn client(world: &World, body: &Fields) -> Result<App, Refusal> {
    let app = app(world, body.text("client_id"), body.text("client_secret"));
    app.ok_or_else(|| wrong_secret("client_id or client_secret"))
}

fn grant(body: &Fields, wanted: &str) -> Result<(), Refusal> {
    if body.text("grant_type") == wanted { Ok(()) } else { Err(Refusal::new(40108, "grant_type is incorrect.")) }
}

fn alive<'w>(world: &'w World, call: &Call, body: &Fields, app: App) -> Result<&'w Token, Refusal> {
    let refuse = |code| Refusal::new(code, canned(code, ""));
    let token = world.token(body.text("access_token")).ok_or_else(|| refuse(40105))?;
    match token.state_at(call.now) {
        TokenState::Revoked => Err(refuse(40105)),
        TokenState::Expired => Err(refuse(40102)),
        TokenState::Good if token.app != app => Err(inconsistent()),
        TokenState::Good => Ok(token),
    }
}
