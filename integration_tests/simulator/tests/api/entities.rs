use crate::client::get;
use crate::{id_of, small, start};
use serde_json::Value;
use simulator::{Level, Options, Simulator, WorldKind};

fn ids(sim: &Simulator, path: &str, key: &str, query: &[(&str, &str)]) -> Vec<u64> {
    let reply = get(sim, path, query).json();
    assert_eq!(reply["code"], 0, "{}", reply["message"]);
    let list = reply["data"]["list"].as_array().unwrap().clone();
    list.iter().map(|row| row[key].as_str().unwrap().parse().unwrap()).collect()
}

const GETS: [(Level, &str, &str); 3] = [
    (Level::Campaign, "/campaign/get/", "campaign_id"),
    (Level::AdGroup, "/adgroup/get/", "adgroup_id"),
    (Level::Ad, "/ad/get/", "ad_id"),
];

#[test]
fn lists_are_what_the_world_holds_newest_first() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    for (level, path, key) in GETS {
        for (deleted, filter) in [(false, "{}"), (true, r#"{"primary_status":"STATUS_ALL"}"#)] {
            let query = [("advertiser_id", tokyo.as_str()), ("page_size", "1000"), ("filtering", filter)];
            let expected: Vec<u64> = sim.read(|world| {
                let account = world.account_named("Tokyo").unwrap();
                account.listed(level, deleted).iter().map(|entity| entity.id).collect()
            });
            assert!(expected.windows(2).all(|pair| pair[0] > pair[1]));
            assert_eq!(ids(&sim, path, key, &query), expected);
        }
    }
}

#[test]
fn pages_of_the_large_world_are_the_whole() {
    let sim = start(Options { world: WorldKind::Large, ..Options::default() });
    let large = id_of(&sim, "Large").to_string();
    let mut all = Vec::new();
    for page in 1..=7 {
        let page = page.to_string();
        let query = [("advertiser_id", large.as_str()), ("page_size", "1000"), ("page", &page)];
        all.extend(ids(&sim, "/ad/get/", "ad_id", &query));
    }
    assert_eq!(all.len(), 5_200);
    all.dedup();
    assert_eq!(all.len(), 5_200);
}

#[test]
fn status_filters() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let statuses = |filter: &str| -> Vec<String> {
        let query = [("advertiser_id", tokyo.as_str()), ("page_size", "1000"), ("filtering", filter)];
        let reply = get(&sim, "/ad/get/", &query).json();
        let list = reply["data"]["list"].as_array().unwrap().clone();
        list.iter().map(|ad| ad["secondary_status"].as_str().unwrap().to_owned()).collect()
    };
    let deleted = statuses(r#"{"primary_status":"STATUS_DELETE"}"#);
    assert!(!deleted.is_empty() && deleted.iter().all(|status| status.ends_with("_DELETE")));
    for status in ["AD_STATUS_CAMPAIGN_DELETE", "AD_STATUS_DELETE", "AD_STATUS_DISABLE"] {
        let found = statuses(&format!(r#"{{"secondary_status":"{status}"}}"#));
        assert!(!found.is_empty() && found.iter().all(|found| found == status));
    }
    let query = [("advertiser_id", tokyo.as_str()), ("filtering", r#"{"primary_status":"OPEN"}"#)];
    assert_eq!(get(&sim, "/ad/get/", &query).code(), 40002);
}

#[test]
fn topview_must_be_asked_for_alone() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let ask = |filter: &str, size: &str| {
        let query = [("advertiser_id", tokyo.as_str()), ("filtering", filter), ("page_size", size)];
        get(&sim, "/adgroup/get/", &query).json()
    };
    let only = r#"{"buying_types":["RESERVATION_TOP_VIEW"]}"#;
    assert_eq!(ask(only, "100")["data"]["page_info"]["total_number"], 1);
    assert_eq!(ask(only, "101")["code"], 40002);
    let both = r#"{"buying_types":["AUCTION","RESERVATION_TOP_VIEW"]}"#;
    assert_eq!(ask(both, "10")["code"], 40002);
}

#[test]
fn fields_and_nulls() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let smart = r#"{"campaign_automation_type":"UPGRADED_SMART_PLUS"}"#;
    let mut query = vec![
        ("advertiser_id", tokyo.as_str()),
        ("filtering", smart),
        ("fields", r#"["ad_id","modify_time","smart_plus_ad_id"]"#),
    ];
    let list = get(&sim, "/ad/get/", &query).json()["data"]["list"].clone();
    let rows = list.as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["modify_time"] == Value::Null && row.as_object().unwrap().len() == 3));
    assert_eq!(rows[0]["smart_plus_ad_id"], rows[2]["smart_plus_ad_id"]);
    query.push(("exclude_field_types_in_response", "[\"NULL_FIELD\"]"));
    let list = get(&sim, "/ad/get/", &query).json()["data"]["list"].clone();
    assert!(list[0].get("modify_time").is_none());
}

#[test]
fn bad_requests_are_refused() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let bad = [
        ("page_size", "1001", "page_size"),
        ("page", "0", "page"),
        ("page", "1.5", "page"),
        ("fields", "campaign_id", "fields"),
        ("fields", "[\"campaign_id\",\"nope\"]", "fields.1"),
        ("filtering", "[]", "filtering"),
        ("filtering", "{\"campaign_ids\":[1]}", "filtering.campaign_ids.0"),
        ("filtering", "{\"campaign_ids\":\"1\"}", "filtering.campaign_ids"),
        ("filtering", "{'campaign_ids':['1']}", "filtering"),
        ("filtering", "{\"creation_filter_start_time\":\"2026-01-01\"}", "filtering.creation"),
    ];
    for (name, value, start) in bad {
        let reply = get(&sim, "/campaign/get/", &[("advertiser_id", &tokyo), (name, value)]).json();
        assert_eq!(reply["code"], 40002, "{name}={value}");
        assert!(reply["message"].as_str().unwrap().starts_with(start), "{}", reply["message"]);
    }
    let ignored = [("advertiser_id", tokyo.as_str()), ("filters", "x"), ("filtering", "{\"x\":1}")];
    assert_eq!(get(&sim, "/campaign/get/", &ignored).code(), 0);
}
