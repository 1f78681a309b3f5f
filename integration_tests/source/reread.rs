//! `reread`: of the attribution window only the days are read again whose sums have moved.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use simulator::{Activity, Level, Logged, Simulator, TOKEN_GOOD};
use tiktok_ads::streams::report::Kind;
use tiktok_ads::streams::{self, Read};

use crate::harness::{Connector, Run, catalog, expected, fail, now, small};

const DAILY: &str = "ads_reports_daily";
const HOURLY: &str = "campaigns_reports_hourly";
const WINDOW: u64 = 28;

/// A reader of New York's last days, its id, and its today.
fn of_new_york(sim: &Simulator) -> (Connector, u64, NaiveDate) {
    let (id, today) = sim.read(|world| {
        let account = world.account_named("New York").unwrap();
        (account.id, account.day_at(world.now))
    });
    let connector = Connector::to(sim).with("advertiser_ids", vec![id.to_string()]);
    let start = (today - Days::new(40)).to_string();
    (connector.with("start_date", start).with("attribution_window", WINDOW), id, today)
}

/// What was asked since so many requests.
fn asked(sim: &Simulator, since: usize) -> Vec<Logged> {
    sim.requests().split_off(since).into_iter().filter(|one| one.path == "/report/integrated/get/").collect()
}

/// Whether it asks for the sums that are compared.
fn is_sum(one: &Logged) -> bool {
    one.query["dimensions"] == r#"["advertiser_id","stat_time_day"]"#
}

/// The days that requests span.
fn spans(asked: &[Logged]) -> BTreeSet<(String, String)> {
    asked.iter().map(|one| (one.query["start_date"].clone(), one.query["end_date"].clone())).collect()
}

/// The days of a stream's rows.
fn days(run: &Run, stream: &str) -> BTreeSet<String> {
    let time = |row: &Value| {
        let time = row.get("stat_time_day").or_else(|| row.get("stat_time_hour")).unwrap();
        time.as_str().unwrap()[..10].to_owned()
    };
    run.records(stream).map(time).collect()
}

/// An ad that ran on one day turns up.
fn move_day(sim: &Simulator, account: u64, day: NaiveDate) -> u64 {
    sim.mutate(|world| {
        let id = world.create(account, Level::Ad).unwrap();
        let ads = world.account_mut(account).unwrap().all_mut(Level::Ad);
        let ad = ads.iter_mut().find(|ad| ad.id == id).unwrap();
        ad.activity = Some(Activity { first: day, last: day, density: 256 });
        id
    })
}

#[test]
fn a_day_that_moved_comes_again_and_the_others_do_not() {
    let sim = small();
    let (connector, id, today) = of_new_york(&sim);
    let connector = connector.with("reread", "changed");
    let catalog = catalog::some(&[DAILY, HOURLY]);
    let first = connector.read(&catalog).succeeded();
    let before = sim.requests().len();
    let second = connector.read_from(&catalog, &first.state()).succeeded();
    let text = |ago: u64| (today - Days::new(ago)).to_string();
    let (sums, rows): (Vec<Logged>, Vec<Logged>) = asked(&sim, before).into_iter().partition(is_sum);
    assert_eq!(sums.len(), 1, "both streams share the sums");
    assert_eq!(spans(&rows), [(text(0), text(0)), (text(1), text(0)), (text(1), text(1))].into());
    for stream in [DAILY, HOURLY] {
        let last = |run: &Run| run.states(stream).next_back().unwrap()["stream"]["stream_state"].clone();
        assert_eq!(last(&second), last(&first), "nothing new means the same state again");
    }

    let moved = move_day(&sim, id, today - Days::new(20));
    let before = sim.requests().len();
    let third = connector.read_from(&catalog, &second.state()).succeeded();
    let mut expected = spans(&rows);
    expected.insert((text(20), text(20)));
    let (_, rows): (Vec<Logged>, Vec<Logged>) = asked(&sim, before).into_iter().partition(is_sum);
    assert_eq!(spans(&rows), expected);
    let is_moved = |row: &Value| row["ad_id"] == moved && row["stat_time_day"].as_str().unwrap().starts_with(&text(20));
    assert_eq!(third.records(DAILY).filter(|row| is_moved(row)).count(), 1);
    for stream in [DAILY, HOURLY] {
        let days = days(&third, stream);
        assert!(days.contains(&text(20)) && days.iter().all(|day| [0, 1, 20].map(text).contains(day)), "{days:?}");
    }
    let fourth = connector.read_from(&catalog, &third.state()).succeeded();
    assert!(!days(&fourth, DAILY).contains(&text(20)), "once");
}

