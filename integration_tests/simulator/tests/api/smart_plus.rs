use crate::client::get;
use crate::{id_of, small, start};
use serde_json::Value;
use simulator::{Level, Options, ReportQuery, Simulator, WorldKind, smart_plus_material};
use std::collections::BTreeSet;

fn rows(sim: &Simulator, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let reply = get(sim, path, query).json();
    assert_eq!(reply["code"], 0, "{path}: {}", reply["message"]);
    reply["data"]["list"].as_array().unwrap().clone()
}

#[test]
fn both_gets_show_the_same_objects() {
    let sim = start(Options { world: WorldKind::Ages, ..Options::default() });
    let elder = id_of(&sim, "Elder").to_string();
    let smart = r#"{"campaign_automation_type":"UPGRADED_SMART_PLUS"}"#;
    for (own, ordinary, key, same) in [
        ("/smart_plus/campaign/get/", "/campaign/get/", "campaign_id", &["campaign_name", "budget", "modify_time"][..]),
        ("/smart_plus/adgroup/get/", "/adgroup/get/", "adgroup_id", &["adgroup_name", "schedule_start_time"]),
    ] {
        let query = [("advertiser_id", elder.as_str()), ("page_size", "1000")];
        let found = rows(&sim, own, &query);
        let others = rows(&sim, ordinary, &[&query[..], &[("filtering", smart)]].concat());
        assert_eq!(found.len(), 4);
        for (one, other) in found.iter().zip(&others) {
            assert_eq!(one[key], other[key]);
            assert!(same.iter().all(|name| one[*name] == other[*name]), "{own}");
        }
    }
    let mut ads = Vec::new();
    for page in ["1", "2"] {
        ads.extend(rows(
            &sim,
            "/smart_plus/ad/get/",
            &[("advertiser_id", &elder), ("page_size", "100"), ("page", page)],
        ));
    }
    let query = [("advertiser_id", elder.as_str()), ("page_size", "1000"), ("filtering", smart)];
    let creatives = rows(&sim, "/ad/get/", &query);
    assert_eq!((ads.len(), creatives.len()), (120, 240));
    let ids =
        |rows: &[Value]| -> BTreeSet<String> { rows.iter().map(|ad| ad["smart_plus_ad_id"].to_string()).collect() };
    assert_eq!(ids(&ads), ids(&creatives));
    assert!(ads.iter().all(|ad| ad["creative_list"].as_array().unwrap().len() == 2));
}

