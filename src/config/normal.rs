//! Old and loose forms of a config → the one form that the specification describes.

use serde_json::{Map, Value};

/// Empty text and null mean "not set", ids may be numbers, pasted secrets lose their white space, and the
/// forms of Airbyte's first releases become `credentials`.
#[must_use]
pub fn form(config: Value) -> Value {
    let Value::Object(mut config) = config else { return config };
    drop_unset(&mut config);
    let nested = config.iter_mut().filter(|(name, _)| {
        ["audience", "custom_reports", "mappings", "object_storage_config"].contains(&name.as_str())
    });
    nested.for_each(|(_, value)| drop_unset_below(value));
    credentials_of_old(&mut config);
    if let Some(Value::Object(credentials)) = config.get_mut("credentials") {
        drop_unset(credentials);
        credentials.iter_mut().for_each(|(_, value)| text(value));
        lists_of_credentials(credentials);
        if !credentials.contains_key("auth_type") {
            credentials.insert("auth_type".to_owned(), "oauth2.0".into());
        }
    }
    if let Some(Value::Array(ids)) = config.get_mut("advertiser_ids") {
        ids.iter_mut().for_each(text);
        ids.retain(|id| *id != "");
    }
    advertisers(&mut config);
    Value::Object(config)
}

fn lists_of_credentials(credentials: &mut Map<String, Value>) {
    if let Some(Value::Array(all)) = credentials.get_mut("additional_authorizations") {
        for one in all.iter_mut().filter_map(Value::as_object_mut) {
            drop_unset(one);
            one.iter_mut().for_each(|(_, value)| text(value));
        }
    }
    match credentials.get_mut("scope") {
        Some(Value::Array(ids)) => ids.iter_mut().for_each(text),
        Some(Value::String(ids)) => {
            let list: Vec<Value> = ids.split(',').map(|id| id.trim().into()).collect();
            credentials.insert("scope".to_owned(), list.into());
        }
        _ => {}
    }
}

/// Where advertisers are named, an address of TikTok Ads Manager names one, too.
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
pub fn aadvid(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("aadvid=")?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

fn drop_unset(object: &mut Map<String, Value>) {
    object.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()));
}

fn drop_unset_below(value: &mut Value) {
    match value {
        Value::Object(object) => drop_unset(object),
        Value::Array(list) => list.iter_mut().for_each(drop_unset_below),
        _ => {}
    }
}

/// `access_token` and `environment` on top → `credentials`.
pub fn credentials_of_old(config: &mut Map<String, Value>) {
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

fn text(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.to_string().into(),
        Value::String(text) if text.trim().len() != text.len() => *value = text.trim().into(),
        _ => {}
    }
}
