//! The access token and its app; both roles share this.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::moment::{MOMENT, Moment};

/// Where the access token comes from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "auth_type")]
pub(crate) enum Credentials {
    /// A token of a production app.
    #[serde(rename = "oauth2.0")]
    #[schemars(title = "OAuth2.0")]
    OAuth(OAuth),
    /// A token of TikTok's sandbox.
    #[serde(rename = "sandbox_access_token")]
    #[schemars(title = "Sandbox Access Token")]
    Sandbox(Sandbox),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct OAuth {
    /// The id of your developer app, from the page of the app in TikTok's portal for developers. It may be left out
    /// when the advertisers are named.
    #[schemars(title = "App ID", with = "String", extend("airbyte_secret" = true, "order" = 1))]
    #[serde(default)]
    pub app_id: Option<SecretString>,
    /// The secret of your developer app, from the same page. It may be left out when the advertisers are named.
    #[schemars(title = "Secret", with = "String", extend("airbyte_secret" = true, "order" = 2))]
    #[serde(default)]
    pub secret: Option<SecretString>,
    /// The access token that an advertiser granted to your app. `tiktok-ads auth login` gets one.
    #[schemars(title = "Access Token", with = "String", extend("airbyte_secret" = true, "order" = 3))]
    pub access_token: SecretString,
    /// Use this advertiser only, the number behind aadvid in the address of TikTok Ads Manager. Leave it empty to
    /// use all.
    #[schemars(title = "Advertiser ID", with = "String", regex(pattern = "^$|^[0-9]+$|[?&]aadvid=[0-9]+"), extend("order" = 4, "pattern_descriptor" = "digits, or an address of TikTok Ads Manager", "examples" = ["7011111111111111111"]))]
    #[serde(default)]
    pub advertiser_id: Option<String>,
    /// Renews the access token. Most tokens of the Marketing API have none: leave it empty then.
    #[schemars(title = "Refresh Token", with = "String", extend("airbyte_secret" = true, "order" = 5))]
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    /// When the access token ends, if it does. It is renewed before.
    #[schemars(title = "Access Token Expires At", with = "String", regex(pattern = MOMENT), extend("order" = 6, "pattern_descriptor" = "YYYY-MM-DDTHH:MM:SSZ", "examples" = ["2026-01-31T12:00:00Z"]))]
    #[serde(default)]
    pub access_token_expires_at: Option<Moment>,
    /// When the refresh token ends, if it does. A warning comes two weeks before.
    #[schemars(title = "Refresh Token Expires At", with = "String", regex(pattern = MOMENT), extend("order" = 7, "pattern_descriptor" = "YYYY-MM-DDTHH:MM:SSZ", "examples" = ["2027-01-31T12:00:00Z"]))]
    #[serde(default)]
    pub refresh_token_expires_at: Option<Moment>,
    /// Which kind of token it is: marketing for advertisers, tt_user for a TikTok account. It decides how the token
    /// is renewed.
    #[schemars(title = "Token Kind", extend("order" = 8, "default" = "marketing"))]
    #[serde(default)]
    pub token_kind: TokenKind,
    /// More access tokens for the same app, of colleagues who see other advertisers. The advertisers of all tokens
    /// are used, each with a token that sees it.
    #[schemars(title = "Additional Authorizations", extend("order" = 9, "default" = []))]
    #[serde(default)]
    pub additional_authorizations: Vec<Additional>,
    /// The ids of the permissions that TikTok told when it granted the token; `tiktok-ads auth login` writes them.
    #[schemars(title = "Granted Permissions", extend("order" = 10, "default" = [], "airbyte_hidden" = true, "examples" = [["100", "200", "44"]]))]
    #[serde(default)]
    pub scope: Vec<String>,
}

/// One more authorization of the same app.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct Additional {
    /// The access token that another user granted to your app.
    #[schemars(title = "Access Token", with = "String", extend("airbyte_secret" = true, "order" = 0))]
    pub access_token: SecretString,
    /// Renews this access token, where it has one.
    #[schemars(title = "Refresh Token", with = "String", extend("airbyte_secret" = true, "order" = 1))]
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    /// When this access token ends, if it does.
    #[schemars(title = "Access Token Expires At", with = "String", regex(pattern = MOMENT), extend("order" = 2, "pattern_descriptor" = "YYYY-MM-DDTHH:MM:SSZ", "examples" = ["2026-01-31T12:00:00Z"]))]
    #[serde(default)]
    pub access_token_expires_at: Option<Moment>,
    /// When this refresh token ends, if it does.
    #[schemars(title = "Refresh Token Expires At", with = "String", regex(pattern = MOMENT), extend("order" = 3, "pattern_descriptor" = "YYYY-MM-DDTHH:MM:SSZ", "examples" = ["2027-01-31T12:00:00Z"]))]
    #[serde(default)]
    pub refresh_token_expires_at: Option<Moment>,
}

