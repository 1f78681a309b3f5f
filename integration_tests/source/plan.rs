//! `source plan`: what it says, and what a read then asks.

use std::collections::BTreeSet;

use chrono::Days;
use serde_json::Value;
use simulator::{Options, ReportOptions, Simulator, Together};

use crate::harness::{Connector, catalog, now, options, small};

/// Streams with one page a slice in the small world, of every kind.
const STREAMS: [&str; 8] = [
    "advertisers",
    "campaigns",
    "ads",
    "audience_details",
    "ads_reports_daily",
    "ads_reports_hourly",
    "campaigns_reports_lifetime",
    "business_centers",
];

fn plan(connector: &Connector, catalog: &Value, state: Option<&Value>, flags: &[&str]) -> String {
    let catalog = connector.file("catalog.json", &catalog.to_string());
    let config = connector.file("config.json", &connector.config.to_string());
    let mut args = vec!["source", "plan", "--config", config.to_str().unwrap(), "--catalog", catalog.to_str().unwrap()];
    let state = state.map(|state| connector.file("state.json", &state.to_string()));
    args.extend(state.iter().flat_map(|path| ["--state", path.to_str().unwrap()]));
    args.extend(flags);
    let output = connector.command(&args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn numbers(text: &str) -> (u64, Value) {
    let json: Value = serde_json::from_str(text).unwrap();
    (json["requests"].as_u64().unwrap(), json)
}

#[test]
fn a_read_asks_what_was_planned() {
    let sim = small();
    let start = now().date_naive() - Days::new(60);
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let catalog = catalog::some(&STREAMS);
    let (planned, json) = numbers(&plan(&connector, &catalog, None, &["--json"]));
    let looks = json["looks"].as_u64().unwrap();
    assert_eq!(sim.requests().len() as u64, looks, "a plan asks for no row");
    let before = sim.requests().len();
    let first = connector.read(&catalog).succeeded();
    let asked = (sim.requests().len() - before) as u64;
    assert!(planned <= asked && asked * 10 <= planned * 11, "planned {planned}, asked {asked}");
    // An hour later the state spares nearly all of it.
    let state = first.state();
    let (again, json) = numbers(&plan(&connector, &catalog, Some(&state), &["--json"]));
    let before = sim.requests().len();
    connector.read_from(&catalog, &state).succeeded();
    let asked = (sim.requests().len() - before) as u64;
    assert!(again <= asked && asked * 10 <= again * 11, "planned {again}, asked {asked}");
    assert!(again < planned);
    let of = |name: &str| json["streams"].as_array().unwrap().iter().find(|one| one["stream"] == name).unwrap().clone();
    assert!(of("ads_reports_daily")["days_known"].as_u64().unwrap() > 50);
}

#[test]
fn tasks_and_what_must_be_named_are_planned_too() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", "2026-01-01");
    for stream in [
        "change_log",
        "gmv_max_product_reports_daily",
        "gmv_max_video_reports_daily",
        "gmv_max_room_reports_daily",
        "ad_review_info",
        "split_tests",
    ] {
        let catalog = catalog::some(&[stream]);
        let before = sim.requests().len();
        let (planned, json) = numbers(&plan(&connector, &catalog, None, &["--json"]));
        let looks = sim.requests().len() - before;
        assert_eq!(json["looks"].as_u64().unwrap(), looks as u64, "{stream}");
        // Which advertisers there are, and what TikTok says of them, is the run's own to ask.
        let own = &json["streams"][0];
        assert_eq!(own["looks"].as_u64().unwrap() + own["requests"].as_u64().unwrap(), planned - 2, "{own}");
        let before = sim.requests().len();
        connector.read(&catalog).succeeded();
        let asked = (sim.requests().len() - before) as u64;
        // Products are asked for first; only where some were sold their videos are.
        let most = if stream.contains("video") { 2 * planned - looks as u64 } else { planned };
        assert!((planned..=most).contains(&asked), "{stream}: planned {planned} to {most}, asked {asked}");
    }
}

#[test]
fn questions_about_several_accounts_are_planned_as_they_are_asked() {
    for together in [Together::OfOneToken, Together::Never] {
        let reports = ReportOptions { together, ..ReportOptions::default() };
        let sim = Simulator::start(Options { quiet_accounts: 21, reports, ..options() }).unwrap();
        let connector = Connector::to(&sim).with("start_date", "2019-01-01");
        let catalog = catalog::some(&["campaigns_reports_daily", "ad_groups_reports_daily"]);
        let (planned, json) = numbers(&plan(&connector, &catalog, None, &["--json"]));
        let looks = sim.requests().len();
        assert_eq!(json["looks"].as_u64().unwrap(), looks as u64);
        connector.read(&catalog).succeeded();
        let asked = (sim.requests().len() - looks) as u64;
        assert!(planned <= asked + 3 && asked * 10 <= planned * 11, "{together:?}: planned {planned}, asked {asked}");
    }
}

#[test]
fn a_start_may_be_so_many_days_ago() {
    let sim = small();
    let days = |start: &str| {
        let connector = Connector::to(&sim).with("start_date", start);
        let run = connector.read(&catalog::some(&["advertisers_reports_daily"])).succeeded();
        run.records("advertisers_reports_daily").map(|row| row["stat_time_day"].to_string()).collect::<BTreeSet<_>>()
    };
    // In Tokyo it may be a day later.
    let (fixed, moving) = (days(&(now().date_naive() - Days::new(10)).to_string()), days("-9d"));
    assert!(!moving.is_empty() && moving.is_subset(&fixed), "{moving:?}");
    let wrong = Connector::to(&sim).with("start_date", "-9w").check().connection_status();
    assert!(wrong.contains("start_date") && wrong.contains("-90d"), "{wrong}");
}

#[test]
fn people_read_a_table_and_a_wrong_flag_is_a_mistake() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", "2026-02-01");
    let text = plan(&connector, &catalog::some(&["campaigns", "ads_reports_daily", "webhook_events"]), None, &[]);
    assert!(text.contains("webhook_events") && text.contains("(read from files)"), "{text}");
    assert!(text.contains("requests of") && text.contains("a second"), "{text}");
    let output =
        connector.command(&["source", "plan", "--config", "c", "--catalog", "k", "--stat", "s"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--stat"));
}

#[test]
fn a_plan_that_cannot_be_written_is_a_failure() {
    let sim = small();
    let connector = Connector::to(&sim);
    connector.file("catalog.json", &catalog::some(&["campaigns"]).to_string());
    let flags = ["--config", "config.json", "--catalog", "catalog.json"];
    let plan: Vec<&str> = ["source", "plan"].into_iter().chain(flags).collect();
    for args in [&plan[..], &["auth", "whoami", "--config", "config.json"], &["completions", "bash"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = connector.command(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("Cannot write to standard output: No space left on device"), "{args:?}: {told}");
    }
}
