//! Which days of the attribution window are read again, by what an advertiser's own sums say of them. Pure.
//!
//! ```text
//!  first day of the window                cursor
//!  ┊  same same MOVED same … same  none   ┊  new  today
//!  ┊   –    –   read   –       –   read   ┊  read  read
//! ```
//!
//! A day's sums become a digest, which is kept beside the cursor once the day is read. A day is passed over only where
//! the digest that was kept is that of now: then nothing moved that shows in the sums of its advertiser. What moves
//! between ads and leaves these sums alone does not show, so once a week the whole window is read.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::window::{Bounds, Window};
use crate::streams::metrics::{self, MetricType};
use crate::streams::report::{Grain, Kind, Report};

/// Days up to today that are always read, and so have no digest: these are today and yesterday. A day is not over on its
/// own day, and the slowest numbers of ads are 16 hours late (docs/tiktok-api.md 4.4).
const FRESH_DAYS: u64 = 2;
/// Days after which the whole window is read again.
const WHOLE_EVERY_DAYS: i64 = 7;
/// Days on which a day that moved is still read again where rows come later than sums: AUDIENCE is up to 16 hours late,
/// an advertiser's sums are not (docs/tiktok-api.md 4.4).
const AUDIENCE_LATE_DAYS: u64 = 1;
/// Settings of objects that look like amounts; an advertiser has none.
const SETTINGS: [&str; 4] = ["campaign_budget", "budget", "bid", "bid_secondary_goal"];

/// A day's sums, or that there are none, in 64 bits. 0 is none.
pub(crate) type Digests = BTreeMap<NaiveDate, u64>;

/// An advertiser's sums of the days that have any.
pub(crate) type Sums = BTreeMap<NaiveDate, Map<String, Value>>;

/// The metrics of a report whose sums tell whether a day moved; those that no advertiser's sums have, where there are
/// such or where the sums are others: then nothing tells.
pub(crate) fn metrics(report: &Report) -> Result<Vec<&'static str>, Vec<&'static str>> {
    let numbers = report.metrics().filter(|metric| matches!(metric.value, MetricType::Decimal | MetricType::Count));
    let numbers = numbers.map(|metric| metric.name).filter(|name| !SETTINGS.contains(name));
    let is_summed = matches!(report.kind, Kind::Basic(_) | Kind::Audience(_) | Kind::Material);
    let (had, missing): (Vec<_>, Vec<_>) = numbers.partition(|name| is_summed && metrics::find(name).is_some());
    if missing.is_empty() && !had.is_empty() { Ok(had) } else { Err(missing) }
}

/// Whether a report has days that are read again.
#[must_use]
pub(crate) fn has_days(report: &Report) -> bool {
    matches!(report.grain, Grain::Day | Grain::Hour)
}

/// The days whose sums are worth asking for: those that may be passed over now, or next time.
#[must_use]
pub(crate) fn window(bounds: &Bounds) -> Option<Window> {
    let (first, last) = bounds.days();
    let lookback = Days::new(bounds.lookback.into());
    // What a long gap left is read anyway.
    let next = last.checked_sub_days(lookback).unwrap_or(last);
    let start = if bounds.cursor.is_some_and(|cursor| cursor >= next) { first } else { first.max(next) };
    let end = last.min(bounds.today.checked_sub_days(Days::new(FRESH_DAYS))?);
    (start <= end).then_some(Window { start, end })
}

/// The digest of each day of a window. `about` is what else decides about the rows.
#[must_use]
pub(crate) fn digests(window: Window, about: &str, names: &[&str], sums: &Sums) -> Digests {
    let days = window.start.iter_days().take_while(|day| *day <= window.end);
    days.map(|day| (day, digest(about, names, sums.get(&day)))).collect()
}

/// It never changes between versions, or all is read once more: the first eight bytes of SHA-256 of a JSON list, as a
/// big-endian number, 1 in place of 0. In the list are `about`, and each metric with its value as TikTok wrote it.
fn digest(about: &str, names: &[&str], sums: Option<&Map<String, Value>>) -> u64 {
    let values: Vec<_> = names.iter().map(|name| json!([name, sums.and_then(|sums| sums.get(*name))])).collect();
    let hash = Sha256::digest(json!([about, sums.is_some(), values]).to_string());
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)).max(1)
}

/// What else decides about a report's rows: where it differs, days are read again.
#[must_use]
pub(crate) fn about(report: &Report, include_deleted: bool) -> String {
    json!([report.dimensions, report.filtering, include_deleted]).to_string()
}

/// What the state keeps of a place beside its cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The day of the last sync that read the whole window.
    whole: Option<NaiveDate>,
    /// Of days as they were read.
    digests: Digests,
    /// Days that moved, and when that was seen; only of rows that come later than sums.
    moved: BTreeMap<NaiveDate, NaiveDate>,
}

/// What it is called in a state: `{"whole": day, "first": day, "digests": base64 of eight bytes a day}`.
pub(crate) const FIELD: &str = "reread";

