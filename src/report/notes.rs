//! What a run writes down about itself while it goes on, so that it can be told however the run ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, SecondsFormat, Utc};

use super::summary::{
    Audience, Outcome, Problem, ReadStream, Role, Spent, Status, Step, Summary, Timeline, Totals, VERSION, Written,
};
use crate::clock;
use crate::error::Error;
use crate::lock::lock;
use crate::progress::{Count, Gauge, Phase, course as course_told};
use crate::waits;

/// The notes of a run.
pub(crate) struct Notes {
    began: DateTime<Utc>,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    role: Role,
    dry_run: bool,
    settings: BTreeMap<String, String>,
    requests_per_second: f64,
    gauges: Vec<Arc<Gauge>>,
    problems: Vec<Problem>,
    written: Option<Written>,
    audiences: Vec<Audience>,
    /// Streams and advertisers of which TikTok left something out.
    cut: BTreeSet<(String, String)>,
    /// Streams and advertisers of which TikTok counts more rows than it gives.
    short: BTreeSet<(String, String)>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Whole,
    Broken,
    Stopped,
}

impl Default for Notes {
    fn default() -> Self {
        Self { began: clock::now(), pages: Mutex::default() }
    }
}

impl Notes {
    pub(crate) fn is(&self, role: Role, dry_run: bool) {
        let mut pages = lock(&self.pages);
        (pages.role, pages.dry_run) = (role, dry_run);
    }

    /// A setting that is no secret.
    pub(crate) fn setting(&self, name: &str, value: impl Into<String>) {
        lock(&self.pages).settings.insert(name.to_owned(), value.into());
    }

    /// The most requests a second that the run tries.
    pub(crate) fn quota(&self, requests_per_second: u32) {
        lock(&self.pages).requests_per_second = requests_per_second.into();
    }

    /// The streams of the run, as they are counted. How far those are that are read is told while nothing else is; those
    /// that are written may wait for their input.
    pub(crate) fn streams(&self, gauges: &[Arc<Gauge>]) {
        let mut pages = lock(&self.pages);
        pages.gauges = gauges.to_vec();
        if pages.role == Role::Source {
            let gauges = gauges.to_vec();
            waits::book().course(move || course_told(&gauges));
        }
    }

