//! TikTok out of order: nothing is lost, nothing comes twice, and what cannot be read is told.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::Value;
use simulator::{Level, Simulator, WorldKind};
use tiktok_ads::streams;

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, Run, at_once, catalog, fail, large, now, small};

fn start() -> NaiveDate {
    now().date_naive() - Days::new(8)
}

fn connector(sim: &Simulator) -> Connector {
    Connector::to(sim).with("start_date", start().to_string())
}

/// How many requests a fault struck.
fn struck(sim: &Simulator) -> usize {
    sim.requests().iter().filter(|request| request.fault.is_some()).count()
}

#[test]
fn whatever_passes_loses_nothing_and_doubles_nothing() {
    let kinds = [
        "40100",
        "40133",
        "40016",
        "61000",
        "50000",
        "50002",
        "51010",
        "html502",
        "html429",
        "http500",
        "reset",
        "truncate",
        "drop",
        "empty",
        "wrongjson",
        "nodata",
        "slow",
    ];
    at_once(&kinds, |kind| {
        let sim = small();
        fail(&sim, &format!("rate=0.2,max=1,kind={kind}"));
        let run = connector(&sim).read(&catalog::sampled());
        assert!(struck(&sim) >= 3, "{kind} struck {} times", struck(&sim));
        assert_eq!(run.exit, Some(0), "{kind}: {:#?}", run.errors());
        sim.read(|world| expected::assert_whole(&run, world, Scope::since(start())));
    });
}

#[test]
fn a_storm_of_everything_loses_nothing_and_doubles_nothing() {
    let sim = small();
    fail(
        &sim,
        "rate=0.25,max=2,kinds=40100|40133|50000|51010|html502|http500|reset|truncate|drop|empty|wrongjson|slow",
    );
    let run = connector(&sim).read(&catalog::sampled()).succeeded();
    assert!(struck(&sim) >= 6, "{}", struck(&sim));
    sim.read(|world| expected::assert_whole(&run, world, Scope::since(start())));
}

