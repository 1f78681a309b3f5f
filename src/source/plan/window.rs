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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

/// What bounds the days of one advertiser.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
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

/// What a day needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It may hold something.
    Request,
    /// It holds nothing.
    Nothing,
    /// It was read, and has not moved since.
    Unmoved,
}

/// A window, and what its days need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub window: Window,
    pub need: Need,
}

impl Bounds {
    /// The first and the last day to be read; the first may be the later one, and then there is nothing to read.
    #[must_use]
    pub(crate) fn days(&self) -> (NaiveDate, NaiveDate) {
        let again = |day: NaiveDate| day.checked_sub_days(Days::new(self.lookback.into())).unwrap_or(day);
        let floors = [self.created, self.cursor.map(again)];
        let first = floors.into_iter().flatten().fold(self.start_date, NaiveDate::max);
        (first, self.end_date.map_or(self.today, |end| end.min(self.today)))
    }
}

/// The windows that cover exactly what is to be read, oldest first. Days that `need` no request are passed
/// over: a window begins and ends with a day that needs one, and between windows lie stretches without requests. Days
/// that hold nothing may lie in a window, for they cost nothing there; days that have not moved never do.
#[must_use]
pub(crate) fn stretches(bounds: &Bounds, days_max: u64, need: impl Fn(NaiveDate) -> Need) -> Vec<Stretch> {
    let (mut day, last) = bounds.days();
    let length = usize::try_from(days_max).unwrap_or(1).max(1);
    let mut stretches = Vec::new();
    while day <= last {
        let rest = || day.iter_days().take_while(|day| *day <= last);
        let needed = need(day);
        let end = match needed {
            Need::Request => {
                let near = rest().take(length).take_while(|day| need(*day) != Need::Unmoved);
                near.filter(|day| need(*day) == Need::Request).last()
            }
            Need::Nothing | Need::Unmoved => rest().take_while(|day| need(*day) == needed).last(),
        };
        let end = end.unwrap_or(day);
        stretches.push(Stretch { window: Window { start: day, end }, need: needed });
        let Some(next) = end.succ_opt() else { break };
        day = next;
    }
    stretches
}

impl Window {
    /// Days, both ends counted.
    #[must_use]
    pub(crate) fn days(&self) -> u64 {
        u64::try_from((self.end - self.start).num_days() + 1).unwrap_or_default()
    }

    /// Pieces of at most `days_max` days.
    #[must_use]
    pub(crate) fn pieces(self, days_max: u64) -> Vec<Self> {
        let length = usize::try_from(days_max).unwrap_or(1).max(1);
        let starts = self.start.iter_days().step_by(length).take_while(|start| *start <= self.end);
        let end = |start: NaiveDate| start.checked_add_days(Days::new(days_max.max(1) - 1)).unwrap_or(self.end);
        starts.map(|start| Self { start, end: end(start).min(self.end) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;
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

    fn windows(bounds: &Bounds, days_max: u64) -> Vec<Window> {
        let stretches = stretches(bounds, days_max, |_| Need::Request);
        assert!(stretches.iter().all(|stretch| stretch.need == Need::Request));
        stretches.iter().map(|stretch| stretch.window).collect()
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

    #[test]
    fn days_that_hold_nothing_are_passed_over() {
        let may_hold =
            |held: NaiveDate| ["2026-01-12", "2026-01-14", "2026-02-20"].contains(&held.to_string().as_str());
        let told: Vec<_> = stretches(&bounds(), 30, |day| needed(may_hold(day)))
            .iter()
            .map(|stretch| format!("{}..{} {}", stretch.window.start, stretch.window.end, is_asked(stretch)))
            .collect();
        assert_eq!(
            told,
            [
                "2026-01-10..2026-01-11 false",
                "2026-01-12..2026-01-14 true",
                "2026-01-15..2026-02-19 false",
                "2026-02-20..2026-02-20 true",
                "2026-02-21..2026-03-01 false"
            ]
        );
        assert_eq!(stretches(&bounds(), 30, |_| Need::Nothing).len(), 1);
    }

    fn needed(may_hold: bool) -> Need {
        if may_hold { Need::Request } else { Need::Nothing }
    }

    fn is_asked(stretch: &Stretch) -> bool {
        stretch.need == Need::Request
    }

    #[test]
    fn a_window_never_goes_over_a_day_that_has_not_moved() {
        let need = |at: NaiveDate| match at.day() {
            1 | 12 | 14 | 16 => Need::Request,
            13 => Need::Unmoved,
            _ => Need::Nothing,
        };
        let bounds = Bounds { cursor: Some(day("2026-02-14")), ..bounds() };
        let told: Vec<_> = stretches(&bounds, 30, need)
            .iter()
            .map(|stretch| format!("{}..{} {:?}", stretch.window.start, stretch.window.end, stretch.need))
            .collect();
        assert_eq!(
            told,
            [
                "2026-02-11..2026-02-11 Nothing",
                "2026-02-12..2026-02-12 Request",
                "2026-02-13..2026-02-13 Unmoved",
                "2026-02-14..2026-03-01 Request",
            ]
        );
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

        /// With a sparse history nothing that may hold something is left out, and no window could be spared.
        #[test]
        fn what_may_hold_something_is_asked_for_once(
            days in prop::collection::btree_set(0_u64..400, 0..40), days_max in 1_u64..40,
        ) {
            let start = day("2025-01-01");
            let held: std::collections::BTreeSet<NaiveDate> = days.into_iter().map(|at| start + Days::new(at)).collect();
            let bounds = Bounds { start_date: start, end_date: None, created: None, cursor: None, lookback: 0, today: start + Days::new(399) };
            let stretches = stretches(&bounds, days_max, |day| needed(held.contains(&day)));
            for pair in stretches.windows(2) {
                prop_assert_eq!(pair[0].window.end + Days::new(1), pair[1].window.start);
            }
            for stretch in &stretches {
                let holds = held.range(stretch.window.start..=stretch.window.end).next().is_some();
                prop_assert_eq!(holds, is_asked(stretch));
                prop_assert!(!is_asked(stretch) || stretch.window.days() <= days_max);
            }
            // Walking from the left, as long as can be: nobody does with fewer.
            let (mut fewest, mut rest) = (0, held.clone());
            while let Some(first) = rest.first().copied() {
                fewest += 1;
                rest = rest.split_off(&(first + Days::new(days_max)));
            }
            prop_assert_eq!(stretches.iter().filter(|stretch| is_asked(stretch)).count(), fewest);
        }
    }
}
