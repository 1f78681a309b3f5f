//! `--report` and `--summary` of `read`: what they say, and that they are there however the run ends.

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use chrono::Days;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use simulator::{Simulator, TOKEN_EXPIRED};

use crate::harness::told::{FLAGS, browser, told};
use crate::harness::{Connector, Run, at_once, catalog, fail, now, slow, small};

const STREAMS: [&str; 4] = ["advertisers", "campaigns", "ads", "ads_reports_daily"];

fn connector(sim: &Simulator) -> Connector {
    let start = now().date_naive() - Days::new(8);
    let connector = Connector::to(sim).with("start_date", start.to_string());
    connector.file("catalog.json", &catalog::some(&STREAMS).to_string());
    connector.file("config.json", &connector.config.to_string());
    connector
}

fn args<'a>(told: &[&'a str]) -> Vec<&'a str> {
    ["read", "--config", "config.json", "--catalog", "catalog.json"].into_iter().chain(told.iter().copied()).collect()
}

fn stream<'n>(numbers: &'n Value, name: &str) -> &'n Value {
    numbers["read"].as_array().unwrap().iter().find(|stream| stream["stream"] == name).unwrap()
}

/// What does not differ from run to run.
fn steady(mut numbers: Value) -> Value {
    for moment in ["began_at", "ended_at", "seconds", "spent", "timeline"] {
        numbers[moment] = "…".into();
    }
    for stream in numbers["read"].as_array_mut().into_iter().flatten() {
        (stream["seconds"], stream["began_after"]) = ("…".into(), "…".into());
    }
    numbers
}

fn count(run: &Run, name: &str) -> u64 {
    run.records(name).count() as u64
}

#[test]
fn a_read_is_told_as_it_was() {
    let sim = small();
    let connector = connector(&sim);
    let run = connector.run(&args(&FLAGS)).succeeded();
    let (page, numbers) = told(&connector);
    assert_eq!(numbers["totals"]["requests"], sim.requests().len());
    let spent: f64 = numbers["spent"].as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum();
    let (seconds, steps) = (numbers["seconds"].as_f64().unwrap(), numbers["timeline"]["steps"].as_array().unwrap());
    assert!((spent - seconds).abs() < 0.5, "{spent} of {seconds}");
    assert_eq!(steps.iter().map(|step| step["requests"].as_u64().unwrap()).sum::<u64>(), sim.requests().len() as u64);
    for name in STREAMS {
        assert_eq!(stream(&numbers, name)["records"], count(&run, name), "{name}");
        assert!(page.contains(&format!(">{}</th>", name.replace('_', "_<wbr>"))), "{name}");
    }
    insta::assert_json_snapshot!(steady(numbers));
    assert_eq!(std::fs::read_dir(connector.dir()).unwrap().count(), 4, "nothing half written is left");
}

#[test]
fn all_ways_to_call_a_read_take_the_flags() {
    let sim = small();
    for roles in [&["source"][..], &[]] {
        let connector = connector(&sim);
        let all: Vec<&str> =
            roles.iter().copied().chain(args(&["--report=report.html", "--summary=summary.json"])).collect();
        connector.run(&all).succeeded();
        assert_eq!(told(&connector).1["outcome"], "complete");
    }
}

#[test]
fn a_run_that_fails_is_told_with_its_advice() {
    let sim = small();
    fail(&sim, "path=/campaign/get/,kind=40001");
    let connector = connector(&sim);
    let run = connector.run(&args(&FLAGS));
    assert_eq!(run.exit, Some(1));
    let (page, numbers) = told(&connector);
    assert_eq!(numbers["outcome"], "incomplete");
    assert_eq!(stream(&numbers, "campaigns")["status"], "incomplete");
    let [problem] = &numbers["problems"].as_array().unwrap()[..] else { panic!("{numbers:#}") };
    assert_eq!(problem["stream"], "campaigns");
    assert!(!problem["advice"].as_str().unwrap().is_empty());
    assert!(page.contains("What to do"), "{page}");
}

#[test]
fn what_ends_before_the_first_stream_is_told_too() {
    let sim = small();
    let wrong = connector(&sim).with("start_date", "yesterday-ish");
    let expired = connector(&sim).token(TOKEN_EXPIRED);
    at_once(&[wrong, expired], |connector| {
        connector.file("config.json", &connector.config.to_string());
        assert_eq!(connector.run(&args(&FLAGS)).exit, Some(1));
        let (_, numbers) = told(connector);
        assert_eq!((&numbers["outcome"], &numbers["problems"][0]["kind"]), (&"failed".into(), &"settings".into()));
    });
}

