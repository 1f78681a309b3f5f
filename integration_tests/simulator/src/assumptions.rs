//! What no source confirms (`[?]` in the reference), one switch each.
//!
//! A test that depends on one of these depends on a guess.

/// [?] The body of an unknown path; only "plain text, HTTP 404" is certain.
pub(crate) const NOT_FOUND_BODY: &str = "404 page not found";

/// [?] A known path with the wrong method: the sources say only "HTTP 4xx".
pub(crate) const WRONG_METHOD_STATUS: u16 = 405;

/// [?] The code of a conflict between data level, dimensions and metrics (the text is documented).
pub(crate) const CONFLICT_CODE: i64 = 40002;

/// [?] The code of an advertiser that does not exist; 40300 is the other candidate.
pub(crate) const NO_SUCH_ADVERTISER_CODE: i64 = 40002;

/// [?] The code of a wrong `secret` at `/oauth2/advertiser/get/` (documented: "mismatch").
pub(crate) const WRONG_SECRET_CODE: i64 = 40101;

/// [?] More metrics than this are refused, unless [`crate::Options`] says otherwise; the source
/// calls it advice.
pub(crate) const MAX_METRICS: usize = 100;

/// Days a report without a time may cover, unless [`crate::Options`] says otherwise (`tiktok-api.md` 4.1).
pub(crate) const LONGEST_RANGE: i64 = 365;

/// [?] A metric that is not on the official list of a dimension is a conflict.
pub(crate) const METRICS_FOLLOW_DIMENSIONS: bool = true;

/// [?] `country_code` with `stat_time_hour`: one client asks for it, another says it is refused.
pub(crate) const COUNTRY_BY_HOUR: bool = true;

/// [?] An AUDIENCE report without any audience dimension is a conflict.
pub(crate) const AUDIENCE_NEEDS_BREAKDOWN: bool = true;

/// [?] Reach & frequency and TopView spend is part of `service_type=AUCTION` reports
/// ("auction or auction + reservation").
pub(crate) const RESERVATION_IN_REPORTS: bool = true;

/// [?] Name filters match a part of the name, without regard to case.
pub(crate) const NAME_FILTER_IS_CONTAINS: bool = true;

/// [?] `operation_status` of a deleted object.
pub(crate) const DELETED_OPERATION_STATUS: &str = "DISABLE";

/// [?] Ids per `/advertiser/info/` call; no source states a maximum, clients send at most 100.
pub(crate) const MAX_ADVERTISERS_PER_INFO: usize = 100;

/// Calls a second to one path for one advertiser before 40133 (`tiktok-api.md` 1.6).
pub(crate) const ADVERTISER_PATH_QPS: u32 = 20;

/// Calls a second that a basic app may make (`tiktok-api.md` 1.6).
pub(crate) const BASIC_QPS: u32 = 10;

/// Calls a second to one path that a basic app may make, where they are fewer.
pub(crate) const ENDPOINT_QPS: &[(&str, u32)] = &[("/gmv_max/report/get/", 8)];

/// Ads of an account from which reports cover the newest only (`tiktok-api.md` 1.2).
pub(crate) const ADS_IN_REPORT: usize = 20_000;

/// Images or videos of an account that a search can reach (`sources.md` 3). [?] They are the last
/// changed, and `total_number` does not count the others.
pub(crate) const ASSET_CEILING: usize = 10_000;

/// [?] Ad groups that `/adgroup/review_info/` can be asked about at once.
pub(crate) const ADGROUPS_PER_REVIEW: usize = 100;

/// [?] The code of an endpoint whose permission the user did not grant; 40130 is the other candidate.
pub(crate) const MISSING_SCOPE_CODE: i64 = 40001;

/// [?] `/dmp/custom_audience/list/` answers with the keys of its page only; the types of two
/// clients have those of `/get/` too.
pub(crate) const AUDIENCE_LIST_HAS_ALL_KEYS: bool = false;

/// [?] Asked for by id, audiences that the account does not have are left out, not refused.
pub(crate) const UNKNOWN_AUDIENCES_LEFT_OUT: bool = true;

/// [?] What an audience says while it is too small to be used.
pub(crate) const TOO_SMALL_MSG: &str = "The audience size is too small.";

/// Entries of `audience_history` that can be asked for (`tiktok-api.md` 3.7).
pub(crate) const HISTORY_KEPT: usize = 100;

/// [?] Whether the streaming API may change an audience that has expired.
pub(crate) const EXPIRED_IS_EDITABLE: bool = false;

/// [?] Whether `/segment/*` works for an account with `STATUS_LIMIT` or `STATUS_DISABLE`; if not,
/// it gets 40001. One in review may.
pub(crate) const CLOSED_MAY_WRITE: bool = false;

/// Characters of an audience name; a longer one is cut to [`NAME_CUT`] and `...`
/// (`tiktok-api.md` 5.1). [?] Characters are Unicode scalar values.
pub(crate) const NAME_MAX: usize = 70;
pub(crate) const NAME_CUT: usize = 67;

/// [?] Rows a mapping call may have, unless [`crate::Options`] says otherwise. Clients send at most 1,000.
pub(crate) const MAPPING_ROWS: usize = 10_000;

/// [?] Bytes a body of `/segment/*` may have, unless [`crate::Options`] says otherwise.
pub(crate) const SEGMENT_BODY: usize = 16 << 20;

/// [?] A row of nothing but `{}` is refused.
pub(crate) const EMPTY_ROW_IS_REFUSED: bool = true;

/// [?] A body of `/segment/*` that does not say `application/json` is refused.
pub(crate) const JSON_IS_REQUIRED: bool = true;

/// Rows of accepted mappings that the world can show; of later ones it keeps the counts.
pub(crate) const ROWS_REMEMBERED: usize = 100_000;
