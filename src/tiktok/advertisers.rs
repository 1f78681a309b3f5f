//! The advertisers of a token: which it sees, and what TikTok says of them (tiktok-api.md 2.1, 3.5).

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::endpoint::{ADVERTISER_INFO, ADVERTISER_LIST};
use super::envelope::Typed;
use super::{Call, Client};
use crate::error::{Error, Kind, Result};

/// Advertisers of one `/advertiser/info/` request.
pub const INFO_IDS_MAX: usize = 100;

/// `/oauth2/advertiser/get/`
#[derive(Deserialize)]
pub struct Seen {
    pub list: Vec<SeenAdvertiser>,
}

#[derive(Serialize, Deserialize)]
pub struct SeenAdvertiser {
    pub advertiser_id: String,
    #[serde(default)]
    pub advertiser_name: String,
    /// What TikTok may add.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `/advertiser/info/`, as far as a sync needs it.
#[derive(Deserialize)]
pub struct Infos {
    #[serde(default)]
    pub list: Vec<Info>,
}

#[derive(Deserialize)]
pub struct Info {
    pub advertiser_id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub timezone: Option<String>,
    #[serde(default)]
    pub display_timezone: Option<String>,
    /// Epoch seconds (tiktok-api.md 3.5).
    #[serde(default)]
    pub create_time: Option<i64>,
}

/// The advertisers that the token sees, asked with the app's id and secret.
pub async fn seen(client: &Client, app: (&SecretString, &SecretString)) -> Result<Vec<SeenAdvertiser>> {
    let query = [("app_id", app.0.expose_secret().to_owned()), ("secret", app.1.expose_secret().to_owned())];
    let call = Call { endpoint: &ADVERTISER_LIST, advertiser: None, query: &query, body: &[], watch: &() };
    Ok(client.call(&call, &Typed::<Seen>::default()).await?.list)
}

/// What was learnt of advertisers, and why nothing was of others.
pub type Learnt = (Vec<Info>, Vec<(String, Error)>);

/// Asks about up to [`INFO_IDS_MAX`] advertisers. One that the token may not touch fails the whole request,
/// so a refused request is halved until it stands alone.
pub fn infos<'a>(client: &'a Client, ids: &'a [String], fields: Option<&'a str>) -> BoxFuture<'a, Result<Learnt>> {
    Box::pin(async move {
        let mut query = vec![("advertiser_ids", serde_json::json!(ids).to_string())];
        query.extend(fields.map(|fields| ("fields", fields.to_owned())));
        let call = Call { endpoint: &ADVERTISER_INFO, advertiser: None, query: &query, body: &[], watch: &() };
        match client.call(&call, &Typed::<Infos>::default()).await {
            Ok(infos) => Ok((infos.list, Vec::new())),
            Err(error) if !may_be_one_advertiser(&error) => Err(error),
            Err(error) => match ids {
                [] => Ok((Vec::new(), Vec::new())),
                [id] => Ok((Vec::new(), vec![(id.clone(), error)])),
                _ => {
                    let (left, right) = ids.split_at(ids.len() / 2);
                    let (mut infos_of, mut failed) = infos(client, left, fields).await?;
                    let (more, more_failed) = infos(client, right, fields).await?;
                    infos_of.extend(more);
                    failed.extend(more_failed);
                    Ok((infos_of, failed))
                }
            },
        }
    })
}

/// Whether the error may be about one of the advertisers that were asked for, not about the request.
#[must_use]
pub fn may_be_one_advertiser(error: &Error) -> bool {
    matches!(error.kind(), Kind::Permission | Kind::Config | Kind::Request)
}
