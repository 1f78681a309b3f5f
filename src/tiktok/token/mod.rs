//! One authorization, whose access token is renewed in time.
//!
//! [`expiry`] decides when to renew, [`grant`] requests the new token, and [`Authorization`] does both once for all
//! waiting requests. It assumes nothing that TikTok's response does not tell (docs/tiktok-api.md 2.4): a token without
//! an expiry is used as it is.

pub(crate) mod expiry;
pub(crate) mod grant;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use secrecy::SecretString;

use super::codes::ACCESS_TOKEN_EXPIRED;
use super::requester::Requester;
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use expiry::{RENEWAL_PAUSE, Times};
use grant::{App, Family, Grant};

/// The tokens of an authorization.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub times: Times,
}

/// What a renewal needs.
#[derive(Debug, Clone)]
pub(crate) struct Renewal {
    pub app: App,
    pub family: Family,
}

/// What to do after a failed renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Failure {
    /// Continue with the old token while it is valid, and warn: reading does no harm.
    #[default]
    GoOn,
    /// Stop: a run that writes must not end in the middle.
    Stop,
}

/// Stores renewed tokens. They are used only after `store` returned.
pub(crate) trait TokenStore: Send + Sync {
    fn store<'a>(&'a self, authorization: usize, tokens: &'a Tokens) -> BoxFuture<'a, Result<()>>;
}

/// Stores nothing, for tokens that cannot be renewed.
impl TokenStore for () {
    fn store<'a>(&'a self, _: usize, _: &'a Tokens) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

type Clock = Box<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// One user's authorization of the app.
pub(crate) struct Authorization {
    /// Its index in the config.
    number: usize,
    current: Mutex<Arc<Held>>,
    /// Locked by the request that renews for all others.
    renewing: tokio::sync::Mutex<LastRenewal>,
    renewal: Option<Renewal>,
    failure: Failure,
    store: Arc<dyn TokenStore>,
    clock: Clock,
}

/// Tokens with their generation. The first of this run is 0.
pub(crate) struct Held {
    pub tokens: Tokens,
    generation: u64,
}

/// The result of the last renewal.
#[derive(Default)]
struct LastRenewal {
    failed: Option<(Error, DateTime<Utc>)>,
    warned_of_end: bool,
}

impl Authorization {
    #[must_use]
    pub(crate) fn new(number: usize, tokens: Tokens, renewal: Option<Renewal>) -> Self {
        Self {
            number,
            current: Mutex::new(Arc::new(Held { tokens, generation: 0 })),
            renewing: tokio::sync::Mutex::default(),
            renewal,
            failure: Failure::default(),
            store: Arc::new(()),
            clock: Box::new(clock::now),
        }
    }

    #[must_use]
    pub(crate) fn stored_by(self, store: Arc<dyn TokenStore>, failure: Failure) -> Self {
        Self { store, failure, ..self }
    }

