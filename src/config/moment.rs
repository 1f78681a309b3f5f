//! A point in time in a config, in the forms that people and programs use.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, de};

/// The accepted forms, for the schema: RFC 3339, also with a space, a day, or seconds or milliseconds since 1970.
pub(crate) const MOMENT: &str = r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$|^[0-9]{10}$|^[0-9]{13}$";
/// Seconds since 1970 have ten digits from 2001 to 2286; milliseconds have three more.
const SECONDS_DIGITS: usize = 10;

/// A point in time. Without an offset it is UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub DateTime<Utc>);

/// Parses any of its forms.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let moment = match text.len() {
            SECONDS_DIGITS => DateTime::from_timestamp(number, 0),
            _ => DateTime::from_timestamp_millis(number),
        };
        return moment.map(Moment);
    }
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    let naive = || {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ"]
            .into_iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    };
    let day = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(chrono::NaiveTime::MIN));
    zoned.map(|moment| moment.to_utc()).ok().or_else(|| naive().or_else(day).map(|moment| moment.and_utc())).map(Moment)
}

/// Formats it as RFC 3339, to the second.
#[must_use]
pub(crate) fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        parse(&text).ok_or_else(|| de::Error::custom("no moment"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let expected = "2026-01-31T12:00:00Z";
        for form in [
            expected,
            "2026-01-31T12:00:00.000Z",
            "2026-01-31T13:00:00+01:00",
            "2026-01-31T13:00:00+0100",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00",
            "2026-01-31T12:00",
            "1769860800",
            "1769860800000",
        ] {
            assert_eq!(parse(form).map(|moment| text(moment.0)).as_deref(), Some(expected), "{form}");
        }
        assert_eq!(parse("2026-01-31").map(|moment| text(moment.0)).as_deref(), Some("2026-01-31T00:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for form in ["", "tomorrow", "2026-02-30T00:00:00Z", "2026-01-31T25:00:00Z", "24h", "99999999999999999999"] {
            assert_eq!(parse(form), None, "{form}");
        }
    }
}
