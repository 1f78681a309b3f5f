//! HOW we read: the verbs of the source.
//!
//! Pure rooms decide ([`select`], [`plan`], [`window`], [`cursors`], [`frontier`], [`verdict`]); thin shells
//! act ([`check`], [`read`]); [`record`] turns pages into lines by a [`shape`].

pub mod accounts;
pub mod check;
pub mod cursors;
pub mod discover;
pub mod emitter;
pub mod frontier;
pub mod offer;
pub mod parents;
pub mod plan;
pub mod query;
pub mod read;
pub mod record;
pub mod select;
pub mod shape;
pub mod stamp;
pub mod verdict;
pub mod window;
