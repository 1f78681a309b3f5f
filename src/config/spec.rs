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

/// Where platforms lead their users: this repository, whose README is the door.
pub const DOCUMENTATION: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "#readme");

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
        "documentationUrl": DOCUMENTATION,
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
        "documentationUrl": DOCUMENTATION,
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

/// How a platform's own "Authenticate your account" fills the token in. A platform knows the flow
/// of no image but Airbyte's own by heart, so ours is spelt out: the addresses, TikTok's names of the fields, and
/// where the token is in the answer. There is no scope parameter: the app's own permissions are granted.
fn advanced_auth() -> Value {
    let field = |title: &str, path: &str| json!({"title": title, "type": "string", "path_in_connector_config": ["credentials", path]});
    let mut token = field("Access Token", "access_token");
    if let Some(token) = token.as_object_mut() {
        token.insert("path_in_oauth_response".to_owned(), json!(["data", "access_token"]));
    }
    json!({
        "auth_flow_type": "oauth2.0",
        "predicate_key": ["credentials", "auth_type"],
        "predicate_value": "oauth2.0",
        "oauth_config_specification": {
            "oauth_connector_input_specification": {
                "consent_url": "https://business-api.tiktok.com/portal/auth?{{ client_id_param }}&{{ redirect_uri_param }}&{{ state_param }}",
                "client_id_key": "app_id",
                "client_secret_key": "secret",
                "auth_code_key": "auth_code",
                "access_token_url": "https://business-api.tiktok.com/open_api/v1.3/oauth2/access_token/",
                "access_token_headers": {"Content-Type": "application/json"},
                "access_token_params": {
                    "app_id": "{{ client_id_value }}",
                    "secret": "{{ client_secret_value }}",
                    "auth_code": "{{ auth_code_value }}",
                },
            },
            "complete_oauth_output_specification": {
                "title": "CompleteOauthOutputSpecification", "type": "object",
                "properties": {"access_token": token},
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
    fn what_is_secret_is_marked_wherever_it_stands() {
        const SECRETS: [&str; 6] =
            ["access_token", "refresh_token", "app_id", "secret", "access_key_id", "secret_access_key"];
        fn look(name: &str, schema: &Value, marked: &mut usize) {
            if schema["type"] == "string" {
                assert_eq!(schema.get("airbyte_secret").is_some(), SECRETS.contains(&name), "{name}");
                *marked += usize::from(schema.get("airbyte_secret").is_some());
            }
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                look(name, property, marked);
            }
            for branch in schema["oneOf"].as_array().into_iter().flatten().chain(schema.get("items")) {
                look("", branch, marked);
            }
        }
        for (spec, expected) in [(SOURCE, 7), (DESTINATION, 9)] {
            let mut marked = 0;
            look("", &schema_of(spec), &mut marked);
            assert_eq!(marked, expected);
        }
    }

    #[test]
    fn forms_are_complete() {
        fn look(at: &str, schema: &Value) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let at = format!("{at}.{name}");
                for word in ["title", "order"] {
                    assert!(property.get(word).is_some(), "{at} has no {word}");
                }
                let told = property.get("description").or(property.get("const")).is_some();
                assert!(told, "{at} has no description");
                let pattern = property.get("pattern").or(property["items"].get("pattern"));
                assert_eq!(pattern.is_some(), property.get("pattern_descriptor").is_some(), "{at}");
                look(&at, property);
            }
            for branch in schema["oneOf"].as_array().into_iter().flatten().chain(schema.get("items")) {
                look(at, branch);
            }
        }
        for spec in [SOURCE, DESTINATION] {
            look("", &schema_of(spec));
        }
    }

    #[test]
    fn a_platform_can_authenticate_by_the_block_alone() {
        for spec in [SOURCE, DESTINATION] {
            let spec: Value = serde_json::from_str(spec).unwrap();
            let block = &spec["advanced_auth"]["oauth_config_specification"];
            let flow = &block["oauth_connector_input_specification"];
            // What the template's variables become, by the keys that are given.
            let consent = flow["consent_url"].as_str().unwrap();
            let params: Vec<&str> = consent.split_once('?').unwrap().1.split('&').collect();
            assert_eq!(params, ["{{ client_id_param }}", "{{ redirect_uri_param }}", "{{ state_param }}"]);
            assert!(!consent.contains("scope"), "TikTok takes no scopes");
            assert_eq!((&flow["client_id_key"], &flow["auth_code_key"]), (&json!("app_id"), &json!("auth_code")));
            let schema = &spec["connectionSpecification"];
            for output in ["complete_oauth_output_specification", "complete_oauth_server_output_specification"] {
                for (name, field) in block[output]["properties"].as_object().unwrap() {
                    let path: Vec<&str> = field["path_in_connector_config"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|part| part.as_str().unwrap())
                        .collect();
                    assert_eq!(path, ["credentials", name]);
                    let place = &schema["properties"]["credentials"]["oneOf"][0]["properties"][name];
                    assert_eq!(place["airbyte_secret"], true, "{name}");
                }
            }
        }
    }
}
