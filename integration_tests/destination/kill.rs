//! Killed at any moment: what was acknowledged is at TikTok.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use simulator::{AUDIENCE_SMALL, IdType};

use super::{STREAM, audience, hashes, held, people, plain, writing};
use crate::harness::feed::{record, state, text};
use crate::harness::{Connector, at_once, fail, small};

const RECORDS: usize = 5_000;
const EVERY: usize = 100;

fn input() -> String {
    let mut lines = Vec::new();
    for (at, person) in people(AUDIENCE_SMALL, RECORDS).iter().enumerate() {
        lines.push(record(STREAM, person));
        if (at + 1) % EVERY == 0 {
            lines.push(state(STREAM, &json!({"n": at + 1})));
        }
    }
    text(&lines)
}

/// Whole lines up to the `states`-th STATE, then the end. Input ends after that, so that nothing is done that waits for its end.
pub(super) fn killed(connector: &Connector, catalog: &Value, input: &str, states: usize) -> Vec<String> {
    let mut child = connector.start_write(catalog);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::scope(|scope| {
        let input = scope.spawn(move || {
            let _ = stdin.write_all(input.as_bytes());
            stdin
        });
        let (mut lines, mut seen) = (Vec::new(), 0);
        while seen < states {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "it ended early: {lines:?}");
            seen += usize::from(line.contains("\"STATE\""));
            lines.push(line);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        drop(input.join());
        // What it still said before the end counts as told.
        lines.extend(stdout.lines().map_while(Result::ok).filter(|line| line.ends_with('}')));
        lines
    })
}

#[test]
fn what_was_acknowledged_before_a_kill_is_at_tiktok() {
    let input = input();
    at_once(&[1, 2, 11, 12, 25, 31, 41, 49], |states| {
        let sim = small();
        fail(
            &sim,
            "path=/segment/mapping/,rate=0.2,max=1,kinds=40100|html502|drop;path=/segment/mapping/,rate=0.2,max=1,kinds=drop|truncate,committed=true",
        );
        let run = Connector::cut(&killed(&writing(&sim), &plain(), &input, *states), &input);
        let last = run.states(STREAM).last().unwrap()["stream"]["stream_state"]["n"].as_u64().unwrap();
        let there = held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256);
        assert!(hashes(usize::try_from(last).unwrap()).is_subset(&there), "killed after {states} states: {last}");
    });
}

/// Far above what an end takes.
const PROMPTLY: Duration = Duration::from_secs(5);

/// The platform reads no more, but goes on to feed it.
#[test]
fn a_signal_ends_it_promptly_though_nobody_reads_what_it_says() {
    let input = input();
    at_once(&[(Signal::TERM, 143), (Signal::INT, 130)], |(signal, code)| {
        let sim = small();
        let connector = writing(&sim);
        connector.file("catalog.json", &plain().to_string());
        let (reader, writer) = std::io::pipe().unwrap();
        let most = rustix::pipe::fcntl_setpipe_size(&writer, 4_096).unwrap() as u64 / 2;
        let args = ["write", "--config", "config.json", "--catalog", "catalog.json"];
        let mut child = connector.command(&args).stdin(Stdio::piped()).stdout(writer).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // The pipe stays open behind it: more is to come.
            scope.spawn(|| stdin.write_all(input.as_bytes()));
            let started = Instant::now();
            while rustix::io::ioctl_fionread(&reader).unwrap() < most {
                assert!(started.elapsed() < PROMPTLY * 4, "it fills no pipe");
                std::thread::yield_now();
            }
            let sent = Instant::now();
            kill_process(Pid::from_child(&child), *signal).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(*code), "{signal:?}");
            assert!(sent.elapsed() < PROMPTLY, "{signal:?}");
        });
    });
}
