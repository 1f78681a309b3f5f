//! A page of TikTok's rows → RECORD lines, in one pass and without a tree of values.
//!
//! While a row is parsed its line is written. What the rest of the sync needs of a row, its key and its
//! cursor, is read back from where it was written.

mod value;
mod writer;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::shape::{Fields, Shape, write_scalar};
use super::stamp::Stamp;
use crate::protocol::Output;
use crate::streams::{Origin, Read, StreamDef};
use crate::tiktok::endpoint::Paging;
use crate::tiktok::envelope::Decode;
use crate::tiktok::loose;
use crate::tiktok::page::{Key, Page, PageInfo, is_empty};
use crate::tiktok::space::Space;
use writer::Writer;

/// How the records of one stream are written. Made once a run.
pub(crate) struct Format {
    row: Fields,
    /// `{"type":"RECORD","record":{"stream":…,"data":{`
    prefix: Vec<u8>,
    /// The first slots hold the primary key, as far as rows have it.
    keys: usize,
    /// What the primary key's fields are called.
    names: Arc<[&'static str]>,
    cursor: Option<usize>,
    /// Fields that are written again on top of the record: the slot and `"name":`.
    lifts: Vec<(usize, Vec<u8>)>,
    /// Fields that say whose a row is: the slot, where the value comes from, `"name":` and its type.
    origins: Vec<(usize, Origin, Vec<u8>, Shape)>,
    /// Values of a row that are wanted again.
    slots: usize,
    list: &'static str,
    counted: bool,
    /// Bytes of the longest page so far: the next one is given as many at once.
    longest: AtomicUsize,
}

impl Format {
    #[must_use]
    pub(crate) fn new(stream: &StreamDef) -> Self {
        // A schema that is no JSON fails the tests of `streams`.
        let schema = serde_json::from_str(&stream.schema()).unwrap_or_default();
        let dimensions = match &stream.read {
            Read::Report(report) => &*report.dimensions,
            _ => &[],
        };
        let beside = beside(stream, &schema);
        let mut slots = Slots { row: Fields::compile(&schema, stream.flattened), names: Vec::new(), beside };
        let in_row =
            |name: &str| dimensions.contains(&name) || stream.origin.iter().all(|origin| origin.field() != name);
        for name in stream.primary_key.iter().filter(|name| in_row(name)) {
            slots.watch(name, stream, dimensions);
        }
        let keys = slots.names.len();
        let cursor = stream.cursor.filter(|name| !dimensions.contains(name));
        let cursor = cursor.map(|name| slots.watch(name, stream, dimensions));
        let lifted = stream.lifted.iter().map(|(_, name)| *name);
        let nested = dimensions.iter().copied().filter(|_| stream.flattened.is_empty());
        let lifts: Vec<_> = lifted
            .chain(nested)
            .chain(slots.beside.clone())
            .map(|name| (slots.watch(name, stream, dimensions), key(name)))
            .collect();
        let origins = stream.origin.iter().map(|origin| {
            let name = origin.field();
            let shape = if is_integer(&schema, name) { Shape::Integer } else { Shape::Text };
            (slots.watch(name, stream, dimensions), *origin, key(name), shape)
        });
        let origins = origins.collect();
        let name = serde_json::Value::from(&*stream.name);
        Self {
            prefix: format!("{{\"type\":\"RECORD\",\"record\":{{\"stream\":{name},\"data\":{{").into_bytes(),
            keys,
            names: stream.primary_key.iter().copied().collect(),
            cursor,
            lifts,
            origins,
            slots: slots.names.len(),
            row: slots.row,
            list: stream.endpoint.list,
            counted: matches!(stream.endpoint.paging, Paging::Counted(_)),
            longest: AtomicUsize::new(0),
        }
    }
}

/// Which values of a row are remembered.
struct Slots {
    row: Fields,
    names: Vec<&'static str>,
    beside: Vec<&'static str>,
}

impl Slots {
    /// The slot of a field of the record, wherever in TikTok's row it stands.
    fn watch(&mut self, name: &'static str, stream: &StreamDef, dimensions: &[&str]) -> usize {
        if let Some(slot) = self.names.iter().position(|known| *known == name) {
            return slot;
        }
        let slot = self.names.len();
        self.names.push(name);
        match stream.lifted.iter().find(|(_, lifted)| *lifted == name) {
            Some((path, _)) => self.row.watch(path, slot),
            None if dimensions.contains(&name) => self.row.watch(&["dimensions", name], slot),
            None if self.beside.contains(&name) => self.row.watch(&["metrics", name], slot),
            None => {
                self.row.watch(&[name], slot);
                stream.flattened.iter().for_each(|object| self.row.watch(&[object, name], slot));
            }
        }
        slot
    }
}

/// The metrics of a nested report that its schema has on top as well: an ad's campaign and ad group.
fn beside(stream: &StreamDef, schema: &Value) -> Vec<&'static str> {
    let Read::Report(report) = &stream.read else { return Vec::new() };
    let on_top = schema.get("properties").and_then(Value::as_object).filter(|_| stream.flattened.is_empty());
    let names = report.metrics().map(|metric| metric.name).filter(|name| !report.dimensions.contains(name));
    names.filter(|name| on_top.is_some_and(|fields| fields.contains_key(*name))).collect()
}

