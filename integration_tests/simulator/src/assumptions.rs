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

/// [?] The code of a wrong `secret` where an app asks or renews, of a code that another app was
/// given, too (documented: "mismatch").
pub(crate) const WRONG_SECRET_CODE: i64 = 40101;

/// [?] The code of an endpoint whose permission the token lacks, unless [`crate::Options`] says
/// otherwise; 40130 is the other candidate.
pub(crate) const MISSING_SCOPE_CODE: i64 = 40001;

/// [?] The code of what the sandbox does not have, unless [`crate::Sandbox`] says otherwise; 40008
/// and 40014 are the other candidates.
pub(crate) const NOT_IN_SANDBOX_CODE: i64 = 40009;

/// [?] The code of an account that is not the sandbox's.
pub(crate) const NO_SANDBOX_ADVERTISER_CODE: i64 = 40013;

/// [?] The code of a Business Center that does not exist, as of any unknown asset; 40002 is the other
/// candidate.
pub(crate) const NO_SUCH_BUSINESS_CODE: i64 = 40001;

/// Minutes in which an `auth_code` can be exchanged [AE authentication].
pub(crate) const CODE_MINUTES: i64 = 60;

/// [?] `grant_type` may be left out at `/oauth2/refresh_token/`; no source has its table of fields.
pub(crate) const REFRESH_NEEDS_GRANT_TYPE: bool = false;

/// [?] Whoever cancels on the consent page is sent back with this `error`, without a code.
pub(crate) const CANCELLED: &str = "access_denied";

/// [?] The consent page works with `app_id`, `redirect_uri` and `state` only; if not, `state` may
/// be left out.
pub(crate) const CONSENT_NEEDS_STATE: bool = true;

/// [?] More metrics than this are refused, unless [`crate::Options`] says otherwise; the source
/// calls it advice.
pub(crate) const MAX_METRICS: usize = 100;

/// Days a report without a time may cover, unless [`crate::Options`] says otherwise (`docs/tiktok-api.md` 4.1).
pub(crate) const LONGEST_RANGE: i64 = 365;

/// [?] A metric that is not on the official list of a dimension is a conflict.
pub(crate) const METRICS_FOLLOW_DIMENSIONS: bool = true;

/// [?] The code of a report on accounts of several users; that they are refused is documented.
pub(crate) const SEVERAL_USERS_CODE: i64 = 40002;

/// [?] Money in reports on several accounts loses its decimals; it is not rounded.
pub(crate) const MONEY_IS_CUT: bool = true;

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

/// Calls a second to one path for one advertiser before 40133 (`docs/tiktok-api.md` 1.6).
pub(crate) const ADVERTISER_PATH_QPS: u32 = 20;

/// Calls a second that a basic app may make (`docs/tiktok-api.md` 1.6).
pub(crate) const BASIC_QPS: u32 = 10;

/// Calls a second to one path that a basic app may make, where they are fewer.
pub(crate) const ENDPOINT_QPS: &[(&str, u32)] = &[("/gmv_max/report/get/", 8)];

/// Ads of an account from which reports cover the newest only (`docs/tiktok-api.md` 1.2).
pub(crate) const ADS_IN_REPORT: usize = 20_000;

/// Images or videos of an account that a search can reach. [?] They are the last
/// changed, and `total_number` does not count the others.
pub(crate) const ASSET_CEILING: usize = 10_000;

/// [?] Ad groups that `/adgroup/review_info/` can be asked about at once.
pub(crate) const ADGROUPS_PER_REVIEW: usize = 100;

/// [?] `/dmp/custom_audience/list/` answers with the keys of its page only; the types of two
/// clients have those of `/get/` too.
pub(crate) const AUDIENCE_LIST_HAS_ALL_KEYS: bool = false;

/// [?] The `status` of a share that holds; no source lists the words.
pub(crate) const SHARED: &str = "SHARED";

/// [?] Sharing what is shared already, and taking back what is not, changes nothing and is no error.
pub(crate) const SHARES_ARE_REPEATABLE: bool = false;

/// [?] Asked for by id, audiences that the account does not have are left out, not refused.
pub(crate) const UNKNOWN_AUDIENCES_LEFT_OUT: bool = true;

/// [?] What an audience says while it is too small to be used.
pub(crate) const TOO_SMALL_MSG: &str = "The audience size is too small.";

/// Entries of `audience_history` that can be asked for (`docs/tiktok-api.md` 3.7).
pub(crate) const HISTORY_KEPT: usize = 100;

/// [?] Whether the streaming API may change an audience that has expired.
pub(crate) const EXPIRED_IS_EDITABLE: bool = false;

/// [?] Whether `/segment/*` works for an account with `STATUS_LIMIT` or `STATUS_DISABLE`; if not,
/// it gets 40001. One in review may.
pub(crate) const CLOSED_MAY_WRITE: bool = false;

