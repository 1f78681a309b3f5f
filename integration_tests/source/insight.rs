//! What accounts and Business Centers have around their ads: people, places, quotas, benchmarks, curves.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{Entity, Level, Simulator, TOKEN_GOOD};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, catalog, expected, fail, large, small};

fn read(sim: &Simulator, names: &[&str]) -> Run {
    Connector::to(sim).read(&catalog::some(names)).succeeded()
}

fn keys(run: &Run, stream: &str) -> BTreeSet<String> {
    expected::by_key(run, streams::find(stream).unwrap()).into_keys().collect()
}

fn asked(sim: &Simulator, path: &str) -> usize {
    sim.requests().iter().filter(|request| request.path == path).count()
}

fn accounts(sim: &Simulator) -> usize {
    sim.read(|world| expected::accounts(world, TOKEN_GOOD).len())
}

#[test]
fn members_of_every_business_center_come_with_their_roles() {
    let sim = small();
    let run = read(&sim, &["business_centers", "bc_members"]);
    let businesses: Vec<u64> =
        run.records("business_centers").map(|row| row["bc_id"].as_str().unwrap().parse().unwrap()).collect();
    let expected: BTreeSet<String> =
        businesses.iter().flat_map(|bc| (1..=23).map(move |number| format!("{bc} {}", bc + number))).collect();
    assert!(!expected.is_empty());
    assert_eq!(keys(&run, "bc_members"), expected);
    assert_eq!(asked(&sim, "/bc/member/get/"), 2 * businesses.len(), "pages of 20");
    let row = run.records("bc_members").next().unwrap();
    assert_eq!((&row["user_role"], &row["ext_user_role"]), (&json!("ADMIN"), &json!({"finance_role": "MANAGER"})));
}

#[test]
fn a_business_center_that_refuses_is_named_and_hides_no_other() {
    let sim = large();
    let whole = read(&sim, &["bc_members"]);
    let all: BTreeSet<String> =
        whole.records("bc_members").map(|row| row["bc_id"].as_str().unwrap().to_owned()).collect();
    assert!(all.len() > 1, "{all:?}");
    fail(&sim, "path=/bc/member/get/,kind=40001,times=1");
    let run = Connector::to(&sim).read(&catalog::some(&["bc_members"]));
    let came: BTreeSet<String> =
        run.records("bc_members").map(|row| row["bc_id"].as_str().unwrap().to_owned()).collect();
    let refused: Vec<&String> = all.difference(&came).collect();
    assert_eq!((run.exit, refused.len()), (Some(1), 1), "{came:?}");
    let told = run.error();
    assert!(told.contains(&format!("Business Center {}", refused[0])) && !told.contains("this advertiser"), "{told}");
}

#[test]
fn places_come_whole_with_what_they_lie_in() {
    let sim = small();
    let run = read(&sim, &["regions"]);
    assert_eq!(keys(&run, "regions").len(), accounts(&sim) * 4 * (1 + 6 + 36));
    assert_eq!(asked(&sim, "/search/region/"), accounts(&sim));
    let ids: BTreeSet<&str> = run.records("regions").map(|row| row["region_id"].as_str().unwrap()).collect();
    for row in run.records("regions") {
        let parent = row["parent_id"].as_str().unwrap();
        assert!(parent == "0" || ids.contains(parent), "{row}");
        assert!(row["support_below_18"].is_boolean(), "{row}");
    }
}

