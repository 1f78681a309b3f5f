//! `source audit`: whether reports add up, and what a person and a scheduler learn where they do not.

use serde_json::Value;
use simulator::{Level, Options, ReportOptions, Simulator};

use crate::harness::{Connector, fail, secrets};

/// The clock of these tests, whatever that of the suite shows: late enough that it is tomorrow in Tokyo.
const NOW: &str = "2026-03-10T16:00:00Z";

/// What an audit said: its exit code, stdout and stderr.
#[derive(Debug)]
struct Said {
    exit: Option<i32>,
    text: String,
    told: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn audit(connector: &Connector, flags: &[&str]) -> Said {
    let args = [&["source", "audit", "--config", "config.json"], flags].concat();
    let output = connector.command(&args).env("TIKTOK_ADS_NOW", NOW).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = Said { exit: output.status.code(), text: text(output.stdout), told: text(output.stderr) };
    secrets::assert_none(&said.text, &[]);
    secrets::assert_none(&said.told, &[]);
    said
}

/// A simulator whose reports have a flaw.
fn flawed(reports: ReportOptions) -> Simulator {
    Simulator::start(Options { reports, now: Some(NOW.parse().unwrap()), ..Options::default() }).unwrap()
}

/// A simulator whose reports are right.
fn small() -> Simulator {
    flawed(ReportOptions::default())
}

/// An advertiser of the small world, all of whose objects are read.
fn tokyo(sim: &Simulator) -> Connector {
    let id = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
    Connector::to(sim).with("advertiser_ids", vec![id]).with("include_deleted", true)
}

/// The first object of a level, and the campaign that it is of.
fn first(sim: &Simulator, level: Level) -> (u64, u64) {
    sim.read(|world| {
        let one = &world.account_named("Tokyo").unwrap().all(level)[0];
        (one.id, one.campaign)
    })
}

/// The first object of a level of the seed's world, before its simulator runs.
fn first_of_the_world(level: Level) -> (u64, u64) {
    first(&small(), level)
}

/// The levels that differ, each once, and the reasons.
fn levels_and_reasons(said: &Said) -> (Vec<String>, Vec<String>) {
    let json = said.json();
    let all = json["advertisers"][0]["differences"].as_array().unwrap();
    let texts = |values: Vec<&Value>| {
        let texts: std::collections::BTreeSet<&str> = values.into_iter().filter_map(Value::as_str).collect();
        texts.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let reasons = all.iter().flat_map(|one| one["reasons"].as_array().unwrap()).collect();
    (texts(all.iter().map(|one| &one["level"]).collect()), texts(reasons))
}

#[test]
fn a_world_that_adds_up_is_equal_and_asks_four_requests_an_advertiser() {
    let sim = small();
    let connector = Connector::to(&sim).with("include_deleted", true);
    let said = audit(&connector, &[]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let asked = sim.requests();
    let reports = asked.iter().filter(|one| one.path.ends_with("/report/integrated/get/")).count();
    assert_eq!(asked.len(), reports + 2, "the list of advertisers, and what they are");
    assert_eq!(reports, 4 * 4, "{said:?}");
    insta::assert_snapshot!(said.text);
    insta::assert_snapshot!(said.told);
    let json = audit(&connector, &["--json"]).json();
    assert_eq!((&json["verdict"], &json["requests"]), (&"equal".into(), &18.into()));
    assert!(json["advertisers"].as_array().unwrap().iter().all(|one| one["verdict"] == "equal"));
}

#[test]
fn what_deleted_objects_have_is_told_to_the_cent() {
    let sim = small();
    let connector = tokyo(&sim).with("include_deleted", false);
    let said = audit(&connector, &[]);
    assert_eq!(said.exit, Some(3), "{said:?}");
    insta::assert_snapshot!(said.text);
    let said = audit(&connector, &["--json"]);
    let (levels, reasons) = levels_and_reasons(&said);
    assert_eq!(levels, ["ad groups", "ads", "campaigns"]);
    assert_eq!(reasons, ["deleted"]);
    for one in said.json()["advertisers"][0]["differences"].as_array().unwrap() {
        let number = |name: &str| one[name].as_str().unwrap().trim_start_matches('-').to_owned();
        assert_eq!((number("difference"), number("left").parse()), (number("of_deleted"), Ok(0.0)), "{one}");
    }
}

#[test]
fn an_ad_without_rows_is_found_with_its_campaign() {
    let (ad, campaign) = first_of_the_world(Level::Ad);
    let sim = flawed(ReportOptions { left_out: vec![(ad, Level::Ad)], ..ReportOptions::default() });
    let said = audit(&tokyo(&sim), &["--start-date", "2026-02-21", "--end-date", "2026-03-02"]);
    assert_eq!(said.exit, Some(3), "{said:?}");
    assert!(said.text.contains(&format!("campaign {campaign} has ")), "{said:?}");
    insta::assert_snapshot!(said.text);
    let said = audit(&tokyo(&sim), &["--start-date", "2026-02-21", "--end-date", "2026-03-02", "--json"]);
    let (levels, reasons) = levels_and_reasons(&said);
    assert_eq!(levels, ["ads"]);
    assert_eq!(reasons, ["below_campaigns"]);
}

#[test]
fn a_second_look_without_numbers_takes_no_difference_back() {
    let (ad, _) = first_of_the_world(Level::Ad);
    let sim = flawed(ReportOptions { left_out: vec![(ad, Level::Ad)], ..ReportOptions::default() });
    // A look asks four times.
    fail(&sim, "path=/report/integrated/get/,after=4,kind=nonumbers");
    let said = audit(&tokyo(&sim), &["--start-date", "2026-02-21", "--end-date", "2026-03-02"]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.text.contains("tells no `"), "{said:?}");
}

#[test]
fn a_campaign_that_only_the_total_counts_is_missing_on_every_level() {
    let (campaign, _) = first_of_the_world(Level::Campaign);
    let sim = flawed(ReportOptions { left_out: vec![(campaign, Level::Campaign)], ..ReportOptions::default() });
    let said = audit(&tokyo(&sim), &["--json"]);
    assert_eq!(said.exit, Some(3), "{said:?}");
    let (levels, reasons) = levels_and_reasons(&said);
    assert_eq!(levels, ["ad groups", "ads", "campaigns"]);
    assert_eq!(reasons, ["no_campaign"]);
}

#[test]
fn rows_that_come_late_are_told_as_late_and_are_there_later() {
    let sim = flawed(ReportOptions { ads_late_days: 2, ..ReportOptions::default() });
    let days = ["--start-date", "2026-03-08", "--end-date", "2026-03-10", "--json"];
    let said = audit(&tokyo(&sim), &days);
    assert_eq!(said.exit, Some(3), "{said:?}");
    let (levels, reasons) = levels_and_reasons(&said);
    assert_eq!(levels, ["ads"]);
    assert_eq!(reasons, ["below_campaigns", "fresh"]);
    let settled = audit(&tokyo(&sim), &[]);
    assert_eq!(settled.exit, Some(0), "the days that are audited by themselves are settled: {settled:?}");
}

#[test]
fn sums_of_rows_that_tiktok_cuts_prove_nothing() {
    let sim = flawed(ReportOptions { max_ads: 5, ads_counted_after_filter: false, ..ReportOptions::default() });
    let said = audit(&tokyo(&sim), &[]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.text.contains("TikTok tells only of its newest 20,000 ads, so nobody knows"), "{said:?}");
    assert!(said.told.contains("is not whole"), "what a read warns of: {said:?}");
}

#[test]
fn what_could_not_be_read_is_no_success() {
    let sim = small();
    fail(&sim, "path=/report/integrated/get/,after=2,kind=40001");
    let said = audit(&tokyo(&sim), &[]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.text.contains("not all of its reports could be read, so nobody knows"), "{said:?}");
    assert!(said.told.contains("Not every advertiser could be audited: "), "{said:?}");
    assert!(said.told.contains("Simulated error 40001"), "{said:?}");
}

#[test]
fn rows_that_tiktok_counts_and_does_not_give_are_no_success() {
    let sim = small();
    fail(&sim, "path=/report/integrated/get/,kind=total");
    let said = audit(&tokyo(&sim), &[]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.text.contains("TikTok counts more rows of it than it gives, so nobody knows"), "{said:?}");
    fail(&sim, "path=/report/integrated/get/,kind=short");
    let said = audit(&tokyo(&sim), &["--json"]);
    assert_eq!(said.exit, Some(3), "{said:?}");
    assert!(levels_and_reasons(&said).1.contains(&"short".to_owned()), "{said:?}");
}

#[test]
fn what_is_odd_of_one_advertiser_hides_no_other() {
    for (kind, why) in [
        ("oddnumber", "a row of a report has `\"1,250.00\"` as its `spend`, which cannot be summed"),
        ("nonumbers", "tells no `spend` and 3 more"),
    ] {
        let sim = small();
        let id = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
        fail(&sim, &format!("path=/report/integrated/get/,advertiser={id},kind={kind}"));
        let said = audit(&Connector::to(&sim).with("include_deleted", true), &["--json"]);
        assert_eq!(said.exit, Some(1), "{said:?}");
        let json = said.json();
        let all = json["advertisers"].as_array().unwrap();
        assert_eq!(all.iter().filter(|one| one["verdict"] == "equal").count(), 3, "{said:?}");
        let one = all.iter().find(|one| one["advertiser_id"] == id.as_str()).unwrap();
        assert_eq!(
            (&one["verdict"], &json["requests"]),
            (&"unknown".into(), &18.into()),
            "a second look is for sums: {said:?}"
        );
        assert!(one["why"].as_str().unwrap().contains(why), "{said:?}");
        let told = format!("could be audited: advertiser {id}: {}. What", one["why"].as_str().unwrap());
        assert!(said.told.contains(&told), "{said:?}");
    }
}

#[test]
fn a_day_that_has_not_begun_is_told_of_those_who_wait_for_it() {
    let sim = small();
    let said = audit(&Connector::to(&sim).with("include_deleted", true), &["--end-date", "2026-03-11"]);
    assert_eq!(said.exit, Some(1), "{said:?}");
    assert!(said.text.contains("2026-03-11 has not begun in its time zone, so nobody knows"), "{said:?}");
    assert!(said.text.contains("2026-03-05 to 2026-03-11: 1 of 4 advertisers add up"), "{said:?}");
}

#[test]
fn days_before_anybody_was_there_ask_nothing_and_say_so() {
    let sim = small();
    let said = audit(&Connector::to(&sim), &["--start-date", "2001-03-01", "--end-date", "2001-03-02"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(said.text.contains("4 of 4 advertisers add up (4 without a row)"), "{said:?}");
    assert!(said.told.contains("Asking at least 0 requests of 4 advertisers"), "{said:?}");
    assert!(!sim.requests().iter().any(|one| one.path.ends_with("/report/integrated/get/")));
}

#[test]
fn a_wrong_command_line_is_told_before_anything_is_asked() {
    let sim = small();
    let connector = tokyo(&sim);
    for (flags, exit, told) in [
        (&["--start-date", "2026-02-30"][..], 2, "--start-date"),
        (&["--days", "7"], 2, "--days"),
        (&["--start-date", "2026-02-20", "--end-date", "2026-02-10"], 2, "is after the last"),
        (&["--start-date", "2026-01-01", "--end-date", "2026-02-10"], 2, "30 days at most"),
        (&["--start-date", "2026-03-10", "--end-date", "2026-03-12"], 2, "has not begun anywhere"),
    ] {
        let said = audit(&connector, flags);
        assert_eq!(said.exit, Some(exit), "{said:?}");
        assert!(said.told.contains(told) && said.text.is_empty(), "{said:?}");
    }
    assert!(sim.requests().is_empty());
}
