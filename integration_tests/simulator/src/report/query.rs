//! A checked question.

use super::breakdown::{self, Bucket};
use super::conditions::Condition;
use super::kind::Kind;
use super::metrics::Metric;
use crate::world::Level;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What a test asks the world for: the rows that a report must hold.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    pub advertiser: u64,
    /// `None`: the advertiser level.
    pub level: Option<Level>,
    /// AUDIENCE instead of BASIC.
    pub audience: bool,
    pub dimensions: Vec<String>,
    pub metrics: Vec<String>,
    /// Both inclusive, in the account's calendar; `None`: lifetime.
    pub range: Option<(NaiveDate, NaiveDate)>,
    pub deleted: bool,
}

/// A row a test may expect, as strings on the wire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub struct Expected {
    pub dimensions: BTreeMap<String, String>,
    pub metrics: BTreeMap<String, String>,
}

/// A dimension of a row, in the order of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Advertiser,
    Entity(Level),
    AdV2,
    Day,
    Hour,
    /// The n-th splitting dimension.
    Split(usize),
}

/// The parts of a checked question to one account.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) advertiser: u64,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Kind,
    pub(crate) dimensions: Vec<(String, Dimension)>,
    pub(crate) splits: Vec<&'static str>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) range: Option<(NaiveDate, NaiveDate)>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) order: Option<(Metric, bool)>,
    /// Only the newest ads count.
    pub(crate) ads: usize,
    /// Whether only ads that a filter by id names are among them.
    pub(crate) named: bool,
    /// Whether objects that did nothing have rows, when there is nothing but them in a row.
    pub(crate) idle: bool,
    /// Objects that rows of a level and of those below leave out.
    pub(crate) left_out: Vec<(u64, Level)>,
    /// Days up to today that rows of ads do not have yet.
    pub(crate) late: i32,
}

impl Parts {
    pub(crate) fn has(&self, wanted: Dimension) -> bool {
        self.dimensions.iter().any(|(_, dimension)| *dimension == wanted)
    }

    pub(crate) fn by_entity(&self) -> bool {
        let id = |d: &Dimension| matches!(d, Dimension::Advertiser | Dimension::Entity(_) | Dimension::AdV2);
        self.dimensions.iter().any(|(_, dimension)| id(dimension))
    }

    pub(crate) fn buckets(&self) -> Vec<Bucket> {
        breakdown::buckets(self.kind, &self.splits)
    }

    /// A whole ad's day: numbers depend on the day's pattern alone.
    pub(crate) fn ad_days(&self) -> bool {
        self.has(Dimension::Entity(Level::Ad)) && self.has(Dimension::Day) && self.splits.is_empty()
    }

    /// Metrics that exist only for an advertiser by day.
    pub(crate) fn advertiser_daily(&self) -> bool {
        self.level.is_none() && self.has(Dimension::Day) && self.splits.is_empty()
    }

    /// From names that are right; `None` when one is not.
    pub(crate) fn of(query: &ReportQuery) -> Option<Self> {
        Self::with(if query.audience { Kind::Audience } else { Kind::Basic }, query)
    }

    /// The same, of any kind.
    pub(crate) fn with(kind: Kind, query: &ReportQuery) -> Option<Self> {
        let mut splits = Vec::new();
        let mut dimensions = Vec::new();
        for name in &query.dimensions {
            let dimension = plain(name).or_else(|| {
                splits.push(breakdown::known(kind, name)?);
                Some(Dimension::Split(splits.len() - 1))
            })?;
            dimensions.push((name.clone(), dimension));
        }
        let metrics = query.metrics.iter().map(|name| Metric::named(name));
        Some(Self {
            advertiser: query.advertiser,
            level: query.level,
            kind,
            dimensions,
            splits,
            metrics: metrics.collect::<Option<_>>()?,
            range: query.range,
            conditions: Condition::default_for(query.level, query.deleted),
            order: None,
            ads: usize::MAX,
            named: true,
            idle: false,
            left_out: Vec::new(),
            late: 0,
        })
    }
}

fn plain(name: &str) -> Option<Dimension> {
    Some(match name {
        "advertiser_id" => Dimension::Advertiser,
        "campaign_id" => Dimension::Entity(Level::Campaign),
        "adgroup_id" => Dimension::Entity(Level::AdGroup),
        "ad_id" => Dimension::Entity(Level::Ad),
        "ad_id_v2" => Dimension::AdV2,
        "stat_time_day" => Dimension::Day,
        "stat_time_hour" => Dimension::Hour,
        _ => return None,
    })
}
