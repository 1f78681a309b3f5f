//! What a state keeps of the days of a place while it is read. Pure.

use std::ops::RangeInclusive;

use super::cursors::Cursors;
use super::window::Window;
use super::{Partition, Slice};

/// The days that a slice passes.
#[must_use]
pub(crate) fn days(slice: &Slice) -> Option<Window> {
    match slice {
        Slice::Empty(window) | Slice::Unmoved(window) => Some(*window),
        slice => slice.window(),
    }
}

/// Before a partition is read: what is kept of days that are read again does not hold from their first row on. A run
/// that reads them all keeps nothing.
pub(crate) fn begin(cursors: &mut Cursors, partition: &Partition) {
    match (&partition.place, &partition.rereading) {
        (Some(place), Some(rereading)) if cursors.kept(place).is_some() => {
            cursors.keep(place, |kept| kept.begin(rereading));
        }
        (Some(place), None) => cursors.forget_kept(place),
        _ => {}
    }
}

/// Slices are done without a gap before them, and the cursor has moved over them.
pub(crate) fn done(cursors: &mut Cursors, partition: &Partition, slices: RangeInclusive<usize>, is_all: bool) {
    let (Some(place), Some(rereading)) = (&partition.place, &partition.rereading) else { return };
    cursors.keep(place, |kept| {
        let slices = partition.slices.get(slices).unwrap_or_default();
        slices.iter().filter_map(days).for_each(|window| kept.finish(window, rereading));
        if is_all {
            kept.end(rereading);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use chrono::{Days, NaiveDate, TimeDelta};
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::config::{Reread, StartDate};
    use crate::source::plan::account::Account;
    use crate::source::plan::cursors::Place;
    use crate::source::plan::frontier::Frontier;
    use crate::source::plan::reread::{self, Sums};
    use crate::source::plan::zone::Zone;
    use crate::source::plan::{self, Learnt, Scope};
    use crate::source::record::timestamp::Timestamp;
    use crate::streams::{self, Read, StreamDef};

    /// What an advertiser's days are worth, what a warehouse has of them, and where reading stands.
    struct Story {
        stream: &'static StreamDef,
        account: Account,
        scope: Scope,
        truth: BTreeMap<NaiveDate, u64>,
        read: BTreeMap<NaiveDate, u64>,
        state: Option<Value>,
    }

    fn first() -> NaiveDate {
        "2026-01-01".parse().unwrap()
    }

    impl Story {
        fn new(name: &str, attribution_window: u16) -> Self {
            let scope = Scope {
                start_date: StartDate::On(first()),
                end_date: None,
                attribution_window,
                reread: Reread::Changed,
                include_deleted: false,
                now: "2026-03-01T16:00:00Z".parse().unwrap(),
            };
            let account = Account { id: "5".into(), zone: Zone::UTC, created: None, owner: None };
            let stream = streams::find(name).unwrap();
            Self { stream, account, scope, truth: BTreeMap::new(), read: BTreeMap::new(), state: None }
        }

        fn today(&self) -> NaiveDate {
            self.account.today(self.scope.now)
        }

        fn sums(&self) -> Sums {
            let row = |value: &u64| Map::from_iter([("spend".to_owned(), json!(value.to_string()))]);
            self.truth.iter().map(|(day, value)| (*day, row(value))).collect()
        }

        /// Reads until so many slices are done, in an order of the seed's; the days that were asked for, and whether all
        /// is done.
        fn run(&mut self, seed: u64, slices: usize) -> (Vec<NaiveDate>, bool) {
            let mut cursors = Cursors::read(&plan::form(self.stream).unwrap(), self.state.as_ref()).unwrap();
            let place = Place { advertiser: "5".into(), parent: None };
            let bounds = plan::bounds(&self.scope, &self.account, cursors.of(&place));
            let Read::Report(report) = &self.stream.read else { unreachable!() };
            let mut learnt = Learnt::default();
            if let Some(window) = reread::window(&bounds).filter(|_| self.scope.reread == Reread::Changed) {
                let names = reread::metrics(report).unwrap();
                learnt.digests.insert("5".into(), reread::digests(window, "", &names, &self.sums()));
            }
            let accounts = std::slice::from_ref(&self.account);
            let partition = plan::partitions(self.stream, &self.scope, accounts, &learnt, Some(&cursors)).remove(0);
            begin(&mut cursors, &partition);
            let mut order: Vec<usize> = (0..partition.slices.len()).collect();
            fastrand::Rng::with_seed(seed).shuffle(&mut order);
            let (mut frontier, mut asked) = (Frontier::new(order.len()), Vec::new());
            for at in order.into_iter().take(slices) {
                if let Some(window) = partition.slices[at].window() {
                    for day in window.start.iter_days().take_while(|day| *day <= window.end) {
                        asked.push(day);
                        self.read.insert(day, self.truth.get(&day).copied().unwrap_or_default());
                    }
                }
                let before = frontier.next();
                if let Some(reached) = frontier.finish(at) {
                    let end = days(&partition.slices[reached]).unwrap().end;
                    cursors.advance(&place, Timestamp::from(end));
                    done(&mut cursors, &partition, before..=reached, frontier.is_complete());
                }
            }
            self.state = Some(cursors.to_json());
            asked.sort_unstable();
            (asked, frontier.is_complete())
        }

        fn whole(&mut self) -> Vec<String> {
            let (asked, is_whole) = self.run(0, usize::MAX);
            assert!(is_whole);
            asked.iter().map(ToString::to_string).collect()
        }

        fn later(&mut self, days: i64) {
            self.scope.now += TimeDelta::days(days);
        }

        fn set(&mut self, day: &str, value: u64) {
            self.truth.insert(day.parse().unwrap(), value);
        }
    }

    #[test]
    fn days_that_stay_are_passed_over_and_days_that_move_are_read() {
        for name in ["ads_reports_daily", "campaigns_reports_hourly"] {
            let mut story = Story::new(name, 28);
            assert_eq!(story.whole().len(), 60, "the first sync reads all");
            assert_eq!(story.whole(), ["2026-02-28", "2026-03-01"], "{name}");
            story.set("2026-02-09", 7);
            assert_eq!(story.whole(), ["2026-02-09", "2026-02-28", "2026-03-01"], "{name}");
            assert_eq!(story.whole(), ["2026-02-28", "2026-03-01"], "{name}");
            story.later(1);
            assert_eq!(story.whole(), ["2026-02-28", "2026-03-01", "2026-03-02"], "what was fresh has no digest");
            story.later(6);
            assert_eq!(story.whole().len(), 35, "{name}: 28 days, the cursor's day and six new ones");
            assert_eq!(story.whole(), ["2026-03-07", "2026-03-08"], "{name}");
        }
    }

    #[test]
    fn a_state_stays_small_and_is_read_again() {
        let mut story = Story::new("ads_reports_daily", 28);
        story.whole();
        let cursor = &story.state.as_ref().unwrap()["states"][0]["cursor"];
        assert_eq!(
            (&cursor["reread"]["whole"], &cursor["reread"]["first"]),
            (&"2026-03-01".into(), &"2026-02-01".into())
        );
        let kept = cursor["reread"]["digests"].as_str().unwrap();
        assert_eq!(kept.len(), (27_usize * 8 * 4).div_ceil(3));
        let again = Cursors::read(&plan::form(story.stream).unwrap(), story.state.as_ref()).unwrap();
        assert_eq!(Some(again.to_json()), story.state);
    }

    #[test]
    fn who_reads_all_keeps_nothing_and_what_is_broken_means_all() {
        let mut story = Story::new("ads_reports_daily", 28);
        story.whole();
        let kept = story.state.clone();
        story.scope.reread = Reread::All;
        assert_eq!(story.whole().len(), 29);
        assert!(!story.state.clone().unwrap().to_string().contains("reread"));
        story.scope.reread = Reread::Changed;
        assert_eq!(story.whole().len(), 29, "a state without digests");
        for broken in [json!("x"), json!({}), json!({"digests": "?", "whole": "2026-03-01", "first": "2026-02-01"})] {
            story.state = kept.clone();
            story.state.as_mut().unwrap()["states"][0]["cursor"]["reread"] = broken;
            assert_eq!(story.whole().len(), 29);
        }
    }

    #[test]
    fn what_comes_late_is_read_on_the_next_day_too() {
        let mut story = Story::new("ads_audience_reports_by_country_daily", 28);
        story.whole();
        story.later(2);
        story.whole();
        assert_eq!(story.whole().len(), 4, "what moved a moment ago may have rows on their way");
        story.later(1);
        story.set("2026-02-09", 7);
        story.whole();
        let is_read = |story: &mut Story| story.whole().contains(&"2026-02-09".to_owned());
        assert!(is_read(&mut story));
        story.later(1);
        assert!(is_read(&mut story));
        story.later(1);
        assert!(!is_read(&mut story));
    }

    #[test]
    fn a_long_gap_and_a_narrow_window_read_all() {
        let mut story = Story::new("ads_reports_daily", 28);
        story.whole();
        story.later(60);
        assert_eq!(story.whole().len(), 89);
        let mut narrow = Story::new("ads_reports_daily", 1);
        narrow.whole();
        assert_eq!(narrow.whole().len(), 2);
        narrow.later(1);
        assert_eq!(narrow.whole().len(), 3);
    }

    proptest! {
        /// Whatever moves, wherever runs die and however late the next one comes: once a run is whole, a warehouse has
        /// every day of the window as it is.
        #[test]
        fn a_day_whose_sums_moved_is_read_again(
            attribution_window in 0_u16..40, hourly in any::<bool>(),
            runs in prop::collection::vec(
                (0_i64..4, prop::collection::vec((0_u64..90, 0_u64..3), 0..6), any::<u64>(), 0_usize..60), 1..12,
            ),
        ) {
            let name = if hourly { "ads_reports_hourly" } else { "ads_reports_daily" };
            let mut story = Story::new(name, attribution_window);
            story.later(-30);
            for (later, changes, seed, slices) in runs {
                story.later(later);
                let today = story.today();
                for (ago, value) in changes {
                    story.truth.insert(today - Days::new(ago), value);
                }
                let cursor = |story: &Story| {
                    let cursors = Cursors::read(&plan::form(story.stream).unwrap(), story.state.as_ref()).unwrap();
                    let place = Place { advertiser: Arc::from("5"), parent: None };
                    plan::bounds(&story.scope, &story.account, cursors.of(&place)).days().0
                };
                let from = cursor(&story);
                let (_, is_whole) = story.run(seed, slices);
                if is_whole {
                    for day in from.iter_days().take_while(|day| *day <= today) {
                        let truth = story.truth.get(&day).copied().unwrap_or_default();
                        prop_assert_eq!(story.read.get(&day).copied(), Some(truth), "{}", day);
                    }
                }
            }
        }
    }
}
