//! Custom reports, the layout of all reports, and whose tables there are.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The shape of report records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportLayout {
    #[default]
    Nested,
    Flat,
}

/// Whose tables there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tables {
    #[default]
    Airbyte,
    Fivetran,
    Both,
}

/// A report of one's own; it becomes a stream.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct CustomReport {
    /// What the stream is called.
    #[schemars(title = "Name", extend("order" = 0, "examples" = ["spend_by_language"]))]
    pub name: String,

    /// BASIC for delivery and conversions, AUDIENCE for who saw it, `TT_SHOP` for shop ads.
    #[schemars(title = "Report Type", extend("order" = 1))]
    pub report_type: ReportType,

    /// What a row is about.
    #[schemars(title = "Data Level", extend("order" = 2))]
    pub data_level: DataLevel,

    /// TikTok's names of what a row is for: the id of the level, a day or hour, breakdowns.
    #[schemars(title = "Dimensions", extend("order" = 3, "examples" = [["ad_id", "stat_time_day"]]))]
    pub dimensions: Vec<String>,

    /// TikTok's names of what is counted.
    #[schemars(title = "Metrics", extend("order" = 4, "examples" = [["spend", "impressions", "clicks"]]))]
    pub metrics: Vec<String>,

    /// Only what fits all of these conditions.
    #[serde(default)]
    #[schemars(title = "Filtering", extend("order" = 5, "default" = []))]
    pub filtering: Vec<ReportFilter>,

    /// One row for all time instead of one for each day or for the days from `start_date` on (365 at most).
    #[serde(default)]
    #[schemars(title = "Lifetime", extend("order" = 6, "default" = false))]
    pub query_lifetime: bool,
}

/// TikTok's `report_type`, as far as its reports are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ReportType {
    Basic,
    Audience,
    TtShop,
}

/// TikTok's `data_level`.
#[expect(clippy::enum_variant_names, reason = "TikTok's words")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum DataLevel {
    AuctionAd,
    AuctionAdgroup,
    AuctionCampaign,
    AuctionAdvertiser,
}

/// A condition on what is reported, in TikTok's terms.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct ReportFilter {
    /// Such as `campaign_ids` or `objective_type`.
    #[schemars(title = "Field", extend("order" = 0))]
    pub field_name: String,
    /// Such as IN, MATCH or `GREATER_THAN`.
    #[schemars(title = "Type", extend("order" = 1))]
    pub filter_type: String,
    /// Text, or a list of texts where the type takes one.
    #[schemars(title = "Value", extend("order" = 2))]
    pub filter_value: Value,
}
