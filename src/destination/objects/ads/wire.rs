//! The bodies of requests that make and change objects (docs/tiktok-api.md 7.2–7.5). Pure.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::change::{Change, SCHEDULED, Status};
use super::kind::{KindDef, Level, Twins};

/// Fields of a change as a request holds them.
fn fields(change: &Change) -> Map<String, Value> {
    let sent = change.fields.iter().filter(|changed| changed.field != SCHEDULED);
    sent.map(|changed| (changed.field.to_owned(), changed.after.json())).collect()
}

/// Makes an object. Classic ads stand in a list of creatives, each with its own status.
#[must_use]
pub(crate) fn create(change: &Change, request_id: Option<&str>) -> Value {
    let mut own = fields(change);
    own.insert(change.kind.name.to_owned(), change.name.clone().into());
    if let Some(status) = change.status {
        own.insert("operation_status".to_owned(), status.word().into());
    }
    let mut body = enveloped(change, own);
    if let Some(id) = request_id {
        body.insert("request_id".to_owned(), id.into());
    }
    body.into()
}

/// Changes fields of an object; `None` if the change has none of this call.
#[must_use]
pub(crate) fn update(change: &Change) -> Option<Value> {
    let mut own = fields(change);
    if own.is_empty() {
        return None;
    }
    own.insert(change.kind.id.to_owned(), change.id.clone().unwrap_or_default().into());
    let mut body = enveloped(change, own);
    if is_in_creatives(change.kind) {
        // Without it TikTok empties what is not sent.
        body.insert("patch_update".to_owned(), true.into());
    } else if let Some((id, _)) = change.kind.level.above().map(Level::fields) {
        body.remove(id);
    }
    Some(body.into())
}

fn is_in_creatives(kind: &KindDef) -> bool {
    kind.level == Level::Ad && !kind.is_smart()
}

/// What stands around an object's own fields: the account, its parent, and the list that ads stand in.
fn enveloped(change: &Change, own: Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("advertiser_id".to_owned(), change.advertiser.clone().into());
    if let (Some(level), Some(parent)) = (change.kind.level.above(), &change.parent) {
        body.insert(level.fields().0.to_owned(), parent.clone().into());
    }
    if is_in_creatives(change.kind) {
        body.insert("creatives".to_owned(), json!([own]));
    } else {
        body.extend(own);
    }
    body
}

/// Changes the status of some objects.
#[must_use]
pub(crate) fn status(kind: &KindDef, advertiser: &str, ids: &[&str], status: Status) -> Value {
    let mut body = Map::new();
    body.insert("advertiser_id".to_owned(), advertiser.into());
    body.insert(kind.ids.to_owned(), json!(ids));
    body.insert("operation_status".to_owned(), status.word().into());
    if kind.partial_status && !kind.is_smart() {
        body.insert("allow_partial_success".to_owned(), true.into());
    }
    body.into()
}

/// Sets budgets of ad groups: `budget` at once, `scheduled_budget` from the account's next midnight.
#[must_use]
pub(crate) fn budgets(advertiser: &str, field: &str, budgets: &[(&str, Value)]) -> Value {
    let list: Vec<Value> = budgets.iter().map(|(id, amount)| json!({"adgroup_id": id, field: amount})).collect();
    json!({"advertiser_id": advertiser, field: list})
}

/// The number that keeps the same object from being made twice: the same for the same row, a positive 64-bit integer
/// (docs/tiktok-api.md 7.1).
#[must_use]
pub(crate) fn request_id(change: &Change) -> String {
    let hash = Sha256::digest(create(change, None).to_string());
    let number = hash.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes)).unwrap_or_default();
    ((number >> 1).max(1)).to_string()
}

