//! Lists the objects of an account.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::kind::{KindDef, Level};
use super::known::{Listing, Thing};
use crate::error::Result;
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, PageData, RowKey};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client, Watch};

/// Ids that a filter takes (docs/tiktok-api.md 3.0).
pub(crate) const FILTER_IDS_MAX: usize = 100;

/// A record as it came.
type Record = Map<String, Value>;

struct ReadPage(&'static KindDef);

impl Decode for ReadPage {
    type Out = Keyed<Record>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        let page = PageData::<Record>::deserialize(data)?;
        let id =
            |record: &Record| record.get(self.0.id).and_then(Value::as_str).map_or(&[][..], str::as_bytes).to_vec();
        Ok(Keyed::new(page.list, page.page_info, |record| RowKey::of(std::iter::once(&id(record)[..]), &[])))
    }
}

/// Where to list, and on whose behalf.
pub(crate) struct Place<'a> {
    pub client: &'a Client,
    pub kind: &'static KindDef,
    pub advertiser: &'a str,
    pub watch: &'a dyn Watch,
}

impl Place<'_> {
    /// All objects, deleted ones as well: what is paused or deleted is hidden otherwise.
    pub(crate) async fn all(&self) -> Result<Listing> {
        let mut listing = Listing::default();
        self.each(Map::new(), |record| listing.add(self.kind, record)).await?;
        Ok(listing)
    }

    /// Some objects by their ids.
    pub(crate) async fn some(&self, ids: &[&str]) -> Result<Listing> {
        let mut listing = Listing::default();
        self.records(ids, |record| listing.add(self.kind, record)).await?;
        Ok(listing)
    }

    /// The records of some objects by their ids, as they came.
    pub(crate) async fn records(&self, ids: &[&str], mut take: impl FnMut(&Record)) -> Result<()> {
        for ids in ids.chunks(FILTER_IDS_MAX) {
            let filter = Map::from_iter([(self.kind.ids.to_owned(), json!(ids))]);
            self.each(filter, &mut take).await?;
        }
        Ok(())
    }

    /// The id of the one of this name within a parent, if it is there.
    pub(crate) async fn named(&self, name: &str, parent: Option<&str>) -> Result<Option<String>> {
        let filter = match (self.kind.level, parent) {
            (Level::Campaign, _) => Map::from_iter([(self.kind.name.to_owned(), name.into())]),
            (Level::AdGroup, Some(parent)) => Map::from_iter([("campaign_ids".to_owned(), json!([parent]))]),
            (Level::Ad, Some(parent)) => Map::from_iter([("adgroup_ids".to_owned(), json!([parent]))]),
            _ => Map::new(),
        };
        let mut found = None;
        let take = |record: &Record| match Thing::read(self.kind, record) {
            Some((thing, false))
                if thing.name == name && parent.is_none_or(|parent| thing.parent.as_deref() == Some(parent)) =>
            {
                found = Some(thing.id);
            }
            _ => {}
        };
        self.each(filter, take).await?;
        Ok(found)
    }

    /// The running test of each of some ad groups or campaigns, as their ad groups tell it.
    pub(crate) async fn split_tests(&self, kind: &KindDef, ids: &[&str]) -> Result<HashMap<String, String>> {
        let mut tests = HashMap::new();
        let filter = Map::from_iter([(kind.ids.to_owned(), json!(ids))]);
        let take = |record: &Record| {
            let text = |name: &str| record.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let is_over = matches!(text("split_test_status"), Some("COMPLETED" | "CANCELLED"));
            if let (Some(id), Some(test), false) = (text(kind.id), text("split_test_group_id"), is_over) {
                tests.insert(id.to_owned(), test.to_owned());
            }
        };
        self.each(filter, take).await?;
        Ok(tests)
    }

    async fn each(&self, mut filter: Map<String, Value>, mut take: impl FnMut(&Record)) -> Result<()> {
        filter.insert("primary_status".to_owned(), "STATUS_ALL".into());
        let filter = Value::Object(filter).to_string();
        let query = [("advertiser_id", self.advertiser.to_owned()), ("filtering", filter)];
        let call = Call {
            endpoint: self.kind.list,
            advertiser: Some(self.advertiser),
            query: &query,
            body: Body::None,
            watch: self.watch,
        };
        let size = self.kind.list.paging.page_size();
        let decode = ReadPage(self.kind);
        let mut pages = Pages::new(self.client, call, size, &decode);
        while let Some((page, fresh)) = pages.next().await? {
            page.fresh(fresh).for_each(|record| take(&record));
        }
        for doubt in pages.doubts() {
            tracing::warn!("The {}s of advertiser {}: {doubt}", self.kind.called, self.advertiser);
        }
        Ok(())
    }
}
