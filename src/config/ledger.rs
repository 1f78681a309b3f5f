//! Where a source finds the destination's ledger of audiences.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::destination::ObjectStorage;
use super::kept;

/// What was sent to audiences, as the destination remembers it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AudienceLedger {
    /// The folder that the destination's `audience.ledger` names.
    #[schemars(title = "Folder", with = "String", extend("order" = 0, "examples" = ["/data/tiktok-ledger"]))]
    pub folder: Option<PathBuf>,
    /// The bucket of the destination, where its ledger is in object storage.
    #[schemars(title = "Object Storage", extend("order" = 1))]
    pub object_storage_config: ObjectStorage,
}

impl AudienceLedger {
    /// Whether it says where the ledger is.
    #[must_use]
    pub(crate) fn is_set(&self) -> bool {
        self.folder.is_some() || matches!(self.object_storage_config, ObjectStorage::S3(_))
    }

    /// All secrets, which must never be printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.object_storage_config.secrets()
    }
}

/// The mistakes that the schema cannot express.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    config
        .get(kept::LEDGER.block)
        .and_then(Value::as_object)
        .map(|block| kept::LEDGER.faults(block))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::SourceConfig;
    use super::ObjectStorage;
    use crate::error::Result;

    fn parse(ledger: &Value) -> Result<SourceConfig> {
        let bucket = json!({"storage_type": "S3", "s3_bucket_name": "b", "s3_bucket_region": "r", "bucket_path": "p"});
        let credentials = json!({"auth_type": "oauth2.0", "access_token": "t", "advertiser_id": "5"});
        let mut config = json!({"credentials": credentials, "audience_ledger": ledger});
        if ledger == "object_storage" {
            config["object_storage_config"] = bucket;
        }
        SourceConfig::parse(&config.to_string())
    }

    #[test]
    fn a_ledger_is_a_folder_or_a_bucket() {
        for folder in [json!("/l"), json!({"folder": "/l"}), json!({"folder": " /l "})] {
            let config = parse(&folder).unwrap().audience_ledger;
            assert_eq!(config.folder.unwrap().to_str(), Some("/l"), "{folder}");
        }
        let bucket = json!({"storage_type": "S3", "s3_bucket_name": "b", "s3_bucket_region": "r", "bucket_path": "p"});
        for given in [json!("object_storage"), json!({"object_storage_config": bucket}), json!({"folder": bucket})] {
            let config = parse(&given).unwrap().audience_ledger;
            assert!(config.is_set() && matches!(config.object_storage_config, ObjectStorage::S3(_)), "{given}");
        }
        for unset in [json!(null), json!({}), json!(""), json!({"folder": ""})] {
            assert!(!parse(&unset).unwrap().audience_ledger.is_set(), "{unset}");
        }
    }

    #[test]
    fn every_mistake_has_a_sentence() {
        let bucket = json!({"storage_type": "S3", "s3_bucket_name": "b", "s3_bucket_region": "r", "bucket_path": "p"});
        for (given, told) in [
            (json!("s3://bucket"), "`audience_ledger.folder` holds an address"),
            (json!({"folder": "/l", "object_storage_config": bucket}), "are both set; leave one empty"),
            (json!(["/l"]), "`audience_ledger`"),
            (
                json!({"object_storage_config": {"storage_type": "S3", "s3_bucket_name": "b"}}),
                "`audience_ledger.object_storage_config`",
            ),
        ] {
            let text = parse(&given).unwrap_err().to_string();
            assert!(text.contains(told), "{given}: {text}");
        }
    }
}
