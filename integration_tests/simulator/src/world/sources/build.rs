//! Gives every account but the empty one its event sources. Their ids are apart, so that
//! everything else keeps its own.

use super::{EventSet, MobileApp, Pixel, PixelEvent};
use crate::rng::mix;
use crate::world::names;
use crate::world::{Account, World};
use chrono::{DateTime, TimeDelta, Utc};

/// How many of each an account has.
struct Counts {
    pixels: usize,
    apps: usize,
    sets: usize,
}

const FEW: Counts = Counts { pixels: 3, apps: 2, sets: 2 };
/// More than two pages of pixels, and as many CRM sets as an account may have [GO model/event].
const MANY: Counts = Counts { pixels: 47, apps: 5, sets: 50 };

const CATEGORIES: &[&str] = &["ONLINE_STORE", "FILLING_FORM", "CONTACTS", "LANDING_PAGE", "CUSTOMIZE_EVENTS"];
const PARTNERS: &[&str] = &["", "Shopify", ""];

/// Name and type of what a pixel can know; a custom event has its own name as its type.
const EVENTS: &[(&str, &str, bool)] = &[
    ("Complete payment", "SHOPPING", false),
    ("Page view", "PAGE_VIEW", false),
    ("Add to cart", "ON_WEB_CART", false),
    ("ShippingQuote", "ShippingQuote", true),
    ("View content", "ON_WEB_DETAIL", false),
    ("Place an order", "ON_WEB_ORDER", false),
    ("Submit form", "FORM", false),
];

impl World {
    pub(in crate::world) fn add_sources(&mut self) {
        let mut next = Ids { seed: self.seed, last: 7_290_000_000_000_000_001 };
        let accounts: Vec<&Account> = self.accounts.iter().filter(|a| !a.name.starts_with("Empty")).collect();
        for account in accounts {
            let counts = if account.name.starts_with("Large") { MANY } else { FEW };
            let pixels = (0..counts.pixels).map(|at| pixel(&mut next, account, at));
            self.sources.pixels.extend(pixels);
            self.sources.apps.extend((0..counts.apps).map(|at| app(&mut next, account, at)));
            self.sources.offline_sets.extend((0..counts.sets).map(|at| set(&mut next, account, "Stores", at)));
            self.sources.crm_sets.extend((0..counts.sets).map(|at| set(&mut next, account, "CRM", at)));
        }
        self.share_a_pixel();
    }

    /// Tokyo's third pixel works in New York too.
    fn share_a_pixel(&mut self) {
        let id = |name| self.account_named(name).map(|account| account.id);
        let (Some(tokyo), Some(new_york)) = (id("Tokyo"), id("New York")) else {
            return;
        };
        let mut own = self.sources.pixels.iter_mut().filter(|pixel| pixel.advertiser == tokyo);
        if let Some(pixel) = own.nth(2) {
            pixel.shared_with.push(new_york);
        }
    }
}

struct Ids {
    seed: u64,
    last: u64,
}

impl Ids {
    fn next(&mut self) -> u64 {
        self.last += 1_000_003 + mix(self.seed, self.last) % 1_009;
        self.last
    }

    /// `C` and 19 of the signs that real pixel codes are made of.
    fn code(&mut self) -> String {
        let signs = |number: u64| (0..12).map(move |at| (number >> (5 * at)) & 31);
        let sign = |at: u64| char::from_digit(u32::try_from(at).unwrap_or(0), 32).unwrap_or('0').to_ascii_uppercase();
        let id = self.next();
        let all = signs(mix(self.seed, id)).chain(signs(mix(id, 0xc0de)));
        std::iter::once('C').chain(all.map(sign).take(19)).collect()
    }
}

/// Sources are made an hour after one another.
fn hours_after(account: &Account, at: usize) -> DateTime<Utc> {
    account.created + TimeDelta::hours(i64::try_from(at).unwrap_or(0) + 1)
}

fn pixel(ids: &mut Ids, account: &Account, at: usize) -> Pixel {
    Pixel {
        id: ids.next(),
        code: ids.code(),
        advertiser: account.id,
        shared_with: Vec::new(),
        business: (at % 3 == 2).then_some(account.business),
        name: names::name("pixel", at),
        created: hours_after(account, at),
        category: CATEGORIES.get(at % CATEGORIES.len()).copied().unwrap_or_default(),
        developer: at % 2 == 1,
        partner: PARTNERS.get(at % PARTNERS.len()).copied().unwrap_or_default(),
        for_catalogs: at.is_multiple_of(2),
        events: events(ids, at),
    }
}

/// Every fourth pixel is too young to have events.
fn events(ids: &mut Ids, at: usize) -> Vec<PixelEvent> {
    let count = if at % 4 == 3 { 0 } else { 3 + at % (EVENTS.len() - 2) };
    let some = EVENTS.iter().take(count);
    let event = |(name, kind, custom): &(&'static str, &'static str, bool)| PixelEvent {
        id: ids.next(),
        name,
        kind,
        custom: *custom,
        deprecated: *kind == "ON_WEB_DETAIL",
    };
    some.map(event).collect()
}

fn app(ids: &mut Ids, account: &Account, at: usize) -> MobileApp {
    let ios = at % 2 == 1;
    let id = ids.next();
    MobileApp {
        id,
        tiktok_id: ids.next(),
        advertiser: account.id,
        name: names::name("app", at),
        ios,
        platform_id: if ios { format!("{}", 900_000_000 + id % 99_999_999) } else { format!("invalid.example.a{id}") },
    }
}

fn set(ids: &mut Ids, account: &Account, kind: &str, at: usize) -> EventSet {
    let created = hours_after(account, at);
    // A CRM set's name has at most 40 characters [GO model/event].
    let name: String = names::name(kind, at).chars().take(40).collect();
    EventSet {
        id: ids.next(),
        advertiser: account.id,
        name,
        description: format!("Set {at} of {kind}"),
        auto_tracking: at.is_multiple_of(2),
        created,
        updated: created + TimeDelta::minutes(90),
    }
}
