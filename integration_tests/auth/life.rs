//! Tokens that end while a sync runs: renewed in time, once, and told in CONTROL before their first use.

use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, Flow, GrantState, RefreshData, Rotation, Simulator, TOKEN_GOOD, Terms};

use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, Run, catalog, large, now, small};

fn terms() -> Terms {
    Terms { expires_in: Some(86_400), refresh: true, refresh_expires_in: Some(31_536_000), ..Terms::default() }
}

/// A connector with a refresh token; the access token ends in `hours` as far as the config knows.
fn renewable(sim: &Simulator, terms: Terms, hours: Option<i64>) -> Connector {
    let refresh = sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::Advertiser, terms));
    let mut connector = Connector::to(sim).with("mine", json!({"z": [1, null], "a": "kept"}));
    let credentials = &mut connector.config["credentials"];
    credentials["refresh_token"] = refresh.into();
    credentials["own"] = json!(7);
    if let Some(hours) = hours {
        let ends = now() + TimeDelta::hours(hours) + TimeDelta::minutes(1);
        credentials["access_token_expires_at"] = ends.to_rfc3339().into();
    }
    connector
}

fn renewals(sim: &Simulator) -> usize {
    sim.requests().iter().filter(|request| request.path == "/oauth2/refresh_token/").count()
}

/// The configs that CONTROL messages carry.
fn controls(run: &Run) -> Vec<&Value> {
    run.of_type("CONTROL").map(|message| &message["control"]["connectorConfig"]["config"]).collect()
}

/// Nothing but tokens and times differs, and keys keep their order.
fn assert_only_tokens_changed(before: &Value, after: &Value) {
    let without = |config: &Value| {
        let mut config = config.clone();
        let credentials = config["credentials"].as_object_mut().unwrap();
        for name in ["access_token", "refresh_token", "access_token_expires_at", "refresh_token_expires_at"] {
            credentials.shift_remove(name);
        }
        config.to_string()
    };
    assert_eq!(without(before), without(after));
}

#[test]
fn a_token_with_time_left_is_used_as_it_is() {
    let sim = small();
    let run = renewable(&sim, terms(), Some(6)).read(&catalog::some(&["campaigns"])).succeeded();
    assert_eq!((renewals(&sim), controls(&run).len()), (0, 0));
}

#[test]
fn a_token_near_its_end_is_renewed_first() {
    let sim = small();
    let connector = renewable(&sim, terms(), Some(5));
    let run = connector.read(&catalog::some(&["campaigns", "ads"])).succeeded();
    assert_eq!(renewals(&sim), 1);
    let [config] = controls(&run)[..] else { panic!("{:#?}", controls(&run)) };
    assert_only_tokens_changed(&connector.config, config);
    let (token, refresh) = (&config["credentials"]["access_token"], &config["credentials"]["refresh_token"]);
    assert!(*token != connector.config["credentials"]["access_token"]);
    assert!(*refresh != connector.config["credentials"]["refresh_token"], "rotated");
    // Not a single request left with the old one.
    let requests = sim.requests();
    assert!(requests.iter().all(|request| !request.came_with(TOKEN_GOOD)), "{requests:#?}");
    // What was told works the next time.
    let mut next = Connector::to(&sim);
    next.config = config.clone();
    let run = next.read(&catalog::some(&["campaigns"])).succeeded();
    assert_eq!((renewals(&sim), controls(&run).len()), (1, 0));
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed_once_for_all() {
    let sim = large();
    let connector = renewable(&sim, Terms { kills_old: true, ..terms() }, None);
    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().calls_left = Some(9));
    let run = connector.with("start_date", (now() - chrono::Days::new(3)).date_naive().to_string());
    let run = run.read(&catalog::sampled()).succeeded();
    assert_eq!((renewals(&sim), controls(&run).len()), (1, 1));
    let refused = sim.requests().iter().filter(|request| request.code == Some(40102)).count();
    assert!(refused >= 1, "it did end");
    // CONTROL stands in front of everything that the new token brought.
    let at = run.messages.iter().position(|message| message["type"] == "CONTROL").unwrap();
    assert!(run.messages[at..].iter().any(|message| message["type"] == "RECORD"));
}

#[test]
fn check_and_discover_tell_a_renewal_too() {
    let sim = small();
    let connector = renewable(&sim, terms(), Some(1));
    let run = connector.check().succeeded();
    assert_eq!((run.connection_status().as_str(), controls(&run).len()), ("SUCCEEDED", 1));
    let mut next = renewable(&sim, terms(), Some(1));
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
    next.config["advertiser_id"] = tokyo.into();
    let run = next.destination("discover").succeeded();
    assert_eq!(controls(&run).len(), 1);
}

