//! Who has which audience: listed when a row asks, and kept in step with what the run changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use serde::Deserialize;

use crate::destination::objects::audience::audiences::list;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::shell::send::Post;
use crate::error::Result;
use crate::lock::lock;
use crate::tiktok::endpoint::AUDIENCE_SHARE_LOG;
use crate::tiktok::envelope::Typed;
use crate::tiktok::{Body, Call};

/// Beginnings of the words for a share that is over [?]: no document lists them (docs/tiktok-api.md 5.2).
const OVER: [&str; 4] = ["CANCEL", "EXPIRE", "FAIL", "REVOKE"];

/// The accounts of a run. The rows of one follow each other, so each takes its account out and puts it back.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<HashMap<String, Account>>);

impl Accounts {
    pub(super) async fn take(&self, post: &Post, advertiser: &str) -> Result<Account> {
        let known = lock(&self.0).remove(advertiser);
        match known {
            Some(known) => Ok(known),
            None => Ok(Account { audiences: list(&post.client, advertiser).await?, shared: HashMap::new() }),
        }
    }

    pub(super) fn put(&self, advertiser: &str, account: Account) {
        lock(&self.0).insert(advertiser.to_owned(), account);
    }
}

/// What one account has.
pub(super) struct Account {
    pub audiences: Vec<Listed>,
    /// The advertisers that have an audience, by its id.
    shared: HashMap<String, BTreeSet<String>>,
}

impl Account {
    /// The advertisers that an audience is shared with.
    pub(super) async fn of(&mut self, post: &Post, advertiser: &str, audience: &str) -> Result<&mut BTreeSet<String>> {
        if !self.shared.contains_key(audience) {
            let others = others(post, advertiser, audience).await?;
            self.shared.insert(audience.to_owned(), others);
        }
        Ok(self.shared.entry(audience.to_owned()).or_default())
    }
}

#[derive(Deserialize)]
struct Log {
    list: Vec<Shared>,
}

#[derive(Deserialize)]
struct Shared {
    shared_advertiser_id: String,
    #[serde(default)]
    status: Option<String>,
}

impl Shared {
    fn is_over(&self) -> bool {
        let status = self.status.as_deref().unwrap_or_default().to_uppercase();
        OVER.iter().any(|over| status.starts_with(over))
    }
}

/// The advertisers that TikTok says have an audience.
pub(super) async fn others(post: &Post, advertiser: &str, audience: &str) -> Result<BTreeSet<String>> {
    let query = [("advertiser_id", advertiser.to_owned()), ("custom_audience_id", audience.to_owned())];
    let call = Call {
        endpoint: &AUDIENCE_SHARE_LOG,
        advertiser: Some(advertiser),
        query: &query,
        body: Body::None,
        watch: &post.traffic,
    };
    let log = post.client.call(&call, &Typed::<Log>::default()).await?;
    Ok(log.list.into_iter().filter(|shared| !shared.is_over()).map(|shared| shared.shared_advertiser_id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_its_list_is_not_an_empty_one() {
        let shared = |answer| serde_json::from_str::<Log>(answer).map(|log| log.list.len()).ok();
        assert_eq!([shared(r#"{"list":[]}"#), shared("{}")], [Some(0), None], "what is shared is not shared again");
    }
}
