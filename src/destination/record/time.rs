//! When an event happened: many notations → epoch seconds. Pure.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::fault::Fault;
use crate::config::destination::EventSource;
use crate::identity;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// How old an event may be. TikTok's page does not say [?] (docs/tiktok-api.md 6.1): web and app events are meant to be
/// sent as they happen, and attribution looks back a week; the longest that any source names is 28 days.
const AGE_MAX_ONLINE: i64 = 7 * DAY;
const AGE_MAX_OFFLINE: i64 = 28 * DAY;
/// How far the clock of who recorded the event may be ahead of ours.
const AHEAD_MAX: i64 = 600;
/// From this number on it counts milliseconds, microseconds, nanoseconds: as seconds it would be in the year 5138.
const MILLIS_FROM: f64 = 1e11;
const MICROS_FROM: f64 = 1e14;
const NANOS_FROM: f64 = 1e17;
/// A smaller number is no moment that anybody would tell as seconds: it is from before 2000.
const SECONDS_FROM: f64 = 946_684_800.0;
/// Days since 1900 of the years in which events can have happened, as spreadsheets count.
const SPREADSHEET_DAYS: std::ops::Range<f64> = 30_000.0..80_000.0;
/// Notations beside RFC 3339 and RFC 2822, with and without an offset; one without is UTC's.
const WITH_OFFSET: [&str; 9] = [
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M%#z",
    "%Y%m%dT%H%M%S%.f%#z",
    "%Y%m%dT%H%M%#z",
    "%a %b %d %Y %H:%M:%S GMT%z",
    "%Y/%m/%d %H:%M:%S%.f%#z",
    "%d-%b-%y %I.%M.%S%.f %p %#z",
];
const COMMON: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
const WITHOUT_OFFSET: [&str; 21] = [
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y%m%dT%H%M%S%.f",
    "%Y%m%dT%H%M",
    "%Y%m%d%H%M%S",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%a %b %e %H:%M:%S %Y",
    // Java
    "%a %b %e %H:%M:%S UTC %Y",
    "%a %b %e %H:%M:%S GMT %Y",
    // Oracle
    "%d-%b-%y %I.%M.%S%.f %p",
    "%d-%b-%y %H:%M:%S%.f",
    "%d-%b-%Y %H:%M:%S%.f",
    // SQL Server, JavaScript, spreadsheets
    "%b %e %Y %I:%M%p",
    "%b %e, %Y %I:%M:%S %p",
    "%b %e, %Y, %I:%M:%S %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y%m%d %H:%M:%S%.f",
    "%Y.%m.%d %H:%M:%S%.f",
    // With points the day is always first.
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %H:%M",
];

const MISSING: Fault = Fault::new(Some("event_time"), "event_time_missing", "The row does not say when it happened.");
const UNREADABLE: Fault = Fault::new(
    Some("event_time"),
    "invalid_event_time",
    "Write the time as ISO 8601, or as seconds or milliseconds since 1970.",
);
const DATE_IN_DIGITS: Fault = Fault::new(
    Some("event_time"),
    "invalid_event_time",
    "The value is a date in one number, without a time of day; write it as 2026-11-25T22:03:23Z.",
);
const SPREADSHEET_DAY: Fault = Fault::new(
    Some("event_time"),
    "invalid_event_time",
    "The value is a day as spreadsheets count them; export the column as dates, such as 2026-11-25T22:03:23Z.",
);
const AHEAD: Fault = Fault::new(Some("event_time"), "event_in_future", "The event's time is yet to come.");

/// Epoch seconds of what a record holds.
pub(crate) fn read(text: &str) -> Result<i64, Fault> {
    let text = text.trim();
    if identity::is_nothing(text) {
        return Err(MISSING);
    }
    // .NET writes the milliseconds of 1970 so.
    let text = text.strip_prefix("/Date(").and_then(|text| text.strip_suffix(")/")).unwrap_or(text);
    match text.parse::<f64>() {
        Ok(number) => of_number(number, text),
        Err(_) => of_text(text).filter(|seconds| *seconds > 0).ok_or(UNREADABLE),
    }
}

