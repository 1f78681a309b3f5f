//! Audiences that files fill: who is in them in the end, black-box.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use simulator::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_FILE, AUDIENCE_LOOKALIKE, AudienceKind, AudienceOptions, IdType, Simulator,
};

use super::{account, asked, hashes, held, sha, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state, text};
use crate::harness::{Connector, Run, at_once, fail, options, small};

const OBJECT: &str = "audience_file";
const EMAIL: IdType = IdType::EmailSha256;
const UPLOAD: &str = "/dmp/custom_audience/file/upload/";
const CREATE: &str = "/dmp/custom_audience/create/";
const UPDATE: &str = "/dmp/custom_audience/update/";
/// Below it TikTok keeps no audience of files.
const ENOUGH: usize = 1_000;

fn named(sim: &Simulator, name: &str) -> Connector {
    writing(sim).with("mappings", json!([{"stream": OBJECT, "object": OBJECT, "audience_name": name}]))
}

fn catalog(mode: &str) -> Value {
    catalog_of([entry(OBJECT, None, mode)])
}

/// A row a person, a state in the middle and one at the end.
fn rows(people: std::ops::Range<usize>) -> Vec<String> {
    let middle = people.start.midpoint(people.end);
    let mut lines = Vec::new();
    for at in people {
        lines.push(record(OBJECT, &json!({"email": format!("person{at}@example.com")})));
        if at == middle {
            lines.push(state(OBJECT, &json!({"at": at})));
        }
    }
    lines.push(state(OBJECT, &json!({"at": "end"})));
    lines
}

fn whole(people: std::ops::Range<usize>) -> Vec<String> {
    let mut lines = rows(people);
    lines.push(complete(OBJECT));
    lines
}

/// The ids of Tokyo's audiences of files of a name.
fn all_named(sim: &Simulator, name: &str) -> Vec<u64> {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| {
        let all = world.audiences_of(tokyo).into_iter();
        all.filter(|one| one.name == name && one.kind == AudienceKind::CustomerFile).map(|one| one.id).collect()
    })
}

fn members(sim: &Simulator, name: &str) -> BTreeSet<String> {
    let [id] = all_named(sim, name)[..] else { panic!("not one audience {name:?}") };
    held(sim, id, EMAIL)
}

fn states(run: &Run) -> usize {
    run.of_type("STATE").count()
}

/// A simulator whose audience of files holds so many people, and nobody else.
fn filled(people: usize) -> Simulator {
    let sim = small();
    let [id] = all_named(&sim, AUDIENCE_FILE)[..] else { panic!("not one audience") };
    sim.mutate(|world| world.audience_mut(id).unwrap().cover = ENOUGH as u64);
    named(&sim, AUDIENCE_FILE).write(&catalog("append"), &rows(0..people)).succeeded();
    sim.mutate(|world| world.audience_mut(id).unwrap().cover = 0);
    sim
}

#[test]
fn one_is_made_of_its_files_and_then_grows_shrinks_and_is_replaced() {
    let sim = small();
    let connector = named(&sim, "New");
    let run = connector.write(&catalog("append"), &rows(0..1_100)).succeeded();
    assert_eq!(states(&run), 2);
    assert_eq!(members(&sim, "New"), hashes(1_100));
    let told = run.logs().join("\n");
    assert!(told.contains("APPEND of 1100 people in 1 file, accepted: matches show within 48 hours"), "{told}");
    connector.write(&catalog("append"), &rows(1_100..1_300)).succeeded();
    assert_eq!(members(&sim, "New"), hashes(1_300));
    connector.write(&catalog("soft_delete"), &rows(1_000..1_300)).succeeded();
    assert_eq!(members(&sim, "New"), hashes(1_000));
    connector.write(&catalog("overwrite"), &whole(0..1_050)).succeeded();
    assert_eq!(members(&sim, "New"), hashes(1_050));
    assert_eq!((asked(&sim, CREATE), asked(&sim, UPDATE), asked(&sim, UPLOAD)), (1, 3, 4));
}

#[test]
fn every_identifier_comes_into_its_column() {
    let sim = small();
    let device = "6d92078a-8246-4ba4-ae5b-76104861e7dc";
    let mut lines = rows(0..ENOUGH);
    lines.push(record(
        OBJECT,
        &json!({"email": "a@example.com", "email_2": "b@example.com", "phone": "+1 213 373 4253", "maid": device}),
    ));
    lines.push(record(OBJECT, &json!({"idfa_md5": "0123456789abcdef0123456789abcdef"})));
    named(&sim, "New").write(&catalog("append"), &lines).succeeded();
    let [id] = all_named(&sim, "New")[..] else { panic!("not one audience") };
    let emails = held(&sim, id, EMAIL);
    assert!(emails.contains(&sha("a@example.com")) && emails.contains(&sha("b@example.com")));
    assert_eq!(held(&sim, id, IdType::PhoneSha256), BTreeSet::from([sha("+12133734253")]));
    assert_eq!(held(&sim, id, IdType::MaidSha256), BTreeSet::from([sha(device)]));
    assert_eq!(held(&sim, id, IdType::MaidMd5), BTreeSet::from(["0123456789abcdef0123456789abcdef".to_owned()]));
}