#[test]
fn each_ios_app_has_its_quota_and_no_other_is_asked_for() {
    let sim = small();
    let run = read(&sim, &["apps", "campaign_quotas"]);
    let ios = run.records("apps").filter(|row| row["platform"] == "IOS");
    let ios: BTreeSet<String> =
        ios.map(|row| format!("{} {}", row["advertiser_id"], row["app_id"].as_str().unwrap())).collect();
    let row = |row: &Value| format!("{} {}", row["advertiser_id"], row["app_id"].as_str().unwrap());
    assert!(!ios.is_empty() && ios.len() < keys(&run, "apps").len(), "both kinds are there");
    assert_eq!(run.records("campaign_quotas").map(row).collect::<BTreeSet<_>>(), ios);
    assert_eq!(asked(&sim, "/campaign/quota/info/"), ios.len());
    for row in run.records("campaign_quotas") {
        let own = &row["campaign_quota_info"]["tiktok_campaign_quota_info"];
        let total = &own["total_campaign_quota_info"];
        let used = total["used_campaign_ids"].as_array().unwrap();
        assert!(used.iter().all(Value::is_u64) && total["used_campaign_quota"] == used.len(), "{row}");
        assert_eq!(own["campaign_quota_by_adv"][0]["advertiser_id"], row["advertiser_id"]);
    }
}

/// Ordinary ads that are listed, of which `keep` is true, by advertiser.
fn ads(sim: &Simulator, keep: impl Fn(&Entity) -> bool) -> BTreeSet<String> {
    sim.read(|world| {
        let all = expected::accounts(world, TOKEN_GOOD).into_iter().flat_map(|account| {
            let ads = expected::entities(account, Level::Ad, false).into_iter();
            ads.filter(|ad| ad.smart_plus_ad.is_none()).map(move |ad| (account.id, ad))
        });
        all.filter(|(_, ad)| keep(ad)).map(|(account, ad)| format!("{account} {}", ad.id)).collect()
    })
}

fn by_ad(run: &Run, stream: &str) -> BTreeSet<String> {
    drop(keys(run, stream));
    run.records(stream).map(|row| format!("{} {}", row["advertiser_id"], row["ad_id"])).collect()
}

#[test]
fn every_ad_has_a_benchmark_and_every_video_a_curve() {
    let sim = small();
    let run = read(&sim, &["ad_benchmarks", "video_performance"]);
    assert_eq!(by_ad(&run, "ad_benchmarks"), ads(&sim, |_| true));
    assert_eq!(
        by_ad(&run, "video_performance"),
        ads(&sim, |ad| ad.extra.get("video_id").is_some_and(Value::is_string))
    );
    let row = run.records("ad_benchmarks").find(|row| row.get("metrics").is_some()).unwrap();
    assert!(row["metrics"]["ctr"].is_number() && row["ad_category"].is_u64() && row["ad_id"].is_u64(), "{row}");
    let row = run.records("video_performance").next().unwrap();
    assert!(row["metrics"]["clicks"].as_array().is_some_and(|seconds| seconds.len() <= 60), "{row}");
    for request in sim.requests().iter().filter(|request| request.path.starts_with("/report/")) {
        let filter: Value = serde_json::from_str(&request.query["filtering"]).unwrap();
        assert!((1..=100).contains(&filter["campaign_ids"].as_array().unwrap().len()), "{filter}");
    }
}

#[test]
fn business_centers_in_the_config_stand_for_their_advertisers() {
    let sim = small();
    let own = sim.read(|world| {
        let all = expected::accounts(world, TOKEN_GOOD);
        let business = all[0].business;
        let of = all.iter().filter(|account| account.business == business).map(|account| account.id.to_string());
        (business, of.collect::<BTreeSet<_>>())
    });
    let (business, expected) = own;
    let connector = Connector::to(&sim).with("bc_ids", json!([business.to_string()]));
    let run = connector.read(&catalog::some(&["advertisers"])).succeeded();
    let read: BTreeSet<String> = run.records("advertisers").map(|row| row["advertiser_id"].to_string()).collect();
    assert_eq!(read, expected);
    assert!(connector.check().connection_status().contains("SUCCEEDED"));
    let connector = Connector::to(&sim).with("bc_ids", json!(["7"]));
    let told = connector.read(&catalog::some(&["advertisers"])).error();
    assert!(told.contains("Business Center 7 of `bc_ids`: ") && told.contains("or take it out of `bc_ids`"), "{told}");
}
