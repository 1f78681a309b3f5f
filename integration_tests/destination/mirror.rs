//! Audiences that equal their stream: final memberships, over generations, cuts and kills.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, IdType, Simulator};

use super::kill::killed;
use super::{asked, audience, held, sha, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state, text};
use crate::harness::{Connector, at_once, small};

pub(super) const STREAM: &str = "customers";
const EMAIL: IdType = IdType::EmailSha256;
const MAPPING: &str = "/segment/mapping/";

/// The connector with a ledger in its own folder, and a mirror of the one stream.
pub(super) fn mirroring(sim: &Simulator) -> Connector {
    let mapping =
        json!({"stream": STREAM, "object": "audience_members", "audience_name": AUDIENCE_SMALL, "mirror": true});
    writing(sim).with("mappings", json!([mapping])).with("audience", json!({"ledger": "ledger"}))
}

/// A catalogue whose rows replace those of earlier generations.
pub(super) fn generation(id: u64) -> Value {
    let mut one = entry(STREAM, None, "append_dedup");
    one["generation_id"] = id.into();
    one["minimum_generation_id"] = id.into();
    catalog_of([one])
}

pub(super) fn person(id: usize, email: &str) -> String {
    record(STREAM, &json!({"external_id": format!("shopper-{id}"), "email": email}))
}

pub(super) fn rows(people: impl IntoIterator<Item = usize>) -> Vec<String> {
    people.into_iter().map(|at| person(at, &format!("person{at}@example.com"))).collect()
}

pub(super) fn whole(people: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut lines = rows(people);
    lines.push(state(STREAM, &json!({"n": lines.len()})));
    lines.push(complete(STREAM));
    lines
}

pub(super) fn emails(people: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    people.into_iter().map(|at| sha(&format!("person{at}@example.com"))).collect()
}

pub(super) fn members(sim: &Simulator) -> BTreeSet<String> {
    held(sim, audience(sim, AUDIENCE_SMALL), EMAIL)
}

#[test]
fn who_is_not_in_a_whole_generation_leaves_and_what_is_there_is_not_sent_again() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..100)).succeeded();
    assert_eq!(members(&sim), emails(0..100));
    let before = asked(&sim, MAPPING);
    connector.write(&generation(2), &whole(0..100)).succeeded();
    assert_eq!(asked(&sim, MAPPING), before, "nothing changed");
    connector.write(&generation(3), &whole(10..105)).succeeded();
    assert_eq!(members(&sim), emails(10..105));
    assert_eq!(asked(&sim, MAPPING), before + 2, "one call adds, one removes");
}

#[test]
fn a_generation_that_is_not_whole_removes_nobody_and_may_be_gone_on_with() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let cut = |people: std::ops::Range<usize>| {
        let mut lines = rows(people);
        lines.push(state(STREAM, &json!({"n": 1})));
        lines
    };
    let run = connector.write(&generation(2), &cut(2..12)).succeeded();
    assert_eq!(run.of_type("STATE").count(), 1);
    assert_eq!(members(&sim), emails(0..20));
    // The rest of the same generation, and then what it lacks is known.
    connector.write(&generation(2), &whole(12..21)).succeeded();
    assert_eq!(members(&sim), emails(2..21));
    // A higher one begins anew, whatever the cut one named.
    connector.write(&generation(3), &cut(2..6)).succeeded();
    connector.write(&generation(4), &whole(4..21)).succeeded();
    assert_eq!(members(&sim), emails(4..21));
}

