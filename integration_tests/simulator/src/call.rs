//! One request, as handlers see it.

use crate::answer::{Refusal, canned};
use crate::assumptions::{NO_SANDBOX_ADVERTISER_CODE, NO_SUCH_ADVERTISER_CODE};
use crate::brief::Brief;
use crate::params::Params;
use crate::world::{Account, Token, TokenState, World};
use axum::http::Method;
use bytes::Bytes;
use chrono::{DateTime, Utc};

/// A request whose head and body have arrived.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The simulated moment at which it came.
    pub(crate) now: DateTime<Utc>,
    /// A page for people, not an endpoint.
    pub(crate) page: bool,
    /// Without `/open_api/v1.3`.
    pub(crate) path: String,
    pub(crate) params: Params,
    pub(crate) raw_query: String,
    pub(crate) token: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
    /// Of bodies of writes that are told no secret.
    pub(crate) brief: Brief,
    /// Added to `total_number`: a fault.
    pub(crate) skew: u64,
    /// That a part of the events is not stored: a fault.
    pub(crate) partial: Option<Partial>,
}

/// How an answer 20001 tells what failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partial {
    /// Not at all.
    Bare,
    Listed,
}

impl Call {
    /// The account it is for, of several the first; as it was sent.
    pub(crate) fn advertiser(&self) -> Option<&str> {
        self.params.text("advertiser_id").or(self.brief.advertiser.as_deref())
    }

    /// Whether it is for that account, of a report also if for several.
    pub(crate) fn concerns(&self, advertiser: &str) -> bool {
        let several = || self.params.strings("advertiser_ids").ok().flatten().unwrap_or_default();
        let is_report = self.path == "/report/integrated/get/";
        self.advertiser() == Some(advertiser) || (is_report && several().iter().any(|id| id == advertiser))
    }

    /// Whether it is of the streaming API, which has a quota of its own.
    pub(crate) fn is_segment(&self) -> bool {
        self.path.starts_with("/segment/")
    }

    /// The token, checked before anything else (`docs/tiktok-api.md` 1.4).
    pub(crate) fn token<'w>(&self, world: &'w World) -> Result<&'w Token, Refusal> {
        let refuse = |code| Refusal::new(code, canned(code, ""));
        let value = self.token.as_deref().filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| refuse(40104))?;
        let token = world.token(value).ok_or_else(|| refuse(40105))?;
        match token.state_at(self.now) {
            TokenState::Good => Ok(token),
            TokenState::Expired => Err(refuse(40102)),
            TokenState::Revoked => Err(refuse(40105)),
        }
    }

    /// Whether it sends events, which have a quota of their own.
    pub(crate) fn is_event(&self) -> bool {
        self.path == "/event/track/"
    }

    /// The account of `advertiser_id`, if it exists and the token reaches it.
    pub(crate) fn account<'w>(&self, world: &'w World) -> Result<&'w Account, Refusal> {
        let id = self.params.id("advertiser_id")?;
        self.reach(world, id.ok_or_else(|| Refusal::missing(&["advertiser_id"]))?)
    }

    /// The account of an id, if the user who gave the token may change it, too.
    pub(crate) fn write_to<'w>(&self, world: &'w World, id: u64) -> Result<&'w Account, Refusal> {
        let account = self.reach(world, id)?;
        let may = self.token(world)?.role(id).may_write();
        may.then_some(account).ok_or_else(|| Refusal::forbidden(id))
    }

    /// The account of an id, if it exists and the token reaches it.
    pub(crate) fn reach<'w>(&self, world: &'w World, id: u64) -> Result<&'w Account, Refusal> {
        let token = self.token(world)?;
        let no_such = if world.sandbox { NO_SANDBOX_ADVERTISER_CODE } else { NO_SUCH_ADVERTISER_CODE };
        let gone = world.gone.get(&id).copied();
        let account = world.account(id).filter(|_| gone.is_none()).ok_or_else(|| {
            let text = format!("The advertiser {id} doesn't exist or has been deleted.");
            Refusal::new(gone.unwrap_or(no_such), text)
        })?;
        token.reaches.contains(&id).then_some(account).ok_or_else(|| Refusal::forbidden(id))
    }
}
