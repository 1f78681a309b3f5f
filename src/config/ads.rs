//! What may be done to campaigns, ad groups, ads and split tests, and within which bounds.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Guards of what spends money.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AdsOptions {
    /// What may be done to which object, as in {"campaign": ["pause", "update"]}: create, update, pause, resume, delete,
    /// end, promote, broaden. Nothing is allowed that is not named.
    #[schemars(title = "Allowed Actions", with = "BTreeMap<String, Vec<String>>", extend("order" = 0, "default" = {}))]
    pub allow: BTreeMap<String, Vec<Action>>,
    /// The highest daily budget of one object, in the account's currency.
    #[schemars(title = "Highest Daily Budget", with = "f64", range(min = 0, max = 1_000_000_000_000.0), extend("order" = 1))]
    pub max_daily_budget: Option<Amount>,
    /// The highest lifetime budget of one object, in the account's currency.
    #[schemars(title = "Highest Lifetime Budget", with = "f64", range(min = 0, max = 1_000_000_000_000.0), extend("order" = 2))]
    pub max_lifetime_budget: Option<Amount>,
    /// What the daily budgets of all that is enabled in one account may come to.
    #[schemars(title = "Highest Total of Daily Budgets", with = "f64", range(min = 0, max = 1_000_000_000_000.0), extend("order" = 3))]
    pub max_total_daily_budget: Option<Amount>,
    /// The highest bid, in the account's currency.
    #[schemars(title = "Highest Bid", with = "f64", range(min = 0, max = 1_000_000_000_000.0), extend("order" = 4))]
    pub max_bid: Option<Amount>,
    /// The currency of these amounts. It must be the account's.
    #[schemars(title = "Currency", with = "String", extend("order" = 5, "examples" = ["USD"]))]
    pub currency: Option<String>,
    /// How many per cent one change may raise a budget by.
    #[schemars(title = "Highest Raise in Per Cent", with = "f64", range(min = 0, max = 100_000), extend("order" = 6, "default" = 50))]
    pub max_raise_percent: Amount,
    /// How many per cent one change may cut a budget by.
    #[schemars(title = "Highest Cut in Per Cent", with = "f64", range(min = 0, max = 100), extend("order" = 7, "default" = 80))]
    pub max_cut_percent: Amount,
    /// The fence: nothing outside of it is written.
    #[schemars(title = "Scope", extend("order" = 8))]
    pub scope: Scope,
    /// The digest that a dry run printed. The run writes only if its plan is the same.
    #[schemars(title = "Plan to Apply", with = "String", extend("order" = 9))]
    pub apply_plan: Option<String>,
    /// Objects that one run may write.
    #[schemars(title = "Most Changes", range(min = 1), extend("order" = 10, "default" = 100))]
    pub max_changes: u64,
    /// Create everything paused, whatever its row says.
    #[schemars(title = "Start Paused", extend("order" = 11, "default" = true))]
    pub start_paused: bool,
}

/// Which accounts and campaigns may be written to.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Scope {
    /// Only these accounts. Left out: all that the token may write to.
    #[schemars(title = "Advertiser IDs", extend("order" = 0))]
    pub advertiser_ids: Vec<String>,
    /// Only these campaigns and what is in them; then no campaign is created. Left out: all.
    #[schemars(title = "Campaign IDs", extend("order" = 1))]
    pub campaign_ids: Vec<String>,
    /// Only campaigns whose name begins so, and what is in them.
    #[schemars(title = "Name Prefix", with = "String", extend("order" = 2))]
    pub name_prefix: Option<String>,
}

impl Default for AdsOptions {
    fn default() -> Self {
        Self {
            allow: BTreeMap::new(),
            max_daily_budget: None,
            max_lifetime_budget: None,
            max_total_daily_budget: None,
            max_bid: None,
            currency: None,
            max_raise_percent: Amount(Decimal::from(50)),
            max_cut_percent: Amount(Decimal::from(80)),
            scope: Scope::default(),
            apply_plan: None,
            max_changes: 100,
            start_paused: true,
        }
    }
}

impl AdsOptions {
    #[must_use]
    pub(crate) fn allows(&self, object: &str, action: Action) -> bool {
        self.allow.get(object).is_some_and(|actions| actions.contains(&action))
    }
}

/// What can be done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Create,
    Update,
    Pause,
    Resume,
    Delete,
    End,
    Promote,
    /// Takes the last included audience from an ad group, which reaches everybody then.
    Broaden,
}

impl Action {
    pub(crate) const ALL: [Self; 8] =
        [Self::Create, Self::Update, Self::Pause, Self::Resume, Self::Delete, Self::End, Self::Promote, Self::Broaden];

    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Delete => "delete",
            Self::End => "end",
            Self::Promote => "promote",
            Self::Broaden => "broaden",
        }
    }
}

/// An amount as it was written, without the rounding of binary fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount(pub Decimal);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = serde_json::Number::deserialize(from)?.to_string();
        let amount = Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text));
        amount.map(Self).map_err(serde::de::Error::custom)
    }
}
