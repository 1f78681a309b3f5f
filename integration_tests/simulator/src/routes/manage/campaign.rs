//! `/campaign/create/` and `/campaign/update/` (`docs/tiktok-api.md` 7.2 [DOC 1739318962329602, 1739320422086657]).

use super::budget;
use super::form::Form;
use super::order::{Order, record, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::CAMPAIGN_NEEDS_BUDGET_MODE;
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Draft, Level, World};
use serde_json::Value;

const CREATE: Form = Form(include_str!("forms/campaign_create.txt"));
const UPDATE: Form = Form(include_str!("forms/campaign_update.txt"));

/// Of a campaign, but not in the answers of its writes.
const NOT_ANSWERED: [&str; 2] = ["campaign_system_origin", "campaign_automation_type"];

pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE, |world, order| {
        conditional(order)?;
        budget::of_campaign(order)?;
        let name = order.text("campaign_name").unwrap_or_default();
        order.may_create(world, name, Level::Campaign, None)?;
        let draft = Draft {
            name: name.to_owned(),
            state: order.state(),
            fields: order.body.clone(),
            ..Draft::of(Level::Campaign)
        };
        let id = order.make(world, draft)?;
        answer(world, order, id)
    })
}

/// What one value makes necessary.
fn conditional(order: &Order<'_>) -> Result<(), Refusal> {
    let app = order.text("objective_type") == Some("APP_PROMOTION");
    let no_money = order.text("objective_type") == Some("RF_REACH");
    let mut missing = Vec::new();
    if app && order.text("app_promotion_type").is_none() {
        missing.push("app_promotion_type");
    }
    if CAMPAIGN_NEEDS_BUDGET_MODE && !no_money && order.text("budget_mode").is_none() {
        missing.push("budget_mode");
    }
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(&missing)) }
}

/// Replaces what is sent, nothing else.
pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let id = order.id("campaign_id")?;
        let account = order.account(world)?;
        order.alive(account, Level::Campaign, id)?;
        let known = record(account, Level::Campaign, id);
        order.no_immutable(&known, Level::Campaign, &UPDATE)?;
        budget::of_campaign_now(order, &known)?;
        if let Some(name) = order.text("campaign_name") {
            order.free(world, name, Level::Campaign, (None, Some(id)))?;
        }
        let kept = order.only(&UPDATE);
        kept.edit(world, Level::Campaign, id)?;
        answer(world, order, id)
    })
}

fn answer(world: &World, order: &Order<'_>, id: u64) -> Outcome {
    let mut record = record(order.account(world)?, Level::Campaign, id);
    record.retain(|name, _| !NOT_ANSWERED.contains(&name.as_str()));
    Ok(Value::Object(record).into())
}
