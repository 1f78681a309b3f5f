//! Materials of Smart+ ads as rows, black-box.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{AdsOptions, Level, Options, Simulator, State, smart_plus_material};

use super::ads::{actions, lines, posts, stats, streams};
use super::{account, asked, writing};
use crate::harness::feed::{record, state};
use crate::harness::{Connector, at_once, fail, small};

const OBJECT: &str = "smart_plus_material";
const STATUS: &str = "/smart_plus/ad/material_status/update/";
const LIST: &str = "/smart_plus/ad/get/";

fn managing(sim: &Simulator) -> Connector {
    guarded(sim, json!({"max_changes": 1_000}))
}

/// With further guards.
fn guarded(sim: &Simulator, more: Value) -> Connector {
    let mut ads = json!({"allow": {OBJECT: ["pause", "resume"]}});
    ads.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    writing(sim).with("ads", ads).keeping_results().keeping_rejects()
}

/// An ad, its material, and whether it is shown.
type Shown = BTreeMap<(String, String), String>;

/// All of Tokyo's that are not deleted.
fn shown(sim: &Simulator) -> Shown {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| {
        let account = world.account(tokyo).unwrap();
        let parents = |ad: &simulator::Entity| [(Level::Campaign, ad.campaign), (Level::AdGroup, ad.adgroup)];
        let is_there = |(level, id): (Level, u64)| account.find(level, id).unwrap().state != State::Deleted;
        let ads = account.all(Level::Ad).iter().filter(|ad| ad.smart_plus_ad.is_some() && ad.state != State::Deleted);
        let ads = ads.filter(|ad| parents(ad).into_iter().all(is_there));
        let one = |ad: &simulator::Entity| {
            ((ad.ad_v2().to_string(), smart_plus_material(ad.id).to_string()), ad.material_status().to_owned())
        };
        ads.map(one).collect()
    })
}

/// The materials of an ad that has two at least.
fn pair(sim: &Simulator) -> [(String, String); 2] {
    let all: Vec<_> = shown(sim).into_keys().collect();
    let two = all.windows(2).find(|two| two[0].0 == two[1].0).unwrap();
    [two[0].clone(), two[1].clone()]
}

fn row((ad, material): &(String, String), status: &str) -> Value {
    json!({"smart_plus_ad_id": ad, "ad_material_id": material, "operation_status": status})
}

/// An ad of so many materials, and their keys.
fn large(sim: &Simulator, count: usize) -> Vec<(String, String)> {
    let [(ad, _), _] = pair(sim);
    let creative = json!({"creative_info": {"ad_format": "SINGLE_VIDEO", "tiktok_item_id": "7"}});
    let row = json!({"smart_plus_ad_id": ad, "creative_list": vec![creative; count]});
    let connector = writing(sim).with("ads", json!({"allow": {"smart_plus_ad": ["update"]}}));
    connector.write(&streams(&["smart_plus_ad"], "update"), &lines("smart_plus_ad", &[row])).succeeded();
    let own: Vec<_> = shown(sim).into_keys().filter(|(of, _)| *of == ad).collect();
    assert_eq!(own.len(), count);
    own
}

fn told(counts: &[(&str, usize)]) -> BTreeMap<String, usize> {
    counts.iter().map(|(done, count)| ((*done).to_owned(), *count)).collect()
}

#[test]
fn materials_are_paused_and_resumed_and_a_second_run_changes_nothing() {
    let sim = small();
    let connector = managing(&sim);
    let [first, second] = pair(&sim);
    let before = shown(&sim);
    for (status, word, posted) in [("DISABLE", "paused", 1), ("ENABLE", "resumed", 2)] {
        for _ in 0..2 {
            let input = lines(OBJECT, &[row(&first, status), row(&second, "ENABLE")]);
            let run = connector.write(&streams(&[OBJECT], "update"), &input).succeeded();
            assert_eq!(stats(&run, OBJECT), (2.0, 0.0));
            let mut expected = before.clone();
            expected.insert(first.clone(), status.to_owned());
            assert_eq!(shown(&sim), expected);
            assert_eq!((asked(&sim, STATUS), posts(&sim)), (posted, posted));
        }
        let line = connector.results().into_iter().find(|line| line["action"] == word).unwrap();
        let other = if status == "ENABLE" { "DISABLE" } else { "ENABLE" };
        assert_eq!(line["changes"], json!({"operation_status": [other, status]}));
        assert_eq!(line["key"], format!("{} / {}", first.0, first.1));
        assert_eq!((&line["id"], &line["object"]), (&json!(first.1), &json!(OBJECT)));
    }
    assert_eq!(actions(&connector), told(&[("paused", 1), ("resumed", 1), ("unchanged", 6)]));
}

