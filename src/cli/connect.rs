//! Builds a client from credentials: its origin, its tokens, and the store of renewed tokens.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::clock;
use crate::config::credentials::TokenKind;
use crate::config::fault::Checks;
use crate::config::rotation::{self, Renewed};
use crate::config::{Credentials, DestinationConfig, Quota, SourceConfig};
use crate::destination::objects::{ads, audience};
use crate::destination::record::country;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::protocol::{Message, Output};
use crate::tiktok::Client;
use crate::tiktok::authorizations::Authorizations;
use crate::tiktok::token::expiry::Times;
use crate::tiktok::token::grant::{App, Family};
use crate::tiktok::token::{Authorization, Failure, Renewal, TokenStore, Tokens};
use crate::tiktok::transport::{self, Https};

/// The variable that replaces TikTok's origin, for a simulator or a proxy.
pub(super) const API_URL: &str = "TIKTOK_ADS_API_URL";

/// The variable that sets the clock of a process that talks to this machine only, such as 2026-03-10T16:00:00Z; for
/// tests.
const NOW: &str = "TIKTOK_ADS_NOW";

/// Sets the clock for a test. Against TikTok itself the machine's clock always applies.
pub(super) fn set_clock() {
    let Ok(text) = std::env::var(NOW) else { return };
    let home = std::env::var(API_URL).is_ok_and(|url| transport::is_local(&url));
    match DateTime::parse_from_rfc3339(&text) {
        Ok(moment) if home => clock::start_at(moment.to_utc()),
        Ok(_) => tracing::warn!("{NOW} has no effect: it sets the clock for loopback addresses in {API_URL} only"),
        Err(_) => tracing::warn!("{NOW} has no effect: it is no moment such as 2026-03-10T16:00:00Z"),
    }
}

/// The settings of a destination, from the text of its config.
pub(super) fn destination_config(given: &str) -> Result<DestinationConfig> {
    let checks = Checks {
        as_given: &[ads::slips::blanks],
        as_declared: &[country::country_faults, audience::name::faults, ads::slips::faults],
    };
    DestinationConfig::parse_with(given, checks)
}

/// The settings of a client.
pub(super) struct Terms<'c> {
    pub(super) credentials: &'c Credentials,
    pub(super) quota: Quota,
    pub(super) failure: Failure,
}

/// The source continues after a failed renewal while the old token is valid.
impl<'c> From<&'c SourceConfig> for Terms<'c> {
    fn from(config: &'c SourceConfig) -> Self {
        Self { credentials: &config.credentials, quota: config.quota, failure: Failure::GoOn }
    }
}

/// The destination stops after a failed renewal: a run that writes must not end in the middle.
impl<'c> From<&'c DestinationConfig> for Terms<'c> {
    fn from(config: &'c DestinationConfig) -> Self {
        Self { credentials: &config.credentials, quota: config.quota, failure: Failure::Stop }
    }
}

/// The client of a role. The platform stores the tokens that it renews. `given` is the text of the config.
pub(super) fn role<'c>(config: impl Into<Terms<'c>>, given: &str, output: &Output) -> Result<Client> {
    let terms = config.into();
    output.redaction().add(terms.credentials.secrets());
    client(&terms, &PlatformStore::of(given, output))
}

/// A client with these settings. The environment may replace TikTok's origin.
pub(super) fn client(terms: &Terms<'_>, store: &Arc<dyn TokenStore>) -> Result<Client> {
    let Terms { credentials, quota, failure } = terms;
    let transport = Box::new(Https::new(&origin(credentials.is_sandbox())?)?);
    let all = authorizations(credentials).into_iter().map(|one| one.stored_by(store.clone(), *failure)).collect();
    let all = Authorizations::new(all);
    Ok(Client::authorized(transport, all, quota.requests_per_second, quota.max_concurrent_requests))
}

/// A client without a token.
pub(super) fn without_token() -> Result<Client> {
    let transport = Box::new(Https::new(&origin(false)?)?);
    Ok(Client::new(transport, NonZeroU32::MIN, NonZeroU32::MIN).watched())
}

/// A client with a token that TikTok granted just now.
pub(super) fn with_token(tokens: Tokens) -> Result<Client> {
    let transport = Box::new(Https::new(&origin(false)?)?);
    let one = Authorizations::new(vec![Authorization::new(0, tokens, None)]);
    Ok(Client::authorized(transport, one, NonZeroU32::MIN, NonZeroU32::MIN).watched())
}

/// TikTok's origin, or the one that replaces it.
pub(super) fn origin(sandbox: bool) -> Result<String> {
    match std::env::var(API_URL) {
        Ok(url) if !url.is_empty() => transport::replaced_origin(API_URL, &url),
        _ if sandbox => Ok(transport::SANDBOX.to_owned()),
        _ => Ok(transport::PRODUCTION.to_owned()),
    }
}

fn authorizations(credentials: &Credentials) -> Vec<Authorization> {
    let family = family(credentials.token_kind());
    let app = credentials.app().map(App::of);
    let renewal = app.map(|app| Renewal { app, family });
    let all = credentials.authorizations().into_iter().enumerate();
    all.map(|(number, one)| {
        let times = Times {
            access_ends: one.access_ends.map(|moment| moment.0),
            refresh_ends: one.refresh_ends.map(|moment| moment.0),
            issued: None,
        };
        let tokens = Tokens { access: one.access_token.clone(), refresh: one.refresh_token.cloned(), times };
        Authorization::new(number, tokens, renewal.clone())
    })
    .collect()
}

pub(super) fn family(kind: TokenKind) -> Family {
    match kind {
        TokenKind::Marketing => Family::Marketing,
        TokenKind::TtUser => Family::TikTokUser,
    }
}

/// Sends the platform the whole config with the new tokens.
struct PlatformStore {
    config: Mutex<Value>,
    output: Output,
}

impl PlatformStore {
    fn of(given: &str, output: &Output) -> Arc<dyn TokenStore> {
        // The typed config was parsed from the same text, so this is valid JSON.
        let config = Mutex::new(serde_json::from_str(given).unwrap_or_default());
        Arc::new(Self { config, output: output.clone() })
    }
}

impl TokenStore for PlatformStore {
    fn store<'a>(&'a self, authorization: usize, tokens: &'a Tokens) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.output.redaction().add([&tokens.access].into_iter().chain(&tokens.refresh));
            {
                let mut config = lock(&self.config);
                rotation::renew(&mut config, authorization, renewed(tokens));
                self.output.message(&Message::control(&config));
            }
            let told = self.output.written().await;
            told.then_some(()).ok_or_else(|| {
                Error::new(Kind::Local, "The renewed token could not be told: standard output is closed")
            })
        })
    }
}

/// Converts tokens into the form of a config.
pub(super) fn renewed(tokens: &Tokens) -> Renewed<'_> {
    Renewed {
        access_token: tokens.access.expose_secret(),
        refresh_token: tokens.refresh.as_ref().map(|token| token.expose_secret()),
        access_ends: tokens.times.access_ends,
        refresh_ends: tokens.times.refresh_ends,
    }
}
