//! A question: on which days the ads of some advertisers did anything.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::notice::Noticing;
use crate::error::Result;
use crate::source::plan::activity::Piece;
use crate::source::plan::refusal;
use crate::source::plan::window::Window;
use crate::source::plan::withdrawn::{Names, Withdrawn};
use crate::streams::metrics::MetricType;
use crate::streams::report::{Kind, Level, Report as Sums};
use crate::tiktok::endpoint::REPORT;
use crate::tiktok::envelope::Typed;
use crate::tiktok::loose;
use crate::tiktok::page::PageData;
use crate::tiktok::{Body, Call, Client, Watch};

/// Rows of an answer: a day and advertiser each, or an advertiser each.
const PAGE_SIZE: &str = "1000";

/// What an advertiser's sums go by among the streams.
const SUMS: &str = "";

/// What TikTok adds to the metrics of several advertisers (docs/tiktok-api.md 4.1).
const ADDED: [&str; 3] = ["advertiser_id", "currency", "timezone"];

/// The days of a piece on which something was; none where nobody knows.
pub(super) type Days = Option<Vec<NaiveDate>>;

/// What is asked of whom.
pub(super) struct Question<'a> {
    pub(super) client: &'a Client,
    pub(super) watch: &'a dyn Watch,
    /// The advertisers, one or a few.
    pub(super) ids: &'a [&'a str],
    pub(super) piece: Piece,
    pub(super) days: Window,
}

/// The rows of an answer that is whole.
pub(super) struct Answer(Vec<Row>);

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    dimensions: Dimensions,
    #[serde(default)]
    metrics: Map<String, Value>,
}

#[derive(Default, Deserialize)]
struct Dimensions {
    #[serde(default, deserialize_with = "loose::text")]
    advertiser_id: Option<String>,
    stat_time_day: Option<String>,
}

impl Question<'_> {
    /// Asks with the metrics that TikTok has. An answer that is cut proves nothing, and is none.
    pub(super) async fn ask(&self, withdrawn: &Withdrawn) -> Result<Option<Answer>> {
        let names = || everything(&withdrawn.of(SUMS));
        let mut asked = names();
        loop {
            let error = match self.ask_for(&asked).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            withdrawn.learn(&SUMS.into(), &refusal::metrics(&error, asked.iter().copied()));
            let left = names();
            if left.len() == asked.len() {
                return Err(error);
            }
            asked = left;
        }
    }

    /// By which limits it goes: those of its advertiser, or of all of them together, so that no one waits for what
    /// another one did.
    pub(super) fn whose_limits(&self) -> String {
        self.ids.join(",")
    }

    async fn ask_for(&self, names: &[&str]) -> Result<Option<Answer>> {
        let (dimensions, metrics) = match self.piece {
            Piece::Block(_) => (json!(["advertiser_id"]), json!(names)),
            Piece::Chunk(_) => (json!(["advertiser_id", "stat_time_day"]), json!(["spend", "impressions"])),
        };
        let whose = match self.ids {
            [id] => ("advertiser_id", (*id).to_owned()),
            ids => ("advertiser_ids", json!(ids).to_string()),
        };
        let query = [
            whose,
            ("service_type", "AUCTION".to_owned()),
            ("report_type", "BASIC".to_owned()),
            ("data_level", Level::Advertiser.name().to_owned()),
            ("dimensions", dimensions.to_string()),
            ("metrics", metrics.to_string()),
            ("start_date", self.days.start.to_string()),
            ("end_date", self.days.end.to_string()),
            ("page", "1".to_owned()),
            ("page_size", PAGE_SIZE.to_owned()),
        ];
        let watch = Noticing::new(self.watch);
        let limits = self.whose_limits();
        let advertiser = Some(limits.as_str());
        let call = Call { endpoint: &REPORT, advertiser, query: &query, body: Body::None, watch: &watch };
        let report = self.client.call(&call, &Typed::<PageData<Row>>::default()).await?;
        let is_short = report.page_info.is_some_and(|info| info.total_number != report.list.len() as u64);
        Ok((!watch.was_cut() && !is_short).then_some(Answer(report.list)))
    }
}