/// The id in the answer to a create.
#[must_use]
pub(crate) fn made(kind: &KindDef, data: &Value) -> Option<String> {
    let own = data.get(kind.id).or_else(|| data.get(kind.ids)?.get(0));
    let own = own.or_else(|| data.get("creatives")?.get(0)?.get(kind.id));
    match own? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Whether a create of this kind carries a `request_id` from the start.
#[must_use]
pub(crate) fn wants_request_id(kind: &KindDef) -> bool {
    kind.twins == Twins::RequestId
}

#[cfg(test)]
mod tests {
    use super::super::change::Changed;
    use super::super::kind::{AD, AD_GROUP, CAMPAIGN, SMART_PLUS_AD_GROUP};
    use super::super::value::Held;
    use super::*;
    use crate::config::ads::Action;

    fn change(kind: &'static KindDef, id: Option<&str>, fields: &[(&'static str, Value)]) -> Change {
        let held = |value: &Value| match value {
            Value::Number(number) => Held::Number(super::super::value::decimal(number).unwrap()),
            Value::String(text) => Held::Text(text.clone()),
            other => Held::Json(other.clone()),
        };
        Change {
            kind,
            listed: kind,
            advertiser: "7".into(),
            id: id.map(str::to_owned),
            name: "N".into(),
            parent: kind.level.above().map(|_| "9".to_owned()),
            action: if id.is_some() { Action::Update } else { Action::Create },
            fields: fields.iter().map(|(field, value)| Changed { field, before: None, after: held(value) }).collect(),
            status: Some(Status::Disable),
            is_held: false,
            was_enabled: None,
            mode_before: None,
        }
    }

    #[test]
    fn bodies_are_as_tiktok_takes_them() {
        let budget = [("budget", json!(50.5))];
        for (body, expected) in [
            (
                create(&change(&CAMPAIGN, None, &budget), None),
                json!({"advertiser_id": "7", "budget": 50.5, "campaign_name": "N", "operation_status": "DISABLE"}),
            ),
            (
                create(&change(&AD, None, &[("ad_text", json!("x"))]), None),
                json!({"advertiser_id": "7", "adgroup_id": "9", "creatives": [{"ad_text": "x", "ad_name": "N", "operation_status": "DISABLE"}]}),
            ),
            (
                update(&change(&AD, Some("5"), &[("ad_text", json!("x"))])).unwrap(),
                json!({"advertiser_id": "7", "adgroup_id": "9", "creatives": [{"ad_text": "x", "ad_id": "5"}], "patch_update": true}),
            ),
            (
                update(&change(&AD_GROUP, Some("5"), &[("budget", json!(50)), ("scheduled_budget", json!(60))]))
                    .unwrap(),
                json!({"advertiser_id": "7", "budget": 50, "adgroup_id": "5"}),
            ),
            (
                status(&AD_GROUP, "7", &["1", "2"], Status::Delete),
                json!({"advertiser_id": "7", "adgroup_ids": ["1", "2"], "operation_status": "DELETE", "allow_partial_success": true}),
            ),
            (
                budgets("7", SCHEDULED, &[("1", json!(50))]),
                json!({"advertiser_id": "7", "scheduled_budget": [{"adgroup_id": "1", "scheduled_budget": 50}]}),
            ),
        ] {
            assert_eq!(body, expected);
        }
        assert_eq!(update(&change(&CAMPAIGN, Some("5"), &[])), None);
    }

    #[test]
    fn the_same_row_has_the_same_number() {
        let one = change(&SMART_PLUS_AD_GROUP, None, &[("budget", json!(50))]);
        let number: u64 = request_id(&one).parse().unwrap();
        assert!(number > 0 && number <= i64::MAX.unsigned_abs());
        assert_eq!(request_id(&one), request_id(&one.clone()));
        assert_ne!(request_id(&one), request_id(&change(&SMART_PLUS_AD_GROUP, None, &[("budget", json!(51))])));
    }

    #[test]
    fn the_id_is_found_where_each_answer_has_it() {
        for (kind, data, id) in [
            (&CAMPAIGN, json!({"campaign_id": "1"}), Some("1")),
            (&CAMPAIGN, json!({"campaign_id": 17}), Some("17")),
            (&AD, json!({"ad_ids": ["2"], "need_audit": true}), Some("2")),
            (&AD, json!({"creatives": [{"ad_id": "3"}]}), Some("3")),
            (&CAMPAIGN, json!({"campaign_id": ""}), None),
            (&AD, json!({}), None),
        ] {
            assert_eq!(made(kind, &data).as_deref(), id, "{data}");
        }
    }
}
