//! Which metrics go with which dimension, where the reference has the whole list
//! (`docs/tiktok-api.md` 4.3 [DOC 1759239462689793, 1762404685488130]).

use super::kind::Kind;
use super::metrics::Metric;
use super::query::Parts;

/// With every one of these dimensions, unless a list says otherwise.
const CORE: &[&str] = &[
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
];

/// Beside [`CORE`], with a country and its kin.
const COUNTRY: &[&str] = &[
    "gross_impressions",
    "real_time_cost_per_conversion",
    "real_time_conversion_rate",
    "real_time_result",
    "real_time_cost_per_result",
    "real_time_result_rate",
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

/// Of [`CORE`] and [`COUNTRY`], not with these.
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

/// Beside [`CORE`], with search terms.
const SEARCH_TERMS: &[&str] = &["engaged_view", "engaged_view_15s"];

fn allowed(kind: Kind, split: &str, metric: &str) -> bool {
    let is_in = |list: &[&str]| list.contains(&metric);
    match (kind, split) {
        (Kind::Audience, "country_code") => is_in(CORE) || is_in(COUNTRY),
        (Kind::Audience, "ad_type" | "hashtag" | "audience_tags" | "purchase_intention") => {
            is_in(ONLY_WITH_TAGS) || (is_in(CORE) || is_in(COUNTRY)) && !is_in(NOT_WITH_TAGS)
        }
        (Kind::Basic, "search_terms") => is_in(CORE) || is_in(SEARCH_TERMS),
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
        for name in CORE.iter().chain(COUNTRY).chain(NOT_WITH_TAGS).chain(ONLY_WITH_TAGS).chain(SEARCH_TERMS) {
            assert!(Metric::named(name).is_some(), "{name}");
        }
        assert!(allowed(Kind::Basic, "country_code", "purchase") && !allowed(Kind::Audience, "country_code", "reach"));
        assert!(!allowed(Kind::Audience, "hashtag", "result") && allowed(Kind::Audience, "hashtag", "engaged_view"));
    }
}
