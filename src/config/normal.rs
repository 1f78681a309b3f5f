//! Converts old and loose forms of a config into the form that the specification describes. Pure.

use serde_json::{Map, Value};

use super::{kept, number, shape};

/// Empty text and null mean "not set" wherever the schema declares an object or a list. Ids may be numbers, and
/// integers may have a decimal point. Pasted text loses its outer white space. The forms of Airbyte's first releases
/// become `credentials`.
#[must_use]
pub(crate) fn form(config: Value, schema: &Value) -> Value {
    let Value::Object(mut config) = config else { return config };
    drop_unset(&mut config);
    credentials_of_old(&mut config);
    kept::LEDGER.of_text(&mut config);
    kept::LEDGER.normalise(&mut config);
    kept::Kept::all_of_text(&kept::WRITTEN, &mut config);
    kept::WRITTEN.iter().for_each(|kept| kept.normalise(&mut config));
    kept::SPOOL.normalise(&mut config);
    if let Some(Value::Object(credentials)) = config.get_mut("credentials") {
        drop_unset(credentials);
        kind_of_old(credentials);
        scope(credentials);
    }
    let mut config = Value::Object(config);
    as_declared(&mut config, schema);
    config.as_object_mut().map(advertisers);
    config
}

/// Converts a value into the form that its schema declares, if its meaning stays the same.
fn as_declared(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(object) => object_as_declared(object, schema),
        Value::Array(list) => {
            if let Some(items) = shape::items(schema) {
                list.iter_mut().for_each(|item| as_declared(item, &items));
                list.retain(|item| is_set(item) && !is_empty(item));
            }
        }
        Value::String(text) if shape::is_of(schema, "string") && text.trim().len() != text.len() => {
            *text = text.trim().to_owned();
        }
        Value::Number(number) if shape::is_of(schema, "string") => {
            if let Some(id) = number::id(number) {
                *value = id.into();
            }
        }
        Value::Number(number) if shape::is_of(schema, "integer") => {
            if let Some(whole) = number::whole(number) {
                *value = whole;
            }
        }
        _ => {}
    }
}

fn object_as_declared(object: &mut Map<String, Value>, schema: &Value) {
    drop_unset(object);
    let Some(properties) = shape::properties(schema, object) else { return };
    for (name, value) in object.iter_mut() {
        if let Some(declared) = properties.get(name) {
            as_declared(value, declared);
        }
    }
    // A choice without any values was not made.
    object.retain(|name, value| !(is_empty(value) && properties.get(name).is_some_and(shape::is_choice)));
}

fn drop_unset(object: &mut Map<String, Value>) {
    object.retain(|_, value| is_set(value));
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn is_set(value: &Value) -> bool {
    !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty())
}

/// Airbyte's first releases used another word for production tokens, or none.
fn kind_of_old(credentials: &mut Map<String, Value>) {
    const OAUTH: &str = "oauth2.0";
    const OF_OLD: &str = "prod_access_token";
    let kind = credentials.entry("auth_type").or_insert_with(|| OAUTH.into());
    match kind.as_str().map(str::trim) {
        Some(OF_OLD) => *kind = OAUTH.into(),
        Some(word) => *kind = word.into(),
        None => {}
    }
}

/// TikTok returns permission ids as a list; its pages show them with commas.
fn scope(credentials: &mut Map<String, Value>) {
    if let Some(Value::String(ids)) = credentials.get("scope") {
        let list: Vec<Value> = ids.split(',').map(|id| id.trim().into()).collect();
        credentials.insert("scope".to_owned(), list.into());
    }
}

/// An address of TikTok Ads Manager may stand in place of an advertiser id.
fn advertisers(config: &mut Map<String, Value>) {
    let id_of = |value: &mut Value| {
        if let Some(id) = value.as_str().and_then(aadvid) {
            *value = id.into();
        }
    };
    if let Some(credentials) = config.get_mut("credentials").and_then(Value::as_object_mut) {
        credentials.get_mut("advertiser_id").map(id_of);
    }
    config.get_mut("advertiser_id").map(id_of);
    config.get_mut("advertiser_ids").and_then(Value::as_array_mut).into_iter().flatten().for_each(id_of);
}

