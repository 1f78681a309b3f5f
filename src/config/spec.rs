//! The specifications in `spec/*.json`, which `form.rs` generates from the types of the settings.

use serde_json::Value;

/// What `source spec` prints.
pub static SOURCE: &str = include_str!("../../spec/source.json");

/// What `destination spec` prints.
pub static DESTINATION: &str = include_str!("../../spec/destination.json");

/// The address of the documentation: this repository's README.
pub const DOCUMENTATION: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "#readme");

/// The schema of a role's config.
#[must_use]
pub fn schema_of(spec: &str) -> Value {
    let spec: Value = serde_json::from_str(spec).unwrap_or_default();
    spec.get("connectionSpecification").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        const SECRETS: [&str; 9] = [
            "access_token",
            "refresh_token",
            "app_id",
            "secret",
            "access_key_id",
            "secret_access_key",
            "signing_key",
            "previous_signing_key",
            "path_token",
        ];
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
        for (spec, expected) in [(SOURCE, 16), (DESTINATION, 9)] {
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
