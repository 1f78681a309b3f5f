//! Reports on several accounts at once (`docs/tiktok-api.md` 4.1).

use crate::answer::Refusal;
use crate::assumptions::{MONEY_IS_CUT, SEVERAL_USERS_CODE};
use crate::call::Call;
use crate::options::Together;
use crate::params;
use crate::report::{Kind, Metric, Parts};
use crate::world::{Account, World};
use serde_json::{Map, Value};

/// Accounts of a question.
const ACCOUNTS: usize = 5;

/// Whether it is asked by `advertiser_ids`, which wins over `advertiser_id` where a kind takes it.
pub(super) fn is_asked(call: &Call, kind: Kind) -> bool {
    matches!(kind, Kind::Basic | Kind::Audience) && call.params.text("advertiser_ids").is_some()
}

/// Whom a question is about: the account, or at most 5, all of one user and each within the token's reach.
pub(super) fn accounts<'w>(
    world: &'w World,
    call: &Call,
    kind: Kind,
    together: Together,
) -> Result<Vec<&'w Account>, Refusal> {
    if !is_asked(call, kind) {
        return Ok(vec![call.account(world)?]);
    }
    let ids = call.params.strings("advertiser_ids")?.unwrap_or_default();
    if ids.is_empty() || ids.len() > ACCOUNTS {
        return Err(Refusal::param(format!("advertiser_ids: Length must be between 1 and {ACCOUNTS}")));
    }
    let mut accounts = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        accounts.push(call.reach(world, params::id(&format!("advertiser_ids.{at}"), id)?)?);
    }
    let is_of_one = match together {
        Together::OfOneToken => true,
        Together::OfOneBusiness => accounts.windows(2).all(|pair| matches!(pair, [a, b] if a.business == b.business)),
        Together::Never => accounts.len() < 2,
    };
    is_of_one.then_some(accounts).ok_or_else(|| {
        Refusal::new(SEVERAL_USERS_CODE, "advertiser_ids: All advertisers must belong to the same user.")
    })
}

/// Money has no decimals, and rows say whose they are; without an id among the dimensions they do not, and what costs
/// is not told.
pub(super) fn mark(account: &Account, question: &Parts, data: &mut Vec<u8>, start: usize) {
    let row = data.get(start..).and_then(|text| serde_json::from_slice::<Value>(text).ok());
    let Some(mut row) = row else { return };
    let Some(metrics) = row.get_mut("metrics").and_then(Value::as_object_mut) else { return };
    let is_told = question.by_entity();
    for metric in &question.metrics {
        if let Some(value) = metrics.get_mut(metric.name) {
            *value = Value::from(text(*metric, value.as_str().unwrap_or_default(), is_told));
        }
    }
    own(account, is_told, metrics);
    data.truncate(start);
    data.extend_from_slice(row.to_string().as_bytes());
}

fn text(metric: Metric, text: &str, is_told: bool) -> String {
    match text.split_once('.') {
        _ if !is_told && metric.is_cost() => "-".to_owned(),
        Some((whole, _)) if metric.is_money() && MONEY_IS_CUT => whole.to_owned(),
        Some(_) if metric.is_money() => {
            text.parse().map_or_else(|_| text.to_owned(), |money: f64| format!("{money:.0}"))
        }
        _ => text.to_owned(),
    }
}

fn own(account: &Account, is_told: bool, metrics: &mut Map<String, Value>) {
    let told = |text: String| Value::from(if is_told { text } else { "0".to_owned() });
    metrics.insert("currency".to_owned(), told(account.currency.clone()));
    metrics.insert("timezone".to_owned(), told(account.zone.name().to_owned()));
    metrics.insert("advertiser_id".to_owned(), told(account.id.to_string()));
}
