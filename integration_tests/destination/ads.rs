//! Campaigns, ad groups and ads as rows, black-box.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use simulator::{Level, Options, Simulator, State};

use super::{account, asked, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state, text};
use crate::harness::{Connector, Run, at_once, fail};

const CREATE: &str = "/campaign/create/";

fn start() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

/// Tokyo counts in yen.
fn managing(sim: &Simulator) -> Connector {
    let all = json!(["create", "update", "pause", "resume", "delete"]);
    let objects = ["campaign", "adgroup", "ad", "smart_plus_campaign", "smart_plus_adgroup"];
    let allow: Map<String, Value> = objects.iter().map(|object| ((*object).to_owned(), all.clone())).collect();
    writing(sim).with(
        "ads",
        json!({"allow": allow, "max_daily_budget": 20_000, "max_lifetime_budget": 100_000, "currency": "JPY", "max_bid": 500,
            "max_changes": 5_000}),
    )
}

fn guarded(sim: &Simulator, key: &str, value: Value) -> Connector {
    let mut connector = managing(sim);
    connector.config["ads"][key] = value;
    connector
}

fn campaign(name: &str) -> Value {
    json!({"campaign_name": name, "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 5000})
}

fn ad_group(name: &str, campaign: &str) -> Value {
    json!({"adgroup_name": name, "campaign_name": campaign, "promotion_type": "WEBSITE", "location_ids": ["1861060"],
        "budget_mode": "BUDGET_MODE_DAY", "budget": 3000, "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2036-01-01 00:00:00", "optimization_goal": "CLICK", "billing_event": "CPC",
        "pacing": "PACING_MODE_SMOOTH"})
}

fn ad(name: &str, ad_group: &str) -> Value {
    json!({"ad_name": name, "adgroup_name": ad_group, "identity_type": "TT_USER", "identity_id": "7", "ad_format": "SINGLE_VIDEO",
        "tiktok_item_id": "7", "ad_text": "hello"})
}

/// Streams that are called like their objects.
fn streams(names: &[&str], mode: &str) -> Value {
    catalog_of(names.iter().map(|name| entry(name, None, mode)))
}

fn lines(stream: &str, rows: &[Value]) -> Vec<String> {
    let mut lines: Vec<String> = rows.iter().map(|row| record(stream, row)).collect();
    lines.push(state(stream, &json!({"n": rows.len()})));
    lines.push(complete(stream));
    lines
}

/// Calls that change something.
fn posts(sim: &Simulator) -> usize {
    sim.requests().iter().filter(|request| request.method == "POST").count()
}

/// The alive objects of a level that Tokyo has by these names.
fn named(sim: &Simulator, level: Level, name: &str) -> Vec<(u64, State)> {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| {
        let all = world.account(tokyo).unwrap().all(level).iter();
        all.filter(|one| one.name == name && one.state != State::Deleted).map(|one| (one.id, one.state)).collect()
    })
}

/// The counts of actions among the lines of `result_records`.
fn actions(connector: &Connector) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in connector.results() {
        *counts.entry(row["action"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

fn stats(run: &Run, stream: &str) -> (f64, f64) {
    let stats = &run.states(stream).last().unwrap()["destinationStats"];
    (stats["recordCount"].as_f64().unwrap(), stats["rejectedRecordCount"].as_f64().unwrap())
}

#[test]
fn a_tree_is_made_paused_in_any_order_and_a_second_run_changes_nothing() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    let catalog = streams(&["ad", "adgroup", "campaign"], "append_dedup");
    let input = [
        lines("ad", &[ad("Ad 1", "Group 1"), ad("Ad 2", "Group 1")]),
        lines("adgroup", &[ad_group("Group 1", "Spring")]),
        lines("campaign", &[campaign("Spring")]),
    ]
    .concat();
    let run = connector.write(&catalog, &input).succeeded();
    assert_eq!((stats(&run, "ad"), stats(&run, "campaign")), ((2.0, 0.0), (1.0, 0.0)));
    for (level, name) in
        [(Level::Campaign, "Spring"), (Level::AdGroup, "Group 1"), (Level::Ad, "Ad 1"), (Level::Ad, "Ad 2")]
    {
        let [(_, State::Disabled)] = named(&sim, level, name)[..] else { panic!("{name}") };
    }
    assert_eq!(actions(&connector).get("created"), Some(&4));
    let before = posts(&sim);
    let run = connector.write(&catalog, &input).succeeded();
    assert_eq!(posts(&sim), before, "a second run posts nothing");
    assert_eq!(stats(&run, "adgroup"), (1.0, 0.0));
    assert_eq!(actions(&connector).get("unchanged"), Some(&4));
}

#[test]
fn changes_are_differences_only() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    connector.write(&streams(&["campaign"], "append"), &lines("campaign", &[campaign("Spring")])).succeeded();
    let rows = [json!({"campaign_name": "Spring", "budget": "5500.5", "objective_type": "TRAFFIC"})];
    connector.write(&streams(&["campaign"], "update"), &lines("campaign", &rows)).succeeded();
    let updates: Vec<Value> = sim
        .requests()
        .iter()
        .filter(|one| one.path == "/campaign/update/")
        .filter_map(|one| one.body.clone())
        .collect();
    let [update] = &updates[..] else { panic!("{updates:?}") };
    assert_eq!(update["budget"], 5500.5);
    assert!(update.get("objective_type").is_none() && update.get("campaign_name").is_none(), "{update}");
    let changed = connector.results().into_iter().find(|row| row["action"] == "updated").unwrap();
    assert_eq!(changed["changes"], json!({"budget": [5000, 5500.5]}));
    let gone = [json!({"campaign_name": "Spring"})];
    for (count, catalog) in [(1, streams(&["campaign"], "soft_delete")), (1, streams(&["campaign"], "soft_delete"))] {
        connector.write(&catalog, &lines("campaign", &gone)).succeeded();
        assert_eq!(asked(&sim, "/campaign/status/update/"), count);
    }
    assert!(named(&sim, Level::Campaign, "Spring").is_empty());
}

#[test]
fn a_thousand_changes_of_status_go_together() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    let rows: Vec<Value> = (0..1_000).map(|at| campaign(&format!("C{at}"))).collect();
    connector.write(&streams(&["campaign"], "append"), &lines("campaign", &rows)).succeeded();
    let resume = |at: usize| json!({"campaign_name": format!("C{at}"), "_op": "resume"});
    let rows: Vec<Value> = (0..1_000).map(resume).collect();
    connector.write(&streams(&["campaign"], "update"), &lines("campaign", &rows)).succeeded();
    assert_eq!(asked(&sim, "/campaign/status/update/"), 50);
    assert_eq!(actions(&connector).get("resumed"), Some(&1_000));
}

#[test]
fn an_answer_that_is_lost_makes_no_twin() {
    let levels = [
        ("campaign", CREATE),
        ("adgroup", "/adgroup/create/"),
        ("ad", "/ad/create/"),
        ("smart_plus_campaign", "/smart_plus/campaign/create/"),
    ];
    at_once(&levels, |(object, path)| {
        let sim = start();
        let connector = managing(&sim).keeping_results();
        let tree =
            [lines("campaign", &[campaign("Spring")]), lines("adgroup", &[ad_group("Group", "Spring")])].concat();
        if *object != "campaign" {
            connector
                .write(&streams(&["campaign", "adgroup"], "append"), &tree[..if *object == "ad" { 6 } else { 3 }])
                .succeeded();
        }
        fail(&sim, &format!("path={path},max=1,kind=reset,committed=true"));
        let (row, level, name) = match *object {
            "campaign" => (campaign("Spring"), Level::Campaign, "Spring"),
            "adgroup" => (ad_group("Group", "Spring"), Level::AdGroup, "Group"),
            "ad" => (ad("Ad", "Group"), Level::Ad, "Ad"),
            _ => (
                json!({"campaign_name": "Smart", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 500}),
                Level::Campaign,
                "Smart",
            ),
        };
        let run = connector.write(&streams(&[object], "append"), &lines(object, &[row])).succeeded();
        assert_eq!(stats(&run, object), (1.0, 0.0), "{object}");
        assert_eq!(named(&sim, level, name).len(), 1, "{object}");
    });
}

#[test]
fn guards_hold_before_anything_leaves() {
    let none = |sim: &Simulator, connector: &Connector, reason: &str| {
        let before = posts(sim);
        let run = connector.write(&streams(&["campaign"], "append_dedup"), &lines("campaign", &[campaign("Spring")]));
        assert_eq!((run.exit, posts(sim)), (Some(1), before), "{reason}");
        assert!(run.error().contains(reason), "{reason}: {}", run.error());
    };
    let sim = start();
    none(&sim, &guarded(&sim, "allow", json!({})), "`ads.allow` lets no `campaign`");
    none(&sim, &guarded(&sim, "currency", "USD".into()), "counts in JPY");
    none(&sim, &guarded(&sim, "max_daily_budget", 4_999.into()), "over_cap");
    none(&sim, &guarded(&sim, "scope", json!({"name_prefix": "Auto"})), "out_of_scope");
    none(&sim, &guarded(&sim, "max_daily_budgt", 1.into()), "did you mean `max_daily_budget`");
    none(&sim, &guarded(&sim, "currency", Value::Null), "`ads.currency` is missing");
    let tokyo = account(&sim, "Tokyo");
    sim.mutate(|world| world.account_mut(tokyo).unwrap().status = "STATUS_PENDING_CONFIRM".into());
    none(&sim, &managing(&sim), "so nothing is written to it");
}

#[test]
fn too_many_changes_end_the_run_and_what_was_done_stays() {
    let sim = start();
    let connector = guarded(&sim, "max_changes", 2.into()).keeping_results();
    let rows: Vec<Value> = (0..5).map(|at| campaign(&format!("C{at}"))).collect();
    let mut input = Vec::new();
    for row in &rows {
        input.extend([record("campaign", row), state("campaign", row)]);
    }
    let run = connector.write(&streams(&["campaign"], "append"), &input);
    assert_eq!((run.exit, run.of_type("STATE").count(), asked(&sim, CREATE)), (Some(1), 2, 2));
    assert!(run.error().contains("`ads.max_changes`"), "{}", run.error());
}

#[test]
fn a_dry_run_is_a_plan_and_its_digest_holds_the_next_run_to_it() {
    let sim = start();
    let catalog = streams(&["campaign", "adgroup"], "append_dedup");
    let input = [lines("adgroup", &[ad_group("Group", "Spring")]), lines("campaign", &[campaign("Spring")])].concat();
    let dry = managing(&sim).with("dry_run", true).keeping_results();
    let run = dry.write(&catalog, &input).succeeded();
    assert_eq!((posts(&sim), run.of_type("STATE").count()), (0, 0));
    assert_eq!(actions(&dry), BTreeMap::from([("planned".to_owned(), 2)]));
    let logs = run.logs().join("\n");
    let digest = logs.split("`ads.apply_plan`: ").nth(1).unwrap()[..32].to_owned();
    let other = guarded(&sim, "apply_plan", "00".into()).keeping_results();
    let run = other.write(&catalog, &input);
    assert_eq!((run.exit, posts(&sim)), (Some(1), 0));
    assert!(run.error().contains(&digest), "{}", run.error());
    assert_eq!(actions(&other), BTreeMap::from([("planned".to_owned(), 2)]));
    let applied = guarded(&sim, "apply_plan", digest.into()).keeping_results();
    applied.write(&catalog, &input).succeeded();
    assert_eq!(actions(&applied), BTreeMap::from([("created".to_owned(), 2)]));
    assert_eq!(named(&sim, Level::AdGroup, "Group").len(), 1);
}

#[test]
fn bad_rows_stand_alone_and_say_why() {
    let sim = start();
    let connector = managing(&sim).keeping_results().keeping_rejects();
    let mut rows = vec![campaign("Good")];
    for (field, value) in [
        ("budget", json!(0)),
        ("budget", json!("50,00")),
        ("objective_type", json!("TRAFIC")),
        ("campaign_name", json!("x".repeat(513))),
    ] {
        let mut row = campaign("Bad");
        row[field] = value;
        rows.push(row);
    }
    let run = connector.write(&streams(&["campaign"], "append"), &lines("campaign", &rows)).succeeded();
    assert_eq!(stats(&run, "campaign"), (1.0, 4.0));
    let reasons: Vec<Value> = connector.rejects().iter().map(|row| row["reason"].clone()).collect();
    assert_eq!(reasons, ["invalid_amount", "invalid_number", "unknown_word", "text_too_long"]);
    assert_eq!(actions(&connector), BTreeMap::from([("created".to_owned(), 1), ("refused".to_owned(), 4)]));
}

/// The head of a PNG of so many pixels, with something of its own behind it.
fn png(width: u32, height: u32, own: &str) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend([8, 2, 0, 0, 0]);
    png.extend(own.as_bytes());
    png
}

