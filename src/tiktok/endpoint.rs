//! The paths that are called, each once.

/// One path of TikTok's API below `/open_api/v1.3` with what the client must know of it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// With leading and trailing slash; TikTok answers 404 without the latter (tiktok-api.md 1.1).
    pub path: &'static str,
    pub method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
}

impl Endpoint {
    const fn get(path: &'static str) -> Self {
        Self { path, method: Method::Get }
    }
}

/// The advertisers a token sees; no paging (tiktok-api.md 2.1).
pub static ADVERTISER_LIST: Endpoint = Endpoint::get("/oauth2/advertiser/get/");
/// Name, zone, currency, status of up to 100 advertisers (tiktok-api.md 3.5).
pub static ADVERTISER_INFO: Endpoint = Endpoint::get("/advertiser/info/");
pub static CAMPAIGNS: Endpoint = Endpoint::get("/campaign/get/");
pub static AD_GROUPS: Endpoint = Endpoint::get("/adgroup/get/");
pub static ADS: Endpoint = Endpoint::get("/ad/get/");
/// Synchronous reports (tiktok-api.md 4.1).
pub static REPORT: Endpoint = Endpoint::get("/report/integrated/get/");
