//! The calls that request, renew and revoke tokens, and TikTok's response (docs/tiktok-api.md 2.1–2.3).

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::expiry::Times;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::{self, Endpoint};
use crate::tiktok::envelope::{Accepted, Typed};
use crate::tiktok::requester::Requester;
use crate::tiktok::{Body, Call, codes};

/// A developer app.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub id: SecretString,
    pub secret: SecretString,
}

impl App {
    /// The app with this id and this secret, in this order.
    #[must_use]
    pub(crate) fn of((id, secret): (&SecretString, &SecretString)) -> Self {
        Self { id: id.clone(), secret: secret.clone() }
    }
}

/// The family of endpoints that issues a token. They differ in their paths and in their field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Family {
    /// A token of the Marketing API (docs/tiktok-api.md 2.1).
    #[default]
    Marketing,
    /// A token of a TikTok account (docs/tiktok-api.md 2.2).
    TikTokUser,
}

/// TikTok's response. Absent fields stay absent (docs/tiktok-api.md 2.4).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Grant {
    #[serde(default)]
    pub access_token: Option<SecretString>,
    #[serde(default, deserialize_with = "seconds")]
    pub expires_in: Option<i64>,
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "seconds")]
    pub refresh_token_expires_in: Option<i64>,
    /// Numbers, some beyond 2^53, or one string with commas.
    #[serde(default, deserialize_with = "scopes")]
    pub scope: Vec<u64>,
}

impl Grant {
    /// The new token. A success without a token is an error (docs/tiktok-api.md 2.3).
    pub(crate) fn token(&self) -> Result<&SecretString> {
        self.access_token.as_ref().filter(|token| !token.expose_secret().is_empty()).ok_or_else(|| {
            Error::new(Kind::Unexpected, "TikTok answered without an access token").advise(
                "Tokens of the Marketing API are not renewed but live until they are revoked: leave `refresh_token` \
                 empty, or set `token_kind` to tt_user for a token of a TikTok account.",
            )
        })
    }

    #[must_use]
    pub(crate) fn times(&self, now: DateTime<Utc>) -> Times {
        // [?] A lifetime of zero seconds means that TikTok tells no end.
        let ends = |seconds: Option<i64>| {
            seconds.filter(|seconds| *seconds > 0).and_then(|s| now.checked_add_signed(TimeDelta::try_seconds(s)?))
        };
        Times {
            access_ends: ends(self.expires_in),
            refresh_ends: ends(self.refresh_token_expires_in),
            issued: Some(now),
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

fn scopes<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<u64>, D::Error> {
    Ok(words(&Value::deserialize(value)?).iter().filter_map(|word| word.parse().ok()).collect())
}

/// The items of a list, or of a string with commas.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(words).collect(),
        Value::String(text) => {
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        }
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

impl Family {
    /// The app's id and secret, under this family's field names.
    fn app(self, app: &App) -> Value {
        let (id, secret) = (app.id.expose_secret(), app.secret.expose_secret());
        match self {
            Self::Marketing => json!({"app_id": id, "secret": secret}),
            Self::TikTokUser => json!({"client_id": id, "client_secret": secret}),
        }
    }

    fn body(self, app: &App, more: Value) -> Vec<u8> {
        let mut body = self.app(app);
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body.to_string().into_bytes()
    }

    /// Exchanges an authorization code. A code is valid once, so a lost response is an error without a retry.
    pub(crate) async fn exchange(
        self,
        requester: &Requester,
        app: &App,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<Grant> {
        let code = code.expose_secret();
        let (endpoint, more) = match self {
            // Nobody here reads the ids, and of thousands of accounts they are long (docs/tiktok-api.md 2.1).
            Self::Marketing => (&endpoint::ACCESS_TOKEN, json!({"auth_code": code, "return_advertiser_ids": false})),
            Self::TikTokUser => (
                &endpoint::USER_ACCESS_TOKEN,
                json!({"auth_code": code, "grant_type": "authorization_code", "redirect_uri": redirect_uri}),
            ),
        };
        post(requester, endpoint, &self.body(app, more)).await
    }

    /// Requests a new access token.
    pub(crate) async fn refresh(self, requester: &Requester, app: &App, refresh_token: &SecretString) -> Result<Grant> {
        let endpoint = match self {
            Self::Marketing => &endpoint::REFRESH_TOKEN,
            Self::TikTokUser => &endpoint::USER_REFRESH_TOKEN,
        };
        let more = json!({"refresh_token": refresh_token.expose_secret(), "grant_type": "refresh_token"});
        let grant = post(requester, endpoint, &self.body(app, more)).await;
        grant.map_err(|error| codes::explain_app_refusal(error, "the refresh token"))
    }

    /// Revokes a token.
    pub(crate) async fn revoke(self, requester: &Requester, app: &App, token: &SecretString) -> Result<()> {
        let endpoint = match self {
            Self::Marketing => &endpoint::REVOKE_TOKEN,
            Self::TikTokUser => &endpoint::USER_REVOKE,
        };
        let body = self.body(app, json!({"access_token": token.expose_secret()}));
        let call = Call { endpoint, advertiser: None, query: &[], body: Body::Json(&body), watch: &() };
        let ended = requester.call(&call, &Accepted, None).await;
        ended.map_err(|error| codes::explain_app_refusal(error, "the access token"))
    }
}

async fn post(requester: &Requester, endpoint: &'static Endpoint, body: &[u8]) -> Result<Grant> {
    let call = Call { endpoint, advertiser: None, query: &[], body: Body::Json(body), watch: &() };
    requester.call(&call, &Typed::<Option<Grant>>::default(), None).await.map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: Value) -> Grant {
        serde_json::from_value(data).unwrap()
    }

    #[test]
    fn what_is_absent_was_not_promised() {
        let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let plain = read(json!({"access_token": "t", "scope": [4, 7043626160646946818_u64]}));
        assert_eq!(plain.scope, [4, 7_043_626_160_646_946_818]);
        assert_eq!((plain.times(now).access_ends, plain.times(now).refresh_ends), (None, None));
        let user = read(json!({"access_token": "t", "expires_in": 86400, "refresh_token": "r",
            "refresh_token_expires_in": "31536000", "scope": "user.info.basic, 44"}));
        assert_eq!(user.times(now).access_ends, Some(now + TimeDelta::days(1)));
        assert_eq!(user.times(now).refresh_ends, Some(now + TimeDelta::days(365)));
        assert_eq!(user.scope, [44]);
        let odd =
            read(json!({"access_token": null, "expires_in": 0, "refresh_token_expires_in": i64::MAX, "scope": null}));
        assert_eq!((odd.times(now).access_ends, odd.times(now).refresh_ends), (None, None));
        assert!(odd.token().is_err() && read(json!({"access_token": ""})).token().is_err());
    }
}
