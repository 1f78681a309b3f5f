//! What a run says while it waits, and how it says it spent its time.

use std::io::{BufRead, BufReader};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Connector, catalog, fail, small};

const LAST_WORD: &str = "How the time was spent: of ";

/// Whether a last word names a time for each of these, and for no other kind of waiting.
fn spent_on(line: &str, what: &[&str]) -> bool {
    let all = ["waiting for TikTok's quota", "waiting for TikTok's work", "waiting to try again"];
    all.iter().all(|one| line.contains(&format!(" s {one}")) == what.contains(one))
}

#[test]
fn calls_that_are_tried_again_and_again_are_one_line_and_a_last_word() {
    let sim = small();
    fail(&sim, "path=/campaign/get/,max=3,kind=51010");
    let run = Connector::to(&sim).read(&catalog::some(&["campaigns"])).succeeded();
    let told: Vec<String> = run.logs().into_iter().filter(|line| line.contains("/campaign/get/")).collect();
    assert_eq!(told.len(), 1, "four advertisers, one line: {told:#?}");
    assert!(told[0].starts_with("INFO Waiting to try again: `campaigns` (/campaign/get/ for advertiser "), "{told:#?}");
    for part in [" s so far after 3 attempts, until ", " UTC (", "“Internal service time out”"] {
        assert!(told[0].contains(part), "{part}: {told:#?}");
    }
    let logs = run.logs();
    let last = logs.last().unwrap();
    assert!(last.starts_with(&format!("INFO {LAST_WORD}")), "{last}");
    assert!(spent_on(last, &["waiting to try again"]), "{last}");
    assert!(last.ends_with(" requests, 0 of them refused as too many"), "{last}");
}

#[test]
fn a_run_that_is_stopped_says_how_its_time_was_spent() {
    let sim = small();
    fail(&sim, "path=/campaign/get/,kind=51010");
    let connector = Connector::to(&sim);
    let mut child = connector.start_read(&catalog::some(&["campaigns"]), None);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("Waiting to try again: ")), "it says what it waits for");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let last = lines.last().unwrap_or_default();
    assert!(last.contains(LAST_WORD) && spent_on(&last, &["waiting to try again"]), "{last}");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_check_and_a_plan_say_so_too() {
    let sim = small();
    fail(&sim, "path=/advertiser/info/,max=3,kind=51010");
    let run = Connector::to(&sim).check();
    let logs = run.logs();
    assert!(logs.iter().any(|line| line.starts_with("INFO Waiting to try again: /advertiser/info/")), "{logs:#?}");
    assert!(logs.last().unwrap().contains(LAST_WORD), "{logs:#?}");

    fail(&sim, "path=/advertiser/info/,max=3,kind=51010");
    let connector = Connector::to(&sim);
    connector.file("config.json", &connector.config.to_string());
    connector.file("catalog.json", &catalog::some(&["campaigns"]).to_string());
    let plan = ["source", "plan", "--config", "config.json", "--catalog", "catalog.json"];
    let output = connector.command(&plan).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines[0].starts_with("Waiting to try again: /advertiser/info/"), "{stderr}");
    assert!(lines.last().unwrap().starts_with(LAST_WORD), "{stderr}");
}
