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
//! [`streams`], [`assign`], [`route`], [`steer`], [`words`], [`key`], [`object`], [`columns`], [`identity`], [`waiting`],
//! [`narrow`], [`mask`], [`ledger`], [`verdict`], and all of a lane but its questions to TikTok.

pub mod assign;
pub mod check;
pub mod columns;
pub mod discover;
pub mod event;
pub mod fault;
pub mod identity;
pub mod key;
pub mod lane;
pub mod lanes;
pub mod ledger;
pub mod mask;
pub mod member;
pub mod narrow;
pub mod object;
pub mod rejects;
pub mod report;
pub mod route;
pub mod send;
mod sending;
pub mod steer;
pub mod streams;
pub mod targets;
pub mod verdict;
pub mod waiting;
pub mod words;
pub mod write;
