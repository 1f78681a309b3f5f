//! Where each advertiser of a stream was left, as STATE carries it. Pure.
//!
//! Read are all forms that Airbyte's connector ever emitted; written is its form per
//! partition, so that going back works:
//! `{"use_global_cursor": false, "states": [{"partition": {"advertiser_id": …, "parent_slice": {}}, "cursor": {…}}]}`.
//! A `state` for all advertisers together is not written: Airbyte's connector would start an advertiser that
//! has no cursor yet from there, and lose what is older.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::Days;
use serde_json::{Map, Value, json};

use super::given::{self, Form, GivenPartition, Notation};
use super::reread::{self, Kept};
use crate::error::Result;
use crate::source::record::timestamp::Timestamp;

/// A cursor that is ahead of its advertiser's clock by no more days than this means now: Airbyte's connector asks up
/// to tomorrow on UTC's clock. What is farther ahead is taken at its word.
const AHEAD_DAYS_MAX: u64 = 2;

/// Whose cursor it is: an advertiser's, or that of one of its stores or other parents of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub advertiser: Arc<str>,
    /// What the parent's id is called, and the id.
    pub parent: Option<(&'static str, Arc<str>)>,
}

impl Place {
    /// What finds its cursor.
    fn name(&self) -> String {
        name(&self.advertiser, self.parent.as_ref().map(|(name, id)| (*name, &**id)))
    }
}

fn name(advertiser: &str, parent: Option<(&str, &str)>) -> String {
    parent.map_or_else(|| advertiser.to_owned(), |(name, id)| format!("{advertiser} {name} {id}"))
}

/// A partition's key.
#[derive(Debug, Clone)]
enum Key {
    /// An advertiser's own, as it is written here. There may be thousands in every stream, so they are held small.
    Own(Arc<str>),
    /// As it was given, unknown keys too, or with a parent.
    Given(Box<Value>),
}

impl Key {
    fn of(place: &Place) -> Self {
        let Some((name, id)) = &place.parent else { return Self::Own(place.advertiser.clone()) };
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
            Self::Given(key) => key.get("advertiser_id").and_then(given::id),
        }
    }

    /// The name of the place that it is meant for, where parts are called `parent`.
    fn name(&self, parent: Option<&'static str>) -> String {
        let advertiser = self.advertiser().unwrap_or_default();
        let Self::Given(key) = self else { return name(&advertiser, None) };
        let id = parent.and_then(|parent| Some((parent, given::id(key.get(parent)?)?)));
        name(&advertiser, id.as_ref().map(|(parent, id)| (*parent, &**id)))
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Own(id) => json!({"advertiser_id": &**id, "parent_slice": {}}),
            Self::Given(key) => (**key).clone(),
        }
    }
}

/// The cursors of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Cursors {
    field: &'static str,
    notation: Notation,
    /// What the parts of an advertiser are called, where each has a cursor of its own.
    parent: Option<&'static str>,
    partitions: Vec<Partition>,
    /// Where in them a place is, by its name.
    places: HashMap<String, usize>,
    /// From forms that know one cursor for all.
    global_cursor: Option<Timestamp>,
    /// Places are read elsewhere that have no cursor of their own yet.
    unsettled_elsewhere: bool,
}

#[derive(Debug, Clone)]
struct Partition {
    key: Key,
    cursor: Timestamp,
    /// What tells which days moved. There are thousands, and most have none.
    kept: Option<Box<Kept>>,
}

/// A cursor so far ahead of the clock that it is taken at its word.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// None: the one cursor for all.
    pub advertiser: Option<String>,
    pub cursor: Timestamp,
}

impl Cursors {
    /// Reads the state of a stream.
    pub(crate) fn read(form: &Form<'_>, state: Option<&Value>) -> Result<Self> {
        let Form { field, notation, parent, .. } = *form;
        let (partitions, places) = (Vec::new(), HashMap::new());
        let mut cursors =
            Self { field, notation, parent, partitions, places, global_cursor: None, unsettled_elsewhere: false };
        let given = state.map(|state| form.read(state)).transpose()?.unwrap_or_default();
        cursors.global_cursor = given.global_cursor;
        for GivenPartition { key, cursor, kept } in given.partitions {
            cursors.add(Partition { key: Key::given(key), cursor, kept: kept.map(Box::new) });
        }
        Ok(cursors)
    }

