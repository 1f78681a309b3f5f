//! The table of report dimensions (docs/tiktok-api.md 4.2): which reports allow each one, and what it means.

use Group::{Breakdown, Id, Time};

/// A dimension.
#[derive(Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: &'static str,
    pub group: Group,
    pub basic: bool,
    pub audience: bool,
}

/// A report has at most one id dimension and one time dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Id,
    Time,
    Breakdown,
}

const fn both(name: &'static str, group: Group) -> Dimension {
    Dimension { name, group, basic: true, audience: true }
}

const fn basic(name: &'static str) -> Dimension {
    Dimension { name, group: Breakdown, basic: true, audience: false }
}

const fn audience(name: &'static str) -> Dimension {
    Dimension { name, group: Breakdown, basic: false, audience: true }
}

pub static ALL: &[Dimension] = &[
    both("advertiser_id", Id),
    both("campaign_id", Id),
    both("adgroup_id", Id),
    both("ad_id", Id),
    both("ad_id_v2", Id),
    both("stat_time_day", Time),
    both("stat_time_hour", Time),
    both("country_code", Breakdown),
    both("ad_type", Breakdown),
    basic("custom_event_type"),
    basic("event_source_id"),
    basic("page_id"),
    basic("component_name"),
    basic("room_id"),
    basic("post_id"),
    basic("image_id"),
    basic("video_material_id"),
    basic("minis_id"),
    basic("search_terms"),
    basic("search_keyword"),
    basic("match_type"),
    basic("skan_postback_sequence"),
    audience("gender"),
    audience("age"),
    audience("province_id"),
    audience("dma_id"),
    audience("language"),
    audience("platform"),
    audience("ac"),
    audience("placement"),
    audience("interest_category"),
    audience("interest_category_tier2"),
    audience("interest_category_tier3"),
    audience("interest_category_tier4"),
    audience("behavior_id"),
    audience("purchase_intention"),
    audience("device_brand_id"),
    audience("hashtag"),
    audience("audience_tags"),
    audience("additional_interests"),
    audience("contextual_tag"),
    audience("bucket_id"),
];

/// A dimension by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Dimension> {
    ALL.iter().find(|dimension| dimension.name == name)
}

/// Ids of advertisers and their objects are numbers, as in Airbyte's connector.
#[must_use]
pub fn is_number(name: &str) -> bool {
    find(name).is_some_and(|dimension| dimension.group == Id)
}