#[test]
fn once_a_week_the_whole_window_is_read() {
    let sim = small();
    let (connector, _, today) = of_new_york(&sim);
    let mut connector = connector.with("reread", "changed");
    let catalog = catalog::some(&[DAILY]);
    let mut state = connector.read(&catalog).succeeded().state();
    for day in [1_u64, 6, 7, 8] {
        let time = TimeDelta::days(day.try_into().unwrap());
        sim.mutate(|world| world.now = now() + time);
        connector = connector.later(time);
        let before = sim.requests().len();
        state = connector.read_from(&catalog, &state).succeeded().state();
        let rows: Vec<Logged> = asked(&sim, before).into_iter().filter(|one| !is_sum(one)).collect();
        let oldest = spans(&rows).first().unwrap().0.clone();
        let expected = match day {
            // The day that was yesterday has no digest yet.
            1 | 8 => today + Days::new(day) - Days::new(2),
            // So have the days of a gap.
            6 => today,
            _ => today + Days::new(6) - Days::new(WINDOW),
        };
        assert_eq!(oldest, expected.to_string(), "day {day}");
    }
}

#[test]
fn states_of_all_kinds_go_on() {
    let sim = small();
    let (connector, id, today) = of_new_york(&sim);
    let connector = connector.with("reread", "changed");
    let catalog = catalog::some(&[DAILY]);
    let state = connector.read(&catalog).succeeded().state();
    let partition = |state: &Value| state[0]["stream"]["stream_state"]["states"][0]["cursor"].clone();
    assert!(partition(&state)["reread"]["digests"].as_str().unwrap().len() <= 27 * 11);
    let oldest = (today - Days::new(WINDOW)).to_string();
    let reads_all = |state: &Value, connector: &Connector| {
        let run = connector.read_from(&catalog, state).succeeded();
        (days(&run, DAILY).first() == Some(&oldest), run.state())
    };
    // A version before this one, and Airbyte's connector, tell nothing of days.
    let day = partition(&state)["stat_time_day"].clone();
    let of_before = json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": DAILY},
        "stream_state": {"states": [{"partition": {"advertiser_id": id.to_string()}, "cursor": {"stat_time_day": day}}]}}}]);
    let (all, learnt) = reads_all(&of_before, &connector);
    assert!(all);
    assert_eq!(partition(&learnt), partition(&state), "and what it reads is kept");
    assert!(!reads_all(&learnt, &connector).0);
    // Who reads all again leaves nothing behind that would not hold any more.
    let (all, left) = reads_all(&state, &connector.with("reread", "all"));
    assert!(all);
    assert_eq!(partition(&left), json!({"stat_time_day": day}));
}

#[test]
fn a_moved_day_that_fails_is_not_lost() {
    let sim = small();
    let (connector, id, today) = of_new_york(&sim);
    let connector = connector.with("reread", "changed");
    let catalog = catalog::some(&[DAILY]);
    let first = connector.read(&catalog).succeeded();
    let day = today - Days::new(20);
    let moved = move_day(&sim, id, day);
    fail(&sim, &format!("path=/report/integrated/get/,day={day},kind=40067"));
    let failed = connector.read_from(&catalog, &first.state());
    assert_eq!(failed.exit, Some(1));
    fail(&sim, "");
    let next = connector.read_from(&catalog, &failed.state()).succeeded();
    assert!(next.records(DAILY).any(|row| row["ad_id"] == moved));
    let after = connector.read_from(&catalog, &next.state()).succeeded();
    assert!(!after.records(DAILY).any(|row| row["ad_id"] == moved));
}

#[test]
fn what_the_sums_do_not_tell_of_is_read_again_and_that_is_told_once() {
    let sim = small();
    let shop = streams::all().iter().find(|stream| {
        let Read::Report(report) = &stream.read else { return false };
        matches!(report.kind, Kind::Shop(_) | Kind::GmvMax(_)) && stream.is_incremental()
    });
    let name = &shop.unwrap().name;
    let connector = Connector::to(&sim).with("start_date", (now().date_naive() - Days::new(9)).to_string());
    let connector = connector.with("attribution_window", 5);
    let all = connector.read(&catalog::some(&[name])).succeeded();
    let again = connector.read_from(&catalog::some(&[name]), &all.state()).succeeded();
    let changed = connector.with("reread", "changed");
    let run = changed.read_from(&catalog::some(&[name, "campaigns", "campaigns_reports_lifetime"]), &all.state());
    let run = run.succeeded();
    let told: Vec<String> = run.logs().into_iter().filter(|log| log.contains("`reread`")).collect();
    assert!(matches!(&told[..], [one] if one.starts_with("WARN") && one.contains(&**name)), "{told:?}");
    assert_eq!(run.records(name).count(), again.records(name).count());
}

