//! Campaigns, ad groups and ads as rows, black-box.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use simulator::{Level, Options, Simulator, State};

use super::{account, asked, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state};
use crate::harness::{Connector, Run, at_once, fail};

const CREATE: &str = "/campaign/create/";

pub(super) fn start() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

/// Tokyo counts in yen.
pub(super) fn managing(sim: &Simulator) -> Connector {
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

pub(super) fn campaign(name: &str) -> Value {
    json!({"campaign_name": name, "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 5000})
}

pub(super) fn ad_group(name: &str, campaign: &str) -> Value {
    json!({"adgroup_name": name, "campaign_name": campaign, "promotion_type": "WEBSITE", "location_ids": ["1861060"],
        "budget_mode": "BUDGET_MODE_DAY", "budget": 3000, "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2036-01-01 00:00:00", "optimization_goal": "CLICK", "billing_event": "CPC",
        "pacing": "PACING_MODE_SMOOTH"})
}

pub(super) fn ad(name: &str, ad_group: &str) -> Value {
    json!({"ad_name": name, "adgroup_name": ad_group, "identity_type": "TT_USER", "identity_id": "7", "ad_format": "SINGLE_VIDEO",
        "tiktok_item_id": "7", "ad_text": "hello"})
}

/// Streams that are called like their objects.
pub(super) fn streams(names: &[&str], mode: &str) -> Value {
    catalog_of(names.iter().map(|name| entry(name, None, mode)))
}

pub(super) fn lines(stream: &str, rows: &[Value]) -> Vec<String> {
    let mut lines: Vec<String> = rows.iter().map(|row| record(stream, row)).collect();
    lines.push(state(stream, &json!({"n": rows.len()})));
    lines.push(complete(stream));
    lines
}

/// Calls that change something.
pub(super) fn posts(sim: &Simulator) -> usize {
    sim.requests().iter().filter(|request| request.method == "POST").count()
}

/// The alive objects of a level that Tokyo has by these names.
pub(super) fn named(sim: &Simulator, level: Level, name: &str) -> Vec<(u64, State)> {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| {
        let all = world.account(tokyo).unwrap().all(level).iter();
        all.filter(|one| one.name == name && one.state != State::Deleted).map(|one| (one.id, one.state)).collect()
    })
}

/// The counts of actions among the lines of `result_records`.
pub(super) fn actions(connector: &Connector) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in connector.results() {
        *counts.entry(row["action"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

pub(super) fn stats(run: &Run, stream: &str) -> (f64, f64) {
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
    // An ad names its ad group only, and is told with all that is above it.
    assert!(
        connector.results().iter().any(|row| row["key"] == "Spring / Group 1 / Ad 1" && row["action"] == "created")
    );
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
    for (key, value, told) in [
        ("apply_plan", json!(""), "`ads.apply_plan` is empty, so it guards nothing"),
        ("scope", json!({"name_prefix": " "}), "`ads.scope.name_prefix` is empty"),
        ("scope", json!({"campaign_ids": []}), "`ads.scope.campaign_ids` is empty"),
        ("scope", json!({"advertiser_ids": [""]}), "`ads.scope.advertiser_ids` is empty"),
        ("max_raise_percent", json!(-5), "`ads.max_raise_percent`"),
        ("max_cut_percent", json!(200), "`ads.max_cut_percent`"),
        ("max_daily_budget", json!(-1), "`ads.max_daily_budget`"),
        ("max_daily_budget", json!(1e30), "`ads.max_daily_budget`"),
        ("allow", json!({"campaign": ["end"]}), "`ads.allow.campaign` has \"end\", which is no action of it"),
    ] {
        none(&sim, &guarded(&sim, key, value), told);
    }
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
fn a_plan_is_told_whole_even_where_a_run_would_end() {
    let sim = start();
    let dry = guarded(&sim, "max_changes", 2.into()).with("dry_run", true).keeping_results();
    let rows: Vec<Value> = (0..5).map(|at| campaign(&format!("C{at}"))).collect();
    let run = dry.write(&streams(&["campaign"], "append"), &lines("campaign", &rows)).succeeded();
    assert_eq!(actions(&dry), BTreeMap::from([("planned".to_owned(), 5)]));
    assert!(run.logs().join("\n").contains("The plan changes more than 2 objects"));
}

#[test]
fn what_a_run_makes_paused_stays_paused_in_it() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    let mut row = campaign("Spring");
    row["operation_status"] = "ENABLE".into();
    let input = lines("campaign", &[row.clone(), row]);
    connector.write(&streams(&["campaign"], "append_dedup"), &input).succeeded();
    let [(_, State::Disabled)] = named(&sim, Level::Campaign, "Spring")[..] else { panic!() };
    assert_eq!(actions(&connector), BTreeMap::from([("created".to_owned(), 1), ("unchanged".to_owned(), 1)]));
}

#[test]
fn an_advertiser_that_only_a_row_names_wrongly_is_the_rows_own_fault() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    let of = |advertiser: &str, name: &str| {
        let mut row = campaign(name);
        row["advertiser_id"] = advertiser.into();
        row
    };
    let rows = [campaign("A"), of("x", "B"), of("7120000004001774780", "C"), of("12", "D"), campaign("E")];
    let run = connector.write(&streams(&["campaign"], "append_dedup"), &lines("campaign", &rows)).succeeded();
    assert_eq!(stats(&run, "campaign"), (2.0, 3.0));
    let reasons: Vec<String> =
        connector.results().iter().filter_map(|row| Some(row["reason"].as_str()?[..12].to_owned())).collect();
    assert_eq!(reasons, ["invalid_adve", "advertiser_u", "advertiser_u"]);
}

#[test]
fn a_tree_that_is_gone_is_deleted_again_without_a_fault() {
    let sim = start();
    let connector = managing(&sim).keeping_results();
    let names = ["campaign", "adgroup", "ad"];
    let tree = [
        lines("campaign", &[campaign("Spring")]),
        lines("adgroup", &[ad_group("Group", "Spring")]),
        lines(
            "ad",
            &[json!({"ad_name": "Ad", "adgroup_name": "Group", "campaign_name": "Spring", "identity_type": "TT_USER",
            "identity_id": "7", "ad_format": "SINGLE_VIDEO", "tiktok_item_id": "7", "ad_text": "hello"})],
        ),
    ];
    connector.write(&streams(&names, "append"), &tree.concat()).succeeded();
    for order in [[0, 1, 2], [2, 1, 0]] {
        let input: Vec<String> = order.iter().flat_map(|at| tree[*at].clone()).collect();
        let run = connector.write(&streams(&names, "soft_delete"), &input).succeeded();
        assert!(names.iter().all(|name| stats(&run, name) == (1.0, 0.0)), "{:#?}", connector.results());
    }
    assert!(named(&sim, Level::Campaign, "Spring").is_empty());
}

#[test]
fn a_column_that_is_nearly_a_field_is_told() {
    let sim = start();
    let mut catalog = streams(&["campaign"], "append_dedup");
    catalog["streams"][0]["stream"]["json_schema"] =
        json!({"type": "object", "properties": {"campaign_name": {}, "daily_budget": {}, "owner": {}}});
    let rows = [json!({"campaign_name": "Nowhere", "daily_budget": 5})];
    let run = managing(&sim).write(&catalog, &lines("campaign", &rows));
    let told = run.logs().join("\n");
    assert!(told.contains("Column `daily_budget` of stream `campaign` is no field"), "{told}");
    assert!(!told.contains("owner"), "{told}");
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

#[test]
fn what_tiktok_keeps_otherwise_is_told_with_both_values() {
    let mut options = Options::default();
    let path = Some("/campaign/update/");
    options.ads.rewrites = vec![simulator::Rewrite { path, field: "budget", value: json!(5_100.0) }];
    let sim = Simulator::start(options).unwrap();
    let catalog = streams(&["campaign"], "append_dedup");
    let run = managing(&sim).write(&catalog, &lines("campaign", &[campaign("Spring")])).succeeded();
    assert!(!run.logs().join("\n").contains("TikTok keeps"), "{:?}", run.logs());
    let rows = [5_200, 5_300].map(|budget| json!({"campaign_name": "Spring", "budget": budget}));
    let run = managing(&sim).write(&catalog, &lines("campaign", &rows)).succeeded();
    let logs = run.logs().join("\n");
    assert!(logs.contains("as 5100, and 5300 was written") && logs.matches("TikTok keeps").count() == 1, "{logs}");
}