#[test]
fn a_stream_that_was_cut_off_replaces_nothing_and_tells_no_state() {
    let sim = filled(1_200);
    let connector = named(&sim, AUDIENCE_FILE);
    let run = connector.write(&catalog("overwrite"), &rows(0..1_000));
    assert!(run.error().contains("transient_error"), "{}", run.error());
    assert!(run.error().contains("was not replaced: its stream is not known to be whole"), "{}", run.error());
    assert_eq!((states(&run), asked(&sim, UPDATE)), (0, 1));
    assert_eq!(members(&sim, AUDIENCE_FILE), hashes(1_200));
    let eof = named(&sim, AUDIENCE_FILE).with("audience", json!({"finish": "eof"}));
    assert_eq!(states(&eof.write(&catalog("overwrite"), &rows(0..1_000)).succeeded()), 2);
    assert_eq!(members(&sim, AUDIENCE_FILE), hashes(1_000));
}

#[test]
fn guards_stand_before_the_first_upload() {
    let sim = filled(2_000);
    let connector = named(&sim, AUDIENCE_FILE);
    let before = (asked(&sim, UPLOAD), asked(&sim, UPDATE));
    for (people, sentence) in [
        (0..999, "the stream has 999 people, and TikTok keeps no audience of fewer than 1000"),
        (0..1_599, "the stream has 1599 people and TikTok counts 2000 in it, so it would shrink by more than 20 %"),
    ] {
        let run = connector.write(&catalog("overwrite"), &whole(people));
        assert!(run.error().contains("config_error") && run.error().contains(sentence), "{}", run.error());
        assert_eq!(states(&run), 0);
    }
    let run = connector.write(&catalog("overwrite"), &[complete(OBJECT)]).succeeded();
    assert!(run.logs().join("\n").contains("brought no row, so no audience was replaced"), "{:?}", run.logs());
    let run = named(&sim, "Tiny").write(&catalog("append"), &rows(0..10));
    assert!(run.error().contains("\"Tiny\" was not made: 10 people are fewer than 1000"), "{}", run.error());
    assert_eq!((asked(&sim, UPLOAD), asked(&sim, UPDATE)), before);
    assert_eq!(members(&sim, AUDIENCE_FILE), hashes(2_000));
}

#[test]
fn lost_answers_make_no_twin_and_lose_nobody() {
    at_once(&[(CREATE, "reset"), (CREATE, "html502"), (UPLOAD, "drop"), (UPDATE, "truncate")], |(path, kind)| {
        let sim = small();
        let connector = named(&sim, "New");
        let fails = format!("path={path},times=1,kind={kind},committed=true");
        if *path == UPDATE {
            connector.write(&catalog("append"), &rows(0..ENOUGH)).succeeded();
        }
        fail(&sim, &fails);
        connector.write(&catalog("append"), &rows(0..1_100)).succeeded();
        assert_eq!(members(&sim, "New"), hashes(1_100), "{path} {kind}");
    });
}

#[test]
fn an_audience_in_work_is_waited_for() {
    let audiences = AudienceOptions { file_looks: 1, ..AudienceOptions::default() };
    let sim = Simulator::start(simulator::Options { audiences, ..options() }).unwrap();
    let connector = named(&sim, "New");
    connector.write(&catalog("append"), &rows(0..ENOUGH)).succeeded();
    let run = connector.write(&catalog("append"), &rows(ENOUGH..1_100)).succeeded();
    assert!(run.logs().join("\n").contains("be changed yet: waiting for it, 10 minutes at most"), "{:?}", run.logs());
    let last = run.logs().pop().unwrap();
    assert!(last.contains(" s waiting for TikTok's work"), "{last}");
    assert_eq!(members(&sim, "New"), hashes(1_100));
}

#[test]
fn what_cannot_be_is_told_by_stream_or_row() {
    let sim = small();
    for (name, mode, sentence) in [
        (AUDIENCE_LOOKALIKE, "append", "is a Lookalike Audience, which takes no files"),
        ("Nobody", "soft_delete", "has no audience of files called \"Nobody\" to remove anybody from"),
    ] {
        let run = named(&sim, name).write(&catalog(mode), &rows(0..3));
        assert!(run.error().contains(sentence), "{}", run.error());
        assert_eq!(states(&run), 0);
    }
    let told = named(&sim, AUDIENCE_LOOKALIKE).destination("check").connection_status();
    assert!(told.contains("is a Lookalike Audience, which takes no files"), "{told}");
    assert_eq!(named(&sim, AUDIENCE_FILE).destination("check").connection_status(), "SUCCEEDED");
    // Of two of one name, that of files is meant.
    named(&sim, AUDIENCE_BOTH_KINDS).write(&catalog("append"), &rows(0..3)).succeeded();
    assert_eq!(members(&sim, AUDIENCE_BOTH_KINDS), hashes(3));
    let connector = named(&sim, AUDIENCE_FILE).keeping_rejects();
    let mut lines = vec![record(OBJECT, &json!({"email": "x@example.com", "consent": false}))];
    lines.extend(rows(0..3));
    connector.write(&catalog("append"), &lines).succeeded();
    let reasons: Vec<Value> = connector.rejects().iter().map(|row| row["reason"].clone()).collect();
    assert_eq!(reasons, ["one_change_a_run"]);
}