/// Refuses what TikTok would not take or not attribute.
pub(crate) fn check_age(seconds: i64, now: i64, source: EventSource) -> Result<(), Fault> {
    if seconds > now + AHEAD_MAX {
        return Err(AHEAD);
    }
    let max = match source {
        EventSource::Web | EventSource::App => AGE_MAX_ONLINE,
        EventSource::Offline | EventSource::Crm => AGE_MAX_OFFLINE,
    };
    if now - seconds > max {
        let message = format!("The event is more than {} days old.", max / DAY);
        return Err(Fault { field: Some("event_time"), reason: "event_too_old", message: message.into() });
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of a plausible time fit")]
fn of_number(number: f64, text: &str) -> Result<i64, Fault> {
    let is_date = |form| NaiveDate::parse_from_str(text, form).is_ok();
    match number {
        number if !number.is_finite() => Err(UNREADABLE),
        number if SPREADSHEET_DAYS.contains(&number) => Err(SPREADSHEET_DAY),
        _ if text.len() == 8 && is_date("%Y%m%d") => Err(DATE_IN_DIGITS),
        number if number < SECONDS_FROM => Err(UNREADABLE),
        // As milliseconds it would be in the year 2600.
        _ if text.len() == 14 && text.starts_with("20") => of_text(text).ok_or(UNREADABLE),
        number if number >= NANOS_FROM => Ok((number / 1e9).floor() as i64),
        number if number >= MICROS_FROM => Ok((number / 1e6).floor() as i64),
        number if number >= MILLIS_FROM => Ok((number / 1e3).floor() as i64),
        number => Ok(number.floor() as i64),
    }
}

fn of_text(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp());
    }
    // Warehouses write these; the others are tried one by one.
    if let Some(time) = first_of(&COMMON, text) {
        return Some(time.and_utc().timestamp());
    }
    let (text, zone) = zoned(bare(text));
    let text = with_point(text);
    let text = ["UTC", "GMT", "Z", "z"].iter().find_map(|utc| text.strip_suffix(utc)).unwrap_or(&text).trim_end();
    let offset = WITH_OFFSET.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    if let Some(time) = offset.or_else(|| DateTime::parse_from_rfc2822(text).ok()) {
        return Some(time.timestamp());
    }
    let naive = first_of(&COMMON, text).or_else(|| first_of(&WITHOUT_OFFSET, text));
    let day = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(chrono::NaiveTime::MIN));
    let naive = naive.or_else(day).or_else(|| rfc2822_of_utc(text))?;
    match zone {
        Some(zone) => naive.and_local_timezone(zone).earliest().map(|time| time.timestamp()),
        None => Some(naive.and_utc().timestamp()),
    }
}

fn first_of(forms: &[&str], text: &str) -> Option<NaiveDateTime> {
    forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

/// Without what says nothing more: quotes around it, the zone's long name (JavaScript), a clock of the machine (Go).
fn bare(text: &str) -> &str {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let text = text.split_once(" m=").map_or(text, |(time, _)| time);
    text.strip_suffix(')').and_then(|text| text.split_once(" (")).map_or(text, |(time, _)| time)
}

/// Java writes the zone's name behind the time: `…+01:00[Europe/Berlin]`; Trino does without brackets.
fn zoned(text: &str) -> (&str, Option<chrono_tz::Tz>) {
    if let Some((time, zone)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        return (time.trim_end(), zone.parse().ok());
    }
    let named = text.rsplit_once(' ').filter(|(_, zone)| zone.contains('/'));
    match named.and_then(|(time, zone)| Some((time, zone.parse().ok()?))) {
        Some((time, zone)) => (time.trim_end(), Some(zone)),
        None => (text, None),
    }
}

/// ISO 8601 has a comma before the fraction of a second.
fn with_point(text: &str) -> String {
    let is_digit = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    match text.rfind(',').filter(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1))) {
        Some(at) => [text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()].join("."),
        None => text.to_owned(),
    }
}

