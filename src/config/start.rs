//! The first day of reports: a day of the calendar, or so many days before today.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Deserializer};

/// The most days before today: ten years, and TikTok is not older.
const DAYS_MAX: u64 = 3_650;

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartDate {
    On(NaiveDate),
    /// So many days before today.
    Ago(u64),
}

impl StartDate {
    /// The day that is meant where it is `today`.
    #[must_use]
    pub(crate) fn on(self, today: NaiveDate) -> NaiveDate {
        match self {
            Self::On(day) => day,
            Self::Ago(days) => today.checked_sub_days(Days::new(days)).unwrap_or(today),
        }
    }
}

impl FromStr for StartDate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.strip_prefix('-').and_then(|rest| rest.strip_suffix('d'));
        match days.filter(|days| !days.starts_with('+')).map(str::parse) {
            Some(Ok(days)) if (1..=DAYS_MAX).contains(&days) => Ok(Self::Ago(days)),
            Some(_) => Err(format!("write -1d to -{DAYS_MAX}d for so many days before today")),
            None => text.parse().map(Self::On).map_err(|_| "write a day as YYYY-MM-DD, or -90d".to_owned()),
        }
    }
}

impl fmt::Display for StartDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(day) => day.fmt(f),
            Self::Ago(days) => write!(f, "-{days}d"),
        }
    }
}

impl<'de> Deserialize<'de> for StartDate {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        String::deserialize(text)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_day_or_so_many_days_ago() {
        let today = "2026-03-01".parse().unwrap();
        for (text, day) in [("2024-02-29", "2024-02-29"), ("-1d", "2026-02-28"), ("-90d", "2025-12-01")] {
            let start: StartDate = text.parse().unwrap();
            assert_eq!((start.on(today).to_string(), start.to_string()), (day.to_owned(), text.to_owned()));
        }
        for text in ["", "-0d", "-d", "90d", "-3651d", "-9w", "2024-13-01", "--5d", "-+5d"] {
            assert!(text.parse::<StartDate>().is_err(), "{text}");
        }
    }
}