/// Characters of an audience name; a longer one is cut to [`NAME_CUT`] and `...`
/// (`docs/tiktok-api.md` 5.1). [?] Characters are Unicode scalar values.
pub(crate) const NAME_MAX: usize = 70;
pub(crate) const NAME_CUT: usize = 67;

/// [?] Rows a mapping call may have, unless [`crate::Options`] says otherwise. Clients send at most 1,000.
pub(crate) const MAPPING_ROWS: usize = 10_000;

/// [?] Bytes a body of `/segment/*` may have, unless [`crate::Options`] says otherwise.
pub(crate) const SEGMENT_BODY: usize = 16 << 20;

/// [?] Bytes of a file of members, unless [`crate::Options`] says otherwise: TikTok's page says 250 MB, a peer 50 MB.
pub(crate) const MEMBER_FILE_BYTES: usize = 50_000_000;

/// [?] Hashes in a file of members are lower-case hex.
pub(crate) const MEMBER_HASHES_ARE_LOWER_CASE: bool = true;

/// What a change of an audience is told while TikTok works on it, or has it for too small [AE errors].
pub(crate) const FILE_NOT_EDITABLE: &str = "Audience is not editable, please check audience status";

/// [?] A row of nothing but `{}` is refused.
pub(crate) const EMPTY_ROW_IS_REFUSED: bool = true;

/// [?] A body of `/segment/*` that does not say `application/json` is refused.
pub(crate) const JSON_IS_REQUIRED: bool = true;

/// Rows of accepted mappings that the world can show; of later ones it keeps the counts.
pub(crate) const ROWS_REMEMBERED: usize = 100_000;

/// Calls a second to `/event/track/` (`docs/tiktok-api.md` 1.6), unless [`crate::EventOptions`] says otherwise.
pub(crate) const EVENT_QPS: u32 = 1_000;

/// Events a call may have [DOC 1771101303285761]; with more the whole call is refused.
pub(crate) const EVENTS_PER_CALL: usize = 1_000;

/// [?] Bytes a body of `/event/track/` may have, unless [`crate::EventOptions`] says otherwise.
pub(crate) const EVENT_BODY: usize = 16 << 20;

/// [?] Days after which a web or app event is too old, unless [`crate::EventOptions`] says otherwise. No page
/// states them: "real time" for web and app, 7 or 28 days for offline events.
pub(crate) const ONLINE_EVENT_DAYS: u32 = 7;
/// [?] The same of offline and CRM events.
pub(crate) const OFFLINE_EVENT_DAYS: u32 = 28;

/// [?] Seconds by which the sender's clock may be ahead.
pub(crate) const EVENT_CLOCK_SKEW: i64 = 60;

/// [?] `null` in an event is no value of any type.
pub(crate) const EVENT_NULL_IS_REFUSED: bool = true;

/// [?] CRM events have custom names only, says the page; the types of one client list the
/// standard names for CRM events too.
pub(crate) const CRM_IS_CUSTOM_ONLY: bool = true;

/// [?] The name of a custom event has at most 50 characters, letters, digits, `_` and `-`, and begins with a letter: the
/// help says so of names made in its forms.
pub(crate) const CUSTOM_NAMES_ARE_PLAIN: bool = true;

/// [?] An e-mail address in any text of an event is refused, as one that is not hashed is in `user`.
pub(crate) const CLEAR_ADDRESSES_ARE_REFUSED: bool = true;

/// [?] Names of the first Events API (CompletePayment, ClickButton, …) are still standard names.
pub(crate) const OLD_NAMES_ARE_STANDARD: bool = true;

/// [?] A private, loopback or otherwise local `user.ip` is refused ("public" says the page).
pub(crate) const IP_IS_PUBLIC: bool = true;

/// [?] Hashes are lower-case hex; another case is taken for a value that is not hashed.
pub(crate) const EVENT_HASHES_ARE_LOWER_CASE: bool = true;

/// [?] `app_id` of `/app/list/` works as `event_source_id`, too; only "TikTok App ID" is certain,
/// which is `tiktok_app_id` there.
pub(crate) const APP_ID_IS_A_SOURCE: bool = false;

/// [?] The text of 20001.
pub(crate) const PARTIAL_MESSAGE: &str = "Partially successful.";

/// [?] `/offline/get/` without `advertiser_id` is refused; the SDK calls it optional.
pub(crate) const OFFLINE_NEEDS_ADVERTISER: bool = true;

/// [?] The code for a pixel or an app that the account does not have.
pub(crate) const NOT_YOUR_SOURCE_CODE: i64 = 40001;

/// Events whose content the world can show, unless [`crate::EventOptions`] says otherwise.
pub(crate) const EVENTS_REMEMBERED: usize = 100_000;

