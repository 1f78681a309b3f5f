//! Builds `spec/*.json`, the form that a platform draws, from the types of the settings. Tests compare and rewrite the
//! files.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::spec::DOCUMENTATION;
use super::{DestinationConfig, SourceConfig};

/// Builds `spec/source.json`.
#[must_use]
fn source() -> Value {
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

/// An object as a mapping may choose it.
pub(crate) struct MappingForm {
    pub object: &'static str,
    pub title: &'static str,
    /// Its own keys, beside those of every mapping.
    pub settings: &'static [&'static str],
}

/// Keys of every mapping, whatever its object.
const EVERY_MAPPINGS: [&str; 4] = ["stream", "namespace", "object", "fields"];

/// Builds `spec/destination.json`.
#[must_use]
pub(crate) fn destination(forms: &[MappingForm]) -> Value {
    let mut schema = schema_for::<DestinationConfig>();
    let any = schema["properties"]["mappings"]["items"].take();
    let forms: Vec<Value> = forms.iter().map(|form| mapping(&any, form)).collect();
    schema["properties"]["mappings"]["items"] = json!({"type": "object", "title": "Mapping", "oneOf": forms});
    json!({
        "documentationUrl": DOCUMENTATION,
        "connectionSpecification": schema,
        "supportsIncremental": true,
        "supportsNormalization": false,
        "supportsDBT": false,
        "supported_destination_sync_modes": ["append", "append_dedup", "overwrite"],
        "advanced_auth": advanced_auth(),
    })
}

/// A mapping to one object: of the keys that `any` mapping has, those that mean something to it.
fn mapping(any: &Value, form: &MappingForm) -> Value {
    let mut mapping = any.clone();
    mapping["title"] = form.title.into();
    if let Some(properties) = mapping["properties"].as_object_mut() {
        properties.retain(|key, _| EVERY_MAPPINGS.contains(&key.as_str()) || form.settings.contains(&key.as_str()));
    }
    let object = &mut mapping["properties"]["object"];
    object["const"] = form.object.into();
    object["default"] = form.object.into();
    mapping
}

/// Converts a type into Airbyte's dialect of draft-07: inlined, `type: object` beside every `oneOf`, no null types.
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
    // schemars' own integer formats add nothing to the range.
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

/// Describes how a platform's "Authenticate your account" fills in the token. A platform knows this flow for Airbyte's
/// own images only, so this spells it out: the addresses, TikTok's field names, and the place of the token in the
/// response. There is no scope parameter: TikTok grants the app's own permissions.
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

/// Compares a spec with its committed file, or rewrites that.
pub(crate) fn assert_fresh(name: &str, spec: &Value) {
    let path = format!("{}/spec/{name}.json", env!("CARGO_MANIFEST_DIR"));
    expect_test::expect_file![path].assert_eq(&format!("{spec:#}\n"));
}

#[test]
fn the_committed_spec_is_fresh() {
    assert_fresh("source", &source());
}