#[test]
fn changed_identifiers_leave_in_every_mode_and_a_shared_one_stays() {
    let sim = small();
    let connector = writing(&sim)
        .with("mappings", json!([{"stream": STREAM, "object": "audience_members", "audience_name": AUDIENCE_SMALL}]))
        .with("audience", json!({"ledger": "ledger"}));
    let catalog = catalog_of([entry(STREAM, None, "append")]);
    let write = |lines: &[String]| connector.write(&catalog, lines).succeeded();
    write(&[person(1, "old@example.com"), person(2, "home@example.com"), person(3, "home@example.com")]);
    write(&[person(1, "new@example.com"), person(2, "own@example.com")]);
    let sent = |all: &[&str]| all.iter().map(|email| sha(&format!("{email}@example.com"))).collect::<BTreeSet<_>>();
    assert_eq!(members(&sim), sent(&["new", "own", "home"]));
    write(&[record(STREAM, &json!({"external_id": "shopper-3", "_op": "delete"}))]);
    assert_eq!(members(&sim), sent(&["new", "own"]));
    write(&[record(STREAM, &json!({"email": "new@example.com", "consent": false}))]);
    assert_eq!(members(&sim), sent(&["own"]));
    // It is sent again, for it left since.
    write(&[person(1, "new@example.com")]);
    assert_eq!(members(&sim), sent(&["new", "own"]));
}

#[test]
fn guards_stand_before_the_first_delete() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..10)).succeeded();
    let run = connector.write(&generation(2), &whole(3..10));
    assert!(run.error().contains("config_error"), "{}", run.error());
    assert!(run.error().contains("would remove 3 of 10 members, more than 20 %"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..10));
    connector.write(&generation(3), &[complete(STREAM)]).succeeded();
    assert_eq!(members(&sim), emails(0..10), "an empty generation removes nobody");
    let broken: Vec<String> = (0..8).map(|at| person(at, if at < 4 { "broken" } else { "x@example.com" })).collect();
    let run = connector.write(&generation(4), &[broken, vec![complete(STREAM)]].concat());
    assert!(run.error().contains("4 of 8 rows rejected"), "{}", run.error());
    let confirmed = json!({"ledger": "ledger", "confirm_shrink": 5});
    connector.with("audience", confirmed).write(&generation(5), &whole(8..10)).succeeded();
    assert_eq!(members(&sim), emails(8..10));
}

#[test]
fn a_generation_of_which_more_is_rejected_than_allowed_removes_nobody() {
    let sim = small();
    let connector = mirroring(&sim).with("rejects", json!({"max_percent": 5}));
    connector.write(&generation(1), &whole(0..100)).succeeded();
    let mut lines = rows(0..85);
    lines.extend((85..95).map(|at| person(at, "nobody")));
    lines.extend([state(STREAM, &json!({"n": 95})), complete(STREAM)]);
    let run = connector.write(&generation(2), &lines);
    assert!(run.error().contains("Of stream `customers` 10 of 95 rows were rejected"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..100));
    connector.write(&generation(3), &whole(0..95)).succeeded();
    assert_eq!(members(&sim), emails(0..95));
}

#[test]
fn the_ledger_holds_nothing_plain_and_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..50)).succeeded();
    let mut folders = vec![connector.dir().join("ledger")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{folder:?}");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
            let bytes = std::fs::read(&path).unwrap();
            for plain in ["person", "example", "shopper"] {
                let holds = bytes.windows(plain.len()).any(|window| window == plain.as_bytes());
                assert!(!holds, "{path:?} holds {plain}");
            }
        }
    }
    assert_eq!(files, 4, "the manifest, a segment, the lock, and beside them how far it has come");
}

#[test]
fn killed_anywhere_and_run_again_it_is_right() {
    at_once(&[1, 2, 3, 5, 8, 9], |states| {
        let sim = small();
        let connector = mirroring(&sim);
        connector.write(&generation(1), &whole(0..3_000)).succeeded();
        let mut lines = Vec::new();
        for (at, row) in rows(300..3_300).into_iter().enumerate() {
            lines.push(if at % 10 == 0 { person(300 + at, &format!("moved{at}@example.com")) } else { row });
            if (at + 1) % 300 == 0 {
                lines.push(state(STREAM, &json!({"n": at + 1})));
            }
        }
        lines.push(complete(STREAM));
        killed(&connector, &generation(2), &text(&lines), *states);
        connector.write(&generation(2), &lines).succeeded();
        let expected: BTreeSet<String> = (0..3_000)
            .map(|at| {
                if at % 10 == 0 {
                    sha(&format!("moved{at}@example.com"))
                } else {
                    sha(&format!("person{}@example.com", at + 300))
                }
            })
            .collect();
        assert_eq!(members(&sim), expected, "killed after {states} states");
    });
}

