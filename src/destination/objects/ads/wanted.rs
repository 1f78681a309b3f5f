//! What must be listed before a row can be planned. Pure.

use super::kind::{AD_GROUP, CAMPAIGN, KINDS, KindDef, Level, SMART_PLUS_AD_GROUP};
use super::known::{Account, Found, Thing};
use super::money;
use super::wish::{Intent, Wish};
use crate::config::ads::AdsOptions;
use crate::destination::engines::library::Kind as FileKind;

/// What a row lacks.
pub(crate) struct Wanted {
    pub advertiser: String,
    pub kinds: Vec<&'static KindDef>,
    pub libraries: Vec<FileKind>,
}

/// The kinds that a row needs to be listed, whether they are or not: its own and its parents', and what the guards
/// weigh. What depends on the object itself is known once its own kind is listed.
pub(super) fn kinds(wish: &Wish, account: Option<&Account>, options: &AdsOptions) -> Vec<&'static KindDef> {
    let mut kinds = vec![wish.kind];
    while let Some(above) = kinds.last().and_then(|kind| kind.parent()) {
        kinds.push(above);
    }
    if options.max_total_daily_budget.is_some() {
        let spends = |kind: &&&KindDef| kind.level != Level::Ad && kind.is_smart() == wish.kind.is_smart();
        kinds.extend(KINDS.iter().filter(spends));
    }
    if let Some(account) = account.filter(|account| account.has(wish.kind)) {
        kinds.extend(by_object(wish, account));
    }
    kinds
}

fn by_object(wish: &Wish, account: &Account) -> Option<&'static KindDef> {
    if wish.kind.level != Level::Campaign {
        return None;
    }
    let listing = account.of(wish.kind);
    let found = match (&wish.id, &wish.name) {
        (Some(id), _) => listing.by_id(id),
        (None, name) => listing.by_name(name.as_deref().unwrap_or_default(), None),
    };
    match found {
        Found::One(thing) if starts(wish, thing) => Some(groups_of(thing)),
        // Names of Smart+ campaigns are looked for among the others, too: a twin would make both nameless.
        Found::None if wish.kind.is_smart() && wish.id.is_none() => Some(&CAMPAIGN),
        _ => None,
    }
}

/// Whether the row starts a campaign whose ad groups hold the budgets.
fn starts(wish: &Wish, thing: &Thing) -> bool {
    let wants = wish.intent == Intent::Resume || wish.is_enabled == Some(true);
    wants && !thing.is_enabled && thing.text("budget_mode") == Some(money::INFINITE)
}

fn groups_of(campaign: &Thing) -> &'static KindDef {
    if campaign.is_smart { &SMART_PLUS_AD_GROUP } else { &AD_GROUP }
}
