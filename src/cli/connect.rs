//! Credentials → a client: where it asks, with which tokens, and who stores those that are renewed.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::clock;
use crate::config::credentials::TokenKind;
use crate::config::rotation::{self, Renewed};
use crate::config::{Credentials, DestinationConfig, SourceConfig};
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::protocol::{Message, Output};
use crate::tiktok::Client;
use crate::tiktok::authorizations::Authorizations;
use crate::tiktok::token::grant::{App, Family};
use crate::tiktok::token::life::Times;
use crate::tiktok::token::{Authorization, Failure, Keep, Renewal, Tokens};
use crate::tiktok::transport::{self, Https};

/// Replaces TikTok's origin, for sandboxes of one's own.
pub(super) const API_URL: &str = "TIKTOK_ADS_API_URL";

/// Sets the clock of a process that talks to this machine alone, as 2026-03-10T16:00:00Z; for tests.
const NOW: &str = "TIKTOK_ADS_NOW";

/// Starts the clock where a test wants it. Against TikTok itself the machine's clock always holds.
pub(super) fn set_clock() {
    let Ok(text) = std::env::var(NOW) else { return };
    let home = std::env::var(API_URL).is_ok_and(|url| transport::leads_home(&url));
    match DateTime::parse_from_rfc3339(&text) {
        Ok(moment) if home => clock::start_at(moment.to_utc()),
        Ok(_) => tracing::warn!("{NOW} has no effect: it sets the clock for loopback addresses in {API_URL} only"),
        Err(_) => tracing::warn!("{NOW} has no effect: it is no moment such as 2026-03-10T16:00:00Z"),
    }
}

/// The source's client: a renewal that fails stops nothing while the old token lives.
pub(super) fn source(config: &SourceConfig, given: &str, output: &Output) -> Result<Client> {
    output.hidden().add(config.credentials.secrets());
    let quota = (config.requests_per_second, config.max_concurrent_requests);
    client(&config.credentials, quota, &Control::keeper(given, output), Failure::GoOn)
}

/// The destination's client: without a token that will last, nothing is written.
pub(super) fn destination(config: &DestinationConfig, given: &str, output: &Output) -> Result<Client> {
    output.hidden().add(config.credentials.secrets());
    output.hidden().add(config.object_storage_config.secrets());
    let quota = (config.requests_per_second, config.max_concurrent_requests);
    client(&config.credentials, quota, &Control::keeper(given, output), Failure::Stop)
}

/// A client for these credentials, at TikTok or where the environment leads.
pub(super) fn client(
    credentials: &Credentials,
    (rate, concurrency): (u32, u32),
    keep: &Arc<dyn Keep>,
    failure: Failure,
) -> Result<Client> {
    let transport = Box::new(Https::new(&origin(credentials.is_sandbox())?)?);
    let all = authorizations(credentials).into_iter().map(|one| one.kept_by(keep.clone(), failure)).collect();
    Ok(Client::authorized(transport, Authorizations::new(all), at_least_one(rate), at_least_one(concurrency)))
}

/// A client that has no token yet.
pub(super) fn without_token() -> Result<Client> {
    let transport = Box::new(Https::new(&origin(false)?)?);
    Ok(Client::new(transport, NonZeroU32::MIN, NonZeroU32::MIN).watched())
}

/// A client with one token that was granted just now.
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

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn authorizations(credentials: &Credentials) -> Vec<Authorization> {
    let family = family(credentials.token_kind());
    let app = credentials.app().map(|(id, secret)| App { id: id.clone(), secret: secret.clone() });
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

/// Tells the platform the whole config with the new tokens in it.
struct Control {
    config: Mutex<Value>,
    output: Output,
}

impl Control {
    fn keeper(given: &str, output: &Output) -> Arc<dyn Keep> {
        // The typed config was read from the same text, so this is JSON.
        let config = Mutex::new(serde_json::from_str(given).unwrap_or_default());
        Arc::new(Self { config, output: output.clone() })
    }
}

impl Keep for Control {
    fn keep<'a>(&'a self, authorization: usize, tokens: &'a Tokens) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.output.hidden().add([&tokens.access].into_iter().chain(&tokens.refresh));
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

/// Tokens as a config takes them.
pub(super) fn renewed(tokens: &Tokens) -> Renewed<'_> {
    Renewed {
        access_token: tokens.access.expose_secret(),
        refresh_token: tokens.refresh.as_ref().map(|token| token.expose_secret()),
        access_ends: tokens.times.access_ends,
        refresh_ends: tokens.times.refresh_ends,
    }
}
