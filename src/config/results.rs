//! Where a source finds what runs of the destination left: results and rejected rows.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::destination::ObjectStorage;
use super::kept;

/// What became of the destination's rows.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct WriteResults {
    /// The folder that the destination's `result_records` names.
    #[schemars(title = "Results", with = "String", extend("order" = 0, "examples" = ["/data/tiktok-results"]))]
    pub result_records: Option<PathBuf>,
    /// The folder that the destination's `rejected_records` names.
    #[schemars(title = "Rejected Rows", with = "String", extend("order" = 1, "examples" = ["/data/tiktok-rejected"]))]
    pub rejected_records: Option<PathBuf>,
    /// The bucket of the destination's `object_storage_config`, in place of the folders.
    #[schemars(title = "Object Storage", extend("order" = 2))]
    pub object_storage_config: ObjectStorage,
}

impl WriteResults {
    /// Whether it says where they are.
    #[must_use]
    pub(crate) fn is_set(&self) -> bool {
        self.result_records.is_some()
            || self.rejected_records.is_some()
            || matches!(self.object_storage_config, ObjectStorage::S3(_))
    }

    /// All secrets, which must never be printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.object_storage_config.secrets()
    }
}

/// The mistakes that the schema cannot express.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    let of = |kept: &kept::Kept| Some(kept.faults(config.get(kept.block)?.as_object()?));
    kept::WRITTEN.iter().filter_map(of).flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::SourceConfig;
    use super::*;
    use crate::error::Result;

    fn parse(results: &Value) -> Result<SourceConfig> {
        let credentials = json!({"auth_type": "oauth2.0", "access_token": "t", "advertiser_id": "5"});
        SourceConfig::parse(&json!({"credentials": credentials, "write_results": results}).to_string())
    }

    fn bucket() -> Value {
        json!({"storage_type": "S3", "s3_bucket_name": "b", "s3_bucket_region": "r", "bucket_path": "p"})
    }

    #[test]
    fn results_are_in_folders_or_a_bucket() {
        let both = parse(&json!("/r")).unwrap().write_results;
        assert_eq!((both.result_records, both.rejected_records), (Some("/r".into()), Some("/r".into())));
        let one = parse(&json!({"rejected_records": "/r"})).unwrap().write_results;
        assert!(one.is_set() && one.result_records.is_none());
        for given in [json!({"object_storage_config": bucket()}), json!({"result_records": bucket()})] {
            let config = parse(&given).unwrap().write_results;
            assert!(matches!(config.object_storage_config, ObjectStorage::S3(_)), "{given}");
        }
        for unset in [Value::Null, json!(""), json!({}), json!({"result_records": ""})] {
            assert!(!parse(&unset).unwrap().write_results.is_set(), "{unset}");
        }
    }

    #[test]
    fn every_mistake_has_a_sentence() {
        for (given, told) in [
            (json!("s3://bucket"), "`write_results.result_records` holds an address"),
            (
                json!({"rejected_records": "/l", "object_storage_config": bucket()}),
                "`write_results.rejected_records` and `write_results.object_storage_config` are both set; leave one empty",
            ),
            (json!({"result_records": "~/results"}), "`write_results.result_records`"),
            (json!(["/l"]), "`write_results`"),
        ] {
            let text = parse(&given).unwrap_err().to_string();
            assert!(text.contains(told), "{given}: {text}");
        }
    }
}
