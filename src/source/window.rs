//! Which days of an advertiser's report are asked for, and in which pieces. Pure.
//!
//! ```text
//! start_date ┄┄ created ━━━━━━━━━━━━ cursor ━━━━━━━━━━━━ today ┄┄ end_date
//! first sync:      [──30──][──30──][──30──][──30──][─rest─]
//! next sync:                  ◀ lookback ▶[──────30──────][─rest─]
//! ```
//!
//! All days are the advertiser's own, both ends count, and today counts although it is not over: the next
//! sync reads it again.

use chrono::{Days, NaiveDate};

/// Days of one request, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

/// What bounds the days of one advertiser.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub start_date: NaiveDate,
    pub end_date: Option<NaiveDate>,
    /// The day the account was created; there is nothing before.
    pub created: Option<NaiveDate>,
    /// The day up to which the last sync read.
    pub cursor: Option<NaiveDate>,
    /// Days before the cursor that are read again.
    pub lookback: u16,
    /// The day it is for the advertiser.
    pub today: NaiveDate,
}

/// The windows that cover exactly what is to be read, oldest first.
#[must_use]
pub fn windows(bounds: &Bounds, days_max: u64) -> Vec<Window> {
    let again = |day: NaiveDate| day.checked_sub_days(Days::new(bounds.lookback.into())).unwrap_or(day);
    let floors = [bounds.created, bounds.cursor.map(again)];
    let first = floors.into_iter().flatten().fold(bounds.start_date, NaiveDate::max);
    let last = bounds.end_date.map_or(bounds.today, |end| end.min(bounds.today));
    let starts = first.iter_days().step_by(usize::try_from(days_max).unwrap_or(1).max(1));
    let window = |start: NaiveDate| Window {
        start,
        end: start.checked_add_days(Days::new(days_max.max(1) - 1)).map_or(last, |end| end.min(last)),
    };
    starts.take_while(|start| *start <= last).map(window).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn bounds() -> Bounds {
        Bounds {
            start_date: day("2016-09-01"),
            end_date: None,
            created: Some(day("2026-01-10")),
            cursor: None,
            lookback: 3,
            today: day("2026-03-01"),
        }
    }

    fn texts(bounds: &Bounds) -> Vec<String> {
        windows(bounds, 30).iter().map(|window| format!("{}..{}", window.start, window.end)).collect()
    }

    #[test]
    fn a_first_sync_starts_where_the_account_does() {
        assert_eq!(texts(&bounds()), ["2026-01-10..2026-02-08", "2026-02-09..2026-03-01"]);
    }

    #[test]
    fn a_next_sync_looks_back() {
        assert_eq!(texts(&Bounds { cursor: Some(day("2026-02-28")), ..bounds() }), ["2026-02-25..2026-03-01"]);
    }

    #[test]
    fn a_look_back_stops_at_the_start() {
        let narrow =
            Bounds { start_date: day("2026-02-27"), cursor: Some(day("2026-02-28")), lookback: 30, ..bounds() };
        assert_eq!(texts(&narrow), ["2026-02-27..2026-03-01"]);
    }

    #[test]
    fn nothing_is_left_after_the_end_or_in_the_future() {
        assert!(texts(&Bounds { cursor: Some(day("2222-01-01")), ..bounds() }).is_empty());
        assert!(texts(&Bounds { end_date: Some(day("2026-01-01")), ..bounds() }).is_empty());
        assert!(texts(&Bounds { created: Some(day("2026-03-02")), ..bounds() }).is_empty());
    }

    #[test]
    fn one_day_is_a_window() {
        assert_eq!(texts(&Bounds { start_date: day("2026-03-01"), ..bounds() }), ["2026-03-01..2026-03-01"]);
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0_u64..4_000).prop_map(|days| day("2016-01-01") + Days::new(days))
    }

    proptest! {
        #[test]
        fn windows_cover_the_range_without_gap_or_overlap(
            start_date in any_day(), end_date in prop::option::of(any_day()), created in prop::option::of(any_day()),
            cursor in prop::option::of(any_day()), today in any_day(), lookback in 0_u16..365, days_max in 1_u64..40,
        ) {
            let bounds = Bounds { start_date, end_date, created, cursor, lookback, today };
            let windows = windows(&bounds, days_max);
            for window in &windows {
                prop_assert!(window.start <= window.end);
                prop_assert!((window.end - window.start).num_days() < days_max as i64);
            }
            for pair in windows.windows(2) {
                prop_assert_eq!(pair[0].end + Days::new(1), pair[1].start);
            }
            if let (Some(first), Some(last)) = (windows.first(), windows.last()) {
                prop_assert!(first.start >= start_date && last.end <= today);
                prop_assert_eq!(last.end, end_date.map_or(today, |end| end.min(today)));
                prop_assert!(first.start == start_date || Some(first.start) == created || cursor.is_some());
            }
        }
    }
}