#[test]
fn discover_offers_each_and_one_is_filled_by_its_own_object() {
    let sim = small();
    let [id] = all_named(&sim, AUDIENCE_FILE)[..] else { panic!("not one audience") };
    let object = format!("{OBJECT}: {AUDIENCE_FILE} ({id})");
    let run = writing(&sim).destination("discover");
    assert!(run.messages.iter().any(|message| message.to_string().contains(&object)), "{object}");
    let catalog = catalog_of([entry(OBJECT, Some(&object), "append")]);
    writing(&sim).write(&catalog, &rows(0..5)).succeeded();
    assert_eq!(members(&sim, AUDIENCE_FILE), hashes(5));
}

#[test]
fn who_a_row_deletes_is_not_in_what_replaces() {
    let sim = filled(1_100);
    let gone = |at: usize| record(OBJECT, &json!({"email": format!("person{at}@example.com"), "consent": false}));
    let mut lines = vec![gone(7)];
    lines.extend(rows(0..1_090));
    lines.extend([gone(1_000), complete(OBJECT)]);
    named(&sim, AUDIENCE_FILE).write(&catalog("overwrite"), &lines).succeeded();
    let expected: BTreeSet<String> =
        (0..1_090).filter(|at| ![7, 1_000].contains(at)).map(|at| sha(&format!("person{at}@example.com"))).collect();
    assert_eq!(members(&sim, AUDIENCE_FILE), expected);
}

#[test]
fn an_audience_of_others_or_one_that_expired_is_left_alone() {
    let audiences = AudienceOptions { borrowed: Some(AUDIENCE_FILE), ..AudienceOptions::default() };
    let sim = Simulator::start(simulator::Options { audiences, ..options() }).unwrap();
    let run = named(&sim, AUDIENCE_FILE).write(&catalog("append"), &rows(0..3));
    assert!(run.error().contains("A shared audience can only be changed by its owner"), "{}", run.error());
    assert_eq!(states(&run), 0);
    let [id] = all_named(&sim, AUDIENCE_BOTH_KINDS)[..] else { panic!("not one audience") };
    sim.mutate(|world| world.audience_mut(id).unwrap().expires = world.now - chrono::TimeDelta::days(1));
    let run = named(&sim, AUDIENCE_BOTH_KINDS).write(&catalog("append"), &rows(0..3));
    assert!(run.error().contains("expired on"), "{}", run.error());
}

#[test]
fn a_retention_is_told_and_kept() {
    let sim = small();
    let connector = named(&sim, "New").with("audience", json!({"retention_in_days": 30}));
    let run = connector.write(&catalog("append"), &rows(0..ENOUGH)).succeeded();
    let [id] = all_named(&sim, "New")[..] else { panic!("not one audience") };
    let ends = sim.read(|world| world.audience(id).unwrap().expires.date_naive());
    assert!(run.logs().join("\n").contains(&format!("it expires on {ends}")), "{:?}", run.logs());
}

#[test]
fn a_dry_run_sends_nothing() {
    let sim = small();
    let connector = named(&sim, "New").with("dry_run", json!(true));
    let run = connector.write(&catalog("append"), &rows(0..1_100));
    assert_eq!((states(&run), asked(&sim, UPLOAD), asked(&sim, CREATE)), (0, 0, 0));
    assert!(run.logs().join("\n").contains("APPEND of 1100 people in 1 file, not sent"), "{:?}", run.logs());
}

#[test]
fn nothing_is_left_on_disk_even_by_a_run_that_is_killed() {
    let sim = small();
    let connector = named(&sim, "New");
    connector.write(&catalog("append"), &[]);
    let folder = connector.dir().join("temporary");
    std::fs::create_dir(&folder).unwrap();
    let start = || {
        let mut command = connector.command(&["write", "--config", "config.json", "--catalog", "catalog.json"]);
        command.env("TMPDIR", &folder).stdin(Stdio::piped()).spawn().unwrap()
    };
    let names = || std::fs::read_dir(&folder).unwrap().count();
    for is_killed in [true, false] {
        let mut child = start();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(text(&rows(0..3_000)).as_bytes()).unwrap();
        if is_killed {
            child.kill().unwrap();
        }
        drop(stdin);
        assert_eq!(child.wait_with_output().unwrap().status.success(), !is_killed);
        assert_eq!(names(), 0);
    }
    assert_eq!(members(&sim, "New"), hashes(3_000));
}
