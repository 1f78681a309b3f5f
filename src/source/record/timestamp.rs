//! A moment as TikTok and states write it, without zone: `YYYY-MM-DD HH:MM:SS`, to the second.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

/// The form of a moment; a day is its beginning. A blank stands for `T`, too.
const FORM: &[u8] = b"0000-00-00 00:00:00";
const DAY_LENGTH: usize = 10;

/// Ordered as the moments are. The digits of the text as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    /// Reads `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` and the same with `T`, a fraction, or UTC's `Z` or `+00:00`, also in
    /// the quotes of JSON.
    #[must_use]
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
        let (moment, rest) = text.split_at_checked(FORM.len()).unwrap_or((text, b""));
        let number = number(moment)?;
        match moment.len() {
            DAY_LENGTH => Some(Self(number * 1_000_000)),
            _ if moment.len() == FORM.len() && ends_in_utc(rest) => Some(Self(number)),
            _ => None,
        }
    }

    /// The moment of a UTC clock.
    #[must_use]
    pub(crate) fn utc(moment: DateTime<Utc>) -> Self {
        Self::naive(moment.naive_utc())
    }

    /// The moment of a clock whose zone is known elsewhere.
    #[must_use]
    pub(crate) fn naive(moment: NaiveDateTime) -> Self {
        let date = Self::from(moment.date()).0;
        Self(date + u64::from(moment.hour()) * 10_000 + u64::from(moment.minute()) * 100 + u64::from(moment.second()))
    }

    /// So many seconds before it; itself where no calendar goes that far back.
    #[must_use]
    pub(crate) fn earlier(self, seconds: u64) -> Self {
        let moment = NaiveDateTime::parse_from_str(&self.to_string(), "%Y-%m-%d %H:%M:%S").ok();
        let back = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
        let earlier = moment.zip(back).and_then(|(moment, back)| moment.checked_sub_signed(back));
        earlier.map_or(self, Self::naive)
    }

    /// Whether there is such a moment: no thirtieth of February, no hour 25.
    #[must_use]
    pub(crate) fn is_real(self) -> bool {
        let (hour, minute, second) = (self.0 / 10_000 % 100, self.0 / 100 % 100, self.0 % 100);
        self.date().is_some() && hour < 24 && minute < 60 && second < 60
    }

    /// The day it lies in.
    #[must_use]
    pub(crate) fn date(self) -> Option<NaiveDate> {
        let (year, month, day) = (self.0 / 10_000_000_000, self.0 / 100_000_000 % 100, self.0 / 1_000_000 % 100);
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
    }
}

/// The digits of a text, each where [`FORM`] has one.
fn number(text: &[u8]) -> Option<u64> {
    text.iter().zip(FORM).try_fold(0, |number, (byte, form)| match form {
        b'0' => byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')),
        b' ' => matches!(byte, b' ' | b'T').then_some(number),
        _ => (byte == form).then_some(number),
    })
}

fn ends_in_utc(rest: &[u8]) -> bool {
    let digits = |fraction: &[u8]| fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => fraction.get(digits(fraction)..).filter(|_| digits(fraction) > 0),
        None => Some(rest),
    };
    zone.is_some_and(|zone| [&b""[..], b"Z", b"+00:00", b"+0000"].contains(&zone))
}

/// The first second of a day.
impl From<NaiveDate> for Timestamp {
    fn from(date: NaiveDate) -> Self {
        let year = u64::try_from(date.year()).unwrap_or_default();
        Self(((year * 100 + u64::from(date.month())) * 100 + u64::from(date.day())) * 1_000_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let two = |place: u64| self.0 / place % 100;
        let year = self.0 / 10_000_000_000;
        write!(
            f,
            "{year:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            two(100_000_000),
            two(1_000_000),
            two(10_000),
            two(100),
            two(1)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let of = |text: &str| Timestamp::parse(text.as_bytes()).map(|stamp| stamp.to_string());
        for text in [
            "2024-01-02 03:04:05",
            "2024-01-02 03:04:05Z",
            "2024-01-02T03:04:05Z",
            "2024-01-02T03:04:05+00:00",
            "\"2024-01-02T03:04:05.678901Z\"",
            "2024-01-02 03:04:05.6+0000",
        ] {
            assert_eq!(of(text).as_deref(), Some("2024-01-02 03:04:05"), "{text}");
        }
        assert_eq!(of("2024-01-02").as_deref(), Some("2024-01-02 00:00:00"));
        assert_eq!(of("\"2024-01-02\"").as_deref(), Some("2024-01-02 00:00:00"));
        for text in [
            "",
            "null",
            "-",
            "2024-01",
            "20240102030405060708",
            "20240102",
            "1x9x9x9-01-01",
            "2024-01-02x",
            "2024/01/02",
            "2024-01-02 03:04",
            "2024-01-02 03:04:05+08:00",
            "2024-01-02 03:04:05.",
            "2024-01-02 03:04:05 UTC",
            "\"2024-01-02",
            "12024-01-02",
            " 2024-01-02",
            "2024-1-2",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn moments_that_never_were_are_told_apart() {
        let real = |text: &str| Timestamp::parse(text.as_bytes()).unwrap().is_real();
        assert!(real("2024-02-29 23:59:59"));
        for text in ["2026-02-29", "0000-00-00", "2024-01-02 24:00:00", "2024-01-02 00:60:00", "2024-01-02 00:00:60"] {
            assert!(!real(text), "{text}");
        }
    }

    #[test]
    fn clocks_and_days_agree() {
        let moment = NaiveDate::from_ymd_opt(2024, 1, 2).unwrap().and_hms_opt(3, 4, 5).unwrap();
        let stamp = Timestamp::utc(moment.and_utc());
        assert_eq!(stamp, Timestamp::parse(b"2024-01-02 03:04:05").unwrap());
        assert_eq!(stamp.date(), Some(moment.date()));
        assert!(Timestamp::from(moment.date()) < stamp);
        assert_eq!(stamp.earlier(4 * 3600), Timestamp::parse(b"2024-01-01 23:04:05").unwrap());
        assert_eq!(stamp.earlier(u64::MAX), stamp);
    }
}
