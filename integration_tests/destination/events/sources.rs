//! Pixels, apps and event sets: looked up by `check`, and what a wrong one costs.

use serde_json::{Value, json};
use simulator::{EventOptions, EventSource, Simulator, TOKEN_AGENCY, TOKEN_WITHOUT_EVENTS};

use super::{TRACK, calls, catalog, id_of, ids, landed, lines, object, row, strict, with, writing};
use crate::destination::{account, asked, without_ids, writing_to};
use crate::harness::feed::{catalog_of, entry};
use crate::harness::{Connector, Run, fail, large, small};

/// An id that no account has, in the form of its source's.
fn made_up(source: EventSource) -> &'static str {
    if source == EventSource::Web { "C0NEVER0ANY0PIXEL000" } else { "7000000000000000001" }
}

/// The destination with `events` alone.
fn set(sim: &Simulator, events: Value) -> Connector {
    super::super::writing(sim).with("events", events)
}

fn stopped(run: &Run) -> String {
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0), "{:#?}", run.messages);
    let told = run.error();
    assert!(told.starts_with("config_error: ") && told.ends_with('.'), "{told}");
    told
}

#[test]
fn a_wrong_id_in_the_config_stops_the_run_and_is_named() {
    let mut told = String::new();
    for source in EventSource::ALL {
        let sim = small();
        let connector = set(&sim, json!({"event_source_id": made_up(source)}));
        let rows = (0..2_300).map(|at| row(source, at));
        let run = connector.write(&catalog(&[source]), &lines(object(source), rows));
        let error = stopped(&run);
        assert!(error.contains(made_up(source)), "{error}");
        assert!(calls(&sim).len() <= 3, "{source:?}: {:?}", calls(&sim));
        told += &format!("{}\n  {}\n", source.name(), without_ids(&error));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_source_that_tiktok_calls_invalid_is_named_at_once() {
    for (code, text) in [
        (40002, "Invalid value for event_source_id"),
        (40002, "event_source_id: not a valid string"),
        (40000, "The pixel does not exist"),
        (40001, "No permission"),
    ] {
        let sim = strict(EventOptions { wrong_source: Some((code, text)), ..EventOptions::default() });
        let source = EventSource::Web;
        let rows = (0..900).map(|at| row(source, at));
        let run =
            set(&sim, json!({"event_source_id": "C0010"})).write(&catalog(&[source]), &lines(object(source), rows));
        let error = stopped(&run);
        assert!(error.contains("C0010") && error.contains("pixel"), "{text}: {error}");
        assert_eq!(calls(&sim).len(), 1, "{text}");
    }
}

#[test]
fn a_wrong_id_in_a_row_is_that_rows_fault() {
    for source in EventSource::ALL {
        let sim = small();
        let wrong = |at: usize| at % 10 == 3;
        let rows = (0..200).map(|at| {
            let id = if wrong(at) { made_up(source).to_owned() } else { id_of(&sim, source) };
            with(row(source, at), json!({"event_source_id": id}))
        });
        let connector = super::super::writing(&sim).keeping_rejects();
        let run = connector.write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
        assert_eq!(super::counts(&run, object(source)), (180.0, 20.0), "{source:?}");
        let expected = ids(200).into_iter().filter(|id| !id.ends_with('3')).collect();
        assert_eq!(landed(&sim, &id_of(&sim, source)), expected, "{source:?}");
        let rejects = connector.rejects();
        assert!(rejects.iter().all(|row| row["message"].as_str().unwrap().contains(made_up(source))), "{rejects:#?}");
        assert_eq!(calls(&sim).len(), 2, "{source:?}");
    }
}

#[test]
fn a_pixel_that_another_account_shares_is_the_accounts_too() {
    let sim = small();
    let new_york = account(&sim, "New York");
    let shared = sim.read(|world| {
        let shared = world.sources.pixels.iter().find(|pixel| pixel.shared_with.contains(&new_york));
        shared.unwrap().code.clone()
    });
    let connector = writing_to(&sim, "New York").with("events", json!({"event_source_id": shared}));
    assert_eq!(connector.destination("check").connection_status(), "SUCCEEDED");
    connector.write(&catalog(&[EventSource::Web]), &lines("event_web", [row(EventSource::Web, 1)])).succeeded();
    assert_eq!(landed(&sim, &shared).len(), 1);
}

#[test]
fn a_token_without_the_permission_is_told_so() {
    let sim = small();
    for change in [json!({}), json!({"event_source_id": id_of(&sim, EventSource::Web)})] {
        let rows = (0..50).map(|at| with(row(EventSource::Web, at), change.clone()));
        let run =
            writing(&sim).token(TOKEN_WITHOUT_EVENTS).write(&catalog(&[EventSource::Web]), &lines("event_web", rows));
        let error = stopped(&run);
        assert!(error.contains("No permission") && error.contains("event_source_id"), "{error}");
    }
    assert!(landed(&sim, &id_of(&sim, EventSource::Web)).is_empty());
}

#[test]
fn an_app_that_may_not_send_app_events_is_told_so() {
    let sim = strict(EventOptions { app_allowed: false, ..EventOptions::default() });
    let error = stopped(&super::write(&sim, EventSource::App, 20));
    assert!(error.contains("allowlist"), "{error}");
}

#[test]
fn one_id_for_two_kinds_is_told_by_check_and_before_the_first_row() {
    let sim = small();
    let mapping = |stream: &str, object: &str| json!({"stream": stream, "object": object, "event": "Purchase"});
    let connector = set(&sim, json!({"event_source_id": id_of(&sim, EventSource::Web)}))
        .with("mappings", json!([mapping("orders", "event_web"), mapping("installs", "event_app")]));
    let status = connector.destination("check").connection_status();
    let told = status.strip_prefix("FAILED: ").unwrap();
    let entry = |stream: &str| {
        let mut entry = entry(stream, None, "append");
        let columns = json!({"event_time": {}, "page_url": {}, "app_id": {}, "gaid": {}});
        entry["stream"]["json_schema"] = json!({"properties": columns});
        entry
    };
    let run = connector
        .write(&catalog_of([entry("orders"), entry("installs")]), &lines("orders", [row(EventSource::Web, 1)]));
    assert_eq!(stopped(&run), format!("config_error: {told}"));
    assert_eq!(asked(&sim, TRACK), 0);
}

/// A name for the case, and the connector in it.
fn cases(sim: &Simulator) -> Vec<(String, Connector)> {
    let mut cases = Vec::new();
    for source in EventSource::ALL {
        let name = source.name();
        let of = |id: &str| set(sim, json!({"event_source": name, "event_source_id": id}));
        cases.push((format!("{name}: right"), of(&id_of(sim, source))));
        cases.push((format!("{name}: made up"), of(made_up(source))));
    }
    let web = id_of(sim, EventSource::Web);
    let elsewhere =
        sim.read(|world| world.event_source_id(world.account_named("London").unwrap().id, EventSource::Web));
    let mapping = |object: &str, id: &str| json!([{"stream": "s", "object": object, "event_source_id": id}]);
    let plain = || super::super::writing(sim);
    let without = |connector: Connector| connector.token(TOKEN_WITHOUT_EVENTS);
    let named = json!({"event_source": "web", "event_source_id": web});
    let other = |name: &str| (format!("no events: {name}"), plain());
    cases.extend([
        ("a pixel of another account".to_owned(), set(sim, json!({"event_source_id": elsewhere}))),
        ("a pixel as an event set".to_owned(), set(sim, json!({"event_source": "crm", "event_source_id": web}))),
        ("a source that is not said".to_owned(), set(sim, json!({"event_source_id": id_of(sim, EventSource::Crm)}))),
        ("a mapping: right".to_owned(), plain().with("mappings", mapping("event_web", &web))),
        ("a mapping: made up".to_owned(), plain().with("mappings", mapping("event_web", "C1"))),
        ("a mapping: of another kind".to_owned(), plain().with("mappings", mapping("event_app", &web))),
        (
            "one id for two kinds".to_owned(),
            set(sim, json!({"event_source_id": web})).with(
                "mappings",
                json!([{"stream": "orders", "object": "event_web"}, {"stream": "installs", "object": "event_app"}]),
            ),
        ),
        (
            "one id for the kind of the mappings".to_owned(),
            set(sim, json!({"event_source_id": web}))
                .with("mappings", json!([{"stream": "orders", "object": "event_crm"}])),
        ),
        ("a mapping of members".to_owned(), plain().with("mappings", mapping("audience_members", "C1"))),
        ("an account without any".to_owned(), writing_to(sim, "Empty").with("events", named.clone())),
        ("lists that are forbidden".to_owned(), without(set(sim, named))),
        other("nothing set"),
        ("no events: lists that are forbidden".to_owned(), without(plain())),
    ]);
    cases
}

/// Pixel codes are the simulator's.
fn without_codes(sim: &Simulator, text: &str) -> String {
    let codes = sim.read(|world| world.sources.pixels.iter().map(|pixel| pixel.code.clone()).collect::<Vec<_>>());
    codes.iter().fold(without_ids(text), |text, code| text.replace(code, "[code]"))
}

#[test]
fn check_knows_what_the_account_has() {
    let sim = small();
    let mut told = String::new();
    for (name, connector) in cases(&sim) {
        let before = sim.requests().len();
        let run = connector.destination("check");
        assert_eq!((run.exit, run.errors().len()), (Some(0), 0), "{name}");
        let warnings = run.logs().into_iter().filter(|log| log.starts_with("WARN"));
        let lines: Vec<String> = std::iter::once(run.connection_status()).chain(warnings).collect();
        told += &format!("{name}\n  {}\n", without_codes(&sim, &lines.join("\n  ")));
        let lists = ["/pixel/list/", "/app/list/", "/offline/get/", "/crm/list/"];
        let looked = sim.requests()[before..].iter().any(|request| lists.contains(&request.path.as_str()));
        let none = ["a mapping of members", "one id for two kinds"].contains(&&*name);
        assert_eq!(looked, !name.starts_with("no events") && !none, "{name}");
        assert_eq!(asked(&sim, TRACK), 0);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn check_turns_every_page() {
    let sim = large();
    let account = account(&sim, "Large");
    let pixels = sim.read(|world| world.sources.ids(account, EventSource::Web));
    assert!(pixels.len() > 40);
    for id in [pixels.first().unwrap(), pixels.last().unwrap()] {
        let connector = writing_to(&sim, "Large").with("events", json!({"event_source": "web", "event_source_id": id}));
        assert_eq!(connector.destination("check").connection_status(), "SUCCEEDED");
    }
    let wrong = writing_to(&sim, "Large").with("events", json!({"event_source_id": "C1"}));
    let told = wrong.destination("check").connection_status();
    assert!(told.starts_with("FAILED: ") && told.contains(" more"), "{told}");
}

#[test]
fn check_tries_again_when_a_list_breaks() {
    let sim = small();
    fail(&sim, "path=/pixel/list/,times=2,kinds=html502|drop");
    let connector = set(&sim, json!({"event_source": "web", "event_source_id": id_of(&sim, EventSource::Web)}));
    assert_eq!(connector.destination("check").connection_status(), "SUCCEEDED");
}

#[test]
fn a_list_that_stays_broken_does_not_fail_a_sync() {
    let sim = small();
    fail(&sim, "path=/crm/list/,kind=40001");
    let source = EventSource::Crm;
    let rows = (0..20).map(|at| with(row(source, at), json!({"event_source_id": id_of(&sim, source)})));
    let run = super::super::writing(&sim).write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
    assert_eq!(super::counts(&run, object(source)), (20.0, 0.0));
    assert_eq!(asked(&sim, "/crm/list/"), 1, "asked once, not for every row");
}

#[test]
fn an_account_of_an_agency_has_its_own() {
    let sim = small();
    let pending = account(&sim, "Pending");
    let Some(pixel) = sim.read(|world| world.event_source_id(pending, EventSource::Web)) else { return };
    let connector = writing_to(&sim, "Pending").token(TOKEN_AGENCY).with("events", json!({"event_source_id": pixel}));
    assert_eq!(connector.destination("check").connection_status(), "SUCCEEDED");
}
