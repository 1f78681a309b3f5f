//! The CronJob of `deploy/kubernetes`, without a cluster: its command, run in a shell as a pod runs it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use chrono::Days;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use simulator::Simulator;

use crate::harness::{BINARY, Connector, catalog, fail, now, slow, small};
use crate::tidy::read;

const CRON_JOB: &str = "deploy/kubernetes/cronjob.yaml";
const STREAMS: [&str; 2] = ["advertisers", "ads_reports_daily"];

/// The lines of a block of YAML text, `|`, behind a line.
fn block(file: &str, before: &str) -> String {
    let text = read(file);
    let mut lines = text.lines().skip_while(|line| line.trim() != before).skip(1).peekable();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines.peek().unwrap());
    let own = lines.take_while(|line| line.trim().is_empty() || indent(line) >= own).map(|line| line.get(own..));
    own.map(|line| line.unwrap_or_default().to_owned() + "\n").collect()
}

fn connector(sim: &Simulator) -> Connector {
    let start = now().date_naive() - Days::new(8);
    let connector = Connector::to(sim).with("start_date", start.to_string()).with("shard", json!({"count": 3}));
    connector.file("catalog.json", &catalog::some(&STREAMS).to_string());
    connector
}

/// A pod's container, its volumes in the connector's directory.
fn pod(connector: &Connector, index: u32, name: &str) -> Command {
    let folder = connector.dir().to_str().unwrap();
    let script = block(CRON_JOB, "- |")
        .replace("sleep 2", "sleep 0.1")
        .replace("/data", &format!("{folder}/data"))
        .replace("/config/", &format!("{folder}/"))
        .replace("/catalog/", &format!("{folder}/"));
    let mut command = connector.command_of(Path::new("/bin/sh"), &["-uc", &script]);
    command.env("PATH", "/usr/bin:/bin").env("POD_NAME", name).env("JOB_COMPLETION_INDEX", index.to_string());
    command.env("AIRBYTE_ENTRYPOINT", format!("exec {BINARY} source"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn files(folder: PathBuf) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn text(output: &Output) -> &str {
    assert_eq!(std::str::from_utf8(&output.stderr), Ok(""));
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn numbers_of_shards_agree() {
    let config: Value = serde_json::from_str(&block("deploy/kubernetes/config.yaml", "config.json: |")).unwrap();
    let count = config["shard"]["count"].as_u64().unwrap();
    assert!(config["shard"]["index"].is_null());
    for key in ["completions", "parallelism"] {
        assert!(read(CRON_JOB).contains(&format!("\n      {key}: {count}\n")), "{key}");
    }
    let catalog: Value = serde_json::from_str(&block("deploy/kubernetes/catalog.yaml", "catalog.json: |")).unwrap();
    let sim = small();
    Connector::to(&sim).with("start_date", now().date_naive().to_string()).read(&catalog).succeeded();
}

#[test]
fn pods_leave_records_and_states_on_the_volume_and_the_rest_in_the_log() {
    let sim = small();
    let connector = connector(&sim);
    let mut counts = Vec::new();
    for run in ["a", "b"] {
        let mut records = 0;
        for index in 0..3 {
            let name = format!("tiktok-ads-{index}-{run}");
            let output = pod(&connector, index, &name).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            let log = text(&output);
            assert!(log.contains(&format!("This is shard {index} of 3")) && log.contains("COMPLETE"), "{log}");
            assert!(!log.contains(r#""level":"WARN""#), "{log}");
            assert!(!log.contains(r#"{"type":"RECORD""#) && !log.contains(r#"{"type":"STATE""#), "{log}");
            let path = connector.dir().join(format!("data/records/shard-{index}-{name}.jsonl"));
            records += std::fs::read_to_string(path).unwrap().matches(r#"{"type":"RECORD""#).count();
        }
        counts.push(records);
    }
    assert!(counts[1] > 0 && counts[1] < counts[0], "the second goes on where the first ended: {counts:?}");
    assert_eq!(files(connector.dir().join("data/state")), ["state-0.json", "state-1.json", "state-2.json"]);
}

#[test]
fn a_pod_that_is_stopped_or_was_killed_leaves_its_records() {
    let sim = slow(Duration::from_millis(300));
    let connector = connector(&sim);
    let folder = connector.dir().join("data/records");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("shard-1-killed.jsonl.part"), "{}\n").unwrap();
    std::fs::write(folder.join("shard-2-running.jsonl.part"), "{}\n").unwrap();
    let child = pod(&connector, 1, "stopped").spawn().unwrap();
    while sim.requests().is_empty() {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", text(&output));
    let left = ["shard-1-killed.jsonl", "shard-1-stopped.jsonl", "shard-2-running.jsonl.part"];
    assert_eq!(files(folder), left, "what another shard writes is left alone");
    assert!(connector.dir().join("data/state/state-1.json").exists());
}

#[test]
fn a_pod_that_fails_says_why_in_its_log() {
    let sim = small();
    let connector = connector(&sim);
    let output = pod(&connector, 3, "fourth").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("JOB_COMPLETION_INDEX is 3, but `shard.count` is 3"), "{}", text(&output));
}

/// The image has busybox, whose tools hand on each line.
#[test]
fn a_pod_says_what_it_does_while_it_does_it() {
    const BUSYBOX: &str = "/usr/bin/busybox";
    if !Path::new(BUSYBOX).exists() {
        let _ = writeln!(std::io::stderr(), "skipped: {BUSYBOX} is not installed");
        return;
    }
    let sim = small();
    fail(&sim, "path=/report/integrated/get/,times=99,kind=stall");
    let connector = connector(&sim);
    let tools = connector.dir().join("tools");
    std::fs::create_dir(&tools).unwrap();
    for tool in ["sh", "awk", "cat", "mkdir", "mv", "sleep"] {
        std::os::unix::fs::symlink(BUSYBOX, tools.join(tool)).unwrap();
    }
    let mut command = pod(&connector, 1, "live");
    let script = command.get_args().last().unwrap().to_owned();
    let mut live = Command::new(tools.join("sh"));
    live.arg("-uc").arg(script).current_dir(connector.dir());
    live.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", &tools);
    command = live;
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("This is shard 1 of 3")));
    assert!(child.try_wait().unwrap().is_none(), "it is told before the end");
    assert!(!connector.dir().join("data/records/shard-1-live.jsonl").exists());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}
