//! What the calls that give, renew and end tokens have in common: a JSON body and an app.

use crate::answer::{Answer, Outcome, Refusal, canned};
use crate::assumptions::WRONG_SECRET_CODE;
use crate::body::malformed;
use crate::call::Call;
use crate::world::{App, AuthCode, Flow, Given, GrantState, RefreshData, RefreshToken, World};
use serde_json::{Map, Value, json};

/// A body whose required fields are strings and not empty.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(call: &Call, required: &[&str]) -> Result<Self, Refusal> {
        let body: Map<String, Value> = serde_json::from_slice(&call.body).map_err(|_| malformed())?;
        let empty = |name: &&str| body.get(*name).is_none_or(|v| v.is_null() || v == "");
        let missing: Vec<&str> = required.iter().copied().filter(|name| empty(name)).collect();
        if !missing.is_empty() {
            return Err(Refusal::missing(&missing));
        }
        match required.iter().find(|name| !body.get(**name).is_some_and(Value::is_string)) {
            Some(name) => Err(Refusal::param(format!("{name}: Not a valid string"))),
            None => Ok(Self(body)),
        }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// A string that may be left out.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Refusal::param(format!("{name}: Not a valid boolean"))),
        }
    }
}

pub(super) fn app(world: &World, id: &str, secret: &str) -> Option<App> {
    world.apps.iter().copied().find(|app| app.id == id && app.secret == secret)
}

pub(super) fn wrong_secret(names: &str) -> Refusal {
    Refusal::new(WRONG_SECRET_CODE, format!("The {names} is incorrect."))
}

/// A token of another app; clients look for two of these words [AB PR 80240].
pub(super) fn inconsistent() -> Refusal {
    Refusal::new(40113, "The app_id is inconsistent with the app_id of the access token.")
}

/// The code of a flow that an app may exchange now.
pub(super) fn code(world: &World, call: &Call, value: &str, flow: Flow, app: App) -> Result<AuthCode, Refusal> {
    let cancelled = || Refusal::new(40110, "The auth_code is canceled or has expired, please re-authorize.");
    let code = world.grants.codes.iter().find(|code| code.value == value).ok_or_else(cancelled)?;
    if code.flow != flow {
        return Err(Refusal::new(40115, "The auth_code does not belong to this endpoint."));
    }
    if code.app != app {
        return Err(wrong_secret("app_id, secret or auth_code"));
    }
    match code.state_at(call.now) {
        GrantState::Good => Ok(code.clone()),
        GrantState::Used => Err(Refusal::new(40110, "Auth_code is used，please re-authorize.")),
        GrantState::Void | GrantState::Expired => Err(cancelled()),
    }
}

/// Gives what a good code buys.
pub(super) fn exchange(world: &mut World, call: &Call, code: &AuthCode) -> Result<Given, Refusal> {
    world.exchange(code, call.now).ok_or_else(broken)
}

/// The refresh token of a flow that an app may use now.
fn refresh_token(world: &World, call: &Call, value: &str, flow: Flow, app: App) -> Result<RefreshToken, Refusal> {
    let unknown = || Refusal::new(40107, "Refresh token is incorrect.");
    let mut all = world.grants.refresh_tokens.iter();
    let refresh = all.find(|refresh| refresh.value == value && refresh.flow == flow).ok_or_else(unknown)?;
    if refresh.app != app {
        return Err(inconsistent());
    }
    match refresh.state_at(call.now) {
        GrantState::Good => Ok(refresh.clone()),
        GrantState::Expired => Err(Refusal::new(40103, "Refresh token has expired.")),
        GrantState::Used | GrantState::Void => Err(unknown()),
    }
}

/// Renews a token, or answers with nothing and code 0.
pub(super) fn renew(
    world: &mut World,
    call: &Call,
    (value, flow, app): (&str, Flow, App),
    data: fn(&Given) -> Map<String, Value>,
) -> Outcome {
    let refresh = refresh_token(world, call, value, flow, app)?;
    match world.grants.refresh_data {
        RefreshData::Tokens => {
            let given = world.renew(&refresh, call.now).ok_or_else(broken)?;
            Ok(answer(&given, data(&given)))
        }
        RefreshData::Null => Ok(Value::Null.into()),
        RefreshData::Empty => Ok(json!({}).into()),
    }
}

/// The token of a code is gone from the world: nobody's fault but the test's.
fn broken() -> Refusal {
    Refusal::new(50000, canned(50000, ""))
}

/// With what the token comes with, as far as it does.
pub(super) fn answer(given: &Given, mut data: Map<String, Value>) -> Answer {
    let (refresh, left) = given.refresh.clone().map_or((None, None), |(value, left)| (Some(value), left));
    let terms = [
        ("expires_in", given.expires_in.map(Value::from)),
        ("refresh_token", refresh.map(Value::from)),
        ("refresh_token_expires_in", left.map(Value::from)),
    ];
    for (name, value) in terms {
        if let Some(value) = value {
            data.insert(name.to_owned(), value);
        }
    }
    Answer { issued: Some(given.token.value.clone()), ..Value::Object(data).into() }
}
