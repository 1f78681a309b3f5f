//! Blocks that say where something is kept: in a folder, or in a bucket in its place. Pure.

use serde_json::{Map, Value};

/// The bucket in place of a folder.
const BUCKET: &str = "object_storage_config";
/// What the key of the folder says where the bucket is that which the config has already.
const THE_ONE: [&str; 2] = [BUCKET, "object_storage"];

/// A block of the config.
pub(super) struct Kept {
    pub block: &'static str,
    /// Its key that names a folder.
    pub folder: &'static str,
    pub what: &'static str,
}

pub(super) const SPOOL: Kept = Kept { block: "webhooks", folder: "spool", what: "call-backs" };
pub(super) const LEDGER: Kept = Kept { block: "audience_ledger", folder: "folder", what: "the ledger" };
/// What runs of `write` leave: results, and rejected rows.
pub(super) const WRITTEN: [Kept; 2] = [
    Kept { block: "write_results", folder: "result_records", what: "results" },
    Kept { block: "write_results", folder: "rejected_records", what: "rejected rows" },
];

impl Kept {
    /// The folder may be written as a bucket, or name the bucket that the config has already.
    pub(super) fn normalise(&self, config: &mut Map<String, Value>) {
        let the_one = config.get(BUCKET).cloned();
        let Some(block) = config.get_mut(self.block).and_then(Value::as_object_mut) else { return };
        let bucket = match block.get(self.folder) {
            Some(Value::Object(bucket)) if bucket.contains_key(BUCKET) => bucket.get(BUCKET).cloned(),
            Some(bucket @ Value::Object(_)) => Some(bucket.clone()),
            Some(Value::String(word)) if THE_ONE.contains(&word.trim()) => the_one,
            _ => None,
        };
        if let Some(bucket) = bucket {
            block.remove(self.folder);
            block.insert(BUCKET.to_owned(), bucket);
        }
    }

    /// A block that is nothing but the name of its folder.
    pub(super) fn of_text(&self, config: &mut Map<String, Value>) {
        if let Some(text @ Value::String(_)) = config.get(self.block).cloned() {
            let block = Map::from_iter([(self.folder.to_owned(), text)]);
            config.insert(self.block.to_owned(), block.into());
        }
    }

    /// The same where one folder has all.
    pub(super) fn all_of_text(all: &[Self], config: &mut Map<String, Value>) {
        for Self { block, .. } in all {
            if let Some(text @ Value::String(_)) = config.get(*block).cloned() {
                let folders = all.iter().map(|kept| (kept.folder.to_owned(), text.clone())).collect::<Map<_, _>>();
                config.insert((*block).to_owned(), folders.into());
            }
        }
    }

    /// The mistakes that the schema cannot express.
    pub(super) fn faults(&self, given: &Map<String, Value>) -> Vec<String> {
        let Self { block, folder, what } = self;
        let named = given.get(*folder).and_then(Value::as_str);
        let bucket = given.get(BUCKET).and_then(|bucket| bucket.get("storage_type")).and_then(Value::as_str);
        let mut faults = Vec::new();
        if named.is_some_and(|named| named.contains("://")) {
            faults.push(format!(
                "`{block}.{folder}` holds an address, but it names a local folder; fill `{block}.{BUCKET}` to keep {what} in S3"
            ));
        }
        if named.is_some() && bucket == Some("S3") {
            faults.push(format!("`{block}.{folder}` and `{block}.{BUCKET}` are both set; leave one empty"));
        }
        faults
    }
}