#[test]
fn answers_are_read_as_they_come() {
    for (rotation, expires_in) in
        [(Rotation::New, Some(3600)), (Rotation::Same, None), (Rotation::Absent, Some(86_400))]
    {
        let sim = small();
        let terms = Terms { rotation, expires_in, refresh_expires_in: None, ..terms() };
        let connector = renewable(&sim, terms, Some(1));
        let run = connector.read(&catalog::some(&["campaigns"])).succeeded();
        assert_eq!(renewals(&sim), 1, "a short life is no reason to renew again");
        let [config] = controls(&run)[..] else { panic!("{:#?}", controls(&run)) };
        let credentials = &config["credentials"];
        assert_eq!(credentials.get("access_token_expires_at").is_some(), expires_in.is_some());
        let same = credentials["refresh_token"] == connector.config["credentials"]["refresh_token"];
        assert_eq!(same, rotation != Rotation::New);
    }
}

/// A refresh token that does not work, and how its end is told.
fn broken(sim: &Simulator, state: GrantState, hours: i64) -> Connector {
    let connector = renewable(sim, terms(), Some(hours));
    let token = connector.config["credentials"]["refresh_token"].as_str().unwrap().to_owned();
    sim.mutate(|world| world.refresh_token_mut(&token).unwrap().state = state);
    connector
}

#[test]
fn a_source_goes_on_while_the_old_token_lives_and_warns() {
    for state in [GrantState::Void, GrantState::Expired] {
        let sim = small();
        let run = broken(&sim, state, 1).read(&catalog::some(&["campaigns"])).succeeded();
        assert_eq!((renewals(&sim), controls(&run).len()), (1, 0));
        let warnings: Vec<_> = run.logs().into_iter().filter(|log| log.starts_with("WARN Renewing")).collect();
        assert_eq!(warnings.len(), 1, "{:#?}", run.logs());
        assert!(warnings[0].contains("Reconnect"), "{warnings:?}");
    }
}

#[test]
fn a_source_whose_token_is_over_says_reconnect() {
    let sim = small();
    let connector = broken(&sim, GrantState::Expired, -1);
    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().calls_left = Some(0));
    let run = connector.read(&catalog::some(&["campaigns"]));
    assert_eq!(run.exit, Some(1));
    insta::assert_snapshot!(run.error());
    let run = connector.check();
    assert!(run.connection_status().contains("Reconnect"), "{}", run.connection_status());
}

#[test]
fn a_destination_that_cannot_renew_stops_writing() {
    let stream = "audience_members";
    let catalog = catalog_of([entry(stream, None, "append")]);
    let member = record(stream, &json!({"email": "person1@example.com", "audience_name": AUDIENCE_SMALL}));
    let sim = small();
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
    for (hours, writes) in [(7, true), (1, false)] {
        let connector = broken(&sim, GrantState::Void, hours).with("advertiser_id", tokyo.clone());
        let before = sim.requests().len();
        let run = connector.write(&catalog, &[member.clone(), state(stream, &json!({"n": 1}))]);
        let wrote = sim.requests()[before..].iter().any(|request| request.path == "/segment/mapping/");
        assert_eq!((run.exit == Some(0), wrote, run.of_type("STATE").count()), (writes, writes, usize::from(writes)));
        if !writes {
            insta::assert_snapshot!(run.error());
        }
    }
}

#[test]
fn a_renewal_that_brings_nothing_is_told() {
    let sim = small();
    sim.mutate(|world| world.grants.refresh_data = RefreshData::Null);
    let run = renewable(&sim, terms(), Some(1)).read(&catalog::some(&["campaigns"])).succeeded();
    let warning = run.logs().into_iter().find(|log| log.starts_with("WARN Renewing")).unwrap();
    insta::assert_snapshot!(warning);
}

#[test]
fn the_end_of_a_refresh_token_is_warned_of_two_weeks_before() {
    for (days, words) in
        [(30, None), (13, Some("ends in 12 days")), (1, Some("ends within a day")), (-1, Some("is over"))]
    {
        let sim = small();
        let mut connector = renewable(&sim, terms(), Some(10));
        let ends = now() + TimeDelta::days(days) - TimeDelta::minutes(5);
        connector.config["credentials"]["refresh_token_expires_at"] = ends.to_rfc3339().into();
        let run = connector.read(&catalog::some(&["campaigns"])).succeeded();
        let warnings: Vec<_> = run.logs().into_iter().filter(|log| log.contains("refresh token")).collect();
        assert_eq!(warnings.len(), usize::from(words.is_some()), "{days}: {warnings:?}");
        assert!(
            words.is_none_or(|words| warnings[0].starts_with("WARN") && warnings[0].contains(words)),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_token_of_a_tiktok_account_is_renewed_at_its_own_place() {
    let sim = small();
    let refresh = sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::User, terms()));
    let mut connector = renewable(&sim, terms(), Some(1));
    connector.config["credentials"]["refresh_token"] = refresh.into();
    connector.config["credentials"]["token_kind"] = "tt_user".into();
    let run = connector.read(&catalog::some(&["campaigns"])).succeeded();
    assert_eq!(controls(&run).len(), 1);
    let asked = sim.requests();
    assert!(asked.iter().any(|request| request.path == "/tt_user/oauth2/refresh_token/"), "{asked:#?}");
    assert_eq!(renewals(&sim), 0);
}
