//! The body of `/segment/mapping/` (docs/tiktok-api.md 5.1). Pure.
//!
//! Rows are read by position against `id_schema`: every row has a cell for every type of the call, and `{}` stands
//! where a person has no such identifier. A peer that left the holes out matched the wrong people.

use super::known::AudienceAt;
use super::row::Row;
use crate::config::destination::Operation;
use crate::identity::{Algorithm, Slot};

/// Hexadecimal digits, two a byte.
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes the call for `rows` of one operation. `audience` gives an audience's id.
#[must_use]
pub(crate) fn body<'a>(
    advertiser: &str,
    operation: Operation,
    rows: &[&Row],
    audience: impl Fn(AudienceAt) -> &'a str,
) -> Vec<u8> {
    let types: Vec<(usize, Slot)> = Slot::ALL
        .into_iter()
        .enumerate()
        .filter(|(at, _)| rows.iter().any(|row| row.cells.get(*at).is_some_and(Option::is_some)))
        .collect();
    let action = match operation {
        Operation::Add => "add",
        Operation::Delete => "delete",
    };
    let names: Vec<String> = types.iter().map(|(_, kind)| format!("\"{}\"", kind.name())).collect();
    let mut body = Vec::with_capacity(128 + rows.len() * types.len() * 128);
    body.extend_from_slice(
        format!(
            "{{\"advertiser_ids\":[\"{advertiser}\"],\"action\":\"{action}\",\"id_schema\":[{}],\"batch_data\":[",
            names.join(",")
        )
        .as_bytes(),
    );
    for (at, row) in rows.iter().enumerate() {
        body.extend_from_slice(if at > 0 { b",[" } else { b"[" });
        for (place, (cell, kind)) in types.iter().enumerate() {
            if place > 0 {
                body.push(b',');
            }
            write_cell(row, *cell, *kind, audience(row.audience), &mut body);
        }
        body.push(b']');
    }
    body.extend_from_slice(b"]}");
    body
}

fn write_cell(row: &Row, cell: usize, kind: Slot, audience: &str, body: &mut Vec<u8>) {
    let Some(hash) = row.cells.get(cell).and_then(Option::as_ref) else {
        body.extend_from_slice(b"{}");
        return;
    };
    let length = if kind.algorithm() == Algorithm::Md5 { 16 } else { 32 };
    body.extend_from_slice(b"{\"id\":\"");
    for byte in hash.0.iter().take(length) {
        let digits = [byte >> 4, byte & 15].map(|digit| HEX.get(usize::from(digit)).copied().unwrap_or(b'0'));
        body.extend_from_slice(&digits);
    }
    body.extend_from_slice(b"\",\"audience_ids\":[\"");
    body.extend_from_slice(audience.as_bytes());
    body.extend_from_slice(b"\"]}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn row(cells: [Option<u8>; 6], audience: AudienceAt) -> Row {
        Row {
            audience,
            operation: Operation::Add,
            cells: cells.map(|cell| cell.map(|byte| super::super::row::Hash([byte; 32]))),
            record: 0,
        }
    }

    fn parsed(rows: &[Row], operation: Operation) -> Value {
        let rows: Vec<&Row> = rows.iter().collect();
        serde_json::from_slice(&body("77", operation, &rows, |at| if at == 0 { "a0" } else { "a1" })).unwrap()
    }

    #[test]
    fn rows_are_positional_with_holes() {
        let rows =
            [row([Some(1), None, None, None, None, None], 0), row([None, Some(0xAB), None, None, None, Some(3)], 1)];
        let cell =
            |byte: &str, times: usize, audience: &str| json!({"id": byte.repeat(times), "audience_ids": [audience]});
        assert_eq!(
            parsed(&rows, Operation::Delete),
            json!({
                "advertiser_ids": ["77"],
                "action": "delete",
                "id_schema": ["EMAIL_SHA256", "PHONE_SHA256", "AAID_MD5"],
                "batch_data": [[cell("01", 32, "a0"), {}, {}], [{}, cell("ab", 32, "a1"), cell("03", 16, "a1")]],
            })
        );
    }

    proptest! {
        #[test]
        fn every_cell_stands_under_its_type(rows in prop::collection::vec(prop::array::uniform6(prop::option::of(any::<u8>())), 1..20)) {
            let rows: Vec<Row> = rows.into_iter().map(|cells| row(cells, 0)).collect();
            let body = parsed(&rows, Operation::Add);
            let schema: Vec<&str> = body["id_schema"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            for (row, sent) in rows.iter().zip(body["batch_data"].as_array().unwrap()) {
                prop_assert_eq!(sent.as_array().unwrap().len(), schema.len());
                for (at, kind) in Slot::ALL.iter().enumerate() {
                    let place = schema.iter().position(|name| *name == kind.name());
                    let id = place.and_then(|place| sent[place].get("id")).and_then(Value::as_str);
                    prop_assert_eq!(id.map(|id| u8::from_str_radix(&id[..2], 16).unwrap()), row.cells[at].map(|hash| hash.0[0]));
                }
            }
        }
    }
}
