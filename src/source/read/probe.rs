//! Asks TikTok on which days an advertiser's ads did anything, each piece once a run, for all streams.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::notice::Noticing;
use crate::error::Result;
use crate::lock::lock;
use crate::source::plan::account::Account;
use crate::source::plan::activity::{Activity, Depth, Piece};
use crate::source::plan::refusal;
use crate::source::plan::window::Window;
use crate::source::plan::withdrawn::{Names, Withdrawn};
use crate::streams::metrics::MetricType;
use crate::streams::report::{Kind, Level, Report as Sums};
use crate::tiktok::endpoint::REPORT;
use crate::tiktok::envelope::Typed;
use crate::tiktok::page::PageData;
use crate::tiktok::{Body, Call, Client, Watch};

/// Rows of an answer: a day each, or one.
const PAGE_SIZE: &str = "1000";

/// What an advertiser's sums go by among the streams.
const SUMS: &str = "";

/// The days of a piece on which something was; none where nobody knows.
type Days = Option<Vec<NaiveDate>>;

/// A piece of an advertiser's days, filled by whoever asks first.
type Cell = Arc<OnceCell<Days>>;

/// What is known of all advertisers of a run.
#[derive(Default)]
pub(crate) struct Probe {
    pieces: Mutex<HashMap<(Arc<str>, Piece), Cell>>,
    withdrawn: Withdrawn,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    dimensions: Dimensions,
    #[serde(default)]
    metrics: Map<String, Value>,
}

#[derive(Default, Deserialize)]
struct Dimensions {
    stat_time_day: Option<String>,
}

/// Who is asked about, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) client: &'a Client,
    pub(super) watch: &'a dyn Watch,
    pub(super) account: &'a Account,
}

/// The days that a stream wants to know of.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) window: Window,
    /// The days that any stream of the run may ever ask for, so that all ask for the same pieces.
    pub(super) whole: Window,
    pub(super) depth: Depth,
}

impl Probe {
    /// What can be known of an advertiser's days.
    pub(super) async fn activity(&self, subject: Subject<'_>, wanted: Wanted) -> Activity {
        let Wanted { window, whole, depth } = wanted;
        let blocks = Piece::blocks(window).into_iter().filter_map(|block| Some((block, block.window(whole)?)));
        let blocks = blocks.map(|(block, days)| async move {
            // Where a sum would hardly save anything, every chunk is looked at.
            let known = if Piece::pays(days) { self.piece(subject, block, days).await } else { None };
            (days, known.is_some_and(|active| active.is_empty()))
        });
        let mut active: BTreeSet<NaiveDate> = BTreeSet::new();
        let mut chunks = Vec::new();
        for (days, is_empty) in futures::future::join_all(blocks).await {
            match depth {
                _ if is_empty => {}
                Depth::Blocks => active.extend(each(days)),
                Depth::Days => chunks.extend(Piece::chunks(days).into_iter().filter_map(|chunk| {
                    let within = chunk.window(days)?;
                    (within.start <= window.end && within.end >= window.start).then_some((chunk, within))
                })),
            }
        }
        let chunks = chunks.into_iter().map(|(chunk, days)| async move {
            self.piece(subject, chunk, days).await.unwrap_or_else(|| each(days).collect())
        });
        active.extend(futures::future::join_all(chunks).await.into_iter().flatten());
        Activity::new(window, active)
    }

    /// What is known of a piece; who asks first asks TikTok.
    async fn piece(&self, subject: Subject<'_>, piece: Piece, days: Window) -> Days {
        let cell = {
            let mut pieces = lock(&self.pieces);
            pieces.entry((subject.account.id.clone(), piece)).or_default().clone()
        };
        cell.get_or_init(|| self.ask(subject, piece, days)).await.clone()
    }

    /// Asks with the metrics that TikTok has.
    async fn ask(&self, subject: Subject<'_>, piece: Piece, days: Window) -> Days {
        let names = || everything(&self.withdrawn.of(SUMS));
        let mut asked = names();
        loop {
            match ask(subject, piece, &asked, days).await {
                Ok(days) => return days,
                Err(error) => {
                    self.withdrawn.learn(&SUMS.into(), &refusal::metrics(&error, asked.iter().copied()));
                    let left = names();
                    if left.len() == asked.len() {
                        tracing::debug!(
                            advertiser_id = &*subject.account.id,
                            "Days without ads are not known. {error}"
                        );
                        return None;
                    }
                    asked = left;
                }
            }
        }
    }
}

fn each(days: Window) -> impl Iterator<Item = NaiveDate> {
    days.start.iter_days().take_while(move |day| *day <= days.end)
}

/// An answer that does not come, or not whole, proves nothing: the finer question will tell.
async fn ask(subject: Subject<'_>, piece: Piece, names: &[&str], days: Window) -> Result<Days> {
    let Subject { client, watch, account } = subject;
    let (dimensions, metrics) = match piece {
        Piece::Block(_) => (json!(["advertiser_id"]), json!(names)),
        Piece::Chunk(_) => (json!(["advertiser_id", "stat_time_day"]), json!(["spend", "impressions"])),
    };
    let query = [
        ("advertiser_id", account.id.to_string()),
        ("service_type", "AUCTION".to_owned()),
        ("report_type", "BASIC".to_owned()),
        ("data_level", Level::Advertiser.name().to_owned()),
        ("dimensions", dimensions.to_string()),
        ("metrics", metrics.to_string()),
        ("start_date", days.start.to_string()),
        ("end_date", days.end.to_string()),
        ("page", "1".to_owned()),
        ("page_size", PAGE_SIZE.to_owned()),
    ];
    let watch = Noticing::new(watch);
    let call =
        Call { endpoint: &REPORT, advertiser: Some(&account.id), query: &query, body: Body::None, watch: &watch };
    let report = client.call(&call, &Typed::<PageData<Row>>::default()).await?;
    if watch.was_cut() || report.page_info.is_some_and(|info| info.total_number != report.list.len() as u64) {
        return Ok(None);
    }
    Ok(match piece {
        Piece::Block(_) if report.list.iter().all(Row::is_nothing) => Some(Vec::new()),
        Piece::Block(_) => None,
        Piece::Chunk(_) => report.list.into_iter().map(|row| row.day()).collect(),
    })
}

/// All that an advertiser's sums tell, but names.
fn everything(without: &Names) -> Vec<&'static str> {
    let sums = Sums::new(Kind::Basic(Level::Advertiser), &["advertiser_id"]);
    let names = sums.metrics().filter(|metric| metric.value != MetricType::Words).map(|metric| metric.name);
    names.filter(|name| !without.contains(name)).collect()
}

impl Row {
    /// Whether every metric is zero, or not applicable.
    fn is_nothing(&self) -> bool {
        self.metrics.values().all(|value| match value {
            Value::Null => true,
            Value::String(text) => matches!(text.as_str(), "-" | "") || text.parse() == Ok(0.0),
            Value::Number(number) => number.as_f64() == Some(0.0),
            _ => false,
        })
    }

    fn day(&self) -> Option<NaiveDate> {
        let text = self.dimensions.stat_time_day.as_deref()?;
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|time| time.date());
        time.or_else(|_| text.parse()).ok()
    }
}
