//! HOW we write.

pub mod flush;
pub mod ledger;
pub mod mapping;
pub mod narrow;
pub mod object;
pub mod route;
