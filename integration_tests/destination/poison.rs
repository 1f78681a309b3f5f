//! A TikTok that refuses rows, audiences and requests.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use simulator::{AUDIENCE_SMALL, AudienceOptions, IdType, IndexStyle, Options, Simulator};

use super::{STREAM, asked, audience, hashes, held, people, plain, sha, writing};
use crate::harness::feed::{record, state};
use crate::harness::{Run, at_once, fail, options, slow, small};

const MAPPING: &str = "/segment/mapping/";
const MEMBERS: usize = 2_300;
/// First and last of a batch, neighbours, and one alone.
const POISON: [usize; 7] = [0, 1, 499, 999, 1_500, 2_000, 2_299];

fn write(sim: &Simulator, name: &str, count: usize) -> Run {
    let mut lines: Vec<String> = people(name, count).iter().map(|person| record(STREAM, person)).collect();
    lines.push(state(STREAM, &json!({"n": count})));
    writing(sim).write(&plain(), &lines)
}

/// Accepted and rejected, as the last state counts them.
fn counts(run: &Run) -> (f64, f64) {
    let state = run.states(STREAM).last().unwrap();
    let count = |name: &str| state["destinationStats"][name].as_f64().unwrap();
    (count("recordCount"), count("rejectedRecordCount"))
}

#[test]
fn exactly_the_rows_that_tiktok_refuses_are_rejected() {
    let bad: BTreeSet<String> = POISON.iter().map(|at| sha(&format!("person{at}@example.com"))).collect();
    let good: BTreeSet<String> = hashes(MEMBERS).difference(&bad).cloned().collect();
    at_once(&[IndexStyle::None, IndexStyle::BatchData, IndexStyle::Batch, IndexStyle::FromOne], |style| {
        let poison = bad.iter().cloned().collect();
        let sim = Simulator::start(Options {
            poison,
            audiences: AudienceOptions { index_style: *style, ..AudienceOptions::default() },
            ..options()
        })
        .unwrap();
        let run = write(&sim, AUDIENCE_SMALL, MEMBERS).succeeded();
        assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), good, "{style:?}");
        assert_eq!(counts(&run), ((MEMBERS - POISON.len()) as f64, POISON.len() as f64), "{style:?}");
        assert!(asked(&sim, MAPPING) < 150, "{style:?}: {}", asked(&sim, MAPPING));
    });
}

#[test]
fn an_audience_that_takes_nobody_stops_the_run() {
    at_once(&[IndexStyle::None, IndexStyle::BatchData], |style| {
        let sim = Simulator::start(Options {
            audiences: AudienceOptions { index_style: *style, ..AudienceOptions::default() },
            ..options()
        })
        .unwrap();
        fail(&sim, "path=/segment/mapping/,kind=40002");
        let run = write(&sim, AUDIENCE_SMALL, MEMBERS);
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0), "{style:?}");
        assert!(run.error().contains("TikTok says"), "{style:?}: {}", run.error());
        assert!(asked(&sim, MAPPING) <= 120, "{style:?}: {}", asked(&sim, MAPPING));
    });
}

#[test]
fn failures_that_pass_cost_nothing_but_time() {
    at_once(
        &[
            "rate=0.1,kinds=40100|50000|html502|reset|drop|truncate",
            "rate=0.1,kinds=40100|50000|html502|drop,committed=true",
        ],
        |plan| {
            let sim = small();
            fail(&sim, plan);
            let run = write(&sim, AUDIENCE_SMALL, 20_000).succeeded();
            assert_eq!(held(&sim, audience(&sim, AUDIENCE_SMALL), IdType::EmailSha256), hashes(20_000));
            assert_eq!(counts(&run), (20_000.0, 0.0));
        },
    );
}

#[test]
fn requests_overlap() {
    let sim = slow(Duration::from_secs(1));
    write(&sim, AUDIENCE_SMALL, 20_000).succeeded();
    let most = sim.requests().iter().filter(|request| request.path == MAPPING).map(|request| request.in_flight).max();
    assert!(most > Some(1), "{most:?}");
}
