use crate::client::{ask_report, get, get_as};
use crate::{id_of, small, start};
use chrono::NaiveDate;
use serde_json::Value;
use simulator::{Expected, Level, Options, ReportOptions, ReportQuery, Simulator, TOKEN_AGENCY, TOKEN_GOOD, Together};
use std::collections::BTreeMap;

const PATH: &str = "/report/integrated/get/";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn query(sim: &Simulator, level: Option<Level>, dimensions: &[&str]) -> ReportQuery {
    ReportQuery {
        advertiser: id_of(sim, "Tokyo"),
        level,
        audience: false,
        dimensions: dimensions.iter().map(|name| (*name).to_owned()).collect(),
        metrics: ["spend", "impressions", "clicks", "conversion", "purchase"].map(str::to_owned).into(),
        range: Some((day("2026-02-10"), day("2026-03-11"))),
        deleted: true,
    }
}

/// Sums of the metrics by the dimensions that `keep` names.
fn sums(rows: &[Expected], keep: &[&str]) -> BTreeMap<Vec<String>, Vec<u64>> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let key: Vec<String> = keep.iter().map(|name| row.dimensions[*name].clone()).collect();
        let values = row.metrics.values().map(|value| value.replace('.', "").parse::<u64>().unwrap());
        let entry = sums.entry(key).or_insert_with(|| vec![0; row.metrics.len()]);
        entry.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    sums
}

#[test]
fn levels_hours_and_audiences_add_up() {
    let sim = small();
    let by_day = |level, dimensions: &[&str], audience| {
        let asked = ReportQuery { audience, ..query(&sim, level, dimensions) };
        sums(&sim.read(|world| world.report(&asked)), &["stat_time_day"])
    };
    let ads = by_day(Some(Level::Ad), &["ad_id", "stat_time_day"], false);
    assert!(ads.len() == 30 && ads.contains_key(&vec!["2026-03-11 00:00:00".to_owned()]));
    assert_eq!(by_day(Some(Level::AdGroup), &["adgroup_id", "stat_time_day"], false), ads);
    assert_eq!(by_day(Some(Level::Campaign), &["campaign_id", "stat_time_day"], false), ads);
    assert_eq!(by_day(None, &["stat_time_day"], false), ads);
    assert_eq!(by_day(Some(Level::Ad), &["ad_id_v2", "stat_time_day"], false), ads);
    assert_eq!(by_day(None, &["stat_time_day", "gender", "age"], true), ads);
    let mut hours = query(&sim, None, &["stat_time_hour"]);
    hours.range = Some((day("2026-03-01"), day("2026-03-01")));
    let hours = sums(&sim.read(|world| world.report(&hours)), &[]);
    assert_eq!(hours.values().next(), ads.get(&vec!["2026-03-01 00:00:00".to_owned()]));
}

