//! TikTok's wire: one call that survives everything that passes. It knows nothing about Airbyte.
//!
//! From the outside in: [`paging`] (whole lists) → [`client`] with [`authorizations`] (which [`token`] sees which
//! advertiser) → [`requester`] (limits, permits, retries; `watched_call` tells the book of [`crate::waits`]) → [`envelope`] and [`codes`]
//! (what a response means) → [`transport`] (one attempt). Facts: docs/tiktok-api.md 1–4.

pub(crate) mod advertisers;
pub(crate) mod authorizations;
pub(crate) mod body;
mod broken;
pub(crate) mod call;
pub(crate) mod client;
pub mod codes;
pub(crate) mod endpoint;
pub(crate) mod envelope;
pub(crate) mod limit;
pub(crate) mod loose;
mod network_error;
mod pace;
pub(crate) mod page;
pub(crate) mod paging;
pub mod permission;
pub(crate) mod requester;
pub(crate) mod retry;
mod roots;
#[cfg(test)]
pub(crate) mod scripted;
pub(crate) mod space;
pub(crate) mod token;
pub(crate) mod transport;
mod watched_call;

pub(crate) use body::Body;
pub(crate) use call::{Call, Watch};
pub(crate) use client::Client;
pub(crate) use endpoint::Endpoint;
