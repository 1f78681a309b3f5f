//! Lookalike audiences as rows, black-box.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{AUDIENCE_BROKEN, AUDIENCE_FILE, AUDIENCE_LOOKALIKE, AUDIENCE_TWINS, AudienceKind, Simulator};

use super::ads::{actions, lines, posts, stats, streams};
use super::{account, asked, writing};
use crate::harness::feed::text;
use crate::harness::{Connector, at_once, fail, small};

const OBJECT: &str = "lookalike_audience";
const CREATE: &str = "/dmp/custom_audience/lookalike/create/";
const UPDATE: &str = "/dmp/custom_audience/lookalike/update/";
const LIST: &str = "/dmp/custom_audience/list/";

fn making(sim: &Simulator) -> Connector {
    allowing(sim, &json!(["create", "update"]))
}

fn allowing(sim: &Simulator, actions: &Value) -> Connector {
    writing(sim).with("ads", json!({"allow": {OBJECT: actions}})).keeping_results().keeping_rejects()
}

fn like(name: &str, source: &str) -> Value {
    json!({"audience_name": name, "source_audience_name": source, "include_source": false, "mobile_os": "ALL",
        "placements": ["TikTok"], "location_ids": ["1861060"], "audience_size": "NARROW"})
}

/// The row with one thing otherwise.
fn but(mut row: Value, name: &str, value: Value) -> Value {
    row[name] = value;
    row
}

/// The ids of Tokyo's audiences of a name, of whatever kind.
fn all_named(sim: &Simulator, name: &str) -> Vec<u64> {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| world.audiences_of(tokyo).into_iter().filter(|one| one.name == name).map(|one| one.id).collect())
}

fn reasons(connector: &Connector) -> Vec<String> {
    connector.rejects().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_is_made_once_and_a_second_run_changes_nothing() {
    let sim = small();
    let connector = making(&sim);
    let rows = [like("A", AUDIENCE_FILE), like("B", AUDIENCE_FILE), like("A", AUDIENCE_FILE)];
    for mode in ["append_dedup", "append_dedup", "append"] {
        let before = asked(&sim, LIST);
        let run = connector.write(&streams(&[OBJECT], mode), &lines(OBJECT, &rows)).succeeded();
        assert_eq!(stats(&run, OBJECT), (3.0, 0.0));
        assert_eq!(asked(&sim, LIST) - before, 1, "one list a run");
    }
    assert_eq!((asked(&sim, CREATE), posts(&sim)), (2, 2));
    let [id] = all_named(&sim, "A")[..] else { panic!("not one audience") };
    let (kind, spec) = sim.read(|world| {
        let made = world.audience(id).unwrap();
        (made.kind, made.lookalike.clone().unwrap())
    });
    assert_eq!((kind, &spec["audience_size"]), (AudienceKind::Lookalike, &json!("NARROW")));
    assert_eq!(spec["source_audience_id"], all_named(&sim, AUDIENCE_FILE)[0].to_string());
}

#[test]
fn a_row_that_asks_for_it_refreshes() {
    let sim = small();
    let connector = making(&sim);
    let rows = [json!({"audience_name": AUDIENCE_LOOKALIKE, "refresh": true})];
    connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &rows)).succeeded();
    assert_eq!((asked(&sim, UPDATE), posts(&sim)), (1, 1));
    assert_eq!(actions(&connector), BTreeMap::from([("updated".to_owned(), 1)]));
}

#[test]
fn an_answer_that_is_lost_makes_no_twin() {
    at_once(&["reset", "drop", "truncate", "html502"], |kind| {
        let sim = small();
        fail(&sim, &format!("path={CREATE},times=1,kind={kind},committed=true"));
        let connector = making(&sim);
        let input = lines(OBJECT, &[like("A", AUDIENCE_FILE)]);
        for _ in 0..2 {
            connector.write(&streams(&[OBJECT], "append"), &input).succeeded();
        }
        assert_eq!(all_named(&sim, "A").len(), 1, "{kind}");
    });
}

