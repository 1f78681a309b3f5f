//! Split tests, which TikTok lists nowhere: ad groups and campaigns name them.

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use simulator::{CampaignTests, Level, Simulator, SplitTest, State};
use tiktok_ads::streams;

use crate::harness::expected;
use crate::harness::{Connector, Run, catalog, large, now, small};

const STREAM: &str = "split_tests";
const RESULT: &str = "/split_test/result/get/";

fn account(sim: &Simulator, name: &str) -> u64 {
    sim.read(|world| world.account_named(name).unwrap().id)
}

/// Living objects of an account, newest last.
fn objects(sim: &Simulator, account: u64, level: Level) -> Vec<u64> {
    sim.read(|world| {
        let all = world.account(account).unwrap().listed(level, false);
        all.into_iter().map(|one| one.id).collect()
    })
}

/// A test of two objects that began some days ago and took seven.
fn test(account: u64, level: Level, objects: &[u64], days: u64) -> SplitTest {
    let start = now() - Days::new(days);
    SplitTest::new(account, level, objects, [start, start + TimeDelta::days(7)])
}

fn begin(sim: &Simulator, test: SplitTest) -> u64 {
    sim.mutate(|world| world.begin_test(test))
}

fn read(sim: &Simulator) -> Run {
    Connector::to(sim).read(&catalog::some(&[STREAM]))
}

/// The ids of all records; none may come twice.
fn ids(run: &Run) -> BTreeSet<u64> {
    let records = expected::by_key(run, streams::find(STREAM).unwrap());
    records.values().map(|record| record["split_test_group_id"].as_str().unwrap().parse().unwrap()).collect()
}

fn record(run: &Run, id: u64) -> &Value {
    let id = json!(id.to_string());
    run.records(STREAM).find(|record| record["split_test_group_id"] == id).unwrap()
}

/// Requests for results, each by its test.
fn asked(sim: &Simulator) -> Vec<String> {
    let requests = sim.requests().into_iter().filter(|request| request.path == RESULT);
    requests.map(|request| request.query["split_test_group_id"].clone()).collect()
}

#[test]
fn each_test_comes_once_with_how_it_stands() {
    let sim = small();
    let account = account(&sim, "New York");
    let groups = objects(&sim, account, Level::AdGroup);
    let [a, b, c, d, ..] = groups[..] else { panic!("{groups:?}") };
    let over = begin(&sim, test(account, Level::AdGroup, &[a, b], 20));
    let running = begin(&sim, test(account, Level::AdGroup, &[c, d], 1));
    let run = read(&sim).succeeded();
    assert_eq!(ids(&run), BTreeSet::from([over, running]));
    assert_eq!(asked(&sim).len(), 2, "one request a test, not one an ad group");
    let told = record(&run, over);
    for (field, value) in [
        ("advertiser_id", json!(account)),
        ("split_test_status", json!("COMPLETED")),
        ("split_test_level", json!("ADGROUP")),
        ("test_variable", json!("CREATIVE")),
        ("key_metric", json!("CLICK_THROUGH_RATE")),
    ] {
        assert_eq!(told[field], value, "{told}");
    }
    let of: Vec<_> = told["object_info"].as_array().unwrap().iter().map(|one| one["adgroup_id"].clone()).collect();
    assert_eq!(of, [json!(a), json!(b)]);
    assert_eq!(told["p_value_info"][0], json!({"metric": "CLICK_THROUGH_RATE", "p_value": 0.05}));
    let days = |record: &Value| {
        ["start_time", "end_time"].map(|field| record[field].as_str().unwrap().split(' ').next().unwrap().to_owned())
    };
    let day = |ago: u64| (now() - Days::new(ago)).date_naive().to_string();
    assert_eq!(days(told), [day(20), day(13)]);
    let told = record(&run, running);
    assert_eq!((&told["split_test_status"], &told["p_value_info"]), (&json!("IN_PROGRESS"), &json!([])));
}

