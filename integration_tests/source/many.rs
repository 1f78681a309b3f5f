//! Many advertisers: none waits for what another one needs, and what they cost is their number, not its square.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

use chrono::Days;
use serde_json::Value;
use simulator::{Logged, Options, ReportOptions, Simulator, TOKEN_AGENCY, TOKEN_GOOD, Together};

use crate::harness::{Connector, Run, catalog, expected, fail, now, options};

const REPORTS: [&str; 2] = ["ads_reports_daily", "campaigns_reports_daily"];
/// Bytes of STATE that an advertiser and stream may cost: 5 MB for 3,000.
const STATE_BYTES_MAX: usize = 5_000_000 / 3_000;
/// Pauses of the throttled one, each twice as long, that the others may take.
const PAUSES_MAX: u32 = 12;

fn many(quiet_accounts: usize) -> Simulator {
    Simulator::start(Options { quiet_accounts, ..options() }).unwrap()
}

fn connector(sim: &Simulator) -> Connector {
    Connector::to(sim).with("max_concurrent_requests", 2)
}

fn advertisers(sim: &Simulator) -> BTreeSet<String> {
    sim.read(|world| expected::accounts(world, TOKEN_GOOD).into_iter().map(|account| account.id.to_string()).collect())
}

/// Whose cursors a STATE holds.
fn told(state: &Value) -> BTreeSet<String> {
    let states = state["stream"]["stream_state"]["states"].as_array().unwrap();
    states.iter().map(|one| one["partition"]["advertiser_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_advertiser_that_is_throttled_for_ever_stops_no_other() {
    let sim = many(16);
    let all = advertisers(&sim);
    // Of 40 days none is looked for; of 400 the first question about several is throttled.
    for (throttled, days) in [(all.first().unwrap(), 40), (all.last().unwrap(), 40), (all.last().unwrap(), 400)] {
        let start = now().date_naive() - Days::new(days);
        fail(&sim, &format!("path=/report/integrated/get/,advertiser={throttled},kind=40133"));
        let connector = connector(&sim).with("start_date", start.to_string());
        let mut child = connector.start_read(&catalog::some(&REPORTS), None);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut waiting: BTreeSet<&str> = REPORTS.into();
        let others: BTreeSet<String> = all.iter().filter(|id| *id != throttled).cloned().collect();
        let mut pauses = 0;
        for line in lines {
            let message: Value = serde_json::from_str(&line).unwrap();
            let state = &message["state"];
            if message["type"] == "STATE" && told(state) == others {
                waiting.remove(state["stream"]["stream_descriptor"]["name"].as_str().unwrap());
            }
            pauses += u32::from(line.contains("RATE_LIMITED"));
            if waiting.is_empty() || pauses > PAUSES_MAX {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(waiting.is_empty(), "{waiting:?}");
    }
}

#[test]
fn what_is_known_of_days_is_learnt_just_before_they_are_read() {
    let sim = many(60);
    let run = connector(&sim).with("start_date", "2016-09-01").read(&catalog::some(&REPORTS)).succeeded();
    assert!(run.states(REPORTS[0]).count() > 0);
    let asked = sim.requests();
    let asked: Vec<bool> = asked
        .iter()
        .filter(|request| request.path == "/report/integrated/get/")
        .map(|request| request.query["dimensions"] == r#"["advertiser_id"]"#)
        .collect();
    let looks = asked.iter().filter(|is_look| **is_look).count();
    let before = asked.iter().take_while(|is_look| **is_look).count();
    assert!(
        looks > 13 * 5 && looks < 13 * 12,
        "each block is looked at once, for both streams and five accounts: {looks}"
    );
    assert!(before < 3 * 12, "{before} of {looks} looks were made before the first report");
}

fn bytes_of_states(run: &Run) -> usize {
    run.of_type("STATE").map(|state| state.to_string().len()).sum()
}

#[test]
fn states_follow_the_advertisers_and_not_their_square() {
    let sim = many(400);
    let start = now().date_naive() - Days::new(2);
    let connector = || Connector::to(&sim).with("start_date", start.to_string());
    let first = connector().read(&catalog::some(&REPORTS)).succeeded();
    let second = connector().read_from(&catalog::some(&REPORTS), &first.state()).succeeded();
    for run in [first, second] {
        let all = advertisers(&sim);
        REPORTS.iter().for_each(|stream| assert!(told(run.states(stream).last().unwrap()) == all, "{stream}"));
        let bytes = bytes_of_states(&run);
        assert!(bytes < all.len() * REPORTS.len() * STATE_BYTES_MAX, "{bytes}");
    }
}

/// The questions about several accounts at once.
fn of_several(requests: &[Logged]) -> Vec<&Logged> {
    let is_several =
        |request: &&Logged| request.path != "/advertiser/info/" && request.query.contains_key("advertiser_ids");
    requests.iter().filter(is_several).collect()
}

/// A first sync of two reports, and what it asked.
fn read_years(sim: &Simulator) -> (Run, Vec<Logged>) {
    let before = sim.requests().len();
    // Today's numbers grow while the test runs.
    let yesterday = (now().date_naive() - Days::new(1)).to_string();
    let run = connector(sim)
        .with("start_date", "2016-09-01")
        .with("end_date", yesterday)
        .read(&catalog::some(&REPORTS))
        .succeeded();
    let asked = sim.requests().split_off(before);
    (run, asked)
}

fn records(run: &Run) -> BTreeSet<String> {
    run.of_type("RECORD").map(|message| message["record"]["data"].to_string()).collect()
}

#[test]
fn days_without_ads_are_asked_for_five_accounts_at_once_where_tiktok_answers() {
    let of = |together| {
        let reports = ReportOptions { together, idle_rows: true, ..ReportOptions::default() };
        Simulator::start(Options { quiet_accounts: 36, reports, ..options() }).unwrap()
    };
    let (few, asked_few) = read_years(&of(Together::OfOneToken));
    let (all, asked_all) = read_years(&of(Together::Never));
    assert_eq!(records(&few), records(&all));
    assert!(!records(&few).is_empty());
    assert!(of_several(&asked_few).iter().all(|request| request.code == Some(0)));
    let refused = of_several(&asked_all).len();
    assert!((1..=8).contains(&refused), "what is refused is not asked again: {refused}");
    // Two reports of an account are a request each; what is left are looks.
    let reports = 40 * REPORTS.len();
    assert!(
        (asked_few.len() - reports) * 2 < asked_all.len() - refused - reports,
        "{} and {}",
        asked_few.len(),
        asked_all.len()
    );
}

#[test]
fn an_account_of_another_user_is_asked_about_alone() {
    let of = |together| {
        let reports = ReportOptions { together, ..ReportOptions::default() };
        let sim = Simulator::start(Options { reports, ..options() }).unwrap();
        let start = now().date_naive() - Days::new(28);
        let connector = Connector::to(&sim).with("start_date", start.to_string()).token(TOKEN_AGENCY);
        let run = connector.read(&catalog::some(&["campaigns_reports_hourly"])).succeeded();
        (records(&run), codes(&of_several(&sim.requests())))
    };
    let (alone, refused) = of(Together::Never);
    assert!(!alone.is_empty() && !refused.is_empty() && refused.len() <= 8 && !refused.contains(&0), "{refused:?}");
    let (parted, codes) = of(Together::OfOneBusiness);
    assert_eq!(parted, alone);
    assert!(codes.contains(&0) && codes.iter().filter(|code| **code != 0).count() <= 3, "{codes:?}");
    assert_eq!(of(Together::OfOneToken).0, alone);
}

fn codes(requests: &[&Logged]) -> Vec<i64> {
    requests.iter().filter_map(|request| request.code).collect()
}
