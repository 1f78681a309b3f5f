//! What names an event when its row does not: the primary key, else the whole row. Pure.
//!
//! TikTok counts events of one source, name and id once within 48 hours, so the same row must always get the same
//! id; a random one would count every replay again.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::value;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;

/// Hexadecimal digits of a derived id.
const DIGITS: usize = 32;
/// What columns begin with that tools for loading add; they differ from one load of a row to the next. In any case,
/// for Snowflake writes names in capitals.
const LOADERS: [&str; 20] = [
    "_airbyte_",
    "_ab_",
    "_sdc_",
    "_fivetran_",
    "_dlt_",
    "__hevo_",
    "_partition",
    "dbt_",
    "_rivery_",
    "_portable_",
    "_estuary_",
    "_matillion_",
    "_stitch_",
    "_load_",
    "_kafka_",
    // Debezium's, of where in the log a change stood.
    "__ts_",
    "__source_",
    "__lsn",
    "__pos",
    "flow_published_at",
];
/// What the names of such columns end with, where they begin with `_`: `_loaded_at`, `_etl_loaded_at`, …
const LOADED: [&str; 9] = [
    "loaded_at",
    "loaded_at_utc",
    "ingested_at",
    "synced_at",
    "extracted_at",
    "inserted_at",
    "imported_at",
    "batch_id",
    "load_id",
];
/// Stands between parts, so that `a`+`bc` is not `ab`+`c`.
const BETWEEN: [u8; 1] = [0x1f];

const DAMAGED_KEY: Fault = Fault::new(
    None,
    "invalid_text",
    "The primary key is damaged: it holds bytes that are no UTF-8, so it makes no event_id.",
);

/// The id of a row that has none of its own.
pub(crate) fn derived(record: &Record<'_>, data: &str, stream: &str, ignored: &[String]) -> Result<String, Fault> {
    if record.keys.contains(&Some(Given::Broken)) {
        return Err(DAMAGED_KEY);
    }
    Ok(of_key(stream, &record.keys).unwrap_or_else(|| of_row(stream, data, ignored)))
}

/// From the columns of the stream's key; `None` when none of them holds anything.
#[must_use]
pub(crate) fn of_key(stream: &str, keys: &[Option<Given<'_>>]) -> Option<String> {
    keys.iter().flatten().next()?;
    let mut text = stream.as_bytes().to_vec();
    for key in keys {
        text.extend(BETWEEN);
        match key {
            Some(Given::Json(raw)) => text.extend_from_slice(raw.as_bytes()),
            Some(given) => text.extend_from_slice(given.text().as_bytes()),
            None => {}
        }
    }
    Some(shortened(&text))
}

/// Whether a column tells of the load and not of the row.
fn is_of_load(name: &str) -> bool {
    let part = |part: Option<&str>, word: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(word));
    let begins = |word: &&str| part(name.get(..word.len()), word);
    let ends = |word: &&str| part(name.len().checked_sub(word.len()).and_then(|at| name.get(at..)), word);
    // Most columns begin with neither.
    match name.as_bytes().first() {
        Some(b'_') => LOADERS.iter().any(&begins) || LOADED.iter().any(ends),
        Some(b'd' | b'D' | b'f' | b'F') => LOADERS.iter().any(begins),
        _ => false,
    }
}

/// From everything that the row says, in whatever order its columns come, but the columns `ignored`.
#[must_use]
pub(crate) fn of_row(stream: &str, data: &str, ignored: &[String]) -> String {
    let is_own = |(name, value): &(Cow<'_, str>, &RawValue)| {
        value.get() != "null" && !is_of_load(name) && !ignored.iter().any(|column| column == name)
    };
    // Written out first: one long text is hashed faster than a hundred short ones.
    let mut row = Vec::with_capacity(stream.len() + data.len() + 64);
    row.extend_from_slice(stream.as_bytes());
    add_object(value::object(data).unwrap_or_default().into_iter().filter(is_own).collect(), &mut row);
    shortened(&row)
}

