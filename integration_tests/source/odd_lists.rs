//! Lists and answers that are not what TikTok's documentation says, each time or once.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::Value;
use simulator::{Simulator, TOKEN_GOOD};
use tiktok_ads::streams;

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, Run, at_once, catalog, fail, large, now, small};

const REPORT: &str = "/report/integrated/get/";

fn start(days: u64) -> NaiveDate {
    now().date_naive() - Days::new(days)
}

/// A reader of one advertiser, and its id.
fn of(sim: &Simulator, name: &str) -> (Connector, u64) {
    let id = sim.read(|world| world.account_named(name).unwrap().id);
    (Connector::to(sim).with("advertiser_ids", vec![id.to_string()]).with("start_date", start(4_000).to_string()), id)
}

fn warnings(run: &Run) -> Vec<String> {
    run.logs().into_iter().filter(|log| log.starts_with("WARN")).collect()
}

fn count(run: &Run, stream: &str) -> usize {
    run.records(stream).count()
}

/// How many rows a WARN says that TikTok counts and does not give.
fn missing(log: &str) -> usize {
    let numbers: Vec<usize> = log.split(' ').filter_map(|word| word.trim_end_matches(',').parse().ok()).collect();
    let [.., counted, given] = numbers[..] else { panic!("{log}") };
    counted - given
}

/// What the reader of the large account brings while nothing is odd.
fn campaigns_of_large(sim: &Simulator) -> usize {
    count(&of(sim, "Large").0.read(&catalog::some(&["campaigns"])).succeeded(), "campaigns")
}

#[test]
fn fewer_rows_than_tiktok_counts_are_told_with_both_numbers_and_the_cursor_moves() {
    let cases = [("page=2,kind=short", 100), ("page=3,kind=short", 0), ("kind=short", 0)];
    at_once(&cases, |(fault, lost)| {
        let sim = large();
        let whole = campaigns_of_large(&sim);
        assert!(whole > 2_000, "three pages: {whole}");
        let (connector, id) = of(&sim, "Large");
        fail(&sim, &format!("path=/campaign/get/,{fault}"));
        let run = connector.read(&catalog::some(&["campaigns"])).succeeded();
        let came = count(&run, "campaigns");
        assert!(came < whole && (*lost == 0 || whole - came == *lost), "{fault}: {came} of {whole}");
        let told = warnings(&run);
        assert!(told.iter().all(|log| log.contains("`campaigns` is not whole") && log.contains(&id.to_string())));
        assert_eq!(told.iter().map(|log| missing(log)).sum::<usize>(), whole - came, "{told:#?}");
        assert_eq!(run.statuses("campaigns").last(), Some(&"COMPLETE"));
        assert!(run.state().to_string().contains(&id.to_string()));
    });
}

#[test]
fn what_is_missing_once_comes_when_the_list_is_read_again() {
    let cases = ["page=2,times=1,kind=short", "page=3,times=1,kind=short", "kind=fewpages", "times=1,kind=fewpages"];
    at_once(&cases, |fault| {
        let sim = large();
        let (connector, _) = of(&sim, "Large");
        let whole = campaigns_of_large(&sim);
        fail(&sim, &format!("path=/campaign/get/,{fault}"));
        let run = connector.read(&catalog::some(&["campaigns"])).succeeded();
        assert_eq!(count(&run, "campaigns"), whole, "{fault}");
        assert_eq!(warnings(&run), Vec::<String>::new(), "{fault}");
    });
}

#[test]
fn a_row_that_tiktok_always_sends_twice_is_whole() {
    for (fault, more) in [("twice", 0), ("twiceother", 1)] {
        let sim = small();
        let (connector, id) = of(&sim, "New York");
        let connector = connector.with("skip_empty_days", false).with("start_date", start(1).to_string());
        let catalog = catalog::some(&["campaigns_reports_hourly"]);
        let whole = count(&connector.read(&catalog).succeeded(), "campaigns_reports_hourly");
        // One day alone.
        let day = sim.read(|world| world.now.date_naive()) - Days::new(1);
        fail(&sim, &format!("path={REPORT},advertiser={id},day={day},kind={fault}"));
        let run = connector.read(&catalog).succeeded();
        assert_eq!(count(&run, "campaigns_reports_hourly"), whole + more, "{fault}");
        let [told] = &warnings(&run)[..] else { panic!("{:#?}", run.logs()) };
        assert!(told.contains("stat_time_hour") && told.contains("campaign_id 1") && told.contains(&day.to_string()));
        assert_eq!(run.statuses("campaigns_reports_hourly").last(), Some(&"COMPLETE"));
    }
}

/// Everything that a run brings, by stream.
fn brought(run: &Run, names: &[&str]) -> BTreeMap<String, Vec<String>> {
    let lines = |name: &&str| {
        let mut lines: Vec<String> = run.records(name).map(ToString::to_string).collect();
        lines.sort_unstable();
        ((*name).to_owned(), lines)
    };
    names.iter().map(lines).collect()
}

