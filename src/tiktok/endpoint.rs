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

/// Creates or deletes a streaming audience (tiktok-api.md 5.1). Each create makes a new one.
pub static SEGMENT_AUDIENCE: Endpoint = Endpoint::post("/segment/audience/", SEGMENT_RATE, false);
/// Adds members to audiences or deletes them (tiktok-api.md 5.1).
pub static SEGMENT_MAPPING: Endpoint = Endpoint::post("/segment/mapping/", SEGMENT_RATE, true);
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

/// Whose token it is (tiktok-api.md 2.1); the cheapest question that proves a token, in the sandbox too.
pub static USER_INFO: Endpoint = Endpoint::get("/user/info/");
/// The accounts of a Business Center with the user's role on each (tiktok-api.md 3.5).
pub static BC_ASSETS: Endpoint = Endpoint::get("/bc/asset/get/");
/// Exchanges an authorization code; good once (tiktok-api.md 2.1).
pub static ACCESS_TOKEN: Endpoint = Endpoint::post("/oauth2/access_token/", None, false);
/// The same for a token of a TikTok account (tiktok-api.md 2.2).
pub static USER_ACCESS_TOKEN: Endpoint = Endpoint::post("/tt_user/oauth2/token/", None, false);
/// Renews a token (tiktok-api.md 2.3). When the answer is lost, asking again is the only hope there is.
pub static REFRESH_TOKEN: Endpoint = Endpoint::post("/oauth2/refresh_token/", None, true);
/// The same for a token of a TikTok account (tiktok-api.md 2.2).
pub static USER_REFRESH_TOKEN: Endpoint = Endpoint::post("/tt_user/oauth2/refresh_token/", None, true);
/// Ends a token (tiktok-api.md 2.1).
pub static REVOKE_TOKEN: Endpoint = Endpoint::post("/oauth2/revoke_token/", None, true);
/// The same for a token of a TikTok account (tiktok-api.md 2.2).
pub static USER_REVOKE: Endpoint = Endpoint::post("/tt_user/oauth2/revoke/", None, true);
