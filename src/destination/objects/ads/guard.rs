//! What may be done: the control matrix, the fence, and the bounds on money. All of it is judged before a request
//! leaves. Pure.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::change::{Change, SCHEDULED, Status};
use super::kind::{KindDef, Level};
use super::known::{Account, Thing};
use super::value::Held;
use super::wish::{Intent, Wish};
use crate::config::ads::{Action, AdsOptions};
use crate::destination::record::fault::Fault;

/// Fields that hold a budget.
const BUDGETS: [&str; 2] = ["budget", SCHEDULED];
/// Fields that hold a bid in money.
const BIDS: [&str; 3] = ["bid_price", "conversion_bid_price", "deep_cpa_bid"];
/// Budgets of a day.
const DAILY: [&str; 2] = ["BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"];
const LIFETIME: &str = "BUDGET_MODE_TOTAL";
pub(super) const INFINITE: &str = "BUDGET_MODE_INFINITE";
const HUNDRED: Decimal = Decimal::ONE_HUNDRED;

fn reject(field: Option<&'static str>, reason: &'static str, message: String) -> Fault {
    Fault { field, reason, message: message.into() }
}

/// Refuses what is not allowed whatever is there, before anything is looked up.
pub(crate) fn before_lookup(wish: &Wish, options: &AdsOptions) -> Result<(), Fault> {
    let scope = &options.scope.advertiser_ids;
    if !scope.is_empty() && !scope.contains(&wish.advertiser) {
        return Err(out_of_scope(format!("`ads.scope.advertiser_ids` does not name advertiser {}.", wish.advertiser)));
    }
    let allows = |action| options.allows(wish.kind.object, action);
    let (may, action) = match wish.intent {
        Intent::Exist => (allows(Action::Create), Action::Create),
        Intent::Pause => (allows(Action::Pause), Action::Pause),
        Intent::Resume => (allows(Action::Resume), Action::Resume),
        Intent::Delete => (allows(Action::Delete), Action::Delete),
        Intent::Change | Intent::ExistAsGiven => return Ok(()),
    };
    if may { Ok(()) } else { Err(not_allowed(wish.kind, action)) }
}

fn not_allowed(kind: &KindDef, action: Action) -> Fault {
    let (object, word) = (kind.object, action.word());
    reject(
        None,
        "not_allowed",
        format!("`ads.allow` does not let the {} be written so: it lacks {word} for `{object}`.", kind.called),
    )
}

fn out_of_scope(message: String) -> Fault {
    reject(None, "out_of_scope", message)
}

/// Judges a change in its account, the total of daily budgets last.
pub(crate) fn judge(change: &Change, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    for action in change.actions() {
        if !options.allows(change.kind.object, action) && !options.allows(plain(change.kind), action) {
            return Err(not_allowed(change.kind, action));
        }
    }
    scope(change, account, options)?;
    let now =
        change.id.as_ref().and_then(|id| account.one(change.kind, id).or_else(|| of_any(account, change.kind, id)));
    bids(change, options)?;
    budget(change, now, account, options)?;
    steps(change, options)?;
    total(change, now, account, options)
}

/// The object's name without Smart+: a row of a plain stream may meet a Smart+ object.
fn plain(kind: &KindDef) -> &'static str {
    kind.object.strip_prefix("smart_plus_").unwrap_or(kind.object)
}

/// An object that its plain list showed although it is of the Smart+ kind.
fn of_any<'a>(account: &'a Account, kind: &KindDef, id: &str) -> Option<&'a Thing> {
    super::kind::KINDS.iter().filter(|other| other.level == kind.level).find_map(|other| account.one(other, id))
}

fn scope(change: &Change, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    let scope = &options.scope;
    let prefix = scope.name_prefix.as_deref().unwrap_or_default();
    if scope.campaign_ids.is_empty() && prefix.is_empty() {
        return Ok(());
    }
    let campaign = campaign(change, account);
    if !scope.campaign_ids.is_empty() {
        let Some(campaign) = campaign else {
            return Err(out_of_scope("`ads.scope.campaign_ids` names the campaigns, so none is created.".to_owned()));
        };
        if !scope.campaign_ids.contains(&campaign.id) {
            return Err(out_of_scope(format!("`ads.scope.campaign_ids` does not name campaign {}.", campaign.id)));
        }
    }
    let is_campaign = change.kind.level == Level::Campaign;
    let renamed = change.after(change.kind.name).and_then(Held::text).filter(|_| is_campaign);
    let named = campaign.map_or(change.name.as_str(), |campaign| campaign.name.as_str());
    match [Some(named), renamed].into_iter().flatten().find(|name| !name.starts_with(prefix)) {
        None => Ok(()),
        Some(_) => Err(out_of_scope(format!(
            "The campaign's name does not begin with {prefix:?}, as `ads.scope.name_prefix` wants."
        ))),
    }
}

