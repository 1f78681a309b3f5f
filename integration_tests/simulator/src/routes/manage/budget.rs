//! Budgets: how much they must be, what they may be beside each other, and `/adgroup/budget/update/`
//! (`docs/tiktok-api.md` 7.2, 7.3 [DOC 1739591133130817]).

use super::form::{Body, Form};
use super::order::{Order, record, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{BUDGETS_ARE_ALL_OR_NONE, BUDGETS_CLOSE_MINUTES};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Account, Level, Scheduled, World};
use chrono::{DateTime, Days, NaiveTime, TimeZone, Timelike, Utc};
use serde_json::{Value, json};

const UPDATE: Form = Form(include_str!("forms/adgroup_budget.txt"));

const DAILY: [&str; 2] = ["BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"];
const TOTAL: &str = "BUDGET_MODE_TOTAL";
const NONE: &str = "BUDGET_MODE_INFINITE";

fn text<'b>(body: &'b Body, name: &str) -> &'b str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(body: &Body, name: &str) -> Option<f64> {
    body.get(name).and_then(Value::as_f64)
}

/// Refuses a budget below the least.
fn enough(name: &str, budget: f64, least: f64) -> Result<(), Refusal> {
    if budget >= least {
        return Ok(());
    }
    Err(Refusal::param(format!("{name}: The budget must be greater than or equal to {least}")))
}

/// A new campaign has a budget unless its mode says that it has none.
pub(super) fn of_campaign(order: &Order<'_>) -> Result<(), Refusal> {
    let mode = text(&order.body, "budget_mode");
    if mode.is_empty() || mode == NONE {
        if order.flag("budget_optimize_on") {
            return Err(Refusal::param("budget_mode: A budget is required when budget_optimize_on is true"));
        }
        return Ok(());
    }
    let budget = number(&order.body, "budget").ok_or_else(|| Refusal::missing(&["budget"]))?;
    enough("budget", budget, order.options.least_campaign_budget)
}

/// The budget of a campaign that exists can change; its mode cannot.
pub(super) fn of_campaign_now(order: &Order<'_>, known: &Body) -> Result<(), Refusal> {
    let Some(budget) = number(&order.body, "budget") else {
        return Ok(());
    };
    if text(known, "budget_mode") == NONE {
        return Err(Refusal::param("budget: The campaign has no budget of its own"));
    }
    enough("budget", budget, order.options.least_campaign_budget)
}

/// Whether a campaign has the budget of its ad groups.
pub(super) fn is_optimized(campaign: &Body) -> bool {
    campaign.get("budget_optimize_on") == Some(&Value::Bool(true))
}

/// A new ad group has a budget, unless its campaign has it; the two may not contradict each other.
pub(super) fn of_adgroup(order: &Order<'_>, campaign: &Body) -> Result<(), Refusal> {
    if is_optimized(campaign) {
        return none_below(order);
    }
    let missing: Vec<&str> =
        ["budget_mode", "budget"].into_iter().filter(|name| !order.body.contains_key(*name)).collect();
    if !missing.is_empty() {
        return Err(Refusal::missing(&missing));
    }
    let mode = text(&order.body, "budget_mode");
    if mode == NONE {
        return Err(Refusal::param("budget_mode: BUDGET_MODE_INFINITE is for campaigns that have the budget"));
    }
    if mode == TOTAL && DAILY.contains(&text(campaign, "budget_mode")) {
        return Err(Refusal::param("budget_mode: An ad group of a campaign with a daily budget needs a daily budget"));
    }
    if mode == TOTAL && (order.text("schedule_type") != Some("SCHEDULE_START_END")) {
        return Err(Refusal::param("schedule_type: BUDGET_MODE_TOTAL requires SCHEDULE_START_END"));
    }
    enough("budget", number(&order.body, "budget").unwrap_or_default(), order.options.least_adgroup_budget)
}

/// The budget of an ad group that exists: a daily or lifetime one, at once.
pub(super) fn of_adgroup_now(order: &Order<'_>, campaign: &Body) -> Result<(), Refusal> {
    match number(&order.body, "budget") {
        None => Ok(()),
        Some(_) if is_optimized(campaign) => none_below(order),
        Some(budget) => enough("budget", budget, order.options.least_adgroup_budget),
    }
}

/// A Smart+ campaign has the budget of its ad groups unless it says no.
pub(super) fn of_smart_plus_campaign(order: &Order<'_>) -> Result<(), Refusal> {
    let budget = number(&order.body, "budget");
    match (order.body.get("budget_optimize_on"), budget) {
        (Some(Value::Bool(false)), None) => Ok(()),
        (Some(Value::Bool(false)), Some(_)) => Err(Refusal::param("budget: Its ad groups have the budget")),
        (_, None) => Err(Refusal::missing(&["budget"])),
        (_, Some(budget)) => enough("budget", budget, order.options.least_campaign_budget),
    }
}