/// Every stream, one answer of eight broken in one way or another.
#[test]
fn with_an_eighth_of_all_answers_broken_every_stream_is_whole() {
    let start = now().date_naive() - Days::new(1);
    let names: Vec<&str> = streams::all().iter().map(|stream| &*stream.name).collect();
    let read = |sim: &Simulator| {
        let connector = Connector::to(sim).with("start_date", start.to_string()).with("max_concurrent_requests", 50);
        connector.read(&catalog::some(&names)).succeeded()
    };
    let sim = small();
    let whole = read(&sim);
    fail(
        &sim,
        "rate=0.12,max=2,kinds=40133|50000|51010|html502|http500|reset|truncate|drop|empty|wrongjson|nodata|slow|total;\
         rate=0.01,max=1,kinds=40100|61000|40016",
    );
    let broken = read(&sim);
    assert!(struck(&sim) >= 20, "{}", struck(&sim));
    for name in &names {
        let lines = |run: &Run| -> Vec<String> {
            let mut lines: Vec<_> = run.records(name).map(ToString::to_string).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(lines(&broken), lines(&whole), "{name}");
    }
}

#[test]
fn later_pages_that_break_are_asked_for_again() {
    let sim = large();
    let rules = [
        "path=/campaign/get/,page=2,times=1,kind=truncate",
        "path=/campaign/get/,page=3,times=1,kind=html502",
        "path=/adgroup/get/,page=2,times=1,kind=reset",
        "path=/adgroup/get/,page=4,times=1,kind=50000",
        "path=/ad/get/,page=2,times=1,kind=empty",
        "path=/ad/get/,page=3,times=1,kind=40100",
        "path=/ad/get/,page=6,times=1,kind=drop",
    ];
    fail(&sim, &rules.join(";"));
    let names = ["campaigns", "ad_groups", "ads"];
    let run = Connector::to(&sim).read(&catalog::some(&names)).succeeded();
    assert_eq!(struck(&sim), rules.len());
    for name in names {
        let stream = streams::find(name).unwrap();
        let rows = sim.read(|world| expected::rows(world, stream, Scope::everything()));
        assert!(rows.len() > 2_000, "{name} has pages");
        expected::assert_brought(&run, stream, &rows);
    }
}

#[test]
fn waiting_for_tiktok_is_told_as_rate_limited() {
    let sim = small();
    fail(&sim, "path=/campaign/get/,times=1,kind=40100");
    let run = connector(&sim).read(&catalog::some(&["campaigns", "ads"])).succeeded();
    let told = run.of_type("TRACE").filter_map(|message| message["trace"]["stream_status"].get("reasons"));
    let resets: Vec<_> = told.map(|reasons| reasons[0]["rate_limited"]["quota_reset"].as_i64().unwrap()).collect();
    let emitted = run.messages[0]["trace"]["emitted_at"].as_i64().unwrap();
    assert!(!resets.is_empty() && resets.iter().all(|reset| *reset > emitted), "{resets:?}");
}

#[test]
fn what_does_not_pass_fails_its_stream_alone() {
    let cases = [
        ("/campaign/get/", "unknown77777", "campaigns", "system_error", "77777"),
        ("/ad/get/", "20001", "ads", "system_error", "20001"),
        ("/adgroup/get/", "40002", "ad_groups", "system_error", "40002"),
        ("/report/integrated/get/", "unknown77777", "ads_reports_daily", "system_error", "77777"),
        ("/adgroup/get/", "40001", "ad_groups", "config_error", "40001"),
        ("/ad/get/", "http404", "ads", "system_error", "404"),
    ];
    at_once(&cases, |(path, kind, stream, failure, code)| {
        let sim = small();
        fail(&sim, &format!("path={path},kind={kind}"));
        let run = connector(&sim).read(&catalog::sampled());
        assert_eq!(run.exit, Some(1), "{kind}");
        let [error] = run.errors()[..] else { panic!("{:#?}", run.errors()) };
        assert_eq!(error["failure_type"], *failure, "{error}");
        assert_eq!(error["stream_descriptor"]["name"], *stream, "{error}");
        assert!(error.to_string().contains(code), "{error}");
        for other in catalog::sample() {
            let end = if *other.name == **stream { "INCOMPLETE" } else { "COMPLETE" };
            assert_eq!(run.statuses(&other.name).last(), Some(&end), "{kind}: {}", other.name);
            if *other.name != **stream {
                let rows = sim.read(|world| expected::rows(world, other, Scope::since(start())));
                expected::assert_brought(&run, other, &rows);
            }
        }
    });
}

#[test]
fn one_advertiser_that_fails_leaves_the_others_whole() {
    let sim = small();
    let london = sim.read(|world| world.account_named("London").unwrap().id);
    fail(&sim, &format!("path=/campaign/get/,advertiser={london},kind=unknown77777"));
    let run = connector(&sim).read(&catalog::some(&["campaigns"]));
    let stream = streams::find("campaigns").unwrap();
    let mut rows = sim.read(|world| expected::rows(world, stream, Scope::since(start())));
    rows.retain(|_, row| row["advertiser_id"].as_str() != Some(london.to_string().as_str()));
    expected::assert_brought(&run, stream, &rows);
    let told = run.error();
    assert!(told.starts_with("system_error") && told.contains(&london.to_string()), "{told}");
    let state = run.states("campaigns").next_back().unwrap().to_string();
    assert!(!state.contains(&london.to_string()), "{state}");
}

#[test]
fn a_list_that_changes_while_it_is_read_keeps_every_row_that_stays() {
    let cases = [
        ("times=1,kind=grow", "/campaign/get/", "campaigns", Level::Campaign),
        ("times=1,kind=vanish", "/campaign/get/", "campaigns", Level::Campaign),
        ("times=1,kind=total", "/campaign/get/", "campaigns", Level::Campaign),
        ("times=1,kind=vanish", "/adgroup/get/", "ad_groups", Level::AdGroup),
        // This one never holds still, and so must not be called whole.
        ("kind=total", "/campaign/get/", "campaigns", Level::Campaign),
    ];
    at_once(&cases, |(drift, path, name, level)| {
        let sim = large();
        let market = sim.read(|world| world.account_named("Large").unwrap().id);
        let ids = || sim.read(|world| listed(world, market, *level));
        let before = ids();
        fail(&sim, &format!("path={path},advertiser={market},page=2,{drift}"));
        let connector = Connector::to(&sim).with("advertiser_ids", vec![market.to_string()]);
        let run = connector.read(&catalog::some(&[name]));
        if drift.contains("times") { assert_kept(&run, name, &before, &ids()) } else { assert_not_whole(&run, name) }
    });
}

/// That every object is there that was there all the time, and none twice.
fn assert_kept(run: &Run, name: &str, before: &BTreeSet<String>, after: &BTreeSet<String>) {
    assert_eq!(run.exit, Some(0), "{name}: {:#?}", run.errors());
    // `by_key` refuses a key that comes twice.
    let found: BTreeSet<String> = expected::by_key(run, streams::find(name).unwrap()).into_keys().collect();
    let lost: Vec<_> = before.intersection(after).filter(|id| !found.contains(*id)).collect();
    assert!(lost.is_empty(), "{name}: lost {lost:?}");
    assert!(found.is_subset(&before.union(after).cloned().collect()), "{name}");
}

/// That a stream failed in a way that may pass, and has no cursor of what was not read whole.
fn assert_not_whole(run: &Run, name: &str) {
    assert_eq!(run.exit, Some(1));
    assert!(run.error().starts_with("transient_error: "), "{}", run.error());
    let state = run.states(name).next_back().unwrap();
    assert_eq!(state["stream"]["stream_state"]["states"], Value::Array(Vec::new()));
}

fn listed(world: &simulator::World, account: u64, level: Level) -> BTreeSet<String> {
    assert_eq!(world.kind, WorldKind::Large);
    let account = world.account(account).unwrap();
    expected::entities(account, level, false).iter().map(|entity| entity.id.to_string()).collect()
}
