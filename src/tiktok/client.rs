//! TikTok's API for one app: each call goes with the token of an authorization that may make it.

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

/// Tokens that one call may go through: what was renewed by another, then what it renewed itself.
const TOKENS_A_CALL_MAX: u32 = 3;

/// TikTok's API for one app, as seen by its authorizations. A clone shares everything.
#[derive(Clone)]
pub(crate) struct Client {
    requester: Requester,
    authorizations: Arc<Authorizations>,
    on_behalf: Behalf,
}

/// Whose token a call takes.
#[derive(Debug, Clone)]
enum Behalf {
    /// That of whoever sees the call's advertiser.
    CallsAdvertiser,
    /// That of whoever sees this advertiser or event source.
    Target(String),
    /// That of one authorization.
    Authorization(usize),
}

impl Client {
    /// Without any token. `rate` is the app's quota in requests a second, `concurrency` the most requests under way
    /// at once.
    #[must_use]
    pub(crate) fn new(transport: Box<dyn Transport>, rate: NonZeroU32, concurrency: NonZeroU32) -> Self {
        Self::authorized(transport, Authorizations::default(), rate, concurrency)
    }

    /// The same with tokens; they share the app's quota.
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

    /// Gives up sooner, where a person waits for the answer.
    #[must_use]
    pub(crate) fn watched(self) -> Self {
        Self { requester: self.requester.watched(), ..self }
    }

    /// Gives up `limit` from now on, whatever is under way then: what is not known by then stays unknown.
    #[must_use]
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { requester: self.requester.within(limit), ..self }
    }

    /// Sends what needs no access token: the calls that ask for one, or end one.
    #[must_use]
    pub(crate) fn requester(&self) -> &Requester {
        &self.requester
    }

    /// Takes a token that sees the target, for calls that name an advertiser or an event source in their body.
    #[must_use]
    pub(crate) fn for_target(&self, target: &str) -> Self {
        Self { on_behalf: Behalf::Target(target.to_owned()), ..self.clone() }
    }

    /// One client an authorization.
    pub(crate) fn each(&self) -> impl Iterator<Item = Self> {
        (0..self.authorizations().count().max(1)).map(|number| self.only(number))
    }

    /// Advertisers by the authorization that sees them, for calls about many at once.
    pub(crate) fn by_authorization<T: AsRef<str> + Clone>(&self, advertisers: &[T]) -> Vec<(Self, Vec<T>)> {
        let mut groups: BTreeMap<usize, Vec<T>> = BTreeMap::new();
        for advertiser in advertisers {
            let first = self.authorizations().to_ask(Some(advertiser.as_ref())).first().copied();
            groups.entry(first.unwrap_or_default()).or_default().push(advertiser.clone());
        }
        groups.into_iter().map(|(number, group)| (self.only(number), group)).collect()
    }

    /// Takes this authorization's token and no other.
    #[must_use]
    pub(crate) fn only(&self, number: usize) -> Self {
        Self { on_behalf: Behalf::Authorization(number), ..self.clone() }
    }

    #[must_use]
    pub(crate) fn authorizations(&self) -> &Authorizations {
        &self.authorizations
    }

    /// Whether TikTok's limit of its own holds the advertiser back on a path.
    #[must_use]
    pub(crate) fn is_held_back(&self, endpoint: &'static Endpoint, advertiser: &str) -> bool {
        self.requester.is_held_back(endpoint, advertiser)
    }

    /// Changes whenever that begins for anyone.
    #[must_use]
    pub(crate) fn pauses(&self) -> watch::Receiver<()> {
        self.requester.pauses()
    }

    /// TikTok's clock less ours, as far as an answer told it.
    #[must_use]
    pub(crate) fn clock_skew(&self) -> Option<TimeDelta> {
        self.requester.clock_skew()
    }

    /// Asks until there is an answer or none is to be had; see [`Requester::call`].
    pub(crate) async fn call<T: Decode>(&self, call: &Call<'_>, decode: &T) -> Result<T::Out> {
        let advertiser = match &self.on_behalf {
            Behalf::CallsAdvertiser => call.advertiser,
            Behalf::Target(target) => Some(target.as_str()),
            Behalf::Authorization(number) => return self.call_as(*number, call, decode).await,
        };
        let mut answers = Answers::default();
        for number in self.authorizations().to_ask(advertiser) {
            if answers.take(self.call_as(number, call, decode).await)? {
                advertiser.inspect(|advertiser| self.authorizations().passed(advertiser, number));
                break;
            }
        }
        answers.first()
    }

    /// One authorization's call, again where its token was renewed meanwhile or has to be.
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

    /// Asks with a token that is no authorization's access token.
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
