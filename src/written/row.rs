//! A line of a result or a refused row → a record of the stream `write_results`. Pure.

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Hexadecimal digits of a print: 128 bits.
const PRINT_DIGITS: usize = 32;
/// The action whose reason is a moment.
const INTENT: &str = "intent";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RowKind {
    Result,
    Rejected,
}

/// Where lines stand.
pub(super) struct Stand<'s> {
    pub kind: RowKind,
    /// The name of the file or the object.
    pub file: &'s str,
    /// The platform's number of the run, where the place says it.
    pub sync: Option<u64>,
    /// When it was written, in epoch milliseconds, where the place says it.
    pub moment: Option<i64>,
}

/// A record of the stream `write_results`.
#[derive(Debug, Serialize)]
pub(crate) struct ResultRow {
    /// Stands for this line at this place.
    result_id: String,
    kind: RowKind,
    /// The file and the byte at which the line begins.
    place: String,
    sync_id: Option<u64>,
    written_at: Option<String>,
    #[serde(flatten)]
    told: Told,
}

/// What a line says. Persons are hashed in it already.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    stream: String,
    namespace: Option<String>,
    object: Option<String>,
    key: Option<String>,
    action: Option<String>,
    id: Option<String>,
    /// As in other streams, a number.
    #[serde(default, deserialize_with = "number")]
    advertiser_id: Option<i64>,
    reason: Option<String>,
    message: Option<String>,
    field: Option<String>,
    row: Option<u64>,
    changes: Option<Map<String, Value>>,
}

/// The records of whole lines, the first of which begins at a byte, and how many lines are none.
#[must_use]
pub(super) fn rows(stand: &Stand<'_>, lines: &[u8], start: u64) -> (Vec<ResultRow>, usize) {
    let (mut rows, mut broken, mut at) = (Vec::new(), 0, start);
    for line in lines.split(|byte| *byte == b'\n') {
        if !line.trim_ascii().is_empty() {
            match row(stand, line, at) {
                Some(row) => rows.push(row),
                None => broken += 1,
            }
        }
        at += line.len() as u64 + 1;
    }
    (rows, broken)
}

fn row(stand: &Stand<'_>, line: &[u8], at: u64) -> Option<ResultRow> {
    let mut told: Told = serde_json::from_slice(line).ok()?;
    told.key = told.key.take().filter(|key| !key.is_empty());
    let place = format!("{}:{at:012}", stand.file);
    let of_place = stand.moment.and_then(DateTime::from_timestamp_millis);
    let written_at = of_place.map(|moment| moment.to_rfc3339_opts(SecondsFormat::Millis, true)).or_else(|| {
        let reason = told.reason.as_ref().filter(|_| told.action.as_deref() == Some(INTENT))?;
        DateTime::parse_from_rfc3339(reason).ok().map(|_| reason.clone())
    });
    Some(ResultRow {
        result_id: print(&[place.as_bytes(), line]),
        kind: stand.kind,
        place,
        sync_id: stand.sync,
        written_at,
        told,
    })
}

/// An id, which stands as text; what is none stands for none.
fn number<'de, D: Deserializer<'de>>(id: D) -> Result<Option<i64>, D::Error> {
    let id = Value::deserialize(id)?;
    Ok(id.as_i64().or_else(|| id.as_str()?.parse().ok()))
}

/// Stands for some text.
#[must_use]
pub(super) fn print(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    digits.chars().take(PRINT_DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_records_with_their_place() {
        let text = concat!(
            r#"{"stream":"s","key":"a","object":"campaign","advertiser_id":"7","action":"updated","id":"8","changes":{"budget":[1,2.5]}}"#,
            "\n{\"half\n\n",
            r#"{"stream":"s","namespace":"n","row":3,"field":"email","reason":"invalid_email","message":"No address","advertiser_id":""}"#,
            "\n",
            r#"{"stream":"s","key":"b","object":"ad","advertiser_id":"7","action":"intent","reason":"2026-03-10T16:00:00+00:00"}"#,
            "\n"
        );
        let file = Stand { kind: RowKind::Result, file: "results-s.jsonl", sync: None, moment: None };
        let object = Stand { kind: RowKind::Rejected, sync: Some(7), moment: Some(1_773_158_400_000), ..file };
        let mut all = String::new();
        for stand in [&file, &object] {
            let (found, broken) = rows(stand, text.as_bytes(), 100);
            assert_eq!(broken, 1);
            for row in found {
                all += &(serde_json::to_string(&row).unwrap() + "\n");
            }
        }
        insta::assert_snapshot!(all);
    }

    #[test]
    fn an_id_is_the_same_again_and_another_elsewhere() {
        let stand = |file| Stand { kind: RowKind::Result, file, sync: None, moment: None };
        let id = |file, start| rows(&stand(file), b"{\"stream\":\"s\"}\n", start).0.remove(0).result_id;
        assert_eq!(id("a", 0), id("a", 0));
        assert_ne!(id("a", 0), id("a", 1));
        assert_ne!(id("a", 0), id("b", 0));
    }
}
