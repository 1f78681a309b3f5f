//! Pausing, resuming and deleting, up to 20 at a time (`docs/tiktok-api.md` 7.2–7.5
//! [DOC 1739320994354178, 1739591716326402, 1843312888885314, 1843314908153858][GO model/ad]).

use super::form::Form;
use super::order::{Order, serve, shown};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Level, State, World};
use serde_json::{Value, json};

const CAMPAIGNS: Form = Form(include_str!("forms/campaign_status.txt"));
const ADGROUPS: Form = Form(include_str!("forms/adgroup_status.txt"));
const ADS: Form = Form(include_str!("forms/ad_status.txt"));

/// All or none.
pub(super) fn campaigns(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CAMPAIGNS, |world, order| {
        let ids = order.ids("campaign_ids")?;
        ids.iter().try_for_each(|id| may_change(world, order, Level::Campaign, *id))?;
        set(world, order, Level::Campaign, &ids);
        let (status, mode) = (order.text("operation_status"), order.text("postback_window_mode"));
        let list = ids.iter().map(|id| {
            json!({"campaign_id": shown(*id, order.options.numeric_ids), "status": status, "postback_window_mode": mode})
        });
        let list: Vec<Value> = list.collect();
        Ok(json!({"campaign_ids": all_shown(&ids, order), "status": status, "campaign_list": list}).into())
    })
}

/// All or none, unless the call allows a part.
pub(super) fn adgroups(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &ADGROUPS, |world, order| {
        let ids = order.ids("adgroup_ids")?;
        let (done, refused) = part(world, order, Level::AdGroup, &ids, order.flag("allow_partial_success"))?;
        set(world, order, Level::AdGroup, &done);
        let status = order.text("operation_status");
        Ok(json!({"adgroup_ids": all_shown(&done, order), "status": status, "error_list": refused}).into())
    })
}

/// Those that may change, and what is told of the others; without `allowed` one of these refuses all.
fn part(
    world: &World,
    order: &Order<'_>,
    level: Level,
    ids: &[u64],
    allowed: bool,
) -> Result<(Vec<u64>, Vec<Value>), Refusal> {
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    let key = format!("{}_id", level.stem());
    for id in ids {
        match may_change(world, order, level, *id) {
            Ok(()) => done.push(*id),
            Err(refusal) if allowed => refused.push(json!({&key: id.to_string(), "error_message": refusal.message})),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok((done, refused))
}

/// What can be done is done.
pub(super) fn smart_plus_campaigns(shared: &Shared, call: &Call) -> Outcome {
    smart_plus(shared, call, &CAMPAIGNS, Level::Campaign)
}

/// What can be done is done.
pub(super) fn smart_plus_adgroups(shared: &Shared, call: &Call) -> Outcome {
    smart_plus(shared, call, &ADGROUPS, Level::AdGroup)
}

fn smart_plus(shared: &Shared, call: &Call, form: &Form, level: Level) -> Outcome {
    serve(shared, call, form, |world, order| {
        let stem = level.stem();
        let (done, refused) = part(world, order, level, &order.ids(&format!("{stem}_ids"))?, true)?;
        set(world, order, level, &done);
        let (key, status) = (format!("{stem}_id"), order.text("operation_status"));
        let row = |id: &u64| json!({&key: shown(*id, order.options.numeric_ids), "status": status});
        let list: Vec<Value> = done.iter().map(row).collect();
        Ok(json!({format!("{stem}_list"): list, "error_list": refused}).into())
    })
}

/// All or none.
pub(super) fn ads(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &ADS, |world, order| {
        let ids = order.ids("ad_ids")?;
        ids.iter().try_for_each(|id| may_change(world, order, Level::Ad, *id))?;
        set(world, order, Level::Ad, &ids);
        Ok(json!({"ad_ids": all_shown(&ids, order), "status": order.text("operation_status")}).into())
    })
}

fn all_shown(ids: &[u64], order: &Order<'_>) -> Vec<Value> {
    ids.iter().map(|id| shown(*id, order.options.numeric_ids)).collect()
}

pub(super) fn may_change(world: &World, order: &Order<'_>, level: Level, id: u64) -> Result<(), Refusal> {
    order.alive(order.account(world)?, level, id).map(drop)
}

/// The state that a call asks for.
pub(super) fn wanted(order: &Order<'_>) -> State {
    match order.text("operation_status") {
        Some("DELETE") => State::Deleted,
        Some("DISABLE") => State::Disabled,
        _ => State::Enabled,
    }
}

pub(super) fn set(world: &mut World, order: &Order<'_>, level: Level, ids: &[u64]) {
    let state = wanted(order);
    for id in ids {
        world.edit(order.advertiser, (level, *id), order.call.now, |entity| entity.state = state);
    }
}
