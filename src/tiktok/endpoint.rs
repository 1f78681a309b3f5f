//! The table of the paths that the connector calls.

use std::num::NonZeroU32;

use super::permission::{self, Permission};

/// One path of TikTok's API below `/open_api/v1.3`, with what the client must know about it.
#[derive(Debug)]
pub struct Endpoint {
    /// With a leading and a trailing slash. Without the latter TikTok answers 404 (docs/tiktok-api.md 1.1).
    pub path: &'static str,
    pub method: Method,
    /// The path's own quota in requests per second, where the app's does not hold for it (docs/tiktok-api.md 1.6).
    pub own_rate: Option<NonZeroU32>,
    /// Whether the same request may be sent again after a lost response.
    pub idempotent: bool,
    /// The key in `data` that holds the rows (docs/tiktok-api.md 3.10). Empty: `data` itself is a row, or holds none.
    pub list: &'static str,
    pub paging: Paging,
    /// The most rows that TikTok lists, however many exist.
    pub rows_max: Option<u64>,
    /// The permission that the token needs. `None`: every token may call the path.
    pub permission: Option<&'static Permission>,
    pub sandbox: SandboxSupport,
}

/// Each path has one row, so the path identifies it.
impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Endpoint {}

/// Whether TikTok's sandbox serves a path (docs/tiktok-api.md 1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxSupport {
    /// TikTok's documentation lists it.
    Served,
    /// Airbyte's connector offers it in the sandbox, and TikTok's pages contradict each other.
    Claimed,
    Absent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    /// With a JSON body.
    Post,
}

/// How TikTok pages a list, with the largest page size that it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paging {
    /// In one response.
    Whole,
    /// In pages that `page_info` counts.
    Counted(u32),
    /// In pages whose `page_info` cannot be trusted: the first page that is not full is the last.
    UntilShort(u32),
}

impl Paging {
    /// The rows of a page.
    #[must_use]
    pub fn page_size(self) -> u32 {
        match self {
            Self::Whole => u32::MAX,
            Self::Counted(most) | Self::UntilShort(most) => most,
        }
    }
}

impl Endpoint {
    const fn get(
        path: &'static str,
        permission: Option<&'static Permission>,
        list: &'static str,
        paging: Paging,
    ) -> Self {
        Self {
            path,
            method: Method::Get,
            own_rate: None,
            idempotent: true,
            list,
            paging,
            rows_max: None,
            permission,
            sandbox: SandboxSupport::Absent,
        }
    }

    const fn report(path: &'static str, permission: &'static Permission, page: u32) -> Self {
        Self::get(path, Some(permission), "list", Paging::Counted(page))
    }

    const fn post(
        path: &'static str,
        permission: Option<&'static Permission>,
        own_rate: Option<NonZeroU32>,
        idempotent: bool,
    ) -> Self {
        Self { method: Method::Post, own_rate, idempotent, ..Self::get(path, permission, "", Paging::Whole) }
    }

    const fn capped(self, rows_max: u64) -> Self {
        Self { rows_max: Some(rows_max), ..self }
    }

    const fn in_sandbox(self) -> Self {
        Self { sandbox: SandboxSupport::Served, ..self }
    }

    const fn claimed_in_sandbox(self) -> Self {
        Self { sandbox: SandboxSupport::Claimed, ..self }
    }
}

/// The Streaming API's quota at the basic level.
const SEGMENT_RATE: Option<NonZeroU32> = NonZeroU32::new(10_000);

/// The Events API's quota (docs/tiktok-api.md 1.6).
const EVENT_RATE: Option<NonZeroU32> = NonZeroU32::new(1_000);

/// Creates or deletes a streaming audience (docs/tiktok-api.md 5.1). Each create makes a new one.
pub(crate) static SEGMENT_AUDIENCE: Endpoint =
    Endpoint::post("/segment/audience/", Some(&permission::WRITE_AUDIENCES), SEGMENT_RATE, false);
/// Adds members to audiences or deletes them (docs/tiktok-api.md 5.1).
pub(crate) static SEGMENT_MAPPING: Endpoint =
    Endpoint::post("/segment/mapping/", Some(&permission::WRITE_AUDIENCES), SEGMENT_RATE, true);
/// Sends conversion events. TikTok counts an event once, however often it is sent with the same `event_id`
/// (docs/tiktok-api.md 6.1).
pub(crate) static EVENT_TRACK: Endpoint =
    Endpoint::post("/event/track/", Some(&permission::WRITE_EVENTS), EVENT_RATE, true);

