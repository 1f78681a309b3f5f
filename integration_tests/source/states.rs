//! What a state, and the days of accounts, come to when they are not as expected.

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use simulator::{Account, Simulator};

use crate::harness::{Connector, Run, catalog, now, small};

const STREAM: &str = "ads_reports_daily";

fn day(ago: u64) -> String {
    (now().date_naive() - Days::new(ago)).to_string()
}

fn warnings(run: &Run) -> Vec<String> {
    run.logs().into_iter().filter(|log| log.starts_with("WARN")).collect()
}

fn days(run: &Run) -> BTreeSet<String> {
    run.records(STREAM).filter_map(|row| row["stat_time_day"].as_str()).map(|day| day[..10].to_owned()).collect()
}

fn messages(state: &Value) -> Value {
    json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": STREAM}, "stream_state": state}}])
}

/// The account that is there for it, changed.
fn with_account(change: impl FnOnce(&mut Account)) -> (Simulator, Connector) {
    let sim = small();
    let id = sim.mutate(|world| {
        let id = world.account_named("London").unwrap().id;
        change(world.account_mut(id).unwrap());
        id
    });
    let connector = Connector::to(&sim).with("advertiser_ids", json!([id.to_string()]));
    (sim, connector)
}

#[test]
fn what_airbytes_ui_shows_is_read() {
    let sim = small();
    let own = json!({"stat_time_day": day(4)});
    let connector = Connector::to(&sim).with("attribution_window", 0);
    let expected = days(&connector.read_from(&catalog::some(&[STREAM]), &messages(&own)).succeeded());
    assert_eq!(expected.first(), Some(&day(4)));
    let entry = json!({"streamDescriptor": {"name": STREAM, "namespace": null}, "streamState": own});
    for state in [json!({"stateType": "stream", "connectionId": "c", "streamState": [entry]}), json!([entry])] {
        let run = connector.read_from(&catalog::some(&[STREAM]), &state).succeeded();
        assert_eq!(days(&run), expected, "{state}");
        assert_eq!(warnings(&run), [""; 0], "{state}");
    }
}

#[test]
fn a_state_that_is_about_other_streams_is_warned_of() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", day(2));
    let other = |name: &str| json!({"stream": {"stream_descriptor": {"name": name}, "stream_state": {"a": 1}}});
    let run = connector.read_from(&catalog::some(&[STREAM]), &json!([other("old"), other("older")])).succeeded();
    insta::assert_snapshot!(warnings(&run).join("\n"));
    // A first run that broke off, or a shard that began earlier, has said something of the first streams alone.
    let began = json!([other("advertisers")]);
    let run = connector.read_from(&catalog::some(&["advertisers", STREAM]), &began).succeeded();
    assert_eq!(warnings(&run), [""; 0]);
    // Nothing is expected of a state that says nothing, nor by a stream that has none.
    let full = json!({"streams": [catalog::one("advertisers", "full_refresh", "overwrite")]});
    let nothing = json!([{"stream": {"stream_descriptor": {"name": STREAM}, "stream_state": {}}}]);
    for (catalog, state) in [(full, json!([other("old")])), (catalog::some(&[STREAM]), nothing)] {
        assert_eq!(warnings(&connector.read_from(&catalog, &state).succeeded()), [""; 0], "{state}");
    }
}

#[test]
fn a_state_of_none_of_the_advertisers_is_warned_of() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", day(2));
    let first = connector.read(&catalog::some(&[STREAM])).succeeded();
    let mut state = first.state();
    let again = |state: &Value| connector.read_from(&catalog::some(&[STREAM]), state).succeeded();
    assert_eq!(warnings(&again(&state)), [""; 0]);
    // What is left of an id that was a float for a while.
    for one in state[0]["stream"]["stream_state"]["states"].as_array_mut().unwrap() {
        let id: u64 = one["partition"]["advertiser_id"].as_str().unwrap().parse().unwrap();
        one["partition"]["advertiser_id"] = json!((id / 10_000 * 10_000 + 7).to_string());
    }
    let warned = warnings(&again(&state));
    assert!(warned.len() == 1 && warned[0].contains("about none of the advertisers that are read"), "{warned:#?}");
}

