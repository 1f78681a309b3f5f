//! A page of TikTok's rows → RECORD lines, in one pass and without a tree of values.
//!
//! While a row is parsed its line is written. What the rest of the sync needs of a row, its key and its
//! cursor, is read back from where it was written.

mod value;
mod writer;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::AtomicUsize;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::shape::Fields;
use super::stamp::Stamp;
use crate::protocol::Output;
use crate::streams::{Read, StreamDef};
use crate::tiktok::envelope::Decode;
use crate::tiktok::paging::{Key, Page, PageInfo};
use writer::Writer;

/// How the records of one stream are written. Made once a run.
pub struct Format {
    row: Fields,
    /// `{"type":"RECORD","record":{"stream":…,"data":{`
    prefix: Vec<u8>,
    keys: usize,
    cursor: Option<usize>,
    /// Fields that are written again on top of the record: the slot and `,"name":`.
    lifts: Vec<(usize, Vec<u8>)>,
    /// Rows that do not say whose they are get the advertiser's id.
    stamped: bool,
    paged: bool,
    /// Bytes of the longest page so far: the next one is given as many at once.
    longest: AtomicUsize,
}

impl Format {
    #[must_use]
    pub fn new(stream: &StreamDef) -> Self {
        // A schema that is no JSON fails the tests of `streams`.
        let schema = serde_json::from_str(stream.schema).unwrap_or_default();
        let mut row = Fields::compile(&schema);
        let is_report = matches!(stream.read, Read::Report(_));
        for (slot, name) in stream.primary_key.iter().enumerate() {
            if is_report { row.watch(&["dimensions", name], slot) } else { row.watch(&[name], slot) }
        }
        let keys = stream.primary_key.len();
        let cursor = stream.cursor.filter(|_| !is_report).map(|name| {
            row.watch(&[name], keys);
            keys
        });
        let lifted = stream.primary_key.iter().enumerate().filter(|_| is_report);
        let name = serde_json::Value::from(stream.name);
        Self {
            row,
            prefix: format!("{{\"type\":\"RECORD\",\"record\":{{\"stream\":{name},\"data\":{{").into_bytes(),
            keys,
            cursor,
            lifts: lifted.map(|(slot, name)| (slot, format!(",\"{name}\":").into_bytes())).collect(),
            stamped: is_report && !stream.primary_key.contains(&"advertiser_id"),
            paged: !matches!(stream.read, Read::Advertisers),
            longest: AtomicUsize::new(0),
        }
    }
}

/// Decodes `data` of one page into lines.
pub struct Lines<'a> {
    pub format: &'a Format,
    /// The advertiser that reports leave out of their rows.
    pub advertiser: Option<&'a str>,
    /// Where the lines will go, for a buffer that went there before.
    pub output: Option<&'a Output>,
}

/// RECORD lines with what is known of each.
pub struct Rows {
    pub lines: Vec<u8>,
    pub marks: Vec<Mark>,
    keys: Vec<Key>,
    info: Option<PageInfo>,
}

/// One row of [`Rows`].
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Where its line ends.
    pub end: usize,
    pub cursor: Option<Stamp>,
}

impl Page for Rows {
    fn info(&self) -> Option<PageInfo> {
        self.info
    }

    fn keys(&self) -> &[Key] {
        &self.keys
    }
}

impl Rows {
    /// Only the lines of the rows that `keep` wants, and how many.
    #[must_use]
    pub fn filtered(self, keep: impl Fn(usize, Mark) -> bool) -> (Vec<u8>, u64) {
        let kept: Vec<bool> = self.marks.iter().enumerate().map(|(at, mark)| keep(at, *mark)).collect();
        let count = kept.iter().filter(|kept| **kept).count() as u64;
        if kept.iter().all(|kept| *kept) {
            return (self.lines, count);
        }
        let mut lines = Vec::new();
        let mut start = 0;
        for (mark, kept) in self.marks.iter().zip(kept) {
            if kept {
                lines.extend_from_slice(self.lines.get(start..mark.end).unwrap_or_default());
            }
            start = mark.end;
        }
        (lines, count)
    }
}

impl Decode for Lines<'_> {
    type Out = Rows;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Rows, D::Error> {
        data.deserialize_map(DataVisitor(self))
    }
}

/// `data`: the list of rows and the page info, in any order.
struct DataVisitor<'a>(&'a Lines<'a>);

