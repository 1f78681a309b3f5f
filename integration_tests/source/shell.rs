//! Life in a shell: pipes that close, disks that are full, signals.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, PipeReader, Read};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::pipe::fcntl_setpipe_size;
use rustix::process::{Pid, Signal, kill_process};
use simulator::{Simulator, TOKEN_EXPIRED, TOKEN_GOOD};

use crate::harness::{BINARY, Connector, at_once, catalog, fail, small};

/// Far above what an end takes, far below what the rest of the read would.
const PROMPTLY: Duration = Duration::from_secs(5);

/// A read that would stand still for long: TikTok does not answer for reports.
fn standing_still(sim: &Simulator) -> (Connector, Child, impl Iterator<Item = String>) {
    fail(sim, "path=/report/integrated/get/,kind=stall");
    let connector = Connector::to(sim);
    let mut child = connector.start_read(&catalog::sampled(), None);
    // So small that it is never all written.
    fcntl_setpipe_size(child.stdout.as_ref().unwrap(), 4_096).unwrap();
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

/// A process whose stdout is a small pipe that nobody reads: what it says next does not fit.
fn unread(connector: &Connector, args: &[&str]) -> (Child, PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    let most = rustix::pipe::fcntl_setpipe_size(&writer, 4_096).unwrap() as u64 / 2;
    let child = connector.command(args).stdout(writer).spawn().unwrap();
    let started = Instant::now();
    while rustix::io::ioctl_fionread(&reader).unwrap() < most {
        assert!(started.elapsed() < PROMPTLY * 4, "{args:?} fills no pipe");
        std::thread::yield_now();
    }
    (child, reader)
}

#[test]
fn a_signal_ends_it_promptly_though_nobody_reads_what_it_says() {
    let sim = small();
    let connector = Connector::to(&sim);
    connector.file("catalog.json", &catalog::sampled().to_string());
    // One that is at work, and some that have nothing left to do but to be heard.
    let read = ["read", "--config", "config.json", "--catalog", "catalog.json"];
    let commands = [&read[..], &["spec"], &["discover"], &["destination", "spec"]];
    for (args, (signal, code)) in commands.iter().zip([(Signal::TERM, 143), (Signal::INT, 130)].into_iter().cycle()) {
        let (mut child, _reader) = unread(&connector, args);
        let sent = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{args:?}");
        assert!(sent.elapsed() < PROMPTLY, "{args:?}");
    }
}

#[test]
fn a_reader_that_wakes_up_gets_all() {
    let connector = Connector::offline();
    let (mut child, mut reader) = unread(&connector, &["spec"]);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
}

#[test]
fn without_a_stdout_nothing_is_done_and_that_is_an_error() {
    let sim = small();
    let connector = Connector::to(&sim);
    connector.file("catalog.json", &catalog::some(&["campaigns"]).to_string());
    let read = ["read", "--config", "config.json", "--catalog", "catalog.json"];
    for args in [
        &read[..],
        &["spec"],
        &["destination", "spec"],
        &["check", "--config", "config.json"],
        &["--help"],
        &["--version"],
        &["auth", "--help"],
    ] {
        let closed = |redirection: &str| {
            let script = format!("exec \"$0\" \"$@\" {redirection}");
            let mut command = connector.command_of(Path::new("/bin/sh"), &["-c", &script, BINARY]);
            command.args(args).output().unwrap()
        };
        let output = closed(">&-");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("Standard output is closed. "), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        for nowhere in [">/dev/null", "<&- >/dev/null", "1<>/dev/null"] {
            assert_eq!(closed(nowhere).status.code(), Some(0), "{args:?} {nowhere}");
        }
    }
}

#[test]
fn a_wrong_command_line_is_told_without_a_stdout_too() {
    let sim = small();
    let connector = Connector::to(&sim);
    for args in ["read", "nonsense", "destination discover"] {
        let script = format!("exec \"$0\" {args} >&-");
        let output = connector.command_of(Path::new("/bin/sh"), &["-c", &script, BINARY]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args}");
        assert!(stderr.starts_with("The command line is wrong: "), "{args}: {stderr}");
    }
}