/// The campaign that a change is in.
fn campaign<'a>(change: &Change, account: &'a Account) -> Option<&'a Thing> {
    match (change.kind.parent(), &change.parent) {
        (None, _) => change.id.as_ref().and_then(|id| of_any(account, change.kind, id)),
        (Some(above), Some(parent)) => {
            let thing = of_any(account, above, parent)?;
            match (above.parent(), &thing.parent) {
                (None, _) => Some(thing),
                (Some(top), Some(id)) => of_any(account, top, id),
                _ => None,
            }
        }
        _ => None,
    }
}

fn bids(change: &Change, options: &AdsOptions) -> Result<(), Fault> {
    let keyword_bids = change.after("search_keywords").map(Held::json);
    let keyword_bids = keyword_bids.iter().filter_map(|list| list.as_array()).flatten();
    let keyword_bids = keyword_bids.filter_map(|one| super::value::decimal(one.get("keyword_bid")?.as_number()?));
    let own = BIDS.iter().filter_map(|field| Some((*field, change.after(field)?.number()?)));
    for (field, bid) in own.chain(keyword_bids.map(|bid| ("search_keywords", bid))) {
        let Some(cap) = options.max_bid else {
            return Err(reject(Some(field), "over_cap", format!("`{field}` is a bid, and no `ads.max_bid` is set.")));
        };
        if bid > cap.0 {
            return Err(reject(
                Some(field),
                "over_cap",
                format!("`{field}` is {bid}, and `ads.max_bid` is {}.", cap.0),
            ));
        }
    }
    Ok(())
}

/// What an object's budget is after the change, and of which mode.
fn budget(change: &Change, now: Option<&Thing>, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    let spends = change.action == Action::Create
        || change.status == Some(Status::Enable)
        || BUDGETS.iter().any(|field| change.after(field).is_some());
    if change.kind.level == Level::Ad || !spends {
        return Ok(());
    }
    let mode = mode(change, now);
    if change
        .after("budget_auto_adjust_strategy")
        .or(now.and_then(|now| now.fields.get("budget_auto_adjust_strategy")))
        .and_then(Held::text)
        == Some("AUTO_BUDGET_INCREASE")
    {
        let what = "TikTok may raise a budget with `budget_auto_adjust_strategy` beyond any cap; leave it out.";
        return Err(reject(Some("budget_auto_adjust_strategy"), "over_cap", what.to_owned()));
    }
    if mode == Some(INFINITE) {
        return infinite(change, account, options);
    }
    for field in BUDGETS {
        let amount = change.after(field).and_then(Held::number).or_else(|| now.and_then(|now| now.number(field)));
        if let Some(amount) = amount.filter(|amount| !amount.is_zero()) {
            cap(field, amount, mode, options)?;
        }
    }
    Ok(())
}

fn mode<'c>(change: &'c Change, now: Option<&'c Thing>) -> Option<&'c str> {
    change.after("budget_mode").and_then(Held::text).or_else(|| now.and_then(|now| now.text("budget_mode")))
}

/// A campaign without a budget of its own is bounded by those of its ad groups, and an ad group by its campaign's.
fn infinite(change: &Change, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    let capped = options.max_daily_budget.is_some() || options.max_lifetime_budget.is_some();
    let above = campaign(change, account)
        .is_some_and(|campaign| campaign.text("budget_mode").is_some_and(|mode| mode != INFINITE));
    let bounded = if change.kind.level == Level::Campaign { capped } else { above };
    if bounded {
        return Ok(());
    }
    let what = "Neither the object nor the one above or below it has a budget within a cap.";
    Err(reject(Some("budget_mode"), "over_cap", what.to_owned()))
}

fn cap(field: &'static str, amount: Decimal, mode: Option<&str>, options: &AdsOptions) -> Result<(), Fault> {
    let (cap, setting) = match mode {
        Some(LIFETIME) => (options.max_lifetime_budget, "ads.max_lifetime_budget"),
        _ => (options.max_daily_budget, "ads.max_daily_budget"),
    };
    match cap {
        None => Err(reject(Some(field), "over_cap", format!("`{field}` is {amount}, and no `{setting}` is set."))),
        Some(cap) if amount > cap.0 => {
            Err(reject(Some(field), "over_cap", format!("`{field}` is {amount}, and `{setting}` is {}.", cap.0)))
        }
        Some(_) => Ok(()),
    }
}

