//! What a read would ask, counted before it asks. Pure.

use serde::Serialize;

use super::{Partition, Slice};
use crate::words::counted;

/// What a read of some streams would ask.
#[derive(Debug, Serialize)]
pub(crate) struct Forecast {
    pub advertisers: usize,
    pub requests_per_second: u32,
    /// Requests that a read makes before its rows: advertisers, ids that requests must name, and days without ads.
    /// The plan makes them, too.
    pub looks: u64,
    pub streams: Vec<StreamForecast>,
}

/// What it would ask for one stream.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct StreamForecast {
    pub stream: String,
    /// Advertisers that it is asked of; none where it is no advertiser's.
    pub advertisers: u64,
    /// One a slice, three of the change log; more where a slice has more rows than a page. Below the campaigns of GMV Max
    /// one for every hundred campaigns.
    pub requests: u64,
    /// Requests that it makes before these: the ids that they must name, and days without ads. What several streams look
    /// for, the first of them asks.
    pub looks: u64,
    /// Days that are asked for, of all advertisers.
    pub days: u64,
    /// Days that hold nothing, so nobody asks.
    pub days_without_ads: u64,
    /// Days of the attribution window that have not moved since they were read, so nobody asks.
    pub days_unmoved: u64,
    /// Days that an earlier sync has read, as the state says.
    pub days_known: u64,
    /// Rows of a page; absent where TikTok tells all at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Why nothing is asked, where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<&'static str>,
}

impl StreamForecast {
    /// Counts what is planned of an advertiser, or of the token; a slice takes so many requests.
    pub(crate) fn add(&mut self, partitions: &[Partition], each: u64) {
        let slices = || partitions.iter().flat_map(|partition| &partition.slices);
        let asked = slices().filter(|slice| slice.is_asked()).count() as u64;
        let is_owned = partitions.iter().any(|partition| partition.account.is_some());
        self.advertisers += u64::from(asked > 0 && is_owned);
        self.requests += asked * each;
        for slice in slices() {
            match slice {
                Slice::Empty(window) => self.days_without_ads += window.days(),
                Slice::Unmoved(window) => self.days_unmoved += window.days(),
                slice => self.days += slice.window().map_or(0, |window| window.days()),
            }
        }
    }
}

impl Forecast {
    /// The least that a read asks.
    #[must_use]
    pub(crate) fn requests(&self) -> u64 {
        self.looks + self.streams.iter().map(|stream| stream.requests).sum::<u64>()
    }

    /// Seconds that so many requests take at the quota.
    #[must_use]
    pub(crate) fn seconds(&self) -> u64 {
        self.requests().div_ceil(u64::from(self.requests_per_second.max(1)))
    }

    /// As one JSON object.
    #[must_use]
    pub(crate) fn json(&self) -> String {
        #[derive(Serialize)]
        struct Whole<'f> {
            requests: u64,
            seconds_at_quota: u64,
            #[serde(flatten)]
            forecast: &'f Forecast,
        }
        let whole = Whole { requests: self.requests(), seconds_at_quota: self.seconds(), forecast: self };
        serde_json::to_string(&whole).unwrap_or_default()
    }

    /// As a table for people.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let wide = self.streams.iter().map(|stream| stream.stream.len()).max().unwrap_or_default().max(6);
        let mut text = format!(
            "{:wide$}  {:>11}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}\n",
            "stream", "advertisers", "looks", "requests", "days", "empty", "unmoved", "known"
        );
        for stream in &self.streams {
            let StreamForecast { stream: name, advertisers, looks, requests, days, .. } = stream;
            let StreamForecast { days_without_ads: empty, days_unmoved: unmoved, days_known: known, .. } = stream;
            text += &format!(
                "{name:wide$}  {advertisers:>11}  {looks:>8}  {requests:>8}  {days:>8}  {empty:>8}  {unmoved:>8}  {known:>8}{}\n",
                stream.skipped.map_or_else(String::new, |why| format!("  ({why})"))
            );
        }
        text += &format!(
            "\nAt least {} of {}, {} at {} a second: {} to look around (this plan has made them), three a slice of the \
             change log, and one any other slice. A slice with more rows than a page asks for each further page.\n",
            counted(self.requests(), "request"),
            counted(self.advertisers as u64, "advertiser"),
            time(self.seconds()),
            self.requests_per_second,
            self.looks,
        );
        text += "looks: requests before its rows, which the first of the streams makes that need the same; empty: days on which no ad ran, by the advertiser's own sums; unmoved: days that `reread` passes over; known: \
                 days that an earlier sync has read.\n";
        text
    }
}

/// A length of time in words.
fn time(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast() -> Forecast {
        let daily = StreamForecast {
            stream: "ads_reports_daily".to_owned(),
            advertisers: 2,
            requests: 14,
            looks: 8,
            days: 400,
            days_without_ads: 30,
            days_unmoved: 26,
            days_known: 7,
            page_size: Some(1_000),
            skipped: None,
        };
        let files = StreamForecast {
            stream: "webhook_events".to_owned(),
            skipped: Some("read from files"),
            ..StreamForecast::default()
        };
        Forecast { advertisers: 2, requests_per_second: 10, looks: 9, streams: vec![daily, files] }
    }

    #[test]
    fn people_get_a_table() {
        insta::assert_snapshot!(forecast().text());
    }

    #[test]
    fn programs_get_the_same_numbers() {
        let json: serde_json::Value = serde_json::from_str(&forecast().json()).unwrap();
        assert_eq!((&json["requests"], &json["seconds_at_quota"]), (&23.into(), &3.into()));
        assert_eq!(json["streams"][0]["days_known"], 7);
        assert_eq!((&json["streams"][0]["page_size"], json["streams"][1].get("page_size")), (&1_000.into(), None));
    }

    #[test]
    fn long_times_are_hours() {
        for (seconds, told) in [(0, "0 s"), (119, "119 s"), (121, "3 min"), (4_800, "80 min"), (7_260, "2 h 1 min")] {
            assert_eq!(time(seconds), told);
        }
    }
}
