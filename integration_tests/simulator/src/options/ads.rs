//! How strict TikTok is about what is managed, and what it makes of it.

use crate::assumptions::{
    CLOSED_ACCOUNT_CODE, DELETED_NAMES_ARE_TAKEN, LEAST_ADGROUP_BUDGET, LEAST_CAMPAIGN_BUDGET, NAME_TAKEN_CODE,
    OBJECTS_OF_A_LEVEL, SPLIT_TEST_HOURS, TWIN_CODE, TWIN_SECONDS,
};
use crate::world::CampaignTests;
use chrono::TimeDelta;
use serde_json::Value;

/// [?] Among which objects a name of a campaign or an ad group must be the only one, unless the call has a `request_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UniqueNames {
    #[default]
    Account,
    /// Ad groups of one campaign; campaigns of the account.
    Parent,
    /// Nobody looks.
    Nowhere,
}

/// [?] What becomes of a field that an update cannot change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Immutable {
    /// It is a field that the call does not know.
    #[default]
    Ignored,
    /// 40002, unless it is what the object has already.
    Refused,
}

/// What TikTok stores in place of what was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// Of the call, as `/adgroup/create/`; `None`: any.
    pub path: Option<&'static str>,
    pub field: &'static str,
    pub value: Value,
}

/// How long lists do not show what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexLag {
    /// Lists (first pages) of the account and level that do not have it yet.
    pub lists: u32,
    /// By the simulated clock.
    pub time: TimeDelta,
}

impl IndexLag {
    /// What was made is in the next list.
    pub const NONE: IndexLag = IndexLag { lists: 0, time: TimeDelta::zero() };
}

/// The part of [`crate::Options`] that is about campaigns, ad groups, ads and split tests that are written.
#[derive(Clone, Debug)]
pub struct AdsOptions {
    /// [?] The least a campaign's own budget may be, in the account's currency.
    pub least_campaign_budget: f64,
    /// [?] The same of an ad group's.
    pub least_adgroup_budget: f64,
    pub unique_names: UniqueNames,
    /// [?] Whether the names of deleted objects are taken, too.
    pub deleted_names_are_taken: bool,
    /// [?] The code of a taken name.
    pub name_taken_code: i64,
    /// [?] The code of a `request_id` that is repeated within [`AdsOptions::twin_window`].
    pub twin_code: i64,
    /// How long a `request_id` makes twins of the same call; zero: never.
    pub twin_window: TimeDelta,
    /// [?] Whether ad groups know `request_id`, too.
    pub adgroups_have_request_id: bool,
    pub immutable: Immutable,
    /// [?] Whether an update that changes nothing gets 40012.
    pub no_update: bool,
    /// [?] The code of a write to an account that is not STATUS_ENABLE.
    pub closed_account_code: i64,
    /// [?] Whether ad groups of a campaign that has the budget may have one, which is then ignored.
    pub adgroup_budgets_are_ignored: bool,
    /// Whether videos and images of ads must be in the account's library.
    pub media_must_exist: bool,
    /// [?] Whether new ads are in review, and new ad groups without an ad say so.
    pub review: bool,
    /// Whether the answers of status updates have ids as numbers, as a sample has [DOC 1739320994354178].
    pub numeric_ids: bool,
    /// Objects whose names hold one of these look alive and refuse every change.
    pub frozen: Vec<&'static str>,
    /// Objects of a level that an account may have; the next one gets 40502.
    pub quota: usize,
    /// What the key metric of a split test will show; each test keeps its own.
    pub split_test_p_value: f64,
    /// How long after its end the results of a split test are there.
    pub split_test_results_after: TimeDelta,
    pub campaign_tests: CampaignTests,
    /// [?] Whether a promotion needs a p-value of 0.1 or less.
    pub promotion_needs_a_winner: bool,
    /// [?] Whether the last enabled material of a Smart+ ad may not be paused.
    pub an_ad_keeps_a_material: bool,
    pub rewrites: Vec<Rewrite>,
    pub index_lag: IndexLag,
}

impl Default for AdsOptions {
    fn default() -> Self {
        Self {
            least_campaign_budget: LEAST_CAMPAIGN_BUDGET,
            least_adgroup_budget: LEAST_ADGROUP_BUDGET,
            unique_names: UniqueNames::default(),
            deleted_names_are_taken: DELETED_NAMES_ARE_TAKEN,
            name_taken_code: NAME_TAKEN_CODE,
            twin_code: TWIN_CODE,
            twin_window: TimeDelta::seconds(TWIN_SECONDS),
            adgroups_have_request_id: true,
            immutable: Immutable::default(),
            no_update: false,
            closed_account_code: CLOSED_ACCOUNT_CODE,
            adgroup_budgets_are_ignored: false,
            media_must_exist: true,
            review: true,
            numeric_ids: false,
            frozen: Vec::new(),
            quota: OBJECTS_OF_A_LEVEL,
            split_test_p_value: 0.05,
            split_test_results_after: TimeDelta::hours(SPLIT_TEST_HOURS),
            campaign_tests: CampaignTests::default(),
            promotion_needs_a_winner: false,
            an_ad_keeps_a_material: false,
            rewrites: Vec::new(),
            index_lag: IndexLag::NONE,
        }
    }
}
