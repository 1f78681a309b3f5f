//! Guards around what leaves an audience, and who its people are.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, IdType, Simulator};

use super::mirror::{STREAM, emails, generation, members, mirroring, whole};
use super::{account, audience, held, sha, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state};
use crate::harness::{Connector, small};

const NUMBER: &str = "+4915112345";

fn email(at: usize) -> String {
    format!("person{at}@example.com")
}

fn phone(at: usize) -> String {
    format!("{NUMBER}{at:03}")
}

fn phones(sim: &Simulator) -> BTreeSet<String> {
    held(sim, audience(sim, AUDIENCE_SMALL), IdType::PhoneSha256)
}

fn phones_of(people: std::ops::Range<usize>) -> BTreeSet<String> {
    people.map(|at| sha(&phone(at))).collect()
}

/// People whose phone column holds what `phone` makes of them.
fn people(people: std::ops::Range<usize>, phone: impl Fn(usize) -> Value) -> Vec<String> {
    let row = |at: usize| json!({"external_id": format!("shopper-{at}"), "email": email(at), "phone": phone(at)});
    let mut lines: Vec<String> = people.map(|at| record(STREAM, &row(at))).collect();
    lines.push(state(STREAM, &json!({"n": lines.len()})));
    lines.push(complete(STREAM));
    lines
}

fn with_ledger(connector: Connector, more: &Value) -> Connector {
    let mut options = json!({"ledger": "ledger"});
    for (key, value) in more.as_object().unwrap() {
        options[key] = value.clone();
    }
    connector.with("audience", options)
}

#[test]
fn a_confirmation_lets_one_run_through_though_the_number_stays() {
    let sim = small();
    let confirming = |confirm: Value| json!({"confirm_shrink": confirm});
    let mut connector = with_ledger(mirroring(&sim), &confirming(1.into()));
    // A platform that numbers every generation alike.
    connector.write(&generation(1), &whole(0..20)).succeeded();
    connector.write(&generation(1), &whole(0..10)).succeeded();
    assert_eq!(members(&sim), emails(0..10));
    let run = connector.write(&generation(1), &whole(0..5));
    assert!(run.error().contains("`audience.confirm_shrink` 1 was used on 20"), "{}", run.error());
    assert!(run.error().contains("when 10 members left"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..10));
    // What needs no word goes on.
    connector.write(&generation(1), &whole(1..10)).succeeded();
    connector = with_ledger(connector, &confirming(Value::Null));
    let run = connector.write(&generation(1), &whole(1..5));
    assert!(run.error().contains("set `audience.confirm_shrink` to 1"), "{}", run.error());
    connector = with_ledger(connector, &confirming(1.into()));
    connector.write(&generation(1), &whole(1..5)).succeeded();
    assert_eq!(members(&sim), emails(1..5));
}

#[test]
fn a_value_that_is_no_phone_number_takes_none_away() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &people(0..20, |at| phone(at).into())).succeeded();
    assert_eq!(phones(&sim), phones_of(0..20));
    for id in 2..4 {
        connector.write(&generation(id), &people(0..20, |_| "no number".into())).succeeded();
        assert_eq!((phones(&sim), members(&sim)), (phones_of(0..20), emails(0..20)), "generation {id}");
    }
    // The address of one changed meanwhile, which is said.
    let mut lines = people(1..20, |_| "see notes".into());
    lines.insert(
        0,
        record(STREAM, &json!({"external_id": "shopper-0", "email": "new@example.com", "phone": "see notes"})),
    );
    connector.write(&generation(4), &lines).succeeded();
    let mut expected = emails(1..20);
    expected.insert(sha("new@example.com"));
    assert_eq!((members(&sim), phones(&sim)), (expected, phones_of(0..20)));
    // Who leaves, leaves with all of it.
    connector.write(&generation(5), &people(1..20, |at| phone(at).into())).succeeded();
    assert_eq!((members(&sim), phones(&sim)), (emails(1..20), phones_of(1..20)));
}

