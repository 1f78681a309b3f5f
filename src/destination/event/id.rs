//! What names an event when its row does not: the primary key, else the whole row. Pure.
//!
//! TikTok counts events of one source, name and id once within 48 hours, so the same row must always get the same
//! id; a random one would count every replay again.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::value;
use crate::destination::columns::Given;

/// Hexadecimal digits of a derived id.
const DIGITS: usize = 32;
/// Columns that platforms add, which differ from one sync of a row to the next.
const PLATFORMS: [&str; 5] = ["_airbyte_", "_ab_", "_sdc_", "_fivetran_", "_dlt_"];
/// Stands between parts, so that `a`+`bc` is not `ab`+`c`.
const BETWEEN: [u8; 1] = [0x1f];

/// From the columns of the stream's key; `None` when none of them holds anything.
#[must_use]
pub fn of_key(stream: &str, keys: &[Option<Given<'_>>]) -> Option<String> {
    keys.iter().flatten().next()?;
    let mut hash = Sha256::new_with_prefix(stream);
    for key in keys {
        hash.update(BETWEEN);
        match key {
            Some(Given::Json(raw)) => hash.update(raw),
            Some(given) => hash.update(given.text()),
            None => {}
        }
    }
    Some(shortened(hash))
}

/// From everything that the row says, in whatever order its columns come.
#[must_use]
pub fn of_row(stream: &str, data: &str) -> String {
    let mut hash = Sha256::new_with_prefix(stream);
    let is_own = |(name, value): &(Cow<'_, str>, &RawValue)| {
        value.get() != "null" && !PLATFORMS.iter().any(|prefix| name.starts_with(prefix))
    };
    add_object(value::object(data).unwrap_or_default().into_iter().filter(is_own).collect(), &mut hash);
    shortened(hash)
}

fn add_object(mut members: Vec<(Cow<'_, str>, &RawValue)>, hash: &mut Sha256) {
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    hash.update(b"{");
    for (name, value) in members {
        hash.update(BETWEEN);
        hash.update(name.as_ref());
        hash.update(BETWEEN);
        add(value.get(), hash);
    }
    hash.update(b"}");
}

/// JSON in one form: without blanks and needless escapes, numbers digit by digit as they came.
fn add(raw: &str, hash: &mut Sha256) {
    match raw.as_bytes().first() {
        Some(b'{') => add_object(value::object(raw).unwrap_or_default(), hash),
        Some(b'[') => {
            hash.update(b"[");
            for item in serde_json::from_str::<Vec<&RawValue>>(raw).unwrap_or_default() {
                hash.update(BETWEEN);
                add(item.get(), hash);
            }
            hash.update(b"]");
        }
        Some(b'"') if raw.contains('\\') => {
            let text: Value = serde_json::from_str(raw).unwrap_or_default();
            hash.update(text.to_string());
        }
        _ => hash.update(raw),
    }
}

fn shortened(hash: Sha256) -> String {
    let digest = hash.finalize();
    let half = digest.iter().take(DIGITS / 2);
    half.fold(String::with_capacity(DIGITS), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let id = of_row("orders", r#"{"a":1,"b":{"x":[1,2],"y":null},"c":"é"}"#);
        assert_eq!(
            of_row(
                "orders",
                r#"{"c":"\u00e9","b":{"y":null,"x":[1,2]},"a":1,"d":null,"_airbyte_extracted_at":7,"_ab_cdc_lsn":9}"#
            ),
            id
        );
        assert_eq!(of_row("orders", r#" { "a" : 1 , "b" : { "x" : [ 1 , 2 ] , "y" : null } , "c" : "é" } "#), id);
        assert_eq!(id, "b0da3039b565bcb6e73af760f91f8f80", "an id that changes counts every event again");
        assert_ne!(of_row("orders", r#"{"a":2,"b":{"x":[1,2],"y":null},"c":"é"}"#), id);
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
        let ids: std::collections::BTreeSet<String> = rows.iter().map(|row| of_row("orders", row)).collect();
        assert_eq!(ids.len(), rows.len());
    }
}