/// Who issued the tokens (docs/tiktok-api.md 2.1, 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum TokenKind {
    #[default]
    Marketing,
    TtUser,
}

/// One authorization, whichever field it stands in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authorized<'c> {
    pub access_token: &'c SecretString,
    pub refresh_token: Option<&'c SecretString>,
    pub access_ends: Option<Moment>,
    pub refresh_ends: Option<Moment>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct Sandbox {
    /// The advertiser of your app's sandbox.
    #[schemars(title = "Advertiser ID", regex(pattern = "^[0-9]+$|[?&]aadvid=[0-9]+"), extend("order" = 1, "pattern_descriptor" = "digits, or an address of TikTok Ads Manager", "examples" = ["7011111111111111111"]))]
    pub advertiser_id: String,
    /// The access token that the sandbox shows.
    #[schemars(title = "Access Token", with = "String", extend("airbyte_secret" = true, "order" = 2))]
    pub access_token: SecretString,
}

impl Credentials {
    #[must_use]
    pub(crate) fn access_token(&self) -> &SecretString {
        match self {
            Self::OAuth(oauth) => &oauth.access_token,
            Self::Sandbox(sandbox) => &sandbox.access_token,
        }
    }

    /// All authorizations. The first is that of `access_token` itself.
    #[must_use]
    pub(crate) fn authorizations(&self) -> Vec<Authorized<'_>> {
        let Self::OAuth(oauth) = self else {
            let access_token = self.access_token();
            return vec![Authorized { access_token, refresh_token: None, access_ends: None, refresh_ends: None }];
        };
        let first = Authorized {
            access_token: &oauth.access_token,
            refresh_token: oauth.refresh_token.as_ref(),
            access_ends: oauth.access_token_expires_at,
            refresh_ends: oauth.refresh_token_expires_at,
        };
        let more = oauth.additional_authorizations.iter().map(|one| Authorized {
            access_token: &one.access_token,
            refresh_token: one.refresh_token.as_ref(),
            access_ends: one.access_token_expires_at,
            refresh_ends: one.refresh_token_expires_at,
        });
        std::iter::once(first).chain(more).collect()
    }

    /// All secrets, which must never be printed.
    #[must_use]
    pub(crate) fn secrets(&self) -> Vec<&SecretString> {
        let tokens = self.authorizations().into_iter().flat_map(|one| [Some(one.access_token), one.refresh_token]);
        // Each on its own, because one of the two may be missing.
        let app = match self {
            Self::OAuth(oauth) => [oauth.app_id.as_ref(), oauth.secret.as_ref()],
            Self::Sandbox(_) => [None, None],
        };
        tokens.chain(app).flatten().collect()
    }

    #[must_use]
    pub(crate) fn token_kind(&self) -> TokenKind {
        match self {
            Self::OAuth(oauth) => oauth.token_kind,
            Self::Sandbox(_) => TokenKind::Marketing,
        }
    }

    /// The ids of the granted permissions, if known.
    #[must_use]
    pub(crate) fn scope(&self) -> Option<Vec<u64>> {
        let Self::OAuth(oauth) = self else { return None };
        let ids: Vec<u64> = oauth.scope.iter().filter_map(|id| id.trim().parse().ok()).collect();
        (!ids.is_empty()).then_some(ids)
    }

    /// App id and secret, if both are known.
    #[must_use]
    pub(crate) fn app(&self) -> Option<(&SecretString, &SecretString)> {
        match self {
            Self::OAuth(oauth) => oauth.app_id.as_ref().zip(oauth.secret.as_ref()),
            Self::Sandbox(_) => None,
        }
    }

    /// The advertiser that the credentials name.
    #[must_use]
    pub(crate) fn advertiser_id(&self) -> Option<&str> {
        match self {
            Self::OAuth(oauth) => oauth.advertiser_id.as_deref(),
            Self::Sandbox(sandbox) => Some(&sandbox.advertiser_id),
        }
    }

    #[must_use]
    pub(crate) fn is_sandbox(&self) -> bool {
        matches!(self, Self::Sandbox(_))
    }
}
