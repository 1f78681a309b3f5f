//! TikTok's API for one app. Each call uses the token of an authorization that may make it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use tokio::sync::watch;

use super::authorizations::{Answers, Authorizations};
use super::call::Call;
use super::endpoint::Endpoint;
use super::envelope::Decode;
use super::requester::Requester;
use super::transport::Transport;
use crate::error::{Kind, Result};

/// The most tokens that one call tries: its first, one that another call renewed, and one that it renewed itself.
const TOKENS_A_CALL_MAX: u32 = 3;

/// TikTok's API for one app and its authorizations. Clones share everything.
#[derive(Clone)]
pub(crate) struct Client {
    requester: Requester,
    authorizations: Arc<Authorizations>,
    on_behalf: Behalf,
}

/// Which authorization's token a call uses.
#[derive(Debug, Clone)]
enum Behalf {
    /// One that sees the call's advertiser.
    CallsAdvertiser,
    /// One that sees this advertiser or event source.
    Target(String),
    /// This authorization, by its number.
    Authorization(usize),
}

impl Client {
    /// A client without tokens. `rate` is the app's quota in requests per second, `concurrency` the most concurrent
    /// requests.
    #[must_use]
    pub(crate) fn new(transport: Box<dyn Transport>, rate: NonZeroU32, concurrency: NonZeroU32) -> Self {
        Self::authorized(transport, Authorizations::default(), rate, concurrency)
    }

    /// A client with tokens, which share the app's quota.
    #[must_use]
    pub(crate) fn authorized(
        transport: Box<dyn Transport>,
        authorizations: Authorizations,
        rate: NonZeroU32,
        concurrency: NonZeroU32,
    ) -> Self {
        let requester = Requester::new(transport, rate, concurrency);
        Self { requester, authorizations: Arc::new(authorizations), on_behalf: Behalf::CallsAdvertiser }
    }

    /// Retries fewer times, because a person waits for the answer.
    #[must_use]
    pub(crate) fn watched(self) -> Self {
        Self { requester: self.requester.watched(), ..self }
    }

    /// Sets a deadline, `limit` from now. Calls in progress fail at the deadline.
    #[must_use]
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { requester: self.requester.within(limit), ..self }
    }

    /// The requester below, for calls that need no access token, such as those that request or revoke one.
    #[must_use]
    pub(crate) fn requester(&self) -> &Requester {
        &self.requester
    }

    /// Uses a token that sees the target, for calls that name an advertiser or an event source in their body.
    #[must_use]
    pub(crate) fn for_target(&self, target: &str) -> Self {
        Self { on_behalf: Behalf::Target(target.to_owned()), ..self.clone() }
    }

    /// One client for each authorization.
    pub(crate) fn each(&self) -> impl Iterator<Item = Self> {
        (0..self.authorizations().count().max(1)).map(|number| self.only(number))
    }

    /// Groups advertisers by the authorization that sees them, for calls about many at once.
    pub(crate) fn by_authorization<T: AsRef<str> + Clone>(&self, advertisers: &[T]) -> Vec<(Self, Vec<T>)> {
        let mut groups: BTreeMap<usize, Vec<T>> = BTreeMap::new();
        for advertiser in advertisers {
            let first = self.authorizations().candidates(Some(advertiser.as_ref())).first().copied();
            groups.entry(first.unwrap_or_default()).or_default().push(advertiser.clone());
        }
        groups.into_iter().map(|(number, group)| (self.only(number), group)).collect()
    }

    /// Uses this authorization's token only.
    #[must_use]
    pub(crate) fn only(&self, number: usize) -> Self {
        Self { on_behalf: Behalf::Authorization(number), ..self.clone() }
    }

    #[must_use]
    pub(crate) fn authorizations(&self) -> &Authorizations {
        &self.authorizations
    }

    /// Whether TikTok currently throttles the advertiser on a path.
    #[must_use]
    pub(crate) fn is_held_back(&self, endpoint: &'static Endpoint, advertiser: &str) -> bool {
        self.requester.is_held_back(endpoint, advertiser)
    }

    /// Changes whenever TikTok begins to throttle an advertiser.
    #[must_use]
    pub(crate) fn pauses(&self) -> watch::Receiver<()> {
        self.requester.pauses()
    }

    /// TikTok's clock minus ours, if a response told it.
    #[must_use]
    pub(crate) fn clock_skew(&self) -> Option<TimeDelta> {
        self.requester.clock_skew()
    }

    /// Calls TikTok, with retries; see [`Requester::call`].
    pub(crate) async fn call<T: Decode>(&self, call: &Call<'_>, decode: &T) -> Result<T::Out> {
        let advertiser = match &self.on_behalf {
            Behalf::CallsAdvertiser => call.advertiser,
            Behalf::Target(target) => Some(target.as_str()),
            Behalf::Authorization(number) => return self.call_as(*number, call, decode).await,
        };
        let mut answers = Answers::default();
        for number in self.authorizations().candidates(advertiser) {
            if answers.take(self.call_as(number, call, decode).await)? {
                advertiser.inspect(|advertiser| self.authorizations().record_success(advertiser, number));
                break;
            }
        }
        answers.first()
    }

    /// Calls with one authorization. Retries if its token was renewed in the meantime or must be renewed now.
    async fn call_as<T: Decode>(&self, number: usize, call: &Call<'_>, decode: &T) -> Result<T::Out> {
        let Some(authorization) = self.authorizations().get(number) else {
            return self.requester.call(call, decode, None).await;
        };
        for _ in 1..TOKENS_A_CALL_MAX {
            let held = authorization.current(&self.requester).await?;
            match self.requester.call(call, decode, Some(&held.tokens.access)).await {
                Err(error) if error.kind() == Kind::Token => {
                    if !authorization.replaced(&self.requester, &held, &error).await? {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
        let held = authorization.current(&self.requester).await?;
        self.requester.call(call, decode, Some(&held.tokens.access)).await
    }

    /// Calls with a token that is not an authorization's access token.
    pub(crate) async fn call_with_token<T: Decode>(
        &self,
        call: &Call<'_>,
        decode: &T,
        token: &SecretString,
    ) -> Result<T::Out> {
        self.requester.call(call, decode, Some(token)).await
    }
}

#[cfg(test)]
mod tests;
