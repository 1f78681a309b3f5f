//! A record that is made of some values of a row, in the place of the row itself.

use serde_json::Value;

use super::shape::{Shape, write_scalar};
use super::value::Values;
use crate::streams::view::{Column, Content, Only, View};

/// The columns of a record, and where their values are in a row.
pub(super) struct Projection {
    columns: Vec<(Vec<u8>, Filling)>,
    /// The slot of an id, and whether only rows count that have it, or only those that do not.
    only: Option<(usize, bool)>,
}

enum Filling {
    Slot(usize),
    First(usize, usize),
    Id(usize),
    Texts(usize, &'static str),
    Literal(&'static str),
    Synced,
}

const NULL: &[u8] = b"null";

impl Projection {
    /// `watch` remembers a field of a row and returns its slot.
    pub(super) fn new(view: &View, mut watch: impl FnMut(&[&'static str]) -> usize) -> Self {
        let mut filling = |column: &Column| {
            let mut slot = || watch(&column.path());
            match column.content {
                Content::Same | Content::Renamed(_) | Content::At(_) => Filling::Slot(slot()),
                Content::Id(_) => Filling::Id(slot()),
                Content::Texts(name) => Filling::Texts(slot(), name),
                Content::First([_, other]) => Filling::First(slot(), watch(&[other])),
                Content::Literal(json) => Filling::Literal(json),
                Content::Synced => Filling::Synced,
            }
        };
        let columns = view.columns.iter().map(|column| (format!("\"{}\":", column.name).into_bytes(), filling(column)));
        Self {
            columns: columns.collect(),
            only: view.only.map(|only| (watch(&[only.id()]), matches!(only, Only::With(_)))),
        }
    }

    /// Whether a row counts. An id is more than nothing.
    pub(super) fn counts(&self, values: &Values) -> bool {
        let has_id = |slot| values.slot(slot).is_some_and(|id| id.iter().any(|byte| matches!(byte, b'1'..=b'9')));
        self.only.is_none_or(|(slot, with)| has_id(slot) == with)
    }

    /// Puts the columns in the place of what was written of the row, from `from` on. `synced` is the moment, as JSON.
    pub(super) fn write(&self, values: &mut Values, from: usize, synced: &[u8]) {
        let row_end = values.out.len();
        for (at, (name, filling)) in self.columns.iter().enumerate() {
            if at > 0 {
                values.out.push(b',');
            }
            values.out.extend_from_slice(name);
            filling.write(values, synced);
        }
        values.out.drain(from..row_end);
    }
}

impl Filling {
    fn write(&self, values: &mut Values, synced: &[u8]) {
        match self {
            Self::Slot(slot) => copy(values, *slot),
            Self::First(slot, other) => {
                let is_there = values.slot(*slot).is_some_and(|value| value != NULL);
                copy(values, if is_there { *slot } else { *other });
            }
            Self::Id(slot) => {
                let id = String::from_utf8_lossy(values.slot(*slot).unwrap_or(NULL)).into_owned();
                write_scalar(&Shape::Integer, &id, &mut values.out);
            }
            Self::Texts(slot, name) => {
                let list = values.slot(*slot).and_then(|list| serde_json::from_slice(list).ok());
                let text = list.map_or(Value::Null, |list| texts(&list, name));
                values.out.extend_from_slice(text.to_string().as_bytes());
            }
            Self::Literal(json) => values.out.extend_from_slice(json.as_bytes()),
            Self::Synced => values.out.extend_from_slice(synced),
        }
    }
}

fn copy(values: &mut Values, slot: usize) {
    match values.slots.get(slot).cloned().flatten() {
        Some(range) => values.out.extend_from_within(range),
        None => values.out.extend_from_slice(NULL),
    }
}

/// The fields of this name of the objects of a list, as JSON in text. What is a text already stands for itself; what is no
/// list is null.
fn texts(list: &Value, name: &str) -> Value {
    let Some(list) = list.as_array() else { return Value::Null };
    let one = |item: &Value| if item.is_string() { Some(item.clone()) } else { item.get(name).cloned() };
    let texts: Vec<Value> = list.iter().filter_map(one).filter(|text| !text.is_null()).collect();
    Value::String(Value::Array(texts).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Format, Lines};
    use crate::streams;
    use crate::tiktok::envelope;
    use crate::tiktok::transport::Response;

    /// The records that a table makes of a list, without the moment, whose form is checked.
    fn records(table: &str, list: &serde_json::Value) -> Vec<serde_json::Value> {
        let format = Format::new(streams::find(table).unwrap());
        let data =
            json!({format.list: list, "page_info": {"page": 1, "page_size": 9, "total_number": 9, "total_page": 1}});
        let body = json!({"code": 0, "message": "OK", "data": data}).to_string().into_bytes();
        let answer = Response { status: 200, body, cut: false, retry_after: None };
        let lines = Lines { format: &format, advertiser: Some("7000000000000000001"), parent: None, output: None };
        let (lines, count) = envelope::read(&answer, &lines).unwrap().filtered(|_, _| true);
        let lines = String::from_utf8(lines).unwrap();
        assert_eq!(lines.lines().count() as u64, count);
        let record = |line: &str| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["record"]["stream"], table);
            let emitted = line["record"]["emitted_at"].as_i64().unwrap();
            let mut data = line["record"]["data"].take();
            let synced = data.as_object_mut().unwrap().remove("_fivetran_synced").unwrap();
            let synced = chrono::DateTime::parse_from_rfc3339(synced.as_str().unwrap()).unwrap();
            assert_eq!(synced.timestamp_millis(), emitted);
            data
        };
        lines.lines().map(record).collect()
    }

    #[test]
    fn a_record_has_its_columns_and_no_others() {
        let row = |id: &str| {
            json!({"campaign_id": id, "campaign_name": "a\"b", "modify_time": "2026-01-02 03:04:05", "budget": 50.0,
            "operation_status": "ENABLE", "undeclared": {"x": [1]}, "advertiser_id": "7", "create_time": ""})
        };
        let record = |id: u64| {
            json!({"campaign_id": id, "updated_at": "2026-01-02 03:04:05", "advertiser_id": 7, "campaign_name": "a\"b",
            "campaign_type": null, "split_test_variable": null, "objective_type": null, "status": "ENABLE",
            "operation_status": "ENABLE", "budget": 50.0, "budget_mode": null, "create_time": null,
            "is_new_structure": null})
        };
        assert_eq!(records("campaign_history", &json!([row("5"), row("6")])), [record(5), record(6)]);
    }

    #[test]
    fn a_row_of_history_has_a_time_where_tiktok_tells_of_no_change() {
        for (table, id, time) in [
            ("campaign_history", "campaign_id", "updated_at"),
            ("adgroup_history", "adgroup_id", "updated_at"),
            ("ad_history", "ad_id", "updated_at"),
            ("smart_plus_ad_history", "smart_plus_ad_id", "modify_time"),
        ] {
            for untold in [json!(null), json!("")] {
                let row = json!({id: "5", "modify_time": untold, "create_time": "2026-01-02 03:04:05"});
                assert_eq!(records(table, &json!([row]))[0][time], "2026-01-02 03:04:05", "{table} {untold}");
            }
        }
    }

    #[test]
    fn reports_are_flat_and_renamed() {
        let row = json!({"metrics": {"spend": "14.68", "video_views_p25": "3", "video_watched_2s": "4", "cpc": "-"},
            "dimensions": {"stat_time_hour": "2026-01-02 03:00:00", "ad_id": "5"}});
        let record = &records("ad_report_hourly", &json!([row]))[0];
        assert_eq!(record["spend"], json!(14.68));
        assert_eq!((&record["video_views_p_25"], &record["video_watched_2_s"]), (&json!(3), &json!(4)));
        assert_eq!((&record["ad_id"], &record["cpc"]), (&json!(5), &json!(null)));
        assert_eq!(record["stat_time_hour"], "2026-01-02 03:00:00");
        assert!(record.get("video_views_p25").is_none() && record.get("advertiser_id").is_none());
    }

    #[test]
    fn an_owner_that_rows_leave_out_is_a_column_too() {
        let record = &records("location", &json!([{"region_id": "1", "region_name": "A"}]))[0];
        assert_eq!(record["advertiser_id"], json!(7_000_000_000_000_000_001_u64));
        assert_eq!(record["region_id"], "1");
    }

    #[test]
    fn an_ad_is_a_creative_of_a_smart_plus_ad_or_stands_alone() {
        let row = |id: &str, of: serde_json::Value| json!({"ad_id": id, "smart_plus_ad_id": of});
        let all = json!([row("1", json!("9")), row("2", json!("0")), row("3", json!("")), row("4", json!(null)),
            {"ad_id": "5"}, row("6", json!("8"))]);
        let found = records("creative_history", &all);
        let ids: Vec<_> = found.iter().map(|row| (&row["creative_id"], &row["smart_plus_ad_id"])).collect();
        assert_eq!(ids, [(&json!(1), &json!(9)), (&json!(6), &json!(8))]);
        let others = records("ad_history", &all);
        assert_eq!(others.iter().map(|row| &row["ad_id"]).collect::<Vec<_>>(), [2, 3, 4, 5]);
    }

    #[test]
    fn smart_plus_ads_are_lifted_and_their_pages_are_a_list_of_texts_in_text() {
        let configuration = json!({"identity_id": "i", "tracking_info": {"click_tracking_url": "https://c"},
            "product_ids": ["1"], "phone_info": null});
        let row = json!({"smart_plus_ad_id": "9", "create_time": "2026-01-01 00:00:00", "modify_time": null,
            "landing_page_url_list": [{"landing_page_url": "https://a/?b=\"c\""}, {"landing_page_url": null}, {}],
            "ad_configuration": configuration});
        let bare = json!({"smart_plus_ad_id": "8", "landing_page_url_list": null, "ad_configuration": null});
        let found = records("smart_plus_ad_history", &json!([row, bare]));
        assert_eq!(found[0]["modify_time"], "2026-01-01 00:00:00");
        assert_eq!(found[0]["landing_page_url_list"], "[\"https://a/?b=\\\"c\\\"\"]");
        assert_eq!(found[0]["tracking_info_click_tracking_url"], "https://c");
        assert_eq!((&found[0]["identity_id"], &found[0]["product_ids"]), (&json!("i"), &json!(["1"])));
        assert_eq!(found[0]["phone_info_phone_number"], json!(null));
        assert_eq!((&found[1]["landing_page_url_list"], &found[1]["modify_time"]), (&json!(null), &json!(null)));
    }
}
