//! The stream of what became of rows: written by the destination, read by the source.

use std::collections::BTreeSet;
use std::io::Write as _;

use serde_json::{Value, json};

use super::ads::{campaign, lines, managing, start, streams};
use crate::harness::bucket::Bucket;
use crate::harness::{Connector, Run, catalog, small};

const RESULTS: &str = "write_results";

/// A source beside a destination, which needs no TikTok.
fn reading(destination: &Connector) -> Connector {
    let folder = |name: &str| destination.dir().join(name);
    let block = json!({"result_records": folder("results"), "rejected_records": folder("rejected")});
    Connector::offline().with(RESULTS, block)
}

/// Kind, key and action of each record.
fn told(run: &Run) -> BTreeSet<String> {
    let of = |row: &Value| format!("{} {} {}", row["kind"], row["key"], row["action"]).replace('"', "");
    run.records(RESULTS).map(of).collect()
}

fn set(told: &[&str]) -> BTreeSet<String> {
    told.iter().map(|one| (*one).to_owned()).collect()
}

fn wrong() -> Value {
    json!({"campaign_name": "Winter", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": "much"})
}

#[test]
fn each_line_is_a_row_once() {
    let sim = start();
    let destination = managing(&sim).keeping_results().keeping_rejects();
    let (source, results) = (reading(&destination), catalog::some(&[RESULTS]));
    let run = source.read(&results).succeeded();
    assert!(run.logs().join("\n").contains("which is not there yet"), "{:?}", run.logs());
    assert!(!destination.dir().join("results").exists(), "who reads makes nothing");
    let write = |rows: &[Value]| {
        destination.write(&streams(&["campaign"], "append"), &lines("campaign", rows)).succeeded();
    };
    write(&[campaign("Spring"), wrong()]);
    let first = source.read_from(&results, &run.state()).succeeded();
    let found = told(&first);
    for expected in ["result Spring created", "result null refused"] {
        assert!(found.contains(expected), "{found:?}");
    }
    let lines = destination.results().len() + destination.rejects().len();
    assert_eq!((first.records(RESULTS).count(), destination.rejects().len()), (lines, 1));
    assert!(first.records(RESULTS).any(|row| row["advertiser_id"].is_u64()));
    let refused = first.records(RESULTS).find(|row| row["kind"] == "rejected").unwrap();
    assert_eq!((&refused["stream"], &refused["row"]), (&json!("campaign"), &json!(2)), "{refused}");
    assert!(refused["reason"].is_string() && refused["message"].is_string(), "{refused}");
    assert!(refused["place"].as_str().unwrap().starts_with("rejected-campaign.jsonl:"), "{refused}");
    let ids: BTreeSet<&str> = first.records(RESULTS).map(|row| row["result_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), lines);
    let again = source.read_from(&results, &first.state()).succeeded();
    assert_eq!(again.records(RESULTS).count(), 0);
    // Only what is new comes next, and half a line is left for the time after.
    write(&[campaign("Spring"), campaign("Summer")]);
    let file = destination.dir().join("results/results-campaign.jsonl");
    let mut open = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
    open.write_all(b"{\"stream\":\"campaign\",\"key\":\"Au").unwrap();
    let second = source.read_from(&results, &again.state()).succeeded();
    let found = told(&second);
    assert!(found.contains("result Spring unchanged") && found.contains("result Summer created"), "{found:?}");
    assert_eq!(second.records(RESULTS).count(), destination_lines(&file) + 1 - lines, "{found:?}");
    open.write_all(b"tumn\",\"action\":\"unchanged\"}\n").unwrap();
    let third = source.read_from(&results, &second.state()).succeeded();
    assert_eq!(told(&third), set(&["result Autumn unchanged"]));
    // Read from the start, each has the id that it had.
    let whole = source.read(&results).succeeded();
    let all: BTreeSet<&str> = whole.records(RESULTS).map(|row| row["result_id"].as_str().unwrap()).collect();
    assert!(ids.is_subset(&all));
    // A folder that is away for a run is not read again.
    let (folder, away) = (destination.dir().join("results"), destination.dir().join("away"));
    std::fs::rename(&folder, &away).unwrap();
    let without = source.read_from(&results, &third.state()).succeeded();
    assert!(without.logs().join("\n").contains("what was read of it stays known"), "{:?}", without.logs());
    std::fs::rename(&away, &folder).unwrap();
    let third = source.read_from(&results, &without.state()).succeeded();
    assert_eq!(third.records(RESULTS).count(), 0);
    std::fs::remove_file(file).unwrap();
    let run = source.read_from(&results, &third.state()).succeeded();
    assert_eq!(run.records(RESULTS).count(), 0);
    assert!(run.logs().join("\n").contains("results-campaign.jsonl is gone"), "{:?}", run.logs());
}

/// Whole lines of a file.
fn destination_lines(file: &std::path::Path) -> usize {
    std::fs::read_to_string(file).unwrap().matches('\n').count()
}

#[test]
fn a_bucket_has_runs_and_moments() {
    let (sim, bucket) = (start(), Bucket::start(false));
    let destination = managing(&sim).with("object_storage_config", bucket.storage("tiktok"));
    let source = Connector::offline().with(RESULTS, json!({"object_storage_config": bucket.storage("tiktok")}));
    let results = catalog::some(&[RESULTS]);
    let write = |rows: &[Value]| {
        destination.write(&streams(&["campaign"], "append"), &lines("campaign", rows)).succeeded();
    };
    write(&[campaign("Spring"), wrong()]);
    let first = source.read(&results).succeeded();
    let found = told(&first);
    assert!(found.contains("result Spring created") && found.contains("result null refused"), "{found:?}");
    assert!(found.iter().any(|one| one.starts_with("rejected ")), "{found:?}");
    for row in first.records(RESULTS) {
        assert!(row["sync_id"].is_u64() && row["written_at"].is_string(), "{row}");
        assert!(row["place"].as_str().unwrap().contains(".jsonl:"), "{row}");
    }
    assert_eq!(source.read_from(&results, &first.state()).succeeded().records(RESULTS).count(), 0);
    write(&[campaign("Summer")]);
    let second = source.read_from(&results, &first.state()).succeeded();
    assert!(told(&second).contains("result Summer created") && !told(&second).contains("result Spring created"));
}

#[test]
fn without_a_place_the_stream_says_what_to_set_and_stops_no_other() {
    let run = Connector::offline().read(&catalog::some(&[RESULTS]));
    assert!(run.error().starts_with("config_error: "), "{}", run.error());
    assert!(run.error().contains("`write_results` is empty"), "{}", run.error());
    assert!(run.error().contains("Set `write_results.result_records`"), "{}", run.error());
    let sim = small();
    let run = Connector::to(&sim).read(&catalog::some(&[RESULTS, "advertisers"])).succeeded();
    assert_eq!(run.statuses(RESULTS).last(), Some(&"COMPLETE"));
    assert!(run.records("advertisers").count() > 0);
    assert!(run.logs().join("\n").contains("Stream `write_results` has no records: `write_results.result_records`"));
}

#[test]
fn check_tells_of_results() {
    let sim = start();
    let destination = managing(&sim).keeping_results();
    let source = Connector::to(&sim).with(RESULTS, destination.dir().join("results").to_str().unwrap());
    assert!(source.check().logs().join("\n").contains("there are no results and no rejected rows yet"));
    destination.write(&streams(&["campaign"], "append"), &lines("campaign", &[campaign("Spring")])).succeeded();
    assert!(source.check().logs().join("\n").contains("1 file can be read"));
}
