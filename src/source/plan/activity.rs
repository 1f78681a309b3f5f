//! On which days an advertiser's ads did anything: what a cheap question proves empty need not be asked for finely.
//!
//! An advertiser's own sums hold everything beneath, deleted objects too, and a report by day has no row for a day
//! without data (docs/tiktok-api.md 4.1). So a day without a row at the advertiser's level has none at any other, by no
//! breakdown and at no hour. Sums of a year are never negative, so a year of zeros is a year of zero days. The last
//! days are always asked for: levels need not be equally fresh (docs/tiktok-api.md 4.4). Pure.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::window::{Bounds, Window};
use crate::streams::report::{Grain, Kind, Report};

/// Days up to today that are never judged; the slowest data is a day late.
const FRESH_DAYS: u64 = 3;
/// Days of a block, one sum; TikTok takes 365 at most.
pub(crate) const BLOCK_DAYS: i64 = 12 * CHUNK_DAYS;
/// Days of a chunk, one row each; TikTok takes 30 at most.
pub(crate) const CHUNK_DAYS: i64 = 30;
/// A block is asked for as a whole only where it may save this many chunks.
const CHUNKS_SAVED_MIN: u64 = 3;
/// Requests that a stream by the hour must have to spare for the question to be worth it.
const HOURLY_DAYS_MIN: u64 = 5;
/// The same of streams by the day, and how many of them share the answer.
const DAILY_DAYS_MIN: u64 = 60;
const DAILY_STREAMS_MIN: usize = 4;

/// What is known of an advertiser's days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Activity {
    judged: Window,
    active: BTreeSet<NaiveDate>,
}

impl Activity {
    #[must_use]
    pub(crate) fn new(judged: Window, active: BTreeSet<NaiveDate>) -> Self {
        Self { judged, active }
    }

    /// Whether a day may hold anything; of days that were not judged nobody knows.
    #[must_use]
    pub(crate) fn may_hold(&self, day: NaiveDate) -> bool {
        day < self.judged.start || day > self.judged.end || self.active.contains(&day)
    }
}

/// How finely an advertiser's days are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Blocks,
    Days,
}

/// The report streams of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ReportLoad {
    pub hourly: usize,
    pub daily: usize,
}

impl ReportLoad {
    /// Counts a stream in.
    #[must_use]
    pub(crate) fn with(self, report: &Report) -> Self {
        match report.grain {
            _ if !is_summed(report) => self,
            Grain::Hour => Self { hourly: self.hourly + 1, ..self },
            Grain::Day => Self { daily: self.daily + 1, ..self },
            Grain::Recent | Grain::Total | Grain::Lifetime => self,
        }
    }
}

/// Whether the advertiser's sums hold what the report tells.
fn is_summed(report: &Report) -> bool {
    matches!(report.kind, Kind::Basic(_) | Kind::Audience(_) | Kind::Material)
}

/// The first day that is never judged.
fn settled(today: NaiveDate) -> Option<NaiveDate> {
    today.checked_sub_days(Days::new(FRESH_DAYS))
}

/// The days that may be judged of what is asked for; none where all of them are fresh.
#[must_use]
pub(crate) fn judged(bounds: &Bounds) -> Option<Window> {
    let (first, last) = bounds.days();
    let window = Window { start: first, end: last.min(settled(bounds.today)?.pred_opt()?) };
    (window.start <= window.end).then_some(window)
}

/// The days worth judging before a stream's windows are made, and how finely; none where asking would cost as
/// much as it saves.
#[must_use]
pub(crate) fn days_to_probe(report: &Report, bounds: &Bounds, load: ReportLoad) -> Option<(Window, Depth)> {
    let window = judged(bounds).filter(|_| is_summed(report))?;
    // A cursor that is fresh leaves only what is read again on purpose.
    if bounds.cursor.is_some_and(|cursor| Some(cursor) >= settled(bounds.today)) {
        return None;
    }
    let days = window.days();
    let depth = match report.grain {
        Grain::Hour if days >= HOURLY_DAYS_MIN => Depth::Days,
        Grain::Day if load.hourly > 0 && days > CHUNK_DAYS.unsigned_abs() => Depth::Days,
        Grain::Day if load.daily >= DAILY_STREAMS_MIN && days >= DAILY_DAYS_MIN => Depth::Days,
        Grain::Day if days > BLOCK_DAYS.unsigned_abs() => Depth::Blocks,
        _ => return None,
    };
    Some((window, depth))
}

/// A piece of an advertiser's days that is asked for at once. Pieces lie on a grid, so that all streams of a run
/// share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    Block(i64),
    Chunk(i64),
}

