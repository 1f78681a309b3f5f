//! Unknown keys of a config: typing mistakes, or keys of the platform's own. Pure.

use serde_json::{Map, Value};

use super::{number, secrets, shape};
use crate::words::nearest;

/// The most mistakes that are named one by one.
const TOLD_MAX: usize = 20;
/// The longest key that is shown. A token in place of a key is longer.
const KEY_CHARS_MAX: usize = 40;

/// One sentence for each probable mistake.
#[must_use]
pub(crate) fn of(config: &Value, schema: &Value) -> Vec<String> {
    let mut slips = Vec::new();
    look("", config, schema, &mut slips);
    let more = slips.len().saturating_sub(TOLD_MAX);
    slips.truncate(TOLD_MAX);
    if more > 0 {
        slips.push(format!("{more} more keys of the config are no settings"));
    }
    slips
}

fn look(at: &str, value: &Value, schema: &Value, slips: &mut Vec<String>) {
    match value {
        Value::Object(object) => look_into(at, object, schema, slips),
        Value::Array(list) => {
            let Some(items) = shape::items(schema) else { return };
            for (place, item) in list.iter().enumerate() {
                look(&format!("{at}[{place}]"), item, &items, slips);
            }
        }
        Value::String(text) if at.contains("advertiser_id") && text.parse().is_ok_and(number::is_rounded) => {
            slips.push(format!("`{at}` is {text}, which looks like a number that a program has rounded: compare it"));
        }
        _ => {}
    }
}

fn look_into(at: &str, object: &Map<String, Value>, schema: &Value, slips: &mut Vec<String>) {
    let Some(known) = shape::properties(schema, object) else { return };
    for (key, value) in object {
        let place = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match known.get(key) {
            Some(declared) => look(&place, value, declared, slips),
            None if is_of_another_form(key, schema) || key.starts_with('_') => {}
            None => slips.push(sentence(at, key, known.keys().map(String::as_str))),
        }
    }
}

/// Whether the key belongs to a form that was not chosen, which may leave its keys behind.
fn is_of_another_form(key: &str, schema: &Value) -> bool {
    shape::forms(schema).any(|form| form.pointer("/properties").is_some_and(|all| all.get(key).is_some()))
}

fn sentence<'k>(at: &str, key: &str, known: impl Iterator<Item = &'k str>) -> String {
    if key.chars().count() > KEY_CHARS_MAX || secrets::may_be_secret(key) {
        let whole = if at.is_empty() { "the config".to_owned() } else { format!("`{at}`") };
        return format!("A key of {whole} is no setting and has no effect; it is not shown, for it may be a secret");
    }
    let inside = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match nearest(key, known) {
        Some(near) => {
            format!("`{}` is no setting and has no effect; did you mean `{}`?", inside(key), inside(near))
        }
        None => format!("`{}` is no setting and has no effect", inside(key)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::spec;

    #[test]
    fn every_slip_has_its_nearest_key() {
        let source = spec::schema_of(spec::SOURCE);
        let destination = spec::schema_of(spec::DESTINATION);
        let oauth = json!({"auth_type": "oauth2.0", "acess_token": "t", "appId": "1", "_of_a_platform": 1});
        let told = [
            of(
                &json!({"credentials": oauth, "start_dat": "2024-01-01", "include_delete": true, "startDate": "x"}),
                &source,
            ),
            of(&json!({"custom_reports": [{"name": "a", "dimension": []}, {"filtering": [{"field": "x"}]}]}), &source),
            of(&json!({"advertiser_ids": ["7"], "audience": {"ledgr": true, "create_mising": true}}), &destination),
            of(&json!({"mappings": [{"stream": "s", "audience": "x", "fields": {"anything": "goes"}}]}), &destination),
            of(
                &json!({"credentials": {"auth_type": "sandbox_access_token", "app_id": "1", "advertiser": "7"}}),
                &source,
            ),
            of(&json!({"object_storage_config": {"storage_type": "S3", "s3_bucket": "b"}}), &destination),
            of(&json!({"a_key_of_tomorrow": 1, "0123456789abcdef0123456789abcdef01234567": 1}), &source),
            of(&json!({"advertiser_id": "7011111111111111000"}), &destination),
        ];
        insta::assert_snapshot!(told.concat().join("\n"));
    }

    #[test]
    fn what_is_right_has_no_slip_and_many_are_bounded() {
        let schema = spec::schema_of(spec::SOURCE);
        let right = json!({"credentials": {"auth_type": "oauth2.0", "access_token": "t"}, "advertiser_ids": ["7011111111111111111"]});
        assert!(of(&right, &schema).is_empty());
        let many: Map<String, Value> = (0..100).map(|at| (format!("key{at}"), Value::Null)).collect();
        assert_eq!(of(&many.into(), &schema).len(), TOLD_MAX + 1);
    }
}
