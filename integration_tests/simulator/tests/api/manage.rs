//! Campaigns, ad groups and ads that are written, and read again.

mod ads;
mod audiences;
mod budgets;
mod lag;
mod rules;
mod smart_plus;
mod split_tests;
mod twins;

use crate::client::{get, post};
use crate::id_of;
use serde_json::{Value, json};
use simulator::Simulator;

/// A body with changes; `null` leaves a field out.
fn with(body: &Value, change: &Value) -> Value {
    let mut all = body.clone();
    for (name, value) in change.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn new_york(sim: &Simulator) -> String {
    id_of(sim, "New York").to_string()
}

fn campaign(sim: &Simulator) -> Value {
    json!({"advertiser_id": new_york(sim), "campaign_name": "Spring", "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_DAY", "budget": 500, "operation_status": "DISABLE"})
}

fn adgroup(sim: &Simulator, campaign: &str) -> Value {
    json!({"advertiser_id": new_york(sim), "campaign_id": campaign, "adgroup_name": "Cities",
        "promotion_type": "WEBSITE", "location_ids": ["6252001"], "budget_mode": "BUDGET_MODE_DAY", "budget": 50,
        "schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": "2026-04-01 00:00:00",
        "optimization_goal": "CLICK", "billing_event": "CPC", "pacing": "PACING_MODE_SMOOTH"})
}

fn ad(sim: &Simulator, adgroup: &str, creatives: &[Value]) -> Value {
    json!({"advertiser_id": new_york(sim), "adgroup_id": adgroup, "creatives": creatives})
}

fn creative(sim: &Simulator, name: &str) -> Value {
    let video = sim.read(|world| {
        let id = world.account_named("New York").unwrap().id;
        world.records(id, simulator::Collection::Video)[0]["video_id"].clone()
    });
    json!({"ad_name": name, "identity_type": "CUSTOMIZED_USER", "identity_id": "7000000000000000001",
        "ad_format": "SINGLE_VIDEO", "video_id": video, "ad_text": "Now"})
}

fn send(sim: &Simulator, path: &str, body: &Value) -> Value {
    post(sim, path, &body.to_string()).json()
}

/// The `data` of a call that works.
fn made(sim: &Simulator, path: &str, body: &Value) -> Value {
    let reply = send(sim, path, body);
    assert_eq!(reply["code"], 0, "{path}: {}", reply["message"]);
    reply["data"].clone()
}

fn refused(sim: &Simulator, path: &str, body: &Value) -> (i64, String) {
    let reply = send(sim, path, body);
    assert_ne!(reply["code"], 0, "{path} {body}");
    (reply["code"].as_i64().unwrap(), reply["message"].as_str().unwrap().to_owned())
}

fn text(data: &Value, name: &str) -> String {
    data[name].as_str().unwrap_or_else(|| panic!("{name}: {data}")).to_owned()
}

fn new_campaign(sim: &Simulator, change: &Value) -> String {
    text(&made(sim, "/campaign/create/", &with(&campaign(sim), change)), "campaign_id")
}

fn new_adgroup(sim: &Simulator, campaign: &str, change: &Value) -> String {
    text(&made(sim, "/adgroup/create/", &with(&adgroup(sim, campaign), change)), "adgroup_id")
}

/// The rows that a get finds.
fn listed(sim: &Simulator, path: &str, filtering: &Value) -> Vec<Value> {
    let (id, filtering) = (new_york(sim), filtering.to_string());
    let reply = get(sim, path, &[("advertiser_id", &id), ("filtering", &filtering), ("page_size", "100")]).json();
    assert_eq!(reply["code"], 0, "{}", reply["message"]);
    reply["data"]["list"].as_array().unwrap().clone()
}

/// The one row of an id.
fn row(sim: &Simulator, level: &str, id: &str) -> Value {
    let filtering = json!({format!("{level}_ids"): [id], "primary_status": "STATUS_ALL"});
    listed(sim, &format!("/{level}/get/"), &filtering)[0].clone()
}