impl Kept {
    /// What cannot be read is none: then all is read again.
    #[must_use]
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let day = |name: &str| value.get(name)?.as_str()?.parse::<NaiveDate>().ok();
        let bytes = STANDARD_NO_PAD.decode(value.get("digests")?.as_str()?).ok()?;
        let digests =
            day("first").into_iter().flat_map(|first: NaiveDate| first.iter_days()).zip(bytes.chunks_exact(8));
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        let moved = value.get("moved").and_then(Value::as_object).into_iter().flatten();
        let moved = moved.filter_map(|(day, on)| Some((day.parse().ok()?, on.as_str()?.parse().ok()?)));
        Some(Self {
            whole: day("whole"),
            digests: digests.map(|(day, bytes)| (day, number(bytes))).filter(|(_, digest)| *digest != 0).collect(),
            moved: moved.collect(),
        })
    }

    /// None where there is nothing to say.
    #[must_use]
    pub(crate) fn to_json(&self) -> Option<Value> {
        let mut kept = Map::new();
        kept.extend(self.whole.map(|day| ("whole".to_owned(), day.to_string().into())));
        if let (Some((first, _)), Some((last, _))) = (self.digests.first_key_value(), self.digests.last_key_value()) {
            let days = first.iter_days().take_while(|day| day <= last);
            let bytes: Vec<u8> =
                days.flat_map(|day| self.digests.get(&day).copied().unwrap_or_default().to_be_bytes()).collect();
            kept.insert("first".to_owned(), first.to_string().into());
            kept.insert("digests".to_owned(), STANDARD_NO_PAD.encode(bytes).into());
        }
        if !self.moved.is_empty() {
            let moved = self.moved.iter().map(|(day, on)| (day.to_string(), on.to_string().into()));
            kept.insert("moved".to_owned(), Value::Object(moved.collect()));
        }
        (!kept.is_empty()).then(|| {
            kept.entry("digests").or_insert_with(|| "".into());
            Value::Object(kept)
        })
    }

    /// Before days are read: what is kept of them does not hold from their first row on.
    pub(crate) fn begin(&mut self, rereading: &Rereading) {
        self.digests.retain(|day, _| rereading.unmoved.contains(day));
    }

    /// Days are read, or were passed over.
    pub(crate) fn finish(&mut self, window: Window, rereading: &Rereading) {
        for day in window.start.iter_days().take_while(|day| *day <= window.end) {
            match rereading.now.get(&day) {
                Some(digest) => self.digests.insert(day, *digest),
                None => self.digests.remove(&day),
            };
            if rereading.moved.contains(&day) {
                self.moved.insert(day, rereading.today);
            }
        }
    }

    /// All of a place is read.
    pub(crate) fn end(&mut self, rereading: &Rereading) {
        self.whole = rereading.is_whole().then_some(rereading.today).or(self.whole);
        self.moved.retain(|day, on| self.digests.contains_key(day) && is_late(*on, rereading.today));
    }
}

/// Whether rows may still be on their way of what moved on a day.
fn is_late(moved_on: NaiveDate, today: NaiveDate) -> bool {
    moved_on <= today && Some(today) <= moved_on.checked_add_days(Days::new(AUDIENCE_LATE_DAYS))
}

/// What a run does with the days of a place.
#[derive(Debug, Clone)]
pub(crate) struct Rereading {
    today: NaiveDate,
    /// What the sums say now.
    now: Digests,
    /// Days that are passed over.
    unmoved: BTreeSet<NaiveDate>,
    /// Days that may have rows on their way.
    moved: BTreeSet<NaiveDate>,
}

impl Rereading {
    /// `now` is what the sums say, nothing where nobody knows.
    #[must_use]
    pub(crate) fn new(report: &Report, bounds: &Bounds, kept: Option<&Kept>, now: Digests) -> Self {
        let (nothing, today) = (Kept::default(), bounds.today);
        let kept = kept.unwrap_or(&nothing);
        let is_fresh = |day: NaiveDate| Some(day) > today.checked_sub_days(Days::new(FRESH_DAYS));
        let is_same = |day: NaiveDate, digest: u64| kept.digests.get(&day) == Some(&digest);
        let is_new = |day: NaiveDate| bounds.cursor.is_none_or(|cursor| day > cursor);
        let comes_late = matches!(report.kind, Kind::Audience(_));
        let is_awaited = |day: NaiveDate| comes_late && kept.moved.get(&day).is_some_and(|on| is_late(*on, today));
        let may_pass =
            |day: NaiveDate, digest: u64| is_same(day, digest) && !is_new(day) && !is_fresh(day) && !is_awaited(day);
        let moved = now.iter().filter(|(day, digest)| comes_late && !is_same(**day, **digest));
        let moved = moved.map(|(day, _)| *day).collect();
        let unmoved = match kept.whole {
            Some(whole) if whole <= today && (today - whole).num_days() < WHOLE_EVERY_DAYS => {
                now.iter().filter(|(day, digest)| may_pass(**day, **digest)).map(|(day, _)| *day).collect()
            }
            _ => BTreeSet::new(),
        };
        Self { today, now, unmoved, moved }
    }

    /// Whether a day need not be read.
    #[must_use]
    pub(crate) fn passes(&self, day: NaiveDate) -> bool {
        self.unmoved.contains(&day)
    }

    /// Whether nothing is passed over.
    fn is_whole(&self) -> bool {
        self.unmoved.is_empty()
    }
}
