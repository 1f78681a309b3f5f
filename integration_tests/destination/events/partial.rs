//! "Partially successful": whatever the answer lists, an event is done only when a call was accepted whole.

use std::collections::BTreeSet;

use simulator::{EventSource, Options, PoisonedEvents, Simulator};

use super::{TRACK, calls, email, id_of, ids, landed, object, write};
use crate::destination::sha;
use crate::harness::{at_once, fail, options, small};

const SOURCE: EventSource = EventSource::Offline;
const EVENTS: usize = 2_300;

#[test]
fn what_was_not_stored_is_sent_again() {
    at_once(&["partial", "partiallisted", "partial|partiallisted"], |kinds| {
        let sim = small();
        fail(&sim, &format!("path={TRACK},times=5,kinds={kinds}"));
        let run = write(&sim, SOURCE, EVENTS).succeeded();
        assert!(sim.requests().iter().any(|request| request.code == Some(20001)), "{kinds}");
        assert_eq!(landed(&sim, &id_of(&sim, SOURCE)), ids(EVENTS), "{kinds}");
        assert_eq!(super::counts(&run, object(SOURCE)), (EVENTS as f64, 0.0), "{kinds}");
    });
}

#[test]
fn what_is_never_stored_is_rejected_alone() {
    let bad = [5, 1_500, 2_299];
    let names: BTreeSet<String> = bad.iter().map(|at| format!("order-{at}")).collect();
    let good: BTreeSet<String> = ids(EVENTS).difference(&names).cloned().collect();
    at_once(&[PoisonedEvents::Dropped, PoisonedEvents::Listed], |poisoned| {
        let mut options = Options { poison: bad.iter().map(|at| sha(&email(*at))).collect(), ..options() };
        options.events.poisoned = *poisoned;
        let sim = Simulator::start(options).unwrap();
        let run = write(&sim, SOURCE, EVENTS).succeeded();
        assert_eq!(landed(&sim, &id_of(&sim, SOURCE)), good, "{poisoned:?}");
        assert_eq!(super::counts(&run, object(SOURCE)), (good.len() as f64, bad.len() as f64), "{poisoned:?}");
        assert!(calls(&sim).len() <= 3 + bad.len() * 25, "{poisoned:?}: {}", calls(&sim).len());
    });
}

#[test]
fn nothing_is_acknowledged_when_it_never_ends() {
    let sim = small();
    fail(&sim, &format!("path={TRACK},kind=partial"));
    let run = write(&sim, SOURCE, EVENTS);
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(1), 0));
    assert!(calls(&sim).len() <= 250, "{}", calls(&sim).len());
    assert!(run.error().contains("Partially successful"), "{}", run.error());
}
