//! Dimensions that split a row: audiences and countries (`docs/tiktok-api.md` 4.2).

use super::kind::Kind;
use super::leaf::{PARTS, Share};

/// A splitting dimension: its values with their parts, together [`PARTS`].
type Split = &'static [(&'static str, u32)];

const GENDER: Split = &[("FEMALE", 5_300), ("MALE", 4_500), ("NONE", 200)];
const AGE: Split = &[
    ("AGE_13_17", 300),
    ("AGE_18_24", 3_400),
    ("AGE_25_34", 3_100),
    ("AGE_35_44", 1_700),
    ("AGE_45_54", 900),
    ("AGE_55_100", 500),
    ("NONE", 100),
];
const COUNTRY: Split = &[("US", 4_200), ("JP", 2_800), ("GB", 1_700), ("DE", 900), ("None", 400)];
const PLATFORM: Split = &[("ANDROID", 4_600), ("IPHONE", 4_700), ("IPAD", 400), ("PC", 300)];
const PLACEMENT: Split = &[("TikTok", 8_900), ("Pangle", 800), ("Global App Bundle", 300)];
const LANGUAGE: Split = &[("en", 6_000), ("ja", 2_500), ("de", 1_000), ("NONE", 500)];
const NETWORK: Split = &[("WIFI", 6_500), ("4G", 2_000), ("5G", 1_200), ("NONE", 300)];
const AD_TYPE: Split = &[("NON_SPARK_ADS", 8_000), ("SPARK_ADS", 2_000)];
/// States, provinces and prefectures by their GeoNames ids; some users have none.
const PROVINCE: Split =
    &[("5332921", 3_100), ("5128638", 2_300), ("1850144", 2_000), ("6269131", 1_500), ("2951839", 600), ("-1", 500)];
/// Nielsen's market areas.
const DMA: Split = &[("501", 3_500), ("803", 2_700), ("602", 1_600), ("807", 900), ("-1", 1_300)];
/// Ids and tags whose real values no source lists.
const NUMBERED: Split = &[("1001", 5_000), ("1002", 3_000), ("1003", 1_500), ("-1", 500)];

const AUDIENCE: &[(&str, Split)] = &[
    ("gender", GENDER),
    ("age", AGE),
    ("country_code", COUNTRY),
    ("province_id", PROVINCE),
    ("dma_id", DMA),
    ("language", LANGUAGE),
    ("platform", PLATFORM),
    ("ac", NETWORK),
    ("placement", PLACEMENT),
    ("interest_category", NUMBERED),
    ("interest_category_tier2", NUMBERED),
    ("interest_category_tier3", NUMBERED),
    ("interest_category_tier4", NUMBERED),
    ("behavior_id", NUMBERED),
    ("purchase_intention", NUMBERED),
    ("device_brand_id", NUMBERED),
    ("ad_type", AD_TYPE),
    ("hashtag", NUMBERED),
    ("audience_tags", NUMBERED),
    ("additional_interests", NUMBERED),
    ("contextual_tag", NUMBERED),
    ("bucket_id", NUMBERED),
];

const BASIC: &[(&str, Split)] = &[
    ("country_code", COUNTRY),
    ("ad_type", AD_TYPE),
    ("custom_event_type", NUMBERED),
    ("event_source_id", NUMBERED),
    ("page_id", NUMBERED),
    ("component_name", NUMBERED),
    ("room_id", NUMBERED),
    ("post_id", NUMBERED),
    ("image_id", NUMBERED),
    ("video_material_id", NUMBERED),
    ("minis_id", NUMBERED),
    ("search_terms", NUMBERED),
    ("search_keyword", NUMBERED),
    ("match_type", NUMBERED),
    ("skan_postback_sequence", NUMBERED),
];

/// [?] The page that lists these is in no source (`docs/tiktok-api.md` 4.2).
const PLAYABLE: &[(&str, Split)] = &[("playable_id", NUMBERED), ("country_code", COUNTRY)];

/// [?] As above.
const CATALOG: &[(&str, Split)] =
    &[("catalog_id", NUMBERED), ("product_id", NUMBERED), ("sku_id", NUMBERED), ("country_code", COUNTRY)];

const PLAIN: &[&str] =
    &["advertiser_id", "campaign_id", "adgroup_id", "ad_id", "ad_id_v2", "stat_time_day", "stat_time_hour"];

fn splits(kind: Kind) -> &'static [(&'static str, Split)] {
    match kind {
        Kind::Basic => BASIC,
        Kind::Audience => AUDIENCE,
        Kind::Playable => PLAYABLE,
        Kind::Catalog => CATALOG,
    }
}

/// All dimensions of a report type.
pub(crate) fn names(kind: Kind) -> Vec<&'static str> {
    PLAIN.iter().copied().chain(splits(kind).iter().map(|(name, _)| *name)).collect()
}

/// The splitting dimension of a name.
pub(crate) fn known(kind: Kind, name: &str) -> Option<&'static str> {
    splits(kind).iter().find(|(known, _)| *known == name).map(|(known, _)| *known)
}

/// A part of a row: the values of the splitting dimensions, and how much of the whole.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) values: Vec<&'static str>,
    pub(crate) share: Share,
}

/// All combinations of the values of the dimensions; one whole when there are none. The order in which they are named does
/// not change what a combination has.
pub(crate) fn buckets(kind: Kind, dimensions: &[&str]) -> Vec<Bucket> {
    let mut all = vec![Bucket { values: Vec::new(), share: Share::WHOLE }];
    let mut order = Vec::new();
    for (name, split) in splits(kind).iter().filter(|(name, _)| dimensions.contains(name)) {
        all = all.iter().flat_map(|bucket| divide(bucket, split)).collect();
        order.push(*name);
    }
    let places = dimensions.iter().filter_map(|name| order.iter().position(|known| known == name));
    let places: Vec<usize> = places.collect();
    for bucket in &mut all {
        bucket.values = places.iter().filter_map(|at| bucket.values.get(*at).copied()).collect();
    }
    all
}

fn divide(bucket: &Bucket, split: Split) -> Vec<Bucket> {
    let width = bucket.share.to - bucket.share.from;
    let mut done = 0;
    let mut parts = Vec::new();
    for (value, part) in split {
        let at = |parts: u32| bucket.share.from + width * parts / PARTS;
        let share = Share { from: at(done), to: at(done + part) };
        done += part;
        let values = bucket.values.iter().copied().chain([*value]).collect();
        parts.push(Bucket { values, share });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_split_is_a_whole() {
        for (name, split) in [BASIC, AUDIENCE, PLAYABLE, CATALOG].into_iter().flatten() {
            assert_eq!(split.iter().map(|(_, part)| part).sum::<u32>(), PARTS, "{name}");
        }
        let pairs = buckets(Kind::Audience, &["gender", "age"]);
        assert_eq!(pairs.len(), 21);
        assert_eq!(pairs.iter().map(|b| b.share.of(1_000_003)).sum::<u64>(), 1_000_003);
        let turned = buckets(Kind::Audience, &["age", "gender"]);
        let same = |(one, other): (&Bucket, &Bucket)| {
            one.share == other.share && one.values.iter().eq(other.values.iter().rev())
        };
        assert!(pairs.iter().zip(&turned).all(same));
    }
}
