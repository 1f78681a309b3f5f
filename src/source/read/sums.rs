//! Asks for an advertiser's own sums by day, once a run for all streams whose days they tell of.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::notice::Noticing;
use super::probe::Subject;
use crate::config::Reread;
use crate::error::Result;
use crate::lock::lock;
use crate::source::plan::Scope;
use crate::source::plan::account::Account;
use crate::source::plan::query::METRICS_MAX;
use crate::source::plan::refusal;
use crate::source::plan::reread::{self, Digests, Sums};
use crate::source::plan::window::Window;
use crate::source::plan::withdrawn::Withdrawn;
use crate::streams::report::{Grain, Level, Report};
use crate::streams::{Read, StreamDef};
use crate::tiktok::endpoint::REPORT;
use crate::tiktok::envelope::Typed;
use crate::tiktok::page::PageData;
use crate::tiktok::{Body, Call};
use crate::words;

/// Rows of an answer, a day each.
const PAGE_SIZE: &str = "1000";
/// Metrics that one WARN names.
const NAMED_MAX: usize = 5;
/// What the sums go by among the streams.
const SUMS: &str = "";

/// Days of an advertiser, filled by whoever asks first; none where nobody knows.
type Cell = Arc<OnceCell<Option<Arc<Sums>>>>;

/// The sums of all advertisers of a run.
#[derive(Default)]
pub(crate) struct DailySums {
    /// All that any stream of the run wants to compare.
    metrics: Vec<&'static str>,
    asked: Mutex<HashMap<(Arc<str>, Window), Cell>>,
    /// Metrics that TikTok has not for advertisers.
    withdrawn: Withdrawn,
    /// Streams of which was told that all is read again.
    told: Mutex<HashSet<Arc<str>>>,
}

#[derive(Deserialize)]
struct Row {
    dimensions: Dimensions,
    #[serde(default)]
    metrics: Map<String, Value>,
}

#[derive(Deserialize)]
struct Dimensions {
    stat_time_day: String,
}

impl DailySums {
    /// For the streams of a run.
    pub(super) fn of<'s>(scope: &Scope, streams: impl Iterator<Item = &'s StreamDef>) -> Self {
        let reports = streams.filter(|_| scope.reread == Reread::Changed).filter_map(|stream| match &stream.read {
            Read::Report(report) if reread::has_days(report) => reread::metrics(report).ok(),
            _ => None,
        });
        Self { metrics: reports.flatten().collect::<BTreeSet<_>>().into_iter().collect(), ..Self::default() }
    }

    /// Whether the sums tell which days of a stream moved; where not, that is told once.
    pub(super) fn tells_of(&self, stream: &StreamDef, report: &Report) -> bool {
        if !reread::has_days(report) {
            return false;
        }
        let missing = match reread::metrics(report) {
            Ok(names) => {
                let without = self.withdrawn.of(SUMS);
                let missing: Vec<_> = names.into_iter().filter(|name| without.contains(name)).collect();
                if missing.is_empty() {
                    return true;
                }
                missing
            }
            Err(missing) => missing,
        };
        if lock(&self.told).insert(stream.name.clone()) {
            let named: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
            tracing::warn!(
                "Stream `{}`: an advertiser's own sums have no {}, so `reread` cannot tell which days have moved and all of \
                 the attribution window is read again",
                stream.name,
                if named.is_empty() { "numbers of it".to_owned() } else { words::some(&named, NAMED_MAX) }
            );
        }
        false
    }

    /// The digests of an advertiser's days as a stream compares them; none of days that nobody knows.
    pub(super) async fn digests(&self, subject: Subject<'_>, days: Window, about: (&Report, &Scope)) -> Digests {
        let (report, scope) = about;
        let mut digests = Digests::new();
        let pieces = days.pieces(Grain::Day.days_max());
        let answers = pieces.iter().map(|piece| self.piece(subject, *piece));
        let answers = futures::future::join_all(answers).await;
        let Ok(names) = reread::metrics(report) else { return digests };
        let without = self.withdrawn.of(SUMS);
        if names.iter().any(|name| without.contains(name)) {
            return digests;
        }
        let about = reread::about(report, scope.include_deleted);
        for (piece, sums) in pieces.into_iter().zip(answers) {
            digests.extend(sums.iter().flat_map(|sums| reread::digests(piece, &about, &names, sums)));
        }
        digests
    }

    /// Says once a run that nothing tells which days moved, and why. Retries are over.
    fn tell_unknown(&self, account: &Account, why: &str) {
        if lock(&self.told).insert(SUMS.into()) {
            tracing::warn!(
                "The sums of advertiser {} by day are not known, so `reread` cannot tell which of its days have moved and all \
                 of the attribution window is read again; of other advertisers that is not told. {why}",
                account.id
            );
        }
    }

    async fn piece(&self, subject: Subject<'_>, days: Window) -> Option<Arc<Sums>> {
        let cell = {
            let mut asked = lock(&self.asked);
            asked.entry((subject.account.id.clone(), days)).or_default().clone()
        };
        cell.get_or_init(|| self.ask(subject, days)).await.clone()
    }

    /// An answer that does not come, or not whole, proves nothing: then the days are read.
    async fn ask(&self, subject: Subject<'_>, days: Window) -> Option<Arc<Sums>> {
        let mut sums = Sums::new();
        loop {
            let without = self.withdrawn.of(SUMS);
            let names: Vec<&str> = self.metrics.iter().copied().filter(|name| !without.contains(name)).collect();
            let mut known = true;
            for names in names.chunks(METRICS_MAX) {
                match ask_for(subject, days, names).await {
                    Ok(Some(rows)) => rows.into_iter().for_each(|(day, row)| sums.entry(day).or_default().extend(row)),
                    Ok(None) => {
                        self.tell_unknown(subject.account, "TikTok's answer is cut, or has not what was asked for");
                        return None;
                    }
                    Err(error) => {
                        let refused = refusal::metrics(&error, names.iter().copied());
                        if refused.is_empty() {
                            self.tell_unknown(subject.account, &error.to_string());
                        }
                        let refused: Vec<_> =
                            self.metrics.iter().copied().filter(|name| refused.contains(name)).collect();
                        self.withdrawn.learn(&SUMS.into(), &refused);
                        tracing::debug!(
                            advertiser_id = &*subject.account.id,
                            "The sums of days are not known. {error}"
                        );
                        known = false;
                        break;
                    }
                }
            }
            match known {
                true => return Some(Arc::new(sums)),
                // Each time at least one fewer, so this ends.
                false if self.withdrawn.of(SUMS).len() > without.len() => sums.clear(),
                false => return None,
            }
        }
    }
}

