//! HOW we write: the verbs of the destination.
//!
//! Pure rooms decide ([`route`], [`fields`], [`identity`], [`member`], [`flush`], [`mapping`], [`narrow`],
//! [`ledger`]); thin shells act ([`audiences`], [`send`], [`write`], [`rejects`], [`check`], [`discover`]).

pub mod audiences;
pub mod check;
pub mod discover;
pub mod fields;
pub mod flush;
pub mod identity;
pub mod ledger;
pub mod mapping;
pub mod member;
pub mod narrow;
pub mod object;
pub mod rejects;
pub mod report;
pub mod route;
pub mod send;
pub mod write;
