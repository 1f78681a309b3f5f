//! The numbers of `/gmv_max/report/get/` (`docs/tiktok-api.md` 4.7).

use super::leaf::Quantity;
use super::metrics::{Rule, Term, ratio};

const COST: Term = Term::Sum(Quantity::Spend);

/// How a number follows from what posts and LIVEs did; `None` for other names.
pub(crate) fn rule(name: &str) -> Option<Rule> {
    let orders = || Quantity::named("gmv_max_orders");
    let revenue = || Quantity::money("gmv_max_orders");
    let count = |name: &str| Some(Rule::Count(Quantity::named(name)));
    let rate = |part| Some(ratio(Term::Sum(part), Term::Sum(Quantity::Impressions), 10_000, 2, "0.00"));
    match name {
        "cost" | "net_cost" => Some(Rule::Money(Quantity::Spend)),
        "orders" => Some(Rule::Count(orders())),
        "gross_revenue" => Some(Rule::Money(revenue())),
        "cost_per_order" => Some(ratio(COST, Term::Sum(orders()), 1, 2, "0.00")),
        "roi" => Some(ratio(Term::Sum(revenue()), COST, 100, 2, "0.00")),
        "product_impressions" => Some(Rule::Count(Quantity::Impressions)),
        "product_clicks" => Some(Rule::Count(Quantity::Clicks)),
        "product_click_rate" | "ad_click_rate" => rate(Quantity::Clicks),
        "ad_conversion_rate" => Some(ratio(Term::Sum(orders()), Term::Sum(Quantity::Clicks), 10_000, 2, "0.00")),
        "ad_video_view_rate_2s" => rate(Quantity::views("video_watched_2s", 500)),
        "ad_video_view_rate_6s" => rate(Quantity::views("video_watched_6s", 230)),
        "ad_video_view_rate_p25" => rate(Quantity::views("video_views_p25", 300)),
        "ad_video_view_rate_p50" => rate(Quantity::views("video_views_p50", 150)),
        "ad_video_view_rate_p75" => rate(Quantity::views("video_views_p75", 90)),
        "ad_video_view_rate_p100" => rate(Quantity::views("video_views_p100", 60)),
        "live_views" | "10_second_live_views" | "live_follows" => count(name),
        "cost_per_live_view" => Some(ratio(COST, Term::Sum(Quantity::named("live_views")), 1, 2, "0.00")),
        "cost_per_10_second_live_view" => {
            Some(ratio(COST, Term::Sum(Quantity::named("10_second_live_views")), 1, 2, "0.00"))
        }
        _ => None,
    }
}