impl<'de> Visitor<'de> for DataVisitor<'_> {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`data` with a `list`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
        let (mut rows, mut info) = (None, None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "list" => rows = Some(map.next_value_seed(Writer::new(self.0))?),
                "page_info" => info = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let mut rows = rows.ok_or_else(|| A::Error::missing_field("list"))?;
        if self.0.format.paged && info.is_none() {
            return Err(A::Error::missing_field("page_info"));
        }
        rows.info = info;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::streams;
    use crate::tiktok::envelope;
    use crate::tiktok::transport::Answer;

    fn decode(stream: &str, advertiser: Option<&str>, data: &str) -> crate::error::Result<Rows> {
        let format = Format::new(streams::find(stream).unwrap());
        let body = format!(r#"{{"code":0,"message":"OK","data":{data}}}"#).into_bytes();
        let answer = Answer { status: 200, body, cut: false, space: None };
        envelope::read(&answer, &Lines { format: &format, advertiser, output: None })
    }

    /// The records of a page, with `emitted_at` gone.
    fn records(stream: &str, list: &str) -> Vec<Value> {
        let data =
            format!(r#"{{"list":{list},"page_info":{{"page":1,"page_size":10,"total_number":1,"total_page":1}}}}"#);
        let rows = decode(stream, Some("7000000000000000001"), &data).unwrap();
        let lines = String::from_utf8(rows.lines).unwrap();
        let lines = lines.split_terminator('\n').map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|mut line| {
                assert!(line["record"].as_object_mut().unwrap().remove("emitted_at").unwrap().is_i64());
                assert_eq!(line["record"]["stream"], stream);
                line["record"]["data"].take()
            })
            .collect()
    }

    #[test]
    fn report_rows_are_typed_lifted_and_stamped() {
        let row = r#"{"metrics":{"spend":"14.68","impressions":"1079","video_play_actions":"12","average_video_play":"0.93",
            "real_time_app_install":"-","cpc":"-","campaign_id":"1790000000000000003","campaign_name":"a\"b\u2028–","new_metric":"7"},
            "dimensions":{"stat_time_day":"2026-01-02 00:00:00","ad_id":"1790000000000000001"}}"#;
        assert_eq!(
            records("ads_reports_daily", &format!("[{row}]")),
            [json!({
                "metrics": {
                    "spend": "14.68", "impressions": "1079", "video_play_actions": 12, "average_video_play": 0.93,
                    "real_time_app_install": null, "cpc": null, "campaign_id": 1_790_000_000_000_000_003_u64,
                    "campaign_name": "a\"b\u{2028}–", "new_metric": "7",
                },
                "dimensions": {"stat_time_day": "2026-01-02 00:00:00", "ad_id": 1_790_000_000_000_000_001_u64},
                "ad_id": 1_790_000_000_000_000_001_u64,
                "stat_time_day": "2026-01-02 00:00:00",
                "advertiser_id": 7_000_000_000_000_000_001_u64,
            })]
        );
    }

    #[test]
    fn entity_rows_are_typed_by_their_schema_however_deep() {
        let row = r#"{"adgroup_id":"1","audience_ids":["12","13"],"skip_learning_phase":true,"budget":50.0,"app_id":"",
            "actions":[{"action_category_ids":["9"],"action_period":7,"x":{"y":[1, 2]}}, null],"schedule_infos":null,
            "age_groups":[],"contextual_tag_ids":"5","targeting_expansion":[1,{"a":"b"}],"undeclared":{"a" : "1"}}"#;
        assert_eq!(
            records("ad_groups", &format!("[{row}]")),
            [json!({
                "adgroup_id": 1, "audience_ids": [12, 13], "skip_learning_phase": 1, "budget": 50.0, "app_id": null,
                "actions": [{"action_category_ids": [9], "action_period": 7, "x": {"y": [1, 2]}}, null],
                "schedule_infos": null, "age_groups": [], "contextual_tag_ids": ["5"],
                "targeting_expansion": [1, {"a": "b"}], "undeclared": {"a": "1"},
            })]
        );
    }

    #[test]
    fn keys_differ_as_rows_do_and_cursors_are_read() {
        let list = r#"[{"ad_id":"1","modify_time":"2026-01-02 03:04:05"},{"modify_time":null,"ad_id":"2"},{"ad_id":"1"},{},{"x":1}]"#;
        let data = format!(r#"{{"page_info":{{"total_number":5,"total_page":1}},"list":{list}}}"#);
        let rows = decode("ads", None, &data).unwrap();
        let distinct: std::collections::HashSet<_> = rows.keys.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(rows.keys[0], rows.keys[2]);
        let cursors: Vec<_> = rows.marks.iter().map(|mark| mark.cursor.map(|cursor| cursor.to_string())).collect();
        assert_eq!(cursors, [Some("2026-01-02 03:04:05".to_owned()), None, None, None, None]);
    }

    #[test]
    fn filtered_rows_leave_no_trace() {
        let data = r#"{"page_info":{"total_number":3,"total_page":1},"list":[{"ad_id":1},{"ad_id":2},{"ad_id":3}]}"#;
        let (lines, count) = decode("ads", None, data).unwrap().filtered(|at, _| at != 1);
        let lines = String::from_utf8(lines).unwrap();
        assert_eq!((lines.lines().count(), count), (2, 2));
        assert!(lines.contains("\"ad_id\":1") && !lines.contains("\"ad_id\":2") && lines.contains("\"ad_id\":3"));
    }

    #[test]
    fn a_page_without_its_parts_is_no_page() {
        assert!(decode("ads", None, "{}").is_err());
        assert!(decode("ads", None, r#"{"list":[]}"#).is_err());
        assert!(decode("advertisers", None, r#"{"list":[]}"#).is_ok());
        assert!(decode("ads", None, r#"{"list":null,"page_info":{"total_number":0,"total_page":0}}"#).is_ok());
    }

    #[test]
    fn a_pretty_printed_answer_still_makes_one_line_a_row() {
        let data = "{\n \"list\": [\n {\n \"ad_id\" : \"1\",\n \"undeclared\": [\n 1\n ]\n }\n ],\n \"page_info\": {\"total_number\":1,\"total_page\":1}\n}";
        let rows = decode("ads", None, data).unwrap();
        assert_eq!(rows.lines.iter().filter(|byte| **byte == b'\n').count(), 1);
    }
}
