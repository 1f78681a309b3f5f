//! What TikTok no longer has or gives in no size: everything around it is read.

use chrono::{Days, NaiveDate};
use simulator::{Options, ReportOptions, Simulator};
use tiktok_ads::streams;

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, Run, catalog, fail, options, small};

const GONE: &str = "dpa_target_audience_type";

fn today(sim: &Simulator) -> NaiveDate {
    sim.read(|world| world.now.date_naive())
}

fn before(sim: &Simulator, days: u64) -> NaiveDate {
    today(sim) - Days::new(days)
}

/// A reader of New York's last days, and its id.
fn of_new_york(sim: &Simulator, days: u64) -> (Connector, u64) {
    let id = sim.read(|world| world.account_named("New York").unwrap().id);
    let connector = Connector::to(sim).with("advertiser_ids", vec![id.to_string()]);
    (connector.with("start_date", before(sim, days).to_string()).with("attribution_window", 0), id)
}

fn warnings(run: &Run) -> Vec<String> {
    run.logs().into_iter().filter(|log| log.starts_with("WARN")).collect()
}

/// The days of a report's rows.
fn days(run: &Run, stream: &str) -> std::collections::BTreeSet<String> {
    let time = |row: &serde_json::Value| {
        let time = row.get("stat_time_day").or_else(|| row.get("stat_time_hour")).unwrap();
        time.as_str().unwrap()[..10].to_owned()
    };
    run.records(stream).map(time).collect()
}

fn cursor(run: &Run, stream: &str) -> String {
    let state = run.states(stream).next_back().unwrap();
    let cursor = &state["stream"]["stream_state"]["states"][0]["cursor"];
    cursor.as_object().unwrap().values().next().unwrap().as_str().unwrap()[..10].to_owned()
}

#[test]
fn a_day_that_is_too_large_alone_stops_no_other() {
    for stream in ["ads_reports_daily", "ads_reports_hourly", "campaigns_reports_daily"] {
        let sim = small();
        let (connector, id) = of_new_york(&sim, 50);
        let connector = connector.with("skip_empty_days", false);
        let whole = connector.read(&catalog::some(&[stream])).succeeded();
        let large = before(&sim, 40);
        fail(&sim, &format!("path=/report/integrated/get/,day={large},kind=40067"));
        let run = connector.read(&catalog::some(&[stream]));
        assert_eq!(run.exit, Some(1));
        let told = run.error();
        assert!(told.starts_with("transient_error: "), "{told}");
        assert!(told.contains(&large.to_string()) && told.contains(&id.to_string()), "{told}");
        assert_eq!(run.statuses(stream).last(), Some(&"INCOMPLETE"));
        let mut around = days(&whole, stream);
        assert!(around.len() > 40, "{around:?}");
        around.remove(&large.to_string());
        assert_eq!(days(&run, stream), around, "{stream}");
        let rows =
            |run: &Run| run.records(stream).filter(|row| !row.to_string().contains(&format!("{large} "))).count();
        assert_eq!(rows(&run), rows(&whole), "{stream}");
        assert_eq!(cursor(&run, stream), before(&sim, 41).to_string(), "{stream}");
        // The next sync goes on from there, and is whole when the day can be had.
        fail(&sim, "");
        let next = connector.read_from(&catalog::some(&[stream]), &run.state()).succeeded();
        assert!(days(&next, stream).contains(&large.to_string()), "{stream}");
        assert_eq!(cursor(&next, stream), cursor(&whole, stream), "{stream}");
    }
}

#[test]
fn what_one_day_needs_is_not_taken_for_what_all_days_need() {
    let sim = small();
    let (connector, _) = of_new_york(&sim, 300);
    let connector = connector.with("skip_empty_days", false);
    let large = before(&sim, 200);
    fail(&sim, &format!("path=/report/integrated/get/,day={large},kind=40067"));
    connector.read(&catalog::some(&["campaigns_reports_daily"]));
    let requests = sim.requests();
    let passed = requests.iter().filter(|request| request.path.contains("report") && request.code == Some(0)).count();
    assert!(passed < 25, "{passed} requests for eleven months");
    assert!(requests.len() < 80, "{} requests", requests.len());
}

#[test]
fn a_withdrawn_metric_costs_its_column_alone() {
    let names =
        ["ads_reports_daily", "ad_groups_reports_daily", "ads_audience_reports_daily", "campaigns_reports_daily"];
    let sim = Simulator::start(Options {
        reports: ReportOptions { withdrawn: vec![GONE.to_owned()], ..ReportOptions::default() },
        ..options()
    })
    .unwrap();
    for layout in ["nested", "flat"] {
        let asked = sim.requests().len();
        let connector = of_new_york(&sim, 70).0.with("report_layout", layout);
        let run = connector.read(&catalog::some(&names)).succeeded();
        let told = warnings(&run);
        assert!(told.len() == 1 && told[0].contains(GONE), "{told:#?}");
        for name in names {
            let rows: Vec<_> = run.records(name).collect();
            assert!(!rows.is_empty(), "{name}");
            assert!(rows.iter().all(|row| row["metrics"][GONE].is_null() && row[GONE].is_null()), "{name}");
            assert!(rows.iter().all(|row| !row["metrics"]["spend"].is_null() || !row["spend"].is_null()), "{name}");
            assert!(cursor(&run, name) >= before(&sim, 1).to_string(), "{name}");
        }
        let refused = sim.requests().split_off(asked).iter().filter(|request| request.code == Some(40_002)).count();
        assert!((1..=12).contains(&refused), "it is remembered: {refused}");
    }
    // Whatever else was asked for is there to the last row.
    let stream = streams::find("campaigns_reports_daily").unwrap();
    let (connector, id) = of_new_york(&sim, 70);
    let mut rows = sim.read(|world| expected::rows(world, stream, Scope::since(before(&sim, 70))));
    rows.retain(|_, row| row["advertiser_id"].as_str() == Some(id.to_string().as_str()));
    expected::assert_brought(&connector.read(&catalog::some(&[&stream.name])).succeeded(), stream, &rows);
}

#[test]
fn several_withdrawn_metrics_are_one_warning_and_days_without_ads_are_still_skipped() {
    let withdrawn = ["clicks", "cpc", "spend"].map(str::to_owned).to_vec();
    let sim =
        Simulator::start(Options { reports: ReportOptions { withdrawn, ..ReportOptions::default() }, ..options() })
            .unwrap();
    let (connector, _) = of_new_york(&sim, 1_500);
    let run = connector.read(&catalog::some(&["campaigns_reports_daily"])).succeeded();
    assert!(run.records("campaigns_reports_daily").count() > 0);
    assert_eq!(warnings(&run).len(), 1, "{:#?}", warnings(&run));
}

#[test]
fn a_withdrawn_dimension_of_a_custom_report_is_its_authors_to_mend() {
    let sim = Simulator::start(Options {
        reports: ReportOptions { withdrawn: vec!["language".to_owned()], ..ReportOptions::default() },
        ..options()
    })
    .unwrap();
    let report = serde_json::json!([{"name": "mine", "report_type": "AUDIENCE", "data_level": "AUCTION_CAMPAIGN",
        "dimensions": ["campaign_id", "stat_time_day", "language"], "metrics": ["spend"]}]);
    let (connector, _) = of_new_york(&sim, 3);
    let catalog = serde_json::json!({"streams": [catalog::one("mine", "incremental", "append")]});
    let told = connector.with("custom_reports", report).read(&catalog).error();
    assert!(told.starts_with("config_error: ") && told.contains("`language`"), "{told}");
}