fn key(name: &str) -> Vec<u8> {
    format!("\"{name}\":").into_bytes()
}

fn is_integer(schema: &serde_json::Value, name: &str) -> bool {
    let kind = schema.pointer(&format!("/properties/{name}/type"));
    kind.is_some_and(|kind| {
        kind == "integer" || kind.as_array().is_some_and(|all| all.iter().any(|one| one == "integer"))
    })
}

/// Decodes `data` of one page into lines.
pub(crate) struct Lines<'a> {
    pub format: &'a Format,
    /// The advertiser that was asked about, whom most rows leave out.
    pub advertiser: Option<&'a str>,
    /// The parent, if it was one.
    pub parent: Option<&'a str>,
    /// Where the lines will go, for a buffer that went there before.
    pub output: Option<&'a Output>,
}

impl Lines<'_> {
    /// What each row gets that leaves it out: the slot, and the field as it is written. `map_key` is the row's, if
    /// it stands in a map.
    fn origins(&self, map_key: Option<&str>) -> Vec<(usize, Vec<u8>)> {
        let origins = self.format.origins.iter().filter_map(|(slot, origin, key, shape)| {
            let id = match origin {
                Origin::Advertiser => self.advertiser?,
                Origin::Parent(_) => self.parent?,
                Origin::MapKey(_) => map_key?,
            };
            let mut field = key.clone();
            write_scalar(shape, &serde_json::Value::from(id).to_string(), &mut field);
            Some((*slot, field))
        });
        origins.collect()
    }
}

/// RECORD lines with what is known of each.
pub(crate) struct Rows {
    pub lines: Vec<u8>,
    pub marks: Vec<Mark>,
    keys: Vec<Key>,
    info: Option<PageInfo>,
    /// Kept until the lines are on their way.
    space: Option<Space>,
    names: Arc<[&'static str]>,
}

/// One row of [`Rows`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
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

    /// Its primary key, read back from its line.
    fn called(&self, at: usize) -> String {
        let start = at.checked_sub(1).and_then(|before| self.marks.get(before)).map_or(0, |mark| mark.end);
        let line = self.marks.get(at).and_then(|mark| self.lines.get(start..mark.end)).unwrap_or_default();
        let line: Value = serde_json::from_slice(line).unwrap_or_default();
        let named = self.names.iter().filter_map(|name| {
            let value = line.pointer("/record/data")?.get(name)?;
            Some(format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        });
        let named: Vec<_> = named.collect();
        if named.is_empty() { "what has no key".to_owned() } else { named.join(", ") }
    }
}

impl Rows {
    /// The space that the lines take.
    pub(crate) fn take_space(&mut self) -> Option<Space> {
        self.space.take()
    }

