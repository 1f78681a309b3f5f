//! The change log: a task for each window, resumed where it was left.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::Value;
use simulator::{Level, Simulator, TOKEN_GOOD};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, catalog, expected, now, small};

const STREAM: &str = "change_log";

fn asked(sim: &Simulator, path: &str) -> usize {
    sim.requests().iter().filter(|request| request.path == path).count()
}

/// The changes since a day: account, object, minute, and whether it was made.
fn of_world(sim: &Simulator, since: NaiveDate) -> BTreeSet<String> {
    let told = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:00").to_string();
    sim.read(|world| {
        let all = expected::accounts(world, TOKEN_GOOD).into_iter().flat_map(|account| {
            let since = since.max(account.day_at(account.created)).to_string();
            let changes = account.changes().into_iter().filter(move |change| told(change.at) >= since);
            changes.map(|change| format!("{} {} {} {}", account.id, change.id, told(change.at), change.made))
        });
        all.collect()
    })
}

fn of_run(run: &Run) -> BTreeSet<String> {
    let records = expected::by_key(run, streams::find(STREAM).unwrap());
    let one = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        format!("{} {} {} {}", row["advertiser_id"], text("object_id"), text("time"), text("object") == "Create")
    };
    records.into_values().map(one).collect()
}

fn since(days: u64) -> NaiveDate {
    (now() - Days::new(days)).date_naive()
}

#[test]
fn every_change_comes_once_and_goes_on_from_the_state() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", since(80).to_string());
    let first = connector.read(&catalog::some(&[STREAM])).succeeded();
    let expected = of_world(&sim, since(80));
    assert!(expected.len() > 20, "{}", expected.len());
    assert_eq!(of_run(&first), expected);
    let created = asked(&sim, "/changelog/task/create/");
    assert_eq!(asked(&sim, "/changelog/task/check/"), created);
    assert_eq!(asked(&sim, "/changelog/task/download/"), created);
    let accounts = sim.read(|world| expected::accounts(world, TOKEN_GOOD).len());
    assert!((accounts..=accounts * 3).contains(&created), "{created}");
    let second = connector.read_from(&catalog::some(&[STREAM]), &first.state()).succeeded();
    assert_eq!(asked(&sim, "/changelog/task/create/") - created, accounts, "one window each");
    assert!(of_run(&second).is_subset(&expected));
    let known = expected::by_key(&first, streams::find(STREAM).unwrap());
    let again = expected::by_key(&second, streams::find(STREAM).unwrap());
    assert!(again.keys().all(|key| known.contains_key(key)), "what is read again has the same key");
}

#[test]
fn names_survive_the_file() {
    let sim = small();
    let run =
        Connector::to(&sim).with("start_date", since(400).to_string()).read(&catalog::some(&[STREAM])).succeeded();
    let names: BTreeSet<String> = sim.read(|world| {
        let all = expected::accounts(world, TOKEN_GOOD).into_iter();
        let since = since(400).and_time(chrono::NaiveTime::MIN).and_utc() + Days::new(1);
        let all = all.flat_map(|account| account.all(Level::Campaign)).filter(|one| one.created >= since);
        all.map(|one| one.name.clone()).collect()
    });
    let found: BTreeSet<&str> =
        run.records(STREAM).filter_map(|row| row["activity_details"][0]["before_after"][0]["after"].as_str()).collect();
    assert!(!names.is_empty());
    for name in &names {
        assert!(found.contains(name.as_str()), "{name}");
    }
}

#[test]
fn a_task_is_waited_for() {
    let sim = small();
    sim.mutate(|world| world.change_looks = 1);
    let connector = Connector::to(&sim).with("start_date", since(5).to_string());
    connector.read(&catalog::some(&[STREAM])).succeeded();
    let created = asked(&sim, "/changelog/task/create/");
    assert_eq!(asked(&sim, "/changelog/task/check/"), 2 * created);
}

#[test]
fn a_file_that_is_late_is_waited_for() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", since(5).to_string());
    let whole = connector.read(&catalog::some(&[STREAM])).succeeded();
    sim.mutate(|world| world.change_file_looks = 1);
    let (created, loaded) = (asked(&sim, "/changelog/task/create/"), asked(&sim, "/changelog/task/download/"));
    let late = connector.read(&catalog::some(&[STREAM])).succeeded();
    assert_eq!(of_run(&late), of_run(&whole));
    let created = asked(&sim, "/changelog/task/create/") - created;
    assert_eq!(asked(&sim, "/changelog/task/download/") - loaded, 2 * created);
}

#[test]
fn a_task_that_fails_is_told_with_its_advertiser_and_its_days_stay_unread() {
    let sim = small();
    let id = sim.read(|world| world.account_named("New York").unwrap().id.to_string());
    let connector =
        Connector::to(&sim).with("start_date", since(5).to_string()).with("advertiser_ids", vec![id.clone()]);
    sim.mutate(|world| world.change_fails = true);
    let run = connector.read(&catalog::some(&[STREAM]));
    assert_eq!(run.exit, Some(1));
    let told: Vec<String> = run.logs().into_iter().filter(|log| log.starts_with("WARN")).collect();
    assert!(told.iter().any(|log| log.contains(&format!("goes on without advertiser {id}"))), "{told:?}");
    sim.mutate(|world| world.change_fails = false);
    let again = connector.read_from(&catalog::some(&[STREAM]), &run.state()).succeeded();
    let whole = connector.read(&catalog::some(&[STREAM])).succeeded();
    assert_eq!(of_run(&again), of_run(&whole), "nothing is passed over");
}
