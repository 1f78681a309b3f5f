//! The bounds on money: what a change leads to, for one object and for all of an account. Pure.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::change::{Change, SCHEDULED, Status};
use super::kind::{KINDS, Level};
use super::known::{Account, Thing};
use super::value::Held;
use crate::config::ads::{Action, AdsOptions, Amount};
use crate::destination::record::fault::Fault;

/// Fields that hold a budget.
const BUDGETS: [&str; 2] = ["budget", SCHEDULED];
/// Fields that hold a bid in money.
const BIDS: [&str; 3] = ["bid_price", "conversion_bid_price", "deep_cpa_bid"];
const KEYWORDS: &str = "search_keywords";
const GROWTH: &str = "budget_auto_adjust_strategy";
/// Budgets of a day.
const DAILY: [&str; 2] = ["BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"];
const LIFETIME: &str = "BUDGET_MODE_TOTAL";
pub(super) const INFINITE: &str = "BUDGET_MODE_INFINITE";
const HUNDRED: Decimal = Decimal::ONE_HUNDRED;

/// A change with its object before and after.
struct Judged<'a> {
    change: &'a Change,
    now: Option<&'a Thing>,
    after: Thing,
    account: &'a Account,
    options: &'a AdsOptions,
}

fn over(field: &'static str, reason: &'static str, message: String) -> Fault {
    Fault { field: Some(field), reason, message: message.into() }
}

/// Judges what a change of the object `now` leads to.
pub(super) fn judge(
    change: &Change,
    now: Option<&Thing>,
    account: &Account,
    options: &AdsOptions,
) -> Result<(), Fault> {
    let after = Thing::after(change, now, change.id.clone().unwrap_or_default());
    let judged = Judged { change, now, after, account, options };
    judged.bids()?;
    judged.budgets()?;
    judged.steps()?;
    judged.total()
}

impl Judged<'_> {
    fn starts(&self) -> bool {
        self.change.action == Action::Create || self.change.status == Some(Status::Enable)
    }

    fn bids(&self) -> Result<(), Fault> {
        for (field, bid) in BIDS.into_iter().filter_map(|field| Some((field, self.after.number(field)?))) {
            self.bid(field, bid)?;
        }
        let list = self.after.fields.get(KEYWORDS).map(Held::json);
        let list = list.iter().filter_map(|list| list.as_array()).flatten();
        for bid in list.filter_map(|one| super::value::decimal(one.get("keyword_bid")?.as_number()?)) {
            self.bid(KEYWORDS, bid)?;
        }
        Ok(())
    }

    /// A bid that is written, or that is there when its object starts.
    fn bid(&self, field: &'static str, bid: Decimal) -> Result<(), Fault> {
        let is_written = self.change.after(field).is_some();
        match self.options.max_bid {
            Some(cap) if bid > cap.0 && (is_written || self.starts()) => {
                let what = format!("`{field}` is {bid}, and `ads.max_bid` is {}.", cap.0);
                Err(over(field, "over_cap", what))
            }
            None if is_written => {
                Err(over(field, "over_cap", format!("`{field}` is a bid, and no `ads.max_bid` is set.")))
            }
            _ => Ok(()),
        }
    }

    fn budgets(&self) -> Result<(), Fault> {
        let is_written = BUDGETS.iter().chain(&["budget_mode", GROWTH]).any(|field| self.change.after(field).is_some());
        if self.change.kind.level == Level::Ad || !(self.starts() || is_written) {
            return Ok(());
        }
        if self.after.text(GROWTH) == Some("AUTO_BUDGET_INCREASE") {
            let what = format!("TikTok may raise a budget with `{GROWTH}` beyond any cap; leave it out.");
            return Err(over(GROWTH, "over_cap", what));
        }
        let is_infinite = self.after.text("budget_mode") == Some(INFINITE);
        for field in BUDGETS {
            // The budget that an object had before it became infinite is none any more.
            let amount = match is_infinite {
                true => self.change.after(field).and_then(Held::number),
                false => self.after.number(field),
            };
            if let Some(amount) = amount.filter(|amount| !amount.is_zero()) {
                cap(field, &format!("`{field}`"), amount, self.after.text("budget_mode"), self.options)?;
            }
        }
        if is_infinite { self.infinite() } else { Ok(()) }
    }

    /// A campaign without a budget of its own is bounded by those of its ad groups, and an ad group by its campaign's.
    fn infinite(&self) -> Result<(), Fault> {
        let is_campaign = self.change.kind.level == Level::Campaign;
        let capped = self.options.max_daily_budget.is_some() || self.options.max_lifetime_budget.is_some();
        let above = self
            .account
            .campaign_of(self.change)
            .is_some_and(|campaign| campaign.text("budget_mode").is_some_and(|mode| mode != INFINITE));
        if !(if is_campaign { capped } else { above }) {
            let what = "Neither the object nor the one above or below it has a budget within a cap.";
            return Err(over("budget_mode", "over_cap", what.to_owned()));
        }
        if is_campaign && self.starts() { self.groups() } else { Ok(()) }
    }

    /// What starts with its campaign.
    fn groups(&self) -> Result<(), Fault> {
        for group in enabled_groups(self.account, &self.after.id) {
            for field in BUDGETS {
                if let Some(amount) = group.number(field).filter(|amount| !amount.is_zero()) {
                    let called = format!("`{field}` of its ad group {}", group.id);
                    cap(field, &called, amount, group.text("budget_mode"), self.options)?;
                }
            }
        }
        Ok(())
    }

    /// How far one change may raise or cut a budget: from what runs now, not from what waits for midnight.
    fn steps(&self) -> Result<(), Fault> {
        for field in BUDGETS {
            let before = self.now.and_then(|now| now.number("budget")).filter(|before| !before.is_zero());
            let (Some(before), Some(after)) = (before, self.change.after(field).and_then(Held::number)) else {
                continue;
            };
            let (raise, cut) = (self.options.max_raise_percent.0, self.options.max_cut_percent.0);
            let most = (before * (HUNDRED + raise) / HUNDRED).normalize();
            let least = (before * (HUNDRED - cut) / HUNDRED).normalize();
            let told = |verb: &str, bound: Decimal, end: &str, setting: &str| {
                format!(
                    "`{field}` goes from {before} to {after}, and one change may {verb} it to {bound} at {end} (`{setting}`)."
                )
            };
            if after > most {
                return Err(over(field, "over_raise", told("raise", most, "most", "ads.max_raise_percent")));
            }
            if after < least {
                return Err(over(field, "over_cut", told("cut", least, "least", "ads.max_cut_percent")));
            }
        }
        Ok(())
    }

    /// What all that is enabled may spend in a day after the change. A change that spends less is never refused.
    fn total(&self) -> Result<(), Fault> {
        let Some(Amount(cap)) = self.options.max_total_daily_budget else { return Ok(()) };
        let level = self.change.kind.level;
        let own = spends(level, &self.after, self.account);
        let before = self.now.map_or(Decimal::ZERO, |now| spends(level, now, self.account));
        let total = own + others(self.account, self.change.id.as_deref());
        if own <= before || total <= cap {
            return Ok(());
        }
        let what = format!(
            "The daily budgets of all that is enabled would come to {}, and `ads.max_total_daily_budget` is {cap}.",
            total.normalize(),
        );
        Err(over("budget", "over_total", what))
    }
}

