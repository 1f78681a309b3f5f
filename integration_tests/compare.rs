//! `docs/benchmarks.md` is what `integration_tests/compare/page.py` makes of `results.json`, and its pictures are of these results.
//! `integration_tests/compare/run.sh` writes all of them.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::tidy::{read, root};

const PAGE: &str = "docs/benchmarks.md";
const RESULTS: &str = "integration_tests/compare/results.json";
const PICTURES: [&str; 5] = ["cpu", "memory", "requests", "time", "rows"];

fn results() -> Value {
    serde_json::from_str(&read(RESULTS)).unwrap()
}

/// With commas between thousands.
fn number(value: &Value) -> String {
    let digits = value.as_u64().unwrap_or(0).to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

fn real(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// What a run cost, beside ours: the row that the page must have.
fn cost(run: &Value, ours: &Value, limit: &Value) -> String {
    let end = match &run["exit"] {
        Value::Null => format!("stopped after {limit} s"),
        exit if *exit == 0 => "whole".to_owned(),
        exit => format!("failed (exit {exit})"),
    };
    format!(
        "| {} | {:.2} s | {:.1} | {:.0} MiB | {} | {} | {:.1} s | {end} |",
        run["contender"].as_str().unwrap(),
        real(&run["cpu"]),
        real(&run["cpu"]) / real(&ours["cpu"]),
        real(&run["mib"]),
        number(&run["requests"]),
        number(&run["throttled"]),
        real(&run["seconds"]) + real(&run["waits"]),
    )
}

/// What became of the syncs with faults of a contender.
fn faults(runs: &[&Value]) -> String {
    let whole = runs.iter().filter(|run| run["exit"] == 0).count();
    let total = |name: &str| number(&runs.iter().map(|run| run[name].as_u64().unwrap_or(0)).sum::<u64>().into());
    let counts = ["expected", "right", "wrong", "lost", "doubled", "requests", "struck"].map(total).join(" | ");
    let seconds: f64 = runs.iter().map(|run| real(&run["seconds"])).sum();
    let waits: f64 = runs.iter().map(|run| real(&run["waits"])).sum();
    let name = runs[0]["contender"].as_str().unwrap();
    format!("| {name} | {whole} of {} | {counts} | {:.0} s |", runs.len(), seconds + waits)
}

/// What became of the rows.
fn rows(run: &Value) -> String {
    let counts = ["expected", "right", "wrong", "lost", "doubled", "records", "unchanged"];
    let counts = counts.map(|name| number(&run[name])).join(" | ");
    format!("| {} | {counts} |", run["contender"].as_str().unwrap())
}

#[test]
fn the_benchmarks_page_says_what_was_measured() {
    let (page, results) = (read(PAGE), results());
    let (struck, runs): (Vec<&Value>, Vec<&Value>) =
        results["runs"].as_array().unwrap().iter().partition(|run| run["scenario"] == "faults");
    let mut rows_there: Vec<String> = Vec::new();
    for run in &runs {
        let ours = runs.iter().find(|one| one["scenario"] == run["scenario"] && one["step"] == run["step"]).unwrap();
        rows_there.extend([cost(run, ours, &results["window"]["limit"]), rows(run)]);
    }
    let mut by_name: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    struck.iter().for_each(|run| by_name.entry(run["contender"].as_str().unwrap()).or_default().push(run));
    rows_there.extend(by_name.values().map(|runs| faults(runs)));
    let missing: Vec<&String> = rows_there.iter().filter(|row| !page.lines().any(|line| line == *row)).collect();
    assert!(missing.is_empty(), "{PAGE} lacks {missing:#?}");
    // A table has a head and a line below it; nothing stands in these tables but what was measured.
    let measured = page.split("## A first sync\n").nth(1).and_then(|rest| rest.split("## Where rows").next()).unwrap();
    let lines = measured.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).count();
    assert_eq!(lines, rows_there.len(), "{PAGE}: rows that nobody measured");
}

#[test]
fn the_judgement_of_the_comparison_adds_up() {
    for run in results()["runs"].as_array().unwrap() {
        let sum: u64 = ["right", "wrong", "lost"].iter().map(|name| run[*name].as_u64().unwrap()).sum();
        assert_eq!(sum, run["expected"].as_u64().unwrap(), "{run}");
        let of_streams = |name: &str| -> u64 {
            run["streams"].as_object().unwrap().values().map(|stream| stream[name].as_u64().unwrap()).sum()
        };
        for name in ["expected", "right", "wrong", "lost"] {
            assert_eq!(of_streams(name), run[name].as_u64().unwrap(), "{name}: {run}");
        }
    }
}

#[test]
fn the_pictures_of_the_benchmarks_are_of_these_results() {
    let digest = const_hex(&Sha256::digest(read(RESULTS)));
    for name in PICTURES {
        let picture = read(format!("docs/benchmarks/{name}.svg"));
        assert!(picture.contains(&format!("<!-- of results.json {digest} -->")), "{name}.svg is of other results");
        assert!(!picture.contains("<script"), "{name}.svg runs nothing");
    }
}

fn const_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_benchmarks_page_is_generated() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    let script = root().join("integration_tests/compare/page.py");
    let made = Command::new("python3").arg(script).arg(root().join(RESULTS)).arg(&page).output();
    match made {
        Ok(made) => {
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            assert_eq!(std::fs::read_to_string(page).unwrap(), read(PAGE), "{PAGE} is not what page.py writes");
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "skipped: there is no python3 to write the page: {error}");
        }
    }
}