/// Campaigns, ad groups and ads, made and changed (docs/tiktok-api.md 7.2–7.5).
pub(crate) static CAMPAIGN_CREATE: Endpoint =
    Endpoint::post("/campaign/create/", Some(&permission::WRITE_CAMPAIGNS), None, false).in_sandbox();
pub(crate) static CAMPAIGN_UPDATE: Endpoint =
    Endpoint::post("/campaign/update/", Some(&permission::WRITE_CAMPAIGNS), None, true).in_sandbox();
pub(crate) static CAMPAIGN_STATUS: Endpoint =
    Endpoint::post("/campaign/status/update/", Some(&permission::WRITE_CAMPAIGNS), None, true).in_sandbox();
pub(crate) static SMART_PLUS_CAMPAIGN_CREATE: Endpoint =
    Endpoint::post("/smart_plus/campaign/create/", Some(&permission::WRITE_CAMPAIGNS), None, false);
pub(crate) static SMART_PLUS_CAMPAIGN_UPDATE: Endpoint =
    Endpoint::post("/smart_plus/campaign/update/", Some(&permission::WRITE_CAMPAIGNS), None, true);
pub(crate) static SMART_PLUS_CAMPAIGN_STATUS: Endpoint =
    Endpoint::post("/smart_plus/campaign/status/update/", Some(&permission::WRITE_CAMPAIGNS), None, true);
pub(crate) static AD_GROUP_CREATE: Endpoint =
    Endpoint::post("/adgroup/create/", Some(&permission::WRITE_AD_GROUPS), None, false).in_sandbox();
pub(crate) static AD_GROUP_UPDATE: Endpoint =
    Endpoint::post("/adgroup/update/", Some(&permission::WRITE_AD_GROUPS), None, true).in_sandbox();
pub(crate) static AD_GROUP_STATUS: Endpoint =
    Endpoint::post("/adgroup/status/update/", Some(&permission::WRITE_AD_GROUPS), None, true).in_sandbox();
pub(crate) static SMART_PLUS_AD_GROUP_CREATE: Endpoint =
    Endpoint::post("/smart_plus/adgroup/create/", Some(&permission::WRITE_AD_GROUPS), None, false);
pub(crate) static SMART_PLUS_AD_GROUP_UPDATE: Endpoint =
    Endpoint::post("/smart_plus/adgroup/update/", Some(&permission::WRITE_AD_GROUPS), None, true);
pub(crate) static SMART_PLUS_AD_GROUP_STATUS: Endpoint =
    Endpoint::post("/smart_plus/adgroup/status/update/", Some(&permission::WRITE_AD_GROUPS), None, true);
pub(crate) static AD_CREATE: Endpoint =
    Endpoint::post("/ad/create/", Some(&permission::WRITE_ADS), None, false).in_sandbox();
pub(crate) static AD_UPDATE: Endpoint =
    Endpoint::post("/ad/update/", Some(&permission::WRITE_ADS), None, true).in_sandbox();
pub(crate) static AD_STATUS: Endpoint =
    Endpoint::post("/ad/status/update/", Some(&permission::WRITE_ADS), None, true).in_sandbox();
pub(crate) static SMART_PLUS_AD_CREATE: Endpoint =
    Endpoint::post("/smart_plus/ad/create/", Some(&permission::WRITE_ADS), None, false);
pub(crate) static SMART_PLUS_AD_UPDATE: Endpoint =
    Endpoint::post("/smart_plus/ad/update/", Some(&permission::WRITE_ADS), None, true);
pub(crate) static SMART_PLUS_AD_STATUS: Endpoint =
    Endpoint::post("/smart_plus/ad/status/update/", Some(&permission::WRITE_ADS), None, true);
pub(crate) static SMART_PLUS_MATERIAL_STATUS: Endpoint =
    Endpoint::post("/smart_plus/ad/material_status/update/", Some(&permission::WRITE_ADS), None, true);
pub(crate) static AD_GROUP_BUDGETS: Endpoint =
    Endpoint::post("/adgroup/budget/update/", Some(&permission::WRITE_AD_GROUPS), None, true);

/// Split tests (docs/tiktok-api.md 7.7).
pub(crate) static SPLIT_TEST_RESULT: Endpoint =
    Endpoint::get("/split_test/result/get/", Some(&permission::SPLIT_TESTS), "", Paging::Whole);
