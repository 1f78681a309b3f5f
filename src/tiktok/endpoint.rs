//! The paths that are called, each once.

use std::num::NonZeroU32;

/// One path of TikTok's API below `/open_api/v1.3` with what the client must know of it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// With leading and trailing slash; TikTok answers 404 without the latter (tiktok-api.md 1.1).
    pub path: &'static str,
    pub method: Method,
    /// Requests a second that TikTok grants this path apart from the app's quota (tiktok-api.md 1.6).
    pub own_rate: Option<NonZeroU32>,
    /// Whether the same request may be sent again when its answer was lost.
    pub idempotent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    /// With a JSON body.
    Post,
}

impl Endpoint {
    const fn get(path: &'static str) -> Self {
        Self { path, method: Method::Get, own_rate: None, idempotent: true }
    }

    const fn post(path: &'static str, own_rate: Option<NonZeroU32>, idempotent: bool) -> Self {
        Self { path, method: Method::Post, own_rate, idempotent }
    }
}

/// The Streaming API's quota at the basic level.
const SEGMENT_RATE: Option<NonZeroU32> = NonZeroU32::new(10_000);

/// The Events API's quota (tiktok-api.md 1.6).
const EVENT_RATE: Option<NonZeroU32> = NonZeroU32::new(1_000);

/// Creates or deletes a streaming audience (tiktok-api.md 5.1). Each create makes a new one.
pub static SEGMENT_AUDIENCE: Endpoint = Endpoint::post("/segment/audience/", SEGMENT_RATE, false);
/// Adds members to audiences or deletes them (tiktok-api.md 5.1).
pub static SEGMENT_MAPPING: Endpoint = Endpoint::post("/segment/mapping/", SEGMENT_RATE, true);
/// Conversion events; sent again with the same `event_id` they are counted once (tiktok-api.md 6.1).
pub static EVENT_TRACK: Endpoint = Endpoint::post("/event/track/", EVENT_RATE, true);
/// An account's pixels, apps and event sets (tiktok-api.md 3.8); only pixels have pages.
pub static PIXELS: Endpoint = Endpoint::get("/pixel/list/");
pub static APPS: Endpoint = Endpoint::get("/app/list/");
pub static OFFLINE_EVENT_SETS: Endpoint = Endpoint::get("/offline/get/");
pub static CRM_EVENT_SETS: Endpoint = Endpoint::get("/crm/list/");
/// An advertiser's audiences (tiktok-api.md 3.7).
pub static AUDIENCES: Endpoint = Endpoint::get("/dmp/custom_audience/list/");
/// What TikTok says of up to 100 audiences (tiktok-api.md 3.7).
pub static AUDIENCE_DETAILS: Endpoint = Endpoint::get("/dmp/custom_audience/get/");
/// The advertisers a token sees; no paging (tiktok-api.md 2.1).
pub static ADVERTISER_LIST: Endpoint = Endpoint::get("/oauth2/advertiser/get/");
/// Name, zone, currency, status of up to 100 advertisers (tiktok-api.md 3.5).
pub static ADVERTISER_INFO: Endpoint = Endpoint::get("/advertiser/info/");
pub static CAMPAIGNS: Endpoint = Endpoint::get("/campaign/get/");
pub static AD_GROUPS: Endpoint = Endpoint::get("/adgroup/get/");
pub static ADS: Endpoint = Endpoint::get("/ad/get/");
/// Synchronous reports (tiktok-api.md 4.1).
pub static REPORT: Endpoint = Endpoint::get("/report/integrated/get/");