#[test]
fn what_says_the_same_in_another_form_is_read() {
    let names = ["campaigns", "ads_reports_daily", "pixels", "gmv_max_campaigns", "identities", "comments"];
    for fault in ["texts", "bom", "nolist"] {
        let sim = small();
        let connector = Connector::to(&sim).with("start_date", start(2).to_string());
        let whole = brought(&connector.read(&catalog::some(&names)).succeeded(), &names);
        fail(&sim, &format!("kind={fault}"));
        let before = sim.requests().len();
        let run = connector.read(&catalog::some(&names)).succeeded();
        assert_eq!(brought(&run, &names), whole, "{fault}");
        assert_eq!(warnings(&run), Vec::<String>::new(), "{fault}");
        assert_eq!(sim.requests().len(), 2 * before, "{fault}: nothing is asked twice");
    }
}

#[test]
fn answers_that_are_broken_the_same_way_are_given_up_soon_and_say_where() {
    let cases = [
        ("nullrow", "`data.list[", "is null"),
        ("textinfo", "`data.page_info`", "is text"),
        ("noinfo", "`data`", "has no `page_info`"),
        ("nodata", "`data`", "has no `list`"),
    ];
    at_once(&cases, |(fault, place, found)| {
        let sim = small();
        let (connector, _) = of(&sim, "New York");
        fail(&sim, &format!("path=/campaign/get/,kind={fault}"));
        let run = connector.read(&catalog::some(&["campaigns"]));
        let told = run.error();
        for part in ["transient_error: ", "/campaign/get/", place, found] {
            assert!(told.contains(part), "{fault}: {told}");
        }
        let mut tries = BTreeMap::<String, usize>::new();
        let requests = sim.requests();
        let struck = requests.iter().filter(|request| request.fault.is_some());
        struck.for_each(|request| *tries.entry(request.raw_query.clone()).or_default() += 1);
        assert!(tries.values().all(|tries| *tries == 3), "{fault}: {tries:?}");
    });
}

#[test]
fn half_a_surrogate_pair_becomes_a_character_that_every_reader_takes() {
    let names = ["advertisers", "campaigns", "ads", "ads_reports_daily", "advertiser_ids"];
    let sim = small();
    fail(&sim, "kind=half");
    let run = Connector::to(&sim).with("start_date", start(200).to_string()).read(&catalog::some(&names)).succeeded();
    for (name, field) in [
        ("advertisers", "/name"),
        ("campaigns", "/campaign_name"),
        ("ads", "/ad_name"),
        ("ads_reports_daily", "/metrics/ad_name"),
        ("advertiser_ids", "/advertiser_name"),
    ] {
        assert!(count(&run, name) > 0, "{name}");
        let whole = |row: &Value| row.pointer(field).unwrap().as_str().unwrap().ends_with('\u{fffd}');
        assert!(run.records(name).all(whole), "{name}");
    }
}

#[test]
fn fields_of_accounts_that_nobody_needs_stop_nothing() {
    let names = ["campaigns", "ads_reports_daily"];
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", start(200).to_string());
    for path in ["/advertiser/info/", "/oauth2/advertiser/get/"] {
        fail(&sim, &format!("path={path},kind=odd"));
        let status = connector.check().connection_status();
        assert!(status.starts_with("SUCCEEDED"), "{path}: {status}");
        let run = connector.read(&catalog::some(&names)).succeeded();
        assert!(names.iter().all(|name| count(&run, name) > 0), "{path}");
    }
}

#[test]
fn an_account_whose_birth_is_told_in_milliseconds_is_read_from_it() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", start(2_000).to_string());
    let asked = |from: usize| -> Vec<String> {
        let requests = sim.requests().split_off(from);
        let mut asked: Vec<_> =
            requests.iter().map(|request| format!("{} {:?}", request.path, request.query)).collect();
        asked.sort_unstable();
        asked
    };
    let whole = connector.read(&catalog::some(&["campaigns_reports_daily"])).succeeded();
    let (before, seconds) = (sim.requests().len(), asked(0));
    fail(&sim, "path=/advertiser/info/,kind=millis");
    let run = connector.read(&catalog::some(&["campaigns_reports_daily"])).succeeded();
    assert_eq!(count(&run, "campaigns_reports_daily"), count(&whole, "campaigns_reports_daily"));
    assert_eq!(asked(before), seconds);
}

#[test]
fn times_that_say_nothing_are_null() {
    let names = ["campaigns", "ad_groups", "ads", "creative_assets_images", "advertisers"];
    let sim = small();
    fail(&sim, "kind=notimes");
    let run = Connector::to(&sim).read(&catalog::some(&names)).succeeded();
    for name in names {
        let stream = streams::find(name).unwrap();
        assert!(count(&run, name) > 0, "{name}");
        let schema: Value = serde_json::from_str(&stream.schema()).unwrap();
        let times =
            schema["properties"].as_object().unwrap().iter().filter(|(_, field)| field["format"] == "date-time");
        let times: Vec<&String> = times.map(|(time, _)| time).collect();
        let told = |row: &Value| times.iter().any(|time| row.get(*time).is_some_and(|value| !value.is_null()));
        assert!(!run.records(name).any(told), "{name}: {times:?}");
    }
    let stream = streams::find("campaigns").unwrap();
    let rows = sim.read(|world| expected::rows(world, stream, Scope { token: TOKEN_GOOD, ..Scope::everything() }));
    assert_eq!(count(&run, "campaigns"), rows.len());
}
