//! Who is in an audience after a write: exactly those of the input, by hashes computed here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::{AUDIENCE_HARD, AUDIENCE_SMALL, AUDIENCE_STREAMING, Action, IdType, Simulator};

use super::{STREAM, account, asked, audience, hashes, held, people, plain, sha, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state};
use crate::harness::small;

const EMAIL: IdType = IdType::EmailSha256;
const PHONE: IdType = IdType::PhoneSha256;

/// Records of the generic object, each for one audience.
fn lines(records: &[Value]) -> Vec<String> {
    let mut lines: Vec<String> = records.iter().map(|data| record(STREAM, data)).collect();
    lines.push(state(STREAM, &json!({"n": records.len()})));
    lines
}

fn set<T: AsRef<str>>(normal: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    normal.into_iter().map(|text| sha(text.as_ref())).collect()
}

/// Writes records to [`AUDIENCE_SMALL`] and gives what is held then.
fn after(records: Vec<Value>) -> impl Fn(IdType) -> BTreeSet<String> {
    let sim = small();
    let named = |mut data: Value| {
        data["audience_name"] = AUDIENCE_SMALL.into();
        data
    };
    let run = writing(&sim).write(&plain(), &lines(&records.into_iter().map(named).collect::<Vec<_>>())).succeeded();
    assert_eq!(run.of_type("STATE").count(), 1);
    let id = audience(&sim, AUDIENCE_SMALL);
    move |id_type| held(&sim, id, id_type)
}

#[test]
fn identifiers_are_made_normal_before_they_are_hashed() {
    let held = after(vec![
        json!({"email": "  Ann.Lee+shop@Example.COM "}),
        json!({"email": "bob@example.com", "phone": "+1 (657) 777-0000"}),
        json!({"phone": 15_112_345_678_u64, "country": "DE"}),
        json!({"phone": "020 7946 0958", "country": "GB", "email": null}),
    ]);
    assert_eq!(held(EMAIL), set(["annlee@example.com", "bob@example.com"]));
    assert_eq!(held(PHONE), set(["+16577770000", "+4915112345678", "+442079460958"]));
}

#[test]
fn all_identifiers_of_a_person_are_sent() {
    let device = "38400000-8cf0-11bd-b23e-10b96e40000d";
    let held = after(vec![json!({
        "email": "a@example.com", "email_2": "b@example.com", "email_3": "c@example.com",
        "phone": "+16577770001", "phone_2": "+16577770002", "phone_3": "+16577770003",
        "idfa": device.to_uppercase(), "aaid": "cdda802e-fb9c-47ad-9866-0794d394c912", "external_id": "42",
    })]);
    assert_eq!(held(EMAIL), set(["a@example.com", "b@example.com", "c@example.com"]));
    assert_eq!(held(PHONE), set(["+16577770001", "+16577770002", "+16577770003"]));
    assert_eq!(held(IdType::IdfaSha256), set([device]));
    assert_eq!(held(IdType::AaidSha256), set(["cdda802e-fb9c-47ad-9866-0794d394c912"]));
    assert!(held(IdType::IdfaMd5).is_empty());
}

#[test]
fn a_hash_is_not_hashed_again_whatever_it_wears() {
    let [a, b, c, d] = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"].map(sha);
    let bytes = Sha256::digest(b"d@example.com");
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let md5 = "5d41402abc4b2a76b9719d911017c592";
    let held = after(vec![
        json!({"email": a.to_uppercase()}),
        json!({"email_sha256": format!("0x{b}")}),
        json!({"email": format!(" \\x{c} ")}),
        json!({"email_sha256": base64}),
        json!({"idfa_md5": md5.to_uppercase()}),
    ]);
    assert_eq!(held(EMAIL), BTreeSet::from([a, b, c, d]));
    assert_eq!(held(IdType::IdfaMd5), BTreeSet::from([md5.to_owned()]));
}

#[test]
fn a_member_leaves_in_each_of_the_ways_to_say_so() {
    let sim = small();
    let everyone: Vec<Value> = people(AUDIENCE_SMALL, 9);
    writing(&sim).write(&plain(), &lines(&everyone)).succeeded();
    let ways = [
        json!({"_op": "delete"}),
        json!({"_op": "DELETE", "consent": true}),
        json!({"consent": false}),
        json!({"consent": "no"}),
        json!({"_ab_cdc_deleted_at": "2026-01-01T00:00:00Z", "_op": "add"}),
        // These stay.
        json!({"_op": "add"}),
        json!({"consent": true}),
        json!({"_ab_cdc_deleted_at": null}),
        json!({"_op": null}),
    ];
    let leaving = everyone.iter().zip(ways).map(|(person, way)| {
        let mut person = person.as_object().unwrap().clone();
        person.extend(way.as_object().unwrap().clone());
        Value::Object(person)
    });
    writing(&sim).write(&plain(), &lines(&leaving.collect::<Vec<_>>())).succeeded();
    let staying: BTreeSet<String> = (5..9).map(|at| sha(&format!("person{at}@example.com"))).collect();
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), EMAIL), staying);
}

#[test]
fn an_object_of_data_activation_is_its_audience() {
    let sim = small();
    let id = audience(&sim, AUDIENCE_HARD);
    let object = format!("audience: {AUDIENCE_HARD} ({id})");
    for mode in ["append", "append_dedup"] {
        let catalog = catalog_of([entry("customers", Some(&object), mode)]);
        let person = json!({"email": format!("{mode}@example.com"), "audience_name": "another"});
        writing(&sim).write(&catalog, &[record("customers", &person), state("customers", &json!({}))]).succeeded();
    }
    assert_eq!(held(&sim, id, EMAIL), set(["append@example.com", "append_dedup@example.com"]));
    let catalog = catalog_of([entry("customers", Some(&object), "soft_delete")]);
    let person = json!({"email": "append@example.com", "_op": "add"});
    writing(&sim).write(&catalog, &[record("customers", &person), complete("customers")]).succeeded();
    assert_eq!(held(&sim, id, EMAIL), set(["append_dedup@example.com"]));
}

