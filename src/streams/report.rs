//! The definition of a report stream.

use std::borrow::Cow;

pub use super::level::Level;
use super::metrics::{self, Asked, Metric};

/// A report.
#[derive(Debug, Clone)]
pub struct Report {
    pub kind: Kind,
    /// The dimensions, which are also the primary key, in this order.
    pub dimensions: Cow<'static, [&'static str]>,
    /// The metrics that the schema declares. [`Report::metrics`] are those that are requested.
    pub declared: Vec<&'static Metric>,
    pub grain: Grain,
    pub layout: Layout,
    /// The user's filters, in TikTok's form.
    pub filtering: Vec<serde_json::Value>,
}

/// The kind of report, which decides how it is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `report_type` BASIC of `/report/integrated/get/` (docs/tiktok-api.md 4.1).
    Basic(Level),
    /// AUDIENCE: who saw the ads, and where.
    Audience(Level),
    /// TT_SHOP.
    Shop(Level),
    /// `/gmv_max/report/get/` (docs/tiktok-api.md 4.7).
    GmvMax(Promotion),
    /// `/smart_plus/material_report/…/` (docs/tiktok-api.md 4.7): by day the breakdown, else the overview.
    Material,
}

/// What is named below the level of GMV Max campaigns: the campaigns that promote this, and their products where the
/// rows are about videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Below {
    pub promotion: Promotion,
    pub by_product: bool,
}

/// What a GMV Max campaign promotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    Product,
    Live,
}

impl Promotion {
    /// TikTok's `gmv_max_promotion_types` in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "PRODUCT",
            Self::Live => "LIVE",
        }
    }
}

/// The time span of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    Hour,
    Day,
    /// All days of one request in one row.
    Total,
    /// All days up to today in one row, whatever `end_date` says. Audience reports have this instead of a lifetime
    /// (docs/tiktok-api.md 4.1), and Airbyte's connector requests it.
    Recent,
    /// All time. The request has no dates.
    Lifetime,
}

/// The layout of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Airbyte's layout: `metrics` and `dimensions` as objects, and the key at the top level.
    Nested,
    /// All fields at the top level, numbers as numbers.
    Flat,
}

impl Grain {
    /// The most days in one request, including both ends (docs/tiktok-api.md 4.1, Range).
    #[must_use]
    pub fn days_max(self) -> u64 {
        match self {
            Self::Hour => 1,
            Self::Day => 30,
            Self::Total | Self::Recent | Self::Lifetime => 365,
        }
    }

    /// The dimension that is the cursor.
    #[must_use]
    pub fn cursor(self) -> Option<&'static str> {
        match self {
            Self::Hour => Some("stat_time_hour"),
            Self::Day => Some("stat_time_day"),
            Self::Total | Self::Recent | Self::Lifetime => None,
        }
    }
}

impl Kind {
    /// TikTok's `report_type`.
    #[must_use]
    pub fn report_type(self) -> Option<&'static str> {
        match self {
            Self::Basic(_) => Some("BASIC"),
            Self::Audience(_) => Some("AUDIENCE"),
            Self::Shop(_) => Some("TT_SHOP"),
            Self::GmvMax(_) | Self::Material => None,
        }
    }

    /// The names that TikTok puts beside the dimensions and metrics by itself (docs/tiktok-api.md 4.7).
    #[must_use]
    pub(super) fn beside(self) -> &'static [&'static str] {
        match self {
            Self::Material => &["main_material_type"],
            Self::GmvMax(_) => &["currency"],
            _ => &[],
        }
    }

    #[must_use]
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Basic(level) | Self::Audience(level) | Self::Shop(level) => Some(level),
            Self::GmvMax(_) | Self::Material => None,
        }
    }
}

impl Report {
    /// A report with the metrics that its kind has in Airbyte's connector, and ours.
    #[must_use]
    pub fn new(kind: Kind, dimensions: &'static [&'static str]) -> Self {
        let set = match kind {
            Kind::Basic(_) if dimensions.contains(&"country_code") => metrics::BASIC_BY_COUNTRY,
            Kind::Basic(_) | Kind::Shop(_) => metrics::BASIC,
            Kind::Audience(_) => metrics::AUDIENCE,
            Kind::GmvMax(_) if dimensions.contains(&"item_id") => metrics::GMV_MAX_OF_VIDEO,
            Kind::GmvMax(_) if dimensions.contains(&"item_group_id") => metrics::GMV_MAX_OF_PRODUCT,
            Kind::GmvMax(_) if dimensions.contains(&"room_id") => metrics::GMV_MAX_OF_ROOM,
            Kind::GmvMax(Promotion::Live) => metrics::GMV_MAX_LIVE,
            Kind::GmvMax(Promotion::Product) => metrics::GMV_MAX_PRODUCT,
            Kind::Material if dimensions.contains(&"stat_time_day") => metrics::SMART_PLUS_MATERIAL_BY_DAY,
            Kind::Material => metrics::SMART_PLUS_MATERIAL,
        };
        let without_time =
            if matches!(kind, Kind::Basic(_) | Kind::Material) { Grain::Lifetime } else { Grain::Recent };
        Self {
            kind,
            dimensions: dimensions.into(),
            declared: set.iter().copied().flatten().collect(),
            grain: grain(dimensions, without_time),
            layout: Layout::Nested,
            filtering: Vec::new(),
        }
    }

    /// What a request for GMV Max below the level of campaigns must name (docs/tiktok-api.md 4.7).
    #[must_use]
    pub fn below(&self) -> Option<Below> {
        let Kind::GmvMax(promotion) = self.kind else { return None };
        let has = |name| self.dimensions.contains(&name);
        (has("item_group_id") || has("room_id")).then(|| Below { promotion, by_product: has("item_id") })
    }

    /// The requested metrics, in order.
    pub fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        let level = self.kind.level().unwrap_or(Level::Campaign);
        let asked = move |metric: &&Metric| match metric.asked {
            Asked::Always => true,
            Asked::From(top) => level >= top,
            Asked::AdvertiserDays => level == Level::Advertiser && self.grain == Grain::Day,
            Asked::Never => false,
        };
        self.declared.iter().copied().filter(asked)
    }
}

/// The time span that the dimensions imply.
#[must_use]
pub fn grain(dimensions: &[&str], without_time: Grain) -> Grain {
    let has = |grain: &Grain| grain.cursor().is_some_and(|name| dimensions.contains(&name));
    [Grain::Hour, Grain::Day].into_iter().find(has).unwrap_or(without_time)
}
