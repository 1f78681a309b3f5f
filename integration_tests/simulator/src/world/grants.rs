//! How tokens come to be: codes, refresh tokens, and what a new token comes with
//! (`docs/tiktok-api.md` 2.1–2.4).

use super::World;
use super::tokens::{App, SANDBOX_APP, TOKEN_GOOD, Token, TokenState, USER_REFRESH_TOKEN};
use crate::assumptions::CODE_MINUTES;
use crate::rng::{mix, text};
use chrono::{DateTime, TimeDelta, Utc};

/// Day and year, in seconds: the life of a TikTok user's tokens [TS 53830730894].
const USER_LIVES: (i64, i64) = (86_400, 31_536_000);

/// Which of TikTok's two authorizations something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// `/oauth2/…`: a marketing token.
    Advertiser,
    /// `/tt_user/oauth2/…`: the token of a TikTok user.
    User,
}

/// What becomes of a refresh token that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rotation {
    /// The answer has a new one, and the old one gets 40107.
    #[default]
    New,
    /// The answer repeats it; it works on.
    Same,
    /// The answer has none; it works on.
    Absent,
}

/// What a new token comes with. The default is what marketing tokens come with: nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Terms {
    /// Seconds; `None`: it never expires, and the answer says nothing.
    pub expires_in: Option<i64>,
    /// Whether a refresh token comes with it.
    pub refresh: bool,
    /// Seconds; `None`: the refresh token never expires, and the answer says nothing.
    pub refresh_expires_in: Option<i64>,
    pub rotation: Rotation,
    /// Whether the token before gets 40102 as soon as it is renewed.
    pub kills_old: bool,
}

impl Terms {
    /// Of TikTok users' tokens.
    pub const USER: Terms = Terms {
        expires_in: Some(USER_LIVES.0),
        refresh: true,
        refresh_expires_in: Some(USER_LIVES.1),
        rotation: Rotation::Same,
        kills_old: false,
    };
}

/// Whether a code or a refresh token still works; that its time is not over comes on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    Good,
    /// A code that was exchanged (40110), or a refresh token that was replaced (40107).
    Used,
    /// A code that was cancelled (40110), or a refresh token that is void (40107).
    Void,
    /// A code (40110) or refresh token (40103) whose time is over.
    Expired,
}

/// What the redirect brings back.
#[derive(Clone, Debug)]
pub struct AuthCode {
    pub value: String,
    pub app: App,
    pub flow: Flow,
    /// The token it gives; if that one is dead, a new one like it.
    pub buys: String,
    pub state: GrantState,
    /// It is good for an hour.
    pub given: DateTime<Utc>,
}

impl AuthCode {
    pub(crate) fn state_at(&self, moment: DateTime<Utc>) -> GrantState {
        let over = moment >= self.given + TimeDelta::minutes(CODE_MINUTES);
        if over && self.state == GrantState::Good { GrantState::Expired } else { self.state }
    }
}

/// Renews a token.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    pub value: String,
    pub app: App,
    pub flow: Flow,
    /// The token that it renews: the new one sees and may do the same.
    pub renews: String,
    pub state: GrantState,
    /// `None`: never.
    pub expires: Option<DateTime<Utc>>,
    /// What the new token comes with.
    pub terms: Terms,
}

impl RefreshToken {
    pub(crate) fn state_at(&self, moment: DateTime<Utc>) -> GrantState {
        let over = self.expires.is_some_and(|end| end <= moment);
        if over && self.state == GrantState::Good { GrantState::Expired } else { self.state }
    }
}

/// What the refresh calls answer with when they succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RefreshData {
    #[default]
    Tokens,
    /// Code 0, `"data": null`, and nothing was renewed [OWOX].
    Null,
    /// Code 0, `"data": {}`, and nothing was renewed.
    Empty,
}

/// Everything that can become a token.
#[derive(Clone, Debug)]
pub struct Grants {
    pub codes: Vec<AuthCode>,
    pub refresh_tokens: Vec<RefreshToken>,
    /// What new authorizations of advertisers come with.
    pub terms: Terms,
    /// What new authorizations of TikTok users come with.
    pub user_terms: Terms,
    /// Whoever consents on the page does it as the user of this token.
    pub consents_as: String,
    /// The redirect URLs of the apps; `None`: any on localhost, and any with `https`.
    pub redirects: Option<Vec<String>>,
    pub refresh_data: RefreshData,
    /// Values made so far.
    made: u64,
}

impl Grants {
    /// `code-` and its value buys each token, once.
    pub(super) fn of(tokens: &[Token], now: DateTime<Utc>) -> Self {
        let code = |token: &Token| AuthCode {
            value: format!("code-{}", token.value),
            app: token.app,
            flow: Flow::Advertiser,
            buys: token.value.clone(),
            state: GrantState::Good,
            given: now,
        };
        let user = RefreshToken {
            value: USER_REFRESH_TOKEN.to_owned(),
            app: SANDBOX_APP,
            flow: Flow::User,
            renews: TOKEN_GOOD.to_owned(),
            state: GrantState::Good,
            expires: Some(now + TimeDelta::seconds(USER_LIVES.1)),
            terms: Terms::USER,
        };
        Self {
            codes: tokens.iter().map(code).collect(),
            refresh_tokens: vec![user],
            terms: Terms::default(),
            user_terms: Terms::USER,
            consents_as: TOKEN_GOOD.to_owned(),
            redirects: None,
            refresh_data: RefreshData::default(),
            made: 0,
        }
    }

    /// A new value, 40 hex digits.
    fn value(&mut self, kind: &str, seed: u64) -> String {
        self.made += 1;
        let part = |salt: u64| mix(mix(text(kind), seed), mix(self.made, salt));
        format!("{:016x}{:016x}{:08x}", part(1), part(2), part(3) & 0xffff_ffff)
    }
}

