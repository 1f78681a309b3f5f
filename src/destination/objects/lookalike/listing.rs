//! The audiences of each account: listed once a run, and kept in step with what the run makes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::destination::objects::audience::audiences::list;
use crate::destination::objects::audience::listed::Listed;
use crate::error::Result;
use crate::lock::lock;
use crate::tiktok::Client;

#[derive(Default)]
pub(crate) struct Listings(Mutex<HashMap<String, Arc<Vec<Listed>>>>);

impl Listings {
    /// What the account has, as far as this run knows.
    pub(super) async fn of(&self, client: &Client, advertiser: &str) -> Result<Arc<Vec<Listed>>> {
        let known = lock(&self.0).get(advertiser).cloned();
        match known {
            Some(known) => Ok(known),
            None => self.afresh(client, advertiser).await,
        }
    }

    /// The same, asked for again. What the run made stays, for a list may lag.
    pub(super) async fn afresh(&self, client: &Client, advertiser: &str) -> Result<Arc<Vec<Listed>>> {
        let mut all = list(client, advertiser).await?;
        let mut known = lock(&self.0);
        for old in known.get(advertiser).into_iter().flat_map(|old| old.iter()) {
            if all.iter().all(|one| one.audience_id != old.audience_id) {
                all.push(old.clone());
            }
        }
        let all = Arc::new(all);
        known.insert(advertiser.to_owned(), all.clone());
        Ok(all)
    }

    /// What the run has made.
    pub(super) fn add(&self, advertiser: &str, made: Listed) {
        let mut known = lock(&self.0);
        Arc::make_mut(known.entry(advertiser.to_owned()).or_default()).push(made);
    }
}