/// How far one change may raise or cut a budget.
fn steps(change: &Change, options: &AdsOptions) -> Result<(), Fault> {
    for changed in change.fields.iter().filter(|changed| BUDGETS.contains(&changed.field)) {
        let before = changed.before.as_ref().and_then(Held::number).filter(|before| !before.is_zero());
        let (Some(before), Some(after)) = (before, changed.after.number()) else { continue };
        let (most, least) = (
            before * (HUNDRED + options.max_raise_percent.0) / HUNDRED,
            before * (HUNDRED - options.max_cut_percent.0) / HUNDRED,
        );
        let (field, most, least) = (changed.field, most.normalize(), least.normalize());
        if after > most {
            let what = format!(
                "`{field}` goes from {before} to {after}, and one change may raise it to {most} at most (`ads.max_raise_percent`)."
            );
            return Err(reject(Some(field), "over_raise", what));
        }
        if after < least {
            let what = format!(
                "`{field}` goes from {before} to {after}, and one change may cut it to {least} at least (`ads.max_cut_percent`)."
            );
            return Err(reject(Some(field), "over_cut", what));
        }
    }
    Ok(())
}

/// What all that is enabled may spend in a day after the change.
fn total(change: &Change, now: Option<&Thing>, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    let Some(cap) = options.max_total_daily_budget else { return Ok(()) };
    let is_enabled = match change.status {
        Some(status) => status == Status::Enable,
        None => now.is_some_and(|now| now.is_enabled),
    };
    let own = if is_enabled { own_daily(change, now, account) } else { Decimal::ZERO };
    if own.is_zero() {
        return Ok(());
    }
    let total = own + daily(account, change.id.as_deref());
    if total <= cap.0 {
        return Ok(());
    }
    let what = format!(
        "The daily budgets of all that is enabled would come to {}, and `ads.max_total_daily_budget` is {}.",
        total.normalize(),
        cap.0
    );
    Err(reject(Some("budget"), "over_total", what))
}

/// What the object itself adds to that: its own budget, or those of the ad groups of a campaign that has none.
fn own_daily(change: &Change, now: Option<&Thing>, account: &Account) -> Decimal {
    let is_daily = mode(change, now).is_some_and(|mode| DAILY.contains(&mode));
    let own = change.after("budget").and_then(Held::number).or_else(|| now.and_then(|now| now.number("budget")));
    match change.kind.level {
        Level::Ad => Decimal::ZERO,
        Level::Campaign if is_daily => own.unwrap_or_default(),
        Level::Campaign => change.id.as_deref().map_or(Decimal::ZERO, |id| below(account, id)),
        Level::AdGroup => {
            let counts = campaign(change, account).is_none_or(|campaign| campaign.is_enabled && !has_daily(campaign));
            if is_daily && counts { own.unwrap_or_default() } else { Decimal::ZERO }
        }
    }
}

fn has_daily(thing: &Thing) -> bool {
    thing.text("budget_mode").is_some_and(|mode| DAILY.contains(&mode))
}

/// The daily budgets of the enabled ad groups of a campaign.
fn below(account: &Account, campaign: &str) -> Decimal {
    let mut seen = HashSet::new();
    let kinds = super::kind::KINDS.iter().filter(|kind| kind.level == Level::AdGroup);
    let all = kinds.flat_map(|kind| account.of(kind).all());
    let own = all.filter(|group| group.is_enabled && group.parent.as_deref() == Some(campaign) && has_daily(group));
    own.filter(|group| seen.insert(&group.id)).map(|group| group.number("budget").unwrap_or_default()).sum()
}

/// The daily budgets of all that is enabled but one object: of campaigns, and of ad groups where these hold them.
fn daily(account: &Account, but: Option<&str>) -> Decimal {
    let mut seen = HashSet::new();
    let kinds = super::kind::KINDS.iter().filter(|kind| kind.level == Level::Campaign);
    let campaigns = kinds.flat_map(|kind| account.of(kind).all());
    let others = campaigns.filter(|one| one.is_enabled && Some(one.id.as_str()) != but && seen.insert(&one.id));
    let of = |one: &Thing| match has_daily(one) {
        true => one.number("budget").unwrap_or_default(),
        false => below_but(account, &one.id, but),
    };
    others.map(of).sum()
}

fn below_but(account: &Account, campaign: &str, but: Option<&str>) -> Decimal {
    let kinds = super::kind::KINDS.iter().filter(|kind| kind.level == Level::AdGroup);
    let one = but.and_then(|id| kinds.clone().find_map(|kind| account.one(kind, id)));
    let own = one.filter(|one| one.is_enabled && one.parent.as_deref() == Some(campaign) && has_daily(one));
    below(account, campaign) - own.and_then(|one| one.number("budget")).unwrap_or_default()
}
