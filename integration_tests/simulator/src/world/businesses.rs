//! Business Centers (`docs/tiktok-api.md` 3.5 [SDK bc_get.yml]).

use super::WorldKind;
use super::account::Account;
use super::plans::{BUSINESS, OTHER_BUSINESS};
use crate::rng;

/// Business Centers without accounts in a large world, so that they need two pages of 50.
const EXTRA: u64 = 55;

/// A Business Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    pub id: u64,
    pub name: String,
    pub country: &'static str,
}

pub(super) fn of(kind: WorldKind) -> Vec<Business> {
    let business = |id, name: &str| Business { id, name: name.to_owned(), country: "US" };
    let mut all =
        vec![business(BUSINESS, "Brightfold \"Media\" Gruppe 🏢"), business(OTHER_BUSINESS, "Foreign Holdings")];
    let extra = if kind == WorldKind::Large { EXTRA } else { 0 };
    let ids = (1..=extra).map(|number| BUSINESS + number * 1_000_003 + rng::mix(number, 0xbc) % 1_000);
    all.extend(ids.enumerate().map(|(at, id)| business(id, &format!("Department {at}"))));
    all
}

/// Those that hold one of the accounts, and those that hold none: everybody's.
pub(super) fn reached(businesses: &[Business], accounts: &[Account], listed: &[u64]) -> Vec<u64> {
    let holds = |business: &&Business| {
        let mut own = accounts.iter().filter(|account| account.business == business.id).peekable();
        own.peek().is_none() || own.any(|account| listed.contains(&account.id))
    };
    businesses.iter().filter(holds).map(|business| business.id).collect()
}