/// A token that was just given, and what came with it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) token: Token,
    /// The value of the refresh token, and the seconds it has.
    pub(crate) refresh: Option<(String, Option<i64>)>,
    pub(crate) expires_in: Option<i64>,
}

impl World {
    /// A new code that gives a token of this value, or one like it if that is dead.
    pub fn auth_code(&mut self, token: &str) -> String {
        self.code(token, Flow::Advertiser)
    }

    /// A new code of a flow.
    pub fn code(&mut self, token: &str, flow: Flow) -> String {
        let value = self.grants.value("code", self.seed);
        let app = self.token(token).map_or(SANDBOX_APP, |token| token.app);
        let (buys, given) = (token.to_owned(), self.now + self.ahead);
        self.grants.codes.push(AuthCode { value: value.clone(), app, flow, buys, state: GrantState::Good, given });
        value
    }

    /// A new refresh token for a token; that one's life becomes what the terms say.
    pub fn refresh_token(&mut self, token: &str, flow: Flow, terms: Terms) -> String {
        let now = self.now + self.ahead;
        if let Some(token) = self.token_mut(token) {
            token.expires = terms.expires_in.map(|seconds| now + TimeDelta::seconds(seconds));
        }
        self.new_refresh_token(token, flow, terms, now)
    }

    /// What is known about a token, to change it.
    pub fn token_mut(&mut self, value: &str) -> Option<&mut Token> {
        self.tokens.iter_mut().find(|token| token.value == value)
    }

    /// What is known about a refresh token, to change it.
    pub fn refresh_token_mut(&mut self, value: &str) -> Option<&mut RefreshToken> {
        self.grants.refresh_tokens.iter_mut().find(|refresh| refresh.value == value)
    }

    /// What is known about a code, to change it.
    pub fn code_mut(&mut self, value: &str) -> Option<&mut AuthCode> {
        self.grants.codes.iter_mut().find(|code| code.value == value)
    }

    /// The tokens that answers gave, oldest first.
    #[must_use]
    pub fn issued(&self) -> Vec<&Token> {
        self.tokens.iter().filter(|token| token.issued).collect()
    }

    /// Exchanges a code: its token if that is alive, else a new one like it.
    pub(crate) fn exchange(&mut self, code: &AuthCode, now: DateTime<Utc>) -> Option<Given> {
        let old = self.token(&code.buys)?.clone();
        if let Some(code) = self.code_mut(&code.value) {
            code.state = GrantState::Used;
        }
        let terms = if code.flow == Flow::User { self.grants.user_terms } else { self.grants.terms };
        let alive = old.state_at(now) == TokenState::Good && old.calls_left != Some(0) && old.app == code.app;
        let value = if alive { old.value } else { self.another(&Token { app: code.app, ..old }) };
        let expires = terms.expires_in.map(|seconds| now + TimeDelta::seconds(seconds));
        let token = self.token_mut(&value)?;
        token.expires = expires.or(token.expires);
        let token = token.clone();
        let refresh = terms.refresh.then(|| self.new_refresh_token(&value, code.flow, terms, now));
        let refresh = refresh.map(|value| (value, terms.refresh_expires_in));
        Some(Given { token, refresh, expires_in: terms.expires_in })
    }

    /// Renews a token.
    pub(crate) fn renew(&mut self, refresh: &RefreshToken, now: DateTime<Utc>) -> Option<Given> {
        let old = self.token(&refresh.renews)?.clone();
        let terms = refresh.terms;
        let value = self.another(&old);
        if terms.kills_old {
            self.token_mut(&old.value)?.state = TokenState::Expired;
        }
        let token = self.token_mut(&value)?;
        token.expires = terms.expires_in.map(|seconds| now + TimeDelta::seconds(seconds));
        let token = token.clone();
        let next = match terms.rotation {
            Rotation::New => {
                self.refresh_token_mut(&refresh.value)?.state = GrantState::Used;
                Some((self.new_refresh_token(&value, refresh.flow, terms, now), terms.refresh_expires_in))
            }
            Rotation::Same => {
                let left = refresh.expires.map(|end| (end - now).num_seconds());
                Some((refresh.value.clone(), left))
            }
            Rotation::Absent => None,
        };
        self.refresh_token_mut(&refresh.value)?.renews.clone_from(&value);
        Some(Given { token, refresh: next, expires_in: terms.expires_in })
    }

    /// Ends a token and everything that could renew it.
    pub(crate) fn revoke(&mut self, value: &str) {
        if let Some(token) = self.token_mut(value) {
            token.state = TokenState::Revoked;
        }
        for refresh in self.grants.refresh_tokens.iter_mut().filter(|refresh| refresh.renews == value) {
            refresh.state = GrantState::Void;
        }
    }

    /// A new token like another; it lives until something is said.
    fn another(&mut self, old: &Token) -> String {
        let value = self.grants.value("token", self.seed);
        let fresh = Token {
            value: value.clone(),
            state: TokenState::Good,
            expires: None,
            calls_left: None,
            issued: true,
            ..old.clone()
        };
        self.tokens.push(fresh);
        value
    }

    fn new_refresh_token(&mut self, token: &str, flow: Flow, terms: Terms, now: DateTime<Utc>) -> String {
        let value = self.grants.value("refresh", self.seed);
        self.grants.refresh_tokens.push(RefreshToken {
            value: value.clone(),
            app: self.token(token).map_or(SANDBOX_APP, |token| token.app),
            flow,
            renews: token.to_owned(),
            state: GrantState::Good,
            expires: terms.refresh_expires_in.map(|seconds| now + TimeDelta::seconds(seconds)),
            terms,
        });
        value
    }
}
