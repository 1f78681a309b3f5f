//! `spec/*.json`: generated from the types here, committed, embedded, printed.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::{DestinationConfig, SourceConfig};

/// What `source spec` prints: a reviewer has read this file.
pub static SOURCE: &str = include_str!("../../spec/source.json");

/// What `destination spec` prints.
pub static DESTINATION: &str = include_str!("../../spec/destination.json");

/// The schema of a role's config, as users see it.
#[must_use]
pub fn schema_of(spec: &str) -> Value {
    let spec: Value = serde_json::from_str(spec).unwrap_or_default();
    spec.get("connectionSpecification").cloned().unwrap_or_default()
}

/// Builds `spec/source.json` anew.
#[must_use]
pub fn source() -> Value {
    json!({
        "documentationUrl": "https://docs.airbyte.com/integrations/sources/tiktok-marketing",
        "connectionSpecification": schema_for::<SourceConfig>(),
        "supportsIncremental": true,
        "supportsNormalization": false,
        "supportsDBT": false,
        "supported_destination_sync_modes": [],
        "advanced_auth": advanced_auth(),
    })
}

/// Builds `spec/destination.json` anew.
#[must_use]
pub fn destination() -> Value {
    json!({
        "documentationUrl": "https://docs.airbyte.com/integrations/destinations",
        "connectionSpecification": schema_for::<DestinationConfig>(),
        "supportsIncremental": true,
        "supportsNormalization": false,
        "supportsDBT": false,
        "supported_destination_sync_modes": ["append", "append_dedup"],
        "advanced_auth": advanced_auth(),
    })
}

/// Airbyte's dialect of draft-07: inlined, an object beside every `oneOf`, no null among the types.
fn schema_for<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(airbyte).transform(&mut schema);
    let mut schema = schema.to_value();
    allow_old_forms(&mut schema);
    schema
}

/// Airbyte's specification takes configs without `credentials` (the old form) and `credentials` without
/// `auth_type`, and platforms check against ours before we see them. `SourceConfig::parse` is stricter.
fn allow_old_forms(schema: &mut Value) {
    for (at, name) in [("", "credentials"), ("/properties/credentials/oneOf/0", "auth_type")] {
        if let Some(Value::Array(required)) = schema.pointer_mut(&format!("{at}/required")) {
            required.retain(|field| field != name);
        }
    }
}

fn airbyte(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("oneOf") {
        object.insert("type".to_owned(), "object".into());
    }
    object.retain(|key, value| key != "default" || !value.is_null());
    // The range says it; these formats are schemars' own.
    if object.get("type").is_some_and(|kind| kind == "integer") {
        object.remove("format");
    }
    if let Some(text) = object.get("description").and_then(Value::as_str) {
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        object.insert("description".to_owned(), one_line.into());
    }
    for (name, title) in [("auth_type", "Auth Type"), ("storage_type", "Storage Type")] {
        if let Some(Value::Object(discriminator)) = object.get_mut("properties").and_then(|all| all.get_mut(name)) {
            discriminator.insert("title".to_owned(), title.into());
            discriminator.insert("order".to_owned(), 0.into());
        }
    }
}

/// How a platform's own "Authenticate your account" fills the token in (airbyte.md 7.3).
fn advanced_auth() -> Value {
    let field = |title: &str, path: &str| json!({"title": title, "type": "string", "path_in_connector_config": ["credentials", path]});
    json!({
        "auth_flow_type": "oauth2.0",
        "predicate_key": ["credentials", "auth_type"],
        "predicate_value": "oauth2.0",
        "oauth_config_specification": {
            "complete_oauth_output_specification": {
                "title": "CompleteOauthOutputSpecification", "type": "object",
                "properties": {"access_token": field("Access Token", "access_token")},
                "required": ["access_token"],
            },
            "complete_oauth_server_input_specification": {
                "title": "CompleteOauthServerInputSpecification", "type": "object",
                "properties": {"app_id": {"title": "App Id", "type": "string"}, "secret": {"title": "Secret", "type": "string"}},
                "required": ["app_id", "secret"],
            },
            "complete_oauth_server_output_specification": {
                "title": "CompleteOauthServerOutputSpecification", "type": "object",
                "properties": {"app_id": field("App Id", "app_id"), "secret": field("Secret", "secret")},
                "required": ["app_id", "secret"],
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_spec_is_fresh() {
        for (name, spec) in [("source", source()), ("destination", destination())] {
            let path = format!("{}/spec/{name}.json", env!("CARGO_MANIFEST_DIR"));
            expect_test::expect_file![path].assert_eq(&format!("{spec:#}\n"));
        }
    }

    #[test]
    fn the_schema_is_draft_7_and_plain() {
        for spec in [SOURCE, DESTINATION] {
            let schema = schema_of(spec);
            jsonschema::draft7::meta::validate(&schema).unwrap();
            let text = schema.to_string();
            for word in ["$ref", "allOf", "\"not\"", "\"null\"", "additionalProperties\":false"] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }

    #[test]
    fn what_airbytes_specification_takes_passes() {
        let validator = jsonschema::validator_for(&schema_of(SOURCE)).unwrap();
        for config in [
            json!({"credentials": {"auth_type": "oauth2.0", "app_id": "a", "secret": "s", "access_token": "t"}, "start_date": "2020-01-01", "end_date": ""}),
            json!({"credentials": {"auth_type": "sandbox_access_token", "advertiser_id": "1", "access_token": "t"}, "unknown": 1}),
            json!({"credentials": {"advertiser_id": "1", "access_token": "t"}}),
            json!({"credentials": {"app_id": "a", "secret": "s", "access_token": "t"}}),
            json!({"access_token": "t", "environment": {"app_id": "a", "secret": "s"}}),
        ] {
            assert!(validator.is_valid(&config), "{config}");
        }
    }

    #[test]
    fn what_looks_secret_is_marked() {
        let schema = schema_of(SOURCE);
        for branch in schema.pointer("/properties/credentials/oneOf").unwrap().as_array().unwrap() {
            for (name, property) in branch["properties"].as_object().unwrap() {
                let open = ["auth_type", "advertiser_id"].contains(&name.as_str());
                assert_eq!(property.get("airbyte_secret").is_some(), !open, "{name}");
            }
        }
    }
}
