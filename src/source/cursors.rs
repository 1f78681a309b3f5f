//! Where each advertiser of a stream was left, as STATE carries it. Pure.
//!
//! Read are all forms that Airbyte's connector ever emitted (sources.md 4a); written is its form per
//! partition, so that going back works:
//! `{"use_global_cursor": false, "states": [{"partition": {"advertiser_id": …, "parent_slice": {}}, "cursor": {…}}]}`.
//! A `state` for all advertisers together is not written: Airbyte's connector would start an advertiser that
//! has no cursor yet from there, and lose what is older.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Days;
use serde_json::{Map, Value, json};

use super::stamp::Stamp;
use crate::error::{Error, Result};

/// A cursor that is ahead of its advertiser's clock by no more days than this means now: Airbyte's connector asks up
/// to tomorrow on UTC's clock. What is farther ahead is taken at its word.
const AHEAD_DAYS_MAX: u64 = 2;

/// Whose cursor it is: an advertiser's, or that of one of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub advertiser: Arc<str>,
    /// What the part's id is called, and the id.
    pub part: Option<(&'static str, Arc<str>)>,
}

impl Place {
    /// What finds its cursor.
    fn name(&self) -> String {
        name(&self.advertiser, self.part.as_ref().map(|(name, id)| (*name, &**id)))
    }
}

fn name(advertiser: &str, part: Option<(&str, &str)>) -> String {
    part.map_or_else(|| advertiser.to_owned(), |(name, id)| format!("{advertiser} {name} {id}"))
}

/// A partition's key.
#[derive(Debug, Clone)]
enum Key {
    /// An advertiser's own, as it is written here. There may be thousands in every stream, so they are held small.
    Own(Arc<str>),
    /// As it was given, unknown keys too, or with a part.
    Given(Box<Value>),
}

impl Key {
    fn of(place: &Place) -> Self {
        let Some((name, id)) = &place.part else { return Self::Own(place.advertiser.clone()) };
        Self::Given(Box::new(json!({"advertiser_id": &*place.advertiser, *name: &**id, "parent_slice": {}})))
    }

    fn given(key: Value) -> Self {
        match key.get("advertiser_id").and_then(Value::as_str).map(|id| Self::Own(id.into())) {
            Some(own) if own.to_json() == key => own,
            _ => Self::Given(Box::new(key)),
        }
    }

    fn advertiser(&self) -> Option<String> {
        match self {
            Self::Own(id) => Some(id.to_string()),
            Self::Given(key) => key.get("advertiser_id").and_then(text),
        }
    }

    /// The names of all places that it may be meant for: the advertiser's, and of each part.
    fn names(&self) -> Vec<String> {
        let Some(advertiser) = self.advertiser() else { return Vec::new() };
        let mut names = vec![name(&advertiser, None)];
        if let Self::Given(key) = self {
            let parts = key.as_object().into_iter().flatten().filter(|(name, _)| *name != "advertiser_id");
            names.extend(parts.filter_map(|(part, id)| Some(name(&advertiser, Some((part, &text(id)?))))));
        }
        names
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Own(id) => json!({"advertiser_id": &**id, "parent_slice": {}}),
            Self::Given(key) => (**key).clone(),
        }
    }
}

/// An id as text; states have it as a number, too.
fn text(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// How a cursor is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// `YYYY-MM-DD`
    Day,
    /// `YYYY-MM-DD HH:MM:SS`
    Hour,
    /// `YYYY-MM-DD HH:MM:SSZ`
    Utc,
}

/// The cursors of one stream.
#[derive(Debug, Clone)]
pub struct Cursors {
    field: &'static str,
    notation: Notation,
    partitions: Vec<Partition>,
    /// Where in them a place is, by its name.
    places: HashMap<String, usize>,
    /// From forms that know one cursor for all.
    of_all: Option<Stamp>,
}

#[derive(Debug, Clone)]
struct Partition {
    key: Key,
    cursor: Stamp,
}

impl Cursors {
    /// Reads the state of `stream`, whose cursor is `field`.
    pub fn read(stream: &str, field: &'static str, notation: Notation, state: Option<&Value>) -> Result<Self> {
        let mut cursors = Self { field, notation, partitions: Vec::new(), places: HashMap::new(), of_all: None };
        let Some(state) = state else { return Ok(cursors) };
        match state.get("states").and_then(Value::as_array) {
            Some(states) => {
                for entry in states {
                    partition(stream, field, entry)?.into_iter().for_each(|one| cursors.add(one));
                }
                if state.get("use_global_cursor") == Some(&Value::Bool(true)) {
                    cursors.of_all = overlapping(stream, field, state)?;
                }
            }
            None if state.get("use_global_cursor").is_some() => {
                cursors.of_all = overlapping(stream, field, state)?;
            }
            None => cursors.of_all = stamp(stream, field, Some(state))?,
        }
        Ok(cursors)
    }

