//! What a look at a ledger says: `check`, the audit, and who wants to be forgotten.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, Simulator};

use super::mirror::{STREAM, emails, folder, generation, members, mirroring, says, whole};
use super::writing;
use crate::harness::feed::{complete, record};
use crate::harness::{Connector, at_once, small};

fn change(folder: &Path, key: &str, value: Value) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest[key] = value;
    fs::write(path, manifest.to_string()).unwrap();
}

type Damage = fn(&Path);

#[test]
fn a_check_says_what_a_write_would() {
    let damage: [(&str, Damage); 6] = [
        ("manifest.json of the ledger of audience", |folder| {
            fs::write(folder.join("manifest.json"), "{\"ver").unwrap()
        }),
        ("newer version", |folder| change(folder, "version", 2.into())),
        ("is that of audience 1 of", |folder| change(folder, "audience_id", "1".into())),
        ("of advertiser 1", |folder| change(folder, "advertiser_id", "1".into())),
        ("segment-2-0 of the ledger of the audience", |folder| fs::remove_file(folder.join("segment-2-0")).unwrap()),
        ("Cannot write the ledger", |folder| fs::create_dir(folder.join(".check")).unwrap()),
    ];
    at_once(&damage, |(what, damage)| {
        let sim = small();
        let connector = mirroring(&sim);
        connector.write(&generation(1), &whole(0..5)).succeeded();
        let status = connector.destination("check").connection_status();
        assert!(status.contains("SUCCEEDED"), "{status}");
        damage(&folder(&connector));
        let status = connector.destination("check").connection_status();
        assert!(status.contains("FAILED") && status.contains(what), "{what}: {status}");
    });
}

#[test]
fn no_folder_is_made_that_is_called_like_a_home() {
    let sim = small();
    for (key, options) in [
        ("audience", json!({"ledger": "~/ledger"})),
        ("rejected_records", json!("~/rejected")),
        ("result_records", json!("~")),
        ("creatives", json!({"folder": "~user/files"})),
    ] {
        let connector = mirroring(&sim).with(key, options);
        let status = connector.destination("check").connection_status();
        assert!(status.contains("begins with ~, which only a shell understands"), "{key}: {status}");
        assert!(!connector.dir().join("~").exists(), "{key}");
    }
}

/// A ledger of two audiences.
fn two(sim: &Simulator) -> Connector {
    let connector = writing(sim)
        .with("mappings", json!([{"stream": STREAM, "object": "audience_members", "mirror": true}]))
        .with("audience", json!({"ledger": "ledger", "create_missing": true}));
    let row = |name: &str| {
        record(STREAM, &json!({"external_id": "shopper-1", "email": "person1@example.com", "audience_name": name}))
    };
    connector.write(&generation(1), &[row("East"), row(AUDIENCE_SMALL), complete(STREAM)]).succeeded();
    connector
}

#[test]
fn commands_for_people_go_on_past_what_is_damaged_and_say_so_in_the_end() {
    let sim = small();
    let connector = two(&sim);
    let east = super::audience(&sim, "East").to_string();
    let advertiser = folder(&connector).parent().unwrap().to_owned();
    fs::write(advertiser.join(&east).join("manifest.json"), "{").unwrap();
    let torn = format!("The file manifest.json of the ledger of audience {east} of advertiser");
    let (done, told) = says(&connector, &["destination", "audit", "--config", "config.json"], "");
    assert!(!done && told.contains(&torn), "{told}");
    assert!(told.contains("1 member by the ledger"), "{told}");
    let (done, told) = says(&connector, &["ledger", "forget", "--config", "config.json"], "shopper-1\n");
    assert!(!done && told.contains(&torn), "{told}");
    assert!(told.contains("1 member forgotten"), "{told}");
    assert!(members(&sim).is_empty());
}

#[test]
fn an_old_copy_of_a_ledger_is_not_believed() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let ledger = folder(&connector);
    let copy: Vec<(std::path::PathBuf, Vec<u8>)> = fs::read_dir(&ledger)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    connector.write(&generation(2), &whole(1..21)).succeeded();
    fs::remove_dir_all(&ledger).unwrap();
    fs::create_dir(&ledger).unwrap();
    for (path, bytes) in copy {
        fs::write(path, bytes).unwrap();
    }
    let run = connector.write(&generation(3), &whole(2..22));
    assert!(run.error().contains(&format!("audience {AUDIENCE_SMALL:?}")), "{}", run.error());
    assert!(run.error().contains("is an old copy: it has come to 2"), "{}", run.error());
    assert_eq!(members(&sim), emails(1..21));
    // What is begun anew is no old copy.
    fs::remove_dir_all(&ledger).unwrap();
    connector.write(&generation(4), &whole(2..22)).succeeded();
    connector.write(&generation(5), &whole(2..22)).succeeded();
    assert_eq!(members(&sim), emails(1..22));
}

#[test]
fn an_audit_tells_of_a_ledger_that_runs_refuse() {
    let damage: [(&str, Damage); 2] = [
        ("is missing", |folder| fs::remove_file(folder.join("segment-2-0")).unwrap()),
        ("segment-2-0", |folder| {
            let segment = fs::read(folder.join("segment-2-0")).unwrap();
            fs::write(folder.join("segment-2-0"), &segment[..segment.len() - 3]).unwrap();
        }),
    ];
    at_once(&damage, |(what, damage)| {
        let sim = small();
        let connector = mirroring(&sim);
        connector.write(&generation(1), &whole(0..5)).succeeded();
        damage(&folder(&connector));
        let (done, told) = says(&connector, &["destination", "audit", "--config", "config.json"], "");
        assert!(!done && told.contains(what), "{what}: {told}");
    });
}

#[test]
fn an_external_id_that_is_nobodys_deletes_nobody_and_says_so() {
    let sim = small();
    let connector = mirroring(&sim).keeping_rejects();
    connector.write(&generation(1), &whole(0..5)).succeeded();
    for id in [json!(0), json!("null"), json!(" Unknown ")] {
        let row = json!({"external_id": id, "_op": "delete"});
        let run = connector.write(&generation(2), &[record(STREAM, &row)]);
        assert!(run.error().contains("The only row was rejected for empty"), "{id}: {}", run.error());
        let (done, told) = says(
            &connector,
            &["ledger", "forget", "--config", "config.json"],
            &format!("shopper-1\n{}\n", id.as_str().unwrap_or("0")),
        );
        assert!(!done && told.contains("1 id can be nobody's"), "{told}");
    }
    assert_eq!(members(&sim), emails(0..5));
}