impl Piece {
    /// Its days, as far as they lie in `whole`.
    #[must_use]
    pub(crate) fn window(self, whole: Window) -> Option<Window> {
        let (first, days) = match self {
            Self::Block(at) => (at * BLOCK_DAYS, BLOCK_DAYS),
            Self::Chunk(at) => (at * CHUNK_DAYS, CHUNK_DAYS),
        };
        let day = |number: i64| {
            let days = Days::new(number.unsigned_abs());
            if number < 0 {
                NaiveDate::default().checked_sub_days(days)
            } else {
                NaiveDate::default().checked_add_days(days)
            }
        };
        let window = Window { start: day(first)?.max(whole.start), end: day(first + days - 1)?.min(whole.end) };
        (window.start <= window.end).then_some(window)
    }

    /// The blocks that hold any day of a window.
    #[must_use]
    pub(crate) fn blocks(window: Window) -> Vec<Self> {
        grid(window, BLOCK_DAYS).map(Self::Block).collect()
    }

    /// The chunks that hold any day of a window.
    #[must_use]
    pub(crate) fn chunks(window: Window) -> Vec<Self> {
        grid(window, CHUNK_DAYS).map(Self::Chunk).collect()
    }

    /// Whether it pays to ask for the sum of these days before asking for each.
    #[must_use]
    pub(crate) fn pays(window: Window) -> bool {
        window.days() >= CHUNKS_SAVED_MIN * CHUNK_DAYS.unsigned_abs()
    }
}

fn grid(window: Window, days: i64) -> std::ops::RangeInclusive<i64> {
    let number = |day: NaiveDate| (day - NaiveDate::default()).num_days().div_euclid(days);
    number(window.start)..=number(window.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::report::Level;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn bounds(cursor: Option<&str>, created: &str) -> Bounds {
        Bounds {
            start_date: day("2016-09-01"),
            end_date: None,
            created: Some(day(created)),
            cursor: cursor.map(day),
            lookback: 3,
            today: day("2026-03-01"),
        }
    }

    #[test]
    fn asking_must_be_worth_it() {
        let basic = Kind::Basic(Level::Ad);
        let day_report = Report::new(basic, &["ad_id", "stat_time_day"]);
        let hour_report = Report::new(basic, &["ad_id", "stat_time_hour"]);
        let one = ReportLoad { hourly: 0, daily: 1 };
        let many = ReportLoad { hourly: 0, daily: 10 };
        let hourly = ReportLoad { hourly: 1, daily: 1 };
        let depth = |report, cursor, created, load| {
            days_to_probe(report, &bounds(cursor, created), load).map(|(_, depth)| depth)
        };
        assert_eq!(depth(&hour_report, None, "2026-01-01", hourly), Some(Depth::Days));
        assert_eq!(depth(&hour_report, None, "2026-02-24", hourly), None);
        assert_eq!(depth(&hour_report, Some("2026-03-01"), "2020-01-01", hourly), None, "an hour later");
        assert_eq!(
            depth(&hour_report, Some("2026-02-01"), "2020-01-01", hourly),
            Some(Depth::Days),
            "a sync that died"
        );
        assert_eq!(depth(&day_report, None, "2020-01-01", one), Some(Depth::Blocks));
        assert_eq!(depth(&day_report, None, "2025-10-01", one), None);
        assert_eq!(depth(&day_report, None, "2025-10-01", many), Some(Depth::Days));
        assert_eq!(depth(&day_report, None, "2025-10-01", hourly), Some(Depth::Days));
        let shop = Report::new(Kind::Shop(Level::Advertiser), &["advertiser_id", "country_code", "stat_time_day"]);
        assert_eq!(depth(&shop, None, "2020-01-01", many), None);
    }

    #[test]
    fn fresh_days_are_never_judged() {
        let report = Report::new(Kind::Basic(Level::Ad), &["ad_id", "stat_time_hour"]);
        let (window, _) =
            days_to_probe(&report, &bounds(None, "2026-01-01"), ReportLoad::default().with(&report)).unwrap();
        assert_eq!(window, Window { start: day("2026-01-01"), end: day("2026-02-25") });
        let activity = Activity::new(window, [day("2026-01-05")].into());
        let may_hold = |text| activity.may_hold(day(text));
        assert!(may_hold("2026-01-05") && may_hold("2026-02-26") && may_hold("2025-12-31"));
        assert!(!may_hold("2026-01-06"));
    }

    #[test]
    fn pieces_cover_a_window_once() {
        let window = Window { start: day("2019-05-17"), end: day("2021-02-03") };
        for pieces in [Piece::blocks(window), Piece::chunks(window)] {
            let windows: Vec<Window> = pieces.iter().map(|piece| piece.window(window).unwrap()).collect();
            assert_eq!((windows[0].start, windows[windows.len() - 1].end), (window.start, window.end));
            for pair in windows.windows(2) {
                assert_eq!(pair[0].end + Days::new(1), pair[1].start);
            }
        }
    }
}