#[test]
fn every_mode_and_word_says_the_same() {
    for (mode, more) in [
        ("append", json!({"operation_status": "DISABLE"})),
        ("append_dedup", json!({"_op": "pause", "operation_status": null})),
    ] {
        let sim = small();
        let [first, _] = pair(&sim);
        let mut one = row(&first, "");
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        managing(&sim).write(&streams(&[OBJECT], mode), &lines(OBJECT, &[one])).succeeded();
        assert_eq!(shown(&sim)[&first], "DISABLE", "{mode}");
    }
}

#[test]
fn many_of_an_ad_go_together() {
    let sim = small();
    let all = large(&sim, 45);
    let (looked, posted) = (asked(&sim, LIST), posts(&sim));
    let connector = managing(&sim);
    // Every other one is to be as it is.
    let rows: Vec<Value> =
        (0..).zip(&all).map(|(at, key)| row(key, if at % 9 == 8 { "ENABLE" } else { "DISABLE" })).collect();
    connector.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &rows)).succeeded();
    assert_eq!((asked(&sim, STATUS), posts(&sim) - posted), (2, 2), "40 materials");
    assert_eq!(asked(&sim, LIST) - looked, 2, "before, and once more at the end");
    assert_eq!(actions(&connector), told(&[("paused", 40), ("unchanged", 5)]));
    let bodies = sim.requests().into_iter().filter(|one| one.path == STATUS).filter_map(|one| one.body);
    assert!(bodies.into_iter().all(|body| body["ad_material_ids"].as_array().unwrap().len() == 20));
}

#[test]
fn rows_that_cannot_be_are_refused_each_with_its_reason() {
    let sim = small();
    let [first, _] = pair(&sim);
    let but = |name: &str, value: Value| {
        let mut row = row(&first, "DISABLE");
        row[name] = value;
        row
    };
    let pausing = json!({"allow": {OBJECT: ["pause"]}});
    let outside = json!({"allow": {OBJECT: ["pause"]}, "scope": {"advertiser_ids": ["7123456789012345678"]}});
    let other = json!({"allow": {OBJECT: ["pause"]}, "scope": {"campaign_ids": ["7123456789012345678"]}});
    let prefix = json!({"allow": {OBJECT: ["pause"]}, "scope": {"name_prefix": "Nobody calls it so"}});
    for (ads, row, reason) in [
        (&pausing, but("operation_status", json!("ENABLE")), "not_allowed"),
        (&pausing, but("_op", json!("delete")), "invalid_operation"),
        (&pausing, but("operation_status", json!("DELETE")), "unknown_word"),
        (&pausing, but("operation_status", Value::Null), "field_missing"),
        (&pausing, but("ad_material_id", json!("7123456789012345678")), "not_found"),
        (&pausing, but("smart_plus_ad_id", json!("7123456789012345678")), "not_found"),
        (&pausing, but("ad_material_id", json!(7.1e18)), "invalid_id"),
        (&pausing, but("advertiser_id", json!("7123456789012345678")), "advertiser_unknown"),
        (&outside, but("x", Value::Null), "out_of_scope"),
        (&other, but("x", Value::Null), "out_of_scope"),
        (&prefix, but("x", Value::Null), "out_of_scope"),
    ] {
        let connector = guarded(&sim, ads.clone());
        connector.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &[row]));
        let reasons: Vec<Value> = connector.rejects().iter().map(|row| row["reason"].clone()).collect();
        assert_eq!(reasons, [reason]);
        assert_eq!(actions(&connector), told(&[("refused", 1)]), "{reason}");
    }
    assert_eq!(posts(&sim), 0);
    let gone = guarded(&sim, pausing);
    gone.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &[but("_ab_cdc_deleted_at", json!("2026-01-01"))]))
        .succeeded();
    assert_eq!((shown(&sim)[&first].as_str(), posts(&sim)), ("ENABLE", 0));
}

#[test]
fn nothing_is_done_that_is_not_allowed() {
    let sim = small();
    let [first, _] = pair(&sim);
    let input = lines(OBJECT, &[row(&first, "DISABLE")]);
    for (ads, says) in [
        (json!({}), "`ads.allow` lets none be"),
        (json!({"allow": {OBJECT: ["delete"]}}), "which is no action of it"),
        (json!({"allow": {OBJECT: ["pause"]}, "currency": "USD", "max_bid": 1}), "counts in JPY"),
    ] {
        let run = writing(&sim).with("ads", ads).write(&streams(&[OBJECT], "update"), &input);
        assert_eq!((run.exit, posts(&sim)), (Some(1), 0), "{says}");
        assert!(run.error().contains(says), "{}", run.error());
    }
}

