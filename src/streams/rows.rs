//! The rows.

use super::report::{Grain, Report};
use super::{Read, StreamDef, Sweep, metrics};
use crate::tiktok::endpoint;

/// The schema file of a stream, in the binary.
macro_rules! schema {
    ($name:literal) => {
        include_str!(concat!("../../schemas/", $name, ".json"))
    };
}

/// TopView objects come only when asked for, and with nothing else (tiktok-api.md 3.0); a page of their ad
/// groups holds 100 at most.
pub(super) static ALL_BUYING_TYPES: &[Sweep] = &[
    Sweep { buying_types: &[], page_size_max: 1000 },
    Sweep { buying_types: &["RESERVATION_TOP_VIEW"], page_size_max: 100 },
];

pub(super) static ROWS: &[StreamDef] = &[
    StreamDef {
        name: "advertisers",
        endpoint: &endpoint::ADVERTISER_INFO,
        primary_key: &["advertiser_id"],
        cursor: None,
        schema: schema!("advertisers"),
        page_size: 100,
        read: Read::Advertisers,
    },
    StreamDef {
        name: "campaigns",
        endpoint: &endpoint::CAMPAIGNS,
        primary_key: &["campaign_id"],
        schema: schema!("campaigns"),
        ..StreamDef::LISTING
    },
    StreamDef {
        name: "ad_groups",
        endpoint: &endpoint::AD_GROUPS,
        primary_key: &["adgroup_id"],
        schema: schema!("ad_groups"),
        ..StreamDef::LISTING
    },
    StreamDef {
        name: "ads",
        endpoint: &endpoint::ADS,
        primary_key: &["ad_id"],
        schema: schema!("ads"),
        ..StreamDef::LISTING
    },
    StreamDef {
        name: "ads_reports_daily",
        endpoint: &endpoint::REPORT,
        primary_key: &["ad_id", "stat_time_day"],
        cursor: Some("stat_time_day"),
        schema: schema!("reports/ads_reports_daily"),
        page_size: 1000,
        read: Read::Report(Report {
            report_type: "BASIC",
            data_level: "AUCTION_AD",
            dimensions: &["ad_id", "stat_time_day"],
            metrics: &[metrics::AD, metrics::BASE],
            status_field: Some("ad_status"),
            grain: Grain::Day,
        }),
    },
];
