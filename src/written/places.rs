//! How far lines were read. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::object::Object;
use super::row;

/// An object may become visible so long after one that was written later: clocks differ, and a bucket is tried again.
const LATE_MS: i64 = 3_600_000;
/// The most objects that a state names.
const RECENT_MAX: usize = 1_000;
/// The most files that are gone whose places are kept.
const GONE_MAX: usize = 1_000;
const MINUTE_MS: i64 = 60_000;

/// How far each file was read, and which objects were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Places {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FilePlace>,
    /// All objects up to this moment count as read, in epoch milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    settled: i64,
    /// Those after it that were read.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    recent: BTreeSet<Object>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A place in a file, and what stands before it: whether it is still the same file shows there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilePlace {
    pub bytes: u64,
    /// Bytes of the last line before it.
    pub line: u64,
    /// A print of that line.
    pub print: String,
    /// Whether the file was gone when it was looked for last. It may come back, as a disk that was away.
    #[serde(default, skip_serializing_if = "is_false")]
    gone: bool,
}

fn is_false(word: &bool) -> bool {
    !word
}

impl FilePlace {
    /// Goes on behind whole lines.
    pub(crate) fn pass(&mut self, lines: &[u8]) {
        let before = lines.get(..lines.len().saturating_sub(1)).unwrap_or_default();
        let last = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = lines.get(last..).unwrap_or_default();
        self.bytes += lines.len() as u64;
        self.line = line.len() as u64;
        self.print = row::print(&[line]);
        self.gone = false;
    }

    /// Whether this is the line that was read last.
    #[must_use]
    pub(crate) fn follows(&self, line: &[u8]) -> bool {
        self.print == row::print(&[line])
    }
}

impl Places {
    /// Notes which of the files that were looked for are there; those that are gone since the last time, with their
    /// places, which stay.
    pub(crate) fn look(
        &mut self,
        is_looked_for: impl Fn(&str) -> bool,
        is_there: impl Fn(&str) -> bool,
    ) -> Vec<(String, u64)> {
        let mut gone = Vec::new();
        for (name, place) in self.files.iter_mut().filter(|(name, _)| is_looked_for(name)) {
            let is_gone = !is_there(name);
            if is_gone && !place.gone {
                gone.push((name.clone(), place.bytes));
            }
            place.gone = is_gone;
        }
        let all: Vec<String> =
            self.files.iter().filter(|(_, place)| place.gone).map(|(name, _)| name.clone()).collect();
        all.iter().take(all.len().saturating_sub(GONE_MAX)).for_each(|name| drop(self.files.remove(name)));
        gone
    }

    /// The minutes that an object may be late, where they are fewer than an hour: so many objects were written that a
    /// state cannot name all of it.
    #[must_use]
    pub(crate) fn minutes_to_be_late(&self) -> Option<i64> {
        let late = self.recent.last()?.moment - self.settled;
        (late < LATE_MS).then_some(late / MINUTE_MS)
    }

    /// Whether an object is still to be read.
    #[must_use]
    pub(crate) fn is_new(&self, object: &Object) -> bool {
        object.moment > self.settled && !self.recent.contains(object)
    }

    /// An object was read.
    pub(crate) fn pass(&mut self, object: Object) {
        let until = object.moment.saturating_sub(LATE_MS);
        self.recent.insert(object);
        self.settle(until);
        while self.recent.len() > RECENT_MAX {
            let Some(first) = self.recent.first().map(|first| first.moment) else { return };
            self.settle(first);
        }
    }

    fn settle(&mut self, until: i64) {
        self.settled = self.settled.max(until);
        let settled = self.settled;
        self.recent.retain(|object| object.moment > settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(moment: i64, part: u64) -> Object {
        Object::of(&format!("7/s/2026_03_10_{moment}_{part}.jsonl")).unwrap()
    }

    #[test]
    fn a_late_object_is_new_for_an_hour() {
        let mut places = Places::default();
        let start = 1_773_158_400_000;
        places.pass(object(start, 1));
        places.pass(object(start + LATE_MS / 2, 2));
        assert!(!places.is_new(&object(start, 1)));
        assert!(places.is_new(&object(start - LATE_MS / 4, 3)));
        assert!(!places.is_new(&object(start - LATE_MS, 3)));
        let again: Places = serde_json::from_str(&serde_json::to_string(&places).unwrap()).unwrap();
        assert_eq!(again, places);
    }

    #[test]
    fn where_an_hour_is_more_than_a_state_names_it_is_told() {
        for (every_ms, expected) in [(10_000, None), (3_600, None), (2_400, Some(40)), (600, Some(10))] {
            let mut places = Places::default();
            (0..3_000).for_each(|at| places.pass(object(1_773_158_400_000 + at * every_ms, 1)));
            assert_eq!(places.minutes_to_be_late(), expected, "{every_ms}");
        }
    }

    #[test]
    fn files_that_are_gone_are_told_once_and_kept_within_bounds() {
        let mut places = Places::default();
        let file = |at: usize| (format!("results-{at:04}.jsonl"), FilePlace { bytes: 7, ..FilePlace::default() });
        places.files.extend((0..2 * GONE_MAX).map(file));
        let is_there = |name: &str| name >= "results-1500";
        assert_eq!(places.look(|_| false, is_there), []);
        assert_eq!((places.look(|_| true, is_there).len(), places.files.len()), (1_500, 1_500));
        assert_eq!(places.look(|_| true, is_there), []);
        places = serde_json::from_str(&serde_json::to_string(&places).unwrap()).unwrap();
        assert_eq!(places.look(|_| true, is_there), []);
        assert_eq!(places.look(|_| true, |_| true), []);
        assert_eq!(places.look(|_| true, |name| name != "results-0700.jsonl"), [("results-0700.jsonl".to_owned(), 7)]);
    }

    #[test]
    fn a_state_stays_small() {
        let mut places = Places::default();
        for at in 0..5_000 {
            places.pass(object(1_773_158_400_000 + at, 1));
            assert!(places.recent.len() <= RECENT_MAX);
            assert_eq!(places.minutes_to_be_late(), (at >= 1_000).then_some(0), "{at}");
        }
        assert!(!places.is_new(&object(1_773_158_400_000, 1)));
        assert!(places.is_new(&object(1_773_158_400_000 + 5_000, 1)));
    }
}