#[test]
fn a_mirror_without_a_ledger_says_what_to_set() {
    let sim = small();
    let run = mirroring(&sim).with("audience", json!({})).write(&generation(1), &whole(0..3));
    assert!(run.error().contains("config_error"), "{}", run.error());
    assert!(run.error().contains("Set `audience.ledger`"), "{}", run.error());
}

/// What a command for people says, with what it is given on stdin.
pub(super) fn says(connector: &Connector, args: &[&str], input: &str) -> (bool, String) {
    use std::io::Write;
    use std::process::Stdio;
    connector.write(&generation(99), &[]);
    let mut command = connector.command(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn who_wants_to_be_forgotten_is_and_an_audit_tells_both_sides() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let (done, told) =
        says(&connector, &["ledger", "forget", "--config", "config.json"], "shopper-3\nshopper-4\nnobody\n\n");
    assert!(done && told.contains("2 members forgotten"), "{told}");
    assert_eq!(members(&sim), emails((0..20).filter(|at| ![3, 4].contains(at))));
    let (done, told) = says(&connector, &["destination", "audit", "--config", "config.json"], "");
    assert!(done && told.contains("18 members by the ledger, match rate not known before"), "{told}");
    assert!(!told.contains("person"), "{told}");
}

/// The one folder of an audience's ledger.
pub(super) fn folder(connector: &Connector) -> std::path::PathBuf {
    let only = |path: std::path::PathBuf| {
        let mut all = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        all.find(|path| path.is_dir()).unwrap()
    };
    only(only(connector.dir().join("ledger")))
}

/// Does something to the folder of an audience's ledger.
type Damage = fn(&std::path::Path);

#[test]
fn a_ledger_that_cannot_be_trusted_removes_nobody() {
    let damage: [(&str, Damage); 5] = [
        ("newer version", |folder| {
            let path = folder.join("manifest.json");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
        }),
        ("is damaged", |folder| {
            let path = folder.join("segment-2-0");
            let mut bytes = std::fs::read(&path).unwrap();
            bytes.truncate(bytes.len() - 7);
            std::fs::write(path, bytes).unwrap();
        }),
        ("is damaged", |folder| std::fs::write(folder.join("manifest.json"), "{\"version\": 1, ").unwrap()),
        ("is that of audience 1 of", |folder| {
            let path = folder.join("manifest.json");
            let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            manifest["audience_id"] = "1".into();
            std::fs::write(path, manifest.to_string()).unwrap();
        }),
        ("Cannot read the ledger", |folder| std::fs::remove_file(folder.join("segment-2-0")).unwrap()),
    ];
    at_once(&damage, |(what, damage)| {
        let sim = small();
        let connector = mirroring(&sim);
        connector.write(&generation(1), &whole(0..20)).succeeded();
        damage(&folder(&connector));
        let run = connector.write(&generation(2), &whole(2..20));
        assert!(run.error().contains(what), "{}", run.error());
        assert_eq!(members(&sim), emails(0..20));
    });
}

#[test]
fn two_runs_at_once_are_one_too_many() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..5)).succeeded();
    let lock = std::fs::OpenOptions::new().write(true).open(folder(&connector).join(".lock")).unwrap();
    lock.lock().unwrap();
    let run = connector.write(&generation(2), &whole(1..5));
    assert!(run.error().starts_with("transient_error: Another run uses the ledger"), "{}", run.error());
    drop(lock);
    connector.write(&generation(3), &whole(1..5)).succeeded();
    assert_eq!(members(&sim), emails(1..5));
}

