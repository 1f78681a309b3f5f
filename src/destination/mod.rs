//! HOW we write: the verbs of the destination.
//!
//! ```text
//!  stdin ─► write ─► lane (member | event) ─► batch ─► send ─► TikTok
//!             │        takes, batches                    │ sending: narrow, targets
//!             ▼                                          ▼
//!          ledger ◄──────────── settled, or rejected ────┘ ─► rejects
//!             └─► STATE
//! ```
//!
//! The shell ([`mod@write`], [`send`], `sending`, [`targets`], [`ledger`], [`narrow`], [`mask`], [`rejects`], [`report`],
//! [`verdict`]) is the same for every object; what a record means is its [`lane`]'s: [`member`] and [`event`]. Pure:
//! [`streams`], [`assign`], [`route`], [`steer`], [`key`], [`object`], [`columns`], [`identity`], [`waiting`],
//! [`narrow`], [`mask`], [`ledger`], [`verdict`], and all of a lane but its questions to TikTok.

pub(crate) mod assign;
pub(crate) mod check;
pub(crate) mod columns;
pub(crate) mod discover;
pub(crate) mod event;
pub(crate) mod fault;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod lane;
pub(crate) mod lanes;
pub(crate) mod ledger;
pub(crate) mod mask;
pub(crate) mod member;
pub(crate) mod narrow;
pub(crate) mod object;
pub(crate) mod rejects;
pub(crate) mod report;
pub(crate) mod route;
pub(crate) mod send;
mod sending;
pub(crate) mod steer;
pub(crate) mod streams;
pub(crate) mod targets;
pub(crate) mod verdict;
pub(crate) mod waiting;
pub(crate) mod write;