#[test]
fn mappings_rename_columns_and_name_the_audience() {
    let sim = small();
    let id = audience(&sim, AUDIENCE_STREAMING);
    let connector = writing(&sim).with("mappings", json!([
        {"stream": "buyers", "object": "audience_members", "fields": {"email": "mail", "phone": "tel"}, "audience_name": AUDIENCE_SMALL},
        {"stream": "leavers", "object": "audience_members", "audience_id": id.to_string(), "operation": "delete"},
        {"stream": "joiners", "object": "audience_members", "audience_id": id.to_string()},
    ]));
    let catalog = catalog_of(["buyers", "leavers", "joiners"].map(|stream| entry(stream, None, "append")));
    let run = connector.write(
        &catalog,
        &[
            record("buyers", &json!({"mail": "x@example.com", "tel": "+16577770000", "email": "not@example.com"})),
            record("joiners", &json!({"email": "stay@example.com"})),
            record("joiners", &json!({"email": "go@example.com"})),
            record("leavers", &json!({"email": "go@example.com"})),
            state("leavers", &json!({"n": 1})),
            state("buyers", &json!({"n": 2})),
            state("joiners", &json!({"n": 3})),
        ],
    );
    assert_eq!(run.succeeded().of_type("STATE").count(), 3);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), EMAIL), set(["x@example.com"]));
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), PHONE), set(["+16577770000"]));
    assert_eq!(held(&sim, id, EMAIL), set(["stay@example.com"]));
}

#[test]
fn many_audiences_share_a_call_and_advertisers_do_not() {
    let sim = small();
    let london = account(&sim, "London");
    let mut records = people(AUDIENCE_SMALL, 50);
    records.extend(people(AUDIENCE_STREAMING, 50));
    records.extend(people(AUDIENCE_SMALL, 30).into_iter().map(|mut person| {
        person["advertiser_id"] = json!(london);
        person
    }));
    writing(&sim).write(&plain(), &lines(&records)).succeeded();
    assert_eq!(asked(&sim, "/segment/mapping/"), 2);
    for name in [AUDIENCE_SMALL, AUDIENCE_STREAMING] {
        assert_eq!(held(&sim, audience(&sim, name), EMAIL), hashes(50));
    }
    let there = sim.read(|world| world.audiences_named(london, AUDIENCE_SMALL)[0].id);
    assert_eq!(held(&sim, there, EMAIL), hashes(30));
}

#[test]
fn an_audience_that_is_new_takes_members_at_once() {
    let sim = small();
    writing(&sim).write(&plain(), &lines(&people("Brand new \"🛍️\"", 3))).succeeded();
    assert_eq!(held(&sim, audience(&sim, "Brand new \"🛍️\""), EMAIL), hashes(3));
}

/// People with random identifiers out of a small pool, who come and go.
fn turmoil(count: usize) -> Vec<(bool, Option<u32>, Option<u32>, bool)> {
    let mut rng = fastrand::Rng::with_seed(7);
    let one = |rng: &mut fastrand::Rng| {
        let email = rng.bool().then(|| rng.u32(..200));
        let phone = (email.is_none() || rng.bool()).then(|| rng.u32(..200));
        (rng.u8(..3) > 0, email, phone, rng.bool())
    };
    (0..count).map(|_| one(&mut rng)).collect()
}

#[test]
fn the_last_word_on_each_identifier_counts() {
    let sim = small();
    let mut model: BTreeMap<(bool, IdType), BTreeSet<String>> = BTreeMap::new();
    let mut records = Vec::new();
    for (add, email, phone, first) in turmoil(3_000) {
        let email = email.map(|id| format!("person{id}@example.com"));
        let phone = phone.map(|id| format!("+1657777{id:04}"));
        for (id_type, normal) in [(EMAIL, &email), (PHONE, &phone)] {
            let Some(hash) = normal.as_deref().map(sha) else { continue };
            let set = model.entry((first, id_type)).or_default();
            if add {
                set.insert(hash)
            } else {
                set.remove(&hash)
            };
        }
        let name = if first { AUDIENCE_SMALL } else { AUDIENCE_STREAMING };
        let op = if add { "add" } else { "delete" };
        records.push(json!({"email": email, "phone": phone, "audience_name": name, "_op": op}));
    }
    writing(&sim).log_level("TRACE").write(&plain(), &lines(&records)).succeeded();
    for (first, name) in [(true, AUDIENCE_SMALL), (false, AUDIENCE_STREAMING)] {
        for id_type in [EMAIL, PHONE] {
            assert_eq!(held(&sim, audience(&sim, name), id_type), model[&(first, id_type)], "{name} {id_type:?}");
        }
    }
    assert_disjoint(&sim);
}

/// No identifier is added to and deleted from an audience by calls that follow each other as one flush does.
fn assert_disjoint(sim: &Simulator) {
    let calls = sim.world().mappings;
    let said = |call: &simulator::Mapping| -> BTreeSet<(IdType, String, Vec<u64>)> {
        let cells = call.rows().into_iter().flatten().flatten();
        cells.map(|cell| (cell.id_type, cell.hash, cell.audiences)).collect()
    };
    let flushes = calls.windows(2).filter(|pair| pair[0].action == Action::Delete && pair[1].action == Action::Add);
    assert!(flushes.clone().count() > 0);
    for pair in flushes {
        assert!(said(&pair[0]).is_disjoint(&said(&pair[1])), "added and deleted in one flush");
    }
}
