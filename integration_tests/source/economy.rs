//! How few requests a read takes, and that nothing is lost by it.

use std::collections::BTreeSet;

use chrono::Days;
use simulator::{Logged, Options, Simulator, TOKEN_GOOD, WorldKind};
use tiktok_ads::streams::StreamDef;
use tiktok_ads::streams::report::{Grain, Report};

use crate::harness::fewest::{Fewest, by_time};
use crate::harness::{Connector, Run, catalog, now, options};

const REPORT: &str = "/report/integrated/get/";
/// Days of a first sync here.
const DAYS: u64 = 30;

/// Accounts of different ages, some of them idle for months.
fn ages() -> Simulator {
    Simulator::start(Options { world: WorldKind::Ages, ..options() }).unwrap()
}

fn quick(sim: &Simulator) -> Connector {
    Connector::to(sim).with("requests_per_second", 5_000).with("max_concurrent_requests", 50)
}

fn names<'s>(streams: &[(&'s StreamDef, &Report)]) -> Vec<&'s str> {
    streams.iter().map(|(stream, _)| &*stream.name).collect()
}

fn asked(sim: &Simulator) -> Vec<Logged> {
    sim.requests().into_iter().filter(|request| request.path == REPORT).collect()
}

/// The fewest requests that can carry a stream's records.
fn fewest(run: &Run, stream: &StreamDef, report: &Report) -> usize {
    let mut fewest = Fewest::default();
    for record in run.records(&stream.name) {
        let time = record[report.grain.cursor().unwrap()].as_str().unwrap();
        fewest.add(record["advertiser_id"].as_u64().unwrap(), time);
    }
    fewest.requests(report)
}

/// A day not too long ago: each day more is some 200 requests.
fn start() -> String {
    (now().date_naive() - Days::new(DAYS)).to_string()
}

/// The records of a run, each as one line of text.
fn records(run: &Run, streams: &[&str]) -> BTreeSet<String> {
    streams.iter().flat_map(|name| run.records(name).map(move |record| format!("{name} {record}"))).collect()
}

#[test]
fn a_first_sync_of_reports_takes_hardly_more_requests_than_its_rows_need() {
    let sim = ages();
    let streams = by_time();
    assert_eq!(streams.len(), 25);
    let run = quick(&sim).with("start_date", start()).read(&catalog::some(&names(&streams))).succeeded();
    let fewest: usize = streams.iter().map(|(stream, report)| fewest(&run, stream, report)).sum();
    let asked = asked(&sim).len();
    assert!(fewest > 100, "{fewest}");
    assert!(asked as f64 <= fewest as f64 * 1.5, "{asked} requests where {fewest} would do");
}

#[test]
fn a_sync_an_hour_later_asks_once_per_window_of_the_look_back() {
    let sim = ages();
    let streams = by_time();
    let start = (now().date_naive() - Days::new(6)).to_string();
    let connector = quick(&sim).with("start_date", start);
    let first = connector.read(&catalog::some(&names(&streams))).succeeded();
    let before = asked(&sim).len();
    connector.read_from(&catalog::some(&names(&streams)), &first.state()).succeeded();
    let advertisers = sim.read(|world| world.token(TOKEN_GOOD).unwrap().reaches.len());
    // Today and the three days before it: one window by the day, four by the hour.
    let windows: usize = streams.iter().map(|(_, report)| if report.grain == Grain::Hour { 4 } else { 1 }).sum();
    let asked = asked(&sim).len() - before;
    assert!(asked <= advertisers * windows, "{asked} for {windows} windows of {advertisers} advertisers");
}

#[test]
fn days_that_are_skipped_held_nothing() {
    let sim = ages();
    let names = ["ads_reports_daily", "ads_audience_reports_daily", "campaigns_reports_hourly"];
    let connector = quick(&sim).with("start_date", start());
    let few = connector.read(&catalog::some(&names)).succeeded();
    let asked_few = asked(&sim).len();
    let all =
        quick(&sim).with("start_date", start()).with("skip_empty_days", false).read(&catalog::some(&names)).succeeded();
    assert_eq!(records(&few, &names), records(&all, &names));
    let last = |run: &Run, name: &str| -> BTreeSet<String> {
        let state = &run.states(name).last().unwrap()["stream"]["stream_state"];
        state["states"].as_array().unwrap().iter().map(ToString::to_string).collect()
    };
    for name in names {
        assert_eq!(last(&few, name), last(&all, name), "the cursors are where they would be");
    }
    let asked_all = asked(&sim).len() - asked_few;
    assert!(asked_few < asked_all, "{asked_few} and {asked_all}");
}
