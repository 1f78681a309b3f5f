//! HOW we write.

pub mod audiences;
pub mod fields;
pub mod flush;
pub mod ledger;
pub mod mapping;
pub mod narrow;
pub mod object;
pub mod rejects;
pub mod route;
