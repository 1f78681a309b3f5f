//! A bare container keeps its state between runs, in a file or in a bucket.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{Days, TimeDelta};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use simulator::Simulator;

use crate::harness::bucket::Bucket;
use crate::harness::{Connector, Run, catalog, fail, now, slow, small};

const STREAMS: [&str; 3] = ["advertisers", "campaigns", "ads_reports_daily"];

fn connector(sim: &Simulator) -> Connector {
    let start = now().date_naive() - Days::new(8);
    let connector = Connector::to(sim).with("start_date", start.to_string());
    connector.file("catalog.json", &catalog::some(&STREAMS).to_string());
    connector
}

fn args<'a>(state: &[&'a str]) -> Vec<&'a str> {
    ["read", "--config", "config.json", "--catalog", "catalog.json"].into_iter().chain(state.iter().copied()).collect()
}

/// The states of a list, by their streams.
fn by_stream(states: &Value) -> BTreeMap<String, Value> {
    let one = |state: &Value| {
        (state["stream"]["stream_descriptor"]["name"].to_string(), state["stream"]["stream_state"].clone())
    };
    states.as_array().unwrap().iter().map(one).collect()
}

fn kept(path: &Path) -> BTreeMap<String, Value> {
    by_stream(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn reports(run: &Run) -> usize {
    run.records("ads_reports_daily").count()
}

#[test]
fn a_file_takes_the_state_of_one_run_to_the_next() {
    let sim = small();
    let connector = connector(&sim);
    let path = connector.dir().join("kept/state.json");
    let both = ["--state", "kept/state.json", "--state-out", "kept/state.json"];
    let first = connector.run(&args(&both)).succeeded();
    assert!(first.logs().iter().any(|log| log.contains("There is no state at kept/state.json yet")), "a first run");
    assert_eq!(kept(&path), by_stream(&first.state()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let connector = connector.later(TimeDelta::days(1));
    let second = connector.run(&args(&both)).succeeded();
    assert!(reports(&second) < reports(&first), "it goes on: {} of {}", reports(&second), reports(&first));
    assert_eq!(kept(&path), by_stream(&second.state()));
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing half written is left");
}

#[test]
fn the_state_of_a_stream_that_is_not_read_stays() {
    let sim = small();
    let connector = connector(&sim);
    connector.file("old.json", &json!({"ads": {"modify_time": "2026-01-02 03:04:05"}}).to_string());
    let run = connector.run(&args(&["--state", "old.json", "--state-out", "new.json"])).succeeded();
    let mut states = kept(&connector.dir().join("new.json"));
    assert_eq!(states.remove("\"ads\""), Some(json!({"modify_time": "2026-01-02 03:04:05"})));
    assert_eq!(states, by_stream(&run.state()));
    assert!(connector.dir().join("old.json").exists());
}

#[test]
fn a_run_that_fails_or_is_stopped_keeps_what_it_finished() {
    let sim = small();
    fail(&sim, "path=/report/integrated/get/,after=3,kind=unknown77777");
    let connector = connector(&sim);
    let failed = connector.run(&args(&["--state-out", "failed.json"]));
    assert_eq!(failed.exit, Some(1));
    assert_eq!(kept(&connector.dir().join("failed.json")), by_stream(&failed.state()));
    let sim = slow(Duration::from_millis(20));
    let connector = self::connector(&sim).with("max_concurrent_requests", 2);
    let mut child = connector.command(&args(&["--state-out", "stopped.json"])).spawn().unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if line.contains(r#""type":"STATE""#) && line.contains("campaigns") {
            kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        }
        lines.push(line);
    }
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let told = by_stream(&Run::cut(&lines).state());
    assert!(told.contains_key("\"campaigns\"") && !told.contains_key("\"other\""));
    assert_eq!(kept(&connector.dir().join("stopped.json")), told);
}

#[test]
fn a_bucket_takes_the_states_of_all_shards_to_the_next_run() {
    let (sim, bucket) = (small(), Bucket::start(false));
    let place = "s3://warehouse/tiktok/state-{index}.json";
    let run = |count: u32, index: u32, days: i64| {
        let connector = connector(&sim).with("shard", json!({"index": index, "count": count}));
        let connector = connector.later(TimeDelta::days(days));
        let mut command = connector.command(&args(&["--state", place, "--state-out", place]));
        bucket.environment(&mut command);
        connector.finished(command.output().unwrap()).succeeded()
    };
    let first: Vec<Run> = (0..2).map(|index| run(2, index, 0)).collect();
    let objects = bucket.objects();
    assert!(objects.keys().eq(["/warehouse/tiktok/state-0.json", "/warehouse/tiktok/state-1.json"]), "{objects:?}");
    let text = std::str::from_utf8(objects.values().last().unwrap()).unwrap();
    assert_eq!(by_stream(&serde_json::from_str(text).unwrap()), by_stream(&first[1].state()));
    // With one shard more, advertisers move, and their cursors with them.
    let second: Vec<Run> = (0..3).map(|index| run(3, index, 1)).collect();
    let whole = connector(&sim).later(TimeDelta::days(1)).read(&catalog::some(&STREAMS)).succeeded();
    let (first, second): (usize, usize) = (first.iter().map(reports).sum(), second.iter().map(reports).sum());
    assert!(second < first && second < reports(&whole), "{second} of {first}");
    assert_eq!(bucket.objects().len(), 3);
}

#[test]
fn what_cannot_be_kept_or_found_is_told_before_the_first_request() {
    let (sim, closed) = (small(), Bucket::start(true));
    let mut told = String::new();
    for state in [
        vec!["--state", "none.json"],
        vec!["--state", "state-{index}.json"],
        vec!["--state", "away/state-{index}.json"],
        vec!["--state-out", "/dev/null/state.json"],
        vec!["--state-out", "folder/"],
        vec!["--state-out", "{index}/state.json"],
        vec!["--state-out", "s3://warehouse"],
        vec!["--state-out", "s3://warehouse/state.json"],
        vec!["--state", "s3://warehouse/state.json", "--state-out", "s3://warehouse/state.json"],
    ] {
        let connector = connector(&sim);
        let mut command = connector.command(&args(&state));
        closed.environment(&mut command);
        let run = connector.finished(command.output().unwrap());
        assert_eq!(run.exit, Some(1), "{state:?}");
        told += &format!("{}\n  {}\n", state.join(" "), run.error());
        assert!(!connector.dir().join("away").exists(), "who reads makes nothing");
    }
    assert!(!told.contains("secret of the bucket"), "{told}");
    insta::assert_snapshot!(told);
    assert!(sim.requests().is_empty());
}
