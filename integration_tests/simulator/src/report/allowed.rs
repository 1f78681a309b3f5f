//! Which metrics go with which dimension, where the reference has the whole list
//! (`docs/tiktok-api.md` 4.3 [DOC 1759239462689793, 1762404685488130]).

use super::metrics::Metric;
use super::query::{Kind, Parts};

const COUNTRY: &[&str] = &[
    "spend",
    "cpc",
    "cpm",
    "impressions",
    "gross_impressions",
    "clicks",
    "ctr",
    "conversion",
    "cost_per_conversion",
    "conversion_rate",
    "real_time_conversion",
    "real_time_cost_per_conversion",
    "real_time_conversion_rate",
    "result",
    "cost_per_result",
    "result_rate",
    "real_time_result",
    "real_time_cost_per_result",
    "real_time_result_rate",
    "video_play_actions",
    "video_watched_2s",
    "video_watched_6s",
    "average_video_play",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "profile_visits",
    "profile_visits_rate",
    "likes",
    "comments",
    "shares",
    "follows",
    "clicks_on_music_disc",
    "total_landing_page_view",
    "cost_per_landing_page_view",
    "landing_page_view_rate",
];

/// Of [`COUNTRY`], not with these.
const NOT_WITH_TAGS: &[&str] = &[
    "gross_impressions",
    "result",
    "cost_per_result",
    "result_rate",
    "real_time_result",
    "real_time_cost_per_result",
    "real_time_result_rate",
];

const ONLY_WITH_TAGS: &[&str] =
    &["conversion_rate_v2", "real_time_conversion_rate_v2", "engaged_view", "engaged_view_15s"];

const SEARCH_TERMS: &[&str] = &[
    "spend",
    "cpc",
    "cpm",
    "impressions",
    "clicks",
    "ctr",
    "conversion",
    "cost_per_conversion",
    "conversion_rate",
    "real_time_conversion",
    "result",
    "cost_per_result",
    "result_rate",
    "video_play_actions",
    "engaged_view",
    "engaged_view_15s",
];

fn allowed(kind: Kind, split: &str, metric: &str) -> bool {
    match (kind, split) {
        (Kind::Audience, "country_code") => COUNTRY.contains(&metric),
        (Kind::Audience, "ad_type" | "hashtag" | "audience_tags" | "purchase_intention") => {
            ONLY_WITH_TAGS.contains(&metric) || COUNTRY.contains(&metric) && !NOT_WITH_TAGS.contains(&metric)
        }
        (Kind::Basic, "search_terms") => SEARCH_TERMS.contains(&metric),
        _ => true,
    }
}

/// The first metric that does not go with a dimension; attributes go with all.
pub(crate) fn forbidden(parts: &Parts) -> Option<&'static str> {
    let refused = |metric: &&Metric| {
        !metric.is_attribute() && parts.splits.iter().any(|split| !allowed(parts.kind, split, metric.name))
    };
    parts.metrics.iter().find(refused).map(|metric| metric.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_known_names() {
        for name in COUNTRY.iter().chain(NOT_WITH_TAGS).chain(ONLY_WITH_TAGS).chain(SEARCH_TERMS) {
            assert!(Metric::named(name).is_some(), "{name}");
        }
        assert!(allowed(Kind::Basic, "country_code", "purchase") && !allowed(Kind::Audience, "country_code", "reach"));
        assert!(!allowed(Kind::Audience, "hashtag", "result") && allowed(Kind::Audience, "hashtag", "engaged_view"));
    }
}
