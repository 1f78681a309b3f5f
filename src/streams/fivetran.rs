//! The tables of Fivetran's connector, made of the streams' rows: a row per table. Their names and columns are those that the
//! dbt package `fivetran/tiktok_ads` reads (docs/fivetran.md).

use super::report::{Kind, Layout, Level, Report};
use super::view::{Column, Content, Only, View, literal, renamed, same};
use super::{StreamDef, metrics};

/// A table.
struct Table {
    name: &'static str,
    of: Of,
    key: &'static [&'static str],
    cursor: Option<&'static str>,
    only: Option<Only>,
    columns: &'static [Column],
}

/// What is read for a table.
enum Of {
    /// What this stream reads.
    Stream(&'static str),
    /// A report of its own, by these dimensions, for the metrics among the columns.
    Report(Kind, &'static [&'static str]),
}

const fn nested(name: &'static str, path: &'static [&'static str]) -> Column {
    Column { name, content: Content::At(path) }
}

const fn id(name: &'static str, from: &'static str) -> Column {
    Column { name, content: Content::Id(from) }
}

const SYNCED: Column = Column { name: "_fivetran_synced", content: Content::Synced };
/// TikTok leaves the time of change out of some Smart+ ads: a row without it would have no key, and count as the oldest.
const CHANGED: Content = Content::First(["modify_time", "create_time"]);
const UPDATED_AT: Column = Column { name: "updated_at", content: CHANGED };
const MODIFY_TIME: Column = Column { name: "modify_time", content: CHANGED };
/// Columns of older versions of the package, which TikTok has no more.
const NULL: &str = "null";
/// What an ad names that belongs to a Smart+ ad.
const SMART_PLUS_AD: &str = "smart_plus_ad_id";

/// A report by hour of one level: its id, and the same metrics.
macro_rules! hourly {
    ($id:literal) => {
        &[
            same($id),
            same("stat_time_hour"),
            same("average_video_play"),
            same("average_video_play_per_user"),
            same("clicks"),
            same("comments"),
            same("conversion"),
            same("conversion_rate"),
            same("cost_per_conversion"),
            same("cpc"),
            same("cpm"),
            same("ctr"),
            same("follows"),
            same("impressions"),
            same("likes"),
            same("profile_visits"),
            same("reach"),
            same("real_time_conversion"),
            same("shares"),
            same("spend"),
            same("total_purchase_value"),
            same("total_sales_lead_value"),
            same("video_play_actions"),
            renamed("video_views_p_25", "video_views_p25"),
            renamed("video_views_p_50", "video_views_p50"),
            renamed("video_views_p_75", "video_views_p75"),
            renamed("video_watched_2_s", "video_watched_2s"),
            renamed("video_watched_6_s", "video_watched_6s"),
            SYNCED,
        ]
    };
}

#[rustfmt::skip]
static TABLES: &[Table] = &[
    Table {
        name: "advertiser", of: Of::Stream("advertisers"), key: &["id"], cursor: None, only: None,
        columns: &[
            renamed("id", "advertiser_id"), same("address"), same("balance"), same("cellphone_number"), same("company"),
            same("contacter"), same("country"), same("currency"), same("description"), same("email"), same("industry"),
            same("language"), same("name"), literal("phone_number", NULL), literal("telephone", NULL),
            same("telephone_number"), same("timezone"), SYNCED,
        ],
    },
    Table {
        name: "campaign_history", of: Of::Stream("campaigns"), key: &["campaign_id", "updated_at"],
        cursor: Some("updated_at"), only: None,
        columns: &[
            same("campaign_id"), UPDATED_AT, same("advertiser_id"), same("campaign_name"), same("campaign_type"),
            same("split_test_variable"), same("objective_type"), renamed("status", "operation_status"),
            same("operation_status"), same("budget"), same("budget_mode"), same("create_time"),
            same("is_new_structure"), SYNCED,
        ],
    },
    Table {
        name: "adgroup_history", of: Of::Stream("ad_groups"), key: &["adgroup_id", "updated_at"],
        cursor: Some("updated_at"), only: None,
        columns: &[
            same("adgroup_id"), UPDATED_AT, same("advertiser_id"), same("campaign_id"), same("action_days"),
            renamed("action_categories", "action_category_ids"), same("adgroup_name"), same("age_groups"),
            same("audience_type"), same("budget"), renamed("category", "category_id"), literal("display_name", NULL),
            same("frequency"), same("frequency_schedule"), same("gender"),
            renamed("interest_category_v_2", "interest_category_ids"), same("languages"),
            literal("landing_page_url", NULL), SYNCED,
        ],
    },
    // The package adds the ads and the creatives up, so no ad may be in both.
    Table {
        name: "ad_history", of: Of::Stream("ads"), key: &["ad_id", "updated_at"], cursor: Some("updated_at"), only: Some(Only::Without(SMART_PLUS_AD)),
        columns: &[
            same("ad_id"), UPDATED_AT, same("adgroup_id"), same("advertiser_id"), same("campaign_id"), same("ad_name"),
            same("call_to_action"), same("click_tracking_url"), same("impression_tracking_url"),
            same("landing_page_url"), SYNCED,
        ],
    },
    Table {
        name: "ad_report_hourly", of: Of::Report(Kind::Basic(Level::Ad), &["ad_id", "stat_time_hour"]),
        key: &["ad_id", "stat_time_hour"], cursor: Some("stat_time_hour"), only: None, columns: hourly!("ad_id"),
    },
    Table {
        name: "adgroup_report_hourly", of: Of::Report(Kind::Basic(Level::AdGroup), &["adgroup_id", "stat_time_hour"]),
        key: &["adgroup_id", "stat_time_hour"], cursor: Some("stat_time_hour"), only: None,
        columns: hourly!("adgroup_id"),
    },
    Table {
        name: "campaign_report_hourly", of: Of::Report(Kind::Basic(Level::Campaign), &["campaign_id", "stat_time_hour"]),
        key: &["campaign_id", "stat_time_hour"], cursor: Some("stat_time_hour"), only: None,
        columns: hourly!("campaign_id"),
    },
    Table {
        name: "campaign_country_report",
        of: Of::Report(Kind::Audience(Level::Campaign), &["campaign_id", "stat_time_day", "country_code"]),
        key: &["campaign_id", "stat_time_day", "country_code"], cursor: Some("stat_time_day"), only: None,
        columns: &[
            same("campaign_id"), same("country_code"), same("stat_time_day"), same("clicks"), same("conversion"),
            same("conversion_rate"), same("cost_per_conversion"), same("cpc"), same("cpm"), same("ctr"),
            same("impressions"), same("real_time_conversion"), same("spend"), SYNCED,
        ],
    },
    Table {
        name: "location", of: Of::Stream("regions"), key: &["advertiser_id", "region_id"], cursor: None, only: None,
        columns: &[
            same("region_id"), same("advertiser_id"), same("country_code"), same("region_name"), same("region_level"),
            same("area_type"), same("parent_id"), same("support_below_18"), SYNCED,
        ],
    },
    // The ads of a Smart+ ad. [?] That TikTok's ad is Fivetran's creative is what the package's joins say.
    Table {
        name: "creative_history", of: Of::Stream("ads"), key: &["creative_id", "modify_time"], cursor: Some("modify_time"),
        only: Some(Only::With(SMART_PLUS_AD)),
        columns: &[
            renamed("creative_id", "ad_id"), MODIFY_TIME, id("smart_plus_ad_id", "smart_plus_ad_id"), same("advertiser_id"),
            same("adgroup_id"), same("campaign_id"), same("video_id"), same("create_time"),
            renamed("creative_name", "ad_name"), same("campaign_name"), same("adgroup_name"), same("identity_id"),
            same("identity_type"), same("campaign_automation_type"), same("ad_text"), same("secondary_status"),
            same("operation_status"), same("image_ids"), SYNCED,
        ],
    },
    Table {
        name: "smart_plus_ad_history", of: Of::Stream("smart_plus_ads"), key: &["smart_plus_ad_id", "modify_time"],
        cursor: Some("modify_time"), only: None,
        columns: &[
            same("smart_plus_ad_id"), MODIFY_TIME, same("advertiser_id"), same("adgroup_id"), same("campaign_id"),
            same("create_time"), same("secondary_status"), same("operation_status"), same("ad_name"),
            same("campaign_name"), same("adgroup_name"),
            // The package takes its elements as texts, where TikTok has objects.
            Column { name: "landing_page_url_list", content: Content::Texts("landing_page_url") },
            nested("tracking_info_click_tracking_url", &["ad_configuration", "tracking_info", "click_tracking_url"]),
            nested("tracking_info_impression_tracking_url", &["ad_configuration", "tracking_info", "impression_tracking_url"]),
            nested("tracking_info_tracking_app_id", &["ad_configuration", "tracking_info", "tracking_app_id"]),
            nested("tracking_info_tracking_message_event_set_id", &["ad_configuration", "tracking_info", "tracking_message_event_set_id"]),
            nested("identity_id", &["ad_configuration", "identity_id"]),
            nested("identity_type", &["ad_configuration", "identity_type"]),
            nested("dark_post_status", &["ad_configuration", "dark_post_status"]),
            nested("product_specific_type", &["ad_configuration", "product_specific_type"]),
            nested("product_set_id", &["ad_configuration", "product_set_id"]),
            nested("product_ids", &["ad_configuration", "product_ids"]),
            nested("creative_auto_add_toggle", &["ad_configuration", "creative_auto_add_toggle"]),
            nested("catalog_creative_toggle", &["ad_configuration", "catalog_creative_toggle"]),
            nested("end_card_cta", &["ad_configuration", "end_card_cta"]),
            nested("product_display_field_list", &["ad_configuration", "product_display_field_list"]),
            nested("auto_disclaimer_types", &["ad_configuration", "auto_disclaimer_types"]),
            nested("fallback_type", &["ad_configuration", "fallback_type"]),
            nested("call_to_action_id", &["ad_configuration", "call_to_action_id"]),
            nested("product_info_selling_points", &["ad_configuration", "product_info", "selling_points"]),
            nested("phone_info_phone_region_code", &["ad_configuration", "phone_info", "phone_region_code"]),
            nested("phone_info_phone_region_calling_code", &["ad_configuration", "phone_info", "phone_region_calling_code"]),
            nested("phone_info_phone_number", &["ad_configuration", "phone_info", "phone_number"]),
            same("ad_text_list"), same("auto_message_list"), same("call_to_action_list"), same("interactive_add_on_list"),
            same("page_list"), same("custom_product_page_list"), same("deeplink_list"), SYNCED,
        ],
    },
];

/// The tables, each made of one of these streams.
pub(super) fn rows(streams: &[StreamDef]) -> Vec<StreamDef> {
    TABLES.iter().filter_map(|table| Some(stream(table, source(&table.of, table.columns, streams)?))).collect()
}

/// The stream whose rows a table is made of.
fn source(of: &Of, columns: &[Column], streams: &[StreamDef]) -> Option<StreamDef> {
    match of {
        Of::Stream(name) => streams.iter().find(|stream| *stream.name == **name).cloned(),
        Of::Report(kind, dimensions) => {
            let names = columns.iter().flat_map(Column::path).filter(|name| !dimensions.contains(name));
            let declared = names.filter_map(metrics::find).collect();
            let report = Report { layout: Layout::Flat, declared, ..Report::new(*kind, dimensions) };
            Some(StreamDef::report("", report))
        }
    }
}

fn stream(table: &Table, source: StreamDef) -> StreamDef {
    let view = View { columns: table.columns, key: source.primary_key, cursor: source.cursor, only: table.only };
    StreamDef {
        name: table.name.into(),
        primary_key: table.key.into(),
        cursor: table.cursor,
        view: Some(view),
        ..source
    }
}
