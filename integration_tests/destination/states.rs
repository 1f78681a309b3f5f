//! What is acknowledged, and when.

use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, AUDIENCE_STREAMING, IdType, TOKEN_REVOKED};
use tiktok_ads::tables::{ROWS_MAX, ROWS_PER_RECORD_MAX};

use super::{STREAM, asked, audience, hashes, held, people, plain, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state, text};
use crate::harness::{fail, small};

const MAPPING: &str = "/segment/mapping/";

/// Far longer than a record may wait for others, and no end of the input.
const AGE_MAX: Duration = Duration::from_secs(60);

/// So many people with a state behind every `every` of them.
fn lines(count: usize, every: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, person) in people(AUDIENCE_SMALL, count).iter().enumerate() {
        lines.push(record(STREAM, person));
        if (at + 1) % every == 0 {
            lines.push(state(STREAM, &json!({"n": at + 1})));
        }
    }
    lines
}

#[test]
fn a_state_is_echoed_to_the_letter() {
    let sim = small();
    let big = r#"{"stream_descriptor":{"name":"audience_members","namespace":"a \"b\""},"stream_state":{"n":123456789012345678901234567890,"f":1.10,"e":1e400,"u":"ü"}}"#;
    let sent = format!(
        r#"{{"type":"STATE","state":{{"type":"STREAM","stream":{big},"id":7,"sourceStats":{{"recordCount":3.0}},"unknown":[null]}}}}"#
    );
    let connector = writing(&sim);
    let mut child = connector.start_write(&plain());
    child.stdin.take().unwrap().write_all(format!("{sent}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let told = stdout.lines().find(|line| line.contains("\"STATE\"")).unwrap();
    let stats = r#","destinationStats":{"recordCount":0.0,"rejectedRecordCount":0.0}}}"#;
    assert_eq!(told, format!("{}{stats}", sent.strip_suffix("}}").unwrap()));
}

#[test]
fn counts_add_up_per_stream_with_rejected_records_among_them() {
    let sim = small();
    let connector = writing(&sim).with(
        "mappings",
        json!([
            {"stream": "a", "object": "audience_members", "audience_name": AUDIENCE_SMALL},
            {"stream": "b", "object": "audience_members", "audience_name": AUDIENCE_STREAMING},
        ]),
    );
    let catalog = catalog_of(["a", "b"].map(|stream| entry(stream, None, "append")));
    let mut lines = Vec::new();
    for at in 0..300 {
        let bad = at % 10 == 0;
        let email = if bad { format!("nobody{at}") } else { format!("person{at}@example.com") };
        lines.push(record(if at % 3 == 0 { "a" } else { "b" }, &json!({"email": email})));
        match at % 50 {
            20 => lines.push(state("a", &json!({"n": at}))),
            40 => lines.push(state("b", &json!({"n": at}))),
            49 => lines.push(json!({"type": "STATE", "state": {"type": "GLOBAL", "global": {"shared_state": {"n": at}, "stream_states": []}}}).to_string()),
            _ => {}
        }
    }
    let run = connector.write(&catalog, &lines).succeeded();
    let count = |name: &str| -> f64 {
        run.of_type("STATE").map(|message| message["state"]["destinationStats"][name].as_f64().unwrap()).sum()
    };
    assert_eq!((count("recordCount"), count("rejectedRecordCount")), (270.0, 30.0));
    assert_eq!(run.of_type("STATE").count(), 18);
}

#[test]
fn a_clear_job_changes_nothing() {
    let sim = small();
    writing(&sim).write(&plain(), &lines(3, 3)).succeeded();
    let before = sim.requests().len();
    let input = [state(STREAM, &Value::Null), complete(STREAM)];
    let run = writing(&sim).write(&plain(), &input).succeeded();
    assert_eq!(run.of_type("STATE").count(), 1);
    let segment = sim.requests()[before..].iter().filter(|request| request.path.starts_with("/segment/")).count();
    assert_eq!(segment, 0);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(3));
}

/// Reads stdout up to the first STATE.
fn first_state(stdout: impl std::io::Read) -> Option<String> {
    BufReader::new(stdout).lines().map_while(Result::ok).find(|line| line.contains("\"STATE\""))
}