impl Answer {
    /// What it says of the one advertiser that was asked about.
    pub(super) fn of_one(&self, piece: Piece) -> Days {
        days(piece, self.0.iter())
    }

    /// Whether every row says which of these advertisers it is about; else nobody knows who has none.
    pub(super) fn is_about(&self, ids: &[&str]) -> bool {
        self.0.iter().all(|row| row.dimensions.advertiser_id.as_deref().is_some_and(|id| ids.contains(&id)))
    }

    /// What it says of one of the advertisers that were asked about.
    pub(super) fn of(&self, id: &str, piece: Piece) -> Days {
        days(piece, self.0.iter().filter(|row| row.dimensions.advertiser_id.as_deref() == Some(id)))
    }
}

fn days<'r>(piece: Piece, mut rows: impl Iterator<Item = &'r Row>) -> Days {
    match piece {
        Piece::Block(_) => rows.all(Row::is_nothing).then(Vec::new),
        Piece::Chunk(_) => rows.map(Row::day).collect(),
    }
}

/// All that an advertiser's sums tell, but names.
fn everything(without: &Names) -> Vec<&'static str> {
    let sums = Sums::new(Kind::Basic(Level::Advertiser), &["advertiser_id"]);
    let names = sums.metrics().filter(|metric| metric.value != MetricType::Words).map(|metric| metric.name);
    names.filter(|name| !without.contains(name)).collect()
}

impl Row {
    /// Whether every metric is zero, or not applicable. A row without metrics says nothing of them.
    fn is_nothing(&self) -> bool {
        let mut told = self.metrics.iter().filter(|(name, _)| !ADDED.contains(&name.as_str())).peekable();
        told.peek().is_some()
            && told.all(|(_, value)| match value {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: Value) -> Answer {
        Answer(serde_json::from_value(rows).unwrap())
    }

    #[test]
    fn an_answer_about_several_is_split_by_whose_rows_they_are() {
        let rows = answer(json!([
            {"dimensions": {"advertiser_id": "7", "stat_time_day": "2026-01-02 00:00:00"}, "metrics": {"spend": "0"}},
            {"dimensions": {"advertiser_id": 8, "stat_time_day": "2026-01-03"}, "metrics": {}},
        ]));
        assert!(rows.is_about(&["7", "8", "9"]) && !rows.is_about(&["7", "9"]));
        let of = |id| rows.of(id, Piece::Chunk(0));
        assert_eq!(of("7"), Some(vec!["2026-01-02".parse().unwrap()]), "money without decimals hides no day");
        assert_eq!((of("8").map(|days| days.len()), of("9")), (Some(1), Some(Vec::new())));
        let whose = answer(json!([{"dimensions": {}, "metrics": {"impressions": "1", "advertiser_id": "7"}}]));
        assert!(!whose.is_about(&["7"]), "without the dimension nobody knows");
        let odd = answer(json!([{"dimensions": {"advertiser_id": "7", "stat_time_day": "soon"}}]));
        assert_eq!(odd.of("7", Piece::Chunk(0)), None);
    }

    #[test]
    fn sums_of_several_tell_who_has_nothing() {
        let row = |id: &str, impressions: &str| {
            json!({"dimensions": {"advertiser_id": id}, "metrics": {
            "spend": "0", "impressions": impressions, "cpm": "-",
            "currency": "USD", "timezone": "Asia/Tokyo", "advertiser_id": id}})
        };
        let rows = answer(json!([row("7", "0"), row("8", "3")]));
        let of = |id| rows.of(id, Piece::Block(0));
        assert_eq!((of("7"), of("8"), of("9")), (Some(Vec::new()), None, Some(Vec::new())));
        for bare in [json!({}), json!({"metrics": {"currency": "USD"}}), json!({"dimensions": {"advertiser_id": "7"}})]
        {
            assert_eq!(answer(json!([bare])).of_one(Piece::Block(0)), None, "no metric, no proof");
        }
    }
}