    fn add(&mut self, partition: Partition) {
        let at = self.partitions.len();
        for name in partition.key.names() {
            self.places.entry(name).or_insert(at);
        }
        self.partitions.push(partition);
    }

    /// Gives places their own cursors where there was one for all.
    pub fn settle<'p>(&mut self, places: impl Iterator<Item = &'p Place>) {
        let Some(of_all) = self.of_all else { return };
        for place in places.filter(|place| !self.places.contains_key(&place.name())).collect::<Vec<_>>() {
            self.advance(place, of_all);
        }
    }

    /// Every place has its own cursor: none is for all any more.
    pub fn settled(&mut self) {
        self.of_all = None;
    }

    /// Turns cursors back that are a little ahead of `now`, so that what is left of today is not lost. `now` is what
    /// an advertiser's clock shows, none for one that is not read, and `first` the least of these. Names those that
    /// are so far ahead that nothing will be read.
    pub fn turn_back(&mut self, now: impl Fn(&str) -> Option<Stamp>, first: Stamp) -> Vec<String> {
        let (notation, mut far) = (self.notation, Vec::new());
        for partition in &mut self.partitions {
            let Some(id) = partition.key.advertiser() else { continue };
            match now(&id).map(|now| notation.believed(partition.cursor, now)) {
                Some(Some(cursor)) => partition.cursor = cursor,
                Some(None) => far.push(format!("the cursor of advertiser {id}")),
                None => {}
            }
        }
        if let Some(of_all) = self.of_all {
            match notation.believed(of_all, first) {
                Some(cursor) => self.of_all = Some(cursor),
                None => far.push("the one cursor that its state holds for all advertisers".to_owned()),
            }
        }
        far
    }

    /// Where a place was left.
    #[must_use]
    pub fn of(&self, place: &Place) -> Option<Stamp> {
        let own = self.places.get(&place.name()).and_then(|at| self.partitions.get(*at));
        own.map(|partition| partition.cursor).or(self.of_all)
    }

    /// Moves a place's cursor; never back.
    pub fn advance(&mut self, place: &Place, to: Stamp) {
        let own = self.places.get(&place.name()).and_then(|at| self.partitions.get_mut(*at));
        match own {
            Some(partition) => partition.cursor = partition.cursor.max(to),
            None => self.add(Partition { key: Key::of(place), cursor: to }),
        }
    }

    /// The state to emit. While places are left that have no cursor of their own yet, the one for all stays in it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let cursor = |stamp: Stamp| Map::from_iter([(self.field.to_owned(), self.notation.write(stamp).into())]);
        let states = self.partitions.iter();
        let states = states.map(|one| json!({"partition": one.key.to_json(), "cursor": cursor(one.cursor)}));
        let states: Vec<Value> = states.collect();
        match self.of_all {
            None => json!({"use_global_cursor": false, "states": states}),
            Some(of_all) => json!({"use_global_cursor": true, "states": states, "state": cursor(of_all)}),
        }
    }
}

impl Notation {
    /// What a cursor means at `now`; none when it is far ahead of it.
    fn believed(self, cursor: Stamp, now: Stamp) -> Option<Stamp> {
        let today = now.date()?;
        let ahead = match self {
            Self::Utc => cursor > now,
            Self::Day | Self::Hour => cursor.date()? > today,
        };
        let here = if self == Self::Utc { now } else { Stamp::from(today) };
        let near = cursor.date()? <= today.checked_add_days(Days::new(AHEAD_DAYS_MAX))?;
        match (ahead, near) {
            (false, _) => Some(cursor),
            (true, near) => near.then_some(here),
        }
    }

    fn write(self, stamp: Stamp) -> String {
        let text = stamp.to_string();
        match self {
            Self::Day => text.chars().take(10).collect(),
            Self::Hour => text,
            Self::Utc => format!("{text}Z"),
        }
    }
}

fn partition(stream: &str, field: &str, entry: &Value) -> Result<Option<Partition>> {
    let key = entry.get("partition").cloned().unwrap_or_default();
    let advertiser = key.get("advertiser_id");
    if advertiser.and_then(text).is_none() {
        return Err(fault(stream, "states[].partition.advertiser_id", advertiser));
    }
    let cursor = stamp(stream, field, entry.get("cursor"))?;
    Ok(cursor.map(|cursor| Partition { key: Key::given(key), cursor }))
}