#[test]
fn the_end_of_the_input_is_enough_where_the_config_says_so_and_a_last_state_always_is() {
    let sim = small();
    let connector = mirroring(&sim);
    let mut one = entry(STREAM, None, "overwrite");
    one["sync_mode"] = "full_refresh".into();
    let catalog = catalog_of([one]);
    connector.write(&catalog, &whole(0..20)).succeeded();
    let mut lines = rows(1..20);
    connector.write(&catalog, &lines).succeeded();
    assert_eq!(members(&sim), emails(0..20));
    lines.push(state(STREAM, &json!({"__ab_full_refresh_sync_complete": true})));
    connector.write(&catalog, &lines).succeeded();
    assert_eq!(members(&sim), emails(1..20));
    connector.with("audience", json!({"ledger": "ledger", "finish": "eof"})).write(&catalog, &rows(2..20)).succeeded();
    assert_eq!(members(&sim), emails(2..20));
}

#[test]
fn a_dry_run_says_who_would_leave_and_lets_the_next_run_in() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let dry = connector.with("dry_run", json!(true));
    let mut lines = whole(3..20);
    lines.insert(0, person(3, "moved@example.com"));
    let run = dry.write(&generation(2), &lines).succeeded();
    let logs = run.logs().join("\n");
    assert!(logs.contains("Dry run: 3 of 20 members would leave"), "{logs}");
    let run = dry.write(&generation(2), &whole(10..20));
    assert!(
        run.error().contains("would remove 10 of 20 members, more than 20 %; nobody was removed"),
        "{}",
        run.error()
    );
    assert_eq!(members(&sim), emails(0..20));
    dry.with("dry_run", json!(false)).write(&generation(2), &whole(1..20)).succeeded();
    assert_eq!(members(&sim), emails(1..20));
}

#[test]
fn two_streams_are_no_mirror_of_one_audience() {
    let sim = small();
    let mapping =
        |stream: &str| json!({"stream": stream, "object": "audience_snapshot", "audience_name": AUDIENCE_SMALL});
    let connector = writing(&sim)
        .with("mappings", json!([mapping("one"), mapping("two")]))
        .with("audience", json!({"ledger": "ledger"}));
    let catalog = catalog_of([entry("one", None, "append"), entry("two", None, "append")]);
    let row = |stream: &str| record(stream, &json!({"external_id": stream, "email": "a@example.com"}));
    let run = connector.write(&catalog, &[row("one"), row("two"), complete("one"), complete("two")]);
    assert!(run.error().contains("Two streams are to be mirrored"), "{}", run.error());
}

#[test]
fn a_snapshot_is_offered_where_there_is_a_ledger_and_is_its_audience() {
    let sim = small();
    let id = audience(&sim, AUDIENCE_SMALL);
    let connector = writing(&sim).with("audience", json!({"ledger": "ledger"}));
    let object = format!("audience_snapshot: {AUDIENCE_SMALL} ({id})");
    let run = connector.destination("discover").succeeded();
    assert!(run.of_type("DESTINATION_CATALOG").any(|catalog| catalog.to_string().contains(&object)));
    let write = |generation: u64, people| {
        let mut one = entry(STREAM, Some(&object), "append");
        one["generation_id"] = generation.into();
        one["minimum_generation_id"] = generation.into();
        connector.write(&catalog_of([one]), &whole(people)).succeeded();
    };
    write(1, 0..10);
    write(2, 1..11);
    assert_eq!(members(&sim), emails(1..11));
    // Only what is new, which is no generation of its own.
    let mut one = entry(STREAM, Some(&object), "append");
    one["generation_id"] = 2.into();
    one["minimum_generation_id"] = 0.into();
    connector.write(&catalog_of([one]), &whole(11..12)).succeeded();
    assert_eq!(members(&sim), emails(1..12));
}
