//! `/pixel/instant_page/event/`: which events Instant Pages have [GO model/pixel/instant_page_event.go].

use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Shared;
use crate::world::{World, WorldKind};
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[get("/pixel/instant_page/event/", events)];

const OBJECTIVES: &[&str] = &[
    "APP_PROMOTION",
    "WEB_CONVERSIONS",
    "CONVERSIONS",
    "REACH",
    "TRAFFIC",
    "VIDEO_VIEWS",
    "PRODUCT_SALES",
    "ENGAGEMENT",
    "LEAD_GENERATION",
    "RF_REACH",
    "TOPVIEW_REACH",
];

const GOALS: &[&str] = &[
    "CLICK",
    "CONVERT",
    "INSTALL",
    "IN_APP_EVENT",
    "SHOW",
    "REACH",
    "LEAD_GENERATION",
    "CONVERSATION",
    "FOLLOWERS",
    "PAGE_VISIT",
    "VALUE",
    "AUTOMATIC_VALUE_OPTIMIZATION",
    "GMV",
    "PURCHASES",
    "INITIATE_CHECKOUTS",
    "MT_LIVE_ROOM",
    "PRODUCT_CLICK_IN_LIVE",
    "ENGAGED_VIEW",
    "ENGAGED_VIEW_FIFTEEN",
    "TRAFFIC_LANDING_PAGE_VIEW",
    "DESTINATION_VISIT",
    "PREFERRED_LEAD",
];

/// [?] The pairs that have events. Every other pair is refused, as clients report; in a plain
/// world the answer is empty.
const SUPPORTED: [(&str, &[&str]); 3] = [
    ("CONVERSIONS", &["CONVERT"]),
    ("TRAFFIC", &["CLICK", "CONVERT"]),
    ("LEAD_GENERATION", &["CONVERT", "LEAD_GENERATION"]),
];

fn events(world: &World, call: &Call, shared: &Shared) -> Outcome {
    let needed: &[&str] = if shared.options.assets.instant_page_needs_pair {
        &["advertiser_id", "objective_type", "optimization_goal"]
    } else {
        &["advertiser_id"]
    };
    call.params.require(needed)?;
    let objective = call.params.choice("objective_type", OBJECTIVES)?;
    let goal = call.params.choice("optimization_goal", GOALS)?;
    call.params.flag("is_retargeting")?;
    call.account(world)?;
    // Asked for WEB_CONVERSIONS, it answers about CONVERSIONS.
    let objective = if objective == Some("WEB_CONVERSIONS") { Some("CONVERSIONS") } else { objective };
    let found: Vec<Value> = SUPPORTED.iter().filter_map(|pair| supported(pair, objective, goal)).collect();
    if found.is_empty() && world.kind == WorldKind::Plain {
        return Ok(json!({"list": []}).into());
    }
    if found.is_empty() {
        let text = "optimization_goal: not supported with this objective_type for Instant Pages";
        return Err(Refusal::param(text));
    }
    let events = json!({ "objective_types": found });
    Ok(json!({"list": [{"business_type": "TIKTOK_INSTANT_PAGE", "instant_page_events": events}]}).into())
}

fn supported((objective, goals): &(&str, &[&str]), asked: Option<&str>, goal: Option<&str>) -> Option<Value> {
    let goals = goals.iter().filter(|one| goal.is_none_or(|goal| goal == **one));
    let goals: Vec<Value> =
        goals.map(|goal| json!({"optimization_goal": goal, "optimization_events": ["BUTTON"]})).collect();
    let fits = asked.is_none_or(|asked| asked == *objective) && !goals.is_empty();
    fits.then(|| json!({"objective_type": objective, "optimization_goals": goals}))
}
