//! Files of members, and audiences that they fill.

use crate::client::{post, post_form};
use crate::{id_of, small, start};
use chrono::TimeDelta;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use simulator::{AUDIENCE_STREAMING, AudienceOptions, IdType, Options, Simulator};

const UPLOAD: &str = "/dmp/custom_audience/file/upload/";
const CREATE: &str = "/dmp/custom_audience/create/";
const UPDATE: &str = "/dmp/custom_audience/update/";

fn new_york(sim: &Simulator) -> String {
    id_of(sim, "New York").to_string()
}

fn people(range: std::ops::Range<u32>) -> String {
    let rows: String = range.map(|at| format!("{at:064x},\n")).collect();
    format!("email_sha256,MAID_SHA256\n{rows}")
}

/// What an upload is answered, with some of its texts otherwise.
fn sent(sim: &Simulator, change: &[(&str, &str)], name: &str, file: &str) -> Value {
    let (id, sum) = (new_york(sim), Md5::digest(file).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let mut texts =
        vec![("advertiser_id", id.as_str()), ("file_signature", &sum), ("calculate_type", "MULTIPLE_TYPES")];
    texts.retain(|(name, _)| change.iter().all(|(other, _)| other != name));
    texts.extend(change);
    post_form(sim, UPLOAD, &texts, ("file", name, file.as_bytes())).json()
}

fn path(sim: &Simulator, file: &str) -> Value {
    sent(sim, &[], "a.csv", file)["data"]["file_path"].clone()
}

/// What an update of an audience is answered; without an action it says none.
fn update(sim: &Simulator, id: &Value, action: Option<&str>, file: &str) -> Value {
    let mut body = json!({"advertiser_id": new_york(sim), "custom_audience_id": id, "file_paths": [path(sim, file)]});
    if let Some(action) = action {
        body["action"] = action.into();
    }
    post(sim, UPDATE, &body.to_string()).json()
}

fn create(sim: &Simulator, advertiser: &str, path: &Value) -> Value {
    let body = json!({"advertiser_id": advertiser, "custom_audience_name": "Files", "file_paths": [path],
        "calculate_type": "MULTIPLE_TYPES", "retention_in_days": 10});
    post(sim, CREATE, &body.to_string()).json()
}

fn made(sim: &Simulator, count: u32) -> Value {
    create(sim, &new_york(sim), &path(sim, &people(0..count)))["data"]["custom_audience_id"].clone()
}

fn count(sim: &Simulator, id: &Value) -> usize {
    sim.read(|world| world.audience(id.as_str().unwrap().parse().unwrap()).unwrap().count(IdType::EmailSha256))
}

#[test]
fn files_right_and_wrong() {
    let audiences = AudienceOptions { file_bytes: 200, ..AudienceOptions::default() };
    let sim = start(Options { audiences, ..Options::default() });
    let file = people(1..2);
    for (change, name, file, code) in [
        (vec![], "a.csv", file.clone(), 0),
        (vec![], "a.txt", file.clone(), 0),
        (vec![], "a.CSV", file.clone(), 40904),
        (vec![], "a.xlsx", file.clone(), 40904),
        (vec![("file_signature", "00")], "a.csv", file.clone(), 40900),
        (vec![("calculate_type", "EMAIL")], "a.csv", file.clone(), 40002),
        (vec![], "a.csv", people(0..3), 40907),
        (vec![], "a.csv", String::new(), 40906),
        (vec![], "a.csv", format!("{:064x},\n", 1), 40002),
        (vec![], "a.csv", "email_sha256\njane@example.com\n".to_owned(), 40002),
    ] {
        let reply = sent(&sim, &change, name, &file);
        assert_eq!(reply["code"], code, "{change:?} {name}: {}", reply["message"]);
    }
    let account = id_of(&sim, "New York");
    assert_eq!(sim.read(|world| world.member_files(account).iter().map(|file| file.rows).sum::<usize>()), 2);
    // A path is of no use to another account.
    let path = path(&sim, &file);
    assert_eq!(path.as_str().unwrap().len(), 16);
    let reply = create(&sim, &id_of(&sim, "Tokyo").to_string(), &path);
    assert!(reply["message"].as_str().unwrap().contains("doesn't exist"), "{reply}");
}

#[test]
fn whoever_says_no_action_replaces() {
    let sim = small();
    let id = made(&sim, 1_500);
    assert_eq!(count(&sim, &id), 1_500);
    assert_eq!(update(&sim, &id, Some("APPEND"), &people(1_500..1_600))["code"], 0);
    assert_eq!(count(&sim, &id), 1_600);
    assert_eq!(update(&sim, &id, Some("REMOVE"), &people(0..100))["code"], 0);
    assert_eq!(count(&sim, &id), 1_500);
    assert_eq!(update(&sim, &id, None, &people(0..1_000))["code"], 0);
    assert_eq!(count(&sim, &id), 1_000);
    for (action, file) in [("REPLACE", people(0..999)), ("REMOVE", people(0..1))] {
        let reply = update(&sim, &id, Some(action), &file);
        assert_eq!(reply["code"], 40002, "{reply}");
        assert_eq!(count(&sim, &id), 1_000);
    }
}

#[test]
fn nobody_changes_what_is_in_work_too_small_or_of_another_kind() {
    let audiences = AudienceOptions { file_time: TimeDelta::hours(3), ..AudienceOptions::default() };
    let sim = start(Options { audiences, ..Options::default() });
    let id = made(&sim, 1_000);
    let refused = |id: &Value| update(&sim, id, Some("APPEND"), &people(0..1))["message"].clone();
    assert_eq!(refused(&id), "Audience is not editable, please check audience status");
    sim.advance(TimeDelta::hours(3));
    assert_eq!(refused(&id), "OK");
    let small = made(&sim, 999);
    sim.advance(TimeDelta::hours(3));
    assert_eq!(refused(&small), "Audience is not editable, please check audience status");
    sim.advance(TimeDelta::days(11));
    assert_eq!(refused(&id), "Audience is not editable, please check audience status", "it expired");
    let account = id_of(&sim, "New York");
    let other = sim.read(|world| world.audiences_named(account, AUDIENCE_STREAMING)[0].id);
    assert_eq!(refused(&json!(other.to_string())), "custom_audience_id: The audience was not made of files.");
}
