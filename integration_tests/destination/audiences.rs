//! Audiences are found, or created once.

use std::time::Duration;

use serde_json::json;
use simulator::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_CUT, AUDIENCE_EXPIRED, AUDIENCE_FILE, AUDIENCE_OTHER_CASE, AUDIENCE_SMALL,
    AUDIENCE_STREAMING, AUDIENCE_TWINS, IdType, Simulator,
};

use super::{STREAM, account, asked, audience, hashes, held, people, plain, without_ids, writing, writing_to};
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, at_once, fail, large, slow, small};

fn to(name: &str, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = people(name, count).iter().map(|person| record(STREAM, person)).collect();
    lines.push(state(STREAM, &json!({})));
    lines
}

#[test]
fn a_missing_audience_is_created_once_and_found_again() {
    let sim = small();
    for _ in 0..2 {
        writing(&sim).write(&plain(), &to("Winter", 3)).succeeded();
    }
    assert_eq!(asked(&sim, "/segment/audience/"), 1);
    assert_eq!(held(&sim, audience(&sim, "Winter"), IdType::EmailSha256), hashes(3));
}

#[test]
fn a_create_whose_answer_is_lost_makes_no_twin() {
    at_once(&["drop", "reset", "truncate", "wrongjson", "empty", "html502", "50000"], |kind| {
        let sim = small();
        fail(&sim, &format!("path=/segment/audience/,times=1,kind={kind},committed=true"));
        writing(&sim).write(&plain(), &to("Winter", 3)).succeeded();
        let tokyo = account(&sim, "Tokyo");
        let named = sim.read(|world| world.audiences_named(tokyo, "Winter").len());
        assert_eq!(named, 1, "{kind}");
    });
}

#[test]
fn a_create_that_failed_is_tried_again() {
    at_once(&["drop", "html502", "50000", "40100"], |kind| {
        let sim = small();
        fail(&sim, &format!("path=/segment/audience/,times=1,kind={kind}"));
        writing(&sim).write(&plain(), &to("Winter", 3)).succeeded();
        assert_eq!(held(&sim, audience(&sim, "Winter"), IdType::EmailSha256), hashes(3), "{kind}");
    });
}

/// Names alike in their first 67 characters, which TikTok would make one.
#[test]
fn a_name_that_tiktok_would_cut_is_refused() {
    let sim = small();
    let long = format!("{} with boots", AUDIENCE_CUT.trim_end_matches('.'));
    let connector = writing(&sim).keeping_rejects();
    let rows = [&long, &"é".repeat(71)].map(|name| people(name, 1)).concat();
    let mut lines: Vec<String> = rows.iter().map(|row| record(STREAM, row)).collect();
    lines.push(record(STREAM, &json!({"email": "person0@example.com", "audience_name": AUDIENCE_CUT})));
    connector.write(&plain(), &lines);
    let reasons: Vec<_> = connector.rejects().iter().map(|row| row["reason"].clone()).collect();
    assert_eq!(reasons, ["invalid_audience_name", "invalid_audience_name"]);
    assert_eq!(asked(&sim, "/segment/audience/"), 0);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_CUT), IdType::EmailSha256), hashes(1));
    let told = mapped(&sim, &long).write(&plain(), &[]).error();
    assert!(told.contains("`mappings[0].audience_name` has more than 70 characters"), "{told}");
}

/// The connector with a mapping that names the audience.
fn mapped(sim: &Simulator, name: &str) -> Connector {
    writing(sim).with("mappings", json!([{"stream": STREAM, "object": STREAM, "audience_name": name}]))
}

#[test]
fn what_is_no_name_makes_no_audience() {
    let sim = small();
    let connector = writing(&sim).keeping_rejects();
    let names = [json!(true), json!("False"), json!("two\nlines"), json!("NULL"), json!("jane@example.com")];
    let mut lines: Vec<String> = names
        .iter()
        .map(|name| record(STREAM, &json!({"email": "person0@example.com", "audience_name": name})))
        .collect();
    lines.extend(to(" Winter\t", 3));
    connector.write(&plain(), &lines).succeeded();
    assert_eq!(connector.rejects().len(), names.len());
    assert_eq!(held(&sim, audience(&sim, "Winter"), IdType::EmailSha256), hashes(3));
    let people: Vec<String> =
        (3..5).map(|at| record(STREAM, &json!({"email": format!("person{at}@example.com")}))).collect();
    mapped(&sim, "  Winter\n").write(&plain(), &people).succeeded();
    assert_eq!(asked(&sim, "/segment/audience/"), 1);
    assert_eq!(held(&sim, audience(&sim, "Winter"), IdType::EmailSha256), hashes(5));
}

