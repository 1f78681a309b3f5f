//! Rows that are refused: told, counted, written down, and never with an identifier.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, AudienceOptions, IdType, IndexStyle, Options, Simulator};

use super::{STREAM, audience, held, sha, writing};
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{options, slow, small};

/// What is wrong, and the row.
fn bad_rows() -> Vec<Value> {
    vec![
        json!({"email": "not an address at all"}),
        json!({"email": "two@example.com, of@example.com"}),
        json!({"phone": "020 7946 0958"}),
        json!({"phone": "1.2E+10"}),
        json!({"maid": "00000000-0000-0000-0000-000000000000"}),
        json!({"email_sha256": sha("")}),
        json!({"email": {"address": "nested@example.com"}}),
        json!({"email": "good@example.com", "_op": "upsert"}),
        json!({"email": "good@example.com", "consent": "perhaps later"}),
        json!({"email": "good@example.com", "advertiser_id": "Tokyo Shop"}),
        json!({"email": null, "phone": ""}),
        json!({"country": "US"}),
    ]
}

fn keyed(rows: Vec<Value>) -> Vec<String> {
    let with = |(at, mut row): (usize, Value)| {
        row["external_id"] = format!("customer-{at}").into();
        row["audience_name"] = AUDIENCE_SMALL.into();
        record(STREAM, &row)
    };
    let mut lines: Vec<String> = rows.into_iter().enumerate().map(with).collect();
    lines.push(record(STREAM, &Value::Null));
    lines.push(record(STREAM, &json!({"email": "good@example.com", "audience_name": AUDIENCE_SMALL})));
    lines.push(state(STREAM, &json!({})));
    lines
}

fn catalog() -> Value {
    let mut entry = entry(STREAM, None, "append");
    entry["primary_key"] = json!([["external_id"]]);
    catalog_of([entry])
}

#[test]
fn refused_rows_are_written_down_with_reason_row_and_key() {
    let sim = small();
    let connector = writing(&sim).log_level("TRACE").keeping_rejects();
    let run = connector.write(&catalog(), &keyed(bad_rows())).succeeded();
    let rows: Vec<String> = connector.rejects().iter().map(|row| format!("{row}\n")).collect();
    insta::assert_snapshot!(rows.concat());
    let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
    assert_eq!(*stats, json!({"recordCount": 1.0, "rejectedRecordCount": 13.0}));
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256).len(), 1);
    let warnings: Vec<String> = run.logs().into_iter().filter(|log| log.contains("rejected: ")).collect();
    insta::assert_snapshot!(warnings.into_iter().filter(|log| log.starts_with("WARN")).collect::<Vec<_>>().join("\n"));
}

#[test]
fn tiktoks_own_words_are_kept() {
    let poison = vec![sha("good@example.com")];
    let sim = Simulator::start(Options {
        poison,
        audiences: AudienceOptions { index_style: IndexStyle::Batch, ..AudienceOptions::default() },
        ..options()
    })
    .unwrap();
    let connector = writing(&sim).keeping_rejects();
    connector.write(&catalog(), &keyed(vec![json!({"email": "other@example.com"})])).succeeded();
    let refused: Vec<Value> =
        connector.rejects().into_iter().filter(|row| row["reason"] == "refused_by_tiktok").collect();
    let [row] = &refused[..] else { panic!("{refused:#?}") };
    assert!(row["message"].as_str().unwrap().contains("Batch."), "{row}");
}

#[test]
fn a_field_that_is_bad_does_not_cost_the_person() {
    let sim = small();
    let connector = writing(&sim).keeping_rejects();
    let row = json!({"email": "good@example.com", "phone": "12", "email_2": "bad address"});
    let run = connector.write(&catalog(), &keyed(vec![row])).succeeded();
    assert_eq!(connector.rejects().len(), 1, "only the record without data");
    assert!(run.logs().iter().any(|log| log.contains("fields left out: ") && !log.contains("left out: none")));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_first_request() {
    let sim = small();
    let connector = writing(&sim).with("rejected_records", "/dev/null/x");
    let run = connector.write(&catalog(), &keyed(bad_rows()));
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
    assert!(run.error().contains("Cannot write rejected rows to /dev/null/x"), "{}", run.error());
    assert!(sim.requests().is_empty());
}

#[test]
fn a_folder_that_is_an_address_is_refused() {
    let sim = small();
    for address in ["s3://bucket/rejected", "file:///tmp/rejected"] {
        let connector = writing(&sim).with("rejected_records", address);
        let run = connector.write(&catalog(), &keyed(bad_rows()));
        let told =
            format!("`rejected_records` is \"{address}\", but it names a local folder; fill `object_storage_config`");
        assert!(run.error().contains(&told), "{}", run.error());
        assert!(sim.requests().is_empty());
    }
}

#[test]
fn what_cannot_be_stored_is_not_acknowledged() {
    let sim = small();
    let connector = writing(&sim).keeping_rejects();
    // A folder stands where the file should be.
    std::fs::create_dir_all(connector.dir().join("rejected/rejected-audience_members.jsonl")).unwrap();
    let mut child = connector.start_write(&catalog());
    let input = crate::harness::feed::text(&keyed(bad_rows()));
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let stdout = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(!stdout.contains("\"STATE\""), "{stdout}");
    assert!(stdout.contains("Cannot write rejected rows to"), "{stdout}");
}

#[test]
fn a_run_of_which_nothing_was_written_is_no_success() {
    let sim = small();
    let upper = |at: usize| json!({"EMAIL": format!("person{at}@example.com"), "AUDIENCE_NAME": AUDIENCE_SMALL});
    let bad = json!({"EMAIL": "x", "audience_name": AUDIENCE_SMALL, "email": "nobody"});
    let lines = |rows: &[Value]| {
        let mut lines: Vec<String> = rows.iter().map(|row| record(STREAM, row)).collect();
        lines.push(state(STREAM, &json!({})));
        lines
    };
    let mapping = json!([{"stream": STREAM, "object": STREAM, "audience_name": AUDIENCE_SMALL}]);
    let connector = writing(&sim).with("mappings", mapping);
    let run = connector.write(&catalog(), &lines(&[upper(0), bad.clone(), upper(1)]));
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 1));
    assert_eq!(
        run.error(),
        "config_error: All 3 rows were rejected, 2 of them for empty: No column holds an e-mail address, a phone number \
         or a device id. The first such row is number 1 of stream `audience_members`. Rows have columns such as \
         `AUDIENCE_NAME`, `EMAIL`: names count to the letter, and `mappings` lead from them to TikTok's fields. \
         Set `rejected_records` to see every row's reason."
    );
    assert!(
        connector
            .write(&catalog(), &lines(std::slice::from_ref(&bad)))
            .error()
            .contains("The only row was rejected for invalid_email: ")
    );
    connector.with("dry_run", true).write(&catalog(), &lines(&[bad, json!({"email": "good@example.com"})])).succeeded();
}