fn add_object(mut members: Vec<(Cow<'_, str>, &RawValue)>, row: &mut Vec<u8>) {
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    row.push(b'{');
    for (name, value) in members {
        row.extend(BETWEEN);
        row.extend_from_slice(name.as_bytes());
        row.extend(BETWEEN);
        add(value.get(), row);
    }
    row.push(b'}');
}

/// JSON in one form: without blanks and needless escapes, numbers digit by digit as they came.
fn add(raw: &str, row: &mut Vec<u8>) {
    match raw.as_bytes().first() {
        Some(b'{') => add_object(value::object(raw).unwrap_or_default(), row),
        Some(b'[') => {
            row.push(b'[');
            for item in serde_json::from_str::<Vec<&RawValue>>(raw).unwrap_or_default() {
                row.extend(BETWEEN);
                add(item.get(), row);
            }
            row.push(b']');
        }
        Some(b'"') if memchr::memchr(b'\\', raw.as_bytes()).is_some() => {
            let text: Value = serde_json::from_str(raw).unwrap_or_default();
            row.extend_from_slice(text.to_string().as_bytes());
        }
        _ => row.extend_from_slice(raw.as_bytes()),
    }
}

fn shortened(text: &[u8]) -> String {
    let digest = Sha256::digest(text);
    let mut hex = [0; DIGITS];
    // Only fails when the lengths do not fit, and they are constants.
    let _ = const_hex::encode_to_slice(digest.get(..DIGITS / 2).unwrap_or_default(), &mut hex);
    String::from_utf8_lossy(&hex).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_id(data: &str) -> String {
        of_row("orders", data, &[])
    }

    fn text(text: &str) -> Option<Given<'_>> {
        Some(Given::Text(Cow::Borrowed(text)))
    }

    #[test]
    fn a_key_makes_one_id_whatever_its_type() {
        let id = of_key("orders", &[text("17"), None]).unwrap();
        assert_eq!(id, "e2659b7bea611812150a3c7fd7e45335", "an id that changes counts every event again");
        assert_eq!(of_key("orders", &[Some(Given::Number("17")), None]).unwrap(), id);
        assert_ne!(of_key("orders", &[text("1"), text("7")]).unwrap(), id);
        assert_ne!(of_key("leads", &[text("17"), None]).unwrap(), id);
        assert_eq!(of_key("orders", &[None, None]), None);
    }

    #[test]
    fn a_row_makes_one_id_whatever_its_order_and_its_sync() {
        let id = row_id(r#"{"a":1,"b":{"x":[1,2],"y":null},"c":"é"}"#);
        assert_eq!(
            row_id(
                r#"{"c":"\u00e9","b":{"y":null,"x":[1,2]},"a":1,"d":null,"_airbyte_extracted_at":7,"_ab_cdc_lsn":9}"#
            ),
            id
        );
        assert_eq!(row_id(r#" { "a" : 1 , "b" : { "x" : [ 1 , 2 ] , "y" : null } , "c" : "é" } "#), id);
        assert_eq!(id, "b0da3039b565bcb6e73af760f91f8f80", "an id that changes counts every event again");
        assert_ne!(row_id(r#"{"a":2,"b":{"x":[1,2],"y":null},"c":"é"}"#), id);
    }

    #[test]
    fn columns_of_the_load_do_not_count() {
        let id = row_id(r#"{"a":1}"#);
        for name in [
            "_sdc_batched_at",
            "_SDC_SEQUENCE",
            "__hevo__loaded_at",
            "_PARTITIONTIME",
            "_partitiondate",
            "_loaded_at",
            "_etl_loaded_at",
            "_LOADED_AT",
            "_load_id",
            "dbt_updated_at",
            "DBT_SCD_ID",
            "__ts_ms",
            "__source_ts_ms",
            "__lsn",
            "_load_ts",
            "_LOADED_AT_UTC",
            "_kafka_offset",
            "flow_published_at",
        ] {
            assert_eq!(row_id(&format!(r#"{{"a":1,"{name}":"x"}}"#)), id, "{name}");
        }
        for name in ["loaded_at", "debt", "_id", "_", "dbt", "_op", "__id", "flow", "_lsn"] {
            assert_ne!(row_id(&format!(r#"{{"a":1,"{name}":"x"}}"#)), id, "{name}");
        }
        let ignored = ["synced".to_owned()];
        assert_eq!(of_row("orders", r#"{"a":1,"synced":"x"}"#, &ignored), id);
        assert_ne!(of_row("orders", r#"{"a":1,"Synced":"x"}"#, &ignored), id);
    }

    #[test]
    fn rows_that_differ_have_ids_that_differ() {
        let rows = [
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":[1]}"#,
            r#"{"a":[1,2],"b":[]}"#,
            r#"{"a":[1],"b":[2]}"#,
            r#"{"a":[[1],[2]]}"#,
            r#"{"a":[[1,2]]}"#,
            r#"{"a":{"b":1},"c":2}"#,
            r#"{"a":{"b":1,"c":2}}"#,
            r#"{"a":123456789012345678901}"#,
            r#"{"a":123456789012345678902}"#,
            r#"{"a":"x\ny"}"#,
            r#"{"a":"x\\ny"}"#,
            "{}",
        ];
        let ids: std::collections::BTreeSet<String> = rows.iter().map(|row| row_id(row)).collect();
        assert_eq!(ids.len(), rows.len());
    }
}