/// Requests of a second sync, both ways.
#[test]
fn requests_of_both_ways_are_counted() {
    let sim = small();
    let (mut connector, id, today) = of_new_york(&sim);
    let mut told = Vec::new();
    let mut counts = BTreeMap::new();
    for moved in [0, 3] {
        (0..moved).map(|at| today - Days::new(7 + 5 * at)).for_each(|day| {
            move_day(&sim, id, day);
        });
        for (kind, names) in [
            ("daily", vec!["ads_reports_daily", "ad_groups_reports_daily", "ads_reports_by_country_daily"]),
            ("hourly", vec!["campaigns_reports_hourly"]),
        ] {
            for way in ["all", "changed"] {
                connector = connector.with("reread", way).with("requests_per_second", 5_000);
                let key = (kind, way);
                let state = match counts.remove(&key) {
                    Some(state) => state,
                    None => connector.read(&catalog::some(&names)).succeeded().state(),
                };
                let before = sim.requests().len();
                let run = connector.read_from(&catalog::some(&names), &state).succeeded();
                let asked = asked(&sim, before).len();
                let rows = run.of_type("RECORD").count();
                told.push(format!(
                    "{moved} moved, {:2} {kind} streams, {way:7}: {asked:4} requests, {rows:5} rows",
                    names.len()
                ));
                counts.insert(key, run.state());
            }
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_plan_foresees_it() {
    let sim = small();
    let (connector, _, _) = of_new_york(&sim);
    let connector = connector.with("reread", "changed");
    let catalog = catalog::some(&[DAILY, HOURLY]);
    let state = connector.read(&catalog).succeeded().state();
    let catalog_file = connector.file("catalog.json", &catalog.to_string());
    let config = connector.file("config.json", &connector.config.to_string());
    let state_file = connector.file("state.json", &state.to_string());
    let args = ["source", "plan", "--json", "--config", config.to_str().unwrap(), "--catalog"];
    let args = [&args[..], &[catalog_file.to_str().unwrap(), "--state", state_file.to_str().unwrap()]].concat();
    let output = connector.command(&args).output().unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["streams"][0]["days_unmoved"], 27, "{plan}");
    let before = sim.requests().len();
    connector.read_from(&catalog, &state).succeeded();
    assert_eq!(plan["requests"], sim.requests().len() - before);
}

/// The advertisers of whom rows of a day were asked for.
fn asked_about(sim: &Simulator, since: usize, days: &[(u64, NaiveDate)]) -> BTreeSet<u64> {
    let rows: Vec<Logged> = asked(sim, since).into_iter().filter(|one| !is_sum(one)).collect();
    let is_about = |one: &Logged, id: u64, day: NaiveDate| {
        let day = day.to_string();
        one.query.get("advertiser_id") == Some(&id.to_string())
            && (&one.query["start_date"]..=&one.query["end_date"]).contains(&&day)
    };
    days.iter().filter(|(id, day)| rows.iter().any(|one| is_about(one, *id, *day))).map(|(id, _)| *id).collect()
}

#[test]
fn shards_see_a_day_that_moves_and_moves_back() {
    let sim = small();
    let days: Vec<(u64, NaiveDate)> = sim.read(|world| {
        let all = expected::accounts(world, TOKEN_GOOD).into_iter();
        let all = all.map(|account| (account, account.day_at(world.now) - Days::new(20)));
        let active =
            all.filter(|(account, day)| !account.all(Level::Ad).is_empty() && account.day_at(account.created) < *day);
        active.map(|(account, day)| (account.id, day)).collect()
    });
    let start = (now().date_naive() - Days::new(40)).to_string();
    let connector = Connector::to(&sim).with("start_date", start).with("attribution_window", WINDOW);
    let connector = connector.with("reread", "changed").with("shard", json!({"count": 2}));
    connector.file("catalog.json", &catalog::some(&[DAILY]).to_string());
    let round = || {
        let before = sim.requests().len();
        let state = ["--state", "state-{index}.json", "--state-out", "state-{index}.json"];
        let args = ["read", "--config", "config.json", "--catalog", "catalog.json"].into_iter().chain(state);
        let args: Vec<&str> = args.collect();
        for index in ["0", "1"] {
            let command = connector.command(&args).env("JOB_COMPLETION_INDEX", index).output().unwrap();
            connector.finished(command).succeeded();
        }
        asked_about(&sim, before, &days)
    };
    let all: BTreeSet<u64> = days.iter().map(|(id, _)| *id).collect();
    assert_eq!(round(), all, "at first");
    assert_eq!(round(), BTreeSet::new(), "nothing moved");
    let ads: Vec<(u64, u64)> = days.iter().map(|(id, day)| (*id, move_day(&sim, *id, *day))).collect();
    assert_eq!(round(), all, "A, B");
    sim.mutate(|world| {
        for (account, ad) in ads {
            let ads = world.account_mut(account).unwrap().all_mut(Level::Ad);
            ads.iter_mut().find(|one| one.id == ad).unwrap().activity = None;
        }
    });
    assert_eq!(round(), all, "A, B, A: what a warehouse holds is B's");
    assert_eq!(round(), BTreeSet::new(), "once");
}
