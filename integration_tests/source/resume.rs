//! Killed at any moment and started again: nothing is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

use chrono::Days;
use serde_json::Value;
use simulator::{Options, Simulator, WorldKind};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, at_once, catalog, expected, now, options, small};

/// Streams of every kind: accounts, lists, and reports by day, hour, audience and in all.
const KINDS: [&str; 9] = [
    "advertisers",
    "campaigns",
    "ads",
    "audiences",
    "creative_assets_images",
    "ads_reports_daily",
    "ads_audience_reports_daily",
    "campaigns_reports_hourly",
    "ads_reports_lifetime",
];
/// Moments at which a read is killed.
const POINTS: usize = 6;

/// The keys of every stream's records.
type Keys = BTreeMap<&'static str, BTreeSet<String>>;

fn connector(sim: &Simulator) -> Connector {
    let start = now().date_naive() - Days::new(8);
    // Two requests at a time: more states, and more moments at which slices are half done.
    Connector::to(sim).with("start_date", start.to_string()).with("max_concurrent_requests", 2)
}

/// Reads so many lines and kills the process in the middle of whatever it does.
fn killed(connector: &Connector, state: Option<&Value>, lines: usize) -> Run {
    let mut child = connector.start_read(&catalog::some(&KINDS), state);
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let read: Vec<String> = stdout.lines().take(lines).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    Run::cut(&read)
}

/// What a platform keeps of a run: each stream's records up to its last state.
fn kept(run: &Run) -> Keys {
    let mut kept = Keys::new();
    for stream in KINDS.map(|name| streams::find(name).unwrap()) {
        let of_stream = |message: &&Value| {
            message["record"]["stream"] == *stream.name
                || message["state"]["stream"]["stream_descriptor"]["name"] == *stream.name
        };
        let own: Vec<_> = run.messages.iter().filter(of_stream).collect();
        let last = own.iter().rposition(|message| message["type"] == "STATE").unwrap_or(0);
        let records = own[..last].iter().filter(|message| message["type"] == "RECORD");
        kept.insert(&stream.name, records.map(|message| expected::key(stream, &message["record"]["data"])).collect());
    }
    kept
}

fn add(all: &mut Keys, more: Keys) {
    for (stream, keys) in more {
        all.entry(stream).or_default().extend(keys);
    }
}

fn assert_same(found: &Keys, whole: &Keys, told: &str) {
    for (stream, keys) in whole {
        let lost: Vec<_> = keys.difference(&found[stream]).collect();
        let invented: Vec<_> = found[stream].difference(keys).collect();
        assert!(lost.is_empty() && invented.is_empty(), "{told}: {stream} lost {lost:?}, invented {invented:?}");
    }
}

/// Kills reads at random moments: what was kept of each and the next read are the whole.
fn assert_goes_on(sim: &Simulator) {
    let undisturbed = connector(sim).read(&catalog::some(&KINDS)).succeeded();
    let (whole, lines) = (kept(&undisturbed), undisturbed.messages.len());
    let points: Vec<usize> = [1, lines - 1].into_iter().chain((2..POINTS).map(|_| fastrand::usize(1..lines))).collect();
    at_once(&points, |point| {
        let connector = connector(sim);
        let first = killed(&connector, None, *point);
        let second = connector.read_from(&catalog::some(&KINDS), &first.state()).succeeded();
        let mut found = kept(&first);
        add(&mut found, kept(&second));
        assert_same(&found, &whole, &format!("killed after {point} of {lines} lines"));
    });
}

#[test]
fn a_read_that_was_killed_anywhere_is_made_whole_by_the_next() {
    assert_goes_on(&small());
}

#[test]
fn so_is_one_that_passes_over_empty_days() {
    assert_goes_on(&Simulator::start(Options { world: WorldKind::Ages, ..options() }).unwrap());
}

#[test]
fn a_read_that_is_killed_again_and_again_ends_whole() {
    let sim = small();
    let undisturbed = connector(&sim).read(&catalog::some(&KINDS)).succeeded();
    let (whole, step) = (kept(&undisturbed), undisturbed.messages.len() * 2 / 5);
    let connector = connector(&sim);
    let (mut found, mut state) = (Keys::new(), Value::Array(Vec::new()));
    for _ in 0..4 {
        let run = killed(&connector, Some(&state), step);
        // A stream that said nothing this time is where it was.
        state = merged(&state, &run.state());
        add(&mut found, kept(&run));
    }
    let last = connector.read_from(&catalog::some(&KINDS), &state).succeeded();
    assert!(last.messages.len() < undisturbed.messages.len(), "it got on");
    add(&mut found, kept(&last));
    assert_same(&found, &whole, "killed four times");
}

/// The newer state of each stream.
fn merged(old: &Value, new: &Value) -> Value {
    let name = |state: &Value| state["stream"]["stream_descriptor"]["name"].clone();
    let (old, new) = (old.as_array().unwrap(), new.as_array().unwrap());
    let left = old.iter().filter(|state| !new.iter().any(|other| name(other) == name(state)));
    left.chain(new).cloned().collect()
}

#[test]
fn a_state_never_passes_a_window_that_failed() {
    let sim = small();
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id);
    // The second window of one advertiser fails for good; the ones behind it are read meanwhile.
    crate::harness::fail(&sim, &format!("path=/report/integrated/get/,advertiser={tokyo},after=1,kind=unknown77777"));
    let run = connector(&sim).read(&catalog::some(&KINDS));
    assert_eq!(run.exit, Some(1));
    assert_eq!(run.statuses("campaigns_reports_hourly").last(), Some(&"INCOMPLETE"));
    sim.faults(Default::default());
    let whole = kept(&connector(&sim).read(&catalog::some(&KINDS)).succeeded());
    let mut found = kept(&run);
    add(&mut found, kept(&connector(&sim).read_from(&catalog::some(&KINDS), &run.state()).succeeded()));
    assert_same(&found, &whole, "after a window failed");
}
