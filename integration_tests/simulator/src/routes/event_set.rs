//! Event sets: `/offline/get/` and `/crm/list/` (`docs/tiktok-api.md` 3.8 [SDK offline_get.yml]
//! [GO model/event]). No pages; what the account does not have is left out.

use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::OFFLINE_NEEDS_ADVERTISER;
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{EventSet, World, time};
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[get("/offline/get/", offline), get("/crm/list/", crm)];

/// Characters the name of a CRM set may have, and sets an account may have [GO model/event].
const NAME_MAX: usize = 40;
const CRM_SETS: usize = 50;

fn offline(world: &World, call: &Call, _: &Shared) -> Outcome {
    if OFFLINE_NEEDS_ADVERTISER {
        call.params.require(&["advertiser_id"])?;
    }
    let filter = Filter::of(call)?;
    let token = call.token(world)?;
    let accounts = match call.params.text("advertiser_id") {
        Some(_) => vec![call.account(world)?.id],
        None => token.reaches.clone(),
    };
    let sets = accounts.iter().flat_map(|id| world.sources.offline_sets_of(*id));
    let list: Vec<Value> = sets.filter(|set| filter.passes(set)).map(offline_record).collect();
    Ok(json!({ "event_set_list": list }).into())
}

fn crm(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let filter = Filter::of(call)?;
    if filter.ids.as_ref().is_some_and(|ids| ids.len() > CRM_SETS) {
        return Err(Refusal::param(format!("event_set_ids: Length must be between 1 and {CRM_SETS}")));
    }
    if filter.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
        return Err(Refusal::param(format!("name: Length must be between 1 and {NAME_MAX}")));
    }
    let sets = world.sources.crm_sets_of(call.account(world)?.id).into_iter();
    let list: Vec<Value> = sets.filter(|set| filter.passes(set)).map(crm_record).collect();
    Ok(json!({ "crm_event_sets": list }).into())
}

struct Filter {
    ids: Option<Vec<u64>>,
    name: Option<String>,
}

impl Filter {
    fn of(call: &Call) -> Result<Self, Refusal> {
        let ids = call.params.strings("event_set_ids")?.map(|ids| {
            let ids = ids.iter().enumerate();
            ids.map(|(at, id)| params::id(&format!("event_set_ids.{at}"), id)).collect::<Result<_, _>>()
        });
        Ok(Self { ids: ids.transpose()?, name: call.params.text("name").map(str::to_owned) })
    }

    /// Names are compared exactly.
    fn passes(&self, set: &EventSet) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&set.id))
            && self.name.as_ref().is_none_or(|name| *name == set.name)
    }
}

fn offline_record(set: &EventSet) -> Value {
    json!({
        "advertiser_id": set.advertiser.to_string(),
        "event_set_id": set.id.to_string(),
        "name": set.name,
        "description": set.description,
        "auto_tracking": set.auto_tracking,
        "create_time": time(set.created),
        "update_time": time(set.updated),
    })
}

fn crm_record(set: &EventSet) -> Value {
    json!({
        "event_set_id": set.id.to_string(),
        "name": set.name,
        "create_time": set.created.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}
