//! Going on from a state.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use simulator::{Level, Simulator, TOKEN_GOOD};
use tiktok_ads::streams::{self, Read, StreamDef};

use crate::harness::expected;
use crate::harness::{Connector, Run, catalog, now, small};

const LISTINGS: [(&str, Level); 3] =
    [("campaigns", Level::Campaign), ("ad_groups", Level::AdGroup), ("ads", Level::Ad)];

fn first_run(sim: &Simulator) -> Run {
    let start = now().date_naive() - Days::new(35);
    Connector::to(sim).with("start_date", start.to_string()).read(&catalog::sampled()).succeeded()
}

fn keys(run: &Run, stream: &str) -> BTreeSet<String> {
    let stream = streams::find(stream).unwrap();
    expected::by_key(run, stream).into_keys().collect()
}

/// `count` objects of every listing are changed after the first read began. The connector takes what changed in
/// its last minutes for unseen, so the world's clock is turned on by more than that.
fn change(sim: &Simulator) -> Vec<(&'static str, BTreeSet<String>)> {
    sim.mutate(|world| {
        world.now = now() + TimeDelta::hours(1);
        let tokyo = world.account_named("Tokyo").unwrap().id;
        let moment = world.now;
        LISTINGS
            .iter()
            .map(|(stream, level)| {
                let added = world.create(tokyo, *level).unwrap();
                let account = world.account_mut(tokyo).unwrap();
                let old = account.listed(*level, false).last().unwrap().id;
                let entity = account.all_mut(*level).iter_mut().find(|entity| entity.id == old).unwrap();
                entity.modified = Some(moment);
                entity.name = "Renamed".to_owned();
                (*stream, BTreeSet::from([added.to_string(), old.to_string()]))
            })
            .collect()
    })
}

#[test]
fn a_second_run_brings_what_changed_and_the_days_that_may_have() {
    let sim = small();
    let first = first_run(&sim);
    let changed = change(&sim);
    let second = Connector::to(&sim).with("attribution_window", 5).read_from(&catalog::sampled(), &first.state());
    let second = second.succeeded();
    let timeless = sim.read(|world| {
        let ads = expected::accounts(world, TOKEN_GOOD).into_iter().flat_map(|a| a.all(Level::Ad).to_vec());
        ads.filter(|ad| ad.modified.is_none()).map(|ad| ad.id.to_string()).collect::<BTreeSet<_>>()
    });
    for (stream, mut expected) in changed {
        // Without a time of change it cannot be told whether it changed, so these come each time. What the
        // first run saw last may come again: a cursor says "from here on".
        if stream == "ads" {
            expected.extend(timeless.clone());
        }
        let found = keys(&second, stream);
        assert!(found.is_superset(&expected), "{stream}: {found:?} lacks some of {expected:?}");
        assert!(found.len() <= expected.len() + 4, "{stream}: {} for {}", found.len(), expected.len());
    }
    let days = days_asked_for(&sim, now().date_naive() + Days::new(2));
    assert_eq!(days, BTreeSet::from([6]), "the cursor's day and the window before it");
}

/// How many days the report requests since the last listing of advertisers spanned up to each advertiser's today.
fn days_asked_for(sim: &Simulator, no_later: NaiveDate) -> BTreeSet<i64> {
    let requests = sim.requests();
    let begin = requests.iter().rposition(|one| one.path == "/oauth2/advertiser/get/").unwrap();
    let reports = requests[begin..].iter().filter(|one| one.path == "/report/integrated/get/");
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    reports
        .map(|one| (day(&one.query["start_date"]), day(&one.query["end_date"])))
        .inspect(|(_, end)| assert!(*end <= no_later))
        .map(|(start, end)| (end - start).num_days() + 1)
        .collect()
}

#[test]
fn nothing_new_means_the_same_state_again() {
    let sim = small();
    let first = first_run(&sim);
    let second = Connector::to(&sim).read_from(&catalog::sampled(), &first.state()).succeeded();
    for stream in catalog::sample().filter(|stream| stream.is_incremental()) {
        let last = |run: &Run| run.states(&stream.name).next_back().unwrap()["stream"]["stream_state"].clone();
        assert_eq!(last(&second), last(&first), "{}", stream.name);
    }
}

/// One stream's state in the form of the protocol.
fn state_of(stream: &str, state: &Value) -> Value {
    json!([{"type": "STREAM", "id": 7, "stream": {
        "stream_descriptor": {"name": stream, "namespace": null}, "stream_state": state}}])
}

