//! The fewest requests that can carry the rows of reports.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use tiktok_ads::streams::report::{Grain, Layout, Report};
use tiktok_ads::streams::{self, Read, StreamDef};

/// Rows of a page.
const PAGE: usize = 1_000;

/// Airbyte's reports by day and by hour.
pub(crate) fn by_time() -> Vec<(&'static StreamDef, &'static Report)> {
    let reports = streams::all().iter().filter_map(|stream| match &stream.read {
        Read::Report(report) if report.layout == Layout::Nested => Some((&**stream, &**report)),
        _ => None,
    });
    reports.filter(|(_, report)| matches!(report.grain, Grain::Day | Grain::Hour)).collect()
}

/// How many rows each day of each advertiser has in one report.
#[derive(Default)]
pub(crate) struct Fewest(BTreeMap<u64, BTreeMap<NaiveDate, usize>>);

impl Fewest {
    /// Counts a row in; `time` begins with its day.
    pub(crate) fn add(&mut self, advertiser: u64, time: &str) {
        let day = time.get(..10).unwrap_or(time).parse().unwrap_or_default();
        *self.0.entry(advertiser).or_default().entry(day).or_default() += 1;
    }

    /// Windows over the days that have rows, or the pages of these where they are more.
    pub(crate) fn requests(self, report: &Report) -> usize {
        self.0.into_values().map(|days| windows(days, report.grain.days_max())).sum()
    }
}

fn windows(mut days: BTreeMap<NaiveDate, usize>, days_max: u64) -> usize {
    let mut requests = 0;
    while let Some((first, _)) = days.first_key_value() {
        let rest = days.split_off(&(*first + Days::new(days_max)));
        requests += days.values().sum::<usize>().div_ceil(PAGE);
        days = rest;
    }
    requests
}
