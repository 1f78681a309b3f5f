//! Which days an audit is about. Pure.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::error::{Error, Result};
use crate::source::plan::window::Window;
use crate::streams::report::Grain;

/// Days up to today that are not settled: these are today and yesterday (docs/tiktok-api.md 4.4).
pub(super) const FRESH_DAYS: u64 = 2;
/// Days of an audit, where nothing else is said.
const DAYS: u64 = 7;
/// How far the last of all time zones is behind UTC.
const LAST_ZONE: TimeDelta = TimeDelta::hours(12);
/// How far the first of all time zones is ahead of UTC.
const FIRST_ZONE: TimeDelta = TimeDelta::hours(14);

/// The days between both ends, or the last seven that are settled for every advertiser, wherever it is; with one end
/// given, seven days to it, or from it to the last that is settled.
pub(crate) fn window(start: Option<NaiveDate>, end: Option<NaiveDate>, now: DateTime<Utc>) -> Result<Window> {
    let days_before = |day: NaiveDate, days| day.checked_sub_days(Days::new(days)).unwrap_or(day);
    let settled = days_before((now - LAST_ZONE).date_naive(), FRESH_DAYS);
    let end = end.unwrap_or(settled);
    let window = Window { start: start.unwrap_or_else(|| days_before(end, DAYS - 1)), end };
    let (most, newest) = (Grain::Day.days_max(), (now + FIRST_ZONE).date_naive());
    if window.end > newest {
        return Err(Error::config(format!("The last day ({}) has not begun anywhere", window.end))
            .advise("Of days to come nothing can be compared: give an `--end-date` that is settled, or none."));
    }
    if window.start > window.end {
        return Err(Error::config(format!("The first day ({}) is after the last ({})", window.start, window.end))
            .advise("Give `--start-date` and `--end-date` so that the first is not the later one."));
    }
    if window.days() > most {
        return Err(Error::config(format!("{} to {} are {} days", window.start, window.end, window.days())).advise(
            format!("An audit is about {most} days at most, which is what TikTok tells at once: audit them in parts."),
        ));
    }
    Ok(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_settled_or_those_that_are_asked_for() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let told = |start: Option<&str>, end: Option<&str>, now: &str| {
            let window = window(start.map(day), end.map(day), now.parse().unwrap());
            window.map_or_else(|error| error.to_string(), |window| format!("{}..{}", window.start, window.end))
        };
        let now = "2026-03-01T16:00:00Z";
        for (start, end, now, expected) in [
            (None, None, now, "2026-02-21..2026-02-27"),
            (None, None, "2026-03-01T11:59:59Z", "2026-02-20..2026-02-26"),
            (Some("2026-02-25"), None, now, "2026-02-25..2026-02-27"),
            (None, Some("2026-02-10"), now, "2026-02-04..2026-02-10"),
            (Some("2026-02-01"), Some("2026-02-01"), now, "2026-02-01..2026-02-01"),
            (Some("2026-01-01"), Some("2026-01-30"), now, "2026-01-01..2026-01-30"),
        ] {
            assert_eq!(told(start, end, now), expected);
        }
        let late = told(Some("2026-02-28"), None, now);
        assert!(late.starts_with("The first day (2026-02-28) is after the last (2026-02-27)."), "{late}");
        assert_eq!(
            told(Some("2026-03-01"), Some("2026-03-02"), now),
            "2026-03-01..2026-03-02",
            "it is tomorrow in Tokyo"
        );
        for start in ["2026-03-01", "2026-03-03"] {
            let ahead = told(Some(start), Some("2026-03-03"), now);
            assert!(ahead.starts_with("The last day (2026-03-03) has not begun anywhere."), "{ahead}");
        }
        let long = told(Some("2026-01-01"), Some("2026-01-31"), now);
        assert!(long.contains("are 31 days") && long.contains("30 days at most"), "{long}");
    }
}
