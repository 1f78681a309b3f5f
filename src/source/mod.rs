//! HOW we read: the verbs of the source.
//!
//! Pure rooms decide ([`select`], [`given`], [`plan`], [`activity`], [`window`], [`query`], [`queue`], [`cursors`], [`frontier`],
//! [`verdict`]); thin shells act ([`check`], [`read`], [`conduct`], [`reader`], [`whole`], [`probe`]); [`record`] turns pages into
//! lines by a [`shape`].

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod ahead;
mod book;
mod causes;
pub(crate) mod check;
mod conduct;
pub(crate) mod cursors;
pub(crate) mod discover;
pub(crate) mod emitter;
pub(crate) mod frontier;
pub(crate) mod given;
mod joined;
mod lost;
pub(crate) mod offer;
pub(crate) mod parents;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod query;
mod queue;
pub(crate) mod read;
mod reader;
pub(crate) mod record;
mod refusal;
pub(crate) mod select;
pub(crate) mod shape;
pub(crate) mod sizes;
pub(crate) mod stamp;
pub(crate) mod verdict;
mod whole;
pub(crate) mod window;
mod withdrawn;
pub(crate) mod zone;
