//! Creates (`docs/tiktok-api.md` 7.1–7.5).

use super::{Kind, alive, open, rules, state};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{DUPLICATE_REQUEST_CODE, NAMES_ARE_UNIQUE, SAME_REQUEST_SECONDS};
use crate::body;
use crate::call::Call;
use crate::world::{Buying, Entity, Level, State, World, template};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

/// Ads of one call.
const ADS_MAX: usize = 20;

/// Makes a campaign or an ad group.
pub(super) fn create(world: &mut World, call: &Call, kind: Kind) -> Outcome {
    let (body, advertiser) = open(world, call)?;
    require(&body, rules::required(kind))?;
    rules::check(kind, &body)?;
    once(world, advertiser, &body)?;
    let parent = match kind.level {
        Level::AdGroup => Some(alive(world, advertiser, Level::Campaign, body::text(&body, "campaign_id")?)?),
        _ => None,
    };
    budget(kind, &body, parent.as_ref())?;
    if !body.contains_key("request_id") {
        unique(world, advertiser, kind, body::text(&body, kind.name())?)?;
    }
    let id = make(world, advertiser, kind, &body, parent.as_ref());
    Ok(json!({"advertiser_id": advertiser.to_string(), kind.id(): id.to_string()}).into())
}

/// Makes ads, each a creative.
pub(super) fn ads(world: &mut World, call: &Call) -> Outcome {
    let (body, advertiser) = open(world, call)?;
    let kind = Kind::plain(Level::Ad);
    let parent = alive(world, advertiser, Level::AdGroup, body::text(&body, "adgroup_id")?)?;
    let creatives = creatives(&body)?;
    for creative in &creatives {
        require(creative, rules::required(kind))?;
        rules::check(kind, creative)?;
    }
    let ids: Vec<String> =
        creatives.iter().map(|creative| make(world, advertiser, kind, creative, Some(&parent)).to_string()).collect();
    Ok(json!({"ad_ids": ids, "creatives": [], "need_audit": true}).into())
}

/// The creatives of a call.
pub(super) fn creatives(body: &Map<String, Value>) -> Result<Vec<Map<String, Value>>, Refusal> {
    let list = body.get("creatives").and_then(Value::as_array).ok_or_else(|| Refusal::missing(&["creatives"]))?;
    if list.is_empty() || list.len() > ADS_MAX {
        return Err(Refusal::param("creatives: Length must be between 1 and 20."));
    }
    let object = |one: &Value| one.as_object().cloned().ok_or_else(|| Refusal::param("creatives: Not a valid object"));
    list.iter().map(object).collect()
}

fn require(body: &Map<String, Value>, names: &[&str]) -> Result<(), Refusal> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !body.contains_key(*name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(&missing)) }
}

/// Several calls with one `request_id` within ten seconds: only the first counts.
fn once(world: &mut World, advertiser: u64, body: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(number) = body.get("request_id") else { return Ok(()) };
    let number = number.as_str().filter(|text| text.parse::<i64>().is_ok());
    let number = number.ok_or_else(|| Refusal::param("request_id: Not a valid integer"))?.to_owned();
    let since = world.now - TimeDelta::seconds(SAME_REQUEST_SECONDS);
    if world.requests_made.iter().any(|(owner, known, at)| *owner == advertiser && *known == number && *at >= since) {
        return Err(Refusal::new(DUPLICATE_REQUEST_CODE, "Duplicated request."));
    }
    world.requests_made.push((advertiser, number, world.now));
    Ok(())
}

fn unique(world: &World, advertiser: u64, kind: Kind, name: &str) -> Result<(), Refusal> {
    let Some(account) = world.account(advertiser).filter(|_| NAMES_ARE_UNIQUE) else { return Ok(()) };
    let mut all =
        account.all(kind.level).iter().filter(|entity| !account.secondary_status(entity).ends_with("_DELETE"));
    match all.any(|entity| entity.name == name) {
        false => Ok(()),
        true => Err(Refusal::param(format!("{} already exists. Please try another one.", kind.name()))),
    }
}

/// A budget belongs to the campaign or to its ad groups, not to both.
fn budget(kind: Kind, body: &Map<String, Value>, parent: Option<&Entity>) -> Result<(), Refusal> {
    let mode = body.get("budget_mode").and_then(Value::as_str);
    let has_mode = mode.is_some_and(|mode| mode != "BUDGET_MODE_INFINITE");
    if has_mode && !body.contains_key("budget") {
        return Err(Refusal::missing(&["budget"]));
    }
    let optimised = parent.is_some_and(|parent| parent.extra.get("budget_optimize_on") == Some(&Value::Bool(true)));
    match kind.level {
        Level::AdGroup if optimised && has_mode => {
            Err(Refusal::param("budget: The campaign uses Campaign Budget Optimization."))
        }
        Level::AdGroup if !optimised && !kind.smart && mode.is_none() => {
            Err(Refusal::missing(&["budget_mode", "budget"]))
        }
        _ => Ok(()),
    }
}

fn make(world: &mut World, advertiser: u64, kind: Kind, body: &Map<String, Value>, parent: Option<&Entity>) -> u64 {
    let (id, now) = (world.new_id(), world.now);
    let known = template(kind.level);
    let mut extra: Map<String, Value> = body
        .iter()
        .filter(|(name, _)| known.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for own in [kind.name(), "operation_status", "advertiser_id", "campaign_id", "adgroup_id", "ad_id"] {
        extra.remove(own);
    }
    if kind.smart {
        extra.insert("campaign_automation_type".to_owned(), "UPGRADED_SMART_PLUS".into());
    }
    let status = body.get("operation_status").and_then(Value::as_str).and_then(state);
    let entity = Entity {
        level: kind.level,
        id,
        campaign: parent.map_or(id, |parent| parent.campaign),
        adgroup: match kind.level {
            Level::Campaign => 0,
            Level::AdGroup => id,
            Level::Ad => parent.map_or(0, |parent| parent.id),
        },
        name: body.get(kind.name()).and_then(Value::as_str).unwrap_or_default().to_owned(),
        created: now,
        modified: Some(now),
        state: status.unwrap_or(State::Enabled),
        buying: Buying::Auction,
        smart_plus_ad: None,
        activity: None,
        extra,
    };
    if let Some(account) = world.account_mut(advertiser) {
        account.all_mut(kind.level).push(entity);
        account.forget_rendered();
    }
    id
}
