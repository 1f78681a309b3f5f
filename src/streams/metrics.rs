//! The table of report metrics: a line each, from which requests and schemas come.
//!
//! TikTok sends every value as text. `nested` is the type that Airbyte's connector gives a metric, which is
//! kept to the letter; `value` is what the metric is (tiktok-api.md, Appendix C).

use Nested::{Integer, Number, Text};
use Value::{Count, Decimal, Words};

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub nested: Nested,
    pub value: Value,
}

/// The JSON type in the `nested` layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nested {
    Text,
    Number,
    Integer,
}

/// What a metric is: money and rates, counters, or attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Decimal,
    Count,
    Words,
}

const fn m(name: &'static str, nested: Nested, value: Value) -> Metric {
    Metric { name, nested, value }
}

/// Every level has these.
pub static BASE: &[Metric] = &[
    m("spend", Text, Decimal),
    m("cpc", Text, Decimal),
    m("cpm", Text, Decimal),
    m("impressions", Text, Count),
    m("clicks", Text, Count),
    m("ctr", Text, Decimal),
    m("reach", Text, Count),
    m("cost_per_1000_reached", Text, Decimal),
    m("frequency", Text, Decimal),
    m("video_play_actions", Number, Count),
    m("video_watched_2s", Number, Count),
    m("video_watched_6s", Number, Count),
    m("average_video_play", Number, Decimal),
    m("average_video_play_per_user", Number, Decimal),
    m("video_views_p25", Number, Count),
    m("video_views_p50", Number, Count),
    m("video_views_p75", Number, Count),
    m("video_views_p100", Number, Count),
    m("profile_visits", Number, Count),
    m("likes", Number, Count),
    m("comments", Number, Count),
    m("shares", Number, Count),
    m("follows", Number, Count),
    m("clicks_on_music_disc", Number, Count),
    m("real_time_app_install", Number, Count),
    m("real_time_app_install_cost", Number, Decimal),
    m("app_install", Number, Count),
];

/// An ad has these as well.
pub static AD: &[Metric] = &[
    m("campaign_name", Text, Words),
    m("campaign_id", Integer, Words),
    m("adgroup_name", Text, Words),
    m("placement_type", Text, Words),
    m("tt_app_id", Integer, Words),
    m("tt_app_name", Text, Words),
    m("mobile_app_id", Text, Words),
    m("promotion_type", Text, Words),
    m("dpa_target_audience_type", Text, Words),
    m("conversion", Text, Count),
    m("cost_per_conversion", Text, Decimal),
    m("conversion_rate", Text, Decimal),
    m("real_time_conversion", Text, Count),
    m("real_time_cost_per_conversion", Text, Decimal),
    m("real_time_conversion_rate", Text, Decimal),
    m("result", Text, Count),
    m("cost_per_result", Text, Decimal),
    m("result_rate", Text, Decimal),
    m("real_time_result", Text, Count),
    m("real_time_cost_per_result", Text, Decimal),
    m("real_time_result_rate", Text, Decimal),
    m("secondary_goal_result", Text, Count),
    m("cost_per_secondary_goal_result", Text, Decimal),
    m("secondary_goal_result_rate", Text, Decimal),
    m("adgroup_id", Integer, Words),
    m("ad_name", Text, Words),
    m("ad_text", Text, Words),
    m("total_purchase_value", Text, Decimal),
    m("total_onsite_shopping_value", Text, Decimal),
    m("onsite_shopping", Text, Count),
    m("vta_purchase", Text, Count),
    m("vta_conversion", Text, Count),
    m("cta_purchase", Text, Count),
    m("cta_conversion", Text, Count),
    m("total_pageview", Text, Count),
    m("complete_payment", Text, Count),
    m("value_per_complete_payment", Text, Decimal),
    m("total_complete_payment_rate", Text, Decimal),
    m("profile_visits_rate", Number, Decimal),
    m("purchase", Number, Count),
    m("purchase_rate", Number, Decimal),
    m("registration", Number, Count),
    m("registration_rate", Number, Decimal),
    m("sales_lead", Number, Count),
    m("sales_lead_rate", Number, Decimal),
    m("cost_per_app_install", Number, Decimal),
    m("cost_per_purchase", Number, Decimal),
    m("cost_per_registration", Number, Decimal),
    m("cost_per_sales_lead", Number, Decimal),
    m("cost_per_total_sales_lead", Number, Decimal),
    m("cost_per_total_app_event_add_to_cart", Number, Decimal),
    m("total_app_event_add_to_cart", Number, Count),
];

/// Only advertisers have these, but Airbyte's schema of every level declares them.
pub static ADVERTISER: &[Metric] = &[m("cash_spend", Text, Decimal), m("voucher_spend", Text, Decimal)];
