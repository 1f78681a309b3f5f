//! `--report` and `--summary` of `write`: rows, rejects by reason, audiences, managed objects.

use std::io::Write;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use simulator::AUDIENCE_SMALL;

use super::{STREAM, people, plain, without_ids, writing};
use crate::harness::feed::{catalog_of, entry, record, state, text};
use crate::harness::told::{FLAGS, told};
use crate::harness::{Connector, fail, small};

fn start(connector: &Connector, catalog: &Value) -> std::process::Child {
    connector.file("catalog.json", &catalog.to_string());
    connector.file("config.json", &connector.config.to_string());
    let args = ["write", "--config", "config.json", "--catalog", "catalog.json"];
    let args: Vec<&str> = args.into_iter().chain(FLAGS).collect();
    connector.command(&args).stdin(std::process::Stdio::piped()).spawn().unwrap()
}

/// Writes the lines to the end of the input; the exit code, the page and the numbers.
fn written(connector: &Connector, catalog: &Value, lines: &[String]) -> (Option<i32>, String, Value) {
    let mut child = start(connector, catalog);
    let (mut stdin, input) = (child.stdin.take().unwrap(), text(lines));
    let feeding = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = feeding.join().unwrap();
    let (page, numbers) = told(connector);
    (output.status.code(), page, numbers)
}

/// What does not differ from run to run.
fn steady(mut numbers: Value) -> Value {
    for moment in ["began_at", "ended_at", "seconds", "spent", "timeline"] {
        numbers[moment] = "…".into();
    }
    serde_json::from_str(&without_ids(&numbers.to_string())).unwrap()
}

#[test]
fn rows_rejects_and_audiences_are_told() {
    let sim = small();
    let ledger = tempfile::tempdir().unwrap();
    let connector = writing(&sim).with("audience", json!({"ledger": ledger.path().to_str().unwrap()}));
    let mut lines: Vec<String> = people(AUDIENCE_SMALL, 30).iter().map(|person| record(STREAM, person)).collect();
    for bad in
        [json!({"email": "bob@example.com, eve@example.com"}), json!({"email": "not an address"}), json!({"email": ""})]
    {
        let mut row = bad;
        row["audience_name"] = AUDIENCE_SMALL.into();
        lines.push(record(STREAM, &row));
    }
    lines.push(state(STREAM, &json!({"n": 1})));
    let (code, page, numbers) = written(&connector, &plain(), &lines);
    assert_eq!(code, Some(0));
    let stream = &numbers["written"]["streams"][0];
    assert_eq!((&stream["records"], &stream["accepted"], &stream["rejected"]), (&33.into(), &30.into(), &3.into()));
    assert_eq!(numbers["totals"]["requests"], sim.requests().len());
    assert!(page.contains("Rejected, by reason") && page.contains("Audiences, as TikTok has them"));
    insta::assert_json_snapshot!(steady(numbers));
}

#[test]
fn managed_objects_and_what_guards_refuse_are_told() {
    let sim = small();
    let connector = writing(&sim)
        .with("ads", json!({"allow": {"campaign": ["create"]}, "max_daily_budget": 4_999, "currency": "JPY"}));
    let rows = [
        json!({"campaign_name": "Never made", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 5000}),
    ];
    let lines: Vec<String> = rows.iter().map(|row| record("campaign", row)).collect();
    let (_, _, numbers) = written(&connector, &catalog_of([entry("campaign", None, "append")]), &lines);
    let target = &numbers["written"]["targets"][0];
    assert_eq!((&target["kind"], &target["name"]), (&"object".into(), &"campaign".into()), "{numbers:#}");
    assert_eq!(target["done"]["refused"], 1);
    assert_eq!(numbers["written"]["rejects"][0]["rows"], 1);
}

#[test]
fn a_run_that_fails_or_is_stopped_is_told() {
    let sim = small();
    fail(&sim, "path=/segment/mapping/,kind=40001");
    let connector = writing(&sim);
    let lines: Vec<String> = people(AUDIENCE_SMALL, 3).iter().map(|person| record(STREAM, person)).collect();
    let (code, page, numbers) = written(&connector, &plain(), &lines);
    assert_eq!(code, Some(1));
    assert_eq!(numbers["outcome"], "failed", "{numbers:#}");
    assert!(page.contains("What went wrong"));
    let sim = small();
    let connector = writing(&sim);
    let mut child = start(&connector, &plain());
    let mut stdin = child.stdin.take().unwrap();
    let many: Vec<String> = people(AUDIENCE_SMALL, 2_000).iter().map(|person| record(STREAM, person)).collect();
    stdin.write_all(text(&many).as_bytes()).unwrap();
    // Once TikTok was asked, some of them were read.
    while sim.requests().is_empty() {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(143));
    let (_, numbers) = told(&connector);
    assert_eq!(
        (&numbers["outcome"], &numbers["written"]["streams"][0]["status"]),
        (&"stopped".into(), &"stopped".into())
    );
    assert!(numbers["totals"]["records"].as_u64().unwrap() > 0);
}