#[test]
fn fields_are_chosen_and_checked() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let fields = [("advertiser_id", tokyo.as_str()), ("fields", r#"["smart_plus_ad_id","modify_time"]"#)];
    let ads = rows(&sim, "/smart_plus/ad/get/", &fields);
    assert!(ads[0].as_object().unwrap().len() == 2 && ads[0]["modify_time"].is_null());
    let wrong = [("advertiser_id", tokyo.as_str()), ("fields", r#"["ad_id"]"#)];
    assert_eq!(get(&sim, "/smart_plus/ad/get/", &wrong).code(), 40002);
}

#[test]
fn reviews_tell_what_is_refused() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let text = tokyo.to_string();
    let (groups, ads) = sim.read(|world| {
        let account = world.account(tokyo).unwrap();
        let groups: Vec<String> =
            account.all(Level::AdGroup).iter().take(20).map(|group| group.id.to_string()).collect();
        let ads = account.all(Level::Ad).iter().filter(|ad| groups.contains(&ad.adgroup.to_string())).count();
        (groups, ads)
    });
    let ids = serde_json::to_string(&groups).unwrap();
    let data = get(&sim, "/adgroup/review_info/", &[("advertiser_id", &text), ("adgroup_ids", &ids)]).json();
    let data = &data["data"];
    assert_eq!(data["ad_group_review_map"].as_object().unwrap().len(), groups.len());
    let reviews = data["ad_review_map"].as_object().unwrap();
    assert_eq!(reviews.len(), ads);
    assert!(reviews.values().any(|review| review["is_approved"] == false && !review["reject_info"][0].is_null()));
    let unknown = [("advertiser_id", text.as_str()), ("adgroup_ids", r#"["1"]"#)];
    assert_eq!(get(&sim, "/adgroup/review_info/", &unknown).code(), 40002);
    let smart = sim.read(|world| {
        let all = world.account(tokyo).unwrap().all(Level::Ad);
        all.iter().find_map(|ad| ad.smart_plus_ad).unwrap()
    });
    let ids = format!("[\"{smart}\"]");
    let query = [("advertiser_id", text.as_str()), ("smart_plus_ad_ids", &ids)];
    let data = get(&sim, "/smart_plus/ad/review_info/", &query).json()["data"].clone();
    assert_eq!(data["smart_plus_ad_review_infos"][0]["smart_plus_ad_id"], smart.to_string());
    assert_eq!(data["material_review_infos"].as_array().unwrap().len(), 3);
}

#[test]
fn materials_add_up_to_ads() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let text = tokyo.to_string();
    let days = [("start_date", "2026-02-10"), ("end_date", "2026-03-11")];
    let sum = |path: &str, dimensions: &str| -> u64 {
        let query =
            [&days[..], &[("advertiser_id", text.as_str()), ("dimensions", dimensions), ("page_size", "100")]].concat();
        let impressions = |row: &Value| row["metrics"]["impressions"].as_str().unwrap().parse::<u64>().unwrap();
        rows(&sim, path, &query).iter().map(impressions).sum()
    };
    let asked = ReportQuery {
        advertiser: tokyo,
        level: Some(Level::Ad),
        audience: false,
        dimensions: vec!["ad_id".to_owned()],
        metrics: vec!["impressions".to_owned()],
        range: Some(("2026-02-10".parse().unwrap(), "2026-03-11".parse().unwrap())),
        deleted: true,
    };
    let expected: u64 = sim.read(|world| {
        let smart: BTreeSet<String> = world
            .account(tokyo)
            .unwrap()
            .all(Level::Ad)
            .iter()
            .filter(|ad| ad.smart_plus_ad.is_some())
            .map(|ad| ad.id.to_string())
            .collect();
        let rows = world.report(&asked);
        let own = rows.iter().filter(|row| smart.contains(&row.dimensions["ad_id"]));
        own.map(|row| row.metrics["impressions"].parse::<u64>().unwrap()).sum()
    });
    assert!(expected > 0);
    let (overview, breakdown) = ("/smart_plus/material_report/overview/", "/smart_plus/material_report/breakdown/");
    for (path, dimensions) in [
        (overview, r#"["smart_plus_ad_id","main_material_id"]"#),
        (overview, r#"["advertiser_id","call_to_action_entity_id"]"#),
        (breakdown, r#"["stat_time_day","ad_text_entity_id"]"#),
        (breakdown, r#"["main_material_id","stat_time_month"]"#),
    ] {
        assert_eq!(sum(path, dimensions), expected, "{path} {dimensions}");
    }
    for (path, dimensions) in [
        (overview, r#"["smart_plus_ad_id"]"#),
        (overview, r#"["stat_time_day","main_material_id"]"#),
        (breakdown, r#"["stat_time_hour","main_material_id"]"#),
        (breakdown, r#"["campaign_id","main_material_id"]"#),
    ] {
        let query = [&days[..], &[("advertiser_id", text.as_str()), ("dimensions", dimensions)]].concat();
        assert_eq!(get(&sim, path, &query).code(), 40002, "{path} {dimensions}");
    }
}

#[test]
fn why_a_material_was_refused_is_told_on_request() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let ids: Vec<String> = sim.read(|world| {
        let ads = world.account(tokyo).unwrap().all(Level::Ad);
        let smart = ads.iter().filter(|ad| ad.smart_plus_ad.is_some());
        smart.take(100).map(|ad| smart_plus_material(ad.id).to_string()).collect()
    });
    let (text, ids) = (tokyo.to_string(), serde_json::json!(ids).to_string());
    let ask = |setting: &str| {
        let query =
            [("advertiser_id", text.as_str()), ("ad_material_ids", ids.as_str()), ("extra_info_setting", setting)];
        let answer = get(&sim, "/smart_plus/material/review_info/", &query);
        if answer.code() == 0 { answer.json()["data"]["material_review_infos"].clone() } else { Value::Null }
    };
    let has = |list: &Value, place: &str| list.as_array().unwrap().iter().any(|row| row.pointer(place).is_some());
    assert!(!has(&ask("{}"), "/reject_info"));
    let why = ask(r#"{"include_reject_info":true}"#);
    assert!(has(&why, "/reject_info/0/reasons") && !has(&why, "/reject_info/0/violation_frames"));
    assert!(has(
        &ask(r#"{"include_reject_info":true,"include_violation_frame":true}"#),
        "/reject_info/0/violation_frames/0/video_id"
    ));
    assert!(ask(r#"{"include_reject_info":"yes"}"#).is_null());
}

#[test]
fn materials_have_the_metrics_of_their_own_list() {
    let sim = small();
    let text = id_of(&sim, "Tokyo").to_string();
    for (metric, code) in [("conversion_rate_v2", 0), ("conversion_rate", 40002), ("reach", 40002), ("ad_text", 0)] {
        let metrics = format!("[\"{metric}\"]");
        let query = [
            ("advertiser_id", text.as_str()),
            ("dimensions", r#"["main_material_id","stat_time_day"]"#),
            ("metrics", &metrics),
            ("start_date", "2026-03-01"),
            ("end_date", "2026-03-02"),
        ];
        assert_eq!(get(&sim, "/smart_plus/material_report/breakdown/", &query).code(), code, "{metric}");
    }
}
