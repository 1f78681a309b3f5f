//! A page of TikTok's rows → RECORD lines, in one pass and without a tree of values.
//!
//! While a row is parsed its line is written. What the rest of the sync needs of a row, its key and its
//! cursor, is read back from where it was written. Rows that look like the one before are not even parsed: [`page`]
//! and [`template`] write the same lines a second way, which a property test holds to the first.

pub(crate) mod changes;
mod data;
mod format;
mod page;
mod projection;
mod rows;
mod scan;
pub(crate) mod shape;
mod template;
pub(crate) mod timestamp;
mod value;
mod writer;

use serde::de::Deserializer;

use self::data::DataVisitor;
pub(crate) use self::format::{Format, Lines};
pub(crate) use self::rows::Rows;
use self::writer::Writer;
use crate::tiktok::envelope::Decode;
use crate::tiktok::space::Space;

impl Decode for Lines<'_> {
    type Out = Rows;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Rows, D::Error> {
        if self.format.list.is_empty() {
            return Writer::new(self).alone(data);
        }
        data.deserialize_map(DataVisitor { lines: self, begun: None })
    }

    fn at_once(&self, text: &str) -> Option<Rows> {
        page::read(self, text)
    }

    fn keep(&self, rows: &mut Rows, space: Space) {
        rows.space = Some(space);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use serde_json::Value;

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
    fn data_without_a_list_is_a_row() {
        let format = Format::new(streams::find("split_tests").unwrap());
        let data = r#"{"split_test_status":"COMPLETED","start_time":"2026-01-02 03:04:05","cells":null,
            "object_info":[{"adgroup_id":"7","adgroup_name":"A"}],"p_value_info":[{"metric":"CLICK","p_value":"0.05"}]}"#;
        let found = records_of(&format, data);
        assert_eq!(
            found,
            [json!({
                "split_test_status": "COMPLETED", "start_time": "2026-01-02 03:04:05", "cells": null,
                "object_info": [{"adgroup_id": 7, "adgroup_name": "A"}],
                "p_value_info": [{"metric": "CLICK", "p_value": 0.05}],
                "advertiser_id": 7_000_000_000_000_000_001_u64,
            })]
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

    #[test]
    fn rows_without_their_key_are_counted() {
        let page = |list: &str| {
            let info = r#"{"page":1,"page_size":10,"total_number":1,"total_page":1}"#;
            decode("ads_reports_daily", Some("7"), &format!(r#"{{"list":[{list}],"page_info":{info}}}"#))
                .unwrap()
                .keyless
        };
        let whole = r#"{"dimensions":{"ad_id":"1","stat_time_day":"2026-01-01 00:00:00"},"metrics":{}}"#;
        let partly = r#"{"dimensions":{"stat_time_day":"2026-01-01 00:00:00"},"metrics":{}}"#;
        assert_eq!(page(whole), 0);
        assert_eq!(page(&format!(r#"{whole},{partly},{{"dimensions":null,"metrics":{{}}}}"#)), 2);
    }
}