pub(crate) static SPLIT_TEST_CREATE: Endpoint =
    Endpoint::post("/split_test/create/", Some(&permission::SPLIT_TESTS), None, false);
pub(crate) static SPLIT_TEST_UPDATE: Endpoint =
    Endpoint::post("/split_test/update/", Some(&permission::SPLIT_TESTS), None, true);
pub(crate) static SPLIT_TEST_END: Endpoint =
    Endpoint::post("/split_test/end/", Some(&permission::SPLIT_TESTS), None, true);
pub(crate) static SPLIT_TEST_PROMOTE: Endpoint =
    Endpoint::post("/split_test/promote/", Some(&permission::SPLIT_TESTS), None, false);

/// Files of members: an upload only makes a path, so it may be repeated (docs/tiktok-api.md 5.2).
pub(crate) static AUDIENCE_FILE_UPLOAD: Endpoint =
    Endpoint::post("/dmp/custom_audience/file/upload/", Some(&permission::WRITE_AUDIENCES), None, true);
/// Makes an audience of files; each create may make one more (docs/tiktok-api.md 5.2).
pub(crate) static AUDIENCE_FILE_CREATE: Endpoint =
    Endpoint::post("/dmp/custom_audience/create/", Some(&permission::WRITE_AUDIENCES), None, false);
/// Changes who is in an audience of files. A repeated one is refused while TikTok works on the first
/// (docs/tiktok-api.md 5.2), so whoever repeats it must know.
pub(crate) static AUDIENCE_FILE_UPDATE: Endpoint =
    Endpoint::post("/dmp/custom_audience/update/", Some(&permission::WRITE_AUDIENCES), None, false);

/// Lookalike audiences, made and refreshed (docs/tiktok-api.md 5.2). Each create may make one more.
pub(crate) static LOOKALIKE_CREATE: Endpoint =
    Endpoint::post("/dmp/custom_audience/lookalike/create/", Some(&permission::WRITE_AUDIENCES), None, false);
pub(crate) static LOOKALIKE_UPDATE: Endpoint =
    Endpoint::post("/dmp/custom_audience/lookalike/update/", Some(&permission::WRITE_AUDIENCES), None, true);

/// Audiences connected to ad groups, and what was (docs/tiktok-api.md 5.2). [?] Whether TikTok refuses what is done
/// already is not documented, so whoever loses an answer looks.
pub(crate) static AUDIENCE_APPLY: Endpoint =
    Endpoint::post("/dmp/custom_audience/apply/", Some(&permission::WRITE_AUDIENCES), None, false);
/// [?] The largest page is not documented; other lists of audiences take 100 rows.
pub(crate) static AUDIENCE_APPLY_LOG: Endpoint =
    Endpoint::get("/dmp/custom_audience/apply/log/", Some(&permission::READ_AUDIENCES), "list", Paging::Counted(100));

/// Audiences shared with other advertisers, and who has one (docs/tiktok-api.md 5.2). [?] Whether TikTok refuses what is
/// done already is not documented, so whoever loses an answer looks.
pub(crate) static AUDIENCE_SHARE: Endpoint =
    Endpoint::post("/dmp/custom_audience/share/", Some(&permission::SHARE_AUDIENCES), None, false);
pub(crate) static AUDIENCE_SHARE_CANCEL: Endpoint =
    Endpoint::post("/dmp/custom_audience/share/cancel/", Some(&permission::SHARE_AUDIENCES), None, false);
pub(crate) static AUDIENCE_SHARE_LOG: Endpoint =
    Endpoint::get("/dmp/custom_audience/share/log/", Some(&permission::SHARE_AUDIENCES), "list", Paging::Whole);

/// An advertiser's audiences (docs/tiktok-api.md 3.7).
pub(crate) static AUDIENCES: Endpoint =
    Endpoint::get("/dmp/custom_audience/list/", Some(&permission::READ_AUDIENCES), "list", Paging::Counted(100))
        .claimed_in_sandbox();
/// Details of up to 100 audiences (docs/tiktok-api.md 3.7).
pub(crate) static AUDIENCE_DETAILS: Endpoint =
    Endpoint::get("/dmp/custom_audience/get/", Some(&permission::READ_AUDIENCES), "list", Paging::Whole);
/// Saved targeting (docs/tiktok-api.md 3.7).
pub(crate) static SAVED_AUDIENCES: Endpoint = Endpoint::get(
    "/dmp/saved_audience/list/",
    Some(&permission::READ_AUDIENCES),
    "saved_audiences",
    Paging::Counted(100),
);