    /// Whether there is no cursor at all.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.partitions.is_empty() && self.global_cursor.is_none()
    }

    /// Whether it is about advertisers, but about none of these.
    pub(crate) fn is_of_others(&self, ids: &HashSet<&str>) -> bool {
        let known = |one: &Partition| one.key.advertiser().is_some_and(|id| ids.contains(&*id));
        self.global_cursor.is_none() && !self.partitions.is_empty() && !self.partitions.iter().any(known)
    }

    /// Of two that are meant for one place the earlier holds: nothing is lost by it.
    fn add(&mut self, partition: Partition) {
        let known = self.places.entry(partition.key.name(self.parent));
        let at = *known.or_insert(self.partitions.len());
        match self.partitions.get_mut(at) {
            Some(known) => {
                known.cursor = known.cursor.min(partition.cursor);
                known.kept = None;
            }
            None => self.partitions.push(partition),
        }
    }

    /// Gives places their own cursors where there was one for all.
    pub(crate) fn settle<'p>(&mut self, places: impl Iterator<Item = &'p Place>) {
        let Some(global_cursor) = self.global_cursor else { return };
        for place in places.filter(|place| !self.places.contains_key(&place.name())).collect::<Vec<_>>() {
            self.advance(place, global_cursor);
        }
    }

    /// Keeps what holds for advertisers that other runs read. Their parts are not known here, nor what their days are as
    /// those runs read them: what was given of that may be old, so it is not handed on.
    pub(crate) fn leave(&mut self, elsewhere: &[Arc<str>]) {
        let others: HashSet<&str> = elsewhere.iter().map(|id| &**id).collect();
        for partition in self.partitions.iter_mut().filter(|one| one.kept.is_some()) {
            if partition.key.advertiser().is_some_and(|id| others.contains(&*id)) {
                partition.kept = None;
            }
        }
        match self.parent {
            Some(_) => self.unsettled_elsewhere = !elsewhere.is_empty(),
            None => {
                let place = |id: &Arc<str>| Place { advertiser: id.clone(), parent: None };
                self.settle(elsewhere.iter().map(place).collect::<Vec<_>>().iter());
            }
        }
    }

    /// Every place has its own cursor: none is for all any more.
    pub(crate) fn settled(&mut self) {
        if !self.unsettled_elsewhere {
            self.global_cursor = None;
        }
    }

    /// Turns cursors back that are a little ahead of `now`, so that what is left of today is not lost. `now` is what
    /// an advertiser's clock shows, none for one that is not read, and `first` the least of these. Gives those that are
    /// farther ahead.
    pub(crate) fn rewind_future(&mut self, now: impl Fn(&str) -> Option<Timestamp>, first: Timestamp) -> Vec<Ahead> {
        let (notation, mut far) = (self.notation, Vec::new());
        for partition in &mut self.partitions {
            let Some(id) = partition.key.advertiser() else { continue };
            match now(&id).map(|now| notation.clamp_to_now(partition.cursor, now)) {
                Some(Some(cursor)) => partition.cursor = cursor,
                Some(None) => far.push(Ahead { advertiser: Some(id), cursor: partition.cursor }),
                None => {}
            }
        }
        if let Some(global_cursor) = self.global_cursor {
            match notation.clamp_to_now(global_cursor, first) {
                Some(cursor) => self.global_cursor = Some(cursor),
                None => far.push(Ahead { advertiser: None, cursor: global_cursor }),
            }
        }
        far
    }

    /// Where a place was left.
    #[must_use]
    pub(crate) fn of(&self, place: &Place) -> Option<Timestamp> {
        let own = self.places.get(&place.name()).and_then(|at| self.partitions.get(*at));
        own.map(|partition| partition.cursor).or(self.global_cursor)
    }

    /// Moves a place's cursor; never back.
    pub(crate) fn advance(&mut self, place: &Place, to: Timestamp) {
        let own = self.places.get(&place.name()).and_then(|at| self.partitions.get_mut(*at));
        match own {
            Some(partition) => partition.cursor = partition.cursor.max(to),
            None => self.add(Partition { key: Key::of(place), cursor: to, kept: None }),
        }
    }

    /// What is kept of the days of a place.
    #[must_use]
    pub(crate) fn kept(&self, place: &Place) -> Option<&Kept> {
        self.places.get(&place.name()).and_then(|at| self.partitions.get(*at))?.kept.as_deref()
    }

    /// Changes what is kept of the days of a place that has a cursor.
    pub(crate) fn keep(&mut self, place: &Place, change: impl FnOnce(&mut Kept)) {
        let own = self.places.get(&place.name()).and_then(|at| self.partitions.get_mut(*at));
        if let Some(partition) = own {
            change(partition.kept.get_or_insert_default());
        }
    }

    /// Keeps nothing of the days of a place any more.
    pub(crate) fn forget_kept(&mut self, place: &Place) {
        let own = self.places.get(&place.name()).and_then(|at| self.partitions.get_mut(*at));
        if let Some(partition) = own {
            partition.kept = None;
        }
    }

    /// The state to emit. While places are left that have no cursor of their own yet, the one for all stays in it.
    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        let cursor = |stamp: Timestamp| Map::from_iter([(self.field.to_owned(), self.notation.write(stamp).into())]);
        let states = self.partitions.iter();
        let whole = |one: &Partition| {
            let mut whole = cursor(one.cursor);
            let kept = one.kept.as_deref().and_then(Kept::to_json);
            whole.extend(kept.map(|kept| (reread::FIELD.to_owned(), kept)));
            whole
        };
        let states = states.map(|one| json!({"partition": one.key.to_json(), "cursor": whole(one)}));
        let states: Vec<Value> = states.collect();
        match self.global_cursor {
            None => json!({"use_global_cursor": false, "states": states}),
            Some(global_cursor) => json!({"use_global_cursor": true, "states": states, "state": cursor(global_cursor)}),
        }
    }
}

