//! Events that TikTok refuses with their whole batch: exactly these are rejected, the others land once.

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::{EventSource, IndexStyle, Options, Simulator};

use super::{calls, catalog, email, id_of, ids, landed, lines, object, row, writing};
use crate::destination::sha;
use crate::harness::{at_once, options};

const EVENTS: usize = 2_300;
/// One alone, and first and last of a batch with neighbours.
const CASES: [&[usize]; 3] = [&[1_234], &[0, 1, 999, 1_000, 2_299], &[17, 18, 19, 1_500]];

fn poisoned(bad: &[usize], style: IndexStyle) -> Simulator {
    let poison = bad.iter().map(|at| sha(&email(*at))).collect();
    let mut options = Options { poison, ..options() };
    options.events.index_style = style;
    Simulator::start(options).unwrap()
}

#[test]
fn exactly_the_events_that_tiktok_refuses_are_rejected() {
    let styles = [IndexStyle::None, IndexStyle::Batch, IndexStyle::BatchData, IndexStyle::FromOne];
    let cases: Vec<_> = styles.into_iter().flat_map(|style| CASES.map(|bad| (style, bad))).collect();
    at_once(&cases, |(style, bad)| {
        let sim = poisoned(bad, *style);
        let source = EventSource::Offline;
        let connector = writing(&sim).keeping_rejects();
        let rows = (0..EVENTS).map(|at| row(source, at));
        let run = connector.write(&catalog(&[source]), &lines(object(source), rows)).succeeded();

        let bad_ids: BTreeSet<String> = bad.iter().map(|at| format!("order-{at}")).collect();
        let good: BTreeSet<String> = ids(EVENTS).difference(&bad_ids).cloned().collect();
        let id = id_of(&sim, source);
        assert_eq!(landed(&sim, &id), good, "{style:?} {bad:?}");
        assert!(sim.events(&id).iter().all(|event| event.sent == 1), "{style:?} {bad:?}: sent again needlessly");
        assert_eq!(super::counts(&run, object(source)), (good.len() as f64, bad.len() as f64), "{style:?} {bad:?}");
        let reasons: Vec<Value> = connector.rejects().into_iter().map(|row| row["reason"].clone()).collect();
        assert_eq!(reasons, vec!["refused_by_tiktok"; bad.len()]);
        let most = 3 + bad.len() * if *style == IndexStyle::None { 20 } else { 3 };
        // A place that counts from 1 points to a neighbour, so halving goes on around it.
        let most = if *style == IndexStyle::FromOne { 3 + bad.len() * 20 } else { most };
        assert!(calls(&sim).len() <= most, "{style:?} {bad:?}: {:?}", calls(&sim));
    });
}

#[test]
fn a_request_that_is_wrong_as_a_whole_stops_the_run() {
    // Every event is refused: that is no row's fault, and the bounds hold.
    let all: Vec<usize> = (0..EVENTS).collect();
    at_once(&[IndexStyle::None, IndexStyle::Batch], |style| {
        let sim = poisoned(&all, *style);
        let run = super::write(&sim, EventSource::Offline, EVENTS);
        assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0), "{style:?}");
        assert!(run.error().contains("TikTok refused every row it was shown"), "{}", run.error());
        assert!(calls(&sim).len() <= 150, "{style:?}: {}", calls(&sim).len());
    });
}
