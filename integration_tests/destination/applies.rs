//! Audiences that rows connect to ad groups, black-box.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{
    AUDIENCE_EXPIRED, AUDIENCE_FILE, AUDIENCE_SMALL, AUDIENCE_STREAMING, AUDIENCE_TWINS, Level, Simulator,
};

use super::ads::{actions, ad_group, campaign, lines, managing, named, posts, streams};
use super::{account, asked, writing};
use crate::harness::{Connector, at_once, catalog, fail, small};

const OBJECT: &str = "audience_apply";
const APPLY: &str = "/dmp/custom_audience/apply/";

/// A world in which Tokyo has the ad groups "One" and "Two" of "Spring".
fn world() -> Simulator {
    let sim = small();
    let input = [
        lines("campaign", &[campaign("Spring")]),
        lines("adgroup", &[ad_group("One", "Spring"), ad_group("Two", "Spring")]),
    ]
    .concat();
    managing(&sim).write(&streams(&["campaign", "adgroup"], "append"), &input).succeeded();
    sim
}

fn applying(sim: &Simulator) -> Connector {
    allowing(sim, &json!(["create", "delete"]))
}

fn allowing(sim: &Simulator, actions: &Value) -> Connector {
    writing(sim).with("ads", json!({"allow": {OBJECT: actions}})).keeping_results().keeping_rejects()
}

fn row(audience: &str, group: &str) -> Value {
    json!({"audience_name": audience, "adgroup_name": group, "campaign_name": "Spring"})
}

fn but(mut row: Value, name: &str, value: impl Into<Value>) -> Value {
    row[name] = value.into();
    row
}

fn write(connector: &Connector, mode: &str, rows: &[Value]) {
    connector.write(&streams(&[OBJECT], mode), &lines(OBJECT, rows));
}

fn id_of(sim: &Simulator, name: &str) -> String {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| world.audiences_of(tokyo).iter().find(|one| one.name == name).unwrap().id.to_string())
}

/// The audiences that an ad group has in one of its lists.
fn held(sim: &Simulator, group: &str, list: &str) -> Vec<String> {
    let tokyo = account(sim, "Tokyo");
    let [(id, _)] = named(sim, Level::AdGroup, group)[..] else { panic!("{group}") };
    sim.read(|world| {
        let account = world.account(tokyo).unwrap();
        let record = account.record(account.find(Level::AdGroup, id).unwrap());
        record[list].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    })
}

fn reasons(connector: &Connector) -> Vec<String> {
    connector.rejects().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
}

fn counts(all: &[(&str, usize)]) -> BTreeMap<String, usize> {
    all.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
}

#[test]
fn an_audience_is_connected_once_and_disconnected_when_it_is_deleted() {
    let sim = world();
    let connector = applying(&sim);
    let (file, streaming) = (id_of(&sim, AUDIENCE_FILE), id_of(&sim, AUDIENCE_STREAMING));
    let rows = [
        row(AUDIENCE_FILE, "One"),
        but(row(AUDIENCE_STREAMING, "One"), "usage_mode", "EXCLUDE"),
        row(AUDIENCE_STREAMING, "Two"),
        row(AUDIENCE_FILE, "One"),
    ];
    let listed = asked(&sim, "/adgroup/get/");
    for mode in ["append_dedup", "append", "append_dedup"] {
        write(&connector, mode, &rows);
        assert_eq!(asked(&sim, APPLY), 3, "what is connected is not sent again");
    }
    assert_eq!(asked(&sim, "/adgroup/get/") - listed, 3, "one list a run");
    assert_eq!(held(&sim, "One", "audience_ids"), [file.as_str()]);
    assert_eq!(held(&sim, "One", "excluded_audience_ids"), [streaming.as_str()]);
    assert_eq!(actions(&connector), counts(&[("created", 3), ("unchanged", 9)]));
    let bodies: Vec<Value> =
        sim.requests().iter().filter(|one| one.path == APPLY).filter_map(|one| one.body.clone()).collect();
    assert!(bodies[0]["adgroup_ids"].is_array() && bodies[0]["action_mode"] == "Apply", "{}", bodies[0]);
    let gone = [but(row(AUDIENCE_STREAMING, "One"), "usage_mode", "exclude")];
    write(&connector, "soft_delete", &gone);
    write(&connector, "soft_delete", &gone);
    assert_eq!((asked(&sim, APPLY), held(&sim, "One", "excluded_audience_ids").len()), (4, 0));
    let connected = [but(gone[0].clone(), "usage_mode", "include")];
    write(&connector, "append", &connected);
    let deleted = [but(connected[0].clone(), "_ab_cdc_deleted_at", "2026-11-25T22:03:23Z")];
    write(&connector, "append_dedup", &deleted);
    assert_eq!(held(&sim, "One", "audience_ids"), [file.as_str()]);
}

#[test]
fn the_last_included_audience_stays_until_broadening_is_allowed() {
    let sim = world();
    let rows = [row(AUDIENCE_FILE, "One"), row(AUDIENCE_STREAMING, "One")];
    let connector = applying(&sim);
    write(&connector, "append", &rows);
    write(&connector, "soft_delete", &rows);
    assert_eq!(reasons(&connector), ["would_broaden"], "rows of a run count together");
    assert!(connector.rejects()[0].to_string().contains("ads.allow.audience_apply"), "{:?}", connector.rejects());
    assert_eq!(held(&sim, "One", "audience_ids"), [id_of(&sim, AUDIENCE_STREAMING)]);
    let connector = allowing(&sim, &json!(["delete", "broaden"]));
    write(&connector, "soft_delete", &rows);
    assert_eq!(held(&sim, "One", "audience_ids"), [""; 0]);
    assert_eq!(actions(&connector), counts(&[("deleted", 1), ("unchanged", 1)]));
}

