//! Tokens: how they come, what they may, when they end.

mod codes;
mod portal;
mod reach;
mod renewal;
mod sandbox;

use crate::client::{Reply, get_as, send};
use serde_json::{Map, Value};
use simulator::{App, Simulator};

type Query<'q> = &'q [(&'q str, &'q str)];

/// A POST without a token: an object of strings.
fn ask(sim: &Simulator, path: &str, fields: &[(&str, &str)]) -> Reply {
    let body: Map<String, Value> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    send(sim, None, &format!("POST /open_api/v1.3{path}"), &Value::Object(body).to_string())
}

fn exchange(sim: &Simulator, app: App, code: &str) -> Reply {
    ask(sim, "/oauth2/access_token/", &[("app_id", app.id), ("secret", app.secret), ("auth_code", code)])
}

fn renew(sim: &Simulator, app: App, refresh: &str) -> Reply {
    let fields =
        [("app_id", app.id), ("secret", app.secret), ("refresh_token", refresh), ("grant_type", "refresh_token")];
    ask(sim, "/oauth2/refresh_token/", &fields)
}

/// What a token gets that asks who it is: 0 if it works.
fn whoami(sim: &Simulator, token: &str) -> i64 {
    get_as(sim, Some(token), "/user/info/", &[]).code()
}

fn text(reply: &Reply, name: &str) -> String {
    reply.json()["data"][name].as_str().unwrap_or_else(|| panic!("no {name} in {}", reply.body)).to_owned()
}
