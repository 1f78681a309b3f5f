//! The materials of Smart+ ads: what they did, and how they were reviewed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::Value;
use simulator::{Account, Level, ReportQuery, Simulator, TOKEN_GOOD, smart_plus_material};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, catalog, expected, now, small};

const TOTAL: &str = "smart_plus_material_reports";
const DAILY: &str = "smart_plus_material_reports_daily";
const REVIEWS: &str = "smart_plus_material_reviews";

/// Spend in cents and impressions by key, as the ads that show the materials have them.
type Sums = BTreeMap<String, (i64, i64)>;

fn cents(text: &str) -> i64 {
    (text.parse::<f64>().unwrap() * 100.0).round() as i64
}

/// What the world's ads with materials did.
fn of_world(sim: &Simulator, range: Option<(NaiveDate, NaiveDate)>) -> Sums {
    let time = if range.is_some() { vec!["stat_time_day".to_owned()] } else { Vec::new() };
    sim.read(|world| {
        let of = |account: &Account| {
            let query = ReportQuery {
                advertiser: account.id,
                level: Some(Level::Ad),
                audience: false,
                dimensions: [vec!["ad_id".to_owned()], time.clone()].concat(),
                metrics: vec!["spend".to_owned(), "impressions".to_owned()],
                range,
                deleted: true,
            };
            let smart = account.all(Level::Ad).iter().filter(|ad| ad.smart_plus_ad.is_some());
            let smart: BTreeMap<String, (u64, u64)> =
                smart.map(|ad| (ad.id.to_string(), (ad.ad_v2(), smart_plus_material(ad.id)))).collect();
            let row = |row: simulator::Expected| {
                let (ad, material) = smart.get(&row.dimensions["ad_id"])?;
                let key = match row.dimensions.get("stat_time_day") {
                    Some(day) => format!("{} {material} {day}", account.id),
                    None => format!("{} {ad} {material}", account.id),
                };
                Some((key, (cents(&row.metrics["spend"]), row.metrics["impressions"].parse().unwrap())))
            };
            world.report(&query).into_iter().filter_map(row).collect::<Vec<_>>()
        };
        expected::accounts(world, TOKEN_GOOD).into_iter().flat_map(of).collect()
    })
}

fn of_run(run: &Run, stream: &str) -> Sums {
    let records = expected::by_key(run, streams::find(stream).unwrap());
    let sums = |row: &Value| (cents(&row["spend"].to_string()), row["impressions"].as_i64().unwrap());
    records.into_iter().map(|(key, row)| (key, sums(row))).collect()
}

#[test]
fn each_material_has_the_numbers_of_its_ad_by_day_and_over_all_time() {
    let sim = small();
    let today = |account: &Account| account.day_at(now());
    let start = (now() - Days::new(40)).date_naive();
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let run = connector.read(&catalog::some(&[TOTAL, DAILY])).succeeded();
    let end = sim.read(|world| expected::accounts(world, TOKEN_GOOD).into_iter().map(today).max().unwrap());
    let daily = of_world(&sim, Some((start, end)));
    assert!(daily.len() > 30, "{}", daily.len());
    assert_eq!(of_run(&run, DAILY), daily);
    let total = of_run(&run, TOTAL);
    assert!(!total.is_empty());
    assert_eq!(total, of_world(&sim, None));
    let row = run.records(TOTAL).next().unwrap();
    assert!(row["ad_material_id"][0].is_string() && row["material_second_status_list"].is_array(), "{row}");
    assert_eq!(
        (&row["main_material_type"], &row["operation_status"]),
        (&"VIDEO_NON_SPARK_ADS".into(), &"ENABLE".into())
    );
    assert!(row["smart_plus_ad_id"].is_u64() && row["main_material_id"].is_string(), "{row}");
    for request in sim.requests().iter().filter(|request| request.path.starts_with("/smart_plus/material_report/")) {
        assert_eq!(request.query["page_size"], "100", "{}", request.path);
        assert_eq!(request.query.contains_key("query_lifetime"), request.path.ends_with("/overview/"));
    }
}

#[test]
fn days_go_on_from_the_state() {
    let sim = small();
    let start = (now() - Days::new(40)).date_naive();
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let first = connector.read(&catalog::some(&[DAILY])).succeeded();
    let asked = sim.requests().len();
    let second = connector.read_from(&catalog::some(&[DAILY]), &first.state()).succeeded();
    let days: BTreeSet<&str> = second.records(DAILY).map(|row| row["stat_time_day"].as_str().unwrap()).collect();
    assert!(!days.is_empty() && days.len() <= 5, "{days:?}");
    assert!(sim.requests().len() - asked < asked, "the second run asks less");
}

#[test]
fn every_material_that_is_listed_has_its_review() {
    let sim = small();
    let run = Connector::to(&sim).read(&catalog::some(&["smart_plus_ads", REVIEWS])).succeeded();
    let mut listed = BTreeMap::<String, BTreeSet<String>>::new();
    for ad in run.records("smart_plus_ads") {
        let own = listed.entry(ad["advertiser_id"].to_string()).or_default();
        let creatives = ad["creative_list"].as_array().unwrap();
        own.extend(creatives.iter().map(|one| one["ad_material_id"].as_str().unwrap().to_owned()));
    }
    let expected: BTreeSet<String> =
        listed.iter().flat_map(|(owner, ids)| ids.iter().map(move |id| format!("{owner} {id}"))).collect();
    let reviews = expected::by_key(&run, streams::find(REVIEWS).unwrap());
    assert_eq!(reviews.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let refused: Vec<_> = reviews.values().filter(|row| row["review_status"] == "UNAVAILABLE").collect();
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|row| row["reject_info"][0]["violation_frames"][0]["video_id"].is_string()));
    let asked = sim.requests().iter().filter(|request| request.path == "/smart_plus/material/review_info/").count();
    assert_eq!(asked, listed.values().map(|ids| ids.len().div_ceil(100)).sum::<usize>());
}
