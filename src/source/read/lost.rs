//! Days of a report that TikTok refuses as too large in any size. Those around them are read all the same. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::outcome::{Broken, place};
use crate::error::{Error, Kind, Result};
use crate::source::plan::ReportSlice;
use crate::source::plan::account::Account;
use crate::words;

/// Smallest parts of a day that are refused, with none that was not, after which the rest of it is not asked for.
const PARTS_REFUSED_MAX: usize = 3;
/// Days that one message names.
const NAMED_MAX: usize = 5;

/// What of a slice cannot be had.
#[derive(Default)]
pub(super) struct Lost {
    days: BTreeMap<NaiveDate, Refused>,
    /// Days of which a part was had.
    partly: BTreeSet<NaiveDate>,
    /// The day of the part that was refused last.
    last: Option<NaiveDate>,
}

struct Refused {
    error: Error,
    parts: usize,
}

/// The one day of a part.
fn day(part: &ReportSlice) -> Option<NaiveDate> {
    part.window.filter(|window| window.start == window.end).map(|window| window.start)
}

impl Lost {
    pub(super) fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// A part came whole.
    pub(super) fn came(&mut self, part: &ReportSlice) {
        self.partly.extend(day(part));
    }

    /// A smallest part was refused. Where days cannot be told apart, there is nothing around it.
    pub(super) fn add(&mut self, is_by_time: bool, part: &ReportSlice, error: Error) -> Result<()> {
        match day(part).filter(|_| is_by_time && error.kind() == Kind::TooLarge) {
            Some(day) => {
                self.days.entry(day).or_insert(Refused { error, parts: 0 }).parts += 1;
                self.last = Some(day);
                Ok(())
            }
            None => Err(error),
        }
    }

    /// Whether what was refused before lies behind: no later day need be asked for in its sizes.
    pub(super) fn is_past(&mut self, part: &ReportSlice) -> bool {
        self.last.take_if(|last| day(part) != Some(*last)).is_some()
    }

    /// Whether a part is of a day that is not asked for any more.
    pub(super) fn is_given_up(&self, part: &ReportSlice) -> bool {
        let given_up = |day: NaiveDate| {
            let refused = self.days.get(&day).is_some_and(|refused| refused.parts >= PARTS_REFUSED_MAX);
            refused && !self.partly.contains(&day)
        };
        day(part).is_some_and(given_up)
    }

    /// What is said of it. The days are asked for again by the next sync, which may pass.
    pub(super) fn broken(self, account: &Account, slice: &ReportSlice) -> Broken {
        let first = self.days.keys().next().copied();
        let start = slice.window.map(|window| window.start);
        let whole_until = first.and_then(|day| day.pred_opt()).filter(|day| start.is_some_and(|start| *day >= start));
        let days: Vec<String> = self.days.keys().map(ToString::to_string).collect();
        let said = format!("TikTok refuses {} as too large in the smallest parts, too", words::some(&days, NAMED_MAX));
        let error = Error::new(Kind::Unavailable, said)
            .with("advertiser_id", &account.id)
            .with("slice", place(None, slice.window));
        let error = error.advise(
            "The days around were read, and the next sync asks for what is missing again; if it is always refused, a \
             custom report with fewer metrics or dimensions may pass.",
        );
        let error = match self.days.into_values().next() {
            Some(refused) => error.because(refused.error),
            None => error,
        };
        Broken { error, whole_until, goes_on: true }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::plan::zone::Zone;

    use super::*;
    use crate::source::plan::window::Window;
    use crate::streams::report::{Kind as Type, Level, Report};

    fn part(start: &str, end: &str) -> ReportSlice {
        let window = Window { start: start.parse().unwrap(), end: end.parse().unwrap() };
        let report = Report::new(Type::Basic(Level::Ad), &["ad_id", "stat_time_day"]);
        ReportSlice::of(report.into(), Some(window), Vec::new())
    }

    fn too_large() -> Error {
        Error::new(Kind::TooLarge, "too large")
    }

    #[test]
    fn the_cursor_may_move_to_the_day_before_the_first_that_is_lost() {
        let account = Account { id: "1".into(), zone: Zone::UTC, created: None, owner: None };
        for (lost_days, until) in [
            (&["2026-01-05"][..], Some("2026-01-04")),
            (&["2026-01-09", "2026-01-05"], Some("2026-01-04")),
            (&["2026-01-01"], None),
        ] {
            let mut lost = Lost::default();
            lost_days.iter().for_each(|day| lost.add(true, &part(day, day), too_large()).unwrap());
            let broken = lost.broken(&account, &part("2026-01-01", "2026-01-30"));
            assert_eq!(broken.whole_until, until.map(|day| day.parse().unwrap()), "{lost_days:?}");
            assert!(broken.goes_on && broken.error.kind().is_temporary());
            assert!(lost_days.iter().all(|day| broken.error.message().contains(day)), "{}", broken.error);
        }
    }

    #[test]
    fn what_is_no_single_day_or_another_failure_is_not_read_around() {
        let mut lost = Lost::default();
        assert!(lost.add(true, &part("2026-01-01", "2026-01-02"), too_large()).is_err());
        assert!(lost.add(false, &part("2026-01-01", "2026-01-01"), too_large()).is_err());
        assert!(lost.add(true, &part("2026-01-01", "2026-01-01"), Error::new(Kind::Network, "x")).is_err());
        assert!(lost.is_empty());
    }

    #[test]
    fn a_day_of_which_every_part_is_refused_is_soon_given_up() {
        let day = part("2026-01-05", "2026-01-05");
        let (mut nothing, mut something) = (Lost::default(), Lost::default());
        something.came(&day);
        for _ in 0..PARTS_REFUSED_MAX {
            assert!(!nothing.is_given_up(&day));
            nothing.add(true, &day, too_large()).unwrap();
            something.add(true, &day, too_large()).unwrap();
        }
        assert!(nothing.is_given_up(&day) && !something.is_given_up(&day));
        assert!(!nothing.is_past(&day) && nothing.is_past(&part("2026-01-06", "2026-01-09")));
        assert!(!nothing.is_past(&part("2026-01-07", "2026-01-07")), "once");
    }
}
