//! The access token and what it belongs to; the same for both roles.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// Where the access token comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "auth_type")]
pub enum Credentials {
    /// A token of a production app.
    #[serde(rename = "oauth2.0")]
    #[schemars(title = "OAuth2.0")]
    OAuth(OAuth),
    /// A token of TikTok's sandbox.
    #[serde(rename = "sandbox_access_token")]
    #[schemars(title = "Sandbox Access Token")]
    Sandbox(Sandbox),
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct OAuth {
    /// The id of your developer app. It may be left out when the advertisers are named.
    #[schemars(title = "App ID", with = "String", extend("airbyte_secret" = true, "order" = 1))]
    #[serde(default)]
    pub app_id: Option<SecretString>,
    /// The secret of your developer app. It may be left out when the advertisers are named.
    #[schemars(title = "Secret", with = "String", extend("airbyte_secret" = true, "order" = 2))]
    #[serde(default)]
    pub secret: Option<SecretString>,
    /// The access token that an advertiser granted to your app.
    #[schemars(title = "Access Token", with = "String", extend("airbyte_secret" = true, "order" = 3))]
    pub access_token: SecretString,
    /// Read this advertiser only. Leave it empty to read all.
    #[schemars(title = "Advertiser ID", with = "String", regex(pattern = "^$|^[0-9]+$"), extend("order" = 4))]
    #[serde(default)]
    pub advertiser_id: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Sandbox {
    /// The advertiser of your app's sandbox.
    #[schemars(title = "Advertiser ID", regex(pattern = "^[0-9]+$"), extend("order" = 1))]
    pub advertiser_id: String,
    /// The access token that the sandbox shows.
    #[schemars(title = "Access Token", with = "String", extend("airbyte_secret" = true, "order" = 2))]
    pub access_token: SecretString,
}

impl Credentials {
    #[must_use]
    pub fn access_token(&self) -> &SecretString {
        match self {
            Self::OAuth(oauth) => &oauth.access_token,
            Self::Sandbox(sandbox) => &sandbox.access_token,
        }
    }

    /// App id and secret, where both are known.
    #[must_use]
    pub fn app(&self) -> Option<(&SecretString, &SecretString)> {
        match self {
            Self::OAuth(oauth) => oauth.app_id.as_ref().zip(oauth.secret.as_ref()),
            Self::Sandbox(_) => None,
        }
    }

    /// The advertiser that the credentials name.
    #[must_use]
    pub fn advertiser_id(&self) -> Option<&str> {
        match self {
            Self::OAuth(oauth) => oauth.advertiser_id.as_deref(),
            Self::Sandbox(sandbox) => Some(&sandbox.advertiser_id),
        }
    }

    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        matches!(self, Self::Sandbox(_))
    }
}
