//! Conversion events that were accepted: each once, with how often it was sent (`docs/tiktok-api.md`
//! 6.1).

use super::World;
use crate::assumptions::EVENTS_REMEMBERED;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Seconds within which a repeated event is the same event [HELP].
const SAME_EVENT: i64 = 48 * 3_600;

/// An event that landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedEvent {
    /// `event`
    pub name: String,
    pub event_id: Option<String>,
    /// `event_time`, epoch seconds.
    pub time: i64,
    /// How often it came, the first time included.
    pub sent: u32,
    /// How many of the repeats were not the same byte by byte.
    pub changed: u32,
    /// `test_event_code`; `None` for a live event.
    pub test_code: Option<String>,
    content: Box<str>,
}

impl TrackedEvent {
    /// The element of `data` as it came first.
    #[must_use]
    pub fn content(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or_default()
    }
}

/// How many events of a source came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Accepted, repeats included.
    pub sent: u64,
    /// Counted: a repeat within 48 hours is not, an event without an `event_id` always is.
    pub distinct: u64,
}

/// An event that has been checked.
#[derive(Debug)]
pub(crate) struct Accepted<'b> {
    pub(crate) name: Cow<'b, str>,
    pub(crate) event_id: Option<Cow<'b, str>>,
    pub(crate) time: i64,
    /// Its JSON.
    pub(crate) content: &'b str,
}

/// Where the events of a call go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'b> {
    pub(crate) source_id: &'b str,
    pub(crate) test_code: Option<&'b str>,
    /// Epoch seconds.
    pub(crate) now: i64,
}

/// All accepted events by `event_source_id`.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    /// Events whose content may still be kept; of later ones there are only the counts.
    pub(crate) left: usize,
    /// Whether repeats are told from new events, which takes memory for each.
    pub(crate) dedup: bool,
    live: HashMap<String, Tally>,
    test: HashMap<String, Tally>,
}

impl Default for Tracked {
    fn default() -> Self {
        Self { left: EVENTS_REMEMBERED, dedup: true, live: HashMap::new(), test: HashMap::new() }
    }
}

#[derive(Clone, Debug, Default)]
struct Tally {
    counts: EventCounts,
    /// By a hash of name, id and test code: a million of them must not weigh much.
    seen: HashMap<u64, Seen>,
    kept: Vec<TrackedEvent>,
}

const NOWHERE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Epoch seconds, in few bytes.
    first: u32,
    /// Where in `kept`; [`NOWHERE`] if it is not.
    at: u32,
}

impl Tracked {
    pub(crate) fn add(&mut self, target: Target<'_>, events: &[Accepted<'_>]) {
        let side = if target.test_code.is_some() { &mut self.test } else { &mut self.live };
        if !side.contains_key(target.source_id) {
            side.insert(target.source_id.to_owned(), Tally::default());
        }
        if let Some(tally) = side.get_mut(target.source_id) {
            for event in events {
                let key = event.event_id.as_deref().filter(|_| self.dedup);
                let key = key.map(|id| fingerprint(target.test_code, &event.name, id));
                tally.add(target, event, key, &mut self.left);
            }
        }
    }
}

impl Tally {
    fn add(&mut self, target: Target<'_>, event: &Accepted<'_>, key: Option<u64>, left: &mut usize) {
        self.counts.sent += 1;
        let known =
            key.and_then(|key| self.seen.get(&key)).filter(|seen| target.now - i64::from(seen.first) < SAME_EVENT);
        if let Some(seen) = known {
            let kept = self.kept.get_mut(seen.at as usize);
            kept.into_iter().for_each(|kept| kept.repeat(event.content));
            return;
        }
        self.counts.distinct += 1;
        let at = left.checked_sub(1).and_then(|less| {
            *left = less;
            self.kept.push(TrackedEvent::new(target.test_code, event));
            u32::try_from(self.kept.len() - 1).ok()
        });
        if let Some(key) = key {
            let first = u32::try_from(target.now).unwrap_or(0);
            self.seen.insert(key, Seen { first, at: at.unwrap_or(NOWHERE) });
        }
    }
}

impl TrackedEvent {
    fn new(test_code: Option<&str>, event: &Accepted<'_>) -> Self {
        Self {
            name: event.name.clone().into_owned(),
            event_id: event.event_id.clone().map(Cow::into_owned),
            time: event.time,
            sent: 1,
            changed: 0,
            test_code: test_code.map(str::to_owned),
            content: event.content.into(),
        }
    }

    fn repeat(&mut self, content: &str) {
        self.sent += 1;
        self.changed += u32::from(*self.content != *content);
    }
}

fn fingerprint(test_code: Option<&str>, name: &str, id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (test_code, name, id).hash(&mut hasher);
    hasher.finish()
}

impl World {
    /// The live events of an `event_source_id`, in the order in which they came first.
    #[must_use]
    pub fn events(&self, source_id: &str) -> &[TrackedEvent] {
        self.tracked.live.get(source_id).map_or(&[], |tally| &tally.kept)
    }

    /// Its test events, which are no conversions.
    #[must_use]
    pub fn test_events(&self, source_id: &str) -> &[TrackedEvent] {
        self.tracked.test.get(source_id).map_or(&[], |tally| &tally.kept)
    }

    /// The numbers of its live events, of those too whose content is no longer remembered.
    #[must_use]
    pub fn event_counts(&self, source_id: &str) -> EventCounts {
        self.tracked.live.get(source_id).map(|tally| tally.counts).unwrap_or_default()
    }

    /// The `event_source_id`s that live events came from, sorted.
    #[must_use]
    pub fn event_source_ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.tracked.live.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }
}