#[test]
fn rows_that_cannot_be_are_rejected_each_with_its_reason() {
    let sim = world();
    write(&applying(&sim), "append", &[row(AUDIENCE_FILE, "One")]);
    let before = posts(&sim);
    let small_one = row(AUDIENCE_FILE, "One");
    for (row, reason) in [
        (but(small_one.clone(), "usage_mode", "Exclude"), "audience_contradiction"),
        (but(small_one.clone(), "usage_mode", "Both"), "unknown_word"),
        (but(small_one.clone(), "_op", "update"), "invalid_operation"),
        (row("Nobody", "One"), "audience_not_found"),
        (but(small_one.clone(), "custom_audience_id", "7123456789012345678"), "audience_not_found"),
        (row(AUDIENCE_TWINS, "One"), "ambiguous"),
        (row(AUDIENCE_EXPIRED, "One"), "audience_not_usable"),
        (row(AUDIENCE_FILE, "Three"), "adgroup_not_found"),
        (but(small_one.clone(), "adgroup_id", "7123456789012345678"), "adgroup_not_found"),
        (but(small_one.clone(), "adgroup_id", 1.95e17), "invalid_id"),
        (but(small_one.clone(), "campaign_name", "Autumn"), "parent_missing"),
        (but(small_one.clone(), "audience_name", Value::Null), "key_missing"),
        (but(small_one, "adgroup_name", Value::Null), "key_missing"),
    ] {
        let connector = applying(&sim);
        write(&connector, "append", &[row]);
        assert_eq!(reasons(&connector), [reason]);
    }
    assert_eq!(posts(&sim), before);
}

#[test]
fn nothing_is_done_that_is_not_allowed_or_lies_outside_of_the_fence() {
    let sim = world();
    let before = posts(&sim);
    let rows = [row(AUDIENCE_FILE, "One")];
    let run = allowing(&sim, &json!([])).write(&streams(&[OBJECT], "append"), &lines(OBJECT, &rows));
    assert!(run.error().contains("`ads.allow` lets none be"), "{}", run.error());
    let connector = allowing(&sim, &json!(["delete"]));
    write(&connector, "append", &rows);
    assert_eq!(reasons(&connector), ["not_allowed"]);
    for fence in [json!({"name_prefix": "Autumn"}), json!({"campaign_ids": ["7"]}), json!({"advertiser_ids": ["7"]})] {
        let mut connector = applying(&sim);
        connector.config["ads"]["scope"] = fence;
        write(&connector, "append", &rows);
        assert_eq!(reasons(&connector), ["out_of_scope"]);
    }
    assert_eq!(posts(&sim), before);
}

#[test]
fn a_dry_run_posts_nothing_and_counts_its_rows_together() {
    let sim = world();
    let before = posts(&sim);
    let connector = applying(&sim).with("dry_run", true);
    let one = row(AUDIENCE_FILE, "One");
    let rows = [one.clone(), one.clone(), but(one, "_op", "delete")];
    write(&connector, "append", &rows);
    assert_eq!((posts(&sim), reasons(&connector)), (before, vec!["would_broaden".to_owned()]));
    assert_eq!(actions(&connector), counts(&[("planned", 1), ("unchanged", 1), ("refused", 1)]));
}

#[test]
fn an_answer_that_is_lost_is_looked_for() {
    at_once(&["reset", "drop", "truncate", "html502"], |kind| {
        let sim = world();
        fail(&sim, &format!("path={APPLY},times=1,kind={kind},committed=true"));
        let connector = applying(&sim);
        write(&connector, "append", &[row(AUDIENCE_FILE, "One")]);
        assert_eq!(held(&sim, "One", "audience_ids"), [id_of(&sim, AUDIENCE_FILE)], "{kind}");
        assert_eq!((actions(&connector), asked(&sim, APPLY)), (counts(&[("created", 1)]), 1), "{kind}");
    });
}

#[test]
fn an_audience_that_is_not_ready_is_connected_and_told() {
    let sim = world();
    let connector = applying(&sim);
    let run = connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &[row(AUDIENCE_SMALL, "One")])).succeeded();
    assert!(run.logs().iter().any(|log| log.starts_with("WARN") && log.contains("not ready")), "{:?}", run.logs());
    assert_eq!(held(&sim, "One", "audience_ids"), [id_of(&sim, AUDIENCE_SMALL)]);
}

#[test]
fn the_log_tells_what_was_connected() {
    let sim = world();
    write(&applying(&sim), "append", &[row(AUDIENCE_FILE, "One"), row(AUDIENCE_STREAMING, "Two")]);
    let run = Connector::to(&sim).read(&catalog::some(&["audience_apply_log"])).succeeded();
    let mut rows: Vec<(String, String)> = run
        .records("audience_apply_log")
        .map(|row| (row["adgroup_name"].as_str().unwrap().to_owned(), row["audience_id"].as_str().unwrap().to_owned()))
        .collect();
    rows.sort();
    assert_eq!(
        rows,
        [("One".to_owned(), id_of(&sim, AUDIENCE_FILE)), ("Two".to_owned(), id_of(&sim, AUDIENCE_STREAMING))]
    );
}