/// An AVI of so many bytes.
fn avi(bytes: usize) -> Vec<u8> {
    let mut avi = b"RIFF\0\0\0\0AVI LIST".to_vec();
    avi.resize(bytes, 7);
    avi
}

fn uploading(sim: &Simulator) -> Connector {
    let mut connector = managing(sim).keeping_results().keeping_rejects();
    let folder = connector.dir().join("creatives");
    std::fs::create_dir_all(&folder).unwrap();
    connector.config["ads"]["allow"]["creative_image"] = json!(["create"]);
    connector.config["ads"]["allow"]["creative_video"] = json!(["create"]);
    connector.config["creatives"] = json!({"folder": folder.to_str().unwrap()});
    connector
}

#[test]
fn files_are_looked_at_uploaded_once_and_named_by_ads() {
    let mut options = Options::default();
    options.files.piece = 4 << 20;
    let sim = Simulator::start(options).unwrap();
    let connector = uploading(&sim);
    let folder = connector.dir().join("creatives");
    for (name, bytes) in [
        ("a.png", png(640, 640, "a")),
        ("same.png", png(640, 640, "a")),
        ("text.png", b"hello".to_vec()),
        ("clip.avi", avi(9 << 20)),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let images = ["a.png", "same.png", "text.png", "../config.json", "none.png"].map(|path| json!({ "path": path }));
    let tree = [lines("campaign", &[campaign("Spring")]), lines("adgroup", &[ad_group("Group", "Spring")])].concat();
    let mut one = ad("Ad", "Group");
    (one["video_file_name"], one["image_file_names"]) = ("clip.avi".into(), json!(["a.png"]));
    let input = [
        lines("ad", &[one]),
        tree,
        lines("creative_image", &images),
        lines(
            "creative_video",
            &[json!({"path": "clip.avi"}), json!({"url": "https://shop.example/v.mp4", "file_name": "v.mp4"})],
        ),
    ]
    .concat();
    let catalog = streams(&["ad", "campaign", "adgroup", "creative_image", "creative_video"], "append");
    let run = connector.write(&catalog, &input).succeeded();
    assert_eq!(
        (stats(&run, "creative_image"), stats(&run, "ad")),
        ((2.0, 3.0), (1.0, 0.0)),
        "{:#?}",
        connector.results()
    );
    let mut reasons: Vec<String> =
        connector.rejects().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect();
    reasons.sort();
    assert_eq!(reasons, ["file_missing", "not_an_image", "outside_folder"]);
    assert_eq!(asked(&sim, "/file/transfer/upload/"), 3);
    let tokyo = account(&sim, "Tokyo");
    let [(ad_id, _)] = named(&sim, Level::Ad, "Ad")[..] else { panic!() };
    sim.read(|world| {
        let made = world.account(tokyo).unwrap().find(Level::Ad, ad_id).unwrap().extra.clone();
        assert!(
            made["video_id"].as_str().is_some() && made["image_ids"].as_array().is_some_and(|all| all.len() == 1),
            "{made:?}"
        );
    });
    let before = posts(&sim);
    connector.write(&catalog, &input).succeeded();
    assert_eq!(posts(&sim), before, "nothing is uploaded twice");
}

#[test]
fn a_child_without_its_parent_is_rejected_at_the_end() {
    let sim = start();
    let connector = managing(&sim).keeping_rejects();
    let input = [lines("campaign", &[campaign("Spring")]), lines("adgroup", &[ad_group("Group", "Autumn")])].concat();
    let run = connector.write(&streams(&["campaign", "adgroup"], "append"), &input).succeeded();
    assert_eq!(
        (stats(&run, "adgroup"), connector.rejects()[0]["reason"].as_str()),
        ((0.0, 1.0), Some("parent_missing"))
    );
}

/// Campaigns with an ad group and an ad each, and a STATE behind each tree.
fn trees(count: usize) -> Vec<String> {
    let mut input = Vec::new();
    for at in 0..count {
        let (top, group) = (format!("C{at}"), format!("G{at}"));
        input.push(record("campaign", &campaign(&top)));
        input.push(record("adgroup", &ad_group(&group, &top)));
        input.push(record("ad", &ad(&format!("A{at}"), &group)));
        input.push(state("ad", &json!({ "n": at })));
    }
    input
}

fn assert_whole(sim: &Simulator, count: usize, what: &str) {
    for at in 0..count {
        for (level, stem) in [(Level::Campaign, "C"), (Level::AdGroup, "G"), (Level::Ad, "A")] {
            assert_eq!(named(sim, level, &format!("{stem}{at}")).len(), 1, "{what}: {stem}{at}");
        }
    }
}

#[test]
fn killed_at_any_moment_and_run_again_the_account_ends_the_same() {
    let catalog = streams(&["campaign", "adgroup", "ad"], "append");
    at_once(&[1, 3, 7, 12], |states| {
        let sim = start();
        let connector = managing(&sim).keeping_results();
        super::kill::killed(&connector, &catalog, &text(&trees(15)), *states);
        connector.later(TimeDelta::minutes(2)).write(&catalog, &trees(15)).succeeded();
        assert_whole(&sim, 15, &format!("killed after {states}"));
    });
}

#[test]
fn a_storm_makes_no_twins() {
    let catalog = streams(&["campaign", "adgroup", "ad"], "append");
    at_once(&["reset", "drop", "truncate", "html502"], |kind| {
        let sim = start();
        fail(
            &sim,
            &format!(
                "path=/campaign/create/,rate=0.3,max=4,kind={kind},committed=true;path=/adgroup/create/,rate=0.3,max=4,kind={kind},committed=true;path=/ad/create/,rate=0.3,max=4,kind={kind},committed=true;rate=0.1,max=20,kind=40100"
            ),
        );
        let connector = managing(&sim).keeping_results();
        let ended = (0..4).any(|_| connector.write(&catalog, &trees(12)).exit == Some(0));
        assert!(ended, "{kind}: {:#?}", connector.results().last());
        assert_whole(&sim, 12, kind);
    });
}

#[test]
fn split_tests_begin_once_end_and_are_promoted_within_the_caps() {
    let sim = start();
    let connector = {
        let mut connector = managing(&sim).keeping_results();
        connector.config["ads"]["allow"]["split_test"] = json!(["create", "update", "end", "promote"]);
        connector
    };
    let tree = [
        lines("campaign", &[campaign("Spring")]),
        lines("adgroup", &[ad_group("One", "Spring"), ad_group("Two", "Spring")]),
    ]
    .concat();
    connector.write(&streams(&["campaign", "adgroup"], "append"), &tree).succeeded();
    let id = |name: &str| named(&sim, Level::AdGroup, name)[0].0.to_string();
    let begin = json!({"object_ids": [id("One"), id("Two")], "split_test_level": "ADGROUP", "test_variable": "CREATIVE",
        "key_metric": "CLICK_THROUGH_RATE", "start_time": "2036-01-02 00:00:00", "end_time": "2036-01-09 00:00:00"});
    let run = |rows: &[Value]| connector.write(&streams(&["split_test"], "append"), &lines("split_test", rows));
    run(std::slice::from_ref(&begin)).succeeded();
    let tokyo = account(&sim, "Tokyo");
    let tests =
        || sim.read(|world| world.split_tests_of(tokyo).iter().map(|test| test.id.to_string()).collect::<Vec<_>>());
    let before = tests();
    run(&[begin]).succeeded();
    assert_eq!(tests(), before, "a test begins once");
    let test = before.last().unwrap().clone();
    let early = run(&[json!({"split_test_group_id": test, "_op": "promote", "winning_object_id": id("One")})]);
    assert!(early.exit == Some(1) && early.error().contains("not_significant"), "{}", early.error());
    run(&[json!({"split_test_group_id": test, "start_time": "2036-01-03 00:00:00", "end_time": "2036-01-09 00:00:00", "_op": "update"})])
        .succeeded();
    run(&[json!({"split_test_group_id": test, "_op": "end"})]).succeeded();
    let told = actions(&connector);
    assert_eq!((told.get("updated"), told.get("ended")), (Some(&1), Some(&1)), "{told:?}");
}
