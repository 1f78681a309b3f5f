//! What the receiver takes, and what it keeps.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;

use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::{Options, SANDBOX_APP, Simulator};

use super::{PATH_TOKEN, Receiver, all_text, body, connector, request, sign, spool};
use crate::harness::{Connector, catalog, now};

const KEY: &str = SANDBOX_APP.secret;

fn ids(connector: &Connector, state: Option<&Value>) -> (Vec<String>, Value) {
    let events = catalog::some(&["webhook_events"]);
    let run = match state {
        Some(state) => connector.read_from(&events, state).succeeded(),
        None => connector.read(&events).succeeded(),
    };
    let id = |record: &Value| record["event_id"].as_str().unwrap().trim_end_matches("-0").to_owned();
    (run.records("webhook_events").map(id).collect(), run.state())
}

#[test]
fn only_what_is_signed_and_young_is_kept() {
    let connector = connector(Connector::offline());
    let mut receiver = Receiver::start(&connector);
    let (second, hour) = (1, 3_600);
    let moment = now().timestamp();
    for (id, key, age, expected) in [
        ("a", KEY, 0, 200),
        ("a", KEY, 0, 200),
        ("b", "another key", 0, 401),
        ("c", KEY, hour, 200),
        ("c", KEY, 71 * hour, 200),
        ("d", KEY, 72 * hour + 60 * second, 401),
        ("e", KEY, -400 * second, 401),
    ] {
        assert_eq!(receiver.post(key, moment - age, &body(id)), expected, "{id} {age}");
    }
    let path = format!("/{PATH_TOKEN}");
    let signature = format!("Tiktok-Signature: {}\r\n", sign(KEY, moment, &body("f")));
    assert_eq!(receiver.send(&path, &signature, &body("changed")).unwrap(), 401);
    assert_eq!(receiver.send(&path, "", &body("f")).unwrap(), 401);
    assert_eq!(receiver.send("/guessed", &signature, &body("f")).unwrap(), 404);
    assert_eq!(receiver.post(KEY, moment, "no JSON"), 400);
    assert_eq!(receiver.post(KEY, moment, &"x".repeat(2 << 20)), 413);
    let told = receiver.stop();
    assert!(!told.contains(PATH_TOKEN) && !told.contains(KEY), "{told}");
    assert_eq!(ids(&connector, None).0, ["a", "c"]);
    let kept = all_text(Path::new(spool(&connector)));
    assert!(!kept.contains(PATH_TOKEN) && !kept.contains(KEY), "{kept}");
}

#[test]
fn whoever_observes_learns_which_scheme_is_real() {
    let mut connector = connector(Connector::offline());
    connector.config["webhooks"]["signature"] = "observe".into();
    let receiver = Receiver::start(&connector);
    receiver.post(KEY, now().timestamp(), &body("a"));
    receiver.post("other", now().timestamp(), &body("b"));
    assert_eq!(receiver.send(&format!("/{PATH_TOKEN}"), "", &body("c")).unwrap(), 200);
    let health = receiver.health();
    let counts = ["seen", "valid", "invalid", "stored"].map(|name| health[name].clone());
    assert_eq!(counts, [json!(3), json!(1), json!(2), json!(3)]);
}