/// The connector is killed while it waits for the answer to the create.
#[test]
fn a_kill_before_the_answer_makes_no_twin() {
    let sim = small();
    fail(&sim, &format!("path={CREATE},times=1,kind=stall,committed=true"));
    let connector = making(&sim);
    let input = lines(OBJECT, &[like("A", AUDIENCE_FILE)]);
    let catalog = streams(&[OBJECT], "append");
    let mut child = connector.start_write(&catalog);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text(&input).as_bytes()).unwrap();
    let started = Instant::now();
    while all_named(&sim, "A").is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing was made");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    connector.write(&catalog, &input).succeeded();
    assert_eq!((all_named(&sim, "A").len(), asked(&sim, CREATE)), (1, 1));
}

#[test]
fn rows_that_cannot_be_are_rejected_each_with_its_reason() {
    let sim = small();
    let connector = making(&sim);
    let one = || like("A", AUDIENCE_FILE);
    connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &[one()])).succeeded();
    let new = |source: &str| like("New", source);
    for (row, reason) in [
        (json!({"audience_id": 1.95e17}), "invalid_id"),
        (json!({"audience_name": "L", "advertiser_id": "7e18"}), "invalid_advertiser"),
        (new(AUDIENCE_LOOKALIKE), "source_is_lookalike"),
        (new(AUDIENCE_BROKEN), "source_not_ready"),
        (new("Nobody"), "parent_missing"),
        (new(AUDIENCE_TWINS), "ambiguous"),
        (like(AUDIENCE_FILE, AUDIENCE_FILE), "name_taken"),
        (but(new(AUDIENCE_FILE), "source_audience_name", Value::Null), "field_missing"),
        (but(new(AUDIENCE_FILE), "audience_size", Value::Null), "field_missing"),
        (but(new(AUDIENCE_FILE), "location_ids", json!([])), "field_missing"),
        (but(new(AUDIENCE_FILE), "audience_size", json!("HUGE")), "unknown_word"),
        (but(new(AUDIENCE_FILE), "audience_id", json!("7123456789012345678")), "not_found"),
        (but(new(AUDIENCE_FILE), "audience_name", Value::Null), "key_missing"),
        (but(new(AUDIENCE_FILE), "_op", json!("delete")), "invalid_operation"),
        (but(one(), "audience_size", json!("BROAD")), "immutable"),
        (like("A", AUDIENCE_BROKEN), "immutable"),
        (but(one(), "source_audience_id", json!("7123456789012345678")), "immutable"),
        (like(&"é".repeat(71), AUDIENCE_FILE), "invalid_audience_name"),
        (like("jane.doe@example.com", AUDIENCE_FILE), "invalid_audience_name"),
        (like("a\nb", AUDIENCE_FILE), "invalid_text"),
    ] {
        let connector = making(&sim);
        connector.write(&streams(&[OBJECT], "append_dedup"), &lines(OBJECT, &[row]));
        assert_eq!(reasons(&connector), [reason]);
    }
    assert_eq!(posts(&sim), 1, "only the first one was made");
}

#[test]
fn nothing_is_made_that_is_not_allowed() {
    let sim = small();
    let input = lines(OBJECT, &[like("A", AUDIENCE_FILE)]);
    let run = allowing(&sim, &json!([])).write(&streams(&[OBJECT], "append"), &input);
    assert!(run.error().contains("`ads.allow` lets none be"), "{}", run.error());
    let connector = allowing(&sim, &json!(["update"]));
    connector.write(&streams(&[OBJECT], "append"), &input);
    assert_eq!(reasons(&connector), ["not_allowed"]);
    // A refresh of what is not there would make it.
    let connector = allowing(&sim, &json!(["update"]));
    let rows = [but(like("A", AUDIENCE_FILE), "refresh", json!(true))];
    connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &rows));
    assert_eq!((reasons(&connector), posts(&sim)), (vec!["not_allowed".to_owned()], 0));
}

#[test]
fn a_dry_run_posts_nothing_and_plans_each_once() {
    let sim = small();
    let connector = making(&sim).with("dry_run", true);
    let input = lines(OBJECT, &[like("A", AUDIENCE_FILE), like("A", AUDIENCE_FILE)]);
    connector.write(&streams(&[OBJECT], "append_dedup"), &input).succeeded();
    assert_eq!(posts(&sim), 0);
    assert_eq!(actions(&connector), BTreeMap::from([("planned".to_owned(), 1), ("unchanged".to_owned(), 1)]));
}