#[test]
fn a_column_that_was_dropped_takes_nothing_away_in_any_mode() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &people(0..20, |at| phone(at).into())).succeeded();
    let run = connector.write(&generation(2), &people(0..20, |_| Value::Null));
    assert!(
        run.error().contains("would take the phone number from 20 of the 20 members that have one, more than 20 %"),
        "{}",
        run.error()
    );
    assert_eq!((phones(&sim), members(&sim)), (phones_of(0..20), emails(0..20)));
    let few = |at: usize| if at < 4 { Value::Null } else { phone(at).into() };
    connector.write(&generation(3), &people(0..20, few)).succeeded();
    assert_eq!(phones(&sim), phones_of(4..20));
    let mapping = json!([{"stream": STREAM, "object": "audience_members", "audience_name": AUDIENCE_SMALL}]);
    let adding = connector.with("mappings", mapping);
    let append = catalog_of([entry(STREAM, None, "append")]);
    let run = adding.write(&append, &people(0..20, |_| Value::Null));
    assert!(run.error().contains("the phone number from 16 of the 16 members"), "{}", run.error());
    assert_eq!(phones(&sim), phones_of(4..20));
    with_ledger(adding, &json!({"max_shrink_percent": 100}))
        .write(&append, &people(0..20, |_| Value::Null))
        .succeeded();
    assert_eq!((phones(&sim), members(&sim)), (BTreeSet::new(), emails(0..20)));
}

#[test]
fn an_audience_that_no_row_names_any_more_is_told() {
    let sim = small();
    let connector = writing(&sim)
        .with("mappings", json!([{"stream": STREAM, "object": "audience_members", "mirror": true}]))
        .with("audience", json!({"ledger": "ledger", "create_missing": true}));
    let rows = |id: u64, names: &[&str]| {
        let row = |name: &&str| record(STREAM, &json!({"external_id": "1", "email": email(1), "audience_name": name}));
        let mut lines: Vec<String> = names.iter().map(row).collect();
        lines.push(complete(STREAM));
        let run = connector.write(&generation(id), &lines).succeeded();
        run.logs().into_iter().filter(|log| log.contains("any more, so its")).collect::<Vec<_>>()
    };
    assert_eq!(rows(1, &["East", "West"]), Vec::<String>::new());
    let told = rows(2, &["East"]);
    let [told] = &told[..] else { panic!("{told:?}") };
    let west = audience(&sim, "West");
    assert!(told.contains(&format!("names the audience \"West\" ({west}) any more, so its 1 member stay")), "{told}");
    assert!(told.contains("delete it in TikTok Ads Manager"), "{told}");
    sim.mutate(|world| world.delete_audience(west));
    assert_eq!(rows(3, &["East"]), Vec::<String>::new());
}

#[test]
fn a_row_of_an_advertiser_that_is_not_there_is_that_rows_fault() {
    const NOBODY: &str = "7999999999999999999";
    let sim = small();
    let stranger = json!({"external_id": "2", "email": email(2), "advertiser_id": NOBODY});
    for (object, name, count) in
        [("audience_members", AUDIENCE_SMALL, 3), ("audience_file", simulator::AUDIENCE_FILE, 1_200)]
    {
        let mapping = json!([{"stream": STREAM, "object": object, "audience_name": name}]);
        let connector = writing(&sim).with("mappings", mapping).keeping_rejects();
        let mut lines: Vec<String> = (10..10 + count).map(|at| record(STREAM, &json!({"email": email(at)}))).collect();
        lines.insert(1, record(STREAM, &stranger));
        lines.push(state(STREAM, &json!({"n": 1})));
        let run = connector.write(&catalog_of([entry(STREAM, None, "append")]), &lines).succeeded();
        assert_eq!(run.of_type("STATE").count(), 1, "{object}");
        let rejects = connector.rejects();
        let [reject] = &rejects[..] else { panic!("{object}: {rejects:?}") };
        assert_eq!((&reject["reason"], &reject["field"]), (&"advertiser_unknown".into(), &"advertiser_id".into()));
    }
    assert!(emails(10..13).is_subset(&members(&sim)));
}