impl Notation {
    /// What a cursor means at `now`; none when it is far ahead of it.
    fn clamp_to_now(self, cursor: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let today = now.date()?;
        let ahead = match self {
            Self::Utc => cursor > now,
            Self::Day | Self::Hour => cursor.date()? > today,
        };
        let here = if self == Self::Utc { now } else { Timestamp::from(today) };
        let near = cursor.date()? <= today.checked_add_days(Days::new(AHEAD_DAYS_MAX))?;
        match (ahead, near) {
            (false, _) => Some(cursor),
            (true, near) => near.then_some(here),
        }
    }

    /// What a cursor should be, for a sentence.
    #[must_use]
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Day => "a day such as 2026-01-31",
            Self::Hour => "an hour such as 2026-01-31 15:00:00",
            Self::Utc => "a moment such as 2026-01-31 15:04:05Z",
        }
    }

    fn write(self, stamp: Timestamp) -> String {
        let text = stamp.to_string();
        match self {
            Self::Day => text.chars().take(10).collect(),
            Self::Hour => text,
            Self::Utc => format!("{text}Z"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAILY: Form<'_> =
        Form { stream: "ads_reports_daily", field: "stat_time_day", notation: Notation::Day, parent: None };
    const ADS: Form<'_> = Form { stream: "ads", field: "modify_time", notation: Notation::Utc, parent: None };
    const STORES: Form<'_> =
        Form { stream: "gmv", field: "stat_time_hour", notation: Notation::Hour, parent: Some("store_id") };

    fn daily(state: &Value) -> Result<Cursors> {
        Cursors::read(&DAILY, Some(state))
    }

    fn place(advertiser: &str) -> Place {
        Place { advertiser: advertiser.into(), parent: None }
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
            json!({"use_global_cursor": false, "state": {"stat_time_day": "2026-01-02"}}),
            json!({"state": {"stat_time_day": "2026-01-02"}, "parent_state": {}, "something": "new"}),
            json!({"use_global_cursor": false, "stat_time_day": "2026-01-02"}),
        ] {
            assert_eq!(of(&for_all, "7"), day, "{for_all}");
        }
        for none in [
            json!({}),
            json!({"__ab_no_cursor_state_message": true}),
            json!({"stat_time_day": ""}),
            json!({"states": []}),
            json!({"states": null, "state": {}, "use_global_cursor": null, "lookback_window": null, "parent_state": {}}),
            json!({"use_global_cursor": true, "state": {}, "states": []}),
            json!({"states": [{"partition": {"advertiser_id": "7"}, "cursor": {}}, {"partition": {"advertiser_id": 7}}]}),
            json!({"__ab_full_refresh_sync_complete": true}),
            json!({"stat_time_day": null, "dimensions": {"ad_id": 5}}),
        ] {
            assert_eq!(of(&none, "7"), None, "{none}");
        }
        let modified =
            json!({"states": [{"partition": {"advertiser_id": 5}, "cursor": {"modify_time": "2026-01-02 03:04:05Z"}}]});
        let modified = Cursors::read(&ADS, Some(&modified)).unwrap();
        assert_eq!(modified.of(&place("5")), Timestamp::parse(b"2026-01-02 03:04:05"));
    }

    #[test]
    fn of_two_partitions_of_one_place_the_earlier_holds() {
        let one = |key: Value, day: &str| json!({"partition": key, "cursor": {"stat_time_day": day}});
        for (first, second) in [("2026-01-02", "2026-02-02"), ("2026-02-02", "2026-01-02")] {
            let states = [
                one(json!({"advertiser_id": "1", "parent_slice": {}}), first),
                one(json!({"advertiser_id": 1}), second),
            ];
            let cursors = daily(&json!({"states": states})).unwrap();
            assert_eq!(
                cursors.to_json()["states"],
                json!([one(json!({"advertiser_id": "1", "parent_slice": {}}), "2026-01-02")])
            );
            assert_eq!(cursors.of(&place("1")), Timestamp::parse(b"2026-01-02"));
        }
        let store = |id: Value| json!({"partition": {"advertiser_id": "1", "store_id": id}, "cursor": {"stat_time_hour": "2026-01-02 00:00:00"}});
        let stores = json!({"states": [store("7".into()), store(7.into()), store("8".into())]});
        let stores = Cursors::read(&STORES, Some(&stores)).unwrap();
        assert_eq!(stores.to_json()["states"].as_array().unwrap().len(), 2, "parts are places of their own");
    }

    #[test]
    fn one_cursor_for_all_goes_back_by_the_seconds_that_its_sync_took() {
        let state = |all: bool| json!({"use_global_cursor": all, "state": {"modify_time": "2026-01-02 00:01:00Z"}, "lookback_window": 90});
        let read = |state: &Value| Cursors::read(&ADS, Some(state)).unwrap();
        assert_eq!(read(&state(true)).of(&place("1")), Timestamp::parse(b"2026-01-01 23:59:30"));
        assert_eq!(read(&state(false)).of(&place("1")), Timestamp::parse(b"2026-01-01 23:59:30"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut cursors = Cursors::read(&ADS, None).unwrap();
        cursors.advance(&place("1"), Timestamp::parse(b"2026-01-02 03:04:05").unwrap());
        cursors.advance(&place("1"), Timestamp::parse(b"2026-01-01 00:00:00").unwrap());
        let state = cursors.to_json();
        assert_eq!(
            state,
            json!({"use_global_cursor": false, "states": [{"partition": {"advertiser_id": "1", "parent_slice": {}}, "cursor": {"modify_time": "2026-01-02 03:04:05Z"}}]})
        );
        let again = Cursors::read(&ADS, Some(&state)).unwrap();
        assert_eq!(again.to_json(), state);
    }

    #[test]
    fn advertisers_that_are_not_read_any_more_keep_their_place() {
        let given = json!({"use_global_cursor": false, "states": [{"partition": {"advertiser_id": "69", "x": 1}, "cursor": {"stat_time_day": "2026-01-02"}}]});
        let mut cursors = daily(&given).unwrap();
        cursors.advance(&place("1"), Timestamp::parse(b"2026-02-02").unwrap());
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
    fn one_cursor_for_all_holds_for_those_who_are_read_elsewhere() {
        let mut cursors = daily(&json!({"stat_time_day": "2026-01-02"})).unwrap();
        cursors.leave(&["2".into(), "3".into()]);
        cursors.settle([place("1")].iter());
        cursors.advance(&place("1"), Timestamp::parse(b"2026-02-02").unwrap());
        cursors.settled();
        let kept = Timestamp::parse(b"2026-01-02");
        assert_eq!((cursors.of(&place("2")), cursors.of(&place("3")), cursors.of(&place("4"))), (kept, kept, None));
        let given = json!({"stat_time_hour": "2026-01-02 00:00:00"});
        let mut stores = Cursors::read(&STORES, Some(&given)).unwrap();
        stores.leave(&["2".into()]);
        stores.settled();
        let store = Place { parent: Some(("store_id", "7".into())), ..place("2") };
        assert_eq!(stores.of(&store), kept, "whose stores are not known here");
    }

    #[test]
    fn a_cursor_a_little_ahead_of_the_clock_means_now() {
        let now = Timestamp::parse(b"2026-01-02 15:00:00").unwrap();
        let turned = |notation: Notation, field: &'static str, text: &str| {
            let state = json!({"states": [{"partition": {"advertiser_id": "1"}, "cursor": {field: text}}]});
            let mut cursors =
                Cursors::read(&Form { stream: "x", field, notation, parent: None }, Some(&state)).unwrap();
            let far = cursors.rewind_future(|id| (id == "1").then_some(now), now);
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
        let mut global_cursor = daily(&json!({"stat_time_day": "2026-01-04"})).unwrap();
        assert!(global_cursor.rewind_future(|_| None, now).is_empty());
        assert_eq!(global_cursor.of(&place("7")), Some(Timestamp::from(now.date().unwrap())));
    }

    #[test]
    fn parts_of_an_advertiser_have_cursors_of_their_own() {
        let parent = |id: &str| Place { parent: Some(("store_id", id.into())), ..place("1") };
        let mut cursors = Cursors::read(&STORES, None).unwrap();
        cursors.advance(&parent("7"), Timestamp::parse(b"2026-01-02").unwrap());
        assert_eq!(cursors.of(&parent("8")), None);
        assert_eq!(
            cursors.to_json()["states"][0],
            json!({"partition": {"advertiser_id": "1", "store_id": "7", "parent_slice": {}}, "cursor": {"stat_time_hour": "2026-01-02 00:00:00"}})
        );
    }

    #[test]
    fn a_parent_is_found_whatever_else_its_key_holds() {
        let state = json!({"states": [{"partition": {"x": "y", "store_id": 7, "advertiser_id": 1}, "cursor": {"stat_time_hour": "2026-01-02 03:00:00"}}]});
        let cursors = Cursors::read(&STORES, Some(&state)).unwrap();
        let parent = |id: &str| Place { parent: Some(("store_id", id.into())), ..place("1") };
        assert!(cursors.of(&parent("7")).is_some());
        assert_eq!(cursors.of(&parent("y")), None);
    }

    #[test]
    fn a_broken_cursor_is_named() {
        for (state, start) in [
            (json!({"stat_time_day": "soon"}), "\"soon\" as `stat_time_day`, which should be a day such as"),
            (json!({"stat_time_day": "2026-02-30"}), "\"2026-02-30\" as `stat_time_day`"),
            (json!({"stat_time_day": "1x9x9x9-01-01"}), "\"1x9x9x9-01-01\" as `stat_time_day`"),
            (json!({"stat_time_day": "2026-01-02 25:00:00"}), "\"2026-01-02 25:00:00\" as `stat_time_day`"),
            (json!({"stat_time_day": 7}), "7 as `stat_time_day`"),
            (
                json!({"modify_time": "2026-01-02"}),
                "\"2026-01-02\" as `modify_time`, which should be a cursor `stat_time_day`",
            ),
            (json!({"states": [], "stat_time_day": "2026-01-02"}), "\"2026-01-02\" as `stat_time_day`"),
            (json!({"cursor": {}}), "{} as `cursor`, which should be a cursor `stat_time_day`"),
            (json!({"states": {"1": "2026-01-02"}}), "{\"1\":\"2026-01-02\"} as `states`, which should be a list"),
            (json!({"states": "what"}), "\"what\" as `states`, which should be a list"),
            (json!({"states": [1]}), "1 as `states[0]`, which should be an object"),
            (json!({"states": [{"cursor": {}}]}), "nothing as `states[0].partition`, which should be an object with"),
            (json!({"states": [{"partition": "1"}]}), "\"1\" as `states[0].partition`, which should be an object"),
            (
                json!({"states": [{"partition": {}}]}),
                "nothing as `states[0].partition.advertiser_id`, which should be an id",
            ),
            (
                json!({"states": [{"partition": {"advertiser_id": 7e18}}]}),
                "7e+18 as `states[0].partition.advertiser_id`",
            ),
            (
                json!({"states": [{"partition": {"advertiser_id": "7e18"}}]}),
                "\"7e18\" as `states[0].partition.advertiser_id`",
            ),
            (json!({"states": [{"partition": {"advertiser_id": -1}}]}), "-1 as `states[0].partition.advertiser_id`"),
            (
                json!({"states": [{"partition": {"advertiser_id": "1"}, "cursor": "2026-01-02"}]}),
                "\"2026-01-02\" as `states[0].cursor`, which should be an object",
            ),
            (
                json!({"states": [{"partition": {"advertiser_id": "1"}, "cursor": {"modify_time": "2026-01-02"}}]}),
                "{\"modify_time\":\"2026-01-02\"} as `states[0].cursor`, which should be an object with `stat_time_day`",
            ),
            (
                json!({"use_global_cursor": "true", "state": {"stat_time_day": "2026-01-02"}}),
                "\"true\" as `use_global_cursor`",
            ),
            (
                json!({"use_global_cursor": true, "state": "2026-01-02"}),
                "\"2026-01-02\" as `state`, which should be an object",
            ),
            (
                json!({"use_global_cursor": true, "state": {"day": 1}}),
                "{\"day\":1} as `state`, which should be an object with",
            ),
            (json!({"use_global_cursor": true, "lookback_window": "3"}), "\"3\" as `lookback_window`"),
        ] {
            let error = daily(&state).unwrap_err();
            let start = format!("The state of stream `ads_reports_daily` has {start}");
            assert!(error.message().starts_with(&start), "{error}");
        }
    }
}