    /// What failed: of a stream, or of the whole run.
    pub(crate) fn failed(&self, stream: Option<&str>, error: &Error) {
        let kind = match error.kind() {
            kind if kind.is_users() => "settings",
            kind if kind.is_temporary() => "temporary",
            _ => "other",
        };
        let problem = Problem {
            stream: stream.map(str::to_owned),
            kind: kind.to_owned(),
            message: error.message().to_owned(),
            advice: error.advice().map(str::to_owned),
        };
        let problems = &mut lock(&self.pages).problems;
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// TikTok left something out of an advertiser's rows.
    pub(crate) fn cut(&self, stream: &str, advertiser: &str) {
        lock(&self.pages).cut.insert((stream.to_owned(), advertiser.to_owned()));
    }

    #[must_use]
    pub(crate) fn was_cut(&self, stream: &str, advertiser: &str) -> bool {
        lock(&self.pages).cut.contains(&(stream.to_owned(), advertiser.to_owned()))
    }

    /// TikTok gave fewer of an advertiser's rows than it counts.
    pub(crate) fn short(&self, stream: &str, advertiser: &str) {
        lock(&self.pages).short.insert((stream.to_owned(), advertiser.to_owned()));
    }

    #[must_use]
    pub(crate) fn was_short(&self, stream: &str, advertiser: &str) -> bool {
        lock(&self.pages).short.contains(&(stream.to_owned(), advertiser.to_owned()))
    }

    /// Whether nothing is known to have failed.
    #[must_use]
    pub(crate) fn tells_no_failure(&self) -> bool {
        lock(&self.pages).problems.is_empty()
    }

    pub(crate) fn written(&self, written: Written) {
        lock(&self.pages).written = Some(written);
    }

    pub(crate) fn audiences(&self, audiences: Vec<Audience>) {
        lock(&self.pages).audiences.extend(audiences);
    }

    /// The summary of the run as it is now.
    #[must_use]
    pub(crate) fn summary(&self, ended: Ended, book: &waits::Book) -> Summary {
        let (whole, timeline) = (book.whole(), book.timeline());
        let pages = lock(&self.pages);
        let end = clock::now();
        let read: Vec<ReadStream> = match pages.role {
            Role::Source => pages.gauges.iter().map(|gauge| stream(gauge, self.began, end)).collect(),
            Role::Destination => Vec::new(),
        };
        let written = (pages.role == Role::Destination).then(|| {
            let written = pages.written.clone().unwrap_or_default();
            Written { audiences: pages.audiences.clone(), ..written }
        });
        let sum = |count| pages.gauges.iter().map(|gauge| gauge.count(count)).sum();
        Summary {
            version: VERSION,
            connector_version: env!("CARGO_PKG_VERSION").to_owned(),
            role: pages.role,
            outcome: outcome(ended, &read, written.as_ref()),
            dry_run: pages.dry_run,
            began_at: self.began.to_rfc3339_opts(SecondsFormat::Secs, true),
            ended_at: end.to_rfc3339_opts(SecondsFormat::Secs, true),
            seconds: seconds((end - self.began).num_milliseconds()),
            settings: pages.settings.clone(),
            totals: Totals {
                records: sum(Count::Records),
                bytes: sum(Count::Bytes),
                requests: whole.requests,
                refusals: whole.refusals,
                refusals_by_app: book.refusals_by_app(),
                retries: sum(Count::Retries),
                waits: sum(Count::Waits),
            },
            spent: spent(whole.spent),
            timeline: course(&timeline, pages.requests_per_second),
            problems: pages.problems.clone(),
            read,
            written,
        }
    }
}

fn outcome(ended: Ended, read: &[ReadStream], written: Option<&Written>) -> Outcome {
    let is_done = |stream: &ReadStream| stream.status == Status::Complete || stream.partitions_whole + stream.days > 0;
    let any = read.iter().any(is_done)
        || written.is_some_and(|written| written.streams.iter().any(|stream| stream.accepted > 0));
    match ended {
        Ended::Whole => Outcome::Complete,
        Ended::Stopped => Outcome::Stopped,
        Ended::Broken if any => Outcome::Incomplete,
        Ended::Broken => Outcome::Failed,
    }
}

fn spent(spent: waits::spent::Spent) -> Spent {
    let waits::spent::Spent { asking, quota, tiktok, retrying, own } = spent;
    let [asking, waiting_for_quota, waiting_for_tiktok, retrying, own] =
        [asking, quota, tiktok, retrying, own].map(|ms| seconds(i64::try_from(ms).unwrap_or(i64::MAX)));
    Spent { asking, waiting_for_quota, waiting_for_tiktok, retrying, own }
}

fn course(timeline: &waits::timeline::Timeline, requests_per_second: f64) -> Timeline {
    let step = |bucket: &waits::timeline::Bucket| Step {
        requests: bucket.requests,
        refusals: bucket.refusals,
        spent: spent(bucket.spent),
    };
    Timeline {
        requests_per_second,
        step_seconds: seconds(i64::try_from(timeline.width).unwrap_or(i64::MAX)),
        steps: timeline.buckets.iter().map(step).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds.max(0) as f64 / 1_000.0
}

fn stream(gauge: &Gauge, began: DateTime<Utc>, end: DateTime<Utc>) -> ReadStream {
    let status = match gauge.phase() {
        Phase::Planned => Status::NotBegun,
        Phase::Running => Status::Stopped,
        Phase::Whole => Status::Complete,
        Phase::Broken => Status::Incomplete,
    };
    let (from, to) = gauge.span();
    let (from, to) = match status {
        Status::NotBegun => (0, 0),
        Status::Stopped => (from, end.timestamp_millis()),
        _ => (from, to),
    };
    let began_after = if status == Status::NotBegun { 0 } else { from - began.timestamp_millis() };
    ReadStream {
        stream: gauge.stream.to_string(),
        status,
        records: gauge.count(Count::Records),
        bytes: gauge.count(Count::Bytes),
        requests: gauge.count(Count::Requests),
        retries: gauge.count(Count::Retries),
        waits: gauge.count(Count::Waits),
        partitions: gauge.count(Count::Partitions),
        partitions_whole: gauge.count(Count::PartitionsWhole),
        days: gauge.count(Count::Days),
        days_skipped: gauge.count(Count::DaysSkipped),
        began_after: seconds(began_after),
        seconds: seconds(to - from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_run_is_told_however_it_ends() {
        let notes = Notes::default();
        let gauges: Vec<_> = ["ads", "campaigns", "pixels"].map(|name| Arc::new(Gauge::new(name.into()))).into();
        notes.streams(&gauges);
        gauges.iter().take(2).for_each(|gauge| gauge.start());
        gauges[0].records(7);
        gauges[0].finish(true);
        let told = notes.summary(Ended::Stopped, &waits::book());
        assert_eq!(told.outcome, Outcome::Stopped);
        let statuses: Vec<_> = told.read.iter().map(|stream| stream.status).collect();
        assert_eq!(statuses, [Status::Complete, Status::Stopped, Status::NotBegun]);
        assert_eq!(told.totals.records, 7);
        assert_eq!(notes.summary(Ended::Broken, &waits::book()).outcome, Outcome::Incomplete);
        assert_eq!(Notes::default().summary(Ended::Broken, &waits::book()).outcome, Outcome::Failed);
    }

    #[test]
    fn where_one_partition_is_whole_a_part_was_done() {
        for (count, outcome) in [
            (Count::Partitions, Outcome::Failed),
            (Count::PartitionsWhole, Outcome::Incomplete),
            (Count::Days, Outcome::Incomplete),
        ] {
            let (notes, gauge) = (Notes::default(), Arc::new(Gauge::new("ads".into())));
            notes.streams(std::slice::from_ref(&gauge));
            gauge.start();
            gauge.add(count, 4);
            gauge.finish(false);
            assert_eq!(notes.summary(Ended::Broken, &waits::book()).outcome, outcome, "{count:?}");
        }
    }

    #[test]
    fn a_failure_is_told_once_with_its_advice() {
        let notes = Notes::default();
        let error = Error::new(Kind::Permission, "The scope is missing").advise("Grant it.");
        notes.failed(Some("ads"), &error);
        notes.failed(Some("ads"), &error);
        let told = notes.summary(Ended::Broken, &waits::book());
        let problem = Problem {
            stream: Some("ads".into()),
            kind: "settings".into(),
            message: "The scope is missing".into(),
            advice: Some("Grant it.".into()),
        };
        assert_eq!(told.problems, [problem]);
    }
}