/// The sums of days, with some of their metrics; none where TikTok left something out, or says what nobody understands.
async fn ask_for(subject: Subject<'_>, days: Window, names: &[&str]) -> Result<Option<Sums>> {
    let Subject { client, watch, account } = subject;
    let query = [
        ("advertiser_id", account.id.to_string()),
        ("service_type", "AUCTION".to_owned()),
        ("report_type", "BASIC".to_owned()),
        ("data_level", Level::Advertiser.name().to_owned()),
        ("dimensions", json!(["advertiser_id", "stat_time_day"]).to_string()),
        ("metrics", json!(names).to_string()),
        ("start_date", days.start.to_string()),
        ("end_date", days.end.to_string()),
        ("page", "1".to_owned()),
        ("page_size", PAGE_SIZE.to_owned()),
    ];
    let watch = Noticing::new(watch);
    let call =
        Call { endpoint: &REPORT, advertiser: Some(&account.id), query: &query, body: Body::None, watch: &watch };
    let report = client.call(&call, &Typed::<PageData<Row>>::default()).await?;
    let is_short = report.page_info.is_some_and(|info| info.total_number != report.list.len() as u64);
    Ok(if watch.was_cut() || is_short { None } else { by_day(report.list, names) })
}

/// Rows by their days; none where one has no day or lacks a metric that was asked for, or two have the same day. A metric
/// that never comes would look as if it never moved.
fn by_day(rows: Vec<Row>, names: &[&str]) -> Option<Sums> {
    let count = rows.len();
    if !rows.iter().all(|row| names.iter().all(|name| row.metrics.contains_key(*name))) {
        return None;
    }
    let sums: Option<Sums> =
        rows.into_iter().map(|row| Some((day(&row.dimensions.stat_time_day)?, row.metrics))).collect();
    sums.filter(|sums| sums.len() == count)
}

fn day(text: &str) -> Option<NaiveDate> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|time| time.date());
    time.or_else(|_| text.parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(days: &[&str]) -> Vec<Row> {
        let row = |day: &&str| json!({"dimensions": {"stat_time_day": day}, "metrics": {"spend": "1.00"}});
        serde_json::from_value(days.iter().map(row).collect()).unwrap()
    }

    #[test]
    fn what_is_odd_tells_nothing() {
        let read = |days: &[&str]| by_day(rows(days), &["spend"]);
        assert_eq!(read(&["2026-01-02 00:00:00", "2026-01-03"]).map(|sums| sums.len()), Some(2));
        assert_eq!(read(&["2026-01-02 00:00:00", "2026-01-02"]), None, "one day twice");
        assert_eq!(read(&["soon"]), None);
        assert_eq!(read(&[]), Some(Sums::new()));
        assert_eq!(by_day(rows(&["2026-01-02"]), &["spend", "clicks"]), None, "clicks might move unseen");
    }
}