/// [?] The least budget of a campaign and of an ad group, in the account's currency, unless [`crate::AdsOptions`] says
/// otherwise. TikTok's forms say 50 and 20 in dollars.
pub(crate) const LEAST_CAMPAIGN_BUDGET: f64 = 50.0;
/// [?] The same of an ad group.
pub(crate) const LEAST_ADGROUP_BUDGET: f64 = 20.0;

/// [?] The code of a taken name (`docs/tiktok-api.md` 7.1).
pub(crate) const NAME_TAKEN_CODE: i64 = 40002;

/// [?] Names of deleted objects are free again.
pub(crate) const DELETED_NAMES_ARE_TAKEN: bool = false;

/// [?] The code of a repeated `request_id` (`docs/tiktok-api.md` 7.1).
pub(crate) const TWIN_CODE: i64 = 40050;

/// Seconds in which a `request_id` counts once [DOC 1739318962329602, 1739499616346114].
pub(crate) const TWIN_SECONDS: i64 = 10;

/// [?] The code of a write to an account that is in review, suspended or in contract trouble; 40001 is the other
/// candidate.
pub(crate) const CLOSED_ACCOUNT_CODE: i64 = 40002;

/// [?] Objects of a level that an account may have before 40502.
pub(crate) const OBJECTS_OF_A_LEVEL: usize = 10_000;

/// [?] `budget_mode` of a campaign must be there, which its page calls conditional.
pub(crate) const CAMPAIGN_NEEDS_BUDGET_MODE: bool = true;

/// [?] An ad group must say `promotion_type` and where it runs, which its page calls conditional.
pub(crate) const ADGROUP_NEEDS_TARGET: bool = true;

/// [?] A schedule that has ended before the call is refused.
pub(crate) const ENDED_SCHEDULE_IS_REFUSED: bool = true;

/// [?] `dayparting` of zeros is stored as full time.
pub(crate) const EMPTY_DAYPARTING_IS_FULL: bool = true;

/// [?] An audience that is both included and excluded is refused.
pub(crate) const AUDIENCE_IN_BOTH_IS_REFUSED: bool = true;

/// [?] Objects of Upgraded Smart+ are written by their own calls only, and no others by those.
pub(crate) const SMART_PLUS_IS_APART: bool = true;

/// Minutes before midnight of the account in which `scheduled_budget` is closed [DOC 1739591133130817].
pub(crate) const BUDGETS_CLOSE_MINUTES: u32 = 5;

/// [?] `/adgroup/budget/update/` refuses the whole call for one wrong row.
pub(crate) const BUDGETS_ARE_ALL_OR_NONE: bool = true;

/// [?] Bytes of a piece of an upload (`docs/tiktok-api.md` 7.6), unless [`crate::FileOptions`] says otherwise.
pub(crate) const PIECE_BYTES: u64 = 10 << 20;

/// [?] A piece that came already is answered with the place where the upload goes on.
pub(crate) const REPEATED_PIECES_ARE_TAKEN: bool = true;

/// [?] A piece is as long as the offsets say.
pub(crate) const PIECES_ARE_WHOLE: bool = true;

/// [?] An ad whose video is still in work is refused with 40901.
pub(crate) const VIDEOS_IN_WORK_ARE_REFUSED: bool = true;

/// [?] Videos have names of their own, too, as images have (`docs/tiktok-api.md` 7.6).
pub(crate) const VIDEO_NAMES_ARE_UNIQUE: bool = true;

/// [?] What the simulator cannot know of a video without reading it whole: pixels and seconds.
pub(crate) const VIDEO_SIZE: (u64, u64) = (720, 1_280);
/// [?] The same.
pub(crate) const VIDEO_SECONDS: f64 = 10.0;

/// [?] Groups that a split test has (`docs/tiktok-api.md` 7.7).
pub(crate) const OBJECTS_OF_A_TEST: usize = 2;

/// Hours after the end of a split test until its results are there, unless [`crate::AdsOptions`] says otherwise.
pub(crate) const SPLIT_TEST_HOURS: i64 = 24;

/// [?] A promoted winner runs again.
pub(crate) const PROMOTION_RESUMES_THE_WINNER: bool = true;

/// [?] People that the source of a lookalike audience has (`docs/tiktok-api.md` 5.2).
pub(crate) const LOOKALIKE_SEED_MIN: u64 = 100;

/// [?] A lookalike audience may have the name of another audience: no page says that names are refused.
pub(crate) const LOOKALIKE_NAMES_ARE_UNIQUE: bool = false;

/// [?] Connecting what is connected, or disconnecting what is not, changes nothing (`docs/tiktok-api.md` 5.2).
pub(crate) const APPLYING_TWICE_IS_REFUSED: bool = false;