/// The advertisers a token sees (docs/tiktok-api.md 2.1).
pub(crate) static ADVERTISER_LIST: Endpoint = Endpoint::get("/oauth2/advertiser/get/", None, "list", Paging::Whole);
/// The app's subscriptions to call-backs, and how one begins and ends (docs/tiktok-api.md 8.1). The app's secret is
/// permission enough.
pub(crate) static SUBSCRIPTIONS: Endpoint =
    Endpoint::get("/subscription/get/", None, "subscriptions", Paging::Counted(1_000));
pub(crate) static SUBSCRIBE: Endpoint = Endpoint::post("/subscription/subscribe/", None, None, false);
pub(crate) static UNSUBSCRIBE: Endpoint = Endpoint::post("/subscription/unsubscribe/", None, None, true);
/// Name, time zone, currency and status of up to 100 advertisers (docs/tiktok-api.md 3.5).
pub(crate) static ADVERTISER_INFO: Endpoint =
    Endpoint::get("/advertiser/info/", Some(&permission::READ_ADVERTISERS), "list", Paging::Whole).claimed_in_sandbox();
/// The Business Centers a token sees (docs/tiktok-api.md 3.5).
pub(crate) static BUSINESS_CENTERS: Endpoint =
    Endpoint::get("/bc/get/", Some(&permission::READ_BUSINESS_CENTERS), "list", Paging::Counted(50));
/// A Business Center's assets of one kind (docs/tiktok-api.md 3.5).
pub(crate) static BC_ASSETS: Endpoint =
    Endpoint::get("/bc/asset/get/", Some(&permission::READ_BUSINESS_CENTER_ASSETS), "list", Paging::Counted(50));
/// The people of a Business Center (docs/tiktok-api.md 3.5).
pub(crate) static BC_MEMBERS: Endpoint =
    Endpoint::get("/bc/member/get/", Some(&permission::BUSINESS_CENTER_MEMBERS), "list", Paging::Counted(20));
/// Balances of a Business Center's advertisers (docs/tiktok-api.md 3.5).
pub(crate) static BALANCES: Endpoint = Endpoint::get(
    "/advertiser/balance/get/",
    Some(&permission::READ_BALANCES),
    "advertiser_account_list",
    Paging::Counted(50),
);

/// The places that ads may be aimed at (docs/tiktok-api.md 3.8). [?] The permission is that of ad groups.
pub(crate) static REGIONS: Endpoint =
    Endpoint::get("/search/region/", Some(&permission::READ_AD_GROUPS), "region_list", Paging::Whole);
/// The change log (docs/tiktok-api.md 3.8): a task, which changes nothing, so that one more does no harm, and its file.
/// `logs` is what the rows of the table in the answer are called once it is read.
pub(crate) static CHANGE_LOG_CREATE: Endpoint =
    Endpoint::post("/changelog/task/create/", Some(&permission::READ_CHANGE_LOG), None, true);
pub(crate) static CHANGE_LOG_CHECK: Endpoint =
    Endpoint::get("/changelog/task/check/", Some(&permission::READ_CHANGE_LOG), "", Paging::Whole);
pub(crate) static CHANGE_LOG: Endpoint =
    Endpoint::get("/changelog/task/download/", Some(&permission::READ_CHANGE_LOG), "logs", Paging::Whole);
/// An app's campaigns (docs/tiktok-api.md 7.2).
pub(crate) static CAMPAIGN_QUOTA: Endpoint =
    Endpoint::get("/campaign/quota/info/", Some(&permission::READ_CAMPAIGNS), "", Paging::Whole);
/// Ads beside others, and videos second by second (docs/tiktok-api.md 4.7). [?] The largest page of benchmarks is 100.
pub(crate) static AD_BENCHMARKS: Endpoint =
    Endpoint::report("/report/ad_benchmark/get/", &permission::READ_CREATIVE_REPORTS, 100);
pub(crate) static VIDEO_PERFORMANCE: Endpoint =
    Endpoint::report("/report/video_performance/get/", &permission::READ_CREATIVE_REPORTS, 500);
pub(crate) static CAMPAIGNS: Endpoint =
    Endpoint::get("/campaign/get/", Some(&permission::READ_CAMPAIGNS), "list", Paging::Counted(1000)).in_sandbox();
pub(crate) static AD_GROUPS: Endpoint =
    Endpoint::get("/adgroup/get/", Some(&permission::READ_AD_GROUPS), "list", Paging::Counted(1000)).in_sandbox();
