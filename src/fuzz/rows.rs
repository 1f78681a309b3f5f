//! TikTok's pages, and the records that are made of their rows.

use std::collections::BTreeMap;

use serde::de::Deserializer;
use serde_json::Value;
use serde_json::value::RawValue;

use super::choice::chosen;
use super::is_json;
use crate::source::record::{Format, Lines, Rows};
use crate::streams::{self, StreamDef};
use crate::tiktok::envelope::{self, Decode};
use crate::tiktok::page::Page;
use crate::tiktok::transport::Response;

/// Streams whose rows differ in kind.
const STREAMS: [&str; 7] =
    ["ads_reports_daily", "ad_groups", "business_centers", "spark_ads", "creative_assets_images", "advertisers", "ads"];

/// The stream of a case; one more case is the flat layout.
fn stream(case: usize) -> StreamDef {
    let stream = streams::find(STREAMS.get(case).unwrap_or(&STREAMS[0])).unwrap();
    if case < STREAMS.len() { StreamDef::clone(stream) } else { stream.flat() }
}

fn format(case: usize) -> Format {
    Format::new(&stream(case))
}

fn lines(format: &Format) -> Lines<'_> {
    Lines { format, advertiser: Some("7000000000000000001"), parent: None, output: None }
}

/// The same without the quick way.
struct Parsed<'a>(Lines<'a>);

impl Decode for Parsed<'_> {
    type Out = Rows;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Rows, D::Error> {
        self.0.decode(data)
    }
}

/// All that is known of rows, but for when they were written.
fn told(rows: &Rows) -> String {
    let text = std::str::from_utf8(&rows.lines).expect("records are UTF-8");
    let without_time = |line: &str| line.rsplit_once(",\"emitted_at\":").map_or(line, |(row, _)| row).to_owned();
    let lines: Vec<String> = text.lines().map(without_time).collect();
    let keys: Vec<u128> = rows.keys().iter().map(|key| key.all()).collect();
    let cursors: Vec<_> = rows.marks.iter().map(|mark| mark.cursor).collect();
    format!("{lines:?} {keys:?} {cursors:?} {} {:?}", rows.keyless, rows.info())
}

fn answer(body: &[u8]) -> Response {
    Response { status: 200, body: body.to_vec(), cut: false, retry_after: None }
}

/// A page is read the quick way as the parser reads it, and each record is one line of JSON.
pub(super) fn pages(bytes: &[u8]) {
    let Some((case, body)) = chosen(bytes, STREAMS.len() + 1) else { return };
    let (format, other, answer) = (format(case), format(case), answer(body));
    let parsed = envelope::read(&answer, &Parsed(lines(&other)));
    // The second time there is a template.
    for _ in 0..2 {
        match (envelope::read(&answer, &lines(&format)), &parsed) {
            (Ok(quick), Ok(parsed)) => {
                assert_eq!(told(&quick), told(parsed));
                are_records(&quick);
            }
            (Err(quick), Err(parsed)) => assert_eq!(quick.to_string(), parsed.to_string()),
            (quick, parsed) => {
                panic!("one way is a success: {:?}, {:?}", quick.map(|rows| told(&rows)).err(), parsed.as_ref().err())
            }
        }
    }
}

fn are_records(rows: &Rows) {
    let mut start = 0;
    for mark in &rows.marks {
        let line = &rows.lines[start..mark.end];
        assert!(std::str::from_utf8(line).is_ok_and(is_json), "a record is JSON");
        if let Ok(message) = serde_json::from_slice::<Value>(line) {
            assert!(message["type"] == "RECORD" && message["record"]["data"].is_object());
        }
        assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1), "a record is one line");
        start = mark.end;
    }
    assert_eq!(start, rows.lines.len(), "every line has a mark");
}

/// A row of one page becomes a record that says the same: what the schema does not declare is as it was, whole numbers
/// keep their digits, and the record read again as a row is itself.
pub(super) fn rows(bytes: &[u8]) {
    let Some((case, row)) = chosen(bytes, STREAMS.len() + 1) else { return };
    let Ok(row) = std::str::from_utf8(row) else { return };
    let Ok(fields) = serde_json::from_str::<BTreeMap<String, Value>>(row) else { return };
    let Some(record) = record(case, row) else { return };
    let stream = stream(case);
    let schema: Value = serde_json::from_str(&stream.schema()).unwrap();
    // Their fields stand elsewhere in the record.
    let is_apart = ["dimensions", "metrics"].iter().chain(stream.flattened).any(|name| fields.contains_key(*name));
    let written: BTreeMap<String, Box<RawValue>> = serde_json::from_str(record.get()).expect("a record is an object");
    for (name, value) in &fields {
        let declared = &schema["properties"][name];
        if name == "advertiser_id" || is_apart {
            continue;
        }
        let now = written.get(name).unwrap_or_else(|| panic!("`{name}` is gone"));
        if declared.is_null() {
            assert_eq!(&serde_json::from_str::<Value>(now.get()).unwrap(), value, "`{name}` is declared nowhere");
        }
        let is_whole = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let whole = value.as_str().filter(is_whole).filter(|text| !text.is_empty());
        if let Some(text) = whole.filter(|_| declared["type"] == serde_json::json!(["null", "integer"])) {
            assert_eq!(now.get(), text, "`{name}` keeps its digits");
        }
    }
    if !is_apart {
        let again = self::record(case, record.get()).expect("a record is a row");
        assert_eq!(
            serde_json::from_str::<Value>(again.get()).unwrap(),
            serde_json::from_str::<Value>(record.get()).unwrap(),
            "a record read again as a row is itself"
        );
    }
}

/// The record of a row; none where there is not one.
fn record(case: usize, row: &str) -> Option<Box<RawValue>> {
    let format = format(case);
    let list = stream(case).endpoint.list;
    let info = r#""page_info":{"page":1,"page_size":10,"total_number":1,"total_page":1}"#;
    let data = if list.is_empty() { row.to_owned() } else { format!("{{\"{list}\":[{row}],{info}}}") };
    let body = format!("{{\"code\":0,\"message\":\"OK\",\"data\":{data}}}");
    let rows = envelope::read(&answer(body.as_bytes()), &lines(&format)).ok()?;
    are_records(&rows);
    let [_] = rows.marks[..] else { return None };
    let message: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&rows.lines).ok()?;
    let record: BTreeMap<String, Box<RawValue>> = serde_json::from_str(message.get("record")?.get()).ok()?;
    record.get("data").cloned()
}
