//! Life in a shell: pipes that close, disks that are full, signals.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use simulator::{Simulator, TOKEN_EXPIRED, TOKEN_GOOD};

use crate::harness::{Connector, at_once, catalog, fail, small};

/// Far above what an end takes, far below what the rest of the read would.
const PROMPTLY: Duration = Duration::from_secs(5);

/// A read that would stand still for long: TikTok does not answer for reports.
fn standing_still(sim: &Simulator) -> (Connector, Child, impl Iterator<Item = String>) {
    fail(sim, "path=/report/integrated/get/,kind=stall");
    let connector = Connector::to(sim);
    let mut child = connector.start_read(&catalog::sampled(), None);
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (connector, child, stdout.lines().map_while(Result::ok))
}

fn stderr_of(mut child: Child) -> (ExitStatus, String) {
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (child.wait().unwrap(), stderr)
}

#[test]
fn a_signal_ends_it_promptly_with_the_code_that_shells_count() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let sim = small();
        let (_files, child, mut lines) = standing_still(&sim);
        assert!(lines.by_ref().any(|line| line.contains("\"RECORD\"")), "it reads");
        let sent = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let rest: Vec<String> = lines.collect();
        let (status, stderr) = stderr_of(child);
        assert!(sent.elapsed() < PROMPTLY, "{signal:?}");
        assert_eq!((status.code(), stderr.as_str()), (Some(code), ""), "{signal:?}: {status}");
        let whole = rest.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
        assert!(whole, "the last line is whole");
    }
}

#[test]
fn a_reader_that_leaves_ends_it_promptly_and_without_a_word() {
    let sim = small();
    let (_files, child, mut lines) = standing_still(&sim);
    assert_eq!(lines.by_ref().take(3).count(), 3);
    let left = Instant::now();
    drop(lines);
    let (status, stderr) = stderr_of(child);
    assert!(left.elapsed() < PROMPTLY);
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    assert_eq!(stderr, "");
}

#[test]
fn a_full_disk_is_told_on_stderr() {
    let sim = small();
    let connector = Connector::to(&sim);
    connector.file("catalog.json", &catalog::sampled().to_string());
    for args in [["read", "--config", "config.json", "--catalog", "catalog.json"].as_slice(), &["spec"], &["discover"]]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = connector.command(args).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code().is_some_and(|code| code != 0), "{args:?}");
        assert!(stderr.starts_with("Cannot write to standard output: No space left on device"), "{args:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn no_level_of_logging_tells_a_secret() {
    let cases = [("DEBUG", TOKEN_GOOD), ("TRACE", TOKEN_GOOD), ("debug", TOKEN_EXPIRED), ("TRACE", TOKEN_EXPIRED)];
    at_once(&cases, |(level, token)| {
        let sim = small();
        fail(&sim, "rate=0.2,max=1,kinds=50000|reset|40100");
        // What is told is searched for secrets by the harness.
        let connector = Connector::to(&sim).token(token).log_level(level);
        let run = connector.read(&catalog::some(&["advertisers", "campaigns"]));
        assert_eq!(run.exit == Some(0), *token == TOKEN_GOOD, "{level}");
        connector.check();
    });
}

#[test]
fn the_least_level_of_logs_is_chosen() {
    let sim = small();
    let count = |level| Connector::to(&sim).log_level(level).check().logs().len();
    assert_eq!(count("ERROR"), 0);
    assert!(count("DEBUG") >= count("INFO") && count("INFO") > 0);
    assert_eq!(count("nonsense"), count("INFO"));
}

#[test]
fn stdout_that_is_no_pipe_gets_the_same() {
    let sim = small();
    let connector = Connector::to(&sim);
    connector.file("catalog.json", &catalog::some(&["campaigns"]).to_string());
    let file = std::fs::File::create(connector.dir().join("out")).unwrap();
    let mut command = connector.command(&["read", "--config", "config.json", "--catalog", "catalog.json"]);
    assert!(command.stdout(Stdio::from(file)).status().unwrap().success());
    let text = std::fs::read_to_string(connector.dir().join("out")).unwrap();
    assert!(text.lines().last().unwrap().contains("\"COMPLETE\""), "{text}");
}