pub(crate) static ADS: Endpoint =
    Endpoint::get("/ad/get/", Some(&permission::READ_ADS), "list", Paging::Counted(1000)).in_sandbox();
/// Upgraded Smart+ (docs/tiktok-api.md 3.4).
pub(crate) static SMART_PLUS_CAMPAIGNS: Endpoint =
    Endpoint::get("/smart_plus/campaign/get/", Some(&permission::READ_CAMPAIGNS), "list", Paging::Counted(1000));
pub(crate) static SMART_PLUS_AD_GROUPS: Endpoint =
    Endpoint::get("/smart_plus/adgroup/get/", Some(&permission::READ_AD_GROUPS), "list", Paging::Counted(1000));
/// The sources contradict each other; 100 is the safe page size (docs/tiktok-api.md 3.4).
pub(crate) static SMART_PLUS_ADS: Endpoint =
    Endpoint::get("/smart_plus/ad/get/", Some(&permission::READ_ADS), "list", Paging::Counted(100));
/// What the materials of Smart+ ads did (docs/tiktok-api.md 4.7).
pub(crate) static SMART_PLUS_MATERIALS: Endpoint =
    Endpoint::report("/smart_plus/material_report/overview/", &permission::READ_REPORTS, 100);
pub(crate) static SMART_PLUS_MATERIALS_BY_TIME: Endpoint =
    Endpoint::report("/smart_plus/material_report/breakdown/", &permission::READ_REPORTS, 100);
/// Review results of up to 100 materials of Smart+ ads (docs/tiktok-api.md 4.7).
pub(crate) static SMART_PLUS_MATERIAL_REVIEWS: Endpoint = Endpoint::get(
    "/smart_plus/material/review_info/",
    Some(&permission::READ_ADS),
    "material_review_infos",
    Paging::Whole,
);
/// Review results of an ad group's ads (docs/tiktok-api.md 7.3).
pub(crate) static REVIEW_INFO: Endpoint =
    Endpoint::get("/adgroup/review_info/", Some(&permission::READ_AD_GROUPS), "ad_review_map", Paging::Whole);

/// Files (docs/tiktok-api.md 3.6). The sources contradict each other; 100 is the safe page size.
pub(crate) static IMAGES: Endpoint =
    Endpoint::get("/file/image/ad/search/", Some(&permission::READ_IMAGES), "list", Paging::Counted(100))
        .claimed_in_sandbox()
        .capped(10_000);
pub(crate) static VIDEOS: Endpoint =
    Endpoint::get("/file/video/ad/search/", Some(&permission::READ_VIDEOS), "list", Paging::Counted(100))
        .claimed_in_sandbox()
        .capped(10_000);
/// Uploads (docs/tiktok-api.md 7.6).
pub(crate) static IMAGE_UPLOAD: Endpoint =
    Endpoint::post("/file/image/ad/upload/", Some(&permission::WRITE_IMAGES), None, false).in_sandbox();
pub(crate) static VIDEO_UPLOAD: Endpoint =
    Endpoint::post("/file/video/ad/upload/", Some(&permission::WRITE_VIDEOS), None, false).in_sandbox();
pub(crate) static FILE_NAME_CHECK: Endpoint =
    Endpoint::get("/file/name/check/", Some(&permission::CHECK_FILE_NAMES), "", Paging::Whole);
pub(crate) static FILE_START: Endpoint =
    Endpoint::post("/file/start/upload/", Some(&permission::WRITE_VIDEOS), None, true);
pub(crate) static FILE_TRANSFER: Endpoint =
    Endpoint::post("/file/transfer/upload/", Some(&permission::WRITE_VIDEOS), None, false);
pub(crate) static FILE_FINISH: Endpoint =
    Endpoint::post("/file/finish/upload/", Some(&permission::WRITE_VIDEOS), None, false);
pub(crate) static MUSIC: Endpoint =
    Endpoint::get("/file/music/get/", Some(&permission::READ_MUSIC), "musics", Paging::Counted(1000))
        .claimed_in_sandbox();
pub(crate) static PORTFOLIOS: Endpoint = Endpoint::get(
    "/creative/portfolio/list/",
    Some(&permission::CREATIVE_TOOLS),
    "creative_portfolios",
    Paging::Counted(100),
)
.claimed_in_sandbox();
/// Posts that may be advertised.
pub(crate) static SPARK_ADS: Endpoint =
    Endpoint::get("/tt_video/list/", Some(&permission::READ_POSTS), "list", Paging::Counted(50));

