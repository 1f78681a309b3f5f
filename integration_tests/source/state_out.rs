//! A bare container keeps its state between runs, in a file or in a bucket.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{Days, TimeDelta};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use simulator::Simulator;

use crate::harness::bucket::Bucket;
use crate::harness::{Connector, Run, catalog, fail, now, small};

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

/// What a run leaves: a stream that is read whole leaves nothing once it is.
fn to_keep(run: &Run) -> BTreeMap<String, Value> {
    let mut states = by_stream(&run.state());
    states.remove("\"advertisers\"");
    states
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
    assert_eq!(kept(&path), to_keep(&first));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let connector = connector.later(TimeDelta::days(1));
    let second = connector.run(&args(&both)).succeeded();
    assert!(reports(&second) < reports(&first), "it goes on: {} of {}", reports(&second), reports(&first));
    assert_eq!(kept(&path), to_keep(&second));
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
    assert_eq!(states, to_keep(&run));
    assert!(connector.dir().join("old.json").exists());
}

/// The records of each stream.
fn counts(run: &Run) -> Vec<usize> {
    WHOLE.iter().map(|stream| run.records(stream).count()).collect()
}

const WHOLE: [&str; 2] = ["campaigns", "ads_reports_daily"];

fn whole_catalog() -> String {
    json!({"streams": WHOLE.map(|stream| catalog::one(stream, "full_refresh", "overwrite"))}).to_string()
}

#[test]
fn a_full_refresh_is_whole_each_time() {
    let sim = small();
    let connector = connector(&sim);
    connector.file("catalog.json", &whole_catalog());
    for both in [
        ["--state", "state.json", "--state-out", "state.json"],
        ["--state", "state-{index}.json", "--state-out", "state-{index}.json"],
    ] {
        let first = connector.run(&args(&both)).succeeded();
        let second = connector.run(&args(&both)).succeeded();
        assert_eq!(counts(&second), counts(&first), "{both:?}");
        assert!(counts(&first).iter().all(|count| *count > 0));
    }
    assert_eq!(kept(&connector.dir().join("state.json")), BTreeMap::new());
}

#[test]
fn a_full_refresh_that_broke_off_goes_on() {
    let sim = small();
    let connector = connector(&sim);
    connector.file("catalog.json", &whole_catalog());
    let both = ["--state", "state.json", "--state-out", "state.json"];
    let whole = connector.run(&args(&both)).succeeded();
    fail(&sim, "path=/report/integrated/get/,after=3,kind=unknown77777");
    let broken = connector.run(&args(&both));
    assert_eq!(broken.exit, Some(1));
    let left = kept(&connector.dir().join("state.json"));
    assert!(left.contains_key("\"ads_reports_daily\"") && !left.contains_key("\"campaigns\""), "{left:?}");
    let sound = small();
    let plain = self::connector(&sound);
    plain.file("catalog.json", &whole_catalog());
    plain.file("state.json", &std::fs::read_to_string(connector.dir().join("state.json")).unwrap());
    let rest = plain.run(&args(&both)).succeeded();
    assert!(reports(&rest) < reports(&whole), "{} of {}", reports(&rest), reports(&whole));
    assert_eq!(counts(&plain.run(&args(&both)).succeeded()), counts(&whole));
}

#[test]
fn a_run_that_fails_or_is_stopped_keeps_what_it_finished() {
    let sim = small();
    fail(&sim, "path=/report/integrated/get/,after=3,kind=unknown77777");
    let connector = connector(&sim);
    let failed = connector.run(&args(&["--state-out", "failed.json"]));
    assert_eq!(failed.exit, Some(1));
    assert_eq!(kept(&connector.dir().join("failed.json")), to_keep(&failed));
    let sim = small();
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id);
    fail(&sim, &format!("path=/report/integrated/get/,advertiser={tokyo},kind=stall"));
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
    let told = to_keep(&Run::cut(&lines));
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
    assert_eq!(by_stream(&serde_json::from_str(text).unwrap()), to_keep(&first[1]));
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
        vec!["--state", "/dev/zero"],
        vec!["--state", "state-{index}.json"],
        vec!["--state", "away/state-{index}.json"],
        vec!["--state-out", "/dev/null/state.json"],
        vec!["--state-out", "folder/"],
        vec!["--state-out", "."],
        vec!["--state-out", "/dev/full"],
        vec!["--state", "/dev/zero", "--state-out", "/dev/zero"],
        vec!["--state-out", "gs://warehouse/state.json"],
        vec!["--state", "HTTP://warehouse/state.json"],
        vec!["--state-out", "{index}/state.json"],
        vec!["--state-out", "s3://warehouse"],
        vec!["--state-out", "s3://warehouse/state.json"],
        vec!["--state", "s3://warehouse/state.json", "--state-out", "s3://warehouse/state.json"],
    ] {
        let connector = connector(&sim);
        let mut command = connector.command(&args(&state));
        command.arg("--report=report.html");
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

#[test]
fn a_pipe_for_the_state_is_told_before_anybody_waits_for_its_other_end() {
    let sim = small();
    let connector = connector(&sim);
    let pipe = connector.dir().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = connector.run(&args(&["--state", "pipe", "--state-out", "pipe"]));
    assert!(run.error().contains("`--state-out` is pipe, but a pipe is there, no file"), "{}", run.error());
}

#[test]
fn a_link_to_the_state_stays_a_link() {
    let sim = small();
    let connector = connector(&sim);
    std::fs::create_dir(connector.dir().join("far")).unwrap();
    let link = connector.dir().join("state.json");
    std::os::unix::fs::symlink("far/state.json", &link).unwrap();
    let run = connector.run(&args(&["--state-out", "state.json"])).succeeded();
    assert!(link.is_symlink());
    assert_eq!(kept(&connector.dir().join("far/state.json")), to_keep(&run));
}

#[test]
fn shards_keep_their_states_apart() {
    let sim = small();
    let connector = connector(&sim).with("shard", json!({"index": 1, "count": 2}));
    let run = connector.run(&args(&["--state-out", "state.json"]));
    assert!(run.error().contains("`--state-out` is state.json for each of 2 shards"), "{}", run.error());
    assert!(!connector.dir().join("state.json").exists() && sim.requests().is_empty());
}
