//! Developer apps and the tokens users gave them.

use super::account::Account;
use super::businesses::{self, Business};
use super::scopes;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// A developer app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App {
    pub id: &'static str,
    pub secret: &'static str,
}

/// The app of all tokens but [`TOKEN_OTHER_APP`].
pub const SANDBOX_APP: App = App { id: "7412398650123456789", secret: "3f9a1c77e05b4d2896ab0cd1e2f34567890abcde" };

/// A second app, to which [`TOKEN_OTHER_APP`] belongs.
pub const OTHER_APP: App = App { id: "7399000111222333444", secret: "b8e1d2c3a4f5968778695a4b3c2d1e0f00112233" };

/// Works, for every account but the forbidden one.
pub const TOKEN_GOOD: &str = "6f1d0b3a9c5e47829d3b6a1f0c8e2d7450b9a3c6";
/// Lists the forbidden account too, but every data call on it gets 40001.
pub const TOKEN_WITH_FORBIDDEN: &str = "a27c9e5d81f3460b95e2d7c4b6a80f1339d4e8c1";
/// Reaches the agency's accounts (`Pending`, `Suspended`, `Disabled`, `Foreign`) and the first of
/// the others.
pub const TOKEN_AGENCY: &str = "7b2e9d4c1f6a8035d9e7c3b1a5f80246e4d2c0b8";
/// Gets 40102.
pub const TOKEN_EXPIRED: &str = "0e4b7d2f6a9c43518b7e1d0f3c5a6984d2b7f0a5";
/// Gets 40105.
pub const TOKEN_REVOKED: &str = "c95a3e7b1d0f4826a8c4e6b2d9f71035e8a6c4b0";
/// Works, but belongs to [`OTHER_APP`].
pub const TOKEN_OTHER_APP: &str = "51d8c0a6e2b94f7388f1a5d3c7e9b206417fd0e2";

/// Works for the same accounts as [`TOKEN_GOOD`], but its user granted nothing except accounts,
/// campaigns, ad groups, ads and their reports: everything else gets 40001.
pub const TOKEN_NARROW: &str = "e9a4c7d2b6f03851c4e7a9d1f5b83062749d0c6a";

/// Works like [`TOKEN_GOOD`], but was given no permission for pixels, apps, event sets and events.
pub const TOKEN_WITHOUT_EVENTS: &str = "e3a7c1f59b2d48608f4c6a0e7d1b93528ac5d4f0";

/// Buys a token like [`TOKEN_GOOD`] at `/tt_user/oauth2/refresh_token/`.
pub const USER_REFRESH_TOKEN: &str = "d40b9e6a72c15f8830e7b4d1a9c6f25384eb0d71";

/// Whether a token still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    Good,
    Expired,
    Revoked,
}

/// What a user may do in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    #[default]
    Admin,
    Operator,
    /// Reads only.
    Analyst,
}

impl Role {
    /// TikTok's name (`advertiser_role`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "ADMIN",
            Role::Operator => "OPERATOR",
            Role::Analyst => "ANALYST",
        }
    }

    /// "You must be an admin or operator of this advertiser account" [RUD][AE].
    pub(crate) fn may_write(self) -> bool {
        self != Role::Analyst
    }
}

/// An access token.
#[derive(Clone, Debug)]
pub struct Token {
    pub value: String,
    pub app: App,
    pub state: TokenState,
    /// When it gets 40102; `None`: never.
    pub expires: Option<DateTime<Utc>>,
    /// How many calls it is still good for, then it gets 40102; `None`: any number.
    pub calls_left: Option<u32>,
    /// The accounts `/oauth2/advertiser/get/` shows.
    pub lists: Vec<u64>,
    /// The accounts whose data it may read and write.
    pub reaches: Vec<u64>,
    /// The ids of the permissions it was given.
    pub scopes: Vec<u64>,
    /// The Business Centers it may read.
    pub businesses: Vec<u64>,
    /// What its user may do in an account; an admin where nothing is said.
    pub roles: BTreeMap<u64, Role>,
    /// Whether it was given by an answer, not there from the beginning.
    pub issued: bool,
}

impl Token {
    /// What its user may do in an account.
    #[must_use]
    pub fn role(&self, advertiser: u64) -> Role {
        self.roles.get(&advertiser).copied().unwrap_or_default()
    }

    /// Whether it works at a moment.
    #[must_use]
    pub fn state_at(&self, moment: DateTime<Utc>) -> TokenState {
        let over = self.expires.is_some_and(|end| end <= moment);
        if over && self.state == TokenState::Good { TokenState::Expired } else { self.state }
    }

    /// The accounts in which it may change something.
    pub(crate) fn writes_to(&self) -> Vec<u64> {
        self.reaches.iter().copied().filter(|id| self.role(*id).may_write()).collect()
    }

    /// Counts a call; `false` if it was one too many.
    pub(crate) fn spend(&mut self) -> bool {
        let left = self.calls_left.map(|left| left.checked_sub(1));
        if let Some(Some(left)) = left {
            self.calls_left = Some(left);
        }
        left != Some(None)
    }
}

pub(super) fn apps() -> Vec<App> {
    vec![SANDBOX_APP, OTHER_APP]
}

pub(super) fn tokens(accounts: &[Account], businesses: &[Business]) -> Vec<Token> {
    let ids = |keep: fn(&Account) -> bool| -> Vec<u64> {
        accounts.iter().filter(|account| keep(account)).map(|account| account.id).collect()
    };
    let open = ids(|account| !account.forbidden && !account.agency);
    let all = ids(|account| !account.agency);
    let mut agency = ids(|account| account.agency);
    agency.extend(open.first());
    let token = |value: &str, app, state, lists: &[u64]| Token {
        value: value.to_owned(),
        app,
        state,
        lists: lists.to_vec(),
        reaches: open.clone(),
        scopes: scopes::ALL.to_vec(),
        businesses: businesses::reached(businesses, accounts, lists),
        expires: None,
        calls_left: None,
        roles: BTreeMap::new(),
        issued: false,
    };
    vec![
        token(TOKEN_GOOD, SANDBOX_APP, TokenState::Good, &open),
        token(TOKEN_WITH_FORBIDDEN, SANDBOX_APP, TokenState::Good, &all),
        token(TOKEN_EXPIRED, SANDBOX_APP, TokenState::Expired, &open),
        token(TOKEN_REVOKED, SANDBOX_APP, TokenState::Revoked, &open),
        Token { scopes: scopes::NARROW.to_vec(), ..token(TOKEN_NARROW, SANDBOX_APP, TokenState::Good, &open) },
        token(TOKEN_OTHER_APP, OTHER_APP, TokenState::Good, &open),
        Token { reaches: agency.clone(), ..token(TOKEN_AGENCY, SANDBOX_APP, TokenState::Good, &agency) },
        Token {
            scopes: scopes::WITHOUT_EVENTS.to_vec(),
            ..token(TOKEN_WITHOUT_EVENTS, SANDBOX_APP, TokenState::Good, &open)
        },
    ]
}