#[test]
fn rejected_rows_can_be_found_again() {
    let sim = small();
    let keyed_by = |key: Value| {
        let mut entry = entry(STREAM, None, "append");
        entry["primary_key"] = key;
        catalog_of([entry])
    };
    let keys = |key: Value, rows: &[Value]| -> Vec<Value> {
        let connector = writing(&sim).keeping_rejects();
        let mut lines: Vec<String> = rows.iter().map(|row| record(STREAM, row)).collect();
        lines.push(record(STREAM, &json!({"email": "good@example.com", "audience_name": AUDIENCE_SMALL})));
        connector.write(&keyed_by(key), &lines).succeeded();
        connector.rejects().iter().map(|row| row["key"].clone()).collect()
    };
    let rows: Vec<Value> = (0..3).map(|at| json!({"id": 1000 + at, "shop": "Berlin", "email": "nobody"})).collect();
    assert_eq!(keys(json!([["id"]]), &rows), ["1000", "1001", "1002"]);
    assert_eq!(keys(json!([["shop"], ["id"]]), &rows[..1]), ["Berlin / 1000"]);
    // printf 'tiktok-ads:%s' … | sha256sum
    let hashed = |text: &str| Value::from(format!("sha256:{}", sha(&format!("tiktok-ads:{text}"))));
    let person = json!({"id": "jane.doe@example.com", "phone": "12", "no": "+4915112345678"});
    assert_eq!(keys(json!([["id"]]), std::slice::from_ref(&person)), [hashed("jane.doe@example.com")]);
    assert_eq!(keys(json!([["phone"]]), std::slice::from_ref(&person)), [hashed("12")]);
    assert_eq!(keys(json!([["no"]]), std::slice::from_ref(&person)), [hashed("+4915112345678")]);
}

/// So many rows, of which each tenth is bad, and a state.
fn a_tenth_bad(rows: usize) -> Vec<String> {
    let row = |at: usize| {
        let email = if at.is_multiple_of(10) { "nobody".to_owned() } else { format!("person{at}@example.com") };
        record(STREAM, &json!({"external_id": at, "email": email, "audience_name": AUDIENCE_SMALL}))
    };
    let mut lines: Vec<String> = (1..=rows).map(row).collect();
    lines.push(state(STREAM, &json!({"rows": rows})));
    lines
}

#[test]
fn a_run_of_which_too_much_is_rejected_ends_after_what_was_accepted_is_acknowledged() {
    let sim = small();
    let allowing = |percent: u64| writing(&sim).with("rejects", json!({"max_percent": percent}));
    allowing(10).write(&catalog(), &a_tenth_bad(50)).succeeded();
    let run = allowing(9).write(&catalog(), &a_tenth_bad(50));
    assert_eq!(run.exit, Some(1));
    insta::assert_snapshot!(run.error());
    let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
    assert_eq!(*stats, json!({"recordCount": 45.0, "rejectedRecordCount": 5.0}));
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256).len(), 45);
}

#[test]
fn a_long_input_of_which_too_much_is_rejected_is_not_read_to_its_end() {
    let sim = small();
    let many: Vec<String> = (0..40).flat_map(|_| a_tenth_bad(1_000)).collect();
    let run = writing(&sim).with("rejects", json!({"max_percent": 5})).write(&catalog(), &many);
    assert!(run.error().contains("more than the 5 % that `rejects.max_percent` allows"), "{}", run.error());
    let states = run.states(STREAM).count();
    assert!((1..40).contains(&states), "{states} of 40 states");
}

#[test]
fn what_is_on_its_way_counts_as_good_while_more_comes() {
    let sim = slow(Duration::from_millis(400));
    let connector = writing(&sim).with("rejects", json!({"max_percent": 25}));
    let run = connector.write(&catalog(), &a_tenth_bad(12_000)).succeeded();
    let stats = &run.states(STREAM).last().unwrap()["destinationStats"];
    assert_eq!(*stats, json!({"recordCount": 10_800.0, "rejectedRecordCount": 1_200.0}));
}

#[test]
fn a_percent_that_is_none_is_told() {
    let run = writing(&small()).with("rejects", json!({"max_percent": 101})).write(&catalog(), &a_tenth_bad(10));
    assert!(run.error().contains("rejects.max_percent"), "{}", run.error());
}
