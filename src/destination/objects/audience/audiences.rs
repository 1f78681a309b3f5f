//! The wire of audiences: listing, creating, and what TikTok says of them.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::known::{Known, NOT_CREATED};
use super::listed::Listed;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::{AUDIENCE_DETAILS, AUDIENCES, SEGMENT_AUDIENCE};
use crate::tiktok::envelope::{Decode, Typed};
use crate::tiktok::page::{Keyed, PageData, RowKey};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client};

/// Audiences a page, TikTok's maximum.
const PAGE_SIZE: u32 = 100;
/// Audiences of one details request.
const DETAILS_MAX: usize = 100;

struct ReadPage;

impl Decode for ReadPage {
    type Out = Keyed<Listed>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Keyed<Listed>, D::Error> {
        let page = PageData::<Listed>::deserialize(data)?;
        let info = page.page_info.ok_or_else(|| D::Error::missing_field("page_info"))?;
        Ok(Keyed::new(page.list, Some(info), |one| RowKey::of_id(one.audience_id.parse().unwrap_or_default())))
    }
}

/// All audiences of an advertiser.
pub(crate) async fn list(client: &Client, advertiser: &str) -> Result<Vec<Listed>> {
    list_until(client, advertiser, |_| false).await
}

/// The audiences of an advertiser, page by page until they are enough.
pub(crate) async fn list_until(
    client: &Client,
    advertiser: &str,
    is_enough: impl Fn(&[Listed]) -> bool,
) -> Result<Vec<Listed>> {
    let query = [("advertiser_id", advertiser.to_owned())];
    let call = Call { endpoint: &AUDIENCES, advertiser: Some(advertiser), query: &query, body: Body::None, watch: &() };
    let mut pages = Pages::new(client, call, PAGE_SIZE, &ReadPage);
    let mut all = Vec::new();
    while let Some((page, fresh)) = pages.next().await? {
        all.extend(page.fresh(fresh));
        if is_enough(&all) {
            return Ok(all);
        }
    }
    for doubt in pages.doubts() {
        tracing::warn!("The audiences of advertiser {advertiser}: {doubt}");
    }
    Ok(all)
}

#[derive(Deserialize)]
struct Created {
    audience_id: String,
}

/// Makes an audience; each call makes one more.
pub(crate) async fn create(client: &Client, advertiser: &str, name: &str) -> Result<String> {
    let body = json!({"advertiser_id": advertiser, "action": "create", "custom_audience_name": name}).to_string();
    let call = Call {
        endpoint: &SEGMENT_AUDIENCE,
        advertiser: None,
        query: &[],
        body: Body::Json(body.as_bytes()),
        watch: &(),
    };
    let created = client.for_target(advertiser).call(&call, &Typed::<Created>::default()).await;
    let created = created.map_err(|error| told_of_limit(advertiser, error))?;
    tracing::info!("Created the audience {name:?} ({}) of advertiser {advertiser}", created.audience_id);
    Ok(created.audience_id)
}

/// TikTok allows so many audiences an advertiser; which code it refuses one more with is not said.
fn told_of_limit(advertiser: &str, error: Error) -> Error {
    let told = error.said().unwrap_or_default().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| told.contains(word));
    if error.kind() != Kind::Request
        || !says(&["limit", "maximum", "exceed"])
        || !says(&["audience", "number", "quota"])
    {
        return error;
    }
    Error::config(format!("Advertiser {advertiser} has as many audiences as TikTok allows: {}", error.message()))
        .advise("Delete some in TikTok Ads Manager, or send the members to an audience that is there.")
        .because(error)
}

#[derive(Deserialize)]
struct Details {
    list: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    audience_details: Listed,
}

/// What TikTok itself says of audiences now.
pub(crate) async fn details(client: &Client, known: &[Known]) -> Result<Vec<Listed>> {
    let mut by_advertiser: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in known.iter().filter(|one| one.id != NOT_CREATED) {
        by_advertiser.entry(&one.advertiser).or_default().push(&one.id);
    }
    let mut all = Vec::new();
    for (advertiser, ids) in by_advertiser {
        for chunk in ids.chunks(DETAILS_MAX) {
            let query = [("advertiser_id", advertiser.to_owned()), ("custom_audience_ids", json!(chunk).to_string())];
            let call = Call {
                endpoint: &AUDIENCE_DETAILS,
                advertiser: Some(advertiser),
                query: &query,
                body: Body::None,
                watch: &(),
            };
            let details = client.call(&call, &Typed::<Details>::default()).await?;
            all.extend(details.list.into_iter().map(|detail| detail.audience_details));
        }
    }
    Ok(all)
}