#[test]
fn a_signal_leaves_the_page() {
    at_once(&[(Signal::TERM, 143), (Signal::INT, 130)], |(signal, code)| {
        let sim = slow(Duration::from_millis(300));
        let connector = connector(&sim).with("max_concurrent_requests", 1);
        connector.file("config.json", &connector.config.to_string());
        let mut child = connector.command(&args(&FLAGS)).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(r#""type":"RECORD""#)));
        kill_process(Pid::from_child(&child), *signal).unwrap();
        lines.for_each(drop);
        assert_eq!(child.wait().unwrap().code(), Some(*code));
        let (page, numbers) = told(&connector);
        assert_eq!(numbers["outcome"], "stopped");
        assert!(page.contains("stopped before its end"));
        assert!(numbers["read"].as_array().unwrap().iter().any(|stream| stream["status"] == "stopped"), "{numbers:#}");
    });
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_and_changes_nothing() {
    let sim = small();
    for place in ["nowhere/report.html", "/dev/null", "."] {
        let connector = connector(&sim);
        let run = connector.run(&args(&["--report", place])).succeeded();
        let first =
            run.messages.iter().position(|message| message["type"] == "LOG" && message["log"]["level"] == "WARN");
        let told = run.messages[first.unwrap()]["log"]["message"].as_str().unwrap();
        assert!(told.contains("(`--report`) cannot be written"), "{told}");
        let record = run.messages.iter().position(|message| message["type"] == "RECORD");
        assert!(first < record, "{place}");
    }
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_link_stays_a_link() {
    let sim = small();
    let connector = connector(&sim);
    connector.file("real.html", "old");
    std::os::unix::fs::symlink("real.html", connector.dir().join("link.html")).unwrap();
    std::os::unix::fs::symlink("later.json", connector.dir().join("link.json")).unwrap();
    connector.run(&args(&["--report", "link.html", "--summary", "link.json"])).succeeded();
    for (link, real, begins) in [("link.html", "real.html", "<!"), ("link.json", "later.json", "{")] {
        let (link, real) = (connector.dir().join(link), connector.dir().join(real));
        assert!(link.is_symlink() && !real.is_symlink());
        assert!(std::fs::read_to_string(real).unwrap().to_lowercase().starts_with(begins));
    }
}

#[test]
fn no_file_of_a_run_takes_the_place_of_another() {
    let sim = small();
    let connector = connector(&sim);
    std::os::unix::fs::symlink("config.json", connector.dir().join("link")).unwrap();
    let folder = connector.dir().canonicalize().unwrap();
    let absolute = folder.join("x.json").display().to_string();
    for (flags, told) in [
        (vec!["--report", "x", "--summary", "./x"], "`--report` and `--summary` name one file"),
        (vec!["--report", "x", "--state-out", "x"], "`--state-out` and `--report` name one file"),
        (vec!["--summary", "config.json"], "`--summary` and `--config` name one file"),
        (vec!["--report", "link"], "`--report` and `--config` name one file"),
        (vec!["--state-out", "catalog.json"], "`--state-out` and `--catalog` name one file"),
        (vec!["--summary", "x.json", "--state-out", &absolute], "`--state-out` and `--summary` name one file"),
        (vec!["--report", "-"], "`--report` is -, but standard output carries the messages"),
        (vec!["--report", "s3://b/x.html"], "`--report` is s3://b/x.html, which is an address"),
    ] {
        let run = connector.run(&args(&flags));
        assert_eq!(run.exit, Some(1), "{flags:?}");
        assert!(run.error().starts_with("config_error") && run.error().contains(told), "{}", run.error());
        assert!(sim.requests().is_empty() && !connector.dir().join("x").exists());
    }
    let config = std::fs::read_to_string(connector.dir().join("config.json")).unwrap();
    assert_eq!(config, connector.config.to_string());
    // Where its own output goes, too.
    let out = std::fs::File::create(connector.dir().join("out.jsonl")).unwrap();
    let status = connector.command(&args(&["--report", "out.jsonl"])).stdout(out).status().unwrap();
    let said = std::fs::read_to_string(connector.dir().join("out.jsonl")).unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("`--report` names the file that standard output goes to"), "{said}");
}

/// A page in a frame of a phone's and of a desk's width, which says how wide its content is.
const FRAME: &str = r#"<!doctype html><body style="margin:0"><iframe id=f style="border:0" width=WIDTH height=4000 srcdoc="PAGE"></iframe>
<script>addEventListener("message", said => { document.title = "wide " + said.data; });</script>"#;
const MEASURE: &str = r#"<script>
const wide = document.documentElement.scrollWidth;
const cut = [...document.querySelectorAll("main *")].filter(one => !one.closest(".stack, .track, svg") && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0).map(one => one.className || one.tagName);
const letters = [...document.querySelectorAll("svg text")].filter(one => one.getClientRects().length).map(one => one.getBoundingClientRect());
const outside = letters.filter(box => box.left < 0 || box.right > innerWidth).length;
const small = letters.filter(box => box.height < 10).length;
parent.postMessage([wide, cut.join(" "), outside, small, letters.length > 0].join("|"), "*");
</script>"#;

#[test]
fn a_browser_shows_all_of_it_on_a_phone_and_on_a_desk() {
    let Some(_) = browser() else {
        // Not a failure: the page is tested without one elsewhere.
        let _ = writeln!(std::io::stderr(), "skipped: there is no chromium here");
        return;
    };
    let sim = slow(Duration::from_millis(30));
    fail(&sim, "path=/campaign/get/,kind=40001");
    let connector = connector(&sim).with("requests_per_second", 10);
    connector.file("config.json", &connector.config.to_string());
    connector.run(&args(&FLAGS));
    let (page, _) = told(&connector);
    let (head, tail) = page.split_once("<meta http-equiv").unwrap();
    let page = format!("{head}{}", tail.split_once('>').unwrap().1).replace("</main>", &format!("</main>{MEASURE}"));
    let inside = page.replace('&', "&amp;").replace('"', "&quot;");
    for width in [360, 390, 700, 1_200] {
        let frame = FRAME.replace("WIDTH", &width.to_string()).replace("PAGE", &inside);
        let path = connector.file("frame.html", &frame);
        let mut command = browser().unwrap();
        command.arg(format!("--user-data-dir={}", connector.dir().join("profile").display()));
        let output = command
            .args(["--virtual-time-budget=5000", "--window-size=1300,900", "--dump-dom"])
            .arg(format!("file://{}", path.display()))
            .output()
            .unwrap();
        let dom = String::from_utf8_lossy(&output.stdout).into_owned();
        let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert_eq!(title, format!("wide {width}||0|0|true"), "{width}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
