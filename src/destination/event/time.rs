//! When an event happened: many notations → epoch seconds. Pure.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::config::destination::EventSource;
use crate::destination::fault::Fault;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// How old an event may be. TikTok's page does not say [?] (tiktok-api.md 6.1): web and app events are meant to be
/// sent as they happen, and attribution looks back a week; the longest that any source names is 28 days.
const AGE_MAX_ONLINE: i64 = 7 * DAY;
const AGE_MAX_OFFLINE: i64 = 28 * DAY;
/// How far the clock of who recorded the event may be ahead of ours.
const AHEAD_MAX: i64 = 600;
/// From this number on it counts milliseconds, microseconds, nanoseconds: as seconds it would be in the year 5138.
const MILLIS_FROM: f64 = 1e11;
const MICROS_FROM: f64 = 1e14;
const NANOS_FROM: f64 = 1e17;
/// Notations of databases beside RFC 3339, with and without an offset; one without is UTC's.
const WITH_OFFSET: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
const WITHOUT_OFFSET: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];

const MISSING: Fault = Fault::new(Some("event_time"), "event_time_missing", "The row does not say when it happened.");
const UNREADABLE: Fault = Fault::new(
    Some("event_time"),
    "invalid_event_time",
    "Write the time as ISO 8601, or as seconds or milliseconds since 1970.",
);
const AHEAD: Fault = Fault::new(Some("event_time"), "event_in_future", "The event's time is yet to come.");

/// Epoch seconds of what a record holds.
pub fn read(text: &str) -> Result<i64, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(MISSING);
    }
    seconds(text).filter(|seconds| *seconds > 0).ok_or(UNREADABLE)
}

/// Refuses what TikTok would not take or not attribute.
pub fn check_age(seconds: i64, now: i64, source: EventSource) -> Result<(), Fault> {
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
fn seconds(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<f64>() {
        let scale = match number {
            number if !number.is_finite() => return None,
            number if number >= NANOS_FROM => 1e9,
            number if number >= MICROS_FROM => 1e6,
            number if number >= MILLIS_FROM => 1e3,
            _ => 1.0,
        };
        return Some((number / scale).floor() as i64);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp());
    }
    let offset = WITH_OFFSET.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    if let Some(time) = offset {
        return Some(time.timestamp());
    }
    let naive = WITHOUT_OFFSET.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(chrono::NaiveTime::MIN));
    Some(naive.or_else(day)?.and_utc().timestamp())
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
        ] {
            assert_eq!(read(text), Ok(1_790_000_000), "{text}");
        }
        assert_eq!(read("2026-09-21"), Ok(1_789_948_800));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["yesterday", "21/09/2026", "0", "-5", "NaN", "1e400", "2026-13-01"] {
            assert_eq!(read(text), Err(UNREADABLE), "{text}");
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
