//! The stream of what runs did to audiences: written by the destination, read by the source.

use serde_json::{Value, json};

use super::mirror::{folder, generation, mirroring, whole};
use crate::harness::{Connector, catalog, small};

const SYNCS: &str = "audience_syncs";

/// A source beside a destination, which needs no TikTok.
fn reading(destination: &Connector) -> Connector {
    let ledger = destination.dir().join("ledger");
    Connector::offline().with("audience_ledger", json!({"folder": ledger}))
}

fn told(row: &Value) -> Value {
    let names = ["run", "generation_id", "rows", "added", "unchanged", "removed_identifiers", "rejected", "members"];
    Value::from_iter(names.iter().map(|name| row[*name].clone()))
}

#[test]
fn every_run_is_a_row_once_and_reading_takes_no_lock() {
    let sim = small();
    let destination = mirroring(&sim);
    let source = reading(&destination);
    let syncs = catalog::some(&[SYNCS]);
    destination.write(&generation(1), &whole(0..20)).succeeded();
    destination.write(&generation(2), &whole(1..20)).succeeded();
    let lock = std::fs::OpenOptions::new().write(true).open(folder(&destination).join(".lock")).unwrap();
    lock.lock().unwrap();
    let first = source.read(&syncs).succeeded();
    drop(lock);
    let rows: Vec<_> = first.records(SYNCS).map(told).collect();
    assert_eq!(rows, [json!([1, 1, 20, 20, 0, 0, 0, 20]), json!([2, 2, 19, 0, 19, 1, 0, 19])]);
    let again = source.read_from(&syncs, &first.state()).succeeded();
    assert_eq!(again.records(SYNCS).count(), 0);
    // TikTok's numbers are those of the run's beginning; it has had no time to match anybody.
    let second = first.records(SYNCS).last().unwrap();
    assert_eq!((&second["is_valid"], &second["match_rate"]), (&json!(false), &Value::Null));
    assert!(second["cover_num"].is_number() && second["expired_time"].is_string(), "{second}");
    // A guard's refusal is a row, too, and says why.
    destination.write(&generation(3), &whole(10..20));
    let last = source.read_from(&syncs, &again.state()).succeeded();
    let [row] = &last.records(SYNCS).collect::<Vec<_>>()[..] else { panic!("one row") };
    assert_eq!(told(row), json!([3, 3, 10, 0, 10, 0, 0, 19]));
    assert_eq!((row["complete"].as_bool(), row["audience_id"].is_string()), (Some(false), true));
    assert!(row["message"].as_str().unwrap().contains("would remove 9 of 19 members"), "{row}");
}

#[test]
fn a_ledger_begun_anew_is_read_from_its_start() {
    let sim = small();
    let destination = mirroring(&sim);
    let source = reading(&destination);
    let syncs = catalog::some(&[SYNCS]);
    destination.write(&generation(1), &whole(0..5)).succeeded();
    destination.write(&generation(2), &whole(0..5)).succeeded();
    let state = source.read(&syncs).succeeded().state();
    std::fs::remove_dir_all(destination.dir().join("ledger")).unwrap();
    assert_eq!(source.read_from(&syncs, &state).succeeded().records(SYNCS).count(), 0);
    destination.write(&generation(3), &whole(0..5)).succeeded();
    assert_eq!(source.read_from(&syncs, &state).succeeded().records(SYNCS).count(), 1);
}

#[test]
fn only_the_advertisers_of_the_config_are_read() {
    let sim = small();
    let destination = mirroring(&sim);
    destination.write(&generation(1), &whole(0..5)).succeeded();
    let other = reading(&destination).with("advertiser_ids", json!(["1"]));
    assert_eq!(other.read(&catalog::some(&[SYNCS])).succeeded().records(SYNCS).count(), 0);
}

#[test]
fn without_a_ledger_the_stream_says_what_to_set_and_stops_no_other() {
    let run = Connector::offline().read(&catalog::some(&[SYNCS]));
    assert!(run.error().starts_with("config_error: "), "{}", run.error());
    assert!(run.error().contains("`audience_ledger` is empty"), "{}", run.error());
    assert!(run.error().contains("Set `audience_ledger.folder`"), "{}", run.error());
    let sim = small();
    let run = Connector::to(&sim).read(&catalog::some(&[SYNCS, "webhook_events", "advertisers"])).succeeded();
    assert_eq!(run.statuses(SYNCS).last(), Some(&"COMPLETE"));
    assert!(run.records("advertisers").count() > 0);
    assert!(run.logs().join("\n").contains("Stream `audience_syncs` has no records: `audience_ledger.folder`"));
}

#[test]
fn a_ledger_that_is_not_there_yet_and_one_that_is_damaged_are_told() {
    let sim = small();
    let destination = mirroring(&sim);
    let source = reading(&destination);
    let syncs = catalog::some(&[SYNCS]);
    let run = source.read(&syncs).succeeded();
    assert!(run.logs().join("\n").contains("the ledger has no audience yet"), "{:?}", run.logs());
    assert!(!destination.dir().join("ledger").exists(), "who reads makes nothing");
    destination.write(&generation(1), &whole(0..5)).succeeded();
    let state =
        json!([{"type": "STREAM", "stream": {"stream_descriptor": {"name": SYNCS}, "stream_state": {"ledger": 7}}}]);
    let run = source.read_from(&syncs, &state);
    assert!(run.error().contains("holds no place in the ledger"), "{}", run.error());
    std::fs::write(folder(&destination).join("manifest.json"), "{").unwrap();
    let run = source.read(&syncs);
    assert!(run.error().contains("The file manifest.json of the ledger of audience "), "{}", run.error());
}

#[test]
fn check_tells_of_the_ledger() {
    let sim = small();
    let destination = mirroring(&sim);
    let ledger = destination.dir().join("ledger");
    // A name alone is the folder.
    let source = Connector::to(&sim).with("audience_ledger", ledger.to_str().unwrap());
    assert!(source.check().logs().join("\n").contains("the ledger has no audience yet"));
    destination.write(&generation(1), &whole(0..5)).succeeded();
    assert!(source.check().logs().join("\n").contains("1 audience can be read"));
}
