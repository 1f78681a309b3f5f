//! TikTok's wire: one call, kept alive through everything that passes. Knows nothing of Airbyte.
//!
//! From the outside in: [`paging`] (whole lists) → [`client`] (retry, limits, permits; `silence` tells of
//! what takes long) with [`authorizations`] (which [`token`] sees which advertiser) → [`envelope`] and [`codes`] (what the answer means) → [`transport`]
//! (one attempt). Facts: docs/tiktok-api.md 1–4.

pub mod advertisers;
pub mod authorizations;
mod broken;
pub mod client;
pub mod codes;
pub mod endpoint;
pub mod envelope;
pub mod limit;
pub mod loose;
pub mod page;
pub mod paging;
pub mod permission;
pub mod retry;
mod roots;
#[cfg(test)]
pub(crate) mod scripted;
mod silence;
pub mod space;
pub mod token;
pub mod transport;
mod trouble;

pub use client::{Call, Client, Watch};
pub use endpoint::Endpoint;
pub use silence::TELLS_OF_WAITS;
