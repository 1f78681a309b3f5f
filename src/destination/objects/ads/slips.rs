//! Slips in the guards of the config, which would leave something unguarded. Pure.

use serde_json::Value;

use super::kind::KINDS;
use crate::config::ads::Action;
use crate::words;

/// Keys of `ads`.
const KEYS: [&str; 12] = [
    "allow",
    "max_daily_budget",
    "max_lifetime_budget",
    "max_total_daily_budget",
    "max_bid",
    "currency",
    "max_raise_percent",
    "max_cut_percent",
    "scope",
    "apply_plan",
    "max_changes",
    "start_paused",
];
const SCOPE_KEYS: [&str; 3] = ["advertiser_ids", "campaign_ids", "name_prefix"];

/// All of them, a sentence each.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    let Some(ads) = config.get("ads") else { return Vec::new() };
    let mut faults = unknown("ads", ads, &KEYS);
    faults.extend(ads.get("scope").into_iter().flat_map(|scope| unknown("ads.scope", scope, &SCOPE_KEYS)));
    faults.extend(ads.get("allow").into_iter().flat_map(allow));
    faults.extend(money(ads));
    if ads.get("apply_plan").is_some() && config.get("dry_run") == Some(&Value::Bool(true)) {
        faults.push("`ads.apply_plan` and `dry_run` exclude each other: one writes, the other does not".to_owned());
    }
    faults
}

fn unknown(at: &str, object: &Value, known: &[&str]) -> Vec<String> {
    let keys = object.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let odd = keys.filter(|key| !known.contains(key));
    odd.map(|key| told(&format!("{at}.{key}"), "is no guard", key, known)).collect()
}

fn told(place: &str, what: &str, word: &str, known: &[&str]) -> String {
    match words::nearest(word, known.iter().copied()) {
        Some(near) => format!("`{place}` {what}; did you mean `{near}`?"),
        None => format!("`{place}` {what}; there are {}", known.join(", ")),
    }
}

/// What can be done to the objects of a kind.
const MANAGED: &[Action] = &[Action::Create, Action::Update, Action::Pause, Action::Resume, Action::Delete];
/// Objects that have kinds of their own, and what can be done to them.
const OTHERS: &[(&str, &[Action])] = &[
    ("smart_plus_material", &[Action::Pause, Action::Resume]),
    ("creative_image", &[Action::Create]),
    ("creative_video", &[Action::Create]),
    ("split_test", &[Action::Create, Action::Update, Action::End, Action::Promote]),
    ("lookalike_audience", &[Action::Create, Action::Update]),
    ("audience_apply", &[Action::Create, Action::Delete, Action::Broaden]),
    ("audience_share", &[Action::Create, Action::Delete]),
];

fn allow(allow: &Value) -> Vec<String> {
    let objects = KINDS.iter().map(|kind| (kind.object, MANAGED)).chain(OTHERS.iter().copied());
    let objects: Vec<(&str, &[Action])> = objects.collect();
    let names: Vec<&str> = objects.iter().map(|(name, _)| *name).collect();
    let mut faults = unknown("ads.allow", allow, &names);
    for (object, given) in allow.as_object().into_iter().flatten() {
        // What is no list of words the specification tells.
        let Some(list) = given.as_array() else { continue };
        let actions = objects.iter().find(|(name, _)| name == object).map_or(MANAGED, |(_, actions)| actions);
        let actions: Vec<&str> = actions.iter().map(|action| action.word()).collect();
        let odd = list.iter().filter_map(Value::as_str).filter(|word| !actions.contains(word));
        faults.extend(odd.map(|word| {
            let what = format!("has {word:?}, which is no action of it");
            told(&format!("ads.allow.{object}"), &what, word, &actions)
        }));
    }
    faults
}

/// Guards that were given without a value. Elsewhere a blank counts as not set; a guard that a program left blank by
/// mistake would guard nothing.
#[must_use]
pub(crate) fn blanks(config: &Value) -> Vec<String> {
    let Some(ads) = config.get("ads") else { return Vec::new() };
    let guards = KEYS.iter().map(|key| (format!("ads.{key}"), ads.get(key)));
    let fence = SCOPE_KEYS.iter().map(|key| (format!("ads.scope.{key}"), ads.pointer(&format!("/scope/{key}"))));
    let blank = guards.chain(fence).filter(|(_, value)| value.is_some_and(is_blank));
    blank.map(|(place, _)| format!("`{place}` is empty, so it guards nothing; fill it or leave it out")).collect()
}

/// Whether it is a blank text, or a list with nothing or a blank in it.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(all) => all.is_empty() || all.iter().any(|one| one.is_null() || is_blank(one)),
        _ => false,
    }
}

/// What spends money needs its bounds before anything is allowed.
fn money(ads: &Value) -> Vec<String> {
    let is_set = |key: &str| ads.get(key).is_some_and(|value| !value.is_null());
    let spends = |object: &str| {
        let actions = ads.pointer(&format!("/allow/{object}")).and_then(Value::as_array);
        actions
            .into_iter()
            .flatten()
            .any(|word| matches!(word.as_str(), Some("create" | "update" | "resume" | "promote")))
    };
    let mut faults = Vec::new();
    let with_budget = ["campaign", "adgroup", "smart_plus_campaign", "smart_plus_adgroup", "split_test"];
    let spender = with_budget.into_iter().find(|object| spends(object));
    let capped = is_set("max_daily_budget") || is_set("max_lifetime_budget");
    if let Some(object) = spender.filter(|_| !capped) {
        faults.push(format!(
            "`ads.allow.{object}` lets budgets be spent; set `ads.max_daily_budget` or `ads.max_lifetime_budget` as well"
        ));
    }
    let any_cap = capped || is_set("max_total_daily_budget") || is_set("max_bid");
    if any_cap && !is_set("currency") {
        faults.push("`ads.currency` is missing: the caps of `ads` mean nothing without it".to_owned());
    }
    faults
}
