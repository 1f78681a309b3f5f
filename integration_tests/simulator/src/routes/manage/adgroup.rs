//! `/adgroup/create/` and `/adgroup/update/` (`docs/tiktok-api.md` 7.3 [DOC 1739499616346114, 1739586761631745]).

use super::budget;
use super::form::{Body, Form};
use super::order::{Order, record, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{
    ADGROUP_NEEDS_TARGET, AUDIENCE_IN_BOTH_IS_REFUSED, EMPTY_DAYPARTING_IS_FULL, ENDED_SCHEDULE_IS_REFUSED,
};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Draft, Level, State, World};
use serde_json::{Value, json};

const CREATE: Form = Form(include_str!("forms/adgroup_create.txt"));
const UPDATE: Form = Form(include_str!("forms/adgroup_update.txt"));

/// Half hours of a week.
const WEEK: usize = 336;

/// What an ad group says until it has an ad [DOC 1739499616346114].
const EMPTY: &str = "ADGROUP_STATUS_CREATE";

pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE, |world, order| {
        let id = order.id("campaign_id")?;
        let account = order.account(world)?;
        order.alive(account, Level::Campaign, id)?;
        let campaign = record(account, Level::Campaign, id);
        targeted(order)?;
        schedule(order, &Body::new())?;
        both(order, &Body::new())?;
        budget::of_adgroup(order, &campaign)?;
        let name = order.text("adgroup_name").unwrap_or_default();
        order.may_create(world, name, Level::AdGroup, Some(id))?;
        let mut fields = order.body.clone();
        whole_week(&mut fields);
        priced(&mut fields);
        if budget::is_optimized(&campaign) {
            fields.insert("budget_mode".to_owned(), json!("BUDGET_MODE_INFINITE"));
            fields.insert("budget".to_owned(), json!(0.0));
        }
        let draft = Draft {
            campaign: Some(id),
            name: name.to_owned(),
            state: order.state(),
            review: order.options.review.then_some(EMPTY),
            fields,
            ..Draft::of(Level::AdGroup)
        };
        let id = order.make(world, draft)?;
        Ok(Value::Object(record(order.account(world)?, Level::AdGroup, id)).into())
    })
}

/// How many ad groups an account may have, and has (`docs/tiktok-api.md` 7.3 [DOC 1768463039162369]).
pub(super) fn quota(world: &World, call: &Call, shared: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let all = call.account(world)?.all(Level::AdGroup).iter();
    let used = all.filter(|adgroup| adgroup.state != State::Deleted).count();
    Ok(json!({"total_adgroup_quota": shared.options.ads.quota, "used_adgroup_quota": used}).into())
}

/// What must be said of whom the ads are for.
fn targeted(order: &Order<'_>) -> Result<(), Refusal> {
    let some = |name: &str| order.body.get(name).is_some_and(|value| *value != json!([]) && *value != json!(""));
    let place = ["location_ids", "zipcode_ids", "saved_audience_id"].into_iter().any(some);
    let missing: Vec<&str> = [("promotion_type", some("promotion_type")), ("location_ids", place)]
        .iter()
        .filter(|(_, some)| !some)
        .map(|(name, _)| *name)
        .collect();
    if ADGROUP_NEEDS_TARGET && !missing.is_empty() { Err(Refusal::missing(&missing)) } else { Ok(()) }
}

/// Replaces what is sent, nothing else.
pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let id = order.id("adgroup_id")?;
        let account = order.account(world)?;
        let campaign = order.alive(account, Level::AdGroup, id)?.campaign;
        let known = record(account, Level::AdGroup, id);
        order.no_immutable(&known, Level::AdGroup, &UPDATE)?;
        schedule(order, &known)?;
        both(order, &known)?;
        budget::of_adgroup_now(order, &record(account, Level::Campaign, campaign))?;
        if let Some(name) = order.text("adgroup_name") {
            order.free(world, name, Level::AdGroup, (Some(campaign), Some(id)))?;
        }
        let mut kept = order.only(&UPDATE);
        whole_week(&mut kept.body);
        kept.edit(world, Level::AdGroup, id)
    })
}

/// From what is sent, or else what is there: an end where one is needed, behind the start and not gone by.
pub(super) fn schedule(order: &Order<'_>, known: &Body) -> Result<(), Refusal> {
    let asked = ["schedule_type", "schedule_start_time", "schedule_end_time"];
    if asked.iter().all(|name| order.text(name).is_none()) {
        return dayparting(order);
    }
    let of = |name: &str| order.text(name).or_else(|| known.get(name).and_then(Value::as_str));
    let moment = |name: &str| of(name).map(|text| params::moment(name, text)).transpose();
    let (start, end) = (moment("schedule_start_time")?, moment("schedule_end_time")?);
    match (of("schedule_type"), start, end) {
        (Some("SCHEDULE_START_END"), _, None) => return Err(Refusal::missing(&["schedule_end_time"])),
        (_, Some(start), Some(end)) if end <= start => {
            return Err(Refusal::param("schedule_end_time: Must be later than schedule_start_time"));
        }
        (_, _, Some(end)) if ENDED_SCHEDULE_IS_REFUSED && end <= order.call.now.naive_utc() => {
            return Err(Refusal::param("schedule_end_time: Must be later than the current time"));
        }
        _ => {}
    }
    dayparting(order)
}

fn dayparting(order: &Order<'_>) -> Result<(), Refusal> {
    match order.text("dayparting") {
        Some(text) if text.len() != WEEK || text.bytes().any(|byte| !b"01".contains(&byte)) => {
            Err(Refusal::param(format!("dayparting: Must be {WEEK} characters of 0 and 1")))
        }
        _ => Ok(()),
    }
}

/// Zeros alone are as good as none: the ads run all week.
pub(super) fn whole_week(fields: &mut Body) {
    if let Some(Value::String(text)) = fields.get_mut("dayparting")
        && EMPTY_DAYPARTING_IS_FULL
        && text.bytes().all(|byte| byte == b'0')
    {
        *text = "1".repeat(WEEK);
    }
}

/// A bid makes the bidding custom, if nothing is said.
fn priced(fields: &mut Body) {
    let bids = ["bid_price", "conversion_bid_price", "roas_bid"];
    let bid = bids.iter().any(|name| fields.get(*name).and_then(Value::as_f64).is_some_and(|bid| bid > 0.0));
    let kind = if bid { "BID_TYPE_CUSTOM" } else { "BID_TYPE_NO_BID" };
    fields.entry("bid_type").or_insert(json!(kind));
}

/// Refuses an audience that is both included and excluded.
fn both(order: &Order<'_>, known: &Body) -> Result<(), Refusal> {
    let list = |name: &str| {
        let value = order.body.get(name).or_else(|| known.get(name));
        value.and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (with, without) = (list("audience_ids"), list("excluded_audience_ids"));
    match with.iter().find(|id| without.contains(id)).filter(|_| AUDIENCE_IN_BOTH_IS_REFUSED) {
        Some(id) => Err(Refusal::param(format!(
            "excluded_audience_ids: {} is in audience_ids, too",
            id.as_str().unwrap_or_default()
        ))),
        None => Ok(()),
    }
}