#[test]
fn every_form_of_state_that_airbytes_connector_ever_emitted_is_taken() {
    let sim = small();
    let accounts = sim.read(|world| world.token(TOKEN_GOOD).unwrap().reaches.clone());
    let day = now().date_naive() - Days::new(6);
    let each: Vec<_> = accounts
        .iter()
        .map(|id| json!({"partition": {"advertiser_id": id, "parent_slice": {}}, "cursor": {"stat_time_day": day}}))
        .collect();
    let catalog = catalog::some(&["ads_reports_daily"]);
    let mut all: Vec<BTreeSet<String>> = Vec::new();
    for state in [
        json!({"stat_time_day": day}),
        json!({"stat_time_day": format!("{day} 00:00:00")}),
        json!({"use_global_cursor": false, "states": each, "lookback_window": 3, "parent_state": {}}),
        json!({"use_global_cursor": true, "state": {"stat_time_day": day}, "states": []}),
    ] {
        let run = Connector::to(&sim).read_from(&catalog, &state_of("ads_reports_daily", &state)).succeeded();
        let oldest = run.records("ads_reports_daily").filter_map(|row| row["stat_time_day"].as_str()).min().unwrap();
        assert_eq!(&oldest[..10], (day - Days::new(3)).to_string(), "{state}");
        all.push(keys(&run, "ads_reports_daily"));
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}

/// The states of Airbyte's streams with a cursor, each written by `form` from the cursor's name and value, three days
/// ago.
fn states_of_all(form: impl Fn(&'static str, &str) -> Value) -> Value {
    let day = now().date_naive() - Days::new(3);
    let mut states = Vec::new();
    for stream in airbytes() {
        let field = stream.cursor.unwrap();
        let cursor = match field {
            "modify_time" => format!("{day} 00:00:00Z"),
            "stat_time_hour" => format!("{day} 15:00:00"),
            _ => day.to_string(),
        };
        states.extend(state_of(&stream.name, &form(field, &cursor)).as_array().unwrap().clone());
    }
    states.into()
}

fn airbytes() -> impl Iterator<Item = &'static StreamDef> {
    streams::all()[..44].iter().map(|stream| &**stream).filter(|stream| stream.is_incremental())
}

#[test]
fn the_oldest_states_of_every_stream_mean_what_those_of_today_do() {
    let sim = small();
    let names: Vec<&str> = airbytes().map(|stream| &*stream.name).collect();
    assert_eq!(names.len(), 30);
    let connector = Connector::to(&sim).with("attribution_window", 1);
    let read = |state: &Value| {
        let run = connector.read_from(&catalog::some(&names), state).succeeded();
        let all: Vec<(&str, BTreeSet<String>)> = names.iter().map(|name| (*name, keys(&run, name))).collect();
        all
    };
    let ids = sim.read(|world| world.token(TOKEN_GOOD).unwrap().reaches.clone());
    let today = read(&states_of_all(|field, cursor| {
        let one = |id| json!({"partition": {"advertiser_id": id, "parent_slice": {}}, "cursor": {field: cursor}});
        let states: Vec<_> = ids.iter().map(one).collect();
        json!({"use_global_cursor": false, "states": states, "state": {field: "2026-01-01"}, "lookback_window": 9})
    }));
    let oldest = read(&states_of_all(|field, cursor| json!({field: cursor, "dimensions": {"ad_id": 1}})));
    assert_eq!(oldest, today);
    assert!(today.iter().filter(|(_, keys)| !keys.is_empty()).count() >= 25);
}

#[test]
fn a_changed_start_date_moves_no_cursor_back_and_leaves_out_what_is_older() {
    let sim = small();
    let day = |ago: u64| (now().date_naive() - Days::new(ago)).to_string();
    let names = ["ads_reports_daily", "campaigns_reports_hourly", "campaigns"];
    let since = |ago: u64| Connector::to(&sim).with("start_date", day(ago)).with("attribution_window", 10);
    let first = since(20).read(&catalog::some(&names)).succeeded();
    for (start, oldest) in [(2, 2), (40, 10)] {
        let run = since(start).read_from(&catalog::some(&names), &first.state()).succeeded();
        for (name, field) in [("ads_reports_daily", "stat_time_day"), ("campaigns_reports_hourly", "stat_time_hour")] {
            let first_day = run.records(name).filter_map(|row| row[field].as_str()).min().unwrap();
            // Some advertiser's day may have begun before or after ours.
            let range = day(oldest + 1)..=day(oldest - 1);
            assert!(range.contains(&first_day[..10].to_owned()), "{name} from {start} days ago: {first_day}");
        }
        let older = run.records("campaigns").filter(|row| row["modify_time"].as_str() < Some(&day(21)));
        assert_eq!(older.count(), 0, "what was left out at first stays so: its cursor has passed it");
    }
}

#[test]
fn a_state_from_the_future_brings_nothing_and_is_kept() {
    let sim = small();
    for stream in catalog::sample() {
        let Some(field) = stream.cursor else { continue };
        let far = if matches!(stream.read, Read::Report(_)) { "2099-01-01" } else { "2099-01-01 00:00:00Z" };
        let state = state_of(&stream.name, &json!({ field: far }));
        let run = Connector::to(&sim).read_from(&catalog::some(&[&stream.name]), &state).succeeded();
        // An object that does not say when it changed may have changed just now.
        assert!(run.records(&stream.name).all(|record| record[field].is_null()), "{}", stream.name);
        let last = run.states(&stream.name).next_back().unwrap();
        for partition in last["stream"]["stream_state"]["states"].as_array().unwrap() {
            assert_eq!(partition["cursor"][field], far, "{}", stream.name);
        }
    }
}

#[test]
fn a_state_of_tomorrow_means_today() {
    let sim = small();
    // One account, for it may be tomorrow already in the zone of another.
    let (id, today) = sim.read(|world| {
        let tokyo = world.account_named("Tokyo").unwrap();
        (tokyo.id, tokyo.day_at(now()))
    });
    let tomorrow = today + Days::new(1);
    for stream in catalog::sample() {
        let Some(field) = stream.cursor else { continue };
        let report = matches!(stream.read, Read::Report(_));
        let state = if report { json!({ field: tomorrow }) } else { json!({ field: format!("{tomorrow} 00:00:00Z") }) };
        let connector =
            Connector::to(&sim).with("attribution_window", 0).with("advertiser_ids", json!([id.to_string()]));
        let run = connector.read_from(&catalog::some(&[&stream.name]), &state_of(&stream.name, &state)).succeeded();
        assert!(
            !report || sim.requests().iter().any(|one| one.query.get("end_date") == Some(&today.to_string())),
            "{}: today is asked for",
            stream.name
        );
        for partition in run.state()[0]["stream"]["stream_state"]["states"].as_array().unwrap() {
            assert!(partition["cursor"][field].as_str().unwrap() < tomorrow.to_string().as_str(), "{partition}");
        }
    }
}

#[test]
fn more_advertisers_later_start_from_the_start_and_fewer_keep_the_others_cursors() {
    let sim = small();
    let ids = sim.read(|world| world.token(TOKEN_GOOD).unwrap().reaches.clone());
    let start = now().date_naive() - Days::new(20);
    let connector = |some: &[u64]| {
        let named: Vec<String> = some.iter().map(u64::to_string).collect();
        Connector::to(&sim).with("start_date", start.to_string()).with("advertiser_ids", named)
    };
    let catalog = catalog::some(&["ads_reports_daily", "campaigns"]);
    let whole = connector(&ids).read(&catalog).succeeded();
    let one = connector(&ids[..1]).read(&catalog).succeeded();
    let all = connector(&ids).read_from(&catalog, &one.state()).succeeded();
    for name in ["ads_reports_daily", "campaigns"] {
        let found: BTreeSet<String> = keys(&one, name).union(&keys(&all, name)).cloned().collect();
        assert_eq!(found, keys(&whole, name), "{name}");
    }
    let fewer = connector(&ids[..1]).read_from(&catalog, &all.state()).succeeded();
    let again = connector(&ids).read_from(&catalog, &fewer.state()).succeeded();
    let others = again.records("ads_reports_daily").filter(|row| row["advertiser_id"] != ids[0]);
    let oldest = others.filter_map(|row| row["stat_time_day"].as_str()).min().unwrap();
    assert!(oldest >= (now().date_naive() - Days::new(5)).to_string().as_str(), "{oldest}: they go on");
}

#[test]
fn a_state_that_says_nothing_means_from_the_start() {
    let sim = small();
    let connector = Connector::to(&sim);
    let whole = keys(&connector.read(&catalog::some(&["campaigns"])), "campaigns");
    connector.file("catalog.json", &catalog::some(&["campaigns"]).to_string());
    let other = state_of("a_stream_that_was_removed", &json!({"x": 1})).to_string();
    let null = state_of("campaigns", &Value::Null).to_string();
    let done = state_of("campaigns", &json!({"__ab_full_refresh_sync_complete": true})).to_string();
    let none = state_of("campaigns", &json!({"__ab_no_cursor_state_message": true})).to_string();
    for text in ["", "[]", "{}", "null", &other, &null, &done, &none] {
        connector.file("state.json", text);
        let args = ["read", "--config", "config.json", "--catalog", "catalog.json", "--state", "state.json"];
        assert_eq!(keys(&connector.run(&args).succeeded(), "campaigns"), whole, "{text}");
    }
}

#[test]
fn an_advertiser_that_is_not_read_any_more_keeps_its_place() {
    let sim = small();
    let gone = json!({"partition": {"advertiser_id": "6999", "parent_slice": {}},
        "cursor": {"modify_time": "2024-05-06 07:08:09Z"}});
    let state = state_of("campaigns", &json!({"use_global_cursor": false, "states": [gone]}));
    let run = Connector::to(&sim).read_from(&catalog::some(&["campaigns"]), &state).succeeded();
    let last = run.states("campaigns").next_back().unwrap();
    let kept = last["stream"]["stream_state"]["states"].as_array().unwrap();
    assert!(kept.contains(&gone), "{kept:#?}");
    assert_eq!(kept.len(), 4, "and the three accounts that hold a campaign");
}
