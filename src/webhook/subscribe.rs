//! The subscriptions at TikTok (docs/tiktok-api.md 8.1). These calls prove themselves by the app's secret.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::config::webhook::Entity;
use crate::error::Result;
use crate::tiktok::endpoint::{SUBSCRIBE, SUBSCRIPTIONS, UNSUBSCRIBE};
use crate::tiktok::envelope::{Accepted, Typed};
use crate::tiktok::token::grant::App;
use crate::tiktok::{Body, Call, Client, Endpoint, loose};

/// The largest page of subscriptions, and pages that are read.
const PAGE: u64 = 1_000;
const PAGES_MAX: u64 = 100;

/// A subscription as TikTok lists it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Subscription {
    #[serde(deserialize_with = "loose::id")]
    pub subscription_id: String,
    #[serde(default, deserialize_with = "loose::text")]
    pub callback_url: Option<String>,
    #[serde(default)]
    pub subscription_detail: Map<String, Value>,
}

impl Subscription {
    /// The advertisers that it is about.
    #[must_use]
    pub(crate) fn advertisers(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let one = self.subscription_detail.get("advertiser_id").map(text);
        let more = self.subscription_detail.get("advertiser_ids").and_then(Value::as_array);
        one.into_iter().chain(more.into_iter().flatten().map(text)).collect()
    }

    /// Whether TikTok calls this address, with or without a secret part behind it.
    #[must_use]
    pub(crate) fn points_at(&self, url: &str) -> bool {
        let found = self.callback_url.as_deref().unwrap_or_default();
        let rest = found.strip_prefix(url.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[derive(Deserialize)]
struct Listed {
    subscriptions: Vec<Subscription>,
}

#[derive(Deserialize)]
struct Made {
    #[serde(deserialize_with = "loose::id")]
    subscription_id: String,
}

/// What is wanted of TikTok.
pub(crate) struct Wanted<'w> {
    pub entity: Entity,
    pub callback_url: &'w str,
    pub access_token: &'w SecretString,
    pub advertiser: Option<&'w str>,
}

/// Subscribes; TikTok's id of the subscription.
pub(crate) async fn subscribe(client: &Client, app: &App, wanted: &Wanted<'_>) -> Result<String> {
    let mut detail = json!({"access_token": wanted.access_token.expose_secret()});
    if let (Some(advertiser), Some(detail)) = (wanted.advertiser, detail.as_object_mut()) {
        detail.insert("advertiser_id".to_owned(), advertiser.into());
    }
    let body = json!({
        "app_id": app.id.expose_secret(), "secret": app.secret.expose_secret(),
        "subscribe_entity": wanted.entity.name(), "callback_url": wanted.callback_url, "subscription_detail": detail,
    });
    let made = post(client, &SUBSCRIBE, &body, &Typed::<Made>::default()).await?;
    Ok(made.subscription_id)
}

/// Ends a subscription.
pub(crate) async fn unsubscribe(client: &Client, app: &App, id: &str) -> Result<()> {
    let body = json!({
        "app_id": app.id.expose_secret(), "secret": app.secret.expose_secret(), "subscription_id": id,
    });
    post(client, &UNSUBSCRIBE, &body, &Accepted).await
}

async fn post<D: crate::tiktok::envelope::Decode>(
    client: &Client,
    endpoint: &'static Endpoint,
    body: &Value,
    decode: &D,
) -> Result<D::Out> {
    let body = body.to_string();
    let call = Call { endpoint, advertiser: None, query: &[], body: Body::Json(body.as_bytes()), watch: &() };
    client.call(&call, decode).await
}

/// All subscriptions of the app to one kind of notice.
pub(crate) async fn list(client: &Client, app: &App, entity: Entity) -> Result<Vec<Subscription>> {
    let mut all = Vec::new();
    for page in 1..=PAGES_MAX {
        let query = [
            ("app_id", app.id.expose_secret().to_owned()),
            ("secret", app.secret.expose_secret().to_owned()),
            ("subscribe_entity", entity.name().to_owned()),
            ("page", page.to_string()),
            ("page_size", PAGE.to_string()),
        ];
        let call = Call { endpoint: &SUBSCRIPTIONS, advertiser: None, query: &query, body: Body::None, watch: &() };
        let listed = client.call(&call, &Typed::<Listed>::default()).await?.subscriptions;
        let last = (listed.len() as u64) < PAGE;
        all.extend(listed);
        if last {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_its_list_is_not_an_empty_one() {
        let found = |answer| serde_json::from_str::<Listed>(answer).map(|listed| listed.subscriptions.len()).ok();
        assert_eq!([found(r#"{"subscriptions":[]}"#), found("{}")], [Some(0), None], "none is subscribed twice");
    }
}