/// The cursor of all advertisers is the latest of theirs. One that was read early in that sync has changed since, so
/// its seconds, `lookback_window`, are read again.
fn overlapping(stream: &str, field: &str, state: &Value) -> Result<Option<Stamp>> {
    let seconds = state.get("lookback_window").and_then(Value::as_u64).unwrap_or_default();
    Ok(stamp(stream, field, state.get("state"))?.map(|latest| latest.earlier(seconds)))
}

/// `{field: text}`; a missing or empty one is none.
fn stamp(stream: &str, field: &str, holder: Option<&Value>) -> Result<Option<Stamp>> {
    match holder.and_then(|holder| holder.get(field)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => match Stamp::parse(text.as_bytes()).filter(|stamp| stamp.date().is_some()) {
            Some(stamp) => Ok(Some(stamp)),
            None => Err(fault(stream, field, Some(&Value::from(text.as_str())))),
        },
        other => Err(fault(stream, field, other)),
    }
}

fn fault(stream: &str, field: &str, found: Option<&Value>) -> Error {
    let found = found.map_or_else(|| "nothing".to_owned(), |value| value.to_string().chars().take(60).collect());
    Error::config(format!("The state of stream `{stream}` has {found} as `{field}`"))
        .advise("Pass the last STATE unchanged, or reset the stream's state to read it from the start.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily(state: &Value) -> Result<Cursors> {
        Cursors::read("ads_reports_daily", "stat_time_day", Notation::Day, Some(state))
    }

    fn place(advertiser: &str) -> Place {
        Place { advertiser: advertiser.into(), part: None }
    }

    fn of(state: &Value, advertiser: &str) -> Option<String> {
        daily(state).unwrap().of(&place(advertiser)).map(|stamp| stamp.to_string())
    }

    #[test]
    fn the_peers_forms_are_read() {
        let day = Some("2026-01-02 00:00:00".to_owned());
        let own = json!({"use_global_cursor": false, "states": [{"partition": {"advertiser_id": "1", "parent_slice": {}}, "cursor": {"stat_time_day": "2026-01-02"}}], "state": {"stat_time_day": "2026-02-01"}, "lookback_window": 3});
        assert_eq!(of(&own, "1"), day);
        assert_eq!(of(&own, "2"), None, "a new advertiser is read from the start");
        for for_all in [
            json!({"use_global_cursor": true, "state": {"stat_time_day": "2026-01-02"}, "states": []}),
            json!({"use_global_cursor": true, "state": {"stat_time_day": "2026-01-02"}}),
            json!({"stat_time_day": "2026-01-02"}),
            json!({"stat_time_day": "2026-01-02 00:00:00", "dimensions": {"ad_id": 5}}),
        ] {
            assert_eq!(of(&for_all, "7"), day, "{for_all}");
        }
        for none in [
            json!({}),
            json!({"__ab_no_cursor_state_message": true}),
            json!({"stat_time_day": ""}),
            json!({"states": []}),
        ] {
            assert_eq!(of(&none, "7"), None, "{none}");
        }
        let modified =
            json!({"states": [{"partition": {"advertiser_id": 5}, "cursor": {"modify_time": "2026-01-02 03:04:05Z"}}]});
        let modified = Cursors::read("ads", "modify_time", Notation::Utc, Some(&modified)).unwrap();
        assert_eq!(modified.of(&place("5")), Stamp::parse(b"2026-01-02 03:04:05"));
    }

    #[test]
    fn one_cursor_for_all_goes_back_by_the_seconds_that_its_sync_took() {
        let state = |all: bool| json!({"use_global_cursor": all, "state": {"modify_time": "2026-01-02 00:01:00Z"}, "lookback_window": 90});
        let read = |state: &Value| Cursors::read("ads", "modify_time", Notation::Utc, Some(state)).unwrap();
        assert_eq!(read(&state(true)).of(&place("1")), Stamp::parse(b"2026-01-01 23:59:30"));
        assert_eq!(read(&state(false)).of(&place("1")), Stamp::parse(b"2026-01-01 23:59:30"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut cursors = Cursors::read("ads", "modify_time", Notation::Utc, None).unwrap();
        cursors.advance(&place("1"), Stamp::parse(b"2026-01-02 03:04:05").unwrap());
        cursors.advance(&place("1"), Stamp::parse(b"2026-01-01 00:00:00").unwrap());
        let state = cursors.to_json();
        assert_eq!(
            state,
            json!({"use_global_cursor": false, "states": [{"partition": {"advertiser_id": "1", "parent_slice": {}}, "cursor": {"modify_time": "2026-01-02 03:04:05Z"}}]})
        );
        let again = Cursors::read("ads", "modify_time", Notation::Utc, Some(&state)).unwrap();
        assert_eq!(again.to_json(), state);
    }

    #[test]
    fn advertisers_that_are_not_read_any_more_keep_their_place() {
        let given = json!({"use_global_cursor": false, "states": [{"partition": {"advertiser_id": "gone", "x": 1}, "cursor": {"stat_time_day": "2026-01-02"}}]});
        let mut cursors = daily(&given).unwrap();
        cursors.advance(&place("1"), Stamp::parse(b"2026-02-02").unwrap());
        assert_eq!(cursors.to_json()["states"][0], given["states"][0]);
    }

    #[test]
    fn one_cursor_for_all_becomes_one_for_each() {
        let mut cursors = daily(&json!({"stat_time_day": "2026-01-02"})).unwrap();
        cursors.settle([place("1"), place("2")].iter());
        let half = cursors.to_json();
        assert_eq!(of(&half, "3"), of(&half, "1"), "until all have their own, the one for all is kept");
        cursors.settled();
        assert_eq!(cursors.to_json()["states"].as_array().unwrap().len(), 2);
        assert_eq!(cursors.of(&place("3")), None);
    }

    #[test]
    fn a_cursor_a_little_ahead_of_the_clock_means_now() {
        let now = Stamp::parse(b"2026-01-02 15:00:00").unwrap();
        let turned = |notation: Notation, field: &'static str, text: &str| {
            let state = json!({"states": [{"partition": {"advertiser_id": "1"}, "cursor": {field: text}}]});
            let mut cursors = Cursors::read("x", field, notation, Some(&state)).unwrap();
            let far = cursors.turn_back(|id| (id == "1").then_some(now), now);
            (cursors.of(&place("1")).unwrap().to_string(), far.len())
        };
        let day = |text| turned(Notation::Day, "stat_time_day", text);
        assert_eq!(day("2026-01-02"), ("2026-01-02 00:00:00".to_owned(), 0));
        assert_eq!(day("2026-01-03"), ("2026-01-02 00:00:00".to_owned(), 0));
        assert_eq!(day("2026-01-05"), ("2026-01-05 00:00:00".to_owned(), 1));
        let hour = |text| turned(Notation::Hour, "stat_time_hour", text);
        assert_eq!(hour("2026-01-02 23:00:00").0, "2026-01-02 23:00:00", "an hour of today is no news");
        assert_eq!(hour("2026-01-03 00:00:00").0, "2026-01-02 00:00:00");
        let utc = |text| turned(Notation::Utc, "modify_time", text);
        assert_eq!(utc("2026-01-02 16:00:00Z").0, "2026-01-02 15:00:00");
        let mut of_all = daily(&json!({"stat_time_day": "2026-01-04"})).unwrap();
        assert!(of_all.turn_back(|_| None, now).is_empty());
        assert_eq!(of_all.of(&place("7")), Some(Stamp::from(now.date().unwrap())));
    }

    #[test]
    fn parts_of_an_advertiser_have_cursors_of_their_own() {
        let part = |id: &str| Place { part: Some(("store_id", id.into())), ..place("1") };
        let mut cursors = Cursors::read("gmv", "stat_time_hour", Notation::Hour, None).unwrap();
        cursors.advance(&part("7"), Stamp::parse(b"2026-01-02").unwrap());
        assert_eq!(cursors.of(&part("8")), None);
        assert_eq!(
            cursors.to_json()["states"][0],
            json!({"partition": {"advertiser_id": "1", "store_id": "7", "parent_slice": {}}, "cursor": {"stat_time_hour": "2026-01-02 00:00:00"}})
        );
    }

    #[test]
    fn a_part_is_found_whatever_else_its_key_holds() {
        let state = json!({"states": [{"partition": {"x": "y", "store_id": 7, "advertiser_id": 1}, "cursor": {"stat_time_hour": "2026-01-02 03:00:00"}}]});
        let cursors = Cursors::read("gmv", "stat_time_hour", Notation::Hour, Some(&state)).unwrap();
        let part = |id: &str| Place { part: Some(("store_id", id.into())), ..place("1") };
        assert!(cursors.of(&part("7")).is_some());
        assert_eq!(cursors.of(&part("y")), None);
    }

    #[test]
    fn a_broken_cursor_is_named() {
        for (state, start) in [
            (
                json!({"stat_time_day": "soon"}),
                "The state of stream `ads_reports_daily` has \"soon\" as `stat_time_day`",
            ),
            (json!({"stat_time_day": "2026-02-30"}), "The state of stream `ads_reports_daily` has \"2026-02-30\" as"),
            (json!({"stat_time_day": 7}), "The state of stream `ads_reports_daily` has 7 as `stat_time_day`"),
            (
                json!({"states": [{"cursor": {}}]}),
                "The state of stream `ads_reports_daily` has nothing as `states[].partition.advertiser_id`",
            ),
        ] {
            let error = daily(&state).unwrap_err();
            assert!(error.message().starts_with(start), "{error}");
        }
    }
}