#[test]
fn complete_sends_what_waits() {
    let sim = small();
    let connector = writing(&sim);
    let mut child = connector.start_write(&plain());
    let mut stdin = child.stdin.take().unwrap();
    let began = Instant::now();
    let mut input = lines(3, 3);
    input.push(complete(STREAM));
    stdin.write_all(text(&input).as_bytes()).unwrap();
    assert!(first_state(child.stdout.as_mut().unwrap()).is_some());
    assert!(began.elapsed() < Duration::from_secs(10), "it did not wait for others");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn on_a_slow_pipe_a_record_is_sent_though_no_line_follows() {
    let sim = small();
    let connector = writing(&sim);
    let mut child = connector.start_write(&plain());
    let mut stdin = child.stdin.take().unwrap();
    let began = Instant::now();
    stdin.write_all(text(&lines(1, 1)).as_bytes()).unwrap();
    assert!(first_state(child.stdout.as_mut().unwrap()).is_some());
    assert!(began.elapsed() < AGE_MAX, "{:?}", began.elapsed());
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn nothing_is_acknowledged_before_it_is_accepted() {
    let sim = small();
    fail(&sim, &format!("path={MAPPING},kind=40105"));
    let run = writing(&sim).write(&plain(), &lines(2_500, 100));
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
    assert!(run.error().starts_with("config_error: "), "{}", run.error());
    assert!(asked(&sim, MAPPING) <= 4, "{}", asked(&sim, MAPPING));
}

#[test]
fn a_token_revoked_on_the_way_stops_the_run_with_what_is_safe() {
    let sim = small();
    fail(&sim, &format!("path={MAPPING},after=2,kind=40105"));
    let run = writing(&sim).with("max_concurrent_requests", 1).write(&plain(), &lines(6_000, 100));
    assert_eq!(run.exit, Some(1));
    let whole_calls = 2 * (ROWS_MAX - ROWS_PER_RECORD_MAX + 1);
    assert_eq!(run.of_type("STATE").count(), whole_calls / 100);
    assert!(asked(&sim, MAPPING) <= 4, "{}", asked(&sim, MAPPING));
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(whole_calls));
}

#[test]
fn a_revoked_token_is_told_before_anything_is_written() {
    let sim = small();
    let run = writing(&sim).token(TOKEN_REVOKED).write(&plain(), &lines(3, 3));
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
}

#[test]
fn a_call_that_hangs_holds_back_the_states_behind_it() {
    let sim = small();
    fail(&sim, &format!("path={MAPPING},times=1,kind=stall"));
    let connector = writing(&sim);
    let mut child = connector.start_write(&plain());
    let mut stdin = child.stdin.take().unwrap();
    let all = lines(3_000, 100);
    // More than one call takes, with their states.
    let (first, rest) = all.split_at(1_111);
    stdin.write_all(text(first).as_bytes()).unwrap();
    while asked(&sim, MAPPING) == 0 {
        std::thread::yield_now();
    }
    stdin.write_all(text(rest).as_bytes()).unwrap();
    let tried = || sim.requests().iter().filter(|request| request.path == MAPPING && request.code == Some(0)).count();
    let began = Instant::now();
    while tried() < 2 && began.elapsed() < AGE_MAX {
        std::thread::yield_now();
    }
    assert_eq!(tried(), 2, "the others got through");
    child.kill().unwrap();
    drop(stdin);
    assert_eq!(first_state(child.stdout.as_mut().unwrap()), None);
    child.wait().unwrap();
}

#[test]
fn a_dry_run_sends_nothing_and_acknowledges_nothing() {
    let sim = small();
    let mut input = lines(1_200, 100);
    input.push(record(STREAM, &json!({"email": "new@example.com", "audience_name": "Not there yet"})));
    let run = writing(&sim).with("dry_run", true).write(&plain(), &input).succeeded();
    assert_eq!(run.of_type("STATE").count(), 0);
    assert_eq!(sim.requests().iter().filter(|request| request.method != "GET").count(), 0);
    let logs = run.logs().join("\n");
    for words in ["Dry run, nothing was sent", "1200 to add", "\"Not there yet\" would be created"] {
        assert!(logs.contains(words), "{logs}");
    }
}

#[test]
fn lines_as_a_python_library_writes_them_are_understood() {
    let sim = small();
    let person = &people(AUDIENCE_SMALL, 1)[0];
    let mut data = person.clone();
    data["_airbyte_raw_id"] = "01JZ".into();
    data["_airbyte_extracted_at"] = "2026-01-01T00:00:00Z".into();
    data["_airbyte_meta"] = json!({"changes": [], "sync_id": 1});
    let nulls = json!({"log": null, "spec": null, "trace": null, "control": null, "catalog": null});
    let with_nulls = |message: Value| {
        let mut message = message.as_object().unwrap().clone();
        message.extend(nulls.as_object().unwrap().clone());
        Value::Object(message).to_string()
    };
    let input = [
        json!({"type": "LOG", "log": {"level": "INFO", "message": "\"RECORD\" soon"}}).to_string(),
        with_nulls(json!({"type": "RECORD", "state": null, "record": {"namespace": null, "stream": STREAM, "data": data, "emitted_at": 1.76e12, "meta": null}})),
        json!({"type": "TRACE", "trace": {"type": "ESTIMATE", "emitted_at": 1.5, "estimate": {"name": STREAM, "type": "STREAM"}}}).to_string(),
        with_nulls(json!({"type": "STATE", "record": null, "state": {"type": "STREAM", "stream": {"stream_descriptor": {"name": STREAM, "namespace": null}, "stream_state": {"a": 1}}, "global_": null, "data": null, "sourceStats": null, "destinationStats": null}})),
    ];
    let run = writing(&sim).write(&plain(), &input).succeeded();
    assert_eq!(run.of_type("STATE").count(), 1);
    assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(1));
}
