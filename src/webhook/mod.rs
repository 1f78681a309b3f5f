//! Web hooks: what TikTok tells by itself (docs/tiktok-api.md 8).
//!
//! [`receive`] answers 200 when [`spool`] has a call-back on the disk or in the bucket; [`verify`] says whether TikTok
//! sent it, [`about`] what it is about, [`notice`] what it tells, and [`lead`] what somebody answered to a form. [`notify`] passes it on to an address of the user's own. [`subscribe`] keeps
//! the subscriptions at TikTok.

mod about;
pub(crate) mod lead;
pub(crate) mod notice;
pub(crate) mod notify;
pub(crate) mod receive;
mod seen;
pub(crate) mod spool;
pub(crate) mod subscribe;
pub(crate) mod verify;
