//! The newest state of every stream of a run, for who keeps it until the next one.
//!
//! What is said on stdout is entered in the same step: whoever acts on it, by a signal say, finds it here.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::message::{StreamDescriptor, descriptor};
use super::state::States;
use crate::lock::lock;

/// What was told last of each stream, as JSON: thousands of cursors are smaller as text.
pub(crate) struct StateBook {
    pages: Mutex<Pages>,
    /// Streams that every run reads whole: once one is, its cursor would make the next run begin behind everything.
    whole: HashSet<String>,
    /// How often it changed.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Pages {
    states: BTreeMap<String, Box<RawValue>>,
    /// The run was stopped: what it would still say is neither said nor kept.
    closed: bool,
}

/// All states of one moment.
pub(crate) struct Snapshot {
    /// After how many changes.
    pub changes: u64,
    /// An array of STATE messages, as `--state` reads it.
    pub text: String,
}

/// A STATE without its wrapper and counts.
#[derive(Serialize)]
struct Entry<'a> {
    r#type: &'static str,
    stream: Stream<'a>,
}

#[derive(Serialize)]
struct Stream<'a> {
    stream_descriptor: StreamDescriptor<'a>,
    stream_state: &'a RawValue,
}

impl StateBook {
    /// Begins with what the run was given: a stream that it does not read stays as it is.
    #[must_use]
    pub(crate) fn of(given: &States) -> Self {
        let text = |(name, state): (&String, &_)| Some((name.clone(), serde_json::value::to_raw_value(state).ok()?));
        Self {
            pages: Mutex::new(Pages { states: given.iter().filter_map(text).collect(), closed: false }),
            whole: HashSet::new(),
            changes: watch::Sender::new(0),
        }
    }

    /// Keeps nothing of these streams once they are complete.
    #[must_use]
    pub(crate) fn dropping(self, whole: HashSet<String>) -> Self {
        Self { whole, ..self }
    }

    /// Says that a stream was read to its end, and enters it.
    pub(super) fn complete(&self, stream: &str, say: impl FnOnce()) {
        let mut pages = lock(&self.pages);
        if pages.closed {
            return;
        }
        say();
        if self.whole.contains(stream) && pages.states.remove(stream).is_some() {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// Says a STATE and enters it.
    pub(super) fn enter(&self, stream: &str, state: String, say: impl FnOnce()) {
        let mut pages = lock(&self.pages);
        if pages.closed {
            return;
        }
        say();
        if let Ok(state) = RawValue::from_string(state) {
            pages.states.insert(stream.to_owned(), state);
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// From now on nothing is said that would not be kept.
    pub(crate) fn close(&self) {
        lock(&self.pages).closed = true;
    }

    /// Hears of changes.
    #[must_use]
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    #[must_use]
    pub(crate) fn snapshot(&self) -> Snapshot {
        let pages = lock(&self.pages);
        let changes = *self.changes.borrow();
        let entry = |name: &str, state: &RawValue| {
            let stream = Stream { stream_descriptor: descriptor(name), stream_state: state };
            serde_json::to_string(&Entry { r#type: "STREAM", stream }).ok()
        };
        let entries: Vec<String> = pages.states.iter().filter_map(|(name, state)| entry(name, state)).collect();
        Snapshot { changes, text: format!("[{}]\n", entries.join(",\n")) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::super::state;
    use super::*;

    #[test]
    fn what_is_kept_is_what_state_reads() {
        let given =
            States::from([("ads".to_owned(), json!({"a": 1})), ("other".to_owned(), json!({"x": "7\u{2028}"}))]);
        let book = StateBook::of(&given);
        assert_eq!(book.snapshot().changes, 0);
        assert_eq!(state::parse(&book.snapshot().text).unwrap(), given, "what is not read stays");
        book.enter("ads", json!({"a": 2}).to_string(), || {});
        book.enter("ads", json!({"a": 3}).to_string(), || {});
        let Snapshot { changes, text } = book.snapshot();
        assert_eq!(changes, 2);
        let states = state::parse(&text).unwrap();
        assert_eq!((&states["ads"], &states["other"]), (&json!({"a": 3}), &given["other"]));
        assert_eq!(text.lines().count(), 2, "a line a stream");
        assert_eq!(StateBook::of(&States::new()).snapshot().text, "[]\n");
    }

    #[test]
    fn a_stream_that_is_read_whole_leaves_nothing_once_it_is() {
        let book = StateBook::of(&States::new()).dropping(HashSet::from(["whole".to_owned()]));
        for stream in ["whole", "other"] {
            book.enter(stream, json!({"a": 1}).to_string(), || {});
        }
        let streams = |book: &StateBook| {
            let mut names: Vec<_> = state::parse(&book.snapshot().text).unwrap().into_keys().collect();
            names.sort();
            names
        };
        assert_eq!(streams(&book), ["other", "whole"], "a run that is killed goes on");
        book.complete("whole", || {});
        book.complete("other", || {});
        assert_eq!((streams(&book), book.snapshot().changes), (vec!["other".to_owned()], 3));
    }

    #[test]
    fn what_was_said_is_found_and_what_is_found_was_said() {
        let book = StateBook::of(&States::new()).dropping(HashSet::from(["ads".to_owned()]));
        let said = Cell::new(0);
        let say = || {
            assert!(book.pages.try_lock().is_err(), "nobody looks between word and entry");
            said.set(said.get() + 1);
        };
        book.enter("ads", json!({"a": 1}).to_string(), say);
        book.complete("ads", say);
        assert_eq!((said.get(), book.snapshot().changes), (2, 2));
        book.close();
        book.enter("ads", json!({"a": 2}).to_string(), say);
        book.complete("ads", say);
        assert_eq!((said.get(), book.snapshot().changes), (2, 2), "a run that was stopped is silent");
    }
}