    #[cfg(test)]
    pub(crate) fn with_clock(self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// The tokens as they are, without a look at the clock.
    #[must_use]
    pub(crate) fn held(&self) -> Arc<Held> {
        lock(&self.current).clone()
    }

    /// Whether a token that is over can be replaced.
    #[must_use]
    pub(crate) fn can_renew(&self) -> bool {
        self.renewal.is_some() && self.held().tokens.refresh.is_some()
    }

    /// The token for the next request, renewed before when it is time.
    pub(crate) async fn current(&self, requester: &Requester) -> Result<Arc<Held>> {
        let held = self.held();
        let due = held.tokens.times.renewal_is_due((self.clock)()) && self.can_renew();
        if !due && held.tokens.times.days_until_reconnect((self.clock)()).is_none() {
            return Ok(held);
        }
        let mut last = self.renewing.lock().await;
        let renewed = if due { self.renew_when_due(requester, &mut last).await } else { Ok(()) };
        self.warn_of_end(&mut last);
        renewed.map(|()| self.held())
    }

    /// Whether a request that was refused with `held` may pass now: another token is there, or could be got.
    pub(crate) async fn replaced(&self, requester: &Requester, held: &Held, refused: &Error) -> Result<bool> {
        let expired = refused.code() == Some(ACCESS_TOKEN_EXPIRED);
        let mut last = self.renewing.lock().await;
        if self.held().generation > held.generation {
            return Ok(true);
        }
        if !expired || !self.can_renew() {
            return Ok(false);
        }
        if let Some((failed, _)) = last.failed.as_ref().filter(|(failed, _)| !failed.kind().is_temporary()) {
            return Err(expired_error(failed));
        }
        match self.renew(requester).await {
            Ok(()) => {
                last.failed = None;
                Ok(true)
            }
            Err(error) => {
                let told = expired_error(&error);
                last.failed = Some((error, (self.clock)()));
                Err(told)
            }
        }
    }

    async fn renew_when_due(&self, requester: &Requester, last: &mut LastRenewal) -> Result<()> {
        let now = (self.clock)();
        if !self.held().tokens.times.renewal_is_due(now) {
            return Ok(());
        }
        if let Some((failed, since)) = &last.failed {
            match self.failure {
                Failure::Stop => return Err(stop_error(failed)),
                Failure::GoOn if !failed.kind().is_temporary() || now - *since < RENEWAL_PAUSE => return Ok(()),
                Failure::GoOn => {}
            }
        }
        match self.renew(requester).await {
            Ok(()) => {
                last.failed = None;
                Ok(())
            }
            Err(error) => {
                let verdict = self.handle_early_failure(&error);
                last.failed = Some((error, now));
                verdict
            }
        }
    }

    /// A renewal by time failed; the old token may live on.
    fn handle_early_failure(&self, error: &Error) -> Result<()> {
        match self.failure {
            Failure::Stop => Err(stop_error(error)),
            Failure::GoOn => {
                tracing::warn!(
                    "Renewing {} failed, so the sync goes on with the old one while it lives: {error}",
                    self.name()
                );
                Ok(())
            }
        }
    }

    /// Asks for new tokens, has them stored, and only then lets them be used.
    pub(crate) async fn renew(&self, requester: &Requester) -> Result<()> {
        let held = self.held();
        let (Some(renewal), Some(refresh)) = (&self.renewal, &held.tokens.refresh) else {
            return Err(Error::config(format!("There is no refresh token for {}", self.name()))
                .advise("A token without a refresh token lives until it is revoked; to replace it, reconnect."));
        };
        let grant = renewal.family.refresh(requester, &renewal.app, refresh).await?;
        let tokens = self.renewed(&held.tokens, &grant)?;
        self.store.store(self.number, &tokens).await?;
        tracing::info!("Renewed {}", self.name());
        let next = Held { tokens, generation: held.generation + 1 };
        *lock(&self.current) = Arc::new(next);
        Ok(())
    }

    /// What was not granted anew stays, with its time.
    fn renewed(&self, old: &Tokens, grant: &Grant) -> Result<Tokens> {
        let mut times = grant.times((self.clock)());
        let rotated = grant.refresh_token.clone();
        if rotated.is_none() && times.refresh_ends.is_none() {
            times.refresh_ends = old.times.refresh_ends;
        }
        Ok(Tokens { access: grant.token()?.clone(), refresh: rotated.or_else(|| old.refresh.clone()), times })
    }

    fn warn_of_end(&self, last: &mut LastRenewal) {
        let times = self.held().tokens.times;
        let Some(days) = times.days_until_reconnect((self.clock)()).filter(|_| !last.warned_of_end) else { return };
        last.warned_of_end = true;
        let when = match days {
            0 if times.refresh_ends.is_some_and(|ends| ends <= (self.clock)()) => "is over".to_owned(),
            0 => "ends within a day".to_owned(),
            1 => "ends in one day".to_owned(),
            days => format!("ends in {days} days"),
        };
        tracing::warn!("The refresh token of {} {when}. Reconnect before: authorize the app again.", self.name());
    }

    /// What a person calls it.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        match self.number {
            0 => "the access token".to_owned(),
            number => format!("the access token of `credentials.additional_authorizations[{}]`", number - 1),
        }
    }
}

fn stop_error(error: &Error) -> Error {
    copy_with(error, "The access token ends soon and could not be renewed, so nothing more is done with it")
}

fn expired_error(error: &Error) -> Error {
    copy_with(error, "The access token has expired and could not be renewed")
}

/// An error that is told to many: each gets its own.
fn copy_with(error: &Error, what: &str) -> Error {
    let copy = Error::new(error.kind(), format!("{what}: {}", error.message())).with("renewal", error.details());
    match error.advice() {
        Some(advice) => copy.advise(advice),
        None if error.kind() == Kind::Token => copy.advise("Reconnect: authorize the app again."),
        None => copy,
    }
}

#[cfg(test)]
mod tests;