#[test]
fn served_rows_are_the_expected_ones() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let mut found = Vec::new();
    for page in 1.. {
        let page = page.to_string();
        let ask = [
            ("advertiser_id", tokyo.as_str()),
            ("report_type", "BASIC"),
            ("data_level", "AUCTION_AD"),
            ("dimensions", r#"["ad_id","stat_time_day"]"#),
            ("metrics", r#"["spend","impressions","clicks","conversion","purchase"]"#),
            ("start_date", "2026-02-10"),
            ("end_date", "2026-03-11"),
            ("filtering", r#"[{"field_name":"ad_status","filter_type":"IN","filter_value":"[\"STATUS_ALL\"]"}]"#),
            ("page_size", "100"),
            ("page", &page),
        ];
        let data = get(&sim, PATH, &ask).json()["data"].clone();
        let rows: Vec<Expected> = serde_json::from_value(data["list"].clone()).unwrap();
        found.extend(rows);
        if data["page_info"]["page"] == data["page_info"]["total_page"] {
            assert_eq!(data["page_info"]["total_number"], found.len());
            break;
        }
    }
    let expected = sim.read(|w| w.report(&query(&sim, Some(Level::Ad), &["ad_id", "stat_time_day"])));
    assert_ne!(found, expected, "rows come unsorted");
    found.sort();
    assert_eq!(found, expected);
}

fn code(sim: &Simulator, change: &[(&str, &str)]) -> (i64, String) {
    let reply = ask_report(sim, change).json();
    (reply["code"].as_i64().unwrap(), reply["message"].as_str().unwrap().to_owned())
}

#[test]
fn ranges_and_combinations_are_checked() {
    let sim = small();
    assert_eq!(code(&sim, &[]).0, 0);
    let refused: [&[(&str, &str)]; 16] = [
        &[("start_date", "2026-02-09")],
        &[("start_date", "2026-03-12")],
        &[("start_date", "2026-02-30")],
        &[("start_date", "")],
        &[("dimensions", r#"["ad_id","stat_time_hour"]"#)],
        &[("dimensions", r#"["campaign_id","stat_time_day"]"#)],
        &[("dimensions", r#"["ad_id","gender"]"#)],
        &[("dimensions", r#"["stat_time_day"]"#)],
        &[("dimensions", "ad_id")],
        &[("data_level", "AD")],
        &[("data_level", "")],
        &[("metrics", r#"["spend","cost"]"#)],
        &[("query_lifetime", "true")],
        &[("filtering", "{}")],
        &[("filtering", r#"[{"field_name":"ad_ids","filter_type":"IN","filter_value":["1"]}]"#)],
        &[("report_type", "AUDIENCE")],
    ];
    for change in refused {
        let (code, message) = code(&sim, change);
        assert_eq!(code, 40002, "{change:?}: {message}");
    }
    let conflict = code(&sim, &[("data_level", "AUCTION_CAMPAIGN")]).1;
    assert!(conflict.starts_with("Conflict occurs."));
    let legal: [&[(&str, &str)]; 4] = [
        &[("dimensions", r#"["ad_id"]"#), ("start_date", "2025-04-01")],
        &[("dimensions", r#"["ad_id"]"#), ("query_lifetime", "true"), ("start_date", "")],
        &[("dimensions", r#"["ad_id","stat_time_hour"]"#), ("start_date", "2026-03-11")],
        &[("report_type", "AUDIENCE"), ("dimensions", r#"["ad_id","gender","age"]"#)],
    ];
    for change in legal {
        assert_eq!(code(&sim, change), (0, "OK".to_owned()), "{change:?}");
    }
}

#[test]
fn deleted_ads_are_hidden_and_nothing_is_before_the_account() {
    let sim = small();
    let all = query(&sim, Some(Level::Ad), &["ad_id", "stat_time_day"]);
    let hidden = ReportQuery { deleted: false, ..all.clone() };
    sim.read(|world| assert!(world.report(&hidden).len() < world.report(&all).len()));
    let london = sim.read(|world| world.account_named("London").unwrap().clone());
    let born = london.day_at(london.created);
    let lifetime = ReportQuery { advertiser: london.id, range: None, ..all };
    let days = sim.read(|world| world.report(&lifetime));
    assert!(!days.is_empty());
    let before = ReportQuery {
        range: Some((born - chrono::TimeDelta::days(30), born - chrono::TimeDelta::days(1))),
        ..lifetime
    };
    assert!(sim.read(|world| world.report(&before)).is_empty());
}

#[test]
fn large_accounts_are_cut_to_the_newest_ads_and_say_so() {
    let sim =
        start(Options { reports: ReportOptions { max_ads: 10, ..ReportOptions::default() }, ..Options::default() });
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let ask = [
        ("advertiser_id", tokyo.as_str()),
        ("report_type", "BASIC"),
        ("data_level", "AUCTION_AD"),
        ("dimensions", r#"["ad_id"]"#),
        ("query_lifetime", "true"),
        ("page_size", "1000"),
    ];
    let reply = get(&sim, PATH, &ask);
    assert!(reply.head.contains("x-tt-ads-throttle: Number of ad ids is equal or more than 20k"));
    assert!(reply.json()["data"]["list"].as_array().unwrap().len() <= 10);
}

#[test]
fn totals_order_and_several_accounts() {
    let sim = small();
    let ids = [id_of(&sim, "Tokyo"), id_of(&sim, "London")].map(|id| id.to_string());
    let both = format!("[\"{}\",\"{}\"]", ids[0], ids[1]);
    let ask = [
        ("advertiser_ids", both.as_str()),
        ("report_type", "BASIC"),
        ("data_level", "AUCTION_CAMPAIGN"),
        ("dimensions", r#"["campaign_id"]"#),
        ("metrics", r#"["impressions","spend","ctr"]"#),
        ("query_lifetime", "true"),
        ("enable_total_metrics", "true"),
        ("order_field", "impressions"),
        ("page_size", "1000"),
    ];
    let data = get(&sim, PATH, &ask).json()["data"].clone();
    let rows = data["list"].as_array().unwrap();
    let number = |row: &Value| row["metrics"]["impressions"].as_str().unwrap().parse::<u64>().unwrap();
    let of = |id: &str| -> Vec<u64> {
        rows.iter().filter(|row| row["metrics"]["advertiser_id"] == id).map(number).collect()
    };
    for id in &ids {
        assert!(!of(id).is_empty() && of(id).windows(2).all(|pair| pair[0] >= pair[1]));
    }
    let sum: u64 = rows.iter().map(number).sum();
    assert_eq!(data["total_metrics"]["impressions"], sum.to_string());
    assert_eq!(data["total_metrics"]["ctr"], "-");
    assert!(rows.iter().all(|row| !row["metrics"]["spend"].as_str().unwrap().contains('.')));
}

/// The sums of some accounts.
fn sums_of(ids: &[String], more: &[(&'static str, &'static str)]) -> Vec<(&'static str, String)> {
    let mut query = vec![
        ("advertiser_ids", serde_json::to_string(ids).unwrap()),
        ("report_type", "BASIC".to_owned()),
        ("data_level", "AUCTION_ADVERTISER".to_owned()),
        ("dimensions", r#"["advertiser_id","stat_time_day"]"#.to_owned()),
        ("metrics", r#"["spend","impressions","cpc","ctr"]"#.to_owned()),
        ("start_date", "2026-02-10".to_owned()),
        ("end_date", "2026-03-09".to_owned()),
        ("page_size", "1000".to_owned()),
    ];
    for (name, value) in more {
        query.retain(|(known, _)| known != name);
        query.push((name, (*value).to_owned()));
    }
    query
}

fn ask_sums(sim: &Simulator, token: &str, query: &[(&'static str, String)]) -> Value {
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    get_as(sim, Some(token), PATH, &query).json()
}

#[test]
fn several_accounts_have_the_rows_that_each_has_alone() {
    let sim = small();
    let ids = ["Tokyo", "London"].map(|name| id_of(&sim, name).to_string());
    let both = ask_sums(&sim, TOKEN_GOOD, &sums_of(&ids, &[]));
    let days = |rows: &Value, id: &str| -> Vec<(String, String)> {
        let own =
            rows["data"]["list"].as_array().unwrap().iter().filter(|row| row["dimensions"]["advertiser_id"] == *id);
        let mut days: Vec<_> = own
            .map(|row| (row["dimensions"]["stat_time_day"].to_string(), row["metrics"]["impressions"].to_string()))
            .collect();
        days.sort();
        days
    };
    for id in &ids {
        let mut alone = sums_of(&[], &[]);
        alone[0] = ("advertiser_id", id.clone());
        assert_eq!(days(&both, id), days(&ask_sums(&sim, TOKEN_GOOD, &alone), id));
    }
    let row = &both["data"]["list"][0]["metrics"];
    assert!(!row["spend"].as_str().unwrap().contains('.') && !row["cpc"].as_str().unwrap().contains('.'), "{row}");
    assert!(row["ctr"].as_str().unwrap().contains('.') && row["currency"].is_string(), "{row}");
    // Without an id nobody is told, and nothing that costs.
    let nobody = ask_sums(&sim, TOKEN_GOOD, &sums_of(&ids, &[("dimensions", r#"["stat_time_day"]"#)]));
    let row = &nobody["data"]["list"][0]["metrics"];
    assert_eq!((&row["advertiser_id"], &row["currency"], &row["cpc"]), (&"0".into(), &"0".into(), &"-".into()));
}

#[test]
fn several_accounts_are_five_at_most_of_one_user_and_within_reach() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let code = |sim: &Simulator, token: &str, ids: &[String]| ask_sums(sim, token, &sums_of(ids, &[]))["code"].clone();
    assert_eq!(code(&sim, TOKEN_GOOD, &vec![tokyo.clone(); 6]), 40002);
    assert_eq!(code(&sim, TOKEN_GOOD, &[]), 40002);
    let foreign = id_of(&sim, "Foreign Orchard").to_string();
    assert_eq!(code(&sim, TOKEN_GOOD, &[tokyo.clone(), foreign.clone()]), 40001, "one beyond reach spoils all");
    // What takes one account only does not heed the list.
    let playable = sums_of(std::slice::from_ref(&tokyo), &[("report_type", "PLAYABLE_MATERIAL")]);
    assert_eq!(ask_sums(&sim, TOKEN_GOOD, &playable)["code"], 40002);
    let own = id_of(&sim, "Pending Orchard").to_string();
    for (together, of_two, of_one) in
        [(Together::OfOneToken, 0, 0), (Together::OfOneBusiness, 40002, 0), (Together::Never, 40002, 0)]
    {
        let sim =
            start(Options { reports: ReportOptions { together, ..ReportOptions::default() }, ..Options::default() });
        assert_eq!(code(&sim, TOKEN_AGENCY, &[own.clone(), foreign.clone()]), of_two, "{together:?}");
        assert_eq!(code(&sim, TOKEN_AGENCY, std::slice::from_ref(&foreign)), of_one, "{together:?}");
    }
}
