//! GMV Max below the level of campaigns: TikTok wants the campaigns named, and for videos their products, too
//! (docs/tiktok-api.md 4.7).

use std::sync::Arc;

use serde_json::json;

use super::ids::{Campaigns, Ids, ReadIds};
use super::reader::Reader;
use crate::error::Result;
use crate::source::plan::account::Account;
use crate::source::plan::query::Query;
use crate::source::plan::{Partition, ReportSlice};
use crate::streams::report::{Below, Promotion};
use crate::tiktok::endpoint::{GMV_MAX_CAMPAIGNS, GMV_MAX_REPORT};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client, Endpoint, Watch};

/// Ids of one kind in a request (docs/tiktok-api.md 4.7).
const IDS_MAX: usize = 100;

/// Asks for what requests must name.
#[derive(Clone, Copy)]
pub(super) struct Namer<'a> {
    pub(super) client: &'a Client,
    pub(super) watch: &'a dyn Watch,
    pub(super) campaigns: &'a Campaigns,
}

impl Reader {
    fn namer(&self) -> Namer<'_> {
        Namer { client: &self.run.client, watch: &*self.emitter, campaigns: &self.run.campaigns }
    }

    /// A slice in the parts that name what TikTok wants named; none when there is nothing to name.
    pub(super) async fn named(&self, account: &Account, slice: &ReportSlice, below: Below) -> Result<Vec<ReportSlice>> {
        let Some(store) = slice.parents.first() else { return Ok(Vec::new()) };
        let namer = self.namer();
        let campaigns = namer.campaigns(account, store, below.promotion).await?;
        let mut parts = Vec::new();
        for campaigns in campaigns.chunks(IDS_MAX) {
            let part = ReportSlice { campaigns: campaigns.to_vec(), ..slice.clone() };
            if !below.by_product {
                parts.push(part);
                continue;
            }
            let products = namer.products(account, &part).await?;
            let of = |ids: &[Arc<str>]| ReportSlice { products: ids.to_vec(), ..part.clone() };
            parts.extend(products.chunks(IDS_MAX).map(of));
        }
        Ok(parts)
    }
}

impl Namer<'_> {
    /// The least that the slices of a partition ask. Whether products were sold, each slice finds out itself.
    pub(super) async fn requests(&self, partition: &Partition, promotion: Promotion) -> Result<u64> {
        let store = partition.slices.first().and_then(|slice| slice.parents().first());
        let (Some(account), Some(store)) = (&partition.account, store) else { return Ok(0) };
        let asked = partition.slices.iter().filter(|slice| slice.is_asked()).count();
        let parts = self.campaigns(account, store, promotion).await?.len().div_ceil(IDS_MAX);
        Ok((asked * parts) as u64)
    }

    /// The campaigns of a store that promote this, deleted ones too: what they cost was spent.
    async fn campaigns(&self, account: &Account, store: &Arc<str>, promotion: Promotion) -> Result<Ids> {
        let cell = self.campaigns.of(&account.id, store, promotion.name());
        cell.get_or_try_init(|| self.list(account, store, promotion)).await.cloned()
    }

    async fn list(&self, account: &Account, store: &Arc<str>, promotion: Promotion) -> Result<Ids> {
        let mut ids = Vec::new();
        for status in [None, Some("STATUS_DELETE")] {
            let mut filtering =
                json!({"gmv_max_promotion_types": [format!("{}_GMV_MAX", promotion.name())], "store_ids": [&**store]});
            if let (Some(filtering), Some(status)) = (filtering.as_object_mut(), status) {
                filtering.insert("primary_status".to_owned(), status.into());
            }
            let query = vec![("filtering", filtering.to_string())];
            ids.extend(self.ids(account, &GMV_MAX_CAMPAIGNS, query, &["campaign_id"]).await?);
        }
        Ok(ids.into())
    }

    /// The products that campaigns sold on the days of a slice.
    async fn products(&self, account: &Account, slice: &ReportSlice) -> Result<Vec<Arc<str>>> {
        let Some(window) = slice.window else { return Ok(Vec::new()) };
        let ids = |ids: &[Arc<str>]| json!(ids.iter().map(|id| &**id).collect::<Vec<_>>());
        let query = vec![
            ("store_ids", ids(&slice.parents).to_string()),
            ("start_date", window.start.to_string()),
            ("end_date", window.end.to_string()),
            ("dimensions", json!(["item_group_id"]).to_string()),
            ("metrics", json!(["orders"]).to_string()),
            ("filtering", json!({"campaign_ids": ids(&slice.campaigns)}).to_string()),
        ];
        self.ids(account, &GMV_MAX_REPORT, query, &["dimensions", "item_group_id"]).await
    }

    /// What stands at `path` in the rows of a list.
    async fn ids(
        &self,
        account: &Account,
        endpoint: &'static Endpoint,
        mut query: Query,
        path: &'static [&'static str],
    ) -> Result<Vec<Arc<str>>> {
        query.insert(0, ("advertiser_id", account.id.to_string()));
        let watch = self.watch;
        let call = Call { endpoint, advertiser: Some(&*account.id), query: &query, body: Body::None, watch };
        let decode = ReadIds(path);
        let mut pages = Pages::new(self.client, call, endpoint.paging.page_size(), &decode);
        let mut ids = Vec::new();
        while let Some((page, fresh)) = pages.next().await? {
            ids.extend(page.fresh(fresh));
        }
        Ok(ids)
    }
}
