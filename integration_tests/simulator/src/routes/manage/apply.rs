//! Audiences that ad groups include or exclude, and what was done with them (`docs/tiktok-api.md` 5.2
//! [DOC 1758615097524225][SDK dmp_custom_audience_apply_log.yml]).

use super::form::{Body, Form};
use super::order::{Order, record, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{APPLYING_TWICE_IS_REFUSED, AUDIENCE_IN_BOTH_IS_REFUSED};
use crate::call::Call;
use crate::params;
use crate::routes::page::Page;
use crate::state::Shared;
use crate::world::{Applied, Level, World, time};
use serde_json::{Map, Value, json};

const APPLY: Form = Form(include_str!("forms/audience_apply.txt"));
/// Rows a page of the log may have, and ids that it can be asked for.
const MAX: u64 = 100;
const MAX_IDS: usize = 100;

pub(super) fn apply(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &APPLY, |world, order| {
        let (audience, groups) = (audience(world, order)?, order.ids("adgroup_ids")?);
        let usage = order.text("usage_mode").ok_or_else(|| Refusal::missing(&["usage_mode"]))?;
        let disconnects = order.text("action_mode") == Some("Disconnect");
        let (own, other) = ("audience_ids", "excluded_audience_ids");
        let (own, other) = if usage == "Exclude" { (other, own) } else { (own, other) };
        let mut changed = Vec::new();
        for group in groups {
            order.alive(order.account(world)?, Level::AdGroup, group)?;
            let known = record(order.account(world)?, Level::AdGroup, group);
            changed.push((group, after(&known, &audience, own, (other, disconnects))?));
        }
        for (group, list) in changed {
            let fields = Map::from_iter([(own.to_owned(), list)]);
            world.edit(order.advertiser, (Level::AdGroup, group), order.call.now, |entity| entity.write(fields));
            world.applied.push(Applied {
                advertiser: order.advertiser,
                audience: audience.clone(),
                group,
                usage: usage.to_owned(),
                at: order.call.now,
            });
        }
        Ok(json!({}).into())
    })
}

/// The audience of the account: there, and in use if it is to be used.
fn audience(world: &World, order: &Order<'_>) -> Result<String, Refusal> {
    let id = order.id("custom_audience_id")?;
    let found = world.audience(id).filter(|audience| audience.advertiser == order.advertiser);
    match found {
        None => Err(Refusal::param(format!("The audience {id} doesn't exist or has been deleted."))),
        Some(one) if one.is_expired(world.now) && order.text("action_mode") == Some("Apply") => {
            Err(Refusal::param(format!("The audience {id} has expired.")))
        }
        Some(_) => Ok(id.to_string()),
    }
}

/// An ad group's list as it is then.
fn after(known: &Body, audience: &str, own: &str, (other, disconnects): (&str, bool)) -> Result<Value, Refusal> {
    let list = |name: &str| known.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all = list(own);
    let has = all.iter().any(|one| one == audience);
    if has != disconnects && APPLYING_TWICE_IS_REFUSED {
        return Err(Refusal::param(format!("custom_audience_id: Nothing is to be changed for {audience}.")));
    }
    if disconnects {
        all.retain(|one| one != audience);
    } else if AUDIENCE_IN_BOTH_IS_REFUSED && list(other).iter().any(|one| one == audience) {
        return Err(Refusal::param(format!("custom_audience_id: {audience} is in {other}, too")));
    } else if !has {
        all.push(json!(audience));
    }
    Ok(all.into())
}

/// Newest first.
pub(super) fn log(world: &World, call: &Call, _: &Shared) -> Outcome {
    const IDS: &str = "custom_audience_ids";
    call.params.require(&["advertiser_id", IDS])?;
    let ids = call.params.strings(IDS)?.unwrap_or_default();
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(Refusal::param(format!("{IDS}: Length must be between 1 and {MAX_IDS}")));
    }
    let page = Page::of(call, MAX)?;
    let account = call.account(world)?;
    for (at, id) in ids.iter().enumerate() {
        let id = params::id(&format!("{IDS}.{at}"), id)?;
        if world.audience(id).is_none_or(|one| one.advertiser != account.id) {
            return Err(Refusal::param(format!("The audience {id} doesn't exist or has been deleted.")));
        }
    }
    let is_asked = |one: &&Applied| one.advertiser == account.id && ids.contains(&one.audience);
    let found: Vec<&Applied> = world.applied.iter().rev().filter(is_asked).collect();
    let row = |one: &&Applied| {
        json!({
            "audience_id": one.audience,
            "adgroup_id": one.group.to_string(),
            "adgroup_name": account.find(Level::AdGroup, one.group).map(|group| group.name.clone()),
            "usage_mode": one.usage,
            "action_timestamp": time(one.at),
            "editor": "open_api",
        })
    };
    let rows: Vec<Value> = found.get(page.rows(found.len())).unwrap_or_default().iter().map(row).collect();
    let (list, id) = (Value::Array(rows), account.id);
    Ok(format!("{{\"advertiser_id\":\"{id}\",\"list\":{list}{}}}", page.info(found.len())).into_bytes().into())
}