/// The advertiser in an address of TikTok Ads Manager, as in `https://ads.tiktok.com/i18n/home?aadvid=7011…`.
#[must_use]
pub(crate) fn aadvid(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("aadvid=")?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// `access_token` and `environment` on top → `credentials`.
pub(crate) fn credentials_of_old(config: &mut Map<String, Value>) {
    if config.contains_key("credentials")
        || !(config.contains_key("access_token") || config.contains_key("environment"))
    {
        return;
    }
    let mut credentials = match config.remove("environment") {
        Some(Value::Object(environment)) => environment,
        _ => Map::new(),
    };
    credentials.extend(config.remove("access_token").map(|token| ("access_token".to_owned(), token)));
    let sandbox = credentials.remove("environment").is_some_and(|name| name == "sandbox");
    let kind = if sandbox { "sandbox_access_token" } else { "oauth2.0" };
    credentials.insert("auth_type".to_owned(), kind.into());
    config.insert("credentials".to_owned(), Value::Object(credentials));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::spec;

    /// A destination's config beside its credentials, normalised.
    fn normal(rest: &Value) -> Value {
        let mut config = rest.clone();
        config["credentials"] = json!({"access_token": "t"});
        let mut form = form(config, &spec::schema_of(spec::DESTINATION));
        form.as_object_mut().unwrap().remove("credentials");
        form
    }

    #[test]
    fn empty_settings_are_not_set_below_every_object() {
        let empty = [
            json!({"events": {"event_source": "", "event_source_id": " ", "limited_data_use": null}}),
            json!({"audience": {"default_country": ""}}),
            json!({"mappings": [null, "", {"stream": ""}, {"stream": "", "fields": {"email": "", "phone": null}}]}),
            json!({"object_storage_config": {"storage_type": "", "s3_endpoint": null}, "advertiser_id": " "}),
        ];
        let left = [json!({"events": {}}), json!({"audience": {}}), json!({"mappings": [{"fields": {}}]}), json!({})];
        for (given, expected) in empty.iter().zip(left) {
            assert_eq!(normal(given), expected, "{given}");
        }
        let s3 = json!({"storage_type": "S3", "bucket_path": "x", "s3_endpoint": ""});
        assert_eq!(
            normal(&json!({"object_storage_config": s3}))["object_storage_config"],
            json!({"storage_type": "S3", "bucket_path": "x"})
        );
    }

    #[test]
    fn numbers_and_blanks_are_taken_where_nothing_is_lost() {
        let given = json!({
            "advertiser_id": 7011111111111111111_u64, "requests_per_second": 3.0, "dry_run": false,
            "events": {"event_source_id": 7000000000000000001_u64, "event_source": " web "},
            "mappings": [{"stream": "s", "object": "o", "audience_id": 12.0, "audience_name": " VIP\n",
                "fields": {"email": " mail "}}],
        });
        let expected = json!({
            "advertiser_id": "7011111111111111111", "requests_per_second": 3, "dry_run": false,
            "events": {"event_source_id": "7000000000000000001", "event_source": "web"},
            "mappings": [{"stream": "s", "object": "o", "audience_id": "12", "audience_name": "VIP",
                "fields": {"email": " mail "}}],
        });
        assert_eq!(normal(&given), expected);
        let lost = json!({"advertiser_id": 7.011111111111111e18, "requests_per_second": 3.5});
        assert_eq!(normal(&lost), lost);
    }

    #[test]
    fn the_old_word_for_a_production_token_is_known() {
        let kind = |word: Value| {
            let config = json!({"credentials": {"auth_type": word, "app_id": 12, "access_token": " t\n"}});
            form(config, &spec::schema_of(spec::SOURCE))["credentials"].clone()
        };
        let expected = json!({"auth_type": "oauth2.0", "app_id": "12", "access_token": "t"});
        for word in [json!("prod_access_token"), json!("oauth2.0 "), json!(""), Value::Null] {
            assert_eq!(kind(word), expected);
        }
        assert_eq!(kind(json!("password"))["auth_type"], "password");
    }
}