    /// Only the lines of the rows that `keep` wants, and how many.
    #[must_use]
    pub(crate) fn filtered(self, keep: impl Fn(usize, Mark) -> bool) -> (Vec<u8>, u64) {
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

    fn keep(&self, rows: &mut Rows, space: Space) {
        rows.space = Some(space);
    }
}

/// What nobody needs of a list that is not counted may look as it likes.
#[derive(Deserialize)]
struct Maybe(#[serde(deserialize_with = "loose::readable_or_none")] Option<PageInfo>);

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
                name if name == self.0.format.list => rows = Some(map.next_value_seed(Writer::new(self.0))?),
                "page_info" if self.0.format.counted => info = map.next_value()?,
                "page_info" => info = map.next_value::<Maybe>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let rows = rows.or_else(|| is_empty(info).then(|| Writer::new(self.0).into()));
        let mut rows: Rows = rows.ok_or_else(|| A::Error::missing_field(self.0.format.list))?;
        if self.0.format.counted {
            rows.info = Some(info.ok_or_else(|| A::Error::missing_field("page_info"))?);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::streams;
    use crate::tiktok::envelope;
    use crate::tiktok::transport::Response;

    fn decode(stream: &str, advertiser: Option<&str>, data: &str) -> crate::error::Result<Rows> {
        let format = Format::new(streams::find(stream).unwrap());
        let body = format!(r#"{{"code":0,"message":"OK","data":{data}}}"#).into_bytes();
        let answer = Response { status: 200, body, cut: false, retry_after: None };
        envelope::read(&answer, &Lines { format: &format, advertiser, parent: None, output: None })
    }

    /// The records of an answer about one advertiser.
    fn records_of(format: &Format, data: &str) -> Vec<Value> {
        let body = format!(r#"{{"code":0,"message":"OK","data":{data}}}"#).into_bytes();
        let answer = Response { status: 200, body, cut: false, retry_after: None };
        let lines = Lines { format, advertiser: Some("7000000000000000001"), parent: None, output: None };
        let rows = envelope::read(&answer, &lines).unwrap();
        let lines = String::from_utf8(rows.lines).unwrap();
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"]["data"].take()).collect()
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
                "campaign_id": 1_790_000_000_000_000_003_u64,
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

    #[test]
    fn flat_reports_have_everything_on_top_with_numbers_as_numbers() {
        let row = r#"{"metrics":{"spend":"14.68","impressions":"1079.00","cpc":"-","campaign_id":"3","campaign_name":"a"},
            "dimensions":{"stat_time_day":"2026-01-02 00:00:00","ad_id":"1790000000000000001"}}"#;
        let format = Format::new(&streams::find("ads_reports_daily").unwrap().flat());
        let found =
            records_of(&format, &format!(r#"{{"list":[{row}],"page_info":{{"total_number":1,"total_page":1}}}}"#));
        assert_eq!(
            found,
            [json!({
                "spend": 14.68, "impressions": 1079, "cpc": null, "campaign_id": 3, "campaign_name": "a",
                "stat_time_day": "2026-01-02 00:00:00", "ad_id": 1_790_000_000_000_000_001_u64,
                "advertiser_id": 7_000_000_000_000_000_001_u64,
            })]
        );
    }

    #[test]
    fn rows_say_whose_they_are_once() {
        let data = r#"{"list":[{"image_id":"i"},{"image_id":"j","advertiser_id":"9"}],"page_info":{"total_number":2,"total_page":1}}"#;
        let found = records_of(&Format::new(streams::find("creative_assets_images").unwrap()), data);
        assert_eq!(
            found,
            [
                json!({"image_id": "i", "advertiser_id": 7_000_000_000_000_000_001_u64}),
                json!({"image_id": "j", "advertiser_id": 9})
            ]
        );
    }

    #[test]
    fn objects_are_flattened_and_keys_lifted() {
        let data = r#"{"list":[{"bc_info":{"bc_id":"5","name":"n","x":1},"user_role":"ADMIN"},{"bc_info":null}],"page_info":{"total_number":2,"total_page":1}}"#;
        let found = records_of(&Format::new(streams::find("business_centers").unwrap()), data);
        assert_eq!(found, [json!({"bc_id": "5", "name": "n", "x": 1, "user_role": "ADMIN"}), json!({})]);
        let data =
            r#"{"list":[{"item_info":{"item_id":"7","text":"t"}}],"page_info":{"total_number":1,"total_page":1}}"#;
        let found = records_of(&Format::new(streams::find("spark_ads").unwrap()), data);
        assert_eq!(found[0]["spark_ads_post_id"], "7");
    }

    #[test]
    fn a_map_of_rows_is_a_list() {
        let data = r#"{"ad_review_map":{"7":{"ad_id":"7","is_approved":true},"8":{}},"ad_group_review_map":{}}"#;
        let found = records_of(&Format::new(streams::find("ad_review_info").unwrap()), data);
        let advertiser = 7_000_000_000_000_000_001_u64;
        assert_eq!(
            found,
            [
                json!({"ad_id": 7, "is_approved": true, "advertiser_id": advertiser}),
                json!({"ad_id": 8, "advertiser_id": advertiser}),
            ]
        );
    }

    #[test]
    fn every_schema_writes_what_it_declares() {
        for stream in streams::all() {
            for format in [Format::new(stream), Format::new(&stream.flat())] {
                assert!(format.keys <= stream.primary_key.len() && format.slots >= format.keys, "{}", stream.name);
            }
        }
    }
}