#[test]
fn a_name_beside_another_of_the_same_letters_is_told() {
    let sim = small();
    let told = |name: &str| {
        let run = writing(&sim).write(&plain(), &to(name, 1)).succeeded();
        run.logs().into_iter().filter(|log| log.starts_with("WARN") && log.contains("to the letter")).count()
    };
    assert_eq!([told("beta TESTERS"), told("Betatesters"), told("Winter")], [1, 1, 0]);
    assert_eq!(asked(&sim, "/segment/audience/"), 3);
}

#[test]
fn runs_side_by_side_fill_one_audience() {
    let sim = slow(Duration::from_millis(300));
    let halves = [(0..50).collect::<Vec<_>>(), (50..100).collect()];
    at_once(&halves, |half| {
        let rows = half.iter().map(|at| json!({"email": format!("person{at}@example.com"), "audience_name": "Winter"}));
        let lines: Vec<String> = rows.map(|row| record(STREAM, &row)).collect();
        writing(&sim).write(&plain(), &lines).succeeded();
    });
    // A third run, later, is not stopped by twins.
    let third = writing(&sim).write(&plain(), &to("Winter", 100)).succeeded();
    let tokyo = account(&sim, "Tokyo");
    let twins =
        sim.read(|world| world.audiences_named(tokyo, "Winter").into_iter().map(|one| one.id).collect::<Vec<_>>());
    let oldest = twins.iter().min().unwrap();
    assert_eq!(held(&sim, *oldest, IdType::EmailSha256), hashes(100));
    for other in twins.iter().filter(|id| *id != oldest) {
        assert!(held(&sim, *other, IdType::EmailSha256).is_empty());
    }
    let told = third.logs().into_iter().any(|log| log.starts_with("WARN") && log.contains("side by side"));
    assert_eq!(told, twins.len() > 1, "{twins:?}");
}

#[test]
fn a_run_creates_only_so_many() {
    for (set, most) in [(json!({}), 20), (json!({"max_created": 3}), 3)] {
        let sim = small();
        let lines: Vec<String> = (0..30).flat_map(|at| to(&format!("Group {at}"), 1)).collect();
        let run = writing(&sim).with("audience", set).write(&plain(), &lines);
        assert_eq!(run.exit, Some(1));
        let told = run.error();
        assert!(told.contains(&format!("A run creates at most {most} audiences")), "{told}");
        assert!(told.contains("rows name others that do not exist"), "{told}");
        assert_eq!(asked(&sim, "/segment/audience/"), most);
    }
    let error =
        writing(&small()).with("audience", json!({"max_created": 401})).destination("check").connection_status();
    assert!(error.contains("`audience.max_created` is 401; it must be at most 400"), "{error}");
}

#[test]
fn an_account_that_is_full_gets_no_more() {
    let sim = small();
    let tokyo = account(&sim, "Tokyo");
    sim.mutate(|world| {
        for at in world.audiences_of(tokyo).len()..400 {
            world.create_audience(tokyo, &format!("Filler {at}"));
        }
    });
    let told = writing(&sim).write(&plain(), &to("Winter", 1)).error();
    assert!(told.starts_with("config_error: ") && told.contains("TikTok allows 400"), "{told}");
    assert_eq!(asked(&sim, "/segment/audience/"), 0);
}

#[test]
fn an_audience_that_expired_says_so() {
    let sim = small();
    let told = writing(&sim).write(&plain(), &to(AUDIENCE_EXPIRED, 3)).error();
    assert!(told.starts_with("config_error: The audience") && told.contains(" expired on "), "{told}");
    let connector = writing(&sim).keeping_rejects();
    let row = json!({"email": "person0@example.com", "audience_id": audience(&sim, AUDIENCE_EXPIRED).to_string()});
    connector.write(&plain(), &[record(STREAM, &row)]);
    assert!(connector.rejects()[0]["message"].as_str().unwrap().contains(" expired on "));
    assert_eq!(asked(&sim, "/segment/mapping/"), 0);
}