/// Pixels and their statistics (docs/tiktok-api.md 3.8).
pub(crate) static PIXELS: Endpoint =
    Endpoint::get("/pixel/list/", Some(&permission::READ_PIXELS), "pixels", Paging::Counted(20));
pub(crate) static PIXEL_STATISTICS: Endpoint =
    Endpoint::get("/pixel/event/stats/", Some(&permission::READ_PIXEL_STATISTICS), "list", Paging::Whole);
/// Events that instant pages can optimize for.
pub(crate) static INSTANT_PAGE_EVENTS: Endpoint =
    Endpoint::get("/pixel/instant_page/event/", Some(&permission::INSTANT_PAGES), "list", Paging::Whole);
pub(crate) static APPS: Endpoint = Endpoint::get("/app/list/", Some(&permission::READ_APPS), "apps", Paging::Whole);
pub(crate) static OFFLINE_EVENT_SETS: Endpoint =
    Endpoint::get("/offline/get/", Some(&permission::READ_OFFLINE_EVENT_SETS), "event_set_list", Paging::Whole);
pub(crate) static CRM_EVENT_SETS: Endpoint =
    Endpoint::get("/crm/list/", Some(&permission::READ_CRM_EVENT_SETS), "crm_event_sets", Paging::Whole);
pub(crate) static COMMENTS: Endpoint =
    Endpoint::get("/comment/list/", Some(&permission::READ_COMMENTS), "comments", Paging::Counted(100));
/// Without `identity_type` its `page_info` is wrong (docs/tiktok-api.md 3.8).
pub(crate) static IDENTITIES: Endpoint =
    Endpoint::get("/identity/get/", Some(&permission::READ_IDENTITIES), "identity_list", Paging::UntilShort(100))
        .in_sandbox();

/// GMV Max (docs/tiktok-api.md 3.9, 4.7). [?] Its permissions are not documented; these are of campaigns and reports.
pub(crate) static GMV_MAX_CAMPAIGNS: Endpoint =
    Endpoint::get("/gmv_max/campaign/get/", Some(&permission::READ_CAMPAIGNS), "list", Paging::Counted(100));
pub(crate) static GMV_MAX_STORES: Endpoint =
    Endpoint::get("/gmv_max/store/list/", Some(&permission::READ_STORES), "store_list", Paging::Whole);
pub(crate) static GMV_MAX_REPORT: Endpoint =
    Endpoint::get("/gmv_max/report/get/", Some(&permission::READ_REPORTS), "list", Paging::Counted(1000));

/// Synchronous reports (docs/tiktok-api.md 4.1).
pub(crate) static REPORT: Endpoint =
    Endpoint::get("/report/integrated/get/", Some(&permission::READ_REPORTS), "list", Paging::Counted(1000))
        .in_sandbox();

/// The token's user (docs/tiktok-api.md 2.1): the cheapest request that proves a token, in the sandbox too.
pub(crate) static USER_INFO: Endpoint = Endpoint::get("/user/info/", None, "", Paging::Whole).in_sandbox();
/// Exchanges an authorization code, which is valid once (docs/tiktok-api.md 2.1).
pub(crate) static ACCESS_TOKEN: Endpoint = Endpoint::post("/oauth2/access_token/", None, None, false);
/// The same for a token of a TikTok account (docs/tiktok-api.md 2.2).
pub(crate) static USER_ACCESS_TOKEN: Endpoint = Endpoint::post("/tt_user/oauth2/token/", None, None, false);
/// Renews a token (docs/tiktok-api.md 2.3). After a lost response, only another request can help.
pub(crate) static REFRESH_TOKEN: Endpoint = Endpoint::post("/oauth2/refresh_token/", None, None, true);
/// The same for a token of a TikTok account (docs/tiktok-api.md 2.2).
pub(crate) static USER_REFRESH_TOKEN: Endpoint = Endpoint::post("/tt_user/oauth2/refresh_token/", None, None, true);
/// Revokes a token (docs/tiktok-api.md 2.1).
pub(crate) static REVOKE_TOKEN: Endpoint = Endpoint::post("/oauth2/revoke_token/", None, None, true);
/// The same for a token of a TikTok account (docs/tiktok-api.md 2.2).
pub(crate) static USER_REVOKE: Endpoint = Endpoint::post("/tt_user/oauth2/revoke/", None, None, true);