#[test]
fn what_was_answered_is_in_the_stream_once_whatever_is_killed() {
    let connector = connector(Connector::offline());
    let answered = Mutex::new(BTreeSet::new());
    let (mut read, mut state) = (Vec::new(), None);
    for round in 0..3 {
        let receivers = [Receiver::start(&connector), Receiver::start(&connector)];
        std::thread::scope(|scope| {
            for sender in 0..4 {
                let (answered, receivers) = (&answered, &receivers);
                scope.spawn(move || {
                    for number in 0.. {
                        let id = format!("{round}.{sender}.{number}");
                        let (body, moment) = (body(&id), now().timestamp());
                        let signature = format!("Tiktok-Signature: {}\r\n", sign(KEY, moment, &body));
                        for receiver in receivers {
                            match receiver.send(&format!("/{PATH_TOKEN}"), &signature, &body) {
                                Ok(200) => answered.lock().unwrap().insert(id.clone()),
                                _ => return,
                            };
                        }
                    }
                });
            }
            // A sync in the midst of it.
            let (more, place) = ids(&connector, state.as_ref());
            read.extend(more);
            state = Some(place);
            for receiver in &receivers {
                let pid = rustix::process::Pid::from_child(&receiver.child);
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            }
        });
    }
    read.extend(ids(&connector, state.as_ref()).0);
    let unique: BTreeSet<String> = read.iter().cloned().collect();
    assert_eq!(unique.len(), read.len(), "something came twice");
    let answered = answered.into_inner().unwrap();
    assert!(!answered.is_empty());
    let lost: Vec<_> = answered.difference(&unique).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn slow_senders_keep_nobody_out_and_what_is_under_way_is_answered() {
    let connector = connector(Connector::offline());
    let mut receiver = Receiver::start(&connector);
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(receiver.address).unwrap();
            stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n{").unwrap();
            stream
        })
        .collect();
    assert_eq!(receiver.post(KEY, now().timestamp(), &body("a")), 200);
    drop(slow);
    let moment = now().timestamp();
    let signature = format!("Tiktok-Signature: {}\r\n", sign(KEY, moment, &body("b")));
    let whole = request(&format!("/{PATH_TOKEN}"), &signature, &body("b"));
    let (first, rest) = whole.split_at(whole.len() - 5);
    let mut stream = TcpStream::connect(receiver.address).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    // It was accepted before this one, which is answered.
    assert_eq!(receiver.post(KEY, moment, &body("c")), 200);
    std::thread::scope(|scope| {
        let stopped = scope.spawn(|| receiver.stop());
        stream.write_all(rest.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        stopped.join().unwrap();
    });
    let mut all = ids(&connector, None).0;
    all.sort();
    assert_eq!(all, ["a", "b", "c"]);
}

#[test]
fn a_saved_call_back_is_judged() {
    let connector = connector(Connector::offline());
    let (text, moment) = (body("a"), now().timestamp());
    let signature = sign(KEY, moment, &text);
    connector.file("body.json", &text);
    connector.file("saved.txt", &request("/", &format!("Tiktok-Signature: {signature}\r\n"), &text));
    let wrong = sign("other", moment, &text);
    for (args, expected) in [
        (vec!["--signature", &signature, "body.json"], "Valid: "),
        (vec!["saved.txt"], "Valid: "),
        (vec!["body.json"], "Not valid: there is no signature"),
        (vec!["--signature", &wrong, "body.json"], "Not valid: the signature was made with another key"),
    ] {
        let args = [&["webhook", "verify", "--config", "config.json"], args.as_slice()].concat();
        let output = connector.command(&args).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(output.status.success(), expected == "Valid: ");
    }
}

#[test]
fn a_read_without_a_spool_says_what_to_set() {
    let run = Connector::offline().read(&catalog::some(&["webhook_events"]));
    assert!(run.error().contains("`webhooks.spool` is empty"), "{}", run.error());
}

/// Who chooses everything gets everything else.
#[test]
fn beside_other_streams_a_missing_spool_is_told() {
    let sim = Simulator::start(Options::default()).unwrap();
    let run = Connector::to(&sim).read(&catalog::some(&["webhook_events", "advertisers"])).succeeded();
    assert_eq!(run.statuses("webhook_events").last(), Some(&"COMPLETE"));
    assert!(run.logs().join("\n").contains("Stream `webhook_events` has no records: `webhooks.spool`"));
}

#[test]
fn what_is_old_and_read_is_pruned() {
    let mut connector = connector(Connector::offline());
    Receiver::start(&connector).post(KEY, now().timestamp(), &body("a"));
    let prune = |connector: &Connector| {
        let output = connector.command(&["webhook", "prune", "--config", "config.json"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    connector = connector.later(TimeDelta::days(31));
    assert!(prune(&connector).contains("no sync has read all of it"));
    assert_eq!(ids(&connector, None).0, ["a"]);
    assert!(prune(&connector).starts_with("Removed 1 file"));
    assert_eq!(ids(&connector, None).0, [""; 0]);
}