/// What `check` says of a mapping is what `write` would say.
#[test]
fn check_looks_at_the_audiences_that_mappings_name() {
    let sim = small();
    let id = |name: &str| {
        sim.read(|world| {
            world.audiences_of(account(&sim, "Tokyo")).iter().find(|a| a.name == name).unwrap().id.to_string()
        })
    };
    let by = |field: &str, value: &str| {
        let mut mapping = json!({"stream": "customers", "object": STREAM, "fields": {"email": "mail"}});
        mapping[field] = value.into();
        mapping
    };
    let object = |name: &str| json!({"stream": "customers", "object": name, "fields": {"email": "mail"}});
    let cases = [
        ("right, by name", by("audience_name", AUDIENCE_SMALL)),
        ("right, by id", by("audience_id", &id(AUDIENCE_SMALL))),
        ("right, by object", object(&format!("audience: {AUDIENCE_SMALL} ({})", id(AUDIENCE_SMALL)))),
        ("not there yet", by("audience_name", "Winter")),
        ("twins", by("audience_name", AUDIENCE_TWINS)),
        ("a file", by("audience_name", AUDIENCE_FILE)),
        ("a file, by id", by("audience_id", &id(AUDIENCE_FILE))),
        ("expired", by("audience_name", AUDIENCE_EXPIRED)),
        ("expired, by object", object(&format!("audience: Old ({})", id(AUDIENCE_EXPIRED)))),
        ("unknown", by("audience_id", "7000000000000000001")),
        ("no object", object("audience_member")),
        ("no field", json!({"stream": "customers", "object": STREAM, "fields": {"e_mail": "mail"}})),
    ];
    let mut table = String::new();
    for (name, mapping) in cases {
        let connector = writing(&sim).with("mappings", json!([mapping]));
        let before = asked(&sim, "/dmp/custom_audience/list/");
        let status = connector.destination("check").connection_status();
        assert_eq!(asked(&sim, "/dmp/custom_audience/list/"), before + 1, "{name}");
        let mut entry = entry("customers", None, "append");
        entry["stream"]["json_schema"] = json!({"properties": {"mail": {}}});
        let run =
            connector.write(&catalog_of([entry]), &[record("customers", &json!({"mail": "person0@example.com"}))]);
        match status.strip_prefix("FAILED: ") {
            Some(told) if !name.contains("by") && name != "unknown" => {
                assert_eq!(run.error(), format!("config_error: {told}"), "{name}")
            }
            _ => {}
        }
        table += &format!("{name}\n  {}\n", without_ids(&status));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_audience_on_the_last_page_is_found() {
    let sim = large();
    writing_to(&sim, "Large").write(&plain(), &to(AUDIENCE_SMALL, 3)).succeeded();
    assert_eq!(asked(&sim, "/segment/audience/"), 0);
    assert!(asked(&sim, "/dmp/custom_audience/list/") >= 3);
}

#[test]
fn names_are_exact_and_a_file_of_the_same_name_is_no_matter() {
    let sim = small();
    for name in [AUDIENCE_OTHER_CASE, AUDIENCE_BOTH_KINDS] {
        writing(&sim).write(&plain(), &to(name, 3)).succeeded();
        assert_eq!(held(&sim, audience(&sim, name), IdType::EmailSha256), hashes(3));
    }
    assert!(held(&sim, audience(&sim, AUDIENCE_STREAMING), IdType::EmailSha256).is_empty());
}

#[test]
fn what_is_no_audience_for_members_is_explained() {
    let sim = small();
    let tokyo = account(&sim, "Tokyo");
    let file = sim.read(|world| world.audiences_of(tokyo).into_iter().find(|a| a.name == AUDIENCE_FILE).unwrap().id);
    let london = account(&sim, "London");
    let elsewhere = sim.read(|world| world.audiences_named(london, AUDIENCE_SMALL)[0].id);
    let by = |field: &str, value: &str| json!({"email": "someone@example.com", field: value});
    let cases = [("twins", by("audience_name", AUDIENCE_TWINS)), ("a file", by("audience_name", AUDIENCE_FILE))];
    let rows = [
        by("audience_id", &file.to_string()),
        by("audience_id", "7000000000000000001"),
        by("audience_id", &elsewhere.to_string()),
    ];
    let mut told = String::new();
    for (name, data) in cases {
        let run = writing(&sim).write(&plain(), &[record(STREAM, &data), state(STREAM, &json!({}))]);
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0), "{name}");
        told += &format!("{name}\n  {}\n", without_ids(&run.error()));
    }
    // An id in one row is that row's fault.
    for data in rows {
        let run = writing(&sim).write(&plain(), &[record(STREAM, &data), state(STREAM, &json!({}))]);
        assert!(run.error().contains("was rejected for unknown_audience: "), "{}", run.error());
        let stats = run.of_type("STATE").next().unwrap()["state"]["destinationStats"].clone();
        assert_eq!(stats, json!({"recordCount": 0.0, "rejectedRecordCount": 1.0}));
    }
    let never = writing(&sim).with("audience", json!({"create_missing": false}));
    told += &format!("not to be created\n  {}\n", without_ids(&never.write(&plain(), &to("Winter", 3)).error()));
    assert_eq!(asked(&sim, "/segment/audience/") + asked(&sim, "/segment/mapping/"), 0);
    insta::assert_snapshot!(told);
    let twins =
        sim.read(|world| world.audiences_named(tokyo, AUDIENCE_TWINS).into_iter().map(|a| a.id).collect::<Vec<_>>());
    let error = writing(&sim).write(&plain(), &to(AUDIENCE_TWINS, 1)).error();
    assert!(twins.len() == 2 && twins.iter().all(|id| error.contains(&id.to_string())), "{error}");
}
