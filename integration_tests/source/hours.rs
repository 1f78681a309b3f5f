//! What depends on the hour, at every hour: a day of one account is not the day of another.

use std::num::NonZero;
use std::process::Command;
use std::sync::Mutex;

use chrono::Days;
use chrono_tz::{America, Australia, Pacific, Tz};
use simulator::Simulator;
use tiktok_ads::streams;

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, catalog, now, small};

/// When days, months, years and clocks change.
const CHANGES: [&str; 16] = [
    // New York begins and ends summer time.
    "2026-03-08T06:59:30Z",
    "2026-03-08T07:00:30Z",
    "2026-11-01T05:59:30Z",
    "2026-11-01T06:00:30Z",
    // Lord Howe, by half an hour.
    "2026-10-03T15:29:30Z",
    "2026-10-03T15:30:30Z",
    "2026-04-04T14:59:30Z",
    "2026-04-04T15:00:30Z",
    // Apia, when it last did.
    "2020-09-26T13:59:30Z",
    "2020-09-26T14:00:30Z",
    "2021-04-03T13:59:30Z",
    "2021-04-03T14:00:30Z",
    // The last minute of a month, of a year; the day that most years lack.
    "2026-04-30T23:59:10Z",
    "2026-12-31T23:59:10Z",
    "2028-02-29T00:00:10Z",
    "2028-02-29T23:59:10Z",
];

/// The tests that ask what day it is.
const TIMELY: [&str; 11] = [
    "source::hours::days_are_whole_where_clocks_change",
    "source::every_stream::hours_of_a_day_that_is_read_again_all_come_again",
    "source::incremental::a_second_run_brings_what_changed_and_the_days_that_may_have",
    "source::incremental::a_state_from_the_future_brings_nothing_and_is_kept",
    "source::incremental::a_state_of_tomorrow_means_today",
    "source::incremental::more_advertisers_later_start_from_the_start_and_fewer_keep_the_others_cursors",
    "source::incremental::nothing_new_means_the_same_state_again",
    "source::read::a_report_holds_the_days_asked_for_and_no_others",
    "source::states::a_cursor_days_ahead_tells_what_is_read_all_the_same",
    "source::states::time_zones_are_understood_in_other_words",
    "destination::events::needs::an_event_may_be_as_old_as_its_source_allows",
];

/// So many moments run side by side for each core: half of a moment's time is waiting.
const MOMENTS_A_CORE: usize = 2;

/// Runs this very program once per moment, with its clock set. `.ci/run` asks for it.
#[test]
#[ignore = "takes minutes; see .ci/run"]
fn every_hour_is_the_same() {
    let hours = (0..24).map(|hour| format!("2026-11-25T{hour:02}:05:00Z"));
    let moments = Mutex::new(hours.chain(CHANGES.map(str::to_owned)));
    let workers = MOMENTS_A_CORE * std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(moment) = { moments.lock().unwrap().next() } {
                    is_the_same_at(&moment);
                }
            });
        }
    });
}

fn is_the_same_at(moment: &str) {
    let mut suite = Command::new(std::env::current_exe().unwrap());
    let run = suite.env("TIKTOK_ADS_NOW", moment).args(["--exact", "--test-threads=2"]).args(TIMELY).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "at {moment}: {said}");
    assert!(said.contains(&format!("{} passed", TIMELY.len())), "a name in TIMELY is no test: {said}");
}

/// The small world, with accounts in zones that change their clocks.
fn changing() -> Simulator {
    let sim = small();
    sim.mutate(|world| {
        let zones = [America::New_York, Australia::Lord_Howe, Pacific::Apia];
        for (account, zone) in world.accounts.iter_mut().zip::<[Tz; 3]>(zones) {
            (account.zone, account.zone_name) = (zone, zone.name().to_owned());
        }
    });
    sim
}

#[test]
fn days_are_whole_where_clocks_change() {
    let sim = changing();
    let start = now().date_naive() - Days::new(3);
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let names = ["ads_reports_daily", "campaigns_reports_hourly"];
    let first = connector.read(&catalog::some(&names)).succeeded();
    for name in names {
        let stream = streams::find(name).unwrap();
        let all = sim.read(|world| expected::rows(world, stream, Scope::since(start)));
        expected::assert_brought(&first, stream, &all);
    }
    let again = connector.read_from(&catalog::some(&names), &first.state()).succeeded();
    for name in names {
        let stream = streams::find(name).unwrap();
        let (all, back) = (expected::by_key(&first, stream), expected::by_key(&again, stream));
        assert!(back.iter().all(|(key, row)| all.get(key) == Some(row)), "{name}: nothing that was not there before");
    }
}
