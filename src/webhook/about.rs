//! What kind of thing a call-back is about (docs/tiktok-api.md 8.1). Pure.
//!
//! What may be a lead counts as one: TikTok documents no form of it, and a person's answers must stand nowhere plain.

use serde_json::{Map, Value};

use crate::config::webhook::Entity;

/// TikTok's number for what a call-back is about.
const OBJECTS: [(i64, Entity); 6] = [
    (1, Entity::Lead),
    (2, Entity::AdGroup),
    (3, Entity::Ad),
    (8, Entity::CreativeFatigue),
    (11, Entity::ReportDataChange),
    (14, Entity::ApiServiceStatus),
];
/// Words for a lead, wherever the body says on top what it is about [?].
const WORDS: [&str; 3] = ["lead", "leads", "leadgen"];
/// Names that nothing but a lead has, at any depth [?].
const MARKS: [&str; 4] = ["lead_id", "leadgen_id", "lead_data", "field_data"];

/// TikTok's number, which may stand as text or with a point.
#[must_use]
pub(super) fn number(object: &Value) -> Option<i64> {
    let text = match object {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().ok().or_else(|| text.parse::<f64>().ok()?.to_string().parse().ok())
}

/// What a call-back is about; `text` is all of its body, and `entry` the fields of one entry.
#[must_use]
pub(super) fn entity(text: &str, body: &Map<String, Value>, entry: &Map<String, Value>) -> Option<Entity> {
    if is_lead(text, body) {
        return Some(Entity::Lead);
    }
    let object = body.get("object").and_then(number);
    let known = OBJECTS.iter().find(|(number, _)| Some(*number) == object).map(|(_, entity)| *entity);
    // A suspension has no number and no entries.
    let suspension = object.is_none() && entry.contains_key("advertiser_id") && entry.contains_key("status");
    known.or(suspension.then_some(Entity::AdAccountSuspension))
}

/// Whether a person may have answered to a form.
#[must_use]
pub(super) fn is_lead(text: &str, body: &Map<String, Value>) -> bool {
    let is_word =
        |value: &Value| value.as_str().is_some_and(|text| WORDS.contains(&text.trim().to_lowercase().as_str()));
    let numbered = body.get("object").and_then(number);
    OBJECTS.contains(&(numbered.unwrap_or_default(), Entity::Lead)) || body.values().any(is_word) || {
        let text = text.to_lowercase();
        MARKS.iter().any(|mark| text.contains(mark))
    }
}

/// A list or an object that stands as text is what the text says.
#[must_use]
pub(super) fn opened(value: Value) -> Value {
    let inside = match &value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => serde_json::from_str(text).ok(),
        _ => None,
    };
    inside.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_lead_counts_as_one() {
        for (body, expected) in [
            (r#"{"object":1,"entry":[{"email":"a"}]}"#, Some(Entity::Lead)),
            (r#"{"object":"1"}"#, Some(Entity::Lead)),
            (r#"{"object":1.0}"#, Some(Entity::Lead)),
            (r#"{"object":"1.0"}"#, Some(Entity::Lead)),
            (r#"{"object":"Lead "}"#, Some(Entity::Lead)),
            (r#"{"subscribe_entity":"LEAD"}"#, Some(Entity::Lead)),
            (r#"{"lead_id":"1","advertiser_id":"7","status":"x"}"#, Some(Entity::Lead)),
            (r#"{"entry":[{"a":{"leadgen_id":1}}]}"#, Some(Entity::Lead)),
            (r#"{"object":99,"entry":"[{\"LEAD_ID\":1}]"}"#, Some(Entity::Lead)),
            (r#"{"object":3,"entry":[{"ad_id":1,"reject_reason":"misleading"}]}"#, Some(Entity::Ad)),
            (r#"{"object":3,"campaign_name":"Lead generation"}"#, Some(Entity::Ad)),
            (r#"{"object":2.0}"#, Some(Entity::AdGroup)),
            (r#"{"object":1.5}"#, None),
            (r#"{"object":99}"#, None),
            ("{}", None),
        ] {
            let fields = serde_json::from_str(body).unwrap();
            assert_eq!(entity(body, &fields, &Map::new()), expected, "{body}");
        }
    }
}
