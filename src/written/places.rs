//! How far lines were read. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::object::Object;
use super::row;

/// An object may become visible so long after one that was written later: clocks differ, and a bucket is tried again.
const LATE_MS: i64 = 3_600_000;
/// The most objects that a state names.
const RECENT_MAX: usize = 1_000;

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
    }

    /// Whether this is the line that was read last.
    #[must_use]
    pub(crate) fn follows(&self, line: &[u8]) -> bool {
        self.print == row::print(&[line])
    }
}

impl Places {
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
    fn a_state_stays_small() {
        let mut places = Places::default();
        for at in 0..5_000 {
            places.pass(object(1_773_158_400_000 + at, 1));
            assert!(places.recent.len() <= RECENT_MAX);
        }
        assert!(!places.is_new(&object(1_773_158_400_000, 1)));
        assert!(places.is_new(&object(1_773_158_400_000 + 5_000, 1)));
    }
}
