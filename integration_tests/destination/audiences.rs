//! Audiences are found, or created once.

use serde_json::json;
use simulator::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_CUT, AUDIENCE_FILE, AUDIENCE_OTHER_CASE, AUDIENCE_SMALL, AUDIENCE_STREAMING,
    AUDIENCE_TWINS, IdType,
};

use super::{STREAM, account, asked, audience, hashes, held, people, plain, without_ids, writing, writing_to};
use crate::harness::feed::{record, state};
use crate::harness::{at_once, fail, large, small};

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

#[test]
fn a_long_name_is_found_again_as_tiktok_cut_it() {
    let sim = small();
    let long = "é".repeat(80);
    for _ in 0..2 {
        writing(&sim).write(&plain(), &to(&long, 3)).succeeded();
    }
    let whole = "Customers who bought a winter jacket and came back for boots within thirty days";
    writing(&sim).write(&plain(), &to(whole, 3)).succeeded();
    assert_eq!(asked(&sim, "/segment/audience/"), 1);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_CUT), IdType::EmailSha256), hashes(3));
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
        let run = writing(&sim).write(&plain(), &[record(STREAM, &data), state(STREAM, &json!({}))]).succeeded();
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
