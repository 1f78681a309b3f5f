//! The names that TikTok gives time zones → a clock. Pure.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// A calendar of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// With its summer times.
    Place(Tz),
    /// The same hours all year.
    Offset(FixedOffset),
}

/// Names that tables of zones had once or never have, and what they mean.
const OTHERWISE: [(&str, Tz); 3] = [
    ("US/Pacific-New", Tz::America__Los_Angeles),
    ("Asia/Beijing", Tz::Asia__Shanghai),
    ("Europe/Kyiv", Tz::Europe__Kiev),
];
/// No place is farther from UTC.
const OFFSET_MAX_MINUTES: i32 = 14 * 60;
/// No gap that a clock change leaves is longer, but for the days that places at the date line left out.
const GAP_MAX: TimeDelta = TimeDelta::hours(3);

impl From<Tz> for Zone {
    fn from(place: Tz) -> Self {
        Self::Place(place)
    }
}

impl Zone {
    pub(crate) const UTC: Self = Self::Place(Tz::UTC);

    /// The zone of a name such as `Asia/Tokyo`, `asia/tokyo`, `UTC+8`, `GMT+08:00` or `(UTC-05:00) Eastern Time`.
    #[must_use]
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        let place = name.parse().ok().or_else(|| place(&name.replace(' ', "_")));
        place.map(Self::Place).or_else(|| offset(name).map(Self::Offset))
    }

    /// What its clocks show at a moment.
    #[must_use]
    pub(crate) fn local(self, moment: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Place(place) => moment.with_timezone(&place).naive_local(),
            Self::Offset(offset) => moment.with_timezone(&offset).naive_local(),
        }
    }

    /// The first moment of one of its days.
    #[must_use]
    pub(crate) fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let swallowed = || {
            // A clock change leaves out midnight: the day begins with the change, so long after what is before it.
            let before = self.moment(midnight - GAP_MAX)? + GAP_MAX;
            (self.local(before) >= midnight).then_some(before)
        };
        // No clock shows a day that was left out; the one before it ends where the next begins.
        let left_out =
            || Some(self.moment(day.checked_sub_days(Days::new(1))?.and_time(NaiveTime::MIN))? + TimeDelta::days(1));
        self.moment(midnight).or_else(swallowed).or_else(left_out).unwrap_or_else(|| midnight.and_utc())
    }

    /// The first moment at which its clocks show a time; none if they never do.
    fn moment(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Place(place) => place.from_local_datetime(&local).earliest().map(|moment| moment.to_utc()),
            Self::Offset(offset) => offset.from_local_datetime(&local).earliest().map(|moment| moment.to_utc()),
        }
    }
}

/// A place whose name is written in other letters than its own.
fn place(name: &str) -> Option<Tz> {
    let known = TZ_VARIANTS.iter().map(|zone| (zone.name(), *zone)).chain(OTHERWISE);
    known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, zone)| zone)
}

/// `UTC+8`, `GMT+08:00`, `+0530`, `(UTC-05:00) Eastern Time`.
fn offset(name: &str) -> Option<FixedOffset> {
    let bare = name.strip_prefix('(').and_then(|name| name.split(')').next()).unwrap_or(name);
    let bare: String = bare.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let bare = bare.strip_prefix("UTC").or_else(|| bare.strip_prefix("GMT")).unwrap_or(&bare);
    let (sign, digits) = match bare.chars().next()? {
        '+' => (1, bare.get(1..)?),
        '-' => (-1, bare.get(1..)?),
        '−' => (-1, bare.get('−'.len_utf8()..)?),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), _) => parts,
        (None, 4) => digits.split_at(2),
        (None, _) => (digits, "0"),
    };
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i32>().ok().filter(|_| digits)
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    let total = hours * 60 + minutes;
    (total <= OFFSET_MAX_MINUTES).then(|| FixedOffset::east_opt(sign * total * 60)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn names_of_every_kind_are_understood() {
        for (name, local) in [
            ("Asia/Tokyo", "2026-07-02 01:00:00"),
            ("asia/tokyo", "2026-07-02 01:00:00"),
            (" America/New York ", "2026-07-01 12:00:00"),
            ("US/Pacific-New", "2026-07-01 09:00:00"),
            ("us/pacific-new", "2026-07-01 09:00:00"),
            ("Etc/GMT-9", "2026-07-02 01:00:00"),
            ("etc/gmt+5", "2026-07-01 11:00:00"),
            ("UTC", "2026-07-01 16:00:00"),
            ("utc+0", "2026-07-01 16:00:00"),
            ("UTC+8", "2026-07-02 00:00:00"),
            ("GMT+08:00", "2026-07-02 00:00:00"),
            ("gmt -3:30", "2026-07-01 12:30:00"),
            ("UTC+0545", "2026-07-01 21:45:00"),
            ("+05:30", "2026-07-01 21:30:00"),
            ("-09", "2026-07-01 07:00:00"),
            ("UTC−5", "2026-07-01 11:00:00"),
            ("(UTC-05:00) Eastern Time", "2026-07-01 11:00:00"),
            ("UTC+14:00", "2026-07-02 06:00:00"),
        ] {
            let zone = Zone::of(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(zone.local(at("2026-07-01T16:00:00Z")).to_string(), local, "{name}");
        }
    }

    #[test]
    fn what_is_no_zone_is_none() {
        for name in [
            "",
            "-",
            "+",
            "8",
            "Nowhere/Land",
            "UTC+15",
            "UTC+8:99",
            "UTC+8:0:0",
            "GMT++8",
            "+080000",
            "UTC+é",
            "+1é",
            "(UTC",
            "Tokyo",
            "+8:",
            "UTC+-8",
            "UTC 8",
        ] {
            assert_eq!(Zone::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_day_begins_with_its_first_moment() {
        for (name, day, start) in [
            ("Asia/Tokyo", "2026-03-02", "2026-03-01T15:00:00Z"),
            ("UTC+5:30", "2026-03-02", "2026-03-01T18:30:00Z"),
            // Midnight comes twice.
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
            ("Asia/Beirut", "2026-10-25", "2026-10-24T22:00:00Z"),
            // Midnight never comes.
            ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
            // Lord Howe's clocks move by half an hour, at two in the night.
            ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00Z"),
            // Apia left out a day.
            ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(Zone::of(name).unwrap().start_of(day.parse().unwrap()), at(start), "{name} {day}");
        }
    }
}
