//! HOW we read: the verbs of the source.
//!
//! Pure rooms decide ([`select`], [`given`], [`plan`], [`activity`], [`window`], [`query`], [`queue`], [`cursors`], [`frontier`],
//! [`verdict`]); thin shells act ([`check`], [`read`], [`conduct`], [`reader`], [`whole`], [`probe`]); [`record`] turns pages into
//! lines by a [`shape`].

pub mod accounts;
pub mod activity;
pub mod ahead;
mod book;
mod causes;
pub mod check;
mod conduct;
pub mod cursors;
pub mod discover;
pub mod emitter;
pub mod frontier;
pub mod given;
mod joined;
mod lost;
pub mod offer;
pub mod parents;
pub mod plan;
pub mod probe;
pub mod query;
mod queue;
pub mod read;
mod reader;
pub mod record;
mod refusal;
pub mod select;
pub mod shape;
pub mod sizes;
pub mod stamp;
pub mod verdict;
mod whole;
pub mod window;
mod withdrawn;
pub mod zone;