#[test]
fn tests_outlive_their_objects_whatever_include_deleted_says() {
    let sim = small();
    let account = account(&sim, "New York");
    let groups = objects(&sim, account, Level::AdGroup);
    let id = begin(&sim, test(account, Level::AdGroup, &groups[..2], 20));
    // Its objects show it before they go.
    assert_eq!(ids(&read(&sim).succeeded()), BTreeSet::from([id]));
    sim.mutate(|world| {
        let all = world.account_mut(account).unwrap().all_mut(Level::AdGroup);
        all.iter_mut().filter(|one| groups[..2].contains(&one.id)).for_each(|one| one.state = State::Deleted);
    });
    for deleted in [false, true] {
        let connector = Connector::to(&sim).with("include_deleted", deleted);
        let run = connector.read(&catalog::some(&[STREAM])).succeeded();
        assert_eq!(ids(&run), BTreeSet::from([id]), "{deleted}");
    }
}

#[test]
fn accounts_without_tests_have_no_rows_and_no_requests_for_results() {
    let sim = small();
    let run = read(&sim).succeeded();
    assert_eq!(run.records(STREAM).count(), 0);
    assert_eq!(run.statuses(STREAM).last(), Some(&"COMPLETE"));
    assert_eq!(asked(&sim), Vec::<String>::new());
    let warnings: Vec<_> = run.logs().into_iter().filter(|log| log.starts_with("WARN")).collect();
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn tests_of_campaigns_are_known_from_whoever_names_them() {
    for campaign_tests in [CampaignTests::NamedByCampaigns, CampaignTests::NamedByAdGroups, CampaignTests::NamedNowhere]
    {
        let sim = small();
        let account = account(&sim, "New York");
        let groups = objects(&sim, account, Level::AdGroup);
        let campaigns: Vec<u64> = sim.read(|world| {
            let all = world.account(account).unwrap();
            let of: BTreeSet<u64> =
                groups.iter().filter_map(|id| Some(all.find(Level::AdGroup, *id)?.campaign)).collect();
            of.into_iter().take(2).collect()
        });
        let mut test = test(account, Level::Campaign, &campaigns, 3);
        test.campaign_tests = campaign_tests;
        let id = begin(&sim, test);
        let run = read(&sim).succeeded();
        if campaign_tests == CampaignTests::NamedNowhere {
            assert_eq!(run.records(STREAM).count(), 0);
            continue;
        }
        assert_eq!(ids(&run), BTreeSet::from([id]), "{campaign_tests:?}");
        let told = record(&run, id);
        assert_eq!(told["split_test_level"], "CAMPAIGN");
        let of: Vec<_> = told["object_info"].as_array().unwrap().iter().map(|one| one["campaign_id"].clone()).collect();
        assert_eq!(of, campaigns.iter().map(|id| json!(id)).collect::<Vec<_>>());
    }
}

#[test]
fn many_tests_of_many_pages_come_once_each() {
    let sim = large();
    let account = account(&sim, "Large");
    let groups = objects(&sim, account, Level::AdGroup);
    assert!(groups.len() > 2_000, "three pages: {}", groups.len());
    // The first object of each is pages away from the second.
    let half = groups.len() / 2;
    let begun: BTreeSet<u64> = (0..40)
        .map(|at| begin(&sim, test(account, Level::AdGroup, &[groups[at * 20], groups[half + at * 20]], 20)))
        .collect();
    let run = read(&sim).succeeded();
    assert_eq!(ids(&run), begun);
    assert_eq!(asked(&sim).len(), begun.len());
    let listed = sim.requests().into_iter().filter(|request| request.path == "/adgroup/get/");
    let mut pages: Vec<_> = listed.map(|request| request.raw_query).collect();
    let all = pages.len();
    pages.sort_unstable();
    pages.dedup();
    assert_eq!(pages.len(), all, "no list is read again because ad groups share a test");
}

#[test]
fn a_test_that_tiktok_does_not_have_keeps_no_other_away() {
    let sim = small();
    let account = account(&sim, "New York");
    let groups = objects(&sim, account, Level::AdGroup);
    let gone = begin(&sim, test(account, Level::AdGroup, &groups[..2], 20));
    let there = begin(&sim, test(account, Level::AdGroup, &groups[2..4], 20));
    // Its objects show it before it goes.
    assert_eq!(ids(&read(&sim).succeeded()), BTreeSet::from([gone, there]));
    sim.mutate(|world| world.split_test_mut(gone).unwrap().advertiser = 0);
    let run = read(&sim);
    assert_eq!(ids(&run), BTreeSet::from([there]));
    assert_eq!(run.statuses(STREAM).last(), Some(&"INCOMPLETE"));
    assert!(run.error().contains(&gone.to_string()), "{}", run.error());
}