/// A Smart+ ad group has a budget if its campaign has none.
pub(super) fn of_smart_plus_adgroup(order: &Order<'_>, campaign: &Body) -> Result<(), Refusal> {
    match number(&order.body, "budget") {
        _ if is_optimized(campaign) => none_below(order),
        None => Err(Refusal::missing(&["budget"])),
        Some(budget) => enough("budget", budget, order.options.least_adgroup_budget),
    }
}

fn none_below(order: &Order<'_>) -> Result<(), Refusal> {
    let some = number(&order.body, "budget").is_some_and(|budget| budget > 0.0);
    if some && !order.options.adgroup_budgets_are_ignored {
        return Err(Refusal::param("budget: The campaign has the budget of its ad groups"));
    }
    Ok(())
}

/// A row of `/adgroup/budget/update/`.
struct Row {
    adgroup: u64,
    budget: f64,
    daily: bool,
}

/// Lifetime budgets in `budget`, at once; daily ones in `scheduled_budget`, from the next midnight of the account.
pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let rows = rows(order)?;
        let account = order.account(world)?;
        let checked: Vec<Result<Row, Refusal>> = rows.into_iter().map(|row| check(order, account, row)).collect();
        if let Some(Err(refusal)) = checked.iter().find(|row| row.is_err()).filter(|_| BUDGETS_ARE_ALL_OR_NONE) {
            return Err(refusal.clone());
        }
        let midnight = midnight(account, call.now);
        checked.into_iter().flatten().for_each(|row| set(world, order, row, midnight));
        Ok(json!({}).into())
    })
}

fn rows(order: &Order<'_>) -> Result<Vec<Row>, Refusal> {
    let mut all = Vec::new();
    for (list, daily) in [("budget", false), ("scheduled_budget", true)] {
        let rows = order.body.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        for (at, row) in rows.enumerate() {
            let path = format!("{list}.{at}");
            let Some(budget) = number(row, list).filter(|_| !text(row, "adgroup_id").is_empty()) else {
                return Err(Refusal::missing(&[&format!("{path}.adgroup_id"), &format!("{path}.{list}")]));
            };
            let adgroup = params::id(&format!("{path}.adgroup_id"), text(row, "adgroup_id"))?;
            all.push(Row { adgroup, budget, daily });
        }
    }
    if all.is_empty() { Err(Refusal::missing(&["budget", "scheduled_budget"])) } else { Ok(all) }
}

fn check(order: &Order<'_>, account: &Account, row: Row) -> Result<Row, Refusal> {
    let adgroup = order.alive(account, Level::AdGroup, row.adgroup)?;
    let campaign = record(account, Level::Campaign, adgroup.campaign);
    if is_optimized(&campaign) {
        return Err(Refusal::param("budget: The campaign has the budget of its ad groups"));
    }
    let known = record(account, Level::AdGroup, row.adgroup);
    let daily = DAILY.contains(&text(&known, "budget_mode"));
    if daily != row.daily {
        let list = if daily { "scheduled_budget" } else { "budget" };
        return Err(Refusal::param(format!("{list}: The budget of the ad group {} is set here", row.adgroup)));
    }
    if row.daily && is_closed(account, order.call.now) {
        return Err(Refusal::param("scheduled_budget: Budgets cannot be scheduled between 23:55 and 00:00"));
    }
    enough(if daily { "scheduled_budget" } else { "budget" }, row.budget, order.options.least_adgroup_budget)?;
    Ok(row)
}

fn is_closed(account: &Account, now: DateTime<Utc>) -> bool {
    let local = now.with_timezone(&account.zone);
    local.hour() == 23 && local.minute() >= 60 - BUDGETS_CLOSE_MINUTES
}

/// The next midnight of an account; an hour that a zone leaves out counts as its own.
fn midnight(account: &Account, now: DateTime<Utc>) -> DateTime<Utc> {
    let next = account.day_at(now) + Days::new(1);
    let local = account.zone.from_local_datetime(&next.and_time(NaiveTime::MIN)).earliest();
    local.map_or_else(|| next.and_time(NaiveTime::MIN).and_utc(), |local| local.with_timezone(&Utc))
}

fn set(world: &mut World, order: &Order<'_>, row: Row, midnight: DateTime<Utc>) {
    let Row { adgroup, budget, daily } = row;
    let field = if daily { "scheduled_budget" } else { "budget" };
    let fields = order.stored(Body::from_iter([(field.to_owned(), json!(budget))]));
    world.edit(order.advertiser, (Level::AdGroup, adgroup), order.call.now, |entity| entity.write(fields));
    if daily {
        world.scheduled.retain(|scheduled| scheduled.adgroup != adgroup);
        world.scheduled.push(Scheduled { advertiser: order.advertiser, adgroup, budget, at: midnight });
    }
}
