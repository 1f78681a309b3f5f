//! What accounts have: their audiences and ad groups, listed once a run, and kept in step with what the run connects.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use super::wish::{Usage, Wish};
use crate::config::ads::AdsOptions;
use crate::destination::objects::ads::kind::{AD_GROUP, CAMPAIGN};
use crate::destination::objects::ads::known::{Account, Thing};
use crate::destination::objects::ads::look;
use crate::destination::objects::ads::value::Held;
use crate::destination::objects::audience::audiences::list;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::objects::link::Named;
use crate::error::Result;
use crate::lock::lock;
use crate::tiktok::Client;

/// The accounts of a run. The rows of one follow each other, so each takes its account out and puts it back.
#[derive(Default)]
pub(crate) struct States(Mutex<HashMap<String, State>>);

impl States {
    pub(super) fn take(&self, advertiser: &str) -> Option<State> {
        lock(&self.0).remove(advertiser)
    }

    pub(super) fn put(&self, advertiser: &str, state: State) {
        lock(&self.0).insert(advertiser.to_owned(), state);
    }
}

/// What one account has.
#[derive(Default)]
pub(super) struct State {
    pub audiences: Vec<Listed>,
    pub account: Account,
    /// Audiences of which was told that they are not ready.
    pub told: HashSet<String>,
}

impl State {
    pub(super) async fn look(client: &Client, advertiser: &str) -> Result<Self> {
        let mut state = Self { audiences: list(client, advertiser).await?, ..Self::default() };
        look::list(client, &AD_GROUP, advertiser, &mut state.account).await?;
        Ok(state)
    }

    /// Lists the campaigns, too, once a row or the fence names one.
    pub(super) async fn campaigns(&mut self, client: &Client, wish: &Wish, options: &AdsOptions) -> Result<()> {
        let by_name = matches!(wish.campaign, Some(Named::Name(_))) || options.scope.name_prefix.is_some();
        if by_name && !self.account.has(&CAMPAIGN) {
            look::list(client, &CAMPAIGN, &wish.row.advertiser, &mut self.account).await?;
        }
        Ok(())
    }

    /// Notes what an ad group has from now on.
    pub(super) fn note(&mut self, group: &str, usage: Usage, audiences: Vec<String>) {
        let listing = self.account.of_mut(&AD_GROUP);
        if let Some(mut thing) = listing.get(group).cloned() {
            thing.fields.insert(usage.field(), Held::Texts(audiences));
            listing.put(thing);
        }
    }
}

/// The audiences that an ad group includes or excludes.
pub(super) fn connected(group: &Thing, usage: Usage) -> &[String] {
    group.fields.get(usage.field()).map(Held::texts).unwrap_or_default()
}