#[test]
fn a_cursor_days_ahead_tells_what_is_read_all_the_same() {
    let sim = small();
    let ahead = (now().date_naive() + Days::new(4)).to_string();
    let state = messages(&json!({"stat_time_day": ahead}));
    let wide = 10;
    for (window, reads) in [(wide, true), (0, false)] {
        let connector = Connector::to(&sim).with("attribution_window", window);
        let run = connector.read_from(&catalog::some(&[STREAM]), &state).succeeded();
        let [warning] = &warnings(&run)[..] else { panic!("{:#?}", run.logs()) };
        assert_eq!(run.records(STREAM).count() > 0, reads, "{warning}");
        let first = (now().date_naive() + Days::new(4) - Days::new(wide)).to_string();
        let words =
            if reads { format!("so only the days from {first} on are read") } else { "so nothing is read".to_owned() };
        assert!(warning.contains(&words), "{warning}");
    }
}

#[test]
fn of_two_cursors_of_one_advertiser_the_earlier_holds() {
    let (_sim, connector) = with_account(|_| {});
    let id = connector.config["advertiser_ids"][0].clone();
    let one = |ago| json!({"partition": {"advertiser_id": id}, "cursor": {"stat_time_day": day(ago)}});
    let state = messages(&json!({"use_global_cursor": false, "states": [one(1), one(5), one(2)]}));
    let run = connector.with("attribution_window", 0).read_from(&catalog::some(&[STREAM]), &state).succeeded();
    assert_eq!(days(&run).first(), Some(&day(5)));
    assert_eq!(run.state()[0]["stream"]["stream_state"]["states"].as_array().unwrap().len(), 1);
}

#[test]
fn full_refresh_with_a_state_goes_on_from_its_cursor() {
    let sim = small();
    let catalog = json!({"streams": [catalog::one(STREAM, "full_refresh", "append")]});
    let connector = Connector::to(&sim).with("attribution_window", 0);
    let run = connector.read_from(&catalog, &messages(&json!({"stat_time_day": day(3)}))).succeeded();
    assert_eq!(days(&run).first(), Some(&day(3)));
}

#[test]
fn a_start_that_is_yet_to_come_is_warned_of() {
    let sim = small();
    for (ahead, warned) in [(30, true), (0, false)] {
        let start = (now().date_naive() + Days::new(ahead)).to_string();
        let run = Connector::to(&sim).with("start_date", start).read(&catalog::some(&[STREAM])).succeeded();
        let told = warnings(&run).iter().any(|log| log.starts_with("WARN `start_date`"));
        assert_eq!(told, warned, "{:#?}", run.logs());
    }
}

#[test]
fn an_account_that_is_yet_to_be_made_is_read_and_warned_of() {
    let (_sim, connector) = with_account(|account| account.created = now() + TimeDelta::days(400));
    let run = connector.with("start_date", day(2)).read(&catalog::some(&[STREAM])).succeeded();
    assert!(run.records(STREAM).count() > 0);
    let [warning] = &warnings(&run)[..] else { panic!("{:#?}", run.logs()) };
    assert!(warning.contains("(London Tea House 🫖) is created on "), "{warning}");
}

#[test]
fn time_zones_are_understood_in_other_words() {
    for shown in ["UTC+8", "GMT+08:00", "asia/shanghai", "(UTC+08:00) Beijing"] {
        let (sim, connector) = with_account(|account| account.zone_shown = Some(shown.to_owned()));
        let run = connector.with("start_date", day(1)).read(&catalog::some(&[STREAM])).succeeded();
        assert_eq!(warnings(&run), [""; 0], "{shown}");
        let requests = sim.requests();
        let last = requests.iter().filter_map(|request| request.query.get("end_date")).max().unwrap();
        let there = now() + TimeDelta::hours(8);
        assert_eq!(*last, there.date_naive().to_string(), "{shown}");
    }
}

#[test]
fn a_time_zone_that_nobody_knows_is_told_with_what_it_means() {
    let (_sim, connector) = with_account(|account| {
        account.zone_shown = Some("Mars/Phobos".to_owned());
        account.zone_name = "Mars Standard Time".to_owned();
    });
    let id = connector.config["advertiser_ids"][0].as_str().unwrap().to_owned();
    let run = connector.with("start_date", day(1)).read(&catalog::some(&[STREAM, "campaigns"])).succeeded();
    insta::assert_snapshot!(warnings(&run).join("\n").replace(&id, "[id]"));
}
