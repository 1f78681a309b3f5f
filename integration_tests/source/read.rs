//! `read`: every stream brings what the world holds, key by key and value by value.

use chrono::Days;
use serde_json::Value;
use simulator::{Level, ReportQuery};
use tiktok_ads::streams::{self, Read};

use crate::harness::expected::{self, Rows, Scope};
use crate::harness::{Connector, Run, catalog, now, small};

#[test]
fn a_whole_read_brings_everything_once_and_as_tiktok_has_it() {
    let sim = small();
    let run = Connector::to(&sim).read(&catalog::sampled()).succeeded();
    sim.read(|world| expected::assert_whole(&run, world, Scope::everything()));
    fits_its_schema(&run);
}

/// Every record against what `discover` says of it.
fn fits_its_schema(run: &Run) {
    for stream in catalog::sample() {
        let schema: Value = serde_json::from_str(&stream.schema()).unwrap();
        let validator = jsonschema::options().should_validate_formats(false).build(&schema).unwrap();
        for record in run.records(&stream.name) {
            let error = validator.iter_errors(record).next();
            assert!(error.is_none(), "{}: {} in {record}", stream.name, error.unwrap());
        }
    }
}

#[test]
fn deleted_objects_come_when_asked_for() {
    let sim = small();
    let start = now().date_naive() - Days::new(40);
    let connector = Connector::to(&sim).with("include_deleted", true).with("start_date", start.to_string());
    let run = connector.read(&catalog::sampled()).succeeded();
    let scope = Scope { deleted: true, ..Scope::since(start) };
    sim.read(|world| {
        expected::assert_whole(&run, world, scope);
        let stream = streams::find("ads").unwrap();
        let (with, without) = (rows(world, scope), rows(world, Scope::since(start)));
        assert!(with.len() > without.len(), "the world has deleted {}", stream.name);
    });
}

fn rows(world: &simulator::World, scope: Scope<'_>) -> Rows {
    expected::rows(world, streams::find("ads").unwrap(), scope)
}

#[test]
fn what_other_clients_lose_is_there() {
    let sim = small();
    let run = Connector::to(&sim).read(&catalog::some(&["campaigns", "ads"])).succeeded();
    let (ads, campaigns): (Vec<_>, Vec<_>) = (run.records("ads").collect(), run.records("campaigns").collect());
    assert!(campaigns.iter().any(|one| one["rf_campaign_type"] == "STANDARD"), "no TopView campaign");
    assert!(ads.iter().any(|one| one["modify_time"].is_null()), "no Smart+ ad without modify_time");
    let ids = ads.iter().filter_map(|one| one["ad_id"].as_u64());
    assert!(ids.min().unwrap() > 1 << 53, "ids that a double cannot hold are exact");
    let names: Vec<_> = ads.iter().flat_map(|ad| [&ad["ad_name"], &ad["campaign_name"], &ad["adgroup_name"]]).collect();
    for hurts in ['"', '\n', '\u{2028}'] {
        assert!(
            names.iter().any(|name| name.as_str().unwrap().contains(hurts)),
            "{hurts:?} is in no name of {names:?}"
        );
    }
}

#[test]
fn an_object_without_modify_time_comes_however_late_the_start() {
    let sim = small();
    let tomorrow = now().date_naive() + Days::new(1);
    let run = Connector::to(&sim).with("start_date", tomorrow.to_string()).read(&catalog::some(&["ads"])).succeeded();
    let found = expected::by_key(&run, streams::find("ads").unwrap());
    let all = sim.read(|world| expected::rows(world, streams::find("ads").unwrap(), Scope::since(tomorrow)));
    assert!(!all.is_empty() && found.keys().eq(all.keys()), "{found:#?}");
}

#[test]
fn a_report_holds_the_days_asked_for_and_no_others() {
    let sim = small();
    let (first, last) = (now().date_naive() - Days::new(50), now().date_naive() - Days::new(10));
    let connector = Connector::to(&sim).with("start_date", first.to_string()).with("end_date", last.to_string());
    let run = connector.read(&catalog::some(&["ads_reports_daily"])).succeeded();
    let days: Vec<_> = run.records("ads_reports_daily").map(|row| row["stat_time_day"].as_str().unwrap()).collect();
    assert!(days.iter().all(|day| (first.to_string()..=format!("{last} 24")).contains(&(*day).to_owned())), "{days:?}");
    let count = sim.read(|world| {
        let accounts = expected::accounts(world, simulator::TOKEN_GOOD).into_iter();
        accounts.map(|account| world.report(&ads_by_day(account.id, (first, last))).len()).sum::<usize>()
    });
    assert_eq!(days.len(), count);
}

fn ads_by_day(advertiser: u64, range: (chrono::NaiveDate, chrono::NaiveDate)) -> ReportQuery {
    ReportQuery {
        advertiser,
        level: Some(Level::Ad),
        audience: false,
        dimensions: vec!["ad_id".to_owned(), "stat_time_day".to_owned()],
        metrics: vec!["spend".to_owned()],
        range: Some(range),
        deleted: false,
    }
}

#[test]
fn each_advertisers_report_ends_on_its_own_day() {
    let sim = small();
    let start = now().date_naive() - Days::new(3);
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    connector.read(&catalog::some(&["ads_reports_daily"])).succeeded();
    let requests = sim.requests();
    for account in expected::accounts(&sim.world(), simulator::TOKEN_GOOD) {
        let id = account.id.to_string();
        let own = requests.iter().filter(|one| one.advertiser.as_ref() == Some(&id));
        let last = own.filter_map(|one| one.query.get("end_date")).max().unwrap();
        assert_eq!(*last, account.day_at(now()).to_string(), "{}", account.name);
    }
}

#[test]
fn only_the_advertisers_that_are_named_are_read() {
    let sim = small();
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id);
    let connector = Connector::to(&sim).with("advertiser_ids", vec![tokyo.to_string()]);
    let run = connector.read(&catalog::some(&["advertisers", "campaigns"])).succeeded();
    let owners: Vec<_> = run.of_type("RECORD").map(|message| &message["record"]["data"]["advertiser_id"]).collect();
    assert!(owners.len() > 5 && owners.iter().all(|owner| **owner == tokyo), "{owners:?}");
}

#[test]
fn an_account_with_nothing_in_it_is_read_whole() {
    let sim = small();
    let empty = sim.read(|world| world.account_named("Empty").unwrap().id);
    let connector = Connector::to(&sim).with("advertiser_ids", vec![empty.to_string()]);
    let run = connector.read(&catalog::sampled()).succeeded();
    assert_eq!(run.of_type("RECORD").count(), 1, "the account itself");
    for stream in catalog::sample().filter(|stream| !matches!(stream.read, Read::Advertisers)) {
        assert_eq!(run.statuses(&stream.name), ["STARTED", "COMPLETE"], "{}", stream.name);
        assert_eq!(run.states(&stream.name).count(), 1, "{}", stream.name);
    }
}

#[test]
fn full_refresh_brings_the_same_as_a_first_incremental() {
    let sim = small();
    let connector = Connector::to(&sim);
    let names = ["campaigns", "ad_groups", "ads"];
    let entries: Vec<_> = names.iter().map(|name| catalog::one(name, "full_refresh", "overwrite")).collect();
    let run = connector.read(&serde_json::json!({"streams": entries})).succeeded();
    for name in names {
        let stream = streams::find(name).unwrap();
        let rows = sim.read(|world| expected::rows(world, stream, Scope::everything()));
        expected::assert_brought(&run, stream, &rows);
        assert!(run.states(name).next_back().is_some(), "{name} says its state in every mode");
    }
}
