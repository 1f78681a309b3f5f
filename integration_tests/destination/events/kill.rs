//! Killed at any moment and started again behind the last STATE: the events are those of one undisturbed run.

use serde_json::{Value, json};
use simulator::{EventSource, Simulator};

use super::{TRACK, an_hour_ago, id_of, writing};
use crate::destination::kill::killed;
use crate::harness::feed::{catalog_of, entry, record, state, text};
use crate::harness::{Connector, at_once, fail, small};

const STREAM: &str = "event_web";
const EVENTS: usize = 5_000;
const EVERY: usize = 100;

fn catalog(key: bool) -> Value {
    let mut web = entry(STREAM, None, "append");
    if key {
        web["primary_key"] = json!([["number"]]);
    }
    catalog_of([web])
}

/// The input behind a state, as a sync of that number brings it.
fn input(behind: usize, time: i64, sync: usize) -> String {
    let mut lines = Vec::new();
    for at in behind..EVENTS {
        lines.push(record(
            STREAM,
            &json!({
                "number": at, "event": "Purchase", "event_time": time, "page_url": "https://shop.example/",
                "email": format!("person{at}@example.com"), "_airbyte_extracted_at": sync, "_airbyte_raw_id": format!("{sync}-{at}"),
            }),
        ));
        if (at + 1) % EVERY == 0 {
            lines.push(state(STREAM, &json!({"n": at + 1})));
        }
    }
    text(&lines)
}

/// The events by all that they say.
fn stored(sim: &Simulator) -> Vec<String> {
    let mut events: Vec<String> =
        sim.events(&id_of(sim, EventSource::Web)).iter().map(|event| event.content().to_string()).collect();
    events.sort();
    events
}

#[test]
fn a_replay_from_the_last_state_counts_nothing_twice() {
    let time = an_hour_ago();
    let mut cases = Vec::new();
    for key in [false, true] {
        let whole = small();
        writing(&whole).write_text(&catalog(key), &input(0, time, 0)).succeeded();
        let expected = stored(&whole);
        assert_eq!(expected.len(), EVENTS);
        cases.extend([1, 9, 11, 24, 38, 49].map(|states| (key, states, expected.clone())));
    }
    at_once(&cases, |(key, states, expected)| {
        let sim = small();
        fail(
            &sim,
            &format!(
                "path={TRACK},rate=0.2,max=1,kinds=40100|html502|drop;path={TRACK},rate=0.2,max=1,kinds=drop|truncate,committed=true"
            ),
        );
        let first = input(0, time, 1);
        let run = Connector::cut(&killed(&writing(&sim), &catalog(*key), &first, *states), &first);
        let last = run.states(STREAM).last().unwrap()["stream"]["stream_state"]["n"].as_u64().unwrap();
        let last = usize::try_from(last).unwrap();
        assert!(stored(&sim).len() >= last, "{states} states: {last} were acknowledged");
        writing(&sim).write_text(&catalog(*key), &input(last, time, 2)).succeeded();
        assert_eq!(stored(&sim), *expected, "key: {key}, killed after {states} states, at {last}");
        assert_eq!(sim.event_counts(&id_of(&sim, EventSource::Web)).distinct, EVENTS as u64);
    });
}
