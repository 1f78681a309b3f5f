//! The pixels, apps and event sets of an account: what an `event_source_id` can be (docs/tiktok-api.md 3.8).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::destination::EventSource;
use crate::error::Result;
use crate::tiktok::endpoint::{APPS, CRM_EVENT_SETS, Endpoint, OFFLINE_EVENT_SETS, PIXELS};
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, PageInfo, RowKey, is_empty};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client};

/// One pixel, app or event set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// What `event_source_id` has to be.
    pub id: String,
    pub name: String,
}

/// What a source's ids are of, for people.
#[must_use]
pub(crate) fn kind_of(source: EventSource) -> &'static str {
    match source {
        EventSource::Web => "pixel",
        EventSource::App => "app",
        EventSource::Offline => "offline event set",
        EventSource::Crm => "CRM event set",
    }
}

/// All of an account's for one kind of source.
pub(crate) async fn list(client: &Client, advertiser: &str, source: EventSource) -> Result<Vec<Listed>> {
    let endpoint: &'static Endpoint = match source {
        EventSource::Web => &PIXELS,
        EventSource::App => &APPS,
        EventSource::Offline => &OFFLINE_EVENT_SETS,
        EventSource::Crm => &CRM_EVENT_SETS,
    };
    let query = [("advertiser_id", advertiser.to_owned())];
    let call = Call { endpoint, advertiser: Some(advertiser), query: &query, body: Body::None, watch: &() };
    let page_size = endpoint.paging.page_size();
    let mut pages = Pages::new(client, call, page_size, &ReadList);
    let mut all = Vec::new();
    while let Some((page, fresh)) = pages.next().await? {
        all.extend(page.fresh(fresh));
    }
    for doubt in pages.doubts() {
        tracing::warn!("The {}s of advertiser {advertiser}: {doubt}", kind_of(source));
    }
    Ok(all)
}

/// Every list has a name of its own, and so have its ids.
#[derive(Deserialize)]
struct Wire {
    #[serde(alias = "pixels", alias = "apps", alias = "event_set_list", alias = "crm_event_sets")]
    list: Option<Vec<One>>,
    page_info: Option<PageInfo>,
}

/// A pixel's code and TikTok's own id of an app are what events are sent to, not `pixel_id` and `app_id`; the
/// latter stands in where a list has nothing else.
#[derive(Deserialize)]
struct One {
    #[serde(alias = "pixel_code", alias = "tiktok_app_id", alias = "event_set_id")]
    id: Option<Text>,
    app_id: Option<Text>,
    #[serde(alias = "pixel_name", alias = "app_name", default)]
    name: String,
}

/// An id, as text or as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Number(u64),
}

struct ReadList;

impl Decode for ReadList {
    type Out = Keyed<Listed>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> std::result::Result<Keyed<Listed>, D::Error> {
        let wire = Wire::deserialize(data)?;
        let list = wire.list.or_else(|| is_empty(wire.page_info).then(Vec::new));
        let list = list.ok_or_else(|| D::Error::missing_field("list"))?;
        let count = list.len();
        let listed: Vec<Listed> = list.into_iter().filter_map(One::into_listed).collect();
        Ok(Keyed { count, ..Keyed::new(listed, wire.page_info, |one| key(&one.id)) })
    }
}

impl One {
    fn into_listed(self) -> Option<Listed> {
        let id = match self.id.or(self.app_id)? {
            Text::Text(text) => text,
            Text::Number(number) => number.to_string(),
        };
        Some(Listed { id, name: self.name })
    }
}

/// Codes are short: their bytes are their key.
fn key(id: &str) -> RowKey {
    RowKey::new(id.bytes().fold(0, |key: u128, byte| key.rotate_left(6) ^ (u128::from(byte) << 32)), b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Vec<(String, String)> {
        let lists = ReadList.decode(&mut serde_json::Deserializer::from_str(json)).unwrap();
        lists.rows.into_iter().map(|one| (one.id, one.name)).collect()
    }

    #[test]
    fn every_kind_of_list_is_read() {
        let pair = |id: &str, name: &str| vec![(id.to_owned(), name.to_owned())];
        assert_eq!(
            read(
                r#"{"pixels":[{"pixel_id":"1","pixel_code":"C5","pixel_name":"Shop"}],"page_info":{"total_number":1,"total_page":1}}"#
            ),
            pair("C5", "Shop")
        );
        assert_eq!(
            read(r#"{"apps":[{"app_id":"com.game","tiktok_app_id":72,"app_name":"Game"}]}"#),
            pair("72", "Game")
        );
        assert_eq!(read(r#"{"apps":[{"app_id":"73","app_name":"Game"}]}"#), pair("73", "Game"));
        assert_eq!(read(r#"{"event_set_list":[{"event_set_id":"8","name":"Tills"}]}"#), pair("8", "Tills"));
        assert_eq!(read(r#"{"crm_event_sets":[{"event_set_id":"9","name":"Leads"}]}"#), pair("9", "Leads"));
    }
}
