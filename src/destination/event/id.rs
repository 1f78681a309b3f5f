//! What names an event when its row does not: the primary key, else the whole row. Pure.
//!
//! TikTok counts events of one source, name and id once within 48 hours, so the same row must always get the same
//! id; a random one would count every replay again.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::destination::columns::Given;

/// Hexadecimal digits of a derived id.
const DIGITS: usize = 32;
/// Columns that platforms add, which differ from one sync of a row to the next.
const PLATFORMS: [&str; 2] = ["_airbyte_", "_ab_"];
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
    let mut row: Value = serde_json::from_str(data).unwrap_or_default();
    if let Value::Object(columns) = &mut row {
        columns.retain(|name, value| !value.is_null() && !PLATFORMS.iter().any(|prefix| name.starts_with(prefix)));
    }
    add(&row, &mut hash);
    shortened(hash)
}

fn add(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            for (name, value) in sorted {
                hash.update(BETWEEN);
                hash.update(name);
                add(value, hash);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add(item, hash)),
        other => {
            hash.update(BETWEEN);
            hash.update(other.to_string());
        }
    }
}

fn shortened(hash: Sha256) -> String {
    let digest = hash.finalize();
    let half = digest.iter().take(DIGITS / 2);
    half.fold(String::with_capacity(DIGITS), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

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
        assert_ne!(of_row("orders", r#"{"a":2,"b":{"x":[1,2],"y":null},"c":"é"}"#), id);
    }
}
