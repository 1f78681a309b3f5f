//! What accounts and Business Centers own besides campaigns: records as the wire has them, all
//! derived from the seed, so that campaigns, ad groups and ads keep their ids.

mod business;
mod creative;
mod gmv_max;
mod people;

pub use gmv_max::GmvMaxLeaf;
pub(crate) use people::IDENTITY_TYPES;

use super::account::Account;
use super::{World, WorldKind};
use crate::rng::mix;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A record on the wire.
pub type Record = Map<String, Value>;

/// A kind of record; each has an owner, an account if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collection {
    Image,
    Video,
    Music,
    Portfolio,
    SparkPost,
    SavedAudience,
    Identity,
    Comment,
    Store,
    GmvMaxCampaign,
    /// Of a Business Center.
    BcAsset,
    /// Of a Business Center.
    Balance,
}

/// Records by owner and kind, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Library(BTreeMap<(u64, Collection), Vec<Record>>);

impl World {
    /// The records that an account or Business Center owns, oldest first.
    #[must_use]
    pub fn records(&self, owner: u64, collection: Collection) -> &[Record] {
        self.library.0.get(&(owner, collection)).map_or(&[], Vec::as_slice)
    }

    /// The same, to change them.
    pub fn records_mut(&mut self, owner: u64, collection: Collection) -> &mut Vec<Record> {
        self.library.0.entry((owner, collection)).or_default()
    }

    /// Fills the shelves of all accounts.
    pub(super) fn stock(&mut self) {
        let mut library = Library::default();
        for account in &self.accounts {
            let shelf = Shelf { account, now: self.now, seed: self.seed, large: account.name.starts_with("Large") };
            let full = !account.name.starts_with("Empty");
            for (collection, fill) in FILLS.iter().filter(|_| full) {
                library.0.insert((account.id, *collection), fill(&shelf));
            }
        }
        for business in &self.businesses {
            let large = self.kind == WorldKind::Large;
            let own: Vec<&Account> = self.accounts.iter().filter(|account| account.business == business.id).collect();
            let stores = own.iter().filter_map(|account| library.0.get(&(account.id, Collection::Store))).flatten();
            let stores: Vec<Record> = stores.cloned().collect();
            library.0.insert((business.id, Collection::BcAsset), business::assets(business, &own, &stores, large));
            library.0.insert((business.id, Collection::Balance), business::balances(business, &own, self.now, large));
        }
        self.library = library;
    }
}

/// Makes the records of an account.
type Fill = fn(&Shelf<'_>) -> Vec<Record>;

const FILLS: &[(Collection, Fill)] = &[
    (Collection::Image, creative::images),
    (Collection::Video, creative::videos),
    (Collection::Music, creative::music),
    (Collection::Portfolio, creative::portfolios),
    (Collection::SparkPost, creative::spark_posts),
    (Collection::SavedAudience, people::saved_audiences),
    (Collection::Identity, people::identities),
    (Collection::Comment, people::comments),
    (Collection::Store, gmv_max::stores),
    (Collection::GmvMaxCampaign, gmv_max::campaigns),
];

/// For whom records are made.
struct Shelf<'a> {
    account: &'a Account,
    now: DateTime<Utc>,
    seed: u64,
    large: bool,
}

impl Shelf<'_> {
    /// As many as fit a world of this size: `large` needs several pages.
    fn count(&self, small: u64, large: u64) -> std::ops::Range<u64> {
        0..if self.large { large } else { small }
    }

    /// A number of its own for a record.
    fn dice(&self, salt: u64, number: u64) -> u64 {
        mix(mix(self.seed ^ self.account.id, salt), number)
    }

    /// An id of its own for a record; ids of a kind grow.
    fn id(&self, salt: u64, number: u64) -> u64 {
        id(self.account.id, salt, number)
    }

    /// When the `number`-th of `count` was made: evenly over the life of the account.
    fn made(&self, number: u64, count: u64) -> DateTime<Utc> {
        let age = (self.now - self.account.created).num_seconds().max(0);
        let share = i64::try_from(number + 1).unwrap_or(1) * age / i64::try_from(count + 1).unwrap_or(1);
        self.account.created + TimeDelta::seconds(share)
    }

    /// A later moment, most of them soon.
    fn changed(&self, made: DateTime<Utc>, salt: u64, number: u64) -> DateTime<Utc> {
        let rest = (self.now - made).num_seconds().max(0);
        let share = i64::try_from(self.dice(salt, number) % 1_000).unwrap_or(0);
        made + TimeDelta::seconds(rest * share / 1_000)
    }
}

pub(super) fn id(owner: u64, salt: u64, number: u64) -> u64 {
    7_300_000_000_000_000_000 + mix(owner, salt) % 100_000 * 1_000_000_000_000 + number * 7_919
}

/// ISO 8601 with `Z`, as files have it (`docs/tiktok-api.md` 3.6).
fn iso(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn record(value: Value) -> Record {
    match value {
        Value::Object(map) => map,
        _ => Record::new(),
    }
}