#[test]
fn too_many_changes_end_the_run_and_what_was_done_stays() {
    let sim = small();
    let all = large(&sim, 5);
    let before = asked(&sim, STATUS);
    let connector = guarded(&sim, json!({"max_changes": 2}));
    let mut input: Vec<String> = all.iter().map(|key| record(OBJECT, &row(key, "DISABLE"))).collect();
    input.push(state(OBJECT, &json!({"n": 5})));
    let run = connector.write(&streams(&[OBJECT], "update"), &input);
    assert_eq!((run.exit, run.of_type("STATE").count(), asked(&sim, STATUS) - before), (Some(1), 0, 1));
    assert!(run.error().contains("`ads.max_changes`"), "{}", run.error());
    assert_eq!(actions(&connector), told(&[("paused", 2), ("refused", 3)]));
    assert_eq!(shown(&sim).values().filter(|status| *status == "DISABLE").count(), 2);
}

#[test]
fn a_dry_run_is_a_plan_and_its_digest_holds_the_next_run_to_it() {
    let sim = small();
    let [first, second] = pair(&sim);
    let input = lines(OBJECT, &[row(&first, "DISABLE"), row(&second, "ENABLE")]);
    let dry = managing(&sim).with("dry_run", true);
    let run = dry.write(&streams(&[OBJECT], "update"), &input).succeeded();
    assert_eq!(posts(&sim), 0);
    let plan = dry.results().into_iter().find(|line| line["action"] == "planned").unwrap();
    assert_eq!(
        (&plan["reason"], &plan["changes"]),
        (&json!("pause"), &json!({"operation_status": ["ENABLE", "DISABLE"]}))
    );
    let digest = run.logs().join("\n").split("`ads.apply_plan`: ").nth(1).unwrap()[..32].to_owned();
    let other = guarded(&sim, json!({"apply_plan": "00"}));
    assert_eq!((other.write(&streams(&[OBJECT], "update"), &input).exit, posts(&sim)), (Some(1), 0));
    guarded(&sim, json!({"apply_plan": digest})).write(&streams(&[OBJECT], "update"), &input).succeeded();
    assert_eq!((shown(&sim)[&first].as_str(), posts(&sim)), ("DISABLE", 1));
}

#[test]
fn the_last_row_of_a_material_has_the_last_word() {
    let sim = small();
    let [first, second] = pair(&sim);
    let connector = managing(&sim);
    let rows = [row(&first, "DISABLE"), row(&second, "DISABLE"), row(&first, "ENABLE")];
    connector.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &rows)).succeeded();
    assert_eq!((shown(&sim)[&first].as_str(), shown(&sim)[&second].as_str()), ("ENABLE", "DISABLE"));
    assert_eq!((asked(&sim, STATUS), actions(&connector)), (2, told(&[("paused", 2), ("resumed", 1)])));
}

#[test]
fn what_tiktok_refuses_stands_alone() {
    let ads = AdsOptions { an_ad_keeps_a_material: true, ..AdsOptions::default() };
    let sim = Simulator::start(Options { ads, ..Options::default() }).unwrap();
    let all = large(&sim, 4);
    let connector = managing(&sim);
    let rows: Vec<Value> = all.iter().map(|key| row(key, "DISABLE")).collect();
    connector.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &rows));
    assert_eq!(actions(&connector), told(&[("paused", 3), ("refused", 1)]));
    let refused = connector.results().into_iter().find(|line| line["action"] == "refused").unwrap();
    assert!(refused["reason"].as_str().unwrap().starts_with("refused_by_tiktok: "), "{refused}");
    let left = all.iter().filter(|key| shown(&sim)[key] == "ENABLE").count();
    assert_eq!(left, 1, "the ad keeps one");
}

#[test]
fn a_lost_answer_is_sent_again() {
    let faults: Vec<(&str, &str)> =
        ["reset", "html502"].into_iter().flat_map(|kind| [(kind, "true"), (kind, "false")]).collect();
    at_once(&faults, |(kind, committed)| {
        let sim = small();
        let [first, _] = pair(&sim);
        fail(&sim, &format!("path={STATUS},times=1,kind={kind},committed={committed}"));
        let connector = managing(&sim);
        connector.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &[row(&first, "DISABLE")])).succeeded();
        assert_eq!(shown(&sim)[&first], "DISABLE", "{kind} {committed}");
        assert_eq!(actions(&connector), told(&[("paused", 1)]), "{kind} {committed}");
    });
}

#[test]
fn an_account_that_fails_fails_its_rows() {
    let sim = small();
    let [first, second] = pair(&sim);
    fail(&sim, &format!("path={STATUS},times=1,kind=40105"));
    let connector = managing(&sim);
    let rows = [row(&first, "DISABLE"), row(&second, "DISABLE")];
    let run = connector.write(&streams(&[OBJECT], "update"), &lines(OBJECT, &rows));
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
    assert_eq!(actions(&connector), told(&[("unknown", 2)]));
}
