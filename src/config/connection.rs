//! The part of a config that both roles share: credentials and advertisers.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::credentials::Credentials;
use super::{fault, spec};
use crate::error::Result;

/// A config of either role, reduced to its access settings.
#[derive(Debug, Deserialize)]
pub(crate) struct ConnectionConfig {
    pub credentials: Credentials,
    #[serde(default)]
    advertiser_id: Option<String>,
    #[serde(default)]
    advertiser_ids: Vec<String>,
}

/// The keys that are checked. A mistake elsewhere concerns its own role.
const KEYS: [&str; 3] = ["credentials", "advertiser_id", "advertiser_ids"];

/// A schema with the keys of both roles, of which only [`KEYS`] are checked.
fn schema() -> Value {
    let mut properties = Map::new();
    for role in [spec::DESTINATION, spec::SOURCE] {
        let schema = spec::schema_of(role);
        for (name, declared) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let declared = if KEYS.contains(&name.as_str()) { declared.clone() } else { Value::Bool(true) };
            properties.insert(name.clone(), declared);
        }
    }
    json!({"type": "object", "properties": properties})
}

impl ConnectionConfig {
    /// Parses the text of `--config`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        fault::parse(text, &schema(), fault::Checks::default())
    }

    /// The advertisers that the config names anywhere, each once.
    #[must_use]
    pub(crate) fn named_advertisers(&self) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        let own = self.credentials.advertiser_id().into_iter().chain(self.advertiser_id.as_deref());
        for id in own.chain(self.advertiser_ids.iter().map(String::as_str)) {
            if !named.iter().any(|known| known == id) {
                named.push(id.to_owned());
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_of_either_role_is_read() {
        for text in [
            r#"{"credentials": {"access_token": "t", "advertiser_id": 7}, "start_date": "2024-01-01", "advertiser_ids": [7, 8]}"#,
            r#"{"credentials": {"access_token": "t"}, "advertiser_id": 7, "advertiser_ids": ["8"], "mappings": 5}"#,
        ] {
            assert_eq!(ConnectionConfig::parse(text).unwrap().named_advertisers(), ["7", "8"], "{text}");
        }
        assert!(ConnectionConfig::parse(r#"{"credentials": {"app_id": "7"}}"#).is_err());
    }
}
