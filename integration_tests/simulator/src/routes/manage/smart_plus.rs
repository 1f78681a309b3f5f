//! Campaigns and ad groups of Upgraded Smart+ (`docs/tiktok-api.md` 7.5
//! [DOC 1843312852800706, 1843312876001282, 1843314887930946, 1843314894279682]).

use super::adgroup::{schedule, whole_week};
use super::budget;
use super::form::{Body, Form};
use super::order::{Order, record, serve};
use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Draft, Level, World};
use serde_json::{Value, json};

const CREATE_CAMPAIGN: Form = Form(include_str!("forms/smart_plus_campaign_create.txt"));
const UPDATE_CAMPAIGN: Form = Form(include_str!("forms/smart_plus_campaign_update.txt"));
const CREATE_ADGROUP: Form = Form(include_str!("forms/smart_plus_adgroup_create.txt"));
const UPDATE_ADGROUP: Form = Form(include_str!("forms/smart_plus_adgroup_update.txt"));

/// What makes an object one of Upgraded Smart+; to be written first.
pub(super) fn marked(fields: &Body) -> Body {
    let mark = ("campaign_automation_type".to_owned(), json!("UPGRADED_SMART_PLUS"));
    [mark].into_iter().chain(fields.clone()).collect()
}

/// [?] A budget of which nothing else is said is a daily one.
fn daily(fields: &mut Body) {
    if fields.contains_key("budget") {
        fields.entry("budget_mode").or_insert(json!("BUDGET_MODE_DYNAMIC_DAILY_BUDGET"));
    }
}

pub(super) fn create_campaign(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE_CAMPAIGN, |world, order| {
        budget::of_smart_plus_campaign(order)?;
        let name = order.text("campaign_name").unwrap_or_default().to_owned();
        order.may_create(world, &name, Level::Campaign, None)?;
        let mut fields = marked(&order.body);
        fields.entry("budget_optimize_on").or_insert(json!(true));
        daily(&mut fields);
        let draft = Draft { name, state: order.state(), fields, ..Draft::of(Level::Campaign) };
        let id = order.make(world, draft)?;
        answer(world, order, Level::Campaign, id)
    })
}

pub(super) fn update_campaign(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE_CAMPAIGN, |world, order| {
        let id = order.id("campaign_id")?;
        let account = order.account(world)?;
        order.alive(account, Level::Campaign, id)?;
        let known = record(account, Level::Campaign, id);
        order.no_immutable(&known, Level::Campaign, &UPDATE_CAMPAIGN)?;
        budget::of_campaign_now(order, &known)?;
        order.only(&UPDATE_CAMPAIGN).edit(world, Level::Campaign, id)?;
        answer(world, order, Level::Campaign, id)
    })
}

pub(super) fn create_adgroup(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE_ADGROUP, |world, order| {
        let id = order.id("campaign_id")?;
        let account = order.account(world)?;
        order.alive(account, Level::Campaign, id)?;
        schedule(order, &Body::new())?;
        budget::of_smart_plus_adgroup(order, &record(account, Level::Campaign, id))?;
        let name = order.text("adgroup_name").unwrap_or_default().to_owned();
        order.may_create(world, &name, Level::AdGroup, Some(id))?;
        let mut fields = marked(&order.body);
        whole_week(&mut fields);
        daily(&mut fields);
        let draft = Draft { campaign: Some(id), name, state: order.state(), fields, ..Draft::of(Level::AdGroup) };
        let id = order.make(world, draft)?;
        answer(world, order, Level::AdGroup, id)
    })
}

/// Replaces what is sent; of `targeting_spec` all.
pub(super) fn update_adgroup(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE_ADGROUP, |world, order| {
        let id = order.id("adgroup_id")?;
        let account = order.account(world)?;
        let campaign = order.alive(account, Level::AdGroup, id)?.campaign;
        let known = record(account, Level::AdGroup, id);
        order.no_immutable(&known, Level::AdGroup, &UPDATE_ADGROUP)?;
        schedule(order, &known)?;
        budget::of_adgroup_now(order, &record(account, Level::Campaign, campaign))?;
        let mut kept = order.only(&UPDATE_ADGROUP);
        whole_week(&mut kept.body);
        kept.edit(world, Level::AdGroup, id)?;
        answer(world, order, Level::AdGroup, id)
    })
}

/// The record as the Smart+ get has it.
pub(super) fn answer(world: &World, order: &Order<'_>, level: Level, id: u64) -> Outcome {
    let key = if level == Level::Ad { "smart_plus_ad_id".to_owned() } else { format!("{}_id", level.stem()) };
    let all = order.account(world)?.smart_plus(level);
    let found = all.into_iter().find(|object| object.record.get(&key) == Some(&json!(id.to_string())));
    Ok(found.map_or(json!({}), |object| Value::Object(object.record)).into())
}