/// A budget beside the cap of its mode; one without a mode of its own beside whichever is set.
fn cap(
    field: &'static str,
    called: &str,
    amount: Decimal,
    mode: Option<&str>,
    options: &AdsOptions,
) -> Result<(), Fault> {
    let daily = (options.max_daily_budget, "ads.max_daily_budget");
    let lifetime = (options.max_lifetime_budget, "ads.max_lifetime_budget");
    let (cap, setting) = match mode {
        Some(LIFETIME) => lifetime,
        Some(INFINITE) if daily.0.is_none() => lifetime,
        _ => daily,
    };
    match cap {
        None => Err(over(field, "over_cap", format!("{called} is {amount}, and no `{setting}` is set."))),
        Some(cap) if amount > cap.0 => {
            Err(over(field, "over_cap", format!("{called} is {amount}, and `{setting}` is {}.", cap.0)))
        }
        Some(_) => Ok(()),
    }
}

fn has_daily(thing: &Thing) -> bool {
    thing.text("budget_mode").is_some_and(|mode| DAILY.contains(&mode))
}

/// What runs now, or from midnight on if that is more.
fn daily_budget(thing: &Thing) -> Decimal {
    let amounts = BUDGETS.into_iter().filter_map(|field| thing.number(field));
    amounts.max().unwrap_or_default()
}

/// What an object adds to an account's daily budgets: its own, or those of the ad groups of a campaign that has none.
fn spends(level: Level, thing: &Thing, account: &Account) -> Decimal {
    if !thing.is_enabled {
        return Decimal::ZERO;
    }
    match level {
        Level::Ad => Decimal::ZERO,
        Level::Campaign if has_daily(thing) => daily_budget(thing),
        Level::Campaign => enabled_groups(account, &thing.id).map(own_daily).sum(),
        Level::AdGroup => {
            let above =
                thing.parent.as_deref().and_then(|id| of_level(account, Level::Campaign).find(|one| one.id == id));
            let counts = above.is_none_or(|campaign| campaign.is_enabled && !has_daily(campaign));
            if counts { own_daily(thing) } else { Decimal::ZERO }
        }
    }
}

fn own_daily(group: &Thing) -> Decimal {
    if has_daily(group) { daily_budget(group) } else { Decimal::ZERO }
}

/// All objects of a level, each once.
fn of_level(account: &Account, level: Level) -> impl Iterator<Item = &Thing> {
    let mut seen = HashSet::new();
    let kinds = KINDS.iter().filter(move |kind| kind.level == level);
    kinds.flat_map(|kind| account.of(kind).all()).filter(move |one| seen.insert(&one.id))
}

fn enabled_groups<'a>(account: &'a Account, campaign: &str) -> impl Iterator<Item = &'a Thing> {
    let of = of_level(account, Level::AdGroup);
    of.filter(move |group| group.is_enabled && group.parent.as_deref() == Some(campaign))
}

/// The daily budgets of all that is enabled but one object: of campaigns, and of ad groups where these hold them.
fn others(account: &Account, but: Option<&str>) -> Decimal {
    let is_other = |one: &Thing| Some(one.id.as_str()) != but;
    let of = |campaign: &Thing| match has_daily(campaign) {
        true => daily_budget(campaign),
        false => enabled_groups(account, &campaign.id).filter(|group| is_other(group)).map(own_daily).sum(),
    };
    of_level(account, Level::Campaign).filter(|one| one.is_enabled && is_other(one)).map(of).sum()
}
