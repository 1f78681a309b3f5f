//! Several runs share the advertisers: together they are the whole, and each leaves the others' states alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use simulator::{Options, Simulator};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, catalog, now, options, small};

const INDEX: &str = "JOB_COMPLETION_INDEX";
/// What belongs to the token and to no advertiser.
const OF_TOKEN: [&str; 4] = ["advertiser_ids", "business_centers", "bc_assets", "advertiser_balances"];

fn connector(sim: &Simulator) -> Connector {
    let start = now().date_naive() - Days::new(2);
    Connector::to(sim).with("start_date", start.to_string())
}

fn sharded(sim: &Simulator, index: u32, count: u32) -> Connector {
    connector(sim).with("shard", json!({"index": index, "count": count}))
}

fn every() -> Vec<&'static str> {
    streams::all().iter().map(|stream| &*stream.name).collect()
}

/// The records of some runs together, each as often as it came.
fn records(runs: &[Run]) -> BTreeMap<(String, String), usize> {
    let mut all = BTreeMap::new();
    for record in runs.iter().flat_map(|run| run.of_type("RECORD")).map(|message| &message["record"]) {
        *all.entry((record["stream"].to_string(), record["data"].to_string())).or_default() += 1;
    }
    all
}

/// The cursors of a stream by their partitions.
fn cursors(state: &Value, stream: &str) -> BTreeMap<String, Value> {
    let own = state.as_array().unwrap().iter().find(|one| one["stream"]["stream_descriptor"]["name"] == stream);
    let states = own.unwrap()["stream"]["stream_state"]["states"].as_array().unwrap();
    states.iter().map(|one| (one["partition"].to_string(), one["cursor"].clone())).collect()
}

#[test]
fn three_shards_are_the_whole_and_each_record_comes_once() {
    let sim = Simulator::start(Options { quiet_accounts: 9, ..options() }).unwrap();
    let whole = [connector(&sim).read(&catalog::some(&every())).succeeded()];
    let shards: Vec<Run> =
        (0..3).map(|index| sharded(&sim, index, 3).read(&catalog::some(&every())).succeeded()).collect();
    let (whole, joined) = (records(&whole), records(&shards));
    let lost: Vec<_> = whole.keys().filter(|key| !joined.contains_key(*key)).collect();
    let invented: Vec<_> = joined.keys().filter(|key| !whole.contains_key(*key)).collect();
    assert!(lost.is_empty() && invented.is_empty(), "lost {lost:?}, invented {invented:?}");
    assert_eq!(joined, whole, "each as often as it comes without shards");
    for run in &shards {
        assert!(run.records("advertisers").count() > 0, "each has some");
        every().iter().for_each(|stream| assert_eq!(run.statuses(stream).last(), Some(&"COMPLETE"), "{stream}"));
    }
}

#[test]
fn what_belongs_to_the_token_is_read_by_the_first_shard_alone() {
    let sim = small();
    let names: Vec<&str> = OF_TOKEN.into_iter().chain(["ads"]).collect();
    let whole = connector(&sim).read(&catalog::some(&names)).succeeded();
    // So many that no advertiser falls to these two.
    let first = sharded(&sim, 0, 997).read(&catalog::some(&names)).succeeded();
    let second = sharded(&sim, 1, 997).read(&catalog::some(&names)).succeeded();
    let told = first.logs().into_iter().find(|log| log.contains("This is shard 0 of 997")).unwrap();
    assert!(told.contains("it reads 0 of "), "{told}");
    for name in OF_TOKEN {
        assert!(whole.records(name).count() > 0, "{name}");
        assert_eq!(first.records(name).count(), whole.records(name).count(), "{name}");
    }
    assert_eq!((first.records("ads").count(), second.of_type("RECORD").count()), (0, 0));
}

#[test]
fn a_shard_keeps_the_cursors_of_the_others_and_joined_they_are_the_whole() {
    let sim = Simulator::start(Options { quiet_accounts: 9, ..options() }).unwrap();
    let streams = ["ads_reports_daily", "ads"];
    let catalog = catalog::some(&streams);
    let before = connector(&sim).read(&catalog).succeeded().state();
    let later = |connector: Connector| connector.later(TimeDelta::days(1)).read_from(&catalog, &before).succeeded();
    let whole = later(connector(&sim)).state();
    let states: Vec<Value> = (0..3).map(|index| later(sharded(&sim, index, 3)).state()).collect();
    let stream = streams[0];
    let (before, whole) = (cursors(&before, stream), cursors(&whole, stream));
    let mut moved = BTreeSet::new();
    for state in &states {
        let own = cursors(state, stream);
        assert!(own.keys().eq(before.keys()), "none is lost, none is new");
        for (place, cursor) in own.into_iter().filter(|(place, cursor)| before[place] != *cursor) {
            assert_eq!(cursor, whole[&place], "{place}");
            assert!(moved.insert(place), "by one shard alone");
        }
    }
    assert!(whole.keys().eq(moved.iter()), "each by some shard");
}

#[test]
fn kubernetes_says_which_shard_it_is() {
    let sim = small();
    let connector = connector(&sim).with("shard", json!({"count": 2})).with("requests_per_second", 5);
    connector.file("catalog.json", &catalog::some(&["advertisers"]).to_string());
    let mut read = 0;
    for (index, quota) in [("0", "3 requests"), ("1", "2 requests")] {
        let args = ["read", "--config", "config.json", "--catalog", "catalog.json"];
        let run = connector.finished(connector.command(&args).env(INDEX, index).output().unwrap()).succeeded();
        let told = run.logs().into_iter().find(|log| log.contains("This is shard")).unwrap();
        assert!(told.contains(&format!("This is shard {index} of 2")) && told.contains(quota), "{told}");
        read += run.records("advertisers").count();
    }
    let whole = Connector::to(&sim).read(&catalog::some(&["advertisers"]));
    assert_eq!(read, whole.records("advertisers").count());
}

#[test]
fn a_wrong_shard_is_explained_before_the_first_request() {
    let sim = small();
    let mut told = String::new();
    for (shard, variable) in [
        (json!({"count": 3}), None),
        (json!({"count": 3}), Some("3")),
        (json!({"count": 3}), Some("first")),
        (json!({"count": 3, "index": 3}), None),
        (json!({"count": 0}), None),
    ] {
        let connector = Connector::to(&sim).with("shard", shard);
        connector.file("catalog.json", &catalog::some(&["ads"]).to_string());
        let run = |args: &[&str]| {
            let mut command = connector.command(args);
            command.envs(variable.map(|index| (INDEX, index)));
            connector.finished(command.output().unwrap())
        };
        let checked = run(&["check", "--config", "config.json"]).connection_status();
        let read = run(&["read", "--config", "config.json", "--catalog", "catalog.json"]);
        assert_eq!((read.exit, read.error()), (Some(1), checked.replace("FAILED: ", "config_error: ")));
        told += &format!("{checked}\n");
    }
    insta::assert_snapshot!(told);
    assert!(sim.requests().is_empty());
    let unsettled = Connector::to(&sim).with("shard", json!({"count": 3}));
    unsettled.run(&["discover", "--config", "config.json"]).succeeded();
}