#[test]
fn a_row_that_deletes_makes_no_audience() {
    let sim = small();
    let connector = writing(&sim).with("audience", json!({"create_missing": true})).keeping_rejects();
    let tokyo = account(&sim, "Tokyo");
    let all = || sim.read(|world| world.audiences_of(tokyo).len());
    let before = all();
    let row = |more: Value| {
        let mut row = json!({"email": email(1), "audience_name": "New"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record("audience_members", &row)
    };
    let delete = row(json!({"_op": "delete"}));
    for mode in ["append", "soft_delete"] {
        let catalog = catalog_of([entry("audience_members", None, mode)]);
        let lines = [delete.clone(), delete.clone(), state("audience_members", &json!({"n": 1}))];
        let run = connector.write(&catalog, &lines).succeeded();
        assert_eq!((run.of_type("STATE").count(), all(), connector.rejects().len()), (1, before, 0), "{mode}");
        let told = run.logs().into_iter().filter(|log| log.contains("nothing to do, and it is not made")).count();
        assert_eq!(told, 1, "{mode}");
    }
    let lines = [delete.clone(), row(json!({})), delete, row(json!({"email": email(2)}))];
    connector.write(&catalog_of([entry("audience_members", None, "append")]), &lines).succeeded();
    assert_eq!(held(&sim, audience(&sim, "New"), IdType::EmailSha256), emails(2..3));
}

#[test]
fn a_generation_of_several_runs_is_judged_as_one() {
    let sim = small();
    let connector = with_ledger(mirroring(&sim), &json!({"allow_empty": true}));
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let part = |people: std::ops::Range<usize>| {
        let mut lines = whole(people);
        lines.pop();
        lines
    };
    // The end alone is no empty generation.
    connector.write(&generation(2), &part(0..1)).succeeded();
    let run = connector.write(&generation(2), &[complete(STREAM)]);
    assert!(run.error().contains("would remove 19 of 20 members"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..20));
    connector.write(&generation(3), &part(2..20)).succeeded();
    connector.write(&generation(3), &[complete(STREAM)]).succeeded();
    assert_eq!(members(&sim), emails(2..20));
    // Rejected rows of an earlier run count.
    let broken = |at: usize| record(STREAM, &json!({"external_id": format!("shopper-{at}"), "email": "broken"}));
    let mut lines: Vec<String> = (2..10).map(broken).collect();
    lines.push(state(STREAM, &json!({"n": 1})));
    connector.write(&generation(4), &lines);
    let run = connector.write(&generation(4), &whole(10..20));
    assert!(run.error().contains("had 8 of 18 rows rejected"), "{}", run.error());
    assert_eq!(members(&sim), emails(2..20));
    // An older version did not count rows.
    connector.write(&generation(5), &part(2..3)).succeeded();
    let path = super::mirror::folder(&connector).join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    manifest["open"] = json!({"generation": 5});
    std::fs::write(path, manifest.to_string()).unwrap();
    let run = connector.write(&generation(5), &[complete(STREAM)]);
    assert!(run.error().contains("would remove 17 of 18 members"), "{}", run.error());
    assert_eq!(members(&sim), emails(2..20));
}

#[test]
fn a_number_is_one_person_however_it_is_written() {
    let sim = small();
    let mapping = json!([{"stream": STREAM, "object": "audience_members", "audience_name": AUDIENCE_SMALL}]);
    let connector = mirroring(&sim).with("mappings", mapping);
    let append = catalog_of([entry(STREAM, None, "append")]);
    let row = |id: &str, address: &str| {
        let person = format!("{{\"external_id\":{id},\"email\":\"{address}@example.com\"}}");
        record(STREAM, &json!("DATA")).replace("\"DATA\"", &person)
    };
    let ids = ["1", "1.0", "\"1\"", "1e0", "10e-1"];
    for (at, id) in ids.iter().enumerate() {
        connector.write(&append, &[row(id, &format!("a{at}"))]).succeeded();
        assert_eq!(members(&sim), [sha(&format!("a{at}@example.com"))].into(), "{id}");
    }
    // These are three more.
    let big = ["9007199254740993", "9007199254740992", "1.5"];
    let lines: Vec<String> = big.iter().enumerate().map(|(at, id)| row(id, &format!("b{at}"))).collect();
    connector.write(&append, &lines).succeeded();
    assert_eq!(members(&sim).len(), 4);
    connector.write(&append, &[row("9007199254740993.0", "c"), row("1.50", "d")]).succeeded();
    let expected = ["a4", "b1", "c", "d"].map(|name| sha(&format!("{name}@example.com")));
    assert_eq!(members(&sim), expected.into());
}