/// What is left of `Wed, 25 Nov 2026 22:03:23 GMT`.
fn rfc2822_of_utc(text: &str) -> Option<NaiveDateTime> {
    DateTime::parse_from_rfc2822(&format!("{text} +0000")).ok().map(|time| time.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_is_one_time() {
        for text in [
            "1790000000",
            "1790000000.9",
            "1790000000123",
            "1790000000123456",
            "1790000000123456789",
            "1.79e9",
            "2026-09-21T14:13:20Z",
            "2026-09-21T14:13:20.500Z",
            "2026-09-21T16:13:20+02:00",
            "2026-09-21 14:13:20",
            "2026-09-21T14:13:20",
            "2026-09-21 14:13:20.123456",
            "2026-09-21 14:13:20 UTC",
            "2026-09-21 14:13:20+00",
            "2026-09-21 16:13:20+02:00",
            "2026-09-21T14:13:20+0000",
            " 2026-09-21T14:13:20Z ",
            "20260921T141320Z",
            "20260921T141320",
            "20260921T161320+0200",
            "20260921141320",
            "2026-09-21T14:13:20Z[Etc/UTC]",
            "2026-09-21T14:13:20Z[UTC]",
            "2026-09-21T16:13:20+02:00[Europe/Berlin]",
            "2026-09-21T16:13:20[Europe/Berlin]",
            "2026-09-21T14:13:20,500Z",
            "2026-09-21 14:13:20,123",
            "20260921T141320,5Z",
            "Mon, 21 Sep 2026 14:13:20 +0000",
            "Mon, 21 Sep 2026 14:13:20 GMT",
            "21 Sep 2026 16:13:20 +0200",
            "Mon Sep 21 2026 16:13:20 GMT+0200",
            "Mon Sep 21 14:13:20 2026",
            "2026/09/21 14:13:20",
            "2026-09-21 14:13:20Z",
            "2026-09-21 16:13:20 +0200",
            "2026-09-21t14:13:20z",
            "2026-09-21 16:13:20 Europe/Berlin",
            "2026-09-21 14:13:20.000 UTC",
            "2026-09-21 14:13:20.0000000 +00:00",
            "2026-09-21 14:13:20.123456789 +0000 UTC m=+0.000012",
            "Mon Sep 21 2026 16:13:20 GMT+0200 (Central European Summer Time)",
            "Mon Sep 21 14:13:20 UTC 2026",
            "21-SEP-26 02.13.20.000000 PM",
            "21-SEP-26 02.13.20.000000000 PM +00:00",
            "21-SEP-2026 14:13:20",
            "Sep 21, 2026 2:13:20 PM",
            "Sep 21, 2026, 2:13:20 PM",
            "2026-09-21 2:13:20 PM",
            "20260921 14:13:20",
            "21.09.2026 14:13:20",
            "/Date(1790000000000)/",
            "2026.09.21 14:13:20",
            "\"2026-09-21T14:13:20Z\"",
        ] {
            assert_eq!(read(text), Ok(1_790_000_000), "{text}");
        }
        for text in [
            "Sep 21 2026  2:13PM",
            "2026-09-21T14:13Z",
            "2026-09-21T16:13+02:00",
            "2026-09-21 14:13",
            "20260921T1413Z",
            "2026-09-21T14:13",
        ] {
            assert_eq!(read(text), Ok(1_789_999_980), "{text}");
        }
        assert_eq!(read("2026-09-21"), Ok(1_789_948_800));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "yesterday",
            "21/09/2026",
            "09/21/2026 14:13:20",
            "2026-09-21 14:13:20 EST",
            "2026-09-21 14:13:20 Mars/Base",
            "0",
            "-5",
            "inf",
            "1e400",
            "2026-13-01",
            "1790000",
            "20261325",
            "Z",
            "GMT",
        ] {
            assert_eq!(read(text), Err(UNREADABLE), "{text}");
        }
        for text in ["20261125", "19991231"] {
            assert_eq!(read(text), Err(DATE_IN_DIGITS), "{text}");
        }
        for text in ["45987.5", "45987", "46351.9190162037"] {
            assert_eq!(read(text), Err(SPREADSHEET_DAY), "{text}");
        }
        assert_eq!(read(" "), Err(MISSING));
    }

    #[test]
    fn age_is_limited_per_source() {
        let now = 1_790_000_000;
        for (age, source, reason) in [
            (0, EventSource::Web, None),
            (-AHEAD_MAX, EventSource::Crm, None),
            (-AHEAD_MAX - 1, EventSource::Crm, Some("event_in_future")),
            (7 * DAY, EventSource::Web, None),
            (7 * DAY + 1, EventSource::App, Some("event_too_old")),
            (28 * DAY, EventSource::Offline, None),
            (28 * DAY + 1, EventSource::Offline, Some("event_too_old")),
        ] {
            assert_eq!(check_age(now - age, now, source).err().map(|fault| fault.reason), reason, "{age} {source:?}");
        }
    }
}
