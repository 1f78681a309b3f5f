//! The rows.

use super::report::{Kind, Layout, Level, Promotion, Report};
use super::{Deleted, Kept, Listing, Origin, Owner, Parent, Period, Read, Schema, StreamDef, Sweep};
use crate::tiktok::{Endpoint, endpoint};

/// The schema file of a stream, in the binary.
macro_rules! schema {
    ($name:literal) => {
        Schema::File(include_str!(concat!("../../schemas/", $name, ".json")))
    };
}

const ANY_PAGE: u32 = u32::MAX;

/// TikTok's default.
static ONCE: &[Sweep] = &[Sweep { query: &[], filtering: "", page_size_max: ANY_PAGE }];

/// TikTok returns TopView objects only if a filter names them, and then no others (docs/tiktok-api.md 3.0). A page of
/// their ad groups holds 100 at most.
static ALL_BUYING_TYPES: &[Sweep] = &[
    Sweep { query: &[], filtering: "", page_size_max: ANY_PAGE },
    Sweep { query: &[], filtering: r#"{"buying_types":["RESERVATION_TOP_VIEW"]}"#, page_size_max: 100 },
];

/// GMV Max needs a filter on its types, and has no status for all (docs/tiktok-api.md 3.9).
static ALL_GMV_MAX: &[Sweep] = &[Sweep {
    query: &[],
    filtering: r#"{"gmv_max_promotion_types":["PRODUCT_GMV_MAX","LIVE_GMV_MAX"]}"#,
    page_size_max: ANY_PAGE,
}];
static DELETED_GMV_MAX: &[Sweep] = &[Sweep {
    query: &[],
    filtering: r#"{"gmv_max_promotion_types":["PRODUCT_GMV_MAX","LIVE_GMV_MAX"],"primary_status":"STATUS_DELETE"}"#,
    page_size_max: ANY_PAGE,
}];

/// A Business Center's assets are listed by type (docs/tiktok-api.md 3.5).
static ALL_ASSET_TYPES: &[Sweep] = &[
    assets(&[("asset_type", "ADVERTISER")]),
    assets(&[("asset_type", "CATALOG")]),
    assets(&[("asset_type", "DOMAIN")]),
    assets(&[("asset_type", "LEAD")]),
    assets(&[("asset_type", "PIXEL")]),
    assets(&[("asset_type", "STOREFRONT")]),
    assets(&[("asset_type", "TIKTOK_SHOP")]),
    assets(&[("asset_type", "TT_ACCOUNT")]),
];

const fn assets(query: &'static [(&'static str, &'static str)]) -> Sweep {
    Sweep { query, filtering: "", page_size_max: ANY_PAGE }
}

/// An advertiser's own share of its quotas comes only when it is asked for (docs/tiktok-api.md 7.2).
static ALL_OF_QUOTA: &[Sweep] = &[assets(&[("has_advertiser_quota", "true")])];

/// Ads beside all that are like them in every way that TikTok knows (docs/tiktok-api.md 4.7).
static ALL_BENCHMARKS: &[Sweep] =
    &[assets(&[("dimensions", r#"["LOCATION","AD_CATEGORY","EXTERNAL_ACTION","PLACEMENT"]"#)])];

/// Ads and not videos alone, over all time (docs/tiktok-api.md 4.7).
static SECONDS_OF_ADS: &[Sweep] =
    &[Sweep { query: &[("report_type", "AD")], filtering: r#"{"lifetime":true}"#, page_size_max: ANY_PAGE }];

/// Why a material was refused, and where in a video, comes only when it is asked for (docs/tiktok-api.md 4.7).
static ALL_OF_REVIEW: &[Sweep] =
    &[assets(&[("extra_info_setting", r#"{"include_reject_info":true,"include_violation_frame":true}"#)])];

static COMMENTS_OF_AD_GROUP: &[Sweep] = &[assets(&[("search_field", "ADGROUP_ID")])];

/// Balances leave out many fields unless the request names them (docs/tiktok-api.md 3.5).
static ALL_OF_BALANCE: &[Sweep] = &[assets(&[(
    "fields",
    r#"["budget_remaining","budget_frequency_restriction","budget_amount_restriction","min_transferable_amount","max_transferable_amount","balance_info"]"#,
)])];

/// Ids that requests name one by one.
const fn parent(streams: &'static [&'static str], id: &'static [&'static str], parameter: &'static str) -> Parent {
    Parent { streams, id, parameter, at_once: None, outlives: false, own: false, in_filtering: false }
}

const BUSINESS_CENTER: Parent = parent(&["business_centers"], &["bc_info", "bc_id"], "bc_id");
const PIXEL: Parent = Parent { at_once: Some(10), ..parent(&["pixels"], &["pixel_id"], "pixel_ids") };
const AUDIENCE: Parent =
    Parent { at_once: Some(100), ..parent(&["audiences"], &["audience_id"], "custom_audience_ids") };
/// TikTok refuses to tell of audiences that others share (docs/tiktok-api.md 5.2).
const OWN_AUDIENCE: Parent = Parent { own: true, ..AUDIENCE };
const ONE_OWN_AUDIENCE: Parent = Parent { parameter: "custom_audience_id", at_once: None, ..OWN_AUDIENCE };
const AD_GROUP: Parent = parent(&["ad_groups"], &["adgroup_id"], "search_value");
/// [?] TikTok does not document how many ad groups a request may name. Other lists of ids take 100, but reviews are
/// long.
const REVIEWED_AD_GROUP: Parent = Parent { parameter: "adgroup_ids", at_once: Some(20), ..AD_GROUP };
const APP: Parent = parent(&["apps"], &["app_id"], "app_id");
/// [?] TikTok does not document how many campaigns a filter may name; other filters take 100.
const CAMPAIGN_FILTER: Parent =
    Parent { at_once: Some(100), in_filtering: true, ..parent(&["campaigns"], &["campaign_id"], "campaign_ids") };
const MATERIAL: Parent = Parent {
    at_once: Some(100),
    ..parent(&["smart_plus_ads"], &["creative_list", "ad_material_id"], "ad_material_ids")
};
/// One store per request (docs/tiktok-api.md 4.7). [?] Stores without GMV Max (`is_gmv_max_available` false) are
/// requested too: the field concerns new campaigns, and the reports still hold the results of earlier ones.
pub(super) const STORE: Parent = Parent { at_once: Some(1), ..parent(&["gmv_max_stores"], &["store_id"], "store_ids") };
/// TikTok has no list of split tests: their objects name them (docs/tiktok-api.md 7.7), and their results stay when the
/// objects are deleted. [?] TikTok documents the id for ad groups alone; campaigns are read for it, too, because tests
/// of campaigns may be known nowhere else.
const SPLIT_TEST: Parent =
    Parent { outlives: true, ..parent(&["ad_groups", "campaigns"], &["split_test_group_id"], "split_test_group_id") };

const OF_ADVERTISER: Listing =
    Listing { owner: Owner::Advertiser, sweeps: ONCE, deleted: Deleted::Unasked, parent: None, period: Period::Always };
const OF_TOKEN: Listing = Listing { owner: Owner::Token, ..OF_ADVERTISER };
const AD_OBJECTS: Listing = Listing { sweeps: ALL_BUYING_TYPES, deleted: Deleted::StatusAll, ..OF_ADVERTISER };
const SMART_PLUS: Listing = Listing { deleted: Deleted::StatusAll, ..OF_ADVERTISER };

/// A stream whose records are TikTok's rows.
fn list(name: &str, endpoint: &'static Endpoint, primary_key: &'static [&'static str], schema: Schema) -> StreamDef {
    StreamDef {
        name: name.into(),
        endpoint,
        primary_key: primary_key.into(),
        cursor: None,
        schema,
        lifted: &[],
        flattened: &[],
        origin: &[],
        read: Read::Listing(OF_ADVERTISER),
        view: None,
    }
}

/// A report that Airbyte's connector has.
fn report(name: &str, kind: Kind, dimensions: &'static [&'static str]) -> StreamDef {
    StreamDef::report(name, Report::new(kind, dimensions))
}

/// A report that Airbyte's connector does not have. It is always flat.
fn flat(name: &str, kind: Kind, dimensions: &'static [&'static str]) -> StreamDef {
    StreamDef::report(name, Report { layout: Layout::Flat, ..Report::new(kind, dimensions) })
}

use Kind::{Audience, Basic, GmvMax, Material};
use Level::{Ad, AdGroup, Advertiser, Campaign};
use Promotion::{Live, Product};

const MODIFIED: Option<&str> = Some("modify_time");
const ADVERTISER: &[Origin] = &[Origin::Advertiser];
const BC: &[Origin] = &[Origin::Parent("bc_id")];

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<StreamDef> {
    let objects = |listing| Read::Listing(listing);
    vec![
        StreamDef { read: Read::AdvertiserList, ..list("advertiser_ids", &endpoint::ADVERTISER_LIST, &["advertiser_id"], schema!("advertiser_ids")) },
        StreamDef { read: Read::Advertisers, ..list("advertisers", &endpoint::ADVERTISER_INFO, &["advertiser_id"], schema!("advertisers")) },
        StreamDef { origin: ADVERTISER, ..list("audiences", &endpoint::AUDIENCES, &["audience_id"], schema!("audiences")) },
        StreamDef { origin: ADVERTISER, ..list("creative_assets_music", &endpoint::MUSIC, &["music_id"], schema!("creative_assets_music")) },
        StreamDef { origin: ADVERTISER, ..list("creative_assets_portfolios", &endpoint::PORTFOLIOS, &["creative_portfolio_id"], schema!("creative_assets_portfolios")) },
        StreamDef { cursor: MODIFIED, read: objects(AD_OBJECTS), ..list("campaigns", &endpoint::CAMPAIGNS, &["campaign_id"], schema!("campaigns")) },
        StreamDef { cursor: MODIFIED, read: objects(AD_OBJECTS), ..list("ad_groups", &endpoint::AD_GROUPS, &["adgroup_id"], schema!("ad_groups")) },
        StreamDef { cursor: MODIFIED, read: objects(AD_OBJECTS), ..list("ads", &endpoint::ADS, &["ad_id"], schema!("ads")) },
        StreamDef { cursor: MODIFIED, origin: ADVERTISER, ..list("creative_assets_images", &endpoint::IMAGES, &["image_id"], schema!("creative_assets_images")) },
        StreamDef { cursor: MODIFIED, origin: ADVERTISER, ..list("creative_assets_videos", &endpoint::VIDEOS, &["video_id"], schema!("creative_assets_videos")) },
        report("ads_reports_daily", Basic(Ad), &["ad_id", "stat_time_day"]),
        report("ads_reports_by_country_daily", Basic(Ad), &["ad_id", "stat_time_day", "country_code"]),
        report("ad_groups_reports_daily", Basic(AdGroup), &["adgroup_id", "stat_time_day"]),
        report("ad_groups_reports_by_country_daily", Basic(AdGroup), &["adgroup_id", "stat_time_day", "country_code"]),
        report("advertisers_reports_daily", Basic(Advertiser), &["advertiser_id", "stat_time_day"]),
        report("campaigns_reports_daily", Basic(Campaign), &["campaign_id", "stat_time_day"]),
        report("campaigns_audience_reports_daily", Audience(Campaign), &["campaign_id", "stat_time_day", "gender", "age"]),
        report("ad_group_audience_reports_daily", Audience(AdGroup), &["adgroup_id", "stat_time_day", "gender", "age"]),
        report("ads_audience_reports_daily", Audience(Ad), &["ad_id", "stat_time_day", "gender", "age"]),
        report("advertisers_audience_reports_daily", Audience(Advertiser), &["advertiser_id", "stat_time_day", "gender", "age"]),
        report("campaigns_audience_reports_by_country_daily", Audience(Campaign), &["campaign_id", "stat_time_day", "country_code"]),
        report("ad_group_audience_reports_by_country_daily", Audience(AdGroup), &["adgroup_id", "stat_time_day", "country_code"]),
        report("ads_audience_reports_by_country_daily", Audience(Ad), &["ad_id", "stat_time_day", "country_code"]),
        report("advertisers_audience_reports_by_country_daily", Audience(Advertiser), &["advertiser_id", "stat_time_day", "country_code"]),
        report("campaigns_audience_reports_by_platform_daily", Audience(Campaign), &["campaign_id", "stat_time_day", "platform"]),
        report("ad_group_audience_reports_by_platform_daily", Audience(AdGroup), &["adgroup_id", "stat_time_day", "platform"]),
        report("ads_audience_reports_by_platform_daily", Audience(Ad), &["ad_id", "stat_time_day", "platform"]),
        report("advertisers_audience_reports_by_platform_daily", Audience(Advertiser), &["advertiser_id", "stat_time_day", "platform"]),
        report("ads_audience_reports_by_province_daily", Audience(Ad), &["ad_id", "stat_time_day", "province_id"]),
        report("ads_reports_hourly", Basic(Ad), &["ad_id", "stat_time_hour"]),
        report("ads_reports_by_country_hourly", Basic(Ad), &["ad_id", "stat_time_hour", "country_code"]),
        report("advertisers_reports_hourly", Basic(Advertiser), &["advertiser_id", "stat_time_hour"]),
        report("campaigns_reports_hourly", Basic(Campaign), &["campaign_id", "stat_time_hour"]),
        report("ad_groups_reports_hourly", Basic(AdGroup), &["adgroup_id", "stat_time_hour"]),
        report("ad_groups_reports_by_country_hourly", Basic(AdGroup), &["adgroup_id", "stat_time_hour", "country_code"]),
        report("ads_reports_lifetime", Basic(Ad), &["ad_id"]),
        report("advertisers_reports_lifetime", Basic(Advertiser), &["advertiser_id"]),
        report("campaigns_reports_lifetime", Basic(Campaign), &["campaign_id"]),
        report("ad_groups_reports_lifetime", Basic(AdGroup), &["adgroup_id"]),
        report("advertisers_audience_reports_lifetime", Audience(Advertiser), &["advertiser_id", "gender", "age"]),
        StreamDef { lifted: &[(&["item_info", "item_id"], "spark_ads_post_id")], origin: ADVERTISER, ..list("spark_ads", &endpoint::SPARK_ADS, &["spark_ads_post_id"], schema!("spark_ads")) },
        StreamDef { origin: ADVERTISER, ..list("pixels", &endpoint::PIXELS, &["pixel_id"], schema!("pixels")) },
        StreamDef { origin: ADVERTISER, ..list("pixel_instant_page_events", &endpoint::INSTANT_PAGE_EVENTS, &[], schema!("pixel_instant_page_events")) },
        StreamDef { origin: ADVERTISER, read: objects(Listing { parent: Some(PIXEL), period: Period::LastDays, ..OF_ADVERTISER }), ..list("pixel_events_statistics", &endpoint::PIXEL_STATISTICS, &[], schema!("pixel_events_statistics")) },

        // What Airbyte's connector (4.7.0) does not have.
        flat("campaigns_audience_reports_by_language_daily", Audience(Campaign), &["campaign_id", "stat_time_day", "language"]),
        flat("ads_audience_reports_by_language_daily", Audience(Ad), &["ad_id", "stat_time_day", "language"]),
        flat("campaigns_audience_reports_by_placement_daily", Audience(Campaign), &["campaign_id", "stat_time_day", "placement"]),
        flat("ads_audience_reports_by_placement_daily", Audience(Ad), &["ad_id", "stat_time_day", "placement"]),
        flat("campaigns_audience_reports_by_dma_daily", Audience(Campaign), &["campaign_id", "stat_time_day", "dma_id"]),
        flat("ads_audience_reports_by_dma_daily", Audience(Ad), &["ad_id", "stat_time_day", "dma_id"]),
        flat("gmv_max_product_campaign_reports_daily", GmvMax(Product), &["campaign_id", "stat_time_day"]),
        flat("gmv_max_live_campaign_reports_daily", GmvMax(Live), &["campaign_id", "stat_time_day"]),
        flat("gmv_max_product_campaign_reports_hourly", GmvMax(Product), &["campaign_id", "stat_time_hour"]),
        flat("gmv_max_live_campaign_reports_hourly", GmvMax(Live), &["campaign_id", "stat_time_hour"]),
        flat("gmv_max_product_reports_daily", GmvMax(Product), &["campaign_id", "item_group_id", "stat_time_day"]),
        flat("gmv_max_video_reports_daily", GmvMax(Product), &["campaign_id", "item_group_id", "item_id", "stat_time_day"]),
        flat("gmv_max_room_reports_daily", GmvMax(Live), &["campaign_id", "room_id", "stat_time_day"]),
        StreamDef { cursor: MODIFIED, read: objects(Listing { sweeps: ALL_GMV_MAX, deleted: Deleted::Apart(DELETED_GMV_MAX), ..OF_ADVERTISER }), ..list("gmv_max_campaigns", &endpoint::GMV_MAX_CAMPAIGNS, &["campaign_id"], schema!("gmv_max_campaigns")) },
        StreamDef { origin: ADVERTISER, ..list("gmv_max_stores", &endpoint::GMV_MAX_STORES, &["advertiser_id", "store_id"], schema!("gmv_max_stores")) },
        StreamDef { cursor: MODIFIED, read: objects(SMART_PLUS), ..list("smart_plus_campaigns", &endpoint::SMART_PLUS_CAMPAIGNS, &["campaign_id"], schema!("smart_plus_campaigns")) },
        StreamDef { cursor: MODIFIED, read: objects(SMART_PLUS), ..list("smart_plus_ad_groups", &endpoint::SMART_PLUS_AD_GROUPS, &["adgroup_id"], schema!("smart_plus_ad_groups")) },
        StreamDef { cursor: MODIFIED, read: objects(SMART_PLUS), ..list("smart_plus_ads", &endpoint::SMART_PLUS_ADS, &["smart_plus_ad_id"], schema!("smart_plus_ads")) },
        flat("smart_plus_material_reports", Material, &["smart_plus_ad_id", "main_material_id"]),
        flat("smart_plus_material_reports_daily", Material, &["main_material_id", "stat_time_day"]),
        StreamDef { origin: ADVERTISER, read: objects(Listing { parent: Some(MATERIAL), sweeps: ALL_OF_REVIEW, ..OF_ADVERTISER }), ..list("smart_plus_material_reviews", &endpoint::SMART_PLUS_MATERIAL_REVIEWS, &["advertiser_id", "ad_material_id"], schema!("smart_plus_material_reviews")) },
        StreamDef { origin: &[Origin::Advertiser, Origin::MapKey("ad_id")], read: objects(Listing { parent: Some(REVIEWED_AD_GROUP), ..OF_ADVERTISER }), ..list("ad_review_info", &endpoint::REVIEW_INFO, &["ad_id"], schema!("ad_review_info")) },
        StreamDef { origin: ADVERTISER, read: objects(Listing { parent: Some(AD_GROUP), sweeps: COMMENTS_OF_AD_GROUP, period: Period::Days, ..OF_ADVERTISER }), ..list("comments", &endpoint::COMMENTS, &["comment_id"], schema!("comments")) },
        StreamDef { origin: &[Origin::Advertiser, Origin::Parent("split_test_group_id")], read: objects(Listing { parent: Some(SPLIT_TEST), ..OF_ADVERTISER }), ..list("split_tests", &endpoint::SPLIT_TEST_RESULT, &["split_test_group_id"], schema!("split_tests")) },
        StreamDef { origin: ADVERTISER, ..list("identities", &endpoint::IDENTITIES, &["advertiser_id", "identity_id", "identity_type"], schema!("identities")) },
        StreamDef { origin: ADVERTISER, flattened: &["audience_details"], read: objects(Listing { parent: Some(AUDIENCE), ..OF_ADVERTISER }), ..list("audience_details", &endpoint::AUDIENCE_DETAILS, &["advertiser_id", "audience_id"], schema!("audience_details")) },
        StreamDef { origin: ADVERTISER, read: objects(Listing { parent: Some(OWN_AUDIENCE), ..OF_ADVERTISER }), ..list("audience_apply_log", &endpoint::AUDIENCE_APPLY_LOG, &["advertiser_id", "audience_id", "adgroup_id", "usage_mode", "action_timestamp"], schema!("audience_apply_log")) },
        StreamDef { origin: &[Origin::Advertiser, Origin::Parent("custom_audience_id")], read: objects(Listing { parent: Some(ONE_OWN_AUDIENCE), ..OF_ADVERTISER }), ..list("audience_share_log", &endpoint::AUDIENCE_SHARE_LOG, &["advertiser_id", "custom_audience_id", "shared_advertiser_id"], schema!("audience_share_log")) },
        StreamDef { origin: ADVERTISER, ..list("saved_audiences", &endpoint::SAVED_AUDIENCES, &["saved_audience_id"], schema!("saved_audiences")) },
        StreamDef { origin: ADVERTISER, ..list("apps", &endpoint::APPS, &["advertiser_id", "app_id"], schema!("apps")) },
        StreamDef { origin: ADVERTISER, ..list("offline_event_sets", &endpoint::OFFLINE_EVENT_SETS, &["advertiser_id", "event_set_id"], schema!("offline_event_sets")) },
        StreamDef { flattened: &["bc_info"], read: objects(OF_TOKEN), ..list("business_centers", &endpoint::BUSINESS_CENTERS, &["bc_id"], schema!("business_centers")) },
        StreamDef { origin: BC, read: objects(Listing { parent: Some(BUSINESS_CENTER), sweeps: ALL_ASSET_TYPES, ..OF_TOKEN }), ..list("bc_assets", &endpoint::BC_ASSETS, &["bc_id", "asset_type", "asset_id"], schema!("bc_assets")) },
        StreamDef { origin: BC, read: objects(Listing { parent: Some(BUSINESS_CENTER), sweeps: ALL_OF_BALANCE, ..OF_TOKEN }), ..list("advertiser_balances", &endpoint::BALANCES, &["bc_id", "advertiser_id"], schema!("advertiser_balances")) },
        StreamDef { origin: ADVERTISER, cursor: Some("time"), read: Read::ChangeLog, ..list("change_log", &endpoint::CHANGE_LOG, &["advertiser_id", "change_id"], schema!("change_log")) },
        StreamDef { origin: BC, read: objects(Listing { parent: Some(BUSINESS_CENTER), ..OF_TOKEN }), ..list("bc_members", &endpoint::BC_MEMBERS, &["bc_id", "user_id"], schema!("bc_members")) },
        StreamDef { origin: ADVERTISER, ..list("regions", &endpoint::REGIONS, &["advertiser_id", "region_id"], schema!("regions")) },
        StreamDef { origin: &[Origin::Advertiser, Origin::Parent("app_id")], read: objects(Listing { parent: Some(APP), sweeps: ALL_OF_QUOTA, ..OF_ADVERTISER }), ..list("campaign_quotas", &endpoint::CAMPAIGN_QUOTA, &["advertiser_id", "app_id"], schema!("campaign_quotas")) },
        StreamDef { origin: ADVERTISER, flattened: &["info"], read: objects(Listing { parent: Some(CAMPAIGN_FILTER), sweeps: ALL_BENCHMARKS, ..OF_ADVERTISER }), ..list("ad_benchmarks", &endpoint::AD_BENCHMARKS, &["advertiser_id", "ad_id", "location", "ad_category", "external_action", "placement"], schema!("ad_benchmarks")) },
        StreamDef { origin: ADVERTISER, flattened: &["info"], read: objects(Listing { parent: Some(CAMPAIGN_FILTER), sweeps: SECONDS_OF_ADS, ..OF_ADVERTISER }), ..list("video_performance", &endpoint::VIDEO_PERFORMANCE, &["advertiser_id", "ad_id", "video_id"], schema!("video_performance")) },
        StreamDef { cursor: Some("received_at"), read: Read::Files(Kept::Spool), ..list("webhook_events", &endpoint::SUBSCRIPTIONS, &["event_id"], schema!("webhook_events")) },
        StreamDef { cursor: Some("synced_at"), read: Read::Files(Kept::Ledger), ..list("audience_syncs", &endpoint::AUDIENCES, &["advertiser_id", "audience_id", "synced_at", "run"], schema!("audience_syncs")) },
        StreamDef { cursor: Some("place"), read: Read::Files(Kept::Results), ..list("write_results", &endpoint::CAMPAIGNS, &["result_id"], schema!("write_results")) },
    ]
}

/// What people answered to forms.
pub(super) fn leads() -> StreamDef {
    StreamDef {
        cursor: Some("received_at"),
        read: Read::Files(Kept::Leads),
        ..list("leads", &endpoint::SUBSCRIPTIONS, &["event_id"], schema!("leads"))
    }
}
